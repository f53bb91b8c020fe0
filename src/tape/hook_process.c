/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our side of a hook's process. What happens on the other is in hook_child.c.
 */
#include "hook_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* With signals blocked from before the fork, so that no handler of ours runs in
 * the child. */
static pid_t fork_child(const struct hook_child *child)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		hook_child_exec(child);
	if (pid < 0)
		pid = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int hook_process_start(struct hook_process *process, const struct hook_child *child)
{
	struct hook_child reporting = *child;
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	reporting.report_fd = ends[1];
	process->report_fd = ends[0];
	process->pid = fork_child(&reporting);
	close(ends[1]); /* which leaves a number free for the pidfd */
	if (process->pid < 0) {
		close(ends[0]);
		return process->pid;
	}
	process->pidfd = pidfd_open(process->pid, 0);
	if (process->pidfd >= 0)
		return 0;
	/* Hardly ever. It might have begun its work, which it will do again:
	 * better that than a process whose end nobody sees. */
	rc = -errno;
	hook_process_kill(process);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(ends[0]);
	return rc;
}

static void describe_end(int code, int status, struct error *err)
{
	const char *words;

	if (code == CLD_EXITED) {
		if (status != 0)
			error_set(err, ECHILD, "exited with status %d", status);
		return;
	}
	words = sigdescr_np(status);
	if (words)
		error_set(err, ECHILD, "killed by signal %d (%s)", status, words);
	else
		error_set(err, ECHILD, "killed by signal %d", status);
}

bool hook_process_ended(const struct hook_process *process, struct error *err)
{
	struct hook_report report;
	siginfo_t end = {0};
	const char *step;

	err->text[0] = '\0';
	if (waitid(P_PIDFD, (id_t)process->pidfd, &end, WEXITED | WNOHANG) < 0) {
		error_system(err, errno, "no word of its end");
		return true;
	}
	if (end.si_pid == 0)
		return false;
	if (read(process->report_fd, &report, sizeof(report)) != sizeof(report)) {
		describe_end(end.si_code, end.si_status, err);
		return true;
	}
	step = hook_step_name(report.step);
	if (step)
		error_system(err, report.code, "could not be started: %s", step);
	else
		error_system(err, report.code, "could not be started");
	return true;
}

int hook_process_kill(const struct hook_process *process)
{
	/* Before the child's setsid there is no group, only the child. */
	if (kill(-process->pid, SIGKILL) < 0 && kill(process->pid, SIGKILL) < 0)
		return -errno;
	return 0;
}

void hook_process_close(struct hook_process *process)
{
	close(process->pidfd);
	close(process->report_fd);
}
