#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# When things go wrong the program says what, ends with status 1, and leaves a
# whole file behind; and it counts what was lost.
# shellcheck disable=SC2046,SC2086 # words are meant to be split
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup
nobody=65534

# Frames that came before the end are there.
expect_ended() { # NAME FILE COUNT MESSAGE
	expect "exit status" "$status" 1
	expect_text "$TMP/$1.err" "^wiretape: .*$4"
	expect_report "$1" "$3" "$3" 0
	expect_ok "$TESTTOOLS/verify" -n "$3" "$2"
}

for format in pcap pcapng; do
	for version in 3 2 1; do
		record run --exit-on-loss $(ring $version) -w "$TMP/f.$format"
		send -n 1000
		settle
		ip -n "$NS_B" link set vb down
		finish
		expect_ended run "$TMP/f.$format" 1000 "vb.*down"
		result "V$version, $format: interface set down"
		ip -n "$NS_B" link set vb up
		wait_for 5 is_up vb
	done
	record run --exit-on-loss -w "$TMP/f.$format"
	send -n 1000
	settle
	ip -n "$NS_A" link del va
	finish
	expect_ended run "$TMP/f.$format" 1000 "vb.*gone"
	expect_readers "$TMP/f.$format" 1000
	result "$format: interface deleted"
	veth va vb
done

mkdir "$TMP/small"
if mount -t tmpfs -o size=2m wiretape-test "$TMP/small" 2>/dev/null; then
	for format in pcap pcapng; do
		file=$TMP/small/f.$format
		record run -w "$file"
		send -n 5000 -s 1514
		finish
		expect "exit status" "$status" 1
		expect_text "$TMP/run.err" "^wiretape: .*f\\.$format: No space left on device"
		number=$("$TESTTOOLS/verify" --allow-gaps -s 1514 "$file" | awk '{ print $2 }')
		# How much of the last write fits depends on how large it was.
		expect_range "in the file" "$number" 100 1400
		expect_ok "$TESTTOOLS/verify" -n "$number" -s 1514 "$file"
		expect_readers "$file" "$number"
		unwritten=$(count run 'lost to a write error')
		dropped=$(count run 'dropped by kernel')
		expect_range "lost" "${unwritten:-0}" 1 4900
		expect_report run "$number" $((number + unwritten + dropped)) "$dropped"
		result "$format: disk full: $number in the file, $unwritten lost"
		rm "$file"
	done
	umount "$TMP/small"
else
	skip "disk full" "no tmpfs"
fi

# Nobody reads the pipe: one signal waits for a reader, a second one does not.
mkfifo "$TMP/pipe"
for format in pcap pcapng; do
	exec 9<>"$TMP/pipe"
	record run --format $format -w "$TMP/pipe"
	send -n 20000 -s 1000
	kill -INT "$pid"
	sleep 0.5
	expect_ok running
	finish INT
	expect "exit status" "$status" 1
	expect_text "$TMP/run.err" "^wiretape: .*pipe: Operation canceled"
	captured=$(count run captured) unwritten=$(count run 'lost to a write error')
	unread=$(count run 'left unread in the ring')
	expect_report run "${captured:-0}" $((captured + unwritten + unread)) 0
	expect "all of them" $((captured + unwritten + unread)) 20000
	# What the pipe has taken is there for a reader who comes yet.
	timeout 1 cat <&9 >"$TMP/read"
	exec 9>&-
	expect_range "captured" "$captured" 50 70
	expect_ok holds "$TMP/read" "$captured" -s 1000
	result "$format: two signals while nobody reads the pipe"
done

# The time being over is no second signal.
exec 9<>"$TMP/pipe"
record run -w "$TMP/pipe" -a duration:1s
send -n 20000 -s 1000
kill -INT "$pid"
sleep 1.5
expect_ok running
cat <&9 >"$TMP/read.pcapng" &
started+=($!)
finish
expect "exit status" "$status" 0
expect_report run 20000 20000 0
exec 9>&-
result "one signal and the end of the duration"

# The packet socket must not become standard error.
record heard -w "$TMP/heard.pcapng" -Q out
ip netns exec "$NS_B" "$WIRETAPE" -i vb -w "$TMP/closed.pcapng" 2>&- &
closed=$!
started+=("$closed")
# Rights go last.
expect_ok wait_for 5 grep -q "^Uid:.$nobody" "/proc/$closed/status"
kill -INT "$closed"
wait "$closed"
expect "its exit status" $? 0
settle
finish INT
expect "exit status" "$status" 0
expect_report heard 0 0 0
expect_ok "$TESTTOOLS/verify" -n 0 "$TMP/heard.pcapng"
result "standard error closed: no message goes out on the wire"

for format in pcap pcapng; do
	record run --format $format -w /dev/full
	send -n 5000 -s 1514
	finish INT
	expect "exit status" "$status" 1
	expect_text "$TMP/run.err" "^wiretape: .*/dev/full: No space left on device"
	result "$format: a device that is full"
done

# A user without rights gets told which one is missing, before any file is made.
install -m 755 "$WIRETAPE" "$TMP/wiretape"
mkdir -m 777 "$TMP/open"
for interface in vb any; do
	in_b setpriv --reuid=$nobody --regid=$nobody --clear-groups \
		"$TMP/wiretape" -i $interface -w "$TMP/open/f.pcap" >/dev/null 2>"$TMP/run.err"
	expect "exit status" $? 1
	expect_text "$TMP/run.err" "^wiretape: .*CAP_NET_RAW"
	expect "files" "$(ls -A "$TMP/open")" ""
	result "a user without CAP_NET_RAW on $interface"
done

# What was lost is told where it was lost, and no more is missing.
expect_overrun() { # SENT MOST-DROPPED
	local told=()
	# A program that is too slow loses more, elsewhere; the kernel only says how many.
	! grep -q __tsan_init "$WIRETAPE" || told=(--drops-anywhere)
	expect_recorded run "$1" "${told[@]}" "$TMP/f.pcapng"
	expect_range dropped "$dropped" 1000 "$2"
	expect "gaps" "$("$TESTTOOLS/verify" --allow-gaps "$TMP/f.pcapng" | sed 's/.* missing \([0-9]*\).*/\1/')" "$dropped"
}

# The ring overrun: sent = captured + dropped, to the packet, in the report and
# in the file. The last few frames come when there is room again.
for version in 3 2 1; do
	record run $(ring $version) --ring-size 1M --block-size 64K -w "$TMP/f.pcapng"
	kill -STOP "$pid"
	send -n 50000
	settle
	kill -CONT "$pid"
	expect_handled run 50000
	send -n 20 --start 50000 -r 100
	settle
	finish INT
	expect_overrun 50020 50000
	result "V$version: ring overrun: $captured captured + $dropped dropped = all sent"
done

# Many times around a small ring of slots, a few frames at a time; and now and then
# nobody reads for a moment, so that what is lost is lost in the middle.
for version in 2 1; do
	record run $(ring $version) --ring-size 4M --block-size 64K -w "$TMP/f.pcapng"
	before=$(counter "$NS_B" vb rx_packets)
	sender -n 60000 -r 20000
	for at in 9000 18000 27000 36000 45000; do
		wait_for 10 has_come vb $((before + at))
		kill -STOP "$pid"
		wait_for 10 has_come vb $((before + at + 4500))
		kill -CONT "$pid"
	done
	wait "$sender_pid"
	settle
	finish INT
	# More than twice around: a ring has 2048, a tenth of a second
	# of what comes: who is kept from its processor for longer loses more, elsewhere.
	expect_overrun 60000 55000
	result "V$version: around and around a small ring, $dropped lost on the way"
done

for format in pcap pcapng; do
	read_pipe "$TMP/pipe" "$TMP/f.$format"
	record run --format $format -w "$TMP/pipe"
	send -n 5000
	settle
	finish INT
	wait "$reader"
	expect_whole run "$TMP/f.$format" 5000 -s 64
	expect "kind" "$(stat -c %F "$TMP/pipe")" "fifo"
	result "$format: into a named pipe"

	# Live: the reader has its frames while the capture runs.
	record run --format $format -U -w - || true
	send -n 5000
	expect_ok wait_for 5 holds "$TMP/run.out" 5000
	expect_ok "$TESTTOOLS/verify" -n 5000 --allow-gaps "$TMP/run.out"
	finish INT
	expect_whole run "$TMP/run.out" 5000 -s 64
	result "$format: standard output, pushed out as it comes"
done

rm -f "$TMP/run.err"
in_b bash -c "exec '$WIRETAPE' --log-format text -i vb -c 2000 -w - 2>'$TMP/run.err' | tcpdump -nr - 2>/dev/null" >"$TMP/lines" &
pipeline=$!
started+=("$pipeline")
wait_for 10 grep -qs '^wiretape: listening' "$TMP/run.err"
send -n 2000
wait_for 10 bash -c "! kill -0 $pipeline 2>/dev/null" || faults+="still running"$'\n'
expect "lines" "$(wc -l <"$TMP/lines")" 2000
expect_report run 2000 2000 0
result "-w - | tcpdump -r -"

# A reader that goes away ends the capture, which is no failure: he has what he wanted.
rm -f "$TMP/run.err"
in_b bash -c "'$WIRETAPE' --log-format text -i vb -U -w - 2>'$TMP/run.err' | head -c 1000 >/dev/null; echo \${PIPESTATUS[0]} >'$TMP/status'" &
pipeline=$!
started+=("$pipeline")
wait_for 10 grep -qs '^wiretape: listening' "$TMP/run.err"
send -n 2000 -r 4000
wait_for 10 test -s "$TMP/status" || faults+="still running"$'\n'
expect "exit status" "$(cat "$TMP/status")" 0
expect "said" "$(grep -v 'listening on\| packets\? ' "$TMP/run.err")" \
	"wiretape: standard output: its reader has gone"
expect "lines of the report" "$(grep -c '^[0-9]* packets\? ' "$TMP/run.err")" 3
result "a pipe whose reader goes"

# Also where no packet comes that could be written.
for how in "-w -" "--format pcap -w -" "" "-w $TMP/pipe"; do
	rm -f "$TMP/run.err" "$TMP/status" "$TMP/pipe"
	mkfifo "$TMP/pipe"
	case $how in
	*pipe) in_b bash -c "head -c 8 '$TMP/pipe' >/dev/null & '$WIRETAPE' -i vb $how 2>'$TMP/run.err'; echo \$? >'$TMP/status'" & ;;
	*) in_b bash -c "'$WIRETAPE' -i vb $how 2>'$TMP/run.err' | sleep 1; echo \${PIPESTATUS[0]} >'$TMP/status'" & ;;
	esac
	started+=($!)
	wait_for 10 test -s "$TMP/status" || faults+="still running"$'\n'
	expect "exit status" "$(cat "$TMP/status")" 0
	expect_report run 0 0 0
	result "an idle link, and a reader that goes: ${how:-printed}"
done

finish_tests
