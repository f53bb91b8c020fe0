/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request goes from state to state, and is suspended in between: libmicrohttpd calls again
 * when it is resumed.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "server_parts.h"

/* --- working ------------------------------------------------------------------------ */

static int start(struct exchange *x, struct error *err)
{
	struct server *s = x->server;
	int rc = worker_start(&x->worker, &x->request, s->config.work, s->config.context, err);

	if (rc == 0) {
		s->working++;
		x->has_worker = true;
		x->state = EXCHANGE_WORKING;
	}
	return rc;
}

/* Those that were waiting have their turn in the order they came. */
static void start_next(struct server *s)
{
	struct exchange *x;

	for (x = s->first; x; x = x->next) {
		if (s->working >= s->config.limits.requests)
			return;
		if (x->state == EXCHANGE_WAITING && x->suspended && !x->gone && !x->late) {
			x->state = EXCHANGE_NEW;
			exchange_resume(x);
			return;
		}
	}
}

static void end_worker(struct exchange *x)
{
	if (!x->has_worker)
		return;
	worker_close(&x->worker);
	x->has_worker = false;
	x->server->working--;
	start_next(x->server);
}

static enum MHD_Result begin_work(struct exchange *x)
{
	struct error err;

	if (x->server->working >= x->server->config.limits.requests) {
		x->state = EXCHANGE_WAITING;
		exchange_suspend(x, false);
		return MHD_YES;
	}
	if (start(x, &err) < 0)
		return answer_error(x, MHD_HTTP_SERVICE_UNAVAILABLE, err.text);
	exchange_suspend(x, true);
	return MHD_YES;
}

/* It has written nothing, and is gone. */
static enum MHD_Result answer_result(struct exchange *x)
{
	struct error err;
	const int rc = worker_result(&x->worker, &err);
	char *text = NULL;
	int bytes;

	if (rc == -EINVAL || rc == -ETIMEDOUT)
		return answer_error(x, MHD_HTTP_BAD_REQUEST, err.text);
	if (rc < 0)
		return answer_error(x, MHD_HTTP_INTERNAL_SERVER_ERROR, err.text);
	if (x->request.kind != SERVE_COUNT)
		return answer_stream(x, "application/octet-stream");
	x->count[strspn(x->count, "0123456789")] = '\0';
	bytes = asprintf(&text, "{\"packets\":%s}\n", x->count);
	return bytes < 0 ? MHD_NO : answer_text(x, "application/json", text, (size_t)bytes);
}

/* Takes what a count has; whether there was something. */
static bool read_count(struct exchange *x)
{
	const size_t room = sizeof(x->count) - 1 - x->count_bytes;
	char rest[64];
	const ssize_t bytes = room > 0 ? read(x->worker.out, x->count + x->count_bytes, room)
				       : read(x->worker.out, rest, sizeof(rest));

	if (bytes > 0 && room > 0)
		x->count_bytes += (unsigned)bytes;
	return bytes > 0;
}

static const char *type_of(const struct serve_request *request)
{
	if (request->kind == SERVE_SEGMENTS)
		return "application/json";
	return request->pcap ? "application/vnd.tcpdump.pcap" : "application/x-pcapng";
}

/* Whether all it writes has been read. */
static bool is_at_end(struct worker *worker)
{
	struct pollfd out = {.fd = worker->out, .events = POLLIN};

	return worker->out < 0 || (poll(&out, 1, 0) > 0 && out.revents == POLLHUP);
}

/* Something came, or it has ended. */
static enum MHD_Result go_on(struct exchange *x)
{
	int there = 0;

	while (x->worker.out >= 0 && ioctl(x->worker.out, FIONREAD, &there) == 0 && there > 0) {
		if (x->request.kind != SERVE_COUNT)
			return answer_stream(x, type_of(&x->request));
		if (!read_count(x))
			break;
	}
	if (x->worker.pid == 0)
		return answer_result(x);
	/* A pipe at its end would be told of without end. */
	exchange_suspend(x, !is_at_end(&x->worker));
	return MHD_YES;
}

/* --- a request ---------------------------------------------------------------------- */

struct parameters {
	struct exchange *x;
	struct error err;
	int rc;
};

static enum MHD_Result take_parameter(void *context, enum MHD_ValueKind kind, const char *name,
				      size_t name_bytes, const char *value, size_t value_bytes)
{
	struct parameters *p = context;

	(void)kind;
	if (strlen(name) != name_bytes)
		p->rc = error_set(&p->err, EINVAL, "a parameter has a byte 0 in its name");
	else
		p->rc = serve_request_parameter(&p->x->request, name, value, value_bytes,
						clock_wall(&clock_system), &p->err);
	return p->rc == 0 ? MHD_YES : MHD_NO;
}

static enum MHD_Result begin(struct exchange *x, const char *url)
{
	struct parameters p = {.x = x};
	const unsigned refused = access_check(x, &p.err);

	if (refused)
		return answer_error(x, refused, p.err.text);
	if (serve_request_path(&x->request, url, &p.err) < 0)
		return answer_error(x, MHD_HTTP_NOT_FOUND, p.err.text);
	MHD_get_connection_values_n(x->connection, MHD_GET_ARGUMENT_KIND, take_parameter, &p);
	if (p.rc == 0)
		p.rc = serve_request_check(&x->request, &p.err);
	if (p.rc < 0)
		return answer_error(x, MHD_HTTP_BAD_REQUEST, p.err.text);
	x->server->counts.requests[x->request.kind]++;
	switch (x->request.kind) {
	case SERVE_SEGMENT:
		return answer_segment(x);
	case SERVE_STATUS:
	case SERVE_METRICS:
		return answer_status(x);
	default:
		return begin_work(x);
	}
}

static struct exchange *new (struct server *s, struct MHD_Connection *connection)
{
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->server = s;
	x->connection = connection;
	x->request.kind = SERVE_KINDS;
	x->file = -1;
	x->until_ns = clock_monotonic() + s->config.limits.time_ns;
	x->link = s->last;
	*s->last = x;
	s->last = &x->next;
	s->count++;
	return x;
}

enum MHD_Result exchange_handle(void *context, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *data,
				size_t *bytes, void **own)
{
	struct exchange *x = *own;

	(void)version;
	(void)data;
	if (!x) {
		*own = x = new (context, connection);
		if (!x)
			return MHD_NO;
		if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
		    strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
			return MHD_YES;
		return answer_error(x, MHD_HTTP_METHOD_NOT_ALLOWED,
				    "nothing can be changed here: GET");
	}
	/* What comes with a GET says nothing. */
	*bytes = 0;
	if (x->gone)
		return MHD_NO;
	if (x->late)
		return answer_error(x, MHD_HTTP_GATEWAY_TIMEOUT, "it takes too long");
	if (x->state == EXCHANGE_WORKING)
		return go_on(x);
	return x->request.kind == SERVE_KINDS ? begin(x, url) : begin_work(x);
}

void exchange_completed(void *context, struct MHD_Connection *connection, void **own,
			enum MHD_RequestTerminationCode how)
{
	struct server *s = context;
	struct exchange *x = *own;

	(void)connection;
	if (!x)
		return;
	*own = NULL;
	*x->link = x->next;
	if (x->next)
		x->next->link = x->link;
	else
		s->last = x->link;
	s->count--;
	if (how != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		s->counts.broken++;
	else
		s->counts.bytes += x->bytes;
	if (s->config.verbose)
		log_say(s->config.log, NOTE_DETAIL, NULL, "%s%s%s: %u, %llu bytes%s",
			x->request.kind < SERVE_KINDS ? serve_kind_name(x->request.kind)
						      : "refused",
			*x->request.name ? " " : "", x->request.name, x->status,
			(unsigned long long)x->bytes,
			how != MHD_REQUEST_TERMINATED_COMPLETED_OK ? ", broken off" : "");
	end_worker(x);
	if (x->file >= 0)
		close(x->file);
	free(x);
}
