#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A recorder whose disk is full, frozen or broken, or whose directory goes away:
# what is published stays as it is, every frame is in a segment or counted as
# lost, and when things are well again recording goes on. LONG=1: on every file
# system in every way.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck disable=SC2317 # wait_for calls some
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/tape_lib.sh"
netns_setup
long=${LONG:-}
small=$TMP/small
mkdir "$small"

# --- traffic and what became of it -----------------------------------------------

begin() { # NAME ARG...: a recording, of which nothing was sent yet
	sent=0
	record "$@"
}

# Sends so many frames, the next ones.
send_next() { # COUNT [RATE]
	send -n "$1" --start $sent -s 1514 -r "${2:-20000}"
	sent=$((sent + $1))
}

# Sends until stream_end.
stream() { # RATE
	ip netns exec "$NS_A" "$TESTTOOLS/generate" -i va -n 0 --start $sent -s 1514 -r "$1" \
		>"$TMP/stream" &
	stream=$!
	started+=("$stream")
}

stream_end() {
	kill "$stream"
	wait "$stream"
	sent=$((sent + $(sed -nE 's/^sent ([0-9]+) .*/\1/p' "$TMP/stream")))
}

# A few more, when all is well again, so that every loss stands before a frame.
send_last() {
	expect_handled run "$sent"
	send_next 20 100
	settle
}

# Every frame sent is accounted for once. Sets captured, dropped (by the kernel)
# and lost (all that is not captured).
expect_conserved() { # NAME
	local words n text=
	captured=$(count "$1" captured) dropped=$(count "$1" 'dropped by kernel') lost=0
	for words in "${losses[@]}" 'left unread in the ring'; do
		n=$(count "$1" "$words")
		[ "${n:-0}" = 0 ] && continue
		lost=$((lost + n))
		text+=" + $n $words"
	done
	expect "received" "$(count "$1" 'received by filter')" $sent
	expect "captured$text" $((captured + lost)) $sent
	sum="$captured captured$text"
}

# The segments hold what was captured, and tell of all that was lost.
expect_told() { # DIRECTORY VERIFY-ARG...
	local directory=$1
	shift
	expect_segments "$directory" -s 1514 -n $captured --drops $lost --drops-anywhere "$@"
}

expect_said() { # TEXT
	grep -q "^wiretape: .*$1" "$TMP/run.err" || faults+="nothing was said of '$1'"$'\n'
}

# --- a full disk -------------------------------------------------------------------

image_mount() { # MKFS-ARG...: a small ext4
	# What was mounted from it before may still be let go of.
	rm -f "$TMP/image"
	truncate -s 96M "$TMP/image" && mkfs.ext4 -qF -m 0 "$@" "$TMP/image" &&
		mount -o loop,errors=remount-ro "$TMP/image" "$small"
}

# Sets title to what is missing there.
small_mount() { # KIND
	case $1 in
	tmpfs) mount -t tmpfs -o size=64m wiretape-test "$small" ;;
	ext4) image_mount ;;
	tmpfs-inodes) mount -t tmpfs -o size=64m,nr_inodes=60 wiretape-test "$small" ;;
	ext4-inodes) image_mount -N 64 ;;
	esac 2>"$TMP/refused"
}

# A foreign program takes all that is left.
hog() { # KIND
	local i
	case $1 in
	*-inodes)
		mkdir -p "$small/foreign"
		for ((i = RANDOM * 100; ; i++)); do
			: >"$small/foreign/$i" || break
		done
		;;
	*) dd if=/dev/zero bs=1M oflag=append conv=notrunc of="$small/foreign" ;;
	esac 2>/dev/null
}

hog_until() { # KIND COMMAND...
	local end=$((SECONDS + 10))
	until "${@:2}"; do
		((SECONDS <= end)) || return 1
		hog "$1"
		sleep 0.1
	done
}

loses() { (($(count run 'dropped for want of disk space' | grep . || echo 0) > 500)); }

# Waits until recording goes on, in a segment that was not made by then. Sets
# resumed: how many milliseconds that took.
expect_resumed() { # DIRECTORY SINCE
	local number
	number=$(find "$1" -name '*[-_][0-9]*' -printf '%f\n' |
		sed 's/.*[-_]//; s/\..*//' | sort | tail -n 1)
	wait_for 8 newer "$1" $((10#$number))
	resumed=$(($(now_ms) - $2))
	expect_range "milliseconds until it went on" $resumed 0 5000
}

# The published ones are as they were, of those that are still there.
expect_unchanged() { # STATE...
	local state there=()
	for state; do
		[ -e "${state%% *}" ] && there+=("$state")
	done
	expect "published segments" "$(states "${there[@]%% *}" 2>&1)" "$(printf '%s\n' "${there[@]}")"
}

# What -v says of the segments that were published.
published_packets() {
	sed -nE 's/.*: ([0-9]+) packets?, [0-9]+ bytes$/\1/p' "$TMP/run.err" | paste -sd+ | bc
}

take_states() {
	mapfile -t before < <(segments "$small/tape")
	mapfile -t before < <(states "${before[@]}" 2>/dev/null)
}

# There is room again: recording goes on, and all ends well. Sets before to what was
# published by then.
resume_and_end() {
	local since
	take_states
	since=$(now_ms)
	rm -r "$small/foreign"
	expect_resumed "$small/tape" $since
	stream_end
	send_last
	finish INT
}

# Dropping means that nothing is deleted, and that all is told.
fill_and_drop() { # KIND
	local before
	mkdir "$small/tape"
	begin run --stats 100ms --on-full drop -w "$small/tape/" -b packets:500
	stream 5000
	wait_for 10 newer "$small/tape" 4
	take_states
	hog_until "$1" loses || faults+="nothing is lost"$'\n'
	expect_unchanged "${before[@]}"
	resume_and_end
	expect "exit status" "$status" 1
	expect_said "No space left on device; packets are dropped meanwhile"
	expect_conserved run
	expect_unchanged "${before[@]}"
	expect "segments that are gone" "$(segments "$small/tape" | head -n ${#before[@]})" \
		"$(printf '%s\n' "${before[@]%% *}")"
	expect_tidy "$small/tape"
	expect_told "$small/tape" --isb $sent,$dropped,$captured
	result "full $1, drop: on after $resumed ms; $sum = $sent sent"
	rm -r "$small/tape"
}

# Pruning makes room for one segment after the other. A foreign program that goes
# on taking what is freed would win that race now and then: it takes all once.
fill_and_prune() { # KIND
	local before
	mkdir "$small/tape"
	begin run -v --on-full prune -w "$small/tape/" -b packets:500
	stream 15000
	wait_for 10 newer "$small/tape" 20
	hog "$1"
	# Room for about 30 may have been set aside.
	wait_for 10 newer "$small/tape" 80 || faults+="it does not go on"$'\n'
	resume_and_end
	expect_said "deleted because the disk is full"
	expect_conserved run
	expect "exit status" "$status" $((lost > dropped))
	expect_unchanged "${before[@]}"
	expect_tidy "$small/tape"
	expect "packets published" "$(published_packets)" "$captured"
	expect_segments "$small/tape" -s 1514
	result "full $1, prune: on after $resumed ms; $sum = $sent sent, $frames of them kept"
	rm -r "$small/tape"
}

# All that is sent is in the ring before the disk is full. With small segments
# little is set aside that comes back.
fill_and_stop() { # KIND
	local kind=$1
	mkdir "$small/tape"
	begin run --on-full stop -w "$small/tape/" -b packets:500 -b filesize:1M
	send_next 2000
	settle
	kill -STOP "$pid"
	hog $kind
	send_next 10000 50000
	settle
	kill -CONT "$pid"
	finish
	expect "exit status" "$status" 1
	expect_said "No space left on device"
	expect_conserved run
	expect_range captured "$captured" 1000 11500
	expect_segments "$small/tape" -s 1514 -n $captured
	expect_tidy "$small/tape"
	result "full $kind, stop: $sum = $sent sent"
	rm -r "$small/tape" "$small/foreign"
}

# A disk that was full already.
start_full() { # KIND
	local kind=$1
	mkdir "$small/tape"
	begin run -w "$small/tape/" -b packets:500
	send_next 18000 20000
	settle
	finish INT
	expect_segments "$small/tape" -s 1514 -n 18000
	hog $kind
	begin run -w "$small/tape/" -b packets:500
	send_next 1000
	settle
	finish INT
	expect "exit status" "$status" 0
	[ "$status" = 0 ] || faults+=$(cat "$TMP/run.err")$'\n'
	expect_report run 1000 1000 0
	expect_tidy "$small/tape"
	result "full $kind at the start: 1000 recorded"
	rm -r "$small/tape" "$small/foreign"
}

# The same with nothing of ours on it that could go.
start_full_of_others() { # KIND
	local kind=$1 since
	mkdir "$small/tape"
	hog $kind
	begin run -w "$small/tape/" -b packets:500
	send_next 2000
	settle
	since=$(now_ms)
	rm -r "$small/foreign"
	wait_for 8 has_begun
	resumed=$(($(now_ms) - since))
	expect_range "milliseconds until it went on" $resumed 0 5000
	sleep 0.3
	send_next 1000
	send_last
	finish INT
	expect "exit status" "$status" 1
	expect_said "No space left on device; packets are dropped meanwhile"
	expect_conserved run
	expect captured "$captured" 1020
	expect_told "$small/tape"
	expect_tidy "$small/tape"
	result "full $kind at the start, without segments: on after $resumed ms; $sum = $sent sent"
	rm -r "$small/tape"
}

has_begun() { [ -n "$(find "$small/tape" -name '.wiretape-0*[0-9]' -size +0)" ]; }

cases=("tmpfs drop" "ext4 prune" "ext4 stop" "tmpfs start" "tmpfs others")
if [ -n "$long" ]; then
	cases=()
	for filesystem in tmpfs ext4 tmpfs-inodes ext4-inodes; do
		for way in prune drop stop start others; do
			cases+=("$filesystem $way")
		done
	done
fi
for case in "${cases[@]}"; do
	read -r filesystem way <<<"$case"
	small_mount $filesystem || {
		skip "full $filesystem" "$(head -n 1 "$TMP/refused")"
		continue
	}
	case $way in
	stop) fill_and_stop $filesystem ;;
	start) start_full $filesystem ;;
	others) start_full_of_others $filesystem ;;
	drop) fill_and_drop $filesystem ;;
	prune) fill_and_prune $filesystem ;;
	esac
	umount "$small"
done

# --- a directory that goes away -----------------------------------------------------

# Each published segment is copied by a hook, so that none is lost to the test.
tape=$TMP/tape kept=$TMP/kept
kept_now() { (($(segments "$kept" | wc -l) >= $1)); }
has_made() { [ -n "$(find "$1" -name '.wiretape-0000000[3-9]')" ]; }

begin_kept() {
	rm -rf "$tape" "$kept"
	mkdir "$tape" "$kept"
	chown nobody "$tape" "$kept"
	begin run -w "$tape/" -b packets:1000000 -z "/bin/cp -t $kept"
	send_next 1000
	expect_handled run 1000
	kill -HUP "$pid"
	wait_for 5 kept_now 1
	send_next 500
	expect_handled run 1500
}

begin_kept
mkdir "$TMP/outside" "$TMP/new"
chown nobody "$TMP/outside" "$TMP/new"
rm -rf "$tape"
ln -s "$TMP/outside" "$tape"
send_next 300
sleep 1.5
expect "behind a symbolic link" "$(ls -A "$TMP/outside")" ""
rm "$tape"
# Another file has the hidden name of one that is gone.
echo foreign >"$TMP/new/.wiretape-00000002"
since=$(now_ms)
mv "$TMP/new" "$tape"
wait_for 8 has_made "$tape"
resumed=$(($(now_ms) - since))
expect_range "milliseconds until it went on" $resumed 0 5000
send_next 1000
send_last
finish INT
expect "exit status" "$status" 1
expect_said "a segment of [0-9]* packets is gone"
expect_conserved run
expect captured "$captured" 2020
expect "a foreign file" "$(cat "$tape/.wiretape-00000002")" foreign
rm -f "$tape/.wiretape-00000002"
expect_tidy "$tape"
expect_told "$kept"
result "directory deleted, a link in its place, and made again: on after $resumed ms; $sum = $sent sent"

begin_kept
mv "$tape" "$TMP/away"
send_next 500
expect_handled run 2000
kill -HUP "$pid"
wait_for 5 kept_now 2
send_next 500
settle
finish INT
expect_report run 2500 2500 0
expect "exit status" "$status" 0
expect "at the old path" "$(ls -d "$tape" 2>/dev/null)" ""
expect_tidy "$TMP/away"
expect_segments "$TMP/away" -s 1514 -n 2500
result "directory renamed: 2500 recorded there"
rm -r "$TMP/away"

# --- a file system that is broken -----------------------------------------------------

# For a while nothing can be made, named or deleted there.
broken_directory() {
	mkdir "$small/tape"
	begin run --stats 100ms -w "$small/tape/" -b packets:500
	stream 5000
	wait_for 10 newer "$small/tape" 4
	chattr +i "$small/tape"
	wait_for 10 loses || faults+="nothing is lost"$'\n'
	take_states
	chattr -i "$small/tape"
	expect_resumed "$small/tape" "$(now_ms)"
	stream_end
	send_last
	finish INT
	expect "exit status" "$status" 1
	expect_said "Operation not permitted"
	expect_conserved run
	expect_unchanged "${before[@]}"
	expect_tidy "$small/tape"
	expect_told "$small/tape" --isb $sent,$dropped,$captured
	result "nothing can be made in the directory: on after $resumed ms; $sum = $sent sent"
	rm -r "$small/tape"
}

# Thawed from here whatever becomes of us.
freeze() { # SECONDS
	(
		sleep "$1"
		fsfreeze -u "$small"
	) &
	started+=($!)
	expect_ok fsfreeze -f "$small"
}

frozen() { # SECONDS
	mkdir "$small/tape"
	begin run -w "$small/tape/" -b packets:500
	stream 5000
	wait_for 10 newer "$small/tape" 2
	freeze "$1"
	sleep "$1"
	expect_resumed "$small/tape" "$(now_ms)"
	stream_end
	send_last
	finish INT
	expect "exit status" "$status" 0
	expect_conserved run
	expect_tidy "$small/tape"
	expect_told "$small/tape" --isb $sent,$dropped,$captured
	result "frozen for $1 s: on after $resumed ms; $sum = $sent sent"
	rm -r "$small/tape"
}

frozen_at_the_end() {
	mkdir "$small/tape"
	begin run -w "$small/tape/" -b packets:500
	send_next 5000
	freeze 2
	send_next 5000
	settle
	finish INT
	expect "exit status" "$status" 0
	expect_conserved run
	expect_tidy "$small/tape"
	expect_segments "$small/tape" -s 1514 -n $captured
	result "frozen at the end: $sum = $sent sent"
	rm -r "$small/tape"
}

# An error makes it read-only for good.
read_only() {
	local device
	device=$(findmnt -no SOURCE "$small")
	mkdir "$small/tape"
	begin run --stats 100ms -w "$small/tape/" -b packets:500
	stream 5000
	wait_for 10 newer "$small/tape" 4
	take_states
	echo 1 >"/sys/fs/ext4/${device##*/}/trigger_fs_error"
	wait_for 10 loses || faults+="nothing is lost"$'\n'
	stream_end
	settle
	finish INT
	expect "exit status" "$status" 1
	# Whichever was first: lines of one cause are limited.
	expect_said "\(Read-only file system\|Input/output error\)"
	expect_conserved run
	umount "$small"
	expect_ok mount -o loop "$TMP/image" "$small"
	expect_unchanged "${before[@]}"
	expect "segments that are gone" "$(segments "$small/tape" | head -n ${#before[@]})" \
		"$(printf '%s\n' "${before[@]%% *}")"
	expect_segments "$small/tape" -s 1514
	result "read-only because of an error: $sum = $sent sent; ${#before[@]} segments are as they were"
}

if image_mount 2>"$TMP/refused"; then
	if [ -n "$long" ]; then
		broken_directory
		frozen 30
		frozen_at_the_end
	else
		frozen 2
	fi
	read_only
	umount "$small"
else
	skip "a file system that is broken" "$(head -n 1 "$TMP/refused")"
fi

finish_tests
