/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those that change nothing of what is recorded are taken (option_table.c); these would,
 * so that leaving them out is for people to decide.
 */
#include "option_foreign.h"

#include <stddef.h>
#include <string.h>

static const struct {
	char letter;
	const char *name, *words;
} foreign[] = {
	{'E', NULL, "nothing is decrypted here; tcpdump -E ... -r FILE does that"},
	{'H', NULL, "802.11 is not decoded here; tcpdump -H -r FILE does that"},
	{'I', "monitor-mode", "not set here; iw dev IF set type monitor does that"},
	{'J', "list-time-stamp-types",
	 "they are host and adapter; ethtool -T IF tells whether IF has the second"},
	{'L', "list-data-link-types", "an interface has one link type, which wiretape -D shows"},
	{'M', NULL, "no signature is checked here; tcpdump -M ... -r FILE does that"},
	{'T', NULL, "packets are decoded by their ports; tcpdump -T ... -r FILE does otherwise"},
	{'m', NULL, "SNMP is printed without MIBs; tcpdump -m ... -r FILE has them"},
	{'y', "linktype", "an interface has one link type, which wiretape -D shows"},
};

const char *option_foreign(int letter, const char *name)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (letter ? foreign[i].letter == letter
			   : foreign[i].name && strcmp(foreign[i].name, name) == 0)
			return foreign[i].words;
	return NULL;
}
