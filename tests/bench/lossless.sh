# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2086 # bench.sh reads what is set here; names are words
# What a recorder is there for: nothing is lost at a rate that the disk sustains, whatever
# the disk does meanwhile. Sourced by bench.sh, whose means it uses. Each scenario has a
# table of its own; all of them are in $BENCH_OUT/lossless.txt.
#
#   sustained   20 s at 1/4, 1/2 and 3/4 of what fio writes, 1 500 bytes, beside the peers
#   burst       3 GB of 8 900 bytes and 1.5 GB of 1 500, at full rate, beside the peers
#   prune       0.5 GB/s for 60 s into segments of 256 MB under a budget of 4 GB, on ext4
#               with discard and without
#   synced      a segment each second, synced, at 3/4 of what the disk takes with flushes
#   frozen      0.3 GB/s for 10 s into a file and into segments, with the file system frozen
#               for 3 s
#
# ROUNDS (10), SECONDS_EACH (20) and PEERS cut it short.

: "${SECONDS_EACH:=20}" "${PEERS:=tcpdump dumpcap netsniff-ng-sg}"

# MB/s of 30 s of direct writing, with the options given in addition.
disk_rate() { # FIO-OPTION...
	local file=$TARGET/limit
	command -v fio >/dev/null || die "needs fio"
	fio --name=limit --filename="$file" --rw=write --bs=1M --size=8G --direct=1 \
		--ioengine=libaio --iodepth=8 --runtime=30 --minimal "$@" |
		awk -F\; '{ printf "%.0f", $48 * 1.024e-3 }'
	rm -f "$file"
}

# One table.
scenario() { # TITLE SIZE COUNT FRAMES-A-SECOND RECORDER...
	local title=$1 size=$2 count=$3 round found=() RAW=$BENCH_OUT/raw.tsv
	RATE=$4
	rm -f "$RAW"
	find_all recorder "${@:5}"
	for ((round = 1; round <= ROUNDS; round++)); do
		in_turn "$round" run "$round" 0 0
		in_turn "$round" run "$round" "$size" "$count"
	done
	{
		echo "== $title"
		awk -v disk=/dev/null -v runs=/dev/null -v summary=/dev/null -f "$SELF/summary.awk" "$RAW"
		echo
	} | tee -a "$BENCH_OUT/lossless.txt"
}

sustained() {
	local rate part pps
	rate=$(disk_rate)
	for part in 1 2 3; do
		pps=$((rate * part * 1000000 / 6000))
		scenario "1500 bytes at $part/4 of $rate MB/s, $SECONDS_EACH s" 1500 \
			$((pps * SECONDS_EACH)) $pps wiretape-auto wiretape-pcap $PEERS
	done
}

burst() {
	scenario "a burst of 3 GB, 8900 bytes" 8900 337000 0 wiretape-auto wiretape-pcap $PEERS
	scenario "a burst of 1.5 GB, 1500 bytes" 1500 1000000 0 wiretape-auto wiretape-pcap $PEERS
}

# A file system of its own, mounted on $TARGET.
on_image() { # MOUNT-OPTIONS COMMAND...
	local image=$BENCH_OUT/image options=$1 TARGET=$BENCH_OUT/mounted
	shift
	mkdir -p "$TARGET"
	truncate -s 8G "$image"
	if ! mkfs.ext4 -q -E lazy_itable_init=0 -F "$image" ||
		! mount -o "loop,$options" "$image" "$TARGET"; then
		die "no file system in $image"
	fi
	"$@"
	umount "$TARGET"
	rm -f "$image"
}

prune() {
	local options
	for options in discard nodiscard; do
		on_image $options scenario "0.5 GB/s for 60 s, pruning, $options" 1500 \
			$((60 * 333333)) 333333 wiretape-prune
	done
}

synced() {
	local rate pps
	rate=$(disk_rate --fdatasync=256)
	pps=$((rate * 3000000 / 6000))
	scenario "a segment each second at 3/4 of $rate MB/s" 1500 \
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
	meanwhile=freeze
	on_image discard scenario "0.3 GB/s for 10 s, frozen for 3 s" 1500 2000000 200000 \
		wiretape-auto wiretape-pcap wiretape-prune
	meanwhile=:
}

lossless() { # [SCENARIO...]
	local each
	rm -f "$BENCH_OUT/lossless.txt"
	[ $# -gt 0 ] || set -- sustained burst prune synced frozen
	for each; do
		case $each in
		sustained | burst | prune | synced | frozen) "$each" ;;
		*) die "no such scenario: $each" ;;
		esac
	done
}
