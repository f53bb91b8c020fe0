/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets as text, in the format of tcpdump -n: a line each, and what the
 * options add below it. Writes to a descriptor through a buffer, which goes
 * out when it is full and in printer_flush.
 *
 * Times are printed in the time zone of the process (TZ, /etc/localtime).
 * Names of this machine's interfaces are those they have now.
 *
 * A VLAN tag that was stripped has to be back in the frame (vlan_restore).
 * Between two calls nothing of a frame is kept. One thread at a time.
 */
#ifndef WIRETAPE_PRINTER_H
#define WIRETAPE_PRINTER_H

#include "base/error.h"
#include "decode/decode.h"
#include "frames/frame.h"

struct printer;

struct printer_config {
	int fd; /* stays the caller's */
	struct decode_options options;
	/* With several interfaces: the name of one, by the number frames have, to be
	 * printed with the direction as for LINUX_SLL2. Null: neither is. */
	const char *(*interface)(const void *context, uint32_t number);
	const void *context;
	/* Packets are this machine's, and so are the numbers of interfaces in them: names
	 * are looked up by those. Else LINUX_SLL2 has none. */
	bool here;
	const _Atomic int *patience; /* as text_set_patience has it; null: without end */
};

int printer_open(const struct printer_config *config, struct printer **printer, struct error *err);

/*
 * Prints one frame of a link type (DLT_*). Returns 0, or the -errno of the
 * first write that failed, -EPIPE among them; what is printed after that goes
 * nowhere.
 */
int printer_packet(struct printer *printer, const struct frame *frame, int dlt);

/* Writes out what is in the buffer. 0 or -errno, as above. */
int printer_flush(struct printer *printer);

/* Flushes, too; who wants to know the outcome calls printer_flush first. */
void printer_close(struct printer *printer);

#endif
