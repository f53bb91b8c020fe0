/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of a capture. One thread writes a counter (the ring's, except
 * device_dropped, which is the control thread's), any thread reads it:
 * relaxed atomics, 64 bits, counting from 0 at the start of the capture.
 *
 * For every capture: received = captured + dropped + unread, once the ring
 * has been drained, where received and dropped are the kernel's
 * (tpacket_stats: tp_packets includes the drops).
 */
#ifndef WIRETAPE_STATS_H
#define WIRETAPE_STATS_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * X(name, meaning). The meaning completes "N packets ..." and is what the
 * closing report prints for a count that is not 0.
 */
#define STATS_COUNTERS(X)                                       \
	X(captured, "captured")                                 \
	X(captured_bytes, "bytes captured")                     \
	X(received, "received by filter")                       \
	X(dropped, "dropped by kernel")                         \
	X(device_dropped, "dropped by interface")               \
	X(truncated, "cut to the ring's frame size")            \
	X(host_stamped, "stamped by the host, not the adapter") \
	X(unwritten, "lost to a write error")                   \
	X(unread, "left unread in the ring")                    \
	X(malformed, "left behind in malformed blocks")

struct stats {
#define X(name, meaning) _Atomic uint64_t name;
	STATS_COUNTERS(X)
#undef X
};

/* The same as plain numbers, and when they were true (ns since 1970). */
struct stats_snapshot {
#define X(name, meaning) uint64_t name;
	STATS_COUNTERS(X)
#undef X
	uint64_t start_ns;
	uint64_t time_ns;
};

/* Adds to a counter of which the calling thread is the only writer. */
void stats_add(_Atomic uint64_t *counter, uint64_t n);

/* Copies the counters and the time of day now; start_ns is left alone. */
void stats_read(const struct stats *stats, struct stats_snapshot *snapshot);

/* Adds the counters of one snapshot to another (several interfaces). */
void stats_sum(struct stats_snapshot *sum, const struct stats_snapshot *part);

#endif
