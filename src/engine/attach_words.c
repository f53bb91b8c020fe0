/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of interfaces, in words: of the log, of notes in files and of errors.
 */
#include <stdio.h>

#include "engine/attach.h"

static const struct {
	const char *state, *verb;
} words[] = {
	[ATTACH_DOWN] = {"interface down", "went down"},
	[ATTACH_GONE] = {"interface gone", "is gone"},
	[ATTACH_OTHER] = {"interface of another link type", "is gone"},
	[ATTACH_RENAMED] = {"interface renamed", "is renamed"},
	[ATTACH_BACK] = {"interface back", "is back"},
};

const char *attach_state(enum attach_change change)
{
	return words[change].state;
}

const char *attach_verb(enum attach_change change)
{
	return words[change].verb;
}

const char *attach_tell(char text[static ATTACH_TEXT_ROOM], const struct attach_event *event)
{
	switch (event->change) {
	case ATTACH_OTHER:
		snprintf(text, ATTACH_TEXT_ROOM,
			 "the interface that is there now has another link type");
		break;
	case ATTACH_RENAMED:
		snprintf(text, ATTACH_TEXT_ROOM, "the interface is called %s now", event->name);
		break;
	default:
		snprintf(text, ATTACH_TEXT_ROOM, "the interface %s", attach_verb(event->change));
	}
	return text;
}
