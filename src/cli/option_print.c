/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and printing on the command line, in tcpdump's letters.
 */
#include "option_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/when.h"
#include "option_forward.h"

int option_print_set_time(struct options *options, enum option_id id, const char *text,
			  struct error *err)
{
	const bool from = id == OPTION_FROM;
	uint64_t ns;
	int rc = parse_when(text, clock_wall(&clock_system), &ns, err);

	if (rc < 0)
		return rc;
	*(from ? &options->has_from : &options->has_to) = true;
	/* No packet is from later than that. */
	*(from ? &options->from_ns : &options->to_ns) = ns < INT64_MAX ? (int64_t)ns : INT64_MAX;
	return 0;
}

/* One more name of -V, which options_free frees. */
static int add_listed(struct options *options, const char *line, struct error *err)
{
	char **more = realloc(options->listed, (options->listed_count + 1) * sizeof(*more));
	char *name;

	if (!more)
		return error_system(err, ENOMEM, "-V");
	options->listed = more;
	name = strdup(line);
	if (!name)
		return error_system(err, ENOMEM, "-V");
	more[options->listed_count++] = name;
	return option_forward_add_file(options, name, err);
}

/* -V: a name a line. */
static int read_list(struct options *options, struct error *err)
{
	const bool standard = strcmp(options->read_list, "-") == 0;
	FILE *in = standard ? stdin : fopen(options->read_list, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int rc = 0;

	if (!in)
		return error_usage(err, "-V: %s: %s", options->read_list, strerror(errno));
	while (rc == 0 && (length = getline(&line, &room, in)) >= 0) {
		if (length > 0 && line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (!*line)
			continue;
		rc = add_listed(options, line, err);
	}
	free(line);
	if (rc == 0 && ferror(in))
		rc = error_usage(err, "-V: %s: %s", options->read_list, strerror(errno));
	if (!standard)
		fclose(in);
	if (rc == 0 && options->read_count == 0)
		rc = error_usage(err, "-V: %s names no files", options->read_list);
	return rc;
}

bool options_prints(const struct options *options)
{
	return !options->count_only &&
	       (options->print_too || (!options_writes(options) && !options->out));
}

struct decode_options options_print(const struct options *o)
{
	struct decode_options print = o->print;
	const char *no_color = getenv("NO_COLOR");

	print.verbose = o->verbose;
	print.quick = o->quiet;
	print.nano = o->nano;
	print.time = o->times > DECODE_TIME_FIRST ? DECODE_TIME_OF_DAY : (enum decode_time)o->times;
	if (o->hex_ascii)
		print.dump = o->hex_ascii > 1 ? DECODE_DUMP_BOTH_LINK : DECODE_DUMP_BOTH;
	else if (o->hex)
		print.dump = o->hex > 1 ? DECODE_DUMP_HEX_LINK : DECODE_DUMP_HEX;
	else if (o->ascii)
		print.dump = o->ascii > 1 ? DECODE_DUMP_ASCII_LINK : DECODE_DUMP_ASCII;
	print.color =
		o->color == COLOR_ALWAYS ||
		(o->color == COLOR_AUTO && (!no_color || !*no_color) && isatty(STDOUT_FILENO));
	return print;
}

int option_print_check(struct option_parser *parser, struct error *err)
{
	struct options *o = parser->options;
	const struct option_given *given = parser->given;
	int rc = 0;

	if (o->read_list)
		rc = read_list(o, err);
	if (rc < 0)
		return rc;
	for (enum option_id id = OPTION_FROM; id <= OPTION_TO; id++)
		if (given[id].value && o->read_count == 0)
			return error_usage(err, "%s needs -r, the files to take packets from",
					   given[id].label);
	if (given[OPTION_READ_IO].value && o->read_count == 0)
		return error_usage(err, "%s %s needs -r, the files to read",
				   given[OPTION_READ_IO].label, given[OPTION_READ_IO].value);
	if (o->has_from && o->has_to && o->from_ns >= o->to_ns)
		return error_usage(err, "%s %s is not before %s %s", given[OPTION_FROM].label,
				   given[OPTION_FROM].value, given[OPTION_TO].label,
				   given[OPTION_TO].value);
	if (o->count_only && o->print_too)
		return option_refuse_pair(&given[OPTION_COUNT_ONLY], &given[OPTION_PRINT], err);
	for (enum option_id id = OPTION_WRITE; o->count_only; id = OPTION_OUT) {
		if (given[id].value)
			return option_refuse_pair(&given[OPTION_COUNT_ONLY], &given[id], err);
		if (id == OPTION_OUT)
			break;
	}
	if (options_prints(o) && o->write && strcmp(o->write, "-") == 0)
		return option_refuse_pair(&given[OPTION_PRINT], &given[OPTION_WRITE], err);
	/* What is seen is to be seen soon. */
	if (options_prints(o) && !given[OPTION_BLOCK_TIMEOUT].value &&
	    !given[OPTION_IMMEDIATE].value)
		o->block_timeout_ms = 25;
	return 0;
}
