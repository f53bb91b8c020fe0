#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A recorder that is killed, or whose machine loses power: what it had published
# is there, whole and unchanged, and the next start makes segments of what was
# not finished. LONG=1: hundreds of times, and ten thousand segments.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck disable=SC2317 # wait_for calls some
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/tape_lib.sh"
netns_setup
kills=6 cuts=2
[ -n "${LONG:-}" ] && kills=200 cuts=20

# --- an end without warning, and the next start ---------------------------------

# What is unfinished in a directory: how many frames of each number's file are
# whole. Of what is published: its state.
take_stock() { # DIRECTORY FRAME-ARG...
	local directory=$1 file
	shift
	whole=() before=()
	for file in "$directory"/.wiretape-[0-9]*; do
		[ -e "$file" ] || continue
		whole[10#${file##*-}]=$("$TESTTOOLS/verify" --torn --allow-gaps "$@" "$file" 2>/dev/null |
			sed -nE 's/^frames ([0-9]+) .*/\1/p')
	done
	mapfile -t before < <(segments "$directory")
	mapfile -t before < <(states "${before[@]}")
}

# The files that were published are as they were, except that from the oldest
# on some may be deleted by now.
expect_untouched() { # STATE...
	local state first=1 kept=()
	for state; do
		if [ -e "${state%% *}" ] || [ $first = 0 ]; then
			first=0
			kept+=("$state")
		fi
	done
	expect "published files" "$(states "${kept[@]%% *}" 2>&1)" "$(printf '%s\n' "${kept[@]}")"
}

# What was unfinished has been published with all its whole frames, or removed
# where there was none. Sets adopted: the number of those.
expect_adopted() { # DIRECTORY FRAME-ARG...
	local directory=$1 number file oldest
	shift
	adopted=0
	oldest=$(segments "$directory" | head -n 1)
	oldest=$(sequence_of "${oldest:-_0}")
	for number in "${!whole[@]}"; do
		file=$(find "$directory" -name "vb_*_$(printf %08d "$number").*")
		if [ "${whole[number]:-0}" = 0 ]; then
			expect "segment $number without frames" "$file" ""
		elif [ -n "$file" ] || ((number > oldest)); then
			adopted=$((adopted + 1))
			expect_ok "$TESTTOOLS/verify" -n "${whole[number]}" --allow-gaps "$@" "$file"
		fi
	done
}

# Starts again in the directory with the same options, which have to hold; sends
# a few frames and ends. Leaves adopted and last, the newest number before.
restart() { # DIRECTORY BUDGET START OPTION...
	local directory=$1 budget=$2 start=$3 number
	shift 3
	last=$(newest "$directory")
	for number in "${!whole[@]}"; do
		((number > last)) && [ "${whole[number]:-0}" != 0 ] && last=$number
	done
	record run -w "$directory/" "$@"
	expect_untouched "${before[@]}"
	expect_adopted "$directory" $frames_sent
	send -n 200 --start "$start" $frames_sent -r 20000
	settle
	finish INT
	expect "exit status" "$status" 0
	[ "$status" = 0 ] || faults+=$(cat "$TMP/run.err")$'\n'
	expect_report run 200 200 0
	expect_tidy "$directory"
	expect_segments "$directory" $frames_sent
	# Those armed ahead, and those not yet published, had numbers too.
	expect_range "sequence number" "$(newest "$directory")" $((last + 1)) $((last + 30))
	[ "$budget" = 0 ] || expect_range "bytes on disk" "$(du -sB1 "$directory" | cut -f1)" 1 $budget
}

# --- kills ------------------------------------------------------------------------

# Mostly while recording; some right after the start, when there may be a
# recording to take in.
kill_recorder() { # START FRAME-ARG...
	local start=$1
	shift
	flood -i va --start "$start" "$@"
	sleep "0.$((RANDOM % 60 + 10))"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	flood_end
}

start_and_kill() { # DIRECTORY OPTION...
	local directory=$1
	shift
	ip netns exec "$NS_B" "$WIRETAPE" -i vb -w "$directory/" "$@" >/dev/null 2>&1 &
	pid=$!
	started+=("$pid")
	sleep "0.0$((RANDOM % 8))$((RANDOM % 10))"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
}

frames_sent="-s 60,1514,1514,9000"

# mode filesize budget format sender's rate, 0: as fast as it goes
kinds=(
	"auto     1M  24M  pcapng 0"
	"uring    1M  24M  pcapng 0"
	"buffered 1M  24M  pcapng 30000"
	"auto     20M 120M pcapng 0"
	"auto     1M  24M  pcap   30000"
	"uring    20M 120M pcapng 60000"
	"buffered 20M 120M pcap   0"
)
sent=0
for ((i = 0; i < kills; i++)); do
	read -r mode filesize budget format rate <<<"${kinds[i % ${#kinds[@]}]}"
	options="--io $mode -b filesize:$filesize -b budget:$budget --format $format"
	directory=$TMP/$mode-$filesize-$format
	mkdir -p "$directory"
	record run -w "$directory/" $options
	if [ $mode = uring ] && gone; then
		finish
		skip "killed, --io $mode" "no direct writes here"
		continue
	fi
	kill_recorder $sent $frames_sent -r $rate
	sent=$((sent + 100000000))
	take_stock "$directory" $frames_sent
	unfinished=${#whole[@]}
	# All but those that go for the budget are looked at again below.
	[ -n "${LONG:-}" ] && expect_segments "$directory" $frames_sent
	# Now and then the next start is killed, too.
	((i % 3 == 2)) && start_and_kill "$directory" $options
	restart "$directory" $((${budget%M} << 20)) $sent $options
	sent=$((sent + 100000000))
	result "killed, --io $mode, $filesize $format: ${#before[@]} segments are as they were, $adopted of $unfinished unfinished ones have frames and were adopted"
	[ $i -ge $((kills - ${#kinds[@]})) ] && rm -r "$directory"
done

# What few kills bring about: the end of a file is torn; and the program died
# between making a file and the line that says so. The next start removes such a
# one, but not one that has something in it, which is not ours.
directory=$TMP/unlisted
mkdir "$directory"
record run -w "$directory/" -b packets:1000
send -n 2500 -s 1514 -r 20000
expect_handled run 2500
kill -USR2 "$pid"
expect_ok wait_for 5 holds "$directory/.wiretape-00000003" 500 -s 1514
kill -KILL "$pid"
wait "$pid" 2>/dev/null
# In the midst of one: its size runs ahead of what is in it.
truncate -s 500007 "$directory/.wiretape-00000003"
take_stock "$directory" -s 1514
: >"$directory/.wiretape-00000005"
echo foreign >"$directory/.wiretape-00000006"
record run -w "$directory/" -b packets:1000
send -n 2500 --start 2500 -s 1514 -r 20000
settle
finish INT
expect "exit status" "$status" 0
expect "a foreign file" "$(cat "$directory/.wiretape-00000006")" foreign
rm -f "$directory/.wiretape-00000006"
expect_tidy "$directory"
expect_segments "$directory" -s 1514
expect_range "frames before the end" "${whole[3]}" 250 330
expect "frames" $frames $((2000 + whole[3] + 2500))
result "killed, the end torn, and a file that is not on the list: all but the $((500 - whole[3])) cut off are there"
rm -r "$directory"

# --- power cuts --------------------------------------------------------------------

# On a file system of our own, which loses all that it was not made to keep. A
# hook notes what it is told of elsewhere.
cat >"$TMP/note" <<END
#!/bin/sh
echo "\$1 \$WIRETAPE_BYTES" >>"$TMP/noted"
END
chmod +x "$TMP/note"

modes=(auto buffered uring direct)

mount_image() { mount -o loop "$TMP/image" "$TMP/small" 2>"$TMP/refused"; }
detached() { [ -z "$(losetup -j "$TMP/image")" ]; }

# Each process in a network namespace sees mounts of its own, and keeps the file
# system alive.
unmount_image() { wait_for 5 umount "$TMP/small" && wait_for 5 detached; }

image_setup() {
	mkdir -p "$TMP/small"
	truncate -s 512M "$TMP/image" && mkfs.ext4 -qF -m 0 "$TMP/image" 2>"$TMP/refused" &&
		mount_image && "$TESTTOOLS/powercut" "$TMP/small" 2>"$TMP/refused"
}

cut_power() {
	"$TESTTOOLS/powercut" "$TMP/small"
	sleep 0.1
	cp "$TMP/noted" "$TMP/noted-by-then"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	flood_end
	unmount_image || faults+="the image does not go away"$'\n'
	expect_ok mount_image
}

# Lines of file and size: each file is there and has it.
expect_kept() { # WHAT LIST
	expect "$1" "$(cut -d' ' -f1 "$2" | xargs -r stat -c '%n %s' 2>&1 | sort)" "$(sort "$2")"
}

power_cut() { # OPTION...
	rm -rf "$TMP"/small/tape
	mkdir "$TMP/small/tape"
	chown nobody "$TMP/small/tape"
	: >"$TMP/noted"
	record run -w "$TMP/small/tape/" -z "$TMP/note" "$@"
	flood -i va --start $sent $frames_sent -r 15000
	sleep "0.$((RANDOM % 40 + 30))"
	mapfile -t before < <(segments "$TMP/small/tape")
	stat -c '%n %s' "${before[@]}" >"$TMP/published"
	sleep 1
	cut_power
	sent=$((sent + 100000000))
	expect_kept "published a second before" "$TMP/published"
	expect_kept "told to the hook" "$TMP/noted-by-then"
	take_stock "$TMP/small/tape" $frames_sent
	expect_segments "$TMP/small/tape" $frames_sent
	restart "$TMP/small/tape" 0 $sent "$@"
	sent=$((sent + 100000000))
}

if image_setup && unmount_image && mount_image; then
	for ((i = 0; i < cuts; i++)); do
		mode=${modes[i % ${#modes[@]}]} filesize=$((i % 3 ? 1 : 8))M
		power_cut --io $mode -b filesize:$filesize
		result "power cut, --io $mode, $filesize: $(wc -l <"$TMP/published") segments published a second before and $(wc -l <"$TMP/noted-by-then") that hooks were told of are whole; $adopted unfinished ones adopted"
	done
	unmount_image
else
	skip "power cuts" "$(head -n 1 "$TMP/refused")"
fi

# --- ten thousand segments -------------------------------------------------------------

descriptors() { find "/proc/$pid/fd" -mindepth 1 | wc -l; }
memory_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }
no_children() { [ -z "$(pgrep -P "$pid")" ]; }

few_files() { (($(find "$TMP/many" -name 'vb_*' | wc -l) < 300)); }

# No faster than the hooks are, which the files wait for.
rotate_to() { # NUMBER
	while ((sent < $1 && SECONDS < limit)); do
		send -n 100 --start $sent -s 200 -r 2000
		sent=$((sent + 100))
		wait_for 60 newer "$TMP/many" $((sent - 2))
		wait_for 60 few_files
	done
	wait_for 20 no_children || faults+="children: $(ps --ppid "$pid" -o pid,stat,args)"$'\n'
}

# On a busy machine fewer than ten thousand.
rotate_often() {
	local fds kib title limit=$((SECONDS + 400))
	mkdir "$TMP/many"
	chown nobody "$TMP/many"
	sent=0
	record run -w "$TMP/many/" -b packets:1 -b files:200 -z /bin/true --hook-jobs 4
	rotate_to 1000
	fds=$(descriptors) kib=$(memory_kib)
	rotate_to 10000
	title="$sent segments: $(descriptors) descriptors, $fds after 1000; $(memory_kib) KiB of memory, $kib after 1000"
	expect_range "segments" $sent 2000 10000
	expect_range "descriptors" "$(descriptors)" 1 "$fds"
	expect_range "KiB of memory" "$(memory_kib)" 1 $((kib + 512))
	finish INT
	expect "exit status" "$status" 0
	expect_whole_row "$TMP/many" $sent 200
	result "$title"
	rm -r "$TMP/many"
}

# The last ones are kept.
expect_whole_row() { # DIRECTORY CAPTURED KEPT
	expect_report run "$2" "$2" 0
	expect_tidy "$1"
	expect_segments "$1" -s 200
	expect_range "frames kept" "$frames" $(($3 - 1)) "$3"
	expect missing "$missing" 0
}

# Without looking through the directory.
listed() { tail -n 3 "$TMP/many/.wiretape-manifest" | grep -q " segment $1 "; }

# Time of the processor is what a busy machine does not make longer.
cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$pid/stat"; }

start_with_many() {
	local i since took cpu foreign count=10000
	mkdir "$TMP/many"
	chown nobody "$TMP/many"
	record run -w "$TMP/many/" -b packets:1 --no-sync
	# The ring holds what comes too fast.
	send -n $count -s 200
	wait_for 400 listed $((count - 1))
	finish INT
	expect "exit status" "$status" 0
	expect_whole_row "$TMP/many" $count $count
	for ((i = 0; i < 100; i++)); do
		cp -p "$(segments "$TMP/many" | head -n 1)" "$TMP/many/vb_20260101T000000Z_0000000$i.pcapng"
		echo foreign >"$TMP/many/foreign-$i"
	done
	mapfile -t foreign < <(states "$TMP"/many/vb_20260101* "$TMP"/many/foreign-*)
	since=$(date +%s%3N)
	record run -w "$TMP/many/" -b packets:1000 -b budget:20M
	took=$(($(date +%s%3N) - since)) cpu=$(cpu_ms)
	expect_range "milliseconds of the processor" "$cpu" 1 2000
	expect_range "milliseconds" $took 1 10000
	finish INT
	expect "exit status" "$status" 0
	expect "foreign files" "$(states "${foreign[@]%% *}" 2>&1)" "$(printf '%s\n' "${foreign[@]}")"
	rm "${foreign[@]%% *}"
	expect_segments "$TMP/many" -s 200
	expect_range "bytes on disk" "$(du -sB1 "$TMP/many" | cut -f1)" 1 $((20 << 20))
	result "$count segments and 200 foreign files: started in $took ms ($cpu of the processor), $frames segments kept within the budget"
	rm -r "$TMP/many"
}

if [ -n "${LONG:-}" ]; then
	rotate_often
	start_with_many
fi

finish_tests
