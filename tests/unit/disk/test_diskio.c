/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes into files in every mode, and every way in which writing can fail, at
 * every call: what diskio then says of the file is held against the file.
 * Each byte of a file follows from its offset, so any part can be checked.
 */
#include "disk/diskio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BLOCK_BYTES  65536u
#define BLOCKS       8u
#define RUN_MOST     (BLOCK_BYTES - DISKIO_UNIT)
#define RUNS_MOST    256u
#define FILE_MOST    (8u << 20)
#define NO_MARK      UINT64_MAX

/* Every way there is to write. */
enum { WAY_direct, WAY_uring, WAY_auto, WAY_buffered, WAY_pipe, WAY_fifo, WAYS };

struct way {
	const char *path;
	enum diskio_mode mode;
	bool own_reserve;
	bool usable; /* here */
};

static struct way ways[WAYS] = {
	[WAY_direct] = {.path = "file", .mode = DISKIO_DIRECT},
	[WAY_uring] = {.path = "file", .mode = DISKIO_URING},
	[WAY_auto] = {.path = "file", .mode = DISKIO_AUTO},
	[WAY_buffered] = {.path = "file", .mode = DISKIO_BUFFERED},
	[WAY_pipe] = {.path = "-", .mode = DISKIO_BUFFERED},
	[WAY_fifo] = {.path = "fifo", .mode = DISKIO_BUFFERED},
};

#define ON(way, test)                                               \
	{                                                           \
#test ": " #way, test, NULL, NULL, &ways[WAY_##way] \
	}
#define DIRECTLY(test) ON(direct, test), ON(uring, test), ON(auto, test)
#define ON_FILES(test) DIRECTLY(test), ON(buffered, test)
#define ON_PIPES(test) ON(pipe, test), ON(fifo, test)
#define ON_ALL(test)   ON_FILES(test), ON_PIPES(test)

/* The file being written. */
static struct rig {
	const struct way *way;
	struct outfile *file;
	struct diskio *io;
	struct block blocks[BLOCKS];
	unsigned held;               /* blocks that diskio has */
	unsigned runs;               /* given so far */
	uint64_t offsets[RUNS_MOST]; /* where each of them goes */
	pthread_t reader;            /* of a pipe */
	int from;                    /* its end */
	_Atomic useconds_t patience; /* it takes so long for each piece, */
	_Atomic bool stalled;        /* or none at all */
	size_t got_bytes;            /* what came out, or is in the file */
	uint8_t got[FILE_MOST];
} rig;

static uint8_t *ring, pattern[FILE_MOST];

static bool is_pipe(void)
{
	return strcmp(rig.way->path, "file") != 0;
}

/* The memory is the kernel's again, which fills it with something else. */
static void release(struct block *block)
{
	assert_true(rig.held > 0);
	rig.held--;
	memset(block->base, 0xee, BLOCK_BYTES);
}

static void *read_pipe(void *context)
{
	int fd = rig.from < 0 ? open("fifo", O_RDONLY) : rig.from;
	ssize_t n;

	do {
		do
			usleep(rig.patience);
		while (rig.stalled);
		n = read(fd, rig.got + rig.got_bytes, BLOCK_BYTES);
		rig.got_bytes += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	close(fd);
	return context;
}

/* Standard output is a pipe for as long as it is opened. */
static void open_pipe(int ends[2])
{
	int terminal = dup(STDOUT_FILENO);

	fflush(stdout);
	assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
	assert_int_equal(outfile_open("-", 0600, &rig.file, NULL), 0);
	assert_int_equal(dup2(terminal, STDOUT_FILENO), STDOUT_FILENO);
	close(terminal);
	close(ends[1]);
}

/* Of the files opened next. */
static bool probe;

static int rig_open(const struct way *way)
{
	struct diskio_config config = {
		.mode = way->mode,
		.ring = ring,
		.ring_bytes = BLOCKS * BLOCK_BYTES,
		.block_bytes = BLOCK_BYTES,
		.hold_bytes = SIZE_MAX,
		.spill_bytes = 4u << 20,
		.own_reserve = way->own_reserve,
		.probe = probe,
	};
	int ends[2] = {-1, -1}, rc;

	memset(&rig, 0, offsetof(struct rig, got));
	rig.way = way;
	for (unsigned i = 0; i < BLOCKS; i++)
		rig.blocks[i] = (struct block){.base = ring + i * (size_t)BLOCK_BYTES,
					       .bytes = BLOCK_BYTES,
					       .release = release};
	if (strcmp(way->path, "-") == 0)
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	rig.from = ends[0];
	if (is_pipe())
		assert_int_equal(pthread_create(&rig.reader, NULL, read_pipe, NULL), 0);
	if (rig.from >= 0)
		open_pipe(ends);
	else
		assert_int_equal(outfile_open(way->path, 0600, &rig.file, NULL), 0);
	assert_int_equal(outfile_publish(rig.file, NULL), 0);
	config.file = rig.file;
	rc = diskio_open(&config, &rig.io, NULL);
	return rc;
}

static void rig_close(void)
{
	diskio_close(rig.io);
	assert_int_equal(outfile_close(rig.file), 0);
	if (is_pipe())
		assert_int_equal(pthread_join(rig.reader, NULL), 0);
}

/* A rig for a test, which is skipped where the way cannot be gone. */
static void rig_begin(void **state)
{
	const struct way *way = *state;

	if (!way->usable)
		skip();
	assert_int_equal(rig_open(way), 0);
	assert_int_equal(diskio_mode(rig.io), way->mode);
}

/* The same, with its headers written, all no bytes of them: where there is a queue it is
 * used from now on. */
static void rig_start(void **state)
{
	rig_begin(state);
	assert_int_equal(diskio_settle(rig.io), 0);
}

static struct stat file_stat(void)
{
	struct stat st;

	assert_int_equal(fstat(outfile_fd(rig.file), &st), 0);
	return st;
}

/* Bytes of disk that the file takes, seen or unseen. */
static uint64_t disk_bytes(void)
{
	return (uint64_t)file_stat().st_blocks * 512;
}

/* --- scripts: what a sink may do ------------------------------------------- */

enum op { ADD, GAP, RUN, PUSH, REAP, OPS };

struct step {
	enum op op;
	size_t bytes;
};

/* Tails of every kind, pushed and gone on from; more runs behind than may be on
 * their way; the stage filled to the last byte. */
static const struct step script[] = {
	{ADD, 100},  {PUSH, 0},    {ADD, 28},   {PUSH, 0},      {PUSH, 0},    {ADD, 5000},
	{PUSH, 0},   {GAP, 0},     {RUN, 8192}, {RUN, 4096},    {RUN, 61440}, {RUN, 61440},
	{RUN, 64},   {RUN, 4096},  {RUN, 8100}, {RUN, 4096},    {REAP, 0},    {ADD, 777},
	{GAP, 0},    {PUSH, 0},    {RUN, 4096}, {ADD, 1044480}, {ADD, 4095},  {ADD, 1},
	{ADD, 4095}, {PUSH, 0},    {ADD, 1},    {PUSH, 0},      {ADD, 77},    {PUSH, 0},
	{GAP, 0},    {RUN, 61440}, {ADD, 4095}, {PUSH, 0},      {ADD, 4097},
};

static int add(size_t bytes)
{
	int rc = diskio_make_room(rig.io, bytes);

	if (rc < 0)
		return rc;
	assert_true(diskio_room(rig.io) >= bytes);
	memcpy(diskio_at(rig.io), pattern + diskio_size(rig.io), bytes);
	return diskio_add(rig.io, bytes);
}

static int give_run(size_t bytes)
{
	size_t align = diskio_align(rig.io);
	struct block *block = rig.blocks;
	int rc;

	/* With every block of its ring held a capture would lose packets. */
	while (block->refs > 0)
		assert_true(++block < rig.blocks + BLOCKS);
	bytes = (bytes + align - 1) / align * align;
	assert_true(bytes <= RUN_MOST && rig.runs < RUNS_MOST);
	assert_int_equal(diskio_gap(rig.io), 0);
	memcpy(block->base, pattern + diskio_size(rig.io), bytes);
	rig.offsets[rig.runs] = diskio_size(rig.io);
	block->refs = 1;
	rig.held++;
	rc = diskio_write_run(rig.io, block->base, bytes, block, rig.runs++);
	block_put(block);
	return rc;
}

static int take_step(const struct step *step)
{
	switch (step->op) {
	case ADD:
		return add(step->bytes);
	case GAP:
		return add(diskio_gap(rig.io));
	case RUN:
		return give_run(step->bytes);
	case PUSH:
		return diskio_push(rig.io);
	default:
		return diskio_reap(rig.io);
	}
}

/* Takes the steps and finishes, or stops at an error. Nothing that can be seen
 * in the meantime runs ahead of what was given. */
static int play(const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int rc = take_step(&steps[i]);

		assert_true(diskio_written(rig.io) <= diskio_size(rig.io));
		if (!is_pipe() && !rig.way->own_reserve)
			assert_true((uint64_t)file_stat().st_size <= diskio_size(rig.io));
		if (rc < 0)
			return rc;
		if (steps[i].op != PUSH)
			continue;
		/* Units at once, the rest not before what is on its way. */
		assert_true(diskio_size(rig.io) - diskio_written(rig.io) < DISKIO_UNIT);
		while (rc == 0 && !diskio_idle(rig.io))
			rc = diskio_reap(rig.io);
		if (rc < 0)
			return rc;
		assert_int_equal(diskio_written(rig.io), diskio_size(rig.io));
		if (!is_pipe() && !rig.way->own_reserve)
			assert_int_equal(file_stat().st_size, diskio_size(rig.io));
	}
	return diskio_finish(rig.io);
}

/* How many of the bytes from the start are right. */
static uint64_t right_bytes(void)
{
	uint64_t i = 0;

	if (!is_pipe()) {
		FILE *f = fopen(rig.way->path, "r");

		assert_non_null(f);
		rig.got_bytes = fread(rig.got, 1, FILE_MOST, f);
		fclose(f);
	}
	if (memcmp(rig.got, pattern, rig.got_bytes) == 0)
		return rig.got_bytes;
	while (rig.got[i] == pattern[i])
		i++;
	return i;
}

/* Closes after the end, good or bad: every block is back, and the file is what
 * diskio says it is. Returns the mark of the run that failed. */
static uint64_t check_end(int rc)
{
	uint64_t written = diskio_size(rig.io), right;
	struct write_mark mark = {0, NO_MARK};
	bool run = rc < 0 && diskio_failure(rig.io, &written, &mark);

	assert_int_equal(rig.held, 0);
	rig_close();
	right = right_bytes();
	if (!run) {
		/* Nothing less, and nothing behind it. */
		assert_int_equal(written, right);
		assert_int_equal(rig.got_bytes, right);
		return NO_MARK;
	}
	/* A boundary that was told, and not behind what is there. */
	if (mark.bytes > 0) {
		assert_true(mark.frames < rig.runs);
		assert_int_equal(mark.bytes, rig.offsets[mark.frames]);
	}
	assert_true(mark.bytes <= written);
	assert_true(written <= right);
	return mark.frames;
}

/* --- tests ------------------------------------------------------------------ */

static void test_script(void **state)
{
	rig_start(state);
	assert_int_equal(play(script, COUNT(script)), 0);
	assert_true(diskio_size(rig.io) > DISKIO_STAGE_BYTES);
	assert_int_equal(diskio_mode(rig.io), rig.way->mode);
	check_end(0);
}

/* Anything in any order, a run only where it may follow. */
static void test_random(void **state)
{
	static struct step steps[100];
	unsigned seed = 1;

	for (unsigned round = 0; round < 30; round++) {
		for (size_t i = 0; i < COUNT(steps); i++) {
			enum op op = (enum op)((unsigned)rand_r(&seed) % OPS);
			size_t most = op == ADD && rand_r(&seed) % 16 ? 5000 : RUN_MOST;

			if (i > 0 && op == RUN)
				steps[i - 1].op = GAP;
			steps[i] = (struct step){op, 1 + (size_t)rand_r(&seed) % most};
		}
		rig_start(state);
		assert_int_equal(play(steps, COUNT(steps)), 0);
		assert_int_equal(diskio_mode(rig.io), rig.way->mode);
		check_end(0);
	}
}

/* What may come of a fault. */
static bool is_due(const struct fault *fault, int rc)
{
	if (fault->error == EINTR)
		return rc == 0;
	/* A pipe just waits. */
	if (fault->error == EAGAIN)
		return rc == 0 || (rc == -EAGAIN && !is_pipe());
	/* There it is an older kernel's word for a write that would not wait. */
	if (fault->error == EOPNOTSUPP && is_pipe())
		return rc == 0 || (rc == -EOPNOTSUPP && rig.way != &ways[WAY_pipe]);
	/* The page cache steps in. */
	if (fault->error == EINVAL || fault->error == EOPNOTSUPP)
		return rc == 0 || (rc == -fault->error && !fault->direct);
	if (fault->at_submit)
		return rc == 0 || rc == -fault->error;
	if (fault->error)
		return rc == -fault->error;
	if (fault->then == ENOSPC)
		return rc == 0 || rc == -ENOSPC;
	if (fault->bytes == 0)
		return rc == 0 || rc == -EIO;
	/* The odd rest of a write on its way has no way past the page cache. */
	return rc == 0 || (rc == -EINVAL && fault->bytes % DISKIO_UNIT && diskio_fd(rig.io) >= 0);
}

/* Signals are blocked, so nothing interrupts ftruncate(). */
#define INTERRUPTIBLE (FAULT_WRITING & ~FAULT_BIT(FAULT_ftruncate))

static void test_faults(void **state)
{
	static const struct fault faults[] = {
		{.error = EINTR, .calls = INTERRUPTIBLE},
		{.error = EAGAIN},
		{.error = EOPNOTSUPP},
		{.error = EOPNOTSUPP, .count = FAULT_FOR_GOOD, .direct = true},
		{.error = EIO},
		{.error = ENOSPC, .count = FAULT_FOR_GOOD},
		{.error = EINVAL},
		{.error = EINVAL, .count = FAULT_FOR_GOOD},
		{.error = EINVAL, .count = FAULT_FOR_GOOD, .direct = true},
		{.error = EINTR, .at_submit = true},
		{.error = ENOMEM, .at_submit = true},
		{.bytes = 0},
		{.bytes = 1},
		{.bytes = 512},
		{.bytes = 4095},
		{.bytes = 8192, .count = FAULT_FOR_GOOD},
		{.bytes = 512, .then = EINTR, .calls = INTERRUPTIBLE},
		{.bytes = 4096, .then = ENOSPC, .count = FAULT_FOR_GOOD},
	};

	for (size_t kind = 0; kind < COUNT(faults); kind++) {
		struct fault fault = faults[kind];
		bool came = true;

		for (fault.nth = 1; came; fault.nth++) {
			int rc;

			rig_start(state);
			fault_arm(&fault);
			rc = play(script, COUNT(script));
			came = fault_disarm();
			if (came ? !is_due(&fault, rc) : rc != 0)
				fail_msg("kind %zu, call %u: %d", kind, fault.nth, rc);
			check_end(rc);
		}
	}
}

/* A file opened for direct writes that then takes none. */
static void test_refused(void **state)
{
	static const struct step steps[] = {{ADD, 50},   {PUSH, 0}, {ADD, 5000}, {GAP, 0},
					    {RUN, 8192}, {PUSH, 0}, {ADD, 1},    {RUN, 300},
					    {RUN, 4100}, {ADD, 3}};
	const struct fault fault = {.nth = 1,
				    .count = FAULT_FOR_GOOD,
				    .error = EINVAL,
				    .direct = true};

	rig_start(state);
	fault_arm(&fault);
	assert_int_equal(play(steps, COUNT(steps)), 0);
	assert_true(fault_disarm());
	assert_int_equal(diskio_mode(rig.io), DISKIO_BUFFERED);
	assert_string_equal(diskio_mode_name(diskio_mode(rig.io)), "buffered");
	check_end(0);
}

/* The same found out ahead, by writing to the file while it is empty. */
static void test_probe(void **state)
{
	static const int errors[] = {EINVAL, EOPNOTSUPP, EIO, 0};
	const struct way *way = *state;

	if (!way->usable)
		skip();
	probe = true;
	for (size_t i = 0; i < COUNT(errors); i++) {
		const enum diskio_mode mode = i < 2 ? DISKIO_BUFFERED : way->mode;
		int rc;

		if (errors[i])
			fault_arm(&(struct fault){.nth = 1, .error = errors[i], .direct = true});
		rc = rig_open(way);
		assert_true(!errors[i] || fault_disarm());
		assert_int_equal(file_stat().st_size, 0);
		/* What was asked for by name is refused. */
		if (mode == DISKIO_BUFFERED && way->mode == DISKIO_URING) {
			assert_int_equal(rc, -EINVAL);
			rig_close();
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(diskio_mode(rig.io), mode);
		assert_int_equal(diskio_settle(rig.io), 0);
		assert_int_equal(play(script, COUNT(script)), 0);
		check_end(0);
	}
	probe = false;
}

/* The limit of a file's size is found by the kernel itself. */
static void test_file_limit(void **state)
{
	static const rlim_t limits[] = {0, 1, 4095, 4096, 12288, 12800, 150000, 155648, 1200000};
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};

	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct rlimit limit = {limits[i], RLIM_INFINITY};
		struct write_mark boundary;
		uint64_t written, mark;
		int rc;

		rig_start(state);
		setrlimit(RLIMIT_FSIZE, &limit);
		rc = play(script, COUNT(script));
		/* The rest of short writes is still to be written. */
		diskio_failure(rig.io, &written, &boundary);
		setrlimit(RLIMIT_FSIZE, &none);
		if (limits[i] % DISKIO_UNIT == 0 || diskio_fd(rig.io) < 0)
			assert_int_equal(rc, -EFBIG);
		mark = check_end(rc);
		if (mark == NO_MARK)
			assert_int_equal(right_bytes(), limits[i]);
		else
			assert_true(rig.offsets[mark] <= limits[i]);
	}
}

/* Of two writes that fail the first in the file counts, not the first to end. */
static void test_late_failure(void **state)
{
	static const struct step steps[] = {{RUN, 4096}, {RUN, 8192}, {RUN, 4096}, {RUN, 4096}};
	const struct fault fault = {.nth = 2, .count = FAULT_FOR_GOOD, .error = EIO, .late = true};

	rig_start(state);
	fault_arm(&fault);
	assert_int_equal(play(steps, COUNT(steps)), -EIO);
	fault_disarm();
	assert_int_equal(rig.runs, 4);
	assert_int_equal(check_end(-EIO), 1);
}

/* Pages of the file in memory; on tmpfs it is nowhere else. */
static size_t cached_pages(void)
{
	size_t bytes = (size_t)file_stat().st_size, count = 0;
	unsigned char pages[FILE_MOST / DISKIO_UNIT];
	struct statfs fs;
	void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, outfile_fd(rig.file), 0);

	assert_true(map != MAP_FAILED);
	assert_int_equal(mincore(map, bytes, pages), 0);
	for (size_t i = 0; i * DISKIO_UNIT < bytes; i++)
		count += pages[i] & 1;
	munmap(map, bytes);
	assert_int_equal(fstatfs(outfile_fd(rig.file), &fs), 0);
	return fs.f_type == TMPFS_MAGIC ? 0 : count;
}

static void test_nothing_cached(void **state)
{
	rig_start(state);
	assert_int_equal(play(script, COUNT(script)), 0);
	assert_int_equal(cached_pages(), 0);
	check_end(0);
}

/* Space is reserved unseen, and given back. */
static void test_reserved(void **state)
{
	const uint64_t least = 8u << 20;
	struct stat st;

	rig_begin(state);
	/* Asked for once. */
	assert_true(diskio_wants_space(rig.io));
	assert_false(diskio_wants_space(rig.io));
	diskio_prepare(rig.io);
	assert_false(diskio_wants_space(rig.io));
	st = file_stat();
	assert_int_equal(st.st_size, 0);
	if (disk_bytes() < least) {
		rig_close();
		skip(); /* a full disk, or a file system that cannot */
	}
	assert_int_equal(take_step(&script[0]), 0);
	assert_int_equal(play(script + 1, COUNT(script) - 1), 0);
	st = file_stat();
	assert_int_equal(st.st_size, diskio_size(rig.io));
	assert_true(disk_bytes() <= diskio_size(rig.io) + BLOCK_BYTES);
	check_end(0);
}

/* Headers are in the file, and nowhere else, before the first frame comes. */
static void test_settled(void **state)
{
	rig_begin(state);
	assert_int_equal(take_step(&script[0]), 0);
	assert_int_equal(file_stat().st_size, 0);
	assert_int_equal(diskio_settle(rig.io), 0);
	assert_int_equal(file_stat().st_size, diskio_size(rig.io));
	assert_int_equal(cached_pages(), 0);
	assert_int_equal(play(script + 1, COUNT(script) - 1), 0);
	check_end(0);

	rig_begin(state);
	assert_int_equal(take_step(&script[0]), 0);
	fault_arm(&(struct fault){.nth = 1, .error = ENOSPC});
	assert_int_equal(diskio_settle(rig.io), -ENOSPC);
	assert_true(fault_disarm());
	check_end(-ENOSPC);
}

/* Where reserving fails, writing goes on. */
static void test_not_reserved(void **state)
{
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	const struct rlimit limit = {FILE_MOST, RLIM_INFINITY};

	rig_begin(state);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_true(diskio_wants_space(rig.io));
	diskio_prepare(rig.io);
	assert_int_equal(play(script, COUNT(script)), 0);
	setrlimit(RLIMIT_FSIZE, &none);
	assert_false(diskio_wants_space(rig.io));
	check_end(0);
}

/* Nothing is reserved where the file will not go. */
static void test_reserved_to_limit(void **state)
{
	const uint64_t limit = (3u << 20) + 1;

	rig_begin(state);
	diskio_limit(rig.io, limit);
	assert_true(diskio_wants_space(rig.io));
	assert_int_equal(take_step(&script[0]), 0);
	assert_int_equal(diskio_settle(rig.io), 0);
	assert_in_range(disk_bytes(), 0, limit + BLOCK_BYTES);
	assert_false(diskio_wants_space(rig.io));
	diskio_prepare(rig.io);
	assert_in_range(disk_bytes(), 0, limit + BLOCK_BYTES);
	assert_int_equal(play(script + 1, COUNT(script) - 1), 0);
	/* It may go further, or anywhere. */
	diskio_limit(rig.io, limit + 1);
	assert_true(diskio_wants_space(rig.io));
	diskio_limit(rig.io, 0);
	diskio_prepare(rig.io);
	assert_false(diskio_wants_space(rig.io));
	assert_int_equal(diskio_finish(rig.io), 0);
	check_end(0);
}

/* Where the caller reserves, nobody else does, and it is told how it went. */
static void test_own_reserve(void **state)
{
	const uint64_t end = 8u << 20;
	struct way own = *(const struct way *)*state;
	void *mine = &own;

	own.own_reserve = true;
	rig_begin(&mine);
	assert_false(diskio_wants_space(rig.io));
	diskio_prepare(rig.io);
	assert_int_equal(take_step(&script[0]), 0);
	assert_int_equal(diskio_settle(rig.io), 0);
	assert_in_range(disk_bytes(), 0, BLOCK_BYTES);

	fault_arm(&(struct fault){.nth = 1, .error = ENOSPC});
	assert_int_equal(diskio_reserve(rig.io, end), -ENOSPC);
	assert_true(fault_disarm());
	fault_arm(&(struct fault){.nth = 1, .error = EINTR});
	assert_int_equal(diskio_reserve(rig.io, end), 0);
	assert_true(fault_disarm());
	if (disk_bytes() < end) {
		rig_close();
		skip(); /* a full disk, or a file system that cannot */
	}
	assert_in_range(disk_bytes(), end, end + BLOCK_BYTES);
	/* Writes that nobody waits for must not make the file longer. */
	assert_int_equal(file_stat().st_size, diskio_fd(rig.io) < 0 ? diskio_size(rig.io) : end);
	/* Up to there is reserved; from there on it goes on. */
	fault_arm(&(struct fault){.nth = 1, .count = FAULT_FOR_GOOD, .error = EIO});
	assert_int_equal(diskio_reserve(rig.io, end), 0);
	assert_int_equal(diskio_reserve(rig.io, 0), 0);
	assert_int_equal(diskio_reserve(rig.io, end + 1), -EIO);
	fault_disarm();
	assert_int_equal(diskio_reserve(rig.io, 2 * end), 0);
	assert_in_range(disk_bytes(), 2 * end, 2 * end + BLOCK_BYTES);
	/* A file system that cannot is not asked again. */
	fault_arm(&(struct fault){.nth = 1, .error = EOPNOTSUPP});
	assert_int_equal(diskio_reserve(rig.io, 3 * end), 0);
	fault_arm(&(struct fault){.nth = 1, .error = ENOSPC});
	assert_int_equal(diskio_reserve(rig.io, 4 * end), 0);
	fault_disarm();

	assert_int_equal(play(script + 1, COUNT(script) - 1), 0);
	assert_in_range(disk_bytes(), 0, diskio_size(rig.io) + BLOCK_BYTES);
	check_end(0);
}

/* A reader that is slower than we are, of a pipe that somebody makes
 * non-blocking, or not. */
static void test_slow_reader(void **state)
{
	for (int late = 0; late < 2; late++) {
		rig_start(state);
		rig.patience = 200;
		if (late)
			assert_int_equal(fcntl(outfile_fd(rig.file), F_SETFL, O_NONBLOCK), 0);
		assert_int_equal(play(script, COUNT(script)), 0);
		check_end(0);
	}
}

static void *abandon(void *context)
{
	usleep(150000);
	diskio_abandon(rig.io);
	return context;
}

/* A reader that has stopped is given up when told so, */
static void test_abandoned(void **state)
{
	pthread_t thread;
	int rc;

	rig_start(state);
	rig.stalled = true;
	assert_int_equal(pthread_create(&thread, NULL, abandon, NULL), 0);
	rc = play(script, COUNT(script));
	assert_int_equal(pthread_join(thread, NULL), 0);
	rig.stalled = false;
	assert_int_equal(rc, -ECANCELED);
	assert_true(diskio_size(rig.io) > 0);
	check_end(rc);
}

static void *hurry(void *context)
{
	usleep(150000);
	diskio_hurry(rig.io);
	return context;
}

/* or after a while, once the end was asked for; */
static void test_hurried(void **state)
{
	pthread_t thread;
	int rc;

	rig_start(state);
	rig.stalled = true;
	assert_int_equal(pthread_create(&thread, NULL, hurry, NULL), 0);
	rc = play(script, COUNT(script));
	assert_int_equal(pthread_join(thread, NULL), 0);
	rig.stalled = false;
	assert_int_equal(rc, -ETIMEDOUT);
	assert_true(diskio_size(rig.io) > 0);
	check_end(rc);
}

/* and at the end after a while. */
static void test_stalled_at_end(void **state)
{
	rig_start(state);
	rig.stalled = true;
	assert_int_equal(add(200000), 0);
	assert_int_equal(diskio_finish(rig.io), -ETIMEDOUT);
	rig.stalled = false;
	assert_true(diskio_size(rig.io) > 0);
	check_end(-ETIMEDOUT);
}

/* Direct writes into a pipe: only where they were asked for in vain. */
static void test_pipe_modes(void **state)
{
	struct way way = {.path = "fifo"};

	(void)state;
	for (way.mode = DISKIO_AUTO; way.mode <= DISKIO_BUFFERED; way.mode++) {
		int rc = rig_open(&way);

		assert_int_equal(rc, way.mode == DISKIO_URING ? -EINVAL : 0);
		if (rc == 0) {
			assert_int_equal(diskio_mode(rig.io), DISKIO_BUFFERED);
			assert_int_equal(diskio_fd(rig.io), -1);
			assert_int_equal(diskio_align(rig.io), 4);
			assert_false(diskio_wants_space(rig.io));
			assert_int_equal(diskio_reserve(rig.io, 1 << 20), 0);
		}
		rig_close();
	}
}

/* --- set-up ------------------------------------------------------------------ */

/* Direct writes want a real file system: the build's own, mostly. */
static int find_ways(void **state)
{
	static const struct step steps[] = {{ADD, DISKIO_UNIT}};

	(void)state;
	for (size_t i = 0; i < FILE_MOST; i++)
		pattern[i] = (uint8_t)(i * 2654435761u >> 13);
	signal(SIGXFSZ, SIG_IGN);
	ring = aligned_alloc(BLOCK_BYTES, BLOCKS * BLOCK_BYTES);
	if (!ring || scratch_enter(SCRATCH_BUILD) != 0 || mkfifo("fifo", 0600) < 0)
		return -1;
	for (struct way *way = ways; way < ways + WAYS; way++) {
		if (rig_open(way) == 0 && play(steps, 1) == 0)
			way->usable = diskio_mode(rig.io) == way->mode;
		rig_close();
	}
	return 0;
}

static int drop_directory(void **state)
{
	(void)state;
	free(ring);
	/* Nothing else stays behind. */
	return unlink("fifo") < 0 || unlink("file") < 0 || scratch_leave_empty() != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ALL(test_script),
		ON_ALL(test_random),
		ON_ALL(test_faults),
		ON_FILES(test_file_limit),
		ON_FILES(test_nothing_cached),
		ON_FILES(test_reserved),
		ON_FILES(test_settled),
		ON_FILES(test_not_reserved),
		ON_FILES(test_reserved_to_limit),
		ON_FILES(test_own_reserve),
		DIRECTLY(test_refused),
		DIRECTLY(test_probe),
		ON(uring, test_late_failure),
		ON_PIPES(test_slow_reader),
		ON_PIPES(test_abandoned),
		ON_PIPES(test_hurried),
		ON(pipe, test_stalled_at_end),
		cmocka_unit_test(test_pipe_modes),
	};

	/* Rather than hang. */
	alarm(300);
	return cmocka_run_group_tests(tests, find_ways, drop_directory);
}
