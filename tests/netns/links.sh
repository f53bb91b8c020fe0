#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interfaces go down and come back, and the recorder with them: within a second,
# with the gap in the file, the log and the statistics, and without CPU meanwhile.
# With LONG=1 as often as in months.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/links_lib.sh"
netns_setup

flaps=10
[ "${LONG:-0}" = 0 ] || flaps=1000

descriptors() { find "/proc/$pid/fd" | wc -l; }
rss_kib() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status"; }
captures() { (($(stat_of .packets.captured) >= $1)); }
gaps_in() { # FILE TEXT
	strings -n 8 "$1" | grep -cE "$2"
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
begin=$(ticks "$pid")
sleep 3
expect_range "ticks in 3 s without an interface" $(($(ticks "$pid") - begin)) 0 1
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

finish_tests
