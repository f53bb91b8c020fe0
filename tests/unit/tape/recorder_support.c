/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder_support.h"

#include <dirent.h>
#include <fcntl.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/manifest.h"
#include "frames/pcapng.h"
#include "sinks/sink_pcap.h"
#include "sinks/sink_pcapng.h"

static const int ethernet = 1;

#define ROUNDS_MOST 200u
#define ROUND_NS    (250 * NS_PER_MS)

static uint64_t test_boot(const struct clock *clock)
{
	return ((const struct test_clock *)clock)->boot;
}

static uint64_t test_wall(const struct clock *clock)
{
	return ((const struct test_clock *)clock)->wall;
}

void test_clock_set(struct test_clock *clock)
{
	clock->clock = (struct clock){test_boot, test_wall};
	clock->boot = 1000 * NS_PER_SECOND;
	clock->wall = 1795521600 * NS_PER_SECOND;
}

void test_clock_pass(struct test_clock *clock, uint64_t ns)
{
	clock->boot += ns;
	clock->wall += ns;
}

static int open_sink(void *context, const struct tape_file *to, struct sink **sink,
		     struct error *err)
{
	const struct recorder *r = context;
	const struct diskio_config disk = {
		.file = to->file,
		.mode = r->io,
		.own_reserve = true,
	};
	const struct pcapng_interface interface = {
		.linktype = DLT_EN10MB,
		.snaplen = 65536,
		.name = "test0",
		.tsresol = 9,
	};
	const struct sink_pcapng_config pcapng = {
		.disk = disk,
		.section = {"test", "test", "test", to->sequence},
		.interfaces = &interface,
		.interface_count = 1,
	};
	const struct sink_pcap_config pcap = {
		.disk = disk,
		.linktype = DLT_EN10MB,
		.snaplen = 65536,
		.nano = true,
	};

	return r->pcap ? sink_pcap_open(&pcap, sink, err) : sink_pcapng_open(&pcapng, sink, err);
}

static void note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	struct recorder *r = context;

	(void)left_out;
	if (getenv("RECORDER_NOTES"))
		fprintf(stderr, "note %d: %s\n", (int)cause, text);
	r->notes[cause]++;
}

int recorder_open(struct recorder *r, const char *directory, struct error *err)
{
	int rc;

	memset(&r->stats, 0, sizeof(r->stats));
	memset(r->notes, 0, sizeof(r->notes));
	r->taken = 0;
	if (!r->clock.clock.boot_ns)
		test_clock_set(&r->clock);
	r->naming = (struct segment_naming){
		.style = NAME_DIRECTORY,
		.path = directory,
		.interface = "test0",
		.extension = r->pcap ? "pcap" : "pcapng",
	};
	rc = sink_tape_plan(&r->rotation, RECORDER_BLOCK_BYTES, err);
	if (rc < 0)
		return rc;
	r->config = (struct sink_tape_config){
		.directory = directory,
		.naming = &r->naming,
		.rotation = &r->rotation,
		.on_full = r->on_full,
		.format = r->pcap ? TRIM_PCAP : TRIM_PCAPNG,
		.file_mode = 0600,
		.sync = true,
		.block_bytes = RECORDER_BLOCK_BYTES,
		.stats = &r->stats,
		.interfaces = 1,
		.linktypes = &ethernet,
		.linktype_count = 1,
		.shared = &r->stats,
		.clock = r->with_keeper ? &clock_system : &r->clock.clock,
		.open_sink = open_sink,
		.note = note,
		.context = r,
		.event_fd = -1,
		.without_keeper = !r->with_keeper,
	};
	rc = sink_tape_open(&r->config, &r->sink, err);
	if (rc < 0)
		return rc;
	rc = sink_tape_start(r->sink, err);
	if (rc < 0)
		r->sink->ops->close(r->sink);
	return rc;
}

/* Time passes for the keeper. */
static void wait_round(struct recorder *r, unsigned *rounds)
{
	if (++*rounds > (r->with_keeper ? 100 : 1) * ROUNDS_MOST)
		fail_msg("no end of waiting");
	if (r->with_keeper) {
		poll(NULL, 0, 1);
		return;
	}
	test_clock_pass(&r->clock, ROUND_NS);
	sink_tape_work(r->sink);
}

int recorder_work(struct recorder *r)
{
	if (!r->with_keeper)
		sink_tape_work(r->sink);
	return r->sink->ops->turn(r->sink);
}

int recorder_give(struct recorder *r, struct frame *frames, uint32_t count)
{
	static struct block block;
	struct stats_snapshot now = {0};
	uint32_t part, given = 0;
	unsigned rounds = 0;
	int rc = r->sink->ops->turn(r->sink);

	if (rc != 0)
		return rc;
	block = (struct block){.bytes = RECORDER_BLOCK_BYTES, .refs = 1, .frames = count};
	stats_add(&r->stats.received, count);
	stats_read(&r->stats, &now);
	while ((rc = r->sink->ops->block_begin(r->sink, &block, &now)) == SINK_WAIT)
		wait_round(r, &rounds);
	while (rc == 0 && given < count) {
		rc = r->sink->ops->frames(r->sink, frames + given, count - given, &part);
		given += part;
		if (rc == SINK_WAIT) {
			wait_round(r, &rounds);
			rc = 0;
		}
	}
	r->taken += given;
	stats_add(&r->stats.captured, given);
	if (rc >= 0) {
		int end = r->sink->ops->block_end(r->sink, &block);

		rc = end < 0 ? end : rc;
	}
	/* Nobody is to look at it any more. */
	block.interface = UINT32_MAX;
	assert_int_equal(block.refs, 1);
	return rc;
}

int recorder_end(struct recorder *r, struct error *err)
{
	struct stats_snapshot final = {0};
	uint64_t unwritten = 0;
	int rc;

	stats_read(&r->stats, &final);
	rc = r->sink->ops->finish(r->sink, &final, 1, &unwritten);
	assert_int_equal(unwritten, atomic_load(&r->stats.unwritten) - final.unwritten);
	*err = r->sink->error;
	r->sink->ops->close(r->sink);
	return rc;
}

uint64_t recorder_lost(const struct recorder *r)
{
	struct stats_snapshot now = {0};

	stats_read(&r->stats, &now);
	return stats_lost_writing(&now);
}

static void tally_file(struct tally *tally, int fd, bool named)
{
	struct trim_result found;
	uint32_t magic = 0;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	tally->disk_bytes += (uint64_t)st.st_blocks * 512;
	if ((uint64_t)st.st_size > tally->largest)
		tally->largest = (uint64_t)st.st_size;
	(void)!pread(fd, &magic, sizeof(magic), 0);
	assert_int_equal(trim_scan(fd, magic == PCAPNG_BLOCK_SHB ? TRIM_PCAPNG : TRIM_PCAP, 0,
				   (uint64_t)st.st_size, &found),
			 0);
	tally->packets += found.packets;
	if (!named)
		tally->hidden += found.packets > 0;
	else if (found.end == (uint64_t)st.st_size && found.end > 0)
		tally->files++;
	else
		tally->torn++;
}

void recorder_tally(const char *directory, struct tally *tally)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	struct stat st;
	int fd;

	*tally = (struct tally){0};
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    strncmp(name, "foreign", 7) == 0)
			continue;
		fd = openat(dirfd(dir), name, O_RDONLY);
		assert_true(fd >= 0);
		if (strncmp(name, MANIFEST_NAME, strlen(MANIFEST_NAME)) == 0) {
			assert_int_equal(fstat(fd, &st), 0);
			tally->disk_bytes += (uint64_t)st.st_blocks * 512;
		} else {
			tally_file(tally, fd, *name != '.');
		}
		close(fd);
	}
	closedir(dir);
}
