/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a time, in two zones. Whatever is taken has to lie where its form
 * says, and one that is put as RFC 3339 has it has to come back the same.
 *
 * Input: 8 bytes of now, then the text.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "base/when.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char back[FORMAT_TIME_ROOM], *text;
	uint64_t now, ns = 0, again = 1;
	struct error err = {0};

	if (size < sizeof(now))
		return 0;
	memcpy(&now, data, sizeof(now));
	/* Exactly as long as it is, so that one byte too far is seen. */
	text = strndup((const char *)data + sizeof(now), size - sizeof(now));
	require(text != NULL);
	if (parse_when(text, now, &ns, &err) < 0) {
		require(err.kind == ERROR_USAGE && *err.text);
	} else {
		require(*text != '-' || ns <= now);
		require(parse_when(format_time(back, ns), now, &again, NULL) == 0);
		require(again == ns);
	}
	free(text);
	return 0;
}
