/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The choice of how bytes get to a file: what was asked for, as far as the file and
 * the kernel take it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diskio_parts.h"
#include "system/nowait.h"

/* A second descriptor on the same file, whatever its name is by now. */
static int reopen_direct(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
}

/* Whether a file that was opened for direct writes takes them: some file systems refuse
 * each of them instead. What else may be wrong shows later. The file is empty, and is so
 * again. */
static bool takes_direct(const struct diskio *io)
{
	void *unit = aligned_alloc(DISKIO_UNIT, DISKIO_UNIT);
	ssize_t n = 0;
	int code = 0;

	if (!unit)
		return true;
	memset(unit, 0, DISKIO_UNIT);
	do
		n = pwrite(io->direct_fd, unit, DISKIO_UNIT, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		code = errno;
	free(unit);
	if (n > 0 && ftruncate(io->fd, 0) < 0)
		return true;
	return code != EINVAL && code != EOPNOTSUPP;
}

int diskio_queue_open(struct diskio_config *config, struct error *err)
{
	const struct write_queue_config queue = {
		.way = config->mode == DISKIO_URING ? WRITE_URING : WRITE_ANY,
		.ring = config->ring,
		.ring_bytes = config->ring_bytes,
		.block_bytes = config->block_bytes,
		.hold_bytes = config->hold_bytes,
		.spill_bytes = config->spill_bytes,
	};
	const char *name = config->file ? outfile_name(config->file) : "";
	int rc;

	config->queue = NULL;
	if (config->mode != DISKIO_AUTO && config->mode != DISKIO_URING)
		return 0;
	rc = write_queue_open(&queue, &config->queue);
	return rc < 0 ? error_system(err, -rc, "%s%s%s",
				     config->mode == DISKIO_URING ? "--io uring" : "write queue",
				     *name ? ": " : "", name)
		      : 0;
}

/* How the file is written. 0 or -errno. */
static int choose_mode(struct diskio *io, struct diskio_config config, struct error *err)
{
	int rc = 0;

	if (config.mode != DISKIO_BUFFERED && io->seekable)
		io->direct_fd = reopen_direct(io->fd);
	if (config.probe && io->direct_fd >= 0 && !takes_direct(io)) {
		close(io->direct_fd);
		io->direct_fd = -1;
	}
	if (io->direct_fd < 0) {
		if (config.mode == DISKIO_URING)
			return error_usage(err, "--io uring: %s does not take direct writes",
					   outfile_name(io->file));
		config.mode = DISKIO_BUFFERED;
	} else if (config.mode != DISKIO_DIRECT) {
		io->queue_shared = config.queue != NULL;
		if (!config.queue)
			rc = diskio_queue_open(&config, err);
		io->queue = config.queue;
		io->on_queue.fd = io->direct_fd;
		io->on_queue.in_order = config.in_order;
		io->on_queue.rest_fd = io->fd;
	}
	atomic_store(&io->mode, config.mode);
	return rc;
}

/* 0 or -ENOMEM. */
static int get_stage(struct diskio *io)
{
	if (io->queue)
		io->stage = spill_take_beyond(write_queue_spill(io->queue));
	io->own_stage = !io->stage;
	if (!io->stage)
		io->stage = aligned_alloc(DISKIO_UNIT, DISKIO_STAGE_BYTES);
	return io->stage ? 0 : -ENOMEM;
}

int diskio_open(const struct diskio_config *config, struct diskio **result, struct error *err)
{
	struct diskio *io;
	int rc;

	io = calloc(1, sizeof(*io));
	if (!io)
		return error_system(err, ENOMEM, "open %s", outfile_name(config->file));
	io->file = config->file;
	io->fd = outfile_fd(config->file);
	io->own_reserve = config->own_reserve;
	io->seekable = outfile_is_regular(config->file);
	io->passed = io->seekable ? NULL : config->passed;
	io->pipe = nowait_has_peer(io->fd);
	io->direct_fd = -1;
	io->asked = UINT64_MAX;
	atomic_init(&io->most, UINT64_MAX);
	atomic_init(&io->step_bytes, DISKIO_STEP_LEAST_BYTES);
	rc = choose_mode(io, *config, err);
	if (rc == 0 && get_stage(io) < 0)
		rc = error_system(err, ENOMEM, "open %s", outfile_name(config->file));
	if (rc < 0) {
		diskio_close(io);
		return rc;
	}
	*result = io;
	return 0;
}

void diskio_close(struct diskio *io)
{
	if (!io)
		return;
	write_queue_drain(io->queue, &io->on_queue);
	if (io->own_stage)
		free(io->stage);
	else if (io->queue)
		spill_give_beyond(write_queue_spill(io->queue), io->stage);
	if (!io->queue_shared)
		write_queue_close(io->queue);
	if (io->direct_fd >= 0)
		close(io->direct_fd);
	free(io);
}
