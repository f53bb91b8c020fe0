/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A manifest's lines, to and from text. Part of manifest. Any thread.
 */
#ifndef WIRETAPE_MANIFEST_TEXT_H
#define WIRETAPE_MANIFEST_TEXT_H

#include "disk/manifest.h"

/* Of a line, with its end. */
#define MANIFEST_LINE_ROOM (NAME_MAX + 320u)

/* Writes a line, with its checksum and its end; returns its length. */
size_t manifest_line_format(char text[static MANIFEST_LINE_ROOM], const struct manifest_line *line);

/* Reads one, without its end; text is spoilt. Whether it makes sense; plain: also one
 * that has no checksum. */
bool manifest_line_parse(char *text, bool plain, struct manifest_line *line);

#endif
