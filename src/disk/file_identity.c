/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk/file_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc32c.h"

/* File systems keep times of so little resolution. */
#define MTIME_SLACK_NS (2 * NS_PER_SECOND)

static uint64_t time_of(const struct statx_timestamp *time)
{
	return (uint64_t)time->tv_sec * NS_PER_SECOND + time->tv_nsec;
}

int file_look(int dir, const char *name, struct file_state *state)
{
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH),
		  STATX_BASIC_STATS | STATX_BTIME, &stx) < 0)
		return -errno;
	/* What is below is another file, which is in nobody's reach. */
	if (*name && stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return -EBUSY;
	*state = (struct file_state){
		.identity = {.inode = stx.stx_ino},
		.disk_bytes = stx.stx_blocks * 512,
		.bytes = stx.stx_size,
		.mtime_ns = time_of(&stx.stx_mtime),
	};
	if (stx.stx_mask & STATX_BTIME)
		state->identity.birth_ns = time_of(&stx.stx_btime);
	return 0;
}

int file_identify(int dir, const char *name, struct file_identity *identity, uint64_t *disk_bytes)
{
	struct file_state state;
	int rc = file_look(dir, name, &state);

	if (rc < 0)
		return rc;
	*identity = state.identity;
	if (disk_bytes)
		*disk_bytes = state.disk_bytes;
	return 0;
}

bool file_identity_equal(const struct file_identity *a, const struct file_identity *b)
{
	return a->inode == b->inode && a->birth_ns == b->birth_ns;
}

/* 0 or -errno. */
static int read_head(int fd, uint32_t *head)
{
	char bytes[FILE_HEAD_BYTES];
	ssize_t n;

	do
		n = pread(fd, bytes, sizeof(bytes), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*head = crc32c(bytes, (size_t)n);
	return 0;
}

int file_mark_take(int fd, struct file_mark *mark)
{
	struct file_state state;
	int rc = file_look(fd, "", &state);

	*mark = (struct file_mark){0};
	if (rc < 0)
		return rc;
	mark->bytes = state.bytes;
	mark->mtime_ns = state.mtime_ns;
	mark->has_size = true;
	if (state.identity.birth_ns)
		return 0;
	rc = read_head(fd, &mark->head);
	mark->has_head = rc == 0;
	return rc;
}

bool file_is_like(const struct file_state *state, const struct file_identity *identity,
		  const struct file_mark *mark)
{
	uint64_t apart = state->mtime_ns > mark->mtime_ns ? state->mtime_ns - mark->mtime_ns
							  : mark->mtime_ns - state->mtime_ns;

	if (!file_identity_equal(&state->identity, identity) || identity->birth_ns)
		return file_identity_equal(&state->identity, identity);
	return mark->has_size && mark->has_head && state->bytes == mark->bytes &&
	       apart < MTIME_SLACK_NS;
}

/* Whether the first bytes are those noted: 1, 0 or -errno. */
static int has_head(int dir, const char *name, const struct file_identity *identity,
		    const struct file_mark *mark)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct file_identity now;
	uint32_t head = 0;
	int rc;

	if (fd < 0)
		return -errno;
	rc = file_identify(fd, "", &now, NULL);
	if (rc == 0 && file_identity_equal(&now, identity))
		rc = read_head(fd, &head);
	else if (rc == 0)
		rc = -EBUSY; /* replaced just now */
	close(fd);
	return rc < 0 ? rc : head == mark->head;
}

int file_prove(int dir, const char *name, const struct file_identity *identity,
	       const struct file_mark *mark, struct file_state *state)
{
	int rc = file_look(dir, name, state);

	if (rc == 0 && !file_is_like(state, identity, mark))
		return 0;
	if (rc == 0 && identity->birth_ns)
		return 1;
	if (rc == 0)
		rc = has_head(dir, name, identity, mark);
	return rc == -ENOENT ? 0 : rc;
}
