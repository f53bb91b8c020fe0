#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints live: all of it, as tcpdump beside it does, and without rights.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

lines() { wc -l <"$TMP/$1.out"; }
has_lines() { (($(lines "$1") >= $2)); }

# --- as much as was asked for, and the same in a file -----------------------------

record run -tt -# -c 5
send -n 20 -s 60 -r 1000
finish
expect "exit status" "$status" 0
expect "lines" "$(lines run)" 5
expect "last number" "$(tail -n 1 "$TMP/run.out" | awk '{ print $1 }')" 5
expect "captured" "$(count run captured)" 5
result "-c"

in_b ip link set lo up
record run -i lo -tt -c 4
in_b ping -q -c 1 127.0.0.1 >/dev/null
send -n 2 -s 60
finish
expect "exit status" "$status" 0
expect "interfaces" "$(awk '{ print $2, $3, $4 }' "$TMP/run.out" | sort | uniq -c | tr -s ' ' | tr '\n' ',')" \
	" 2 lo In IP, 2 vb P IP,"
result "of several interfaces the name and the direction"

# The name it has by then; that is looked up once a second.
record run -i lo -tt -l
send -n 1 -s 60
wait_for 5 has_lines run 1
in_b ip link set vb down
in_b ip link set vb name other
in_b ip link set other up
wait_for 5 grep -q "vb: the interface is called other now" "$TMP/run.err"
wait_for 5 in_b grep -q up /sys/class/net/other/operstate
sleep 1.1
send -n 1 -s 60
wait_for 5 has_lines run 2
in_b ip link set other down
in_b ip link set other name vb
in_b ip link set vb up
finish INT
expect "names" "$(awk '{ print $2 }' "$TMP/run.out" | uniq | tr '\n' ,)" "vb,other,"
result "an interface that is renamed"

record run --count -c 7
send -n 20 -s 60 -r 1000
finish
expect "exit status" "$status" 0
expect "output" "$(cat "$TMP/run.out")" "7 packets"
result "--count"

for format in pcap pcapng; do
	record run --print -e -tt -w "$TMP/f.$format"
	send -n 500 -s 60,80,1514 -r 5000
	settle
	finish INT
	expect_whole run "$TMP/f.$format" 500 -s 60,80,1514
	expect "lines" "$(lines run)" 500
	if have tcpdump; then
		expect "what is in the file" "$(tcpdump -n -e -tt -r "$TMP/f.$format" 2>/dev/null | md5sum)" \
			"$(md5sum <"$TMP/run.out")"
	fi
	result "--print -w, $format"
done

new_tape
chown nobody "$tape"
record run --print -w "$tape/" -b packets:100
send -n 450 -s 60 -r 5000
settle
finish INT
expect_tape run 450 -s 60
expect "segments" "${#files[@]}" 5
expect "lines" "$(lines run)" 450
result "--print -w into segments"

# --- beside tcpdump ---------------------------------------------------------------

listening() { grep -qs '^listening on' "$TMP/theirs.err"; }

# Both see the same packets, each with its own time stamps.
compare() { # NAMESPACE OPTION...
	local ns=$1
	shift
	rm -f "$TMP/theirs.err" # what listening looks at
	ip netns exec "$ns" tcpdump -n -t -l --immediate-mode "$@" >"$TMP/theirs.out" 2>"$TMP/theirs.err" &
	theirs=$!
	started+=("$theirs")
	expect_ok wait_for 10 listening
	record_in "$ns" run -n -t "$@"
	send -n 20 -s 60,200 -r 200 "${tags[@]}"
	expect_ok wait_for 5 has_lines theirs 20
	settle
	finish INT
	kill -INT "$theirs"
	wait "$theirs" 2>/dev/null
	expect "lines" "$(lines run)" 20
	# It ends an interrupted line that it has not begun.
	expect "beside tcpdump" "$(grep . "$TMP/theirs.out" | diff "$TMP/run.out" - | head -n 4)" ""
}

if have tcpdump; then
	tags=()
	compare "$NS_B" -i vb -e
	result "Ethernet, as tcpdump"
	tags=(--vlan 0x8100:100)
	compare "$NS_B" -i vb -e
	expect "tags" "$(grep -c 'vlan 100' "$TMP/run.out")" 20
	result "VLAN, as tcpdump"
	tags=()
	compare "$NS_B" -i any
	expect "interface and direction" "$(grep -cE '^vb +[BMIP][A-Za-z]* ' "$TMP/run.out")" 20
	result "any, received, as tcpdump"
	compare "$NS_A" -i any
	expect "interface and direction" "$(grep -c '^va .*Out ' "$TMP/run.out")" 20
	result "any, sent, as tcpdump"
else
	skip "as tcpdump" "no tcpdump"
fi

# --- rights, and a reader that goes -----------------------------------------------------

record run
task=/proc/$pid/status
expect "user" "$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' "$task")" \
	"$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)"
expect "capabilities" "$(grep -E '^Cap(Prm|Eff|Bnd):.*[1-9a-f]' "$task")" ""
finish INT
result "it prints as nobody"

mkfifo "$TMP/fifo"
for option in "" -l; do
	rm -f "$TMP/run.err" # what ready looks at
	exec 8<>"$TMP/fifo"
	# shellcheck disable=SC2086 # words are meant to be split
	in_b "$WIRETAPE" --log-format text -i vb $option >"$TMP/fifo" 2>"$TMP/run.err" 8>&- </dev/null &
	pid=$!
	started+=("$pid")
	wait_for 10 ready run
	send -n 3 -s 60
	IFS= read -r -t 5 line <&8
	expect_range "length of a line" "${#line}" 20 200
	exec 8>&-
	# One to notice, and one for the frame that is told.
	send -n 1 -s 60
	sleep 0.2
	send -n 1 -s 60
	finish
	expect "exit status" "$status" 0
	expect "complaints" "$(grep -iE 'pipe|error|cannot' "$TMP/run.err")" ""
	result "a reader that goes ends it quietly${option:+, $option}"
done

finish_tests
