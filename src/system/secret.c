/* SPDX-License-Identifier: BSD-2-Clause */
#include "system/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES_MOST  (256u * 1024)
#define TOKEN_LEAST 16u

static int refuse(const struct secret_file *file, const char *why, struct error *err)
{
	return error_usage(err, "%s: %s: %s", file->option, file->path, why);
}

/* 0 or a usage error. */
static int check(const struct secret_file *file, int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return refuse(file, strerror(errno), err);
	if (!S_ISREG(st.st_mode))
		return refuse(file, "not a regular file", err);
	if (file->is_secret && (st.st_mode & S_IRWXO) != 0)
		return refuse(file, "others may read it: chmod o= first", err);
	return 0;
}

static int take(const struct secret_file *file, int fd, char *text, struct error *err)
{
	size_t bytes = 0;
	ssize_t n;

	while (bytes <= BYTES_MOST && (n = read(fd, text + bytes, BYTES_MOST + 1 - bytes)) != 0) {
		if (n < 0)
			return refuse(file, strerror(errno), err);
		bytes += (size_t)n;
	}
	if (bytes == 0)
		return refuse(file, "it is empty", err);
	if (bytes > BYTES_MOST || memchr(text, '\0', bytes))
		return refuse(file, "it is no such file", err);
	text[bytes] = '\0';
	return 0;
}

int secret_read(const struct secret_file *file, char **text, struct error *err)
{
	int fd, rc;

	*text = NULL;
	if (!file->path)
		return 0;
	fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return refuse(file, strerror(errno), err);
	rc = check(file, fd, err);
	if (rc == 0)
		*text = malloc(BYTES_MOST + 2);
	if (rc == 0 && !*text)
		rc = error_system(err, ENOMEM, "%s", file->option);
	if (rc == 0)
		rc = take(file, fd, *text, err);
	close(fd);
	if (rc < 0) {
		free(*text);
		*text = NULL;
	}
	return rc;
}

int secret_read_token(const struct secret_file *file, char **text, struct error *err)
{
	int rc = secret_read(file, text, err);
	char *end;

	if (rc < 0 || !*text)
		return rc;
	end = *text + strcspn(*text, " \t\r\n");
	*end = '\0';
	if ((size_t)(end - *text) >= TOKEN_LEAST)
		return 0;
	secret_free(*text);
	*text = NULL;
	return refuse(file,
		      "the word in its first line is too short: it has at least 16 characters",
		      err);
}

void secret_free(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}
