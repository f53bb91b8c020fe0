/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What -w names, made into a sink: one file, a pipe, or a directory of
 * segments. Checks all it can before anything is made.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_OUTPUT_H
#define WIRETAPE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/note.h"
#include "base/stats.h"
#include "base/status.h"
#include "cli/options.h"
#include "frames/pcapng.h"
#include "frames/sink.h"
#include "ring/source.h"
#include "system/privilege.h"
#include "tape/sink_tape.h"

struct output;

/* What a copy of files is to say. */
struct output_copy {
	struct pcapng_section section;
	const struct pcapng_interface *interfaces; /* that it begins with */
	uint32_t count;
	/* Of pcap: */
	int dlt;
	uint32_t linktype_bits; /* as in sink_pcap_config */
	uint32_t snaplen;
	_Atomic unsigned *left; /* PCAPNG_LEFT_* are added */
	size_t block_bytes;     /* that come at once, at most */
};

/* What it points to must outlive the output. */
struct output_config {
	const struct options *options;
	const struct source *sources; /* found and planned; opened by output_start */
	struct stats_set stats;       /* of as many */
	/* Lines from a recorder, as in sink_tape_config. */
	void (*note)(void *context, enum note_cause cause, const char *text, uint64_t left_out);
	void *context;
	/* Of files, where there are no sources, and stats are of the reading: what is written
	 * then, as it is once output_prepare is called. Null: it is a capture. */
	const struct output_copy *copy;
};

/* Checks the path, the options for segments, names, limits and the hook, and
 * locks a directory that is there. Makes and changes nothing. */
int output_open(const struct output_config *config, struct output **output, struct error *err);

/* What takes rights that are given up by the time it is done: in this order, of a single
 * file the first two. */
enum output_request {
	OUTPUT_MAKE_FILE, /* answered with a descriptor */
	OUTPUT_NAME_FILE,
	OUTPUT_MAKE_DIRECTORY, /* answered with a descriptor */
};

/* Whose a single file is to be. Before what follows. */
void output_set_owner(struct output *output, const struct privilege_owner *owner);

/* Whether there is any of that: a new file, or a directory that is missing. */
bool output_makes(const struct output *output);

/* Who is asked for it, instead of doing it here: 0 or -errno with err. */
struct output_maker {
	int (*ask)(void *context, enum output_request request, int *fd, struct error *err);
	void *context;
};
void output_set_maker(struct output *output, const struct output_maker *maker);

/* Does it, for owner: in a process that has kept its rights. */
int output_serve(struct output *output, const struct privilege_target *owner,
		 enum output_request request, int *fd, struct error *err);

/* That process is about to end: what has no name is removed. */
void output_leave(struct output *output);

/* Of files: opens a pipe or device that is written to, with all privilege there is. */
int output_open_stream(struct output *output, struct error *err);

/* Whether it goes on in new files (SIGHUP). */
bool output_rotates(const struct output *output);

/* The directory of segments; null: they go into a single file. *missing: it is
 * yet to be made. */
const char *output_directory(const struct output *output, bool *missing);

/* The same where it is for segments alone, as -w names it; else null. */
const char *output_own_directory(const struct output *output);

/* Disk space that deleting segments would give back, those from before included; 0
 * without any. Before output_start. */
uint64_t output_kept_bytes(const struct output *output);

/* With all privilege there is, or a maker: makes a missing directory, which becomes
 * owner's, has the kernel register the rings' memory, which the sources are mapped to
 * side by side, and opens a single file. Signals are to be blocked by then. */
int output_prepare(struct output *output, const struct privilege_target *owner, uint8_t *rings,
		   size_t rings_bytes, struct error *err);

/* As whom the recording goes on: makes the first segment, with its headers. */
int output_start(struct output *output, struct error *err);

/* What there is of segments. Zeros where there are none. Any thread. */
void output_tape_state(const struct output *output, struct sink_tape_summary *summary);

/* Once all rights are gone: has memory ready for bursts. */
void output_keep_ready(struct output *output);

/* What waits for the disk, and how long it takes; turns are not the output's. Any thread. */
void output_writing(const struct output *output, struct status_writing *writing);

/* After output_start: where frames go, until output_close. */
struct sink *output_sink(const struct output *output);

/* Frames come in: a single file gets its name. */
int output_publish(struct output *output, struct error *err);

/* Thread of the sink, between blocks: frames of one more interface come from now on, with
 * the next number; it has to outlive the output. 0, SINK_FULL or -errno. */
int output_add_interface(struct output *output, const struct pcapng_interface *interface,
			 struct error *err);

/* The same: a block is to be written, in front of the next frames. */
int output_add_block(struct output *output, const struct pcapng_block *block, struct error *err);

/* That the reader of a pipe has gone, in words; null: closed, a sink that has ended with its
 * reader, is not this one, or null. Valid until the next call. */
const char *output_tell_closed(struct output *output, const struct sink *closed);

/* Whose the file, or the directory of segments, is: false where there is none, a pipe or
 * device, or a file that has not got its name. After the end, too. */
bool output_owner(const struct output *output, uid_t *uid);

/* Whether it is, or would be, a file on a disk, not a pipe or device. */
bool output_is_regular(const struct output *output);

/* Takes a null pointer. */
void output_close(struct output *output);

#endif
