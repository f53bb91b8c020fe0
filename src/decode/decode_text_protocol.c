/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Protocols that are lines of text: FTP, HTTP, RTSP, SIP, SMTP, WHOIS, and the
 * first line of SSH. The first line is printed, with -v all of them up to one
 * that is no text.
 */
#include <stddef.h>
#include <strings.h>

#include "decoders.h"

#define MOST_TOKEN 128u
#define CODE_BYTES 3u

/* Of a protocol with data between its lines, what begins with a request or has
 * a result's code as its second word is taken for a line. */
struct protocol {
	const char *name, *title;
	const char *const *requests; /* null: all are lines */
};

/* With those of WebDAV. */
static const char *const http_requests[] = {
	"GET",
	"PUT",
	"COPY",
	"HEAD",
	"LOCK",
	"MOVE",
	"POLL",
	"POST",
	"BCOPY",
	"BMOVE",
	"MKCOL",
	"TRACE",
	"LABEL",
	"MERGE",
	"DELETE",
	"SEARCH",
	"UNLOCK",
	"REPORT",
	"UPDATE",
	"NOTIFY",
	"BDELETE",
	"CONNECT",
	"OPTIONS",
	"CHECKIN",
	"PROPFIND",
	"CHECKOUT",
	"CCM_POST",
	"SUBSCRIBE",
	"PROPPATCH",
	"BPROPFIND",
	"BPROPPATCH",
	"UNCHECKOUT",
	"MKACTIVITY",
	"MKWORKSPACE",
	"UNSUBSCRIBE",
	"RPC_CONNECT",
	"VERSION-CONTROL",
	"BASELINE-CONTROL",
	NULL,
};

static const char *const rtsp_requests[] = {
	"DESCRIBE", "ANNOUNCE", "GET_PARAMETER", "OPTIONS",       "PAUSE",    "PLAY",
	"RECORD",   "REDIRECT", "SETUP",         "SET_PARAMETER", "TEARDOWN", NULL,
};

static const char *const sip_requests[] = {
	"ACK",      "BYE",    "CANCEL",    "DO",     "INFO",    "INVITE",
	"MESSAGE",  "NOTIFY", "OPTIONS",   "PRACK",  "QAUTH",   "REFER",
	"REGISTER", "SPRACK", "SUBSCRIBE", "UPDATE", "PUBLISH", NULL,
};

static bool is_print(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The word at the cursor, and the cursor past it and the blanks behind it.
 * False where there is none, or the end of what was captured comes first. */
static bool take_word(struct cursor *cursor, struct cursor *word)
{
	uint32_t bytes = 0;

	for (; bytes < cursor->length; bytes++) {
		uint8_t byte = cursor_u8_at(cursor, bytes);

		if (is_space(byte))
			break;
		if (!cursor_has(cursor, bytes + 1) || !is_print(byte) || bytes >= MOST_TOKEN)
			return false;
	}
	if (!bytes)
		return false;
	*word = cursor_part(cursor, bytes);
	cursor_skip(cursor, bytes);
	while (cursor->length && cursor_u8_at(cursor, 0) == ' ')
		cursor_skip(cursor, 1);
	return true;
}

static bool is_request(const struct cursor *word, const char *const *requests)
{
	const char *bytes = (const char *)cursor_bytes_at(word, 0, word->length);

	for (; *requests; requests++) {
		if (strlen(*requests) == word->length &&
		    !strncasecmp(bytes, *requests, word->length))
			return true;
	}
	return false;
}

static bool is_code(const struct cursor *word)
{
	if (word->length != CODE_BYTES)
		return false;
	for (uint32_t i = 0; i < CODE_BYTES; i++) {
		if (cursor_u8_at(word, i) < '0' || cursor_u8_at(word, i) > '9')
			return false;
	}
	return true;
}

static bool has_lines(struct cursor cursor, const struct protocol *protocol)
{
	struct cursor word;

	if (!protocol->requests)
		return true;
	if (!take_word(&cursor, &word))
		return false;
	return is_request(&word, protocol->requests) ||
	       (take_word(&cursor, &word) && is_code(&word));
}

/* Bytes that can be printed, and tabs. */
static void print_text(struct text *out, const struct cursor *line, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t byte = cursor_u8_at(line, i);

		if (byte == '\t')
			text_char(out, '\t');
		else
			text_safe_char(out, byte);
	}
}

enum line {
	LINE_WHOLE,
	LINE_ENDLESS, /* the packet ends first */
	LINE_NO_TEXT,
	LINE_BEYOND,
};

/* How many bytes of text there are, and how many bytes end the line. */
static enum line measure(const struct cursor *cursor, bool tabs, uint32_t *bytes, uint32_t *end)
{
	for (*bytes = 0; *bytes < cursor->length; ++*bytes) {
		uint8_t byte = cursor_u8_at(cursor, *bytes);

		if (!cursor_has(cursor, *bytes + 1))
			return LINE_BEYOND;
		*end = byte == '\n' ? 1 : 2;
		if (byte == '\n')
			return LINE_WHOLE;
		if (byte == '\r') {
			if (*bytes + 1 >= cursor->length)
				return LINE_NO_TEXT;
			if (!cursor_has(cursor, *bytes + 2))
				return LINE_BEYOND;
			return cursor_u8_at(cursor, *bytes + 1) == '\n' ? LINE_WHOLE : LINE_NO_TEXT;
		}
		if (!is_print(byte) && !(tabs && byte == '\t'))
			return LINE_NO_TEXT;
	}
	return LINE_ENDLESS;
}

/* Prints a line and moves behind it. */
static enum line print_line(struct decode *decode, struct cursor *cursor, const char *before)
{
	uint32_t bytes, end = 0;
	enum line line = measure(cursor, true, &bytes, &end);

	if (line == LINE_WHOLE || line == LINE_ENDLESS) {
		text_string(decode->out, before);
		print_text(decode->out, cursor, bytes);
		cursor_skip(cursor, bytes + end);
	}
	if (line == LINE_ENDLESS)
		decode_truncated(decode);
	return line;
}

static bool decode_lines(struct decode *decode, struct cursor *cursor,
			 const struct protocol *protocol)
{
	enum line line;

	decode->protocol = protocol->name;
	text_string(decode->out, protocol->title);
	if (!has_lines(*cursor, protocol))
		return true;
	if (!decode->options->verbose)
		return print_line(decode, cursor, ": ") != LINE_BEYOND;
	text_word_decimal(decode->out, ", length: ", cursor->length);
	do {
		line = cursor->length ? print_line(decode, cursor, "\n\t") : LINE_ENDLESS;
	} while (line == LINE_WHOLE);
	return line != LINE_BEYOND;
}

bool decode_ftp(struct decode *decode, struct cursor *cursor)
{
	return decode_lines(decode, cursor, &(struct protocol){"ftp", ": FTP", NULL});
}

bool decode_http(struct decode *decode, struct cursor *cursor)
{
	return decode_lines(decode, cursor, &(struct protocol){"http", ": HTTP", http_requests});
}

bool decode_rtsp(struct decode *decode, struct cursor *cursor)
{
	return decode_lines(decode, cursor, &(struct protocol){"rtsp", ": RTSP", rtsp_requests});
}

bool decode_sip(struct decode *decode, struct cursor *cursor)
{
	return decode_lines(decode, cursor, &(struct protocol){"sip", "SIP", sip_requests});
}

bool decode_smtp(struct decode *decode, struct cursor *cursor)
{
	return decode_lines(decode, cursor, &(struct protocol){"smtp", ": SMTP", NULL});
}

bool decode_whois(struct decode *decode, struct cursor *cursor)
{
	return decode_lines(decode, cursor, &(struct protocol){"whois", ": WHOIS", NULL});
}

/* The line with the version. */
bool decode_ssh(struct decode *decode, struct cursor *cursor)
{
	static const char begin[] = {'S', 'S', 'H', '-'};
	struct cursor rest = *cursor;
	uint32_t bytes, end;
	enum line line;

	decode->protocol = "ssh";
	for (uint32_t i = 0; i < sizeof(begin); i++) {
		if (!cursor_has(cursor, i + 1))
			return false;
		if (cursor_u8_at(cursor, i) != begin[i])
			return true;
	}
	cursor_skip(&rest, sizeof(begin));
	line = measure(&rest, false, &bytes, &end);
	if (line == LINE_WHOLE) {
		text_string(decode->out, ": SSH: ");
		print_text(decode->out, cursor, sizeof(begin) + bytes);
	}
	return line != LINE_BEYOND;
}
