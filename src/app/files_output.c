/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written of files: every interface they have is described to the output.
 */
#include "files_output.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/file_feed.h"

static const char *linktype_name(int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	return name ? name : "unknown";
}

/* A pcap file has one link type. */
static int check_linktype(const struct files_output *f, const struct reader_interface *other,
			  struct error *err)
{
	if (f->count == 0 || other->dlt == f->interfaces[0]->dlt ||
	    f->options->format != FORMAT_PCAP)
		return 0;
	return error_usage(err,
			   "-w: packets of link-types %s and %s do not fit into one pcap file: "
			   "--format pcapng has several",
			   linktype_name(f->interfaces[0]->dlt), linktype_name(other->dlt));
}

/* What an output has to know of an interface. */
static void describe(struct files_output *f, uint32_t number)
{
	const struct reader_interface *from = f->interfaces[number];
	struct source *to = &f->sources[number];

	*to = (struct source){
		.config =
			{
				.name = from->name,
				.filter = f->filter_text ? f->filter_text : from->filter,
				.number = number,
				.snaplen = from->snaplen,
			},
		.linktype.dlt = from->dlt,
		.geometry.block_size = FILE_FEED_BLOCK_BYTES,
	};
	if (from->snaplen > f->options->all.snaplen ||
	    (from->snaplen == 0 && f->options->all.snaplen < SNAPLEN_DEFAULT))
		to->config.snaplen = f->options->all.snaplen;
	snprintf(to->dev.name, sizeof(to->dev.name), "%s", from->name ? from->name : "");
	snprintf(to->dev.alias, sizeof(to->dev.alias), "%s",
		 from->description ? from->description : "");
	memcpy(to->dev.mac, from->mac, sizeof(to->dev.mac));
	to->dev.has_mac = from->has_mac;
	to->dev.speed_bps = from->speed_bps;
}

static void say_note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	struct files_output *f = context;

	/* One is told without -v, the other with it. */
	if (cause != (f->options->verbose ? NOTE_PRUNE : NOTE_DETAIL))
		log_write(f->log, cause, NULL, text, left_out);
}

static int refuse_more(struct error *err)
{
	return error_usage(err, "-r: there are more interfaces than the %u that a file may have",
			   OPTIONS_INTERFACES_MAX);
}

int files_output_open(struct files_output *f, struct error *err)
{
	struct output_config config = {
		.options = f->options,
		.note = say_note,
		.context = f,
		.from_files = true,
	};

	/* More may come up while they are read. */
	f->sources = calloc(OPTIONS_INTERFACES_MAX, sizeof(*f->sources));
	f->interfaces = calloc(OPTIONS_INTERFACES_MAX, sizeof(*f->interfaces));
	if (!f->sources || !f->interfaces)
		return error_system(err, ENOMEM, "write files");
	f->sources[0].geometry.block_size = FILE_FEED_BLOCK_BYTES;
	config.sources = f->sources;
	config.stats = (struct stats_set){.each = f->stats, .shared = f->stats};
	return output_open(&config, &f->output, err);
}

int files_output_describe(struct files_output *f, struct error *err)
{
	if (f->count == 0)
		return error_usage(err, "-r: there are no packets to write");
	for (uint32_t i = 0; i < f->count; i++)
		describe(f, i);
	output_set_sources(f->output, f->count);
	f->described = true;
	return 0;
}

int files_output_add(struct files_output *f, const struct reader_interface *interface,
		     struct error *err)
{
	int rc;

	if (f->count == OPTIONS_INTERFACES_MAX)
		return refuse_more(err);
	rc = check_linktype(f, interface, err);
	if (rc < 0)
		return rc;
	f->interfaces[f->count++] = interface;
	/* Those of the first packets are described all at once. */
	if (!f->described)
		return 0;
	describe(f, f->count - 1);
	return output_add_interface(f->output, f->count - 1, err);
}

void files_output_close(struct files_output *f)
{
	output_close(f->output);
	free(f->sources);
	free(f->interfaces);
}
