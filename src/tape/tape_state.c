/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all files of the tape need: lines for people, where it is, a new name for a file,
 * and what is in use.
 */
#include "tape_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

bool tape_is_deleted(const struct tape *tape)
{
	struct stat st;

	return fstat(tape->dir, &st) == 0 && st.st_nlink == 0;
}

uint64_t tape_hidden_number(const char *name)
{
	char hidden[MANIFEST_HIDDEN_ROOM];
	uint64_t sequence;

	if (strncmp(name, MANIFEST_HIDDEN, strlen(MANIFEST_HIDDEN)) != 0)
		return 0;
	sequence = strtoull(name + strlen(MANIFEST_HIDDEN), NULL, 10);
	manifest_hidden_name(sequence, hidden);
	return strcmp(name, hidden) == 0 ? sequence : 0;
}

int tape_rename(int dir, const char *from, const char *to)
{
	int rc;

	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A file system without that flag: a link does not replace either. */
	if (linkat(dir, from, dir, to, 0) < 0)
		return -errno;
	if (unlinkat(dir, from, 0) == 0)
		return 0;
	rc = -errno;
	unlinkat(dir, to, 0);
	return rc;
}

uint64_t tape_settled_bytes(const struct tape *tape)
{
	uint64_t bytes = tape->index.disk_bytes + tape->held + tape->pack_held +
			 manifest_disk_bytes(tape->manifest);

	if (tape->pins.keep_bytes > 0)
		bytes += PINS_DISK_BYTES;
	for (const struct tape_removal *r = tape->removals; r; r = r->next)
		if (r->retry_ns)
			bytes += atomic_load(&r->left);
	return bytes;
}

uint64_t tape_coming_bytes(const struct tape *tape)
{
	uint64_t bytes = 0;

	for (const struct tape_removal *r = tape->removals; r; r = r->next)
		if (r->retry_ns == 0)
			bytes += atomic_load(&r->left);
	return bytes;
}

uint64_t tape_used_bytes(const struct tape *tape)
{
	return tape_settled_bytes(tape) + tape_coming_bytes(tape);
}

uint64_t tape_files(const struct tape *tape)
{
	return tape->index.count + tape->open_files;
}
