/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forwarding on the command line: which options go with -o, and which with -r.
 */
#include "option_forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "option_ports.h"
#include "option_replay.h"

int option_forward_add_file(struct options *options, const char *path, struct error *err)
{
	const char **more;

	for (uint32_t i = 0; i < options->read_count; i++)
		if (strcmp(path, "-") == 0 && strcmp(options->reads[i], path) == 0)
			return error_usage(err, "'-' is given twice: there is one standard input");
	more = realloc(options->reads, (options->read_count + 1) * sizeof(*more));
	if (!more)
		return error_system(err, ENOMEM, "%s", path);
	options->reads = more;
	more[options->read_count++] = path;
	return 0;
}

int option_forward_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;

	parser->options->make_index |= id == OPTION_INDEX;
	if (id == OPTION_READ || id == OPTION_INDEX)
		return option_forward_add_file(parser->options, value, err);
	parser->options->read_list = value;
	/* What goes with -r, or does not, does so with -V. */
	if (!parser->given[OPTION_READ].value)
		parser->given[OPTION_READ] = parser->given[id];
	return 0;
}

/* The first of them given without what they need. */
static int check_needs(const struct option_parser *parser, struct error *err)
{
	static const struct {
		enum option_id id, needs;
		const char *text;
	} needs[] = {
		{OPTION_BOTH_WAYS, OPTION_OUT, "-o, the interface on the other side"},
		{OPTION_TX, OPTION_OUT, "-o, the interface to send to"},
		{OPTION_BYPASS_QDISC, OPTION_OUT, "-o, the interface to send to"},
		{OPTION_NO_UNCUT, OPTION_OUT, "-o, the interface to send to"},
		{OPTION_QUEUE_TIME, OPTION_OUT, "-o, the interface to send to"},
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (parser->given[needs[i].id].value && !parser->given[needs[i].needs].value)
			return error_usage(err, "%s needs %s", parser->given[needs[i].id].label,
					   needs[i].text);
	return 0;
}

static int refuse_snaplen(const struct option_parser *parser, uint32_t snaplen, struct error *err)
{
	return error_usage(err, "-s %u contradicts %s %s: frames are sent whole, or not at all",
			   snaplen, parser->given[OPTION_OUT].label, parser->options->out);
}

/* What speaks of rings and interfaces says nothing of a file. */
static int check_files(const struct option_parser *parser, struct error *err)
{
	static const enum option_id live[] = {
		OPTION_WAIT,       OPTION_EXIT_ON_LOSS, OPTION_STAMP_SOURCE,  OPTION_BUFFER_SIZE,
		OPTION_RING_SIZE,  OPTION_BLOCK_SIZE,   OPTION_BLOCK_TIMEOUT, OPTION_RING_VERSION,
		OPTION_FRAME_SIZE, OPTION_BOTH_WAYS,    OPTION_CHECK,         OPTION_LIST,
		OPTION_STATS_FILE, OPTION_METRICS_FILE, OPTION_STATS,         OPTION_NO_UNCUT,
		OPTION_QUEUE_TIME,
	};
	const struct option_given *read = &parser->given[OPTION_READ];
	const struct options *options = parser->options;

	if (!read->value)
		return 0;
	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++) {
		const struct option_given *given = &parser->given[live[i]];

		if (given->value)
			return error_usage(err,
					   "%s %s contradicts %s%s%s, which is for interfaces that "
					   "are captured from",
					   read->label, read->value, given->label,
					   *given->value ? " " : "", given->value);
	}
	for (uint32_t i = 0; i < options->interface_count; i++)
		if (options->interfaces[i].snaplen != options->all.snaplen)
			return error_usage(err,
					   "-s %u behind -i %s: of files it is for all interfaces: "
					   "put it before",
					   options->interfaces[i].snaplen,
					   options->interfaces[i].name);
	if (options->out && options->all.snaplen != SNAPLEN_DEFAULT)
		return refuse_snaplen(parser, options->all.snaplen, err);
	return 0;
}

static int check_loop(const struct option_parser *parser, struct error *err)
{
	const struct options *options = parser->options;

	for (uint32_t i = 0; i < options->read_count && options->loops > 1; i++)
		if (strcmp(options->reads[i], "-") == 0)
			return error_usage(err, "%s: standard input can be sent only once",
					   parser->given[OPTION_LOOP].label);
		else if (stream_is_address(options->reads[i]))
			return error_usage(err, "%s: %s can be sent only once",
					   parser->given[OPTION_LOOP].label, options->reads[i]);
	return 0;
}

/* A bridge: what is recorded of it, and how it is filtered, goes for both sides. */
static int add_other_side(struct option_parser *parser, struct error *err)
{
	struct options *options = parser->options;
	struct options_interface *more;

	if (options->interface_count != 1)
		return error_usage(err, "%s is between two interfaces: give one -i, and -o",
				   parser->given[OPTION_BOTH_WAYS].label);
	if (strcmp(options->interfaces[0].name, options->out) == 0)
		return 0; /* refused for that */
	more = realloc(options->interfaces, 2 * sizeof(*more));
	if (!more)
		return error_system(err, ENOMEM, "%s", options->out);
	options->interfaces = more;
	more[1] = more[0];
	more[1].name = options->out;
	options->interface_count = 2;
	return 0;
}

static int check_out(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options *options = parser->options;

	/* Interfaces of files are only names. */
	if (options->read_count > 0)
		return 0;
	if (given[OPTION_DIRECTION].value && options->direction != DIRECTION_IN)
		return option_refuse_pair(&given[OPTION_DIRECTION], &given[OPTION_OUT], err);
	for (uint32_t i = 0; i < options->interface_count; i++) {
		if (strcmp(options->interfaces[i].name, options->out) == 0)
			return error_usage(err,
					   "%s %s is the interface the frames come from: name "
					   "another one to send them to",
					   given[OPTION_OUT].label, options->out);
		if (options->interfaces[i].snaplen != SNAPLEN_DEFAULT && !options_writes(options))
			return refuse_snaplen(parser, options->interfaces[i].snaplen, err);
	}
	if (given[OPTION_RING_VERSION].value && options->ring_version == RING_V1)
		return error_usage(err, "%s 1 contradicts %s %s: it loses the VLAN tags of frames",
				   given[OPTION_RING_VERSION].label, given[OPTION_OUT].label,
				   options->out);
	return 0;
}

int option_forward_check(struct option_parser *parser, struct error *err)
{
	struct options *options = parser->options;
	int rc = check_needs(parser, err);

	if (rc == 0)
		rc = option_replay_check(parser, err);
	if (rc == 0)
		rc = check_files(parser, err);
	if (rc == 0)
		rc = check_loop(parser, err);
	if (rc == 0)
		rc = option_ports_check(parser, err);
	if (rc < 0 || !options->out)
		return rc;
	rc = check_out(parser, err);
	if (rc < 0)
		return rc;
	/* A frame waits for its block. */
	if (options->ring_version == RING_V3 && !parser->given[OPTION_BLOCK_TIMEOUT].value &&
	    !options_writes(options))
		options->block_timeout_ms = 1;
	/* What is sent there must not come in again. */
	if (options->read_count == 0)
		options->direction = DIRECTION_IN;
	return options->both_ways ? add_other_side(parser, err) : 0;
}
