#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Nothing is left of root's rights by the time the first packet is handled, in
# any thread, and everything that has to go on working does.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

nobody=$(id -u nobody)
caps=(CapInh CapPrm CapEff CapBnd CapAmb)

field() { # FILE NAME
	awk -v name="$2:" '$1 == name { $1 = ""; sub(/^ /, ""); print }' "$1"
}

# Every thread of the program, read from outside.
expect_powerless() { # UID [LEFT]: LEFT is a set that may stay
	local task set number=0
	for task in /proc/"$pid"/task/*/status; do
		number=$((number + 1))
		expect "uids of $task" "$(field "$task" Uid)" "$1 $1 $1 $1"
		expect "groups of $task" "$(field "$task" Groups)" ""
		expect "no_new_privs of $task" "$(field "$task" NoNewPrivs)" 1
		for set in "${caps[@]}"; do
			[ "$set" = "${2:-}" ] ||
				expect "$set of $task" "$(field "$task" "$set")" 0000000000000000
		done
	done
	expect_range "threads" "$number" 2 20
}

owners() { find "$1" -mindepth 1 -printf '%U\n' | sort -u; }

taken_up() { grep -q 'vb: the interface is back' "$TMP/run.err"; }

for owner in "$nobody" 0; do
	new_tape
	chown "$owner:$owner" "$tape"
	record run -w "$tape/" -b packets:200
	expect_powerless "$owner"
	expect_ok is_promiscuous vb
	send -n 500
	expect_ok wait_for 5 has_segments 2
	expect_powerless "$owner"
	expect "owners" "$(owners "$tape")" "$owner"
	# Binding again takes no right.
	ip -n "$NS_A" link del va
	veth va vb
	expect_ok wait_for 5 taken_up
	expect_ok wait_for 5 is_promiscuous vb
	send -n 500
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_report run 1000 1000 0
	if [ "$owner" = 0 ]; then
		expect_text "$TMP/run.err" "belongs to root"
	else
		expect "root's" "$(grep -c 'belongs to root' "$TMP/run.err")" 0
	fi
	result "a directory of user $owner: that user, without a capability, in every thread"
done

made=$TMP/made
install -d -o root -m 755 "$made"
record run -w "$made/tape/" -b packets:200
expect_powerless "$(id -u wiretape 2>/dev/null || echo "$nobody")"
send -n 500
finish INT
expect "exit status" "$status" 0
expect "owner" "$(owners "$made")" "$(id -u wiretape 2>/dev/null || echo "$nobody")"
expect "mode" "$(stat -c %a "$made/tape")" 700
result "a directory that is not there is made, and the user's"

record run -w "$TMP/f.pcapng"
expect_powerless "$nobody"
send -n 500
settle
finish INT
expect_whole run "$TMP/f.pcapng" 500
result "a single file: nobody"

record run -w - -c 500
expect_powerless "$nobody"
send -n 500
finish
expect_whole run "$TMP/run.out" 500
result "a pipe: nobody"

record run -Z 4321 -w "$TMP/f.pcapng"
expect_powerless 4321
finish INT
expect "exit status" "$status" 0
new_tape
chown 4321 "$tape"
record run -Z 4321 -w "$tape/" -b packets:200
expect_powerless 4321
send -n 500
finish INT
expect "owners" "$(owners "$tape")" 4321
result "-Z: who it says"

record run -Z root -w "$TMP/f.pcapng"
expect "uids" "$(field "/proc/$pid/status" Uid)" "0 0 0 0"
expect "effective" "$(field "/proc/$pid/status" CapEff)" "$(field /proc/self/status CapEff)"
finish INT
expect "exit status" "$status" 0
result "-Z root: root stays root"

# Taken out of the program by root, its packet sockets do not give a filter up.
unlock() { # PID: a line for each that does, or does not
	perl -e '
		my $process = syscall(434, $ARGV[0] + 0, 0); # pidfd_open
		for my $number (3 .. 63) {
			my $fd = syscall(438, $process, $number, 0); # pidfd_getfd
			next if $fd < 0 || !open(my $socket, "+<&=", $fd);
			my $name = getsockname($socket);
			next if !defined $name || unpack("S", $name) != 17; # AF_PACKET
			print setsockopt($socket, 1, 27, pack("i", 0)) ? "gives it up\n" : "keeps it\n";
		}' "$1"
}
if have perl; then
	record run -w "$TMP/f.pcapng" udp port 9
	expect "a capture's socket" "$(unlock "$pid")" "keeps it"
	finish INT
	expect "exit status" "$status" 0
	new_namespace "$NS_C"
	veth_on 9000
	for tx in ring sendmmsg; do
		record run -o wb --tx $tx udp port 9
		expect "those of forwarding, $tx" "$(unlock "$pid" | sort -u)" "keeps it"
		finish INT
		expect "exit status" "$status" 0
	done
	result "filters of packet sockets are locked"
fi

# A plain user, the right being the program's.
install -d -m 755 "$TMP/bin"
cp "$WIRETAPE" "$TMP/bin/wiretape"
plain() { # NAME ARG...
	local name=$1
	shift
	rm -f "$TMP/$name.err"
	ip netns exec "$NS_B" setpriv --reuid "$nobody" --regid "$nobody" --clear-groups \
		"$TMP/bin/wiretape" --log-format text -i vb "$@" >"$TMP/$name.out" 2>"$TMP/$name.err" </dev/null &
	pid=$!
	started+=("$pid")
	wait_for 10 ready "$name"
}
new_tape
chown "$nobody" "$tape"
plain run -w "$tape/" -b packets:200
finish
expect "exit status" "$status" 1
expect_text "$TMP/run.err" "no permission to capture"
result "a plain user without the right"

if ! have setcap || ! setcap cap_net_raw+ep "$TMP/bin/wiretape" 2>/dev/null; then
	skip "a plain user, and capabilities of the program" "setcap does not work here"
else
	plain run -w "$tape/" -b packets:200
	# The bounding set takes a capability to empty, and gives none.
	expect_powerless "$nobody" CapBnd
	send -n 500
	expect_ok wait_for 5 has_segments 2
	ip -n "$NS_A" link del va
	veth va vb
	expect_ok wait_for 5 taken_up
	send -n 500
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_report run 1000 1000 0
	plain run -Z 1 -w "$tape/"
	finish
	expect "exit status" "$status" 2
	expect_text "$TMP/run.err" "^wiretape: -Z: "
	result "a plain user, and capabilities of the program"
fi

finish_tests
