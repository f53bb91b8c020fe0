/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorder (sink_tape) without a keeper thread and with a clock of its own,
 * driven by hand, and a look at what it has left in its directory.
 */
#ifndef WIRETAPE_RECORDER_SUPPORT_H
#define WIRETAPE_RECORDER_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "tape/sink_tape.h"

struct test_clock {
	struct clock clock; /* first */
	uint64_t boot, wall;
};

/* A clock at some hour of 2026. */
void test_clock_set(struct test_clock *clock);
/* Goes on. */
void test_clock_pass(struct test_clock *clock, uint64_t ns);

struct recorder {
	/* To be set before recorder_open; 0 and null stand for nothing special. */
	struct rotation rotation;
	enum on_full on_full;
	bool pcap;
	enum diskio_mode io; /* DISKIO_AUTO: direct, without a ring to write from */
	bool with_keeper;    /* the thread; then real clocks */
	/* The recorder's. */
	struct test_clock clock;
	struct stats stats;
	struct segment_naming naming;
	struct sink_tape_config config;
	struct sink *sink;
	uint64_t taken; /* frames, dropped ones too */
	unsigned notes[NOTE_CAUSES];
};

/* The ring's blocks, to the recorder. */
#define RECORDER_BLOCK_BYTES 4096u

/* Opens and starts it in a directory. 0 or -errno with err; nothing is open
 * then. */
int recorder_open(struct recorder *recorder, const char *directory, struct error *err);

/* Gives frames as one block, working for the keeper as long as it takes. What
 * the sink said last. More than 200 rounds fail the test. */
int recorder_give(struct recorder *recorder, struct frame *frames, uint32_t count);

/* The keeper's work, and the ring thread's between blocks: the latter's word. */
int recorder_work(struct recorder *recorder);

/* Finishes, closes. Finish's word; the stats have the losses. */
int recorder_end(struct recorder *recorder, struct error *err);

struct tally {
	unsigned files;      /* with a name, whole */
	unsigned torn;       /* with a name, not whole */
	unsigned hidden;     /* unfinished */
	uint64_t packets;    /* in all of them */
	uint64_t disk_bytes; /* of all, the manifest too */
	uint64_t largest;    /* bytes of a file */
};

/* What is in a directory, but for names that begin with "foreign". */
void recorder_tally(const char *directory, struct tally *tally);

/* Losses that the counts tell, of frames taken. */
uint64_t recorder_lost(const struct recorder *recorder);

#endif
