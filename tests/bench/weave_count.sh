#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Counts the instructions weaving takes, a packet, at two frame sizes: figures
# that no other load on the machine disturbs. Fails when the sizes differ, for
# then packet bytes are touched, and when there are more than MOST_PER_PACKET.
# "make bench-weave" sets BENCHTOOLS, the directory of weave_driver.
set -u -o pipefail
export LC_ALL=C
: "${BENCHTOOLS:?directory of weave_driver}" "${BLOCKS:=16}" "${MOST_PER_PACKET:=60}"

command -v valgrind >/dev/null || {
	echo "weave_count: valgrind is missing: apt-get install valgrind" >&2
	exit 77
}

log=$(mktemp) && trap 'rm -f "$log"' EXIT

# Sets packets and instructions: those in weave_frames and what it calls. The
# end of a run is left out: how far it stretches depends on the frames' size.
count() { # SIZE
	packets=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" \
		--toggle-collect=weave_frames "$BENCHTOOLS/weave_driver" "$1" "$BLOCKS") || packets=0
	instructions=$(awk '$2 == "Collected" { print $4 }' "$log")
	if [ "$packets" = 0 ] || [ "${instructions:-0}" = 0 ]; then
		cat "$log" >&2
		echo "weave_count: nothing counted at $1 bytes" >&2
		exit 1
	fi
	awk -v size="$1" -v packets="$packets" -v instructions="$instructions" 'BEGIN {
		printf "%4d-byte frames: %.1f instructions a packet (%d packets)\n", size,
			instructions / packets, packets
	}'
}

count 64
small=$instructions
count 1500
large=$instructions

if [ "$small" != "$large" ]; then
	echo "weave_count: $small and $large instructions: the frame size matters" >&2
	exit 1
fi
if ((large > MOST_PER_PACKET * packets)); then
	echo "weave_count: more than $MOST_PER_PACKET instructions a packet" >&2
	exit 1
fi
