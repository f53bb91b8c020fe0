/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the control thread asks of the keeper: a list on the desk, which the keeper answers in
 * its rounds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape_keeper.h"

/* As many may wait. */
#define ASKS_MOST 32u

struct tape_asked {
	struct tape_ask ask;
	struct tape_asked *next;
};

static void answer(const struct tape_ask *ask, bool done, const char *text)
{
	char *copy = strdup(text);

	ask->answered(ask->context, done, copy);
}

void desk_ask(struct tape_desk *d, const struct tape_ask *ask)
{
	struct tape_asked *asked = calloc(1, sizeof(*asked)), **at = &d->asked;
	unsigned count = 0;

	if (asked)
		asked->ask = *ask;
	pthread_mutex_lock(&d->lock);
	for (; *at; at = &(*at)->next)
		count++;
	if (asked && count < ASKS_MOST)
		*at = asked;
	pthread_mutex_unlock(&d->lock);
	if (asked && count < ASKS_MOST) {
		desk_wake(d->keeper_fd);
		return;
	}
	free(asked);
	answer(ask, false, "the recorder is busy with others who ask");
}

static struct tape_asked *take(struct tape_desk *d)
{
	struct tape_asked *asked;

	pthread_mutex_lock(&d->lock);
	asked = d->asked;
	if (asked)
		d->asked = asked->next;
	pthread_mutex_unlock(&d->lock);
	return asked;
}

static void give(struct keeper *k, const struct tape_ask *ask)
{
	char text[PIN_NAME_MOST + 64];
	struct error err;
	int rc;

	if (ask->what == TAPE_ASK_PINS) {
		ask->answered(ask->context, true, pins_tell(tape_pins(k->tape), ask->json));
		return;
	}
	if (ask->what == TAPE_ASK_PIN)
		rc = tape_pin(k->tape, &ask->pin, &err);
	else
		rc = tape_unpin(k->tape, ask->pin.name, &err);
	snprintf(text, sizeof(text), "%s is %s", ask->pin.name,
		 ask->what == TAPE_ASK_PIN ? "pinned" : "let go");
	answer(ask, rc == 0, rc == 0 ? text : err.text);
}

void keeper_answer(struct keeper *k)
{
	struct tape_asked *asked;

	while ((asked = take(k->config.desk))) {
		if (tape_gone(k->tape))
			answer(&asked->ask, false, "the directory is gone");
		else
			give(k, &asked->ask);
		free(asked);
	}
}

void desk_refuse(struct tape_desk *d)
{
	struct tape_asked *asked;

	while ((asked = take(d))) {
		answer(&asked->ask, false, "the recording has ended");
		free(asked);
	}
}
