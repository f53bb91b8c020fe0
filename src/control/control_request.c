/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests come from other processes: nothing of them is believed before it was looked at.
 */
#include "control/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GREETING "wiretape 1 "

static const char *const verbs[CONTROL_VERBS] = {
	[CONTROL_STATUS] = "status",   [CONTROL_ROTATE] = "rotate", [CONTROL_FLUSH] = "flush",
	[CONTROL_TRIGGER] = "trigger", [CONTROL_STOP] = "stop",
};

static const char *const verdicts[] = {
	[CONTROL_OK] = "ok",
	[CONTROL_UNWELL] = "unwell",
	[CONTROL_FAILED] = "failed",
};

bool control_verb_find(const char *word, enum control_verb *verb)
{
	for (int i = 0; i < CONTROL_VERBS; i++) {
		if (strcmp(word, verbs[i]) != 0)
			continue;
		*verb = (enum control_verb)i;
		return true;
	}
	return false;
}

const char *control_verb_name(enum control_verb verb)
{
	return verbs[verb];
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
	return *at ? error_usage(err, "%s takes no more words", word) : 0;
}

/* --- writing ---------------------------------------------------------------------------- */

char *control_request_write(const struct control_request *r)
{
	char *line = NULL;
	int rc = asprintf(&line, GREETING "%s %s\n", r->json ? "json" : "text", verbs[r->verb]);

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
