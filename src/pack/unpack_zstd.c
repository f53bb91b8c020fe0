/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd, by libzstd.
 */
#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "unpack_ways.h"

#define WINDOW_LOG 27 /* UNPACK_WINDOW_MOST */

static int zstd_open(void **state)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();

	if (!context)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG);
	*state = context;
	return 0;
}

static int zstd_step(void *state, struct unpack_step *step, const char **why)
{
	ZSTD_inBuffer in = {.src = step->in, .size = step->in_bytes};
	ZSTD_outBuffer out = {.dst = step->out, .size = step->out_bytes};
	size_t rc = ZSTD_decompressStream(state, &out, &in);

	step->used = in.pos;
	step->made = out.pos;
	if (!ZSTD_isError(rc))
		return rc == 0;
	if (ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation)
		return -ENOMEM;
	*why = ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge
		       ? "it was packed with a window of more than 128 MiB (--long)"
		       : ZSTD_getErrorString(ZSTD_getErrorCode(rc));
	return -EBADMSG;
}

static void zstd_close(void *state)
{
	ZSTD_freeDCtx(state);
}

const struct unpack_way unpack_way_zstd = {zstd_open, zstd_step, zstd_close};
