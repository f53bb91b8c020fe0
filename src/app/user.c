/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory that is written to says whose the files are to be.
 */
#include "user.h"

#include <sys/stat.h>
#include <unistd.h>

/* Root's files are open to user 0 without a capability, too: a hook that is taken over could
 * change any of them. Where nobody else can be become, as in some containers, there is no
 * better. */
static int check_hook(const struct user_config *c, const struct privilege_target *target,
		      struct error *err)
{
	if (!c->options->hook || c->options->user || !c->directory || target->uid != 0 ||
	    !privilege_may_change())
		return 0;
	return error_usage(err,
			   "-z: %s belongs to root, and so would the hook run: give it to another "
			   "user (chown nobody %s), or ask for that with -Z root",
			   c->directory, c->directory);
}

int user_choose(const struct user_config *c, struct user *user, struct error *err)
{
	struct privilege_choice choice = {
		.user = c->options->user,
		.makes_directory = c->missing,
	};
	struct privilege_target *target = &user->target;
	struct stat st;
	int rc;

	if (c->directory && !c->missing && stat(c->directory, &st) == 0)
		choice.directory = &st;
	rc = privilege_choose(&choice, target, err);
	if (rc < 0)
		return error_context(err, "-Z");
	if (c->options->group && privilege_choose_group(c->options->group, target, err) < 0)
		return error_context(err, "--group");
	/* The kernel makes them so whatever group we are of. */
	if (c->options->group && choice.directory && (st.st_mode & S_ISGID) &&
	    st.st_gid != target->gid)
		return error_usage(err,
				   "--group: in %s files are of the directory's group (chmod g-s "
				   "%s; or leave --group out)",
				   c->directory, c->directory);
	rc = check_hook(c, target, err);
	if (rc < 0)
		return rc;
	privilege_choose_owner(&choice, c->options->group != NULL, target, &user->owner);
	if (choice.directory && !target->keeps_root &&
	    !privilege_may(target, W_OK | X_OK, choice.directory))
		return error_usage(err,
				   "-w: %s: %s may not write there: change its owner, or give "
				   "another -Z",
				   c->directory, target->name);
	return 0;
}
