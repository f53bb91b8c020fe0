#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Reads captures, prints, counts and writes them anew, and compares with what
# tcpdump, editcap, mergecap and tshark make of them; prints TAP. Needs no
# privileges; as root, what becomes of those is looked at, too.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=Europe/Berlin
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/read_lib.sh"
captures=$(cd "$golden/../../captures" && pwd) || exit 1
need tcpdump tshark capinfos editcap mergecap

# --- results ---------------------------------------------------------------

# What is said beside what is read and what was written.
complaints() {
	grep -vE '^wiretape: (reading from .*|.*: [0-9]+ packets?, [0-9]+ bytes?, owner .*)$' err
}

# All went well, and was not talked about.
expect_quiet() {
	expect "exit status" "$status" 0
	expect "on standard error" "$(complaints)" ""
}

# What no conversion may change: times, lengths, bytes; and, but for pcap, interfaces.
plain() { # FILE
	tcpdump -n -S -tt --nano -e -xx -r "$1" 2>/dev/null
}
fields() { # FILE
	tshark -nr "$1" -o frame.generate_md5_hash:TRUE -T fields -e frame.time_epoch -e frame.len \
		-e frame.cap_len -e frame.md5_hash -e frame.interface_name \
		-e frame.packet_flags_direction 2>/dev/null
}
packets() { # FILE...
	capinfos -TrM -c "$@" 2>/dev/null | awk -F'\t' '{ n += $2 } END { print n + 0 }'
}

# --- printing, filtering, counting -----------------------------------------------

like_tcpdump() { # FILE ARG...: and filter
	local file=$1
	shift
	tcpdump -n -r "$file" "$@" >theirs 2>theirs.err
	run -n -r "$file" "$@"
	expect_quiet
	cmp -s out theirs || faults+="$* $(diff out theirs | head -n 4)"$'\n'
	expect "$* reading" "$(sed 's/^wiretape: //' err)" "$(grep '^reading from' theirs.err)"
}

for name in print/tcp.pcap print/udp.pcap print/ethernet.pcap arp-ping.pcapng nano.pcap vlan-qinq.pcapng; do
	for filter in '' ip 'tcp[tcpflags] & tcp-syn != 0' 'udp port 53' 'not arp' 'greater 100' \
		vlan 'vlan and ip' 'vlan and vlan'; do
		like_tcpdump "$captures/$name" "$filter"
		tcpdump --count -n -r "$captures/$name" "$filter" >theirs 2>/dev/null
		run --count -r "$captures/$name" "$filter"
		expect_quiet
		expect "--count $filter" "$(cat out)" "$(cat theirs)"
	done
	like_tcpdump "$captures/$name" -e -tttt -XX ip
	like_tcpdump "$captures/$name" -c 3
	expect "-c" "$(wc -l <out)" 3
	result "printed, filtered, counted: $name"
done

for name in sll raw loopback; do
	for filter in '' ip 'icmp or tcp'; do
		like_tcpdump "$captures/print/$name.pcap" "$filter"
	done
	result "link type of $name"
done

# Another machine's numbers are nothing here: tcpdump looks them up all the same.
nameless() {
	sed -E 's/^([0-9:.]+) [^ ]+ +(In|Out|B|M|P) /\1 ?     \2 /'
}
for file in any-loopback.pcapng print/sll2.pcap; do
	for filter in '' inbound ip; do
		tcpdump -n -r "$captures/$file" "$filter" 2>/dev/null | nameless >theirs
		run -r "$captures/$file" "$filter"
		expect_quiet
		expect_same "'$filter'" out theirs
	done
done
result "interface and direction of LINUX_SLL2"

# A packet each in the byte order of the network.
# shellcheck disable=SC2059 # formats they are
make_big() {
	local head bytes
	head='\xa1\xb2\xc3\xd4\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\x01'
	bytes='\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01\x02\0\0\0\0\x01\xc0\0\x02\x01\0\0\0\0\0\0\xc0\0\x02\x02'
	printf "$head"'\x65\x53\xf1\0\0\x01\xe2\x40\0\0\0\x2a\0\0\0\x3c'"$bytes" >big.pcap
	printf "${head/c3/3c}" | sed 's/\xd4/\x4d/' >big-nano.pcap
	printf '\x65\x53\xf1\0\x07\x5b\xcd\x15\0\0\0\x2a\0\0\0\x3c'"$bytes" >>big-nano.pcap
}
make_big
like_tcpdump big.pcap
like_tcpdump big.pcap -tttt -e
expect "packets" "$(wc -l <out)" 1
like_tcpdump big-nano.pcap
expect "microseconds" "$(cut -c 1-15 out)" 23:13:20.123456
run --nano -r big-nano.pcap
expect "nanoseconds" "$(cut -c 1-18 out)" 23:13:20.123456789
result "big-endian, in micro- and nanoseconds"

run -r - <"$captures/print/tcp.pcap"
expect_quiet
tcpdump -n -r "$captures/print/tcp.pcap" >theirs 2>/dev/null
expect_same "a file as standard input" out theirs
for name in print/tcp.pcap arp-ping.pcapng big.pcap; do
	file=$name
	[ -f $file ] || file=$captures/$name
	# Byte by byte at first, for what is read in parts.
	{ dd bs=1 count=200 status=none && cat; } <"$file" | timeout 20 "$program" -q -r - >out 2>err
	expect "status" "${PIPESTATUS[*]}" "0 0"
	expect "said" "$(cat err)" ""
	tcpdump -n -q -r "$file" >theirs 2>/dev/null
	expect_same "$name" out theirs
done
result "from a pipe"

# Interfaces come in front of the packets, and later.
cat "$captures/arp-ping.pcapng" "$captures/any-loopback.pcapng" >types.pcapng
fields "$captures/arp-ping.pcapng" >theirs
fields "$captures/any-loopback.pcapng" >>theirs
run -r <(cat types.pcapng) -w ours.pcapng
expect_quiet
fields ours.pcapng >ours
expect_same "written" ours theirs
run -r <(cat types.pcapng)
expect_quiet
expect "lines of what is read" "$(wc -l <err)" 1
result "pcapng from a pipe: interfaces, first and later ones"

# Whatever a pipe is silent in, limits and signals are heard. Kuznetzov's variant of
# pcap goes through libpcap; the header and a packet of it, and half of the next one.
make_odd() {
	local packet
	packet='\x8f\x76\xda\x57\0\0\0\0\x04\0\0\0\x3c\0\0\0\x02\0\0\0\x08\0\0\0\x01\x02\x03\x04'
	# shellcheck disable=SC2059 # formats they are
	printf '\x34\xcd\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0'"$packet${packet:0:60}"
}
make_odd >odd.pcap
mkfifo silent other
# Opens a pipe for a program in the background, puts into it what is on standard
# input, and leaves it open.
feed() { # DESCRIPTOR FIFO
	eval "exec $1<>$2"
	cat >&"$1"
}
# The program reads the pipe "silent", in its own time; it is given 20 s.
listen() { # ARG...
	begun=$(date +%s%N)
	: >out # that of the last one is not to be taken for its
	timeout -k 1 20 "$program" "$@" >out 2>err &
	listener=$!
	started+=("$listener")
}
heard() { # STATUS: it has ended as it should, soon
	wait "$listener"
	expect "status" $? "$1"
	[ $(($(date +%s%N) - begun)) -lt 15000000000 ] || faults+="it took longer than 15 s"$'\n'
}
feed 7 silent <odd.pcap
listen --count -r silent -a duration:1
heard 0
expect "within a packet" "$(cat out)" "1 packet"
for signal in INT TERM QUIT; do
	feed 7 silent <odd.pcap
	listen -l -r silent
	for _ in $(seq 100); do
		[ "$(wc -l <out)" = 1 ] && break
		sleep 0.05
	done
	kill -$signal "$(pgrep -P "$listener")"
	heard 0
	expect "SIG$signal: printed" "$(wc -l <out)" 1
	exec 7>&-
done
feed 7 silent <odd.pcap
listen -r silent -w odd/ -b duration:1 -a duration:3
heard 0
[ "$(find odd -name 'packets_*' | wc -l)" -ge 2 ] || faults+="no segment was begun in time"$'\n'
exec 7>&-
# Of two in the order of time the other has not even a header.
feed 8 other </dev/null
listen --count -r "$captures/print/tcp.pcap" -r other -a duration:1
heard 1
expect "said of the other" "$(cat err)" \
	"wiretape: -a duration: other: no capture has come in time"
exec 8>&-
# Nothing at all.
listen -r silent -w nothing.pcap -a duration:1
heard 1
expect "said of nothing" "$(cat err)" \
	"wiretape: -a duration: silent: no capture has come in time"
[ ! -e nothing.pcap ] || faults+="a file of nothing"$'\n'
# A header, and no packet of it in time, is an empty file.
feed 7 silent < <(head -c 24 "$captures/print/tcp.pcap")
listen -q -r silent -w header.pcap -a duration:1
heard 0
expect "a file without packets" "$(packets header.pcap)$(cat err)" 0
exec 7>&-
result "from pipes that are silent"

# Who shares standard input goes on reading it.
{ cat "$captures/nano.pcap"; sleep 1; echo rest; } |
	{ timeout -k 1 10 "$program" -q --count -c 1 -r - >out; cat >rest; } 2>err
grep -aq '^rest$' rest || faults+="the rest is gone: $(tail -c 100 rest err)"$'\n'
expect "its errors" "$(cat err)" ""
result "standard input stays as it was"

# --- several files ------------------------------------------------------------------

mergecap -w merged.pcap -F nsecpcap "$captures/nano.pcap" "$captures/arp-ping.pcapng" \
	"$captures/vlan-qinq.pcapng" "$captures/print/tcp.pcap" 2>/dev/null
tcpdump -n -r merged.pcap >theirs 2>/dev/null
run -r "$captures/print/tcp.pcap" -r "$captures/arp-ping.pcapng" -r "$captures/nano.pcap" \
	-r "$captures/vlan-qinq.pcapng"
expect_quiet
expect_same "printed" out theirs
expect "lines of what is read" "$(grep -c '^wiretape: reading from file .*Ethernet' err)" 4
printf '%s\n' "$captures/print/tcp.pcap" "$captures/nano.pcap" '' "$captures/vlan-qinq.pcapng" >list
run -V list -r "$captures/arp-ping.pcapng" --nano -w ours.pcap
expect_quiet
expect "on standard output" "$(cat out)" ""
plain merged.pcap >theirs
plain ours.pcap >ours
expect_same "written" ours theirs
result "several files, in the order of time"

# Two interfaces at once, one after another, and a second section.
mergecap -w two.pcapng "$captures/arp-ping.pcapng" "$captures/vlan-qinq.pcapng"
cat "$captures/arp-ping.pcapng" "$captures/vlan-qinq.pcapng" "$captures/arp-ping.pcapng" >sections.pcapng
run -e -r two.pcapng
expect_quiet
tcpdump -n -e -r two.pcapng >theirs 2>/dev/null
expect_same "two interfaces" out theirs
for name in arp-ping vlan-qinq arp-ping; do
	tcpdump -n -r "$captures/$name.pcapng" 2>/dev/null
done >theirs
run -r sections.pcapng
expect_quiet
expect_same "sections" out theirs
for name in arp-ping any-loopback; do
	tcpdump -n -r "$captures/$name.pcapng" 2>/dev/null | nameless
done >theirs
run -r types.pcapng
expect_quiet
expect_same "link types" out theirs
result "pcapng of several interfaces, sections and link types"

# --- written anew ---------------------------------------------------------------------

for name in print/tcp.pcap print/cut.pcap nano.pcap snaplen.pcapng arp-ping.pcapng; do
	run -r "$captures/$name" -w a.pcapng
	expect_quiet
	run -r a.pcapng --nano -w b.pcap
	expect_quiet
	run -r b.pcap -w c.pcapng
	expect_quiet
	plain "$captures/$name" >theirs
	for file in a.pcapng b.pcap c.pcapng; do
		plain $file >ours
		expect_same "$file" ours theirs
	done
done
# Nothing at all is another then.
for name in print/tcp.pcap nano.pcap; do
	nano=()
	[ $name = nano.pcap ] && nano=(--nano)
	run -r "$captures/$name" "${nano[@]}" -w d.pcap
	run -r d.pcap -w e.pcapng
	run -r e.pcapng "${nano[@]}" -w f.pcap
	cmp -s d.pcap f.pcap || faults+="$name: not the same bytes"$'\n'
done
result "pcap to pcapng to pcap: times to the nanosecond, lengths, bytes"

for file in two.pcapng "$captures/any-loopback.pcapng" "$captures/drops.pcapng" "$captures/snaplen.pcapng"; do
	run -r "$file" -w a.pcapng
	expect_quiet
	fields "$file" >theirs
	fields a.pcapng >ours
	expect_same "$file" ours theirs
done
drop_counts() { tshark -V -nr "$1" 2>/dev/null | grep -i 'drop.*count' | sort | uniq -c; }
run -r "$captures/drops.pcapng" -w a.pcapng
expect "drop counts" "$(drop_counts a.pcapng)" "$(drop_counts "$captures/drops.pcapng")"
[ -n "$(drop_counts a.pcapng)" ] || faults+="no drop counts"$'\n'
result "interface and direction stay in pcapng"

# An interface that comes up when half of the packets are written.
fields "$captures/arp-ping.pcapng" >theirs
fields "$captures/any-loopback.pcapng" >>theirs
run -r types.pcapng -w late.pcapng
expect_quiet
fields late.pcapng >ours
expect_same "two sections" ours theirs
expect "link types" "$(capinfos late.pcapng 2>/dev/null | sed -nE 's/^ +Encapsulation = ([^ ]+).*/\1/p' | tr '\n' ' ')" \
	"Ethernet Linux "
run -r types.pcapng -w late/ -b packets:5
expect_quiet
for file in late/*; do
	fields "$file"
done >ours
expect_same "segments" ours theirs
for file in late/*; do
	[ "$(packets "$file")" -le 5 ] || faults+="$file has $(packets "$file") packets"$'\n'
done
run -r late -w again.pcapng
expect_quiet
fields again.pcapng >ours
expect_same "segments read again" ours theirs
result "an interface that comes up in the middle"

# What was read before an interface that cannot be in the file is in it.
for _ in $(seq 20); do
	cat "$captures/arp-ping.pcapng"
done >many.pcapng
cat "$captures/any-loopback.pcapng" >>many.pcapng
# In one section, so that a batch of packets goes across.
run -r many.pcapng -w across.pcapng
expect_quiet
run -r across.pcapng -w refused.pcap
count=$(packets "$captures/arp-ping.pcapng")
expect "status" "$status" 1
expect "lines" "$(grep -c '^wiretape: -w: packets of link-types EN10MB and LINUX_SLL2 do not fit' err)" 1
expect "packets" "$(packets refused.pcap)" $((20 * count))
result "a second link type in the middle, pcap"

run -r "$captures/print/tcp.pcap" -w segments/ -b packets:25
expect_quiet
expect "segments" "$(find segments -name 'packets_*' | wc -l)" 5
for file in segments/*; do
	plain "$file"
done >ours
plain "$captures/print/tcp.pcap" >theirs
expect_same "packets" ours theirs
run --count -r segments
expect "counted" "$(cat out)" "116 packets"
run -c 30 -r segments
expect "-c" "$(wc -l <out)" 30
run -c 30 -r "$captures/print/tcp.pcap" -w few.pcap
expect "-c -w" "$(packets few.pcap)" 30
result "into a directory of segments, and out of it"

# Of another interface than the first, a packet that no segment has room for.
{
	printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0'
	printf '\0\xf1\x53\x65\0\0\0\0\x88\x13\0\0\x88\x13\0\0'
	head -c 5000 /dev/zero
} >large.pcap
mergecap -w large.pcapng "$captures/arp-ping.pcapng" large.pcap
run -q -r large.pcapng -w large/ -b filesize:4096
count=$(packets "$captures/arp-ping.pcapng")
expect "status" "$status" 0
expect "said" "$(cat err)" "$count packets captured"$'\n'"1 packet larger than a segment may be"
expect "written" "$(packets large/*)" "$count"
result "larger than a segment: counted"

# Those do not count for -c: of each pair only the small one is written.
head -c 24 large.pcap >pairs.pcap
for _ in $(seq 100); do
	tail -c +25 large.pcap
	printf '\0\xf1\x53\x65\0\0\0\0\x40\0\0\0\x40\0\0\0'
	head -c 64 /dev/zero
done >>pairs.pcap
run -q -r pairs.pcap -w pairs/ -b filesize:4096 -c 30
expect "status" "$status" 0
expect "said" "$(cat err)" "30 packets captured"$'\n'"30 packets larger than a segment may be"
expect "written" "$(packets pairs/*)" 30
result "-c counts what is recorded"

cp "$captures/print/tcp.pcap" same.pcap
ln same.pcap other.pcap
sum=$(md5sum <same.pcap)
refused() { # WHAT
	expect "$1: status" "$status" 2
	expect "$1: lines" "$(grep -c '^wiretape: .* are the same file$' err)" 1
}
run -r same.pcap -w other.pcap
refused "two names"
run -r - -w same.pcap <other.pcap
refused "standard input"
for how in "-r same.pcap -w -" "-r same.pcap" "--count -V list -r same.pcap"; do
	# shellcheck disable=SC2086 # words
	timeout 20 "$program" $how >>same.pcap 2>err
	status=$?
	refused "$how"
done
timeout 20 "$program" -r same.pcap -w - >both 2>&1
status=$?
cp both err
refused "packets and lines"
timeout 20 "$program" -r same.pcap -w - 2>&1 | cat >err
status=${PIPESTATUS[0]}
refused "packets and lines in a pipe"
timeout 20 "$program" -r same.pcap >both 2>&1
expect "lines of both kinds" "$?" 0
expect "untouched" "$(md5sum <same.pcap)" "$sum"
run -r "$captures/print/tcp.pcap" -w nothing.pcap 'udp port 1'
expect_quiet
expect "none" "$(packets nothing.pcap)" 0
result "an input that is an output; no packets at all"

run -r "$captures/print/tcp.pcap" --print -w both.pcap 'tcp[tcpflags] & tcp-fin != 0'
expect_quiet
tcpdump -n -r "$captures/print/tcp.pcap" 'tcp[tcpflags] & tcp-fin != 0' >theirs 2>/dev/null
expect_same "printed" out theirs
tcpdump -n -r both.pcap >ours 2>/dev/null
expect_same "written" ours theirs
"$program" -q -r "$captures/print/tcp.pcap" -w - 2>err | tcpdump -n -r - >ours 2>/dev/null
tcpdump -n -r "$captures/print/tcp.pcap" >theirs 2>/dev/null
expect_same "into a pipe" ours theirs
result "--print -w, -w -"

# --- damaged, and cut off -----------------------------------------------------------------

for name in print/tcp.pcap arp-ping.pcapng; do
	bytes=$(stat -c %s "$captures/$name")
	for length in 300 301 333 400 500 $((bytes - 1)) $((bytes - 7)); do
		head -c "$length" "$captures/$name" >part
		tcpdump -n -r part >theirs 2>/dev/null
		theirs_status=$?
		run -r part
		cmp -s out theirs || faults+="$length: $(diff out theirs | head -n 3)"$'\n'
		[ $theirs_status = 0 ] && continue
		expect "$length: status" "$status" 1
		expect "$length: lines of error" "$(grep -vc '^wiretape: reading from ' err)" 1
		grep -q 'cut short' err || faults+="$length: $(cat err)"$'\n'
		run -r part -w whole.pcap
		expect "$length: status with -w" "$status" 1
		expect "$length: written" "$(packets whole.pcap)" "$(wc -l <theirs)"
		rm -f whole.pcap
	done
done
result "cut off: whole packets, an error, status 1"

# By name and by pipe the same: words but for the name, what is printed and written, status.
outcome() { # NAME
	echo "status $status"
	sed -E "s/$1/\\1FILE/" err
	cat out
	for made in new.*; do
		[ ! -f "$made" ] || { echo "$made" && cksum <"$made" && stat -c %b "$made"; }
	done
	rm -f new.*
}
echo "no capture at all, whatever is said of it" >junk
for name in ping6.pcap arp-ping.pcapng; do
	bytes=$(stat -c %s "$captures/$name")
	# Within each header, the first packet, the second, and all of it.
	for length in 0 10 24 30 116 190 300 450 $bytes junk; do
		head -c "$length" "$captures/$name" >part 2>/dev/null || cp junk part
		for how in "" --count "-c 1" "-w new.pcapng"; do
			for choice in "" "udp port 9" "--from @1900000000"; do
				# shellcheck disable=SC2086 # words, or none
				run -r part $how $choice
				outcome '()part' >by-name
				# shellcheck disable=SC2086 # words, or none
				run -r - $how $choice < <(cat part)
				outcome '(reading from file |-r: |)(standard input|-)' >by-pipe
				cmp -s by-name by-pipe ||
					faults+="$length $how $choice: $(diff by-name by-pipe)"$'\n'
			done
		done
	done
done
result "by name and by pipe the same"

# Nothing passes: a file of headers, and status 0.
for choice in "udp port 9" "--from @1900000000" "--to 1980-01-01"; do
	for how in pcap pcapng; do
		# shellcheck disable=SC2086 # words
		run -r "$captures/arp-ping.pcapng" -w new.$how $choice
		expect_quiet
		expect "$choice: packets" "$(packets new.$how)" 0
		rm -f new.$how
	done
done
result "no packets of those there are: an empty file"

# Two of three are cut off: what the others have is given all the same.
head -c 700 "$captures/ping6.pcap" >first.pcap
head -c 4000 "$captures/print/tcp.pcap" >second.pcap
for name in first.pcap second.pcap "$captures/arp-ping.pcapng"; do
	tcpdump -n -S -tt -r "$name" 2>/dev/null
done | sort -n >theirs
run -S -tt -r first.pcap -r second.pcap -r "$captures/arp-ping.pcapng"
expect "status" "$status" 1
expect_same "printed" out theirs
expect "said" "$(grep -v '^wiretape: reading from ' err | cut -d ' ' -f 2-4 | sort | tr '\n' '|')" \
	"first.pcap: cut short:|second.pcap: cut short:|"
run --count -r first.pcap -r second.pcap -r "$captures/arp-ping.pcapng"
expect "counted" "$(cat out)" "$(wc -l <theirs) packets"
run -r first.pcap -r second.pcap -r "$captures/arp-ping.pcapng" -w whole.pcap
expect "status, -w" "$status" 1
expect "written" "$(packets whole.pcap)" "$(wc -l <theirs)"
rm -f whole.pcap
result "of several files, those cut off do not end the others"

# What ends a run does not hide that a file was cut off, nor the other way round.
head -c $(($(stat -c %s "$captures/arp-ping.pcapng") - 7)) "$captures/arp-ping.pcapng" >cut.pcapng
expect_said() { # WHAT STATUS COMPLAINT...
	expect "$1: status" "$status" "$2"
	expect "$1: said" "$(complaints)" "$(printf '%s\n' "${@:3}")"
}
both=(-r cut.pcapng -r "$captures/ping6.pcap")
run "${both[@]}"
cut_short=$(grep -v '^wiretape: reading from ' err)
expect "said" "$(cut -d ' ' -f 2-4 <<<"$cut_short")" "cut.pcapng: cut short:"
for how in --print --count; do
	"$program" "${both[@]}" $how >/dev/full 2>err
	status=$?
	expect_said $how 1 "$cut_short" "wiretape: $([ $how = --count ] && echo standard output ||
		echo print packets): No space left on device"
done
run "${both[@]}" -c 7
expect_said -c 1 "$cut_short"
run "${both[@]}" -c 4
expect_said "-c, before that" 0
rm -f whole.pcap
result "what is cut off is told whatever ends the run"

# Filters are those for files: there is no kernel to ask, and every system's numbers count.
for filter in ip6 'ip or ip6' 'tcp or udp' 'dst net 2001:db8::/32' 'ip broadcast'; do
	for name in loopback icmp; do
		tcpdump --count -r "$captures/print/$name.pcap" "$filter" >theirs 2>/dev/null
		run --count -r "$captures/print/$name.pcap" "$filter"
		expect_quiet
		expect_same "$name: $filter" out theirs
	done
done
for filter in inbound 'not outbound' 'ifindex 1'; do
	run --count -r "$captures/nano.pcap" "$filter"
	expect "$filter" "$status" 2
	grep -q 'not supported on Ethernet when reading savefiles' err || faults+="$filter: $(cat err)"$'\n'
done
result "filters as for a file"

# Written they are cut, printed they are not.
tcpdump -n -r "$captures/print/tcp.pcap" >theirs 2>/dev/null
run -nnp -s 60 -r "$captures/print/tcp.pcap"
expect_same "printed" out theirs
run -s 60 -r "$captures/print/tcp.pcap" -w cut.pcap
expect_quiet
editcap -s 60 -F pcap "$captures/print/tcp.pcap" cut-theirs.pcap
tcpdump -n -XX -r cut.pcap 2>/dev/null >ours
tcpdump -n -XX -r cut-theirs.pcap 2>/dev/null >theirs
expect_same "written" ours theirs
expect "its snapshot length" "$(capinfos -T -r -l cut.pcap | cut -f 2)" 60
result "-s with files"

# tcpdump cuts to the snapshot length that a file tells of, and so may not see all of a
# packet that is longer: here it is printed as if the file told of more.
long=$captures/print/snaplen.pcap
{ head -c 16 "$long" && printf '\0\0\4\0' && tail -c +21 "$long"; } >honest.pcap
tcpdump -n -XX -r honest.pcap >theirs 2>/dev/null
run -n -XX -r "$long"
expect_quiet
expect_same "printed" out theirs
tcpdump -n -XX -r "$long" >theirs 2>/dev/null
cmp -s out theirs && faults+="tcpdump does not cut"$'\n'
result "longer than the snapshot length of the file"

# What is no capture at all is seen before anything is printed.
echo 'no capture' >foreign
run -r "$captures/print/tcp.pcap" -r foreign
expect "status" "$status" 2
expect "printed" "$(cat out)" ""
expect "said" "$(cat err)" \
	"wiretape: -r: foreign: not a capture file: it begins like neither pcap nor pcapng"
result "of several files one that is none"

# What is packed some other way is read by another program first.
for packer in xz bzip2; do
	command -v $packer >/dev/null || continue
	$packer -c "$captures/print/tcp.pcap" >"packed $packer"
	run -r "packed $packer"
	expect "status" "$status" 2
	expect "said" "$(cat err)" "wiretape: -r: packed $packer: packed by $packer: type $packer -dc 'packed $packer' | wiretape -r -"
	cp "packed $packer" packed
	run -r packed
	typed=$(sed -n 's/.*: type //p' err)
	expect "typed" "$(eval "${typed/wiretape/$program}" 2>/dev/null | wc -l)" \
		"$("$program" -r "$captures/print/tcp.pcap" 2>/dev/null | wc -l)"
	run -r - < <(cat packed)
	expect "said of a pipe" "$(cat err)" "wiretape: -r: standard input: packed by $packer: put '$packer -dc |' in front of it"
done
result "packed files"

# A filter's code is that for the file's link type.
for style in -d -dd -ddd; do
	for name in any-loopback.pcapng print/sll.pcap ping6.pcap; do
		[ -e "$captures/$name" ] || continue
		tcpdump $style -r "$captures/$name" udp >theirs 2>/dev/null
		run $style -r "$captures/$name" udp
		expect_quiet
		expect_same "$style $name" out theirs
	done
done
result "-d -r"

# A line is 150 bytes and more: a pipe has no room for that many.
for _ in $(seq 60); do
	echo "$captures/print/tcp.pcap"
done >list
timeout 20 "$program" -V list 2>err | head -n 1 >out
expect "status" "${PIPESTATUS[0]}" 0
expect "line" "$(wc -l <out)" 1
expect "said" "$(grep -v '^wiretape: reading from ' err)" ""
timeout 20 "$program" -q -l -r "$captures/print/tcp.pcap" 2>err | :
expect "status, -l" "${PIPESTATUS[0]}" 0
expect "said, -l" "$(cat err)" ""
timeout 20 "$program" -q -r "$captures/print/tcp.pcap" >/dev/full 2>err
expect "status, no room" $? 1
expect "said, no room" "$(cat err)" "wiretape: print packets: No space left on device"
result "nobody reads any more, and a full disk"

# --- time -----------------------------------------------------------------------------------

first=$(tcpdump -n -tt -r "$captures/print/tcp.pcap" -c 1 2>/dev/null | cut -d ' ' -f 1)
from=$((${first%.*} + 20)) to=$((${first%.*} + 50))
tcpdump -n -S -tt -r "$captures/print/tcp.pcap" 2>/dev/null |
	awk -v from=$from -v to=$to '$1 >= from && $1 < to' >theirs
run -S -tt -r "$captures/print/tcp.pcap" --from @$from --to @$to
expect_quiet
expect_same "a file" out theirs
run -S -tt -r "$captures/print/tcp.pcap" --from "$(date -u -d @$from +%FT%TZ)" --to "$(date -d @$to +%FT%T)"
expect_same "RFC 3339" out theirs
run -S -tt -r segments --from @$from --to @$to
expect_same "segments" out theirs
run --count -r segments --to @$from
expect "--to alone" "$(cat out)" "20 packets"
run --count -r "$captures/print/tcp.pcap" --from @$((from + 1000000))
expect_quiet
expect "none" "$(cat out)" "0 packets"
result "--from and --to"

# A segment that is being written: its recorder waits for more.
mkfifo source
timeout 20 "$program" -q -U -r source -w live/ -b packets:100 2>live.err &
recorder=$!
started+=("$recorder")
exec 7>source
cat "$captures/print/tcp.pcap" >&7
for _ in $(seq 100); do
	[ "$(timeout 5 "$program" -q -r live 2>/dev/null | wc -l)" = 116 ] &&
		[ -n "$(find live -name 'packets_*')" ] && break
	sleep 0.05
done
expect "published" "$(find live -name 'packets_*' | wc -l)" 1
run -r live
expect_quiet
tcpdump -n -r "$captures/print/tcp.pcap" >theirs 2>/dev/null
expect_same "all" out theirs
last=$(tcpdump -n -S -r "$captures/print/tcp.pcap" 2>/dev/null | tail -n 1)
run -S -r live --from @$((${first%.*} + 110))
expect "the last of it" "$(tail -n 1 out)" "$last"
expect "its packets" "$(wc -l <out)" 6
exec 7>&-
wait "$recorder"
expect "its end" "$?$(cat live.err)" 0
result "a segment that is being written"

# --- rights ------------------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	mkdir -m 700 mine
	run -Z root -r "$captures/print/tcp.pcap" -w mine/ -b packets:25
	expect "owner" "$(stat -c %u mine/*01.pcapng)" 0
	run --count -r mine
	expect_quiet
	expect "root's own" "$(cat out)" "116 packets"
	result "root reads a directory of its own"

	run -r "$captures/print/tcp.pcap" -Z nobody -w mine/
	expect "status" "$status" 2
	expect "said" "$(cat err)" "wiretape: -w: mine/: nobody may not write there: change its owner, or give another -Z"
	result "who is to write has to be able to"

	# Whosever the files are, and whoever it becomes.
	expect_all() { # WHAT
		expect "$1: status" "$status" 0
		expect "$1: said" "$(grep -v '^wiretape: reading from ' err)" ""
		expect "$1: packets" "$(cat out)" "116 packets"
	}
	for mode in 700 755; do
		chmod $mode mine
		run --count -r mine
		expect_all "root's, $mode"
		chown nobody mine/packets_*
		run --count -r mine
		expect_all "files of nobody's, $mode"
		chown root mine/packets_*3.pcapng
		run --count -r mine -Z daemon
		expect_all "one of root's, $mode"
		run --count -r mine --from @0
		expect_all "sought, $mode"
	done
	mkdir their-own
	chown nobody their-own
	run -r mine -w their-own/
	expect "status of a copy" "$status" 0
	run --count -r their-own
	expect_all "a copy"
	# More than are kept open from the start.
	cp "$captures/print/tcp.pcap" secret.pcap
	chmod 600 secret.pcap
	yes secret.pcap | head -n 600 >list
	run -q --count -V list
	expect "of six hundred" "$(cat out)" "$((600 * 116)) packets"
	mkfifo mine/packets_20260101T000000Z_00000099.pcapng
	ln -s "$scratch/secret.pcap" mine/packets_20260101T000000Z_00000098.pcapng
	rm mine/.wiretape-manifest
	run --count -r mine
	expect_all "by names"
	result "a directory is read whosever its files are"

	# Before a byte of it is read: nothing has been written to the pipe.
	is_powerless() { # PID
		[ "$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' "/proc/$1/status")" = \
			"$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)" ] &&
			! grep -qE '^Cap(Prm|Eff|Bnd):.*[1-9a-f]' "/proc/$1/status"
	}
	mkfifo unread
	# One of libpcap's variants, of a packet.
	{
		printf '\x34\xcd\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0'
		printf '\0\xf1\x53\x65\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0'
		head -c 16 /dev/zero
	} >odd.pcap
	made() { find . -name 'new*' -o -name '.new*'; }
	for how in '' --count "-w new.pcap" "-w newdir/ -b packets:50" "-w -" -d; do
		before=$(made)
		# shellcheck disable=SC2086 # words, or none
		"$program" -r unread $how >out 2>err &
		reader=$!
		started+=("$reader")
		exec 7>unread
		for _ in $(seq 100); do
			is_powerless $reader && break
			sleep 0.05
		done
		is_powerless $reader || faults+="$how: not powerless before the first byte"$'\n'
		expect "$how: made" "$(made)" "$before"
		# At once: it may not read to the end.
		cat odd.pcap >&7
		exec 7>&-
		wait $reader
		expect "$how: status" $? 0
	done
	expect "a file" "$(packets new.pcap) $(stat -c '%U %a' new.pcap)" "1 root 600"
	expect "segments" "$(packets newdir/*) $(stat -c '%U %a' newdir)" "1 nobody 700"
	rm -r new.pcap newdir
	mkdir -m 755 bare
	for name in new.pcap newdir/; do
		run -r foreign -w bare/$name
		expect "status of what is no capture, $name" "$status" 2
	done
	expect "left" "$(find bare -mindepth 1)" ""
	result "no byte of a file is read with any right"

	mkfifo source-of-nobody
	"$program" -r source-of-nobody >out 2>err &
	reader=$!
	started+=("$reader")
	exec 7>source-of-nobody
	cat "$captures/print/tcp.pcap" >&7
	for _ in $(seq 100); do
		[ "$(wc -l <out)" = 116 ] && break
		sleep 0.05
	done
	expect "user" "$(awk '$1 == "Uid:" { print $2, $3, $4, $5 }' /proc/$reader/status)" \
		"$(id -u nobody) $(id -u nobody) $(id -u nobody) $(id -u nobody)"
	expect "capabilities" "$(grep -E '^Cap(Prm|Eff|Bnd):.*[1-9a-f]' /proc/$reader/status)" ""
	exec 7>&-
	wait $reader
	expect "exit status" $? 0
	expect "lines" "$(wc -l <out)" 116
	result "it prints as nobody"
fi

run -q -r "$captures/print/tcp.pcap"
expect "-q" "$(cat err)" ""
run --log-format json -r "$captures/print/tcp.pcap"
expect "json" "$(grep -c '"message":"reading from file .*link-type EN10MB (Ethernet), snapshot length 262144"' err)" 1
run -r segments
expect "a directory" "$(cat err)" \
	"wiretape: reading from directory segments, link-type EN10MB (Ethernet), snapshot length 262144"
result "what is read"

finish_tests
