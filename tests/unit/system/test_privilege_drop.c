/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * That privilege is gone: each test is a child that gives it up and then tries
 * to use it, and reads what the kernel says of each thread. What is left by
 * accident has to be found by privilege_verify. Needs root.
 */
#include "system/privilege.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "scratch.h"

#define NOBODY  65534
#define CANNOT  77 /* exit status: this machine does not let the child try */
#define AS_FILE "--with-file-capabilities"

static const struct privilege_target nobody = {.uid = NOBODY, .gid = NOBODY, .name = "nobody"};
static const struct privilege_target root = {.name = "root"};

/* In a child, where cmocka cannot be told. */
#define CHECK(true_thing)                                                          \
	do {                                                                       \
		if (!(true_thing)) {                                               \
			fprintf(stderr, "# line %d: %s\n", __LINE__, #true_thing); \
			return 1;                                                  \
		}                                                                  \
	} while (0)

static void run(int (*body)(void))
{
	int status;

	if (geteuid() != 0)
		skip();
	status = child_run(body);
	if (status == CANNOT)
		skip();
	assert_int_equal(status, 0);
}

static int drop(const struct privilege_target *target)
{
	struct error err;
	int rc = privilege_drop(target, &err);

	if (rc < 0)
		fprintf(stderr, "# %s\n", err.text);
	return rc;
}

/* Whether the status of a process, or of each thread in a list, has a line. */
static bool status_has(const char *status, const char *line)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(status, whole);
}

#define NO_CAPABILITIES "0000000000000000"

static bool status_is_bare(const char *status, bool bounding_left)
{
	static const char *const lines[] = {"CapInh:\t" NO_CAPABILITIES,
					    "CapPrm:\t" NO_CAPABILITIES,
					    "CapEff:\t" NO_CAPABILITIES,
					    "CapAmb:\t" NO_CAPABILITIES, "NoNewPrivs:\t1"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!status_has(status, lines[i]))
			return false;
	return status_has(status, "CapBnd:\t" NO_CAPABILITIES) != bounding_left;
}

static bool read_status(const char *path, char status[static 4096])
{
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, status, 4095);

	close(fd);
	status[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static bool task_is(pid_t thread, const char *ids, bool bounding_left)
{
	char path[64], status[4096], line[80];

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", thread);
	if (!read_status(path, status))
		return false;
	snprintf(line, sizeof(line), "Uid:\t%s", ids);
	return status_has(status, line) && status_is_bare(status, bounding_left);
}

#define NOBODY_IDS "65534\t65534\t65534\t65534"
#define ROOT_IDS   "0\t0\t0\t0"

static void *tell_id(void *id)
{
	*(_Atomic pid_t *)id = gettid();
	/* A change of user interrupts it. */
	for (;;)
		pause();
	return NULL;
}

static pid_t start_thread(void)
{
	static _Atomic pid_t id;
	pthread_t thread;

	if (pthread_create(&thread, NULL, tell_id, (void *)&id) != 0)
		return -1;
	while (id == 0)
		sched_yield();
	return id;
}

static int child_of_threads(void)
{
	gid_t group;
	pid_t thread;

	CHECK(setgroups(2, (const gid_t[]){4, 27}) == 0);
	CHECK(drop(&nobody) == 0);
	thread = start_thread();
	CHECK(thread > 0);
	CHECK(task_is(getpid(), NOBODY_IDS, false));
	CHECK(task_is(thread, NOBODY_IDS, false));
	CHECK(getgroups(1, &group) == 0);
	CHECK(getegid() == NOBODY && getgid() == NOBODY);
	CHECK(privilege_verify(&nobody, NULL, NULL) == 0);
	return 0;
}

static void every_thread_is_bare(void **state)
{
	(void)state;
	run(child_of_threads);
}

static int child_of_return(void)
{
	CHECK(drop(&nobody) == 0);
	CHECK(setuid(0) < 0 && errno == EPERM);
	CHECK(setresuid(0, 0, 0) < 0 && setresgid(0, 0, 0) < 0);
	CHECK(setgroups(0, NULL) < 0);
	CHECK(open("/proc/1/environ", O_RDONLY) < 0);
	CHECK(prctl(PR_GET_DUMPABLE) == 0);
	/* And again: nothing more to give up is no failure. */
	CHECK(drop(&nobody) == 0);
	return 0;
}

static void there_is_no_way_back(void **state)
{
	(void)state;
	run(child_of_return);
}

/* root without capabilities: may do what the owner of its files may. */
static int child_of_root(void)
{
	const char *theirs = scratch_at("theirs");
	int fd = open(theirs, O_CREAT | O_RDWR, 0600);

	CHECK(fd >= 0 && fchown(fd, NOBODY, NOBODY) == 0);
	CHECK(drop(&root) == 0);
	CHECK(task_is(getpid(), ROOT_IDS, false));
	CHECK(open(theirs, O_RDONLY) < 0 && errno == EACCES);
	CHECK(setuid(NOBODY) < 0);
	CHECK(open("/etc/passwd", O_RDWR) >= 0);
	return 0;
}

static void root_is_an_ordinary_owner(void **state)
{
	(void)state;
	run(child_of_root);
}

static bool join_loopback(int fd)
{
	const struct sockaddr_ll address = {.sll_family = AF_PACKET,
					    .sll_protocol = htons(ETH_P_ALL),
					    .sll_ifindex = (int)if_nametoindex("lo")};
	const struct packet_mreq all = {.mr_ifindex = address.sll_ifindex,
					.mr_type = PACKET_MR_PROMISC};

	return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	       setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) == 0;
}

static int child_of_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	char path[32];

	if (fd < 0)
		return CANNOT;
	CHECK(drop(&nobody) == 0);
	CHECK(join_loopback(fd));
	CHECK(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	/* Not being dumpable hides no descriptors from ourselves. */
	fd = open(scratch_dir, O_TMPFILE | O_RDWR, 0600);
	CHECK(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(open(path, O_RDWR) >= 0);
	return 0;
}

static void what_was_open_goes_on(void **state)
{
	(void)state;
	run(child_of_socket);
}

/* What cat, owned by root with mode mode, finds its own status to be. */
static bool exec_status(mode_t mode, char status[static 4096])
{
	char command[512];
	FILE *pipe;
	size_t got;

	snprintf(command, sizeof(command), "exec %s/cat%o /proc/self/status", scratch_dir, mode);
	pipe = popen(command, "r");
	if (!pipe)
		return false;
	got = fread(status, 1, 4095, pipe);
	status[got] = '\0';
	return pclose(pipe) == 0;
}

static bool copy_program(const char *from, mode_t mode, const char *to)
{
	char command[512];

	snprintf(command, sizeof(command), "cp '%s' %s/%s", from, scratch_dir, to);
	return system(command) == 0 && chmod(scratch_at(to), mode) == 0;
}

static bool copy_cat(mode_t mode)
{
	char name[16];

	snprintf(name, sizeof(name), "cat%o", mode);
	return copy_program("/bin/cat", mode, name);
}

static int child_without_drop(void)
{
	char status[4096];

	/* That set-uid programs work here at all. */
	CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	return exec_status(04755, status) && status_has(status, "Uid:\t65534\t0\t0\t0") ? 0
											: CANNOT;
}

static int child_of_set_uid(void)
{
	char status[4096];

	CHECK(drop(&nobody) == 0);
	CHECK(exec_status(04755, status));
	CHECK(status_has(status, "Uid:\t" NOBODY_IDS));
	CHECK(status_is_bare(status, false));
	return 0;
}

static void set_uid_programs_gain_nothing(void **state)
{
	(void)state;
	if (geteuid() == 0)
		assert_true(copy_cat(04755));
	run(child_without_drop);
	run(child_of_set_uid);
}

static int child_of_root_exec(void)
{
	char status[4096];

	CHECK(drop(&root) == 0);
	CHECK(exec_status(0755, status));
	CHECK(status_has(status, "Uid:\t" ROOT_IDS));
	CHECK(status_is_bare(status, false));
	return 0;
}

static void what_root_starts_gains_nothing(void **state)
{
	(void)state;
	if (geteuid() == 0)
		assert_true(copy_cat(0755));
	run(child_of_root_exec);
}

static bool capabilities_set(uint32_t permitted, uint32_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {
		{.effective = permitted, .permitted = permitted, .inheritable = inheritable}};

	return syscall(SYS_capset, &header, sets) == 0;
}

/* As in a container: uid 0 with little more than the name. */
static int child_of_container(void)
{
	struct privilege_target target;

	CHECK(setgroups(1, (const gid_t[]){27}) == 0);
	CHECK(capabilities_set(1u << CAP_NET_RAW, 1u << CAP_NET_RAW));
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) == 0);
	CHECK(privilege_choose(&(struct privilege_choice){0}, &target, NULL) == 0);
	CHECK(target.uid == 0 && !target.keeps_root);
	CHECK(privilege_choose(&(struct privilege_choice){.user = "nobody"}, &target, NULL) ==
	      -EINVAL);
	CHECK(drop(&root) == 0);
	CHECK(task_is(getpid(), ROOT_IDS, true));
	CHECK(getgroups(0, NULL) == 1);
	CHECK(privilege_verify(&root, NULL, NULL) == -EPERM);
	return 0;
}

static void a_root_that_cannot_change_stays(void **state)
{
	(void)state;
	run(child_of_container);
}

/* The right alone does not make somebody root. */
static int child_with_right(void)
{
	const struct stat theirs = {.st_uid = 5, .st_gid = 5};
	struct privilege_target target;

	CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0);
	CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHECK(privilege_choose(&(struct privilege_choice){.directory = &theirs}, &target, NULL) ==
	      0);
	CHECK(target.uid == NOBODY);
	/* Its capabilities are not those that a change of user clears. */
	CHECK(drop(&target) == 0);
	CHECK(task_is(getpid(), NOBODY_IDS, false));
	return 0;
}

static void somebody_with_capabilities_stays(void **state)
{
	(void)state;
	run(child_with_right);
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool whole = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return whole;
}

static int child_of_user_namespace(void)
{
	struct privilege_target target;
	struct error err;

	CHECK(setgroups(1, (const gid_t[]){27}) == 0);
	if (unshare(CLONE_NEWUSER) < 0 || !write_text("/proc/self/setgroups", "deny") ||
	    !write_text("/proc/self/uid_map", "0 0 1") ||
	    !write_text("/proc/self/gid_map", "0 0 1"))
		return CANNOT;
	CHECK(privilege_choose(&(struct privilege_choice){0}, &target, NULL) == 0);
	CHECK(target.uid == 0 && !target.keeps_root);
	CHECK(privilege_choose(&(struct privilege_choice){.user = "nobody"}, &target, &err) ==
	      -EINVAL);
	CHECK(strstr(err.text, "not in this user namespace"));
	CHECK(drop(&root) == 0);
	CHECK(task_is(getpid(), ROOT_IDS, false));
	return 0;
}

static void a_user_namespace_may_lack_the_user(void **state)
{
	(void)state;
	run(child_of_user_namespace);
}

/* The other program: a plain user's, with cap_net_raw+ep on its file. */
static int main_as_file(void)
{
	struct privilege_target target;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0) /* nosuid */
		return CANNOT;
	CHECK(geteuid() == NOBODY);
	CHECK(privilege_choose(&(struct privilege_choice){0}, &target, NULL) == 0);
	CHECK(target.uid == NOBODY);
	CHECK(drop(&target) == 0);
	CHECK(task_is(getpid(), NOBODY_IDS, true));
	CHECK(getgroups(0, NULL) == 1);
	CHECK(join_loopback(fd));
	CHECK(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EPERM);
	return 0;
}

static int child_of_file(void)
{
	const struct vfs_cap_data net_raw = {.magic_etc =
						     VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
					     .data = {{.permitted = 1u << CAP_NET_RAW}}};
	const char *copy = scratch_at("copy");
	char own[256];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	CHECK(length > 0);
	own[length] = '\0';
	CHECK(copy_program(own, 0755, "copy"));
	if (setxattr(copy, "security.capability", &net_raw, XATTR_CAPS_SZ_2, 0) < 0)
		return CANNOT;
	CHECK(setgroups(1, (const gid_t[]){27}) == 0);
	CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
	execl(copy, copy, AS_FILE, NULL);
	CHECK(!"execl");
	return 1;
}

static void file_capabilities_go(void **state)
{
	(void)state;
	run(child_of_file);
}

/* Giving up by hand, all but one thing. (What is ambient is permitted too.) */
#define WORKING (1u << CAP_NET_RAW | 1u << CAP_SETPCAP | 1u << CAP_SETUID | 1u << CAP_SETGID)
enum thing {
	THING_NONE,
	THING_UID,
	THING_GID,
	THING_GROUPS,
	THING_BOUNDING,
	THING_CAPABILITY,
	THING_INHERITABLE,
	THING_NEW,
	THINGS
};

static bool give_up_all_but(enum thing thing)
{
	const uint32_t inherited = thing == THING_INHERITABLE;
	const uint32_t permitted = thing == THING_CAPABILITY;
	const gid_t adm = 4;

	/* That can be added only while it is in the bounding set. */
	if (inherited && !capabilities_set(WORKING, 1u << CAP_NET_RAW))
		return false;
	for (unsigned long i = 0; thing != THING_BOUNDING && prctl(PR_CAPBSET_READ, i) >= 0; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return false;
	if (setgroups(thing == THING_GROUPS, &adm) < 0 ||
	    setresgid(NOBODY, NOBODY, thing == THING_GID ? 0 : NOBODY) < 0 ||
	    prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0 ||
	    setresuid(NOBODY, NOBODY, thing == THING_UID ? 0 : NOBODY) < 0 ||
	    !capabilities_set(permitted << CAP_NET_RAW, inherited << CAP_NET_RAW))
		return false;
	return thing == THING_NEW || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static enum thing left_thing;

static int child_of_leaving(void)
{
	static const char *const words[THINGS] = {
		[THING_UID] = "user ids 65534 65534 0 65534",
		[THING_GID] = "group ids 65534 65534 0 65534",
		[THING_GROUPS] = "supplementary groups 4",
		[THING_BOUNDING] = "bounding capabilities 0",
		[THING_CAPABILITY] = "permitted capabilities 0000000000002000",
		[THING_INHERITABLE] = "inheritable capabilities 0000000000002000",
		[THING_NEW] = "no_new_privs 0",
	};
	struct error err;

	CHECK(give_up_all_but(left_thing));
	if (left_thing == THING_NONE) {
		CHECK(privilege_verify(&nobody, NULL, &err) == 0);
		/* Another user than was meant. */
		CHECK(privilege_verify(&root, NULL, &err) == -EPERM);
		return 0;
	}
	CHECK(privilege_verify(&nobody, NULL, &err) == -EPERM);
	CHECK(strstr(err.text, words[left_thing]));
	return 0;
}

static void whatever_is_left_is_found(void **state)
{
	(void)state;
	for (left_thing = THING_NONE; left_thing < THINGS; left_thing++)
		run(child_of_leaving);
}

/* Capabilities are a thread's: one that is there already keeps its own. */
static int child_of_early_thread(void)
{
	struct error err;

	CHECK(start_thread() > 0);
	CHECK(privilege_drop(&root, &err) == -EPERM);
	CHECK(strstr(err.text, "privileges are left: "));
	return 0;
}

static void another_thread_is_found(void **state)
{
	(void)state;
	run(child_of_early_thread);
}

static int set_up(void **state)
{
	(void)state;
	return scratch_make(SCRATCH_TMP) || chmod(scratch_dir, 0777);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_thread_is_bare),
		cmocka_unit_test(there_is_no_way_back),
		cmocka_unit_test(root_is_an_ordinary_owner),
		cmocka_unit_test(what_was_open_goes_on),
		cmocka_unit_test(set_uid_programs_gain_nothing),
		cmocka_unit_test(what_root_starts_gains_nothing),
		cmocka_unit_test(a_root_that_cannot_change_stays),
		cmocka_unit_test(somebody_with_capabilities_stays),
		cmocka_unit_test(a_user_namespace_may_lack_the_user),
		cmocka_unit_test(file_capabilities_go),
		cmocka_unit_test(whatever_is_left_is_found),
		cmocka_unit_test(another_thread_is_found),
	};

	if (argc > 1 && strcmp(argv[1], AS_FILE) == 0) {
		strcpy(scratch_dir, "/tmp");
		return main_as_file();
	}
	return cmocka_run_group_tests(tests, set_up, scratch_tear_down);
}
