/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile index files: whatever is asked of one gives an error, or an answer within its runs.
 *
 * Input: a byte of choices, four that are asked for, then the file. With the first choice
 * lengths and checksums are put right, so that what is behind them is reached.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "index/file.h"
#include "index/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

static void mend_part(uint8_t *file, size_t bytes, uint8_t *part)
{
	const uint64_t offset = get_le64(part) % (bytes + 1);
	const uint64_t length = get_le64(part + 8) % (bytes - offset + 1);

	put_le64(part, offset);
	put_le64(part + 8, length);
	put_le32(part + 20, crc32c(file + offset, length));
}

/* Parts may lie anywhere, also on each other. */
static void mend(uint8_t *file, size_t bytes)
{
	uint32_t blocks = get_le32(file + 44) % 64 + 1;

	memcpy(file, LAYOUT_MAGIC, sizeof(LAYOUT_MAGIC));
	put_le32(file + 8, LAYOUT_VERSION);
	put_le32(file + 12, LAYOUT_HEADER);
	put_le64(file + 16, bytes);
	while (blocks > 1 && LAYOUT_FILTER_AT + (uint64_t)blocks * LAYOUT_BLOCK_BYTES > bytes)
		blocks--;
	put_le32(file + 44, blocks);
	for (uint32_t i = 0; i < blocks; i++) {
		uint8_t *block = file + LAYOUT_FILTER_AT + i * LAYOUT_BLOCK_BYTES;

		if (block + LAYOUT_BLOCK_BYTES <= file + bytes)
			put_le32(block + LAYOUT_BLOCK_BITS / 8,
				 crc32c(block, LAYOUT_BLOCK_BITS / 8));
	}
	for (unsigned i = 0; i < LAYOUT_PARTS; i++) {
		uint8_t *part = file + LAYOUT_PART_AT + i * LAYOUT_PART_BYTES;

		/* The runs are as many as there are said to be. */
		if (i == 0) {
			const uint32_t runs = get_le32(file + 40) % 200;

			put_le32(file + 40, runs);
			put_le32(part + 16, runs);
			put_le64(part + 8, (uint64_t)runs * LAYOUT_RUN_BYTES);
			if (get_le64(part) > bytes || get_le64(part + 8) > bytes - get_le64(part))
				continue;
			put_le32(part + 20, crc32c(file + get_le64(part), get_le64(part + 8)));
			continue;
		}
		put_le32(part + 16, get_le32(part + 16) % 300);
		mend_part(file, bytes, part);
	}
	put_le32(file + LAYOUT_CRC_AT, crc32c(file, LAYOUT_CRC_AT));
}

static void ask(struct index *index, const uint8_t *asked)
{
	const uint32_t count = index_run_count(index), words = index_set_words(count);
	uint64_t *set = malloc((words + 1) * sizeof(*set));
	uint8_t first[INDEX_KEY_MOST], last[INDEX_KEY_MOST], keys[10 * INDEX_KEY_MOST];
	const struct index_entry *runs;
	uint32_t held[10];
	struct error err = {0};

	require(set != NULL);
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
		int rc;

		memset(set, 0, (words + 1) * sizeof(*set));
		memset(first, asked[0], sizeof(first));
		memset(last, asked[1], sizeof(last));
		first[1] = asked[2];
		last[1] = asked[3];
		rc = index_find(index, (enum index_kind)kind, first, last, set, &err);
		require(rc == 0 || (rc < 0 && *err.text));
		require(count % 64 == 0 || words == 0 || set[words - 1] >> count % 64 == 0 ||
			rc < 0);
		require(set[words] == 0);
		rc = index_top(index, (enum index_kind)kind, 10, keys, held, &err);
		require(rc <= 10);
		for (int i = 0; i < rc; i++)
			require(i == 0 || held[i] <= held[i - 1]);
	}
	if (index_runs(index, &runs, &err) == 0)
		for (uint32_t i = 0; i < count; i++)
			require(runs[i].bytes > 0 && runs[i].first_ns <= runs[i].last_ns &&
				(i == 0 ||
				 runs[i].offset >= runs[i - 1].offset + runs[i - 1].bytes));
	free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct index *index;
	struct error err = {0};
	uint8_t *file;
	size_t bytes;
	int fd;

	if (size < 5)
		return 0;
	bytes = size - 5;
	if (data[0] & 1 && bytes < LAYOUT_FILTER_AT + LAYOUT_BLOCK_BYTES)
		bytes = LAYOUT_FILTER_AT + LAYOUT_BLOCK_BYTES;
	file = calloc(1, bytes + 1);
	require(file != NULL);
	memcpy(file, data + 5, size - 5);
	if (data[0] & 1)
		mend(file, bytes);
	fd = memfd_create("index", MFD_CLOEXEC);
	require(fd >= 0 && write(fd, file, bytes) == (ssize_t)bytes);
	if (index_open(fd, "index", NULL, &index, &err) == 0) {
		ask(index, data + 1);
		index_close(index);
	} else {
		require(*err.text != '\0');
	}
	close(fd);
	free(file);
	return 0;
}
