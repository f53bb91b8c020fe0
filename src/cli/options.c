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

#include "base/clock.h"
#include "base/parse.h"
#include "option_forward.h"
#include "option_print.h"
#include "option_rotate.h"
#include "option_table.h"

/* getopt's value for a long option is its id from here on; for a short one
 * the letter. That tells how it was typed. */
#define LONG_BASE 256

#define BLOCK_TIMEOUT_DEFAULT_MS 100u
#define HOOK_JOBS_DEFAULT        2u
#define HOOK_TIMEOUT_DEFAULT_NS  (600 * NS_PER_SECOND)

/* --help: where the second column starts, and where lines end. */
#define HELP_COLUMN 32
#define HELP_WIDTH  80

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

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Whether an interface takes the filter that is for all. */
static bool wants_common_filter(const struct options *options)
{
	bool wants = options->interface_count == 0 && !options->all.filter;

	for (uint32_t i = 0; i < options->interface_count; i++)
		wants |= options->interfaces[i].filter == NULL;
	return wants;
}

static int check_interfaces(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options *options = parser->options;
	struct option_given common = given[OPTION_FILTER_FILE];

	for (uint32_t i = 0; i < options->interface_count; i++) {
		const struct options_interface *interface = &options->interfaces[i];

		if (strcmp(interface->name, "any") != 0)
			continue;
		if (options->interface_count > 1)
			return error_usage(err, "-i any has all interfaces: -i %s contradicts it",
					   options->interfaces[i == 0].name);
		if (options->adapter_stamps)
			return option_refuse_pair(&given[OPTION_STAMP_SOURCE],
						  &given[OPTION_INTERFACE], err);
	}
	if (options->expression)
		common = (struct option_given){"the filter expression", options->expression};
	if (common.value && !wants_common_filter(options))
		return option_refuse_pair(parser->filter.value ? &parser->filter
							       : &given[OPTION_FILTER],
					  &common, err);
	if (options->stats_file && options->metrics_file &&
	    strcmp(options->stats_file, options->metrics_file) == 0)
		return option_refuse_pair(&given[OPTION_STATS_FILE], &given[OPTION_METRICS_FILE],
					  err);
	if (options->wait && options->exit_on_loss)
		return option_refuse_pair(&given[OPTION_WAIT], &given[OPTION_EXIT_ON_LOSS], err);
	return 0;
}

/* What can only be said once all the options are known. */
static int check_together(struct option_parser *parser, struct error *err)
{
	static const enum option_id pairs[][2] = {
		{OPTION_BUFFER_SIZE, OPTION_RING_SIZE},
		{OPTION_NANO, OPTION_MICRO},
		{OPTION_LIST, OPTION_WRITE},
		{OPTION_LIST, OPTION_FILTER_FILE},
		{OPTION_LIST, OPTION_DUMP},
	};
	struct options *options = parser->options;
	const struct option_given *given = parser->given;
	int rc;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (given[pairs[i][0]].value && given[pairs[i][1]].value)
			return option_refuse_pair(&given[pairs[i][0]], &given[pairs[i][1]], err);
	if (given[OPTION_COUNT].value && parser->stops[STOP_PACKETS].value)
		return option_refuse_pair(&given[OPTION_COUNT], &parser->stops[STOP_PACKETS], err);
	if (options->expression && (options->list || options->filter_file))
		return option_refuse_pair(&given[options->list ? OPTION_LIST : OPTION_FILTER_FILE],
					  &(struct option_given){"the filter expression",
								 options->expression},
					  err);
	if (options->frame_bytes && options->ring_version == RING_V3)
		return option_refuse_pair(&given[OPTION_FRAME_SIZE],
					  given[OPTION_RING_VERSION].value
						  ? &given[OPTION_RING_VERSION]
						  : &(struct option_given){"--ring-version",
									   "3, the default"},
					  err);
	rc = check_interfaces(parser, err);
	if (rc == 0)
		rc = option_print_check(parser, err);
	if (rc == 0)
		rc = option_forward_check(parser, err);
	if (rc < 0)
		return rc;
	if (!given[OPTION_FORMAT].value && options->write && ends_in(options->write, ".pcap"))
		options->format = FORMAT_PCAP;
	if (options->interface_count > 1 && options->format == FORMAT_PCAP)
		return error_usage(err,
				   "-i %s and -i %s do not fit into one pcap file: "
				   "--format pcapng has several interfaces",
				   options->interfaces[0].name, options->interfaces[1].name);
	if (given[OPTION_MICRO].value && options->write && options->format == FORMAT_PCAPNG)
		return error_usage(err,
				   "%s contradicts --format pcapng, which always has nanoseconds%s",
				   given[OPTION_MICRO].label,
				   given[OPTION_FORMAT].value ? "" : " (the default here)");
	rc = option_rotate_check(parser, err);
	if (rc < 0 || options->list || options->dump)
		return rc;
	if (options->interface_count == 0 && options->read_count == 0)
		return error_usage(err, "no interface named: -i IF (wiretape -D lists them), or -r "
					"FILE");
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
		.ring_bytes = RING_BYTES_DEFAULT,
		.block_timeout_ms = BLOCK_TIMEOUT_DEFAULT_MS,
		.file_mode = 0600,
		.hook_jobs = HOOK_JOBS_DEFAULT,
		.hook_timeout_ns = HOOK_TIMEOUT_DEFAULT_NS,
		.speed = {.kind = PACE_FACTOR, .factor = 1},
		.loops = 1,
	};
	rc = read_options(&parser, argc, argv, err);
	if (rc == 0 && (options->help || options->version))
		return rc;
	if (rc == 0)
		rc = join_words(argc - optind, argv + optind, &options->expression, err);
	if (rc == 0)
		rc = check_together(&parser, err);
	if (rc < 0)
		options_free(options);
	return rc;
}

void options_free(struct options *options)
{
	free(options->expression);
	free(options->interfaces);
	free(options->reads);
	for (uint32_t i = 0; i < options->listed_count; i++)
		free(options->listed[i]);
	free(options->listed);
	options->listed = NULL;
	options->listed_count = 0;
	options->reads = NULL;
	options->read_count = 0;
	options->expression = NULL;
	options->interfaces = NULL;
	options->interface_count = 0;
}

/* Prints text from a column on, broken between words before the width. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
	while (*text) {
		int room = HELP_WIDTH - column;
		int length = (int)strlen(text);

		if (length > room)
			for (length = room; length > 0 && text[length] != ' ';)
				length--;
		fprintf(out, "%.*s\n", length, text);
		text += length;
		if (!*text)
			break;
		text++;
		fprintf(out, "%*s", indent, "");
		column = indent;
	}
}

static void print_option(FILE *out, const struct option_spec *spec)
{
	char text[256];
	int column;

	column = spec->letter ? fprintf(out, "  -%c%s", spec->letter, spec->name ? ", " : "")
			      : fprintf(out, "      ");
	if (spec->name)
		column += fprintf(out, "--%s", spec->name);
	if (spec->argument)
		column += fprintf(out, " %s", spec->argument);
	if (column > HELP_COLUMN - 2)
		column = fprintf(out, "\n") - 1;
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	if (spec->fallback)
		snprintf(text, sizeof(text), "%s (default: %s)", spec->help, spec->fallback);
	else
		snprintf(text, sizeof(text), "%s", spec->help);
	print_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

void options_help(FILE *out)
{
	fprintf(out, "Usage: wiretape [options] [filter expression]\n\n");
	print_wrapped(out,
		      "Records network packets into pcap and pcapng files. The filter expression "
		      "is pcap-filter(7)'s.",
		      0, 0);
	for (int id = 0; id < OPTION_TOTAL; id++) {
		if (option_table[id].group)
			fprintf(out, "\n%s:\n", option_table[id].group);
		print_option(out, &option_table[id]);
	}
	fprintf(out, "\n");
	print_wrapped(out,
		      "SIZE is in bytes unless K, M, G or T (powers of 1024) follows the number. "
		      "TIME is in seconds unless us, ms, m, h or d follows. wiretape(8) has the "
		      "rest.",
		      0, 0);
}
