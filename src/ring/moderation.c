/* SPDX-License-Identifier: BSD-2-Clause */
#include "moderation.h"

/* Each time counts for an eighth, and a longer gap for no more than this, so that
 * one lull ends it. */
#define SHARE       8u
#define GAP_MOST_NS (10 * MODERATION_GAP_NS)

bool moderation_dry(struct moderation *m, uint64_t now_ns)
{
	uint64_t gap = GAP_MOST_NS;

	if (m->dry_ns == 0)
		m->gap_ns = GAP_MOST_NS;
	else if (m->frames > 0 && now_ns > m->dry_ns && now_ns - m->dry_ns < gap * m->frames)
		gap = (now_ns - m->dry_ns) / m->frames;
	m->gap_ns = (m->gap_ns * (SHARE - 1) + gap) / SHARE;
	m->dry_ns = now_ns;
	m->frames = 0;
	return m->gap_ns < MODERATION_GAP_NS;
}
