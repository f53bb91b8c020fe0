/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who answers may be less trusted than who asks: what it says is shown, and no more.
 */
#include "app/asking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "control/ask.h"

/* Line by line, as nothing within one may act on a terminal. */
static void print_text(char *text)
{
	char *end;

	for (; *text; text = end) {
		end = text + strcspn(text, "\n");
		if (*end)
			*end++ = '\0';
		text_clean(text);
		puts(text);
	}
}

int asking_print(const char *path, const struct control_request *request, bool *healthy,
		 struct error *err)
{
	struct control_answer answer;
	int rc = control_ask(path, request, &answer, err);

	if (rc < 0)
		return rc;
	*healthy = answer.verdict == CONTROL_OK;
	if (answer.verdict != CONTROL_FAILED || request->json)
		print_text(answer.text);
	if (answer.verdict == CONTROL_FAILED) {
		answer.text[strcspn(answer.text, "\n")] = '\0';
		text_clean(answer.text);
		rc = error_set(err, EPROTO, "%s",
			       request->json ? "it was refused, as was said" : answer.text);
	}
	free(answer.text);
	return rc;
}

int asking_run(const struct options *options, struct error *err)
{
	bool healthy;
	int rc = asking_print(options->ask, &options->request, &healthy, err);

	return rc < 0 ? error_context(err, "--ask") : 0;
}
