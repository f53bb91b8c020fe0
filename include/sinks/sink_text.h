/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink that prints packets, a line each (printer.h).
 */
#ifndef WIRETAPE_SINK_TEXT_H
#define WIRETAPE_SINK_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "decode/decode.h"
#include "frames/sink.h"

struct sink_text_config {
	int fd; /* stays the caller's */
	const struct decode_options *options;
	/* The link type (DLT_*) of an interface, by the number frames have. Ring
	 * thread. */
	int (*linktype)(const void *context, uint32_t interface);
	/* As printer.h has it. */
	const char *(*interface)(const void *context, uint32_t number);
	const void *context; /* of both */
	bool here;           /* as printer.h has it */
	bool live;           /* what came is to be seen at once: pushed out at each block's end */
	bool line;           /* -l: at each line's */
};

/* A reader of the text that goes away ends it as a limit does. 0 or -errno. */
int sink_text_open(const struct sink_text_config *config, struct sink **sink, struct error *err);

#endif
