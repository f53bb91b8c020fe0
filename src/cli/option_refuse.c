/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words for two options of which one was not meant.
 */
#include "option_refuse.h"

int option_refuse_repeat(const struct option_given *first, const struct option_given *second,
			 struct error *err)
{
	if (!*second->value)
		return error_usage(err, "given twice: %s", second->label);
	return error_usage(err, "given twice: %s %s and %s %s", first->label, first->value,
			   second->label, second->value);
}

int option_refuse_pair(const struct option_given *one, const struct option_given *other,
		       struct error *err)
{
	return error_usage(err, "%s%s%s contradicts %s%s%s", one->label, *one->value ? " " : "",
			   one->value, other->label, *other->value ? " " : "", other->value);
}
