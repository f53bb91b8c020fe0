/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pin is a span of time and a name; without one it is called by when it begins.
 */
#include "option_pin.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "option_alone.h"
#include "option_refuse.h"

static const enum option_id kinds[] = {OPTION_PIN, OPTION_PINS, OPTION_UNPIN};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool goes_along(enum option_id id, enum option_id with)
{
	switch (id) {
	case OPTION_JSON:
	case OPTION_QUIET:
	case OPTION_VERBOSE:
	case OPTION_LOG_FORMAT:
		return true;
	case OPTION_FROM:
	case OPTION_TO:
	case OPTION_LAST:
	case OPTION_AS:
		return with == OPTION_PIN;
	default:
		return id == with;
	}
}

static int refuse_others(const struct option_parser *parser, enum option_id with, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct option_given words = {"the words", parser->options->expression};
	int rc = option_alone_check(parser, with, goes_along, err);

	if (rc < 0)
		return rc;
	if (words.value && with != OPTION_UNPIN)
		return option_refuse_pair(&given[with], &words, err);
	return 0;
}

/* Of --last, or --from and --to, which is now without it. */
static int read_times(const struct option_parser *parser, struct pin *pin, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options *o = parser->options;
	const int64_t now = (int64_t)clock_wall(&clock_system);

	if (o->last_ns && (o->has_from || o->has_to))
		return option_refuse_pair(&given[OPTION_LAST],
					  &given[o->has_from ? OPTION_FROM : OPTION_TO], err);
	if (!o->last_ns && !o->has_from)
		return error_usage(err, "%s %s needs --from TIME or --last TIME",
				   given[OPTION_PIN].label, given[OPTION_PIN].value);
	pin->to_ns = o->has_to ? o->to_ns : now;
	pin->from_ns = o->has_from ? o->from_ns : now - (int64_t)o->last_ns;
	if (pin->from_ns < 0)
		pin->from_ns = 0;
	if (pin->from_ns >= pin->to_ns)
		return error_usage(err, "%s %s: --from is not before --to", given[OPTION_PIN].label,
				   given[OPTION_PIN].value);
	return 0;
}

static int read_name(const struct option_parser *parser, enum option_id with, struct pin *pin,
		     struct error *err)
{
	const struct options *o = parser->options;
	const char *name = with == OPTION_UNPIN ? o->expression : o->pin_name;
	const time_t begin = (time_t)(pin->from_ns / (int64_t)NS_PER_SECOND);
	char usual[PIN_NAME_MOST];
	struct tm tm;

	if (with == OPTION_UNPIN && !name)
		return error_usage(err, "%s %s needs the name of a pin behind it",
				   parser->given[with].label, parser->given[with].value);
	if (!name && gmtime_r(&begin, &tm) &&
	    strftime(usual, sizeof(usual), "%Y%m%dT%H%M%SZ", &tm) > 0)
		name = usual;
	if (!name || !pin_name_fits(name))
		return error_usage(err,
				   "%s: '%s' is no name of a pin: letters, digits, _, and - . : + "
				   "within, %u at most",
				   with == OPTION_UNPIN ? parser->given[with].label : "--as",
				   name ? name : "", PIN_NAME_MOST);
	snprintf(pin->name, sizeof(pin->name), "%s", name);
	return 0;
}

bool option_pin_given(const struct option_parser *parser)
{
	bool is_given = parser->given[OPTION_AS].value || parser->given[OPTION_LAST].value;

	for (size_t i = 0; i < KINDS; i++)
		is_given |= parser->given[kinds[i]].value != NULL;
	return is_given;
}

int option_pin_check(struct option_parser *parser, struct error *err)
{
	static const enum control_verb verbs[] = {CONTROL_PIN, CONTROL_PINS, CONTROL_UNPIN};
	const struct option_given *given = parser->given;
	struct control_request *request = &parser->options->request;
	size_t kind = 0;
	int rc;

	while (kind < KINDS && !given[kinds[kind]].value)
		kind++;
	if (kind == KINDS)
		return error_usage(err, "%s needs --pin",
				   given[given[OPTION_AS].value ? OPTION_AS : OPTION_LAST].label);
	*request = (struct control_request){.verb = verbs[kind], .json = parser->options->json};
	rc = refuse_others(parser, kinds[kind], err);
	if (rc == 0 && kinds[kind] == OPTION_PIN)
		rc = read_times(parser, &request->pin, err);
	if (rc == 0 && kinds[kind] != OPTION_PINS)
		rc = read_name(parser, kinds[kind], &request->pin, err);
	return rc;
}
