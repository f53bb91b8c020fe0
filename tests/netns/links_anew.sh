#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interfaces that are deleted and made anew, get another name, or change under load:
# the recorder takes them up again, and loses nothing but what came in between.
# With LONG=1 as often as in months.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/links_lib.sh"
. "$(dirname "$0")/tape_lib.sh"
netns_setup

remakes=5
[ "${LONG:-0}" = 0 ] || remakes=100

# --- deleted and made anew ------------------------------------------------------

new_tape
record run -w "$tape/" -b packets:300
sent=0
for ((i = 0; i < remakes; i++)); do
	ip -n "$NS_A" link del va
	# The same number once more: another interface all the same.
	if ((i % 2)); then
		veth va vb
	else
		ip -n "$NS_A" link add va type veth peer name vx
		ip -n "$NS_A" link set vx netns "$NS_B" name vb
		ip -n "$NS_A" link set va up
		ip -n "$NS_B" link set vb up
		wait_for 5 is_up vb
	fi
	expect_ok wait_for 5 is_bound vb
	send -n 100 --start "$sent"
	sent=$((sent + 100))
done
settle
finish INT
expect "exit status" "$status" 0
expect_report run "$sent" "$sent" 0
list_tape
expect_ok "$TESTTOOLS/verify" -n "$sent" --allow-gaps "${files[@]}"
result "deleted and made anew, $remakes times, into segments"

# --- another name ---------------------------------------------------------------

record run -w "$TMP/f.pcapng"
send -n 100
ip -n "$NS_B" link set vb down
ip -n "$NS_B" link set vb name other
ip -n "$NS_B" link set other up
wait_for 5 is_up other
send -n 100 --start 100
expect_ok wait_for 5 grep -q "vb: the interface is called other now" "$TMP/run.err"
# One takes its name: that is the one that was asked for.
ip -n "$NS_A" link add vc type veth peer name vb netns "$NS_B"
ip -n "$NS_A" link set vc up
ip -n "$NS_B" link set vb up
wait_for 5 is_up vb
expect_ok wait_for 5 is_bound vb
# No longer recorded from.
send -n 50
expect_ok in_a "$TESTTOOLS/generate" -i vc -n 100 --start 200
settle
finish INT
expect_whole run "$TMP/f.pcapng" 300
ip -n "$NS_B" link del vb
ip -n "$NS_B" link set other down
ip -n "$NS_B" link set other name vb
ip -n "$NS_B" link set vb up
wait_for 5 is_up vb
result "renamed, and another one in its place"

# --- alternative names -------------------------------------------------------------

# Made anew under another name, with the same alternative one.
anew() { # NAME ALTERNATIVE
	ip -n "$NS_A" link del va
	expect_ok wait_for 5 grep -q "the interface is gone; waiting for it" "$TMP/run.err"
	ip -n "$NS_A" link add va type veth peer name "$1" netns "$NS_B"
	ip -n "$NS_A" link set va up
	ip -n "$NS_B" link set "$1" up
	wait_for 5 is_up "$1"
	ip -n "$NS_B" link property add dev "$1" altname "$2"
	expect_ok wait_for 5 is_bound "$1"
}
back_to_vb() {
	ip -n "$NS_A" link del va
	veth va vb
}
for alternative in uplink uplink-to-the-provider-s-own-switch; do
	if ! ip -n "$NS_B" link property add dev vb altname $alternative 2>/dev/null; then
		skip "an interface asked for by $alternative" "no alternative names"
		continue
	fi
	record_in "$NS_B" run -i $alternative -w "$TMP/f.pcapng"
	send -n 100
	anew other $alternative
	expect_ok wait_for 5 grep -q "vb: the interface is called other now" "$TMP/run.err"
	send -n 100 --start 100
	# Called anything, it is the same.
	ip -n "$NS_B" link set other down
	ip -n "$NS_B" link set other name third
	ip -n "$NS_B" link set third up
	wait_for 5 is_up third
	send -n 100 --start 200
	settle
	finish INT
	expect_whole run "$TMP/f.pcapng" 300
	expect "not renamed" "$(grep -c "is called vb now" "$TMP/run.err")" 0
	back_to_vb

	# Waited for, and sent to.
	ip netns exec "$NS_B" "$WIRETAPE" --wait -i $alternative -c 100 -w "$TMP/g.pcapng" 2>"$TMP/wait.err" </dev/null &
	pid=$!
	started+=("$pid")
	expect_ok wait_for 5 grep -q "$alternative: waiting for the interface" "$TMP/wait.err"
	ip -n "$NS_B" link property add dev vb altname $alternative
	expect_ok wait_for 5 grep -q "listening on vb" "$TMP/wait.err"
	send -n 100
	wait "$pid"
	expect "waited: status" $? 0
	expect_ok "$TESTTOOLS/verify" -n 100 "$TMP/g.pcapng"
	in_b timeout 20 "$WIRETAPE" -q -Z root -r "$TMP/g.pcapng" -o $alternative --speed top 2>"$TMP/out.err"
	expect "sent: status" "$?$(grep -v ' sent\| bytes in \|sending ' "$TMP/out.err")" 0
	result "an interface asked for by $alternative"
	back_to_vb
done

# --- under load -------------------------------------------------------------------

record_watched run -w "$TMP/f.pcapng"
sender -n 200000 -s 64 -r 100000
for mtu in 1500 9000 1280 9000; do
	sleep 0.3
	ip -n "$NS_B" link set vb mtu "$mtu"
done
wait "$sender_pid"
settle
finish INT
expect_whole run "$TMP/f.pcapng" 200000
result "the MTU changes under load: nothing is lost"

record_watched run -w "$TMP/f.pcapng"
sender -n 75000 -s 64 -r 50000
sleep 0.5
ip -n "$NS_B" link set vb down
sleep 0.5
ip -n "$NS_B" link set vb up
wait "$sender_pid"
settle
finish INT
captured=$(count run captured)
expect "exit status" "$status" 0
expect_range "captured" "$captured" 20000 74500
expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps "$TMP/f.pcapng"
# It says for how long: about what is missing.
gap_ns=$(stat_of .gaps.ns)
expect_range "missing, in us by the gap" $(((75000 - captured) * 20)) \
	$((gap_ns / 1000 - 200000)) $((gap_ns / 1000 + 300000))
result "down for half a second under load: the gap is told"

# --- the old way, and waiting for a start ------------------------------------------

record run --exit-on-loss -w "$TMP/f.pcapng"
ip -n "$NS_B" link set vb down
finish
expect "exit status" "$status" 1
expect_text "$TMP/run.err" "vb: the interface went down"
result "--exit-on-loss"

rm -f "$TMP/f.pcapng"
record run -w "$TMP/f.pcapng"
finish
expect "exit status" "$status" 1
expect_text "$TMP/run.err" "vb: the interface is down"
expect "files" "$(ls "$TMP"/f.pcapng 2>/dev/null)" ""
result "down at the start"

record_watched run --wait -w "$TMP/f.pcapng"
await_stat is_link down
ip -n "$NS_B" link set vb up
await_stat is_link up
wait_for 5 is_up vb
send -n 100
settle
finish INT
expect_whole run "$TMP/f.pcapng" 100
result "--wait: down at the start, then up"

ip -n "$NS_A" link del va
ip netns exec "$NS_B" "$WIRETAPE" --log-format text -i vb --wait -w "$TMP/f.pcapng" 2>"$TMP/run.err" &
pid=$!
started+=("$pid")
waits() { grep -q 'vb: waiting for the interface' "$TMP/run.err"; }
expect_ok wait_for 5 waits
sleep 0.3
expect_ok running
veth va vb
expect_ok wait_for 5 ready run
send -n 100
settle
finish INT
expect_whole run "$TMP/f.pcapng" 100
result "--wait: not there at the start"

finish_tests
