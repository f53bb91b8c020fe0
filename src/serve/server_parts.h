/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server and the requests it has. Threads: main's.
 */
#ifndef WIRETAPE_SERVER_PARTS_H
#define WIRETAPE_SERVER_PARTS_H

#include <microhttpd.h>
#include <stdint.h>

#include "rate.h"
#include "serve/server.h"
#include "worker.h"

enum exchange_state {
	EXCHANGE_NEW,
	EXCHANGE_WAITING, /* for its turn */
	EXCHANGE_WORKING, /* nothing of the answer is there yet */
	EXCHANGE_ANSWERED,
};

/* A request from its first line to the last byte of its answer. */
struct exchange {
	struct exchange *next, **link; /* in the list; what points to it */
	struct server *server;
	struct MHD_Connection *connection;
	struct serve_request request;
	enum exchange_state state;
	struct worker worker;
	bool has_worker;
	bool suspended;
	bool gone;       /* the client is */
	bool late;       /* its time is over */
	unsigned status; /* of the answer */
	uint64_t bytes;  /* of the answer, handed on; of a file as it is sent: all of them */
	uint64_t until_ns;
	uint64_t wake_ns; /* where it waits for bytes it may send; else 0 */
	int file;         /* read and sent, not by sendfile; -1 */
	uint64_t offset;  /* in it */
	char count[32];   /* the answer so far, of SERVE_COUNT */
	unsigned count_bytes;
};

struct server_counts {
	uint64_t requests[SERVE_KINDS]; /* those that were understood */
	uint64_t refused;               /* not allowed, or makes no sense: 4xx */
	uint64_t failed;                /* 5xx */
	uint64_t broken;                /* not sent to the end */
	uint64_t bytes;
};

struct server {
	struct server_config config;
	struct MHD_Daemon *daemon;
	struct exchange *first, **last; /* as they came */
	unsigned count, working;
	int epoll, signals;
	struct rate rate;
	struct server_counts counts;
	uint64_t start_ns; /* since 1970 */
};

/* As MHD_AccessHandlerCallback and MHD_RequestCompletedCallback. */
enum MHD_Result exchange_handle(void *server, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *data,
				size_t *bytes, void **exchange);
void exchange_completed(void *server, struct MHD_Connection *connection, void **exchange,
			enum MHD_RequestTerminationCode how);

/* Goes on with a request that was waiting; nothing where it was not. */
void exchange_resume(struct exchange *exchange);
/* Nothing is done with it until then: until it is resumed, its client goes, or, with out,
 * its worker has written something. */
void exchange_suspend(struct exchange *exchange, bool out);
/* It ends without an answer, or without the rest of it. */
void exchange_break(struct exchange *exchange);

/* Answers with a line of text, or with a text of that type; takes a text that was allocated. */
enum MHD_Result answer_error(struct exchange *exchange, unsigned status, const char *text);
enum MHD_Result answer_text(struct exchange *exchange, const char *type, char *text, size_t bytes);
/* With what its worker writes, from now on. */
enum MHD_Result answer_stream(struct exchange *exchange, const char *type);
/* With a segment, or the part of it that is asked for. */
enum MHD_Result answer_segment(struct exchange *exchange);
/* With the server's own state. */
enum MHD_Result answer_status(struct exchange *exchange);

/* 0, or the status of the answer, with err: who asks has to be known. */
unsigned access_check(struct exchange *exchange, struct error *err);

/* Certificate and key fit: 0 or a usage error. */
int access_check_tls(const struct server_tls *tls, struct error *err);

#endif
