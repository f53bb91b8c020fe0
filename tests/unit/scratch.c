/* SPDX-License-Identifier: BSD-2-Clause */
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int scratch_make(char path[SCRATCH_ROOM], const char *test)
{
	snprintf(path, SCRATCH_ROOM, "/tmp/%s.XXXXXX", test);
	return mkdtemp(path) ? 0 : -1;
}

int scratch_remove(const char *path)
{
	char command[SCRATCH_ROOM + 16];

	snprintf(command, sizeof(command), "rm -rf %s", path);
	return system(command);
}

void scratch_put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void scratch_expect(const char *path, const char *text)
{
	char got[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, f), strlen(text));
	assert_string_equal(got, text);
	fclose(f);
}
