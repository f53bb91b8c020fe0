/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines are gathered in a buffer until a new manifest is committed, so that
 * ten thousand of them are a few writes, and go out one by one afterwards.
 * Disk space for some hundred lines is taken ahead, so that on a full disk a
 * segment can still be published.
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

#include "base/clock.h"
#include "system/unique_file.h"

#define FIRST_LINE  "wiretape-manifest 1\n"
#define LINE_ROOM   (NAME_MAX + 192u)
#define AHEAD_BYTES (16u * 1024u)

/* What a file system may need to know where the pieces of it are. */
#define EXTENT_BYTES 8192u

struct manifest {
	int dir;
	int fd;
	char name[NAME_MAX + 1];
	char new_name[UNIQUE_NAME_ROOM]; /* until it is committed */
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

int file_identify(int dir, const char *name, struct file_identity *identity, uint64_t *disk_bytes)
{
	struct statx stx;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH),
		  STATX_INO | STATX_BTIME | STATX_BLOCKS | STATX_TYPE, &stx) < 0)
		return -errno;
	/* What is below is another file, which is in nobody's reach. */
	if (*name && stx.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return -EBUSY;
	*identity = (struct file_identity){.inode = stx.stx_ino};
	if (stx.stx_mask & STATX_BTIME)
		identity->birth_ns =
			(uint64_t)stx.stx_btime.tv_sec * NS_PER_SECOND + stx.stx_btime.tv_nsec;
	if (disk_bytes)
		*disk_bytes = stx.stx_blocks * 512;
	return 0;
}

bool file_identity_equal(const struct file_identity *a, const struct file_identity *b)
{
	return a->inode == b->inode && a->birth_ns == b->birth_ns;
}

/* --- reading ---------------------------------------------------------------- */

/* A decimal number and what stands behind it. */
static bool take_number(char **at, uint64_t *value)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*value = strtoull(*at, &end, 10);
	if (errno || (*end != ' ' && *end != '\0'))
		return false;
	*at = end + (*end == ' ');
	return true;
}

static bool take_identity(char **at, struct file_identity *identity)
{
	return take_number(at, &identity->inode) && take_number(at, &identity->birth_ns);
}

static bool parse_segment(char *at, struct manifest_line *line)
{
	if (!take_identity(&at, &line->identity) || !take_number(&at, &line->wall_ns) ||
	    !take_number(&at, &line->boot_ns) || line->boot_ns > INT64_MAX)
		return false;
	if (strcspn(at, " ") != MANIFEST_BOOT_ID || at[MANIFEST_BOOT_ID] != ' ')
		return false;
	memcpy(line->boot_id, at, MANIFEST_BOOT_ID);
	at += MANIFEST_BOOT_ID + 1;
	/* A name in this directory, and not one of those that stand for others. */
	if (!*at || strlen(at) > NAME_MAX || strchr(at, '/') || *at == '.')
		return false;
	strcpy(line->name, at);
	return true;
}

static bool parse_line(char *text, struct manifest_line *line)
{
	static const char *const kinds[] = {"next ", "open ", "segment ", "gone "};
	char *at;

	memset(line, 0, sizeof(*line));
	for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		if (strncmp(text, kinds[kind], strlen(kinds[kind])) != 0)
			continue;
		line->kind = kind;
		at = text + strlen(kinds[kind]);
		/* None of ours is 0, or so high that counting on would reach 0 again. */
		if (!take_number(&at, &line->sequence) || line->sequence - 1 > INT64_MAX)
			return false;
		if (kind == MANIFEST_SEGMENT)
			return parse_segment(at, line);
		return (kind == MANIFEST_NEXT || take_identity(&at, &line->identity)) && !*at;
	}
	return false;
}

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
		if (strlen(text) == (size_t)bytes - 1 && parse_line(text, &line))
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

static int format_line(char *text, const struct manifest_line *line)
{
	if (line->kind == MANIFEST_NEXT)
		return snprintf(text, LINE_ROOM, "next %" PRIu64 "\n", line->sequence);
	if (line->kind == MANIFEST_OPEN || line->kind == MANIFEST_GONE)
		return snprintf(text, LINE_ROOM, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
				line->kind == MANIFEST_OPEN ? "open" : "gone", line->sequence,
				line->identity.inode, line->identity.birth_ns);
	return snprintf(text, LINE_ROOM,
			"segment %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			" %s %s\n",
			line->sequence, line->identity.inode, line->identity.birth_ns,
			line->wall_ns, line->boot_ns, line->boot_id, line->name);
}

int manifest_add(struct manifest *m, const struct manifest_line *line)
{
	char text[LINE_ROOM];
	size_t bytes = (size_t)format_line(text, line);
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

int manifest_commit(struct manifest *m, bool sync)
{
	int rc = flush_buffer(m);

	if (rc == 0 && sync)
		rc = manifest_sync(m);
	if (rc == 0 && renameat(m->dir, m->new_name, m->dir, m->name) < 0)
		rc = -errno;
	if (rc < 0)
		return rc;
	m->committed = true;
	/* It is the manifest now, also where a directory cannot be synced. */
	if (sync)
		(void)!fsync(m->dir);
	return 0;
}

int manifest_sync(struct manifest *m)
{
	return fdatasync(m->fd) < 0 ? -errno : 0;
}

uint64_t manifest_bytes(const struct manifest *m)
{
	return m ? m->bytes : 0;
}

uint64_t manifest_disk_bytes(const struct manifest *m)
{
	uint64_t bytes;

	if (!m)
		return 0;
	bytes = m->bytes > m->reserved ? m->bytes : m->reserved;
	return (bytes + 4095) / 4096 * 4096 + EXTENT_BYTES;
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
