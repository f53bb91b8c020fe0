#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Numbered frames sent = recorded, for every ring version, from the shortest
# frames to super-packets, at the full rate of the generator, in both formats.
# shellcheck disable=SC2046,SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup

# As many frames as a 64 MiB ring holds at the given V1/V2 frame size: none may
# be lost, however little the program gets to run.
kinds=(
	"60    256    100000  -s 60"
	"1514  2048   20000   -s 1514"
	"9000  9216   5000    -s 9000"
	"64K   66560  800     --gso 65535"
	"mixed 9216   5000    -s 60,1514,9000,64"
)

for format in pcap pcapng; do
	for version in 3 2 1; do
		for kind in "${kinds[@]}"; do
			read -r name frame_size number size <<<"$kind"
			file=$TMP/$name.$format
			frame_option=(--frame-size "$frame_size")
			[ $version = 3 ] && frame_option=()

			record run --ring-version $version "${frame_option[@]}" -w "$file"
			send -n "$number" $size
			settle
			finish INT
			expect_whole run "$file" "$number" $size
			result "V$version, $name bytes, $format: $number recorded byte for byte"

			# The two kinds between them have every size.
			[[ $version$name == 3mixed || $version$name == 364K ]] || continue
			expect_readers "$file" "$number"
			result "$name bytes, $format: tcpdump, tshark and capinfos read them all"
		done
	done
done

# The whole 64 KiB also fit a V1/V2 frame when no size is asked for.
for version in 2 1; do
	record run --ring-version $version -w "$TMP/default.pcapng"
	send -n 200 --gso 65535
	settle
	finish INT
	expect_whole run "$TMP/default.pcapng" 200 --gso 65535
	result "V$version: the default frame size takes super-packets whole"
done

# Nanoseconds: pcapng always, pcap with --nano; microseconds otherwise.
if have capinfos; then
	for options in "pcapng" "pcap --nano" "pcap --micro" "pcap"; do
		read -r format option <<<"$options"
		record run ${option:+$option} -w "$TMP/stamps.$format"
		send -n 10
		settle
		finish INT
		expect_whole run "$TMP/stamps.$format" 10 -s 64
		case $options in
		pcapng | *nano) digits=nanoseconds ;;
		*) digits=microseconds ;;
		esac
		capinfos "$TMP/stamps.$format" >"$TMP/stamps"
		expect_text "$TMP/stamps" "precision: *$digits"
		result "time stamps of $options are $digits"
	done
else
	skip "time stamp precision" "no capinfos"
fi

finish_tests
