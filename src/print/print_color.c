/* SPDX-License-Identifier: BSD-2-Clause */
#include "print_color.h"

#define COLOR_BYTES 5u
#define RESET       "\033[0m"

struct protocol_color {
	const char *protocol, *color;
};

/* Dim colours, that are to be told apart on dark and on light. */
static const struct protocol_color colors[] = {
	{"tcp", "\033[32m"},   {"udp", "\033[36m"}, {"icmp", "\033[35m"},
	{"icmp6", "\033[35m"}, {"arp", "\033[33m"}, {NULL, NULL},
};

void print_color_begin(struct print_color *color, const struct text *text, bool on)
{
	*color = (struct print_color){on, text_pending(text), text->flushes};
}

void print_color_end(const struct print_color *color, struct text *text, const char *protocol)
{
	const struct protocol_color *entry = colors;
	size_t bytes = text_pending(text) - color->at;
	char *line = text->start + color->at;

	if (!color->on || text->flushes != color->flushes)
		return;
	while (entry->protocol && strcmp(entry->protocol, protocol) != 0)
		entry++;
	if (!entry->protocol || (size_t)(text->end - text->at) < COLOR_BYTES + sizeof(RESET))
		return;
	memmove(line + COLOR_BYTES, line, bytes);
	memcpy(line, entry->color, COLOR_BYTES);
	text->at += COLOR_BYTES;
	text_string(text, RESET);
}
