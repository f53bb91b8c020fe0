#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# PCAP-over-IP: packets leave over sockets, to several readers, to one that reads nothing, to
# one that comes and goes; and come in that way, whole, broken and made up.
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/lib.sh"
netns_setup
have nc || skip_all "no nc"
ip -n "$NS_B" link set lo up
readonly port=57012
stream=127.0.0.1:$port

# Somebody listens, or is connected so many times.
# shellcheck disable=SC2317 # wait_for calls it
listening() { in_b ss -Htln "sport = :$1" | grep -q .; }              # PORT
# shellcheck disable=SC2317 # wait_for calls it
connected() { (($(in_b ss -Htn state established "sport = :$1" | wc -l) == $2)); } # PORT COUNT

# A reader: what it gets is in $TMP/NAME.got. readers are all of them.
readers=()
read_with() { # NAME COMMAND...
	local name=$1
	shift
	ip netns exec "$NS_B" "$@" >"$TMP/$name.got" 2>"$TMP/$name.reader" &
	readers+=($!)
	started+=($!)
}
read_all() {
	wait "${readers[@]}"
	readers=()
}

# What the report says of clients: the sum of a number of theirs.
told() { # NAME WORDS
	sed -nE "s/^.*[: ]([0-9]+) (packets? )?$2.*\$/\1/p" "$TMP/$1.err" | awk '{ n += $1 } END { print n + 0 }'
}

# --- readers --------------------------------------------------------------------------

for format in pcap pcapng; do
	record run --format $format -w tcp-listen:$port -w "$TMP/f.$format" -w unix:"$TMP/socket"
	expect "socket's mode" "$(stat -c %a "$TMP/socket")" 600
	read_with nc nc 127.0.0.1 $port
	read_with wiretape "$WIRETAPE" -q -r tcp:$stream -w "$TMP/w.$format"
	read_with unix "$WIRETAPE" -q -r unix:"$TMP/socket" -w "$TMP/u.$format"
	clients=2
	if have dumpcap && have tshark; then
		read_with dumpcap dumpcap -q -i TCP@$stream -w "$TMP/dumpcap.pcapng"
		read_with tshark tshark -q -i TCP@$stream -w "$TMP/tshark.pcapng"
		clients=4
	fi
	expect_ok wait_for 5 connected $port $clients
	send -n 20000 -r 40000 -s 60,200,1400
	expect_handled run 20000
	finish INT
	read_all
	expect_whole run "$TMP/f.$format" 20000 -s 60,200,1400
	for file in nc.got "w.$format" "u.$format"; do
		expect_ok "$TESTTOOLS/verify" -n 20000 -s 60,200,1400 "$TMP/$file"
	done
	for file in dumpcap tshark; do
		((clients == 2)) || expect_ok "$TESTTOOLS/verify" -n 20000 -s 60,200,1400 "$TMP/$file.pcapng"
	done
	expect "tcpdump" "$(tcpdump -nr - <"$TMP/nc.got" 2>/dev/null | wc -l)" 20000
	expect "sent" "$(told run sent)" $((20000 * (clients + 1)))
	expect "dropped" "$(told run dropped)" 0
	result "$format: $((clients + 1)) readers and a file have each packet once"
done

# --- one that reads nothing -----------------------------------------------------------

mkdir -m 777 "$TMP/open"
record run -w unix:"$TMP/open/socket"
finish INT
expect "left behind" "$(ls "$TMP/open")" ""
record run -w unix:"$TMP/open/socket"
rm "$TMP/open/socket"
echo mine >"$TMP/open/socket"
finish INT
expect "somebody else's" "$(cat "$TMP/open/socket")" mine
rm -f "$TMP/open/socket"
result "a socket is removed at the end, and nothing else"

for format in pcap pcapng; do
	record run --format $format --stream-buffer 1M -w tcp-listen:$port -w "$TMP/f.pcapng" \
		--stats=1 --stats-file "$TMP/open/stats.json" --metrics-file "$TMP/open/metrics"
	read_with good nc 127.0.0.1 $port
	read_with lazy nc 127.0.0.1 $port
	lazy=${readers[1]}
	expect_ok wait_for 5 connected $port 2
	kill -STOP "$lazy"
	send -n 30000 -r 30000 -s 1400
	expect_handled run 30000
	sleep 1.1
	expect_text "$TMP/open/metrics" '^wiretape_stream_dropped_total.*client="127.0.0.1:[0-9]+"} [1-9]'
	expect_text "$TMP/open/stats.json" '"peer": "127.0.0.1:[0-9]+", "packets": 30000,.*"dropped": 0}'
	kill -CONT "$lazy"
	finish INT
	read_all
	expect_ok "$TESTTOOLS/verify" -n 30000 -s 1400 "$TMP/f.pcapng"
	expect_ok "$TESTTOOLS/verify" -n 30000 -s 1400 "$TMP/good.got"
	dropped=$(sed -nE 's/.* ([0-9]+) dropped for it$/\1/p' "$TMP/run.err" | awk '{ n += $1 } END { print n + 0 }')
	expect_range "dropped" "$dropped" 1 29999
	drops=()
	[ $format = pcap ] || drops=(--drops "$dropped")
	expect_ok "$TESTTOOLS/verify" -n $((30000 - dropped)) --allow-gaps "${drops[@]}" -s 1400 "$TMP/lazy.got"
	expect_text "$TMP/open/stats.json" "\"dropped\": $dropped}"
	result "$format: who reads nothing harms nobody; what it did not get, $dropped, is counted"
done

# --- many, and such as go ----------------------------------------------------------------

record run -w tcp-listen:$port
sender -n 9000 -r 3000
for i in $(seq 100); do
	read_with "$i" nc 127.0.0.1 $port
done
expect_ok wait_for 5 connected $port 100
for i in $(seq 10 10 100); do
	kill "${readers[i - 1]}"
done
while sending; do sleep 0.05; done
expect_ok wait_for 5 connected $port 90
wait "$sender_pid"
expect_handled run 9000
finish INT
read_all
for i in $(seq 100); do
	((i % 10)) || continue
	n=$(tcpdump -nr "$TMP/$i.got" 2>/dev/null | wc -l)
	expect_ok "$TESTTOOLS/verify" -n "$n" --start $((9000 - n)) "$TMP/$i.got"
done
expect "dropped" "$(told run dropped)" 0
result "a hundred clients that come during load have all from when they came"

# --- where it connects -------------------------------------------------------------------

record run -w tcp:$stream
send -n 10
expect_ok wait_for 5 grep -q "cannot connect to $stream, tried again each second" "$TMP/run.err"
for i in 1 2; do
	read_with server$i timeout 20 nc -l -s 127.0.0.1 -p $port
	expect_ok wait_for 5 connected $port 1
	send -n 500 --start $((i * 1000))
	expect_handled run $((10 + i * 510 - 10))
	expect_ok wait_for 5 holds "$TMP/server$i.got" 500 --start $((i * 1000))
	kill "${readers[-1]}"
	wait "${readers[-1]}" 2>/dev/null
	send -n 10 --start 9000
done
expect_handled run 1030
finish INT
for i in 1 2; do
	expect_ok "$TESTTOOLS/verify" -n 500 --start $((i * 1000)) "$TMP/server$i.got"
done
expect_text "$TMP/run.err" '2 clients before: 10[0-9]+ packets sent'
result "a server that goes and comes back gets a header, and nothing twice"

# --- its own packets ----------------------------------------------------------------------

ip -n "$NS_A" addr add 192.0.2.1/24 dev va
ip -n "$NS_B" addr add 192.0.2.2/24 dev vb
ip -n "$NS_A" neigh add 192.0.2.2 dev va lladdr "$(in_b cat /sys/class/net/vb/address)"
ip -n "$NS_B" neigh add 192.0.2.1 dev vb lladdr "$(in_a cat /sys/class/net/va/address)"
record run -w tcp-listen:192.0.2.2:$port -w "$TMP/f.pcapng"
in_a nc 192.0.2.2 $port >"$TMP/far.got" 2>/dev/null &
started+=($!) far=$!
expect_ok wait_for 5 connected $port 1
send -n 5000 -r 10000 -s 1000
expect_handled run 5000
finish INT
wait $far
expect_whole run "$TMP/f.pcapng" 5000 -s 1000
expect_ok "$TESTTOOLS/verify" -n 5000 -s 1000 "$TMP/far.got"
expect_text "$TMP/run.err" "vb: the stream's own packets are left out: .*host 192.0.2.2 and tcp port $port"
result "a stream that leaves by a captured interface is not in itself"

# --- reading -------------------------------------------------------------------------------

mkdir "$TMP/dir"
in_b "$WIRETAPE" -Z root -q -r tcp-listen:$port -w "$TMP/dir/" -b filesize:1M -b files:3 2>"$TMP/in.err" &
in_pid=$!
started+=("$in_pid")
wait_for 5 listening $port
record run --format pcapng -w tcp:$stream
expect_ok wait_for 5 connected $port 1
send -n 6000 -r 20000 -s 1000
expect_handled run 6000
finish INT
wait $in_pid
expect "exit status of the reader" $? 0
expect "segments" "$(find "$TMP/dir" -name '[!.]*' -type f | wc -l)" 3
expect_ok "$TESTTOOLS/verify" -n "$("$WIRETAPE" -q -r "$TMP/dir" --count | awk '{ print $1 }')" \
	--allow-gaps -s 1000 "$TMP"/dir/*
result "what comes over a stream is recorded into segments, within a budget"

serve() { # FILE
	in_b nc -N -l -s 127.0.0.1 -p $port <"$1" >/dev/null 2>&1 &
	started+=($!)
	wait_for 5 listening $port
}
head -c 20000 "$TMP/f.pcapng" >"$TMP/cut"
serve "$TMP/cut"
in_b "$WIRETAPE" -r tcp:$stream -w "$TMP/cut.pcapng" 2>"$TMP/cut.err"
expect "exit status" $? 1
expect_text "$TMP/cut.err" "tcp:$stream"
expect_range "packets of it" "$(count_tcpdump "$TMP/cut.pcapng")" 5 20
result "of a stream that breaks off all whole packets are taken, and an error tells"

head -c 100000 /dev/urandom >"$TMP/noise"
serve "$TMP/noise"
in_b "$WIRETAPE" -r tcp:$stream --count >"$TMP/noise.out" 2>"$TMP/noise.err"
expect "exit status" $? 2
expect "lines" "$(wc -l <"$TMP/noise.err")" 1
result "what is no capture is refused"

record run -w tcp-listen:$port
in_b "$WIRETAPE" -i vb -w tcp-listen:$port -w "$TMP/none" 2>"$TMP/bad.err"
expect "exit status" $? 2
expect_text "$TMP/bad.err" "-w: tcp-listen:$port: listen: Address already in use"
expect "file made" "$(ls "$TMP/none" 2>/dev/null)" ""
in_b "$WIRETAPE" -r tcp-listen:$port 2>"$TMP/bad.err"
expect "exit status" $? 2
finish INT
result "a port that is in use is told before anything is made"

record_in "$NS_B" run -i any -w tcp-listen:$port
expect_text "$TMP/run.err" 'any: the stream is of link-type LINUX_SLL2: programs that take PCAP-over-IP for Ethernet'
finish INT
result "a link type that peers do not take is warned of"

finish_tests
