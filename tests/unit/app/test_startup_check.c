/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judgements with made-up values on both sides of each limit; and what is
 * found on the machine the tests run on, as root also of an interface whose
 * offloads are switched.
 */
#include "app/startup_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "scratch.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link/veth.h>
#include <netlink/socket.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define MS  UINT64_C(1000000)

static char text[CHECK_TEXT_ROOM];

static void assert_says(enum check_level level, enum check_level expected, const char *words)
{
	if (level != expected || strcmp(text, words) != 0)
		fail_msg("level %d: %s", (int)level, text);
}

static void offloads_are_judged(void **state)
{
	struct check_offloads offloads = {.mtu = 1500};

	(void)state;
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_OK,
		    "eth0: frames are recorded as they came");
	offloads.gro = true;
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_WARN,
		    "eth0: received frames are merged, and frames larger than the MTU of 1500 "
		    "will be recorded (ethtool -K eth0 gro off)");
	offloads.lro = true;
	offloads.mtu = 0;
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_WARN,
		    "eth0: received frames are merged, and frames larger than the MTU "
		    "will be recorded (ethtool -K eth0 gro off lro off)");
	offloads = (struct check_offloads){.gro_hw = true};
	assert_int_equal(check_judge_offloads(text, "eth0", &offloads), CHECK_WARN);
	assert_non_null(strstr(text, "(ethtool -K eth0 rx-gro-hw off)"));
	offloads = (struct check_offloads){.gro = true, .forwards = true, .forwards_uncut = true};
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_OK,
		    "eth0: frames are forwarded as they came");
	/* What their sender leaves uncut, which is wrong only where it cannot be sent. */
	offloads = (struct check_offloads){.sender = CHECK_UNCUT, .peer = "eth9"};
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_OK,
		    "eth0: frames are recorded as they came");
	offloads.forwards = true;
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_WARN,
		    "eth0: eth9 leaves frames to an adapter to cut, and they come in uncut and "
		    "will be lost, as they cannot be sent (ethtool -K eth9 tso off gso off)");
	offloads.sender = CHECK_CUT;
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_OK,
		    "eth0: frames are forwarded as they came");
	offloads.sender = CHECK_UNKNOWN;
	assert_says(check_judge_offloads(text, "eth0", &offloads), CHECK_OK,
		    "eth0: frames are forwarded as they came; whether their sender cuts them "
		    "cannot be seen from here");
	offloads = (struct check_offloads){.lro = true};
	assert_int_equal(check_judge_offloads(text, "eth0", &offloads), CHECK_WARN);
	assert_non_null(strstr(text, "(ethtool -K eth0 lro off)"));
}

static void the_ring_is_judged(void **state)
{
	(void)state;
	assert_says(check_judge_ring(text, 512 * MIB, GIB), CHECK_OK,
		    "512 MiB of 1 GiB memory available");
	assert_says(check_judge_ring(text, 513 * MIB, GIB), CHECK_WARN,
		    "513 MiB of 1 GiB memory available: more than half");
	assert_says(check_judge_ring(text, 64 * MIB, 0), CHECK_OK,
		    "64 MiB; the memory available is not known");
	assert_int_equal(check_judge_ring(text, UINT64_MAX, GIB), CHECK_WARN);
}

static void clocks_are_judged(void **state)
{
	static const char *const fast[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
					   "arch_sys_counter", "riscv_clocksource"};
	static const char *const slow[] = {"hpet", "acpi_pm",    "jiffies",         "tsc-early",
					   "ts",   "kvm-clock2", "refined-jiffies", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		assert_says(check_judge_clock(text, fast[i]), CHECK_OK, fast[i]);
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++)
		assert_int_equal(check_judge_clock(text, slow[i]), CHECK_WARN);
	assert_says(check_judge_clock(text, "hpet"), CHECK_WARN,
		    "hpet is slow to read or coarse: each time stamp costs more, or says less");
}

static void space_is_judged(void **state)
{
	(void)state;
	/* free, kept, budget, reserve */
	assert_says(check_judge_space(text, 10 * GIB, 2 * GIB, 0, 0), CHECK_OK,
		    "12 GiB for segments");
	assert_says(check_judge_space(text, 10 * GIB, 2 * GIB, 12 * GIB, 0), CHECK_OK,
		    "12 GiB for segments");
	assert_says(check_judge_space(text, 10 * GIB, 2 * GIB, 11 * GIB, GIB), CHECK_OK,
		    "11 GiB for segments");
	assert_says(check_judge_space(text, 10 * GIB, 2 * GIB, 12 * GIB, GIB), CHECK_WARN,
		    "the budget is 12 GiB, and the disk has 11 GiB for it: segments are deleted "
		    "sooner");
	assert_int_equal(check_judge_space(text, 10 * GIB, 0, 10 * GIB + 1, 0), CHECK_WARN);
	assert_says(check_judge_space(text, GIB, GIB, 0, 3 * GIB), CHECK_WARN,
		    "3 GiB are to stay free, and with every segment deleted 2 GiB would be");
	assert_says(check_judge_space(text, GIB, GIB, 0, 2 * GIB), CHECK_WARN,
		    "2 GiB are to stay free, and with every segment deleted 2 GiB would be");
	assert_int_equal(check_judge_space(text, GIB, GIB + 1, 0, 2 * GIB), CHECK_OK);
	assert_int_equal(check_judge_space(text, 0, 0, 0, 0), CHECK_WARN);
	assert_int_equal(check_judge_space(text, UINT64_MAX, GIB, GIB, GIB), CHECK_OK);
}

static void a_sync_is_judged(void **state)
{
	(void)state;
	assert_says(check_judge_sync(text, 1234567), CHECK_OK, "1.3 ms");
	assert_says(check_judge_sync(text, 0), CHECK_OK, "0.0 ms");
	assert_says(check_judge_sync(text, 100 * MS), CHECK_OK, "100.0 ms");
	assert_says(check_judge_sync(text, 100 * MS + 1), CHECK_WARN,
		    "100.1 ms for 4 KiB: segments get their names late (--no-sync does without)");
}

static enum check_level judge_mode(mode_t mode, mode_t file_mode)
{
	const struct check_place place = {"/tape", mode, file_mode, 0, NULL, 0, false};

	return check_judge_access(text, &place);
}

static enum check_level judge_owner(uid_t owner, const char *name, uid_t user, bool others)
{
	const struct check_place place = {"/tape/", 0, 0, owner, name, user, others};

	return check_judge_owner(text, &place);
}

static void access_is_judged(void **state)
{
	(void)state;
	assert_says(judge_mode(S_IFDIR | 0700, 0600), CHECK_OK, "mode 0700");
	assert_says(judge_mode(S_IFDIR | 0711, 0600), CHECK_OK, "mode 0711");
	assert_says(judge_mode(S_IFDIR | 0750, 0600), CHECK_WARN,
		    "mode 0750: its group may read (chmod go-rw /tape)");
	assert_says(judge_mode(S_IFDIR | 01702, 0600), CHECK_WARN,
		    "mode 1702: others may write (chmod go-rw /tape)");
	assert_says(judge_mode(S_IFDIR | 02775, 0600), CHECK_WARN,
		    "mode 2775: its group may read and write, others may read (chmod go-rw "
		    "/tape)");
	/* Who is to read the files, may find them. */
	assert_says(judge_mode(S_IFDIR | 0750, 0640), CHECK_OK, "mode 0750");
	assert_says(judge_mode(S_IFDIR | 0755, 0644), CHECK_OK, "mode 0755");
	assert_says(judge_mode(S_IFDIR | 0755, 0640), CHECK_WARN,
		    "mode 0755: others may read (chmod go-rw /tape)");
	assert_says(judge_mode(S_IFDIR | 0770, 0660), CHECK_WARN,
		    "mode 0770: its group may write (chmod go-rw /tape)");
}

static void the_owner_is_judged(void **state)
{
	(void)state;
	assert_says(judge_owner(1000, "ann", 0, false), CHECK_OK, "it belongs to ann");
	assert_says(judge_owner(1000, NULL, 1000, false), CHECK_OK,
		    "it belongs to user 1000, who has no name");
	assert_says(judge_owner(0, "root", 1000, false), CHECK_OK, "it belongs to root");
	assert_says(judge_owner(0, "root", 0, false), CHECK_WARN,
		    "it belongs to root, and root records: given to another user, the recorder "
		    "becomes that user (chown nobody /tape/)");
}

/* What others need as it is must not be changed. */
static void no_advice_breaks_a_machine(void **state)
{
	struct check_place place = {"/tmp", S_IFDIR | 01777, 0600, 0, "root", 0, true};

	(void)state;
	assert_says(check_judge_access(text, &place), CHECK_WARN,
		    "mode 1777: its group may read and write, others may read and write (a "
		    "directory of its own, as /tmp/tape/, is made so)");
	assert_says(judge_owner(0, "root", 0, true), CHECK_WARN,
		    "it belongs to root, and root records: given to another user, the recorder "
		    "becomes that user (a directory of its own, as /tape/tape/, is made so)");
}

/* What is said, a line each: "clock 0 tsc". */
struct said {
	char lines[4096];
};

static void note(void *context, enum check_level level, const char *subject, const char *words)
{
	struct said *said = context;
	size_t used = strlen(said->lines);

	assert_int_equal((size_t)snprintf(said->lines + used, sizeof(said->lines) - used,
					  "%s %d %s\n", subject, (int)level,
					  words) < sizeof(said->lines) - used,
			 1);
}

/* Nothing to be looked at but what a test sets. */
static struct startup_check_config nothing(struct said *said)
{
	*said = (struct said){{0}};
	return (struct startup_check_config){.directory = -1,
					     .clocksource_path = "/nonexistent",
					     .meminfo_path = "/nonexistent",
					     .say = note,
					     .context = said};
}

/* Puts words into the one file of the directory; its path. */
static const char *file_of(const char *words)
{
	scratch_put(scratch_at("file"), words);
	return scratch_path;
}

static void nothing_to_look_at(void **state)
{
	const struct check_interface none[] = {{"any", 0},
					       {"lo", 65536},
					       {"nonesuch", 1500},
					       {"a-name-longer-than-any", 1500},
					       {"", 0}};
	struct said said;
	struct startup_check_config c = nothing(&said);

	(void)state;
	c.interfaces = none;
	c.interface_count = sizeof(none) / sizeof(none[0]);
	startup_check(&c);
	assert_string_equal(said.lines, "");
	/* Nor is the working directory meant. */
	c.directory = AT_FDCWD;
	c.sync = true;
	startup_check(&c);
	assert_string_equal(said.lines, "");
}

static void memory_and_clock_are_found(void **state)
{
	struct said said;
	struct startup_check_config c = nothing(&said);

	(void)state;
	c.clocksource_path = file_of("hpet\x1b\n");
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "clock 1 hpet? is slow"), said.lines);
	c = nothing(&said);
	c.clocksource_path = file_of("");
	startup_check(&c);
	assert_string_equal(said.lines, "");

	c.ring_bytes = 3 * MIB;
	startup_check(&c);
	assert_string_equal(said.lines, "ring 0 3 MiB; the memory available is not known\n");
	c = nothing(&said);
	c.ring_bytes = 3 * MIB;
	c.meminfo_path = file_of("MemTotal:       10240 kB\nMemFree:         1024 kB\n"
				 "MemAvailable:    4096 kB\nBuffers: 1 kB\n");
	startup_check(&c);
	assert_string_equal(said.lines, "ring 1 3 MiB of 4 MiB memory available: more than half\n");

	/* The machine's own. */
	c = nothing(&said);
	c.ring_bytes = 4096;
	c.meminfo_path = NULL;
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "ring 0 4 KiB of "), said.lines);
}

static unsigned entries(const char *path)
{
	DIR *list = opendir(path);
	unsigned count = 0;

	assert_non_null(list);
	while (readdir(list))
		count++;
	closedir(list);
	return count;
}

static void the_directory_is_found(void **state)
{
	struct said said;
	struct startup_check_config c = nothing(&said);
	unsigned descriptors = entries("/proc/self/fd");

	(void)state;
	assert_int_equal(chmod(scratch_dir, 0755), 0);
	c.directory = open(scratch_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	c.path = "/tape\n";
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "space 0 "), said.lines);
	assert_null(strstr(said.lines, "sync "));
	assert_non_null(strstr(said.lines,
			       "\ndirectory 1 mode 0755: its group may read, others may "
			       "read (chmod go-rw /tape?)\n"));
	assert_non_null(strstr(said.lines, geteuid() == 0 ? "\ndirectory 1 it belongs to root"
							  : "\ndirectory 0 it belongs to "));
	assert_int_equal(chmod(scratch_dir, 0700), 0);
	said.lines[0] = '\0';
	c.sync = true;
	c.budget_bytes = UINT64_MAX / 2;
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "space 1 the budget is 8 EiB"), said.lines);
	assert_non_null(strstr(said.lines, "\nsync "));
	assert_non_null(strstr(said.lines, "\ndirectory 0 mode 0700\n"));
	/* Others' files are not to be hidden from them, nor is that one to be given away. */
	said.lines[0] = '\0';
	assert_int_equal(mkdir(scratch_at("below"), 0700), 0);
	assert_int_equal(chmod(scratch_dir, 0755), 0);
	startup_check(&c);
	assert_non_null(strstr(said.lines, "others may read (a directory of its own, as "
					   "/tape?/tape/, is made so)"));
	assert_null(strstr(said.lines, "chmod"));
	assert_null(strstr(said.lines, "chown"));
	assert_int_equal(rmdir(scratch_at("below")), 0);
	said.lines[0] = '\0';
	c.shared = true;
	startup_check(&c);
	assert_null(strstr(said.lines, "directory "));
	/* One that is not there yet. */
	said.lines[0] = '\0';
	c.shared = false;
	c.missing = true;
	c.file_mode = 0640;
	c.user_name = "ann";
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "space 1 the budget is 8 EiB"), said.lines);
	assert_non_null(
		strstr(said.lines, "\ndirectory 0 it is made, of mode 0750, and belongs to ann\n"));
	c.missing = false;
	c.file_mode = 0;
	assert_int_equal(chmod(scratch_dir, 0700), 0);
	/* What can be deleted counts, and what else is in the directory does not. */
	said.lines[0] = '\0';
	c.kept_bytes = UINT64_MAX / 2;
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "space 0 "), said.lines);
	close(c.directory);
	/* Nothing stays behind. */
	assert_int_equal(scratch_entries(), 0);
	assert_int_equal(entries("/proc/self/fd"), descriptors);
}

/* FAT, NFS and others have no files without a name. */
static bool tmpfile_refused;
int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, mode_t mode);
int __wrap_openat(int dir, const char *path, int flags, mode_t mode)
{
	if (tmpfile_refused && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return __real_openat(dir, path, flags, mode);
}

static void a_file_with_a_name_is_synced(void **state)
{
	struct said said;
	struct startup_check_config c = nothing(&said);

	(void)state;
	c.directory = open(scratch_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	c.sync = true;
	tmpfile_refused = true;
	startup_check(&c);
	tmpfile_refused = false;
	close(c.directory);
	assert_non_null(strstr(said.lines, "\nsync "));
	assert_int_equal(scratch_entries(), 0);
}

static void feature_switch(int fd, const char *name, uint32_t command, bool on)
{
	struct ethtool_value value = {.cmd = command, .data = on};
	struct ifreq request = {.ifr_data = (void *)&value};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &request), 0);
}

static void gro_switch(int fd, const char *name, bool on)
{
	feature_switch(fd, name, ETHTOOL_SGRO, on);
}

/* Last: the test stays in the namespace. */
static void offloads_are_found(void **state)
{
	const struct check_interface interfaces[] = {{"one", 1500}, {"lo", 65536}, {"two", 9000}};
	struct said said;
	struct startup_check_config c = nothing(&said);
	struct nl_sock *rtnl;
	int fd;

	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		skip();
	rtnl = nl_socket_alloc();
	assert_int_equal(nl_connect(rtnl, NETLINK_ROUTE), 0);
	assert_int_equal(rtnl_link_veth_add(rtnl, "one", "two", getpid()), 0);
	nl_socket_free(rtnl);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	gro_switch(fd, "one", true);
	gro_switch(fd, "two", false);
	c.interfaces = interfaces;
	c.interface_count = 3;
	startup_check(&c);
	assert_string_equal(said.lines,
			    "offloads 1 one: received frames are merged, and frames larger than "
			    "the MTU of 1500 will be recorded (ethtool -K one gro off)\n"
			    "offloads 0 two: frames are recorded as they came\n");
	gro_switch(fd, "one", false);
	gro_switch(fd, "two", true);
	said.lines[0] = '\0';
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "offloads 0 one: "), said.lines);
	assert_non_null(strstr(said.lines, "\noffloads 1 two: "));
	/* The other end is named, and the warning goes with its cause. */
	gro_switch(fd, "two", false);
	c.forwards = true;
	said.lines[0] = '\0';
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "offloads 1 one: two leaves frames to an adapter to "
					    "cut, and they come in uncut and will be lost, as "
					    "they cannot be sent (ethtool -K two tso off gso "
					    "off)\n"),
			 said.lines);
	feature_switch(fd, "two", ETHTOOL_STSO, false);
	feature_switch(fd, "two", ETHTOOL_SGSO, false);
	said.lines[0] = '\0';
	startup_check(&c);
	assert_ptr_equal(strstr(said.lines, "offloads 0 one: frames are forwarded as they came\n"),
			 said.lines);
	assert_non_null(strstr(said.lines, "\noffloads 1 two: one leaves frames"));
	close(fd);
}

#define with_directory(test) \
	cmocka_unit_test_setup_teardown(test, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offloads_are_judged),
		cmocka_unit_test(the_ring_is_judged),
		cmocka_unit_test(clocks_are_judged),
		cmocka_unit_test(space_is_judged),
		cmocka_unit_test(a_sync_is_judged),
		cmocka_unit_test(access_is_judged),
		cmocka_unit_test(the_owner_is_judged),
		cmocka_unit_test(no_advice_breaks_a_machine),
		cmocka_unit_test(nothing_to_look_at),
		with_directory(memory_and_clock_are_found),
		with_directory(the_directory_is_found),
		with_directory(a_file_with_a_name_is_synced),
		cmocka_unit_test(offloads_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
