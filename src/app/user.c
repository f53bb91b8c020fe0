/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory that is written to says whose the files are to be.
 */
#include "user.h"

#include <sys/stat.h>
#include <unistd.h>

int user_choose(const struct user_config *c, struct privilege_target *target, struct error *err)
{
	struct privilege_choice choice = {
		.user = c->options->user,
		.makes_directory = c->missing,
	};
	struct stat st;
	int rc;

	if (c->directory && !c->missing && stat(c->directory, &st) == 0)
		choice.directory = &st;
	rc = privilege_choose(&choice, target, err);
	if (rc < 0)
		return error_context(err, "-Z");
	if (choice.directory && !target->keeps_root &&
	    !privilege_may(target, W_OK | X_OK, choice.directory))
		return error_usage(err,
				   "-w: %s: %s may not write there: change its owner, or give "
				   "another -Z",
				   c->directory, target->name);
	return 0;
}
