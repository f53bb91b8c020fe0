/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A way to the disk, as the write queue sees it: takes writes, and tells when each of them
 * has ended, in any order. Part of diskio.
 *
 * Threads: the queue's.
 */
#ifndef WIRETAPE_WRITE_BACKEND_H
#define WIRETAPE_WRITE_BACKEND_H

#include <stddef.h>
#include <stdint.h>

struct write_backend;

/* One write; stays the queue's, in its place, until it has ended. */
struct write_order {
	int fd;
	const uint8_t *data;
	size_t bytes;
	uint64_t offset;
	int result; /* the backend's: bytes written, maybe too few, or -errno */
	struct write_order *next;
};

/* Memory that writes come from, over and over. */
struct write_memory {
	uint8_t *at;
	size_t bytes;
	size_t unit_bytes; /* no write crosses a multiple of it */
};

struct write_backend_config {
	const struct write_memory *memory;
	size_t memory_count;
	uint32_t depth; /* most writes at once */
	void (*ended)(void *context, struct write_order *order);
	void *context;
};

struct write_backend_ops {
	/* Starts a write. 0, or -errno: it has not begun. */
	int (*submit)(struct write_backend *backend, struct write_order *order);
	/* Calls ended for each write that has; waits for one first where asked to, at least
	 * one being on its way. */
	void (*reap)(struct write_backend *backend, int wait);
	void (*close)(struct write_backend *backend);
};

/* Every backend begins with this. */
struct write_backend {
	const struct write_backend_ops *ops;
	int fd; /* becomes readable when writes have ended */
};

/* 0 or -errno. */
int write_uring_open(const struct write_backend_config *config, struct write_backend **backend);
int write_threads_open(const struct write_backend_config *config, struct write_backend **backend);

#endif
