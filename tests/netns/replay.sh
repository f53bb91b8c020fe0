#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -r -o: what is in the files goes out, all of it, in order and byte for byte; what
# cannot be sent is counted, and an interface that goes is waited for.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/replay_lib.sh"
. "$(dirname "$0")/tape_lib.sh"
forward_setup 1500

says() { grep -qE "$1" "$TMP/run.err"; }
arrivals() { counter "$NS_C" wc rx_packets; }

make_file a.pcap 3000 -s 60,64,1514
make_file b.pcapng 3000 -s 60,64,1514 --start 3000
recast a.pcap nano.pcap '<' nano 1000
recast a.pcap tens.pcap '<' nano 100000
recast a.pcap micro.pcap '<' micro 10000
recast a.pcap big.pcap '>' micro 10000
recast a.pcap bignano.pcap '>' nano 10000

# --- formats -------------------------------------------------------------------------

for tx in ring sendmmsg; do
	for file in nano.pcap micro.pcap big.pcap bignano.pcap; do
		[[ $tx = ring || $file = nano.pcap ]] || continue
		receive got.pcapng
		replay run -r "$TMP/$file" --tx $tx
		expect_sent 3000
		expect_arrived got.pcapng -n 3000 -s 60,64,1514
		result "$tx: $file: all of it, byte for byte"
	done
	receive got.pcapng
	before=$(counter "$NS_B" wb tx_packets)
	replay run -r "$TMP/a.pcap" -r "$TMP/b.pcapng" --speed top --tx $tx
	expect_sent 6000
	expect "late without a schedule" "$(grep -c 'late by' "$TMP/run.err")" 0
	expect "tx_packets" $(($(counter "$NS_B" wb tx_packets) - before)) 6000
	expect_arrived got.pcapng -n 6000 -s 60,64,1514
	result "$tx: several files, one after the other"
done

# A file of two interfaces goes out in the order of time.
python3 "$(dirname "$0")/../golden/make_several.py" if:a:1 if:b:1 0:5:1:udp 0:7:1:udp 0:9:1:udp 1:3:1:udp \
	1:6:1:udp 1:7:1:udp >"$TMP/two.pcapng"
for order in "1003 1005 1006 1007 1007 1009" "--no-sort 1005 1007 1009 1003 1006 1007"; do
	own=()
	[[ $order = --* ]] && own=(--no-sort)
	receive got.pcapng
	replay run -r "$TMP/two.pcapng" --speed top "${own[@]}"
	expect_sent 6
	expect "ports" "$(tcpdump -nr "$TMP/got.pcapng" 2>/dev/null | sed -E 's/.* IP [0-9.]+\.([0-9]+) >.*/\1/' | xargs)" \
		"${order#--no-sort }"
done
result "two interfaces of a file, in the order of time"

receive got.pcapng
replay run -r "$TMP/b.pcapng" -r "$TMP/a.pcap" --speed top --loop 3
expect_sent 18000
expect_ok "$TESTTOOLS/verify" -n 3000 -s 60,64,1514 --start 3000 - < <(tcpdump -nr "$TMP/got.pcapng" -c 3000 -w - 2>/dev/null)
read_report got
expect "arrived" "${tally[captured]}" 18000
result "loops: the files so many times, in the order given"

# Files that only root can read, and a directory whose segments are not anybody's.
install -m 600 "$TMP/a.pcap" "$TMP/private-a.pcap"
install -m 600 "$TMP/b.pcapng" "$TMP/private-b.pcapng"
receive got.pcapng
replay run -r "$TMP/private-a.pcap" -r "$TMP/private-b.pcapng" --speed top --loop 2
expect_sent 12000
result "several files of root's, again and again"

# It becomes whose the first one is: the second was opened before that.
chown nobody "$TMP/private-a.pcap"
receive got.pcapng
replay run -r "$TMP/private-a.pcap" -r "$TMP/private-b.pcapng" --speed top
expect_sent 6000
expect_arrived got.pcapng -n 6000 -s 60,64,1514
result "a file of nobody's, and one of root's"

# More than are kept open from the start.
make_file few.pcap 10 -s 60
chmod 600 "$TMP/few.pcap"
for ((i = 1; i < 600; i++)); do
	echo "$TMP/few.pcap"
done >"$TMP/list"
receive got.pcapng
replay run -r "$TMP/few.pcap" -V "$TMP/list" --speed 100kpps
expect_sent 6000
result "hundreds of files of root's"

replay run -r "$TMP/private-a.pcap" --speed 10pps
expect "user" "$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' "/proc/$forwarder/status")" \
	"$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)"
expect "capabilities" "$(grep -E '^Cap(Prm|Eff|Bnd):.*[1-9a-f]' "/proc/$forwarder/status")" ""
pid=$forwarder
finish INT
expect "exit status" "$status" 0
result "it sends as nobody"

for owner in 0 "$(id -u nobody)"; do
	new_tape
	chmod 700 "$tape"
	chown "$owner" "$tape"
	record make -w "$tape/" -b packets:500
	send -n 3000 -s 60,64,1514
	settle
	finish INT
	receive got.pcapng
	replay run -r "$tape" --speed top
	expect_sent 3000
	expect_arrived got.pcapng -n 3000 -s 60,64,1514
	result "a recorder's directory, of user $owner"
done

receive got.pcapng
replay run -r "$TMP/a.pcap" --speed top -c 1234 less 70
expect_sent 1234
expect_ok "$TESTTOOLS/verify" -n 1234 -s 60,64,1514 --allow-gaps "$TMP/got.pcapng"
result "a filter, and so many packets"

# --- pipes -----------------------------------------------------------------------------------

# Half of it, a while nothing, then the rest.
half=$(($(stat -c %s "$TMP/nano.pcap") / 2 + 7))
receive got.pcapng
rm -f "$TMP/run.err"
(
	head -c $half "$TMP/nano.pcap"
	sleep 0.3
	tail -c +$((half + 1)) "$TMP/nano.pcap"
) | ip netns exec "$NS_B" "$WIRETAPE" -r - -o wb --speed top 2>"$TMP/run.err" >"$TMP/run.out"
first=$?
settle
pid=$receiver
finish INT
read_report run
expect "exit status" "$first" 0
expect "sent and lost" "${tally[forwarded]} $lost" "3000 0"
expect_arrived got.pcapng -n 3000 -s 60,64,1514
result "standard input, a piece at a time"

# --- what cannot be sent ------------------------------------------------------------------------

before=$(arrivals)
python3 - "$TMP" <<'END'
import struct, sys
head = lambda linktype: struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, linktype)
packet = lambda size, caplen=None: struct.pack("<IIII", 1700000000, 0, size if caplen is None else caplen, size) + bytes(size if caplen is None else caplen)
open(sys.argv[1] + "/raw.pcap", "wb").write(head(101) + packet(60))
open(sys.argv[1] + "/odd.pcap", "wb").write(head(1) + packet(0) + packet(1) + packet(13) + packet(14)
    + packet(60) + packet(1514) + packet(1515) + packet(9000) + packet(100, 99) + packet(100, 0) + packet(2000, 60))
open(sys.argv[1] + "/empty.pcap", "wb").write(head(1))
END
in_b timeout 5 "$WIRETAPE" -r "$TMP/raw.pcap" -o wb >/dev/null 2>"$TMP/run.err"
expect "exit status" $? 2
expect "lines" "$(wc -l <"$TMP/run.err")" 1
expect_text "$TMP/run.err" "^wiretape: -o: wb takes frames of link-type EN10MB; those of .*raw.pcap are RAW"
expect "arrived" $(($(arrivals) - before)) 0
result "another link type is refused"

for tx in ring sendmmsg; do
	before=$(arrivals)
	replay run -r "$TMP/odd.pcap" --tx $tx
	end_replay
	settle
	expect "exit status" "$status" 1
	expect_text "$TMP/run.err" "^wiretape: 8 of 11 packets were not sent"
	expect "sent" "${tally[forwarded]}" 3
	expect "too short, too long, cut" "${tally[short]} ${tally[oversize]} ${tally[cut]}" "3 3 2"
	expect "all" $((tally[forwarded] + lost)) 11
	expect "arrived" $(($(arrivals) - before)) 3
	result "$tx: what is cut, too short or too long is counted"
done

recast a.pcap cut.pcap '<' nano 1000 100
receive got.pcapng
replay run -r "$TMP/cut.pcap"
end_replay_and_receiver
expect "exit status" "$status" 1
expect_text "$TMP/run.err" "^wiretape: 1000 of 3000 packets were not sent"
expect "sent, cut" "${tally[forwarded]} ${tally[cut]}" "2000 1000"
expect_arrived got.pcapng -n 2000 -s 60,64,1514 --allow-gaps
result "what a snapshot length has cut is not sent"

# Of each frame: its length, and how many bytes behind the first 100 are not 0.
lengths() { # FILE
	tcpdump -nr "$1" -w - 2>/dev/null | python3 -c 'if 1:
		import sys, struct
		data, at = sys.stdin.buffer.read(), 24
		while at < len(data):
			size, = struct.unpack_from("<I", data, at + 8)
			rest = data[at + 116:at + 16 + size]
			print(size, len(rest) - rest.count(0))
			at += 16 + size' | sort -n | uniq -c | xargs
}
for tx in ring sendmmsg; do
	for way in "send 1000 100 0" "pad 1000 1514 0"; do
		receive got.pcapng
		replay run -r "$TMP/cut.pcap" --speed top --tx $tx --truncated "${way%% *}"
		expect_sent 3000
		expect "frames, length, other bytes than 0" "$(lengths "$TMP/got.pcapng")" \
			"1000 60 0 1000 64 0 ${way#* }"
		result "$tx: what a snapshot length has cut: ${way%% *}"
	done
done

# The header says that packets end with four bytes of FCS.
cp "$TMP/a.pcap" "$TMP/fcs.pcap"
printf '\1\0\0\44' | dd of="$TMP/fcs.pcap" bs=1 seek=20 conv=notrunc status=none
data_bytes() { capinfos -TrM -d "$1" 2>/dev/null | cut -f 2; }
receive got.pcapng
replay run -r "$TMP/fcs.pcap" --speed top
expect_sent 3000
expect "bytes" "$(data_bytes "$TMP/got.pcapng")" "$(($(data_bytes "$TMP/a.pcap") - 3000 * 4))"
result "an FCS is not sent"

replay run -r "$TMP/empty.pcap" --loop 5
end_replay
expect "exit status, sent" "$status ${tally[forwarded]}" "0 0"
result "a file without packets"

head -c $(($(stat -c %s "$TMP/nano.pcap") - 10)) "$TMP/nano.pcap" >"$TMP/torn.pcap"
for tx in ring sendmmsg; do
	receive got.pcapng
	replay run -r "$TMP/torn.pcap" --tx $tx
	end_replay_and_receiver
	expect "exit status" "$status" 1
	expect_text "$TMP/run.err" "^wiretape: .*torn.pcap"
	expect "sent and lost" "${tally[forwarded]} $lost" "2999 0"
	expect_arrived got.pcapng -n 2999 -s 60,64,1514
	result "$tx: a file that ends in the middle of a packet"
done

ip -n "$NS_B" link set wb down
in_b timeout 5 "$WIRETAPE" -r "$TMP/tens.pcap" -o wb >/dev/null 2>"$TMP/run.err"
expect "exit status" $? 1
expect_text "$TMP/run.err" "^wiretape: -o: wb: the interface is down \(ip link set wb up\)"
ip -n "$NS_B" link set wb up
expect_ok wait_for 5 is_up wb
result "a way out that is down at the start"

# --- a way out that goes ---------------------------------------------------------------------------

for tx in ring sendmmsg; do
	for end in wb wc; do
		receive got.pcapng
		before=$(arrivals)
		replay run -r "$TMP/tens.pcap" --speed 3kpps --tx $tx
		expect_ok wait_for 5 has_received "$NS_C" wc $((before + 500))
		ns=$NS_B
		[ $end = wb ] || ns=$NS_C
		ip -n "$ns" link set $end down
		expect_ok wait_for 5 says 'wb: the interface went down; waiting for it'
		sleep 0.5
		expect_ok running
		ip -n "$ns" link set $end up
		expect_sent 3000
		expect_text "$TMP/run.err" 'wb: the interface is back; sending goes on'
		# Until it is known to be down the kernel throws some away: for a tenth of a
		# second, when there is much else to do.
		read -r _ arrived _ < <("$TESTTOOLS/verify" --allow-gaps -s 60,64,1514 "$TMP/got.pcapng" 2>&1)
		expect_range "arrived" "$arrived" 2700 3000
		expect_ok "$TESTTOOLS/verify" --allow-gaps -n "$arrived" -s 60,64,1514 "$TMP/got.pcapng"
		result "$tx: $end goes down: what is in the file waits for it"
	done
done

# --- an end ----------------------------------------------------------------------------------------------

expect_quick_end() { # TITLE
	local begin
	begin=$(now_ms)
	pid=$forwarder
	finish INT
	expect_range "ends after, in ms" $(($(now_ms) - begin)) 0 500
	expect "exit status" "$status" 0
	expect_text "$TMP/run.err" "^[0-9]+ packets? sent"
	result "$1"
}
for tx in ring sendmmsg; do
	replay run -r "$TMP/tens.pcap" --speed 10pps --tx $tx
	sleep 0.2
	expect_quick_end "$tx: SIGINT between two packets"
	replay run -r "$TMP/tens.pcap" --speed 10pps --tx $tx -a duration:1
	pid=$forwarder
	finish
	read_report run
	expect "exit status" "$status" 0
	expect_range "sent" "${tally[forwarded]}" 1 100
	result "$tx: -a duration between two packets"
	replay run -r "$TMP/tens.pcap" --loop 0 --speed top --tx $tx
	sleep 0.2
	expect_quick_end "$tx: SIGINT at full speed"
	replay run -r "$TMP/tens.pcap" --loop 1000000 --tx $tx less 1
	sleep 0.1
	pid=$forwarder
	finish
	expect "exit status" "$status" 0
	result "$tx: nothing passes the filter, however often"
	replay run -r "$TMP/tens.pcap" --loop 1000000 --tx $tx
	ip -n "$NS_B" link set wb down
	expect_ok wait_for 5 says 'waiting for it'
	sleep 0.2
	expect_quick_end "$tx: SIGINT while the way out is down"
	ip -n "$NS_B" link set wb up
	expect_ok wait_for 5 is_up wb
done

finish_tests
