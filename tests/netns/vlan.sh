#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# VLAN tags are in the file as they were on the wire: stripped ones put back
# with their own TPID, inline ones left alone.
# shellcheck disable=SC2046,SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup

# The whole frame is compared, so a tag missing, doubled or altered is found.
kinds=(
	"802.1Q          --vlan 0x8100:100"
	"802.1ad         --vlan 0x88a8:100"
	"QinQ            --vlan 0x88a8:100 --vlan 0x8100:200"
	"two 802.1Q      --vlan 0x8100:100 --vlan 0x8100:200"
	"three           --vlan 0x88a8:1 --vlan 0x8100:2 --vlan 0x8100:3"
	"all TCI bits    --vlan 0x8100:0xffff"
	"priority only   --vlan 0x8100:0xe000"
	"TCI 0           --vlan 0x8100:0"
)

tagged() { # TITLE GENERATE-RATE RECORD-OPTION...
	local title=$1 rate=$2 kind tags format=pcapng
	shift 2
	for kind in "${kinds[@]}"; do
		# Every other one in the other format.
		[ $format = pcap ] && format=pcapng || format=pcap
		tags=--vlan${kind#*--vlan}
		"$@" -w "$TMP/f.$format"
		send -n 500 -s 60,80,1514 -r "$rate" $tags
		settle
		finish INT
		expect_whole run "$TMP/f.$format" 500 -s 60,80,1514 $tags
		result "$title, $format: ${kind%%  *}"
	done
}

tagged "V3" 0 record run
tagged "V2" 0 record run $(ring 2)
# On the sender's side tags are inline. No faster than the peer takes them: a
# frame sent again would be seen twice here.
tagged "V3, outgoing" 20000 record_in "$NS_A" run -i va
tagged "V2, outgoing" 20000 record_in "$NS_A" run -i va $(ring 2)

record run -s 64 -w "$TMP/f.pcapng"
send -n 500 -s 60,80,1514 --vlan 0x88a8:100
settle
finish INT
expect_whole run "$TMP/f.pcapng" 500 -s 60,80,1514 --vlan 0x88a8:100 --snaplen 64
result "a snap length counts the tag"

if have tshark; then
	record run -w "$TMP/f.pcapng"
	send -n 3 -s 100 --vlan 0x88a8:100 --vlan 0x8100:200
	settle
	finish INT
	expect "tshark's VLANs" "$(tshark -nr "$TMP/f.pcapng" -T fields -e ieee8021ad.id -e vlan.id 2>/dev/null |
		sort | uniq -c | tr -s ' \t' ' ')" " 3 100 200"
	result "tshark sees the tags"

	# On the cooked device no kernel tells of all.
	vlans_on_any() { # TITLE WANTED GENERATE-ARG...
		local version title=$1 wanted=$2
		shift 2
		for version in 3 2; do
			record_in "$NS_B" any -i any $(ring $version) -w "$TMP/any.pcapng"
			send -n 3 -s 100 "$@"
			settle
			finish INT
			expect "vlans" "$(tshark -nr "$TMP/any.pcapng" -T fields -e ieee8021ad.id -e vlan.id -e ip.version \
				-e udp.dstport 2>/dev/null | sort | uniq -c | tr -s ' \t' ' ')" " 3 $wanted 4 9000"
			result "any, V$version: $title"
		done
	}
	vlans_on_any "802.1Q" "100" --vlan 0x8100:100
	vlans_on_any "QinQ" "100 200" --vlan 0x88a8:100 --vlan 0x8100:200
	vlans_on_any "three tags" "1 2,3" --vlan 0x88a8:1 --vlan 0x8100:2 --vlan 0x8100:3
	vlans_on_any "two 802.1Q" "100,200" --vlan 0x8100:100 --vlan 0x8100:200
else
	skip "tshark sees the tags" "no tshark"
fi

finish_tests
