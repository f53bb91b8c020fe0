/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From all rights to none: who the process becomes, and what still takes rights then,
 * which a process that has kept them does when it is asked (broker.h): files of a
 * directory that is read are opened, a new file is made and named, a directory made.
 * Where nothing of that can come there is no such process, nor where there are no rights
 * to lose.
 *
 * Threads: the control thread; rights_open is the thread's that reads, too.
 */
#ifndef WIRETAPE_RIGHTS_H
#define WIRETAPE_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "output.h"
#include "read/reader.h"
#include "system/broker.h"
#include "user.h"

/* What is pointed to must outlive it. */
struct rights {
	struct user user;
	const struct reader *reader; /* null: nothing is read */
	struct output *output;       /* null: nothing is written */
	struct broker *broker;       /* null: nobody has kept any */
	bool given_up;
};

/* From here on nothing can be done that takes a right of its own, but what is asked for.
 * Once, when called again too, before there is another thread. 0 or -errno; after a
 * failure the process must end. */
int rights_give_up(struct rights *rights, struct error *err);

/* Opens what -r names, with rights, and gives them up: config's opener becomes these. *reader
 * is to be closed after an error, too, where it is not null. 0 or -errno. */
int rights_open_paths(struct rights *rights, const struct options *options,
		      const struct reader_config *config, struct reader **reader,
		      struct error *err);

/* As reader_config.open; context are the rights. */
int rights_open(void *context, uint32_t path, const char *name);

/* The process that has kept some ends. */
void rights_close(struct rights *rights);

#endif
