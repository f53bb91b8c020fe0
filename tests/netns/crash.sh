#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Ends that nobody wished for: the program is killed, the disk is full, the
# reader of a pipe is slow. What is in the file can be read, and what is not is
# counted.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/lib.sh"
netns_setup

# --- killed ------------------------------------------------------------------

# Readers that complain of the file's end still tell how far they came.
read_torn() { # READER FILE
	case $1 in
	tcpdump) tcpdump -nr "$2" 2>/dev/null | wc -l ;;
	tshark) tshark_numbers "$2" 2>/dev/null | wc -l ;;
	capinfos) capinfos -M -c "$2" 2>&1 | sed -nE 's/^Number of packets: *//p' ;;
	esac
}

# Everything up to the end of the last whole record is right, and every reader
# sees it.
expect_torn() { # FILE FRAME-ARG...
	local file=$1 reader out
	shift
	out=$("$TESTTOOLS/verify" --torn --allow-gaps "$@" "$file" 2>&1) || faults+=$out$'\n'
	whole=$(sed -nE 's/^frames ([0-9]+) .*/\1/p' <<<"$out")
	for reader in tcpdump tshark capinfos; do
		have $reader && expect "$reader" "$(read_torn $reader "$file")" "$whole"
	done
}

# shellcheck disable=SC2317 # wait_for calls it
larger() { (($(stat -c %s "$file") > $1)); }

# A frame takes 4893 and about 88 bytes on average. Not more than what was on
# its way may be missing of the end.
frames="-s 60,1514,9000,9000"
for mode in auto direct uring auto buffered; do
	mkdir "$TMP/killed"
	file=$TMP/killed/f.pcapng
	record run --io $mode -w "$file"
	if [ $mode = uring ] && gone; then
		finish
		rmdir "$TMP/killed"
		skip "killed, --io $mode" "no direct writes here"
		continue
	fi
	flood -i va $frames
	wait_for 10 larger 50000000
	sleep 0.0$((RANDOM % 90 + 10))
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	flood_end
	expect "files" "$(ls -A "$TMP/killed")" f.pcapng
	bytes=$(stat -c %s "$file")
	expect_torn "$file" $frames
	expect_range "frames" "$whole" $(((bytes - (17 << 20)) / 4990)) $((bytes / 4893))
	result "killed, --io $mode: $whole frames of $bytes bytes can be read"
	[ $mode = buffered ] || rm -r "$TMP/killed" # the last one is for what follows
done

# As if the last run had gone to the disk in part.
file=$TMP/killed/f.pcapng
truncate -s 3000000 "$file"
for cut in 1 1 1 1 1 27 28 500 5000; do
	truncate -s -$cut "$file"
	expect_torn "$file" $frames
	expect_range "frames" "$whole" 590 612
done
result "cut off anywhere: up to the last whole record"
rm -r "$TMP/killed"

# --- a slow reader ------------------------------------------------------------

# shellcheck disable=SC2317 # read_pipe calls it
slow_cat() { # FROM: about 40 MB/s
	local n
	while :; do
		n=$(head -c 1048576 <&3 | tee -a /dev/fd/4 | wc -c)
		((n > 0)) || break
		sleep 0.02
	done 3<"$1" 4>&1
}

for format in pcapng pcap; do
	read_pipe "$TMP/run.out" "$TMP/f.$format" slow_cat
	record run --ring-size 4M --block-size 256K --format $format -w -
	send -n 50000 -s 1514 -r 100000
	expect_handled run 50000
	send -n 20 --start 50000 -s 1514 -r 100
	settle
	finish INT
	wait "$reader"
	expect_recorded run 50020 --drops-anywhere -s 1514 "$TMP/f.$format"
	expect_range dropped "$dropped" 1000 48000
	rm "$TMP/run.out"
	result "$format: slow reader: $captured captured + $dropped dropped = all sent"
done

# --- a full disk ---------------------------------------------------------------

# The ring holds all that is sent before anything is written.
fill() { # FILESYSTEM MODE FORMAT
	local file=$TMP/small/f.$3
	record run -v --io "$2" -w "$file"
	if [ "$2" = uring ] && gone; then
		finish
		skip "full $1, --io $2" "no direct writes there"
		return
	fi
	kill -STOP "$pid"
	send -n 30000 -s 1514
	settle
	kill -CONT "$pid"
	finish
	captured=$(count run captured) lost=$(count run 'lost to a write error')
	expect_text "$TMP/run.err" "^wiretape: write to .*f\\.$3: No space left on device"
	expect "exit status" "$status" 1
	expect_range captured "$captured" 3000 25000
	expect "captured + lost" $((captured + lost)) 30000
	expect_report run "$captured" 30000 0
	expect_ok "$TESTTOOLS/verify" -n "$captured" -s 1514 "$file"
	[ "$2" = auto ] && expect_readers "$file" "$captured"
	# Whole means nothing reserved either.
	expect_range "bytes on disk" $(($(stat -c %b "$file") * 512)) 1 \
		$(($(stat -c %s "$file") + 65536))
	result "full $1, $3: $(sed -n 's/.*: writing //p' "$TMP/run.err"): $captured captured + $lost lost = all sent"
	rm "$file"

	# The same in full flight, when not all that is sent is received.
	record run --io "$2" -w "$file"
	flood -i va -s 60,1514
	finish
	flood_end
	captured=$(count run captured) lost=$(count run 'lost to a write error')
	dropped=$(count run 'dropped by kernel')
	expect "exit status" "$status" 1
	expect_report run "$captured" $((captured + lost + dropped)) "$dropped"
	expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps -s 60,1514 "$file"
	result "full $1, $3, --io $2: in full flight"
	rm "$file"
}

mkdir "$TMP/small"
for filesystem in tmpfs ext4; do
	case $filesystem in
	tmpfs) mount -t tmpfs -o size=12m wiretape-test "$TMP/small" ;;
	ext4) truncate -s 32M "$TMP/image" && mkfs.ext4 -qF "$TMP/image" &&
		mount -o loop "$TMP/image" "$TMP/small" ;;
	esac 2>"$TMP/refused" || {
		skip "full $filesystem" "$(head -n 1 "$TMP/refused")"
		continue
	}
	for kind in "auto pcapng" "direct pcapng" "uring pcapng" "buffered pcapng" "auto pcap" "buffered pcap"; do
		fill $filesystem $kind
	done
	umount "$TMP/small"
done

finish_tests
