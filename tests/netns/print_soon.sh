#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints live: soon, and as much as comes.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup

lines() { wc -l <"$TMP/$1.out"; }
has_lines() { (($(lines "$1") >= $2)); }

# Starts it with standard output into a pipe, whose reader writes down when each
# line came.
print_stamped() { # NAME ARG...
	local name=$1
	shift
	rm -f "$TMP/$name.err"
	ip netns exec "$NS_B" "$WIRETAPE" "$@" 2>"$TMP/$name.err" </dev/null > >(
		while IFS= read -r line; do
			echo "$EPOCHREALTIME $line"
		done >"$TMP/$name.out"
	) &
	pid=$!
	started+=("$pid")
	wait_for 10 ready "$name"
}

# The longest a packet, sent alone, took to its line, in ms.
longest_wait() { # NAME
	local sent=() i
	for i in 1 2 3 4 5 6 7 8; do
		sent+=("$EPOCHREALTIME")
		in_a "$TESTTOOLS/generate" -i va -n 1 -s 60 >/dev/null
		sleep 0.0$i
	done
	wait_for 5 has_lines "$1" 8
	# The generator takes its own time to start: the time of the packet counts.
	awk '{ wait = ($1 - $2) * 1000; if (wait > most) most = wait }
		END { printf "%d", (NR == 8 ? most : 9999) }' "$TMP/$1.out"
}

for option in "" -l; do
	# shellcheck disable=SC2086 # words are meant to be split
	for _ in 1 2 3; do
		print_stamped run -i vb -tt $option
		wait=$(longest_wait run)
		((wait < 100)) && break
		finish INT
	done
	expect_range "longest wait in ms" "$wait" 0 99
	finish INT
	expect "exit status" "$status" 0
	result "a packet is seen within 100 ms${option:+, $option}"
done

# --- much of it -----------------------------------------------------------------------

# Two seconds of 100 000 packets a second. Other work may be in the way.
for _ in 1 2 3; do
	record run -q --ring-size 256M
	send -n 200000 -s 60 -r 100000
	settle
	finish INT
	[ "$(count run 'dropped by kernel')" = 0 ] && break
done
expect "exit status" "$status" 0
expect_report run 200000 200000 0
expect "lines" "$(lines run)" 200000
result "100 000 packets a second"

finish_tests
