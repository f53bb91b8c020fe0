#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes captures anew, of other programs and other machines, and compares what tshark and
# tcpdump make of the copy with what they make of the original; prints TAP. Needs no
# privileges.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=UTC
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/read_lib.sh"
inputs=$(cd "$golden/../../captures/copy" && pwd) || exit 1
need tcpdump tshark capinfos

expect_status() { # STATUS
	expect "exit status" "$status" "$1"
	[ "$status" = "$1" ] || faults+="$(cat err)"$'\n'
}

fields() { # FILE FIELD...
	local file=$1 list=()
	shift
	for field; do
		list+=(-e "$field")
	done
	tshark -nr "$file" -T fields "${list[@]}" 2>/dev/null
}

# --- times ------------------------------------------------------------------------

run -tttt -r "$inputs/before-1970.pcapng"
expect_status 0
expect "printed" "$(cut -c 1-26 out | tr '\n' ,)" \
	"1969-12-31 23:59:59.000000,1969-12-31 23:59:59.999999,1970-01-01 00:00:00.000000,"
run -tt -r "$inputs/before-1970.pcapng"
expect "in seconds" "$(cut -d ' ' -f 1 out | tr '\n' ,)" "-1.000000,-0.000001,0.000000,"
for range in '--to=@0 2' '--from=@0 1' '--from=@1 0'; do
	run --count -r "$inputs/before-1970.pcapng" "${range% *}"
	expect "${range% *}" "$(cut -d ' ' -f 1 out)" "${range#* }"
done
result "before 1970"

run -r "$inputs/after-2106.pcapng" -w late.pcap
expect_status 1
expect_text err '^wiretape: -w: a packet from after 2106: pcap has times from 1970 to 2106 only'
expect "of 2106" "$(fields late.pcap frame.time_epoch | tr '\n' ,)" "1700000000.000000000,4294967295.000000000,"
run -r "$inputs/after-2106.pcapng" -w early.pcap src port 1000
expect_status 0
run -r "$inputs/after-2106.pcapng" -w none.pcap src port 1002
expect_status 2
expect "no file" "$(ls none.pcap 2>/dev/null)" ""
run -r "$inputs/before-1970.pcapng" -w first.pcap
expect_status 2
expect_text err '^wiretape: -w: a packet from before 1970: '
result "times that pcap has not"

run -tttt -r "$inputs/after-2262.pcapng"
expect_status 0
expect_text err '^wiretape: times before 1677 or after 2262 are taken for the first or last of those'
expect "printed" "$(tail -n 1 out | cut -c 1-10)" 2262-04-11
run -r "$inputs/after-2106.pcapng"
expect "nothing said" "$(grep -c 2262 err)" 0
result "times beyond what fits"

# --- what is kept ---------------------------------------------------------------------

expect_same() { # GOT-FILE WANTED-FILE
	cmp "$1" "$2" >differs 2>&1 || faults+="$(cat differs)"$'\n'
}

told() {
	fields "$1" frame.time_epoch frame.len frame.interface_name frame.packet_flags frame.packet_id \
		frame.drop_count frame.interface_queue frame.comment frame.verdict.ebpf_tc
}

# Sorted, what is beside packets may come earlier.
for order in le be; do
	run -v --no-sort -r "$inputs/all-$order.pcapng" -w $order.pcapng
	expect_status 0
	expect_same $order.pcapng "$inputs/kept-$order.pcapng"
	run --no-sort -r $order.pcapng -w again.pcapng
	expect_same again.pcapng $order.pcapng
	run -r "$inputs/all-$order.pcapng" -w sorted.pcapng
	expect "of $order, sorted" "$(told sorted.pcapng | sort)" "$(told $order.pcapng | sort)"
done
run -v -r "$inputs/all-le.pcapng" -w le.pcapng
expect "said" "$(grep '^wiretape: not in' err)" "wiretape: not in the copy: what must not be copied"
run -v -r "$inputs/all-be.pcapng" -w be.pcapng
expect "said" "$(grep '^wiretape: not in' err)" \
	"wiretape: not in the copy: what must not be copied; blocks and options of unknown kinds"
run -v -r "$inputs/kept-le.pcapng" -w le.pcapng
expect "said of what is kept" "$(grep -c '^wiretape: not in' err)" 0
run -v -r "$inputs/all-le.pcapng" -w le.pcap
expect "said of pcap" "$(grep '^wiretape: not in' err)" \
	"wiretape: not in the copy: names and options of interfaces; flags, comments and other options of packets; statistics, names and secrets"
result "all options and blocks that may be copied"

# Each segment has the names and secrets that its packets may want.
run --no-sort -r "$inputs/kept-le.pcapng" -w segments/ -b packets:1
expect_status 0
expect "segments" "$(find segments -name '*.pcapng' | wc -l)" 4
for segment in segments/*.pcapng; do
	expect "secrets in $segment" "$(capinfos -M "$segment" 2>/dev/null | sed -n 's/^Number of decryption secrets in file: *//p')" 1
	expect "names in $segment" "$(capinfos -M "$segment" 2>/dev/null | sed -n 's/^Number of resolved IPv4 addresses in file: *//p')" 2
	expect "section of $segment" "$(capinfos -M "$segment" 2>/dev/null | sed -n 's/^Capture application: *//p')" "another program"
done
run --no-sort -r segments -w joined.pcapng
expect "of all segments" "$(told joined.pcapng)" "$(told "$inputs/kept-le.pcapng")"
expect "interfaces" "$(capinfos -M joined.pcapng 2>/dev/null | grep -c '^Interface #')" 3
expect "statistics" "$(capinfos -M joined.pcapng 2>/dev/null | sed -n 's/.*Number of stat entries = //p' | tr '\n' ' ')" "1 0 1 "
run --no-sort -r "$inputs/kept-le.pcapng" -w whole/
expect "one segment" "$(told whole/*.pcapng)" "$(told "$inputs/kept-le.pcapng")"
result "into segments, and out of them"

run -v -r "$inputs/losses.pcapng" -w kept.pcapng 'src portrange 1003-1004'
expect "drop counts" "$(fields kept.pcapng frame.interface_id frame.drop_count | tr '\t\n' ' ,')" "0 5,1 10,"
expect "said" "$(grep '^wiretape: not in' err)" "wiretape: not in the copy: losses behind the last packet"
for filter in '' 'udp[4] % 2 = 0' 'udp[5] > 20' 'greater 1'; do
	run -r "$inputs/../drops.pcapng" -w drops.pcapng "$filter"
	expect "lost with '$filter'" "$(fields drops.pcapng frame.drop_count | awk '{ n += $1 } END { print n }')" 444
done
result "losses in front of what a filter takes away"

run -r "$inputs/fcs.pcap" -w new.pcapng
expect "flags of none" "$(fields new.pcapng frame.packet_flags frame.packet_id frame.drop_count | tr -d '\t\n')" ""
expect "system of another" "$(capinfos -M new.pcapng 2>/dev/null | grep -ci "$(uname -s) $(uname -r)")" 0
run -r "$inputs/no-times.pcapng" -w new.pcapng
expect "flags of one" "$(fields new.pcapng frame.packet_flags | tr '\n' ,)" ",,0x00000001,"
expect "times" "$(fields new.pcapng frame.time_epoch | sort -u)" 1700000000.000000000
expect "drops of the old kind" "$(fields new.pcapng frame.drop_count | tail -n 1)" 9
run -v -r "$inputs/no-times.pcapng" -w new.pcapng
expect "said" "$(grep '^wiretape: not in' err)" "wiretape: not in the copy: that packets have no time"
result "nothing is made up"

run -r "$inputs/before-1970.pcapng" -w old.pcapng
expect_same old.pcapng "$inputs/before-1970.pcapng"
run -r "$inputs/after-2262.pcapng" -w new.pcapng
expect_same new.pcapng "$inputs/after-2262.pcapng"
result "times are kept as they are"

run -s 40 -r "$inputs/kept-le.pcapng" -w cut.pcapng 'udp src port 1000'
expect "cut" "$(fields cut.pcapng frame.cap_len frame.packet_id | head -n 1)" $'40\t1234605616436508552'
expect "filter" "$(capinfos -M cut.pcapng 2>/dev/null | sed -n 's/.*Filter string = //p' | head -n 1)" \
	"(tcp or udp) and (udp src port 1000)"
run -r "$inputs/losses.pcapng" -i one -f 'udp src port 1002' -i two -w own.pcapng
expect "filters of their own" "$(capinfos -M own.pcapng 2>/dev/null | sed -n 's/.*\(Name\|Filter string\) = //p' | tr '\n' ,)" \
	"one,udp src port 1002,two,"
run -v -s 40 -r "$inputs/kept-le.pcapng" -w cut.pcapng
expect_text err '^wiretape: not in the copy: hashes of packets that were cut$'
result "cut and filtered"

# --- snapshot length ----------------------------------------------------------------

snap_of() { capinfos -l "$1" 2>/dev/null | sed -n 's/.*file hdr: *\([0-9]*\).*/\1/p' | head -n 1; }
for format in pcap pcapng; do
	for names in 'short.pcap whole.pcap' 'whole.pcap short.pcap' 'lies.pcap' 'grows.pcapng'; do
		rm -f out.$format
		files=()
		for name in $names; do
			files+=(-r "$inputs/$name")
		done
		run "${files[@]}" -w out.$format
		expect_status 0
		tcpdump -r out.$format -w seen.pcap 2>seen.err || faults+="$names: $(cat seen.err)"$'\n'
		expect "$format of $names" "$(fields seen.pcap frame.cap_len | sort -n | tail -n 1)" 1442
	done
done
# In a pipe nothing can be set right later, but the first packets are known.
for format in pcap pcapng; do
	"$program" -q -r "$inputs/lies.pcap" -w - --format $format 2>err | tcpdump -r - -w seen.pcap 2>seen.err
	expect "$format by a pipe" "$(fields seen.pcap frame.cap_len)" 1442
done
run -r "$inputs/short.pcap" -w out.pcap
expect "of what is short" "$(snap_of out.pcap)" 96
run -r "$inputs/grows.pcapng" -w grown/ -b packets:50
for segment in grown/*; do
	tcpdump -r "$segment" -w seen.pcap 2>seen.err || faults+="$segment: $(cat seen.err)"$'\n'
done
result "snapshot length of a copy"

# --- byte order, link types -----------------------------------------------------------

bytes_of() { tcpdump -n -t -xx -r "$1" 2>/dev/null | grep 0x; }
for name in null enc usb usb-mapped nflog sll-can pflog; do
	for format in pcap pcapng; do
		run -r "$inputs/$name-be.$format" -w be.$format
		expect_status 0
		run -r "$inputs/$name-le.$format" -w le.$format
		expect_same be.$format le.$format
		expect_same le.$format "$inputs/$name-le.$format"
		run -xx -t -r "$inputs/$name-be.$format"
		cp out printed
		run -xx -t -r "$inputs/$name-le.$format"
		expect_same printed out
	done
	# The other library that does so.
	case $name in
	null | enc) ;;
	*) expect "$name as with tcpdump" "$(bytes_of be.pcap)" "$(bytes_of "$inputs/$name-be.pcap")" ;;
	esac
done
for name in null enc; do
	for order in le be; do
		for format in pcap pcapng; do
			run --count -r "$inputs/$name-$order.$format" ip
			expect "$name-$order.$format" "$(cat out)" "1 packet"
		done
	done
done
result "numbers in the order of another machine"

run -r "$inputs/fcs.pcap" -w fcs.pcap
expect_same fcs.pcap "$inputs/fcs.pcap"
run -r "$inputs/fcs.pcap" -w fcs.pcapng
expect "as an option" "$(capinfos -M fcs.pcapng 2>/dev/null | sed -n 's/.*FCS length = //p')" 4
run -r "$inputs/fcs.pcapng" -w fcs.pcap
expect "in the header" "$(od -An -tx4 -j 20 -N 4 fcs.pcap | tr -d ' ')" 24000001
run -r "$inputs/reserved.pcap" -w kept.pcap
expect_same kept.pcap "$inputs/reserved.pcap"
run -r "$inputs/reserved.pcap" -w none.pcapng
expect_status 2
expect_text err '^wiretape: -w: link-type 66060289 does not fit into pcapng, which has 65535 at most: --format pcap$'
result "length of an FCS, and link types beyond those of pcapng"

# --- large files ------------------------------------------------------------------------

# shellcheck disable=SC2059 # formats they are
{
	printf '\n\r\r\n\x1c\0\0\0M<+\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0'
	printf "$(printf '%.0s\\1\\0\\0\\0\\x14\\0\\0\\0\\1\\0\\0\\0\\0\\0\\4\\0\\x14\\0\\0\\0' $(seq 3000))"
	printf '\6\0\0\0\x24\0\0\0\xb7\x0b\0\0\x89\x3c\5\0\0\0\0\0\4\0\0\0\4\0\0\0data\x24\0\0\0'
} >many.pcapng
for format in pcap pcapng; do
	run -r many.pcapng -w many.$format.copy --format $format
	expect_status 0
	expect "in $format" "$(capinfos -TrM -c many.$format.copy 2>/dev/null | cut -f 2)" 1
done
expect_same many.pcapng.copy many.pcapng
run -r many.pcapng -w many/ -b packets:1
expect_status 0
expect "interfaces" "$(capinfos -M many/*.pcapng 2>/dev/null | sed -n 's/^Number of interfaces in file: *//p')" 3000
cat "$inputs/kept-le.pcapng" "$inputs/kept-le.pcapng" >twice.pcapng
run -r twice.pcapng -w once.pcapng
expect "alike" "$(capinfos -M once.pcapng 2>/dev/null | sed -n 's/^Number of interfaces in file: *//p')" 3
result "many interfaces, and such as are alike"

# Of 20 MiB that nobody has to look at, in front of a packet.
{
	cat "$inputs/fcs.pcapng"
	printf '\xad\x0b\0\0\x0c\0\x40\1'
	head -c 20971520 /dev/zero
	printf '\x0c\0\x40\1'
	printf '\6\0\0\0\x24\0\0\0\0\0\0\0\0\x5c\x0f\0\0\0\0\0\4\0\0\0\4\0\0\0data\x24\0\0\0'
} >large.pcapng
run --count -r large.pcapng
expect "of a file" "$(cat out)" "3 packets"
run --count -r - < <(cat large.pcapng)
expect "of a pipe" "$(cat out)" "3 packets"
run -v -r large.pcapng -w out.pcapng
expect_text err '^wiretape: not in the copy: blocks of more than 16 MiB$'
head -c 20000000 large.pcapng >cut.pcapng
run --count -r cut.pcapng
expect_status 1
expect_text err 'cut short'
result "a block larger than any window"

finish_tests
