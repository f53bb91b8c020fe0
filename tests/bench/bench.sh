#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Measures recorders against each other: how much of a stream of frames each
# gets into its file and what a packet costs it. In two namespaces joined by a
# veth pair the generator sends from one CPU at its full rate, the recorder
# writes to this disk from another. Rounds are interleaved, so that what else
# the machine does strikes all alike. Needs root, two CPUs and a quarter of
# an hour; "make bench" sets the directories.
#
#   bench.sh        all recorders; results in $BENCH_OUT
#   bench.sh idle   the program alone with 0 packets and with 1 a second
#   bench.sh lossless [ROW...]
#                   rates that the disk sustains, bursts, pruning, segments that are synced,
#                   a disk that stands still: see lossless.sh
#
# ROUNDS, SIZES ("64:20000 1500:20000", frame size and how many) and RECORDERS
# cut it short; RATE (frames a second) slows the generator down.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${IDLE_SECONDS:=60}" "${RATE:=0}"
: "${SIZES:=64:800000 576:800000 1500:800000 8900:400000}"
: "${RECORDERS:=walk wiretape-auto wiretape-rotate wiretape-direct wiretape-uring wiretape-buffered wiretape-pcap
	tcpdump dumpcap netsniff-ng-sg netsniff-ng-mmap netsniff-ng-rw}"

RING_MIB=64
FILE='' meanwhile=: settle=0
TARGET=$BENCH_OUT # where captures go

clean_up() {
	remove_namespaces
	umount "$BENCH_OUT/mounted" 2>/dev/null
	rm -rf "$BENCH_OUT/mounted" "$BENCH_OUT/image"
	rm -rf "$BENCH_OUT"/capture.* "$BENCH_OUT"/limit
}

set_up() {
	local most
	make_namespaces 9000
	# Room for the largest file, the gaps between frames included.
	most=$(tr ' ' '\n' <<<"$SIZES" | awk -F: '{ n = ($1 + 200) * $2; if (n > most) most = n }
		END { printf "%.0f", most / 1024 }')
	(($(df -Pk "$BENCH_OUT" | awk 'END { print $4 }') > most + (4 << 20))) ||
		die "$BENCH_OUT: no room for files of $((most >> 10)) MiB"
}

# --- recorders -------------------------------------------------------------

# Sets command, FILE, and quiet: how long it can have frames in its ring without
# a look at them, in ms. The ring is 64 MiB for all.
recorder() { # NAME
	FILE=$TARGET/capture.pcap quiet=400
	case $1 in
	wiretape-rotate | wiretape-segments | wiretape-prune) FILE=$TARGET/capture.d ;;
	walk | wiretape-pcap | tcpdump | netsniff-ng-*) ;;
	*) FILE+=ng ;;
	esac
	case $1 in
	walk) command=("$BENCHTOOLS/walk" vb) ;;
	wiretape-auto | wiretape-pcap)
		command=("$WIRETAPE" -q -i vb --ring-size "${RING_MIB}M" -w "$FILE") ;;
	wiretape-rotate) # a new segment every second
		mkdir -p "$FILE"
		command=("$WIRETAPE" -q -i vb --ring-size "${RING_MIB}M" -w "$FILE/" -b duration:1)
		;;
	wiretape-segments)
		mkdir -p "$FILE"
		command=("$WIRETAPE" -q -i vb --ring-size "${RING_MIB}M" -w "$FILE/" -b filesize:256M)
		;;
	wiretape-prune) # the oldest go all the time
		mkdir -p "$FILE"
		command=("$WIRETAPE" -q -i vb --ring-size "${RING_MIB}M" -w "$FILE/"
			-b filesize:256M -b budget:4G --stats-file "$BENCH_OUT/prune.json")
		;;
	wiretape-*)
		command=("$WIRETAPE" -q -i vb --ring-size "${RING_MIB}M" --io "${1#wiretape-}" -w "$FILE") ;;
	tcpdump)
		command=(tcpdump -n -Z root -i vb -B $((RING_MIB << 10)) -w "$FILE")
		quiet=1200 # it asks for a second
		;;
	dumpcap) command=(dumpcap -q -i vb -B "$RING_MIB" -w "$FILE") ;;
	netsniff-ng-rw)
		command=(netsniff-ng --in vb --out "$FILE" -s --clrw -S "${RING_MIB}MiB") ;;
	netsniff-ng-*)
		command=(netsniff-ng --in vb --out "$FILE" -s "--${1#netsniff-ng-}" -S "${RING_MIB}MiB") ;;
	*) die "no such recorder: $1" ;;
	esac
}

# --- one run ---------------------------------------------------------------

# Sets packets, bytes and cached.
look_at_file() { # NAME
	local file files
	if [ "$1" = walk ]; then
		packets=$(cat "$BENCH_OUT/run.out") bytes=0 cached=0
	else
		[ -d "$FILE" ] && files=("$FILE"/*) || files=("$FILE")
		read -r packets bytes cached < <(
			for file in "${files[@]}"; do
				"$BENCHTOOLS/count" "$file"
			done 2>"$BENCH_OUT/count.err" |
				awk '{ for (i = 1; i <= 3; i++) sum[i] += $i }
					END { printf "%.0f %.0f %.0f\n", sum[1], sum[2], sum[3] }'
		)
		[ ! -s "$BENCH_OUT/count.err" ] || problem=$(cat "$BENCH_OUT/count.err")
	fi
	# Most of its files are gone.
	[ "$1" != wiretape-prune ] || packets=$(sed -nE \
		'/"total"/,/"output"/ s/.*"captured": ([0-9]+).*/\1/p' "$BENCH_OUT/prune.json")
}

# A run with 0 frames is one whose cost is taken off those with some.
run() { # ROUND SIZE COUNT NAME
	local sent=0 pps=0 packets='' bytes=0 cached=0 cpu=0 start=0 rss=0 wall=0
	problem=
	recorder "$4"
	start_measured $quiet
	if await_listening "$job"; then
		# Its memory for bursts comes by and by.
		((RATE > 0 || settle == 0 || $3 == 0)) || [[ $4 != wiretape* ]] || sleep 35
		(($3 == 0)) || sleep "$settle"
		kill -USR1 "$job"
		if (($3 > 0)); then
			$meanwhile &
			generate "$2" "$3" -r "$RATE"
			wait $!
		fi
		kill -INT "$job"
		wait "$job" || problem="exit status $?"
		read -r cpu start rss wall <"$BENCH_OUT/measured"
		look_at_file "$4"
	else
		kill -TERM "$job" 2>/dev/null
		wait "$job"
		problem="does not start"
	fi
	job=
	rm -rf "$FILE"
	sync -f "$TARGET"
	if [ -n "$problem" ]; then
		give_up "$4"
		return
	fi
	printf '%d\t%s\t%d\t%d\t%d\t%d\t%.0f\t%d\t%d\t%s\t%.0f\t%.0f\n' "$2" "$4" "$1" "$sent" "$pps" \
		"$packets" "$bytes" "$rss" "$cached" "$wall" "$cpu" "$start" >>"$RAW"
	(($3 == 0)) || say "round $1: $2 B: $4: $packets of $sent at $pps/s"
}

# What the disk takes, in MB/s: one write at a time and, with fio, eight.
measure_disk() {
	local file=$BENCH_OUT/limit rate
	rate=$(dd if=/dev/zero of="$file" oflag=direct bs=1M count=2048 2>&1 |
		awk '/copied/ { for (i = 1; $i != "copied,"; i++); printf "%.0f", $1 / $(i + 1) / 1e6 }')
	rm -f "$file"
	[ -z "$rate" ] || printf 'dd\t%s\n' "$rate" >>"$DISK"
	command -v fio >/dev/null || return
	rate=$(fio --name=limit --filename="$file" --rw=write --bs=1M --size=2G --direct=1 \
		--ioengine=libaio --iodepth=8 --minimal | awk -F\; '{ printf "%.0f", $48 * 1.024e-3 }')
	rm -f "$file"
	[ -z "$rate" ] || printf 'fio\t%s\n' "$rate" >>"$DISK"
}

bench() {
	local round each found=() RAW=$BENCH_OUT/raw.tsv DISK=$BENCH_OUT/disk.tsv
	rm -f "$RAW" "$DISK"
	# shellcheck disable=SC2086 # names
	find_all recorder $RECORDERS
	for ((round = 1; round <= ROUNDS; round++)); do
		measure_disk
		in_turn "$round" run "$round" 0 0
		for each in $SIZES; do
			in_turn "$round" run "$round" "${each%:*}" "${each#*:}"
		done
	done
	awk -v disk="$DISK" -v runs="$BENCH_OUT/bench.tsv" -v summary="$BENCH_OUT/summary.tsv" \
		-f "$SELF/summary.awk" "$RAW" | tee "$BENCH_OUT/bench.txt" || exit 1
	awk -f "$SELF/chart.awk" "$BENCH_OUT/summary.tsv" >"$BENCH_OUT/bench.svg" || exit 1
	rm -f "$RAW" "$DISK" "$BENCH_OUT"/{measured,count.err,run.out,run.err}
	say "written: $BENCH_OUT/bench.tsv, summary.tsv, bench.txt, bench.svg"
	((${#gone[@]} == 0))
}

# --- idle ------------------------------------------------------------------

# The program with so many packets, one a second; sets used_ns and bytes.
idle_run() { # COUNT
	local before
	recorder wiretape-auto
	ip netns exec "$NS_B" "${command[@]}" 2>"$BENCH_OUT/run.err" </dev/null &
	job=$!
	await_listening "$job" || die "the program does not start: $(cat "$BENCH_OUT/run.err")"
	before=$("$BENCHTOOLS/measure" -p "$job")
	(($1 == 0)) || ip netns exec "$NS_A" "$TESTTOOLS/generate" -i va -n "$1" -r 1 \
		--seconds $(($1 + 10)) >/dev/null &
	sleep "$IDLE_SECONDS"
	used_ns=$(($("$BENCHTOOLS/measure" -p "$job") - before))
	kill -TERM "$job"
	wait
	job=
	read -r packets bytes _ < <("$BENCHTOOLS/count" "$FILE")
	((packets == $1)) || die "$packets packets in the file, not $1"
	rm -f "$FILE" "$BENCH_OUT/run.err"
}

idle() {
	local used_ns packets bytes empty
	idle_run 0
	empty=$bytes
	awk -v ns="$used_ns" -v s="$IDLE_SECONDS" 'BEGIN {
		printf "no packets for %d s: %.4f %% CPU\n", s, ns / s / 1e7
	}'
	idle_run "$IDLE_SECONDS"
	awk -v ns="$used_ns" -v s="$IDLE_SECONDS" -v bytes="$bytes" -v empty="$empty" 'BEGIN {
		printf "1 packet a second for %d s: %.4f %% CPU, %.1f bytes of file a packet (64 its own)\n",
			s, ns / s / 1e7, (bytes - empty) / s
	}'
}

set_up
case ${1-} in
'') bench ;;
idle) idle ;;
lossless)
	shift
	# shellcheck source=tests/bench/lossless.sh
	. "$SELF/lossless.sh"
	lossless "$@"
	;;
*) die "usage: bench.sh [idle|lossless]" ;;
esac
