#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interfaces go and come back, and the recorder with them: within a second, with
# the gap in the file, the log and the statistics, and without CPU meanwhile.
# With LONG=1 as often as in months.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup

flaps=10 remakes=5
[ "${LONG:-0}" = 0 ] || flaps=1000 remakes=100

ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
descriptors() { find "/proc/$pid/fd" | wc -l; }
rss_kib() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status"; }
now_ms() { date +%s%3N; }

# What the statistics say of the first interface.
stat_of() { jq -r ".interfaces[0]$1" "$TMP/stats/s.json"; }
is_link() { [ "$(stat_of .link)" = "$1" ]; }
captures() { (($(stat_of .packets.captured) >= $1)); }
ask() { kill -USR1 "$pid"; }
# Until the statistics, asked for again and again, say so; sets took_ms.
await_stat() { # COMMAND...
	local begin
	begin=$(now_ms)
	until ask && "$@" 2>/dev/null; do
		(($(now_ms) - begin < 5000)) || break
		sleep 0.02
	done
	took_ms=$(($(now_ms) - begin))
}
gaps_in() { # FILE TEXT
	strings -n 8 "$1" | grep -cE "$2"
}

install -d -m 777 "$TMP/stats"
record_watched() { # NAME ARG...
	local name=$1
	shift
	rm -f "$TMP/stats/s.json"
	record "$name" --stats-file "$TMP/stats/s.json" -Z nobody "$@"
}

# --- down and up -------------------------------------------------------------

record_watched run -w "$TMP/f.pcapng"
sent=0 late=0
ip -n "$NS_B" link set vb down
await_stat is_link down
before=$(descriptors) before_rss=$(rss_kib)
ip -n "$NS_B" link set vb up
await_stat is_link up
for ((i = 1; i < flaps; i++)); do
	ip -n "$NS_B" link set vb down
	await_stat is_link down
	ip -n "$NS_B" link set vb up
	begin=$(now_ms)
	# The peer's carrier may be a moment late.
	wait_for 5 is_up vb
	send -n 10 --start "$sent"
	sent=$((sent + 10))
	await_stat captures "$sent"
	(($(now_ms) - begin < 1000)) || late=$((late + 1))
done
expect "late" "$late" 0
expect "descriptors" "$(descriptors)" "$before"
expect_range "growth of memory, KiB" $(($(rss_kib) - before_rss)) -1024 1024
finish INT
expect_whole run "$TMP/f.pcapng" "$sent" --allow-gaps
expect "gaps in the statistics" "$(stat_of .gaps.down)" "$flaps"
expect "whole gaps in the file" \
	"$(gaps_in "$TMP/f.pcapng" '^interface down from 20[0-9T:.-]+Z to 20[0-9T:.-]+Z')" "$flaps"
expect_text "$TMP/run.err" "^wiretape: vb: the interface went down"
expect_text "$TMP/run.err" "^wiretape: vb: the interface is back"
expect_range "lines in the log" "$(grep -c ^wiretape: "$TMP/run.err")" 3 40
expect_readers "$TMP/f.pcapng" "$sent"
result "down and up, $flaps times"

# The other end of the cable is no gap: the interface takes what comes.
record_watched run -w "$TMP/f.pcapng"
ip -n "$NS_A" link set va down
sleep 0.3 # for the news of it
ask
ip -n "$NS_A" link set va up
expect_ok wait_for 5 is_up vb
send -n 10
settle
finish INT
expect_whole run "$TMP/f.pcapng" 10
expect "said" "$(grep -c 'vb: the interface' "$TMP/run.err")" 0
expect "gaps" "$(stat_of .gaps.down)" 0
result "a cable is pulled out"

# --- waiting -------------------------------------------------------------------

record_watched run -w "$TMP/f.pcapng"
ip -n "$NS_B" link set vb down
await_stat is_link down
sleep 1.1
deleted=$(now_ms)
ip -n "$NS_A" link del va
await_stat is_link gone
begin=$(ticks)
sleep 3
expect_range "ticks in 3 s without an interface" $(($(ticks) - begin)) 0 1
veth va vb
await_stat is_link up
expect_range "back after, ms" "$took_ms" 0 1000
send -n 100
settle
finish INT
expect_whole run "$TMP/f.pcapng" 100
expect "whole gaps in the file" \
	"$(gaps_in "$TMP/f.pcapng" '^interface gone from 20[0-9T:.-]+Z to 20[0-9T:.-]+Z')" 1
# It began when it went down.
from=$(strings -n 8 "$TMP/f.pcapng" | sed -nE 's/^interface gone from (20[0-9T:.-]+Z) to .*/\1/p')
expect_range "gap before it was deleted, ms" $((deleted - $(date -d "$from" +%s%3N))) 1000 60000
result "no CPU while it waits"

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
	sleep 0.3
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
settle
expect_text "$TMP/run.err" "vb: the interface is called other now"
# One takes its name: that is the one that was asked for.
ip -n "$NS_A" link add vc type veth peer name vb netns "$NS_B"
ip -n "$NS_A" link set vc up
ip -n "$NS_B" link set vb up
wait_for 5 is_up vb
sleep 0.3
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

# --- under load -------------------------------------------------------------------

record_watched run -w "$TMP/f.pcapng"
sender -n 400000 -s 64 -r 100000
for mtu in 1500 9000 1280 9000; do
	sleep 0.4
	ip -n "$NS_B" link set vb mtu "$mtu"
done
while sending; do sleep 0.1; done
settle
finish INT
expect_whole run "$TMP/f.pcapng" 400000
result "the MTU changes under load: nothing is lost"

record_watched run -w "$TMP/f.pcapng"
sender -n 300000 -s 64 -r 100000
sleep 0.5
ip -n "$NS_B" link set vb down
sleep 0.5
ip -n "$NS_B" link set vb up
while sending; do sleep 0.1; done
settle
finish INT
captured=$(count run captured)
expect "exit status" "$status" 0
expect_range "captured" "$captured" 100000 299000
expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps "$TMP/f.pcapng"
# It says for how long: about what is missing.
gap_ns=$(stat_of .gaps.ns)
expect_range "missing, in us by the gap" $(((300000 - captured) * 10)) \
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
ip netns exec "$NS_B" "$WIRETAPE" -i vb --wait -w "$TMP/f.pcapng" 2>"$TMP/run.err" &
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
