/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file beside a segment that has its index: made when the segment gets its name, and
 * deleted with it. It proves nothing and is proven by nothing: who reads it holds it against
 * the segment, and one that is missing can be made anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/file.h"
#include "index/name.h"
#include "system/write_all.h"
#include "tape_state.h"

void tape_put_index(struct tape *tape, const struct tape_segment *segment, const char *name,
		    uint64_t *disk_bytes)
{
	char path[NAME_MAX + 1];
	struct stat st;
	int fd, rc;

	*disk_bytes = 0;
	if (!segment->index || !index_name_make(name, path))
		return;
	/* One of an earlier segment of that name. */
	(void)unlinkat(tape->dir, path, 0);
	fd = openat(tape->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = fd < 0 ? -errno : write_all(fd, segment->index, segment->index_bytes);
	if (rc == 0 && fchmod(fd, tape->config.file_mode) < 0 && errno != EPERM &&
	    errno != EOPNOTSUPP)
		rc = -errno;
	if (rc == 0 && fstat(fd, &st) == 0)
		*disk_bytes = (uint64_t)st.st_blocks * 512;
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		return;
	if (fd >= 0)
		(void)unlinkat(tape->dir, path, 0);
	tape_note(tape, NOTE_DISK, "%s: make its index: %s", name, strerror(-rc));
}

void tape_remove_index(const struct tape *tape, const char *name)
{
	char path[NAME_MAX + 1];

	if (index_name_make(name, path))
		(void)unlinkat(tape->dir, path, 0);
}

uint64_t tape_index_file_bytes(const struct tape *tape, const char *name)
{
	char path[NAME_MAX + 1];
	struct stat st;

	if (!index_name_make(name, path) || fstatat(tape->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (uint64_t)st.st_blocks * 512;
}

void tape_drop_lone_index(const struct tape *tape, const char *path)
{
	char name[NAME_MAX + 1];
	int fd;

	if (!index_name_subject(path, name) ||
	    faccessat(tape->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return;
	fd = openat(tape->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (index_looks_like_one(fd))
		(void)unlinkat(tape->dir, path, 0);
	close(fd);
}
