/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines about the interfaces: that they are listened to, and when they go and come
 * back, which the ledger and the statistics are told of as well.
 */
#include <pcap/pcap.h>

#include "base/clock.h"
#include "base/parse.h"
#include "monitor_parts.h"

static void say_listening(struct monitor *m, const struct monitor_row *row)
{
	const struct source *s = row->source;
	const char *link = pcap_datalink_val_to_name(s->linktype.dlt);

	if (row->lane == 1 || m->forwards_only)
		log_say(m->config.log, NOTE_ADOPT, row->name,
			"forwarding %s to %s through %s, link-type %s (%s)", s->dev.name,
			monitor_way_out(m, row->number),
			m->config.options->tx == TX_RING ? "PACKET_TX_RING" : "sendmmsg()", link,
			pcap_datalink_val_to_description_or_dlt(s->linktype.dlt));
	else
		log_say(m->config.log, NOTE_ADOPT, s->dev.name,
			"listening on %s, link-type %s (%s), snapshot length %u bytes", s->dev.name,
			link, pcap_datalink_val_to_description_or_dlt(s->linktype.dlt),
			s->config.snaplen);
}

/* How the file is written. */
static void say_mode(struct monitor *m)
{
	const struct output *output = m->config.output;
	const enum diskio_mode mode = (enum diskio_mode)atomic_load(&output_sink(output)->io_mode);
	char size[FORMAT_SIZE_ROOM];
	struct status_writing writing;
	uint64_t bound;

	output_writing(output, &writing);
	bound = writing.spill_bound_bytes;
	log_say(m->config.log, NOTE_DETAIL, NULL, "%s: writing %s%s%s%s", m->config.options->write,
		diskio_mode_name(mode), bound ? ", up to " : "",
		bound ? format_size(size, bound) : "",
		bound ? " of memory for what the disk does not take at once" : "");
}

int monitor_started(struct monitor *m, struct error *err)
{
	int rc = monitor_start_writers(m, err);

	if (rc < 0)
		return rc;
	m->samples[m->sample].boot_ns = clock_boot(&clock_system);
	if (m->config.output && m->config.options->verbose)
		say_mode(m);
	monitor_look_at_mode(m);
	for (uint32_t i = 0; i < m->count; i++)
		say_listening(m, &m->rows[i]);
	log_settle(m->config.log);
	notify_ready(m->config.notify);
	/* In place of what it waited for, if it did. */
	notify_status(m->config.notify, m->forwards_only ? "forwarding" : "recording");
	return 0;
}

/* The way out of a one-way forwarder, which is no row. */
static void say_exit(struct monitor *m, const struct attach_event *event)
{
	const char *name = m->config.out->name;
	char text[ATTACH_TEXT_ROOM];

	if (m->config.options->both_ways)
		return; /* told as the way in that it is, too */
	if (event->change == ATTACH_RENAMED)
		log_say(m->config.log, NOTE_NAME, name, "%s: %s", name, attach_tell(text, event));
	else if (event->change == ATTACH_BACK)
		log_say(m->config.log, NOTE_BACK, name, "%s: %s; forwarding goes on", name,
			attach_tell(text, event));
	else
		log_say(m->config.log, NOTE_LINK, name,
			"%s: the way out %s; what comes in meanwhile is lost, and counted", name,
			attach_verb(event->change));
}

static struct monitor_row *find_row(struct monitor *m, uint32_t lane, uint32_t number)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->rows[i].lane == lane && m->rows[i].number == number)
			return &m->rows[i];
	return NULL;
}

/* What is said of a row that went or came back. */
static void say_link(struct monitor *m, const struct monitor_row *row,
		     const struct attach_event *event)
{
	const char *name = row->source->dev.name;
	char text[ATTACH_TEXT_ROOM];

	attach_tell(text, event);
	if (event->change == ATTACH_RENAMED)
		log_say(m->config.log, NOTE_NAME, name, "%s: %s, and is %s on", name, text,
			m->forwards_only ? "forwarded" : "recorded");
	else if (event->change == ATTACH_BACK)
		log_say(m->config.log, NOTE_BACK, name, "%s: %s, after %.1f s; %s goes on", name,
			text,
			event->to_ns > event->from_ns
				? (double)(event->to_ns - event->from_ns) / 1e9
				: 0,
			m->forwards_only ? "forwarding" : "recording");
	else
		log_say(m->config.log, NOTE_LINK, name, "%s: %s; waiting for it", name, text);
}

void monitor_link(struct monitor *m, uint32_t lane, const struct attach_event *event)
{
	struct monitor_row *row = find_row(m, lane, event->interface);
	uint32_t number = row ? (uint32_t)(row - m->rows) : 0;

	if (!row) {
		say_exit(m, event);
		return;
	}
	/* What is recorded and forwarded is told of once. */
	if (lane == 0)
		say_link(m, row, event);
	if (event->change == ATTACH_RENAMED)
		return;
	if (event->change == ATTACH_BACK) {
		m->interfaces[number].link = STATUS_UP;
		ledger_gap_end(m->ledger, number, event->to_ns);
		return;
	}
	m->interfaces[number].link = event->change == ATTACH_DOWN ? STATUS_DOWN : STATUS_GONE;
	ledger_gap_begin(m->ledger, number,
			 event->change == ATTACH_DOWN ? LEDGER_DOWN : LEDGER_GONE, event->from_ns);
}
