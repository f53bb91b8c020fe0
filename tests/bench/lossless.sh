# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2086 # bench.sh reads what is set here; names are words
# What a recorder is there for: nothing is lost at a rate that the disk sustains, whatever
# the disk does meanwhile. Sourced by bench.sh, whose means it uses. Each row has a table of
# its own, and can be had alone; all of them are added to $BENCH_OUT/lossless.txt.
#
#   sustained-1, -2, -3     1/4, 1/2 and 3/4 of what fio writes, 1 500 bytes, beside the peers
#   burst-8900, burst-1500  3 GB and 1.5 GB at full rate, beside the peers
#   beyond                  12 GB of 8 900 bytes at full rate, beside the peers: more than memory
#                           and disk take together
#   small                   64 bytes at full rate, beside the peers
#   prune-discard, prune-nodiscard
#                           0.5 GB/s into segments of 256 MB under a budget of 4 GB, on ext4
#                           with discard and without
#   synced                  a segment each second, synced, at 3/4 of what the disk takes with
#                           flushes
#   frozen                  0.3 GB/s for 10 s into a file and into segments, with the file
#                           system frozen for 3 s
#
# ROUNDS (10), SECONDS_EACH (20; pruning takes three times as long) and PEERS cut it short,
# and so do DISK_RATE and DISK_RATE_SYNCED, MB/s, which otherwise take half a minute to find.

: "${SECONDS_EACH:=20}" "${PEERS=tcpdump dumpcap netsniff-ng-sg}"
ALL_ROWS="sustained-1 sustained-2 sustained-3 burst-8900 burst-1500 beyond small prune-discard
	prune-nodiscard synced frozen"

# MB/s of 30 s of direct writing, with the options given in addition.
disk_rate() { # FIO-OPTION...
	local file=$TARGET/limit
	command -v fio >/dev/null || die "needs fio"
	fio --name=limit --filename="$file" --rw=write --bs=1M --size=8G --direct=1 \
		--ioengine=libaio --iodepth=8 --runtime=30 --minimal "$@" |
		awk -F\; '{ printf "%.0f", $48 * 1.024e-3 }'
	rm -f "$file"
}

# One table. A recorder has a few seconds before the first frame, to get ready.
scenario() { # TITLE SIZE COUNT FRAMES-A-SECOND RECORDER...
	local title=$1 size=$2 count=$3 round found=() settle=5 RAW=$BENCH_OUT/raw.tsv
	RATE=$4
	gone=()
	rm -f "$RAW"
	find_all recorder "${@:5}"
	for ((round = 1; round <= ROUNDS; round++)); do
		in_turn "$round" run "$round" 0 0
		in_turn "$round" run "$round" "$size" "$count"
	done
	[ -e "$RAW" ] || die "$title: none of them ran"
	{
		echo "== $title"
		awk -v disk=/dev/null -v runs=/dev/null -v summary=/dev/null -f "$SELF/summary.awk" "$RAW"
		echo
	} | tee -a "$BENCH_OUT/lossless.txt"
	left_out+=("${!gone[@]}")
}

sustained() { # QUARTERS
	local pps
	: "${DISK_RATE:=$(disk_rate)}"
	pps=$((DISK_RATE * $1 * 1000000 / 6000))
	scenario "1500 bytes at $1/4 of $DISK_RATE MB/s, $SECONDS_EACH s" 1500 \
		$((pps * SECONDS_EACH)) $pps wiretape-auto wiretape-pcap $PEERS
}

burst() { # SIZE COUNT
	scenario "a burst of $(($1 * $2 / 1000000)) MB, $1 bytes" "$1" "$2" 0 \
		wiretape-auto wiretape-pcap $PEERS
}

# A file system of its own, mounted on $TARGET.
on_image() { # MOUNT-OPTIONS COMMAND...
	local image=$BENCH_OUT/image options=$1 TARGET=$BENCH_OUT/mounted loop
	shift
	mkdir -p "$TARGET"
	truncate -s 8G "$image"
	# Past the page cache of what the image is on.
	loop=$(losetup --find --show --direct-io=on "$image") || die "no loop device for $image"
	if ! mkfs.ext4 -q -E lazy_itable_init=0 -F "$loop" || ! mount -o "$options" "$loop" "$TARGET"; then
		losetup -d "$loop"
		die "no file system in $image"
	fi
	losetup -d "$loop" # once it is unmounted
	"$@"
	umount "$TARGET"
	rm -f "$image"
}

prune() { # MOUNT-OPTION
	on_image "$1" scenario "0.5 GB/s for $((3 * SECONDS_EACH)) s, pruning, $1" 1500 \
		$((3 * SECONDS_EACH * 333333)) 333333 wiretape-prune
}

synced() {
	local pps
	: "${DISK_RATE_SYNCED:=$(disk_rate --fdatasync=256)}"
	pps=$((DISK_RATE_SYNCED * 3000000 / 6000))
	scenario "a segment each second at 3/4 of $DISK_RATE_SYNCED MB/s, $SECONDS_EACH s" 1500 \
		$((pps * SECONDS_EACH)) $pps wiretape-rotate
}

freeze() {
	sleep 3
	# Armed before, so that it ends whatever happens.
	(sleep 3 && fsfreeze -u "$TARGET") &
	fsfreeze -f "$TARGET"
	wait
}

frozen() {
	local meanwhile=freeze
	on_image discard scenario "0.3 GB/s for 10 s, frozen for 3 s" 1500 2000000 200000 \
		wiretape-auto wiretape-pcap wiretape-segments
}

lossless() { # [ROW...]
	local each left_out=()
	[ $# -gt 0 ] || set -- $ALL_ROWS
	for each; do
		grep -qw -- "$each" <<<"$ALL_ROWS" || die "no such row: $each; there are" $ALL_ROWS
	done
	rm -f "$BENCH_OUT/lossless.txt"
	for each; do
		case $each in
		sustained-*) sustained "${each#*-}" ;;
		burst-8900) burst 8900 337000 ;;
		burst-1500) burst 1500 1000000 ;;
		beyond) burst 8900 1350000 ;;
		small) scenario "64 bytes at full rate" 64 3000000 0 wiretape-auto $PEERS ;;
		prune-*) prune "${each#*-}" ;;
		synced | frozen) "$each" ;;
		esac
	done
	((${#left_out[@]} == 0))
}
