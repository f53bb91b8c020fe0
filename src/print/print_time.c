/* SPDX-License-Identifier: BSD-2-Clause */
#include "print_time.h"

#include <time.h>

#define NS_PER_S 1000000000ull
#define DAY_S    86400ull

static int64_t zone_offset(struct print_time *state, uint64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm local;

	if (state->has_zone && state->zone_minute == seconds / 60)
		return state->zone_offset_s;
	state->has_zone = true;
	state->zone_minute = seconds / 60;
	state->zone_offset_s = localtime_r(&when, &local) ? local.tm_gmtoff : 0;
	return state->zone_offset_s;
}

/* The date of a day since 1970 (proleptic Gregorian). */
static void put_date(struct text *text, int64_t day)
{
	time_t when = (time_t)(day * (int64_t)DAY_S);
	struct tm date;

	if (!gmtime_r(&when, &date))
		return;
	text_decimal_fixed(text, (uint64_t)date.tm_year + 1900, 4);
	text_char(text, '-');
	text_decimal_fixed(text, (uint64_t)date.tm_mon + 1, 2);
	text_char(text, '-');
	text_decimal_fixed(text, (uint64_t)date.tm_mday, 2);
	text_char(text, ' ');
}

static void put_clock(struct text *text, uint64_t second_of_day)
{
	char clock[8];
	uint64_t parts[3] = {second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60};

	for (int i = 0; i < 3; i++) {
		clock[i * 3] = (char)('0' + parts[i] / 10);
		clock[i * 3 + 1] = (char)('0' + parts[i] % 10);
		if (i < 2)
			clock[i * 3 + 2] = ':';
	}
	text_bytes(text, clock, sizeof(clock));
}

static void put_fraction(struct text *text, const struct decode_options *options, uint64_t ns)
{
	text_char(text, '.');
	if (options->nano)
		text_decimal_fixed(text, ns, 9);
	else
		text_decimal_fixed(text, ns / 1000, 6);
	text_char(text, ' ');
}

static void print_difference(struct print_time *state, struct text *text,
			     const struct decode_options *options, uint64_t time_ns)
{
	uint64_t difference;
	bool negative;

	/* Of what is printed, not of what is behind it. */
	if (!options->nano)
		time_ns -= time_ns % 1000;
	if (!state->reference)
		state->reference = time_ns;
	negative = time_ns < state->reference;
	difference = negative ? state->reference - time_ns : time_ns - state->reference;
	text_char(text, negative ? '-' : ' ');
	put_clock(text, difference / NS_PER_S % DAY_S);
	put_fraction(text, options, difference % NS_PER_S);
	if (options->time == DECODE_TIME_PREVIOUS)
		state->reference = time_ns;
}

static void print_local(struct print_time *state, struct text *text,
			const struct decode_options *options, uint64_t time_ns)
{
	int64_t seconds = (int64_t)(time_ns / NS_PER_S), day;

	seconds += zone_offset(state, time_ns / NS_PER_S);
	day = seconds / (int64_t)DAY_S - (seconds < 0);
	if (options->time == DECODE_TIME_DATE)
		put_date(text, day);
	put_clock(text, (uint64_t)(seconds - day * (int64_t)DAY_S));
	put_fraction(text, options, time_ns % NS_PER_S);
}

void print_time(struct print_time *state, struct text *text, const struct decode_options *options,
		uint64_t time_ns)
{
	bool differs = options->time == DECODE_TIME_PREVIOUS || options->time == DECODE_TIME_FIRST;

	if (options->time == DECODE_TIME_NONE)
		return;
	if (differs) {
		print_difference(state, text, options, time_ns);
	} else if (options->time == DECODE_TIME_EPOCH) {
		text_decimal(text, time_ns / NS_PER_S);
		put_fraction(text, options, time_ns % NS_PER_S);
	} else {
		print_local(state, text, options, time_ns);
	}
}
