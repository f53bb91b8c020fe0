/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words for what becomes of interfaces, which scripts look for in logs and files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/attach.h"

static void test_words(void **state)
{
	static const struct {
		enum attach_change change;
		const char *state, *verb, *sentence;
	} cases[] = {
		{ATTACH_DOWN, "interface down", "went down", "the interface went down"},
		{ATTACH_GONE, "interface gone", "is gone", "the interface is gone"},
		{ATTACH_OTHER, "interface of another link type", "is gone",
		 "the interface that is there now has another link type"},
		{ATTACH_RENAMED, "interface renamed", "is renamed",
		 "the interface is called a-name-of-15-ch now"},
		{ATTACH_BACK, "interface back", "is back", "the interface is back"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct attach_event event = {.change = cases[i].change, .name = "a-name-of-15-ch"};
		char text[ATTACH_TEXT_ROOM];

		assert_string_equal(attach_state(cases[i].change), cases[i].state);
		assert_string_equal(attach_verb(cases[i].change), cases[i].verb);
		assert_ptr_equal(attach_tell(text, &event), text);
		assert_string_equal(text, cases[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
