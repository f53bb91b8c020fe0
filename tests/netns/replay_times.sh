#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -r -o: what is in the files goes out about when it should.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/replay_lib.sh"
forward_setup 1500

make_file a.pcap 3000 -s 60,64,1514
recast a.pcap tens.pcap '<' nano 100000

# Only that it is about right: others use this machine too.
lasts_ms() { # LOWEST HIGHEST
	local ms
	ms=$(sed -nE 's/.* bytes in ([0-9]+)\.([0-9]{3}) s: .*/\1\2/p' "$TMP/run.err")
	expect_range "lasted, in ms" "$((10#${ms:-0}))" "$1" "$2"
}

# The bytes that were sent, and what they make in that time.
expect_rates() { # PACKETS BYTES
	local found
	found=$(sed -nE 's/.* ([0-9]+) bytes in ([0-9.]+) s: ([0-9]+) packets.s, ([0-9.]+) ([kM])bit.s; .*/\1 \2 \3 \4 \5/p' \
		"$TMP/run.err" | awk -v packets="$1" '
		function near(a, b) { return a > 0.98 * b && a < 1.02 * b }
		{ print $1, near($3, packets / $2) && near($4, $1 * 8 / $2 / ($5 == "k" ? 1e3 : 1e6)) ? "right" : $0 }')
	expect "bytes and rates" "$found" "$2 right"
}

receive got.pcapng
replay run -r "$TMP/tens.pcap" -r "$TMP/tens.pcap" -r "$TMP/tens.pcap"
expect_sent 9000
# Each file begins at the same time: those after the first are late at once.
lasts_ms 299 700
expect_text "$TMP/run.err" "asked: as recorded"
result "10000 packets a second, as recorded"

receive got.pcapng --nano
replay run -r "$TMP/tens.pcap" --loop 3
end_replay_and_receiver
lasts_ms 899 1500
drift_us=$(sed -nE 's/.*; at the end ([0-9.]+) ([um]?s)$/\1 \2/p' "$TMP/run.err" |
	awk '{ printf "%d", $1 * ($2 == "us" ? 1 : $2 == "ms" ? 1000 : 1000000) }')
expect_range "late at the end, in us" "$drift_us" 0 100000
# None is early, by the receiver's own times.
span_us=$(tcpdump -ttnr "$TMP/got.pcapng" 2>/dev/null | awk '
	{ split($1, t, "."); us = (t[1] % 100000) * 1000000 + substr(t[2], 1, 6) }
	NR == 1 { first = us } END { printf "%d", us - first }')
expect_range "between the first and the last, in us" "$span_us" 850000 1500000
result "loops follow each other in time"

for speed in "x2 150 400" "6kpps 499 750" "12Mbit 1050 1500"; do
	read -r speed least most <<<"$speed"
	receive got.pcapng
	replay run -r "$TMP/tens.pcap" --speed "$speed"
	expect_sent 3000
	lasts_ms $((least - 1)) "$most"
	expect_rates 3000 $((1000 * (60 + 64 + 1514)))
	result "speed $speed"
done

finish_tests
