/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hooks: what a child is given and what it is not, how many run at once, what
 * becomes of those that fail or hang, and that nothing is left behind. Much is
 * shown by cat, ls or readlink as the hook, and a file below /proc/self as the
 * segment. As root the loss of privilege is tested too.
 */
#include "tape/hook.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "scratch.h"

#define NOBODY 65534
#define MANY   400

/* The linker leads our code's calls to these. */
static int fork_failures, pidfd_failures;
static bool old_kernel;

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	if (fork_failures == 0)
		return __real_fork();
	fork_failures--;
	errno = EAGAIN;
	return -1;
}

int __real_pidfd_open(pid_t pid, unsigned flags);
int __wrap_pidfd_open(pid_t pid, unsigned flags);
int __wrap_pidfd_open(pid_t pid, unsigned flags)
{
	if (pidfd_failures == 0)
		return __real_pidfd_open(pid, flags);
	pidfd_failures--;
	errno = EMFILE;
	return -1;
}

int __real_close_range(unsigned first, unsigned last, int flags);
int __wrap_close_range(unsigned first, unsigned last, int flags);
int __wrap_close_range(unsigned first, unsigned last, int flags)
{
	if (!old_kernel)
		return __real_close_range(first, last, flags);
	errno = ENOSYS;
	return -1;
}

static unsigned notes;
static char last_note[600];
static uint64_t fake_ns;

static uint64_t fake_boot(const struct clock *clock)
{
	(void)clock;
	return fake_ns;
}

static const struct clock fake_clock = {.boot_ns = fake_boot, .wall_ns = fake_boot};

static void take_note(void *context, const char *text)
{
	assert_ptr_equal(context, &notes);
	notes++;
	snprintf(last_note, sizeof(last_note), "%s", text);
}

static int set_up(void **state)
{
	(void)state;
	notes = 0;
	last_note[0] = '\0';
	fake_ns = 1000 * NS_PER_SECOND;
	fork_failures = pidfd_failures = 0;
	old_kernel = false;
	return scratch_make(SCRATCH_TMP) || chmod(scratch_dir, 0777);
}

/* A shell script that runs in the test's directory; its path. */
static const char *script(const char *body)
{
	FILE *f = fopen(scratch_at("script"), "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ncd %s || exit 99\n%s\n", scratch_dir, body);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(scratch_path, 0755), 0);
	return scratch_path;
}

/* The last note is of that script, and says this. */
static void __attribute__((format(printf, 1, 2))) expect_of_script(const char *format, ...)
{
	char words[128], expected[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	snprintf(expected, sizeof(expected), "hook %s/script%s", scratch_dir, words);
	assert_string_equal(last_note, expected);
}

static void read_text(const char *name, char *text, size_t room)
{
	FILE *f = fopen(scratch_at(name), "r");

	text[0] = '\0';
	if (!f)
		return;
	text[fread(text, 1, room - 1, f)] = '\0';
	fclose(f);
}

static struct hooks *open_as(const char *command, unsigned jobs, const struct clock *clock,
			     uid_t id)
{
	const struct hook_config config = {
		.command = command,
		.jobs = jobs,
		.timeout_ns = 600 * NS_PER_SECOND,
		.uid = id,
		.gid = id,
		.clock = clock,
		.note = take_note,
		.context = &notes,
	};
	struct hooks *hooks;

	assert_int_equal(hooks_open(&config, &hooks, NULL), 0);
	return hooks;
}

static struct hooks *open_hooks(const char *command, unsigned jobs)
{
	return open_as(command, jobs, &clock_system, NOBODY);
}

static void add(struct hooks *hooks, uint64_t sequence, const char *file_path)
{
	const struct hook_file file = {
		.sequence = sequence,
		.path = file_path,
		.packets = 3,
		.bytes = 1234567890123,
		.drops = 7,
		.first_ns = 1700000000123456789,
		.last_ns = 1700000001000000002,
	};

	assert_int_equal(hooks_add(hooks, &file), 0);
}

static bool readable(const struct hooks *hooks, int wait_ms)
{
	struct pollfd ready = {.fd = hooks_fd(hooks), .events = POLLIN};

	return poll(&ready, 1, wait_ms) == 1;
}

/* Lets the rest run to their ends. */
static void work_off(struct hooks *hooks)
{
	hooks_work(hooks);
	while (hooks_count(hooks) > 0) {
		assert_true(readable(hooks, 60000));
		hooks_work(hooks);
	}
}

/* Until a hook has written its file; its text. */
static void wait_text(const char *name, char *text, size_t room)
{
	for (unsigned tries = 0; tries < 6000; tries++) {
		read_text(name, text, room);
		if (strchr(text, '\n'))
			return;
		usleep(10000);
	}
	fail_msg("%s does not come", name);
}

/* How a process that has come to us ended. */
static int wait_orphan(pid_t pid)
{
	int status;

	for (unsigned tries = 0; tries < 1000; tries++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	fail_msg("%d does not end", (int)pid);
	return 0;
}

static void expect_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* What a single hook prints, as a string; its length. */
static size_t output_as(const char *command, const char *file_path, uid_t id, char *text,
			size_t room)
{
	struct hooks *hooks = open_as(command, 1, &clock_system, id);
	int kept = dup(STDERR_FILENO), out = memfd_create("output", MFD_CLOEXEC);
	ssize_t got;

	assert_true(kept >= 0 && out >= 0);
	add(hooks, 1, file_path);
	dup2(out, STDERR_FILENO);
	hooks_work(hooks);
	dup2(kept, STDERR_FILENO);
	work_off(hooks);
	hooks_close(hooks);
	got = pread(out, text, room - 1, 0);
	assert_true(got >= 0);
	text[got] = '\0';
	close(kept);
	close(out);
	return (size_t)got;
}

static size_t output(const char *command, const char *file_path, char *text, size_t room)
{
	size_t length = output_as(command, file_path, NOBODY, text, room);

	assert_string_equal(last_note, "");
	return length;
}

/* A line of /proc/self/status. */
static void expect_status(const char *status, const char *name, const char *value)
{
	char line[64];

	snprintf(line, sizeof(line), "\n%s:\t%s\n", name, value);
	if (!strstr(status, line))
		fail_msg("no line %s: %s in%s", name, value, status);
}

static void expect_refused(const char *command, const char *text)
{
	struct error err = {0};

	assert_int_equal(hook_check(command, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, text);
}

static void commands_are_checked(void **state)
{
	(void)state;
	assert_int_equal(hook_check("/bin/true", NULL), 0);
	assert_int_equal(hook_check("  /bin/true\t-x y ", NULL), 0);
	expect_refused("", "no command");
	expect_refused(" \t", "no command");
	expect_refused("nosuchthing", "'nosuchthing' is not an absolute path");
	expect_refused("bin/true x", "'bin/true' is not an absolute path");
	expect_refused("true x", "'true' is not an absolute path: /usr/bin/true would be");
	expect_refused("/no/such -x", "/no/such: No such file or directory");
	expect_refused("/tmp", "/tmp: not a regular file");
	expect_refused("/etc/passwd", "/etc/passwd: not executable");
}

static void arguments_stand_before_the_path(void **state)
{
	char text[256], command[128];

	(void)state;
	snprintf(command, sizeof(command), " %s  a b\t-c ", script("printf '<%s>' \"$0\" \"$@\""));
	output(command, "/seg ment", text, sizeof(text));
	snprintf(command, sizeof(command), "<%s/script><a><b><-c></seg ment>", scratch_dir);
	assert_string_equal(text, command);
}

static void the_environment_is_exact(void **state)
{
	static const char full[] = "PATH=/usr/local/bin:/usr/bin:/bin\0"
				   "WIRETAPE_FILE=/proc/self/environ\0"
				   "WIRETAPE_PACKETS=3\0"
				   "WIRETAPE_BYTES=1234567890123\0"
				   "WIRETAPE_FIRST=1700000000.123456789\0"
				   "WIRETAPE_LAST=1700000001.000000002\0"
				   "WIRETAPE_DROPS=7";
	const struct hook_file empty = {.sequence = 1, .path = "/proc/self/environ"};
	struct hooks *hooks;
	char text[1024];

	(void)state;
	assert_int_equal(output("/bin/cat", empty.path, text, sizeof(text)), sizeof(full));
	assert_memory_equal(text, full, sizeof(full));

	hooks = open_hooks(script("echo \"<$WIRETAPE_PACKETS|$WIRETAPE_FIRST|$WIRETAPE_LAST|"
				  "${WIRETAPE_FIRST-unset}>\" >out"),
			   1);
	assert_int_equal(hooks_add(hooks, &empty), 0);
	work_off(hooks);
	hooks_close(hooks);
	read_text("out", text, sizeof(text));
	assert_string_equal(text, "<0|||>\n");
}

static void expect_three_descriptors(void)
{
	char text[4096], *line, *rest;
	unsigned count = 0;

	output("/bin/ls -l", "/proc/self/fd", text, sizeof(text));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strstr(line, " -> "))
			continue;
		count++;
		if (strstr(line, " 0 -> "))
			assert_non_null(strstr(line, " 0 -> /dev/null"));
		else if (strstr(line, " 3 -> ")) /* ls has the directory open */
			assert_non_null(strstr(line, " 3 -> /proc/"));
		else
			assert_non_null(strstr(line, " -> /memfd:output"));
	}
	assert_int_equal(count, 4);
}

static void only_three_descriptors_are_passed_on(void **state)
{
	int fds[40], in;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		fds[i] = open("/dev/zero", i % 2 ? O_RDONLY | O_CLOEXEC : O_RDONLY);
	assert_int_equal(dup2(fds[0], 1000), 1000);
	in = dup(STDIN_FILENO);
	dup2(fds[0], STDIN_FILENO);
	expect_three_descriptors();
	old_kernel = true;
	expect_three_descriptors();
	dup2(in, STDIN_FILENO);
	close(in);
	close(1000);
	for (size_t i = 0; i < 40; i++)
		close(fds[i]);
}

static void signals_are_as_new(void **state)
{
	static const int ignored[] = {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2, SIGHUP, SIGINT, SIGTERM};
	sigset_t most, before, after;
	char text[4096];
	const char *line;

	(void)state;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigfillset(&most);
	sigdelset(&most, SIGALRM);
	sigprocmask(SIG_SETMASK, &most, &before);
	output("/bin/cat", "/proc/self/status", text, sizeof(text));
	sigprocmask(SIG_SETMASK, &before, &after);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_DFL);
	/* Ours were put back. */
	assert_true(sigismember(&after, SIGTERM) && !sigismember(&after, SIGALRM));
	expect_status(text, "SigBlk", "0000000000000000");
	line = strstr(text, "\nSigIgn:\t");
	assert_non_null(line);
	/* The two the library keeps to itself might come from whoever started us. */
	assert_int_equal(strtoull(line + strlen("\nSigIgn:\t"), NULL, 16) & ~UINT64_C(0x180000000),
			 0);
}

static void the_place_is_its_own(void **state)
{
	char text[4096];
	int pid, group, session;

	(void)state;
	umask(0);
	output("/bin/cat", "/proc/self/status", text, sizeof(text));
	expect_status(text, "Umask", "0077");
	output("/usr/bin/readlink", "/proc/self/cwd", text, sizeof(text));
	assert_string_equal(text, "/\n");
	output("/bin/grep core", "/proc/self/limits", text, sizeof(text));
	assert_non_null(strstr(text, " 0                    0   "));
	output("/bin/cat", "/proc/self/stat", text, sizeof(text));
	assert_int_equal(sscanf(text, "%d (cat) %*c %*d %d %d", &pid, &group, &session), 3);
	assert_int_equal(group, pid);
	assert_int_equal(session, pid);
}

static void set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> (32 * i));
		data[i].permitted = (uint32_t)(permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static uint64_t permitted_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

static void expect_powerless(const char *status)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		expect_status(status, sets[i], "0000000000000000");
	expect_status(status, "NoNewPrivs", "1");
}

static void root_gives_everything_up(void **state)
{
	const gid_t groups[] = {4, 5, 6};
	uint64_t permitted;
	char text[4096];

	(void)state;
	if (geteuid() != 0)
		skip();
	/* More than usual, to be lost. */
	permitted = permitted_capabilities();
	assert_int_equal(setgroups(3, groups), 0);
	set_capabilities(permitted, permitted, permitted);
	assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SETUID, 0, 0), 0);

	output_as("/bin/cat", "/proc/self/status", NOBODY, text, sizeof(text));
	expect_powerless(text);
	expect_status(text, "CapBnd", "0000000000000000");
	expect_status(text, "Uid", "65534\t65534\t65534\t65534");
	expect_status(text, "Gid", "65534\t65534\t65534\t65534");
	expect_status(text, "Groups", " ");

	output_as("/bin/cat", "/proc/self/status", 0, text, sizeof(text));
	expect_powerless(text);
	expect_status(text, "CapBnd", "0000000000000000");
	expect_status(text, "Uid", "0\t0\t0\t0");
	expect_status(text, "Gid", "0\t0\t0\t0");
	expect_status(text, "Groups", " ");

	assert_int_equal(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), 0);
	set_capabilities(permitted, permitted, 0);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_string_equal(last_note, "");
}

/* Where only the effective user is another, there must be no way back. */
static void others_stay_who_they_are(void **state)
{
	const bool root = geteuid() == 0;
	char text[4096], ids[64];

	(void)state;
	if (root) {
		assert_int_equal(setegid(NOBODY), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	snprintf(ids, sizeof(ids), "%1$d\t%1$d\t%1$d\t%1$d", (int)geteuid());
	output_as("/bin/cat", "/proc/self/status", 1, text, sizeof(text));
	if (root) {
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(setegid(0), 0);
	}
	assert_string_equal(last_note, "");
	expect_powerless(text);
	expect_status(text, "Uid", ids);
}

static void no_hook_runs_with_privilege(void **state)
{
	static const struct {
		unsigned capability;
		const char *words;
	} lacks[] = {
		{CAP_SETPCAP, "drop the bounding set"},
		{CAP_SETGID, "drop groups"},
		{CAP_SETUID, "change user"},
	};
	char text[64], expected[128];
	uint64_t permitted;

	(void)state;
	if (geteuid() != 0)
		skip();
	permitted = permitted_capabilities();
	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
		set_capabilities(permitted & ~(UINT64_C(1) << lacks[i].capability), permitted, 0);
		assert_int_equal(output_as("/bin/echo", "/seg", NOBODY, text, sizeof(text)), 0);
		set_capabilities(permitted, permitted, 0);
		snprintf(expected, sizeof(expected),
			 "hook /bin/echo for /seg: could not be started: %s: "
			 "Operation not permitted",
			 lacks[i].words);
		assert_string_equal(last_note, expected);
	}
}

/* A recorder that has no privilege left, but still is uid 0. */
static int bare_root_runs_hook(void)
{
	char text[4096];

	alarm(20);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 1;
	set_capabilities(0, 0, 0);
	output_as("/bin/cat", "/proc/self/status", NOBODY, text, sizeof(text));
	return !strstr(text, "\nUid:\t0\t0\t0\t0\n") ||
	       !strstr(text, "\nCapEff:\t0000000000000000\n") ||
	       !strstr(text, "\nNoNewPrivs:\t1\n");
}

static void what_was_given_up_is_not_missed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(child_run(bare_root_runs_hook), 0);
}

/* One hook that is to be noted with these words. */
static void expect_note(const char *command, const char *words)
{
	struct hooks *hooks = open_hooks(command, 1);
	char expected[256];

	notes = 0;
	add(hooks, 1, "/seg\033ment");
	work_off(hooks);
	hooks_close(hooks);
	snprintf(expected, sizeof(expected), "hook %s for /seg?ment: %s", command, words);
	assert_string_equal(last_note, expected);
	assert_int_equal(notes, 1);
}

static void failures_are_noted(void **state)
{
	(void)state;
	expect_note(script("exit 3"), "exited with status 3");
	expect_note(script("exit 126"), "exited with status 126");
	expect_note(script("kill -SEGV $$"), "killed by signal 11 (Segmentation fault)");
	expect_note("/no/such", "could not be started: No such file or directory");
	expect_note("/etc/passwd", "could not be started: Permission denied");
}

static void a_lost_end_is_noted(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	expect_note("/bin/true", "no word of its end: No child processes");
	signal(SIGCHLD, SIG_DFL);
}

static void a_hanging_hook_is_killed_with_its_group(void **state)
{
	struct hooks *hooks = open_as(script("case $1 in\n"
					     "/one) sleep 1000 & echo $! >out ;;\n"
					     "esac\n"
					     "exec sleep 1000"),
				      1, &fake_clock, NOBODY);
	char text[64];
	int status;

	(void)state;
	/* So that its orphan comes to us and we see how it ended. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_true(hooks_work(hooks) == UINT64_MAX);
	add(hooks, 1, "/one");
	add(hooks, 2, "/two");
	assert_int_equal(hooks_work(hooks), 600 * NS_PER_SECOND);
	wait_text("out", text, sizeof(text));
	assert_false(readable(hooks, 0));
	fake_ns += 600 * NS_PER_SECOND - 1;
	assert_int_equal(hooks_work(hooks), 1);
	assert_int_equal(notes, 0);
	fake_ns++;
	assert_true(hooks_work(hooks) == UINT64_MAX); /* nothing but its end to wait for */
	expect_of_script(" for /one: killed after 10m");
	assert_true(readable(hooks, 60000));
	assert_int_equal(hooks_work(hooks), 600 * NS_PER_SECOND); /* the next one's */
	assert_int_equal(hooks_count(hooks), 1);
	assert_int_equal(notes, 1);
	status = wait_orphan(atoi(text));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	hooks_kill(hooks);
	expect_of_script(": 1 killed, 0 never started");
	hooks_close(hooks);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void time_limits_are_told_as_typed(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} limits[] = {
		{1500000000, "1500ms"},      {NS_PER_SECOND, "1s"}, {60 * NS_PER_SECOND, "60s"},
		{90 * NS_PER_SECOND, "90s"}, {NS_PER_HOUR, "60m"},  {24 * NS_PER_HOUR, "24h"},
	};
	struct hook_config config = {
		.jobs = 1,
		.uid = NOBODY,
		.gid = NOBODY,
		.clock = &fake_clock,
		.note = take_note,
		.context = &notes,
	};
	struct hooks *hooks;

	(void)state;
	script("exec sleep 1000");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		config.command = scratch_at("script");
		config.timeout_ns = limits[i].ns;
		assert_int_equal(hooks_open(&config, &hooks, NULL), 0);
		add(hooks, 1, "/seg");
		hooks_work(hooks);
		fake_ns += limits[i].ns;
		work_off(hooks);
		hooks_close(hooks);
		expect_of_script(" for /seg: killed after %s", limits[i].text);
	}
}

static void what_a_hook_leaves_running_is_left_alone(void **state)
{
	struct hooks *hooks = open_hooks(script("sleep 1000 & echo $! >out"), 1);
	char text[64];
	int status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	add(hooks, 1, "/one");
	work_off(hooks);
	hooks_close(hooks);
	read_text("out", text, sizeof(text));
	assert_true(atoi(text) > 1);
	assert_int_equal(waitpid(atoi(text), &status, WNOHANG), 0);
	kill(atoi(text), SIGKILL);
	wait_orphan(atoi(text));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	assert_int_equal(notes, 0);
}

static void never_more_at_once_than_jobs(void **state)
{
	struct hooks *hooks = open_hooks(script("printf + >>out; sleep .1; printf - >>out"), 3);
	char text[64];
	int now = 0, most = 0;

	(void)state;
	for (uint64_t i = 1; i <= 20; i++)
		add(hooks, i, "/seg");
	hooks_work(hooks);
	while (hooks_count(hooks) > 0) {
		readable(hooks, 2);
		hooks_work(hooks); /* more often than needed */
	}
	hooks_close(hooks);
	read_text("out", text, sizeof(text));
	assert_int_equal(strlen(text), 40);
	for (const char *sign = text; *sign; sign++) {
		now += *sign == '+' ? 1 : -1;
		most = now > most ? now : most;
	}
	assert_int_equal(most, 3);
	assert_int_equal(notes, 0);
}

static void the_order_is_kept(void **state)
{
	struct hooks *hooks = open_hooks(script("echo $1 >>out"), 1);
	char text[256];

	(void)state;
	for (uint64_t i = 1; i <= 6; i++) {
		snprintf(text, sizeof(text), "/%d", (int)i);
		add(hooks, i, text);
	}
	assert_int_equal(hooks_count(hooks), 6);
	hooks_work(hooks);
	assert_int_equal(hooks_count(hooks), 6);
	/* One runs; the middle and the end are taken out, and more put in. */
	assert_true(hooks_pending(hooks, 1) && hooks_pending(hooks, 6));
	assert_false(hooks_forget(hooks, 1));
	assert_true(hooks_pending(hooks, 1));
	assert_true(hooks_forget(hooks, 3));
	assert_true(hooks_forget(hooks, 6));
	assert_false(hooks_forget(hooks, 6));
	assert_false(hooks_pending(hooks, 3) || hooks_pending(hooks, 6));
	add(hooks, 7, "/7");
	assert_int_equal(hooks_count(hooks), 5);
	work_off(hooks);
	assert_false(hooks_pending(hooks, 1) || hooks_pending(hooks, 7));
	/* An emptied queue takes more. */
	add(hooks, 8, "/8");
	assert_true(hooks_forget(hooks, 8));
	add(hooks, 9, "/9");
	work_off(hooks);
	hooks_close(hooks);
	read_text("out", text, sizeof(text));
	assert_string_equal(text, "/1\n/2\n/4\n/5\n/7\n/9\n");
	assert_int_equal(notes, 0);
}

static int count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

static void many_leave_nothing_behind(void **state)
{
	struct hooks *hooks = open_hooks("/bin/true", 4);
	int before = count_descriptors();

	(void)state;
	for (uint64_t i = 1; i <= MANY; i++)
		add(hooks, i, "/seg");
	hooks_work(hooks);
	while (hooks_count(hooks) > MANY / 2) {
		assert_true(readable(hooks, 60000));
		hooks_work(hooks);
	}
	/* Two for each that runs. */
	assert_in_range(count_descriptors(), before + 2, before + 8);
	work_off(hooks);
	assert_int_equal(count_descriptors(), before);
	assert_false(readable(hooks, 0));
	expect_no_child();
	hooks_close(hooks);
	assert_int_equal(count_descriptors(), before - 1);
	assert_int_equal(notes, 0);
}

static void the_end_kills_what_runs(void **state)
{
	int before = count_descriptors();
	struct hooks *hooks = open_hooks(script("exec sleep 1000"), 3);

	(void)state;
	for (uint64_t i = 1; i <= 20; i++)
		add(hooks, i, "/seg");
	hooks_work(hooks);
	hooks_kill(hooks);
	expect_of_script(": 3 killed, 17 never started");
	assert_int_equal(notes, 1);
	assert_int_equal(hooks_count(hooks), 0);
	expect_no_child();
	/* With nothing left, there is nothing to say. */
	hooks_kill(hooks);
	assert_int_equal(notes, 1);
	hooks_close(hooks);
	hooks_close(NULL);
	assert_int_equal(count_descriptors(), before);
}

static void want_of_a_process_is_waited_out(int *failures, const char *words)
{
	struct hooks *hooks = open_as(script("echo $1 >>out"), 1, &fake_clock, NOBODY);

	notes = 0;
	add(hooks, 1, "/one");
	add(hooks, 2, "/two");
	*failures = 3;
	assert_int_equal(hooks_work(hooks), NS_PER_SECOND);
	expect_of_script(" for /one: has to wait: %s", words);
	fake_ns += NS_PER_SECOND / 2;
	assert_int_equal(hooks_work(hooks), NS_PER_SECOND / 2);
	assert_int_equal(*failures, 2);
	for (unsigned i = 0; i < 2; i++) {
		fake_ns += NS_PER_SECOND;
		assert_int_equal(hooks_work(hooks), NS_PER_SECOND);
	}
	assert_int_equal(notes, 1);
	assert_int_equal(hooks_count(hooks), 2);
	expect_no_child();
	fake_ns += NS_PER_SECOND;
	assert_int_equal(hooks_work(hooks), 600 * NS_PER_SECOND);
	work_off(hooks);
	assert_int_equal(notes, 1);
	/* Another time is told again. */
	add(hooks, 3, "/three");
	*failures = 1;
	hooks_work(hooks);
	assert_int_equal(notes, 2);
	fake_ns += NS_PER_SECOND;
	work_off(hooks);
	hooks_close(hooks);
	assert_int_equal(notes, 2);
}

static void failed_forks_are_waited_out(void **state)
{
	char text[64];

	(void)state;
	want_of_a_process_is_waited_out(&fork_failures, "Resource temporarily unavailable");
	read_text("out", text, sizeof(text));
	assert_string_equal(text, "/one\n/two\n/three\n");
}

static void a_process_not_watched_does_not_stay(void **state)
{
	int before = count_descriptors();

	(void)state;
	want_of_a_process_is_waited_out(&pidfd_failures, "Too many open files");
	assert_int_equal(count_descriptors(), before);
	expect_no_child();
}

static void without_pidfds_there_are_no_hooks(void **state)
{
	const struct hook_config config = {.command = "/bin/true",
					   .jobs = 1,
					   .timeout_ns = 1,
					   .clock = &clock_system};
	int before = count_descriptors();
	struct hooks *hooks;
	struct error err;

	(void)state;
	pidfd_failures = 1;
	assert_int_equal(hooks_open(&config, &hooks, &err), -EMFILE);
	assert_string_equal(err.text, "hook: pidfd: Too many open files");
	assert_int_equal(count_descriptors(), before);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(commands_are_checked),
		TEST(arguments_stand_before_the_path),
		TEST(the_environment_is_exact),
		TEST(only_three_descriptors_are_passed_on),
		TEST(signals_are_as_new),
		TEST(the_place_is_its_own),
		TEST(root_gives_everything_up),
		TEST(others_stay_who_they_are),
		TEST(no_hook_runs_with_privilege),
		TEST(what_was_given_up_is_not_missed),
		TEST(failures_are_noted),
		TEST(a_lost_end_is_noted),
		TEST(a_hanging_hook_is_killed_with_its_group),
		TEST(time_limits_are_told_as_typed),
		TEST(what_a_hook_leaves_running_is_left_alone),
		TEST(never_more_at_once_than_jobs),
		TEST(the_order_is_kept),
		TEST(many_leave_nothing_behind),
		TEST(the_end_kills_what_runs),
		TEST(failed_forks_are_waited_out),
		TEST(a_process_not_watched_does_not_stay),
		TEST(without_pidfds_there_are_no_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
