/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a recording for programs that watch it: as JSON (RFC 8259) and in
 * the text format of Prometheus (exposition format 0.0.4, for the textfile
 * collector of node_exporter). Writes to the stream it is given and nowhere
 * else. The manual has the schema.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_STATUS_H
#define WIRETAPE_STATUS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/latency.h"
#include "base/ledger.h"
#include "base/stats.h"

#define STATUS_SCHEMA 1

enum status_link { STATUS_UP, STATUS_DOWN, STATUS_GONE };

struct status_interface {
	const char *name;
	const char *linktype; /* libpcap's name of it, or a null pointer */
	enum status_link link;
	struct stats_snapshot counts;
	uint64_t ring_bytes;
	uint32_t ring_fill_permille, ring_most_permille;
};

/* What stands between the ring and the disk. */
struct status_writing {
	struct latency_snapshot turns;  /* of the ring thread */
	struct latency_snapshot writes; /* that nobody waits for */
	uint64_t spill_bytes;           /* memory beside the ring, in use */
	uint64_t spill_most_bytes;      /* the most that ever was */
	uint64_t spill_bound_bytes;     /* the most there may be */
};

/* How it goes, of late. */
#define STATUS_PROBLEMS_MOST 8u
#define STATUS_PROBLEM_ROOM  128u
struct status_health {
	uint64_t packets_per_second, bytes_per_second; /* over the last 10 s or so; bytes as
							  they are written */
	uint64_t lost_lately;                          /* packets, in the last minute or so */
	uint64_t hooks, hooks_failed;                  /* that wait or run; so far */
	unsigned problem_count;                        /* 0: healthy */
	char problems[STATUS_PROBLEMS_MOST][STATUS_PROBLEM_ROOM]; /* in words */
};

/* Who packets are sent to. */
struct status_client {
	char peer[80];
	uint64_t packets, bytes; /* sent */
	uint64_t dropped;        /* since it came: it was too slow */
};

struct status_stream {
	const char *to;                      /* as it was typed */
	const struct status_client *clients; /* that are connected */
	uint32_t client_count;
	struct status_client ended; /* of all that were */
	uint64_t ended_count;
	uint64_t unheard; /* packets that came while there was no client */
};

/* What has become of packing segments. */
struct status_packing {
	bool wanted;                            /* else nothing is told */
	uint64_t kept, kept_bytes;              /* packed ones in the directory */
	uint64_t waiting;                       /* to be packed */
	uint64_t segments, bytes, packed_bytes; /* packed so far, of bytes into so many */
	uint64_t behind, failed;                /* left as they are */
};

struct status {
	const char *version;
	int pid;
	const char *instance; /* tells it from other recorders; of metrics alone */
	bool recording;       /* false in the last one */
	uint64_t start_ns, time_ns;
	const struct status_interface *interfaces; /* whose names differ */
	uint32_t interface_count;
	struct stats_snapshot total;
	const struct ledger *ledger; /* of as many interfaces, or more: those have no name */
	/* What is written. */
	const char *path; /* or a null pointer */
	const char *format;
	uint64_t bytes; /* so far */
	struct status_writing writing;
	const struct status_stream *streams;
	uint32_t stream_count;
	bool segments; /* the rest is about them */
	uint64_t segment_sequence, segment_bytes, segment_packets;
	uint64_t segments_kept;
	uint64_t budget_bytes; /* 0: none */
	uint64_t used_bytes, free_bytes;
	uint64_t oldest_ns;                 /* 0: not known */
	const struct status_health *health; /* null: nobody asks for that */
	struct status_packing packing;
};

/* Whether all of it was written, fclose says, or ferror. In the second no counter
 * goes back while the recording lasts. */
void status_write_json(FILE *out, const struct status *status);
void status_write_prometheus(FILE *out, const struct status *status);

/* A few lines for people. With health. */
void status_write_text(FILE *out, const struct status *status);

/* Bytes until the first segment goes for the budget, which there has to be. */
uint64_t status_budget_left(const struct status *status);

#endif
