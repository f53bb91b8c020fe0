/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring's side of a recorder, and a reader of what comes out of it. The
 * reader is libpcap, and for what that does not tell, statistics and drop
 * counts, a walk over the blocks of pcapng that knows nothing of our own code.
 */
#include "tape_support.h"

#include "disk/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/outfile.h"
#include "disk/write_queue.h"
#include "frames/pcapng.h"
#include "frames/weave.h"
#include "sinks/sink_pcap.h"
#include "sinks/sink_pcapng.h"
#include "synthetic.h"

static const int ethernet = 1;

#define RING_BYTES  ((size_t)RIG_BLOCKS * 512 * 1024)
#define HEAD_BYTES  24u /* Ethernet header, with number and size in place of data */
#define BATCH       32u
#define MOST_CAPLEN 65536u
#define MOST_COUNT  (UINT64_C(1) << 32) /* in a statistic; more was negative */

struct rig rig;

/* --- frames ------------------------------------------------------------------ */

static void put_frame(uint8_t *data, uint64_t number, uint32_t caplen)
{
	memset(data, (int)(number * 7 % 251), caplen);
	memset(data, 0x02, 12);
	memcpy(data + 12, "\x88\xb5", 2);
	memcpy(data + 14, &number, 6);
	memcpy(data + 20, &caplen, 4);
}

/* The number of a frame, or 0 where it is none of ours, or damaged. */
static uint64_t frame_number(const uint8_t *data, uint32_t caplen)
{
	static uint8_t want[MOST_CAPLEN];
	uint64_t number = 0;

	if (caplen < HEAD_BYTES || caplen > MOST_CAPLEN)
		return 0;
	memcpy(&number, data + 14, 6);
	put_frame(want, number, caplen);
	return memcmp(data, want, caplen) == 0 ? number : 0;
}

static uint64_t frame_time(uint64_t number)
{
	return 1700000000000001000u + number * 1000000u;
}

/* --- reading ----------------------------------------------------------------- */

static bool read_frames(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	uint64_t number;
	bool good = true;
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	int rc;

	if (!pcap)
		return false;
	while ((rc = pcap_next_ex(pcap, &header, &data)) == 1) {
		number = frame_number(data, header->caplen);
		good &= number > 0 &&
			(uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec ==
				frame_time(number);
		assert_true(rig.found_count < RIG_FRAMES);
		rig.found[rig.found_count++] = number;
	}
	pcap_close(pcap);
	return good && rc == PCAP_ERROR_BREAK;
}

/* Options from at on. */
static void read_options(const uint8_t *at, const uint8_t *end, uint32_t type,
			 struct rig_segment *segment)
{
	uint16_t code, length;
	uint64_t value;

	while (end - at >= 4) {
		memcpy(&code, at, 2);
		memcpy(&length, at + 2, 2);
		if (code == 0 || length > end - at - 4)
			return;
		memcpy(&value, at + 4, length < 8 ? length : 8);
		if (type == PCAPNG_BLOCK_EPB && code == 4 && length == 8)
			segment->dropcount += value;
		if (type == PCAPNG_BLOCK_ISB && length == 8) {
			/* In numbers those of the draft. */
			if (code == 4)
				segment->closing.received = value;
			else if (code == 5)
				segment->closing.dropped = value;
			else if (code == 8)
				segment->closing.captured = value;
		}
		at += 4 + (length + 3u) / 4 * 4;
	}
}

/* Whether a file's blocks make up the whole of it. */
static bool read_blocks(const uint8_t *file, size_t bytes, struct rig_segment *segment)
{
	uint32_t words[2], again, caplen;
	size_t at = 0;

	while (bytes - at >= 12) {
		memcpy(words, file + at, 8);
		if (words[1] < 12 || words[1] % 4 || words[1] > bytes - at)
			return false;
		memcpy(&again, file + at + words[1] - 4, 4);
		if (again != words[1])
			return false;
		if (words[0] == PCAPNG_BLOCK_EPB) {
			memcpy(&caplen, file + at + 20, 4);
			read_options(file + at + 28 + (caplen + 3) / 4 * 4, file + at + again - 4,
				     words[0], segment);
		} else if (words[0] == PCAPNG_BLOCK_ISB) {
			segment->isbs++;
			segment->closing = (struct stats_snapshot){0};
			read_options(file + at + 20, file + at + again - 4, words[0], segment);
			if ((segment->closing.received | segment->closing.captured |
			     segment->closing.dropped) >= MOST_COUNT)
				return false;
		}
		at += again;
	}
	return at == bytes;
}

static bool read_whole(const char *path, struct rig_segment *segment)
{
	struct trim_result found;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *file;
	bool good;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size == 0) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	segment->bytes = (uint64_t)st.st_size;
	good = trim_scan(fd, rig.format, 0, segment->bytes, &found) == 0 &&
	       found.end == segment->bytes;
	if (good && rig.format == TRIM_PCAPNG) {
		file = malloc(segment->bytes);
		good = file && read(fd, file, segment->bytes) == st.st_size &&
		       read_blocks(file, segment->bytes, segment);
		free(file);
	}
	close(fd);
	return good;
}

bool rig_read(const char *path, struct rig_segment *segment)
{
	bool good;

	*segment = (struct rig_segment){.first = rig.found_count};
	snprintf(segment->path, sizeof(segment->path), "%s", path);
	if (rig.own_work)
		rig.own_work(true);
	good = read_whole(path, segment);
	good = read_frames(path) && good;
	if (rig.own_work)
		rig.own_work(false);
	segment->count = rig.found_count - segment->first;
	return good;
}

/* A segment that has just got its name is told like that. */
static bool parse_published(const char *text, char path[256], uint64_t *packets, uint64_t *bytes)
{
	const char *at = strstr(text, ": ");
	unsigned long long count, size;
	char packets_word[8], bytes_word[8];
	int end = 0;

	/* One is a packet. */
	if (!at ||
	    sscanf(at, ": %llu %7[packets], %llu %7[bytes]%n", &count, packets_word, &size,
		   bytes_word, &end) != 4 ||
	    at[end] != '\0')
		return false;
	snprintf(path, 256, "%.*s", (int)(at - text), text);
	*packets = count;
	*bytes = size;
	return true;
}

static void take_note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	struct rig_segment *segment = &rig.segments[rig.segment_count];
	uint64_t packets, bytes;
	char path[256];

	(void)context;
	if (rig.noted)
		rig.noted(cause, text, left_out);
	if (cause != NOTE_DETAIL || !parse_published(text, path, &packets, &bytes) ||
	    strstr(path, ".unreadable"))
		return;
	assert_true(rig.segment_count < RIG_SEGMENTS);
	if (!rig_read(path, segment) || segment->count != packets ||
	    (bytes != 0 && segment->bytes != bytes)) {
		fprintf(stderr, "# bad: %s (%u frames, %llu bytes)\n", text, segment->count,
			(unsigned long long)segment->bytes);
		rig.bad_segments++;
	}
	rig.segment_count++;
}

/* --- the recorder ------------------------------------------------------------- */

static uint64_t clock_boot_ns(const struct clock *clock)
{
	return ((const struct rig_clock *)clock)->boot_ns;
}

static uint64_t clock_wall_ns(const struct clock *clock)
{
	return ((const struct rig_clock *)clock)->wall_ns;
}

void rig_pass(uint64_t ns)
{
	rig.clock.boot_ns += ns;
	rig.clock.wall_ns += ns;
}

/* A file sink that finds out whether it is finished while the ring's thread
 * still has to do with it. */
static int check_finish(struct sink *sink, const struct stats_snapshot *stats, uint32_t interfaces,
			uint64_t *unwritten)
{
	const struct sink_ops *own = rig.format == TRIM_PCAP ? rig.pcap_ops : rig.pcapng_ops;

	if (!rig.finishing)
		assert_true(own->idle(sink));
	return own->finish(sink, stats, interfaces, unwritten);
}

static void watch_finish(struct sink *sink)
{
	static struct sink_ops pcap, pcapng;
	const struct sink_ops **own = rig.format == TRIM_PCAP ? &rig.pcap_ops : &rig.pcapng_ops;
	struct sink_ops *watched = rig.format == TRIM_PCAP ? &pcap : &pcapng;

	if (!*own) {
		*own = sink->ops;
		*watched = *sink->ops;
		watched->finish = check_finish;
	}
	sink->ops = watched;
}

static int open_sink(void *context, const struct tape_file *to, struct sink **sink,
		     struct error *err)
{
	static const struct pcapng_interface interface = {
		.linktype = 1,
		.snaplen = 262144,
		.tsresol = 9,
	};
	const struct diskio_config disk = {
		.file = to->file,
		.mode = rig.mode,
		.ring = rig.woven ? rig.ring : NULL,
		.ring_bytes = RIG_BLOCKS * rig.block_bytes,
		.block_bytes = rig.block_bytes,
		.hold_bytes = SIZE_MAX,
		.queue = rig.queue,
		.own_reserve = true,
	};
	const struct sink_pcapng_config pcapng = {
		.disk = disk,
		.section = {.segment = to->sequence},
		.interfaces = &interface,
		.interface_count = 1,
	};
	const struct sink_pcap_config pcap = {
		.disk = disk,
		.linktype = DLT_EN10MB,
		.snaplen = 262144,
		.nano = true,
	};

	int rc = rig.format == TRIM_PCAP ? sink_pcap_open(&pcap, sink, err)
					 : sink_pcapng_open(&pcapng, sink, err);

	(void)context;
	if (rc == 0)
		watch_finish(*sink);
	return rc;
}

static int open_threads(struct diskio_config *disk)
{
	const struct write_queue_config config = {
		.way = WRITE_THREADS,
		.ring = disk->ring,
		.ring_bytes = disk->ring_bytes,
		.block_bytes = disk->block_bytes,
		.hold_bytes = disk->hold_bytes,
		.spill_bytes = disk->spill_bytes,
	};

	return write_queue_open(&config, &disk->queue);
}

int rig_open(struct error *err)
{
	static struct segment_naming naming = {.style = NAME_DIRECTORY, .interface = "test0"};
	struct diskio_config disk = {
		.mode = rig.mode,
		.ring = rig.ring,
		.ring_bytes = RIG_BLOCKS * rig.block_bytes,
		.block_bytes = rig.block_bytes,
		.hold_bytes = SIZE_MAX,
		.spill_bytes = rig.spill_bytes,
	};
	struct sink_tape_config config = {
		.directory = scratch_dir,
		.naming = &naming,
		.rotation = &rig.rotation,
		.on_full = rig.on_full,
		.format = rig.format,
		.file_mode = 0640,
		.sync = rig.sync,
		.slice_bytes = rig.slice_bytes,
		.block_bytes = rig.block_bytes,
		.stats = &rig.stats,
		.interfaces = 1,
		.linktypes = &ethernet,
		.linktype_count = 1,
		.shared = &rig.stats,
		.clock = &rig.clock.clock,
		.open_sink = open_sink,
		.note = take_note,
		.event_fd = -1,
		.without_keeper = !rig.with_keeper,
	};
	int rc;

	naming.extension = rig.format == TRIM_PCAP ? "pcap" : "pcapng";
	rig.clock.clock = (struct clock){clock_boot_ns, clock_wall_ns};
	memset(&rig.stats, 0, sizeof(rig.stats));
	memset(rig.blocks, 0, sizeof(rig.blocks));
	rig.taken = rig.lost_before = 0;
	rig.moved = rig.waits = rig.bad_segments = rig.found_count = rig.segment_count = 0;
	rig.sink = NULL;
	rig.finishing = false;
	rc = sink_tape_plan(&rig.rotation, rig.block_bytes, err);
	if (rc < 0)
		return rc;
	rc = rig.by_threads ? open_threads(&disk) : diskio_queue_open(&disk, err);
	if (rc < 0)
		return rc;
	rig.queue = disk.queue;
	if (rig.queue)
		config.event_fd = write_queue_fd(rig.queue);
	rc = sink_tape_open(&config, &rig.sink, err);
	if (rc < 0) {
		write_queue_close(rig.queue);
		rig.queue = NULL;
	}
	return rc;
}

static void close_sink(void)
{
	rig.sink->ops->close(rig.sink);
	rig.sink = NULL;
	write_queue_close(rig.queue);
	rig.queue = NULL;
}

int rig_start(struct error *err)
{
	int rc = sink_tape_start(rig.sink, err);

	if (rc < 0)
		close_sink();
	return rc;
}

void rig_begin(void)
{
	struct error err;

	if (rig_open(&err) < 0 || rig_start(&err) < 0)
		fail_msg("%s", err.text);
}

int rig_reap(void)
{
	struct pollfd ended = {.fd = rig.sink->event_fd, .events = POLLIN};

	return ended.fd >= 0 && poll(&ended, 1, 0) > 0 ? rig.sink->ops->reap(rig.sink) : 0;
}

static void work(void)
{
	if (!rig.with_keeper) {
		sink_tape_work(rig.sink);
		return;
	}
	poll(&(struct pollfd){.fd = rig.sink->wake_fd, .events = POLLIN}, 1, 100);
	(void)!read(rig.sink->wake_fd, &(uint64_t){0}, sizeof(uint64_t));
}

int rig_turn(void)
{
	int rc;

	if (!rig.with_keeper)
		work();
	rc = rig_reap();
	return rc < 0 ? rc : rig.sink->ops->turn(rig.sink);
}

/* --- blocks ------------------------------------------------------------------- */

/* The memory is the kernel's again, which fills it with something else. */
static void release(struct block *block)
{
	memset(block->base, 0xee, block->bytes);
}

static struct block *take_block(void)
{
	struct block *block = &rig.blocks[rig.moved % RIG_BLOCKS];
	struct pollfd ended = {.fd = rig.sink->event_fd, .events = POLLIN};

	while (block->refs > 0) {
		assert_int_equal(poll(&ended, 1, 10000), 1);
		rig.sink->ops->reap(rig.sink);
	}
	*block = (struct block){
		.base = rig.ring + rig.moved % RIG_BLOCKS * rig.block_bytes,
		.bytes = rig.block_bytes,
		.refs = 1,
		.release = release,
	};
	rig.moved++;
	return block;
}

/* Frames as many as fit. Returns how many. */
static uint32_t fill_woven(struct block *block, uint32_t count, uint32_t caplen)
{
	const struct synthetic_layout layout = {.reserve = 2, .priv_bytes = WEAVE_PRIV_BYTES};
	struct synthetic_frame *in = malloc(count * sizeof(*in));
	uint8_t *data = malloc((size_t)count * caplen);

	for (uint32_t i = 0; i < count; i++) {
		put_frame(data + (size_t)i * caplen, rig.taken + i + 1, caplen);
		in[i] = (struct synthetic_frame){
			.data = data + (size_t)i * caplen,
			.caplen = caplen,
			.mac_bytes = 14,
			.time_ns = frame_time(rig.taken + i + 1),
		};
	}
	count = synthetic_block_v3(block->base, block->bytes, &layout, in, count, NULL);
	block->used = block_walk_used(block->base, block->bytes);
	free(data);
	free(in);
	return count;
}

/* A batch of the block's frames. */
static void next_frames(struct block *block, struct block_walk *walk, uint32_t done,
			struct frame *frames, uint32_t count, uint32_t caplen)
{
	for (uint32_t i = 0; i < count; i++) {
		if (rig.woven) {
			assert_int_equal(block_walk_next(walk, &frames[i]), 1);
		} else {
			frames[i] = (struct frame){
				.data = block->base + (size_t)(done + i) * caplen,
				.caplen = caplen,
				.len = caplen,
				.time_ns = frame_time(rig.taken + i + 1),
			};
			put_frame(frames[i].data, rig.taken + i + 1, caplen);
		}
		frames[i].interface = 0;
		frames[i].id = rig.taken + i + 1;
		frames[i].lost = i == 0 ? rig.lost_before : 0;
	}
	rig.lost_before = 0;
}

/* Whether a block is held but for the one at hand. */
static bool writes_on_way(void)
{
	uint32_t refs = 0;

	for (unsigned i = 0; i < RIG_BLOCKS; i++)
		refs += rig.blocks[i].refs;
	return refs > 1;
}

/* Calls until the sink takes it, the keeper working in between. */
static bool may_wait(unsigned *patience)
{
	rig.waits++;
	if ((*patience)-- == 0)
		return false;
	work();
	if (!rig.with_keeper && *patience < RIG_PATIENCE - 4)
		rig_pass(NS_PER_SECOND + 1);
	/* What is on its way takes as long as the disk does. */
	if (writes_on_way())
		poll(&(struct pollfd){.fd = rig.sink->event_fd, .events = POLLIN}, 1, 2000);
	return rig_reap() == 0;
}

static void count_frames(uint32_t count, uint32_t caplen)
{
	rig.taken += count;
	stats_add(&rig.stats.captured, count);
	stats_add(&rig.stats.captured_bytes, (uint64_t)count * caplen);
}

static int give_frames(struct frame *frames, uint32_t count, uint32_t caplen, unsigned *patience)
{
	uint32_t part;
	int rc;

	for (;;) {
		rc = rig.sink->ops->frames(rig.sink, frames, count, &part);
		assert_true(rc == 0 ? part == count : part <= count);
		count_frames(part, caplen);
		frames += part;
		count -= part;
		if (part > 0 && *patience > 0)
			*patience = RIG_PATIENCE;
		if (rc != SINK_WAIT || !may_wait(patience))
			return rc;
	}
}

static int give(uint32_t count, uint32_t caplen, unsigned patience)
{
	struct block *block = take_block();
	struct stats_snapshot now;
	struct block_walk walk = {0};
	struct frame frames[BATCH];
	uint32_t done = 0, part;
	int rc, ended;

	if (rig.woven) {
		count = fill_woven(block, count, caplen);
		block_walk_start(&walk, block->base, block->bytes);
	}
	assert_true((uint64_t)count * caplen <= rig.block_bytes && caplen >= HEAD_BYTES);
	block->frames = count;
	stats_add(&rig.stats.received, count);
	stats_read(&rig.stats, &now);
	/* The control thread counts too. */
	stats_add(&rig.stats.device_dropped, 1);
	while ((rc = rig.sink->ops->block_begin(rig.sink, block, &now)) == SINK_WAIT &&
	       may_wait(&patience))
		;
	for (; rc == 0 && done < count; done += part) {
		part = count - done < BATCH ? count - done : BATCH;
		next_frames(block, &walk, done, frames, part, caplen);
		rc = give_frames(frames, part, caplen, &patience);
	}
	if (rc >= 0) {
		ended = rig.sink->ops->block_end(rig.sink, block);
		rc = ended < 0 ? ended : rc;
		/* The next blocks are others. Nobody is to ask this one any more. */
		block->interface = UINT32_MAX;
	}
	block_put(block);
	return rc;
}

int rig_give(uint32_t count, uint32_t caplen)
{
	return give(count, caplen, RIG_PATIENCE);
}

int rig_offer(uint32_t count, uint32_t caplen, uint32_t *part)
{
	uint64_t before = rig.taken;
	int rc = give(count, caplen, 0);

	*part = (uint32_t)(rig.taken - before);
	return rc;
}

/* --- the end -------------------------------------------------------------------- */

int rig_finish(struct error *err)
{
	struct stats_snapshot final;
	uint64_t unwritten = 0, before;
	int rc;

	stats_read(&rig.stats, &final);
	before = final.unwritten;
	rig.finishing = true;
	rc = rig.sink->ops->finish(rig.sink, &final, 1, &unwritten);
	/* It is told, and counted. */
	assert_int_equal(before + unwritten, rig.stats.unwritten);
	if (err)
		*err = rig.sink->error;
	close_sink();
	for (unsigned i = 0; i < RIG_BLOCKS; i++)
		assert_int_equal(rig.blocks[i].refs, 0);
	return rc;
}

uint64_t rig_lost(void)
{
	return rig.stats.unwritten + rig.stats.disk_dropped + rig.stats.oversize;
}

void rig_expect_all(void)
{
	assert_int_equal(rig.bad_segments, 0);
	assert_int_equal(rig.found_count, rig.taken);
	for (uint32_t i = 0; i < rig.found_count; i++)
		assert_int_equal(rig.found[i], i + 1);
	assert_int_equal(rig_lost(), 0);
}

/* --- the directory ---------------------------------------------------------------- */

unsigned rig_count_files(const char *prefix)
{
	DIR *dir = opendir(scratch_dir);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(dir);
	/* The manifest before this one is no business of a test's. */
	while ((entry = readdir(dir)))
		count +=
			strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			strncmp(entry->d_name, MANIFEST_PREVIOUS, strlen(MANIFEST_PREVIOUS)) != 0 &&
			strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	closedir(dir);
	return count;
}

uint64_t rig_disk_bytes(void)
{
	DIR *dir = opendir(scratch_dir);
	struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (strncmp(entry->d_name, "foreign", 7) != 0 &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_blocks * 512;
	closedir(dir);
	return bytes;
}

unsigned rig_count_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int rig_set_up(void **state)
{
	(void)state;
	rig.ring =
		mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return rig.ring == MAP_FAILED;
}

int rig_tear_down(void **state)
{
	(void)state;
	return munmap(rig.ring, RING_BYTES);
}

int rig_dir_new(void **state)
{
	(void)state;
	rig.rotation = (struct rotation){0};
	rig.on_full = ON_FULL_PRUNE;
	rig.format = TRIM_PCAPNG;
	rig.mode = DISKIO_BUFFERED;
	rig.block_bytes = 65536;
	rig.sync = rig.with_keeper = rig.woven = rig.by_threads = false;
	rig.spill_bytes = 16u << 20;
	rig.slice_bytes = 0;
	rig.noted = NULL;
	rig.own_work = NULL;
	rig.clock.boot_ns = 100 * NS_PER_SECOND;
	rig.clock.wall_ns = 1700000000 * NS_PER_SECOND;
	return scratch_make(rig.place);
}
