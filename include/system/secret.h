/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys, certificates and tokens: small files of text, read whole while there are rights to.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_SECRET_H
#define WIRETAPE_SECRET_H

#include <stdbool.h>

#include "base/error.h"

struct secret_file {
	const char *option; /* for errors */
	const char *path;   /* null: there is none */
	bool is_secret;     /* others must not be able to read it */
};

/* *text is the caller's, for secret_free; null where there is none. 0, a usage error or
 * -ENOMEM. */
int secret_read(const struct secret_file *file, char **text, struct error *err);

/* The word in its first line, of at least 16 characters that a header may have. The same. */
int secret_read_token(const struct secret_file *file, char **text, struct error *err);

/* Nothing of it is left in memory. Takes a null pointer. */
void secret_free(char *text);

#endif
