/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the frames of a file are due to be sent. The schedule is absolute: being
 * late once makes nothing after it late. Pure.
 */
#ifndef WIRETAPE_PACE_H
#define WIRETAPE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum pace_kind {
	PACE_FACTOR,  /* the times of the file, so many times as fast */
	PACE_TOP,     /* at once */
	PACE_PACKETS, /* so many packets a second */
	PACE_BITS,    /* so many bits a second, of frames as they are in the file */
};

struct pace_request {
	enum pace_kind kind;
	double factor;          /* PACE_FACTOR */
	uint64_t rate;          /* PACE_PACKETS, PACE_BITS: a second */
	bool has_loop_delay;    /* that is between two rounds, at any speed; else what is */
	uint64_t loop_delay_ns; /* between packets on average */
	uint64_t gap_most_ns;   /* PACE_FACTOR: no pause is longer than that; 0: all as recorded */
};

/* A time that is further back than this comes of a clock that was set back. */
#define PACE_STEP_NS UINT64_C(1000000000)

/* "x2", "x0.5", "top", "10kpps", "2500pps", "100Mbit", "1.5Gbit": kind, and factor or rate. A
 * usage error, which does not name the option. */
int pace_parse(const char *text, struct pace_request *request, struct error *err);

struct pace {
	struct pace_request request;
	uint64_t packets, bits;     /* so far */
	int64_t last_ns, latest_ns; /* times in the file: of the packet before, of all */
	uint64_t round_ns;          /* where this round begins, by the file's times, */
	uint64_t lasted_ns;         /* and how long it has lasted */
	uint64_t round_packets;
	uint64_t delayed_ns;   /* of what is due: by pace_delay */
	uint64_t steps;        /* so often was a clock set back, */
	uint64_t step_most_ns; /* at most by so much */
	bool begun;
};

void pace_init(struct pace *pace, const struct pace_request *request);

/* When the next frame is due, in ns after the start. Never before the one in
 * front of it. */
uint64_t pace_due(struct pace *pace, int64_t time_ns, uint32_t bytes);

/* What comes now has times of its own, as it is of another file: what is in between is what
 * is on average. */
void pace_again(struct pace *pace);

/* Likewise: the next round. now_ns: after the start. */
void pace_next_round(struct pace *pace, uint64_t now_ns);

#endif
