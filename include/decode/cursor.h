/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place in the captured bytes of a packet that cannot be read past. Two
 * ends are kept apart: what was captured and belongs to the protocol above
 * (cursor_left), and what there is according to the length fields passed so
 * far (length), which may be more where the snapshot was short, or less where
 * a protocol left bytes over. Reading looks at the first; what is printed as a
 * length is the second.
 *
 * Decoders do not touch the pointers. cursor_take_* move on and say whether
 * there was enough; cursor_*_at look at a distance from the position and read
 * 0 where nothing was captured, for fields behind one cursor_has().
 *
 * A cursor is a value: a copy stays where it is while the other moves. Pure.
 */
#ifndef WIRETAPE_CURSOR_H
#define WIRETAPE_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at, *end; /* at <= end */
	uint32_t length;         /* bytes from at on, by the lengths in the packet */
};

static inline struct cursor cursor_over(const uint8_t *bytes, uint32_t captured, uint32_t length)
{
	return (struct cursor){bytes, bytes + captured, length};
}

/* Bytes that can be read. */
static inline uint32_t cursor_left(const struct cursor *c)
{
	return (uint32_t)(c->end - c->at);
}

static inline bool cursor_has(const struct cursor *c, uint32_t bytes)
{
	return cursor_left(c) >= bytes;
}

/* Moves on; false, and where it was, when that much is not there. The length
 * goes down with it and stops at 0. */
static inline bool cursor_skip(struct cursor *c, uint32_t bytes)
{
	if (!cursor_has(c, bytes))
		return false;
	c->at += bytes;
	c->length -= bytes < c->length ? bytes : c->length;
	return true;
}

/* Ends at most bytes from here, by what can be read and by the length. */
static inline void cursor_narrow(struct cursor *c, uint32_t bytes)
{
	if (bytes < cursor_left(c))
		c->end = c->at + bytes;
	c->length = bytes;
}

/* A cursor over the next bytes, or as many of them as there are. */
static inline struct cursor cursor_part(const struct cursor *c, uint32_t bytes)
{
	struct cursor part = *c;

	cursor_narrow(&part, bytes);
	return part;
}

static inline uint8_t cursor_u8_at(const struct cursor *c, uint32_t offset)
{
	return offset < cursor_left(c) ? c->at[offset] : 0;
}

/* Copies from a distance, or clears where not all of it is there. */
static inline bool cursor_copy_at(const struct cursor *c, uint32_t offset, void *to, uint32_t bytes)
{
	if (cursor_left(c) < offset || cursor_left(c) - offset < bytes) {
		memset(to, 0, bytes);
		return false;
	}
	memcpy(to, c->at + offset, bytes);
	return true;
}

static inline uint16_t cursor_be16_at(const struct cursor *c, uint32_t offset)
{
	uint16_t raw;

	cursor_copy_at(c, offset, &raw, sizeof(raw));
	return be16toh(raw);
}

static inline uint32_t cursor_be32_at(const struct cursor *c, uint32_t offset)
{
	uint32_t raw;

	cursor_copy_at(c, offset, &raw, sizeof(raw));
	return be32toh(raw);
}

static inline uint64_t cursor_be64_at(const struct cursor *c, uint32_t offset)
{
	uint64_t raw;

	cursor_copy_at(c, offset, &raw, sizeof(raw));
	return be64toh(raw);
}

static inline uint32_t cursor_be24_at(const struct cursor *c, uint32_t offset)
{
	uint8_t raw[3];

	cursor_copy_at(c, offset, raw, sizeof(raw));
	return (uint32_t)raw[0] << 16 | (uint32_t)raw[1] << 8 | raw[2];
}

static inline uint16_t cursor_le16_at(const struct cursor *c, uint32_t offset)
{
	uint16_t raw;

	cursor_copy_at(c, offset, &raw, sizeof(raw));
	return le16toh(raw);
}

static inline uint32_t cursor_le32_at(const struct cursor *c, uint32_t offset)
{
	uint32_t raw;

	cursor_copy_at(c, offset, &raw, sizeof(raw));
	return le32toh(raw);
}

static inline bool cursor_take_u8(struct cursor *c, uint8_t *value)
{
	*value = cursor_u8_at(c, 0);
	return cursor_skip(c, 1);
}

static inline bool cursor_take_be16(struct cursor *c, uint16_t *value)
{
	*value = cursor_be16_at(c, 0);
	return cursor_skip(c, 2);
}

static inline bool cursor_take_be24(struct cursor *c, uint32_t *value)
{
	*value = cursor_be24_at(c, 0);
	return cursor_skip(c, 3);
}

static inline bool cursor_take_be32(struct cursor *c, uint32_t *value)
{
	*value = cursor_be32_at(c, 0);
	return cursor_skip(c, 4);
}

static inline bool cursor_take_be64(struct cursor *c, uint64_t *value)
{
	*value = cursor_be64_at(c, 0);
	return cursor_skip(c, 8);
}

/* The next bytes as they lie in the packet, for addresses and sums: null where
 * they are not all there. */
static inline const uint8_t *cursor_bytes_at(const struct cursor *c, uint32_t offset,
					     uint32_t bytes)
{
	if (cursor_left(c) < offset || cursor_left(c) - offset < bytes)
		return NULL;
	return c->at + offset;
}

static inline const uint8_t *cursor_take_bytes(struct cursor *c, uint32_t bytes)
{
	const uint8_t *at = c->at;

	return cursor_skip(c, bytes) ? at : NULL;
}

#endif
