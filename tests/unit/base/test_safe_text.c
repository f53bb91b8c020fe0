/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of others: what could act on a terminal is told from what could not, and is
 * replaced, marked or kept, as each way has it.
 */
#include "base/safe_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MARK "\xef\xbf\xbd"

static void test_clean(void **state)
{
	static const struct {
		const char *dirty, *clean;
	} cases[] = {
		{"", ""},
		{"plain ~", "plain ~"},
		{"a\nb\tc\033[2J\x7f", "a?b?c?[2J?"},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xc2\x9b"
		 "31m",
		 "??31m"},                /* C1 */
		{"\xc2\xa0", "\xc2\xa0"}, /* the first behind C1 */
		{"\x9b"
		 "31m",
		 "?31m"},                         /* a lone continuation */
		{"\xc0\x8a", "??"},               /* overlong newline */
		{"\xe0\x80\x8a", "???"},          /* the same in three */
		{"\xed\xa0\x80", "???"},          /* surrogate */
		{"\xed\x9f\xbf", "\xed\x9f\xbf"}, /* the last below them */
		{"\xf4\x90\x80\x80", "????"},     /* above U+10FFFF */
		{"\xf0\x8f\xbf\xbf", "????"},     /* overlong */
		{"\xf5\x80\x80\x80", "????"},     /* no such lead */
		{"\xe2\x82", "??"},               /* cut short */
		{"\xe2\x82z", "??z"},
		{"\xc3", "?"},
		{"a\xe2\x80\xae"
		 "b",
		 "a???b"},                /* right-to-left override */
		{"\xd8\x9c", "??"},       /* Arabic letter mark */
		{"\xd8\x9b", "\xd8\x9b"}, /* the one before */
		{"\xe2\x80\x8e\xe2\x80\x8f", "??????"},
		{"\xe2\x80\xa8\xe2\x80\xa9", "??????"}, /* separators */
		{"\xe2\x80\xaf", "\xe2\x80\xaf"},       /* the first behind overrides */
		{"\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaf", "?????????"},
		{"\xe2\x81\xb0", "\xe2\x81\xb0"},
		{"\xf0\x90\x80\xae", "\xf0\x90\x80\xae"}, /* of four bytes, none */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", cases[i].dirty);
		text_clean(text);
		assert_string_equal(text, cases[i].clean);
	}
}

/* Each code point there is: all are well-formed but the surrogates, and these act. */
static void test_every_character(void **state)
{
	unsigned acting = 0;

	(void)state;
	for (uint32_t code = 1; code < 0x110000; code++) {
		char text[8] = "";
		size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		uint32_t rest = code;

		for (size_t i = length; i-- > 1; rest >>= 6)
			text[i] = (char)(0x80 | (rest & 0x3f));
		text[0] = (char)(length == 1 ? rest : (0xf00u >> length | rest) & 0xff);
		if (code >= 0xd800 && code <= 0xdfff) {
			assert_int_equal(text_utf8_length(text), 0);
			continue;
		}
		assert_int_equal(text_utf8_length(text), length);
		if (text_char_length(text) != length) {
			assert_int_equal(text_char_length(text), 0);
			acting++;
		}
	}
	/* C0 without 0, DEL, C1; U+061C, 200E, 200F, 2028 to 202E, 2066 to 206F. */
	assert_int_equal(acting, 31 + 1 + 32 + 3 + 7 + 10);
}

static void test_marks(void **state)
{
	static const struct {
		const char *from, *marked, *utf8;
	} cases[] = {
		{"", "", ""},
		{"br-l\xc3\xa4n", "br-l\xc3\xa4n", "br-l\xc3\xa4n"},
		{"a\xff", "a" MARK "FF", "a" MARK "FF"},
		{"a\xfe", "a" MARK "FE", "a" MARK "FE"},
		{"\033[31m", MARK "1B[31m", "\033[31m"},
		{"\xe2\x80\xae", MARK "E2" MARK "80" MARK "AE", "\xe2\x80\xae"},
		{"\xe2\x80", MARK "E2" MARK "80", MARK "E2" MARK "80"},
		/* A second time it is as it was. */
		{"a" MARK "FF", "a" MARK "FF", "a" MARK "FF"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_mark(text, sizeof(text), cases[i].from),
				 strlen(cases[i].marked));
		assert_string_equal(text, cases[i].marked);
		assert_int_equal(text_as_utf8(text, sizeof(text), cases[i].from),
				 strlen(cases[i].utf8));
		assert_string_equal(text, cases[i].utf8);
	}
}

/* Cut between characters, whatever the room. */
static void test_room(void **state)
{
	static const char from[] = "a\xff\xc3\xa4"
				   "b";
	static const char whole[] = "a" MARK "FF\xc3\xa4"
				    "b";
	static const size_t lengths[] = {0, 0, 1, 1, 1, 1, 1, 6, 6, 8, 9};
	char text[16];

	(void)state;
	assert_int_equal(text_mark(NULL, 0, from), sizeof(whole) - 1);
	for (size_t room = 1; room < sizeof(lengths) / sizeof(lengths[0]); room++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(text_mark(text, room, from), sizeof(whole) - 1);
		assert_int_equal(strlen(text), lengths[room]);
		assert_memory_equal(text, whole, lengths[room]);
		assert_int_equal(text[room], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
