/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of tcpdump's that scripts and fingers know, and that there are not here.
 */
#ifndef WIRETAPE_OPTION_FOREIGN_H
#define WIRETAPE_OPTION_FOREIGN_H

/* What to do instead of the option of that letter, or, with letter 0, of that name; null
 * where tcpdump has none such. */
const char *option_foreign(int letter, const char *name);

#endif
