/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What segments there are is looked for anew each time: some have gone, and others come.
 */
#include <errno.h>
#include <string.h>

#include "read/segment.h"
#include "reader_access.h"
#include "reader_listing.h"
#include "reader_streams.h"

int segment_open(struct reader *reader, const char *name)
{
	const struct reader_stream *stream = reader_stream_of(reader, 0);
	struct reader_parts parts = {.list = NULL};
	int rc;

	if (!stream || stream->access.dir < 0)
		return -ENOENT;
	rc = reader_listing_fill(&stream->access, &parts);
	if (rc == 0)
		rc = -ENOENT;
	for (uint32_t i = 0; rc == -ENOENT && i < parts.count; i++) {
		if (parts.list[i].live || strcmp(parts.list[i].name, name) != 0)
			continue;
		rc = reader_access_open(&stream->access, name);
		break;
	}
	reader_parts_clear(&parts);
	return rc;
}
