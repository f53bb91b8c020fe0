#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A disk that stands still while packets come, a frozen file system: what the ring has no
# room for is in memory meanwhile, which has its bound, and in the files afterwards, once
# and in order. Then a kill, and a disk that turns out to be full, with packets in memory.
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/tape_lib.sh"
netns_setup
small=$TMP/small
mkdir "$small"

small_mount() { # MIB
	rm -f "$TMP/image"
	truncate -s "$1M" "$TMP/image" && mkfs.ext4 -qF -m 0 "$TMP/image" &&
		mount -o loop "$TMP/image" "$small"
}

# Some 30 MB come in this time, the ring has 8. Thawed from here whatever becomes of us.
RATE=40000 FROZEN=0.5
freeze() {
	(
		sleep $FROZEN
		fsfreeze -u "$small"
	) &
	thaw=$!
	started+=("$thaw")
	expect_ok fsfreeze -f "$small"
}

begin() { # ARG...
	new_small
	record run -v --ring-size 8M "$@"
}
new_small() { rm -rf "${small:?}"/t* && mkdir "$small/tape"; }

# Packets before it stands still, meanwhile, and after that.
send_over_stall() { # COUNT SECONDS-BEFORE
	FRAMES=$1
	sender -n "$FRAMES" -s 1514 -r $RATE
	sleep "$2"
	freeze
	wait "$thaw"
	wait "$sender_pid"
	settle
}

# The ring, the memory beside it, and what else a program needs. Some of that is there before
# it is used.
expect_memory() { # SPILL-MIB
	local kib
	grep -q '__[at]san_init' "$WIRETAPE" && return
	kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
	expect_range "KiB of memory" "$kib" $((8 * 1024)) $(((8 + $1 + 32) * 1024))
}
expect_used() { # LEAST-MIB MOST-MIB
	expect_range "MiB beside the ring" \
		"$(sed -nE 's/.* full, and ([0-9]+)(\.[0-9])? MiB beside it$/\1/p' "$TMP/run.err")" "$1" "$2"
}

small_mount 1200 2>"$TMP/refused" || skip_all "no loop device: $(head -n 1 "$TMP/refused")"

# With LONG=1, every way.
ways=("auto tape.pcapng" "auto tape.pcap" "uring tape/")
[ -z "${LONG-}" ] || ways+=("uring tape.pcapng" "auto tape/")
for way in "${ways[@]}"; do
	read -r mode name <<<"$way"
	limits=() frames=26000 before=0.15
	# A recorder knows a rate after a while, and has room for seconds then.
	[[ $name == */ ]] && limits=(-b filesize:16M) frames=64000 before=1.1
	begin --io "$mode" --spill 96M -w "$small/$name" "${limits[@]}"
	if gone && [ "$mode" = uring ] && grep -q "io uring" "$TMP/run.err"; then
		skip "--io $mode, $name" "no io_uring"
		continue
	fi
	send_over_stall $frames $before
	expect_memory 96
	finish INT
	expect_used 8 96
	if [[ $name == */ ]]; then
		tape=$small/tape
		expect_tape run "$FRAMES" -s 1514
		expect dropped "$dropped" 0
	else
		expect_whole run "$small/$name" "$FRAMES" -s 1514
	fi
	result "stands still for $FROZEN s, --io $mode, ${name/tape/}: $FRAMES recorded, none lost"
done

# Without that memory, or where each write is waited for, packets are lost, and told.
ways=("auto 0" "direct 96M")
[ -z "${LONG-}" ] || ways+=("buffered 96M")
for way in "${ways[@]}"; do
	read -r mode spill <<<"$way"
	begin --io "$mode" --spill "$spill" -w "$small/tape.pcapng"
	send_over_stall 22000 0.15
	# A few more, so that every loss stands before a frame.
	expect_handled run "$FRAMES"
	send -n 20 --start "$FRAMES" -s 1514 -r 100
	settle
	finish INT
	expect_recorded run $((FRAMES + 20)) --drops-anywhere -s 1514 "$small/tape.pcapng"
	[ "$spill" != 0 ] || expect_range dropped "$dropped" 1 "$FRAMES"
	result "stands still, --io $mode, --spill $spill: $captured recorded, $dropped dropped"
done

# --- a kill -----------------------------------------------------------------------------

kill_over_stall() { # SECONDS-BEFORE
	sender -n 60000 -s 1514 -r $RATE
	sleep "$1"
	freeze
	sleep 0.3
	kill -KILL "$pid"
	wait "$thaw"
	kill "$sender_pid"
	wait "$sender_pid"
	finish
}

# What was written by then is there: of several writes on their way each may have ended.
begin --spill 96M -w "$small/tape/" -b filesize:16M
kill_over_stall 0.6
record run -w "$small/tape/"
finish INT
tape=$small/tape
list_tape
frames=$("$TESTTOOLS/verify" --allow-gaps -s 1514 "${files[@]}" 2>&1) || faults+=$frames$'\n'
read -r frames missing < <(sed -nE 's/^frames ([0-9]+) first 0 .* missing ([0-9]+) .*/\1 \2/p' <<<"$frames")
expect_range "frames" "${frames:-0}" 10000 59999
# No more than 16 writes of 1 MiB.
expect_range "frames between those" "${missing:-99999}" 0 11000
expect_no_hidden
result "killed while it stands still: $frames are in ${#files[@]} segments, $missing between them are not"

begin --spill 96M -w "$small/tape.pcap"
kill_over_stall 0.3
expect_ok "$TESTTOOLS/verify" --torn --allow-gaps -s 1514 "$small/tape.pcap"
"$WIRETAPE" -r "$small/tape.pcap" -w "$TMP/copy.pcap" 2>"$TMP/copy.err" ||
	expect_text "$TMP/copy.err" "cut short: of what begins at byte"
frames=$("$TESTTOOLS/verify" --allow-gaps -s 1514 "$TMP/copy.pcap" |
	sed -nE 's/^frames ([0-9]+) first 0 .* missing 0 .*/\1/p')
expect_range "frames from the first on" "${frames:-0}" 3000 59999
expect_readers "$TMP/copy.pcap" "$frames"
result "killed while it stands still, one file: the first $frames are in it"
umount "$small"

# --- a full disk --------------------------------------------------------------------------

small_mount 48

# What a recorder holds in memory has its room on the disk. Beyond that each packet is
# dropped and counted.
begin --spill 96M --on-full drop -w "$small/tape/" -b filesize:4M
send_over_stall 50000 0.15
finish INT
expect "exit status" "$status" 1
captured=$(count run captured) lost=0
for words in "${losses[@]}" 'left unread in the ring'; do
	n=$(count run "$words")
	lost=$((lost + ${n:-0}))
done
expect "captured and lost" $((captured + lost)) "$FRAMES"
expect_range captured "$captured" 10000 $((FRAMES - 1000))
expect_segments "$small/tape" -s 1514 -n "$captured"
expect_no_hidden
result "full when it goes on, drop: $captured recorded, $lost lost and counted"

# One file ends with as much as there is room for.
begin --spill 96M -w "$small/tape.pcapng"
send_over_stall 30000 0.15
finish INT
expect "exit status" "$status" 1
captured=$(count run captured) lost=0
for words in "${losses[@]}" 'left unread in the ring'; do
	n=$(count run "$words")
	lost=$((lost + ${n:-0}))
done
expect "captured and lost" $((captured + lost)) "$(count run 'received by filter')"
expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps -s 1514 "$small/tape.pcapng"
result "full when it goes on, one file: $captured recorded, $lost lost and counted"

finish_tests
