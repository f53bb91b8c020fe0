/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile packed bytes: whatever they are, unpacking ends, stays within its memory, and gives
 * the same bytes however they are cut into pieces, as far as both got.
 *
 * Input: a byte of choices, one each of how large pieces are, in and out; then packed bytes,
 * which get a magic number in front unless the choice is a raw one.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/unpack.h"

#define OUT_MOST (1u << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

/* Returns how much came out, at most OUT_MOST. */
static size_t unpack(const uint8_t *bytes, size_t count, size_t in, size_t out, uint8_t *to)
{
	struct unpack *u;
	const char *why = NULL;
	size_t at = 0, made = 0;

	if (unpack_open(bytes, count, &u) < 0)
		return 0;
	while (made < OUT_MOST) {
		const size_t in_now = count - at < in ? count - at : in;
		const size_t out_now = OUT_MOST - made < out ? OUT_MOST - made : out;
		/* Of just their size, so that a byte beyond shows. */
		uint8_t *from = malloc(in_now ? in_now : 1), *into = malloc(out_now);
		struct unpack_step step = {from, in_now, into, out_now, 0, 0};
		int rc;

		require(from && into);
		memcpy(from, bytes + at, in_now);
		rc = unpack_step(u, &step, &why);
		require(step.used <= in_now && step.made <= out_now);
		memcpy(to + made, into, step.made);
		at += step.used;
		made += step.made;
		free(from);
		free(into);
		require(rc == 0 || (why && *why));
		if (rc < 0 || (step.used == 0 && step.made == 0))
			break;
	}
	unpack_close(u);
	return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t magics[][4] = {{0x28, 0xb5, 0x2f, 0xfd},
					    {0x1f, 0x8b, 8, 0},
					    {0x04, 0x22, 0x4d, 0x18}};
	uint8_t *bytes, *once, *again;
	size_t magic, one, other;

	if (size < 4)
		return 0;
	magic = data[0] % 4 < 3 ? 4 : 0;
	bytes = malloc(size - 3 + magic);
	once = malloc(OUT_MOST);
	again = malloc(OUT_MOST);
	require(bytes && once && again);
	if (magic)
		memcpy(bytes, magics[data[0] % 4], magic);
	memcpy(bytes + magic, data + 3, size - 3);
	one = unpack(bytes, size - 3 + magic, SIZE_MAX, OUT_MOST, once);
	other = unpack(bytes, size - 3 + magic, data[1] + 1u, data[2] + 1u, again);
	require(memcmp(once, again, one < other ? one : other) == 0);
	free(bytes);
	free(once);
	free(again);
	return 0;
}
