/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a program for every finished segment (-z): a few at a time, in order,
 * each killed when it takes too long. No shell: an argument vector whose last
 * element is the file's path.
 *
 * A child has
 * - descriptors 0 (/dev/null), 1 and 2 (our standard error), and no others;
 * - the directory "/", the umask 077, no core dumps, default signals, none of
 *   them blocked;
 * - a session and process group of its own. At the time limit the group is
 *   killed; when the child ends by itself, what it left running is left alone;
 * - an environment of PATH=/usr/local/bin:/usr/bin:/bin and WIRETAPE_FILE,
 *   _PACKETS, _BYTES, _FIRST, _LAST and _DROPS only (times in seconds since
 *   1970 with nine decimals; empty for a segment without packets);
 * - no privilege. Where we are root it becomes uid and gid, without further
 *   groups, and even where that is root again every capability is gone, the
 *   bounding set's too; where we are not it stays what we effectively are.
 *   no_new_privs is set. A child that cannot be made so is not run.
 *
 * The process must not ignore SIGCHLD: nobody could tell then how a hook ended.
 *
 * Threads: all of one thread; nothing here waits, but hooks_kill.
 */
#ifndef WIRETAPE_HOOK_H
#define WIRETAPE_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"

struct hooks;

struct hook_config {
	/* Words parted by blanks; the first is an absolute path, the others are
	 * arguments before the file's path. Copied. */
	const char *command;
	unsigned jobs;       /* most at once, from 1 */
	uint64_t timeout_ns; /* of each, more than 0; by the clock's boot_ns */
	uid_t uid;           /* what a child becomes, where we are root */
	gid_t gid;
	const struct clock *clock;
	/* What went wrong, a line each, safe for a terminal: a hook that failed,
	 * was killed, or could not be started, with the command, the file and why. */
	void (*note)(void *context, const char *text);
	void *context;
};

/* What a hook is told about a segment. */
struct hook_file {
	uint64_t sequence;
	const char *path; /* absolute, as a hook runs in "/"; copied */
	uint64_t packets, bytes, drops;
	uint64_t first_ns, last_ns; /* since 1970, of its packets; not looked at without any */
};

/* Whether command can be run: usage errors for an empty one, a path that is not
 * absolute, no such file, no regular file, not executable. Changes nothing. */
int hook_check(const char *command, struct error *err);

/* Fails where the kernel (before 5.3) or a sandbox has no pidfd. The command is
 * one that hook_check took. */
int hooks_open(const struct hook_config *config, struct hooks **hooks, struct error *err);

/* Queues it; started by hooks_work. 0 or -ENOMEM. */
int hooks_add(struct hooks *hooks, const struct hook_file *file);

/* Whether the segment's hook waits or runs. */
bool hooks_pending(const struct hooks *hooks, uint64_t sequence);

/* The segment is to be deleted: takes its hook out of the queue. Whether it was
 * in there: one that runs goes on, which counts as false. */
bool hooks_forget(struct hooks *hooks, uint64_t sequence);

/* Readable when a hook has ended, to wait on (an epoll descriptor). */
int hooks_fd(const struct hooks *hooks);

/* Takes in those that ended, kills those whose time is over, starts those that
 * wait. Where the machine has no process or descriptor left they stay queued,
 * for another try a second later. Returns nanoseconds until it must be called
 * again, UINT64_MAX: only when hooks_fd is readable or one was added. */
uint64_t hooks_work(struct hooks *hooks);

/* Number of hooks that wait or run. */
uint64_t hooks_count(const struct hooks *hooks);

/* Kills what runs, drops what waits, with a note that says how many. Waits for
 * the ends, so that no zombie is left; gives up after seconds on a process that
 * the kernel does not let die. */
void hooks_kill(struct hooks *hooks);

/* After hooks_kill or when none is left. Takes a null pointer. */
void hooks_close(struct hooks *hooks);

#endif
