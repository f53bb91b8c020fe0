/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps two marks: the newest record boundary, which may not be in the file
 * yet, and the newest that is. A failure is reckoned from the latter, reading
 * back only what was written behind it.
 */
#include "recording.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

int recording_check(struct recording *r, int rc)
{
	atomic_store_explicit(&r->sink->bytes, diskio_size(r->io), memory_order_relaxed);
	atomic_store_explicit(&r->sink->io_mode, diskio_mode(r->io), memory_order_relaxed);
	if (rc < 0 && !r->failed) {
		r->failed =
			error_system(&r->sink->error, -rc, "write to %s", outfile_name(r->file));
		/* Of a socket that still had something to read. */
		r->sink->closed =
			!outfile_is_regular(r->file) && (rc == -EPIPE || rc == -ECONNRESET);
	}
	return r->failed;
}

void recording_note(struct recording *r, uint64_t bytes)
{
	if (r->next.bytes <= diskio_written(r->io))
		r->safe = r->next;
	r->next = (struct write_mark){bytes, r->taken};
	diskio_mark(r->io, bytes, r->taken);
}

/* Before it the end of all that was given may not be in the file, after it
 * it is. */
static int push_with(struct recording *r, int (*push)(struct diskio *))
{
	if (r->failed)
		return r->failed;
	recording_note(r, diskio_size(r->io));
	if (recording_check(r, push(r->io)) == 0)
		recording_note(r, diskio_size(r->io));
	r->sink->dirty = false;
	return r->failed;
}

int recording_push(struct recording *r)
{
	return push_with(r, diskio_push);
}

int recording_settle(struct recording *r)
{
	return push_with(r, diskio_settle);
}

int recording_open(struct recording *r, struct sink *sink, const struct diskio_config *config,
		   enum trim_format format, struct error *err)
{
	struct diskio_config disk = *config;
	int rc;

	*r = (struct recording){.sink = sink, .format = format};
	passed_begin(&r->passed, format);
	disk.passed = &r->passed;
	rc = diskio_open(&disk, &r->io, err);
	if (rc < 0)
		return rc;
	r->file = config->file;
	sink->peer_fd = diskio_pipe(r->io);
	return 0;
}

struct recording_amendment {
	uint64_t at;
	uint32_t value;
};

void recording_amend(struct recording *r, uint64_t at, uint32_t value)
{
	struct recording_amendment *more =
		outfile_is_regular(r->file)
			? reallocarray(r->amendments, r->amendment_count + 1, sizeof(*more))
			: NULL;

	if (!more)
		return;
	r->amendments = more;
	more[r->amendment_count++] = (struct recording_amendment){at, value};
}

/* The file is whole, and nothing is on its way. */
static void write_amendments(struct recording *r)
{
	for (uint32_t i = 0; i < r->amendment_count; i++) {
		const struct recording_amendment *a = &r->amendments[i];
		const ssize_t n =
			pwrite(outfile_fd(r->file), &a->value, sizeof(a->value), (off_t)a->at);

		if (n != sizeof(a->value))
			recording_check(r, n < 0 ? -errno : -EIO);
	}
}

/* How many frames what was written has; a file is cut to its whole records. */
static uint64_t salvage(struct recording *r)
{
	struct write_mark mark;
	uint64_t written;
	struct trim_result kept;

	if (!outfile_is_regular(r->file))
		return r->passed.packets;
	/* Of writes on their way the first that failed counts; everything before
	 * it is there. */
	if (diskio_failure(r->io, &written, &mark))
		r->safe = mark;
	trim_outfile(r->file, r->format, r->safe.bytes, written, &kept);
	return r->safe.frames + kept.packets;
}

int recording_finish(struct recording *r, uint64_t *unwritten)
{
	char name[256];
	int rc;

	if (!r->failed)
		recording_check(r, diskio_finish(r->io));
	if (!r->failed)
		write_amendments(r);
	*unwritten = r->failed ? r->taken - salvage(r) : 0;
	diskio_close(r->io);
	r->io = NULL;
	/* The name goes with the file. */
	snprintf(name, sizeof(name), "%s", outfile_name(r->file));
	rc = outfile_close(r->file);
	r->file = NULL;
	if (rc < 0 && !r->failed)
		r->failed = error_system(&r->sink->error, -rc, "close %s", name);
	return r->failed;
}

void recording_close(struct recording *r)
{
	free(r->amendments);
	r->amendments = NULL;
	diskio_close(r->io);
	outfile_close(r->file);
}
