/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Knows by the first bytes which library it takes, and where one frame ends.
 */
#include "pack/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unpack_ways.h"

struct unpack {
	const struct unpack_way *way;
	void *state;
	bool inside; /* a frame */
	bool padded; /* gzip: there were zeros behind one, as tapes have them */
	bool gzip;
};

static const struct packer {
	const char *program;
	const struct unpack_way *way;
	uint8_t start[UNPACK_MAGIC_BYTES], mask[UNPACK_MAGIC_BYTES];
} packers[] = {
	{"gzip", &unpack_way_gzip, {0x1f, 0x8b, 8, 0}, {0xff, 0xff, 0xff, 0}},
	{"zstd", &unpack_way_zstd, {0x28, 0xb5, 0x2f, 0xfd}, {0xff, 0xff, 0xff, 0xff}},
	{"lz4", &unpack_way_lz4, {0x04, 0x22, 0x4d, 0x18}, {0xff, 0xff, 0xff, 0xff}},
	/* A frame that is skipped: pzstd begins with one. */
	{"zstd", &unpack_way_zstd, {0x50, 0x2a, 0x4d, 0x18}, {0xf0, 0xff, 0xff, 0xff}},
};

static const struct packer *find_packer(const uint8_t *start, size_t bytes)
{
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		const struct packer *packer = &packers[i];
		unsigned at = 0;

		while (at < UNPACK_MAGIC_BYTES && at < bytes &&
		       (start[at] & packer->mask[at]) == packer->start[at])
			at++;
		if (at == UNPACK_MAGIC_BYTES)
			return packer;
	}
	return NULL;
}

const char *unpack_program(const uint8_t *start, size_t bytes)
{
	const struct packer *packer = find_packer(start, bytes);

	return packer ? packer->program : NULL;
}

int unpack_open(const uint8_t *start, size_t bytes, struct unpack **result)
{
	const struct packer *packer = find_packer(start, bytes);
	struct unpack *u = calloc(1, sizeof(*u));
	int rc = -ENOTSUP;

	if (!u)
		return -ENOMEM;
	if (packer)
		rc = packer->way->open(&u->state);
	if (rc < 0) {
		free(u);
		return rc;
	}
	u->way = packer->way;
	u->gzip = packer->way == &unpack_way_gzip;
	*result = u;
	return 0;
}

/* gzip itself passes over zeros behind a member, and nothing else may follow them. Whether
 * the step is done with that. */
static bool pass_padding(struct unpack *u, struct unpack_step *step)
{
	while (step->used < step->in_bytes && step->in[step->used] == 0)
		step->used++;
	u->padded |= step->used > 0;
	return step->used > 0;
}

int unpack_step(struct unpack *u, struct unpack_step *step, const char **why)
{
	int rc;

	step->used = step->made = 0;
	if (!u->inside && step->in_bytes == 0)
		return 0;
	if (u->gzip && !u->inside && pass_padding(u, step))
		return 0;
	if (u->padded) {
		*why = "there is something behind the zeros at its end";
		return -EBADMSG;
	}
	rc = u->way->step(u->state, step, why);
	if (rc < 0)
		return rc;
	if (rc > 0)
		u->inside = false;
	else if (step->used > 0 || step->made > 0)
		u->inside = true;
	return 0;
}

bool unpack_is_whole(const struct unpack *u)
{
	return !u->inside;
}

void unpack_close(struct unpack *u)
{
	if (!u)
		return;
	u->way->close(u->state);
	free(u);
}
