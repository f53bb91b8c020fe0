/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments: what is told before one of them is made, and what they are called.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "frames/pcapng.h"
#include "output_parts.h"
#include "tape/hook.h"

/* What is there under the name they are derived from may be an earlier
 * recording; anything else is not what was meant. */
static int check_target(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		return 0;
	if (S_ISLNK(st.st_mode))
		return error_usage(err, "%s: a symbolic link, which is not followed", path);
	return error_usage(err, "%s: not a regular file, and cannot be gone on from in segments",
			   path);
}

static const char *name_of(const struct output *o, uint32_t number)
{
	const struct output_copy *copy = o->config.copy;
	const char *name =
		copy ? copy->interfaces[number].name : o->config.sources[number].dev.name;

	return name ? name : "";
}

/* "eth0-eth1", or how many there are. */
static void name_interfaces(struct output *o)
{
	const struct output_copy *copy = o->config.copy;
	const uint32_t count = copy ? copy->count : o->config.stats.count;
	size_t used = 0;

	for (uint32_t i = 0; i < count; i++)
		used += (size_t)snprintf(o->interfaces + used,
					 used < sizeof(o->interfaces) ? sizeof(o->interfaces) - used
								      : 0,
					 "%s%s", i ? "-" : "", name_of(o, i));
	/* Files may not tell. */
	if (used == 0)
		snprintf(o->interfaces, sizeof(o->interfaces), "packets");
	if (used >= sizeof(o->interfaces))
		snprintf(o->interfaces, sizeof(o->interfaces), "%u-interfaces", count);
}

/* Where they go, and what they are called. */
static int plan_names(struct output *o, bool directory, struct error *err)
{
	const struct options *options = o->config.options;
	const char *slash = strrchr(options->write, '/');
	size_t length = slash ? (size_t)(slash - options->write) : 0;
	uint64_t period_ns;

	name_interfaces(o);
	o->naming = (struct segment_naming){
		.path = options->write,
		.base = slash ? slash + 1 : options->write,
		.interface = o->interfaces,
		.extension = options->format == FORMAT_PCAP ? "pcap" : "pcapng",
		.ring = options->ring_names,
		.count_at_end = options->counted,
	};
	if (directory) {
		o->naming.style = NAME_DIRECTORY;
		o->directory = strdup(options->write);
	} else {
		o->naming.style = strchr(o->naming.base, '%') ? NAME_TEMPLATE
				  : options->counted          ? NAME_COUNTED
							      : NAME_NUMBERED;
		o->directory = !slash        ? strdup(".")
			       : length == 0 ? strdup("/")
					     : strndup(options->write, length);
	}
	if (!o->directory)
		return error_system(err, ENOMEM, "%s", options->write);
	period_ns = o->rotation.duration_ns;
	if (o->rotation.interval_ns && (!period_ns || o->rotation.interval_ns < period_ns))
		period_ns = o->rotation.interval_ns;
	/* Several segments within one such stretch of time get a count. */
	return segment_name_check(&o->naming, period_ns, clock_wall(&clock_system), err);
}

static void pass_note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	const struct output *o = context;

	o->config.note(o->config.context, cause, text, left_out);
}

/* A directory can only be made where there is one to make it in. */
static int check_parent(const char *path, struct error *err)
{
	char parent[PATH_MAX];
	size_t length = strlen(path);
	struct stat st;

	while (length > 1 && path[length - 1] == '/')
		length--;
	while (length > 0 && path[length - 1] != '/')
		length--;
	snprintf(parent, sizeof(parent), "%.*s", (int)length, length ? path : ".");
	if (length == 0)
		return 0;
	if (stat(parent, &st) < 0)
		return error_usage(err, "cannot make %s: %s: %s", path, parent, strerror(errno));
	return 0;
}

/* The recorder, with an index beside each segment of what is known by now of interfaces. */
static int open_recorder(struct output *o, struct error *err)
{
	const struct output_copy *copy = o->config.copy;
	const uint32_t count = copy ? copy->count : o->config.stats.count;
	int *linktypes = calloc(count + 1, sizeof(*linktypes)), rc;

	if (!linktypes)
		return error_system(err, ENOMEM, "%s", o->directory);
	for (uint32_t i = 0; i < count; i++)
		linktypes[i] = copy ? copy->interfaces[i].linktype
				    : pcapng_linktype(o->config.sources[i].linktype.dlt);
	o->tape.linktypes = o->config.options->no_index ? NULL : linktypes;
	o->tape.linktype_count = count;
	rc = sink_tape_open(&o->tape, &o->sink, err);
	free(linktypes);
	return rc;
}

int output_open_segments(struct output *o, bool directory, struct error *err)
{
	const struct options *options = o->config.options;
	struct sink_tape_config *config = &o->tape;
	int rc;

	*config = (struct sink_tape_config){
		.naming = &o->naming,
		.rotation = &o->rotation,
		.on_full = options->on_full,
		.format = options->format == FORMAT_PCAP ? TRIM_PCAP : TRIM_PCAPNG,
		.file_mode = options->file_mode,
		.sync = !options->no_sync,
		.adopt = options->adopt,
		.block_bytes = o->config.copy ? o->config.copy->block_bytes
					      : o->config.sources[0].geometry.block_size,
		.stats = o->config.stats.each,
		.interfaces = o->config.stats.count,
		.shared = o->config.stats.shared,
		.clock = &clock_system,
		.hook = options->hook,
		.hook_jobs = options->hook_jobs,
		.pack_level = options->pack_level,
		.hook_timeout_ns = options->hook_timeout_ns,
		.tells_disk = options->stats_file || options->metrics_file || !options->no_control,
		.open_sink = output_open_file,
		.note = pass_note,
		.context = o,
	};
	o->segments = true;
	o->rotation = options->rotation;
	rc = sink_tape_plan(&o->rotation, config->block_bytes, err);
	if (rc < 0)
		return error_context(err, "-b");
	rc = output_heed_file_size(o, err);
	if (rc < 0)
		return error_context(err, "-w");
	rc = directory ? 0 : check_target(options->write, err);
	if (rc == 0)
		rc = plan_names(o, directory, err);
	if (rc < 0)
		return error_context(err, "-w");
	if (options->hook && hook_check(options->hook, err) < 0)
		return error_context(err, "-z");
	config->directory = o->directory;
	o->missing = directory && access(o->directory, F_OK) < 0 && errno == ENOENT;
	if (o->missing)
		rc = check_parent(o->directory, err);
	else if (o->config.copy)
		rc = config->locked = sink_tape_lock(o->directory, err);
	else
		rc = open_recorder(o, err);
	return rc < 0 ? error_context(err, "-w") : 0;
}

int output_make_directory(struct output *o, const struct privilege_target *owner, int *fd,
			  struct error *err)
{
	const mode_t mode = privilege_directory_mode(o->config.options->file_mode);
	int rc = o->missing ? privilege_make_directory(o->directory, owner, mode, err)
			    : error_set(err, EEXIST, "%s", o->directory);

	if (rc < 0)
		return rc;
	rc = *fd = sink_tape_lock(o->directory, err);
	/* What was made for nothing does not stay. */
	if (rc < 0 && o->missing)
		(void)!rmdir(o->directory);
	return rc < 0 ? rc : 0;
}

/* Made here, or by who may. */
static int make_missing(struct output *o, const struct privilege_target *owner, struct error *err)
{
	int *locked = &o->tape.locked;
	int rc = o->maker.ask ? o->maker.ask(o->maker.context, OUTPUT_MAKE_DIRECTORY, locked, err)
			      : output_make_directory(o, owner, locked, err);

	if (rc < 0)
		*locked = 0;
	return rc;
}

int output_prepare_segments(struct output *o, const struct privilege_target *owner,
			    struct error *err)
{
	struct stat st;
	bool made = false;
	int rc;

	name_interfaces(o);
	o->tape.interfaces = o->config.stats.count;
	rc = output_want_files(o, err);
	if (rc == 0 && o->missing) {
		rc = make_missing(o, owner, err);
		made = rc == 0;
	}
	if (rc == 0 && !o->sink)
		rc = open_recorder(o, err);
	if (rc == 0) {
		/* One that we do not get to is theirs all the same. */
		o->uid = stat(o->directory, &st) == 0 ? st.st_uid : owner->uid;
		o->owned = true;
	}
	if (rc < 0)
		rc = error_context(err, "-w");
	else
		rc = output_open_queue(o, err);
	/* What was made for nothing does not stay. */
	if (rc < 0 && made)
		(void)!rmdir(o->directory);
	if (rc < 0)
		return rc;
	o->sink->event_fd = o->queue ? write_queue_fd(o->queue) : -1;
	return 0;
}
