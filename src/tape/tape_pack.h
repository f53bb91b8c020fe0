/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finished segments are packed (pack.h), one after the other, by a thread that runs when nobody
 * else wants processor or disk. The packed file is made under the hidden name of one that
 * is to be deleted, so that a crash leaves nothing behind; it gets the segment's name, with an
 * ending, when it is whole and on the disk, and the segment itself goes after that.
 *
 * Who is to be told of a segment (tape_config.closed) is so once it is packed, or stays
 * as it is: where packing is too far behind, has failed, or makes nothing smaller.
 *
 * Part of tape; the same threads.
 */
#ifndef WIRETAPE_TAPE_PACK_H
#define WIRETAPE_TAPE_PACK_H

#include "tape.h"

struct manifest_line;
struct tape_pack;

/* tape->pack, null where nothing is packed. 0 or -ENOMEM. Close takes a null pointer. */
int tape_pack_open(struct tape *tape);
void tape_pack_close(struct tape *tape);

/* A segment has got its name. Whether it waits to be packed: else its hook is due. */
bool tape_pack_add(struct tape *tape, const struct tape_closed *closed);

/* A segment is no longer there. Whether it waited and was to be told of. */
bool tape_pack_forget(struct tape *tape, uint64_t sequence);

/* What the manifest has to tell beside segments. False: nothing. */
bool tape_pack_line(const struct tape *tape, struct manifest_line *line);

/* Ends what is being packed, without a result, and forgets what waits. */
void tape_pack_drop(struct tape *tape);

#endif
