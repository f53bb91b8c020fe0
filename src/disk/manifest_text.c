/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums go in front: what is behind them, names with any byte in them, ends with
 * the line. Lines of the first version have none, nor what a segment looks like.
 */
#include "manifest_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"

/* "1a2b3c4d " */
#define SUM_LENGTH 9u

#define NOT_NOTED "-"

static const char *const kinds[] = {
	[MANIFEST_NEXT] = "next ",
	[MANIFEST_OPEN] = "open ",
	[MANIFEST_SEGMENT] = "segment ",
	[MANIFEST_GONE] = "gone ",
};

/* --- to text ------------------------------------------------------------------ */

struct part_text {
	char text[96];
};

static struct part_text format_mark(const struct file_mark *mark)
{
	char head[9] = NOT_NOTED;
	struct part_text result = {NOT_NOTED " " NOT_NOTED " " NOT_NOTED};

	if (mark->has_head)
		snprintf(head, sizeof(head), "%08" PRIx32, mark->head);
	if (mark->has_size)
		snprintf(result.text, sizeof(result.text), "%" PRIu64 " %" PRIu64 " %s",
			 mark->bytes, mark->mtime_ns, head);
	return result;
}

static struct part_text format_order(const struct time_order *order)
{
	struct part_text result = {NOT_NOTED " " NOT_NOTED " " NOT_NOTED};

	/* Numbers have no sign. */
	if (order->known && order->least_ns >= 0 && order->most_ns >= order->least_ns)
		snprintf(result.text, sizeof(result.text), "%" PRId64 " %" PRId64 " %" PRIu64,
			 order->least_ns, order->most_ns, order->fall_ns);
	return result;
}

size_t manifest_line_format(char text[static MANIFEST_LINE_ROOM], const struct manifest_line *line)
{
	char *at = text + SUM_LENGTH, sum[SUM_LENGTH + 1];
	const size_t room = MANIFEST_LINE_ROOM - SUM_LENGTH;
	int length = snprintf(at, room, "%s%" PRIu64, kinds[line->kind], line->sequence);

	if (line->kind != MANIFEST_NEXT)
		length += snprintf(at + length, room - (size_t)length, " %" PRIu64 " %" PRIu64,
				   line->identity.inode, line->identity.birth_ns);
	if (line->kind == MANIFEST_OPEN)
		length += snprintf(at + length, room - (size_t)length, " %" PRIu64 " %s",
				   line->ordered_bytes, format_order(&line->order).text);
	if (line->kind == MANIFEST_SEGMENT)
		length += snprintf(at + length, room - (size_t)length,
				   " %s %s %" PRIu64 " %" PRIu64 " %s %s",
				   format_mark(&line->mark).text, format_order(&line->order).text,
				   line->wall_ns, line->boot_ns, line->boot_id, line->name);
	snprintf(sum, sizeof(sum), "%08" PRIx32 " ", crc32c(at, (size_t)length));
	memcpy(text, sum, SUM_LENGTH);
	at[length] = '\n';
	return SUM_LENGTH + (size_t)length + 1;
}

/* --- from text ---------------------------------------------------------------- */

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

/* Eight digits, and what stands behind them. */
static bool take_sum(char **at, uint32_t *value)
{
	static const char digits[] = "0123456789abcdef";

	if (strspn(*at, digits) != SUM_LENGTH - 1 || (*at)[SUM_LENGTH - 1] != ' ')
		return false;
	*value = (uint32_t)strtoul(*at, NULL, 16);
	*at += SUM_LENGTH;
	return true;
}

/* Passes over what was not noted. Whether it was not. */
static bool take_nothing(char **at)
{
	if (strcspn(*at, " ") != strlen(NOT_NOTED) ||
	    strncmp(*at, NOT_NOTED, strlen(NOT_NOTED)) != 0)
		return false;
	*at += strlen(NOT_NOTED);
	*at += **at == ' ';
	return true;
}

static bool take_mark(char **at, struct file_mark *mark)
{
	if (take_nothing(at))
		return take_nothing(at) && take_nothing(at);
	mark->has_size = take_number(at, &mark->bytes) && take_number(at, &mark->mtime_ns);
	if (!mark->has_size || take_nothing(at))
		return mark->has_size;
	mark->has_head = take_sum(at, &mark->head);
	return mark->has_head;
}

static bool take_order(char **at, struct time_order *order)
{
	uint64_t least, most;

	if (take_nothing(at))
		return take_nothing(at) && take_nothing(at);
	order->known = take_number(at, &least) && take_number(at, &most) &&
		       take_number(at, &order->fall_ns) && order->fall_ns <= INT64_MAX &&
		       least <= most && most <= INT64_MAX;
	if (!order->known)
		return false;
	order->least_ns = (int64_t)least;
	order->most_ns = (int64_t)most;
	return true;
}

/* Lines of the first version end here. */
static bool parse_open(char *at, bool plain, struct manifest_line *line)
{
	if (!take_identity(&at, &line->identity))
		return false;
	if (plain)
		return !*at;
	return take_number(&at, &line->ordered_bytes) && take_order(&at, &line->order) && !*at;
}

static bool parse_segment(char *at, bool plain, struct manifest_line *line)
{
	if (!take_identity(&at, &line->identity) ||
	    (!plain && (!take_mark(&at, &line->mark) || !take_order(&at, &line->order))) ||
	    !take_number(&at, &line->wall_ns) || !take_number(&at, &line->boot_ns) ||
	    line->boot_ns > INT64_MAX)
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

bool manifest_line_parse(char *text, bool plain, struct manifest_line *line)
{
	char *at = text;
	uint32_t sum;

	memset(line, 0, sizeof(*line));
	if (take_sum(&at, &sum)) {
		if (sum != crc32c(at, strlen(at)))
			return false;
		plain = false;
	} else if (!plain) {
		return false;
	}
	for (unsigned kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		if (strncmp(at, kinds[kind], strlen(kinds[kind])) != 0)
			continue;
		line->kind = kind;
		at += strlen(kinds[kind]);
		/* None of ours is 0, or so high that counting on would reach 0 again. */
		if (!take_number(&at, &line->sequence) || line->sequence - 1 > INT64_MAX)
			return false;
		if (kind == MANIFEST_SEGMENT)
			return parse_segment(at, plain, line);
		if (kind == MANIFEST_OPEN)
			return parse_open(at, plain, line);
		return (kind == MANIFEST_NEXT || take_identity(&at, &line->identity)) && !*at;
	}
	return false;
}
