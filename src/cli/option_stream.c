/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream is one of several things that -w may name, beside the one file.
 */
#include "option_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "stream/sink_stream.h"

bool options_writes(const struct options *options)
{
	return options->write || options->stream_count > 0;
}

static int add_stream(struct options *o, const char *text, struct error *err)
{
	struct stream_address *more;
	int rc;

	if (o->stream_count == OPTIONS_STREAMS_MAX)
		return error_usage(err, "%s is one stream too many: there may be %u", text,
				   OPTIONS_STREAMS_MAX);
	for (uint32_t i = 0; i < o->stream_count; i++)
		if (strcmp(o->streams[i].text, text) == 0)
			return error_usage(err, "%s is given twice", text);
	more = reallocarray(o->streams, o->stream_count + 1, sizeof(*more));
	if (!more)
		return error_system(err, ENOMEM, "%s", text);
	o->streams = more;
	rc = stream_address_parse(text, &more[o->stream_count], err);
	o->stream_count += rc == 0;
	return rc;
}

static int add_written(struct option_parser *parser, const char *value, struct error *err)
{
	struct options *options = parser->options;

	if (stream_is_address(value))
		return add_stream(options, value, err);
	if (options->write)
		return option_refuse_repeat(&parser->file_written, &parser->given[OPTION_WRITE],
					    err);
	options->write = value;
	parser->file_written = parser->given[OPTION_WRITE];
	return 0;
}

static int set_buffer(struct options *options, const char *value, struct error *err)
{
	char least[FORMAT_SIZE_ROOM];
	int rc = parse_size(value, &options->stream_buffer_bytes, err);

	if (rc == 0 && options->stream_buffer_bytes < STREAM_BUFFER_LEAST)
		return error_usage(err, "%s is less than %s, which the largest packets need", value,
				   format_size(least, STREAM_BUFFER_LEAST));
	return rc;
}

int option_stream_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;

	return id == OPTION_WRITE ? add_written(parser, value, err)
				  : set_buffer(parser->options, value, err);
}

/* Two that listen at one place are found out when the second does. */
static int check_twice(const struct options *o, struct error *err)
{
	for (uint32_t i = 0; i < o->read_count; i++)
		for (uint32_t k = 0; k < o->stream_count; k++)
			if (strcmp(o->reads[i], o->streams[k].text) == 0)
				return error_usage(err, "-r %s and -w %s are the same stream",
						   o->reads[i], o->streams[k].text);
	return 0;
}

int option_stream_check(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	struct options *o = parser->options;

	if (o->stream_count == 0)
		return given[OPTION_STREAM_BUFFER].value
			       ? error_usage(err, "%s %s needs -w tcp:, tcp-listen: or unix:",
					     given[OPTION_STREAM_BUFFER].label,
					     given[OPTION_STREAM_BUFFER].value)
			       : 0;
	/* What other programs take. */
	o->stream_format = given[OPTION_FORMAT].value ? o->format : FORMAT_PCAP;
	if (o->interface_count > 1 && o->read_count == 0 && o->stream_format == FORMAT_PCAP)
		return error_usage(err,
				   "-i %s and -i %s do not fit into the pcap of -w %s: "
				   "--format pcapng has several interfaces",
				   o->interfaces[0].name, o->interfaces[1].name,
				   o->streams[0].text);
	return check_twice(o, err);
}
