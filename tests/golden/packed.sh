#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Files that zstd, gzip and lz4 have packed are read as they are: alone, several, from pipes,
# in directories; cut or damaged they give what is in front of that. Needs those programs.
# shellcheck source-path=SCRIPTDIR source=read_lib.sh
. "$(dirname "$0")/read_lib.sh"
captures=$(cd "$golden/../../captures" && pwd) || exit 1
need zstd gzip lz4 tcpdump

# What each program makes of a file, by its ending.
pack() { # ENDING <FILE >PACKED
	case $1 in
	zst) zstd -q -c ;;
	gz) gzip -c ;;
	lz4) lz4 -q -c -B4 ;;
	esac
}

capture=$captures/print/tcp.pcap
run -n -S -tt -r "$capture"
mv out plain

for ending in zst gz lz4; do
	pack $ending <"$capture" >"packed.$ending"
	# Its name tells nothing.
	cp "packed.$ending" "named"
	for how in "-r packed.$ending" "-r named"; do
		# shellcheck disable=SC2086
		run -n -S -tt $how
		expect "status" "$status" 0
		expect_same "$how" out plain
	done
	run -n -S -tt -r - <"packed.$ending"
	expect_same "standard input, a file, $ending" out plain
	run -n -S -tt -r - < <(cat "packed.$ending")
	expect_same "standard input, a pipe, $ending" out plain
	# Byte by byte: what has come is never waited for twice.
	run -n -S -tt -r - < <(dd if="packed.$ending" bs=7 status=none)
	expect_same "a pipe in small pieces, $ending" out plain
	run -n -S -tt -r - < <(head -c 100 "packed.$ending" && sleep 0.1 && tail -c +101 "packed.$ending")
	expect_same "a pipe that stops, $ending" out plain
done
result "alone, from standard input, from pipes"

# A capture is longer than a frame, and a frame than what is read at once.
for ending in zst gz lz4; do
	{ cat "packed.$ending" && tail -c +25 "$capture" | pack $ending; } >"two.$ending"
	run -n -S -tt -r "two.$ending"
	expect "status" "$status" 0
	cat plain plain >twice
	expect_same "$ending" out twice
done
result "frames one behind the other"

python3 - "$capture" >large.pcap <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(data[:24])
for n in range(30000):
    sys.stdout.buffer.write(struct.pack("<IIII", 1700000000 + n, n, 200, 200))
    sys.stdout.buffer.write((n * 2654435761 % 2**32).to_bytes(4, "little") * 50)
END
"$program" --count -r large.pcap >wanted 2>/dev/null
for ending in zst gz lz4; do
	pack $ending <large.pcap >"large.$ending"
	run --count -r "large.$ending"
	expect_same "$ending" out wanted
	run --count -r large.pcap -r "packed.$ending" -r "large.$ending"
	expect "several" "$(cat out)" "$((60000 + $(wc -l <plain))) packets"
	run --count -r "large.$ending" --from @1700010000 --to @1700010100
	expect "a time" "$(cat out)" "100 packets"
	# Packed bytes have no place to read ahead from, whatever might narrow the reading.
	run --count -r "large.$ending" --read-io direct
	expect_same "past the cache" out wanted
	run --count -r "large.$ending" --read-io direct --from @1700010000 --to @1700010100
	expect "a time, past the cache" "$(cat out)" "100 packets"
	run -r "large.$ending" -w copy.pcap
	expect_same "a copy" copy.pcap large.pcap
done
result "large ones, several"

for ending in zst gz lz4; do
	size=$(stat -c %s "large.$ending")
	head -c $((size / 2)) "large.$ending" >short
	run --count -r short
	expect "status" "$status" 1
	packets=$(sed 's/ .*//' out)
	[ "${packets:-0}" -gt 5000 ] && [ "$packets" -lt 25000 ] ||
		faults+="$ending: $packets packets of half a file"$'\n'
	grep -q "^wiretape: short: cut short: what .* has packed ends within a frame, at byte $((size / 2))$" err ||
		faults+="$ending: $(cat err)"$'\n'
	# And with a wrong byte in the middle, in front of which all is right.
	{ head -c $((size / 2)) "large.$ending" && printf '\377\377\377\377\377\377\377\377' &&
		tail -c +$((size / 2 + 9)) "large.$ending"; } >damaged
	run -r damaged -w some.pcap
	expect "status" "$status" 1
	grep -q '^wiretape: damaged: damaged' err || faults+="$ending, damaged: $(cat err)"$'\n'
	bytes=$(stat -c %s some.pcap)
	# What a frame's own sum tells at its end may have been given by then.
	[ "$bytes" -gt 1000000 ] && cmp -s -n 1000000 some.pcap large.pcap ||
		faults+="$ending: $bytes bytes of a damaged file"$'\n'
done
result "cut and damaged"

echo 'no capture' | zstd -q -c >foreign.zst
run -r foreign.zst
expect "status" "$status" 2
expect "said" "$(cat err)" \
	"wiretape: -r: foreign.zst: not a capture file: it begins like neither pcap nor pcapng"
# Twice packed is once too often.
zstd -q -c packed.zst >twice.zst
run -r twice.zst
expect "status, packed twice" "$status" 2
# Ten thousand times as long as it is.
{ head -c 24 "$capture" && head -c 300M /dev/zero; } | zstd -q -c >bomb.zst
limit=1000000
! grep -q __asan_init "$program" || limit=unlimited # it maps terabytes
(ulimit -v $limit && exec timeout 20 "$program" --count -r bomb.zst) >out 2>err
grep -q '^wiretape: bomb.zst: damaged at byte\|packets$' out err || faults+="a bomb: $(cat out err)"$'\n'
{ head -c 24 "$capture" && head -c 40M /dev/zero; } | zstd -q -c --long=31 --ultra -1 --zstd=wlog=31 >long.zst
run --count -r long.zst
expect "status, a large window" "$status" 2
expect "said" "$(cat err)" \
	"wiretape: -r: long.zst: damaged near byte 0 of what zstd has packed: it was packed with a window of more than 128 MiB (--long)"
result "what is none"

# A directory without a manifest: names of segments, packed and not.
mkdir directory
for n in 1 2 3; do
	run -r "$capture" -w directory/eth0_20240101T00000${n}Z_0000000$n.pcapng
	wait
done
"$program" --count -r directory >wanted 2>/dev/null
zstd -q --rm directory/*_00000001.pcapng
gzip directory/*_00000003.pcapng
run --count -r directory
expect_same "mixed" out wanted
zstd -q --rm directory/*_00000002.pcapng
run --count -r directory
expect_same "packed" out wanted
result "in a directory"

finish_tests
