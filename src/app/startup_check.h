/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at the machine before a recording: what makes frames larger than they
 * were, clocks slow, disks late or files readable to others. Nothing here
 * fails and nothing stays changed: what cannot be found out is passed over, or
 * told as not known.
 *
 * Threads: main's. A sync may take as long as the disk does.
 */
#ifndef WIRETAPE_STARTUP_CHECK_H
#define WIRETAPE_STARTUP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum check_level { CHECK_OK, CHECK_WARN };

struct check_interface {
	const char *name;
	unsigned mtu; /* 0: not known */
};

/* Nothing in it is kept. */
struct startup_check_config {
	const struct check_interface *interfaces; /* "any" and the loopback are passed over */
	size_t interface_count;
	bool forwards;       /* frames are sent on, and not recorded alone */
	bool forwards_uncut; /* also those that others are to cut */
	uint64_t ring_bytes; /* of all rings, which are not made yet; 0: no word on them */
	/* Descriptor of the segments' directory, O_PATH will do, or of the one it is to be made
	 * in; negative: none. */
	int directory;
	bool missing;          /* it is yet to be made */
	bool shared;           /* it is not for segments alone: no word on who may use it */
	const char *path;      /* of it, as the user knows it; null: no word on it */
	uid_t user;            /* who records, and that user's name */
	const char *user_name; /* null: not known */
	uint64_t kept_bytes;   /* in it, by segments that can be deleted */
	uint64_t budget_bytes; /* 0: none */
	uint64_t reserve_bytes;
	bool sync;        /* segments will be synced */
	mode_t file_mode; /* of segments, as it is asked for */
	/* Where a test looks instead; null pointers: the system's. */
	const char *clocksource_path, *meminfo_path;
	/*
	 * Called for each matter found out: "offloads" (once an interface), "ring",
	 * "clock", "space", "sync", "directory" (who may use it; who owns it). The
	 * text is one line, safe for a terminal, and valid during the call.
	 */
	void (*say)(void *context, enum check_level level, const char *subject, const char *text);
	void *context;
};

void startup_check(const struct startup_check_config *config);

/* The judgements, each with its text for people. Pure; any thread. */

#define CHECK_TEXT_ROOM 512

/* What merges received frames before packet sockets see them (ethtool(8), -k). */
struct check_offloads {
	bool gro, lro;
	bool gro_hw; /* rx-gro-hw: in the card */
	/* It is of a kind that hands on what its sender has left uncut: whether the one there
	 * does, or that it cannot be told. */
	enum { CHECK_CUT, CHECK_UNCUT, CHECK_UNKNOWN } sender;
	const char *peer; /* of CHECK_UNCUT: its interface */
	bool forwards, forwards_uncut;
	unsigned mtu; /* 0: not known */
};
enum check_level check_judge_offloads(char text[static CHECK_TEXT_ROOM], const char *name,
				      const struct check_offloads *offloads);

/* Warns where more than half is taken. available_bytes 0: not known. */
enum check_level check_judge_ring(char text[static CHECK_TEXT_ROOM], uint64_t ring_bytes,
				  uint64_t available_bytes);

/* The kernel's name of its clock source. */
enum check_level check_judge_clock(char text[static CHECK_TEXT_ROOM], const char *clocksource);

/* Warns where the reserve, or the budget beside it, can never be had, not even with what
 * is kept deleted. */
enum check_level check_judge_space(char text[static CHECK_TEXT_ROOM], uint64_t free_bytes,
				   uint64_t kept_bytes, uint64_t budget_bytes,
				   uint64_t reserve_bytes);

/* How long it takes to write and sync a page. Warns above 100 ms. */
enum check_level check_judge_sync(char text[static CHECK_TEXT_ROOM], uint64_t ns);

struct check_place {
	const char *path;
	mode_t mode;      /* of it, */
	mode_t file_mode; /* and of segments */
	uid_t owner;
	const char *owner_name; /* null: it has none */
	uid_t user;             /* who records */
	/* Others use it, too, as /tmp or a home: what is to be changed is not it. */
	bool others;
};

/* Warns where group or others may list the directory, though not to read files of that
 * mode, or write to it. */
enum check_level check_judge_access(char text[static CHECK_TEXT_ROOM],
				    const struct check_place *place);

/* Warns where root records (user 0) into a directory of root's. */
enum check_level check_judge_owner(char text[static CHECK_TEXT_ROOM],
				   const struct check_place *place);

#endif
