#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A running capture is asked through its socket: what it answers, who may ask, and what a
# killed one leaves.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

ask() { "$WIRETAPE" --ask "$@" >"$TMP/answer" 2>"$TMP/refusal"; }
ask_as() { # USER ARG...: the program may be where that user does not get
	setpriv --reuid "$1" --clear-groups --no-new-privs "$WIRETAPE" --ask "${@:2}" >"$TMP/answer" 2>"$TMP/refusal"
}
status_of() { "$WIRETAPE" --status "$@" >"$TMP/answer" 2>"$TMP/refusal"; }
has_tape() { (($("$WIRETAPE" --ask "$tape" status --json | jq .total.packets.captured) == $1)); }

# --- a recorder ---------------------------------------------------------------------

new_tape
chown nobody "$tape"
record run -w "$tape/" -b budget:64M
expect "socket" "$(stat -c '%F %a %U' "$tape/.wiretape-control")" "socket 600 nobody"
expect_ok ask "$tape" status
expect "healthy" "$(head -n 1 "$TMP/answer")" healthy
expect_text "$TMP/answer" '^vb: 0 packets, ring 0\.0 % full$'
expect_text "$TMP/answer" '^lost: nothing$'
expect_text "$TMP/answer" '^kept: 1 segment, .* of 64 MiB \([0-9]+ %\)'
send -n 1000 -s 200
if have jq; then
	wait_for 5 has_tape 1000 || faults+="1000 packets are not told of"$'\n'
	expect_ok ask "$tape" --json status
	expect_ok jq -e '.health.healthy and .health.problems == [] and .total.losses.ring == 0
		and .output.segment.sequence == 1' "$TMP/answer"
fi
expect_ok ask "$tape" rotate
expect "rotate" "$(cat "$TMP/answer")" "segment 1 ends, and another begins"
wait_for 5 has_segments 1 || faults+="no segment after rotate"$'\n'
expect_ok ask "$tape/.wiretape-control" --json flush
expect "flush" "$(cat "$TMP/answer")" '{"text": "what was gathered is written out"}'
ask "$tape" trigger && faults+="there is something to trigger"$'\n'
expect_text "$TMP/refusal" '^wiretape: --ask: there is nothing to trigger: no --hold$'
ask "$tape" --json trigger && faults+="there is something to trigger"$'\n'
expect "trigger" "$(cat "$TMP/answer")" '{"text": "there is nothing to trigger: no --hold"}'
result "a recorder answers"

expect_ok status_of "$tape"
expect "healthy" "$(head -n 1 "$TMP/answer")" healthy
if have jq; then
	expect_ok status_of "$tape" --json
	expect_ok jq -e '.recording and .health.healthy and .health.hooks == 0' "$TMP/answer"
fi
result "a healthy one is that by its exit status, too"

expect_ok ask_as nobody "$tape" status
ask_as daemon "$tape" status && faults+="daemon may ask"$'\n'
expect_text "$TMP/refusal" "^wiretape: --ask: .*/tape: only root and the user that the recorder runs as may ask\$"
# Whoever makes the socket everybody's does not make them those who may ask.
chmod 666 "$tape/.wiretape-control"
ask_as daemon "$tape" rotate && faults+="daemon may ask by a socket that is everybody's"$'\n'
expect_text "$TMP/refusal" "only root and the user that the recorder runs as may ask\$"
expect_ok ask_as nobody "$tape" rotate
result "root and the recorder's user may ask, and nobody else"

ip -n "$NS_B" link set vb down
wait_for 5 grep -q 'vb: .*down' "$TMP/run.err"
ask "$tape" status
expect "not healthy" "$(head -n 1 "$TMP/answer")" "not healthy: interface vb is down"
status_of "$tape"
expect "exit status" "$?" 1
expect_text "$TMP/refusal" '^wiretape: --status: .*/tape: not healthy, as was said$'
ip -n "$NS_B" link set vb up
result "what is wrong is told first"

kill -KILL "$pid"
wait "$pid" 2>/dev/null
ask "$tape" status && faults+="a dead one answers"$'\n'
expect_text "$TMP/refusal" '/tape: no recorder listens there any more$'
status_of "$tape"
expect "exit status" "$?" 1
expect "no recorder" "$(head -n 1 "$TMP/answer")" "not healthy: no recorder runs there"
expect_text "$TMP/answer" "^kept: $(segments "$tape" | grep -c .) segments?, "
expect_text "$TMP/refusal" '^wiretape: --status: .*/tape: no recorder runs there$'
if have jq; then
	status_of "$tape" --json
	expect_ok jq -e '.recording == false and .health.healthy == false and .output.segments_kept > 0' "$TMP/answer"
fi
record again -w "$tape/" -b budget:64M
expect_ok ask "$tape" status
grep -q hidden "$TMP/again.err" && faults+="the socket is taken for a segment"$'\n'
expect_ok ask "$tape" stop
expect "stop" "$(cat "$TMP/answer")" "it ends, and finishes what it writes"
finish
expect "exit status" "$status" 0
expect "left over" "$(find "$tape" -name '.wiretape-control')" ""
result "a killed one leaves a socket that the next one replaces, and who stops removes it"

record without -w "$tape/" -b budget:64M --no-control
expect "socket" "$(find "$tape" -name '.wiretape-control')" ""
status_of "$tape"
expect "exit status" "$?" 1
expect_text "$TMP/refusal" '/tape: a recorder runs there that cannot be asked$'
finish INT
ask "$tape" status && faults+="one without a socket answers"$'\n'
expect_text "$TMP/refusal" '/tape: no recorder listens there$'
result "--no-control has none"

record hooked -w "$tape/" -b budget:64M -z /bin/false
ask "$tape" rotate
failed() { status_of "$tape"; grep -q 'a hook failed' "$TMP/answer"; }
wait_for 5 failed || faults+="a hook that fails is not told of"$'\n'
expect "not healthy" "$(head -n 1 "$TMP/answer")" "not healthy: a hook failed within the last hour, 1 have so far"
finish INT
result "a hook that fails is told of"

# --- another capture -----------------------------------------------------------------

record one -w "$TMP/f.pcapng" --control "$TMP/socket"
expect "socket" "$(stat -c '%F %a %U' "$TMP/socket")" "socket 600 nobody"
in_b "$WIRETAPE" -i vb -w "$TMP/g.pcapng" --control "$TMP/socket" 2>"$TMP/two.err"
expect "a second one" "$?" 2
expect_text "$TMP/two.err" 'wiretape: --control: .*/socket: another wiretape listens there$'
in_b "$WIRETAPE" -i vb -w "$TMP/g.pcapng" --control "$TMP/f.pcapng" 2>"$TMP/two.err"
expect "in place of a file" "$?" 2
expect_text "$TMP/two.err" 'wiretape: --control: .*/f.pcapng: there is something that is no socket$'
expect "made" "$(find "$TMP" -name 'g.pcapng')" ""
ask "$TMP/socket" rotate && faults+="a single file has segments"$'\n'
expect_text "$TMP/refusal" '^wiretape: --ask: there are no segments to go on in$'
send -n 100 -s 200
expect_handled one 100
expect_ok ask "$TMP/socket" status
expect_text "$TMP/answer" '^vb: 100 packets,'
expect_ok ask "$TMP/socket" stop
finish
expect_whole one "$TMP/f.pcapng" 100 -s 200
result "a capture into a file answers by --control"

finish_tests
