/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hook's process, before it is the hook. The steps stand in one table in the
 * order they are taken, each with the words for its failure. System calls that
 * glibc would carry out on every thread of the process are made directly.
 */
#include "hook_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Where the report's pipe is from the first step on. */
#define REPORT_FD 3

#define NOT_RUN 126

/* On old 32-bit machines the plain names take 16-bit numbers. */
#ifdef SYS_setresuid32
#define CALL_SETGROUPS SYS_setgroups32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETRESUID SYS_setresuid32
#else
#define CALL_SETGROUPS SYS_setgroups
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETRESUID SYS_setresuid
#endif

static int move_report(const struct hook_child *child)
{
	if (child->report_fd == REPORT_FD)
		return 0;
	return dup3(child->report_fd, REPORT_FD, O_CLOEXEC);
}

/* Before Linux 5.9, one by one. */
static int close_each(int fd)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -1;
	for (; (rlim_t)fd < files.rlim_cur; fd++)
		close(fd);
	return 0;
}

static int set_descriptors(const struct hook_child *child)
{
	int null;

	(void)child;
	/* Closed first: there might be no room for /dev/null. */
	if (close_range(REPORT_FD + 1, ~0u, 0) < 0 && close_each(REPORT_FD + 1) < 0)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -1;
	return dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* Exec resets handlers, but not what is ignored or blocked. */
static int reset_signals(const struct hook_child *child)
{
	const struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	(void)child;
	/* Two of them cannot be set, and the library keeps two to itself. */
	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, &action, NULL) < 0 && errno != EINVAL)
			return -1;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int new_session(const struct hook_child *child)
{
	(void)child;
	return setsid();
}

static int change_directory(const struct hook_child *child)
{
	(void)child;
	umask(077);
	return chdir("/");
}

static int limit_core(const struct hook_child *child)
{
	const struct rlimit none = {0, 0};

	(void)child;
	return setrlimit(RLIMIT_CORE, &none);
}

/* Not where the recorder has given up what makes root root (privilege.h): then
 * there is nothing more to take, nor the right to. */
static bool is_root(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {0};

	if (geteuid() != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return geteuid() == 0;
	return syscall(SYS_capget, &header, held) < 0 || held[0].permitted || held[1].permitted;
}

/* The bounding set is what root gets back by an exec. */
static int drop_bounding(const struct hook_child *child)
{
	(void)child;
	if (!is_root())
		return 0;
	for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;)
		capability++;
	return errno == EINVAL ? 0 : -1; /* no such capability: all are done */
}

static int drop_groups(const struct hook_child *child)
{
	(void)child;
	if (!is_root())
		return 0;
	return (int)syscall(CALL_SETGROUPS, 0, NULL);
}

/* All three of each, so that none is left to go back to. */
static int change_user(const struct hook_child *child)
{
	const bool root = is_root();
	uid_t uid = root ? child->uid : geteuid();
	gid_t gid = root ? child->gid : getegid();

	if (syscall(CALL_SETRESGID, gid, gid, gid) < 0)
		return -1;
	return (int)syscall(CALL_SETRESUID, uid, uid, uid);
}

/* From every set but the bounding one. */
static int drop_capabilities(const struct hook_child *child)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	(void)child;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_capset, &header, none);
}

static int forbid_new(const struct hook_child *child)
{
	(void)child;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static const struct {
	const char *name;
	int (*take)(const struct hook_child *child);
} steps[] = {
	{"descriptors", move_report},
	{"descriptors", set_descriptors},
	{"signals", reset_signals},
	{"session", new_session},
	{"directory /", change_directory},
	{"no core dumps", limit_core},
	/* Those that need privilege, then the loss of it. */
	{"drop the bounding set", drop_bounding},
	{"drop groups", drop_groups},
	{"change user", change_user},
	{"drop capabilities", drop_capabilities},
	{"no new privileges", forbid_new},
};

const char *hook_step_name(int32_t step)
{
	return step >= 0 && (size_t)step < ARRAY_COUNT(steps) ? steps[step].name : NULL;
}

_Noreturn void hook_child_exec(const struct hook_child *child)
{
	struct hook_report report;
	int fd = child->report_fd;
	size_t step = 0;
	ssize_t written;

	while (step < ARRAY_COUNT(steps) && steps[step].take(child) >= 0) {
		step++;
		fd = REPORT_FD;
	}
	if (step == ARRAY_COUNT(steps))
		execve(child->argv[0], child->argv, child->envp);
	report = (struct hook_report){.step = (int32_t)step, .code = errno};
	written = write(fd, &report, sizeof(report));
	(void)written; /* nobody else to tell */
	_exit(NOT_RUN);
}
