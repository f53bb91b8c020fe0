/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes lines under one lock, in memory, and hands each to the queue in one piece: a line
 * in many pieces would be mixed with those of others who write to the same file.
 */
#include "cli/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/parse.h"
#include "base/safe_text.h"
#include "cli/report.h"
#include "log_queue.h"

/* Interfaces whose lines are limited each by itself; others share the first. */
#define ABOUT_MOST 65u
#define ABOUT_ROOM 64u
#define TEXT_ROOM  1024u
/* JSON has up to six bytes for one of a message. */
#define LINE_ROOM (6 * (TEXT_ROOM + ABOUT_ROOM) + 1024u)

struct log {
	FILE *out;
	enum log_format format;
	const struct clock *clock;
	struct log_queue *queue;
	pthread_mutex_t lock;
	bool stamps;    /* lines of text begin with the time */
	bool line_open; /* a status line stands without its end */
	bool ends_line; /* text begins with that */
	FILE *line;     /* writes to text */
	char text[LINE_ROOM];
	struct {
		char about[ABOUT_ROOM];
		struct note_limit limit;
	} limits[ABOUT_MOST];
};

/* Between these two, under the lock, what is to be said goes to log->line. */
static void line_begin(struct log *log)
{
	rewind(log->line);
	log->ends_line = log->line_open;
	if (log->line_open)
		fputc('\n', log->line);
	log->line_open = false;
}

static size_t line_length(const struct log *log)
{
	long length = ftell(log->line);

	return length > 0 ? (size_t)length : 0;
}

/* passing: as log_queue_put has it. Whether it was taken. */
static bool line_end(struct log *log, bool passing)
{
	const size_t length = line_length(log);

	if (length == 0 || log_queue_put(log->queue, log->text, length, passing))
		return true;
	log->line_open |= log->ends_line;
	return false;
}

static struct note_limit *limit_of(struct log *log, const char *about)
{
	char name[ABOUT_ROOM];

	if (!about)
		return &log->limits[0].limit;
	snprintf(name, sizeof(name), "%s", about);
	for (size_t i = 1; i < ABOUT_MOST; i++) {
		if (!log->limits[i].about[0])
			memcpy(log->limits[i].about, name, sizeof(name));
		if (strcmp(log->limits[i].about, name) == 0)
			return &log->limits[i].limit;
	}
	return &log->limits[0].limit;
}

/* What every object begins with. */
static void json_begin(struct log *log, uint64_t time_ns, const char *level, const char *cause,
		       const char *about)
{
	char time[FORMAT_TIME_ROOM], name[ABOUT_ROOM];

	fprintf(log->line, "{\"time\":\"%s\",\"level\":\"%s\",\"cause\":\"%s\"",
		format_time(time, time_ns), level, cause);
	if (!about)
		return;
	snprintf(name, sizeof(name), "%s", about);
	fputs(",\"interface\":", log->line);
	json_write_string(log->line, name);
}

/* To the millisecond, which is enough to find packets by. */
static void put_stamp(struct log *log)
{
	char time[FORMAT_TIME_ROOM];

	if (log->stamps)
		fprintf(log->line, "%.23sZ ", format_time(time, clock_wall(log->clock)));
}

/* Cut, and as text, safe for a terminal. */
static void put_line(struct log *log, const char *level, const char *cause, const char *about,
		     const char *text, uint64_t left_out)
{
	char message[TEXT_ROOM];

	snprintf(message, sizeof(message), "%s", text);
	if (log->format == LOG_JSON) {
		json_begin(log, clock_wall(log->clock), level, cause, about);
		fputs(",\"message\":", log->line);
		json_write_string(log->line, message);
		if (left_out)
			fprintf(log->line, ",\"suppressed\":%" PRIu64, left_out);
		fputs("}\n", log->line);
	} else {
		text_clean(message);
		put_stamp(log);
		fprintf(log->line, "wiretape: %s", message);
		if (left_out)
			fprintf(log->line, " (and %" PRIu64 " line%s like it)", left_out,
				PLURAL(left_out));
		fputc('\n', log->line);
	}
}

static void write_line(struct log *log, const char *level, const char *cause, const char *about,
		       const char *text, uint64_t left_out)
{
	line_begin(log);
	put_line(log, level, cause, about, text, left_out);
	line_end(log, false);
}

/* By the thread of the queue, which has room for a line. */
static size_t tell_left_out(void *context, uint64_t left_out, char *to)
{
	struct log *log = context;
	char text[128];
	size_t length;

	snprintf(text, sizeof(text),
		 "%" PRIu64 " line%s left out here: standard error was not read fast enough",
		 left_out, left_out == 1 ? "" : "s");
	pthread_mutex_lock(&log->lock);
	line_begin(log);
	put_line(log, "warning", "log", NULL, text, log->format == LOG_JSON ? left_out : 0);
	length = line_length(log);
	memcpy(to, log->text, length);
	pthread_mutex_unlock(&log->lock);
	return length;
}

struct log *log_open(FILE *out, enum log_format format, const struct clock *clock)
{
	struct log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	pthread_mutex_init(&log->lock, NULL);
	log->out = out;
	log->format = format;
	log->clock = clock;
	log->line = fmemopen(log->text, sizeof(log->text), "w");
	log->queue = log_queue_open(&(struct log_queue_config){out, tell_left_out, log});
	if (!log->line || !log->queue) {
		log_close(log);
		return NULL;
	}
	setvbuf(log->line, NULL, _IONBF, 0);
	return log;
}

int log_start(struct log *log, struct error *err)
{
	int rc = log_queue_start(log->queue);

	return rc < 0 ? error_system(err, -rc, "start the log") : 0;
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
		write_line(log, note_level(cause), note_cause_name(cause), about, text, left_out);
	pthread_mutex_unlock(&log->lock);
}

void log_write(struct log *log, enum note_cause cause, const char *about, const char *text,
	       uint64_t left_out)
{
	pthread_mutex_lock(&log->lock);
	write_line(log, note_level(cause), note_cause_name(cause), about, text, left_out);
	pthread_mutex_unlock(&log->lock);
}

void log_error(struct log *log, const struct error *error)
{
	pthread_mutex_lock(&log->lock);
	write_line(log, "error", error->kind == ERROR_USAGE ? "usage" : "end", NULL, error->text,
		   0);
	pthread_mutex_unlock(&log->lock);
}

static void write_counts(struct log *log, const char *about, const struct stats_snapshot *counts)
{
	char name[ABOUT_ROOM];

	if (log->format == LOG_JSON) {
		json_begin(log, counts->time_ns, "info", "counts", about);
#define X(name, meaning) fprintf(log->line, ",\"" #name "\":%" PRIu64, counts->name);
		STATS_COUNTERS(X)
#undef X
		fputs("}\n", log->line);
		return;
	}
	snprintf(name, sizeof(name), "%s", about ? about : "");
	text_clean(name);
	report_final(log->line, about ? name : NULL, counts);
}

void log_counts(struct log *log, const char *about, const struct stats_snapshot *counts)
{
	pthread_mutex_lock(&log->lock);
	line_begin(log);
	write_counts(log, about, counts);
	line_end(log, false);
	pthread_mutex_unlock(&log->lock);
}

void log_break(struct log *log)
{
	pthread_mutex_lock(&log->lock);
	log->line_open |= isatty(fileno(log->out)) == 1;
	pthread_mutex_unlock(&log->lock);
}

/* systemd tells which file is its journal. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(fd, &st) == 0 &&
	       st.st_dev == device && st.st_ino == inode;
}

void log_stamp(struct log *log, bool always)
{
	const int fd = fileno(log->out);

	pthread_mutex_lock(&log->lock);
	log->stamps = always || (isatty(fd) != 1 && !is_journal(fd));
	pthread_mutex_unlock(&log->lock);
}

void log_status(struct log *log, const char *text)
{
	struct winsize window;
	int columns = REPORT_STATUS_ROOM;
	bool was_open;

	/* In the last column some terminals begin the next line. */
	if (ioctl(fileno(log->out), TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
		columns = window.ws_col - 1;
	pthread_mutex_lock(&log->lock);
	was_open = log->line_open;
	log->line_open = false;
	line_begin(log);
	fprintf(log->line, "\r%.*s\033[K", columns, text);
	log->line_open = line_end(log, true) || was_open;
	pthread_mutex_unlock(&log->lock);
}

void log_settle(struct log *log)
{
	log_queue_settle(log->queue);
}

void log_close(struct log *log)
{
	if (!log)
		return;
	if (log->line && log->queue) {
		pthread_mutex_lock(&log->lock);
		line_begin(log);
		line_end(log, false);
		pthread_mutex_unlock(&log->lock);
	}
	/* The writer may ask for words up to its end. */
	if (!log_queue_close(log->queue))
		return;
	if (log->line)
		fclose(log->line);
	pthread_mutex_destroy(&log->lock);
	free(log);
}
