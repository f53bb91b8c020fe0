/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files as a feed: what passes the filter, at once or each frame when it
 * is due.
 *
 * Threads: open, first and close are the control thread's; the feed is that of the
 * thread that moves frames; file_feed_progress may be called by any.
 */
#ifndef WIRETAPE_FILE_FEED_H
#define WIRETAPE_FILE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/histogram.h"
#include "base/stats.h"
#include "frames/feed.h"
#include "frames/rewrite.h"
#include "read/pace.h"
#include "read/reader.h"
#include "system/filter.h"

/* Most bytes of packets in a block, unless a single one has more. */
#define FILE_FEED_BLOCK_BYTES (1u << 20)

struct file_feed;

/* What becomes of a packet of which the file has only the first bytes. */
enum file_truncated {
	FILE_TRUNCATED_STAYS, /* it is given as that */
	FILE_TRUNCATED_SHORT, /* as one that was no longer */
	FILE_TRUNCATED_PAD,   /* with zeros behind them, as long as it was; if that was more
				 than FILE_PAD_MOST, as it is */
};

/* What IP can have at most, and a link-layer header with tags. */
#define FILE_PAD_MOST (UINT16_MAX + 64u)

/* An interface of the files that is chosen. */
struct file_feed_choice {
	const char *name;
	const char *chosen_by;  /* the option that has the name */
	const char *expression; /* of its own filter; null: the one for all */
	const char *option;     /* that was given with; null: none */
};

struct file_feed_config {
	struct reader *reader;
	const char *expression;                 /* of the filter; null: all passes */
	const char *expression_option;          /* that it comes from; null: from none */
	const struct file_feed_choice *choices; /* only those interfaces; none: all there are */
	uint32_t choice_count;
	bool not_optimized;               /* the filters' code */
	enum direction direction;         /* of packets that the file tells it of */
	const struct pace_request *speed; /* null: at once, and nothing is measured */
	uint64_t loops;                   /* at least 1 */
	uint32_t snaplen;                 /* so much of each packet is given; 0: all */
	enum file_truncated truncated;    /* comes first, */
	const struct rewrite *rewrite;    /* then this; null: nothing is, */
	bool fixes_checksums;             /* and then this: see checksum_fix */
	struct stats *stats;
	bool strips_fcs;   /* packets are given without what ends them on the wire */
	bool short_times;  /* from 1970 to 2106: one that is not, and passes, ends it in an error */
	bool eager;        /* before anything is done the first packet of a pipe is waited for, */
	uint64_t until_ns; /* but not beyond this (CLOCK_MONOTONIC; 0: for ever), and damage
			      before any packet is an error */
	/* An interface was met, between blocks: 0; SINK_FULL or -errno with an error, to
	 * end in front of its first packet. Null: all do. */
	int (*met)(void *context, const struct reader_interface *interface, struct error *err);
	/* What is to be written in front of the next packets, between blocks: 0; SINK_FULL or
	 * -errno with an error, to end there. Null: nothing is. */
	int (*beside)(void *context, const struct pcapng_block *block, struct error *err);
	/* Packets of an interface cannot have the filter, so none of them pass. Where that is so
	 * for all there are, the feed ends with that error. Null: it alone tells. */
	void (*left_out)(void *context, const struct reader_interface *interface,
			 const struct error *why);
	/* A damaged file was read as far as it goes, and a later one is damaged as well,
	 * or opening the feed fails with another error. Of the last one in a feed that was
	 * opened file_feed_damage tells. Null: that alone does. */
	void (*damaged)(void *context, const struct error *err);
	void *context;
}; /* what it points to must outlive the feed */

/* Reads the first frames, so that what is wrong with them shows: files of which met
 * does not like the first interface, a filter that makes no sense, where it is eager damaged
 * files without a frame. */
int file_feed_open(const struct file_feed_config *config, struct file_feed **feed,
		   struct error *err);

struct feed *file_feed_feed(struct file_feed *feed);

/* Interfaces are numbered as they were met without those that are left out: what the
 * interface of a frame is. */
const struct reader_interface *file_feed_interface(const struct file_feed *feed, uint32_t number);

/*
 * A damaged file does not end the feed: it is kept for the end, whatever that is. 0,
 * or -errno with err for the last one that was damaged. Once the thread has ended.
 */
int file_feed_damage(const struct file_feed *feed, struct error *err);

/* Losses that no packet came behind to tell of. Once the thread has ended. */
uint64_t file_feed_lost(const struct file_feed *feed);

/* How much of all there is to read, all loops together, in parts of a million; 0: not
 * known. *next_ns: when the next one is due, where that is waited for (CLOCK_MONOTONIC);
 * else 0. */
uint32_t file_feed_progress(const struct file_feed *feed, uint64_t *next_ns);

/* What became of the schedule, once the thread has ended. */
struct file_feed_times {
	const struct histogram *late_ns; /* how late each frame was sent */
	uint64_t lasted_ns;              /* from when the first was due to the last one sent */
	int64_t drift_ns;                /* how late the last one was */
	uint64_t outages;                /* so often nothing got away for more than a second, */
	uint64_t outage_ns;              /* and what was left was put off by so much in all */
	uint64_t steps;                  /* so often was the clock of the files set back, */
	uint64_t step_most_ns;           /* at most by so much, at the speed of the files */
};
void file_feed_times(const struct file_feed *feed, struct file_feed_times *times);

/* Takes a null pointer. The reader stays the caller's. */
void file_feed_close(struct file_feed *feed);

#endif
