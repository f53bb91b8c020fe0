#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A recorder under full load is asked: it answers within 100 ms, also where a hundred ask at
# once, some of whom never read, and nothing is lost for it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

# How long each of COUNT questions took, in milliseconds, in order.
time_asking() { # COUNT
	local i begin
	for ((i = 0; i < $1; i++)); do
		begin=$(now_ms)
		"$WIRETAPE" --ask "$tape" status >"$TMP/answer" || echo failed
		echo $(($(now_ms) - begin))
	done | sort -n
}

new_tape
chown nobody "$tape"
record run -w "$tape/" -b filesize:16M -b budget:1G
sender -n 2000000 -s 200
times=$(time_asking 40)
sending || faults+="all was sent before it was asked"$'\n'
expect_range "ms, the one before the last of 40" "$(tail -n 2 <<<"$times" | head -n 1)" 0 100
result "it answers within 100 ms"

# Those who never read, or never end their line, keep what they have open.
python3 -c '
import socket, sys, time
calls = []
for i in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.send(b"wiretape 1 json status\n" if i % 2 else b"wiretape 1 js")
    calls.append(s)
time.sleep(20)' "$tape/.wiretape-control" &
started+=($!)
asking=()
for ((i = 0; i < 100; i++)); do
	"$WIRETAPE" --ask "$tape" status >"$TMP/answer.$i" 2>&1 &
	asking+=($!)
done
for p in "${asking[@]}"; do
	wait "$p" || faults+="one of a hundred gets no answer"$'\n'
done
expect "answers" "$(cat "$TMP"/answer.* | grep -c '^healthy')" 100
result "a hundred at once are answered, beside others who never read"

wait "$sender_pid"
expect_handled run 2000000
finish INT
expect_tape run 2000000 -s 200
expect "lost" "$dropped" 0
result "nothing is lost"

finish_tests
