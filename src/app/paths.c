/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files and directories to read, as they were named.
 */
#include "paths.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/parse.h"
#include "stream/fetch.h"
#include "stream/input.h"

/* A name that stands for no capture is a mistake in the command. */
static int judge(int rc, struct error *err)
{
	if (rc == -ENOENT || rc == -ENOTDIR || rc == -EBADMSG || rc == -ENODATA)
		err->kind = ERROR_USAGE;
	return rc < 0 ? error_context(err, "-r") : 0;
}

struct reader_config paths_config(const struct options *o)
{
	return (struct reader_config){
		.paths = o->reads,
		.count = o->read_count,
		.has_from = o->has_from,
		.has_to = o->has_to,
		.from_ns = o->from_ns,
		.to_ns = o->to_ns,
		/* Sent in the order given, with the times of each. */
		.merge = !o->out,
		.sort = !o->no_sort,
		.io = o->read_io,
		.keeps_blocks = o->write && o->format == FORMAT_PCAPNG,
	};
}

static int open_url(const struct options *o, const char *url, struct error *err)
{
	const struct fetch_config config = {
		.url = url,
		.ca = o->serve.tls_ca,
		.cert = o->serve.tls_cert,
		.key = o->serve.tls_key,
		.token_file = o->serve.token_file,
	};
	int fd, rc = fetch_open(&config, &fd, err);

	return rc < 0 ? rc : fd;
}

static int open_stream(const char *path, struct error *err)
{
	struct stream_address address;
	int rc = stream_address_parse(path, &address, err);

	if (rc == 0)
		rc = stream_address_resolve(&address, err);
	if (rc == 0)
		rc = stream_input_open(&address, err);
	if (rc >= 0 && address.kind == STREAM_LISTEN)
		rc = stream_input_accept(&address, rc, err);
	return rc;
}

/* Sockets, for the paths that are such. Whoever is to connect is waited for, with nothing
 * made yet: a signal ends it. */
static int open_sockets(const struct options *o, const struct reader_config *config,
			int *descriptors, struct error *err)
{
	for (uint32_t i = 0; i < config->count; i++) {
		int rc = -1;

		descriptors[i] = -1;
		if (fetch_is_url(config->paths[i]))
			rc = open_url(o, config->paths[i], err);
		else if (stream_is_address(config->paths[i]))
			rc = open_stream(config->paths[i], err);
		else
			continue;
		if (rc < 0)
			return rc;
		descriptors[i] = rc;
	}
	return 0;
}

int paths_open(const struct options *options, const struct reader_config *config,
	       struct reader **reader, struct error *err)
{
	struct reader_config ours = *config;
	int rc, *descriptors = calloc(config->count + 1, sizeof(*descriptors));

	if (!descriptors)
		return error_system(err, ENOMEM, "read files");
	ours.descriptors = descriptors;
	rc = open_sockets(options, config, descriptors, err);
	if (rc < 0)
		error_context(err, "-r");
	else
		rc = judge(reader_open(&ours, reader, err), err);
	free(descriptors);
	return rc;
}

int paths_start(struct reader *reader, uint64_t until_ns, struct error *err)
{
	int rc = reader_start(reader, until_ns, err);

	return rc == -ETIMEDOUT ? error_context(err, "-a duration") : judge(rc, err);
}

/* In tcpdump's words. */
static void say_path(struct log *log, const char *path, const struct reader_path *about)
{
	const int dlt = about->interface->dlt;
	const char *name = pcap_datalink_val_to_name(dlt);
	char type[128];

	if (name)
		snprintf(type, sizeof(type), "%s (%s)", name,
			 pcap_datalink_val_to_description(dlt));
	else
		snprintf(type, sizeof(type), "%d", dlt);
	log_say(log, NOTE_ADOPT, NULL, "reading from %s %s, link-type %s, snapshot length %u",
		about->directory                                ? "directory"
		: stream_is_address(path) || fetch_is_url(path) ? "stream"
								: "file",
		path, type, about->interface->snaplen);
	/* Packets may be printed next. */
	log_settle(log);
}

void paths_say(const struct options *o, struct log *log, const struct reader *reader, bool *said)
{
	struct reader_path about;

	for (uint32_t i = 0; i < o->read_count && !o->quiet && !o->out; i++) {
		if (said[i])
			continue;
		reader_path(reader, i, &about);
		said[i] = about.interface != NULL;
		if (about.interface)
			say_path(log, o->reads[i], &about);
	}
}

uint64_t paths_time_left(uint64_t until_ns)
{
	const uint64_t now = clock_monotonic();

	if (until_ns == UINT64_MAX)
		return 0;
	return now < until_ns ? until_ns - now : 1;
}

void paths_say_times(const struct reader *reader, struct log *log)
{
	if (reader_clipped(reader))
		log_say(log, NOTE_CHECK, NULL,
			"times before 1677 or after 2262 are taken for the first or last of those");
	if (reader_late(reader) > 0)
		log_say(log, NOTE_CHECK, NULL,
			"out of order in their file, and too far to be put right: %" PRIu64
			" packet%s",
			reader_late(reader), PLURAL(reader_late(reader)));
}

void paths_say_left_out(struct log *log, const struct reader_interface *interface,
			const struct error *why)
{
	const char *type = pcap_datalink_val_to_name(interface->dlt);

	if (interface->name)
		log_say(log, NOTE_CHECK, interface->name, "%s: none of its packets pass: %s",
			interface->name, why->text);
	else
		log_say(log, NOTE_CHECK, NULL, "no packets of link-type %s pass: %s",
			type ? type : "unknown", why->text);
}

uint32_t paths_choice_count(const struct options *o)
{
	return o->ports.by == BY_INTERFACE ? 2 : o->interface_count;
}

struct file_feed_choice *paths_choices(const struct options *o)
{
	struct file_feed_choice *choices = calloc(o->interface_count + 2, sizeof(*choices));

	for (uint32_t i = 0; choices && o->ports.by == BY_INTERFACE && i < 2; i++)
		choices[i] = (struct file_feed_choice){.name = o->ports.keys[i], .chosen_by = "-o"};
	for (uint32_t i = 0; choices && i < o->interface_count; i++)
		choices[i] = (struct file_feed_choice){
			.name = o->interfaces[i].name,
			.chosen_by = "-i",
			.expression = o->interfaces[i].filter,
			.option = "-f",
		};
	return choices;
}

int paths_tell_damage(struct log *log, const struct file_feed *feed, int rc, struct error *err)
{
	struct error damage;
	int damaged = feed ? file_feed_damage(feed, &damage) : 0;

	if (damaged == 0)
		return rc;
	if (rc < 0)
		log_say(log, NOTE_CHECK, NULL, "%s", damage.text);
	else
		*err = damage;
	return rc < 0 ? rc : damaged;
}
