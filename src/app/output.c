/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From options to a sink. What a capture file says of where it was made is put
 * together once, for all segments.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/session.h"
#include "output_parts.h"

static bool is_directory(const char *path)
{
	struct stat st;

	return path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* A pipe or device, written to as it is. */
static bool is_stream(const struct output *o)
{
	const char *path = o->config.options->write;
	struct stat st;

	return strcmp(path, "-") == 0 || (lstat(path, &st) == 0 && !S_ISREG(st.st_mode));
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
	if (rc == 0 && !o->segments && !is_stream(o))
		rc = output_heed_file_size(o, err);
	if (rc < 0) {
		output_close(o);
		return rc;
	}
	*output = o;
	return 0;
}

bool output_makes(const struct output *o)
{
	return o->missing || (!o->segments && !is_stream(o));
}

void output_set_owner(struct output *o, const struct privilege_owner *owner)
{
	o->owner = *owner;
}

void output_set_maker(struct output *o, const struct output_maker *maker)
{
	o->maker = *maker;
}

/* --- a single file ---------------------------------------------------------------- */

static int ask_for_file(void *context, struct error *err)
{
	const struct output *o = context;
	int fd, rc = o->maker.ask(o->maker.context, OUTPUT_MAKE_FILE, &fd, err);

	return rc < 0 ? rc : fd;
}

static int ask_for_name(void *context, struct error *err)
{
	const struct output *o = context;

	return o->maker.ask(o->maker.context, OUTPUT_NAME_FILE, NULL, err);
}

static int open_single(struct output *o, struct error *err)
{
	const struct options *options = o->config.options;
	const struct outfile_maker maker = {ask_for_file, ask_for_name, o};

	int rc;

	if (o->maker.ask && !is_stream(o))
		return outfile_open_by(&maker, options->write, &o->file, err);
	rc = outfile_open(options->write, options->file_mode, &o->file, err);
	if (rc == 0 && o->owner.given)
		outfile_give(o->file, o->owner.uid, o->owner.gid, o->owner.asked);
	return rc;
}

int output_open_stream(struct output *o, struct error *err)
{
	return o->segments || !is_stream(o) ? 0 : open_single(o, err);
}

/* Whoever writes it has to open it a second time, for direct writes. */
static int make_file(struct output *o, const struct privilege_target *owner, int *fd,
		     struct error *err)
{
	const struct options *options = o->config.options;
	int rc = outfile_open(options->write, options->file_mode, &o->file, err);

	if (rc < 0)
		return rc;
	(void)!fchown(outfile_fd(o->file), owner->uid, owner->gid);
	outfile_give(o->file, o->owner.uid == (uid_t)-1 ? geteuid() : o->owner.uid,
		     o->owner.gid == (gid_t)-1 ? getegid() : o->owner.gid, o->owner.asked);
	*fd = fcntl(outfile_fd(o->file), F_DUPFD_CLOEXEC, 3);
	return *fd < 0 ? error_system(err, errno, "create %s", options->write) : 0;
}

static int name_file(struct output *o, struct error *err)
{
	if (!o->file)
		return error_set(err, ENOENT, "there is no file to be named");
	return outfile_publish(o->file, err);
}

int output_serve(struct output *o, const struct privilege_target *owner,
		 enum output_request request, int *fd, struct error *err)
{
	switch (request) {
	case OUTPUT_MAKE_FILE:
		return o->segments || o->file ? error_set(err, EINVAL, "there is no such file")
					      : make_file(o, owner, fd, err);
	case OUTPUT_NAME_FILE:
		return name_file(o, err);
	case OUTPUT_MAKE_DIRECTORY:
		return output_make_directory(o, owner, fd, err);
	default:
		return error_set(err, EINVAL, "there is no such request");
	}
}

void output_leave(struct output *o)
{
	outfile_close(o->file);
}

int output_prepare(struct output *o, const struct privilege_target *owner, uint8_t *rings,
		   size_t rings_bytes, struct error *err)
{
	int rc = 0;

	o->rings = rings;
	o->rings_bytes = rings_bytes;
	origin_read(&o->origin);
	if (o->segments)
		return output_prepare_segments(o, owner, err);
	if (!o->file && !is_stream(o))
		rc = output_want_files(o, err);
	if (rc == 0 && !o->file)
		rc = open_single(o, err);
	if (rc < 0)
		return rc;
	/* Opening a pipe has waited for its reader, which a signal may end. */
	session_block_signals(false);
	o->regular = outfile_is_regular(o->file);
	if (o->regular)
		rc = output_open_queue(o, err);
	if (rc == 0)
		rc = output_open_file(o, &(struct tape_file){.file = o->file}, &o->sink, err);
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

const char *output_own_directory(const struct output *o)
{
	return o->segments && o->naming.style == NAME_DIRECTORY ? o->directory : NULL;
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

void output_writing(const struct output *o, struct status_writing *writing)
{
	*writing = (struct status_writing){0};
	if (!o->queue)
		return;
	latency_read(write_queue_latency(o->queue), &writing->writes);
	writing->spill_bytes = spill_used(write_queue_spill(o->queue));
	writing->spill_most_bytes = spill_most(write_queue_spill(o->queue));
	writing->spill_bound_bytes = spill_bound(write_queue_spill(o->queue));
}

void output_keep_ready(struct output *o)
{
	/* A burst would find less; that is all. */
	if (o->queue)
		(void)write_queue_keep_ready(o->queue);
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
	int rc = o->file ? outfile_publish(o->file, err) : 0;
	struct stat st;

	if (rc == 0 && o->file && outfile_is_regular(o->file) &&
	    fstat(outfile_fd(o->file), &st) == 0) {
		o->owned = true;
		o->uid = st.st_uid;
	}
	return rc;
}

int output_add_interface(struct output *o, const struct pcapng_interface *interface,
			 struct error *err)
{
	int rc = 0;

	if (o->sink->ops->add_interface)
		rc = o->sink->ops->add_interface(o->sink, interface);
	if (rc < 0)
		*err = o->sink->error;
	return rc;
}

int output_add_block(struct output *o, const struct pcapng_block *block, struct error *err)
{
	int rc = 0;

	if (o->sink->ops->add_block)
		rc = o->sink->ops->add_block(o->sink, block);
	if (rc < 0)
		*err = o->sink->error;
	return rc;
}

const char *output_tell_closed(struct output *o, const struct sink *closed)
{
	const char *path = o->config.options->write;

	if (!closed || closed != o->sink)
		return NULL;
	snprintf(o->closed, sizeof(o->closed), "%s: its reader has gone",
		 strcmp(path, "-") == 0 ? "standard output" : path);
	return o->closed;
}

bool output_owner(const struct output *o, uid_t *uid)
{
	*uid = o->uid;
	return o->owned;
}

bool output_is_regular(const struct output *o)
{
	return o->segments || o->regular;
}

void output_close(struct output *o)
{
	if (!o)
		return;
	if (o->sink)
		o->sink->ops->close(o->sink);
	else
		outfile_close(o->file);
	if (o->tape.locked > 0)
		close(o->tape.locked);
	write_queue_close(o->queue);
	free(o->directory);
	free(o);
}
