/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --help, from the table of options.
 */
#include <string.h>

#include "cli/options.h"
#include "option_table.h"

/* Where the second column starts, and where lines end. */
#define HELP_COLUMN 32
#define HELP_WIDTH  80

/* Prints text from a column on, broken between words before the width. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
	while (*text) {
		int room = HELP_WIDTH - column;
		int length = (int)strlen(text);

		if (length > room)
			for (length = room; length > 0 && text[length] != ' ';)
				length--;
		fprintf(out, "%.*s\n", length, text);
		text += length;
		if (!*text)
			break;
		text++;
		fprintf(out, "%*s", indent, "");
		column = indent;
	}
}

static void print_option(FILE *out, const struct option_spec *spec)
{
	char text[256];
	int column;

	column = spec->letter ? fprintf(out, "  -%c%s", spec->letter, spec->name ? ", " : "")
			      : fprintf(out, "      ");
	if (spec->name)
		column += fprintf(out, "--%s", spec->name);
	if (spec->argument)
		column += fprintf(out, " %s", spec->argument);
	if (column > HELP_COLUMN - 2)
		column = fprintf(out, "\n") - 1;
	fprintf(out, "%*s", HELP_COLUMN - column, "");
	if (spec->fallback)
		snprintf(text, sizeof(text), "%s (default: %s)", spec->help, spec->fallback);
	else
		snprintf(text, sizeof(text), "%s", spec->help);
	print_wrapped(out, text, HELP_COLUMN, HELP_COLUMN);
}

void options_help(FILE *out)
{
	fprintf(out, "Usage: wiretape [options] [filter expression]\n\n");
	print_wrapped(out,
		      "Records network packets into pcap and pcapng files. The filter expression "
		      "is pcap-filter(7)'s.",
		      0, 0);
	for (int id = 0; id < OPTION_TOTAL; id++) {
		if (option_table[id].group)
			fprintf(out, "\n%s:\n", option_table[id].group);
		print_option(out, &option_table[id]);
	}
	fprintf(out, "\n");
	print_wrapped(out,
		      "SIZE is in bytes unless K, M, G or T (powers of 1024) follows the number. "
		      "TIME is in seconds unless us, ms, m, h or d follows. wiretape(8) has the "
		      "rest.",
		      0, 0);
}
