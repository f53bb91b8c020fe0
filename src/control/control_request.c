/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests come from other processes: nothing of them is believed before it was looked at.
 */
#include "control/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GREETING "wiretape 1 "

/* What follows a verb. */
enum rest { REST_NONE, REST_PIN, REST_NAME };

static const struct {
	const char *name;
	enum rest rest;
} verbs[CONTROL_VERBS] = {
	[CONTROL_STATUS] = {"status", REST_NONE},   [CONTROL_ROTATE] = {"rotate", REST_NONE},
	[CONTROL_FLUSH] = {"flush", REST_NONE},     [CONTROL_PIN] = {"pin", REST_PIN},
	[CONTROL_UNPIN] = {"unpin", REST_NAME},     [CONTROL_PINS] = {"pins", REST_NONE},
	[CONTROL_TRIGGER] = {"trigger", REST_NONE}, [CONTROL_STOP] = {"stop", REST_NONE},
};

static const char *const verdicts[] = {
	[CONTROL_OK] = "ok",
	[CONTROL_UNWELL] = "unwell",
	[CONTROL_FAILED] = "failed",
};

bool control_verb_find(const char *word, enum control_verb *verb)
{
	for (int i = 0; i < CONTROL_VERBS; i++) {
		if (strcmp(word, verbs[i].name) != 0)
			continue;
		*verb = (enum control_verb)i;
		return true;
	}
	return false;
}

const char *control_verb_name(enum control_verb verb)
{
	return verbs[verb].name;
}

/* --- reading ---------------------------------------------------------------------------- */

/* The word at *at, which ends at a blank or the end; *at goes behind it. */
static char *take_word(char **at)
{
	char *word = *at;
	const size_t length = strcspn(word, " ");

	*at = word + length;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

static bool take_time(char **at, int64_t *ns)
{
	const char *word = take_word(at);
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*ns = strtoll(word, &end, 10);
	return errno == 0 && *end == '\0';
}

static int read_rest(char *at, struct control_request *r, struct error *err)
{
	const char *name = verbs[r->verb].name;
	struct pin *pin = &r->pin;

	if (verbs[r->verb].rest == REST_NONE)
		return *at ? error_usage(err, "%s takes no more words", name) : 0;
	if (verbs[r->verb].rest == REST_PIN &&
	    (!take_time(&at, &pin->from_ns) || !take_time(&at, &pin->to_ns) ||
	     pin->from_ns >= pin->to_ns))
		return error_usage(err, "%s needs two times, the later one second", name);
	if (!pin_name_fits(at))
		return error_usage(err, "%s: a pin has no such name", name);
	snprintf(pin->name, sizeof(pin->name), "%s", at);
	return 0;
}

static bool has_odd_bytes(const char *line, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return true;
	return false;
}

int control_request_read(char *line, size_t bytes, struct control_request *r, struct error *err)
{
	const char *word;
	char *at = line;

	*r = (struct control_request){0};
	if (bytes >= CONTROL_REQUEST_MOST || line[bytes] || has_odd_bytes(line, bytes))
		return error_usage(err, "the request is no line of text");
	if (strncmp(line, GREETING, strlen(GREETING)) != 0)
		return error_usage(err, "a request begins with \"" GREETING "\"");
	at += strlen(GREETING);
	word = take_word(&at);
	r->json = strcmp(word, "json") == 0;
	if (!r->json && strcmp(word, "text") != 0)
		return error_usage(err, "an answer is either text or json");
	word = take_word(&at);
	if (!control_verb_find(word, &r->verb))
		return error_usage(err, "there is no such request");
	return read_rest(at, r, err);
}

/* --- writing ---------------------------------------------------------------------------- */

char *control_request_write(const struct control_request *r)
{
	const char *form = r->json ? "json" : "text", *name = verbs[r->verb].name;
	char *line = NULL;
	int rc;

	if (verbs[r->verb].rest == REST_NONE)
		rc = asprintf(&line, GREETING "%s %s\n", form, name);
	else if (verbs[r->verb].rest == REST_PIN)
		rc = asprintf(&line, GREETING "%s %s %" PRId64 " %" PRId64 " %s\n", form, name,
			      r->pin.from_ns, r->pin.to_ns, r->pin.name);
	else
		rc = asprintf(&line, GREETING "%s %s %s\n", form, name, r->pin.name);
	return rc < 0 ? NULL : line;
}

/* --- answers ---------------------------------------------------------------------------- */

void control_answer_write(char line[static CONTROL_ANSWER_ROOM], enum control_verdict verdict,
			  size_t bytes)
{
	snprintf(line, CONTROL_ANSWER_ROOM, GREETING "%s %zu\n", verdicts[verdict], bytes);
}

bool control_answer_read(const char *line, enum control_verdict *verdict, size_t *bytes)
{
	const char *at = line + strlen(GREETING);
	char *end;

	if (strncmp(line, GREETING, strlen(GREETING)) != 0)
		return false;
	for (int i = CONTROL_OK; i <= CONTROL_FAILED; i++) {
		const size_t length = strlen(verdicts[i]);

		if (strncmp(at, verdicts[i], length) != 0 || at[length] != ' ')
			continue;
		at += length + 1;
		if (*at < '0' || *at > '9')
			return false;
		errno = 0;
		*bytes = strtoull(at, &end, 10);
		*verdict = (enum control_verdict)i;
		return errno == 0 && strcmp(end, "\n") == 0;
	}
	return false;
}
