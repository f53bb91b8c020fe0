#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Captures end when they are told to, to the exact packet, with a whole file;
# and tell how they are doing in the meantime.
# shellcheck disable=SC2046,SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup

# The first COUNT frames, in order, then the end. More were sent than wanted:
# what the kernel took beyond was received, and is nobody's loss.
expect_first() { # NAME FILE COUNT VERIFY-ARG...
	local name=$1 file=$2 number=$3 dropped
	shift 3
	expect "exit status" "$status" 0
	expect captured "$(count "$name" captured)" "$number"
	dropped=$(count "$name" 'dropped by kernel')
	expect_range "received" "$(count "$name" 'received by filter')" $((number + ${dropped:-0})) 10000
	expect "lines of the report" "$(grep -c '^[0-9]* packets\? ' "$TMP/$name.err")" 3
	expect_ok "$TESTTOOLS/verify" -n "$number" "$@" "$file"
}

for version in 3 2 1; do
	for option in "-c 1000" "-a packets:1000"; do
		for format in pcap pcapng; do
			record run $(ring $version) $option -w "$TMP/f.$format"
			send -n 5000
			finish
			expect_first run "$TMP/f.$format" 1000 -s 64
			result "V$version, $option, $format: exact"
		done
	done
done

record run -c 1 -w "$TMP/f.pcap"
send -n 1
finish
expect_whole run "$TMP/f.pcap" 1 -s 64
result "-c 1 ends at the packet, without more traffic"

record run -a duration:1500ms -w "$TMP/f.pcapng"
from=$(now_ms)
send -n 20000 -r 20000
finish
expect_range "milliseconds" $(($(now_ms) - from)) 1000 4000
expect_whole run "$TMP/f.pcapng" 20000 -s 64
result "-a duration: in time, with all that came"

record run -a duration:1 -w "$TMP/f.pcapng"
finish
expect_whole run "$TMP/f.pcapng" 0
expect_readers "$TMP/f.pcapng" 0
result "-a duration: a capture without a packet is a whole file"

# No more bytes than asked, and no room left for a further record: 16 bytes of
# header in pcap; in pcapng up to 64 around the packet, and the closing block.
for kind in "pcap 16" "pcapng 192"; do
	read -r format overhead <<<"$kind"
	for size in 102400 1000000; do
		for version in 3 2; do
			record run $(ring $version) -a filesize:$size -w "$TMP/f.$format"
			send -n 10000 -s 60,1514,300
			finish
			bytes=$(stat -c %s "$TMP/f.$format")
			expect_range "file size" "$bytes" $((size - 1514 - overhead)) $size
			number=$(count run captured)
			expect_first run "$TMP/f.$format" "$number" -s 60,1514,300
			[ $version$size = 3102400 ] && expect_readers "$TMP/f.$format" "$number"
			result "V$version, -a filesize:$size, $format: $bytes bytes, whole"
		done
	done
done

for format in pcap pcapng; do
	for version in 3 2 1; do
		record run $(ring $version) -s 64 -w "$TMP/f.$format"
		send -n 3000 -s 60,64,65,1514
		settle
		finish INT
		expect_whole run "$TMP/f.$format" 3000 -s 60,64,65,1514 --snaplen 64
		expect "cut for want of room" "$(count run "cut to the ring's frame size")" ""
		result "V$version, -s 64, $format: cut there, with the true length told"
	done
done

# What lies in the block that is being filled, far from its timeout, is
# recorded when a signal ends the capture.
for kind in "INT pcap" "INT pcapng" "TERM pcap" "HUP pcapng" "QUIT pcapng" "QUIT pcap" "XCPU pcapng"; do
	read -r signal format <<<"$kind"
	record run --block-timeout 800ms -w "$TMP/f.$format"
	send -n 5000
	settle
	finish "$signal"
	expect_whole run "$TMP/f.$format" 5000 -s 64
	result "SIG$signal, $format: the ring is drained, the file whole"
done

# Whatever its timeout, nobody waits for it.
for format in pcap pcapng; do
	record run --block-timeout 1h -w "$TMP/f.$format"
	send -n 5000 -s 64,200
	settle
	from=$(now_ms)
	finish TERM
	expect_range "milliseconds" $(($(now_ms) - from)) 0 8000
	expect_whole run "$TMP/f.$format" 5000 -s 64,200
	result "$format, --block-timeout 1h: all of the block that was not full, at once"
done
record run --block-timeout 1h --ring-size 4M -w "$TMP/f.pcapng"
send -n 30000 -s 300 -r 30000
settle
finish TERM
captured=$(count run captured) dropped=$(count run 'dropped by kernel')
expect_report run $((30000 - dropped)) 30000 "$dropped"
expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps -s 300 --drops "$dropped" "$TMP/f.pcapng"
result "--block-timeout 1h, some times around the ring: $dropped dropped"
record run --block-timeout 1h -w "$TMP/f.pcapng"
finish TERM
expect_whole run "$TMP/f.pcapng" 0
result "--block-timeout 1h, without a packet"

# In full flight: what was accepted is in the file.
for version in 3 2 1; do
	flood -i va -r 100000
	record run $(ring $version) -w "$TMP/f.pcapng"
	came=$(counter "$NS_B" vb rx_packets)
	expect_ok wait_for 5 has_come vb $((came + 20000))
	finish INT
	flood_end
	number=$(count run captured)
	expect_range captured "$number" 10000 2000000
	expect "received" "$(count run 'received by filter')" "$number"
	expect dropped "$(count run 'dropped by kernel')" 0
	expect_ok "$TESTTOOLS/verify" -n "$number" --allow-gaps -s 64 "$TMP/f.pcapng"
	missing=$("$TESTTOOLS/verify" --allow-gaps -s 64 "$TMP/f.pcapng" | sed 's/.* missing \([0-9]*\).*/\1/')
	expect missing "$missing" 0
	result "V$version, SIGINT while packets come: received = recorded, without a gap"
done

record run -w "$TMP/f.pcapng"
send -n 1000
expect_handled run 1000
expect "captured so far" "$(count run captured)" 1000
running || faults+="gone"$'\n'
send -n 1000 --start 1000
settle
finish INT
expect_whole run "$TMP/f.pcapng" 2000 -s 64
result "SIGUSR1 prints the statistics and the capture goes on"

# In full flight no report has more captured than received.
flood -i va -r 100000
record run -w "$TMP/f.pcapng"
for _ in $(seq 50); do
	kill -USR1 "$pid"
	sleep 0.02
done
finish INT
flood_end
expect "captured before they were received" "$(awk '/packets? captured$/ { captured = $1 }
	/packets? received by filter$/ { n++; if (captured > $1) print captured, $1 }
	END { if (n < 10) print n, "reports" }' "$TMP/run.err")" ""
result "SIGUSR1 in full flight: no more captured than received"

record run --stats=1 -w "$TMP/f.pcapng"
send -n 1000
sleep 2.3
finish INT
expect_range "reports" "$(grep -c "packets captured" "$TMP/run.err")" 3 4
expect_whole run "$TMP/f.pcapng" 1000 -s 64
result "--stats=1: a report a second, and the closing one"

# Frames of one size: as long as the interface has them, so that a burst fits. Longer ones
# come beside the ring.
# shellcheck disable=SC2317 # expect_ok calls it
mtu() { # BYTES: of both ends
	ip -n "$NS_A" link set va mtu "$1" && ip -n "$NS_B" link set vb mtu "$1"
}
expect_ok mtu 1500
for on in "1 vb pcap" "2 vb pcapng" "2 any pcapng" "2 vb pcapng -s 20000"; do
	read -r version interface format cut <<<"$on"
	# shellcheck disable=SC2086 # words, or none
	record_in "$NS_B" run -i "$interface" --ring-version "$version" --ring-size 64M -v \
		$cut --format "$format" -w "$TMP/f.$format"
	expect_text "$TMP/run.err" "TPACKET_V$version ring of 64 MiB: .* 33024 frames of 2032 bytes, longer ones beside it in up to 256 MiB"
	kill -STOP "$pid"
	send -n 20000 -s 60
	settle
	kill -CONT "$pid"
	expect_handled run 20000
	expect_ok mtu 65535
	kill -STOP "$pid"
	send -n 900 -s 60,1514,2500,20000,60000 --start 20000
	settle
	kill -CONT "$pid"
	finish INT
	expect "exit status" "$status" 0
	expect_report run 20900 20900 0
	expect "cut" "$(count run "cut to the ring's frame size")" ""
	# The first are read alone, and those behind them.
	tcpdump -nr "$TMP/f.$format" -w "$TMP/burst" -c 20000 2>/dev/null
	expect_ok "$TESTTOOLS/verify" -n 20000 -s 60 "$TMP/burst"
	tcpdump -nr "$TMP/f.$format" --count 2>/dev/null >"$TMP/out"
	expect "packets" "$(cut -d ' ' -f 1 "$TMP/out")" 20900
	bytes=$(tshark -nr "$TMP/f.$format" -T fields -e frame.len -e frame.cap_len 2>/dev/null |
		awk -v most="${cut#-s }" 'NR > 20000 { sum += $1; if ($2 != $1 && $2 != most) print "cut", $0 }
			END { print sum }')
	extra=0
	[ $interface = vb ] || extra=$((900 * 6)) # a header of 20 bytes for one of 14
	expect "bytes of the long ones" "$bytes" $((180 * (60 + 1514 + 2500 + 20000 + 60000) + extra))
	expect_ok mtu 1500
	result "V$version, -i $interface $cut: a burst of small ones, and frames beyond the slot"
	rm "$TMP/f.$format"
done

finish_tests
