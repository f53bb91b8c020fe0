/* SPDX-License-Identifier: BSD-2-Clause */
#include "index/name.h"

#include <stdio.h>
#include <string.h>

#define ENDING ".index"

bool index_name_make(const char *name, char index_name[static NAME_MAX + 1])
{
	return snprintf(index_name, NAME_MAX + 1, ".%s" ENDING, name) <= NAME_MAX;
}

bool index_name_subject(const char *index_name, char name[static NAME_MAX + 1])
{
	const size_t length = strlen(index_name), ending = strlen(ENDING);

	if (index_name[0] != '.' || length <= 1 + ending || length > NAME_MAX ||
	    strcmp(index_name + length - ending, ENDING) != 0)
		return false;
	memcpy(name, index_name + 1, length - 1 - ending);
	name[length - 1 - ending] = 0;
	return true;
}
