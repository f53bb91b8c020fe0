/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter expression in a file of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "system/filter.h"

#define FILE_BYTES_MAX ((size_t)1 << 20)

/* Blanks comments and line ends; a comment ends with its line. */
static void text_flatten(char *text)
{
	bool comment = false;

	for (; *text; text++) {
		if (*text == '#')
			comment = true;
		else if (*text == '\n')
			comment = false;
		if (comment || *text == '\n' || *text == '\r')
			*text = ' ';
	}
}

/* A file that cannot be read was named wrongly: that is a usage error. */
static int file_error(struct error *err, int code, const char *path)
{
	int ret = error_system(err, code, "filter file %s", path);

	if (err)
		err->kind = ERROR_USAGE;
	return ret;
}

int filter_read_file(const char *path, char **text, struct error *err)
{
	FILE *file = fopen(path, "re");
	char *read = NULL;
	size_t length;
	int ret = 0;

	if (!file)
		return file_error(err, errno, path);
	read = malloc(FILE_BYTES_MAX + 1);
	if (!read) {
		ret = error_system(err, ENOMEM, "filter file %s", path);
		goto out;
	}
	length = fread(read, 1, FILE_BYTES_MAX + 1, file);
	if (ferror(file))
		ret = file_error(err, errno, path);
	else if (length > FILE_BYTES_MAX)
		ret = error_usage(err, "filter file %s: longer than 1 MiB", path);
	else if (memchr(read, '\0', length))
		ret = error_usage(err, "filter file %s: holds a NUL byte, so it is not text", path);
	if (ret)
		goto out;
	read[length] = '\0';
	text_flatten(read);
	*text = read;
	read = NULL;
out:
	free(read);
	fclose(file);
	return ret;
}
