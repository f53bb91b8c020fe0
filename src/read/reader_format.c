/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of all formats in one wording, link types, and the format without records.
 */
#include "reader_format.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdarg.h>
#include <stdio.h>

int reader_dlt(uint32_t linktype)
{
	switch (linktype) {
	case 100:
		return DLT_ATM_RFC1483;
	case 101:
		return DLT_RAW;
	case 102:
		return DLT_SLIP_BSDOS;
	case 103:
		return DLT_PPP_BSDOS;
	case 106:
		return DLT_ATM_CLIP;
	default:
		return (int)linktype;
	}
}

int reader_file_cut(const struct reader_file *file, uint64_t missing, struct error *err)
{
	const struct reader_input *input = &file->input;

	if (file->live)
		return 0;
	return error_set(err, ENODATA,
			 "%s: cut short: of what begins at byte %llu the last %llu bytes are "
			 "missing",
			 input->name, (unsigned long long)reader_input_offset(input),
			 (unsigned long long)missing);
}

int reader_file_bad(const struct reader_file *file, struct error *err, const char *format, ...)
{
	char text[192];
	va_list args;

	if (file->live)
		return 0;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_set(err, EBADMSG, "%s: damaged at byte %llu: %s", file->input.name,
			 (unsigned long long)reader_input_offset(&file->input), text);
}

static int fill_nothing(struct reader_file *file, struct frame *frames, uint32_t most,
			struct error *err)
{
	(void)file;
	(void)frames;
	(void)most;
	(void)err;
	return 0;
}

const struct reader_format reader_format_empty = {.name = "empty", .fill = fill_nothing};
