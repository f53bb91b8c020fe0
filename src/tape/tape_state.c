/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all files of the tape need: lines for people, where it is, and what is in use.
 */
#include "tape_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void tape_note(struct tape *tape, enum note_cause cause, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	tape->config.note(tape->config.context, cause, text);
}

int tape_find_path(int dir, char path[static PATH_MAX])
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	length = readlink(link, path, PATH_MAX - 1);
	if (length <= 0)
		return length < 0 ? -errno : -ENOENT;
	path[length] = '\0';
	return 0;
}

uint64_t tape_used_bytes(const struct tape *tape)
{
	/* While it is replaced, there are two. */
	return tape->index.disk_bytes + tape->held + 2 * manifest_disk_bytes(tape->manifest);
}

uint64_t tape_files(const struct tape *tape)
{
	return tape->index.count + tape->open_files;
}
