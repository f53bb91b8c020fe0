/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving up privilege: who the process becomes, that it becomes that and has
 * nothing left beyond it, and the directory made for it while there still is
 * the right to. What was opened before (packet sockets, files, directories)
 * goes on working; packet(7) asks for CAP_NET_RAW in socket() only, not to
 * bind or to join PACKET_MR_PROMISC. Rules: capabilities(7), credentials(7),
 * user_namespaces(7).
 *
 * Threads: main's, before there is another; capabilities are a thread's own.
 */
#ifndef WIRETAPE_PRIVILEGE_H
#define WIRETAPE_PRIVILEGE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"

/* Who the process becomes. */
struct privilege_target {
	uid_t uid;
	gid_t gid;
	char name[64];   /* or its number; safe to print */
	bool keeps_root; /* asked for by name: nothing is given up */
};

/*
 * The user called name, or of that number; with the group that passwd(5) has
 * for it, or for a number that is not in there, the group of the same number.
 * An unknown user is a usage error.
 */
int privilege_find_user(const char *name, struct privilege_target *target, struct error *err);

struct privilege_choice {
	const char *user;             /* asked for, or a null pointer */
	const struct stat *directory; /* where files are to be made; or a null pointer */
	bool makes_directory;         /* it is not there yet */
};

/* Whether we have the right to become another user at all. */
bool privilege_may_change(void);

/*
 * Chooses the user. One asked for has to exist, and where we have no right to
 * change has to be the one we are: usage errors, the only ones. Otherwise
 * root becomes the owner of the directory; before the directory is made, who has
 * called sudo(8); else the user "wiretape", where there is one, or "nobody". The group
 * is that user's own, and never 0 but for root.
 * Everybody else stays who they are, and so does root where it cannot change:
 * without CAP_SETUID and CAP_SETGID (some containers), or in a user namespace
 * that does not have the user.
 */
int privilege_choose(const struct privilege_choice *choice, struct privilege_target *target,
		     struct error *err);

/* Has the target be of the group called name, or of that number. One that is not there, or
 * that we may not take on, is a usage error. */
int privilege_choose_group(const char *name, struct privilege_target *target, struct error *err);

/* Whose a single file is to be once it has its name. */
struct privilege_owner {
	bool given; /* it has to be given away for that */
	bool asked; /* and a failure to do so ends the program */
	uid_t uid;  /* (uid_t)-1, (gid_t)-1: as it is made */
	gid_t gid;
	uid_t in_the_end; /* a user's number again, and name, which is safe to print */
	char name[64];
};

/* Where it is asked for, the target's; else, as root, that of who has called sudo(8); else
 * it stays as it is made. group: whether one was asked for. */
void privilege_choose_owner(const struct privilege_choice *choice, bool group,
			    const struct privilege_target *target, struct privilege_owner *owner);

/* The bits of a directory that is made for files of that mode: who may read them, finds
 * them. */
mode_t privilege_directory_mode(mode_t file_mode);

/* What there was no right to give up, and what gives no right by itself. */
struct privilege_left {
	bool groups;   /* supplementary ones, without CAP_SETGID */
	bool bounding; /* the bounding set, without CAP_SETPCAP */
};

/*
 * Becomes the target: supplementary groups go, all user and group ids are the
 * target's, all five sets of capabilities are empty (see privilege_left), no
 * exec gains anything (PR_SET_NO_NEW_PRIVS), also for hooks; then privilege_verify. A
 * target of uid 0 is an ordinary owner of root's files from then on. The
 * process can be neither dumped nor traced (PR_SET_DUMPABLE): its memory has
 * packets, its descriptors packet sockets, and "nobody" is many. With keeps_root only the
 * group is taken on. 0 or -errno; after a failure the process must end, as it is
 * neither the one nor the other.
 */
int privilege_drop(const struct privilege_target *target, struct error *err);

/* Reads back from /proc/self/task, of every thread, whether all is gone. 0;
 * -EPERM with a text that names what is left; or another -errno where that
 * cannot be read. For later calls: left as privilege_drop found it, or a null
 * pointer for nothing. */
int privilege_verify(const struct privilege_target *target, const struct privilege_left *left,
		     struct error *err);

/* Whether the target will have the rights wanted (R_OK, W_OK, X_OK of access(2)) on a
 * file or directory, by its mode bits, without supplementary groups and without
 * capabilities. Files are made and deleted in a directory with W_OK | X_OK. */
bool privilege_may(const struct privilege_target *target, mode_t wanted, const struct stat *st);

/*
 * Looks at an open directory before the target has to write there: a usage
 * error where the file system is read-only or the mode forbids it. An access
 * list (acl(5)) can allow more than the mode says; such a directory passes.
 * path is for the message.
 */
int privilege_check_directory(int directory, const char *path,
			      const struct privilege_target *target, struct error *err);

/*
 * Makes the last component of path, with that mode, the target's own. What lies
 * above it has to be there (usage error). 0 too where a directory is there by
 * now, which is left as it is; a symbolic link is not followed. Nothing is
 * left behind by a failure.
 */
int privilege_make_directory(const char *path, const struct privilege_target *target, mode_t mode,
			     struct error *err);

#endif
