/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces of a command line. What is given before any -i is the default of
 * each.
 */
#include "option_interface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "option_value.h"

/* The interface that an option of its own stands for. */
static struct options_interface *interface_at_hand(struct options *options)
{
	return options->interface_count ? &options->interfaces[options->interface_count - 1]
					: &options->all;
}

/* -i. What comes next is about this one. */
static int add_interface(struct option_parser *parser, const char *name, struct error *err)
{
	struct options *options = parser->options;
	struct options_interface *more;

	if (options->interface_count == OPTIONS_INTERFACES_MAX)
		return error_usage(err, "%s is one too many: there may be %u", name,
				   OPTIONS_INTERFACES_MAX);
	for (uint32_t i = 0; i < options->interface_count; i++)
		if (strcmp(options->interfaces[i].name, name) == 0)
			return error_usage(err, "'%s' is given twice: name each interface once",
					   name);
	more = realloc(options->interfaces, (options->interface_count + 1) * sizeof(*more));
	if (!more)
		return error_system(err, ENOMEM, "%s", name);
	options->interfaces = more;
	more[options->interface_count] = options->all;
	more[options->interface_count++].name = name;
	for (int id = 0; id < OPTION_TOTAL; id++)
		if (option_table[id].each)
			parser->given[id].value = NULL;
	return 0;
}

/* -f */
static void set_filter(struct option_parser *parser, const char *expression)
{
	interface_at_hand(parser->options)->filter = expression;
	if (parser->options->interface_count == 0)
		parser->filter = parser->given[OPTION_FILTER];
}

/* -s */
static int set_snaplen(struct options *options, const char *value, struct error *err)
{
	return option_read_snaplen(value, &interface_at_hand(options)->snaplen, err);
}

int option_interface_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;

	switch (id) {
	case OPTION_INTERFACE:
		return add_interface(parser, value, err);
	case OPTION_FILTER:
		set_filter(parser, value);
		return 0;
	case OPTION_SNAPLEN:
		return set_snaplen(parser->options, value, err);
	default:
		interface_at_hand(parser->options)->promiscuous = false;
		return 0;
	}
}
