/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sink of one file: of the only one there is, or of a segment.
 */
#include "output_parts.h"
#include "sinks/sink_pcap.h"
#include "sinks/sink_pcapng.h"

/* Whether the blocks of every ring can be written from where they are. */
static bool is_woven(const struct output *o)
{
	bool woven = !o->config.copy;

	for (uint32_t i = 0; woven && i < o->config.stats.count; i++)
		woven &= source_is_woven(&o->config.sources[i]);
	return woven;
}

/* Memory beside the ring. Files are read no faster than they are written. */
static uint64_t spill_bytes(const struct output *o)
{
	const uint64_t asked = o->config.options->spill_bytes;

	if (o->config.copy)
		return 0;
	return asked == UINT64_MAX ? spill_default_bound() : asked;
}

struct diskio_config output_disk(const struct output *o, struct outfile *file)
{
	const struct options *options = o->config.options;
	struct diskio_config config = {
		.file = file,
		.mode = o->io,
		.queue = o->queue,
		.spill_bytes = o->queue ? 0 : spill_bytes(o),
		.own_reserve = o->segments,
		.probe = !o->probed,
	};

	/* Formatted by copy, nothing goes out of the ring. */
	if (is_woven(o) && options->format == FORMAT_PCAPNG) {
		config.ring = o->rings;
		config.ring_bytes = o->rings_bytes;
		config.block_bytes = o->config.sources[0].geometry.block_size;
		config.hold_bytes = o->config.sources[0].geometry.ring_bytes;
	}
	return config;
}

int output_open_queue(struct output *o, struct error *err)
{
	struct diskio_config disk = output_disk(o, o->file);
	int rc = diskio_queue_open(&disk, err);

	o->queue = disk.queue;
	return rc;
}

static int open_pcapng(struct output *o, const struct tape_file *to, struct sink **sink,
		       struct error *err)
{
	const struct options *options = o->config.options;
	const struct output_copy *copy = o->config.copy;
	struct pcapng_interface interfaces[OPTIONS_INTERFACES_MAX];
	struct sink_pcapng_config config = {
		.disk = output_disk(o, to->file),
		.section = {o->origin.hardware, o->origin.os, "wiretape " WIRETAPE_VERSION,
			    to->sequence},
		.interfaces = interfaces,
		.interface_count = o->config.stats.count,
		.unbuffered = options->unbuffered,
		.max_bytes = o->segments ? 0 : options->max_bytes,
	};

	if (copy) {
		config.section = copy->section;
		config.section.segment = to->sequence;
		config.interfaces = copy->interfaces;
		config.interface_count = copy->count;
		config.copies = true;
		config.left = copy->left;
		return sink_pcapng_open(&config, sink, err);
	}
	for (uint32_t i = 0; i < config.interface_count; i++)
		interfaces[i] = origin_interface(&o->origin, &o->config.sources[i]);
	return sink_pcapng_open(&config, sink, err);
}

static bool is_buffered(const struct sink *sink)
{
	return atomic_load(&sink->io_mode) == DISKIO_BUFFERED;
}

int output_open_file(void *context, const struct tape_file *to, struct sink **sink,
		     struct error *err)
{
	struct output *o = context;
	const struct options *options = o->config.options;
	const struct output_copy *copy = o->config.copy;
	struct sink_pcap_config config;
	int rc;

	/* Direct writes may have been refused since. */
	if (o->sink && is_buffered(o->sink))
		o->io = DISKIO_BUFFERED;
	config = (struct sink_pcap_config){
		.disk = output_disk(o, to->file),
		.linktype = copy ? copy->dlt : o->config.sources[0].linktype.dlt,
		.snaplen = copy ? copy->snaplen : o->config.sources[0].config.snaplen,
		.linktype_bits = copy ? copy->linktype_bits : 0,
		.copies = copy != NULL,
		.left = copy ? copy->left : NULL,
		.nano = options->nano,
		.unbuffered = options->unbuffered,
		.max_bytes = o->segments ? 0 : options->max_bytes,
	};

	rc = options->format == FORMAT_PCAP ? sink_pcap_open(&config, sink, err)
					    : open_pcapng(o, to, sink, err);
	if (rc < 0)
		return rc;
	/* What one file refuses, the next one does. */
	o->probed = true;
	if (is_buffered(*sink))
		o->io = DISKIO_BUFFERED;
	return 0;
}
