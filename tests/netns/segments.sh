#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A recording in segments: whatever begins the next one, no frame is lost or
# there twice, and files have the sizes they are to have.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
# A real file system: the build's, mostly.
export TMPDIR=$PWD
. "$(dirname "$0")/tape_lib.sh"
netns_setup

# --- an idle link, beside all the rest; looked at in the end ----------------------

veth ia ib
declare -A idle_pid idle_begin
in_idle() { # NAME ARG...: records into $TMP/idle-NAME
	mkdir "$TMP/idle-$1"
	idle_begin[$1]=$(now_ms)
	record_in "$NS_B" "idle-$1" -i ib "${@:2}"
	idle_pid[$1]=$pid
}

idle_end() { # NAME SIGNAL: sets files, and seconds to the time since the begin
	pid=${idle_pid[$1]} tape=$TMP/idle-$1
	finish ${2:-}
	seconds=$((($(now_ms) - idle_begin[$1]) / 1000))
	expect "exit status" "$status" 0
	expect "captured" "$(count "idle-$1" captured)" 0
	expect_no_hidden
	list_tape
	expect_ok "$TESTTOOLS/verify" -n 0 "${files[@]}"
}

in_idle duration -w "$TMP/idle-duration/" -b duration:500ms
in_idle interval -w "$TMP/idle-interval/" -b interval:2
in_idle age -w "$TMP/idle-age/" -b duration:200ms -b age:1s
export TZ=UTC-5:45
in_idle template -w "$TMP/idle-template/x_%Y%m%d_%H%M%S.pcap" -G 1 -W 3
unset TZ

# --- what begins a segment ---------------------------------------------------------

# At the full rate, with a change every 100 ms, in every way of writing. Frames
# at the end see to it that every loss stands before one.
dd if=/dev/zero of="$TMP/probe" bs=4096 count=1 oflag=direct 2>/dev/null && direct=1 || direct=0
for kind in "pcapng auto" "pcapng direct" "pcapng uring" "pcapng buffered" "pcap auto"; do
	read -r format io <<<"$kind"
	title="$format, --io $io, full rate, -b duration:100ms"
	if [ $direct = 0 ] && [ "$io" != buffered ]; then
		skip "$title" "$(stat -f -c %T "$TMP") takes no direct writes"
		continue
	fi
	new_tape
	record run --format "$format" --io "$io" -w "$tape/" -b duration:100ms
	send -n 300000 -s 64
	expect_handled run 300000
	send -n 20 --start 300000 -r 200 -s 64
	settle
	finish INT
	expect_tape run 300020 -s 64
	expect_range "segments" ${#files[@]} 4 100
	result "$title: ${#files[@]} segments, $dropped dropped"
done

# It ends by itself. Bash forgets how, when it has had many other children.
idle_end template
expect segments ${#files[@]} 3
for n in "${!files[@]}"; do
	when=$(sed -nE 's/^x_(....)(..)(..)_(..)(..)(..)\.pcap$/\1-\2-\3 \4:\5:\6/p' <<<"${files[n]##*/}")
	expect_range "begin of segment $n" \
		$(($(TZ=UTC-5:45 date -d "$when" +%s) - idle_begin[template] / 1000)) $n $((n + 4))
done
result "-w x_%Y%m%d_%H%M%S.pcap -G 1 -W 3: local time; ends after three files"

# Many within a block of the ring, and many blocks in one.
for kind in "pcapng 64K 20000 200" "pcap 64K 20000 200" "pcapng 5M 60000 300" "pcap 5M 60000 300"; do
	read -r format size number frame <<<"$kind"
	new_tape
	record run --format "$format" -w "$tape/" -b filesize:$size
	send -n "$number" -s "$frame"
	settle
	finish INT
	expect_tape run "$number" -s "$frame"
	limit=$(numfmt --from=iec "$size")
	expect_range "largest" "$(stat -c %s "${files[@]}" | sort -n | tail -n 1)" $((limit - 1024)) "$limit"
	expect_range "smallest but the last" \
		"$(stat -c %s "${files[@]:0:${#files[@]}-1}" | sort -n | head -n 1)" $((limit - 5120)) "$limit"
	expect_range "segments" ${#files[@]} 3 1000
	[ "$size" = 64K ] && expect_read -s "$frame" "${files[1]}"
	result "$format, -b filesize:$size: ${#files[@]} segments, none larger"
done

for kind in "pcapng 1000 5500" "pcap 1000 5500" "pcapng 1 20"; do
	read -r format each number <<<"$kind"
	new_tape
	record run --format "$format" -w "$tape/" -b packets:$each
	send -n "$number"
	settle
	finish INT
	expect_tape run "$number" -s 64
	for ((start = 0; start < number; start += each)); do
		expect_ok "$TESTTOOLS/verify" -s 64 --start $start \
			-n $((number - start < each ? number - start : each)) "${files[start / each]}"
	done
	result "$format, -b packets:$each: exactly, in each but the last"
done

# In full flight, also where nohup has the signal ignored.
for ignored in "" "nohup, "; do
	new_tape
	[ "$ignored" ] && trap '' HUP
	record run -w "$tape"
	trap 'exit 1' HUP
	flood -i va -r 50000
	for n in 1 2 3 4; do
		sleep 0.05
		kill -HUP "$pid"
		wait_for 5 has_segments $n || faults+="no segment $n"$'\n'
	done
	kill -USR1 "$pid"
	kill -USR2 "$pid"
	wait_for 5 grep -q 'received by filter' "$TMP/run.err" || faults+="no report"$'\n'
	finish INT
	flood_end
	received=$(count run 'received by filter')
	expect_range "received" "$received" 1000 1000000
	expect_tape run "$received" -s 64
	expect segments ${#files[@]} 5
	expect_ok "$TESTTOOLS/verify" -n "$received" --allow-gaps -s 64 "${files[@]}"
	result "${ignored}SIGHUP begins a segment, SIGUSR1 and SIGUSR2 are as ever; -w DIR"
done

# --- the end -------------------------------------------------------------------------

for kind in "-c 2500 -b packets:1000|2500 3" "-a packets:2500 -b packets:1000|2500 3" \
	"-c 2000 -b packets:1000|2000 2" "-a files:3 -b packets:800|2400 3"; do
	options=${kind%|*}
	read -r captured number <<<"${kind#*|}"
	new_tape
	record run $options -w "$tape/"
	send -n 5000
	finish
	expect "exit status" "$status" 0
	expect "captured" "$(count run captured)" "$captured"
	list_tape
	expect "segments" ${#files[@]} "$number"
	expect_ok "$TESTTOOLS/verify" -n "$captured" -s 64 "${files[@]}"
	expect_no_hidden
	result "$options: ends after $captured packets in $number segments"
done

for format in pcapng pcap; do
	new_tape
	record run --format $format -a filesize:1M -b filesize:100K -w "$tape/"
	send -n 20000 -s 200
	finish
	expect "exit status" "$status" 0
	list_tape
	bytes=$(cat "${files[@]}" | wc -c)
	expect_range "bytes" "$bytes" $((1048576 - 4096)) 1048576
	expect_ok "$TESTTOOLS/verify" -n "$(count run captured)" -s 200 "${files[@]}"
	expect_no_hidden
	result "$format, -a filesize:1M: ${#files[@]} segments make $bytes bytes"
done

new_tape
record run -a duration:700ms -b packets:1000 -w "$tape/"
from=$(now_ms)
send -n 5500
finish
expect_range "milliseconds" $(($(now_ms) - from)) 500 5000
expect_tape run 5500 -s 64
expect segments ${#files[@]} 6
result "-a duration:700ms: ends in time, with all that came"

# --- the idle link ---------------------------------------------------------------------

tape=$TMP/idle-age
wait_for 5 has_segments 1
# One may go at any moment.
oldest=$(find "$tape" -name 'ib_*' -printf '%Ts\n' 2>/dev/null | sort -n | head -n 1)
age=$(($(date +%s) - ${oldest:-0}))
expect_range "seconds since the oldest was closed" $age 0 5
expect_range "files" ${#files[@]} 1 30
idle_end age INT
expect_range "number of the last" "$(sed -E 's/.*_0*([0-9]+)\.pcapng/\1/' <<<"${files[-1]}")" 10 100000
result "-b age:1s: the oldest is not older than $age s"

idle_end duration INT
expect_range "segments in $seconds s" ${#files[@]} $seconds $((2 * seconds + 4))
expect_ok "$TESTTOOLS/verify" -n 0 --isb 0,0,0 "${files[@]}"
expect_readers "${files[1]}" 0
result "-b duration:500ms on an idle link: ${#files[@]} segments in $seconds s"

idle_end interval INT
expect_range "segments in $seconds s" ${#files[@]} $((seconds / 2 - 1)) $((seconds / 2 + 2))
expect "begun at an odd second" "$(printf '%s\n' "${files[@]:1}" | grep 'T.....[13579]Z_')" ""
result "-b interval:2 on an idle link: ${#files[@]} segments, at even seconds"

finish_tests
