/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorder whose calls on files fail, each in its turn, once, a few times, or
 * from then on. The directory has segments from before, of which one was left
 * unfinished by a crash, and a file that is somebody else's; the recording
 * makes some eight segments, more than the budget allows to keep. Whatever
 * fails:
 *
 * - every frame is in a segment, once, or counted as lost;
 * - a segment has its name only as a whole capture file;
 * - the budget is kept, and the other's file as it was;
 * - the next start takes in what is left, and nothing is left hidden;
 * - a loss shows in the recording's result.
 *
 * Failures that lose nothing need not show there. Those are: close() and
 * fstatvfs(), where there is nothing to be done; fsync() of the directory,
 * which is told in a line; interrupted calls that are made again; and what is
 * tried again in time, or done without: direct writes, disk space reserved,
 * names that are taken, a manifest written anew.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "tape_support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OLD          60000u /* frames from before have numbers beyond */
#define OLD_FRAMES   5u
#define FOREIGN      "not ours"

/* How a recording is made. */
struct scenario {
	const char *name;
	enum trim_format format;
	enum diskio_mode mode;
	bool woven;
	size_t block_bytes;
	uint64_t segment_bytes, budget_bytes;
	unsigned blocks;
	uint32_t frames, caplen; /* of a block */
	unsigned stride;         /* of so many calls one fails, to save time */
	uint64_t slice_bytes;    /* of deleting */
};

enum { PCAPNG, PCAP, URING };

static const struct scenario scenarios[] = {
	{"pcapng", TRIM_PCAPNG, DISKIO_BUFFERED, false, 8192, 16384, 420 * 1024, 16, 7, 1100, 1, 0},
	{"pcap", TRIM_PCAP, DISKIO_DIRECT, false, 8192, 16384, 420 * 1024, 16, 7, 1100, 3, 4096},
	{"io_uring", TRIM_PCAPNG, DISKIO_AUTO, true, 196608, 500000, 2200 * 1024, 20, 400, 340, 12,
	 0},
};

/* With sanitizers a recording takes ten times as long: each call fails then
 * with one of its errors, the next one with the next. */
#if defined(__SANITIZE_ADDRESS__)
enum { ERRORS_IN_TURN = true, RUNS_LEAST = 500 };
#else
enum { ERRORS_IN_TURN = false, RUNS_LEAST = 2000 };
#endif

static struct tally {
	unsigned runs, struck, failed; /* failed: those with a result that says so */
} tallies[FAULT_KINDS + 1];            /* the last of any kind */

static const struct scenario *scenario;

/* Frames found, by number; each may be there once. */
static bool seen[RIG_FRAMES];
static struct found {
	uint32_t frames, old;
	uint32_t unreadable; /* files */
} found;

static uint8_t old_file[16384];
static size_t old_bytes;

/* --- the directory as it was before ---------------------------------------- */

static void write_file(int dir, const char *name, const void *data, size_t bytes)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	assert_int_equal(write(fd, data, bytes), bytes);
	close(fd);
}

static void add_line(int dir, int manifest, const char *kind, unsigned sequence, const char *name,
		     const char *rest)
{
	struct statx stx;

	assert_int_equal(statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &stx), 0);
	dprintf(manifest, "%s %u %llu %" PRIu64 "%s", kind, sequence,
		(unsigned long long)stx.stx_ino,
		(uint64_t)stx.stx_btime.tv_sec * NS_PER_SECOND + stx.stx_btime.tv_nsec, rest);
}

/* Three segments, one unfinished, and a file of somebody else's. */
static void make_past(void)
{
	int dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int manifest = openat(dir, ".wiretape-manifest", O_WRONLY | O_CREAT | O_EXCL, 0640);
	char name[64], rest[128];

	dprintf(manifest, "wiretape-manifest 1\nnext 1\n");
	for (unsigned i = 1; i <= 3; i++) {
		snprintf(name, sizeof(name), "old_%u", i);
		snprintf(rest, sizeof(rest), " 1600000000000000000 %u %s %s\n", i,
			 "01234567-89ab-cdef-0123-456789abcdef", name);
		write_file(dir, name, old_file, old_bytes);
		add_line(dir, manifest, "segment", i, name, rest);
	}
	write_file(dir, ".wiretape-00000004", old_file, old_bytes - 10);
	add_line(dir, manifest, "open", 4, ".wiretape-00000004", "\n");
	write_file(dir, "foreign", FOREIGN, sizeof(FOREIGN));
	close(manifest);
	close(dir);
}

/* What a segment from before looks like. */
static void make_old_file(void)
{
	FILE *f;

	rig_begin();
	rig.taken = OLD;
	assert_int_equal(rig_give(OLD_FRAMES, 500), 0);
	assert_int_equal(rig_finish(NULL), 0);
	f = fopen(rig.segments[0].path, "re");
	old_bytes = fread(old_file, 1, sizeof(old_file), f);
	fclose(f);
	assert_in_range(old_bytes, 2500, sizeof(old_file) - 1);
}

/* --- one run ------------------------------------------------------------ */

static void hear(enum note_cause cause, const char *text, uint64_t left_out)
{
	(void)left_out;
	found.unreadable += cause == NOTE_ADOPT && strstr(text, "set aside as") != NULL;
}

static void use_scenario(void)
{
	rig.format = scenario->format;
	rig.mode = scenario->mode;
	rig.woven = scenario->woven;
	rig.block_bytes = scenario->block_bytes;
	rig.sync = true;
	rig.slice_bytes = scenario->slice_bytes;
	rig.own_work = fault_pause;
	rig.noted = hear;
	rig.rotation = (struct rotation){
		.segment_bytes = scenario->segment_bytes,
		.budget_bytes = scenario->budget_bytes,
		.reserve_bytes = 1,
	};
}

/* A run is told of by its plan. */
static void check(bool good, const struct fault *plan, const char *what)
{
	if (good)
		return;
	fail_msg("%s: %s call %u, %u times, error %d (%zu bytes)%s: %s", scenario->name,
		 fault_name(plan->calls), plan->nth, plan->count, plan->error, plan->bytes,
		 plan->no_flags ? ", no flags" : "", what);
}

static void check_budget(const struct fault *plan)
{
	fault_pause(true);
	check(rig_disk_bytes() <= scenario->budget_bytes, plan, "the budget is exceeded");
	fault_pause(false);
}

static int record(const struct fault *plan)
{
	struct error err;
	int rc = rig_open(&err);

	if (rc == 0)
		rc = rig_start(&err);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < scenario->blocks && rc == 0; i++) {
		rig_pass(200 * NS_PER_MS);
		if (i == scenario->blocks / 2)
			rig.sink->ops->rotate(rig.sink);
		rc = rig_turn();
		if (rc == 0)
			rc = rig_give(scenario->frames, scenario->caplen);
		check(rc <= 0, plan, "it hangs");
		if (i % 4 == 3)
			check_budget(plan);
	}
	return rig_finish(&err);
}

static void collect(const struct fault *plan)
{
	check(rig.bad_segments == 0, plan, "a segment is not whole");
	for (uint32_t i = 0; i < rig.found_count; i++) {
		uint64_t number = rig.found[i];

		check(number > 0 && number < RIG_FRAMES && !seen[number], plan,
		      "a frame is damaged, or there twice");
		seen[number] = true;
		found.frames += number < OLD;
		found.old += number > OLD;
	}
}

static void check_foreign(const struct fault *plan)
{
	char got[64];
	FILE *f;
	size_t n;

	f = fopen(scratch_at("foreign"), "re");
	check(f != NULL, plan, "the other's file is gone");
	n = fread(got, 1, sizeof(got), f);
	fclose(f);
	check(n == sizeof(FOREIGN) && memcmp(got, FOREIGN, n) == 0, plan,
	      "the other's file was touched");
}

/* All that has a name is a whole file, and known to be ours. */
static void check_names(const struct fault *plan, bool known)
{
	static char manifest[65536];
	struct rig_segment segment;
	struct dirent *entry;
	DIR *dir;
	FILE *f;

	f = fopen(scratch_at(".wiretape-manifest"), "re");
	check(f != NULL, plan, "there is no manifest");
	manifest[fread(manifest, 1, sizeof(manifest) - 1, f)] = '\0';
	fclose(f);
	dir = opendir(scratch_dir);
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' || strcmp(entry->d_name, "foreign") == 0)
			continue;
		check(!known || strstr(manifest, entry->d_name) != NULL, plan,
		      "a segment is not known");
		if (!strstr(entry->d_name, ".unreadable"))
			check(rig_read(scratch_at(entry->d_name), &segment), plan,
			      "a file is not whole");
	}
	closedir(dir);
}

/* Hidden files with something in them, but for the manifest before this one: one that could neither
 * be noted down nor removed is empty, and nobody's. */
static unsigned count_hidden(void)
{
	DIR *dir = opendir(scratch_dir);
	struct dirent *entry;
	unsigned count = 0;
	struct stat st;

	while ((entry = readdir(dir)))
		count += strncmp(entry->d_name, ".wiretape-", 10) == 0 &&
			 !strchr(entry->d_name, '~') &&
			 fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && st.st_size > 0;
	closedir(dir);
	return count;
}

/* The next start, with nothing in its way. */
static void check_next_start(const struct fault *plan)
{
	struct error err;
	int rc = rig_open(&err);

	if (rc == 0)
		rc = rig_start(&err);
	check(rc == 0, plan, rc < 0 ? err.text : "");
	collect(plan);
	rig.taken = OLD - 1000;
	check(rig_give(scenario->frames, scenario->caplen) == 0 && rig_finish(&err) == 0, plan,
	      "the next recording fails");
	check(rig.found[rig.found_count - 1] == OLD - 1000 + scenario->frames, plan,
	      "the next recording lacks frames");
	check(count_hidden() == 1, plan, "something is left hidden");
	check(rig_disk_bytes() <= scenario->budget_bytes, plan, "the budget is exceeded later");
}

/* Returns whether a call has failed. */
static bool run(const struct fault *plan)
{
	struct tally *tally =
		&tallies[plan->calls == FAULT_FILES ? FAULT_KINDS
						    : (unsigned)__builtin_ctz(plan->calls)];
	unsigned descriptors = rig_count_descriptors(), struck;
	uint64_t taken, lost;
	int rc;

	rig_dir_new(NULL);
	use_scenario();
	make_past();
	memset(seen, 0, sizeof(seen));
	memset(&found, 0, sizeof(found));
	fault_arm(plan);
	rc = record(plan);
	fault_disarm();
	struck = fault_struck();
	taken = rig.taken;
	lost = rig_lost();
	check(rig_count_descriptors() == descriptors, plan, "a descriptor is left open");
	check(rc < 0 || lost == 0, plan, "a loss is not told");
	check(rc == 0 || struck > 0, plan, "it fails by itself");
	check(rc < 0 || taken == (uint64_t)scenario->blocks * scenario->frames, plan,
	      "it ends too early");
	collect(plan);
	check_foreign(plan);
	check_next_start(plan);
	check(found.frames <= taken && found.frames + lost >= taken, plan,
	      "frames are lost that nothing tells of");
	/* Where neither reading nor cutting helps, frames count as lost that the
	 * next start finds after all. */
	check(found.frames + lost == taken || plan->calls == FAULT_FILES, plan,
	      "frames are told lost that are there");
	/* With a manifest that takes nothing a name is better than none. */
	check_names(plan, rc == 0 || plan->count == 1);
	check(found.unreadable > 0 || found.old >= OLD_FRAMES - 1, plan,
	      "what was unfinished is gone");
	check_foreign(plan);
	scratch_tear_down(NULL);
	tally->runs += struck > 0;
	tally->struck += struck;
	tally->failed += rc < 0;
	return struck > 0;
}

/* --- all of them ------------------------------------------------------------ */

/* An error of 0 is a short count. */
static const struct {
	uint32_t calls;
	int errors[8];
	unsigned kinds;
} faults[] = {
	{FAULT_BIT(FAULT_open), {EMFILE, EINVAL, EINTR, EIO}, 4},
	{FAULT_BIT(FAULT_openat), {EMFILE, ENOSPC, EROFS, EIO, EINTR}, 5},
	{FAULT_BIT(FAULT_close), {EIO, EINTR, ENOSPC}, 3},
	{FAULT_BIT(FAULT_fallocate), {ENOSPC, EIO, EINTR, EOPNOTSUPP, EDQUOT}, 5},
	{FAULT_BIT(FAULT_ftruncate), {EIO, EROFS, EINTR}, 3},
	{FAULT_BIT(FAULT_fsync), {EIO, ENOSPC, EINTR}, 3},
	{FAULT_BIT(FAULT_fdatasync), {EIO, ENOSPC, EINTR}, 3},
	{FAULT_BIT(FAULT_sync_file_range), {EIO, ENOSPC}, 2},
	{FAULT_BIT(FAULT_pread), {EIO, EINTR, 0}, 3},
	{FAULT_BIT(FAULT_pwrite), {ENOSPC, EIO, EROFS, EINTR, 0}, 5},
	{FAULT_BIT(FAULT_renameat), {EIO, ENOSPC, EROFS}, 3},
	{FAULT_BIT(FAULT_renameat2), {EIO, ENOSPC, EROFS, EINVAL}, 4},
	{FAULT_BIT(FAULT_linkat), {EIO, EROFS, EMLINK}, 3},
	{FAULT_BIT(FAULT_unlinkat), {EIO, EROFS}, 2},
	{FAULT_BIT(FAULT_faccessat), {EIO, EACCES}, 2},
	{FAULT_BIT(FAULT_statx), {EIO}, 1},
	{FAULT_BIT(FAULT_fstat), {EIO}, 1},
	{FAULT_BIT(FAULT_fstatvfs), {EIO}, 1},
	{FAULT_BIT(FAULT_fchmod), {EIO, EPERM, EROFS}, 3},
	{FAULT_BIT(FAULT_flock), {EWOULDBLOCK, ENOLCK}, 2},
	{FAULT_BIT(FAULT_uring), {EIO, ENOSPC, EINTR, ENOMEM, 0}, 5},
	{FAULT_BIT(FAULT_calloc), {ENOMEM}, 1},
	{FAULT_FILES, {EIO, ENOSPC, EROFS}, 3},
};

/* What io_uring is not given at all it says of itself; else it is the write's. */
static void plan_error(struct fault *plan, int error)
{
	plan->error = error;
	plan->at_submit =
		plan->calls == FAULT_BIT(FAULT_uring) && (error == EINTR || error == ENOMEM);
}

/* Call after call, until the recording ends before it comes. */
static void sweep(struct fault plan, unsigned step)
{
	for (plan.nth = 1; run(&plan); plan.nth += step)
		;
}

/* The same with one error for each. Nothing is interrupted for ever. */
static void sweep_in_turn(size_t i, struct fault plan, unsigned step)
{
	unsigned turn = 0;

	plan.nth = 1;
	do {
		plan_error(&plan, faults[i].errors[turn++ % faults[i].kinds]);
		if (plan.error == EINTR && plan.count > 7)
			plan_error(&plan, faults[i].errors[turn++ % faults[i].kinds]);
		if (!run(&plan))
			return;
		plan.nth += step;
	} while (true);
}

static void sweep_call(size_t i, unsigned count, unsigned step)
{
	struct fault plan = {
		.calls = faults[i].calls,
		.count = count,
		.bytes = 100,
		.no_flags = faults[i].calls == FAULT_BIT(FAULT_linkat),
	};

	if (ERRORS_IN_TURN) {
		sweep_in_turn(i, plan, step);
		return;
	}
	for (unsigned k = 0; k < faults[i].kinds; k++) {
		plan_error(&plan, faults[i].errors[k]);
		/* Nothing is interrupted for ever. */
		if (plan.error != EINTR || count <= 7)
			sweep(plan, step);
	}
}

static void each_call_fails_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++)
		if (faults[i].calls != FAULT_FILES)
			sweep_call(i, 1, scenario->stride);
	/* Without the flag that spares other files names are links for a moment. */
	sweep((struct fault){.calls = FAULT_BIT(FAULT_unlinkat), .error = EIO, .no_flags = true},
	      1);
}

static void calls_fail_for_a_while(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++)
		sweep_call(i, 7, scenario->stride * (faults[i].calls == FAULT_FILES ? 13 : 5));
}

static void calls_fail_for_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++)
		sweep_call(i, FAULT_FOR_GOOD,
			   scenario->stride * (faults[i].calls == FAULT_FILES ? 19 : 9));
}

static int set_up(void **state)
{
	fault_spare_disk();
	rig.place = SCRATCH_MEMORY; /* thousands of recordings are made */
	return rig_set_up(state);
}

static int begin_scenario(void **state)
{
	scenario = *state;
	fault_disarm(); /* a test that has failed has not */
	rig_dir_new(NULL);
	use_scenario();
	rig.woven = false; /* five frames are not worth it */
	make_old_file();
	return scratch_tear_down(NULL);
}

static int tell(void **state)
{
	unsigned struck = 0, runs = 0;

	for (unsigned i = 0; i <= FAULT_KINDS; i++) {
		printf("# %s: %u failed in %u recordings, of which %u say so\n",
		       fault_name(i < FAULT_KINDS ? FAULT_BIT(i) : FAULT_FILES), tallies[i].struck,
		       tallies[i].runs, tallies[i].failed);
		struck += tallies[i].struck;
		runs += tallies[i].runs;
	}
	printf("# %u calls failed in %u recordings\n", struck, runs);
	return rig_tear_down(state) || runs < RUNS_LEAST;
}

int main(void)
{
#define ON(test, which)                                        \
	{                                                      \
#test ": " #which, test, begin_scenario, NULL, \
			(void *)(uintptr_t)&scenarios[which]   \
	}
#define ON_ALL(test) ON(test, PCAPNG), ON(test, PCAP), ON(test, URING)
	const struct CMUnitTest tests[] = {
		ON_ALL(each_call_fails_once),
		ON_ALL(calls_fail_for_a_while),
		ON_ALL(calls_fail_for_good),
	};

	/* Buffers are kept from one recording to the next. */
	mallopt(M_MMAP_THRESHOLD, 1 << 26);
	mallopt(M_TRIM_THRESHOLD, 1 << 28);
	/* Rather than hang. */
	alarm(600);
	return cmocka_run_group_tests(tests, set_up, tell);
}
