#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Nothing outside holds up a recording: not a standard error that nobody reads, not a
# pipe, not a file system that stands still, be it that of the statistics or its own.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

is_listening() { is_bound vb || gone; }

# Standard error is a full pipe from the start, or soon. It goes into $TMP/run.err when it
# is read at last.
unread() { # ARG...: the program
	rm -f "$TMP/stuck" "$TMP/run.err"
	mkfifo "$TMP/stuck"
	exec 9<>"$TMP/stuck"
	timeout 1 dd if=/dev/zero bs=4096 count=15 status=none >&9
	ip netns exec "$NS_B" "$WIRETAPE" --ring-size 64M -i vb "$@" >"$TMP/run.out" 2>"$TMP/stuck" </dev/null 9>&- &
	pid=$!
	started+=("$pid")
	wait_for 20 is_listening
}

read_it() {
	tr -d '\0' <"$TMP/stuck" >"$TMP/run.err" 9>&- &
	started+=($!)
	exec 9>&-
	wait $!
}

for how in "" "--log-format json" "--stats 100ms" "--stats 100ms --log-format json"; do
	new_tape
	chown nobody "$tape"
	unread -w "$tape/" -b packets:500 -v $how
	for start in 0 10000 20000 30000; do
		send -n 10000 -s 200 --start $start
		# Each makes a line, or ten.
		for _ in $(seq 10); do
			kill -USR1 "$pid"
		done
		sleep 0.3
	done
	settle
	finish INT
	expect "exit status" "$status" 0
	list_tape
	expect "segments" "${#files[@]}" 80
	expect_ok "$TESTTOOLS/verify" -n 40000 -s 200 "${files[@]}"
	expect_no_hidden
	result "standard error that nobody reads, segments${how:+, $how}"
done

# Late, but read: all is there, or told of.
new_tape
chown nobody "$tape"
unread -w "$tape/" -b packets:500 --log-format json
for start in 0 10000; do
	send -n 10000 -s 200 --start $start
	for _ in $(seq 1000); do
		kill -USR1 "$pid"
		sleep 0.001
	done
done
tr -d '\0' <"$TMP/stuck" >"$TMP/run.err" 9>&- &
started+=($!)
exec 9>&-
settle
finish INT
expect "exit status" "$status" 0
wait "${started[-1]}"
expect "what is no JSON" "$(grep -vE '^\{"time":".*\}$' "$TMP/run.err" | head -n 3)" ""
expect_text "$TMP/run.err" '"cause":"counts","captured":20000,'
result "standard error that is read late"

# The same for a single file, which ends at once all the same.
unread -w "$TMP/f.pcapng" --stats 100ms -v
send -n 10000 -s 200
settle
sleep 1
from=$(now_ms)
finish INT
expect_range "milliseconds" $(($(now_ms) - from)) 0 9000
expect "exit status" "$status" 0
expect_ok "$TESTTOOLS/verify" -n 10000 -s 200 "$TMP/f.pcapng"
exec 9>&-
result "standard error that nobody reads, a single file"

# Lines that nobody reads: a signal ends it after a while, a second one at once.
for times in 1 2; do
	rm -f "$TMP/lines" "$TMP/run.err" # whose "listening" would be taken for this one's
	mkfifo "$TMP/lines"
	exec 9<>"$TMP/lines"
	ip netns exec "$NS_B" "$WIRETAPE" --log-format text -i vb -n >"$TMP/lines" 2>"$TMP/run.err" </dev/null 9>&- &
	pid=$!
	started+=("$pid")
	wait_for 10 ready run
	send -n 20000
	sleep 0.5
	kill -TERM "$pid"
	sleep 0.5
	[ $times = 1 ] && expect_ok running
	[ $times = 1 ] || kill -TERM "$pid"
	from=$(now_ms)
	finish
	expect "exit status" "$status" 1
	[ $times = 1 ] || expect_range "milliseconds" $(($(now_ms) - from)) 0 4000
	expect "received" "$(count run 'received by filter')" 20000
	exec 9>&-
	result "printed into a pipe that nobody reads: SIGTERM $times times"
done

# A reader that stopped: the end waits for some seconds, not for ever.
rm -f "$TMP/pipe"
mkfifo "$TMP/pipe"
exec 9<>"$TMP/pipe"
record run -w "$TMP/pipe"
send -n 20000 -s 1000
finish TERM
expect "exit status" "$status" 1
captured=$(count run captured) unwritten=$(count run 'lost to a write error') unread=$(count run 'left unread in the ring')
expect "all of them" $((captured + unwritten + unread)) 20000
exec 9>&-
result "a pipe that nobody reads: one signal"

# --- file systems that stand still -----------------------------------------------------------

mkdir "$TMP/still"
truncate -s 256M "$TMP/image"
if ! { mkfs.ext4 -qF -m 0 "$TMP/image" && mount -o loop "$TMP/image" "$TMP/still"; } 2>"$TMP/refused"; then
	skip "file systems that stand still" "$(cat "$TMP/refused")"
	finish_tests
fi
chmod 1777 "$TMP/still"

# So many reports are in the log by now.
has_reports() { (($(grep -c 'packets\? received by filter$' "$TMP/run.err") >= $1)); } # COUNT
thaw_soon() { # SECONDS: whatever happens here
	(sleep "$1" && fsfreeze -u "$TMP/still") 2>/dev/null &
	thaw=$!
	started+=("$thaw")
}
thaw_now() {
	kill "$thaw" 2>/dev/null
	fsfreeze -u "$TMP/still" 2>/dev/null
}

# That of the statistics: nothing else notices.
new_tape
chown nobody "$tape"
record run -w "$tape/" -b packets:500 --stats-file "$TMP/still/stats.json" --metrics-file "$TMP/still/metrics.prom" --stats 100ms
expect_ok wait_for 5 test -s "$TMP/still/stats.json"
thaw_soon 40
expect_ok fsfreeze -f "$TMP/still"
sleep 0.5
send -n 10000 -s 200
settle
kill -USR1 "$pid"
expect_ok wait_for 5 has_reports 1
expect_ok wait_for 10 grep -q "write .*stats.json: its file system takes too long; it has old counts" "$TMP/run.err"
kill -INT "$pid"
# A process does not end as long as one of its threads waits for such a disk.
expect_ok wait_for 12 has_reports 2
expect_ok wait_for 20 grep -q "write .*metrics.prom: its file system takes too long; the last counts" "$TMP/run.err"
list_tape
expect "segments" "${#files[@]}" 20
expect_ok "$TESTTOOLS/verify" -n 10000 -s 200 "${files[@]}"
thaw_now
finish
expect "exit status" "$status" 0
result "the file system of the statistics stands still"

# That of a single file: what is to be reserved ahead is reserved by another thread, and
# requests are heard.
for format in pcap pcapng; do
	record run --ring-size 256M -w "$TMP/still/f.$format"
	send -n 20000 -s 1500
	expect_handled run 20000
	before=$(grep -c 'received by filter$' "$TMP/run.err")
	thaw_soon 40
	expect_ok fsfreeze -f "$TMP/still"
	send -n 20000 -s 1500 --start 20000
	sleep 1
	kill -USR1 "$pid"
	expect_ok wait_for 5 has_reports $((before + 1))
	sleep 1
	kill -USR1 "$pid"
	expect_ok wait_for 5 has_reports $((before + 2))
	thaw_now
	finish INT
	expect_whole run "$TMP/still/f.$format" 40000 -s 1500
	rm -f "$TMP/still/f.$format"
	result "$format: the file's own stands still: requests are heard, nothing is lost"
done
umount "$TMP/still"

finish_tests
