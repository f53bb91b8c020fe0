/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes lines under one lock. JSON (RFC 8259) must be valid UTF-8 whatever a
 * message has in it; text must have no control bytes.
 */
#include "log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "parse.h"
#include "report.h"

/* Interfaces whose lines are limited each by itself; others share the first. */
#define ABOUT_MOST 65u
#define TEXT_ROOM  1024u

struct log {
	FILE *out;
	enum log_format format;
	const struct clock *clock;
	pthread_mutex_t lock;
	bool line_open; /* a status line stands without its end */
	struct {
		char about[64];
		struct note_limit limit;
	} limits[ABOUT_MOST];
};

struct log *log_open(FILE *out, enum log_format format, const struct clock *clock)
{
	struct log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->out = out;
	log->format = format;
	log->clock = clock;
	pthread_mutex_init(&log->lock, NULL);
	return log;
}

static void end_line(struct log *log)
{
	if (log->line_open)
		fputc('\n', log->out);
	log->line_open = false;
}

static struct note_limit *limit_of(struct log *log, const char *about)
{
	size_t i = about ? 1 : 0;

	for (; about && i < ABOUT_MOST; i++) {
		if (!log->limits[i].about[0])
			snprintf(log->limits[i].about, sizeof(log->limits[i].about), "%s", about);
		if (strcmp(log->limits[i].about, about) == 0)
			return &log->limits[i].limit;
	}
	return &log->limits[0].limit;
}

static void write_json(struct log *log, const char *level, const char *cause, const char *about,
		       const char *text, uint64_t left_out)
{
	char time[FORMAT_TIME_ROOM];

	fprintf(log->out, "{\"time\":\"%s\",\"level\":\"%s\",\"cause\":\"%s\"",
		format_time(time, clock_wall(log->clock)), level, cause);
	if (about) {
		fputs(",\"interface\":", log->out);
		json_write_string(log->out, about);
	}
	fputs(",\"message\":", log->out);
	json_write_string(log->out, text);
	if (left_out)
		fprintf(log->out, ",\"suppressed\":%" PRIu64, left_out);
	fputs("}\n", log->out);
}

static void write_line(struct log *log, enum note_cause cause, const char *about, const char *text,
		       uint64_t left_out)
{
	char clean[TEXT_ROOM];

	if (log->format == LOG_JSON) {
		write_json(log, note_level(cause), note_cause_name(cause), about, text, left_out);
		return;
	}
	snprintf(clean, sizeof(clean), "%s", text);
	text_clean(clean);
	end_line(log);
	fprintf(log->out, "wiretape: %s", clean);
	if (left_out)
		fprintf(log->out, " (and %" PRIu64 " lines like it)", left_out);
	fputc('\n', log->out);
}

void log_say(struct log *log, enum note_cause cause, const char *about, const char *format, ...)
{
	char text[TEXT_ROOM];
	uint64_t left_out;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	pthread_mutex_lock(&log->lock);
	if (note_pass(limit_of(log, about), cause, clock_boot(log->clock), &left_out))
		write_line(log, cause, about, text, left_out);
	pthread_mutex_unlock(&log->lock);
}

void log_write(struct log *log, enum note_cause cause, const char *about, const char *text)
{
	pthread_mutex_lock(&log->lock);
	write_line(log, cause, about, text, 0);
	pthread_mutex_unlock(&log->lock);
}

void log_error(struct log *log, const struct error *error)
{
	pthread_mutex_lock(&log->lock);
	if (log->format == LOG_JSON)
		write_json(log, "error", error->kind == ERROR_USAGE ? "usage" : "end", NULL,
			   error->text, 0);
	else
		write_line(log, NOTE_ADOPT, NULL, error->text, 0);
	pthread_mutex_unlock(&log->lock);
}

void log_counts(struct log *log, const char *about, const struct stats_snapshot *counts)
{
	pthread_mutex_lock(&log->lock);
	if (log->format == LOG_TEXT) {
		end_line(log);
		report_final(log->out, about, counts);
	} else {
		char time[FORMAT_TIME_ROOM];

		fprintf(log->out, "{\"time\":\"%s\",\"level\":\"info\",\"cause\":\"counts\"",
			format_time(time, counts->time_ns));
		if (about) {
			fputs(",\"interface\":", log->out);
			json_write_string(log->out, about);
		}
#define X(name, meaning) fprintf(log->out, ",\"" #name "\":%" PRIu64, counts->name);
		STATS_COUNTERS(X)
#undef X
		fputs("}\n", log->out);
	}
	pthread_mutex_unlock(&log->lock);
}

void log_status(struct log *log, const char *text)
{
	pthread_mutex_lock(&log->lock);
	fprintf(log->out, "\r%s\033[K", text);
	log->line_open = true;
	pthread_mutex_unlock(&log->lock);
}

void log_close(struct log *log)
{
	if (!log)
		return;
	end_line(log);
	pthread_mutex_destroy(&log->lock);
	free(log);
}
