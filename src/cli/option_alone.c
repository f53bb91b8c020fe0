/* SPDX-License-Identifier: BSD-2-Clause */
#include "option_alone.h"

int option_alone_check(const struct option_parser *parser, enum option_id with,
		       bool (*goes_along)(enum option_id id, enum option_id with),
		       struct error *err)
{
	const struct option_given *given = parser->given;

	for (enum option_id id = 0; id < OPTION_TOTAL; id++)
		if (given[id].value && !goes_along(id, with))
			return option_refuse_pair(&given[with], &given[id], err);
	return parser->filter.value ? option_refuse_pair(&given[with], &parser->filter, err) : 0;
}
