/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic of times; in 128 bits where a product could be large.
 */
#include "read/pace.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define FACTOR_MOST 1e6

/* Nothing is due later, some 146 years on: room for any time of day to be added. */
#define DUE_MOST (UINT64_C(1) << 62)

static int refuse(const char *text, struct error *err)
{
	return error_usage(err,
			   "'%s' is none of xFACTOR, top, COUNTpps and RATEbit, such as x2, x0.5, "
			   "1000 or 10kpps, 10M or 10Mbit",
			   text);
}

/* A decimal number without a sign; *end is what follows. False where there is none. */
static bool read_number(const char *text, double *value, const char **end)
{
	char *rest;

	if (!isdigit((unsigned char)*text))
		return false;
	/* strtod knows hexadecimal numbers, too. */
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return false;
	*value = strtod(text, &rest);
	*end = rest;
	return isfinite(*value);
}

int pace_parse(const char *text, struct pace_request *request, struct error *err)
{
	static const char letters[] = "kMGT";
	const char *end, *letter;
	double value;

	if (strcmp(text, "top") == 0) {
		request->kind = PACE_TOP;
		return 0;
	}
	if (*text == 'x') {
		if (!read_number(text + 1, &value, &end) || *end)
			return refuse(text, err);
		if (value < 1 / FACTOR_MOST || value > FACTOR_MOST)
			return error_usage(err, "'%s' is not from x0.000001 to x1000000", text);
		request->kind = PACE_FACTOR;
		request->factor = value;
		return 0;
	}
	if (!read_number(text, &value, &end))
		return refuse(text, err);
	letter = *end ? strchr(letters, *end == 'K' ? 'k' : *end) : NULL;
	if (letter) {
		for (const char *l = letters; l <= letter; l++)
			value *= 1000;
		end++;
	}
	/* As others read them: a bare number counts packets, one with a letter bits. */
	if (strcmp(end, "pps") == 0 || (!*end && !letter))
		request->kind = PACE_PACKETS;
	else if (strcmp(end, "bit") == 0 || !*end)
		request->kind = PACE_BITS;
	else
		return refuse(text, err);
	if (value < 1 || value > 1e13)
		return error_usage(err, "'%s' is not from 1 to 10T", text);
	request->rate = (uint64_t)value;
	return 0;
}

void pace_init(struct pace *pace, const struct pace_request *request)
{
	*pace = (struct pace){.request = *request};
}

static uint64_t at_most(unsigned __int128 due)
{
	return due < DUE_MOST ? (uint64_t)due : DUE_MOST;
}

static uint64_t scale(uint64_t count, uint64_t rate)
{
	return at_most((unsigned __int128)count * NS_PER_SECOND / rate);
}

static uint64_t stretch(uint64_t ns, double factor)
{
	const double due = factor == 1 ? 0 : (double)ns / factor;

	/* A double has not all digits of a time. */
	if (factor == 1)
		return at_most(ns);
	return due < (double)DUE_MOST ? (uint64_t)due : DUE_MOST;
}

/* So much of the file's time is the longest pause there is to be. */
static uint64_t gap_most(const struct pace *p)
{
	const double most = (double)p->request.gap_most_ns * p->request.factor;

	return p->request.gap_most_ns == 0 || most > (double)DUE_MOST ? DUE_MOST : (uint64_t)most;
}

/* Files can go back in time; what is sent cannot. A little of that is packets in another
 * order. A clock that was set back begins anew, from there; but where a time is on from
 * the latest before that, it is those few in between that had a wrong one. */
static void move_on(struct pace *p, int64_t time_ns)
{
	const uint64_t behind = (uint64_t)p->last_ns - (uint64_t)time_ns;
	uint64_t gap = (uint64_t)time_ns - (uint64_t)p->last_ns;

	if (time_ns < p->last_ns && behind <= PACE_STEP_NS)
		return;
	if (time_ns < p->last_ns) {
		p->steps++;
		p->step_most_ns = behind > p->step_most_ns ? behind : p->step_most_ns;
		gap = 0;
	} else if (time_ns >= p->latest_ns && gap > (uint64_t)time_ns - (uint64_t)p->latest_ns) {
		gap = (uint64_t)time_ns - (uint64_t)p->latest_ns;
	}
	p->last_ns = time_ns;
	if (time_ns > p->latest_ns)
		p->latest_ns = time_ns;
	if (gap > gap_most(p))
		gap = gap_most(p);
	p->lasted_ns = at_most((unsigned __int128)p->lasted_ns + gap);
}

uint64_t pace_due(struct pace *p, int64_t time_ns, uint32_t bytes)
{
	uint64_t due = 0;

	if (!p->begun)
		p->last_ns = p->latest_ns = time_ns;
	p->begun = true;
	move_on(p, time_ns);
	switch (p->request.kind) {
	case PACE_FACTOR:
		due = stretch(at_most((unsigned __int128)p->round_ns + p->lasted_ns),
			      p->request.factor);
		break;
	case PACE_PACKETS:
		due = scale(p->packets, p->request.rate);
		break;
	case PACE_BITS:
		due = scale(p->bits, p->request.rate);
		break;
	case PACE_TOP:
		break;
	}
	p->packets++;
	p->round_packets++;
	p->bits += 8ull * bytes;
	return at_most((unsigned __int128)due + p->delayed_ns);
}

static void next_round(struct pace *p, uint64_t between_ns)
{
	p->round_ns = at_most((unsigned __int128)p->round_ns + p->lasted_ns + between_ns);
	p->lasted_ns = p->round_packets = 0;
	p->begun = false;
}

void pace_again(struct pace *p)
{
	next_round(p, p->round_packets > 1 ? p->lasted_ns / (p->round_packets - 1) : 0);
}

void pace_next_round(struct pace *p, uint64_t now_ns)
{
	if (!p->request.has_loop_delay) {
		pace_again(p);
		return;
	}
	/* Where nothing has a time of its own it counts from now. */
	if (p->request.kind == PACE_TOP)
		p->delayed_ns = now_ns;
	p->delayed_ns = at_most((unsigned __int128)p->delayed_ns + p->request.loop_delay_ns);
	next_round(p, 0);
}
