/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the server where there is no libmicrohttpd. */
#include <errno.h>

#include "serve/server.h"

bool server_is_built(void)
{
	return false;
}

int server_open(const struct server_config *config, struct server **server, struct error *err)
{
	(void)config;
	*server = NULL;
	return error_set(err, ENOTSUP, "--serve: built without libmicrohttpd");
}

int server_run(struct server *server, struct error *err)
{
	(void)server;
	return error_set(err, ENOTSUP, "--serve: built without libmicrohttpd");
}

void server_close(struct server *server)
{
	(void)server;
}
