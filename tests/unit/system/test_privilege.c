/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who the process is to become, and the directory for that user: the rule for
 * the choice, mode bits, what is made for whom, and that nobody who can write
 * to the parent gets something else given away. Choosing as root and giving
 * away need root.
 */
#include "system/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "scratch.h"

#define NOBODY   65534
#define WIRETAPE 4321
#define SOMEBODY 3999888777u /* in no passwd */

/* The linker leads our code's calls to these. */
static bool has_wiretape, read_only;
static void (*meddle)(int parent, const char *name);

static struct passwd entry = {.pw_name = (char *)"wiretape",
			      .pw_uid = WIRETAPE,
			      .pw_gid = WIRETAPE + 1};

struct passwd *__real_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name)
{
	if (strcmp(name, "wiretape") != 0)
		return __real_getpwnam(name);
	errno = 0;
	return has_wiretape ? &entry : NULL;
}

int __real_fstatvfs(int fd, struct statvfs *st);
int __wrap_fstatvfs(int fd, struct statvfs *st);
int __wrap_fstatvfs(int fd, struct statvfs *st)
{
	int rc = __real_fstatvfs(fd, st);

	if (read_only)
		st->f_flag |= ST_RDONLY;
	return rc;
}

/* What becomes of it: it is done, refused, or goes well and does nothing. */
static enum { CHOWN_DOES, CHOWN_REFUSES, CHOWN_IGNORES } chown_way;

int __real_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
	if (chown_way == CHOWN_DOES)
		return __real_fchown(fd, uid, gid);
	errno = EPERM;
	return chown_way == CHOWN_IGNORES ? 0 : -1;
}

/* Between the making and what follows. */
int __real_mkdirat(int parent, const char *name, mode_t mode);
int __wrap_mkdirat(int parent, const char *name, mode_t mode);
int __wrap_mkdirat(int parent, const char *name, mode_t mode)
{
	int rc = __real_mkdirat(parent, name, mode);

	if (meddle && rc == 0)
		meddle(parent, name);
	return rc;
}

static int set_up(void **state)
{
	(void)state;
	has_wiretape = read_only = false;
	chown_way = CHOWN_DOES;
	meddle = NULL;
	return scratch_make(SCRATCH_TMP) || chmod(scratch_dir, 0777);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void assert_usage(int rc, const struct error *err, const char *part)
{
	assert_int_equal(rc, -EINVAL);
	assert_int_equal(err->kind, ERROR_USAGE);
	if (!strstr(err->text, part))
		fail_msg("no '%s' in: %s", part, err->text);
}

static void finds_users(void **state)
{
	struct privilege_target t;
	struct error err;

	(void)state;
	assert_int_equal(privilege_find_user("root", &t, &err), 0);
	assert_int_equal(t.uid, 0);
	assert_string_equal(t.name, "root");
	assert_int_equal(privilege_find_user("0", &t, &err), 0);
	assert_string_equal(t.name, "root");
	has_wiretape = true;
	assert_int_equal(privilege_find_user("wiretape", &t, &err), 0);
	assert_int_equal(t.uid, WIRETAPE);
	assert_int_equal(t.gid, WIRETAPE + 1);
	assert_int_equal(privilege_find_user("3999888777", &t, &err), 0);
	assert_int_equal(t.uid, SOMEBODY);
	assert_int_equal(t.gid, SOMEBODY);
	assert_string_equal(t.name, "3999888777");
	assert_false(t.keeps_root);
}

static void finds_no_others(void **state)
{
	static const char *const names[] = {"wiretape", "", "-1", "4294967295", "0x10", "1 "};
	struct privilege_target t;
	struct error err;
	char quoted[32];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(quoted, sizeof(quoted), "'%s'", names[i]);
		assert_usage(privilege_find_user(names[i], &t, &err), &err, quoted);
	}
}

static void assert_chosen(const struct privilege_choice *choice, uid_t uid, gid_t gid)
{
	struct privilege_target t;
	struct error err;

	assert_int_equal(privilege_choose(choice, &t, &err), 0);
	assert_int_equal(t.uid, uid);
	assert_int_equal(t.gid, gid);
	assert_false(t.keeps_root);
}

static void root_becomes_less(void **state)
{
	const struct stat theirs = {.st_uid = SOMEBODY, .st_gid = 77};
	const struct stat of_group_0 = {.st_uid = SOMEBODY, .st_gid = 0};
	const struct stat nobodys = {.st_uid = NOBODY, .st_gid = 0};
	const struct stat roots = {.st_uid = 0, .st_gid = 4};
	const struct privilege_choice new = {.makes_directory = true};

	(void)state;
	need_root();
	/* Whoever is in passwd has a group; nobody has group 0 without asking. */
	assert_chosen(&(struct privilege_choice){.directory = &theirs}, SOMEBODY, 77);
	assert_chosen(&(struct privilege_choice){.directory = &of_group_0}, SOMEBODY, SOMEBODY);
	assert_chosen(&(struct privilege_choice){.directory = &nobodys}, NOBODY, NOBODY);
	entry.pw_gid = 0;
	assert_chosen(&(struct privilege_choice){.directory = &roots}, 0, 0);
	assert_chosen(&new, NOBODY, NOBODY);
	assert_chosen(&(struct privilege_choice){0}, NOBODY, NOBODY);
	has_wiretape = true;
	assert_chosen(&(struct privilege_choice){.user = "wiretape"}, WIRETAPE, WIRETAPE);
	entry.pw_gid = WIRETAPE + 1;
	assert_chosen(&new, WIRETAPE, WIRETAPE + 1);
	assert_chosen(&(struct privilege_choice){0}, WIRETAPE, WIRETAPE + 1);
	assert_chosen(&(struct privilege_choice){.user = "wiretape", .directory = &theirs},
		      WIRETAPE, WIRETAPE + 1);
}

static void who_has_called_sudo(void **state)
{
	static const char *const nobody_has[][2] = {{"0", "0"},
						    {"", "1"},
						    {"-1", "1"},
						    {"4294967295", "1"},
						    {"root", "1"}};
	const struct stat theirs = {.st_uid = SOMEBODY, .st_gid = 77};
	const struct privilege_choice new = {.makes_directory = true}, single = {0};
	const struct privilege_choice asked = {.user = "4321"};
	struct privilege_target t;
	struct privilege_owner owner;

	(void)state;
	need_root();
	setenv("SUDO_UID", "3999888777", 1);
	setenv("SUDO_GID", "78", 1);
	/* A directory is theirs, and so are its segments; a file is theirs, but nothing of
	 * theirs is within reach of what handles packets. */
	assert_chosen(&new, SOMEBODY, 78);
	assert_chosen(&single, NOBODY, NOBODY);
	assert_chosen(&(struct privilege_choice){.directory = &theirs}, SOMEBODY, 77);
	assert_int_equal(privilege_choose(&single, &t, NULL), 0);
	privilege_choose_owner(&single, false, &t, &owner);
	assert_true(owner.given && !owner.asked);
	assert_int_equal(owner.uid, SOMEBODY);
	assert_int_equal(owner.gid, 78);
	assert_string_equal(owner.name, "3999888777");
	assert_int_equal(privilege_choose(&asked, &t, NULL), 0);
	privilege_choose_owner(&asked, false, &t, &owner);
	assert_true(owner.given && owner.asked);
	assert_int_equal(owner.uid, WIRETAPE);
	setenv("SUDO_GID", "0", 1);
	assert_chosen(&new, SOMEBODY, SOMEBODY);
	for (size_t i = 0; i < sizeof(nobody_has) / sizeof(nobody_has[0]); i++) {
		setenv("SUDO_UID", nobody_has[i][0], 1);
		setenv("SUDO_GID", nobody_has[i][1], 1);
		assert_chosen(&new, NOBODY, NOBODY);
		assert_int_equal(privilege_choose(&single, &t, NULL), 0);
		privilege_choose_owner(&single, false, &t, &owner);
		assert_false(owner.given);
		assert_int_equal(owner.uid, (uid_t)-1);
		assert_string_equal(owner.name, "root");
	}
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
}

static void groups_are_asked_for(void **state)
{
	const struct privilege_choice root = {.user = "root"}, single = {0};
	struct privilege_target t = {.uid = SOMEBODY, .gid = SOMEBODY};
	struct privilege_owner owner;
	struct error err;

	(void)state;
	assert_usage(privilege_choose_group("no-such-group", &t, &err), &err, "'no-such-group'");
	assert_usage(privilege_choose_group("4294967295", &t, &err), &err, "'4294967295'");
	assert_int_equal(privilege_choose_group("3999888777", &t, &err), 0); /* it is already */
	need_root();
	assert_int_equal(privilege_choose_group("root", &t, &err), 0);
	assert_int_equal(t.gid, 0);
	assert_int_equal(privilege_choose_group("79", &t, &err), 0);
	assert_int_equal(t.gid, 79);
	privilege_choose_owner(&single, true, &t, &owner);
	assert_true(owner.given && owner.asked);
	assert_int_equal(owner.uid, (uid_t)-1);
	assert_int_equal(owner.gid, 79);
	assert_int_equal(privilege_choose(&root, &t, &err), 0);
	assert_int_equal(privilege_choose_group("79", &t, &err), 0);
	privilege_choose_owner(&root, true, &t, &owner);
	assert_int_equal(owner.uid, (uid_t)-1);
	assert_int_equal(owner.gid, 79);
}

static void root_can_be_kept(void **state)
{
	struct privilege_target t;

	(void)state;
	need_root();
	assert_int_equal(privilege_choose(&(struct privilege_choice){.user = "root"}, &t, NULL), 0);
	assert_true(t.keeps_root);
	assert_int_equal(t.uid, 0);
	/* Then nothing happens. */
	assert_int_equal(privilege_drop(&t, NULL), 0);
	assert_int_equal(geteuid(), 0);
	assert_int_not_equal(access("/proc/1/environ", R_OK), -1);
}

static void unknown_user_is_not_chosen(void **state)
{
	struct privilege_target t;
	struct error err;

	(void)state;
	assert_usage(privilege_choose(&(struct privilege_choice){.user = "no-such"}, &t, &err),
		     &err, "'no-such'");
}

/* In a child that is somebody: no longer root, if it was. */
static int choose_as_somebody(void)
{
	const struct stat roots = {.st_uid = 0};
	const struct privilege_choice choices[] = {{.directory = &roots},
						   {.makes_directory = true},
						   {.user = NULL}};
	struct privilege_target t;
	struct error err;
	char own[16];

	if (geteuid() == 0 && (setresgid(78, 78, 78) || setresuid(SOMEBODY, SOMEBODY, SOMEBODY)))
		return 1;
	has_wiretape = true;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (privilege_choose(&choices[i], &t, &err) || t.uid != geteuid() ||
		    t.gid != getegid())
			return 2;
	snprintf(own, sizeof(own), "%u", geteuid());
	if (privilege_choose(&(struct privilege_choice){.user = own}, &t, &err) ||
	    t.uid != geteuid() || t.gid != getegid() || t.keeps_root)
		return 3;
	if (privilege_choose(&(struct privilege_choice){.user = "wiretape"}, &t, &err) != -EINVAL ||
	    err.kind != ERROR_USAGE || !strstr(err.text, "only root can become user 'wiretape'"))
		return 4;
	if (privilege_choose(&(struct privilege_choice){.user = "root"}, &t, &err) != -EINVAL)
		return 5;
	t.gid = getegid();
	if (privilege_choose_group("root", &t, &err) != -EINVAL || err.kind != ERROR_USAGE ||
	    !strstr(err.text, "only root can take on group 'root'"))
		return 6;
	return 0;
}

static void others_stay_who_they_are(void **state)
{
	(void)state;
	assert_int_equal(child_run(choose_as_somebody), 0);
}

static void mode_bits_say_who_may(void **state)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		bool may;
	} cases[] = {
		{10, 20, 0700, true},  {10, 20, 0300, true},  {10, 20, 0500, false},
		{10, 20, 0600, false}, {10, 20, 0077, false}, {11, 20, 0070, true},
		{11, 20, 0050, false}, {11, 20, 0707, false}, {11, 21, 0007, true},
		{11, 21, 0770, false}, {11, 21, 0775, false}, {11, 21, 01777, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct stat st = {.st_uid = 10,
					.st_gid = 20,
					.st_mode = S_IFDIR | cases[i].mode};
		const struct privilege_target t = {.uid = cases[i].uid, .gid = cases[i].gid};

		if (privilege_may(&t, W_OK | X_OK, &st) != cases[i].may)
			fail_msg("case %zu", i);
	}
	/* Without capabilities root is like everybody. */
	const struct stat others = {.st_uid = 10, .st_gid = 20, .st_mode = S_IFDIR | 0754};
	const struct privilege_target root = {.uid = 0};

	assert_false(privilege_may(&root, W_OK | X_OK, &others));
	assert_false(privilege_may(&root, R_OK | X_OK, &others));
	assert_true(privilege_may(&root, R_OK, &others));
}

static void directories_are_checked(void **state)
{
	struct privilege_target t = {.uid = SOMEBODY, .gid = SOMEBODY, .name = "somebody"};
	int fd = open(scratch_dir, O_RDONLY | O_DIRECTORY);
	struct error err;

	(void)state;
	assert_int_equal(privilege_check_directory(fd, scratch_dir, &t, &err), 0);
	read_only = true;
	assert_usage(privilege_check_directory(fd, scratch_dir, &t, &err), &err,
		     "Read-only file system");
	read_only = false;
	assert_int_equal(fchmod(fd, 0775), 0);
	assert_usage(privilege_check_directory(fd, scratch_dir, &t, &err), &err,
		     "'somebody': Permission");
	t.keeps_root = true;
	assert_int_equal(privilege_check_directory(fd, scratch_dir, &t, &err), 0);
	close(fd);
}

/* The layout of <linux/posix_acl_xattr.h>: tag, permissions, id. */
static void access_lists_are_not_judged(void **state)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entries[5];
	} acl = {2, {{1, 7, ~0u}, {2, 7, SOMEBODY}, {4, 5, ~0u}, {0x10, 7, ~0u}, {0x20, 5, ~0u}}};
	const struct privilege_target t = {.uid = SOMEBODY, .gid = SOMEBODY};
	int fd = open(scratch_dir, O_RDONLY | O_DIRECTORY);

	(void)state;
	if (fsetxattr(fd, "system.posix_acl_access", &acl, sizeof(acl), 0) < 0)
		skip();
	assert_int_equal(privilege_check_directory(fd, scratch_dir, &t, NULL), 0);
	close(fd);
}

static const struct privilege_target *ourselves(void)
{
	static struct privilege_target t;

	t = (struct privilege_target){.uid = geteuid(), .gid = getegid()};
	return &t;
}

static void assert_directory(const char *name, uid_t uid, gid_t gid)
{
	struct stat st;

	assert_int_equal(lstat(scratch_at(name), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static void makes_a_directory(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(privilege_make_directory(scratch_at("new"), ourselves(), 0700, &err), 0);
	assert_directory("new", geteuid(), getegid());
	assert_int_equal(privilege_make_directory(scratch_at("slashes///"), ourselves(), 0700,
						  &err),
			 0);
	assert_directory("slashes", geteuid(), getegid());
	assert_int_equal(chdir(scratch_dir), 0);
	assert_int_equal(privilege_make_directory("relative", ourselves(), 0700, &err), 0);
	assert_int_equal(chdir("/"), 0);
	assert_directory("relative", geteuid(), getegid());
	/* Those that are there. */
	assert_int_equal(chmod(scratch_at("new"), 0750), 0);
	assert_int_equal(privilege_make_directory(scratch_at("new"), ourselves(), 0700, &err), 0);
	assert_int_equal(chmod(scratch_at("new"), 0700), 0);
	assert_int_equal(privilege_make_directory("/", ourselves(), 0700, &err), 0);
	assert_int_equal(privilege_make_directory(".", ourselves(), 0700, &err), 0);
}

static void makes_only_the_last(void **state)
{
	struct error err;

	(void)state;
	assert_usage(privilege_make_directory(scratch_at("one/two"), ourselves(), 0700, &err), &err,
		     "there is no directory /tmp/test_privilege.");
	assert_non_null(strstr(err.text, "/one (mkdir -p"));
	assert_int_equal(access(scratch_at("one"), F_OK), -1);
	assert_int_equal(privilege_make_directory("", ourselves(), 0700, &err), -ENOENT);
}

static void takes_nothing_else(void **state)
{
	struct error err;
	int fd = open(scratch_at("file"), O_CREAT | O_WRONLY, 0600);

	(void)state;
	close(fd);
	assert_usage(privilege_make_directory(scratch_path, ourselves(), 0700, &err), &err,
		     "a file already");
	assert_usage(privilege_make_directory(scratch_at("file/new"), ourselves(), 0700, &err),
		     &err, "no directory");
	assert_int_equal(symlink("/", scratch_at("link")), 0);
	assert_usage(privilege_make_directory(scratch_path, ourselves(), 0700, &err), &err,
		     "a symbolic link");
	assert_int_equal(symlink("nowhere", scratch_at("dangling")), 0);
	assert_usage(privilege_make_directory(scratch_path, ourselves(), 0700, &err), &err,
		     "a symbolic link");
}

static const struct privilege_target somebody = {.uid = SOMEBODY, .gid = 79};

static void gives_it_away(void **state)
{
	mode_t mask = umask(0);
	struct stat st;

	(void)state;
	need_root();
	/* Modes and groups that the parent hands down. */
	assert_int_equal(chown(scratch_dir, 0, 5), 0);
	assert_int_equal(chmod(scratch_dir, 02777), 0);
	assert_int_equal(privilege_make_directory(scratch_at("new"), &somebody, 0700, NULL), 0);
	umask(0777);
	assert_int_equal(privilege_make_directory(scratch_at("masked"), &somebody, 0700, NULL), 0);
	assert_int_equal(privilege_make_directory(scratch_at("open"), &somebody, 0750, NULL), 0);
	umask(mask);
	assert_directory("new", SOMEBODY, 79);
	assert_directory("masked", SOMEBODY, 79);
	assert_int_equal(stat(scratch_at("open"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(st.st_gid, 79);
	/* Who may read the files, may find them. */
	assert_int_equal(privilege_directory_mode(0600), 0700);
	assert_int_equal(privilege_directory_mode(0640), 0750);
	assert_int_equal(privilege_directory_mode(0660), 0750);
	assert_int_equal(privilege_directory_mode(0644), 0755);
	/* Not those of others. */
	assert_int_equal(mkdir(scratch_at("theirs"), 0), 0);
	assert_int_equal(chmod(scratch_path, 0700), 0);
	assert_int_equal(privilege_make_directory(scratch_path, &somebody, 0700, NULL), 0);
	assert_directory("theirs", 0, 5);
}

static void swap_in_link(int parent, const char *name)
{
	assert_int_equal(renameat(parent, name, parent, "moved"), 0);
	assert_int_equal(symlinkat("precious", parent, name), 0);
}

static void open_to_all(int parent, const char *name)
{
	assert_int_equal(fchmodat(parent, name, 0777, 0), 0);
}

static void swap_in_directory(int parent, const char *name)
{
	assert_int_equal(renameat(parent, name, parent, "moved"), 0);
	assert_int_equal(renameat(parent, "precious", parent, name), 0);
}

static void what_was_swapped_in_is_not_given_away(void **state)
{
	struct error err;

	(void)state;
	need_root();
	umask(022);
	assert_int_equal(mkdir(scratch_at("precious"), 0700), 0);
	meddle = swap_in_link;
	assert_true(privilege_make_directory(scratch_at("new"), &somebody, 0700, &err) < 0);
	assert_directory("precious", 0, 0);
	assert_int_equal(unlink(scratch_at("new")), 0);
	assert_int_equal(rmdir(scratch_at("moved")), 0);
	meddle = open_to_all;
	assert_true(privilege_make_directory(scratch_at("new"), &somebody, 0700, &err) < 0);
	assert_int_equal(access(scratch_path, F_OK), -1);
	/* One that somebody filled. */
	meddle = swap_in_directory;
	assert_int_equal(chown(scratch_at("precious"), 80, 80), 0);
	close(open(scratch_at("precious/file"), O_CREAT | O_WRONLY, 0600));
	assert_true(privilege_make_directory(scratch_at("new"), &somebody, 0700, &err) < 0);
	assert_directory("new", 80, 80);
}

static void give_to_somebody(int parent, const char *name)
{
	assert_int_equal(fchownat(parent, name, somebody.uid, somebody.gid, 0), 0);
}

/* It could be made: what could not be done is said, and what to do; nothing is left. */
static void an_owner_that_does_not_change_is_told(void **state)
{
	struct error err;

	(void)state;
	need_root();
	chown_way = CHOWN_REFUSES;
	assert_usage(privilege_make_directory(scratch_at("new"), &somebody, 0700, &err), &err,
		     "change its owner: Operation not permitted (-Z root");
	assert_non_null(strstr(err.text, somebody.name));
	assert_int_equal(access(scratch_path, F_OK), -1);
	chown_way = CHOWN_IGNORES;
	assert_usage(privilege_make_directory(scratch_at("new"), &somebody, 0700, &err), &err,
		     "change its owner, which this file system does not do");
	assert_int_equal(access(scratch_path, F_OK), -1);
	/* A server that makes root somebody else has made it that user's. */
	meddle = give_to_somebody;
	assert_int_equal(privilege_make_directory(scratch_at("new"), &somebody, 0700, &err), 0);
	assert_directory("new", somebody.uid, somebody.gid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_users, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(finds_no_others, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(root_becomes_less, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(who_has_called_sudo, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(groups_are_asked_for, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(root_can_be_kept, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(unknown_user_is_not_chosen, set_up,
						scratch_tear_down),
		cmocka_unit_test_setup_teardown(others_stay_who_they_are, set_up,
						scratch_tear_down),
		cmocka_unit_test_setup_teardown(mode_bits_say_who_may, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(directories_are_checked, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(access_lists_are_not_judged, set_up,
						scratch_tear_down),
		cmocka_unit_test_setup_teardown(makes_a_directory, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(makes_only_the_last, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(takes_nothing_else, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(gives_it_away, set_up, scratch_tear_down),
		cmocka_unit_test_setup_teardown(what_was_swapped_in_is_not_given_away, set_up,
						scratch_tear_down),
		cmocka_unit_test_setup_teardown(an_owner_that_does_not_change_is_told, set_up,
						scratch_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
