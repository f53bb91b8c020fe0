/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name of a file's index, which lies beside it: ".NAME.index". Pure.
 */
#ifndef WIRETAPE_INDEX_NAME_H
#define WIRETAPE_INDEX_NAME_H

#include <limits.h>
#include <stdbool.h>

/* The name of NAME's index. False where that would be too long for one. */
bool index_name_make(const char *name, char index_name[static NAME_MAX + 1]);

/* The name of the file that an index of that name is of. False: it is no index's. */
bool index_name_subject(const char *index_name, char name[static NAME_MAX + 1]);

#endif
