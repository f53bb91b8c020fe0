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
# Each has its own times: the next one goes on as fast.
lasts_ms 899 1500
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

# --- pauses ---------------------------------------------------------------------------

# A day on, then an hour back.
python3 - "$TMP/days.pcap" <<'END'
import struct, sys
out = [struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
for second in 0, 86400, 82800:
    for ms in range(0, 400, 10):
        out.append(struct.pack("<IIII", 1700000000 + second, ms * 1000, 60, 60) + bytes(60))
open(sys.argv[1], "wb").write(b"".join(out))
END
receive got.pcapng
replay run -r "$TMP/days.pcap" --gap-most 300ms
expect_sent 120
lasts_ms 1460 2500
expect_text "$TMP/run.err" "the times of the packets went back 1 time, by 3600.* at most: sent in the order"
result "a pause of a day is cut short, and a clock that was set back costs nothing"

receive got.pcapng
replay run -r "$TMP/tens.pcap" --speed top --loop 3 --loop-delay 400ms
expect_sent 9000
lasts_ms 800 1300
result "a pause between loops"

receive got.pcapng
replay run -r "$TMP/tens.pcap" --speed 1kpps
expect_ok wait_for 5 has_received "$NS_C" wc 500
ip -n "$NS_C" link set wc down
sleep 2
ip -n "$NS_C" link set wc up
expect_sent 3000
expect_text "$TMP/run.err" "nothing got away for more than a second, 1 time: what was left was put off by [0-9.]+ m?s"
lasts_ms 3900 6500
result "behind an outage not all goes at once"

finish_tests
