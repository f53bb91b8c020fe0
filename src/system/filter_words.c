/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text is cut into words as libpcap does it, as far as that matters here: what stands
 * behind a backslash is a name, whatever it looks like.
 */
#include "filter_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Comparisons that are always so, or never, and that libpcap does not find to be. */
#define TRUE_WORDS  "(len >= 0)"
#define FALSE_WORDS "(len < 0)"

/* So much of an expression is put in front of an error. */
#define EXPRESSION_SHOWN 160

enum word { WORD_OTHER, WORD_IN, WORD_OUT, WORD_NAME };

/* A stretch of the text: a word, or what is between two. */
struct stretch {
	const char *at;
	size_t bytes;
	enum word word;
};

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || strchr("-_.\\", c);
}

/* A name goes to where it can no longer be one. */
static size_t name_bytes(const char *at)
{
	return strcspn(at, " \t\r\n()!&|");
}

static bool is_word(const struct stretch *s, const char *word)
{
	return s->bytes == strlen(word) && strncmp(s->at, word, s->bytes) == 0;
}

/* The stretch that begins there; of no bytes at the end. */
static struct stretch next_stretch(const char *at)
{
	struct stretch s = {.at = at, .bytes = 1};

	if (*at == '\0') {
		s.bytes = 0;
		return s;
	}
	if (!in_word(*at))
		return s;
	while (at[s.bytes] && in_word(at[s.bytes]))
		s.bytes++;
	if (is_word(&s, "inbound"))
		s.word = WORD_IN;
	else if (is_word(&s, "outbound"))
		s.word = WORD_OUT;
	else if (is_word(&s, "ifname") || is_word(&s, "on"))
		s.word = WORD_NAME;
	return s;
}

/* What stands for a stretch; *end is where the text goes on. Null: itself. */
static const char *settle(const struct stretch *s, const struct filter_facts *facts,
			  const char **end)
{
	const char *name = s->at + s->bytes;
	size_t bytes;

	*end = name;
	switch (s->word) {
	case WORD_IN:
	case WORD_OUT:
		if (facts->way == FILTER_WAY_IN_PACKET)
			return NULL;
		return facts->way == (s->word == WORD_IN ? FILTER_WAY_IN : FILTER_WAY_OUT)
			       ? TRUE_WORDS
			       : FALSE_WORDS;
	case WORD_NAME:
		name += strspn(name, " \t\r\n");
		bytes = name_bytes(name);
		/* What is wrong with that is libpcap's to tell. */
		if (bytes == 0)
			return NULL;
		*end = name + bytes;
		return facts->interface && strlen(facts->interface) == bytes &&
				       strncmp(facts->interface, name, bytes) == 0
			       ? TRUE_WORDS
			       : FALSE_WORDS;
	case WORD_OTHER:
		break;
	}
	return NULL;
}

int filter_words_settle(const char *expression, const struct filter_facts *facts, char **text)
{
	size_t bytes;
	FILE *out = open_memstream(text, &bytes);
	const char *at = expression;
	struct stretch s;

	if (!out)
		return -ENOMEM;
	while ((s = next_stretch(at)).bytes > 0) {
		const char *instead = settle(&s, facts, &at);

		if (instead)
			fputs(instead, out);
		else
			fwrite(s.at, 1, s.bytes, out);
	}
	if (fclose(out) == 0)
		return 0;
	free(*text);
	return -ENOMEM;
}

bool filter_words_ask_way(const char *expression)
{
	struct stretch s;

	for (const char *at = expression; (s = next_stretch(at)).bytes > 0; at += s.bytes)
		if (s.word == WORD_IN || s.word == WORD_OUT)
			return true;
	return false;
}

void filter_name_expression(struct error *err, const char *expression)
{
	if (strlen(expression) <= EXPRESSION_SHOWN)
		error_context(err, "filter \"%s\"", expression);
	else
		error_context(err, "filter \"%.*s...\"", EXPRESSION_SHOWN, expression);
}
