/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for people, or for programs: as text, or one JSON object a line. What
 * comes again and again is limited for each cause, and where the line is about
 * an interface, for each of those too (note.h); the next line that is said
 * tells how many were not.
 *
 * As text a line is "wiretape: MESSAGE", safe for a terminal, with the time in front of it
 * (RFC 3339, UTC) after log_stamp. As JSON it has
 * time (RFC 3339, UTC), level (info, warning, error), cause (note_cause_name;
 * usage or end for log_error, counts for log_counts), interface where it is
 * about one, message, and suppressed, a number, where lines were left out. It
 * is valid whatever the message has in it.
 *
 * Lines wait for nobody once the log has a thread (log_start): what a stream that is not
 * read has no room for is left out, and a line of its own says how many that were, with
 * cause log, as JSON in suppressed.
 *
 * Threads: any; a line is one write to the stream, and flushed.
 */
#ifndef WIRETAPE_LOG_H
#define WIRETAPE_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/note.h"
#include "base/stats.h"

enum log_format { LOG_TEXT, LOG_JSON };

struct log;

/* Null without memory, which is all it ever takes. The stream stays the caller's. */
struct log *log_open(FILE *out, enum log_format format, const struct clock *clock);

/* From here on lines are written by a thread: after the last fork, with no rights left to
 * lose. 0 or -errno; again it does nothing. */
int log_start(struct log *log, struct error *err);

/* A line; about is the interface it is about, or null. The first 64 interfaces
 * have limits of their own. A message is cut after 1023 bytes. */
void __attribute__((format(printf, 4, 5)))
log_say(struct log *log, enum note_cause cause, const char *about, const char *format, ...);

/* The same for a cause whose limit is somebody else's, who left so many out. */
void log_write(struct log *log, enum note_cause cause, const char *about, const char *text,
	       uint64_t left_out);

/* The line that says why the program ends. Not limited. */
void log_error(struct log *log, const struct error *error);

/* The counts: as the report of a capture (report.h), or as one object. */
void log_counts(struct log *log, const char *about, const struct stats_snapshot *counts);

/* The status line of a terminal, written anew each time; lines end it. text is
 * safe for a terminal. */
void log_status(struct log *log, const char *text);

/* Waits a moment for what is not written yet, before something is printed elsewhere that is
 * to come behind it. */
void log_settle(struct log *log);

/* A key was pressed that a terminal shows, as ^C: what is said next begins a line. */
void log_break(struct log *log);

/* From here on lines of text begin with the time, unless somebody reads them as they come:
 * on a terminal, or a journal that has times of its own. always: there, too. */
void log_stamp(struct log *log, bool always);

/* Waits some seconds for what is not written yet, at most. Takes a null pointer. */
void log_close(struct log *log);

#endif
