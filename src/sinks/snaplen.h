/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The snapshot length of a copy: the largest of those of the interfaces in it, and no less
 * than a packet, whatever was said of it. It is in the header, before that is known; so a
 * file's is set right at the end.
 *
 * Threads: those of the sink.
 */
#ifndef WIRETAPE_SNAPLEN_H
#define WIRETAPE_SNAPLEN_H

#include <stdint.h>

/* Zeros at first. */
struct snaplen {
	uint32_t said;    /* of interfaces, the most; 0 is no limit, and then UINT32_MAX */
	uint32_t longest; /* bytes of a packet */
	uint32_t written; /* the least that stands in a header; 0: in none yet */
};

/* An interface says that of itself. Returns what to write into the header. */
static inline uint32_t snaplen_say(struct snaplen *s, uint32_t said)
{
	if (said == 0)
		said = UINT32_MAX;
	if (said > s->said)
		s->said = said;
	if (s->written == 0 || s->said < s->written)
		s->written = s->said;
	return s->said == UINT32_MAX ? 0 : s->said;
}

static inline void snaplen_take(struct snaplen *s, uint32_t caplen)
{
	if (caplen > s->longest)
		s->longest = caplen;
}

/* What every header is to say. */
static inline uint32_t snaplen_right(const struct snaplen *s)
{
	const uint32_t most = s->longest > s->said ? s->longest : s->said;

	return most == UINT32_MAX ? 0 : most;
}

/* Whether one says something else. */
static inline int snaplen_is_wrong(const struct snaplen *s)
{
	return s->written != 0 && (s->longest > s->written || s->said > s->written);
}

#endif
