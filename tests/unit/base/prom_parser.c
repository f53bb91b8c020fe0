/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line at a time; a sample has to be of the metric whose TYPE line came last,
 * which is also what keeps the samples of a metric together.
 */
#include "prom_parser.h"

#include <stdio.h>
#include <string.h>

#define NAME_FIRST  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_OTHERS NAME_FIRST "0123456789"
#define MOST_NAMES  64u
#define NAME_ROOM   128u

struct reading {
	struct prom_text *to;
	char names[MOST_NAMES][NAME_ROOM]; /* of the metrics so far, the last is current */
	size_t count;
	bool typed, counter, histogram;
};

/* The length of a metric's name (with colons) or a label's. */
static size_t name_length(const char *text, bool colons)
{
	if (strspn(text, colons ? NAME_FIRST ":" : NAME_FIRST) == 0)
		return 0;
	return strspn(text, colons ? NAME_OTHERS ":" : NAME_OTHERS);
}

static bool ends_in_total(const char *name)
{
	size_t length = strlen(name);

	return length > 6 && strcmp(name + length - 6, "_total") == 0;
}

static const char *read_help(struct reading *r, const char *line)
{
	size_t length = name_length(line, true);

	if (length == 0 || length >= NAME_ROOM || line[length] != ' ' || !line[length + 1])
		return "no name and help";
	if (r->count > 0 && !r->typed)
		return "the metric before has no type";
	for (size_t i = 0; i < r->count; i++)
		if (strlen(r->names[i]) == length && memcmp(r->names[i], line, length) == 0)
			return "a metric twice";
	if (r->count == MOST_NAMES)
		return "too many metrics";
	for (const char *at = line + length; *at; at++)
		if (*at == '\\' && *++at != '\\' && *at != 'n')
			return "a wrong escape";
	snprintf(r->names[r->count++], NAME_ROOM, "%.*s", (int)length, line);
	r->typed = false;
	return NULL;
}

static const char *read_type(struct reading *r, const char *line)
{
	const char *name = r->count > 0 ? r->names[r->count - 1] : "";
	size_t length = strlen(name);

	if (r->typed || length == 0 || strncmp(line, name, length) != 0 || line[length] != ' ')
		return "a type that does not follow its help";
	r->counter = strcmp(line + length + 1, "counter") == 0;
	r->histogram = strcmp(line + length + 1, "histogram") == 0;
	if (!r->counter && !r->histogram && strcmp(line + length + 1, "gauge") != 0)
		return "an unknown type";
	if (r->counter != ends_in_total(name))
		return "counters end in _total, and only they";
	r->typed = true;
	return NULL;
}

/* "{label="value",...}" at *at, which moves behind it. */
static const char *read_labels(const char **at)
{
	const char *names[8] = {NULL}, *text = *at;
	size_t lengths[8] = {0}, count = 0;

	do {
		size_t length = name_length(++text, false);

		if (length == 0 || count == 8)
			return "no label";
		for (size_t i = 0; i < count; i++)
			if (lengths[i] == length && memcmp(names[i], text, length) == 0)
				return "a label twice";
		names[count] = text;
		lengths[count++] = length;
		text += length;
		if (*text++ != '=' || *text++ != '"')
			return "a label without a quoted value";
		for (; *text != '"'; text++) {
			if (*text == '\\' && *++text != '\\' && *text != '"' && *text != 'n')
				return "a wrong escape";
			if (!*text)
				return "a value without an end";
		}
		text++;
	} while (*text == ',');
	if (*text++ != '}')
		return "labels without an end";
	*at = text;
	return NULL;
}

/* Whether a sample's name is the metric's, or of a histogram one of its three. */
static bool is_of(const struct reading *r, const char *line, size_t length)
{
	static const char *const parts[] = {"_bucket", "_sum", "_count"};
	const char *name = r->count > 0 ? r->names[r->count - 1] : "";
	const size_t own = strlen(name);

	if (!r->histogram)
		return own == length && memcmp(line, name, length) == 0;
	for (size_t i = 0; i < 3; i++)
		if (length == own + strlen(parts[i]) && memcmp(line, name, own) == 0 &&
		    memcmp(line + own, parts[i], strlen(parts[i])) == 0)
			return true;
	return false;
}

static const char *read_sample(struct reading *r, const char *line)
{
	const char *at = line, *wrong;
	struct prom_text *to = r->to;
	struct prom_sample *sample = &to->samples[to->count];
	size_t length = name_length(line, true), digits;

	if (!r->typed || !is_of(r, line, length))
		return "a sample of another metric than its type's";
	at += length;
	wrong = *at == '{' ? read_labels(&at) : NULL;
	if (wrong)
		return wrong;
	length = (size_t)(at - line);
	if (*at++ != ' ')
		return "no space before the value";
	digits = strspn(at, "0123456789");
	if (digits > 0 && at[digits] == '.')
		digits = strspn(at + digits + 1, "0123456789") ? digits + 1 : 0;
	if (digits == 0 || at[digits + strspn(at + digits, "0123456789")] != '\0')
		return "no number, or more behind it";
	if (to->count == PROM_MOST_SAMPLES || length >= sizeof(sample->series) ||
	    strlen(at) >= sizeof(sample->value))
		return "too much for this reader";
	snprintf(sample->series, sizeof(sample->series), "%.*s", (int)length, line);
	if (prom_value(to, sample->series))
		return "a series twice";
	snprintf(sample->value, sizeof(sample->value), "%s", at);
	/* They only grow, too. */
	sample->counter = r->counter || r->histogram;
	to->count++;
	return NULL;
}

static const char *read_line(struct reading *r, const char *line)
{
	for (const char *at = line; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return "a control character";
	if (strncmp(line, "# HELP ", 7) == 0)
		return read_help(r, line + 7);
	if (strncmp(line, "# TYPE ", 7) == 0)
		return read_type(r, line + 7);
	return read_sample(r, line);
}

bool prom_parse(const char *text, struct prom_text *parsed)
{
	struct reading r = {.to = parsed};
	char line[1024];

	memset(parsed, 0, sizeof(*parsed));
	while (*text) {
		size_t length = strcspn(text, "\n");
		const char *wrong = "too long a line";

		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		if (length < sizeof(line))
			wrong = text[length] ? read_line(&r, line) : "a last line without its end";
		if (wrong) {
			snprintf(parsed->wrong, sizeof(parsed->wrong), "%s: %.400s", wrong, line);
			return false;
		}
		text += length + 1;
	}
	return true;
}

const char *prom_value(const struct prom_text *parsed, const char *series)
{
	for (size_t i = 0; i < parsed->count; i++)
		if (strcmp(parsed->samples[i].series, series) == 0)
			return parsed->samples[i].value;
	return NULL;
}
