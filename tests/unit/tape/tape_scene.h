/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory, a clock that can be set, and a tape that goes by both, for the
 * tests of tapes. Files named foreign... are not the tape's.
 */
#ifndef WIRETAPE_TAPE_SCENE_H
#define WIRETAPE_TAPE_SCENE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/clock.h"
#include "scratch.h"
#include "tape/tape.h"

#define SCENE_MINUTE (60 * NS_PER_SECOND)
#define SCENE_DAY    (24 * NS_PER_HOUR)
#define SCENE_YEAR   (365 * SCENE_DAY)

/* 2026-11-24 10:50:00 UTC. */
#define SCENE_WALL (UINT64_C(1795517400) * NS_PER_SECOND)

struct fake_clock {
	struct clock clock;
	uint64_t boot, wall;
};

struct scene {
	int dir; /* scratch_dir */
	struct fake_clock clock;
	struct rotation rotation;
	struct segment_naming naming; /* eth0_..., at first */
	mode_t mode;
	bool sync;
	bool adopt;
	uint64_t slice_bytes;
	struct tape *tape;
	/* What the tape told. */
	unsigned notes[NOTE_CAUSES];
	char last[NOTE_CAUSES][1024];
	unsigned closed_count;
	struct tape_closed closed; /* the last one; path is below */
	char closed_path[2 * PATH_MAX];
	/* A hook is at work on these, both ends included. */
	uint64_t busy_first, busy_last;
	unsigned deleted_count;
};

extern struct scene scene;

/* Fixture. */
int scene_new(void **state);
int scene_drop(void **state);

/* A file system of so many bytes in place of the directory, which the second fixture
 * takes away; skips the test where that may not be. */
void scene_mount(uint64_t bytes);
int scene_drop_mounted(void **state);

struct tape_config scene_config(void);

/* Opens and adopts; closes, as at a crash leaving what is open; both. */
void scene_start(void);
void scene_stop(void);
void scene_restart(void);

/* A restart after another boot, as far as the tape can tell. */
void scene_reboot(uint64_t boot_ns);

/* Lets time go by, on both clocks. */
void scene_pass(uint64_t ns);

/* Makes a segment that has room for bytes, and counts; both have to succeed. */
struct tape_segment scene_begin(uint64_t bytes);

/* Writes so many bytes behind what is in it. */
void scene_write(const struct tape_segment *segment, uint64_t bytes);

/* Publishes it, begun now; returns its name, valid until the next call. */
const char *scene_publish(struct tape_segment *segment);

/* The three of them. */
const char *scene_record(uint64_t bytes);

void scene_put_file(const char *name, const char *text);
void scene_expect_file(const char *name, const char *text);
bool scene_has(const char *name);
struct stat scene_stat(const char *name);

/* Files in the directory: all but the manifest before this one; those with a name that are not
 * foreign. */
unsigned scene_entries(void);
unsigned scene_segments(void);

/* Disk space that everything in it takes but the foreign files. */
uint64_t scene_disk_bytes(void);

/* The same without what manifests take. */
uint64_t scene_segment_bytes(void);

/* The budget and the number of files hold, and the tape knows what it uses. */
void scene_expect_within(void);

/* The manifest's text, to be freed; and another one for it. */
char *scene_read_manifest(void);
void scene_write_manifest(const char *text);

/* The same, with checksums that are right. */
void scene_write_summed(const char *text);

#endif
