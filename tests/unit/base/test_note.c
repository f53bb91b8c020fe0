/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keeps a log short: how many lines of a cause get through, that those
 * left out are told of, and that what is rare is told at once.
 */
#include "base/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define MINUTE (60 * NS_PER_SECOND)

static const enum note_cause limited[] = {NOTE_FULL, NOTE_DISK, NOTE_FORCED, NOTE_HOOK,
					  NOTE_LINK, NOTE_BACK, NOTE_LOSS,   NOTE_STATS};

/* Lines of a cause, one each step, in [*now, until): how many got through. The
 * others are counted. */
struct run {
	struct note_limit limit;
	uint64_t now;
	uint64_t lines, said, left_out;
	uint64_t last, longest; /* between two that were said */
};

static void run(struct run *r, enum note_cause cause, uint64_t until, uint64_t step)
{
	uint64_t left_out;

	for (; r->now < until; r->now += step) {
		r->lines++;
		if (!note_pass(&r->limit, cause, r->now, &left_out)) {
			assert_int_equal(left_out, 0);
			continue;
		}
		if (r->said++ > 0 && r->now - r->last > r->longest)
			r->longest = r->now - r->last;
		r->last = r->now;
		r->left_out += left_out;
	}
}

static void assert_all_counted(const struct run *r, enum note_cause cause)
{
	assert_int_equal(r->said + r->left_out + r->limit.causes[cause].left_out, r->lines);
}

static void a_line_a_second_for_ten_minutes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		/* Whenever it begins: a clock that begins at 0 as well. */
		for (uint64_t begin = 0; begin <= 100 * MINUTE; begin += 50 * MINUTE) {
			struct run r = {.now = begin};

			run(&r, limited[i], begin + 10 * MINUTE, NS_PER_SECOND);
			assert_int_equal(r.lines, 600);
			assert_in_range(r.said, 2, 8); /* 60 would do */
			assert_all_counted(&r, limited[i]);
		}
	}
}

static void a_storm_for_a_day(void **state)
{
	struct run r = {0};

	(void)state;
	run(&r, NOTE_DISK, 24 * 60 * MINUTE, NS_PER_SECOND / 20);
	assert_in_range(r.said, 24 * 6, 24 * 6 + 8);
	assert_int_equal(r.longest, 10 * MINUTE);
	assert_all_counted(&r, NOTE_DISK);
}

/* Any pace, also one that is just slower than the pause. */
static void any_pace_for_ten_minutes(void **state)
{
	(void)state;
	for (uint64_t seconds = 1; seconds <= 60; seconds++) {
		struct run r = {0};

		run(&r, NOTE_HOOK, 10 * MINUTE, seconds * NS_PER_SECOND);
		assert_in_range(r.said, 1, 60);
		assert_all_counted(&r, NOTE_HOOK);
	}
}

static void details_are_not_limited(void **state)
{
	static const enum note_cause causes[] = {NOTE_DETAIL, NOTE_ADOPT, NOTE_CHECK};

	(void)state;
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		struct run r = {.now = MINUTE};

		run(&r, causes[i], MINUTE + 100000, 1);
		assert_int_equal(r.said, 100000);
		assert_int_equal(r.left_out, 0);
	}
}

/* As is wanted, and often: that it goes on is enough. */
static void pruning_is_told_now_and_then(void **state)
{
	struct run r = {.now = MINUTE};

	(void)state;
	run(&r, NOTE_PRUNE, 25 * MINUTE, NS_PER_SECOND);
	assert_int_equal(r.said, 3);
	assert_all_counted(&r, NOTE_PRUNE);
	/* However seldom. */
	r = (struct run){.now = MINUTE};
	run(&r, NOTE_PRUNE, 61 * MINUTE, 3 * MINUTE);
	assert_in_range(r.said, 5, 6);
	assert_string_equal(note_level(NOTE_PRUNE), "info");
}

static void after_silence_it_is_prompt_again(void **state)
{
	struct run r = {0};
	uint64_t left_out;

	(void)state;
	run(&r, NOTE_DISK, 60 * MINUTE, NS_PER_SECOND);
	/* As long again as the longest pause. */
	r.now = r.last + 20 * MINUTE;
	r.lines = r.said = r.left_out = 0;
	assert_true(note_pass(&r.limit, NOTE_DISK, r.now, &left_out));
	assert_true(left_out > 0);
	assert_false(note_pass(&r.limit, NOTE_DISK, r.now, &left_out));
	assert_false(note_pass(&r.limit, NOTE_DISK, r.now + 10 * NS_PER_SECOND - 1, &left_out));
	assert_true(note_pass(&r.limit, NOTE_DISK, r.now + 10 * NS_PER_SECOND, &left_out));
	assert_int_equal(left_out, 2);
}

static void causes_do_not_silence_each_other(void **state)
{
	struct note_limit limit = {0};
	uint64_t left_out;

	(void)state;
	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		assert_true(note_pass(&limit, limited[i], MINUTE, &left_out));
		assert_false(note_pass(&limit, limited[i], MINUTE + i, &left_out));
	}
}

/* A plain word and a level for each, or a log for programs has a null pointer. */
static void causes_have_names(void **state)
{
	(void)state;
	for (enum note_cause cause = 0; cause < NOTE_CAUSES; cause++) {
		const char *name = note_cause_name(cause), *level = note_level(cause);

		assert_non_null(name);
		assert_true(*name);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz"), strlen(name));
		assert_true(strcmp(level, "info") == 0 || strcmp(level, "warning") == 0);
	}
	assert_string_equal(note_cause_name(NOTE_LOSS), "loss");
	assert_string_equal(note_level(NOTE_LOSS), "warning");
	assert_string_equal(note_level(NOTE_BACK), "info");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_a_second_for_ten_minutes),
		cmocka_unit_test(a_storm_for_a_day),
		cmocka_unit_test(any_pace_for_ten_minutes),
		cmocka_unit_test(details_are_not_limited),
		cmocka_unit_test(pruning_is_told_now_and_then),
		cmocka_unit_test(after_silence_it_is_prompt_again),
		cmocka_unit_test(causes_do_not_silence_each_other),
		cmocka_unit_test(causes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
