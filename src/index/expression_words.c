/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of pcap-filter(7). A word that is too long is one that is not known.
 */
#include <ctype.h>
#include <string.h>

#include "expression_parts.h"

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (c != 0 && strchr("_.:-\\$?", c) != NULL);
}

static void read_word(struct words *w)
{
	size_t length = 0;

	/* A backslash says that what follows is no keyword. */
	for (; is_word(*w->at); w->at++)
		if (length < WORD_ROOM)
			w->word[length++] = *w->at;
	w->token = TOKEN_WORD;
	if (length == WORD_ROOM) {
		w->token = TOKEN_UNKNOWN;
		length--;
	}
	w->word[length] = 0;
	if (strcmp(w->word, "and") == 0)
		w->token = TOKEN_AND;
	else if (strcmp(w->word, "or") == 0)
		w->token = TOKEN_OR;
	else if (strcmp(w->word, "not") == 0)
		w->token = TOKEN_NOT;
}

static bool take(struct words *w, const char *text, enum token token)
{
	const size_t length = strlen(text);

	if (strncmp(w->at, text, length) != 0)
		return false;
	w->at += length;
	w->token = token;
	return true;
}

void words_next(struct words *w)
{
	w->word[0] = 0;
	while (isspace((unsigned char)*w->at))
		w->at++;
	if (*w->at == 0) {
		w->token = TOKEN_END;
		return;
	}
	if (is_word(*w->at)) {
		read_word(w);
		return;
	}
	if (take(w, "(", TOKEN_OPEN) || take(w, ")", TOKEN_CLOSE) || take(w, "&&", TOKEN_AND) ||
	    take(w, "||", TOKEN_OR) || take(w, "!=", TOKEN_OPERATOR) || take(w, "!", TOKEN_NOT) ||
	    take(w, "/", TOKEN_SLASH))
		return;
	w->token = strchr("[]&|+*<>=^%", *w->at) ? TOKEN_OPERATOR : TOKEN_UNKNOWN;
	w->at++;
}

void words_start(struct words *w, const char *text)
{
	w->at = text;
	words_next(w);
}

bool words_is(const struct words *w, const char *word)
{
	return w->token == TOKEN_WORD && strcmp(w->word, word) == 0;
}

enum token words_peek(const struct words *w, char word[WORD_ROOM])
{
	struct words next = *w;

	words_next(&next);
	memcpy(word, next.word, WORD_ROOM);
	return next.token;
}
