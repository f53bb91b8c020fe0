/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink that goes on in a new file (segment) again and again, within limits
 * of what may be kept: the recorder. Each segment is written by a file sink of
 * its own; this one hands frames on, and changes from one to the next between
 * two frames.
 *
 * The ring thread never waits for a file: the next segment is made ahead, and
 * the last one finished behind, by a thread of the sink's own, the keeper,
 * which also makes room on the disk before it is needed, runs hooks and
 * deletes. What both share is in tape_desk.h. Where the keeper is late, frames
 * stay in the ring; where the disk has no room, they are dropped and counted.
 */
#ifndef WIRETAPE_SINK_TAPE_H
#define WIRETAPE_SINK_TAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/note.h"
#include "base/stats.h"
#include "disk/diskio.h"
#include "disk/pins.h"
#include "disk/trim.h"
#include "frames/sink.h"
#include "tape/hook.h"
#include "tape/rotation.h"
#include "tape/segment_name.h"

/* What a segment is written to, and which one it is. */
struct tape_file {
	struct outfile *file;
	uint64_t sequence;
};

struct sink_tape_config {
	const char *directory;
	int locked; /* what sink_tape_lock gave, copied; 0: sink_tape_open does that */
	const struct segment_naming *naming;
	const struct rotation *rotation;
	enum on_full on_full;
	enum trim_format format;
	mode_t file_mode;
	bool sync;
	bool adopt;           /* segments that no manifest proves are taken in */
	size_t block_bytes;   /* of the ring: the most a block may add to a file */
	struct stats *stats;  /* each interface's: disk_dropped and oversize are kept here */
	uint32_t interfaces;  /* how many */
	struct stats *shared; /* unwritten is kept here, which may be one of them */
	/* Each interface's LINKTYPE_*: for an index beside each segment; null: none is made. */
	const int *linktypes;
	uint32_t linktype_count;
	const struct clock *clock;
	const char *hook; /* null: none */
	unsigned hook_jobs;
	int pack_level; /* finished segments are packed, as pack/pack.h has it; 0: they are not */
	uint64_t hook_timeout_ns;
	/* Opens the file sink of a segment, without limits. Keeper's thread,
	 * one call at a time. As sink_pcapng_open. */
	int (*open_sink)(void *context, const struct tape_file *to, struct sink **sink,
			 struct error *err);
	/* A line for people, its cause's limit kept, and how many it left out before
	 * this one. Any thread, one at a time. */
	void (*note)(void *context, enum note_cause cause, const char *text, uint64_t left_out);
	void *context;
	bool tells_disk;      /* the summary has what takes a look at the disk */
	int event_fd;         /* of the file sinks' writes, or -1 */
	bool without_keeper;  /* tests: sink_tape_work instead of the thread */
	uint64_t slice_bytes; /* tests: large files are deleted so much at a time; 0: as ever */
};                            /* what it points to must outlive the sink */

/* Tells what is wrong with the limits, and makes those definite that were left
 * open: how large a segment may grow. Usage errors. */
int sink_tape_plan(struct rotation *rotation, size_t block_bytes, struct error *err);

/* Opens and locks the directory, for a recorder that is opened later: a descriptor, or a
 * usage error. Changes nothing. */
int sink_tape_lock(const char *directory, struct error *err);

/* Opens and locks the directory. Changes nothing yet. */
int sink_tape_open(const struct sink_tape_config *config, struct sink **sink, struct error *err);

/* Disk space that the recorder can have back by deleting segments: its own, finished
 * or not, but no other file in the directory. 0 where that cannot be read. Reads the
 * directory; before sink_tape_start. */
uint64_t sink_tape_kept_bytes(const struct sink *sink);

/* Takes in what is in the directory, makes the first segment and starts the
 * keeper. Once, before the first frame. 0 or -errno with err. */
int sink_tape_start(struct sink *sink, struct error *err);

/* What has become of packing. */
struct tape_pack_counts {
	uint64_t waiting;             /* segments that wait, or are being packed */
	uint64_t segments;            /* packed since the start, */
	uint64_t bytes, packed_bytes; /* of so many bytes into so many */
	uint64_t behind;              /* stay as they are, since packing did not keep up */
	uint64_t failed;              /* or since it failed */
	uint64_t kept, kept_bytes;    /* packed ones in the directory, and what they take */
	uint64_t there;               /* the last segment that was there at the start */
};

/* What there is, as of the keeper's last round; without tells_disk free_bytes and
 * oldest_ns are 0. */
struct sink_tape_summary {
	uint64_t sequence;       /* of the segment being written; 0: none */
	uint64_t bytes, packets; /* of that */
	uint64_t segments;       /* open ones included */
	uint64_t used_bytes, free_bytes;
	uint64_t oldest_ns; /* time of the oldest packet in a finished segment; 0: unknown */
	bool dropping;      /* there is no room: frames are dropped */
	uint64_t hooks;     /* that wait or run */
	uint64_t hooks_failed;
	uint64_t hook_failed_ns; /* when the last one did, by the clock's boot_ns; 0: none */
	struct tape_pack_counts packing;
};

/* Any thread. */
void sink_tape_summary(struct sink *sink, struct sink_tape_summary *summary);

/* Asks the keeper, who answers on its thread, when it has time: text is of malloc, and
 * answered's, or null without memory; a line for people, of the pins all of them. At once on
 * this thread where too many wait. Once the sink is finished all are answered. Control
 * thread. */
struct tape_ask {
	enum { TAPE_ASK_PIN, TAPE_ASK_UNPIN, TAPE_ASK_PINS } what;
	bool json;      /* of all of them */
	struct pin pin; /* of one that is let go, the name */
	void (*answered)(void *context, bool done, char *text);
	void *context;
};
void sink_tape_ask(struct sink *sink, const struct tape_ask *ask);

/* Without a keeper: what it would do now. Returns nanoseconds until the next
 * thing is due. */
uint64_t sink_tape_work(struct sink *sink);

#endif
