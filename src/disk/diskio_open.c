/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The choice of how bytes get to a file: what was asked for, as far as the file and
 * the kernel take it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diskio_parts.h"

/* A second descriptor on the same file, whatever its name is by now. */
static int reopen_direct(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
}

/* Ring memory is what io_uring is for. 0 or -errno. */
static int check_ring(const struct diskio_config *config, struct error *err)
{
	if (config->mode == DISKIO_URING && !config->ring)
		return error_usage(err,
				   "--io uring writes from the memory of a version 3 ring, and "
				   "pcapng only");
	return 0;
}

int diskio_uring_open(struct diskio_config *config, struct error *err)
{
	const struct uring_config uring = {
		.memory = config->ring,
		.bytes = config->ring_bytes,
		.block_bytes = config->block_bytes,
	};
	int rc = check_ring(config, err);

	config->uring = NULL;
	if (rc < 0 || !config->ring ||
	    (config->mode != DISKIO_AUTO && config->mode != DISKIO_URING))
		return rc;
	rc = uring_open(&uring, &config->uring);
	if (rc < 0 && config->mode == DISKIO_URING)
		return error_system(err, -rc, "--io uring%s%s", config->file ? ": " : "",
				    config->file ? outfile_name(config->file) : "");
	if (rc < 0)
		config->mode = DISKIO_DIRECT;
	return 0;
}

/* How the file is written. 0 or -errno. */
static int choose_mode(struct diskio *io, struct diskio_config config, struct error *err)
{
	int rc = 0;

	if (config.mode != DISKIO_BUFFERED && io->seekable)
		io->direct_fd = reopen_direct(io->fd);
	if (io->direct_fd < 0) {
		if (config.mode == DISKIO_URING)
			return error_usage(err, "--io uring: %s does not take direct writes",
					   outfile_name(io->file));
		config.mode = DISKIO_BUFFERED;
	} else if (!config.ring) {
		config.mode = DISKIO_DIRECT;
	} else if (config.mode != DISKIO_DIRECT) {
		io->uring_shared = config.uring != NULL;
		if (!config.uring)
			rc = diskio_uring_open(&config, err);
		io->uring = config.uring;
		io->on_uring.fd = io->direct_fd;
		io->on_uring.rest_fd = io->fd;
	}
	atomic_store(&io->mode, config.mode);
	return rc;
}

int diskio_open(const struct diskio_config *config, struct diskio **result, struct error *err)
{
	struct diskio *io;
	struct stat st;
	int rc = check_ring(config, err);

	if (rc < 0)
		return rc;
	io = calloc(1, sizeof(*io));
	if (io)
		io->stage = aligned_alloc(DISKIO_UNIT, DISKIO_STAGE_BYTES);
	if (!io || !io->stage) {
		free(io);
		return error_system(err, ENOMEM, "open %s", outfile_name(config->file));
	}
	io->file = config->file;
	io->fd = outfile_fd(config->file);
	io->own_reserve = config->own_reserve;
	io->seekable = outfile_is_regular(config->file);
	io->pipe = fstat(io->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
	io->nonblocking = (fcntl(io->fd, F_GETFL) & O_NONBLOCK) != 0;
	io->direct_fd = -1;
	io->asked = UINT64_MAX;
	atomic_init(&io->most, UINT64_MAX);
	rc = choose_mode(io, *config, err);
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
	uring_drain(io->uring, &io->on_uring);
	if (!io->uring_shared)
		uring_close(io->uring);
	if (io->direct_fd >= 0)
		close(io->direct_fd);
	free(io->stage);
	free(io);
}
