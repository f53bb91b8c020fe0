#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Measures what sends frames on against others that do. Three namespaces in a row,
# joined by veth pairs: the generator sends from one CPU at its full rate, what
# forwards runs on another, and the kernel counts what arrives. Rounds are
# interleaved, so that what else the machine does strikes all alike. Needs root
# and two CPUs; "make bench-forward" sets the directories.
#
#   forward.sh            all of the following; results in $BENCH_OUT
#   forward.sh share      how much of a stream is delivered, and what a packet costs
#   forward.sh latency    the time on the way, at a moderate rate
#   forward.sh replay     files sent as fast as can be: packets a second, memory
#   forward.sh times      files sent as recorded: errors of the receiver's time stamps
#
# ROUNDS, SIZES ("64:800000 1400:800000", frame size and how many), FORWARDERS,
# REPLAYERS, REPLAYS (as SIZES), RATE (of latency and times), LATENCY_SECONDS and
# TIMES_SECONDS cut it short.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${RATE:=10000}" "${LATENCY_SECONDS:=5}" "${TIMES_SECONDS:=5}"
: "${SIZES:=64:800000 1400:800000}" "${REPLAYS:=64:1000000 1500:300000}"
: "${FORWARDERS:=wiretape-ring wiretape-sendmmsg netsniff-ng tcpbridge bridge}"
: "${REPLAYERS:=wiretape-ring wiretape-sendmmsg tcpreplay}"

clean_up() {
	remove_namespaces
	rm -f "$BENCH_OUT"/replay.pcap "$BENCH_OUT"/measured "$BENCH_OUT"/run.{out,err}
}

set_up() {
	make_namespaces 1500
	ip -n "$NS_B" link add wb type veth peer name wc netns "$NS_C" &&
		ip -n "$NS_B" link set wb up && ip -n "$NS_C" link set wc up || exit 1
}

in_b() { ip netns exec "$NS_B" "$@"; }
arrivals() { ip netns exec "$NS_C" cat /sys/class/net/wc/statistics/rx_packets; }

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)]; else print "-" }'; }

# Digits for a table, and what is none as it is.
rounded() { # DIGITS NUMBER
	awk -v digits="$1" -v number="$2" 'BEGIN {
		if (number == "-") print number; else printf "%.*f", digits, number
	}'
}

# The median of a column of the raw table, where the two first are these.
median_of() { # TABLE SIZE NAME COLUMN
	awk -F '\t' -v size="$2" -v name="$3" -v column="$4" \
		'$1 == size && $2 == name { print $column }' "$1" | median
}

# --- forwarders ------------------------------------------------------------------

# Sets command; none: the kernel's bridge.
forwarder() { # NAME
	case $1 in
	wiretape-*) command=("$WIRETAPE" -q -i vb -o wb --tx "${1#wiretape-}") ;;
	netsniff-ng) command=(netsniff-ng --in vb --out wb --silent --ring-size 64MiB) ;;
	tcpbridge) command=(tcpbridge --unidir -i vb -I wb) ;;
	bridge) command=() ;;
	*) die "no such forwarder: $1" ;;
	esac
}

start_forwarder() { # NAME
	problem=
	forwarder "$1"
	if [ ${#command[@]} = 0 ]; then
		ip -n "$NS_B" link add br0 type bridge mcast_snooping 0 && ip -n "$NS_B" link set vb master br0 &&
			ip -n "$NS_B" link set wb master br0 && ip -n "$NS_B" link set br0 up ||
			problem="no bridge"
		sleep 0.2
		return
	fi
	start_measured 400
	if await_listening "$job"; then
		kill -USR1 "$job"
	else
		problem="does not start"
	fi
}

# Sets cpu, less what starting up took.
stop_forwarder() {
	local start rss wall
	cpu=0
	if [ -z "$job" ]; then
		sleep 0.3
		ip -n "$NS_B" link del br0
		return
	fi
	kill -INT "$job" 2>/dev/null
	# Some of the others end with a status of their own.
	wait "$job"
	job=
	read -r cpu start rss wall <"$BENCH_OUT/measured" || problem="not measured"
	cpu=$((cpu - start))
}

share_run() { # ROUND SIZE COUNT NAME
	local before sent pps arrived cpu=0
	before=$(arrivals)
	start_forwarder "$4"
	generate "$2" "$3"
	stop_forwarder
	arrived=$(($(arrivals) - before))
	# A bridge says something of its own at times.
	((arrived > sent && arrived <= sent + 10)) && arrived=$sent
	if [ -n "$problem" ] || ((arrived == 0 || arrived > sent)); then
		problem=${problem:-"$arrived arrived of $sent"}
		give_up "$4"
		return
	fi
	awk -v OFS='\t' -v size="$2" -v name="$4" -v sent="$sent" -v pps="$pps" -v arrived="$arrived" \
		-v cpu="$cpu" 'BEGIN { print size, name, pps, arrived / sent, cpu / arrived }' >>"$RAW"
	say "round $1: $2 B: $4: $arrived of $sent at $pps/s"
}

share() {
	local round each name RAW=$BENCH_OUT/forward.tsv
	rm -f "$RAW"
	# shellcheck disable=SC2086 # names
	find_all forwarder $FORWARDERS
	for ((round = 1; round <= ROUNDS; round++)); do
		for each in $SIZES; do
			in_turn "$round" share_run "$round" "${each%:*}" "${each#*:}"
		done
	done
	printf '%-6s %-18s %12s %10s %14s\n' size forwarder 'sent/s' share 'CPU ns/packet'
	for each in $SIZES; do
		for name in "${found[@]}"; do
			printf '%-6s %-18s %12s %10s %14s\n' "${each%:*}" "$name" \
				"$(median_of "$RAW" "${each%:*}" "$name" 3)" \
				"$(rounded 4 "$(median_of "$RAW" "${each%:*}" "$name" 4)")" \
				"$(rounded 0 "$(median_of "$RAW" "${each%:*}" "$name" 5)")"
		done
	done
	draw_shares
	gone=()
}

# What delivers hardly anything has no cost a packet that could be drawn.
draw_shares() {
	local each name size share
	echo 'size name - sent share worst cpu' >"$BENCH_OUT/forward-summary.tsv"
	for each in $SIZES; do
		size=${each%:*}
		for name in "${found[@]}"; do
			share=$(median_of "$RAW" "$size" "$name" 4)
			awk -v share="$share" 'BEGIN { exit share == "-" || share < 0.01 }' || continue
			printf '%s\t%s\t-\t%s\t%s\t%s\t%s\n' "$size" "$name" \
				"$(median_of "$RAW" "$size" "$name" 3)" "$share" \
				"$(awk -F'\t' -v size="$size" -v name="$name" \
					'$1 == size && $2 == name' "$RAW" | cut -f4 | sort -g | head -n 1)" \
				"$(median_of "$RAW" "$size" "$name" 5)"
		done
	done >>"$BENCH_OUT/forward-summary.tsv"
	awk -v names='wiretape-ring wiretape-sendmmsg netsniff-ng tcpbridge' -v shared=delivered \
		-f "$SELF/chart.awk" "$BENCH_OUT/forward-summary.tsv" >"$BENCH_OUT/forward.svg"
}

latency() {
	local round name sent got half most worst cpu RAW=$BENCH_OUT/latency.tsv
	rm -f "$RAW"
	# shellcheck disable=SC2086 # names
	find_all forwarder $FORWARDERS
	for ((round = 1; round <= ROUNDS; round++)); do
		for name in "${found[@]}"; do
			[ -z "${gone[$name]-}" ] || continue
			start_forwarder "$name"
			read -r sent got half most worst < <(taskset -c $SEND_CPU "$BENCHTOOLS/latency" \
				"$NS_A" va "$NS_C" wc $((RATE * LATENCY_SECONDS)) "$RATE")
			stop_forwarder
			if [ -n "$problem" ] || ((${got:-0} == 0)); then
				give_up "$name"
				continue
			fi
			printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$RATE" "$name" "$half" "$most" "$worst" "$got" >>"$RAW"
			say "round $round: $name: $got of $sent, median $half us, 99 % $most us"
		done
	done
	printf '%-18s %10s %10s %10s %10s\n' latency 'median us' '99 % us' 'worst us' arrived
	for name in "${found[@]}"; do
		printf '%-18s %10s %10s %10s %10s\n' "$name" "$(median_of "$RAW" "$RATE" "$name" 3)" \
			"$(median_of "$RAW" "$RATE" "$name" 4)" "$(median_of "$RAW" "$RATE" "$name" 5)" \
			"$(median_of "$RAW" "$RATE" "$name" 6)"
	done
	gone=()
}

# --- replays -------------------------------------------------------------------------

# Sets command, for the file.
replayer() { # NAME [times]
	case $1${2-} in
	wiretape-*times) command=("$WIRETAPE" -q -r "$FILE" -o wb --tx "${1#wiretape-}") ;;
	wiretape-*) command=("$WIRETAPE" -q -r "$FILE" -o wb --speed top --tx "${1#wiretape-}") ;;
	tcpreplaytimes) command=(tcpreplay -q -i wb "$FILE") ;;
	tcpreplay) command=(tcpreplay -q -K -t -i wb "$FILE") ;;
	*) die "no such replayer: $1" ;;
	esac
}

make_file() { # SIZE COUNT GAP-NS
	python3 - "$FILE" "$@" <<'END'
import struct, sys
size, count, gap = map(int, sys.argv[2:5])
frame = bytes.fromhex("02000000000202000000000188b5") + bytes(i & 255 for i in range(size - 14))
with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
    for i in range(count):
        ns = 1700000000 * 10**9 + i * gap
        out.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, size, size))
        out.write(frame)
END
}

# Packets a second of its whole life, and the most memory it had.
replay_run() { # ROUND NAME SIZE COUNT
	local before arrived cpu start rss wall
	replayer "$2"
	before=$(arrivals)
	problem=
	in_b "$BENCHTOOLS/measure" -c $MEASURED_CPU -q 400 -o "$BENCH_OUT/measured" "${command[@]}" \
		>"$BENCH_OUT/run.out" 2>"$BENCH_OUT/run.err" </dev/null || problem="exit status $?"
	sleep 0.2
	arrived=$(($(arrivals) - before))
	read -r cpu start rss wall <"$BENCH_OUT/measured"
	if [ -n "$problem" ] || ((arrived != $4)); then
		problem="${problem:+$problem, }$arrived arrived of $4"
		give_up "$2"
		return
	fi
	awk -v OFS='\t' -v size="$3:$4" -v name="$2" -v count="$4" -v wall="$wall" -v rss="$rss" \
		'BEGIN { print size, name, count / wall, rss }' >>"$RAW"
	say "round $1: $3 B: $2: $4 in $wall s, $rss KiB"
}

replay() {
	local round each name times size FILE=$BENCH_OUT/replay.pcap RAW=$BENCH_OUT/replay.tsv
	rm -f "$RAW"
	# shellcheck disable=SC2086 # names
	find_all replayer $REPLAYERS
	for each in $REPLAYS; do
		for times in 1 4; do
			make_file "${each%:*}" $((${each#*:} * times)) 1000
			for ((round = 1; round <= ROUNDS; round++)); do
				for name in "${found[@]}"; do
					[ -n "${gone[$name]-}" ] ||
						replay_run "$round" "$name" "${each%:*}" $((${each#*:} * times))
				done
			done
		done
	done
	printf '%-18s %-18s %12s %12s\n' 'size:packets' replayer 'packets/s' 'memory KiB'
	for each in $REPLAYS; do
		for times in 1 4; do
			for name in "${found[@]}"; do
				size=${each%:*}:$((${each#*:} * times))
				printf '%-18s %-18s %12s %12s\n' "$size" "$name" \
					"$(rounded 0 "$(median_of "$RAW" "$size" "$name" 3)")" "$(median_of "$RAW" "$size" "$name" 4)"
			done
		done
	done
	gone=()
}

times_run() { # ROUND NAME
	local got error drift heard
	replayer "$2" times
	ip netns exec "$NS_C" taskset -c $SEND_CPU "$BENCHTOOLS/latency" -a wc $((RATE * TIMES_SECONDS)) \
		$((1000000000 / RATE)) >"$BENCH_OUT/run.out" &
	heard=$!
	sleep 0.3
	in_b taskset -c $MEASURED_CPU "${command[@]}" >/dev/null 2>"$BENCH_OUT/run.err" </dev/null
	wait "$heard"
	read -r got error drift < <(tail -n 1 "$BENCH_OUT/run.out")
	printf '%s\t%s\t%s\t%s\t%s\n' "$RATE" "$2" "$error" "$drift" "$got" >>"$RAW"
	say "round $1: $2: $got, 99 % within $error us, $drift us at the end"
}

times() {
	local round name FILE=$BENCH_OUT/replay.pcap RAW=$BENCH_OUT/times.tsv
	rm -f "$RAW"
	# shellcheck disable=SC2086 # names
	find_all replayer $REPLAYERS
	make_file 64 $((RATE * TIMES_SECONDS)) $((1000000000 / RATE))
	for ((round = 1; round <= ROUNDS; round++)); do
		for name in "${found[@]}"; do
			times_run "$round" "$name"
		done
	done
	printf '%-18s %14s %14s %10s\n' 'as recorded' '99 % within us' 'at the end us' arrived
	for name in "${found[@]}"; do
		printf '%-18s %14s %14s %10s\n' "$name" "$(median_of "$RAW" "$RATE" "$name" 3)" \
			"$(median_of "$RAW" "$RATE" "$name" 4)" "$(median_of "$RAW" "$RATE" "$name" 5)"
	done
}

set_up
case ${1-} in
'')
	{
		share
		latency
		replay
		times
	} | tee "$BENCH_OUT/forward.txt"
	say "written: $BENCH_OUT/forward.tsv, latency.tsv, replay.tsv, times.tsv, forward.txt"
	;;
share | latency | replay | times) "$1" ;;
*) die "usage: forward.sh [share|latency|replay|times]" ;;
esac
