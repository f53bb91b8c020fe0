/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buffer of packed bytes, and what makes more of it.
 */
#include "reader_packed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pack/unpack.h"
#include "system/nowait.h"

#define BUFFER_BYTES (128u * 1024)

struct reader_packed {
	struct reader_packed_config config;
	const char *program;
	struct unpack *unpack;
	bool ended;       /* nothing is behind the buffer */
	uint64_t offset;  /* of what is behind the buffer */
	size_t at, end;   /* unused ones are [at, end) */
	uint8_t buffer[]; /* of room */
};

const char *reader_packed_program(const uint8_t *head, size_t bytes)
{
	return unpack_program(head, bytes);
}

int reader_packed_open(const struct reader_packed_config *config, struct reader_packed **result,
		       struct error *err)
{
	const size_t room =
		config->head_bytes > BUFFER_BYTES ? config->head_bytes : (size_t)BUFFER_BYTES;
	struct reader_packed *p = malloc(sizeof(*p) + room);
	int rc = p ? 0 : -ENOMEM;

	if (p) {
		*p = (struct reader_packed){.config = *config,
					    .offset = config->offset,
					    .end = config->head_bytes};
		p->program = unpack_program(config->head, config->head_bytes);
		memcpy(p->buffer, config->head, config->head_bytes);
		rc = unpack_open(config->head, config->head_bytes, &p->unpack);
	}
	if (rc == 0) {
		*result = p;
		return 0;
	}
	if (rc == -ENOTSUP)
		error_set(err, ENOTSUP,
			  "%s: packed by %s, which this program was built without: unpack it first",
			  config->name, p->program);
	else
		error_system(err, -rc, "%s", config->name);
	free(p);
	return rc;
}

/* Reads once. 0, also at the end, or -errno with err. */
static int read_more(struct reader_packed *p, struct error *err)
{
	const struct reader_packed_config *c = &p->config;
	ssize_t n;

	if (c->fd < 0)
		n = 0; /* memory */
	else if (!c->regular)
		n = nowait_read(c->fd, p->buffer, BUFFER_BYTES);
	else if ((n = pread(c->fd, p->buffer, BUFFER_BYTES, (off_t)p->offset)) < 0)
		n = -errno;
	if (n == -EINTR && c->regular)
		return 0;
	if (n == -EINTR || n == -EAGAIN)
		return error_system(err, (int)-n, "%s", c->name);
	if (n < 0)
		return error_system(err, (int)-n, "%s: read at byte %llu", c->name,
				    (unsigned long long)p->offset);
	p->ended = n == 0;
	p->offset += (uint64_t)n;
	p->at = 0;
	p->end = (size_t)n;
	return 0;
}

static int end_of(const struct reader_packed *p, struct error *err)
{
	if (unpack_is_whole(p->unpack))
		return 0;
	return error_set(err, ENODATA,
			 "%s: cut short: what %s has packed ends within a frame, at byte %llu",
			 p->config.name, p->program, (unsigned long long)p->offset);
}

ssize_t reader_packed_read(struct reader_packed *p, uint8_t *to, size_t bytes, struct error *err)
{
	const char *why = "";

	for (;;) {
		struct unpack_step step = {
			.in = p->buffer + p->at,
			.in_bytes = p->end - p->at,
			.out = to,
			.out_bytes = bytes,
		};
		int rc = unpack_step(p->unpack, &step, &why);

		p->at += step.used;
		/* What is wrong behind them is found again. */
		if (step.made > 0)
			return (ssize_t)step.made;
		if (rc == -ENOMEM)
			return error_system(err, ENOMEM, "%s: unpack it", p->config.name);
		if (rc < 0)
			return error_set(err, EBADMSG,
					 "%s: damaged near byte %llu of what %s has packed: %s",
					 p->config.name, (unsigned long long)reader_packed_done(p),
					 p->program, why);
		if (step.used > 0)
			continue;
		if (p->ended)
			return end_of(p, err);
		rc = read_more(p, err);
		if (rc < 0)
			return rc;
	}
}

uint64_t reader_packed_done(const struct reader_packed *p)
{
	return p->offset - (p->end - p->at);
}

void reader_packed_close(struct reader_packed *p)
{
	if (!p)
		return;
	unpack_close(p->unpack);
	free(p);
}
