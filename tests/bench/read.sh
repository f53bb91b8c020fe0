#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Measures reading against tcpdump: printing, copying what passes a filter, and
# finding a second in a directory of segments. Rounds are interleaved, results are
# medians of them: CPU and wall time in seconds, and the bytes read. The files are
# in the page cache where memory has room for them. "make bench-read" sets the
# directories.
#
# ROUNDS, PRINT_PACKETS, COPY_MIB, TAPE_MIB and SEGMENT_MIB cut it short; files are
# made in $BENCH_OUT and removed at the end.
set -u -o pipefail
export LC_ALL=C
: "${WIRETAPE:?path of the program}" "${BENCHTOOLS:?directory of measure}"
: "${BENCH_OUT:=$PWD/bench}" "${ROUNDS:=5}"
: "${PRINT_PACKETS:=1000000}" "${COPY_MIB:=1024}" "${TAPE_MIB:=4096}" "${SEGMENT_MIB:=256}"

SELF=$(dirname "$0")
CAPTURES=$SELF/../../captures/print
# About half of the packets pass.
FILTER=ip
CASES='print copy extract'

say() { echo "bench: $*" >&2; }

die() {
	say "$*"
	exit 1
}

mkdir -p "$BENCH_OUT" || exit 1
work=$(mktemp -d "$BENCH_OUT/read.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
# Without root's rights the program has to get there, too.
chmod 755 "$work"

for tool in tcpdump strace python3; do
	command -v $tool >/dev/null || die "needs $tool"
done
# The file that is copied and its copies; the tape, and what it is made of.
need=$((PRINT_PACKETS / 4096 + 3 * COPY_MIB + 3 * TAPE_MIB + 1024))
(($(df -Pm "$BENCH_OUT" | awk 'END { print $4 }') > need)) || die "$BENCH_OUT: no room for $need MiB"

mixed() { python3 "$SELF/mixed.py" "$@" "$CAPTURES"/*.pcap; }

# Segments are pcapng, in which small packets take about as much again.
make_files() {
	say "making files"
	mixed "$work/print.pcap" "${PRINT_PACKETS}p" && mixed "$work/copy.pcap" "${COPY_MIB}M" &&
		mixed "$work/tape.pcap" "$((TAPE_MIB * 6 / 10))M" || exit 1
	"$WIRETAPE" -q -r "$work/tape.pcap" -w "$work/tape/" -b "filesize:${SEGMENT_MIB}M" --no-sync || exit 1
	rm "$work/tape.pcap"
	printf '%s\n' "$work"/tape/packets_* >"$work/list"
	# A second in the middle of it.
	middle=$(sed -n "$((($(wc -l <"$work/list") + 1) / 2))p" "$work/list")
	second=$(tcpdump -n -tt -c 1 -r "$middle" 2>/dev/null | cut -d . -f 1)
	second=$((second + 1))
	# What it takes in the tape: as much as in a file of the same format.
	"$WIRETAPE" -q -r "$work/tape" --from "@$second" --to "@$((second + 1))" \
		-w "$work/second.pcapng" 2>/dev/null || exit 1
	second_bytes=$(stat -c %s "$work/second.pcapng")
	segments=$(wc -l <"$work/list")
	say "packets $(tcpdump --count -r "$work/copy.pcap" 2>/dev/null), $FILTER:" \
		"$(tcpdump --count -r "$work/copy.pcap" "$FILTER" 2>/dev/null)"
}

# --- what is measured ------------------------------------------------------------

# Sets command.
task() { # CASE PROGRAM
	case $1/$2 in
	print/wiretape) command=("$WIRETAPE" -n -r "$work/print.pcap") ;;
	print/tcpdump) command=(tcpdump -Z root -n -r "$work/print.pcap") ;;
	copy/wiretape) command=("$WIRETAPE" -r "$work/copy.pcap" -w "$work/ours.pcap" "$FILTER") ;;
	copy/tcpdump) command=(tcpdump -Z root -r "$work/copy.pcap" -w "$work/theirs.pcap" "$FILTER") ;;
	extract/wiretape)
		command=("$WIRETAPE" -r "$work/tape" --from "@$second" --to "@$((second + 1))"
			-w "$work/ours.pcap" "$FILTER")
		;;
	# It cannot be told a time.
	extract/tcpdump) command=(tcpdump -Z root -V "$work/list" -w "$work/theirs.pcap" "$FILTER") ;;
	esac
}

# What it reads, in a run of its own.
bytes_read() {
	strace -f -qq -e trace=read,pread64,readv,preadv,preadv2 -o "$work/strace" \
		"${command[@]}" >/dev/null 2>&1
	awk '$NF ~ /^[0-9]+$/ { bytes += $NF } END { printf "%.0f", bytes }' "$work/strace"
}

# What it cost goes into results: case, program, CPU and wall seconds.
measure() { # CASE PROGRAM
	local cost
	task "$1" "$2"
	rm -f "$work/ours.pcap" "$work/theirs.pcap"
	"$BENCHTOOLS/measure" -o "$work/cost" "${command[@]}" >/dev/null 2>"$work/err" ||
		die "$1: $2 failed: $(tail -n 1 "$work/err")"
	read -ra cost <"$work/cost"
	echo "$1 $2 $(awk -v ns="${cost[0]}" 'BEGIN { printf "%.3f", ns / 1e9 }') ${cost[3]}" >>"$work/results"
}

median() { # CASE PROGRAM COLUMN
	awk -v c="$1" -v p="$2" -v n="$3" '$1 == c && $2 == p { print $n }' "$work/results" | sort -g |
		awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

make_files
for ((round = 1; round <= ROUNDS; round++)); do
	say "round $round of $ROUNDS"
	for case in $CASES; do
		for program in wiretape tcpdump; do
			measure "$case" $program
		done
	done
done
{
	printf '%-8s %-9s %8s %8s %14s\n' case program cpu_s wall_s bytes_read
	for case in $CASES; do
		for program in wiretape tcpdump; do
			task "$case" $program
			printf '%-8s %-9s %8s %8s %14s\n' "$case" $program "$(median "$case" $program 3)" \
				"$(median "$case" $program 4)" "$(bytes_read)"
		done
	done
	echo "The second that is extracted has $second_bytes bytes, in one of $segments segments."
} | tee "$BENCH_OUT/read.txt"
