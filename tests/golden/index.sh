#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Indexes: made by a recorder and by --index, used by -r, held against --no-index; those that are
# wrong; what --summary and --count tell of them; prints TAP. Needs no privileges; as root, what
# becomes of those is looked at, too.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=Europe/Berlin
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/read_lib.sh"
need python3 tcpdump
run_seconds=60

spared() { # MiB that were not read, whole ones
	sed -nE 's/.*by index: ([0-9]+)(\.[0-9])? MiB with.*/\1/p' err
}

python3 "$golden/make_index.py" all.pcap || exit 1
"$program" -q -r all.pcap -w rec/ -b filesize:2M || exit 1
cp -a rec other

same() { # ARG...: of directory and file the same with the index and without, as tcpdump has it
	local path
	for path in rec all.pcap; do
		run -tt -r $path "$@"
		expect "$path $* status" "$status" 0
		mv out with
		run -tt --no-index -r $path "$@"
		cmp -s out with || faults+="$path $*: $(diff out with | head -n 4)"$'\n'
	done
}

# --- making ---------------------------------------------------------------------

expect "segments" "$(find rec -name '*.pcapng' | wc -l)" "$(find rec -name '.*.index' | wc -l)"
run -v -r rec --count host 10.0.0.80
expect "packets" "$(cat out)" "$(tcpdump --count -r all.pcap host 10.0.0.80 2>/dev/null)"
expect_range "MiB spared" "$(spared)" 9 12
result "a recorder's segments have an index, which is used"

run --index all.pcap
expect "status" "$status" 0
expect_text err '^wiretape: 1 index made \([0-9.]+ KiB\), 0 there already$'
expect "mode" "$(stat -c %a .all.pcap.index)" "$(stat -c %a all.pcap)"
run --index all.pcap
expect_text err '^wiretape: 0 indexes made \(0 B\), 1 there already$'
chmod 640 rec/*.pcapng
rm rec/.*.index
run -v --index rec --index all.pcap
expect "status" "$status" 0
expect_text err "^wiretape: $(find rec -name '*.pcapng' | wc -l) indexes made .*, 1 there already$"
expect "modes" "$(stat -c %a rec/.*.index | sort -u)" 640
expect "owners" "$(stat -c %u rec/.*.index | sort -u)" "$(stat -c %u rec/*.pcapng | sort -u)"
expect "left over" "$(find . -name '*~*' ! -name '*manifest*')" ""
result "--index makes what is missing, and only that"

# In index.hex are the bytes of one, with what they mean.
cp "$golden/../../captures/vlan-qinq.pcapng" sample.pcapng || exit 1
run --index sample.pcapng
expect "status" "$status" 0
sed 's/#.*//' "$golden/index.hex" | tr -s ' ' '\n' | grep . >wanted
od -An -v -tx1 -w1 .sample.pcapng.index | tr -d ' ' >bytes
expect_same "bytes" bytes wanted
run -v -r sample.pcapng --count host 198.18.0.1
expect_text err ' 0 without one$'
result "the format is as documented, byte by byte"

# --- the same packets -----------------------------------------------------------------

for filter in 'host 10.0.0.80' 'net 10.0.0.80/30' 'src net 10.0.0.64/27 and port 53' 'port 1201' \
	'portrange 1100-1130' 'host 10.9.9.9' 'not port 53 and host 10.0.0.7' \
	'ether host 02:00:00:00:00:09' 'ip proto 17 and host 10.0.0.17' 'tcp[13] & 2 != 0' \
	'host 10.0.0.8 or host 10.0.0.200' 'udp or port 1000' ''; do
	# shellcheck disable=SC2086 # words, or none
	same $filter
	# shellcheck disable=SC2086 # words
	[ -z "$filter" ] || same --from @1700000003 --to @1700000009.5 $filter
done
same --from @1700000003.000001 --to @1700000003.1
same -c 5 host 10.0.0.80
result "the same packets with the index and without"

for range in '' '--from @1700000003' '--to @1700000005.25' '--from @1700000002.5 --to @1700000012'; do
	# shellcheck disable=SC2086 # words
	run -v --count -r rec $range
	mv out with
	expect_range "$range: MiB spared" "$(spared)" 1 12
	# shellcheck disable=SC2086
	run --no-index --count -r rec $range
	expect "$range" "$(cat with)" "$(cat out)"
done
result "--count from the index"

run -r rec -w with.pcapng host 10.0.0.80
run --no-index -r rec -w without.pcapng host 10.0.0.80
expect "files" "$(tcpdump -tt -n -r with.pcapng 2>/dev/null | cksum)" \
	"$(tcpdump -tt -n -r without.pcapng 2>/dev/null | cksum)"
result "written anew"

# Interfaces that came up later are described between packets.
python3 "$golden/make_index.py" added.pcapng || exit 1
run --index added.pcapng
expect "status" "$status" 0
run -r added.pcapng -w added/
expect "status of a copy" "$status" 0
run -r added.pcapng -w small/ -b filesize:2M
expect "status of a copy in parts" "$status" 0
for path in added.pcapng added small; do
	for filter in 'host 10.0.0.1' 'host 10.0.0.80' 'host 10.0.0.130' 'net 10.0.0.224/27'; do
		run -v -r $path "$filter"
		expect "$path $filter status" "$status" 0
		expect "$path $filter index" "$(grep -c damaged err)" 0
		expect_range "$path $filter: MiB spared" "$(spared)" 7 12
		mv out with
		run -v --no-index -r $path "$filter"
		expect_same "$path $filter" with out
	done
done
result "interfaces that are added on the way are known, whatever is skipped"

# Of the second section of a file no run is known: it is read whole.
for name in big.pcap big.pcapng; do
	python3 "$golden/make_index.py" $name || exit 1
done
cat added.pcapng big.pcapng added.pcapng >sections.pcapng
run --index big.pcap --index big.pcapng --index sections.pcapng
expect "status" "$status" 0
for path in big.pcap big.pcapng sections.pcapng; do
	for filter in 'host 10.0.0.80' 'port 1201'; do
		run -v --count -r $path "$filter"
		expect_range "$path $filter: MiB spared" "$(spared)" 7 12
		run -tt -r $path "$filter"
		expect "$path $filter status" "$status" 0
		mv out with
		run -tt --no-index -r $path "$filter"
		expect_same "$path $filter" with out
		# tcpdump reads no section of another byte order.
		count=$(tcpdump -r ${path/sections/big} --count "$filter" 2>/dev/null | cut -d ' ' -f 1)
		[ $path != sections.pcapng ] || count=$((3 * count))
		expect "$path $filter, by tcpdump" "$(wc -l <with)" "$count"
	done
done
result "big endian, and files of several sections"

# --- what is wrong ------------------------------------------------------------------------

expect_unused() { # LINES-WITHOUT-V REGEXP: how many lines tell why
	run -r all.pcap --count host 10.0.0.80
	expect "status" "$status" 0
	mv out with
	expect "lines" "$(grep -c 'the whole file is read' err)" "$1"
	run -v -r all.pcap --count host 10.0.0.80
	expect_text err "$2: the whole file is read"
	run --no-index -r all.pcap --count host 10.0.0.80
	expect "packets" "$(cat with)" "$(cat out)"
}

cp .all.pcap.index right
printf X | dd of=.all.pcap.index bs=1 seek=30 conv=notrunc 2>/dev/null
expect_unused 1 'all.pcap: the index is damaged \(its header\)'
cp right .all.pcap.index
printf X | dd of=.all.pcap.index bs=1 seek=9 conv=notrunc 2>/dev/null
expect_unused 0 'all.pcap: an index of version [0-9]+: this program knows 1'
head -c 1000 right >.all.pcap.index
expect_unused 1 'all.pcap: the index is damaged \(.*\)'
: >.all.pcap.index
expect_unused 1 'all.pcap: no index'
cp rec/.*_00000001.pcapng.index .all.pcap.index
expect_unused 0 'all.pcap: the index is of another file'
run --index all.pcap
expect_text err '^wiretape: 1 index made'
run -v -r all.pcap --count host 10.0.0.80
expect_text err 'by index: '
result "an index that is damaged, of another version or file"

head -c 3000000 all.pcap >cut.pcap
echo no capture >text
run --index cut.pcap --index text --index rec
expect "status" "$status" 1
expect_text err '^wiretape: cut.pcap: cut short: of what begins at byte [0-9]+ the last'
expect_text err '^wiretape: text: not a capture file'
expect_text err '^wiretape: 1 index made .*there already$'
run --count -r cut.pcap host 10.9.9.9
expect "status of one cut short" "$status" 1
expect_text err 'cut short'
result "files that are damaged, or none"

# Whenever it is ended, an index is there whole or not at all.
cp -a rec killed
python3 "$golden/make_index.py" killed/all.pcap || exit 1
for ((i = 0; i < 25; i++)); do
	rm -f killed/.*.index
	"$program" -q --index killed 2>/dev/null &
	sleep "0.0$((i * 4 % 100 / 10))$((i * 4 % 10))"
	kill -KILL $! && ended=$((${ended-0} + 1))
	wait $! 2>/dev/null
	run -v -r killed --count host 10.0.0.80
	expect "round $i, status" "$status" 0
	expect "round $i, damaged" "$(grep -c 'damaged\|no index' err)" 0
	mv out with
	run --no-index -r killed --count host 10.0.0.80
	expect "round $i" "$(cat with)" "$(cat out)"
done
expect_range "ended in the middle" "${ended-0}" 3 25
run --index killed
expect "status" "$status" 0
expect "left over" "$(find killed -name '.*~.index')" ""
result "--index that is killed leaves no half index"

if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=16m tmpfs full 2>/dev/null; then
	cp all.pcap full/
	dd if=/dev/zero of=full/rest bs=4k 2>/dev/null
	run --index full/all.pcap
	expect "status" "$status" 1
	expect_text err 'full/all.pcap: make its index: No space left on device'
	expect "left over" "$(find full -name '.*')" ""
	run --count -r full/all.pcap host 10.0.0.80
	expect "status of reading" "$status" 0
	rm full/rest
	run --index full/all.pcap
	expect "status with room" "$status" 0
	umount full
	result "--index on a full disk"
else
	skip "--index on a full disk" "needs root"
fi

for case in '--index none|--index: none: No such file' '--index -|standard input' \
	'--index rec -w x|--index rec contradicts -w x' '--index rec -r rec|--index rec contradicts -r rec' \
	'--index rec port 5|--index rec contradicts the filter expression port 5' \
	'--index rec --count|contradicts --count' '--summary|--summary needs -r' \
	'--summary -r rec port 5|--summary contradicts the filter' \
	'--summary -r rec --from 10:00|--summary contradicts --from' '--summary -i lo|contradicts -i lo'; do
	# shellcheck disable=SC2086
	run ${case%%|*}
	expect "${case%%|*}: status" "$status" 2
	expect_text err "${case#*|}"
done
result "what makes no sense"

# --- summary --------------------------------------------------------------------------

run -r rec --summary
expect "status" "$status" 0
expect "said" "$(cat err)" ""
expect "packets" "$(awk '/no name$/ { print $5 }' out)" 15000
expect "of files" "$(awk '/rec\/.*pcapng$/ { n += $5 } END { print n }' out)" 15000
expect "drawn" "$(grep -c '##$' out)" 24
expect_range "columns" "$(grep '#$' out | wc -L)" 70 80
expect_text out '^IPv4 addresses in most of [0-9]+ runs:$'
expect_text out '^  10\.1\.0\.[012] +[0-9]+$'
expect_text out '^  443 +[0-9]+$'
rm other/.*_00000002.pcapng.index
run -r other --summary
expect "status" "$status" 0
expect_text err '^wiretape: 1 file without an index left out: wiretape --index other makes'
rm other/.*.index
run -r other --summary
expect "status without any" "$status" 1
result "--summary"

# --- rights ------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	mkdir closed
	cp all.pcap closed/x.pcap
	chmod 600 closed/x.pcap
	chmod 700 closed
	cp -a rec closed/rec
	rm closed/rec/.*.index
	chown -R root closed
	run --index closed/x.pcap --index closed/rec
	expect "status" "$status" 0
	expect "mode" "$(stat -c %a:%u closed/.x.pcap.index)" 600:0
	run -v -r closed/rec --count host 10.0.0.80
	expect_text err 'by index: .* 0 without one$'
	run -v -r closed/x.pcap --count host 10.0.0.80
	expect_text err 'by index: .* 0 without one$'
	chown daemon closed/.x.pcap.index
	run -v -r closed/x.pcap --count host 10.0.0.80
	expect_text err 'the index is of user [0-9]+, who does not own it: the whole file is read$'
	result "what only root may read is indexed, and read, without rights"
else
	skip "what only root may read" "needs root"
fi
finish_tests
