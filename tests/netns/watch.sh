#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Several interfaces at once, and what a recorder tells those who watch it: the
# same losses in the file, in the statistics, in the metrics and in the log.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup
have jq || skip_all "no jq"
veth vc vd

install -d -m 777 "$TMP/stats"
json=$TMP/stats/s.json prom=$TMP/stats/m.prom
watched=(--stats-file "$json" --metrics-file "$prom")

stat_of() { jq -r "$1" "$json"; }
metric() { # NAME AND LABELS: its value; of one recorder, so that instance does not matter
	sed 's/{instance="[^"]*",*/{/' "$prom" | awk -v series="$1" '$1 == series { print $2 }'
}

# Each line is a comment or a sample; a sample's metric has a type, and every
# series comes once (the text format, version 0.0.4).
expect_metrics() {
	local bad
	bad=$(awk '
		/^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* / { next }
		/^# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram)$/ {
			if ($3 in type) print "type twice: " $0
			type[$3] = $4
			below = 0
			next
		}
		!/^[a-zA-Z_:][a-zA-Z0-9_:]*({([a-z]+="([^"\\]|\\.)*",?)*})? [0-9.]+$/ { print; next }
		{
			name = $0
			sub(/[{ ].*/, "", name)
			series = $0
			sub(/ [0-9.]+$/, "", series)
			if (name ~ /_bucket$/) {
				# It holds what is in those below it.
				if ($NF < below) print "less than below: " $0
				below = $NF
			}
			whole = name
			if (sub(/_(bucket|sum|count)$/, "", whole) && type[whole] == "histogram") {
				if (name ~ /_count$/ && $NF != below) print "not as the last bucket: " $0
				name = whole
			}
			if (!(name in type)) print "no type: " $0
			if (type[name] == "counter" && name !~ /_total$/) print "no total: " $0
			if (series in seen) print "twice: " $0
			seen[series] = 1
			if (name != last && name in begun) print "apart: " $0
			begun[name] = 1
			last = name
		}' "$prom")
	expect "metrics" "$bad" ""
	expect "last byte" "$(tail -c 1 "$prom" | od -An -tx1)" " 0a"
}

# The statistics agree with themselves.
expect_json() {
	expect_ok jq -e '.schema == 1
		and (.total.packets.captured == ([.interfaces[].packets.captured] | add))
		and (.total.losses.ring == ([.interfaces[].losses.ring] | add))
		and all(.interfaces[]; (.losses | keys) == ["device", "disk", "malformed",
			"oversize", "ring", "tx_cut", "tx_down", "tx_full", "tx_oversize", "tx_refused",
			"tx_short", "tx_unfinished", "unread", "write"])
		and all(.ledger[]; .number > 0 and (.from | test("^20.*Z$")))' "$json"
}

# --- several interfaces ----------------------------------------------------------

record_in "$NS_B" run -s 60 -i vb -i vd -s 100 -p -f "udp port 7001" -w "$TMP/f.pcapng" \
	-Z nobody "${watched[@]}"
expect_ok is_promiscuous vb
is_promiscuous vd && faults+="vd is promiscuous"$'\n'
send -n 1000 -s 200
expect_ok in_a "$TESTTOOLS/generate" -i vc -n 500 -s 200
expect_ok in_a "$TESTTOOLS/generate" -i vc -n 50 -s 200 --ports 7001
settle
finish INT
expect "exit status" "$status" 0
expect_text "$TMP/run.err" '^vb: 1000 packets captured, 1000 packets received by filter'
tshark -nr "$TMP/f.pcapng" -T fields -e frame.interface_name -e frame.cap_len -e frame.len \
	2>/dev/null | sort | uniq -c | awk '{ print $1, $2, $3, $4 }' >"$TMP/seen"
expect_text "$TMP/seen" '^1000 vb 60 200$'
expect "lines" "$(wc -l <"$TMP/seen")" "$(grep -cE '^(1000 vb 60|[0-9]+ vd 100) 200$' "$TMP/seen")"
expect "of vd" "$(stat_of '.interfaces[1].packets.captured')" \
	"$(awk '$2 == "vd" { print $1 }' "$TMP/seen")"
expect_json
expect_metrics
expect "metric" "$(metric 'wiretape_packets_captured_total{interface="vb"}')" 1000
result "two interfaces in one file, each with its own snapshot length, filter and promiscuity"

new_tape
record_in "$NS_B" run -i vb -i vd -w "$tape/" -b packets:20000
flood -i va -s 300 -r 50000
flood -i vc -s 64 -r 50000
for interface in vb vd; do
	expect_ok wait_for 10 has_come $interface 60000
done
flood_end
settle
finish INT
list_tape
expect "exit status" "$status" 0
captured=$(count run captured)
expect_range "captured" "$captured" 50000 400000
found=0
for file in "${files[@]}"; do
	found=$((found + $(count_capinfos "$file")))
done
expect "in ${#files[@]} segments" "$found" "$captured"
expect_no_hidden
case ${files[0]##*/} in vb-vd_*) ;; *) faults+="name: ${files[0]}"$'\n' ;; esac
result "two interfaces into one directory of segments"

# --- losses ------------------------------------------------------------------------

# Forced by a program that is stopped while more comes than the ring has room for.
record run --ring-size 4M -w "$TMP/f.pcapng" -Z nobody "${watched[@]}" --stats 0.2
send -n 1000 -s 1000
settle
kill -STOP "$pid"
send -n 40000 -s 1000 --start 1000
kill -CONT "$pid"
settle
send -n 1000 -s 1000 --start 41000
expect_ok wait_for 5 grep -q 'packets dropped, ring full' "$TMP/run.err"
finish INT
expect_recorded run 42000 --drops-anywhere -s 1000 "$TMP/f.pcapng"
expect_range "dropped" "$dropped" 20000 40000
expect "statistics" "$(stat_of '.interfaces[0].losses.ring')" "$dropped"
expect "ledger" "$(stat_of '[.ledger[] | select(.cause == "ring") | .packets] | add')" "$dropped"
expect "metric" "$(metric 'wiretape_packets_lost_total{interface="vb",cause="ring"}')" "$dropped"
expect_range "high water" "$(stat_of '.interfaces[0].ring.most_permille')" 900 1000
expect_text "$TMP/run.err" "^wiretape: vb: .* packets dropped, ring full"
expect_json
expect_metrics
result "drops of a full ring: $dropped in the file, the statistics, the metrics and the log"

# --- the log as JSON ------------------------------------------------------------------

ip netns exec "$NS_B" "$WIRETAPE" -i vb --log-format json -w "$TMP/f.pcapng" 2>"$TMP/run.err" &
pid=$!
started+=("$pid")
expect_ok wait_for 5 grep -q '"message":"listening on vb' "$TMP/run.err"
ip -n "$NS_B" link set vb down
sleep 0.3
ip -n "$NS_B" link set vb up
wait_for 5 is_up vb
told_twice() { [ "$(grep -c '"cause":"link"' "$TMP/run.err")" -ge 2 ]; }
expect_ok wait_for 5 told_twice
send -n 10
settle
finish INT
expect "lines" "$(jq -c . "$TMP/run.err" 2>&1 | wc -l)" "$(wc -l <"$TMP/run.err")"
expect_ok jq -se 'all(.[]; has("time") and has("level") and has("cause"))
	and any(.[]; .cause == "link" and .interface == "vb" and .level == "warning")
	and any(.[]; .cause == "counts" and .captured == 10)' "$TMP/run.err"
result "the log in JSON"

# --- two recorders in one textfile directory --------------------------------------------

mkdir "$TMP/one" "$TMP/two" "$TMP/collected"
chown nobody "$TMP/one" "$TMP/two" "$TMP/collected"
cd "$TMP" || exit 1
record first -w one/ --metrics-file "$TMP/collected/one.prom"
first=$pid
record second -w "$TMP/two/" --metrics-file "$TMP/collected/two.prom" --instance 'the "second"'
finish INT
expect "exit status" "$status" 0
pid=$first
finish INT
expect "exit status" "$status" 0
cd - >/dev/null || exit 1
series() { sed -nE '/^#/!s/(.*) [^ ]*$/\1/p' "$@" | sort; }
expect "series of both" "$(series "$TMP"/collected/*.prom | uniq -d)" ""
expect "series without" "$(series "$TMP"/collected/*.prom | grep -c -v '{instance=".*"')" 0
expect_text "$TMP/collected/one.prom" "^wiretape_recording\{instance=\"$TMP/one/\"\} 0$"
expect_text "$TMP/collected/two.prom" '^wiretape_info\{instance="the ."second."",version='
result "metrics of two recorders"

# --- times, and keys ------------------------------------------------------------------------

in_b "$WIRETAPE" -i vb -c 1 -w "$TMP/f.pcapng" 2>"$TMP/run.err" >/dev/null </dev/null &
pid=$!
started+=("$pid")
wait_for 10 grep -q ' listening on ' "$TMP/run.err"
send -n 1
finish
expect_text "$TMP/run.err" "^$(date -u +%Y-%m)-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z wiretape: listening on vb"
expect_text "$TMP/run.err" '^1 packet captured$'
expect_text "$TMP/run.err" "^[-0-9]+T[0-9:.]+Z wiretape: $TMP/f.pcapng: 1 packet, [0-9]+ bytes, owner root$"
record run -c 1 -w "$TMP/f.pcapng" --log-format stamped
kill -INT "$pid" 2>/dev/null
finish
expect_text "$TMP/run.err" 'Z wiretape: listening on vb'
result "lines have times where nobody reads them as they come"

if have python3; then
	for how in "" "-w $TMP/f.pcapng"; do
		# shellcheck disable=SC2086
		python3 - "$NS_B" "$WIRETAPE" -i vb $how >"$TMP/screen" <<-'END'
			import os, pty, sys
			pid, fd = pty.fork()
			if pid == 0:
			    os.execvp("ip", ["ip", "netns", "exec"] + sys.argv[1:])
			shown = b""
			try:
			    while True:
			        if b"listening on" in shown and b"\x03" not in shown:
			            os.write(fd, b"\x03")
			            shown += b"\x03"
			        shown += os.read(fd, 4096)
			except OSError:
			    pass
			sys.stdout.buffer.write(shown.replace(b"\x03", b"").replace(b"\r", b""))
		END
		expect "a line with more than the key" "$(grep -c '\^C.' "$TMP/screen")" 0
		expect_text "$TMP/screen" '\^C$'
		expect_text "$TMP/screen" '^0 packets captured$'
		expect_text "$TMP/screen" '^wiretape: listening on'
	done
	result "the report begins a line after ^C"
else
	skip "the report begins a line after ^C" "no python3"
fi

# --- the look at the machine ------------------------------------------------------------

chown nobody "$tape"
chmod 700 "$tape"
for gro in on off; do
	if ! in_b ethtool -K vb gro "$gro" 2>"$TMP/err"; then
		skip "--check, GRO $gro" "$(head -n 1 "$TMP/err")"
		continue
	fi
	in_b "$WIRETAPE" -i vb --check -w "$tape/" -b budget:10G >"$TMP/check" 2>&1
	expect "exit status, 1 with warnings" "$?" "$(grep -q '^warning: ' "$TMP/check" && echo 1 || echo 0)"
	if [ "$gro" = on ]; then
		expect_text "$TMP/check" '^warning: offloads: vb: received frames are merged'
	else
		expect_text "$TMP/check" '^ok: offloads: vb: '
	fi
	expect_text "$TMP/check" '^ok: ring: '
	expect_text "$TMP/check" '^(ok|warning): sync: '
	expect_text "$TMP/check" '^(ok|warning): clock: '
	result "--check, GRO $gro"
done

# One that is to be made is on the disk of the one above it.
in_b "$WIRETAPE" -i vb --check -w "$TMP/made/" -b budget:100000T --mode 0640 >"$TMP/check" 2>"$TMP/err"
expect "exit status" "$?" 1
expect_text "$TMP/check" '^warning: space: the budget is 97.7 PiB, and the disk has'
expect_text "$TMP/check" '^ok: sync: |^warning: sync: '
expect_text "$TMP/check" "^ok: directory: it is made, of mode 0750, and belongs to (nobody|wiretape)$"
expect_text "$TMP/err" "^wiretape: --check: [0-9]+ warnings?$"
expect "made" "$(ls -d "$TMP/made" 2>/dev/null)" ""
record run -w "$TMP/made/" -b budget:100000T
finish INT
expect_text "$TMP/run.err" '^wiretape: space: the budget is 97.7 PiB, and the disk has'
result "--check, and the start: a directory that is not there"

in_b "$WIRETAPE" -i vb --check -w /tmp/ >"$TMP/check" 2>/dev/null
expect_text "$TMP/check" '^(ok|warning): directory: mode '
expect "dangerous advice" "$(grep -cE 'chmod|chown' "$TMP/check")" 0
in_b "$WIRETAPE" -i vb --check -w "$TMP/file" -b filesize:1M >"$TMP/check" 2>/dev/null
expect_text "$TMP/check" '^ok: space: '
expect "of a directory" "$(grep -c directory "$TMP/check")" 0
in_b "$WIRETAPE" -i vb --check -w "$TMP/file" >"$TMP/check" 2>/dev/null
expect "of a directory" "$(grep -cE 'directory|space' "$TMP/check")" 0
chown 4321 "$tape"
in_b "$WIRETAPE" -i vb --check -w "$tape" >"$TMP/check" 2>/dev/null
expect_text "$TMP/check" '^ok: directory: it belongs to user 4321, who has no name$'
chown nobody "$tape"
in_b "$WIRETAPE" -i vb --check -w "$tape" >"$TMP/check" 2>/dev/null
expect_text "$TMP/check" '^ok: directory: it belongs to nobody$'
result "--check: advice is for directories of segments alone, and breaks nothing"

in_b "$WIRETAPE" -i vb --check -w "$tape" -b budget:100000T --log-format json >"$TMP/check" 2>"$TMP/err"
expect "exit status" "$?" 1
expect_ok jq -es 'any(.[]; .about == "space" and .level == "warning" and .cause == "check")
	and any(.[]; .about == "ring" and .level == "info") and all(.[]; .message and .time)' "$TMP/check"
expect_ok jq -es '.[0].level == "error"' "$TMP/err"
result "--check in JSON"

finish_tests
