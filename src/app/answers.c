/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request at a time, so that signals and timers have their turn between two.
 */
#include "answers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/control.h"

struct answers {
	struct answers_config config;
	struct control *control;
};

bool answers_are_wanted(const struct options *options, const struct output *output)
{
	return !options->no_control &&
	       (options->control || (output && output_own_directory(output)));
}

int answers_open(const struct answers_config *config, struct answers **result, struct error *err)
{
	const struct options *o = config->options;
	struct control_config socket = {
		.path = o->control ? o->control : output_own_directory(config->output),
		.directory = !o->control,
		.uid = config->target->uid,
	};
	struct answers *a = calloc(1, sizeof(*a));
	struct error why;
	int rc;

	*result = NULL;
	if (!a)
		return error_system(err, ENOMEM, "start the capture");
	a->config = *config;
	rc = control_open(&socket, &a->control, &why);
	if (rc == 0) {
		*result = a;
		return 0;
	}
	free(a);
	if (o->control) {
		*err = why;
		return error_context(err, "--control");
	}
	/* Some file systems have no sockets. What is recorded is worth more. */
	log_say(config->log, NOTE_CHECK, NULL, "nobody can ask this recorder: %s", why.text);
	return 0;
}

int answers_start(struct answers *a, struct error *err)
{
	return control_start(a->control, err);
}

int answers_fd(const struct answers *a)
{
	return control_fd(a->control);
}

/* A line of words, in the form that was asked for. */
static void say(struct answers *a, const struct control_asked *asked, enum control_verdict verdict,
		const char *text)
{
	control_answer(a->control, asked, verdict, control_words(asked->request->json, text));
}

static void give_status(struct answers *a, struct session *session,
			const struct control_asked *asked)
{
	struct session_counts told[LANES_TOLD];
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	bool healthy = false;

	lanes_merge(a->config.lanes, session_look(session), told);
	if (out)
		healthy = monitor_tell(a->config.monitor, told, asked->request->json, out);
	if (out && fclose(out) != 0) {
		free(text);
		text = NULL;
	}
	control_answer(a->control, asked, healthy ? CONTROL_OK : CONTROL_UNWELL, text);
}

/* One that the keeper answers. */
struct pinning {
	struct answers *answers;
	struct control_asked asked;
};

static void pinned(void *context, bool done, char *text)
{
	struct pinning *p = context;
	char *words = text;

	if (text && p->asked.request->verb != CONTROL_PINS) {
		words = control_words(p->asked.request->json, text);
		free(text);
	}
	control_answer(p->answers->control, &p->asked, done ? CONTROL_OK : CONTROL_FAILED, words);
	free(p);
}

static void ask_keeper(struct answers *a, const struct control_asked *asked)
{
	const struct control_request *request = asked->request;
	struct tape_ask ask = {
		.what = request->verb == CONTROL_PIN     ? TAPE_ASK_PIN
			: request->verb == CONTROL_UNPIN ? TAPE_ASK_UNPIN
							 : TAPE_ASK_PINS,
		.json = request->json,
		.pin = request->pin,
		.answered = pinned,
	};
	struct pinning *p = calloc(1, sizeof(*p));

	if (!a->config.output || !output_rotates(a->config.output)) {
		say(a, asked, CONTROL_FAILED, "there are no segments to be pinned");
		free(p);
		return;
	}
	if (!p) {
		control_answer(a->control, asked, CONTROL_FAILED, NULL);
		return;
	}
	*p = (struct pinning){a, *asked};
	ask.context = p;
	sink_tape_ask(output_sink(a->config.output), &ask);
}

static void rotate(struct answers *a, struct session *session, const struct control_asked *asked)
{
	struct sink_tape_summary tape = {0};
	char text[128];

	if (!session_rotate(session)) {
		say(a, asked, CONTROL_FAILED, "there are no segments to go on in");
		return;
	}
	output_tape_state(a->config.output, &tape);
	snprintf(text, sizeof(text), "segment %" PRIu64 " ends, and another begins", tape.sequence);
	say(a, asked, CONTROL_OK, text);
}

void answers_give(struct answers *a, struct session *session)
{
	struct control_asked asked;

	if (!control_take(a->control, &asked))
		return;
	switch (asked.request->verb) {
	case CONTROL_STATUS:
		give_status(a, session, &asked);
		break;
	case CONTROL_ROTATE:
		rotate(a, session, &asked);
		break;
	case CONTROL_FLUSH:
		session_flush(session);
		say(a, &asked, CONTROL_OK, "what was gathered is written out");
		break;
	case CONTROL_PIN:
	case CONTROL_UNPIN:
	case CONTROL_PINS:
		ask_keeper(a, &asked);
		break;
	case CONTROL_STOP:
		session_stop(session);
		say(a, &asked, CONTROL_OK, "it ends, and finishes what it writes");
		break;
	case CONTROL_TRIGGER:
		say(a, &asked, CONTROL_FAILED, "there is nothing to trigger: no --hold");
		break;
	case CONTROL_VERBS:
		say(a, &asked, CONTROL_FAILED, "there is no such request");
		break;
	}
}

void answers_close(struct answers *a)
{
	if (!a)
		return;
	control_close(a->control);
	free(a);
}
