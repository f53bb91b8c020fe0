/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands between packets and has a meaning of its own, such as one more interface, is
 * of no run: so it is read whatever is skipped.
 */
#include "reader_gather.h"

#include <errno.h>
#include <stdlib.h>

#include "index/gather.h"
#include "reader_file.h"

#define BATCH 64u

/* As much as a run of nothing but new keys takes, and then some. */
#define QUEUE_BYTES (16u << 20)

struct gathering {
	struct reader_file *file;
	struct index_build *build;
	struct index_gather *gather;
	uint32_t known; /* interfaces that the latter knows of */
	struct frame frames[BATCH];
};

static void take_runs(struct gathering *g)
{
	const struct index_run *run;

	while ((run = index_gather_take(g->gather))) {
		index_build_add(g->build, run);
		index_gather_done(g->gather);
	}
}

/* Begins with the interfaces there are by now. No run is open. 0 or -errno. */
static int know_interfaces(struct gathering *g, struct error *err)
{
	const struct reader_table *table = g->file->table;
	int *dlts = calloc(table->count ? table->count : 1, sizeof(*dlts));
	int rc = -ENOMEM;

	index_gather_close(g->gather);
	g->gather = NULL;
	for (uint32_t i = 0; dlts && i < table->count; i++)
		dlts[i] = table->entries[i]->interface.dlt;
	if (dlts)
		rc = index_gather_open(dlts, table->count, QUEUE_BYTES, &g->gather);
	g->known = table->count;
	free(dlts);
	return rc < 0 ? error_system(err, -rc, "%s", g->file->input.name) : 0;
}

/* No run has what lies between these places. 0 or -errno. */
static int leave_out(struct gathering *g, uint64_t begin, uint64_t end, struct error *err)
{
	int rc = 0;

	index_gather_file(g->gather, 0, end, begin);
	take_runs(g);
	if (g->known != g->file->table->count) {
		rc = know_interfaces(g, err);
		if (rc == 0)
			index_gather_file(g->gather, 0, end, end);
	}
	return rc;
}

static int refuse_untimed(const struct reader_file *file, struct error *err)
{
	return error_set(err, ENOTSUP,
			 "%s: has packets without a time: those are read one after the other",
			 file->input.name);
}

/* Goes through the file. As reader_file_fill at the end. */
static int gather_all(struct gathering *g, struct error *err)
{
	struct reader_file *file = g->file;
	const uint64_t section = file->section;
	uint64_t begin = reader_input_offset(&file->input);
	int rc;

	index_gather_file(g->gather, 0, begin, begin);
	while ((rc = reader_file_fill(file, g->frames, BATCH, err)) > 0) {
		if (file->aside > begin && file->section == section) {
			int left = leave_out(g, begin, file->aside, err);

			if (left < 0)
				return left;
		}
		if (file->untimed)
			return refuse_untimed(file, err);
		if (file->section != section)
			break;
		index_gather_frames(g->gather, g->frames, (uint32_t)rc);
		begin = reader_input_offset(&file->input);
		index_gather_mark(g->gather, begin, false);
		take_runs(g);
	}
	index_gather_mark(g->gather, begin, true);
	take_runs(g);
	return rc > 0 ? 0 : rc;
}

int reader_gather_runs(struct reader_file *file, struct index_build *build, struct error *err)
{
	struct gathering *g;
	int rc;

	if (file->format != &reader_format_pcap && file->format != &reader_format_pcapng)
		return error_set(err, ENOTSUP, "%s: a %s file is read from front to back only",
				 file->input.name, file->format->name);
	g = calloc(1, sizeof(*g));
	if (!g)
		return error_system(err, ENOMEM, "%s", file->input.name);
	g->file = file;
	file->splits = true;
	g->build = build;
	rc = know_interfaces(g, err);
	if (rc == 0)
		rc = gather_all(g, err);
	index_gather_close(g->gather);
	free(g);
	return rc;
}
