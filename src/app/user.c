/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory that is written to says whose the files are to be; otherwise what
 * is read says who may read it.
 */
#include "user.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/reader.h"

/* The first path that is opened, or opened anew, with all rights given up: a segment
 * of a directory, a file that is sent after another or once more. */
static bool find_read_later(const struct options *options, struct stat *st)
{
	for (uint32_t i = 0; i < options->read_count; i++)
		if (stat(options->reads[i], st) == 0 &&
		    (S_ISDIR(st->st_mode) || (options->out && S_ISREG(st->st_mode))))
			return true;
	return false;
}

static bool may_read(const void *context, const struct stat *st)
{
	return privilege_may(context, S_ISDIR(st->st_mode) ? R_OK | X_OK : R_OK, st);
}

int user_choose(const struct user_config *c, struct privilege_target *target, struct error *err)
{
	struct privilege_choice choice = {
		.user = c->options->user,
		.makes_directory = c->missing,
	};
	struct stat st;
	char path[PATH_MAX];
	bool writes;
	int rc;

	if (c->directory && !c->missing && stat(c->directory, &st) == 0)
		choice.directory = &st;
	writes = choice.directory != NULL;
	if (!c->directory && find_read_later(c->options, &st))
		choice.directory = &st;
	rc = privilege_choose(&choice, target, err);
	if (rc < 0)
		return error_context(err, "-Z");
	if (writes && !target->keeps_root && !privilege_may(target, W_OK | X_OK, &st))
		return error_usage(err,
				   "-w: %s: %s may not write there: change its owner, or give "
				   "another -Z",
				   c->directory, target->name);
	if (c->reader && !target->keeps_root &&
	    reader_find_refused(c->reader, may_read, target, path, sizeof(path)))
		return error_usage(err,
				   "-r: %s: %s may not read it: change its owner, or give "
				   "another -Z",
				   path, target->name);
	return 0;
}
