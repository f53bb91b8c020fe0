/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading side: capture files into frames.
 *
 * Files are pcap (micro- and nanoseconds, both byte orders, and through
 * libpcap what odd variants there are) and pcapng. pcapng is parsed here, not
 * by libpcap, which tells neither the interface of a packet, nor its direction,
 * nor what was dropped, and refuses files of several link types.
 *
 * Interfaces that are alike in everything get one number, however many files
 * and sections they are in; two of one section stay two. Strings from files
 * are made safe for a terminal, and stay different where they are.
 *
 * Frames from files: data, caplen, len, time_ns, interface and packet_type are
 * set (PACKET_OUTGOING where the file says outbound; PACKET_HOST where it says
 * nothing), way, id and lost where the file has them, else 0; the rest is 0. A
 * packet without a time, of a Simple Packet Block, has that of the one before
 * it. len is at least caplen, whatever the file says. Where an index spares packets, what was
 * lost in front of them is told by the next one of their interface.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_H
#define WIRETAPE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "frames/frame.h"
#include "frames/pcapng.h"

/* Nulls and zeros where not known. */
struct reader_interface {
	int dlt;
	uint32_t snaplen;
	const char *name;
	const char *description;
	const char *filter;
	const char *os;
	bool has_ways; /* its packets can say which way they went: of pcapng */
	bool has_mac;
	uint8_t mac[6];
	uint64_t speed_bps;
	uint32_t longest;       /* caplen of a packet met that is longer than snaplen; 0 */
	uint32_t fcs_bytes;     /* that packets end with, unless they say so themselves */
	uint32_t pcap_bits;     /* in a pcap file, above the link type: of the same */
	bool has_options;       /* of pcapng: */
	const uint8_t *options; /* all of them, without an end mark */
	size_t options_bytes;
	struct pcapng_ticks ticks;
};

/* How the index of a file (index/build.h), that lies beside it, is used. */
struct reader_index_use {
	bool used; /* where a time or expressions are asked for: what has no match is not read */
	/* Frames that match none of these may be left out, and are where an index says so;
	 * none: all are wanted. They need not outlive reader_open. */
	const char *const *expressions;
	uint32_t expression_count;
	/* Frames are only to be counted: those of the time asked for that the index knows the
	 * number of are in reader_saved, and not given. Without expressions. */
	bool counts;
	/* An index is not used, for what text says; damaged: it should not be like that. Null:
	 * nobody wants to know. */
	void (*note)(void *context, const char *text, bool damaged);
	void *context;
};

/* How long stretches of files are read; short ones, pipes and what a file system refuses are read
 * through the page cache. */
enum reader_io {
	READER_IO_AUTO,   /* past the page cache and ahead, unless it has them */
	READER_IO_DIRECT, /* so in any case, and short ones, too */
	READER_IO_CACHED, /* through the page cache */
};

struct reader_config {
	/* Files, "-" for standard input, or directories of a recorder. They have to
	 * outlive the reader. */
	const char *const *paths;
	uint32_t count;
	bool has_from, has_to; /* only frames with from_ns <= time < to_ns, where they are set */
	int64_t from_ns, to_ns;
	bool merge; /* in the order of time, on a tie in that of paths; else one
		       path after the other */
	bool sort;  /* a path that has several interfaces is put in the order of time,
		       on a tie in its own; else each is in its own order. What is
		       further out of order than some 36 MiB of memory reach is given
		       as it comes, and counted. */
	/*
	 * Is asked for what we may not open ourselves: the file called name in the
	 * directory that is the path of this number, "." for the directory itself, or,
	 * with a null pointer, the path. Returns a descriptor, which becomes the
	 * reader's, or -errno. Null: nobody is asked.
	 */
	int (*open)(void *context, uint32_t path, const char *name);
	void *context;
	/* Of each path, a descriptor that is open already and becomes the reader's with the
	 * call of reader_open: of a pipe or socket; -1: it is opened. Null: all are. */
	const int *descriptors;
	/* What pcapng files have beside packets and interfaces is kept, for reader_next_block
	 * and reader_section. */
	bool keeps_blocks;
	struct reader_index_use index;
	enum reader_io io;
};

struct reader;

/*
 * Opens all paths and reads nothing of them: what they hold is for whoever has no
 * rights to lose. Nobody is waited for, not the writer of a named pipe either. 0, or
 * -errno with err set.
 */
int reader_open(const struct reader_config *config, struct reader **reader, struct error *err);

/* Whether something is opened later than that: what is in a directory, a file that is
 * one of very many. */
bool reader_opens_later(const struct reader *reader);

/* The descriptors of directories that are read: so many, to be freed. 0 or -ENOMEM. */
int reader_directories(const struct reader *reader, int **fds, size_t *count);

/* What reader_config.open is to return, without asking anybody: for a process that has
 * kept its rights, and those descriptors, after a fork. Of a directory only regular files are
 * given. */
int reader_lend(const struct reader *reader, uint32_t path, const char *name);

/*
 * Looks what is in the directories, and reads the header of the first file; of all of
 * them with merge. Before what follows. Waits for the headers of pipes: until_ns is on
 * CLOCK_MONOTONIC, UINT64_MAX is for ever. 0, or -errno with err set; after -ETIMEDOUT
 * it can be called again, or reader_fill, which goes on with the headers.
 */
int reader_start(struct reader *reader, uint64_t until_ns, struct error *err);

/* Waits until reader_fill has something to read, or for a signal: 0; or for that time:
 * -ETIMEDOUT. */
int reader_await(const struct reader *reader, uint64_t until_ns);

/*
 * The next frames, up to most; their data is valid until the next call, and
 * not to be written to. Returns how many, 0 at the end of all files, or -errno
 * with err set:
 *   -ENODATA   a file ends within a packet, -EBADMSG  or makes no sense from
 *              some byte on: err names file and byte, and all whole packets in
 *              front of it were given. Further calls go on with the next file.
 *   -EINTR, -EAGAIN  a signal came, or reader_poll_fd has nothing to read now:
 *              nothing is lost, call again.
 * From a pipe frames are given as they come; it is never waited for, and its
 * descriptor's flags stay as they are, as others may share it.
 */
int reader_fill(struct reader *reader, struct frame *frames, uint32_t most, struct error *err);

/* Without merge: the path that the frames given last are of. */
uint32_t reader_given_path(const struct reader *reader);

/* The interfaces met so far; frame.interface is a number of them. What is
 * pointed to lives as long as the reader, but more may come with each fill. */
uint32_t reader_interface_count(const struct reader *reader);
const struct reader_interface *reader_interface(const struct reader *reader, uint32_t number);

/*
 * With keeps_blocks: the next block that was met beside packets and interfaces, as it is to
 * be written; null: there is none. It belongs in front of the frames that were given last,
 * or a little further. Statistics are of an interface's number here. Valid until the next
 * call of this.
 */
const struct pcapng_block *reader_next_block(struct reader *reader);

/* The options of the first section that was met, as reader_interface has them: false where
 * all files are pcap. */
bool reader_section(const struct reader *reader, const uint8_t **options, size_t *bytes);

/* PCAPNG_LEFT_*: what of the files cannot be copied. */
unsigned reader_left(const struct reader *reader);

/* What a path is, and its first interface; null: it has shown none yet. */
struct reader_path {
	bool directory;
	const struct reader_interface *interface;
};
void reader_path(const struct reader *reader, uint32_t path, struct reader_path *about);

/* Whether a time was beyond what a frame can tell, before 1677 or after 2262, and is the
 * first or last of those instead. */
bool reader_clipped(const struct reader *reader);

/* Bytes read, of how many that are to be; 0 of 0 where one of the files is a pipe. */
void reader_progress(const struct reader *reader, uint64_t *done_bytes, uint64_t *all_bytes);

/* The descriptor of the pipe that is being read now, for poll. -1: none. */
int reader_poll_fd(const struct reader *reader);

/* Whether that is the descriptor of a pipe that has not ended. */
bool reader_has_pipe(const struct reader *reader, int fd);

/* Of such a pipe frames are kept back, as earlier ones may come: reader_fill gives them
 * at that time (CLOCK_MONOTONIC), whatever poll says. 0: there are none. */
uint64_t reader_again_ns(const struct reader *reader);

/* Frames given behind later ones although they were to be in the order of time. */
uint64_t reader_late(const struct reader *reader);

/* What indexes have spared. */
struct reader_saved {
	uint64_t bytes, packets; /* were not read; */
	uint64_t counted;        /* of them so many are wanted, by reader_index_use.counts */
	uint64_t indexed;        /* files of which the index was used, */
	uint64_t whole;          /* those of which nothing but headers was read, */
	uint64_t without;        /* and those that have none, or one that was not believed */
};
void reader_saved(const struct reader *reader, struct reader_saved *saved);

/* Losses in what was not read that no frame came behind to tell of. */
uint64_t reader_lost(const struct reader *reader);

/* Begins again with the first frame; interfaces keep their numbers. 0, -ESPIPE
 * for a pipe, or -errno. */
int reader_rewind(struct reader *reader, struct error *err);

/* Takes a null pointer. */
void reader_close(struct reader *reader);

#endif
