/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Durations.
 */
#include "text_duration.h"

void text_duration(struct text *text, uint32_t seconds)
{
	static const struct {
		uint32_t seconds;
		char letter;
	} units[] = {{31536000, 'y'}, {604800, 'w'}, {86400, 'd'},
		     {3600, 'h'},     {60, 'm'},     {1, 's'}};

	if (!seconds)
		text_string(text, "0s");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds < units[i].seconds)
			continue;
		text_decimal(text, seconds / units[i].seconds);
		text_char(text, units[i].letter);
		seconds %= units[i].seconds;
	}
}
