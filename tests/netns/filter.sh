#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Only what was asked for is recorded, and all of it: filter expressions on
# plain, tagged and cooked traffic, from the very first packet on; direction;
# the "any" device.
# shellcheck disable=SC2046,SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup
veth vc vd
in_b ip link set lo up

ports="--ports 9000,9001" # even numbers to 9000, odd ones to 9001

record run -w "$TMP/f.pcapng" udp port 9001
send -n 2000 $ports
settle
finish INT
expect_whole run "$TMP/f.pcapng" 1000 --start 1 --step 2 $ports
result "one of two ports"

record run -w "$TMP/f.pcap" 'udp port 9001 and not udp port 9000'
send -n 2000 $ports
settle
finish INT
expect_whole run "$TMP/f.pcap" 1000 --start 1 --step 2 $ports
result "an expression in one word"

echo 'udp # this one
  port 9000' >"$TMP/expression"
record run -w "$TMP/f.pcap" -F "$TMP/expression"
send -n 2000 $ports
settle
finish INT
expect_whole run "$TMP/f.pcap" 1000 --step 2 $ports
result "-F: an expression from a file"

record run -w "$TMP/f.pcapng" -s 100 udp port 9001
send -n 2000 -s 1514 $ports
settle
finish INT
expect_whole run "$TMP/f.pcapng" 1000 -s 1514 --snaplen 100 --start 1 --step 2 $ports
result "a filter and a snap length"

# Two floods before and during the start: one on this interface, half of which
# fails the filter, and one on another interface, which would pass it. One of
# them at the full rate, the other leaves the program a processor to run on.
from_the_midst() { # TITLE RATE OTHER-RATE
	local version
	flood -i va $ports -r "$2"
	flood -i vc --ports 9001 --src 02:00:00:00:00:33 -r "$3"
	expect_ok wait_for 5 has_come vb 100
	expect_ok wait_for 5 has_come vd 100
	for version in 3 2 1; do
		record run $(ring $version) -c 2000 -w "$TMP/f.pcapng" udp port 9001
		finish
		expect "exit status" "$status" 0
		expect captured "$(count run captured)" 2000
		expect_ok "$TESTTOOLS/verify" -n 2000 --allow-gaps --start 1 --step 2 $ports "$TMP/f.pcapng"
		result "V$version: started in the midst of $1"
	done
	flood_end
}
from_the_midst "frames that fail the filter" 0 20000
from_the_midst "frames of another interface" 20000 0

# Tags the kernel has stripped are seen by the filter like inline ones.
tagged() { # TITLE EXPRESSION WANTED-TAGS...
	local title=$1 expression=$2 wanted
	shift 2
	wanted=("$@")
	record run -w "$TMP/f.pcapng" "$expression"
	send -n 100 -s 100
	send -n 100 -s 100 --vlan 0x8100:100
	send -n 100 -s 100 --vlan 0x8100:200
	send -n 100 -s 100 --vlan 0x88a8:100 --vlan 0x8100:200
	settle
	finish INT
	expect_whole run "$TMP/f.pcapng" 100 -s 100 "${wanted[@]}"
	result "$title"
}
tagged "vlan 200" "vlan 200" --vlan 0x8100:200
tagged "not vlan" "not vlan"
tagged "QinQ: vlan 100 and vlan 200" "vlan 100 and vlan 200" --vlan 0x88a8:100 --vlan 0x8100:200
tagged "vlan 100 and a port behind the tag" "vlan 100 and udp port 9000" --vlan 0x8100:100

# Direction, with the two ways one after the other.
both_ways() { # NAME -Q-VALUE VERIFY-ARG...
	local name=$1 way=$2
	shift 2
	record "$name" -Q "$way" -w "$TMP/$name.pcapng"
	send -n 1000
	expect_ok in_b "$TESTTOOLS/generate" -i vb -n 1000 --start 1000 -r 20000
	settle
	finish INT
	expect_whole "$name" "$TMP/$name.pcapng" "$@"
}
both_ways in in 1000
result "-Q in"
both_ways out out 1000 --start 1000
result "-Q out"
both_ways inout inout 2000
if have tshark; then
	directions=$(tshark -nr "$TMP/inout.pcapng" -T fields -e frame.packet_flags_direction 2>/dev/null |
		sort | uniq -c | tr -s ' \n' ' ')
	expect "epb_flags" "$directions" " 1000 0x00000001 1000 0x00000002 "
fi
result "-Q inout, with the directions in the file"

# The cooked device: both interfaces, told apart by their numbers.
send_both() { # GENERATE-ARG...
	send -n 1000 "$@"
	expect_ok in_a "$TESTTOOLS/generate" -i vc -n 1000 --start 1000 "$@"
}
for format in pcap pcapng; do
	for version in 3 2 1; do
		record_in "$NS_B" any -i any $(ring $version) -w "$TMP/any.$format"
		send_both
		settle
		finish INT
		expect_whole any "$TMP/any.$format" 2000 -s 64
		if [ $version = 3 ] && have tshark; then
			expect_readers "$TMP/any.$format" 2000
			indices=$(tshark -nr "$TMP/any.$format" -T fields -e sll.ifindex 2>/dev/null | sort -nu | tr '\n' ' ')
			expect "interface indices" "$indices" \
				"$(for i in vb vd; do in_b cat /sys/class/net/$i/ifindex; done | sort -n | tr '\n' ' ')"
		fi
		result "any, V$version, $format: frames of two interfaces under LINUX_SLL2 headers"
	done
done

on_any() { # TITLE EXPRESSION COUNT VERIFY-ARG...
	local title=$1 expression=$2 number=$3
	shift 3
	record_in "$NS_B" any -i any -w "$TMP/any.pcapng" "$expression"
	send_both $ports
	in_b ping -c 5 -i 0.01 127.0.0.1 >/dev/null
	settle
	finish INT
	expect_whole any "$TMP/any.pcapng" "$number" "$@"
	result "$title"
}
on_any "any: udp port 9001" "udp port 9001" 1000 --start 1 --step 2 $ports
on_any "any: ip host and length" "src host 198.18.0.1 and udp[4:2] > 8" 2000 $ports
on_any "any: what is not there" "ip6 or tcp" 0

# Filters the kernel cannot run: everything comes into the ring, and counts only where it
# passes.
coarse() { # TITLE WHY ARG...
	local title=$1 why=$2 interfaces=$3 version
	shift 3
	for version in 3 2 1; do
		record_in "$NS_B" coarse $(ring $version) -w "$TMP/coarse.pcapng" $interfaces "$@"
		send_both $ports
		settle
		finish INT
		expect_ok "$WIRETAPE" -q -r "$TMP/coarse.pcapng" -w "$TMP/sorted.pcapng"
		expect_whole coarse "$TMP/sorted.pcapng" 1000 --start 1 --step 2 $ports
		expect "said once" "$(grep -c "the kernel cannot run the filter, .*: $why" "$TMP/coarse.err")" \
			"$(wc -w <<<"${interfaces//-i/}")"
		result "V$version: $title"
	done
}
coarse "a loop" "it runs no loops" "-i vb -i vd" '(ip protochain 17) and udp port 9001'
coarse "on any" "it shows no filter byte" "-i any" 'udp port 9001 and not geneve'
many=$(seq -s ' or ' -f 'ether[2:4] = %.0f' 10001 12200)
coarse "more instructions than it takes" "it takes at most 4096 instructions" "-i vb -i vd" \
	"udp port 9001 or $many"
# Longer than the snapshot length is looked into.
record cut -s 64 -w "$TMP/cut.pcapng" '(ip protochain 17) and ether[80:2] >= 0'
send -n 100 -s 100
settle
finish INT
expect_whole cut "$TMP/cut.pcapng" 100 -s 100 --snaplen 64
result "-s cuts what has passed"
record_in "$NS_B" tagged -i vb -w "$TMP/f.pcapng" "$many or (vlan 200 and udp)"
send -n 100 -s 100
send -n 100 -s 100 --vlan 0x8100:200
settle
finish INT
expect_whole tagged "$TMP/f.pcapng" 100 -s 100 --vlan 0x8100:200
result "tags that were taken off are seen"

# Of two interfaces one cannot have the filter.
if in_b ip tuntap add name t0 mode tun 2>/dev/null && in_b ip link set t0 up; then
	record_in "$NS_B" two -i t0 -i vb -w "$TMP/two.pcapng" 'ether dst 02:00:00:00:00:02 and udp port 9001'
	send -n 1000 $ports
	settle
	finish INT
	expect "status" "$status" 0
	expect captured "$(count two captured)" 500
	expect_ok "$WIRETAPE" -q -r "$TMP/two.pcapng" -i vb -w "$TMP/vb.pcapng"
	expect_ok "$TESTTOOLS/verify" -n 500 --start 1 --step 2 $ports "$TMP/vb.pcapng"
	expect_text "$TMP/two.err" '^wiretape: t0: none of its packets pass: filter "ether dst '
	in_b timeout 10 "$WIRETAPE" -i t0 -w "$TMP/none.pcapng" ether dst 02:00:00:00:00:02 2>"$TMP/none.err"
	expect "alone: status" $? 2
	in_b timeout 10 "$WIRETAPE" -i vb -i t0 -f 'ether dst 02:00:00:00:00:02' -w "$TMP/none.pcapng" 2>"$TMP/none.err"
	expect "its own: status" $? 2
	result "a filter that one of two interfaces cannot have"
	in_b ip link del t0
else
	skip "a filter that one of two interfaces cannot have" "no tun device"
fi

# The first address tells what is a broadcast.
in_b ip addr add 198.18.0.77/24 dev vb
record net -w "$TMP/net.pcapng" ip broadcast
expect_ok in_a ip addr add 198.18.0.78/24 dev va
in_a ping -b -c 3 -i 0.01 -W 1 198.18.0.255 >/dev/null 2>&1
in_a ping -c 2 -i 0.01 198.18.0.77 >/dev/null
settle
finish INT
expect "broadcasts" "$(count net captured)" 3
result "ip broadcast"
in_b ip addr del 198.18.0.77/24 dev vb
in_a ip addr del 198.18.0.78/24 dev va

for version in 3 2 1; do
	record_in "$NS_B" loop -i any $(ring $version) -w "$TMP/loop.pcapng" icmp
	in_b ping -c 5 -i 0.01 127.0.0.1 >"$TMP/ping" || faults+=$(cat "$TMP/ping")
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_report loop 10 10 0
	expect_ok "$TESTTOOLS/verify" -n 0 --foreign 10 "$TMP/loop.pcapng"
	result "any, V$version: loopback packets once"
done

finish_tests
