/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What packs has a thread of its own for that long, which is idle to the scheduler: locks that
 * the keeper takes, too, are the helper's, which is not. Who is idle could be kept from running
 * by others while it holds one.
 */
#include "tape_packing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "index/file.h"
#include "index/frames.h"
#include "index/name.h"

/* ioprio_set(2), which has no header for it. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE  (3 << 13)

static void be_idle(void)
{
	const struct sched_param none = {0};

	(void)sched_setscheduler(0, SCHED_IDLE, &none);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE);
}

static bool is_stopped(void *context)
{
	const struct tape_packing *p = context;

	return atomic_load_explicit(&p->stop, memory_order_relaxed);
}

/* The segment, if it is that still: a descriptor, or -errno. */
static int open_segment(struct tape_packing *p)
{
	struct file_state now;
	int fd = openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = file_look(fd, "", &now);
	if (rc == 0 && !file_identity_equal(&now.identity, &p->identity))
		rc = -ENOENT;
	p->mtime_ns = now.mtime_ns;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

/* Its index, if it has one that is right; else null. */
static struct index *open_index(const struct tape_packing *p, int segment, int *fd)
{
	struct index_subject subject;
	struct index *index;
	char hidden[NAME_MAX + 1];

	*fd = -1;
	if (!index_name_make(p->name, hidden))
		return NULL;
	*fd = openat(p->dir, hidden, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd >= 0 && index_subject_read(segment, &subject) == 0 &&
	    index_open(*fd, p->name, &subject, &index, NULL) == 0)
		return index;
	return NULL;
}

/* Where runs begin; null: not known. */
static uint64_t *find_cuts(struct index *index, uint32_t *count)
{
	const struct index_entry *runs;
	uint64_t *cuts;

	*count = 0;
	if (!index || index_runs(index, &runs, NULL) < 0)
		return NULL;
	cuts = calloc(index_run_count(index) + 1, sizeof(*cuts));
	for (uint32_t i = 0; cuts && i < index_run_count(index); i++)
		cuts[(*count)++] = runs[i].offset;
	return cuts;
}

/* The index of what is packed, where there was one. Without it all of a file is read. */
static void make_index(struct tape_packing *p, int index_fd)
{
	const struct pack_result *r = &p->result;
	struct index_frames frames = {.count = r->count, .bytes = r->bytes};
	struct index_subject subject;

	frames.list = calloc(r->count ? r->count : 1, sizeof(*frames.list));
	for (uint32_t i = 0; frames.list && i < r->count; i++)
		frames.list[i] = (struct index_frame){r->frames[i].offset, r->frames[i].packed};
	if (frames.list && index_subject_read(p->to, &subject) == 0 &&
	    index_frames_add(index_fd, p->name, &subject, &frames, &p->index, &p->index_bytes,
			     NULL) < 0)
		p->index = NULL;
	free(frames.list);
}

static void *pack(void *context)
{
	struct tape_packing *p = context;
	struct pack_config config = {
		.to = p->to,
		.level = p->level,
		.stop = is_stopped,
		.context = p,
	};
	struct index *index;
	uint64_t *cuts;
	int index_fd;

	config.from = open_segment(p);
	if (config.from < 0) {
		p->rc = config.from;
		return NULL;
	}
	index = open_index(p, config.from, &index_fd);
	config.cuts = cuts = find_cuts(index, &config.cut_count);
	p->rc = pack_file(&config, &p->result);
	if (p->rc == 0 && index)
		make_index(p, index_fd);
	free(cuts);
	index_close(index);
	if (index_fd >= 0)
		close(index_fd);
	close(config.from);
	return NULL;
}

static void *pack_idly(void *context)
{
	be_idle();
	return pack(context);
}

void tape_packing_run(struct helper *helper, struct helper_job *job)
{
	struct tape_packing *p = (struct tape_packing *)job;
	pthread_t thread;

	(void)helper;
	if (pthread_create(&thread, NULL, pack_idly, p) != 0)
		p->rc = -EAGAIN;
	else
		pthread_join(thread, NULL);
}

void tape_packing_clear(struct tape_packing *p)
{
	if (p->to >= 0)
		close(p->to);
	if (p->dir >= 0)
		close(p->dir);
	free(p->result.frames);
	free(p->index);
}
