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
	double factor; /* PACE_FACTOR */
	uint64_t rate; /* PACE_PACKETS, PACE_BITS: a second */
};

/* "x2", "x0.5", "top", "10kpps", "2500pps", "100Mbit", "1.5Gbit". A usage error,
 * which does not name the option. */
int pace_parse(const char *text, struct pace_request *request, struct error *err);

struct pace {
	struct pace_request request;
	uint64_t packets, bits;    /* so far */
	int64_t first_ns, last_ns; /* times in the file, of this round */
	uint64_t round_ns;         /* where this round begins, by the file's times */
	uint64_t round_packets;
	bool begun;
};

void pace_init(struct pace *pace, const struct pace_request *request);

/* When the next frame is due, in ns after the start. Never before the one in
 * front of it. */
uint64_t pace_due(struct pace *pace, int64_t time_ns, uint32_t bytes);

/* The files begin again (--loop): what is in between is what is on average. */
void pace_again(struct pace *pace);

#endif
