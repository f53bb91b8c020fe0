#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# From the ring to the disk, at the full rate of the generator, in every way of
# writing: nothing is lost untold, no byte is wrong, and neither memory nor the
# page cache fill up.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
# A real file system: the build's, mostly.
export TMPDIR=$PWD
. "$(dirname "$0")/lib.sh"
netns_setup

dd if=/dev/zero of="$TMP/probe" bs=4096 count=1 oflag=direct 2>/dev/null && direct=1 || direct=0
filesystem=$(stat -f -c %T "$TMP")

usable() { # MODE TITLE
	[ $direct = 1 ] || [ "$1" = buffered ] && return
	skip "$2" "$filesystem takes no direct writes"
	return 1
}

# What -v says of each mode.
mode_text() {
	case $1 in
	uring) echo io_uring ;;
	auto) echo 'auto (direct, without waiting)' ;;
	*) echo "$1" ;;
	esac
}

# Sent = captured + dropped, and the file has the one and tells the other. The
# last few frames come when there is room in the ring again, so that every loss
# stands before a frame.
flood_exactly() { # NUMBER FRAME-ARG...
	sent=$(($1 + 20))
	send -n "$@"
	expect_handled run "$1"
	send -n 20 --start "$1" -r 100 "${@:2}"
	settle
}

expect_not_cached() { # FILE
	# In memory it all is on tmpfs.
	[ "$filesystem" = tmpfs ] && return
	expect "cached pages" "$(fincore -nb -o PAGES "$1" | tr -d ' ')" 0
}

# The ring, which is in our address space, what may be beside it, and 24 MiB.
expect_small() {
	local kib
	grep -q '__[at]san_init' "$WIRETAPE" && return
	kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
	expect_range "KiB of memory" "$kib" 1024 $(((64 + 32 + 24) * 1024))
}

kinds=(
	"64    300000"
	"1514  60000"
	"8900  20000"
)

for mode in auto direct uring buffered; do
	for kind in "${kinds[@]}"; do
		read -r size number <<<"$kind"
		title="--io $mode, $size bytes"
		usable $mode "$title" || continue
		file=$TMP/f.pcapng
		record run -v --spill 32M --io $mode -w "$file"
		flood_exactly "$number" -s "$size"
		expect_small
		finish INT
		[ $mode = buffered ] || expect_not_cached "$file"
		expect_text "$TMP/run.err" "writing $(mode_text $mode | sed 's/[()]/./g')(, up to .*)?$"
		expect_recorded run "$sent" --drops-anywhere -s "$size" --statistics 10 "$file"
		# These fit in the ring.
		[ "$size" = 64 ] && expect dropped "$dropped" 0
		[ "$size$mode" = 64auto ] && expect_readers "$file" "$captured"
		result "$title: $captured recorded and $dropped dropped of $sent"
		rm "$file"
	done
done

# Frames of every make at a rate at which blocks fill.
kinds=(
	"802.1Q             vb   40000   --vlan 0x8100:100 -s 60,80,1514"
	"802.1ad            vb   40000   --vlan 0x88a8:100 -s 60,61,62,63"
	"QinQ               vb   40000   --vlan 0x88a8:100 --vlan 0x8100:200 -s 64,80,1514"
	"every length       vb   40000   -s 60,61,62,63,64,65,66,67"
	"any                any  40000   -s 60,61,62,63,1514"
	"any, 802.1Q        any  40000   --vlan 0x8100:100 -s 60,61,62,63,1514"
	"64 KiB             vb   1500    --gso 65535 -r 1500"
	"64 KiB of any size vb   1500    --gso 65535,60001,70,50002 -r 1500"
	"64 KiB, any        any  1500    --gso 65535,60001 -r 1500"
)
for kind in "${kinds[@]}"; do
	IFS= read -r line <<<"$kind"
	title=${line:0:18}
	read -r interface number arguments <<<"${line:18}"
	frames=${arguments%-r *}
	file=$TMP/f.pcapng
	record_in "$NS_B" run -i "$interface" -w "$file"
	send -n "$number" $arguments
	settle
	finish INT
	expect_whole run "$file" "$number" $frames --statistics 4
	[ "$number" = 1500 ] && expect_readers "$file" "$number"
	result "${title%%  *}: $number recorded byte for byte"
done

record run -s 64 -w "$TMP/f.pcapng"
send -n 80000 -s 60,63,64,65,1514
settle
finish INT
expect_whole run "$TMP/f.pcapng" 80000 -s 60,63,64,65,1514 --snaplen 64 --statistics 10
result "a snap length of 64"

# Either side of the pair sees each frame in one direction.
for kind in "vb in" "va out"; do
	read -r interface direction <<<"$kind"
	[ "$interface" = va ] && ns=$NS_A || ns=$NS_B
	record_in "$ns" run -i "$interface" -Q "$direction" -w "$TMP/f.pcapng"
	# Not so fast that frames are sent again, which would be seen twice.
	send -n 20000 -s 300 -r 40000
	settle
	finish INT
	expect_whole run "$TMP/f.pcapng" 20000 -s 300 --statistics 4
	[ $direction = in ] && flags=1 || flags=2
	have tshark && expect "direction" "$(tshark -c 1000 -nr "$TMP/f.pcapng" -T fields \
		-e frame.packet_flags_direction 2>/dev/null | sort -u)" "0x0000000$flags"
	result "-Q $direction: 20000 recorded, with their direction"
done

# A pipe gets the woven blocks as they are.
for mode in auto direct; do
	read_pipe "$TMP/run.out" "$TMP/f.pcapng"
	record run --io $mode -w -
	flood_exactly 100000 -s 64
	finish INT
	wait "$reader"
	rm "$TMP/run.out"
	expect_recorded run "$sent" --drops-anywhere -s 64 --statistics 10 "$TMP/f.pcapng"
	[ $mode = auto ] && expect "capinfos" "$(count_capinfos "$TMP/f.pcapng")" "$captured"
	result "-w - | cat, --io $mode: $captured recorded and $dropped dropped of $sent"
done

for mode in auto buffered; do
	for size in 64 1514; do
		title="pcap, --io $mode, $size bytes"
		usable $mode "$title" || continue
		file=$TMP/f.pcap
		record run -v --spill 32M --io $mode -w "$file"
		flood_exactly 50000 -s $size
		expect_small
		finish INT
		[ $mode = buffered ] || expect_not_cached "$file"
		expect_text "$TMP/run.err" "writing $(mode_text $mode | sed 's/[()]/./g')(, up to .*)?$"
		expect_recorded run "$sent" -s $size "$file"
		expect "bytes" "$(stat -c %s "$file")" $((24 + captured * (16 + size)))
		result "$title: $captured recorded and $dropped dropped of $sent"
		rm "$file"
	done
done

finish_tests
