/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parsers of all formats share: the file as they have it, one wording for
 * their errors, and numbers in both byte orders. Part of reader.
 *
 * A parser gives whole records that are in the input's window, and has the
 * window moved on only while the batch at hand is empty, since its frames
 * point there. So it can be stopped and called again at any record.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_FORMAT_H
#define WIRETAPE_READER_FORMAT_H

#include "frames/load.h"
#include "frames/pcapng_ticks.h"
#include "reader_input.h"
#include "reader_table.h"

struct reader_file;
struct reader_odd;

struct reader_format {
	const char *name;
	/* Reads the file's header, at the window's beginning. 0 or -errno. */
	int (*start)(struct reader_file *file, struct error *err);
	/* As reader_fill. */
	int (*fill)(struct reader_file *file, struct frame *frames, uint32_t most,
		    struct error *err);
};

extern const struct reader_format reader_format_pcap;
extern const struct reader_format reader_format_pcapng;
extern const struct reader_format reader_format_odd;   /* libpcap's */
extern const struct reader_format reader_format_empty; /* a live file without a header yet */

struct reader_section_interface {
	uint32_t number; /* in the table */
	uint32_t snaplen;
	struct pcapng_ticks ticks;
	bool swaps;  /* its packets have numbers in the section's byte order, not this machine's */
	bool passed; /* packets of it were skipped: */
	int64_t passed_ns; /* nothing earlier of it follows, if its times rise */
};

struct reader_file {
	struct reader_input input;
	struct reader_table *table;
	const struct reader_format *format;
	bool live;        /* a recorder writes it: it ends where it makes no sense */
	bool swapped;     /* pcapng: of the section */
	uint32_t number;  /* pcap: its interface */
	uint32_t snaplen; /* pcap */
	uint32_t tick_ns; /* pcap */
	int swaps;        /* pcap: the link type whose packets have numbers in another byte
			     order than this machine's; or -1 */
	uint32_t skip;    /* pcapng: bytes of a large block that are still to be passed over, */
	uint32_t skipped; /* of so many */
	uint64_t section; /* pcapng: the table's number of it */
	int64_t last_ns;  /* pcapng: of the packet before */
	struct reader_section_interface *interfaces; /* pcapng: of the section */
	uint32_t interface_count, interface_room;
	uint64_t aside; /* pcapng: behind the last block that is neither of packets nor of their
			   statistics; 0: there was none */
	bool splits;    /* asked for: a batch has such blocks only in front of its packets */
	bool untimed;   /* pcapng: there was a packet that has the time of the one before */
	struct reader_odd *odd;
};

/* The record at the window's beginning is not whole: the error for that, or 0 in
 * a live file. missing: bytes it lacks. */
int reader_file_cut(const struct reader_file *file, uint64_t missing, struct error *err);

/* It makes no sense: the error, or 0 in a live file. */
int reader_file_bad(const struct reader_file *file, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A packet is longer than what is said of its interface, by its number. */
static inline void reader_note_longer(struct reader_file *file, uint32_t number, uint32_t caplen)
{
	struct reader_interface *interface = &file->table->entries[number]->interface;

	if (caplen > interface->longest)
		interface->longest = caplen;
}

void reader_odd_close(struct reader_odd *odd);

/* The DLT_* value for a LINKTYPE_* one, as files have it. */
int reader_dlt(uint32_t linktype);

#endif
