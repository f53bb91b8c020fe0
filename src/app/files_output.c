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

#include "frames/pcapng_copy.h"

/* pcapng has 16 bits for it. */
#define LINKTYPE_MOST 65535

static const char *linktype_name(int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	return name ? name : "unknown";
}

/* A pcap file has one link type. */
static int check_linktype(const struct files_output *f, const struct reader_interface *other,
			  struct error *err)
{
	if (f->options->format != FORMAT_PCAP && other->dlt > LINKTYPE_MOST)
		return error_usage(err,
				   "-w: link-type %d does not fit into pcapng, which has %d at "
				   "most: --format pcap",
				   other->dlt, LINKTYPE_MOST);
	if (f->count == 0 || other->dlt == f->interfaces[0]->from->dlt ||
	    f->options->format != FORMAT_PCAP)
		return 0;
	return error_usage(err,
			   "-w: packets of link-types %s and %s do not fit into one pcap file: "
			   "--format pcapng has several",
			   linktype_name(f->interfaces[0]->from->dlt), linktype_name(other->dlt));
}

/* What is said of its packets, which are cut to -s, and of which some may be longer than
 * their file says. */
static uint32_t snaplen_of(const struct files_output *f, const struct reader_interface *from)
{
	const uint32_t asked = f->options->all.snaplen;
	const uint32_t said = from->longest > from->snaplen ? from->longest : from->snaplen;

	if (said > asked || (said == 0 && asked < SNAPLEN_DEFAULT))
		return asked;
	return said;
}

static void say_note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	struct files_output *f = context;

	/* One is told without -v, the other with it. */
	if (cause != (f->options->verbose ? NOTE_PRUNE : NOTE_DETAIL))
		log_write(f->log, cause, NULL, text, left_out);
}

int files_output_open(struct files_output *f, struct error *err)
{
	const struct output_config config = {
		.options = f->options,
		.copy = &f->copy,
		.stats = {.each = f->stats, .count = 1, .shared = f->stats},
		.note = say_note,
		.context = f,
	};

	f->copy = (struct output_copy){
		.section.application = "wiretape " WIRETAPE_VERSION,
		.left = &f->left,
		.block_bytes = FILE_FEED_BLOCK_BYTES,
	};
	return output_open(&config, &f->output, err);
}

/* What pcap has of all interfaces together. */
static void describe_pcap(struct files_output *f)
{
	const uint32_t bits = copied_pcap_bits(f->interfaces[0]->from);
	uint32_t snaplen = 0;

	f->copy.dlt = f->interfaces[0]->from->dlt;
	f->copy.linktype_bits = bits;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct reader_interface *from = f->interfaces[i]->from;
		const uint32_t own = snaplen_of(f, from) ? snaplen_of(f, from) : SNAPLEN_DEFAULT;

		snaplen = own > snaplen ? own : snaplen;
		if (copied_pcap_bits(from) != bits)
			f->copy.linktype_bits = 0;
		if (f->options->format == FORMAT_PCAP &&
		    (from->options_bytes > 0 || copied_pcap_bits(from) != bits))
			f->left |= PCAPNG_LEFT_INTERFACES;
	}
	f->copy.snaplen = snaplen;
}

int files_output_describe(struct files_output *f, struct error *err)
{
	const uint8_t *section;
	size_t bytes;

	if (f->count == 0)
		return error_usage(err, "-r: there are no packets to write");
	f->first = calloc(f->count, sizeof(*f->first));
	if (!f->first)
		return error_system(err, ENOMEM, "write files");
	for (uint32_t i = 0; i < f->count; i++) {
		f->first[i] = f->interfaces[i]->copied.interface;
		/* By now some of its packets have been seen. */
		f->first[i].snaplen = snaplen_of(f, f->interfaces[i]->from);
	}
	f->copy.interfaces = f->first;
	f->copy.count = f->count;
	describe_pcap(f);
	if (reader_section(f->reader, &section, &bytes)) {
		f->copy.section.copied = section;
		f->copy.section.copied_bytes = bytes;
	}
	f->described = true;
	return 0;
}

/* That its packets pass: one of its own, or the one for all; null. */
static const char *filter_of(const struct files_output *f, const struct reader_interface *from)
{
	const struct options *o = f->options;

	for (uint32_t i = 0; i < o->interface_count && from->name; i++)
		if (strcmp(o->interfaces[i].name, from->name) == 0 && o->interfaces[i].filter)
			return o->interfaces[i].filter;
	return f->filter_text;
}

/* Room for one more. */
static struct files_interface *add(struct files_output *f)
{
	const uint32_t room = f->room ? 2 * f->room : 16;
	struct files_interface *new, **more;

	if (f->count == f->room) {
		more = reallocarray(f->interfaces, room, sizeof(*more));
		if (!more)
			return NULL;
		f->interfaces = more;
		f->room = room;
	}
	new = calloc(1, sizeof(*new));
	if (new)
		f->interfaces[f->count++] = new;
	return new;
}

int files_output_add(struct files_output *f, const struct reader_interface *interface,
		     struct error *err)
{
	struct files_interface *new;
	int rc = check_linktype(f, interface, err);

	if (rc < 0)
		return rc;
	new = add(f);
	if (!new || copied_interface_make(interface, filter_of(f, interface),
					  snaplen_of(f, interface), &new->copied) < 0)
		return error_system(err, ENOMEM, "write files");
	new->from = interface;
	/* Those of the first packets are described all at once. */
	if (!f->described)
		return 0;
	return output_add_interface(f->output, &new->copied.interface, err);
}

int files_output_add_block(struct files_output *f, const struct pcapng_block *block,
			   struct error *err)
{
	return output_add_block(f->output, block, err);
}

void files_output_say_left(const struct files_output *f, const struct file_feed *feed)
{
	unsigned left = f->left;
	char text[512];

	if (!f->output || !f->options->verbose)
		return;
	left |= reader_left(f->reader);
	if (file_feed_lost(feed) > 0)
		left |= PCAPNG_LEFT_LOST;
	/* The kinds of what a pcap file has no place for are all one. */
	if (f->options->format == FORMAT_PCAP)
		left &= PCAPNG_LEFT_INTERFACES | PCAPNG_LEFT_PACKETS | PCAPNG_LEFT_BLOCKS |
			PCAPNG_LEFT_LOST;
	else
		left &= ~PCAPNG_LEFT_BLOCKS;
	if (left != 0)
		log_say(f->log, NOTE_DETAIL, NULL, "not in the copy: %s",
			copied_tell_left(left, text, sizeof(text)));
}

void files_output_close(struct files_output *f)
{
	output_close(f->output);
	for (uint32_t i = 0; i < f->count; i++) {
		free(f->interfaces[i]->copied.options);
		free(f->interfaces[i]);
	}
	free(f->interfaces);
	free(f->first);
}
