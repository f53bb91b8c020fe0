/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output files: what may be written to and what is refused, that a file
 * appears under its name only when published.
 */
#include "disk/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "scratch.h"

static void put_bytes(const struct outfile *file, const char *text)
{
	assert_int_equal(write(outfile_fd(file), text, strlen(text)), strlen(text));
}

/* Both check and open have to refuse it, with these words. */
static void expect_refused(const char *name, const char *words)
{
	struct outfile *file;
	struct error err = {0};

	assert_int_equal(outfile_check(name, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, words));
	assert_non_null(strstr(err.text, name));
	assert_true(outfile_open(name, 0600, &file, NULL) < 0);
}

static void a_file_appears_when_published(void **state)
{
	struct outfile *file;
	struct stat st;
	char got[16];

	(void)state;
	assert_int_equal(outfile_check(scratch_at("a.pcap"), NULL), 0);
	assert_int_equal(scratch_entries(), 0);
	umask(0);
	assert_int_equal(outfile_open(scratch_path, 0600, &file, NULL), 0);
	assert_string_equal(outfile_name(file), scratch_path);
	assert_true(outfile_is_regular(file));
	assert_int_equal(scratch_entries(), 1);
	assert_int_equal(access(scratch_path, F_OK), -1);
	put_bytes(file, "hello");
	assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(scratch_entries(), 1);
	put_bytes(file, " there");
	assert_int_equal(pread(outfile_fd(file), got, sizeof(got), 4), 7);
	assert_memory_equal(got, "o there", 7);
	assert_int_equal(outfile_cut(file, 7), 0);
	assert_int_equal(outfile_close(file), 0);
	scratch_expect(scratch_at("a.pcap"), "hello t");
	assert_int_equal(stat(scratch_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* Exactly those bits, and not before the file has its name. */
static void a_file_gets_the_mode_asked_for(void **state)
{
	static const struct {
		mode_t umask, mode;
	} cases[] = {{0, 0600}, {0, 0640}, {077, 0644}, {0777, 0664}, {0137, 0440}, {022, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mode_t before = umask(cases[i].umask);
		struct outfile *file;
		struct stat st;

		assert_int_equal(outfile_open(scratch_at("a"), cases[i].mode, &file, NULL), 0);
		umask(before);
		assert_int_equal(fstat(outfile_fd(file), &st), 0);
		assert_int_equal(st.st_mode & 07177, 0);
		assert_int_equal(outfile_publish(file, NULL), 0);
		assert_int_equal(stat(scratch_path, &st), 0);
		assert_int_equal(st.st_mode & 07777, cases[i].mode);
		assert_int_equal(outfile_close(file), 0);
	}
	assert_int_equal(scratch_entries(), 1);
}

/* The linker leads our code's calls to this: a file system that has no owners says that all
 * went well. */
static bool no_owners;

int __real_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
	return no_owners ? 0 : __real_fchown(fd, uid, gid);
}

#define SOMEBODY 3999888777u

/* Published with that owner, or not. */
static int publish_for(uid_t uid, gid_t gid, bool must, struct error *err)
{
	struct outfile *file;
	int rc;

	assert_int_equal(outfile_open(scratch_at("a"), 0640, &file, NULL), 0);
	outfile_give(file, uid, gid, must);
	rc = outfile_publish(file, err);
	assert_int_equal(outfile_close(file), 0);
	return rc;
}

static void a_file_is_given_away(void **state)
{
	struct error err;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(publish_for(SOMEBODY, 79, true, &err), 0);
	assert_int_equal(stat(scratch_at("a"), &st), 0);
	assert_int_equal(st.st_uid, SOMEBODY);
	assert_int_equal(st.st_gid, 79);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(publish_for((uid_t)-1, 80, true, &err), 0);
	assert_int_equal(stat(scratch_at("a"), &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_gid, 80);
	/* Where that is without effect the old file stays, or it is not minded. */
	no_owners = true;
	assert_int_equal(publish_for(SOMEBODY, (gid_t)-1, true, &err), -EPERM);
	assert_non_null(strstr(err.text, "change its owner: it does not on this file system"));
	assert_int_equal(publish_for((uid_t)-1, 81, true, &err), -EPERM);
	assert_int_equal(stat(scratch_at("a"), &st), 0);
	assert_int_equal(st.st_gid, 80);
	assert_int_equal(publish_for(SOMEBODY, 79, false, &err), 0);
	assert_int_equal(stat(scratch_at("a"), &st), 0);
	assert_int_equal(st.st_uid, 0);
	no_owners = false;
	assert_int_equal(scratch_entries(), 1);
}

static int give_as_somebody(void)
{
	struct error err;

	if (setresuid(SOMEBODY, SOMEBODY, SOMEBODY) < 0)
		return 1;
	if (publish_for(0, (gid_t)-1, true, &err) != -EPERM ||
	    !strstr(err.text, "change its owner: Operation not permitted"))
		return 2;
	return publish_for(0, (gid_t)-1, false, &err) == 0 ? 0 : 3;
}

static void who_may_not_gives_nothing_away(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(scratch_dir, 0777), 0);
	assert_int_equal(child_run(give_as_somebody), 0);
	assert_int_equal(scratch_entries(), 1);
}

/* Who may make it elsewhere. */
static struct outfile *made;
static int named;

static int make_it(void *context, struct error *err)
{
	if (context != &named)
		return error_set(err, EPERM, "not here");
	assert_int_equal(outfile_open(scratch_at("a"), 0640, &made, err), 0);
	return fcntl(outfile_fd(made), F_DUPFD_CLOEXEC, 0);
}

static int name_it(void *context, struct error *err)
{
	(void)context;
	named++;
	return outfile_publish(made, err);
}

static void a_file_is_made_and_named_by_another_process(void **state)
{
	struct outfile_maker maker = {make_it, name_it, NULL};
	struct outfile *file;
	struct error err;

	(void)state;
	assert_int_equal(outfile_open_by(&maker, scratch_at("a"), &file, &err), -EPERM);
	assert_string_equal(err.text, "not here");
	assert_int_equal(scratch_entries(), 0);
	maker.context = &named;
	named = 0;
	assert_int_equal(outfile_open_by(&maker, scratch_at("a"), &file, NULL), 0);
	assert_true(outfile_is_regular(file));
	put_bytes(file, "hello");
	assert_int_equal(access(scratch_at("a"), F_OK), -1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(named, 1);
	scratch_expect(scratch_at("a"), "hello");
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(outfile_close(made), 0);
	scratch_expect(scratch_at("a"), "hello");
}

/* It is filled, and cut, like one of ours; its name and its end are not ours. */
static void a_file_of_somebody_elses_is_wrapped(void **state)
{
	struct outfile *file;
	struct stat st;
	char name[] = "a segment";
	int fd;

	(void)state;
	fd = open(scratch_at("a"), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0604);
	assert_true(fd >= 0);
	assert_int_equal(outfile_wrap(fd, name, &file, NULL), 0);
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(outfile_name(file), "a segment");
	assert_true(outfile_is_regular(file));
	assert_int_equal(outfile_fd(file), fd);
	put_bytes(file, "hello there");
	assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(outfile_cut(file, 5), 0);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(scratch_entries(), 1);
	assert_int_equal(lseek(fd, 0, SEEK_END), 5);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(close(fd), 0);
	scratch_expect(scratch_at("a"), "hello");
}

static void cutting_gives_reserved_space_back(void **state)
{
	struct outfile *file;
	struct stat st;

	(void)state;
	assert_int_equal(outfile_open(scratch_at("a"), 0600, &file, NULL), 0);
	put_bytes(file, "hello");
	if (fallocate(outfile_fd(file), FALLOC_FL_KEEP_SIZE, 0, 1 << 20) < 0)
		skip();
	assert_int_equal(outfile_cut(file, 5), 0);
	assert_int_equal(fstat(outfile_fd(file), &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_in_range(st.st_blocks, 0, 128); /* of 512 bytes */
	assert_int_equal(outfile_close(file), 0);
}

static void a_file_never_published_is_removed(void **state)
{
	struct outfile *file;

	(void)state;
	scratch_put(scratch_at("a"), "old");
	assert_int_equal(outfile_open(scratch_at("a"), 0600, &file, NULL), 0);
	put_bytes(file, "new");
	assert_int_equal(outfile_close(file), 0);
	scratch_expect(scratch_at("a"), "old");
	assert_int_equal(scratch_entries(), 1);
	assert_int_equal(outfile_close(NULL), 0);
}

static void a_regular_file_is_replaced(void **state)
{
	struct outfile *file;

	(void)state;
	scratch_put(scratch_at("a"), "old and longer");
	assert_int_equal(outfile_check(scratch_at("a"), NULL), 0);
	assert_int_equal(outfile_open(scratch_path, 0600, &file, NULL), 0);
	put_bytes(file, "new");
	scratch_expect(scratch_at("a"), "old and longer");
	assert_int_equal(outfile_publish(file, NULL), 0);
	scratch_expect(scratch_at("a"), "new");
	assert_int_equal(outfile_close(file), 0);
	scratch_expect(scratch_at("a"), "new");
	assert_int_equal(scratch_entries(), 1);
}

static void what_is_not_a_file_is_refused(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	char link[PATH_MAX];
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	scratch_put(scratch_at("target"), "kept");
	strcpy(link, scratch_at("link"));
	assert_int_equal(symlink("target", link), 0);
	expect_refused(link, "symbolic link");
	strcpy(link, scratch_at("dangling"));
	assert_int_equal(symlink("nowhere", link), 0);
	expect_refused(link, "symbolic link");
	assert_in_range(strlen(scratch_at("socket")), 1, sizeof(name.sun_path) - 1);
	memcpy(name.sun_path, scratch_at("socket"), strlen(scratch_at("socket")));
	assert_int_equal(bind(sock, (struct sockaddr *)&name, sizeof(name)), 0);
	close(sock);
	expect_refused(scratch_path, "socket");
	expect_refused(scratch_dir, "directory");
	expect_refused(scratch_at(""), "not a file name");
	expect_refused(scratch_at("."), "directory");
	expect_refused("", "not a file name");
	expect_refused(scratch_at("missing/a"), "No such file");
	expect_refused(scratch_at("target/a"), "Not a directory");
	scratch_expect(scratch_at("target"), "kept");
	assert_int_equal(scratch_entries(), 4);
}

static void a_link_made_meanwhile_is_not_followed(void **state)
{
	struct outfile *file;
	struct error err;

	(void)state;
	scratch_put(scratch_at("target"), "kept");
	assert_int_equal(outfile_open(scratch_at("a"), 0600, &file, NULL), 0);
	assert_int_equal(symlink("target", scratch_path), 0);
	assert_int_equal(outfile_publish(file, &err), -EINVAL);
	assert_non_null(strstr(err.text, "symbolic link"));
	assert_int_equal(outfile_close(file), 0);
	scratch_expect(scratch_at("target"), "kept");
	assert_int_equal(scratch_entries(), 2);
}

/* Runs as somebody the permission bits mean something to. */
static void permissions_are_checked(void **state)
{
	const bool root = geteuid() == 0;
	struct error err;
	int readonly, protected, plain;

	(void)state;
	scratch_put(scratch_at("a"), "");
	assert_int_equal(chmod(scratch_path, 0444), 0);
	if (root) {
		assert_int_equal(chown(scratch_dir, 65534, 0), 0);
		assert_int_equal(chown(scratch_path, 65534, 0), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	plain = outfile_check(scratch_at("b"), NULL);
	protected = outfile_check(scratch_at("a"), NULL);
	chmod(scratch_dir, 0555);
	readonly = outfile_check(scratch_at("b"), &err);
	chmod(scratch_dir, 0755);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(plain, 0);
	assert_int_equal(protected, -EINVAL);
	assert_int_equal(readonly, -EINVAL);
	assert_non_null(strstr(err.text, "directory: Permission denied"));
}

static void long_names_work(void **state)
{
	char name[NAME_MAX + 2];
	struct outfile *file, *other;

	(void)state;
	memset(name, 'n', sizeof(name));
	for (size_t length = NAME_MAX - 12; length <= NAME_MAX; length++) {
		name[length] = '\0';
		assert_int_equal(outfile_check(scratch_at(name), NULL), 0);
		assert_int_equal(outfile_open(scratch_path, 0600, &file, NULL), 0);
		assert_int_equal(outfile_publish(file, NULL), 0);
		assert_int_equal(access(scratch_path, F_OK), 0);
		assert_int_equal(outfile_close(file), 0);
		name[length] = 'n';
	}
	assert_int_equal(scratch_entries(), 13);
	/* Two at once: neither may take the other's hidden file. */
	name[NAME_MAX] = '\0';
	assert_int_equal(outfile_open(scratch_at(name), 0600, &file, NULL), 0);
	assert_int_equal(outfile_open(scratch_path, 0600, &other, NULL), 0);
	assert_int_equal(scratch_entries(), 15);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(outfile_close(other), 0);
	assert_int_equal(scratch_entries(), 13);
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(outfile_check(scratch_at(name), NULL), -EINVAL);
}

static void devices_and_pipes_are_taken_as_they_are(void **state)
{
	struct outfile *file;
	struct stat before, after;
	char got[4];
	int reader;

	(void)state;
	assert_int_equal(stat("/dev/null", &before), 0);
	assert_int_equal(outfile_check("/dev/null", NULL), 0);
	assert_int_equal(outfile_open("/dev/null", 0600, &file, NULL), 0);
	assert_false(outfile_is_regular(file));
	put_bytes(file, "x");
	assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(outfile_cut(file, 0), -EINVAL);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(stat("/dev/null", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);

	assert_int_equal(mkfifo(scratch_at("fifo"), 0600), 0);
	reader = open(scratch_path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(outfile_check(scratch_path, NULL), 0);
	assert_int_equal(outfile_open(scratch_path, 0600, &file, NULL), 0);
	assert_false(outfile_is_regular(file));
	put_bytes(file, "pipe");
	assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(read(reader, got, 4), 4);
	assert_memory_equal(got, "pipe", 4);
	close(reader);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(scratch_entries(), 1);
}

/* Opens "-" while standard output is fd. */
static int stdout_open(int fd, struct outfile **file, struct error *err)
{
	int kept, rc;

	fflush(stdout);
	kept = dup(STDOUT_FILENO);
	dup2(fd, STDOUT_FILENO);
	rc = outfile_check("-", err);
	if (rc == 0)
		rc = outfile_open("-", 0600, file, err);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	return rc;
}

static void terminals_are_refused(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct outfile *file;
	struct error err;

	(void)state;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		skip();
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0)
		skip();
	assert_int_equal(stdout_open(slave, &file, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "terminal"));
	assert_int_equal(outfile_open(ptsname(master), 0600, &file, &err), -EINVAL);
	assert_non_null(strstr(err.text, "terminal"));
	close(slave);
	close(master);
}

static void standard_output_is_taken_as_it_is(void **state)
{
	struct outfile *file;
	char got[5];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(stdout_open(ends[1], &file, NULL), 0);
	close(ends[1]);
	assert_string_equal(outfile_name(file), "standard output");
	assert_false(outfile_is_regular(file));
	put_bytes(file, "bytes");
	assert_int_equal(outfile_publish(file, NULL), 0);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(read(ends[0], got, 5), 5);
	assert_memory_equal(got, "bytes", 5);
	assert_int_equal(read(ends[0], got, 1), 0);
	close(ends[0]);
}

int main(void)
{
#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, scratch_set_up, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		WITH_DIR(a_file_appears_when_published),
		WITH_DIR(a_file_gets_the_mode_asked_for),
		WITH_DIR(a_file_is_given_away),
		WITH_DIR(who_may_not_gives_nothing_away),
		WITH_DIR(a_file_is_made_and_named_by_another_process),
		WITH_DIR(a_file_of_somebody_elses_is_wrapped),
		WITH_DIR(cutting_gives_reserved_space_back),
		WITH_DIR(a_file_never_published_is_removed),
		WITH_DIR(a_regular_file_is_replaced),
		WITH_DIR(what_is_not_a_file_is_refused),
		WITH_DIR(a_link_made_meanwhile_is_not_followed),
		WITH_DIR(permissions_are_checked),
		WITH_DIR(long_names_work),
		WITH_DIR(devices_and_pipes_are_taken_as_they_are),
		cmocka_unit_test(terminals_are_refused),
		cmocka_unit_test(standard_output_is_taken_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
