/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending files on the command line.
 */
#include "option_replay.h"

#include <string.h>

#include "base/parse.h"
#include "option_ports.h"
#include "option_refuse.h"
#include "option_value.h"

static int set_truncated(struct options *options, const char *value, struct error *err)
{
	static const enum file_truncated kinds[] = {FILE_TRUNCATED_STAYS, FILE_TRUNCATED_SHORT,
						    FILE_TRUNCATED_PAD};
	unsigned choice;
	int rc = option_read_choice(OPTION_TRUNCATED, value, &choice, err);

	if (rc == 0)
		options->truncated = kinds[choice];
	return rc;
}

int option_replay_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	struct options *options = parser->options;
	const char *value = parser->given[id].value;

	switch (id) {
	case OPTION_OUT:
	case OPTION_SPLIT:
		return option_ports_set(parser, id, err);
	case OPTION_SPEED:
		return pace_parse(value, &options->speed, err);
	case OPTION_TRUNCATED:
		return set_truncated(options, value, err);
	case OPTION_GAP_MOST:
		return parse_duration(value, &options->speed.gap_most_ns, err);
	default:
		/* A pause may be none. */
		options->speed.has_loop_delay = true;
		return strcmp(value, "0") == 0
			       ? 0
			       : parse_duration(value, &options->speed.loop_delay_ns, err);
	}
}

/* Each is about files, and about sending them. */
static int check_needs(const struct option_parser *parser, struct error *err)
{
	static const enum option_id ids[] = {OPTION_SPEED, OPTION_GAP_MOST, OPTION_LOOP,
					     OPTION_LOOP_DELAY, OPTION_TRUNCATED};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct option_given *given = &parser->given[ids[i]];

		if (given->value && !parser->given[OPTION_OUT].value)
			return error_usage(err, "%s needs -o, the interface to send to",
					   given->label);
		if (given->value && !parser->given[OPTION_READ].value)
			return error_usage(err, "%s needs -r, the file to send", given->label);
	}
	return 0;
}

/* What is printed says of a checksum what it is. */
static int check_fix(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = &parser->given[OPTION_FIX_CHECKSUMS];

	if (!given->value)
		return 0;
	if (!parser->given[OPTION_READ].value)
		return error_usage(err, "%s needs -r, the file whose packets it is for",
				   given->label);
	if (!parser->given[OPTION_OUT].value && !options_writes(parser->options))
		return error_usage(err, "%s needs -w or -o, where the packets are to go",
				   given->label);
	return 0;
}

int option_replay_check(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options *options = parser->options;
	int rc = check_needs(parser, err);

	if (rc == 0)
		rc = check_fix(parser, err);
	if (rc < 0)
		return rc;
	if (given[OPTION_GAP_MOST].value && options->speed.kind != PACE_FACTOR)
		return option_refuse_pair(&given[OPTION_GAP_MOST], &given[OPTION_SPEED], err);
	if (given[OPTION_LOOP_DELAY].value && options->loops == 1)
		return error_usage(err, "%s needs --loop, how often the files are sent",
				   given[OPTION_LOOP_DELAY].label);
	return 0;
}
