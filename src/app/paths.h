/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What -r names: opened, and told of.
 *
 * Threads: main's; paths_say is the ring thread's too where it is told of an interface.
 */
#ifndef WIRETAPE_PATHS_H
#define WIRETAPE_PATHS_H

#include <stdbool.h>

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"
#include "read/file_feed.h"
#include "read/reader.h"

/* What the options ask for of the files, all but who opens them. */
struct reader_config paths_config(const struct options *options);

/* As reader_open; what stands for no capture is a usage error. Streams and URLs are connected
 * to, as the options say. */
int paths_open(const struct options *options, const struct reader_config *config,
	       struct reader **reader, struct error *err);

/* As reader_start, in the same way; the time is -a duration's. */
int paths_start(struct reader *reader, uint64_t until_ns, struct error *err);

/* Says of each path that it is read, once its first interface is known: said has an
 * element for each. Nothing where the options want no such lines. */
void paths_say(const struct options *options, struct log *log, const struct reader *reader,
	       bool *said);

/* Of -a duration, of which some has gone in waiting for a pipe: until_ns is when it ends,
 * UINT64_MAX: never, and then 0. */
uint64_t paths_time_left(uint64_t until_ns);

/* At the end, what there is to say of the packets' times. */
void paths_say_times(const struct reader *reader, struct log *log);

/* Says that none of an interface's packets pass, and why. */
void paths_say_left_out(struct log *log, const struct reader_interface *interface,
			const struct error *why);

/* A damaged file ends nothing: it is the run's error where there is no other, else it is
 * said before that one. feed: null: nothing was read. What the run is to return. */
int paths_tell_damage(struct log *log, const struct file_feed *feed, int rc, struct error *err);

/* What -i chooses of files: interface_count of them, to be freed; null without memory. */
struct file_feed_choice *paths_choices(const struct options *options);
uint32_t paths_choice_count(const struct options *options);

#endif
