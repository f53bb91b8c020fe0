/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at a file through windows of its own, read with pread and nothing
 * ahead: what the search costs is what it asks for.
 */
#include "reader_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"
#include "frames/pcapng.h"
#include "reader_pcapng.h"

/* As wide as packets are, but for those put together in memory; where that shows
 * nothing, so much wider each time, up to more than any packet. */
#define WINDOW_BYTES (64u * 1024)
#define WINDOW_MOST  (512u * 1024)

/* A stretch this short is read and not searched. */
#define SEARCH_FROM_BYTES (256u * 1024)

/* Records that have to be whole to be believed, unless the file ends before: those
 * of pcapng have their length at both ends. */
#define PCAP_LEAST   2u
#define PCAPNG_LEAST 1u

#define PCAP_RECORD 16u
#define CAPLEN_MOST (1024u * 1024)
#define FAR_SECONDS (20u * 365 * 24 * 3600)

/* One record, as its header says. */
struct record {
	uint64_t bytes;
	uint64_t time_ns;
	bool packet;
};

/* A stretch of the file; at its end the file ends, or it goes on. */
struct window {
	const struct reader_file *file;
	const uint8_t *bytes;
	size_t have;
	bool last;
	uint64_t near_s; /* pcap: about when; 0: not known */
};

/* These say whether what begins there can be a record, as far as it is in the
 * window: 1, 0, or -1: too little of it is. */

static int look_pcap(const struct window *w, size_t at, struct record *record)
{
	const struct reader_file *file = w->file;
	const uint8_t *header = w->bytes + at;
	uint32_t seconds, fraction, caplen, len;

	if (w->have - at < PCAP_RECORD)
		return -1;
	seconds = load32(header, file->swapped);
	fraction = load32(header + 4, file->swapped);
	caplen = load32(header + 8, file->swapped);
	len = load32(header + 12, file->swapped);
	if (fraction >= NS_PER_SECOND / file->tick_ns || caplen > len || len == 0 ||
	    len > CAPLEN_MOST)
		return 0;
	if (w->near_s && (seconds > w->near_s + FAR_SECONDS || seconds + FAR_SECONDS < w->near_s))
		return 0;
	*record = (struct record){
		.bytes = PCAP_RECORD + (uint64_t)caplen,
		.time_ns = seconds * NS_PER_SECOND + (uint64_t)fraction * file->tick_ns,
		.packet = true,
	};
	return 1;
}

static int look_epb(const struct window *w, size_t at, struct record *record)
{
	const struct reader_file *file = w->file;
	const uint8_t *block = w->bytes + at;
	uint32_t interface, caplen;
	bool clipped = false;
	uint64_t time;
	int64_t ns;

	if (w->have - at < PCAPNG_EPB_HEADER_BYTES)
		return -1;
	interface = load32(block + 8, file->swapped);
	caplen = load32(block + 20, file->swapped);
	time = (uint64_t)load32(block + 12, file->swapped) << 32 |
	       load32(block + 16, file->swapped);
	if (interface >= file->interface_count || record->bytes < PCAPNG_EPB_HEADER_BYTES + 4 ||
	    caplen > record->bytes - PCAPNG_EPB_HEADER_BYTES - 4 ||
	    caplen > load32(block + 24, file->swapped))
		return 0;
	record->packet = true;
	ns = pcapng_ticks_ns(&file->interfaces[interface].ticks, time, &clipped);
	/* Of times that no recorder has there is no order to be known. */
	record->time_ns = ns > 0 ? (uint64_t)ns : 0;
	return 1;
}

static int look_pcapng(const struct window *w, size_t at, struct record *record)
{
	bool swapped = w->file->swapped;
	const uint8_t *block = w->bytes + at;
	uint32_t type, bytes;

	if (w->have - at < 8)
		return -1;
	type = load32(block, swapped);
	bytes = load32(block + 4, swapped);
	if ((type != PCAPNG_BLOCK_EPB && type != PCAPNG_BLOCK_ISB) || bytes % 4 != 0 ||
	    bytes < PCAPNG_ISB_MIN || bytes > READER_RECORD_MOST)
		return 0;
	if (bytes <= w->have - at && load32(block + bytes - 4, swapped) != bytes)
		return 0;
	*record = (struct record){.bytes = bytes};
	return type == PCAPNG_BLOCK_EPB ? look_epb(w, at, record) : 1;
}

static int look(const struct window *w, size_t at, struct record *record)
{
	return w->file->format == &reader_format_pcap ? look_pcap(w, at, record)
						      : look_pcapng(w, at, record);
}

static bool is_blank(const uint8_t *bytes, size_t count)
{
	return count == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0);
}

enum chain { CHAIN_NONE, CHAIN_SHORT, CHAIN_GOOD };

/* Whether record follows on record from there on, to the window's end, with the
 * time of the first packet among them; short: it does, but they are too few. */
static enum chain find_chain(const struct window *w, size_t at, uint64_t *time_ns)
{
	struct record record;
	unsigned whole = 0,
		 least = w->file->format == &reader_format_pcap ? PCAP_LEAST : PCAPNG_LEAST;
	bool timed = false;
	int rc = 1;

	while (at < w->have && (rc = look(w, at, &record)) > 0) {
		if (record.packet && !timed) {
			timed = true;
			*time_ns = record.time_ns;
		}
		if (record.bytes > w->have - at)
			break;
		at += record.bytes;
		whole++;
	}
	/* A live file ends in zeros, or anywhere. */
	if (rc == 0 && !(w->file->live && whole > 0 && is_blank(w->bytes + at, w->have - at)))
		return CHAIN_NONE;
	if (timed && (whole >= least || ((w->last || rc == 0) && whole > 0)))
		return CHAIN_GOOD;
	return rc > 0 || whole > 0 ? CHAIN_SHORT : CHAIN_NONE;
}

/* Reads what there is of so many bytes from offset on. */
static size_t read_window(int fd, uint8_t *to, size_t bytes, uint64_t offset)
{
	size_t have = 0;
	ssize_t n;

	while (have < bytes) {
		n = pread(fd, to + have, bytes - have, (off_t)(offset + have));
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0)
			have += (size_t)n;
	}
	return have;
}

struct search {
	const struct reader_file *file;
	uint64_t end;    /* of the file */
	uint64_t near_s; /* see window */
	uint8_t *buffer; /* of WINDOW_MOST */
};

/* In the window, up to before: where a good chain begins. Behind the beginning of
 * a short one, which a wider window may prove good, none is looked for: it would
 * be in what that packet carries. */
static enum chain scan_window(const struct window *w, size_t before, size_t *at, uint64_t *time_ns)
{
	const size_t step = w->file->format == &reader_format_pcap ? 1 : 4;
	enum chain chain = CHAIN_NONE;

	for (*at = 0; *at < before; *at += step) {
		chain = find_chain(w, *at, time_ns);
		if (chain != CHAIN_NONE)
			break;
	}
	return chain;
}

/* A record between from and before, and its time: false where none is found. */
static bool find_record(const struct search *s, uint64_t from, uint64_t before, uint64_t *offset,
			uint64_t *time_ns)
{
	struct window w = {.file = s->file, .bytes = s->buffer, .near_s = s->near_s};
	enum chain chain = CHAIN_NONE;
	size_t at, most;

	/* Blocks of pcapng are so long. */
	from = (from + 3) / 4 * 4;
	for (size_t bytes = WINDOW_BYTES; bytes <= WINDOW_MOST && !w.last && from < s->end;
	     bytes += WINDOW_BYTES) {
		most = bytes < s->end - from ? bytes : (size_t)(s->end - from);
		w.have += read_window(s->file->input.fd, s->buffer + w.have, most - w.have,
				      from + w.have);
		w.last = w.have < bytes || from + w.have == s->end;
		if (is_blank(w.bytes, w.have))
			return false;
		most = before > from && before - from < w.have ? (size_t)(before - from) : w.have;
		chain = scan_window(&w, before > from ? most : 0, &at, time_ns);
		if (chain == CHAIN_GOOD) {
			*offset = from + at;
			return true;
		}
	}
	return false;
}

/* What is known so far: the record at low is from before time_ns, and so are none
 * from high on. */
struct bracket {
	uint64_t low, high;
	uint64_t low_ns, high_ns; /* the latter 0: not known */
	uint64_t time_ns;
};

/* Where to look next. Traffic is mostly even, so by turns it is a little in front
 * of where the time should be then, a little behind it, and the middle, which
 * gets there whatever traffic is like. */
static uint64_t next_place(const struct bracket *b, unsigned turn)
{
	uint64_t bytes = b->high - b->low, margin = SEARCH_FROM_BYTES / 2, guess;

	if (turn % 3 == 2 || b->low_ns == 0 || b->high_ns <= b->low_ns)
		return b->low + bytes / 2;
	guess = (uint64_t)((double)bytes *
			   ((double)(b->time_ns - b->low_ns) / (double)(b->high_ns - b->low_ns)));
	if (turn % 3 == 0)
		guess = guess > margin ? guess - margin : 0;
	else
		guess += margin;
	/* One at the very edge tells nothing. */
	if (guess < margin)
		guess = margin;
	if (guess > bytes - margin)
		guess = bytes - margin;
	return b->low + guess;
}

uint64_t reader_search_time(const struct reader_file *file, const struct reader_stretch *stretch,
			    uint64_t time_ns)
{
	struct search s = {.file = file, .end = stretch->end, .near_s = time_ns / NS_PER_SECOND};
	struct bracket b = {.low = stretch->start,
			    .high = stretch->end,
			    .low_ns = stretch->start_ns,
			    .high_ns = stretch->end_ns,
			    .time_ns = time_ns};
	uint64_t place, offset, found_ns, lead = stretch->start;

	s.buffer = malloc(WINDOW_MOST);
	if (!s.buffer)
		return lead; /* slow, and right */
	for (unsigned turn = 0; b.high - b.low > SEARCH_FROM_BYTES; turn++) {
		place = next_place(&b, turn);
		if (!find_record(&s, place, b.high, &offset, &found_ns)) {
			b.high = place;
		} else if (found_ns >= time_ns) {
			b.high = place;
			b.high_ns = found_ns;
		} else {
			b.low = offset;
			b.low_ns = found_ns;
		}
	}
	if (b.low - stretch->start > READER_LEAD_BYTES &&
	    find_record(&s, b.low - READER_LEAD_BYTES, b.low, &offset, &found_ns))
		lead = offset;
	free(s.buffer);
	return lead;
}
