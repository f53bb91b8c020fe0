/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorder without a ring: numbered frames go in by hand, block by block, as
 * the ring's thread gives them, and every segment is read when it gets its
 * name: each frame has to come out of one file, once, byte for byte.
 *
 * A frame's number and size are in its data, and the rest of the data follows
 * from them.
 */
#ifndef WIRETAPE_TAPE_SUPPORT_H
#define WIRETAPE_TAPE_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "disk/diskio.h"
#include "scratch.h"
#include "tape/sink_tape.h"

#define RIG_FRAMES   65536u
#define RIG_SEGMENTS 4096u
#define RIG_BLOCKS   16u

/* How often the keeper is let work for one call that wants to wait. */
#define RIG_PATIENCE 40u

struct rig_clock {
	struct clock clock;
	_Atomic uint64_t boot_ns, wall_ns;
};

/* What was found in a segment when it got its name. */
struct rig_segment {
	char path[256];
	uint64_t bytes;
	uint32_t first, count; /* of the frames in rig.found */
	uint64_t dropcount;    /* of all its frames */
	uint32_t isbs;
	struct stats_snapshot closing; /* the last of those: received, captured, and
					  in dropped all that was lost */
};

struct rig {
	/* Set before rig_open, which leaves them alone. */
	enum scratch_place place;
	struct rotation rotation;
	enum on_full on_full;
	enum trim_format format;
	enum diskio_mode mode;
	size_t block_bytes;
	bool sync;
	uint64_t slice_bytes; /* of deleting */
	bool with_keeper;     /* a thread */
	bool by_threads;      /* writes of a queue, not io_uring */
	uint64_t spill_bytes; /* most memory beside the ring */
	bool woven;           /* blocks are laid out like a ring's */
	/* Says, for every line the recorder has for people, what a test wants. */
	void (*noted)(enum note_cause cause, const char *text, uint64_t left_out);
	/* Told before and after the rig's own work on files, or null. */
	void (*own_work)(bool begins);

	struct sink *sink;
	_Atomic bool finishing;                       /* the ring's thread is gone */
	const struct sink_ops *pcap_ops, *pcapng_ops; /* of the file sinks themselves */
	struct rig_clock clock;
	struct stats stats;
	struct write_queue *queue;
	uint8_t *ring;
	struct block blocks[RIG_BLOCKS];
	unsigned moved;        /* blocks */
	unsigned waits;        /* SINK_WAITs */
	uint64_t taken;        /* frames */
	uint64_t lost_before;  /* told with the next frame, as by the kernel */
	uint32_t bad_segments; /* not whole, or with frames of their own */
	uint32_t found_count, segment_count;
	uint64_t found[RIG_FRAMES]; /* numbers of frames, in the order of files */
	struct rig_segment segments[RIG_SEGMENTS];
};

extern struct rig rig;

/* A group's fixture: the ring's memory. */
int rig_set_up(void **state);
int rig_tear_down(void **state);

/* A test's: a directory of its own, for scratch_tear_down, and usual values. */
int rig_dir_new(void **state);

/* Opens a recorder on the directory; 0 or what it said. */
int rig_open(struct error *err);
int rig_start(struct error *err);
/* Both, which have to succeed. */
void rig_begin(void);

/* Lets time pass. */
void rig_pass(uint64_t ns);

/* Lets the keeper work (where it is no thread) and the sink turn. Returns what
 * the latter said. */
int rig_turn(void);

/* Takes in writes that have ended. 0 or -errno. */
int rig_reap(void);

/* Gives a block of so many frames of caplen bytes. What the sink said: 0,
 * SINK_FULL, SINK_WAIT after too long a time, or -errno. */
int rig_give(uint32_t count, uint32_t caplen);

/* The same without the keeper's help. *part is how many it took. */
int rig_offer(uint32_t count, uint32_t caplen, uint32_t *part);

/* Ends the recording: finish's result. The sink is closed. */
int rig_finish(struct error *err);

/* All that was given and is in no segment. */
uint64_t rig_lost(void);

/* Every frame from 1 on is in a segment, in order. */
void rig_expect_all(void);

/* Reads a file. False where it is no whole capture file of numbered frames;
 * frames are added to rig.found. */
bool rig_read(const char *path, struct rig_segment *segment);

/* Files whose names begin so, in the directory. */
unsigned rig_count_files(const char *prefix);

/* Disk space of all files but those whose names begin with "foreign". */
uint64_t rig_disk_bytes(void);

/* Descriptors that are open. */
unsigned rig_count_descriptors(void);

#endif
