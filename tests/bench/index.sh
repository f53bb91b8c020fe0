#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Measures what an index costs and saves, in parts that are named:
#
#     gather  nanoseconds a packet on the ring thread, for 256 and 10 000 flows, and all new
#     size    of the index, in percent of the segments, of 100 000 flows
#     scan    reading a directory with a filter that matches nothing, caches dropped
#     host    one host's packets: with the index, without, and by tcpdump
#     absent  a host that is not there, caches dropped
#     start   of a recorder with many indexed segments
#
# index.sh PART...; all without any. Rounds are interleaved, results are medians of them.
# Files are made in $BENCH_OUT and removed at the end, but with KEEP=1, to be used again. Caches
# are dropped as root. ROUNDS, MIB, SEGMENT_MIB, ABSENT_SEGMENTS and START_SEGMENTS cut it short;
# the files and as much again have to find room.
set -u -o pipefail
export LC_ALL=C
: "${WIRETAPE:?path of the program}" "${BENCHTOOLS:?directory of the programs that measure}"
: "${BENCH_OUT:=$PWD/bench}" "${ROUNDS:=5}" "${KEEP:=0}"
: "${MIB:=20480}" "${SEGMENT_MIB:=256}" "${ABSENT_SEGMENTS:=1000}" "${START_SEGMENTS:=10000}"

say() { echo "bench: $*" >&2; }

die() {
	say "$*"
	exit 1
}

work=$BENCH_OUT/index
mkdir -p "$work" || exit 1
# Without root's rights the program has to get there, too.
chmod 755 "$work"
clean_up() {
	[ "$KEEP" = 1 ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

drop_caches() {
	sync
	echo 3 >/proc/sys/vm/drop_caches || die "dropping caches needs root"
}

# Segments of the traffic, made once.
make_tape() { # NAME MIB SEGMENT-KIB
	[ ! -e "$work/$1.made" ] || return 0
	(($(df -Pm "$work" | awk 'END { print $4 }') > $2 * 12 / 10 + 1024)) || die "no room for $2 MiB"
	say "making $2 MiB in segments of $3 KiB"
	rm -rf "${work:?}/$1"
	"$BENCHTOOLS/traffic" "$2" 100000 600 |
		"$WIRETAPE" -q -r - -w "$work/$1/" -b "filesize:$3K" --no-sync || die "making $1 failed"
	sync
	touch "$work/$1.made"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

disk_bytes() { # read since the system came up
	awk '$3 !~ /[0-9]p[0-9]+$|^(loop|ram|dm-)|^[sv]d[a-z]+[0-9]/ { n += $6 } END { printf "%.0f", n * 512 }' /proc/diskstats
}

# Runs cold; wall, CPU in seconds and bytes read from disks go to results/NAME.
measure() { # NAME COMMAND...
	local name=$1 cost before
	shift
	drop_caches
	before=$(disk_bytes)
	"$BENCHTOOLS/measure" -o "$work/cost" "$@" >"$work/out" 2>"$work/err" ||
		die "$name failed: $(tail -n 1 "$work/err")"
	read -ra cost <"$work/cost"
	awk -v w="${cost[3]}" -v c="${cost[0]}" -v b="$(($(disk_bytes) - before))" \
		'BEGIN { printf "%.3f %.3f %.0f\n", w, c / 1e9, b }' >>"$work/results.$name"
}

column() { awk -v n="$2" '{ print $n }' "$work/results.$1" | median; }

tell() { # PART: what was measured of it
	local part=$1 name file
	for file in "$work/results.$part"*; do
		name=${file##*/results.}
		printf '%-8s %-14s wall %7.3f s  cpu %7.3f s  read %8.1f MiB\n' "$part" "$name" \
			"$(column "$name" 1)" "$(column "$name" 2)" \
			"$(column "$name" 3 | awk '{ print $1 / 1048576 }')"
	done
}

ratio() { # WHAT SLOW FAST
	awk -v what="$1" -v s="$(column "$2" 1)" -v f="$(column "$3" 1)" \
		'BEGIN { printf "         %s: %.2f\n", what, s / (f + 0.0001) }'
}

# --- the parts ---------------------------------------------------------------------

part_gather() {
	local round flows
	for ((round = 0; round < ROUNDS; round++)); do
		for flows in 256 10000 1000000000; do
			"$BENCHTOOLS/gather" $flows >>"$work/gather.$flows"
		done
	done
	for flows in 256 10000 1000000000; do
		echo "gather   $flows flows: $(awk '{ print $2 }' "$work/gather.$flows" | median) ns a packet"
	done
}

part_size() {
	make_tape tape "$MIB" $((SEGMENT_MIB * 1024))
	find "$work/tape" -name '*.pcapng' -printf 's %s\n' -o -name '*.index' -printf 'i %s\n' |
		awk '{ n[$1] += $2 } END { printf "size     %.3f %% (%.1f of %.0f MiB)\n", 100 * n["i"] / n["s"], n["i"] / 2^20, n["s"] / 2^20 }'
}

read_all() { # BLOCK: as fio does, in the order of names
	find "$work/tape" -name '*.pcapng' | sort |
		awk '{ n = n (NR > 1 ? ":" : "") $1 } END { print n }' >"$work/names"
	fio --name=read --readonly --filename="$(cat "$work/names")" --rw=read --bs=4M --direct=1 \
		--ioengine=io_uring --iodepth=4 --file_service_type=sequential
}

part_scan() {
	local round
	make_tape tape "$MIB" $((SEGMENT_MIB * 1024))
	rm -f "$work"/results.*
	export -f read_all
	export work
	for ((round = 0; round < ROUNDS; round++)); do
		measure scan-wiretape "$WIRETAPE" -r "$work/tape" --no-index --count host 10.250.0.1
		measure scan-cat sh -c "cat '$work'/tape/*.pcapng >/dev/null"
		! command -v fio >/dev/null || measure scan-fio bash -c read_all
		! command -v tcpdump >/dev/null ||
			measure scan-tcpdump sh -c "ls '$work'/tape/*.pcapng >'$work/list'; tcpdump -Z root -V '$work/list' -w /dev/null host 10.250.0.1"
	done
	tell scan
	[ ! -e "$work/results.scan-fio" ] || ratio "of fio's speed" scan-fio scan-wiretape
}

part_host() {
	local round
	make_tape tape "$MIB" $((SEGMENT_MIB * 1024))
	rm -f "$work"/results.*
	for ((round = 0; round < ROUNDS; round++)); do
		measure host-index "$WIRETAPE" -r "$work/tape" -v --count host 10.200.0.1
		cp "$work/err" "$work/said"
		measure host-no-index "$WIRETAPE" -r "$work/tape" --no-index --count host 10.200.0.1
		! command -v tcpdump >/dev/null ||
			measure host-tcpdump sh -c "ls '$work'/tape/*.pcapng >'$work/list'; tcpdump -Z root -V '$work/list' -w '$work/theirs' host 10.200.0.1; rm '$work/theirs'"
	done
	tell host
	sed 's/^/         /' "$work/said"
	ratio "times faster than without" host-no-index host-index
	[ ! -e "$work/results.host-tcpdump" ] || ratio "times faster than tcpdump" host-tcpdump host-index
}

part_absent() {
	local round
	make_tape many "$MIB" $((MIB * 1024 / ABSENT_SEGMENTS))
	rm -f "$work"/results.*
	for ((round = 0; round < ROUNDS; round++)); do
		measure absent "$WIRETAPE" -r "$work/many" --count host 10.250.0.1
	done
	tell absent
	echo "         in $(find "$work/many" -name '*.pcapng' | wc -l) segments"
}

# A recorder that opens the directory, and ends at once since it takes no packet.
part_start() {
	local round
	make_tape small $((START_SEGMENTS / 8)) 128
	rm -f "$work"/results.*
	for ((round = 0; round < ROUNDS; round++)); do
		measure start "$WIRETAPE" -q -r "$work/none.pcap" -w "$work/small/" -b filesize:128K -b files:100000
	done
	tell start
	echo "         with $(find "$work/small" -name '*.pcapng' | wc -l) segments"
}

"$BENCHTOOLS/traffic" 1 10 1 | head -c 24 >"$work/none.pcap"
rm -f "$work"/gather.*
[ $# -gt 0 ] || set -- gather size scan host absent start
for part; do
	declare -F "part_$part" >/dev/null || die "$part: no such part"
	"part_$part" || exit 1
done | tee -a "$BENCH_OUT/index.txt"
