/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making indexes, and telling what is in them, are all that is done then: whatever speaks of
 * packets that are taken, picked or written says nothing.
 */
#include "option_index.h"

#include "option_alone.h"
#include "option_refuse.h"

static bool goes_along(enum option_id id, enum option_id with)
{
	switch (id) {
	case OPTION_USER:
	case OPTION_QUIET:
	case OPTION_VERBOSE:
	case OPTION_LOG_FORMAT:
	case OPTION_NUMERIC:
		return true;
	case OPTION_READ:
	case OPTION_READ_LIST:
		return with == OPTION_SUMMARY;
	default:
		return id == with;
	}
}

static int refuse_others(const struct option_parser *parser, enum option_id with, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options *options = parser->options;
	const struct option_given words = {"the filter expression",
					   options->expression ? options->expression : ""};
	int rc = option_alone_check(parser, with, goes_along, err);

	if (rc < 0)
		return rc;
	if (options->expression)
		return option_refuse_pair(&given[with], &words, err);
	return 0;
}

int option_index_check(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	int rc = 0;

	if (given[OPTION_INDEX].value)
		rc = refuse_others(parser, OPTION_INDEX, err);
	if (rc == 0 && given[OPTION_SUMMARY].value)
		rc = refuse_others(parser, OPTION_SUMMARY, err);
	if (rc == 0 && given[OPTION_SUMMARY].value && !given[OPTION_READ].value)
		return error_usage(err, "%s needs -r, a recorder's directory or a file",
				   given[OPTION_SUMMARY].label);
	return rc;
}
