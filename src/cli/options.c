/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the command line with getopt_long, over arrays made from the table of
 * options. getopt prints nothing: every complaint is worded here, and names
 * the option as it was typed. An option given twice is refused, not decided
 * by order, since one of the two was not meant.
 */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/parse.h"
#include "option_check.h"
#include "option_foreign.h"
#include "option_ports.h"
#include "option_set.h"
#include "stream/sink_stream.h"

/* getopt's value for a long option is its id from here on; for a short one
 * the letter. That tells how it was typed. */
#define LONG_BASE 256

#define BLOCK_TIMEOUT_DEFAULT_MS 100u
#define HOOK_JOBS_DEFAULT        2u
#define QUEUE_TIME_DEFAULT_NS    (50 * NS_PER_MS)
#define SERVE_REQUESTS_DEFAULT   16u
#define SERVE_TIME_DEFAULT_NS    (3600 * NS_PER_SECOND)
#define HOOK_TIMEOUT_DEFAULT_NS  (600 * NS_PER_SECOND)

/* The option getopt means by a value or by optopt, or OPTION_TOTAL. */
static enum option_id option_of(int value)
{
	int id = 0;

	if (value >= LONG_BASE)
		return (enum option_id)(value - LONG_BASE);
	while (id < OPTION_TOTAL && (value == 0 || option_table[id].letter != value))
		id++;
	return (enum option_id)id;
}

static void write_label(struct option_given *given, int value)
{
	if (value >= LONG_BASE)
		snprintf(given->label, sizeof(given->label), "--%s",
			 option_table[option_of(value)].name);
	else
		snprintf(given->label, sizeof(given->label), "-%c", value);
}

/* A long option getopt does not know: the start of several, or mistyped. */
static int refuse_unknown(const char *word, struct error *err)
{
	const char *names[OPTION_TOTAL], *near;
	char name[64], list[256] = "";
	size_t count = 0, matches = 0;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (int id = 0; id < OPTION_TOTAL; id++) {
		const char *other = option_table[id].name;
		size_t end = strlen(list);

		if (!other)
			continue;
		names[count++] = other;
		if (*name && strncmp(name, other, strlen(name)) == 0)
			snprintf(list + end, sizeof(list) - end, "%s--%s", matches++ ? ", " : "",
				 other);
	}
	if (matches > 1)
		return error_usage(err, "option --%s is ambiguous: %s", name, list);
	if (option_foreign(0, name))
		return error_usage(err, "--%s: %s", name, option_foreign(0, name));
	near = parse_nearest(name, names, count);
	if (near)
		return error_usage(err, "unknown option --%s; did you mean --%s?", name, near);
	return error_usage(err, "unknown option --%s (wiretape --help lists them)", name);
}

/* What getopt has returned '?' for. word is the argument it stopped at. */
static int refuse_option(int value, const char *word, struct error *err)
{
	struct option_given given;

	if (value == 0)
		return refuse_unknown(word, err);
	if (option_foreign(value, NULL))
		return error_usage(err, "-%c: %s", value, option_foreign(value, NULL));
	if (option_of(value) == OPTION_TOTAL)
		return error_usage(err, "unknown option -%c (wiretape --help lists them)", value);
	write_label(&given, value);
	return error_usage(err, "%s takes no value", given.label);
}

static int refuse_missing(int value, struct error *err)
{
	struct option_given given;

	write_label(&given, value);
	return error_usage(err, "%s needs a value: %s", given.label,
			   option_table[option_of(value)].argument);
}

/* Takes in one option as getopt has found it. */
static int take_option(struct option_parser *parser, int value, const char *text, struct error *err)
{
	enum option_id id = option_of(value);
	const struct option_spec *spec = &option_table[id];
	struct option_given given = {.value = text ? text : ""};
	int rc;

	if (spec->argument && !*given.value)
		return refuse_missing(value, err);
	write_label(&given, value);
	if (parser->given[id].value && !spec->repeats)
		return option_refuse_repeat(&parser->given[id], &given, err);
	parser->given[id] = given;
	rc = option_set(parser, id, err);
	return rc < 0 ? error_context(err, "%s", given.label) : 0;
}

static int read_options(struct option_parser *parser, int argc, char **argv, struct error *err)
{
	struct option longs[OPTION_TOTAL + 1] = {0};
	char shorts[2 * OPTION_TOTAL + 2] = ":", *letter = shorts + 1;
	struct option *last = longs;
	int value, rc = 0;

	for (int id = 0; id < OPTION_TOTAL; id++) {
		const struct option_spec *spec = &option_table[id];

		if (spec->letter)
			*letter++ = spec->letter;
		if (spec->letter && spec->argument)
			*letter++ = ':';
		if (spec->name)
			*last++ = (struct option){spec->name,
						  spec->argument ? required_argument : no_argument,
						  NULL, LONG_BASE + id};
	}
	opterr = 0;
	optind = 0; /* glibc and musl: start anew */
	while (rc == 0 && (value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == '?')
			rc = refuse_option(optopt, argv[optind - 1], err);
		else if (value == ':')
			rc = refuse_missing(optopt, err);
		else
			rc = take_option(parser, value, optarg, err);
		if (parser->options->help || parser->options->version)
			break;
	}
	return rc;
}

/* The first word of a filter is a keyword, mostly. One with a point or a slash that is the
 * path of a file is one, as of -r *.pcap; such names are not looked up in the net. */
static const char *file_among(int count, char **words)
{
	struct stat st;

	return count > 0 && strpbrk(words[0], "./") && stat(words[0], &st) == 0 ? words[0] : NULL;
}

static int join_words(int count, char **words, char **text, struct error *err)
{
	size_t bytes = 1;
	char *end;

	if (count <= 0)
		return 0;
	for (int i = 0; i < count; i++)
		bytes += strlen(words[i]) + 1;
	*text = end = malloc(bytes);
	if (!end)
		return error_system(err, ENOMEM, "filter expression");
	for (int i = 0; i < count; i++) {
		end = stpcpy(end, words[i]);
		*end++ = ' ';
	}
	end[-1] = '\0';
	return 0;
}

int options_read_filter(const struct options *options, char **text, struct error *err)
{
	const char *given = options->expression ? options->expression : options->all.filter;

	*text = NULL;
	if (options->filter_file)
		return filter_read_file(options->filter_file, text, err);
	if (!given)
		return 0;
	*text = strdup(given);
	return *text ? 0 : error_system(err, ENOMEM, "filter");
}

const char *options_filter_option(const struct options *options)
{
	if (options->filter_file)
		return "-F";
	return !options->expression && options->all.filter ? "-f" : NULL;
}

int options_parse(int argc, char **argv, struct options *options, struct error *err)
{
	struct option_parser parser = {.options = options};
	int rc;

	*options = (struct options){
		.format = FORMAT_PCAPNG,
		.direction = DIRECTION_INOUT,
		.all = {.snaplen = SNAPLEN_DEFAULT, .promiscuous = true},
		.ring_version = RING_V3,
		.spill_bytes = UINT64_MAX,
		.stream_buffer_bytes = STREAM_BUFFER_DEFAULT,
		.block_timeout_ms = BLOCK_TIMEOUT_DEFAULT_MS,
		.file_mode = 0600,
		.hook_jobs = HOOK_JOBS_DEFAULT,
		.hook_timeout_ns = HOOK_TIMEOUT_DEFAULT_NS,
		.queue_time_ns = QUEUE_TIME_DEFAULT_NS,
		.speed = {.kind = PACE_FACTOR, .factor = 1},
		.loops = 1,
		.serve = {.requests = SERVE_REQUESTS_DEFAULT, .time_ns = SERVE_TIME_DEFAULT_NS},
	};
	rc = read_options(&parser, argc, argv, err);
	if (rc == 0 && (options->help || options->version))
		return rc;
	if (rc == 0)
		parser.file = file_among(argc - optind, argv + optind);
	if (rc == 0)
		rc = join_words(argc - optind, argv + optind, &options->expression, err);
	if (rc == 0)
		rc = option_check(&parser, err);
	if (rc < 0)
		options_free(options);
	return rc;
}

void options_free(struct options *options)
{
	option_ports_free(options);
	free(options->expression);
	free(options->interfaces);
	free(options->reads);
	free(options->streams);
	for (uint32_t i = 0; i < options->listed_count; i++)
		free(options->listed[i]);
	free(options->listed);
	options->listed = NULL;
	options->listed_count = 0;
	options->reads = NULL;
	options->read_count = 0;
	rewrite_close(options->rewrite);
	options->rewrite = NULL;
	options->streams = NULL;
	options->stream_count = 0;
	options->expression = NULL;
	options->interfaces = NULL;
	options->interface_count = 0;
}
