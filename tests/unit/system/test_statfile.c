/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are replaced: what is refused, that a reader never finds a part,
 * whoever else writes, and that a failure leaves the old file and nothing else.
 */
#include "system/statfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "scratch.h"
#include "system/unique_file.h"

#define NAME     "stats.json"
#define LEFT     ".stats.json.abcdef"
#define REPLACED 2000u
#define MOST     (16u * 1024u)

static struct privilege_target self;
static struct statfile *file;
static struct error err;

/* The linker leads our code's calls to this: what others do in between. */
static void (*meddle)(void);

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
	void (*once)(void) = meddle;

	meddle = NULL;
	if (once)
		once();
	return __real_flock(fd, operation);
}

static int set_up(void **state)
{
	(void)state;
	self = (struct privilege_target){.uid = geteuid(), .gid = getegid(), .name = "self"};
	file = NULL;
	meddle = NULL;
	return scratch_make(SCRATCH_TMP);
}

static int tear_down(void **state)
{
	(void)state;
	statfile_close(file);
	return scratch_remove();
}

static void open_file(void)
{
	assert_int_equal(statfile_open(scratch_at(NAME), &self, &file, &err), 0);
}

static int replace(const char *text)
{
	return statfile_replace(file, text, strlen(text), &err);
}

static void expect_refused(const char *name, const char *part)
{
	struct error usage = {0};

	assert_int_equal(statfile_open(name, &self, &file, &usage), -EINVAL);
	assert_int_equal(usage.kind, ERROR_USAGE);
	if (!strstr(usage.text, part))
		fail_msg("no '%s' in: %s", part, usage.text);
}

static void what_is_refused(void **state)
{
	char name[NAME_MAX + 2];

	(void)state;
	expect_refused(scratch_at("none/x"), "none: make it first");
	scratch_put(scratch_at("plain"), "");
	expect_refused(scratch_at("plain/x"), "Not a directory");
	expect_refused(scratch_at("."), "not a regular file");
	expect_refused(scratch_at(""), "not a file name");
	expect_refused("", "not a file name");
	expect_refused("-", "not a file name");
	expect_refused("/dev/null", "not a regular file");
	assert_int_equal(symlink("plain", scratch_at("link")), 0);
	expect_refused(scratch_path, "not a regular file");
	assert_int_equal(symlink("nowhere", scratch_at("broken")), 0);
	expect_refused(scratch_path, "not a regular file");
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	expect_refused(scratch_at(name), "too long");
	assert_int_equal(scratch_entries(), 3);
	/* The longest ones there may be. */
	for (size_t length = NAME_MAX - 10; length <= NAME_MAX; length++) {
		name[length] = '\0';
		assert_int_equal(statfile_open(scratch_at(name), &self, &file, &err), 0);
		assert_int_equal(replace("x"), 0);
		assert_int_equal(unlink(scratch_at(name)), 0);
		statfile_close(file);
		name[length] = 'n';
	}
	file = NULL;
	assert_int_equal(scratch_entries(), 3);
}

static void a_directory_of_another(void **state)
{
	(void)state;
	assert_int_equal(chmod(scratch_dir, 0700), 0);
	self.uid += 4321;
	self.gid += 4321;
	expect_refused(scratch_at(NAME), "Permission denied");
}

static void opening_makes_nothing(void **state)
{
	(void)state;
	open_file();
	assert_int_equal(scratch_entries(), 0);
	statfile_close(file);
	scratch_put(scratch_at(NAME), "old");
	open_file();
	scratch_expect(scratch_at(NAME), "old");
	assert_int_equal(scratch_entries(), 1);
	statfile_close(NULL);
}

static void readable_to_others(void **state)
{
	mode_t mask = umask(0077);
	struct stat st;

	(void)state;
	open_file();
	assert_int_equal(replace("one"), 0);
	umask(mask);
	scratch_expect(scratch_at(NAME), "one");
	assert_int_equal(stat(scratch_at(NAME), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(replace("two, longer"), 0);
	assert_int_equal(replace("3"), 0);
	scratch_expect(scratch_at(NAME), "3");
	assert_int_equal(replace(""), 0);
	scratch_expect(scratch_at(NAME), "");
	assert_int_equal(scratch_entries(), 1);
}

/* The directory is the one it was, whatever has its name now. */
static void the_directory_is_held(void **state)
{
	char moved[PATH_MAX];

	(void)state;
	assert_int_equal(mkdir(scratch_at("sub"), 0755), 0);
	assert_int_equal(statfile_open(scratch_at("sub/" NAME), &self, &file, &err), 0);
	snprintf(moved, sizeof(moved), "%s/moved", scratch_dir);
	assert_int_equal(rename(scratch_at("sub"), moved), 0);
	assert_int_equal(replace("x"), 0);
	scratch_expect(scratch_at("moved/" NAME), "x");
}

static void what_a_crash_left(void **state)
{
	static const char *const kept[] = {".stats.json.new", ".stats.json.abcdefg",
					   ".stats.json.abcde~", ".other.abcdef", "stats.abcdef"};

	(void)state;
	scratch_put(scratch_at("other"), "other");
	scratch_put(scratch_at(LEFT), "half");
	assert_int_equal(symlink("other", scratch_at(".stats.json.00000a")), 0);
	assert_int_equal(mkfifo(scratch_at(".stats.json.00000b"), 0600), 0);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		scratch_put(scratch_at(kept[i]), "kept");
	open_file();
	assert_int_equal(replace("new"), 0);
	scratch_expect(scratch_at(NAME), "new");
	assert_int_equal(access(scratch_at(LEFT), F_OK), -1);
	/* What is no file, or has another name, is not one that we made. */
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		scratch_expect(scratch_at(kept[i]), "kept");
	scratch_expect(scratch_at("other"), "other");
	assert_int_equal(scratch_entries(), 2 + 2 + 5);
	/* Once. */
	scratch_put(scratch_at(LEFT), "half");
	assert_int_equal(replace("newer"), 0);
	scratch_expect(scratch_at(LEFT), "half");
}

/* One that another process is writing is left to it. */
static void one_of_another_process(void **state)
{
	int fd;

	(void)state;
	scratch_put(scratch_at(LEFT), "half");
	fd = open(scratch_at(LEFT), O_WRONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	open_file();
	assert_int_equal(replace("new"), 0);
	scratch_expect(scratch_at(NAME), "new");
	scratch_expect(scratch_at(LEFT), "half");
	close(fd);
}

static void publish_and_make_the_next(void)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s/%s", scratch_dir, NAME);
	assert_int_equal(rename(scratch_at(LEFT), name), 0);
	scratch_put(scratch_at(LEFT), "next");
}

/* Between the look at the name and the lock: it is another file by then. */
static void one_that_was_published_meanwhile(void **state)
{
	(void)state;
	open_file();
	scratch_put(scratch_at(LEFT), "whole");
	meddle = publish_and_make_the_next;
	assert_int_equal(replace("ours"), 0);
	scratch_expect(scratch_at(NAME), "ours");
	scratch_expect(scratch_at(LEFT), "next");
}

/* The one hidden file there is. */
static void take_for_stale(void)
{
	unique_sweep(AT_FDCWD, NAME, false);
}

static void ours_was_taken_for_stale(void **state)
{
	char here[PATH_MAX];

	(void)state;
	open_file();
	assert_int_equal(replace("old"), 0);
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(scratch_dir), 0);
	meddle = take_for_stale;
	assert_int_equal(replace("ours"), 0);
	assert_int_equal(chdir(here), 0);
	scratch_expect(scratch_at(NAME), "ours");
	assert_int_equal(scratch_entries(), 1);
}

#define NOBODY 65534

static int replace_as_nobody(void)
{
	self.uid = self.gid = NOBODY;
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return 1;
	if (statfile_open(scratch_at(NAME), &self, &file, &err) < 0)
		return 2;
	for (int i = 0; i < 3; i++)
		if (replace("theirs") < 0)
			return 3;
	return 0;
}

/* Where others may make files, but not remove those of others, nobody is in the way. */
static void in_a_directory_of_everybody(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(scratch_dir, 01777), 0);
	scratch_put(scratch_at(".stats.json.new"), "in the way");
	scratch_put(scratch_at(LEFT), "somebody else's");
	assert_int_equal(child_run(replace_as_nobody), 0);
	scratch_expect(scratch_at(NAME), "theirs");
	scratch_expect(scratch_at(LEFT), "somebody else's");
	assert_int_equal(scratch_entries(), 3);
}

static void a_failure_leaves_the_old_file(void **state)
{
	struct rlimit limit, small;
	char text[4096];
	int rc;

	(void)state;
	memset(text, 'x', sizeof(text));
	open_file();
	assert_int_equal(replace("old"), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 1000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = statfile_replace(file, text, sizeof(text), &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(err.text, "File too large"));
	scratch_expect(scratch_at(NAME), "old");
	assert_int_equal(scratch_entries(), 1);
	assert_int_equal(statfile_replace(file, text, sizeof(text), NULL), 0);
}

static void a_directory_got_the_name(void **state)
{
	(void)state;
	open_file();
	assert_int_equal(mkdir(scratch_at(NAME), 0755), 0);
	assert_int_equal(replace("x"), -EISDIR);
	assert_int_equal(scratch_entries(), 1);
	assert_int_equal(rmdir(scratch_at(NAME)), 0);
	assert_int_equal(replace("x"), 0);
	scratch_expect(scratch_at(NAME), "x");
}

static void the_directory_was_deleted(void **state)
{
	(void)state;
	open_file();
	assert_int_equal(rmdir(scratch_dir), 0);
	assert_int_equal(replace("x"), -ENOENT);
	assert_int_equal(mkdir(scratch_dir, 0755), 0);
}

/* --- readers ------------------------------------------------------------------ */

/* A text whose end tells what its beginning says, of a length of its own. */
static size_t make_text(char *text, unsigned number)
{
	size_t bytes = 32 + number * 7919u % (MOST - 64);

	memset(text, 'a' + (int)(number % 26), bytes);
	snprintf(text, 24, "%08u %08zu", number, bytes);
	text[17] = ' ';
	snprintf(text + bytes - 9, 10, "%08u\n", number);
	return bytes;
}

struct reader {
	char path[PATH_MAX];
	atomic_bool stop;
	_Atomic uint64_t whole, missing, parts;
};

static void *read_again_and_again(void *context)
{
	static char got[MOST + 1], want[MOST + 1];
	struct reader *r = context;

	while (!atomic_load(&r->stop)) {
		int fd = open(r->path, O_RDONLY | O_CLOEXEC);
		size_t bytes = 0;
		ssize_t n;

		if (fd < 0) {
			r->missing++;
			continue;
		}
		while ((n = read(fd, got + bytes, MOST - bytes)) > 0)
			bytes += (size_t)n;
		close(fd);
		got[bytes] = '\0';
		if (bytes == make_text(want, (unsigned)strtoul(got, NULL, 10)) &&
		    memcmp(got, want, bytes) == 0)
			r->whole++;
		else
			r->parts++;
	}
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Replaces it so many times, or for two seconds. How often it was refused. */
static unsigned replace_many(struct statfile *f, unsigned times)
{
	static char text[MOST + 1];
	const double end = seconds() + 2;
	unsigned refused = 0;

	for (unsigned i = 1; i <= times && seconds() < end; i++) {
		int rc = statfile_replace(f, text, make_text(text, i), NULL);

		if (rc != 0 && rc != -EBUSY)
			return UINT_MAX;
		refused += rc != 0;
	}
	return refused;
}

static void expect_whole(unsigned (*writer)(void))
{
	static struct reader r;
	static char first[MOST + 1];
	pthread_t thread;
	unsigned refused;

	memset(&r, 0, sizeof(r));
	open_file();
	assert_int_equal(statfile_replace(file, first, make_text(first, 0), &err), 0);
	snprintf(r.path, sizeof(r.path), "%s/%s", scratch_dir, NAME);
	assert_int_equal(pthread_create(&thread, NULL, read_again_and_again, &r), 0);
	refused = writer();
	/* On a busy machine it may not have been its turn yet. */
	for (double end = seconds() + 1; seconds() < end && r.whole + r.parts < 10;)
		usleep(1000);
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
	assert_int_equal(r.parts, 0);
	assert_int_equal(r.missing, 0);
	assert_true(r.whole >= 10);
	assert_true(refused < REPLACED / 4);
	assert_int_equal(scratch_entries(), 1);
}

static unsigned one_writer(void)
{
	unsigned refused = replace_many(file, REPLACED);

	assert_int_equal(refused, 0);
	return refused;
}

static void a_reader_finds_no_part(void **state)
{
	(void)state;
	expect_whole(one_writer);
}

static int second_writer(void)
{
	struct statfile *own;

	return statfile_open(scratch_at(NAME), &self, &own, NULL) < 0 ||
	       replace_many(own, REPLACED / 4) >= REPLACED / 4;
}

/* Nor where another recorder, by mistake, was given the same file. */
static unsigned two_writers(void)
{
	pid_t child = child_start(second_writer);
	unsigned refused = replace_many(file, REPLACED / 4);

	assert_int_equal(child_wait(child), 0);
	return refused;
}

static void nor_with_two_writers(void **state)
{
	(void)state;
	expect_whole(two_writers);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(what_is_refused),
		IN_DIRECTORY(a_directory_of_another),
		IN_DIRECTORY(opening_makes_nothing),
		IN_DIRECTORY(readable_to_others),
		IN_DIRECTORY(the_directory_is_held),
		IN_DIRECTORY(what_a_crash_left),
		IN_DIRECTORY(one_of_another_process),
		IN_DIRECTORY(one_that_was_published_meanwhile),
		IN_DIRECTORY(ours_was_taken_for_stale),
		IN_DIRECTORY(in_a_directory_of_everybody),
		IN_DIRECTORY(a_failure_leaves_the_old_file),
		IN_DIRECTORY(a_directory_got_the_name),
		IN_DIRECTORY(the_directory_was_deleted),
		IN_DIRECTORY(a_reader_finds_no_part),
		IN_DIRECTORY(nor_with_two_writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
