/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines are gathered in a buffer until a new manifest is committed, so that
 * ten thousand of them are a few writes, and go out one by one afterwards.
 * Disk space for some hundred lines is taken ahead, so that on a full disk a
 * segment can still be published.
 *
 * What a new one replaces is kept beside it, under a name of its own, until the next
 * one: somebody's hand, or a bad disk, then has to spoil both.
 */
#include "disk/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/unique_file.h"

#include "manifest_text.h"

#define NEW_LINE    "wiretape-manifest 2"
#define FIRST_LINE  NEW_LINE "\n"
#define AHEAD_BYTES (16u * 1024u)

/* What a file system may need to know where the pieces of it are. */
#define EXTENT_BYTES 8192u

struct manifest {
	int dir;
	int fd;
	char name[NAME_MAX + 1];
	char new_name[UNIQUE_NAME_ROOM]; /* until it is committed */
	char previous_name[NAME_MAX + 1];
	uint64_t previous_bytes; /* of disk space, which the one before takes */
	bool committed;
	uint64_t bytes;    /* in the file */
	uint64_t reserved; /* disk space is there up to here */
	size_t used;       /* of the buffer, until it is committed */
	char buffer[64 * 1024];
};

void manifest_hidden_name(uint64_t sequence, char name[static MANIFEST_HIDDEN_ROOM])
{
	snprintf(name, MANIFEST_HIDDEN_ROOM, MANIFEST_HIDDEN "%08" PRIu64, sequence);
}

void manifest_gone_name(uint64_t sequence, char name[static MANIFEST_GONE_ROOM])
{
	snprintf(name, MANIFEST_GONE_ROOM, MANIFEST_HIDDEN "%08" PRIu64 ".gone", sequence);
}

void manifest_previous_name(const char *name, char previous[static NAME_MAX + 1])
{
	snprintf(previous, NAME_MAX + 1, MANIFEST_PREVIOUS "%.*s",
		 (int)(MANIFEST_NAME_MOST - strlen(MANIFEST_NAME)), name + strlen(MANIFEST_NAME));
}

/* --- reading ---------------------------------------------------------------- */

/* Whether it can be believed: where anybody may make files, what others have
 * made would have theirs deleted. 0 or -errno. */
static int check_owner(int dir, int fd)
{
	struct stat st, top;

	if (fstat(fd, &st) < 0 || fstat(dir, &top) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_uid == geteuid() || st.st_uid == 0 || st.st_uid == top.st_uid ? 0 : -EPERM;
}

int manifest_read(int dir, const char *name,
		  int (*visit)(void *context, const struct manifest_line *line), void *context)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return manifest_read_open(dir, fd, visit, context);
}

int manifest_read_open(int dir, int fd,
		       int (*visit)(void *context, const struct manifest_line *line), void *context)
{
	struct manifest_line line;
	char *text = NULL;
	size_t room = 0;
	ssize_t bytes;
	/* Without a first line it may have lost it. */
	bool plain = true;
	FILE *file;
	int rc = check_owner(dir, fd);

	if (rc < 0) {
		close(fd);
		return rc;
	}
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (rc == 0 && (bytes = getline(&text, &room, file)) > 0) {
		/* One without its end was not finished. */
		if (text[bytes - 1] != '\n')
			break;
		text[bytes - 1] = '\0';
		if (strcmp(text, NEW_LINE) == 0)
			plain = false;
		if (strlen(text) == (size_t)bytes - 1 && manifest_line_parse(text, plain, &line))
			rc = visit(context, &line);
	}
	/* A line without its end has nothing behind it. */
	if (rc == 0 && !feof(file))
		rc = ferror(file) ? -EIO : -ENOMEM;
	free(text);
	fclose(file);
	return rc;
}

/* --- writing ---------------------------------------------------------------- */

static int write_out(struct manifest *m, const char *text, size_t bytes)
{
	size_t done = 0;
	ssize_t n;

	/* Not every file system has this; writing tells soon enough. */
	if (m->bytes + bytes > m->reserved && fallocate(m->fd, FALLOC_FL_KEEP_SIZE, (off_t)m->bytes,
							(off_t)(bytes + AHEAD_BYTES)) == 0)
		m->reserved = m->bytes + bytes + AHEAD_BYTES;
	while (done < bytes) {
		n = pwrite(m->fd, text + done, bytes - done, (off_t)(m->bytes + done));
		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			n = n == 0 ? -EIO : -errno;
			/* A part of a line would spoil the next one. */
			(void)!ftruncate(m->fd, (off_t)m->bytes);
			m->reserved = m->bytes;
			return (int)n;
		}
	}
	m->bytes += bytes;
	return 0;
}

static int flush_buffer(struct manifest *m)
{
	int rc = m->used ? write_out(m, m->buffer, m->used) : 0;

	m->used = 0;
	return rc;
}

int manifest_add(struct manifest *m, const struct manifest_line *line)
{
	char text[MANIFEST_LINE_ROOM];
	size_t bytes = manifest_line_format(text, line);
	int rc = 0;

	if (!m)
		return -ENOENT;
	if (m->committed)
		return write_out(m, text, bytes);
	if (m->used + bytes > sizeof(m->buffer))
		rc = flush_buffer(m);
	if (rc == 0) {
		memcpy(m->buffer + m->used, text, bytes);
		m->used += bytes;
	}
	return rc;
}

int manifest_create(int dir, const char *name, mode_t mode, struct manifest **result)
{
	struct manifest *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return -ENOMEM;
	m->dir = dir;
	snprintf(m->name, sizeof(m->name), "%.*s", (int)MANIFEST_NAME_MOST, name);
	manifest_previous_name(m->name, m->previous_name);
	/* Those that were never committed are worth nothing. */
	unique_sweep(dir, m->name, false);
	m->fd = rc = unique_create(dir, m->name, m->new_name);
	if (rc < 0) {
		free(m);
		return rc;
	}
	/* Whatever the umask; and the next start has to read it. Some file systems
	 * keep no bits, or not these. */
	(void)!fchmod(m->fd, mode | 0600);
	memcpy(m->buffer, FIRST_LINE, sizeof(FIRST_LINE) - 1);
	m->used = sizeof(FIRST_LINE) - 1;
	*result = m;
	return 0;
}

/* Gives the new one its name, and that of the one before to the one it had. There is one
 * under that name all the time, where the file system can do that. 0 or -errno. */
static int change_names(const struct manifest *m)
{
	struct stat st;
	int rc;

	/* What is no file is nothing that we have put there. */
	if (fstatat(m->dir, m->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return renameat(m->dir, m->new_name, m->dir, m->name) < 0 ? -errno : 0;
	if (renameat2(m->dir, m->new_name, m->dir, m->name, RENAME_EXCHANGE) == 0) {
		/* What cannot be kept is not worth a failure. */
		if (renameat(m->dir, m->new_name, m->dir, m->previous_name) < 0)
			(void)!unlinkat(m->dir, m->new_name, 0);
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	(void)!renameat(m->dir, m->name, m->dir, m->previous_name);
	if (renameat(m->dir, m->new_name, m->dir, m->name) == 0)
		return 0;
	rc = -errno;
	(void)!renameat(m->dir, m->previous_name, m->dir, m->name);
	return rc;
}

/* What the one before takes, without what was taken ahead for it. */
static void measure_previous(struct manifest *m)
{
	int fd = openat(m->dir, m->previous_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	m->previous_bytes = 0;
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		(void)!ftruncate(fd, st.st_size);
		if (fstat(fd, &st) == 0)
			m->previous_bytes = (uint64_t)st.st_blocks * 512;
	}
	close(fd);
}

int manifest_commit(struct manifest *m, bool sync)
{
	int rc = flush_buffer(m);

	if (rc == 0 && sync)
		rc = manifest_sync(m);
	if (rc == 0)
		rc = change_names(m);
	if (rc < 0)
		return rc;
	m->committed = true;
	measure_previous(m);
	/* It is the manifest now, also where a directory cannot be synced. */
	if (sync)
		(void)!fsync(m->dir);
	return 0;
}

bool manifest_is_intact(const struct manifest *m)
{
	struct stat ours, there;

	return m && fstat(m->fd, &ours) == 0 &&
	       fstatat(m->dir, m->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino == there.st_ino && ours.st_dev == there.st_dev &&
	       (uint64_t)ours.st_size == m->bytes;
}

int manifest_sync(struct manifest *m)
{
	return fdatasync(m->fd) < 0 ? -errno : 0;
}

uint64_t manifest_bytes(const struct manifest *m)
{
	return m ? m->bytes : 0;
}

uint64_t manifest_kept_bytes(const struct manifest *m)
{
	return m ? m->previous_bytes : 0;
}

uint64_t manifest_disk_bytes(const struct manifest *m)
{
	uint64_t bytes;

	if (!m)
		return 0;
	bytes = m->bytes > m->reserved ? m->bytes : m->reserved;
	bytes = (bytes + 4095) / 4096 * 4096 + EXTENT_BYTES;
	/* While it is replaced, there is a new one, too. */
	return 2 * bytes + m->previous_bytes;
}

void manifest_close(struct manifest *m)
{
	if (!m)
		return;
	if (!m->committed)
		unlinkat(m->dir, m->new_name, 0);
	close(m->fd);
	free(m);
}
