/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a program for every finished segment (-z): a few at a time, in order,
 * each ended when it takes too long. No shell: an argument vector whose last
 * element is the file's path.
 *
 * A child has descriptors 0 (/dev/null), 1 and 2 (our standard error), no
 * others; the directory "/"; default signals; a session of its own, which is
 * killed as a whole at the time limit; an environment of PATH, LANG-less, and
 * WIRETAPE_FILE, _PACKETS, _BYTES, _FIRST, _LAST, _DROPS (times in seconds
 * since 1970 with nine decimals; empty for a segment without packets). It has
 * no privilege: it becomes uid and gid, without further groups, and where that
 * is root still every capability is gone, the bounding set's too, and
 * no_new_privs is set.
 *
 * Threads: all of one thread; nothing here waits, but hooks_finish.
 */
#ifndef WIRETAPE_HOOK_H
#define WIRETAPE_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "error.h"

struct hooks;

struct hook_config {
	const char *command;        /* words parted by blanks; the first is an absolute path */
	unsigned jobs;              /* most at once, from 1 */
	uint64_t timeout_ns;        /* of each */
	uid_t uid;                  /* what a child becomes, where we are root */
	gid_t gid;
	const struct clock *clock;
	/* What went wrong, a line each: a hook that failed, was killed, or could
	 * not be started, with the command, the file and why. */
	void (*note)(void *context, const char *text);
	void *context;
};

/* What a hook is told about a segment. */
struct hook_file {
	uint64_t sequence;
	const char *path; /* copied */
	uint64_t packets, bytes, drops;
	uint64_t first_ns, last_ns; /* since 1970, of its packets; 0 without any */
};

/* Whether command can be run: usage errors for an empty one, a path that is not
 * absolute, no such file, no regular file, not executable. Changes nothing. */
int hook_check(const char *command, struct error *err);

int hooks_open(const struct hook_config *config, struct hooks **hooks, struct error *err);

/* Queues it; started by hooks_work. 0 or -ENOMEM. */
int hooks_add(struct hooks *hooks, const struct hook_file *file);

/* Whether the segment's hook waits or runs. */
bool hooks_pending(const struct hooks *hooks, uint64_t sequence);

/* The segment is to be deleted: takes its hook out of the queue; one that runs
 * goes on. Whether there was one. */
bool hooks_forget(struct hooks *hooks, uint64_t sequence);

/* Readable when a hook has ended, to wait on (an epoll descriptor). */
int hooks_fd(const struct hooks *hooks);

/* Takes in those that ended, kills those whose time is over, starts those that
 * wait. Returns nanoseconds until it must be called again, UINT64_MAX: only
 * when hooks_fd is readable. */
uint64_t hooks_work(struct hooks *hooks);

/* Number of hooks that wait or run. */
uint64_t hooks_count(const struct hooks *hooks);

/* Kills what runs, drops what waits, with a note that says how many. Leaves no
 * zombie behind. */
void hooks_kill(struct hooks *hooks);

/* After hooks_kill or when none is left. Takes a null pointer. */
void hooks_close(struct hooks *hooks);

#endif
