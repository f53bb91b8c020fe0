#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Measures what it takes to get a file, or blocks of a ring, to a socket or a pipe, by each of the
# ways there are, and what wiretape --serve takes for a segment. Prints a table, and leaves
# copies.tsv and copies.svg in bench/ of the build directory. The pages wiretape-copies(7) and
# README.md have a run of it.
#
#     PARTS="warm cold ring serve" SIZES="7 21 63 98 200 350 700 1024" ROUNDS=3 make bench-copy
#
# Sizes are MB; warm: the page cache has the file; cold: it does not. As root, for a ring.
set -euo pipefail
parts=${PARTS:-warm cold ring serve} sizes=${SIZES:-7 21 63 98 200 350 700 1024} rounds=${ROUNDS:-3}
top=$(cd "$(dirname "$0")/../.." && pwd)
out=$(dirname "$WIRETAPE")/bench
mkdir -p "$out"
place=$(mktemp -d -p "${BENCH_DIR:-$out}")
trap 'rm -rf "$place"' EXIT
trap 'exit 1' HUP INT TERM
ways=(read-write mmap-write sendfile splice zerocopy send-zc direct-write async-direct)
ring_ways=(ring-pipe-write ring-pipe-vmsplice ring-pipe-tee ring-send ring-zerocopy ring-uring)
readonly port=18643
readonly name=packets_20260101T000000Z_00000001.pcapng
: >>"$out/copies.tsv"

make_file() { # MB
	head -c $(($1 * 1000000)) /dev/urandom >"$place/file"
	sync "$place/file"
}

# One line a measurement: part, MB, and what copies prints.
note() { # PART MB COMMAND...
	local line
	line=$("${@:3}") || { echo "$*: failed" >&2; return 0; }
	printf '%s\t%s\t%s\n' "$1" "$2" "$line" >>"$out/copies.tsv"
}

forget() { # FILE: the page cache does
	dd of="$1" oflag=nocache conv=notrunc,fdatasync count=0 status=none </dev/null
}

files() { # PART
	local mb way round
	for mb in $sizes; do
		make_file "$mb"
		for ((round = 0; round < rounds; round++)); do
			for way in "${ways[@]}"; do
				if [ "$1" = warm ]; then cat "$place/file" >/dev/null; else forget "$place/file"; fi
				note "$1" "$mb" "$BENCHTOOLS/copies" "$way" "$place/file"
			done
		done
	done
}

ring() {
	local way round
	for ((round = 0; round < rounds; round++)); do
		for way in "${ring_ways[@]}"; do
			note ring 1073 "$BENCHTOOLS/copies" "$way" $((1024 * 1048576))
		done
	done
}

# A file with the name of a segment is one, where there is no manifest.
serve() {
	local mb round server
	mkdir "$place/d"
	for mb in $sizes; do
		make_file "$mb"
		mv "$place/file" "$place/d/$name"
		"$WIRETAPE" -r "$place/d" --serve ":$port" -Z root 2>/dev/null &
		server=$!
		sleep 0.5
		for ((round = 0; round < rounds; round++)); do
			cat "$place/d/$name" >/dev/null
			note serve "$mb" "$BENCHTOOLS/copies" read-write "$place/d/$name"
			note serve "$mb" "$BENCHTOOLS/copies" get $port "/segments/$name" "$server"
		done
		kill "$server"
		wait "$server" || true
	done
}

for part in $parts; do
	sed -i "/^$part\t/d" "$out/copies.tsv"
	case $part in
	warm | cold) files "$part" ;;
	ring) ring ;;
	serve) serve ;;
	esac
done
awk -v svg="$out/copies.svg" -f "$top/tests/bench/copies.awk" "$out/copies.tsv"
