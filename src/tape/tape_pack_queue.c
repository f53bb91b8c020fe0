/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that wait to be packed, and what those who change the tape meanwhile need to know.
 */
#include "tape_pack_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* So many segments wait. The oldest beyond that stays as it is. */
#define WAITING_MOST 8u

int tape_pack_open(struct tape *tape)
{
	struct tape_pack *k;

	if (tape->config.pack_level == 0)
		return 0;
	k = tape->pack = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->last = &k->first;
	return helper_open(tape->config.wake_fd, &k->helper);
}

void pack_queue_free(struct waiting *w)
{
	free((char *)(uintptr_t)w->closed.path);
	free(w);
}

void pack_queue_let_go(struct tape *tape, struct waiting *w)
{
	if (w->closed.path)
		tape->config.closed(tape->config.context, &w->closed);
	pack_queue_free(w);
}

struct waiting *pack_queue_take(struct tape_pack *k)
{
	struct waiting *w = k->first;

	if (!w)
		return NULL;
	k->first = w->next;
	if (!k->first)
		k->last = &k->first;
	k->waiting--;
	return w;
}

struct waiting *pack_queue_new(uint64_t sequence, const struct tape_closed *closed)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->closed.sequence = sequence;
	if (closed) {
		w->closed = *closed;
		w->closed.path = strdup(closed->path);
		if (!w->closed.path) {
			free(w);
			return NULL;
		}
	}
	return w;
}

bool tape_pack_add(struct tape *tape, const struct tape_closed *closed)
{
	struct tape_pack *k = tape->pack;
	struct waiting *w;

	if (!k || !(w = pack_queue_new(closed->sequence, closed)))
		return false;
	*k->last = w;
	k->last = &w->next;
	k->waiting++;
	if (k->waiting <= WAITING_MOST)
		return true;
	k->counts.behind++;
	tape_note(tape, NOTE_PACK,
		  "%s: packing does not keep up: a segment stays as it is (%" PRIu64 " so far)",
		  tape->path, k->counts.behind);
	pack_queue_let_go(tape, pack_queue_take(k));
	return true;
}

bool tape_pack_forget(struct tape *tape, uint64_t sequence)
{
	struct tape_pack *k = tape->pack;
	struct waiting **at, *w;
	bool told;

	if (!k)
		return false;
	if (k->running && k->running->closed.sequence == sequence) {
		told = k->running->closed.path != NULL;
		free((char *)(uintptr_t)k->running->closed.path);
		k->running->closed.path = NULL;
		atomic_store(&k->packing.stop, true);
		return told && tape->config.hooked;
	}
	for (at = &k->first; *at && (*at)->closed.sequence != sequence; at = &(*at)->next)
		;
	w = *at;
	if (!w)
		return false;
	*at = w->next;
	if (!w->next)
		k->last = at;
	k->waiting--;
	told = w->closed.path != NULL;
	pack_queue_free(w);
	return told && tape->config.hooked;
}

bool tape_pack_line(const struct tape *tape, struct manifest_line *line)
{
	const struct tape_pack *k = tape->pack;

	if (!k || !k->running)
		return false;
	*line = (struct manifest_line){
		.kind = MANIFEST_GONE,
		.sequence = k->running->closed.sequence,
		.identity = k->made,
	};
	return true;
}

void tape_pack_look(struct tape *tape)
{
	if (tape->pack)
		tape->pack->counts.there = tape->sequence;
}

void tape_pack_drop(struct tape *tape)
{
	struct tape_pack *k = tape->pack;
	struct waiting *w;

	if (!k)
		return;
	atomic_store(&k->packing.stop, true);
	helper_drain(k->helper);
	if (k->running && helper_take(k->helper)) {
		tape_packing_clear(&k->packing);
		pack_queue_free(k->running);
		k->running = NULL;
		tape->pack_held = 0;
	}
	while ((w = pack_queue_take(k)))
		pack_queue_free(w);
}

void tape_pack_close(struct tape *tape)
{
	if (!tape->pack)
		return;
	if (tape->pack->helper)
		tape_pack_drop(tape);
	helper_close(tape->pack->helper);
	free(tape->pack);
	tape->pack = NULL;
}
