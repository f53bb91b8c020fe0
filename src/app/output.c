/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From options to a sink. What a capture file says of where it was made is put
 * together once, for all segments.
 */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/session.h"
#include "output_parts.h"

static bool is_directory(const char *path)
{
	struct stat st;

	return path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

int output_open(const struct output_config *config, struct output **output, struct error *err)
{
	const struct options *options = config->options;
	const bool directory = is_directory(options->write);
	struct output *o;
	int rc = options_check_segments(options, directory, err);

	if (rc < 0)
		return rc;
	o = calloc(1, sizeof(*o));
	if (!o)
		return error_system(err, ENOMEM, "%s", options->write);
	o->config = *config;
	o->io = options->io;
	if (directory || options->rotates)
		rc = output_open_segments(o, directory, err);
	else
		rc = outfile_check(options->write, err);
	if (rc < 0) {
		output_close(o);
		return rc;
	}
	*output = o;
	return 0;
}

int output_prepare(struct output *o, const struct privilege_target *owner, uint8_t *rings,
		   size_t rings_bytes, struct error *err)
{
	const struct options *options = o->config.options;
	int rc;

	o->rings = rings;
	o->rings_bytes = rings_bytes;
	origin_read(&o->origin);
	if (o->segments)
		return output_prepare_segments(o, owner, err);
	rc = outfile_open(options->write, options->file_mode, &o->file, err);
	if (rc < 0)
		return rc;
	/* Opening a pipe has waited for its reader, which a signal may end. */
	session_block_signals(false);
	rc = output_open_file(o, o->file, &o->sink, err);
	/* The sink owns the file once it is there. */
	if (rc < 0) {
		outfile_close(o->file);
		o->file = NULL;
	}
	return rc;
}

int output_start(struct output *o, struct error *err)
{
	return o->segments ? sink_tape_start(o->sink, err) : 0;
}

const char *output_directory(const struct output *o, bool *missing)
{
	*missing = o->missing;
	return o->segments ? o->directory : NULL;
}

uint64_t output_kept_bytes(const struct output *o)
{
	return o->segments && o->sink ? sink_tape_kept_bytes(o->sink) : 0;
}

void output_tape_state(const struct output *o, struct sink_tape_summary *summary)
{
	*summary = (struct sink_tape_summary){0};
	if (o->segments)
		sink_tape_summary(o->sink, summary);
}

bool output_rotates(const struct output *o)
{
	return o->segments;
}

struct sink *output_sink(const struct output *o)
{
	return o->sink;
}

int output_publish(struct output *o, struct error *err)
{
	return o->file ? outfile_publish(o->file, err) : 0;
}

int output_add_interface(struct output *o, uint32_t number, struct error *err)
{
	const struct pcapng_interface interface = output_describe(o, &o->config.sources[number]);
	int rc = 0;

	if (o->sink->ops->add_interface)
		rc = o->sink->ops->add_interface(o->sink, &interface);
	if (rc < 0)
		*err = o->sink->error;
	return rc;
}

bool output_is_regular(const struct output *o)
{
	return o->segments || outfile_is_regular(o->file);
}

void output_close(struct output *o)
{
	if (!o)
		return;
	if (o->sink)
		o->sink->ops->close(o->sink);
	write_queue_close(o->queue);
	free(o->directory);
	free(o);
}
