/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory that is written to says whose the files are to be.
 */
#include "user.h"

#include <sys/stat.h>

int user_choose(const struct options *options, const struct output *output,
		struct privilege_target *target, struct error *err)
{
	struct privilege_choice choice = {.user = options->user};
	struct stat st;
	const char *directory = NULL;
	int rc;

	if (output)
		directory = output_directory(output, &choice.makes_directory);
	if (directory && !choice.makes_directory && stat(directory, &st) == 0)
		choice.directory = &st;
	rc = privilege_choose(&choice, target, err);
	if (rc < 0)
		return error_context(err, "-Z");
	if (choice.directory && !target->keeps_root && !privilege_may_write(&st, target))
		return error_usage(err,
				   "-w: %s: %s may not write there: change its owner, or give "
				   "another -Z",
				   directory, target->name);
	return 0;
}
