/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that is there is told by device and inode, one that is to be made by those of its
 * directory, and its name. Devices and sockets are not looked at: what goes there and
 * what comes from there have nothing to do with each other.
 */
#include "same_file.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/manifest.h"

struct identity {
	bool known, directory;
	dev_t device;
	ino_t inode;
};

/* A file that was named. */
struct named {
	const char *option;
	const char *path; /* null: a standard stream, of which option is the name */
	bool output;
	struct identity file;      /* if it is there */
	struct identity directory; /* of an output */
};

struct list {
	struct named *files;
	uint32_t count;
};

static void identify(struct identity *identity, const struct stat *st)
{
	if (S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode) || S_ISDIR(st->st_mode))
		*identity = (struct identity){true, S_ISDIR(st->st_mode), st->st_dev, st->st_ino};
}

static bool is_one(const struct identity *a, const struct identity *b)
{
	return a->known && b->known && a->device == b->device && a->inode == b->inode;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_stream(struct list *list, const struct named *stream, int fd)
{
	struct named *named = &list->files[list->count++];
	struct stat st;

	*named = *stream;
	if (fstat(fd, &st) == 0)
		identify(&named->file, &st);
}

static void add_input(struct list *list, const char *option, const char *path)
{
	const struct named input = {.option = option, .path = path};
	struct named *named = &list->files[list->count];
	struct stat st;

	if (path && strcmp(path, "-") == 0) {
		add_stream(list, &input, STDIN_FILENO);
	} else if (path) {
		list->count++;
		*named = input;
		if (stat(path, &st) == 0)
			identify(&named->file, &st);
	}
}

static void add_output(struct list *list, const char *option, const char *path)
{
	const struct named output = {.option = option, .path = path, .output = true};
	struct named *named = &list->files[list->count];
	char directory[PATH_MAX];
	struct stat st;

	if (path && strcmp(path, "-") == 0)
		add_stream(list, &output, STDOUT_FILENO);
	if (!path || strcmp(path, "-") == 0)
		return;
	list->count++;
	*named = output;
	if (stat(path, &st) == 0)
		identify(&named->file, &st);
	snprintf(directory, sizeof(directory), "%.*s.", (int)(base_of(path) - path), path);
	if (stat(directory, &st) == 0)
		identify(&named->directory, &st);
}

static void add_all(struct list *list, const struct options *o)
{
	const struct named out = {.option = "standard output", .output = true};
	const struct named error = {.option = "standard error", .output = true};

	add_output(list, "-w", o->write);
	add_output(list, "--stats-file", o->stats_file);
	add_output(list, "--metrics-file", o->metrics_file);
	if (!o->write || strcmp(o->write, "-") != 0)
		add_stream(list, &out, STDOUT_FILENO);
	add_stream(list, &error, STDERR_FILENO);
	for (uint32_t i = 0; i < o->read_count; i++)
		add_input(list, "-r", o->reads[i]);
	add_input(list, "-V", o->read_list);
	add_input(list, "-F", o->filter_file);
}

static bool are_one(const struct named *a, const struct named *b)
{
	if (is_one(&a->file, &b->file))
		return true;
	return a->path && b->path && is_one(&a->directory, &b->directory) &&
	       strcmp(base_of(a->path), base_of(b->path)) == 0;
}

/* Lines of both kinds may go to one place. */
static bool are_streams(const struct named *a, const struct named *b)
{
	return !a->path && !b->path;
}

static int refuse(const struct named *a, const struct named *b, struct error *err)
{
	return error_usage(err, "%s%s%s and %s%s%s are the same %s", a->option, a->path ? " " : "",
			   a->path ? a->path : "", b->option, b->path ? " " : "",
			   b->path ? b->path : "", a->file.directory ? "directory" : "file");
}

static int check_names(const struct list *list, struct error *err)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct named *named = &list->files[i];

		if (named->output && named->path &&
		    strncmp(base_of(named->path), MANIFEST_HIDDEN, strlen(MANIFEST_HIDDEN)) == 0)
			return error_usage(err,
					   "%s: %s: names that begin with " MANIFEST_HIDDEN
					   " are for what a recorder keeps beside its segments",
					   named->option, named->path);
	}
	return 0;
}

/* Each output with what stands behind it, where inputs are. */
static int check_pairs(const struct list *list, struct error *err)
{
	for (uint32_t i = 0; i < list->count && list->files[i].output; i++)
		for (uint32_t k = i + 1; k < list->count; k++)
			if (are_one(&list->files[i], &list->files[k]) &&
			    !are_streams(&list->files[i], &list->files[k]))
				return refuse(&list->files[i], &list->files[k], err);
	return 0;
}

int same_file_check(const struct options *o, struct error *err)
{
	/* -w, two of statistics, two streams, -V and -F. */
	struct list list = {.files = calloc(o->read_count + 7, sizeof(*list.files))};
	int rc;

	if (!list.files)
		return error_system(err, ENOMEM, "look at files");
	add_all(&list, o);
	rc = check_names(&list, err);
	if (rc == 0)
		rc = check_pairs(&list, err);
	free(list.files);
	return rc;
}
