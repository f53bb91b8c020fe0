/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lz4, by liblz4.
 */
#include <errno.h>
#include <lz4frame.h>

#include "unpack_ways.h"

static int lz4_open(void **state)
{
	LZ4F_dctx *context;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return -ENOMEM;
	*state = context;
	return 0;
}

static int lz4_step(void *state, struct unpack_step *step, const char **why)
{
	size_t used = step->in_bytes, made = step->out_bytes;
	size_t rc = LZ4F_decompress(state, step->out, &made, step->in, &used, NULL);

	/* After a failure they say nothing. */
	if (LZ4F_isError(rc)) {
		*why = LZ4F_getErrorName(rc);
		return -EBADMSG;
	}
	step->used = used;
	step->made = made;
	return rc == 0;
}

static void lz4_close(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

const struct unpack_way unpack_way_lz4 = {lz4_open, lz4_step, lz4_close};
