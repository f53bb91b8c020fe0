#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Segments that are packed when they are finished: what is in them, what other programs make of
# them, what is kept; kill -9 while they are packed and replaced; a full disk. A file is recorded,
# so that no network is needed. Needs zstd, capinfos, python3; for the full disk, root.
# shellcheck source-path=SCRIPTDIR source=read_lib.sh
. "$(dirname "$0")/read_lib.sh"
need zstd capinfos python3

# Packets that shrink by half, of many hosts.
python3 - >large.pcap <<'END'
import random, struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
r = random.Random(1)
for n in range(30000):
    load = r.randbytes(200) + bytes(200)
    source = bytes([10, 0, n // 300 // 250, n // 300 % 250 + 1])
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 428, n & 0xFFFF, 0, 64, 17, 0, source, bytes([10, 1, 1, 1]))
    packet = bytes(12) + b"\x08\0" + ip + struct.pack(">HHHH", 1000 + n // 300, 53, 408, 0) + load
    out.write(struct.pack("<IIII", 1700000000 + n // 1000, n % 1000 * 1000, len(packet), len(packet)) + packet)
END
packets=30000

"$program" -r large.pcap -w plain/ -b filesize:2M 2>/dev/null
run -r large.pcap -w packed/ -b filesize:2M -b compress:zstd
expect "status" "$status" 0
expect "plain ones left" "$(find packed -name '*.pcapng' | wc -l)" 0
expect "segments" "$(find packed -name '*.pcapng.zst' | wc -l)" "$(find plain -name '*.pcapng' | wc -l)"
expect "left over" "$(find packed -name '.wiretape-[0-9]*' | wc -l)" 0
cp -r plain mixed
zstd -q --rm mixed/*_0000000[246].pcapng
for filter in "" "host 10.0.0.7" "udp port 1042" "net 10.0.0.64/26" "not host 10.0.0.7"; do
	# shellcheck disable=SC2086
	run -n -tt -r plain $filter
	mv out wanted
	for directory in packed mixed; do
		# shellcheck disable=SC2086
		run -n -tt -r $directory $filter
		expect "status" "$status" 0
		expect_same "$directory: $filter" out wanted
	done
done
run -n -tt -r plain --from @1700000011 --to @1700000013 udp port 1042
mv out wanted
for directory in packed mixed; do
	run -n -tt -r $directory --from @1700000011 --to @1700000013 udp port 1042
	expect_same "$directory, a time" out wanted
done
result "the same packets from plain, packed and mixed directories"

for file in packed/*.zst; do
	zstd -q -t "$file" || faults+="$file: zstd does not like it"$'\n'
	zstd -q -d -c "$file" >plain.pcapng
	cmp -s plain.pcapng "$(echo plain/*"_${file##*_}" | sed 's/\.zst$//')" ||
		expect "packets" "$(capinfos -T -r -c plain.pcapng | cut -f 2)" \
			"$("$program" --count -r "$file" 2>/dev/null | cut -d ' ' -f 1)"
done
# One frame is what a run is: about 1 MiB.
frames=$(zstd -l -v packed/*_00000001.pcapng.zst 2>/dev/null | sed -n 's/.*Frames: *//p')
[ "${frames:-0}" -ge 2 ] || faults+="frames: '$frames'"$'\n'
result "other programs"

# One that is behind says so, and all is there.
# However long the last ones take on a machine that has other work.
run_seconds=100 run -r large.pcap -w behind/ -b filesize:256K -b compress:zstd:19
expect "status" "$status" 0
grep -q 'packing does not keep up: a segment stays as it is' err || faults+="not told: $(cat err)"$'\n'
expect "packets" "$("$program" --count -r behind 2>/dev/null)" "$packets packets"
# The next start goes on with them.
"$program" -r large.pcap -c 1 -w behind/ -b filesize:256K -b compress:zstd 2>/dev/null
[ "$(find behind -name '*.zst' | wc -l)" -gt 0 ] || faults+="none is packed"$'\n'
result "behind"

# What is kept is by what is on the disk, while it is packed, too.
mkdir budget
"$program" -r large.pcap -r large.pcap -r large.pcap -w budget/ -b filesize:1M -b budget:10M -b compress:zstd 2>err &
recorder=$!
started+=("$recorder")
most=0
while kill -0 $recorder 2>/dev/null; do
	now=$(du -sk budget 2>/dev/null | cut -f 1)
	[ "${now:-0}" -le "$most" ] || most=$now
done
wait $recorder
expect "status" $? 0
[ "$most" -gt 4096 ] && [ "$most" -le 10244 ] || faults+="$most KiB of 10240"$'\n'
result "a budget"

# A hook gets what was packed; what it takes away no longer counts.
cat >hook <<'END'
#!/bin/sh
echo "$1 $(stat -c %s "$1") $WIRETAPE_BYTES" >>"${1%/*}/.log"
END
chmod 755 hook
run -r large.pcap -w hooked/ -b filesize:4M -b compress:zstd -z "$scratch/hook"
expect "status" "$status" 0
expect "told of" "$(grep -c '\.pcapng\.zst ' hooked/.log)" "$(find hooked -name '*.zst' | wc -l)"
expect "of nothing else" "$(grep -vc '\.pcapng\.zst ' hooked/.log)" 0
expect "sizes" "$(awk '$2 != $3' hooked/.log)" ""
result "a hook"

# Killed anywhere, ended well at last: each packet that was published is there once.
mkdir crash
before=0
for round in $(seq 12); do
	touch mark
	"$program" -r large.pcap -w crash/ -b filesize:1M -b compress:zstd:1 >/dev/null 2>&1 &
	recorder=$!
	started+=("$recorder")
	# Some has its name, and more is on its way.
	for ((tries = 0; tries < 1000; tries++)); do
		[ "$(find crash -name '*_*.pcapng*' ! -name '.*' -newer mark | wc -l)" = 0 ] || break
		sleep 0.01
	done
	sleep "0.0$((2 + round % 8))"
	kill -9 $recorder 2>/dev/null
	wait $recorder 2>/dev/null
	run --count -r crash
	[ ! -e crash/.wiretape-manifest ] || expect "status, round $round" "$status" 0
	now=$(cut -d ' ' -f 1 out)
	[ "${now:-0}" -ge "$before" ] || faults+="round $round: $now packets after $before"$'\n'
	before=${now:-0}
done
run -r large.pcap -c 1 -w crash/ -b filesize:1M -b compress:zstd:1
expect "status" "$status" 0
run --count -r crash
expect "packets" "$(cat out)" "$((before + 1)) packets"
expect "left over" "$(find crash -name '.wiretape-[0-9]*' -printf '%f ')" ""
expect "twice there" "$(find crash -name '*_*.pcapng*' ! -name '.*' | sed 's/\.zst$//' | sort | uniq -d)" ""
[ "$before" -gt 0 ] || faults+="nothing was recorded"$'\n'
for file in crash/*.zst; do
	zstd -q -t "$file" || faults+="$file is damaged"$'\n'
done
result "kill -9"

# A disk without room for another copy: they stay as they are.
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	mkdir small
	# shellcheck disable=SC2016 # the other shell expands it
	unshare -m bash -c 'mount -t tmpfs -o size=16M none small && mkdir small/tape &&
		"$0" -r large.pcap -w small/tape/ -b filesize:13M --no-sync -b compress:zstd -a files:1 2>err
		echo $? >status; "$0" --count -r small/tape >out 2>/dev/null
		ls -A small/tape >list' "$program"
	grep -q 'pack it: No space left on device; it stays as it is' err || faults+="not told: $(cat err)"$'\n'
	expect "left over" "$(grep -c '^\.wiretape-[0-9]' list)" 0
	expect "packed" "$(grep -c '\.zst$' list)" 0
	[ "$(cut -d ' ' -f 1 out)" -gt 20000 ] || faults+="$(cat out)"$'\n'
	result "a full disk"
fi

finish_tests
