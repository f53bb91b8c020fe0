/* SPDX-License-Identifier: BSD-2-Clause */
#include "streams.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "origin.h"

#define FILTER_ROOM 1024u

/* The packets that the streams are made of themselves. */
static int find_own(struct streams *s, bool loopback, struct error *err)
{
	char all[OPTIONS_STREAMS_MAX * FILTER_ROOM] = "", one[FILTER_ROOM - 4];

	for (uint32_t i = 0; i < s->options->stream_count; i++) {
		if (!stream_address_filter(&s->addresses[i], loopback, one, sizeof(one)))
			continue;
		if (*all)
			strcat(all, " or ");
		strcat(all, one);
	}
	if (!*all)
		return 0;
	s->own[loopback] = strdup(all);
	return s->own[loopback] ? 0 : error_system(err, ENOMEM, "-w");
}

int streams_find(struct streams *s, const struct options *options, struct log *log,
		 struct error *err)
{
	int rc = 0;

	*s = (struct streams){.options = options, .log = log};
	if (options->stream_count == 0)
		return 0;
	s->clients =
		calloc((size_t)options->stream_count * STREAM_CLIENTS_MOST, sizeof(*s->clients));
	if (!s->clients)
		return error_system(err, ENOMEM, "-w");
	for (uint32_t i = 0; i < options->stream_count && rc == 0; i++) {
		s->addresses[i] = options->streams[i];
		rc = stream_address_resolve(&s->addresses[i], err);
	}
	if (rc < 0)
		return error_context(err, "-w");
	rc = find_own(s, false, err);
	return rc == 0 ? find_own(s, true, err) : rc;
}

static void say(void *context, enum note_cause cause, const char *text)
{
	struct streams *s = context;

	log_say(s->log, cause, NULL, "%s", text);
}

int streams_open(struct streams *s, bool patient, struct error *err)
{
	const struct options *o = s->options;

	for (uint32_t i = 0; i < o->stream_count; i++) {
		const struct sink_stream_config config = {
			.address = &s->addresses[i],
			.pcapng = o->stream_format == FORMAT_PCAPNG,
			.nano = o->nano,
			.patient = patient,
			.queue_bytes = o->stream_buffer_bytes,
			.note = say,
			.context = s,
		};
		int rc = sink_stream_open(&config, &s->sinks[i], err);

		if (rc < 0)
			return error_context(err, "-w");
		s->count++;
	}
	return 0;
}

int streams_describe(struct streams *s, const struct sink_stream_header *header, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < s->count && rc == 0; i++)
		rc = sink_stream_describe(s->sinks[i], header, err);
	return rc;
}

/* What is read at the other end for Ethernet, and is not. */
static void advise(struct streams *s, const struct source *source)
{
	const char *type = pcap_datalink_val_to_name(source->linktype.dlt);

	if (s->options->stream_format == FORMAT_PCAP && source->linktype.dlt != DLT_EN10MB)
		log_say(s->log, NOTE_CHECK, source->dev.name,
			"%s: the stream is of link-type %s: programs that take PCAP-over-IP for "
			"Ethernet alone (Arkime, Zeek) will not read it",
			source->dev.name, type ? type : "unknown");
}

int streams_describe_sources(struct streams *s, const struct source *sources, uint32_t count,
			     struct error *err)
{
	struct pcapng_interface interfaces[OPTIONS_INTERFACES_MAX];
	struct origin origin;
	struct sink_stream_header header;

	if (s->count == 0)
		return 0;
	origin_read(&origin);
	for (uint32_t i = 0; i < count; i++) {
		interfaces[i] = origin_interface(&origin, &sources[i]);
		advise(s, &sources[i]);
	}
	header = (struct sink_stream_header){
		.section = {origin.hardware, origin.os, "wiretape " WIRETAPE_VERSION, 0, NULL, 0},
		.interfaces = interfaces,
		.count = count,
	};
	return streams_describe(s, &header, err);
}

int streams_start(struct streams *s, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < s->count && rc == 0; i++)
		rc = sink_stream_start(s->sinks[i], err);
	return rc;
}

const struct status_stream *streams_status(struct streams *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		sink_stream_status(s->sinks[i], &s->status[i],
				   s->clients + (size_t)i * STREAM_CLIENTS_MOST);
	return s->status;
}

static void report_client(struct streams *s, const char *to, const struct status_client *client)
{
	log_say(s->log, NOTE_END, NULL,
		"%s: %s: %" PRIu64 " packet%s sent, %" PRIu64 " dropped for it", to, client->peer,
		client->packets, PLURAL(client->packets), client->dropped);
}

void streams_report(struct streams *s)
{
	const struct status_stream *status = streams_status(s);

	for (uint32_t i = 0; i < s->count && !s->options->quiet; i++, status++) {
		for (uint32_t k = 0; k < status->client_count; k++)
			report_client(s, status->to, &status->clients[k]);
		if (status->ended_count > 0)
			log_say(s->log, NOTE_END, NULL,
				"%s: %" PRIu64 " client%s before: %" PRIu64 " packet%s sent, "
				"%" PRIu64 " dropped for them",
				status->to, status->ended_count, PLURAL(status->ended_count),
				status->ended.packets, PLURAL(status->ended.packets),
				status->ended.dropped);
		if (status->unheard > 0)
			log_say(s->log, NOTE_END, NULL,
				"%s: %" PRIu64 " packet%s came while nobody was connected",
				status->to, status->unheard, PLURAL(status->unheard));
	}
}

void streams_close(struct streams *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		s->sinks[i]->ops->close(s->sinks[i]);
	free(s->own[0]);
	free(s->own[1]);
	free(s->clients);
	*s = (struct streams){0};
}
