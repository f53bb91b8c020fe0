#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a recorder tells the service manager, and when; and how soon it answers a
# signal under load.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

# --- the service manager ------------------------------------------------------------

cat >"$TMP/listen.py" <<'PY'
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(0.2)
end = time.time() + 60
text = ""
while time.time() < end and "STOPPING=1" not in text:
    try:
        text = s.recv(4096).decode()
        print(text, flush=True)
    except socket.timeout:
        pass
PY
# The manager, until a recorder ends: what it hears is in $TMP/notified.
listen() {
	rm -f "$TMP/notify"
	python3 "$TMP/listen.py" "$TMP/notify" >"$TMP/notified" &
	listener=$!
	started+=("$listener")
	wait_for 5 test -S "$TMP/notify"
	chmod 666 "$TMP/notify"
}
heard() { grep -q "^$1" "$TMP/notified"; }

if have python3; then
	listen
	export NOTIFY_SOCKET=$TMP/notify WATCHDOG_USEC=1000000
	record run -w "$TMP/f.pcapng" --stats 0.5
	unset NOTIFY_SOCKET WATCHDOG_USEC
	send -n 100
	sleep 3
	# One whose ring thread hangs gets no more watchdogs.
	kill -STOP "$pid"
	before=$(grep -c '^WATCHDOG=1' "$TMP/notified")
	sleep 1.2
	expect "while it is stopped" "$(grep -c '^WATCHDOG=1' "$TMP/notified")" "$before"
	kill -CONT "$pid"
	finish INT
	wait "$listener"
	expect "first" "$(head -n 1 "$TMP/notified")" READY=1
	expect_range "watchdogs" "$before" 4 8
	expect_text "$TMP/notified" '^STATUS=100 packets captured, 0 lost'
	expect_text "$TMP/notified" '^STOPPING=1'
	result "the service manager is told"

	# With the interface missing it is told all the same, and nothing is used up.
	listen
	new_tape
	NOTIFY_SOCKET=$TMP/notify WATCHDOG_USEC=1000000 \
		ip netns exec "$NS_B" "$WIRETAPE" --log-format text -i vz --wait -w "$tape/" --stats 0.5 -Z root \
		2>"$TMP/run.err" &
	pid=$!
	started+=("$pid")
	expect_ok wait_for 5 heard 'STATUS=waiting for vz'
	before=$(ticks "$pid")
	sleep 2.2
	expect_range "ticks in 2 s of waiting" $(($(ticks "$pid") - before)) 0 1
	expect_range "watchdogs" "$(grep -c '^WATCHDOG=1' "$TMP/notified")" 3 5
	expect "lines" "$(grep -vc '^WATCHDOG=1' "$TMP/notified")" 2
	# Later this makes a new segment. It must not be the end.
	kill -HUP "$pid"
	expect_ok running
	expect "files" "$(ls "$tape")" ""
	veth vy vz
	expect_ok wait_for 5 heard 'STATUS=recording'
	expect_ok in_a "$TESTTOOLS/generate" -i vy -n 10
	expect_ok wait_for 5 heard 'STATUS=10 packets captured'
	finish INT
	wait "$listener"
	ip -n "$NS_A" link del vy
	expect "exit status" "$status" 0
	expect "first" "$(head -n 1 "$TMP/notified")" READY=1
	expect "told that it is ready, times" "$(grep -c ^READY "$TMP/notified")" 1
	expect_text "$TMP/notified" '^STOPPING=1'
	result "the service manager is told of a recorder that waits"

	# A signal ends it meanwhile.
	ip netns exec "$NS_B" "$WIRETAPE" --log-format text -i vz --wait -w "$tape/" 2>"$TMP/run.err" &
	pid=$!
	started+=("$pid")
	expect_ok wait_for 5 grep -q 'vz: waiting for the interface' "$TMP/run.err"
	finish TERM
	expect "exit status" "$status" 143
	result "SIGTERM ends a recorder that waits"
else
	skip "the service manager is told" "no python3"
fi

# --- a signal under load ------------------------------------------------------------------

record run -w "$TMP/f.pcapng"
flood -i va -s 64
expect_ok wait_for 5 has_come vb 100000
begin=$(date +%s%N)
kill -USR1 "$pid"
wait_for 5 grep -q 'packets captured' "$TMP/run.err"
took=$((($(date +%s%N) - begin) / 1000000))
flood_end
finish INT
# On machines that do other things, too.
expect_range "ms until a signal was answered" "$took" 0 1000
result "a signal under load: $took ms"

finish_tests
