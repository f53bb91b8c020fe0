#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The files of a recording in segments have the names and numbers they are to have,
# and what is kept stays within its limits, as measured from outside.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
# A real file system: the build's, mostly.
export TMPDIR=$PWD
. "$(dirname "$0")/tape_lib.sh"
netns_setup

# --- names ---------------------------------------------------------------------------

new_tape
for run in 0 1; do
	record run -w "$tape/" -b packets:100
	send -n 350 --start $((run * 350))
	settle
	finish INT
	expect "exit status" "$status" 0
done
list_tape
expect "names" "$(sed -E 's/[0-9]{8}T[0-9]{6}Z/TIME/g' <<<"${files[*]##*/}") " \
	"$(printf 'vb_TIME_%08d.pcapng ' 1 2 3 4 5 6 7 8)"
utc=$(sed -E 's/^vb_(....)(..)(..)T(..)(..)(..)Z_.*/\1-\2-\3 \4:\5:\6/' <<<"${files[-1]##*/}")
expect_range "seconds of age" $(($(date +%s) - $(date -u -d "$utc" +%s))) 0 60
expect_ok "$TESTTOOLS/verify" -n 700 -s 64 "${files[@]}"
result "-w DIR/: time in UTC, and a number that goes on after a restart"

# As with tcpdump and with dumpcap. A file of others' is left alone, and the
# segment gets another name.
new_tape
echo foreign >"$tape/f.pcap2"
record run -w "$tape/f.pcap" -C 100K
send -n 5000 -s 200
settle
finish INT
expect "foreign file" "$(cat "$tape/f.pcap2")" foreign
expect_ok mv "$tape/f.pcap2_2" "$tape/f.pcap2"
expect_tape run 5000 -s 200
expect "names" "${files[*]##*/}" "f.pcap $(seq -f f.pcap%.0f -s ' ' 1 10)"
expect_read -s 200 "${files[10]}"
result "-C 100K: f.pcap, f.pcap1 ...; a foreign f.pcap2 stays as it is"

new_tape
echo foreign >"$tape/f_00002_20261123150501.pcapng"
record run -w "$tape/f.pcapng" -b filesize:100K
send -n 2000 -s 200
settle
finish INT
expect "foreign file" "$(cat "$tape/f_00002_20261123150501.pcapng")" foreign
rm "$tape/f_00002_20261123150501.pcapng"
expect_tape run 2000 -s 200
expect "names" "$(sed -E 's/[0-9]{14}/TIME/g' <<<"${files[*]##*/} ")" \
	"$(printf 'f_%05d_TIME.pcapng ' 1 2 3 4 5 6)"
expect_read -s 200 "${files[2]}"
result "-w f.pcapng -b filesize:100K: f_00001_TIME.pcapng ..."

# The newest are there in the end, and never more than asked.
for kind in "-C 64K -W 3|f.pcap0 f.pcap1 f.pcap2" "-C 64K -G 1h -W 3|f.pcap0 f.pcap1 f.pcap2" \
	"-C 64K -W 12|$(seq -f f.pcap%02.0f -s ' ' 0 11)"; do
	options=${kind%|*} names=${kind#*|}
	new_tape
	record run $options -w "$tape/f.pcap"
	sender -n 10000 -r 20000 -s 300
	watch_number
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_range "files at once" "$most" 1 "$(wc -w <<<"$names")"
	list_tape
	expect "names" "${files[*]##*/}" "$names"
	# In the order of what is in them.
	mapfile -t files < <(for file in "${files[@]}"; do
		echo "$("$TESTTOOLS/verify" --allow-gaps -s 300 "$file" | awk '{ print $4 }') $file"
	done | sort -n | cut -d ' ' -f 2)
	expect_ending 9999 -s 300
	result "$options: the newest, up to ${names##* }"
done

# --- what is kept --------------------------------------------------------------------

new_tape
record run -w "$tape/" -b packets:500 -b files:4
sender -n 10000 -r 20000
watch_number
settle
finish INT
expect "exit status" "$status" 0
list_tape
expect_range "files at once" "$most" 1 4
expect "files in the end" ${#files[@]} 4
expect "captured" "$(count run captured)" 10000
expect_ending 9999
result "-b files:4: never more"

# Bytes in the directory, what files say or what they take, whatever is more.
tape_bytes() {
	find "$tape" -type f -printf '%i %s %k\n' 2>/dev/null | sort -u -k1,1 |
		awk '{ size += $2; disk += 1024 * $3 } END { printf "%.0f\n", (size > disk ? size : disk) }'
}

# A file may go and another one come while they are counted: too much is what
# is too much three times in a row.
watch_bytes() { # MOST
	local bytes over=0 samples=0 most=0
	while sending; do
		bytes=$(tape_bytes)
		samples=$((samples + 1))
		((bytes > most)) && most=$bytes
		((bytes > $1)) && over=$((over + 1)) || over=0
		((over != 3)) || faults+="$bytes bytes, not up to $1"$'\n'
	done
	expect_range "samples" $samples 1 100000
	expect_range "most bytes" "$most" $(($1 / 8)) $(($1 * 2))
}

for kind in "8M|--io auto -b filesize:1M" "8M|--format pcap --io buffered -b filesize:1M" \
	"3M|--no-sync -b filesize:64K" "20M|"; do
	budget=${kind%|*} options=${kind#*|}
	limit=$(numfmt --from=iec "$budget")
	new_tape
	record run --block-size 128K $options -w "$tape/" -b budget:$budget
	sender -n 20000 -r 25000 -s 1514
	watch_bytes "$limit"
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_range "bytes in the end" "$(tape_bytes)" $((limit / 2)) "$limit"
	list_tape
	expect_ending 19999 -s 1514
	result "$options -b budget:$budget: never more"
done

# Three runs within one budget, beside files of others'; one of them is a copy of
# ours, and one has the hidden name of a segment to come.
new_tape
head -c 3M /dev/zero >"$tape/vb_20200101T000000Z_00000001.pcapng"
echo foreign >"$tape/.wiretape-00000003"
others=$(tape_bytes)
for run in 0 1 2; do
	record run --block-size 128K -w "$tape/" -b budget:4M -b filesize:256K
	send -n 4000 -s 1000 --start $((run * 4000))
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_text "$TMP/run.err" "1 hidden file named like segments are not proven ours, left alone"
	expect_report run 4000 4000 0
	expect_range "bytes" $(($(tape_bytes) - others)) 2000000 $((4 * 1048576))
	list_tape
	[ $run = 0 ] && cp "${files[-1]}" "$tape/copy.pcapng" &&
		others=$((others + $(stat -c '%b * %B' "$tape/copy.pcapng")))
done
expect "foreign file" "$(stat -c %s "$tape/vb_20200101T000000Z_00000001.pcapng")" 3145728
expect "foreign hidden file" "$(cat "$tape/.wiretape-00000003")" foreign
expect_ok "$TESTTOOLS/verify" --allow-gaps -s 1000 "$tape/copy.pcapng"
rm "$tape/copy.pcapng" "$tape/vb_20200101T000000Z_00000001.pcapng"
list_tape
numbers=$(sed -E 's/[^ ]*_0*([0-9]+)\.pcapng/\1/g' <<<"${files[*]}")
expect "numbers" "$numbers" "$(seq -s ' ' "${numbers%% *}" "${numbers##* }")"
expect_ending 11999 -s 1000
result "-b budget:4M over three runs, beside files that are not the recorder's"

# The manifests are lost between two runs: the next one says so, and what to type, keeps
# its hands off, and gives its segments numbers that nobody has; that done, one budget holds.
rm "$tape"/.wiretape*
before=$(tape_bytes)
list_tape
found=${#files[@]}
record run --block-size 128K -w "$tape/" -b budget:4M -b filesize:256K -a packets:1
send -n 1 -s 1000
settle
finish INT
expect_text "$TMP/run.err" "$found files, .*no manifest proves them.*--adopt takes them in"
expect_range "bytes" "$(tape_bytes)" "$before" $((before + 1048576))
list_tape
expect "numbers" "$(printf '%s\n' "${files[@]}" | sed 's/.*_//' | sort | uniq -d)" ""
record run --adopt --block-size 128K -w "$tape/" -b budget:4M -b filesize:256K
send -n 4000 -s 1000
settle
finish INT
expect_text "$TMP/run.err" "took in $found segments, "
expect_report run 4000 4000 0
expect_range "bytes" "$(tape_bytes)" 2000000 $((4 * 1048576))
result "the manifests are lost: said, left alone, and taken in by --adopt"

# On a file system of its own the kernel's count is exact at any time.
mkdir "$TMP/small"
if mount -t tmpfs -o size=48m wiretape-test "$TMP/small" 2>/dev/null; then
	free_kib() { stat -f -c '%a %S' "$TMP/small" | awk '{ printf "%d\n", $1 * $2 / 1024 }'; }
	# Sets least to how many there were while frames were sent.
	watch_free() {
		local now
		least=$((48 * 1024))
		while sending; do
			now=$(free_kib)
			((now < least)) && least=$now
		done
	}
	# shellcheck disable=SC2317 # wait_for calls it
	free_again() { (($(free_kib) >= 16 * 1024)); }
	tape=$TMP/small/tape
	mkdir "$tape"
	record run --block-size 128K -w "$tape/" -b filesize:1M -b reserve:16M
	sender -n 30000 -r 40000 -s 1514
	watch_free
	expect_range "least KiB free" $least $((16 * 1024)) $((48 * 1024))
	head -c 12M /dev/zero >"$TMP/small/foreign"
	wait_for 10 free_again
	expect_range "KiB free beside another's file" "$(free_kib)" $((16 * 1024)) $((48 * 1024))
	running || faults+="gone"$'\n'
	finish INT
	expect "exit status" "$status" 0
	expect_range "KiB free in the end" "$(free_kib)" $((16 * 1024)) $((24 * 1024))
	list_tape
	expect_ending 29999 -s 1514
	result "-b reserve:16M: free at any time, and again after another's file took it"
	rm -r "$TMP/small/foreign" "$tape"

	mkdir "$tape"
	record run --block-size 128K -w "$tape/" -b filesize:1M -b budget:16M
	sender -n 30000 -r 40000 -s 1514
	watch_free
	finish INT
	# Of a few KiB for the directory itself nothing is said.
	expect_range "most KiB used" $((48 * 1024 - least)) 0 $((16 * 1024 + 16))
	expect_range "KiB used in the end" $((48 * 1024 - $(free_kib))) $((8 * 1024)) $((16 * 1024 + 16))
	expect "exit status" "$status" 0
	list_tape
	expect_ending 29999 -s 1514
	expect "lines about what was deleted" "$(grep -c ': deleted ' "$TMP/run.err")" 1
	result "-b budget:16M: never more, by the file system's own count"

	# Deleting gives back what the recorder's own segments take, and nothing of others.
	head -c 20M /dev/zero >"$tape/foreign"
	in_b "$WIRETAPE" -i vb --check -w "$tape/" -b filesize:1M -b reserve:24M >"$TMP/check" 2>&1
	expect_text "$TMP/check" '^ok: space: [0-9.]+ MiB for segments$'
	in_b "$WIRETAPE" -i vb --check -w "$tape/" -b filesize:1M -b reserve:40M >"$TMP/check" 2>&1
	expect_text "$TMP/check" \
		'^warning: space: 40 MiB are to stay free, and with every segment deleted 2[78].* would be$'
	result "--check: others' files cannot be deleted for the reserve"
	umount "$TMP/small"
else
	skip "-b reserve" "no tmpfs"
fi

# --- files ---------------------------------------------------------------------------

new_tape
mask=$(umask)
umask 0257
record run --mode 0640 --no-sync -w "$tape" -b packets:100
umask "$mask"
send -n 250
settle
expect "mode of those not finished" "$(stat -c %a "$tape"/.wiretape-0* | sort -u)" 600
finish INT
expect_tape run 250 -s 64
expect "modes" "$(stat -c %a "${files[@]}" "$tape/.wiretape-manifest" | sort -u)" 640
result "--mode 0640 whatever the umask; --no-sync"

new_tape
record run -w "$tape/" -b filesize:100K
sender -n 10000 -r 15000 -s 200
declare -A sums=()
while sending; do
	list_tape
	for file in "${files[@]}"; do
		[ "${sums[$file]:-}" ] && continue
		expect_ok "$TESTTOOLS/verify" --allow-gaps -s 200 "$file"
		sums[$file]=$(cksum <"$file")
	done
done
settle
finish INT
expect_tape run 10000 -s 200
expect_range "seen on the way" ${#sums[@]} 1 1000
for file in "${!sums[@]}"; do
	expect "${file##*/}" "$(cksum <"$file")" "${sums[$file]}"
done
result "a file is whole when it gets its name, and stays as it is"

new_tape
record run -w "$tape/" -b packets:1000
send -n 1500
wait_for 5 has_segments 1
# The open one may still get what was gathered.
look() { find "$tape" -printf '%i %f\n' | sort && cksum "${files[@]}" "$tape/.wiretape-manifest"; }
before=$(look)
first=$pid
for other in "$tape" "$tape/new -C 1" "$tape/%F%T -G 60"; do
	record other -w $other
	finish
	expect "exit status of the second" "$status" 2
	expect_text "$TMP/other.err" "^wiretape: -w: .*another recorder is using it"
	expect "lines" "$(wc -l <"$TMP/other.err")" 1
done
expect "directory" "$(look)" "$before"
pid=$first
send -n 1000 --start 1500
settle
finish INT
expect_tape run 2500 -s 64
result "a second recorder is kept out and changes nothing; the first goes on"

finish_tests
