/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As whom a capture goes on once all is open: -Z, or what the output suggests.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_USER_H
#define WIRETAPE_USER_H

#include <stdbool.h>

#include "base/error.h"
#include "cli/options.h"
#include "system/privilege.h"

struct user_config {
	const struct options *options;
	const char *directory; /* of segments that are written; null: none */
	bool missing;          /* it is yet to be made */
};

/* As whom it goes on, and whose a single file is then. */
struct user {
	struct privilege_target target;
	struct privilege_owner owner;
};

/* Usage errors, also where that user may not write. */
int user_choose(const struct user_config *config, struct user *user, struct error *err);

#endif
