/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that contradict each other, and what follows from several of them.
 */
#include "option_check.h"

#include <string.h>

#include "option_control.h"
#include "option_forward.h"
#include "option_index.h"
#include "option_print.h"
#include "option_rotate.h"
#include "option_serve.h"
#include "option_stream.h"
#include "system/netdev.h"

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

	/* Of files they are only names. */
	for (uint32_t i = 0; i < options->interface_count && !given[OPTION_READ].value; i++) {
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
	if (options->instance && !options->metrics_file)
		return error_usage(err, "%s %s needs --metrics-file", given[OPTION_INSTANCE].label,
				   options->instance);
	if (options->wait && options->exit_on_loss)
		return option_refuse_pair(&given[OPTION_WAIT], &given[OPTION_EXIT_ON_LOSS], err);
	return 0;
}

/* Of two options one is too many. */
static int check_pairs(const struct option_parser *parser, struct error *err)
{
	static const enum option_id pairs[][2] = {
		{OPTION_BUFFER_SIZE, OPTION_RING_SIZE},
		{OPTION_NANO, OPTION_MICRO},
		{OPTION_STAMP_SOURCE, OPTION_STAMP_TYPE},
		{OPTION_BLOCK_TIMEOUT, OPTION_IMMEDIATE},
		{OPTION_LIST, OPTION_WRITE},
		{OPTION_LIST, OPTION_FILTER_FILE},
		{OPTION_LIST, OPTION_DUMP},
	};
	const struct options *options = parser->options;
	const struct option_given *given = parser->given;

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
	return 0;
}

/* The format, by name or option, and what does not fit into it. */
static int check_format(const struct option_parser *parser, struct error *err)
{
	struct options *options = parser->options;
	const struct option_given *given = parser->given;

	if (!given[OPTION_FORMAT].value && options->write &&
	    (ends_in(options->write, ".pcap") || ends_in(options->write, ".cap")))
		options->format = FORMAT_PCAP;
	if (options->write && options->interface_count > 1 && !given[OPTION_READ].value &&
	    options->format == FORMAT_PCAP)
		return error_usage(err,
				   "-i %s and -i %s do not fit into one pcap file: "
				   "--format pcapng has several interfaces",
				   options->interfaces[0].name, options->interfaces[1].name);
	if (given[OPTION_MICRO].value && options->write && options->format == FORMAT_PCAPNG)
		return error_usage(err,
				   "%s contradicts --format pcapng, which always has nanoseconds%s",
				   given[OPTION_MICRO].label,
				   given[OPTION_FORMAT].value ? "" : " (the default here)");
	return 0;
}

/* What says how a file is written, and there is none. */
static int check_written(const struct option_parser *parser, struct error *err)
{
	static const enum option_id ids[] = {
		OPTION_FORMAT,     OPTION_IO,        OPTION_SPILL,        OPTION_MODE,
		OPTION_GROUP,      OPTION_FILE_SIZE, OPTION_RING_BUFFER,  OPTION_FILE_TIME,
		OPTION_FILE_COUNT, OPTION_ON_FULL,   OPTION_NO_SYNC,      OPTION_ADOPT,
		OPTION_HOOK,       OPTION_HOOK_JOBS, OPTION_HOOK_TIMEOUT,
	};
	const struct option_given *found = NULL;
	size_t first = 0;

	if (parser->options->write || parser->options->dump)
		return 0;
	if (parser->options->stream_count > 0)
		first = 1; /* the format is of streams, too */
	for (size_t i = first; i < sizeof(ids) / sizeof(ids[0]) && !found; i++)
		if (parser->given[ids[i]].value)
			found = &parser->given[ids[i]];
	if (parser->stops[STOP_FILES].value)
		found = &parser->stops[STOP_FILES];
	if (parser->stops[STOP_FILESIZE].value)
		found = &parser->stops[STOP_FILESIZE];
	if (!found)
		return 0;
	return error_usage(err, "%s%s%s needs -w, the file or directory to write", found->label,
			   *found->value ? " " : "", found->value);
}

/* Nothing to take packets from, which is most often a word that was left out. */
static int refuse_nothing(const struct option_parser *parser, struct error *err)
{
	char names[NETDEV_NAMES_ROOM];

	if (parser->file)
		return error_usage(err, "%s is a file: give -r %s", parser->file, parser->file);
	netdev_names(names);
	return error_usage(err,
			   "no interface named: give -i and one of %s (wiretape -D says more "
			   "of them), or -r and a file",
			   names);
}

int option_check(struct option_parser *parser, struct error *err)
{
	const struct options *options = parser->options;
	int rc;

	if (parser->file && options->read_count > 0)
		return error_usage(err, "%s is a file: give it an -r of its own, -r %s",
				   parser->file, parser->file);
	rc = check_pairs(parser, err);

	if (rc == 0)
		rc = option_index_check(parser, err);
	if (rc == 0)
		rc = option_serve_check(parser, err);
	if (rc == 0)
		rc = option_control_check(parser, err);
	if (rc == 0 && (options->ask || options->status || options->pinned))
		return 0;
	if (rc == 0)
		rc = check_interfaces(parser, err);
	if (rc == 0)
		rc = option_print_check(parser, err);
	if (rc == 0)
		rc = option_forward_check(parser, err);
	if (rc == 0)
		rc = check_format(parser, err);
	if (rc == 0)
		rc = option_stream_check(parser, err);
	if (rc == 0)
		rc = option_rotate_check(parser, err);
	if (rc < 0 || options->list || options->dump)
		return rc;
	if (options->interface_count == 0 && options->read_count == 0)
		return refuse_nothing(parser, err);
	return check_written(parser, err);
}
