#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Low rates: few packets cost few bytes, and reach the file in time; and rates
# that change, at which packets are gathered and woven in turn.
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/lib.sh"
netns_setup

readonly timeout_ms=100 gather_ms=1000 slack_ms=400
file=$TMP/f.pcapng

bytes() { stat -c %s "$1"; }
# shellcheck disable=SC2317 # wait_for calls it
larger() { (($(bytes "$1") > $2)); }

# Sends one frame and prints how many milliseconds it takes to its file.
time_to_file() { # FILE NUMBER
	local before from
	before=$(bytes "$1")
	in_a "$TESTTOOLS/generate" -i va -n 1 --start "$2" >/dev/null
	from=$(now_ms)
	wait_for 5 larger "$1" "$before"
	echo $(($(now_ms) - from))
}

for format in pcapng pcap; do
	file=$TMP/f.$format

	record run -w "$file"
	headers=$(bytes "$file")
	expect_range "bytes of headers" "$headers" 24 1000
	send -n 25 -r 10
	expect_ok wait_for 3 holds "$file" 25
	growth=$(($(bytes "$file") - headers))
	expect_range "bytes a packet" $((growth / 25)) 64 300
	expect_ok "$TESTTOOLS/verify" -n 25 "$file"
	finish INT
	expect_whole run "$file" 25
	result "$format: 10 packets a second cost $((growth / 25)) bytes each"

	record run --block-timeout ${timeout_ms}ms -w "$file"
	times=()
	for number in 0 1 2; do
		times+=("$(time_to_file "$file" $number)")
		expect_range "ms to the file" "${times[-1]}" 0 $((timeout_ms + gather_ms + slack_ms))
		expect_ok "$TESTTOOLS/verify" -n $((number + 1)) "$file"
	done
	finish INT
	expect_whole run "$file" 3
	result "$format: a packet is in the file after ${times[*]} ms"

	record run -U --block-timeout ${timeout_ms}ms -w "$file"
	times=()
	for number in 0 1 2 3 4; do
		times+=("$(time_to_file "$file" $number)")
		expect_range "ms to the file" "${times[-1]}" 0 $((timeout_ms + slack_ms))
		expect_ok "$TESTTOOLS/verify" -n $((number + 1)) "$file"
	done
	finish INT
	expect_whole run "$file" 5
	result "$format: with -U after ${times[*]} ms"

	# Long after the block, long before the gathering time.
	record run --block-timeout ${timeout_ms}ms -w "$file"
	headers=$(bytes "$file")
	send -n 1
	sleep 0.3
	expect "bytes before" "$(bytes "$file")" "$headers"
	kill -USR2 "$pid"
	from=$(now_ms)
	wait_for 5 larger "$file" "$headers"
	expect_range "ms to the file" $(($(now_ms) - from)) 0 $slack_ms
	expect_ok "$TESTTOOLS/verify" -n 1 "$file"
	finish INT
	expect_whole run "$file" 1
	result "$format: SIGUSR2 pushes what is gathered"

	# The gathering time is that of the first packet, not the latest.
	record run --block-timeout ${timeout_ms}ms -w "$file"
	flood -i va -r 20
	sleep 2.5
	expect_range "packets after 2.5 s" "$("count_tcpdump" "$file")" \
		$(((2500 - timeout_ms - gather_ms - slack_ms) / 50)) 52
	flood_end
	settle
	finish INT
	expect_ok "$TESTTOOLS/verify" -n "$(count run captured)" "$file"
	result "$format: a trickle does not hold back the packets before it"
done

# A burst is woven, the trickle between two bursts gathered; runs go to whole
# pages, what is pushed before them to any byte.
for mode in auto direct uring buffered; do
	for option in "" -U; do
		file=$TMP/f.pcapng
		record run --io $mode ${option:+$option} -w "$file"
		if [ $mode = uring ] && gone; then
			finish
			expect_text "$TMP/run.err" "does not take direct writes"
			result "--io uring${option:+ $option}: refused here"
			continue
		fi
		at=0
		for part in "20000 0" "7 50" "30000 0" "1 0" "20000 0" "30 1000"; do
			read -r number rate <<<"$part"
			send -n "$number" --start $at -r "$rate" -s 60,61,62,63,1514,9000
			at=$((at + number))
			sleep 0.15
			kill -USR2 "$pid"
		done
		settle
		finish INT
		expect_recorded run $at --drops-anywhere --statistics 10 -s 60,61,62,63,1514,9000 "$file"
		result "--io $mode${option:+ $option}: bursts and trickles, $dropped dropped"
	done
done

finish_tests
