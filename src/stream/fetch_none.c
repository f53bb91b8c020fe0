/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of fetch.c where there is no libcurl. */
#include <string.h>

#include "stream/fetch.h"

bool fetch_is_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

int fetch_open(const struct fetch_config *config, int *fd, struct error *err)
{
	(void)fd;
	return error_usage(err, "%s: this program was built without libcurl", config->url);
}
