/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of a command that asks a running capture nothing else is done, so that whatever speaks of
 * packets is refused; the words that are a filter elsewhere are what is asked.
 */
#include "option_control.h"

#include <stdio.h>
#include <string.h>

#include "option_alone.h"
#include "option_pin.h"
#include "option_refuse.h"

const char **option_control_text(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_CONTROL:
		return &options->control;
	case OPTION_ASK:
		return &options->ask;
	case OPTION_STATUS:
		return &options->status;
	case OPTION_PIN:
	case OPTION_PINS:
	case OPTION_UNPIN:
		return &options->pinned;
	case OPTION_AS:
		return &options->pin_name;
	default:
		return NULL;
	}
}

static bool goes_along(enum option_id id, enum option_id with)
{
	switch (id) {
	case OPTION_JSON:
	case OPTION_QUIET:
	case OPTION_VERBOSE:
	case OPTION_LOG_FORMAT:
		return true;
	default:
		return id == with;
	}
}

static int refuse_word(const char *word, struct error *err)
{
	char list[128] = "";

	for (int i = 0; i < CONTROL_VERBS; i++) {
		size_t end = strlen(list);

		snprintf(list + end, sizeof(list) - end, "%s%s", i ? ", " : "",
			 control_verb_name((enum control_verb)i));
	}
	if (!word)
		return error_usage(err, "needs to be told what to ask: one of %s", list);
	return error_usage(err, "'%s' is none of %s", word, list);
}

static int read_words(struct options *options, struct error *err)
{
	const char *words = options->expression;

	options->request.json = options->json;
	if (!words)
		return refuse_word(NULL, err);
	if (!control_verb_find(words, &options->request.verb))
		return refuse_word(words, err);
	/* They have options of their own. */
	if (options->request.verb == CONTROL_PIN || options->request.verb == CONTROL_UNPIN)
		return error_usage(err, "%s: give --%s and the directory", words, words);
	return 0;
}

static int check_ask(struct option_parser *parser, struct error *err)
{
	int rc = option_alone_check(parser, OPTION_ASK, goes_along, err);

	if (rc < 0)
		return rc;
	rc = read_words(parser->options, err);
	return rc < 0 ? error_context(err, "%s", parser->given[OPTION_ASK].label) : 0;
}

static int check_status(struct option_parser *parser, struct error *err)
{
	struct options *options = parser->options;
	const struct option_given words = {"the words", options->expression};
	int rc = option_alone_check(parser, OPTION_STATUS, goes_along, err);

	if (rc == 0 && options->expression)
		rc = option_refuse_pair(&parser->given[OPTION_STATUS], &words, err);
	options->request = (struct control_request){.verb = CONTROL_STATUS, .json = options->json};
	return rc;
}

/* What is no capture is not asked. */
static int check_socket(const struct option_parser *parser, const struct option_given *socket,
			struct error *err)
{
	static const enum option_id ids[] = {OPTION_READ, OPTION_READ_LIST, OPTION_LIST,
					     OPTION_DUMP};
	const struct option_given *given = parser->given;

	if (!socket->value)
		return 0;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (given[ids[i]].value)
			return option_refuse_pair(socket, &given[ids[i]], err);
	return 0;
}

int option_control_check(struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	int rc;

	if (given[OPTION_ASK].value)
		return check_ask(parser, err);
	if (given[OPTION_STATUS].value)
		return check_status(parser, err);
	if (option_pin_given(parser))
		return option_pin_check(parser, err);
	if (given[OPTION_JSON].value)
		return error_usage(err, "%s needs --ask, --status or --pins",
				   given[OPTION_JSON].label);
	if (given[OPTION_CONTROL].value && given[OPTION_NO_CONTROL].value)
		return option_refuse_pair(&given[OPTION_CONTROL], &given[OPTION_NO_CONTROL], err);
	rc = check_socket(parser, &given[OPTION_CONTROL], err);
	return rc < 0 ? rc : check_socket(parser, &given[OPTION_NO_CONTROL], err);
}
