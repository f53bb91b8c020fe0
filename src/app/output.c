/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From options to a sink. What a capture file says of where it was made is put
 * together once, for all segments.
 */
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "disk/diskio.h"
#include "disk/diskio_uring.h"
#include "disk/outfile.h"
#include "engine/session.h"
#include "frames/pcapng.h"
#include "sinks/sink_pcap.h"
#include "sinks/sink_pcapng.h"
#include "tape/hook.h"
#include "tape/segment_name.h"
#include "tape/sink_tape.h"

struct output {
	struct output_config config;
	uint8_t *rings; /* their memory */
	size_t rings_bytes;
	struct outfile *file; /* the sink's once there is one; null for segments */
	struct sink *sink;
	struct uring *uring; /* shared by the segments */
	enum diskio_mode io;
	bool segments;
	bool missing; /* the directory is yet to be made */
	char *directory;
	char interfaces[64]; /* what segments have in their names for them */
	struct sink_tape_config tape;
	struct segment_naming naming;
	struct rotation rotation;
	char os[160], hardware[320];
};

/* --- what a capture file says of where it was made ---------------------- */

static void describe_system(struct output *o)
{
	static const char key[] = "model name\t: ";
	struct utsname system;
	char line[256];
	FILE *cpus;

	uname(&system);
	snprintf(o->os, sizeof(o->os), "%s %s", system.sysname, system.release);
	snprintf(o->hardware, sizeof(o->hardware), "%s", system.machine);
	cpus = fopen("/proc/cpuinfo", "re");
	if (!cpus)
		return;
	while (fgets(line, sizeof(line), cpus)) {
		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(o->hardware, sizeof(o->hardware), "%s (%s)", line + sizeof(key) - 1,
			 system.machine);
		break;
	}
	fclose(cpus);
}

/* Whether the blocks of every ring can be written from where they are. */
static bool is_woven(const struct output *o)
{
	bool woven = true;

	for (uint32_t i = 0; i < o->config.stats.count; i++)
		woven &= source_is_woven(&o->config.sources[i]);
	return woven;
}

static struct diskio_config disk_config(const struct output *o, struct outfile *file)
{
	const struct options *options = o->config.options;
	struct diskio_config config = {
		.file = file,
		.mode = o->io,
		.uring = o->uring,
		.own_reserve = o->segments,
	};

	/* Formatted by copy, nothing goes out of the ring. */
	if (is_woven(o) && options->format == FORMAT_PCAPNG) {
		config.ring = o->rings;
		config.ring_bytes = o->rings_bytes;
		config.block_bytes = o->config.sources[0].geometry.block_size;
	}
	return config;
}

static struct pcapng_interface describe_source(const struct output *o, const struct source *source)
{
	return (struct pcapng_interface){
		.linktype = pcapng_linktype(source->linktype.dlt),
		.snaplen = source->config.snaplen,
		.name = source->dev.name,
		.description = source->dev.alias,
		.filter = source->config.filter,
		.os = o->os,
		.mac = source->dev.has_mac ? source->dev.mac : NULL,
		.speed_bps = source->dev.speed_bps,
		.tsresol = 9,
	};
}

static int open_pcapng(struct output *o, const struct diskio_config *disk, struct sink **sink,
		       struct error *err)
{
	const struct options *options = o->config.options;
	struct pcapng_interface interfaces[OPTIONS_INTERFACES_MAX];
	struct sink_pcapng_config config = {
		.disk = *disk,
		.section = {o->hardware, o->os, "wiretape " WIRETAPE_VERSION},
		.interfaces = interfaces,
		.interface_count = o->config.stats.count,
		.unbuffered = options->unbuffered,
		.no_counts = o->config.from_files,
		.max_bytes = o->segments ? 0 : options->max_bytes,
	};

	for (uint32_t i = 0; i < config.interface_count; i++)
		interfaces[i] = describe_source(o, &o->config.sources[i]);
	return sink_pcapng_open(&config, sink, err);
}

/* Opens the sink of one file, or of one segment. */
static int open_file_sink(void *context, struct outfile *file, struct sink **sink,
			  struct error *err)
{
	struct output *o = context;
	const struct options *options = o->config.options;
	struct sink_pcap_config config = {
		.disk = disk_config(o, file),
		.linktype = o->config.sources[0].linktype.dlt,
		.snaplen = o->config.sources[0].config.snaplen,
		.nano = options->nano,
		.unbuffered = options->unbuffered,
		.max_bytes = o->segments ? 0 : options->max_bytes,
	};

	return options->format == FORMAT_PCAP ? sink_pcap_open(&config, sink, err)
					      : open_pcapng(o, &config.disk, sink, err);
}

/* --- segments -------------------------------------------------------------- */

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

/* "eth0-eth1", or how many there are. */
static void name_interfaces(struct output *o)
{
	size_t used = 0;

	for (uint32_t i = 0; i < o->config.stats.count; i++)
		used += (size_t)snprintf(o->interfaces + used,
					 used < sizeof(o->interfaces) ? sizeof(o->interfaces) - used
								      : 0,
					 "%s%s", i ? "-" : "", o->config.sources[i].dev.name);
	/* Files may not tell. */
	if (used == 0)
		snprintf(o->interfaces, sizeof(o->interfaces), "packets");
	if (used >= sizeof(o->interfaces))
		snprintf(o->interfaces, sizeof(o->interfaces), "%u-interfaces",
			 o->config.stats.count);
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

static int open_segments(struct output *o, bool directory, struct error *err)
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
		.block_bytes = o->config.sources[0].geometry.block_size,
		.stats = o->config.stats.each,
		.interfaces = o->config.stats.count,
		.shared = o->config.stats.shared,
		.clock = &clock_system,
		.hook = options->hook,
		.hook_jobs = options->hook_jobs,
		.hook_timeout_ns = options->hook_timeout_ns,
		.tells_disk = options->stats_file || options->metrics_file,
		.open_sink = open_file_sink,
		.note = pass_note,
		.context = o,
	};
	o->segments = true;
	o->rotation = options->rotation;
	rc = sink_tape_plan(&o->rotation, config->block_bytes, err);
	if (rc < 0)
		return error_context(err, "-b");
	rc = directory ? 0 : check_target(options->write, err);
	if (rc == 0)
		rc = plan_names(o, directory, err);
	if (rc < 0)
		return error_context(err, "-w");
	if (options->hook && hook_check(options->hook, err) < 0)
		return error_context(err, "-z");
	config->directory = o->directory;
	o->missing = directory && access(o->directory, F_OK) < 0 && errno == ENOENT;
	rc = o->missing ? check_parent(o->directory, err) : sink_tape_open(config, &o->sink, err);
	return rc < 0 ? error_context(err, "-w") : 0;
}

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
		rc = open_segments(o, directory, err);
	else
		rc = outfile_check(options->write, err);
	if (rc < 0) {
		output_close(o);
		return rc;
	}
	*output = o;
	return 0;
}

/* --- beginning and end ------------------------------------------------------ */

static int prepare_segments(struct output *o, const struct privilege_target *owner,
			    struct error *err)
{
	struct diskio_config disk = disk_config(o, NULL);
	int rc = 0;

	if (o->missing) {
		rc = privilege_make_directory(o->directory, owner, err);
		if (rc == 0)
			rc = sink_tape_open(&o->tape, &o->sink, err);
		if (rc < 0)
			return error_context(err, "-w");
	}
	rc = diskio_uring_open(&disk, err);
	if (rc < 0)
		return rc;
	o->uring = disk.uring;
	o->io = disk.mode;
	o->sink->event_fd = o->uring ? uring_fd(o->uring) : -1;
	return 0;
}

int output_prepare(struct output *o, const struct privilege_target *owner, uint8_t *rings,
		   size_t rings_bytes, struct error *err)
{
	const struct options *options = o->config.options;
	int rc;

	o->rings = rings;
	o->rings_bytes = rings_bytes;
	describe_system(o);
	if (o->segments)
		return prepare_segments(o, owner, err);
	rc = outfile_open(options->write, options->file_mode, &o->file, err);
	if (rc < 0)
		return rc;
	/* Opening a pipe has waited for its reader, which a signal may end. */
	session_block_signals(false);
	rc = open_file_sink(o, o->file, &o->sink, err);
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
	const struct pcapng_interface interface = describe_source(o, &o->config.sources[number]);
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
	uring_close(o->uring);
	free(o->directory);
	free(o);
}
