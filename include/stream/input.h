/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reading end of a stream: one connection, whose bytes are those of a capture file.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_STREAM_INPUT_H
#define WIRETAPE_STREAM_INPUT_H

#include "stream/address.h"

/*
 * Connects to a resolved address, or listens there. Returns a descriptor: of the connection,
 * or, where it listens, of the listener, for stream_input_accept; or -errno with err. Waits
 * for whoever it connects to.
 */
int stream_input_open(const struct stream_address *address, struct error *err);

/* Waits for who connects first, whose descriptor it returns, and closes the listener: what
 * would come later is refused. -errno with err; -EINTR: a signal came. */
int stream_input_accept(const struct stream_address *address, int listener, struct error *err);

#endif
