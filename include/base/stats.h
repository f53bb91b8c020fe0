/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of an interface's capture. One thread writes a counter (the ring's, except
 * device_dropped, which is the control thread's, and unwritten, which is that
 * of whoever finishes a file), any thread reads it: relaxed atomics, 64 bits,
 * counting from 0 at the start of the capture.
 *
 * For every capture: received = captured + dropped + unwritten + disk_dropped +
 * oversize + unwanted + unread + malformed, and where frames are sent, + tx_*, once the ring has
 * been drained, where received and dropped are the kernel's (tpacket_stats: tp_packets includes the
 * drops).
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
	X(sent, "forwarded")                                    \
	X(sent_bytes, "bytes forwarded")                        \
	X(received, "received by filter")                       \
	X(dropped, "dropped by kernel")                         \
	X(device_dropped, "dropped by interface")               \
	X(truncated, "cut to the ring's frame size")            \
	X(host_stamped, "stamped by the host, not the adapter") \
	X(unwritten, "lost to a write error")                   \
	X(disk_dropped, "dropped for want of disk space")       \
	X(oversize, "larger than a segment may be")             \
	X(tx_oversize, "larger than the way out takes")         \
	X(tx_short, "too short for a link-layer header")        \
	X(tx_cut, "not captured whole, and not sent")           \
	X(tx_full, "lost to a full queue on the way out")       \
	X(tx_down, "lost while the way out was down")           \
	X(tx_refused, "refused by the way out")                 \
	X(tx_unfinished, "still on the way out at the end")     \
	X(unwanted, "behind the last one wanted")               \
	X(unread, "left unread in the ring")                    \
	X(malformed, "left behind in malformed blocks")

struct stats {
#define X(name, meaning) _Atomic uint64_t name;
	STATS_COUNTERS(X)
#undef X
};

/* What the counts are of: said by who has them reported. */
enum stats_story { STATS_CAPTURED, STATS_FORWARDED, STATS_REPLAYED, STATS_READ };

/* The same as plain numbers, and when they were true (ns since 1970). */
struct stats_snapshot {
#define X(name, meaning) uint64_t name;
	STATS_COUNTERS(X)
#undef X
	uint64_t start_ns;
	uint64_t time_ns;
	enum stats_story story; /* for reports */
};

/* Those of a capture: each interface's, and those of a loss that no interface can
 * be told for (unwritten). With one interface the two are one. */
struct stats_set {
	struct stats *each;
	uint32_t count;
	struct stats *shared;
};

/* What the sinks took, or were offered, and no file has. */
static inline uint64_t stats_lost_writing(const struct stats_snapshot *stats)
{
	return stats->unwritten + stats->disk_dropped + stats->oversize;
}

/* What the way out did not send. */
static inline uint64_t stats_lost_sending(const struct stats_snapshot *stats)
{
	return stats->tx_oversize + stats->tx_short + stats->tx_cut + stats->tx_full +
	       stats->tx_down + stats->tx_refused + stats->tx_unfinished;
}

/* All that was lost on the way to the file, or out, wherever. */
static inline uint64_t stats_lost(const struct stats_snapshot *stats)
{
	return stats->dropped + stats->device_dropped + stats_lost_writing(stats) +
	       stats_lost_sending(stats);
}

/* Adds to a counter of which the calling thread is the only writer. */
void stats_add(_Atomic uint64_t *counter, uint64_t n);

/* Copies the counters as they are, and nothing else. */
void stats_copy(const struct stats *stats, struct stats_snapshot *snapshot);

/* Copies the counters and the time of day now; start_ns is left alone. Of the
 * frames the sinks took, captured has only those not known to be lost since. What the
 * kernel has not told of yet, and has been taken, was received all the same: received is
 * never less than what became of it. */
void stats_read(const struct stats *stats, struct stats_snapshot *snapshot);

/* Reads all, each into an element of each, and their sum. start_ns as above. */
void stats_read_all(const struct stats_set *set, struct stats_snapshot *each,
		    struct stats_snapshot *total);

/* Takes the counters of an earlier snapshot off one. */
void stats_subtract(struct stats_snapshot *from, const struct stats_snapshot *earlier);

/* Adds the counters of one snapshot to another (several interfaces). */
void stats_sum(struct stats_snapshot *sum, const struct stats_snapshot *part);

#endif
