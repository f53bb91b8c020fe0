/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log as it arrives at whoever reads it: whole lines, each in one write,
 * safe for a terminal or valid JSON whatever they quote, few of them however
 * often something happens, and every one that was left out told of.
 */
#include "cli/log.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define MINUTE (60 * NS_PER_SECOND)
/* 2026-11-24T15:00:00.123456789Z */
#define WALL UINT64_C(1795532400123456789)

/* --- the scene --------------------------------------------------------------- */

/* A clock that is set, a stream without a buffer that remembers its writes. */
struct scene {
	struct clock clock;
	uint64_t boot_ns;
	FILE *out;
	struct log *log;
	char *text;
	size_t bytes, room;
	unsigned writes;
	bool all_end_lines; /* each write so far */
};

static uint64_t scene_boot(const struct clock *clock)
{
	return ((const struct scene *)clock)->boot_ns;
}

static uint64_t scene_wall(const struct clock *clock)
{
	(void)clock;
	return WALL;
}

static ssize_t take_write(void *cookie, const char *data, size_t bytes)
{
	struct scene *s = cookie;

	if (s->bytes + bytes + 1 > s->room) {
		s->room = 2 * (s->bytes + bytes + 1);
		s->text = realloc(s->text, s->room);
		if (!s->text)
			return 0;
	}
	memcpy(s->text + s->bytes, data, bytes);
	s->bytes += bytes;
	s->text[s->bytes] = '\0';
	s->writes++;
	s->all_end_lines = s->all_end_lines && bytes > 0 && data[bytes - 1] == '\n';
	return (ssize_t)bytes;
}

static void scene_open(struct scene *s, enum log_format format)
{
	*s = (struct scene){
		.clock = {.boot_ns = scene_boot, .wall_ns = scene_wall},
		.all_end_lines = true,
	};
	s->out = fopencookie(s, "w", (cookie_io_functions_t){.write = take_write});
	assert_non_null(s->out);
	setvbuf(s->out, NULL, _IONBF, 0);
	s->log = log_open(s->out, format, &s->clock);
	assert_non_null(s->log);
}

static void scene_close(struct scene *s)
{
	log_close(s->log);
	fclose(s->out);
	free(s->text);
}

static void scene_forget(struct scene *s)
{
	s->bytes = 0;
	s->writes = 0;
	if (s->text)
		s->text[0] = '\0';
}

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; text && *text; text++)
		lines += *text == '\n';
	return lines;
}

/* A terminal; what is on it is read from the other descriptor. */
static FILE *open_terminal(int *screen)
{
	int fd;

	*screen = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (*screen < 0 || grantpt(*screen) < 0 || unlockpt(*screen) < 0)
		return NULL;
	fd = open(ptsname(*screen), O_RDWR | O_NOCTTY);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static void assert_screen(int screen, const char *text)
{
	char shown[512] = "";
	size_t length = 0;
	ssize_t bytes;

	while ((bytes = read(screen, shown + length, sizeof(shown) - 1 - length)) > 0)
		length += (size_t)bytes;
	assert_string_equal(shown, text);
}

/* --- a strict reader of JSON --------------------------------------------------- */

/* One object of strings and numbers, as RFC 8259 has it; a null pointer for
 * anything else. Each value is left in its place as it was. */
struct member {
	char name[32], value[8 * 1024];
	size_t bytes; /* of the value, which may have zeros in it */
	bool is_string;
};

struct object {
	struct member members[32];
	size_t count;
};

/* Length of a well-formed sequence by the table in RFC 3629, 0 for none. */
static size_t sequence_length(const char *at)
{
	const uint8_t *u = (const uint8_t *)at;
	uint32_t value;
	size_t length = u[0] < 0x80 ? 1 : u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	if (length <= 1)
		return length;
	value = u[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (u[i] & 0x3fu);
	}
	if (u[0] >= 0xf8 || value < least[length] || value > 0x10ffff ||
	    (value >= 0xd800 && value < 0xe000))
		return 0;
	return length;
}

/* Of three bytes at most; returns how many. */
static size_t put_code(char *to, unsigned long code)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3f));
	to[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

static const char *read_escape(const char *at, char *to, size_t *bytes)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *found;
	char *end, digits[5] = {0};

	if (*at == 'u') {
		strncpy(digits, at + 1, 4);
		*bytes += put_code(to, strtoul(digits, &end, 16));
		return end == digits + 4 && strncmp(digits, "d", 1) != 0 ? at + 5 : NULL;
	}
	found = *at ? strchr(from, *at) : NULL;
	if (!found)
		return NULL;
	*to = into[found - from];
	++*bytes;
	return at + 1;
}

static const char *read_string(const char *at, char *value, size_t room, size_t *bytes)
{
	size_t length;

	*bytes = 0;
	if (*at++ != '"')
		return NULL;
	while (*at != '"') {
		length = sequence_length(at);
		if ((uint8_t)*at < 0x20 || length == 0 || *bytes + 5 > room)
			return NULL;
		if (*at == '\\') {
			at = read_escape(at + 1, value + *bytes, bytes);
			if (!at)
				return NULL;
		} else {
			memcpy(value + *bytes, at, length);
			*bytes += length;
			at += length;
		}
	}
	value[*bytes] = '\0';
	return at + 1;
}

static const char *read_number(const char *at, struct member *m)
{
	size_t digits = strspn(at, "0123456789");

	if (digits == 0 || digits > 20 || (*at == '0' && digits > 1))
		return NULL;
	memcpy(m->value, at, digits);
	m->value[digits] = '\0';
	return at + digits;
}

/* The rest of the text behind one object and its newline. */
static const char *read_line(const char *at, struct object *o)
{
	size_t bytes;

	memset(o, 0, sizeof(*o));
	if (*at != '{')
		return NULL;
	do {
		struct member *m = &o->members[o->count++];

		if (o->count > sizeof(o->members) / sizeof(o->members[0]))
			return NULL;
		at = read_string(at + 1, m->name, sizeof(m->name), &bytes);
		if (!at || *at++ != ':')
			return NULL;
		m->is_string = *at == '"';
		at = m->is_string ? read_string(at, m->value, sizeof(m->value), &m->bytes)
				  : read_number(at, m);
		for (size_t i = 0; at && i + 1 < o->count; i++)
			if (strcmp(o->members[i].name, m->name) == 0)
				return NULL;
	} while (at && *at == ',');
	return at && at[0] == '}' && at[1] == '\n' ? at + 2 : NULL;
}

static const char *value_of(const struct object *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->members[i].name, name) == 0)
			return o->members[i].value;
	return NULL;
}

/* The scene has one line, and it is an object. */
static void read_only_line(const struct scene *s, struct object *o)
{
	const char *rest = read_line(s->text, o);

	if (!rest || *rest)
		fail_msg("not one object: %s", s->text);
	assert_int_equal(s->writes, 1);
}

static void the_reader_is_strict(void **state)
{
	static const char *const bad[] = {
		"",
		"{}\n",
		"{\"a\":\"b\"}",
		"{\"a\":\"b\"} \n",
		"{\"a\":\"b\",}\n",
		"{\"a\":\"b\" \"c\":1}\n",
		"{\"a\":\"\x01\"}\n",
		"{\"a\":\"\xff\"}\n",
		"{\"a\":\"\xc0\xaf\"}\n",
		"{\"a\":\"\xed\xa0\x80\"}\n",
		"{\"a\":\"\xf4\x90\x80\x80\"}\n",
		"{\"a\":\"\xe2\x82\"}\n",
		"{\"a\":\"\\x\"}\n",
		"{\"a\":\"\\u00g0\"}\n",
		"{\"a\":\"b}\n",
		"{\"a\":01}\n",
		"{\"a\":}\n",
		"{\"a\":1,\"a\":1}\n",
		"{a:1}\n",
	};
	struct object o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(read_line(bad[i], &o));
	assert_non_null(read_line("{\"a\":\"b\\u0007\\n\",\"c\":10}\n", &o));
	assert_string_equal(value_of(&o, "a"), "b\a\n");
	assert_string_equal(value_of(&o, "c"), "10");
}

/* --- lines ------------------------------------------------------------------------ */

static void a_line_of_text(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, LOG_TEXT);
	log_say(s.log, NOTE_ADOPT, "eth0", "%u segments in %s", 12u, "/x");
	assert_string_equal(s.text, "wiretape: 12 segments in /x\n");
	assert_int_equal(s.writes, 1);
	scene_forget(&s);
	log_say(s.log, NOTE_ADOPT, NULL, "%s", "a\nb\r\033[2J\x7f\xff\xc2\x9b \xe2\x82\xac\"\\");
	assert_string_equal(s.text, "wiretape: a?b??[2J???? \xe2\x82\xac\"\\\n");
	scene_close(&s);
}

static void a_line_of_json(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, LOG_JSON);
	log_say(s.log, NOTE_LINK, "eth0", "gone after %d s", 3);
	assert_string_equal(s.text, "{\"time\":\"2026-11-24T15:00:00.123456789Z\",\"level\":"
				    "\"warning\",\"cause\":\"link\",\"interface\":\"eth0\","
				    "\"message\":\"gone after 3 s\"}\n");
	scene_forget(&s);
	log_say(s.log, NOTE_ADOPT, NULL, "begun");
	assert_string_equal(s.text, "{\"time\":\"2026-11-24T15:00:00.123456789Z\",\"level\":"
				    "\"info\",\"cause\":\"start\",\"message\":\"begun\"}\n");
	scene_close(&s);
}

static const char *const hostile[] = {
	"",
	"\"",
	"\\",
	"\"}\n{\"level\":\"error",
	"\\u0000",
	"a\tb\nc\rd\be\f",
	"\x01\x02\x1b[31m\x7f",
	"\xff\xfe",
	"\x80",
	"\xc3",
	"\xe2\x82",
	"\xf0\x9f\x98",
	"\xe2\x82\"",
	"\xf0\x9f\\",
	"\xc0\xaf",
	"\xe0\x80\xaf",
	"\xf0\x80\x80\xaf",
	"\xed\xa0\x80\xed\xb0\x80",
	"\xf4\x90\x80\x80",
	"\xf8\x88\x80\x80\x80",
	"\xc2\x85\xc2\x9b",
	"a\xe2\x80\xae"
	"b\xd8\x9c\xe2\x81\xa6",
	"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf",
};
#define HOSTILES (sizeof(hostile) / sizeof(hostile[0]))

/* What stands for text: the same, but U+FFFD and two digits for each byte that is not of
 * a character, or of a U+FFFD. */
static void expected_value(char *to, const char *text)
{
	while (*text) {
		size_t length = sequence_length(text);

		if (length == 0 || strncmp(text, "\xef\xbf\xbd", 3) == 0) {
			to += sprintf(to, "\xef\xbf\xbd%02X", (uint8_t)*text++);
			continue;
		}
		memcpy(to, text, length);
		to += length;
		text += length;
	}
	*to = '\0';
}

static void check_value(const char *text)
{
	struct scene s;
	struct object o;
	char wanted[5 * 1024];

	expected_value(wanted, text);
	scene_open(&s, LOG_JSON);
	log_say(s.log, NOTE_ADOPT, text, "%s", text);
	/* Nothing in it acts on a terminal, nor on the order of what it shows. */
	for (const char *at = s.text; *at; at++)
		assert_true((uint8_t)*at >= 0x20 || *at == '\n');
	assert_null(strstr(s.text, "\xe2\x80\xae"));
	assert_null(strstr(s.text, "\xe2\x81\xa6"));
	assert_null(strstr(s.text, "\xd8\x9c"));
	assert_null(strstr(s.text, "\xc2\x9b"));
	read_only_line(&s, &o);
	assert_int_equal(o.count, 5);
	assert_string_equal(value_of(&o, "message"), wanted);
	assert_string_equal(value_of(&o, "interface"), wanted);
	scene_close(&s);
}

static void json_is_valid_whatever_it_quotes(void **state)
{
	char text[4] = {0};

	(void)state;
	for (size_t i = 0; i < HOSTILES; i++)
		check_value(hostile[i]);
	for (unsigned first = 1; first < 256; first++) {
		text[0] = (char)first;
		text[1] = '\0';
		check_value(text);
		for (unsigned second = 0x7f; second < 256; second++) {
			text[1] = (char)second;
			check_value(text);
		}
	}
}

#define TOLD_MOST " (and 18446744073709551615 lines like it)"

static void long_lines_are_cut(void **state)
{
	static const char *const fillers[] = {"x", "\x01", "\xff", "\xf0\x9f\x98\x80", "\""};
	char text[8000];
	struct scene s;
	struct object o;

	(void)state;
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		for (size_t at = 0; at < sizeof(text); at++)
			text[at] = fillers[i][at % strlen(fillers[i])];
		text[sizeof(text) - 1] = '\0';
		for (enum log_format format = LOG_TEXT; format <= LOG_JSON; format++) {
			scene_open(&s, format);
			log_say(s.log, NOTE_ADOPT, text, "%s", text);
			if (format == LOG_JSON) {
				read_only_line(&s, &o);
				assert_in_range(strlen(value_of(&o, "message")), 1023, 5 * 1023);
			}
			scene_forget(&s);
			log_write(s.log, NOTE_ADOPT, text, text, UINT64_MAX);
			assert_int_equal(count_lines(s.text), 1);
			assert_int_equal(s.text[s.bytes - 1], '\n');
			if (format == LOG_JSON)
				read_only_line(&s, &o);
			else
				assert_int_equal(s.bytes,
						 strlen("wiretape: " TOLD_MOST) + 1023 + 1);
			scene_close(&s);
		}
	}
}

/* Another reader than ours, where there is one. */
static void jq_reads_it(void **state)
{
	char path[] = "/tmp/wiretape-log.XXXXXX", command[128];
	struct stats_snapshot counts = {.captured = UINT64_MAX / 2048, .time_ns = WALL};
	struct error err;
	struct log *log;
	FILE *file, *answer;
	int objects = 0;

	(void)state;
	if (system("command -v jq >/dev/null") != 0)
		skip();
	file = fdopen(mkstemp(path), "w");
	assert_non_null(file);
	log = log_open(file, LOG_JSON, &clock_system);
	assert_non_null(log);
	for (size_t i = 0; i < HOSTILES; i++)
		log_say(log, NOTE_ADOPT, hostile[i], "%s", hostile[i]);
	log_counts(log, "eth0", &counts);
	error_usage(&err, "no");
	log_error(log, &err);
	log_close(log);
	fclose(file);
	snprintf(command, sizeof(command),
		 "jq -es 'map(select(.time and .level and .cause)) | length' %s", path);
	answer = popen(command, "r");
	assert_non_null(answer);
	assert_int_equal(fscanf(answer, "%d", &objects), 1);
	assert_int_equal(pclose(answer), 0);
	assert_int_equal(objects, (int)HOSTILES + 2);
	unlink(path);
}

static void errors_and_counts(void **state)
{
	struct stats_snapshot counts = {.captured = 12,
					.received = 15,
					.dropped = 3,
					.time_ns = WALL};
	struct scene s;
	struct object o;
	struct error err;

	(void)state;
	scene_open(&s, LOG_JSON);
	error_usage(&err, "no such \"thing\"");
	log_error(s.log, &err);
	read_only_line(&s, &o);
	assert_string_equal(value_of(&o, "level"), "error");
	assert_string_equal(value_of(&o, "cause"), "usage");
	assert_string_equal(value_of(&o, "message"), "no such \"thing\"");
	scene_forget(&s);
	error_set(&err, 5, "broken");
	log_error(s.log, &err);
	read_only_line(&s, &o);
	assert_string_equal(value_of(&o, "cause"), "end");
	scene_forget(&s);
	log_counts(s.log, "e\"0", &counts);
	read_only_line(&s, &o);
	assert_string_equal(value_of(&o, "cause"), "counts");
	assert_string_equal(value_of(&o, "interface"), "e\"0");
	assert_string_equal(value_of(&o, "captured"), "12");
	assert_string_equal(value_of(&o, "dropped"), "3");
	scene_close(&s);

	scene_open(&s, LOG_TEXT);
	log_error(s.log, &err);
	assert_string_equal(s.text, "wiretape: broken\n");
	scene_forget(&s);
	log_counts(s.log, "e\0330", &counts);
	assert_null(strchr(s.text, '\033'));
	assert_non_null(strstr(s.text, "12 packets captured"));
	assert_true(s.all_end_lines);
	scene_close(&s);
}

/* --- few lines --------------------------------------------------------------------- */

/* How many lines were left out, by what the lines themselves say. */
static uint64_t count_told(const struct scene *s, enum log_format format)
{
	const char *mark = format == LOG_JSON ? "\"suppressed\":" : "(and ";
	uint64_t told = 0;

	for (const char *at = s->text; at && (at = strstr(at, mark)); at += strlen(mark))
		told += strtoull(at + strlen(mark), NULL, 10);
	return told;
}

static void a_flood_for_ten_minutes(void **state)
{
	static const enum note_cause causes[] = {NOTE_DISK,  NOTE_FULL, NOTE_HOOK,
						 NOTE_STATS, NOTE_LOSS, NOTE_LINK};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(causes) / sizeof(causes[0]); i++) {
		const enum log_format format = i % 2 ? LOG_JSON : LOG_TEXT;
		struct scene s;
		uint64_t said = 0;

		scene_open(&s, format);
		for (; s.boot_ns < 10 * MINUTE; s.boot_ns += 10 * NS_PER_MS, said++)
			log_say(s.log, causes[i / 2], "eth0", "%" PRIu64 ": it failed again", said);
		assert_int_equal(said, 60000);
		assert_in_range(s.writes, 2, 60);
		assert_int_equal(count_lines(s.text), s.writes);
		/* The next one, whenever it comes, tells of the last ones. */
		s.boot_ns += 20 * MINUTE;
		log_say(s.log, causes[i / 2], "eth0", "once more");
		assert_int_equal(count_lines(s.text) + count_told(&s, format), said + 1);
		assert_true(s.all_end_lines);
		scene_close(&s);
	}
}

static void what_is_left_out_is_told_at_the_end(void **state)
{
	struct scene s;

	(void)state;
	for (enum log_format format = LOG_TEXT; format <= LOG_JSON; format++) {
		scene_open(&s, format);
		for (int i = 0; i < 3; i++)
			log_say(s.log, NOTE_DISK, NULL, "no");
		assert_int_equal(s.writes, 1);
		scene_forget(&s);
		s.boot_ns = 10 * NS_PER_SECOND - 1;
		log_say(s.log, NOTE_DISK, NULL, "no");
		assert_int_equal(s.writes, 0);
		s.boot_ns++;
		log_say(s.log, NOTE_DISK, NULL, "no");
		assert_non_null(strstr(s.text, format == LOG_JSON
						       ? "\"message\":\"no\",\"suppressed\":3}\n"
						       : "wiretape: no (and 3 lines like it)\n"));
		scene_close(&s);
	}
}

static void what_somebody_else_left_out_is_told(void **state)
{
	struct scene s;
	struct object o;

	(void)state;
	scene_open(&s, LOG_TEXT);
	log_write(s.log, NOTE_DISK, NULL, "no", 7);
	log_write(s.log, NOTE_DISK, NULL, "no", 0);
	assert_string_equal(s.text, "wiretape: no (and 7 lines like it)\nwiretape: no\n");
	scene_close(&s);

	scene_open(&s, LOG_JSON);
	log_write(s.log, NOTE_DISK, NULL, "no", 7);
	read_only_line(&s, &o);
	assert_string_equal(value_of(&o, "message"), "no");
	assert_string_equal(value_of(&o, "suppressed"), "7");
	scene_forget(&s);
	log_write(s.log, NOTE_DISK, NULL, "no", 0);
	read_only_line(&s, &o);
	assert_null(value_of(&o, "suppressed"));
	scene_close(&s);
}

/* Neither does one interface silence another, nor one cause another. */
static void limits_are_apart(void **state)
{
	static const enum note_cause causes[] = {NOTE_LINK, NOTE_BACK, NOTE_LOSS, NOTE_DISK};
	char name[16];
	struct scene s;
	unsigned lines = 0;

	(void)state;
	scene_open(&s, LOG_TEXT);
	for (unsigned again = 0; again < 2; again++)
		for (size_t c = 0; c < sizeof(causes) / sizeof(causes[0]); c++) {
			log_say(s.log, causes[c], NULL, "of none");
			lines++;
			for (unsigned i = 0; i < 64; i++, lines++) {
				snprintf(name, sizeof(name), "eth%u", i);
				log_say(s.log, causes[c], name, "of %s", name);
			}
		}
	assert_int_equal(s.writes, lines / 2);
	/* Further ones share a limit; that of the others stays. */
	scene_forget(&s);
	for (unsigned i = 64; i < 1000; i++) {
		snprintf(name, sizeof(name), "eth%u", i);
		log_say(s.log, NOTE_FORCED, name, "of %s", name);
	}
	assert_int_equal(s.writes, 1);
	log_say(s.log, NOTE_FORCED, "eth63", "of another");
	assert_int_equal(s.writes, 2);
	scene_close(&s);
}

static void what_is_not_limited(void **state)
{
	struct scene s;
	struct error err;

	(void)state;
	error_set(&err, 5, "broken");
	scene_open(&s, LOG_TEXT);
	for (int i = 0; i < 100; i++) {
		log_say(s.log, NOTE_ADOPT, NULL, "found");
		log_say(s.log, NOTE_DETAIL, NULL, "made");
		log_write(s.log, NOTE_DISK, NULL, "limited by somebody else", 0);
		log_error(s.log, &err);
	}
	assert_int_equal(s.writes, 400);
	scene_close(&s);
}

/* --- the status line ----------------------------------------------------------------- */

static void lines_end_the_status_line(void **state)
{
	struct stats_snapshot counts = {.captured = 1};
	struct scene s;

	(void)state;
	scene_open(&s, LOG_TEXT);
	log_status(s.log, "1 packet");
	log_status(s.log, "2 packets");
	assert_string_equal(s.text, "\r1 packet\033[K\r2 packets\033[K");
	scene_forget(&s);
	log_say(s.log, NOTE_DISK, NULL, "no");
	log_say(s.log, NOTE_ADOPT, NULL, "yes");
	assert_string_equal(s.text, "\nwiretape: no\nwiretape: yes\n");
	scene_forget(&s);
	log_status(s.log, "3 packets");
	/* Left out, it leaves the status line alone. */
	log_say(s.log, NOTE_DISK, NULL, "no");
	assert_string_equal(s.text, "\r3 packets\033[K");
	scene_forget(&s);
	log_counts(s.log, NULL, &counts);
	assert_int_equal(s.text[0], '\n');
	scene_forget(&s);
	log_status(s.log, "4 packets");
	scene_forget(&s);
	log_close(s.log);
	assert_string_equal(s.text, "\n");
	s.log = NULL;
	scene_close(&s);
}

/* --- threads --------------------------------------------------------------------------- */

#define THREADS 4
#define LINES   500

static void *talk(void *context)
{
	const struct scene *s = context;

	for (int i = 0; i < LINES; i++)
		log_say(s->log, NOTE_ADOPT, "eth0", "line %d of a thread, not short", i);
	return NULL;
}

static void lines_of_threads_are_whole(void **state)
{
	pthread_t threads[THREADS];
	struct scene s;
	struct object o;
	const char *at;
	unsigned lines = 0;

	(void)state;
	scene_open(&s, LOG_JSON);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, talk, &s), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (at = s.text; *at; lines++) {
		at = read_line(at, &o);
		assert_non_null(at);
	}
	assert_int_equal(lines, THREADS * LINES);
	assert_int_equal(s.writes, lines);
	scene_close(&s);
}

/* Where somebody reads them as they come, they have no times. */
static void lines_have_times(void **state)
{
	char stream[64];
	struct scene s;
	struct stat st;
	int screen;
	FILE *out, *file = tmpfile();

	(void)state;
	scene_open(&s, LOG_TEXT);
	log_say(s.log, NOTE_END, NULL, "before");
	log_stamp(s.log, false);
	log_say(s.log, NOTE_END, NULL, "behind");
	assert_string_equal(s.text,
			    "wiretape: before\n2026-11-24T15:00:00.123Z wiretape: behind\n");
	scene_close(&s);

	out = open_terminal(&screen);
	if (!out)
		skip();
	s.log = log_open(out, LOG_TEXT, &s.clock);
	log_stamp(s.log, false);
	log_say(s.log, NOTE_END, NULL, "seen");
	assert_screen(screen, "wiretape: seen\r\n");
	log_stamp(s.log, true);
	log_say(s.log, NOTE_END, NULL, "seen");
	assert_screen(screen, "2026-11-24T15:00:00.123Z wiretape: seen\r\n");
	log_close(s.log);
	fclose(out);
	close(screen);

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	for (int i = 0; i < 2; i++) {
		snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
			 (uintmax_t)st.st_ino + (uintmax_t)i);
		assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
		assert_int_equal(ftruncate(fileno(file), 0), 0);
		rewind(file);
		s.log = log_open(file, LOG_TEXT, &s.clock);
		log_stamp(s.log, false);
		log_say(s.log, NOTE_END, NULL, "logged");
		log_close(s.log);
		assert_int_equal(pread(fileno(file), stream, 1, 0), 1);
		assert_int_equal(stream[0], i == 0 ? 'w' : '2');
	}
	unsetenv("JOURNAL_STREAM");
	fclose(file);
}

/* ^C is on the screen already. */
static void a_key_stands_alone(void **state)
{
	struct scene s;
	int screen;
	FILE *out = open_terminal(&screen);

	(void)state;
	scene_open(&s, LOG_TEXT);
	log_break(s.log);
	log_say(s.log, NOTE_END, NULL, "over");
	assert_string_equal(s.text, "wiretape: over\n");
	scene_close(&s);
	if (!out)
		skip();
	s.log = log_open(out, LOG_TEXT, &s.clock);
	log_break(s.log);
	log_say(s.log, NOTE_END, NULL, "over");
	log_say(s.log, NOTE_END, NULL, "out");
	assert_screen(screen, "\r\nwiretape: over\r\nwiretape: out\r\n");
	log_close(s.log);
	fclose(out);
	close(screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reader_is_strict),
		cmocka_unit_test(a_line_of_text),
		cmocka_unit_test(a_line_of_json),
		cmocka_unit_test(json_is_valid_whatever_it_quotes),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(jq_reads_it),
		cmocka_unit_test(errors_and_counts),
		cmocka_unit_test(a_flood_for_ten_minutes),
		cmocka_unit_test(what_is_left_out_is_told_at_the_end),
		cmocka_unit_test(what_somebody_else_left_out_is_told),
		cmocka_unit_test(limits_are_apart),
		cmocka_unit_test(what_is_not_limited),
		cmocka_unit_test(lines_end_the_status_line),
		cmocka_unit_test(lines_have_times),
		cmocka_unit_test(a_key_stands_alone),
		cmocka_unit_test(lines_of_threads_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
