/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets by a URL (http:, https:), as --serve gives them: libcurl fetches them in a process of
 * its own, without rights, into a pipe.
 *
 * Threads: main's, before there is another, as it forks.
 */
#ifndef WIRETAPE_FETCH_H
#define WIRETAPE_FETCH_H

#include <stdbool.h>

#include "base/error.h"

/* Paths; null: not given. */
struct fetch_config {
	const char *url;
	const char *ca; /* whom the server's certificate is of; else whom the system trusts */
	const char *cert, *key; /* that are shown to it */
	const char *token_file;
};

/* Whether it begins as a URL; a file of such a name is ./http:... */
bool fetch_is_url(const char *text);

/*
 * Begins: *fd is the reading end of a pipe, and the caller's. Waits for the server's answer. 0; a
 * usage error where it is no capture that comes, where a file cannot be read, or where this
 * program was built without libcurl; or -errno. An answer that is broken off ends in the pipe
 * within a packet, whichever format it has.
 */
int fetch_open(const struct fetch_config *config, int *fd, struct error *err);

#endif
