/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is shown to a server, and what its certificate is held against: files, read while there are
 * rights to. Part of fetch.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_STREAM_FETCH_H
#define WIRETAPE_STREAM_FETCH_H

#include "stream/fetch.h"

/* Texts; null: none. */
struct fetch_secrets {
	char *ca, *cert, *key, *token;
};

/* 0 or -errno; to be freed then, too. */
int fetch_secrets_read(const struct fetch_config *config, struct fetch_secrets *secrets,
		       struct error *err);
void fetch_secrets_free(struct fetch_secrets *secrets);

#endif
