#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -o in trouble: ways out that go, come back, are made anew, or take nothing, and
# an end under load. Each frame that came in is sent or counted, and none comes
# late. And what real traffic makes of it.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/forward_lib.sh"
forward_setup 1500

says() { grep -qE "$1" "$TMP/run.err"; }
arrivals() { counter "$NS_C" wc rx_packets; }
# So many arrive, beyond those that had.
expect_arrivals() { expect_ok wait_for 5 has_received "$NS_C" wc $(($1 + $2)); } # BEFORE COUNT

# What is missing was lost at once, in one place: nothing that waited came out
# later.
expect_one_gap() { # FILE LOST
	local out
	out=$("$TESTTOOLS/verify" --allow-gaps "$TMP/$1" 2>&1)
	expect "missing" "$(sed -nE 's/.* missing ([0-9]+) duplicates 0 bad 0 .*/\1/p' <<<"$out")" "$2"
}

# --- down and up -------------------------------------------------------------------

for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	came=$(counter "$NS_B" vb rx_packets)
	sender -n 30000 -r 20000
	expect_ok wait_for 5 has_come vb $((came + 8000))
	ip -n "$NS_B" link set wb down
	expect_ok wait_for 5 says 'wb: the way out went down'
	came=$(counter "$NS_B" vb rx_packets)
	expect_ok wait_for 5 has_come vb $((came + 4000))
	ip -n "$NS_B" link set wb up
	expect_ok wait_for 5 says 'wb: the interface is back'
	wait "$sender_pid"
	end_both INT
	expect_accounted 30000
	expect_range "lost while down" "${tally[down]}" 1000 29000
	expect "lost otherwise" $((lost - tally[down] - tally[full])) 0
	# While it goes down the kernel accepts frames for some milliseconds that it
	# throws away; for more of them, when there is much else to do.
	read -r _ arrived _ < <("$TESTTOOLS/verify" --allow-gaps "$TMP/got.pcapng" 2>&1)
	expect_range "arrived" "$arrived" $((tally[forwarded] - 1000)) "${tally[forwarded]}"
	expect_one_gap got.pcapng $((30000 - arrived))
	result "$tx: the way out goes down under load: ${tally[down]} counted"
done

# The other end of the cable: frames that cannot arrive are not sent.
for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	send -n 100
	expect_passed 100
	settle
	ip -n "$NS_C" link set wc down
	expect_ok wait_for 5 says 'wb: the way out'
	send -n 5000 --start 100 -r 50000
	expect_passed 5100
	ip -n "$NS_C" link set wc up
	expect_ok wait_for 5 is_up wb
	expect_ok wait_for 5 says 'wb: the interface is back'
	send -n 100 --start 5100
	end_both INT
	expect_accounted 5200
	expect "forwarded" "${tally[forwarded]}" 200
	expect "lost while down" "${tally[down]}" 5000
	expect_arrived got.pcapng -n 200 --allow-gaps
	result "$tx: no carrier on the way out: counted"
done

# --- the way in -----------------------------------------------------------------------

receive got.pcapng
forward run
send -n 100
expect_passed 100
settle
ip -n "$NS_B" link set vb down
expect_ok wait_for 5 says 'vb>wb: the interface went down|vb: the interface went down'
ip -n "$NS_B" link set vb up
expect_ok wait_for 5 says 'the interface is back'
expect_ok wait_for 5 is_up vb
send -n 100 --start 100
end_both INT
expect_forwarded 200
expect_arrived got.pcapng -n 200
result "the way in goes down and up"

# --- made anew ------------------------------------------------------------------------------

for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	send -n 100
	expect_passed 100
	settle
	ip -n "$NS_B" link del wb
	expect_ok wait_for 5 says 'wb: the way out is gone'
	send -n 100 --start 100
	expect_passed 200
	veth_on 1500
	expect_ok wait_for 5 says 'wb: the interface is back'
	expect_ok wait_for 5 grep -q 'wc: the interface is back' "$TMP/got.err"
	send -n 100 --start 200
	end_both INT
	expect_accounted 300
	expect "lost while it was gone" "${tally[down]}" 100
	expect_arrived got.pcapng -n 200 --allow-gaps
	expect_one_gap got.pcapng 100
	result "$tx: the way out is deleted and made anew"
done

# At once, and with its number: the socket is not that one's.
for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	index=$(ip netns exec "$NS_B" cat /sys/class/net/wb/ifindex)
	kill -STOP "$forwarder"
	ip -n "$NS_B" link del wb
	expect_ok veth_on 1500 "$index"
	kill -CONT "$forwarder"
	expect_ok wait_for 5 says 'wb: the interface is back'
	expect_ok wait_for 5 grep -q 'wc: the interface is back' "$TMP/got.err"
	send -n 100
	end_both INT
	expect_forwarded 100
	expect_arrived got.pcapng -n 100
	result "$tx: another way out gets the number of the deleted one"
done

# --- a smaller MTU, while it runs --------------------------------------------------------------

for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	send -n 1000 -s 60,1514
	expect_passed 1000
	settle
	ip -n "$NS_B" link set wb mtu 1000
	sleep 0.2 # for the news of it
	send -n 1000 -s 60,1514 --start 1000
	expect_passed 2000
	ip -n "$NS_B" link set wb mtu 1500
	sleep 1.1 # frames that are too long have it look again once a second
	send -n 1000 -s 60,1514 --start 2000
	end_both INT
	expect_accounted 3000
	expect "too long" "${tally[oversize]} of $lost" "500 of 500"
	expect_arrived got.pcapng -n 2500 -s 60,1514 --allow-gaps
	result "$tx: the MTU of the way out shrinks, and grows again"
done

# --- a queue that does not move -----------------------------------------------------------------

# One frame in about two seconds, and room for two.
if ip netns exec "$NS_B" tc qdisc add dev wb root tbf rate 4kbit burst 1600 limit 2100 2>"$TMP/refused"; then
	for tx in ring sendmmsg; do
		receive got.pcapng
		before=$(arrivals)
		forward run --tx $tx
		send -n 100 -s 1000
		sleep 0.6
		end_both INT
		expect_accounted 100
		expect_range "lost to a full queue" "${tally[full]}" 80 99
		# What the kernel has is sent, in the end or not at all.
		expect_range "forwarded or unfinished" $((tally[forwarded] + tally[unfinished])) 1 6
		expect_range "arrived" $(($(arrivals) - before)) 1 6
		result "$tx: a queue that stands still: ${tally[full]} counted"
		ip netns exec "$NS_B" tc qdisc replace dev wb root tbf rate 4kbit burst 1600 limit 2100
	done
	# Slow, but it moves: all of it goes.
	ip netns exec "$NS_B" tc qdisc del dev wb root
	ip netns exec "$NS_B" tc qdisc add dev wb root tbf rate 20mbit burst 3000 limit 6000
	for tx in ring sendmmsg; do
		receive got.pcapng
		before=$(arrivals)
		forward run --tx $tx --queue-time 0
		send -n 1000 -s 1000
		expect_arrivals "$before" 1000
		end_both INT
		expect_forwarded 1000
		expect_arrived got.pcapng -n 1000 -s 1000
		result "$tx: a queue that is slow loses nothing"
	done
	ip netns exec "$NS_B" tc qdisc del dev wb root
else
	skip "a full queue" "no tbf: $(head -n 1 "$TMP/refused")"
fi

# --- an end under load ------------------------------------------------------------------------------

for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	before=$(arrivals)
	flood -i va
	expect_arrivals "$before" 5000
	# Frames are in the ring by then.
	kill -STOP "$forwarder"
	sleep 0.05
	kill -INT "$forwarder"
	kill -CONT "$forwarder"
	pid=$forwarder
	finish
	first=$status
	flood_end
	settle
	pid=$receiver
	finish INT
	status=$first
	read_report run
	expect_accounted "${tally[received]}"
	expect "not read" "${tally[unread]}" 0
	expect_range "forwarded" "${tally[forwarded]}" 1000 100000000
	read_report got
	expect "arrived" "${tally[received]}" "$(count run forwarded)"
	result "$tx: an end under load: all of $(count run 'received by filter') accounted for"
done

# --- real traffic ---------------------------------------------------------------------------------------

ip -n "$NS_A" address add 192.0.2.1/24 dev va
ip -n "$NS_C" address add 192.0.2.2/24 dev wc
# The way out fills checksums in that were left to an adapter, so that they can be looked at.
in_b ethtool -K wb tx off >/dev/null 2>&1
# Each message goes out alone, so that none becomes a super-packet; offloads are as
# they come, so that checksums are left to the adapter.
cat >"$TMP/peer.py" <<'END'
import hashlib, socket, sys
kind, role = sys.argv[1:3]
data = bytes((i * 7 + i // 251) & 255 for i in range(1000))
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.settimeout(10)
if role == "serve":
    sock.bind(("192.0.2.2", 7000))
    if kind == "tcp":
        sock.listen()
    print("ready", flush=True)
    if kind == "tcp":
        sock = sock.accept()[0]
        while part := sock.recv(65536):
            sock.sendall(part)
    else:
        for i in range(200):
            part, peer = sock.recvfrom(65536)
            sock.sendto(part, peer)
    sys.exit()
sock.connect(("192.0.2.2", 7000))
if kind == "tcp":
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for i in range(200):
    size = 1 + i * 5
    sock.sendall(data[:size])
    got = b""
    while len(got) < size:
        part = sock.recv(65536)
        if not part:
            sys.exit("closed")
        got += part
    if got != data[:size]:
        sys.exit("other data")
END
for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx --both-ways
	expect_ok in_a ping -q -c 20 -i 0.01 -W 2 192.0.2.2
	expect_ok in_a ping -q -c 3 -i 0.01 -W 2 -s 1472 -M "do" 192.0.2.2
	for kind in tcp udp; do
		rm -f "$TMP/ready"
		in_c python3 "$TMP/peer.py" $kind serve >"$TMP/ready" &
		started+=($!)
		expect_ok wait_for 5 grep -qs ready "$TMP/ready"
		expect_ok in_a timeout 20 python3 "$TMP/peer.py" $kind ask
		wait $!
	done
	end_both INT
	expect "lost" "$lost of ${tally[received]}" "0 of ${tally[forwarded]}"
	if have tshark; then
		expect "wrong checksums" "$(tshark -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
			-nr "$TMP/got.pcapng" -Y 'tcp.checksum.status==0 || udp.checksum.status==0' 2>/dev/null | wc -l)" 0
	fi
	result "$tx: ping, TCP and UDP through it"
done

finish_tests
