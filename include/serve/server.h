/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of HTTP (libmicrohttpd) for what a directory of segments has. What takes time, and
 * what parses files or filters, is done by a process for each request (config.work); segments
 * are sent as they lie, by sendfile.
 *
 * All is bounded: connections, requests that are worked on at once (others wait for their turn),
 * the time of each, and on request the bytes a second of all together.
 *
 * Threads: main's, of a process that has no other, as it forks.
 */
#ifndef WIRETAPE_SERVER_H
#define WIRETAPE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/log.h"
#include "serve/request.h"

/* Beyond it connections wait in the kernel. */
#define SERVER_CONNECTIONS_MOST 256u

struct server_limits {
	unsigned requests;         /* that are worked on at once */
	uint64_t time_ns;          /* of one request, its wait included */
	uint64_t bytes_per_second; /* of all; 0: no limit */
};

/* TLS: PEM, as text; null: without. */
struct server_tls {
	const char *cert, *key;
	const char *client_ca; /* null: clients need no certificate */
};

struct server_config {
	int listen_fd; /* stays the caller's */
	bool local;    /* it is a Unix socket */
	struct server_tls tls;
	const char *token; /* that each request has to bring; null: none */
	struct server_limits limits;
	struct log *log;
	bool verbose; /* a line for each request */
	/* In a process of its own: the answer goes to standard output, which is also how it is
	 * for SERVE_SEGMENTS. Of SERVE_COUNT it is a number, and what follows it is passed over.
	 * Returns the exit status, ERROR_USAGE where the request is wrong. */
	int (*work)(void *context, const struct serve_request *request);
	/* A segment by its name: a descriptor, -ENOENT or another -errno. */
	int (*open_segment)(void *context, const char *name);
	void *context;
};

struct server;

/* Whether this program can serve at all; else server_open is -ENOTSUP. */
bool server_is_built(void);

/* 0; a usage error, where certificate or key are wrong; or -errno. */
int server_open(const struct server_config *config, struct server **server, struct error *err);

/* Serves until SIGINT or SIGTERM, which is 0. Or -errno. */
int server_run(struct server *server, struct error *err);

/* Takes a null pointer. */
void server_close(struct server *server);

#endif
