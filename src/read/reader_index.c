/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An index is opened as its file is: in a directory when its turn comes, beside a single
 * file at once.
 */
#include "reader_index.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "index/name.h"

int reader_index_beside(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char hidden[NAME_MAX + 1], beside[PATH_MAX];
	const size_t length = (size_t)(name - path);

	if (!index_name_make(name, hidden) || length + strlen(hidden) >= sizeof(beside))
		return -1;
	memcpy(beside, path, length);
	strcpy(beside + length, hidden);
	return open(beside, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int reader_index_open(const struct reader_stream *stream, const char *name, bool *kept)
{
	char hidden[NAME_MAX + 1];
	int fd;

	*kept = stream->access.dir < 0;
	if (*kept)
		return stream->index_fd;
	if (!index_name_make(name, hidden))
		return -1;
	fd = reader_access_open(&stream->access, hidden);
	return fd < 0 ? -1 : fd;
}

int reader_index_take(const struct reader_stream *stream, const char *name)
{
	bool kept;

	if (stream->access.dir < 0)
		return stream->index_fd < 0 ? -1 : fcntl(stream->index_fd, F_DUPFD_CLOEXEC, 3);
	return reader_index_open(stream, name, &kept);
}

bool reader_index_helps(const struct reader_stream *stream, const struct reader_part *part,
			const struct reader_input *input)
{
	return reader_wish_narrows(stream->wish) && !part->live && input->regular &&
	       input->start == 0;
}

void reader_index_plan(struct reader_stream *stream, const struct reader_part *part)
{
	struct reader_file *file = &stream->file;
	struct reader_plan *plan = &stream->plan;
	struct reader_plan_subject subject = {
		.fd = file->input.fd,
		.name = file->input.name,
		.header_end = reader_input_offset(&file->input),
	};
	bool kept = true;

	subject.index_fd = stream->ready_index;
	/* What libpcap reads is read front to back. */
	if (!file->input.packed &&
	    (file->format == &reader_format_pcap || file->format == &reader_format_pcapng) &&
	    (subject.index_fd >= 0 ||
	     (subject.index_fd = reader_index_open(stream, part->name, &kept)) >= 0)) {
		reader_plan_make(plan, stream->wish, &subject);
		if (!kept)
			close(subject.index_fd);
	} else {
		stream->wish->saved.without++;
	}
	reader_input_pieces(&file->input, READER_PIECE_BYTES, plan->count == 0);
	reader_input_use(&file->input, stream->ahead);
}
