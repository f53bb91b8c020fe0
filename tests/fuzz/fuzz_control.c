/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control protocol under libFuzzer: a request is what it says when it is written again,
 * and an answer's first line is one or none.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_request(const uint8_t *data, size_t size)
{
	struct control_request request, again;
	char *line = malloc(size + 1), *written;
	struct error err;

	if (!line)
		return;
	memcpy(line, data, size);
	line[size] = '\0';
	if (control_request_read(line, size, &request, &err) == 0) {
		written = control_request_write(&request);
		if (!written)
			abort();
		written[strcspn(written, "\n")] = '\0';
		if (control_request_read(written, strlen(written), &again, &err) < 0 ||
		    again.verb != request.verb || again.json != request.json ||
		    strcmp(again.pin.name, request.pin.name) != 0 ||
		    again.pin.from_ns != request.pin.from_ns ||
		    again.pin.to_ns != request.pin.to_ns)
			abort();
		free(written);
	}
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum control_verdict verdict;
	char line[CONTROL_ANSWER_ROOM];
	size_t bytes = size < sizeof(line) ? size : sizeof(line) - 1;

	read_request(data, size);
	memcpy(line, data, bytes);
	line[bytes] = '\0';
	(void)control_answer_read(line, &verdict, &bytes);
	return 0;
}
