/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One hook's process, from fork to its end: see hook.h for what a child is. It
 * is held by a pidfd, and by the pipe in which it says why it could not become
 * the program. That is read when it has ended, so that nobody waits for an exec.
 *
 * Threads: one at a time for each process.
 */
#ifndef WIRETAPE_HOOK_PROCESS_H
#define WIRETAPE_HOOK_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What parts the words of a command. */
#define HOOK_BLANKS " \t\n"

struct hook_process {
	pid_t pid;
	int pidfd; /* readable when it has ended */
	int report_fd;
};

struct hook_child {
	char *const *argv; /* argv[0] is the program's path */
	char *const *envp;
	uid_t uid; /* what to become, where we are root */
	gid_t gid;
	int report_fd; /* set by hook_process_start */
};

/* 0, or -errno where there is no new process. */
int hook_process_start(struct hook_process *process, const struct hook_child *child);

/* Whether it has ended, which is told once. Then the error's text says what went
 * wrong, "exited with status 3"; it is empty when nothing did. */
bool hook_process_ended(const struct hook_process *process, struct error *err);

/* Kills it with all of its group. 0 or -errno. */
int hook_process_kill(const struct hook_process *process);

/* Closes the descriptors of one that has ended. */
void hook_process_close(struct hook_process *process);

/*
 * What happens between fork and exec, with every signal blocked. The other
 * threads and their locks are gone, in whatever state they were: async-signal-
 * safe calls only, so nothing there allocates or prints. report_fd is a pipe,
 * which a successful exec closes; it holds a struct hook_report else.
 */
_Noreturn void hook_child_exec(const struct hook_child *child);

struct hook_report {
	int32_t step; /* for hook_step_name */
	int32_t code; /* errno */
};

/* What a step is about, for people; null for the exec itself, whose error needs
 * no more words. */
const char *hook_step_name(int32_t step);

#endif
