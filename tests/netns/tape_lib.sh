# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests of recordings in segments share.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# A new directory to record into, $tape.
new_tape() {
	tape=$TMP/tape
	rm -rf "$tape"
	mkdir "$tape"
}

# Sets files to the segments in it, by their numbers.
list_tape() {
	mapfile -t files < <(find "$tape" -maxdepth 1 -type f ! -name '.*' | sort -V)
}

has_segments() { # COUNT
	list_tape
	((${#files[@]} >= $1))
}

# Nothing is left of how they were made.
expect_no_hidden() {
	expect "left over" "$(find "$tape" -name '.wiretape-[0-9]*' -printf '%f ')" ""
}

# What was sent is in the segments, or told as lost. Sets files, captured and dropped.
expect_tape() { # NAME SENT VERIFY-ARG...
	list_tape
	expect_recorded "$@" --drops-anywhere "${files[@]}"
	expect_no_hidden
}

# The published segments of a directory, by their sequence number.
segments() { # DIRECTORY
	find "$1" -maxdepth 1 -name 'vb_*' -printf '%f\n' | sort -t_ -k3 | sed "s|^|$1/|"
}

sequence_of() { # FILE
	local number=${1##*_}
	echo $((10#${number%%.*}))
}

# Whether there is one with a higher number.
newer() { # DIRECTORY NUMBER
	local file
	for file in "$1"/vb_*_*; do
		file=${file##*_}
		file=${file%%.*}
		[[ $file =~ ^[0-9]+$ ]] && ((10#$file > $2)) && return
	done
	return 1
}

# The newest one's number, 0 without any.
newest() { # DIRECTORY
	local last
	last=$(segments "$1" | tail -n 1)
	sequence_of "${last:-_0}"
}

# Each as it is: a published one never changes, so this does not either.
states() { # FILE...
	[ $# = 0 ] || stat -c '%n %i %s %y' "$@"
}

# Each segment is whole and has its own number, and the frames in them are in
# order and right. Sets frames, and missing: those between the first and last.
expect_segments() { # DIRECTORY VERIFY-ARG...
	local directory=$1 out files
	shift
	mapfile -t files < <(segments "$directory")
	frames=0 missing=0
	expect "sequence numbers that come twice" \
		"$(printf '%s\n' "${files[@]}" | sed 's/.*_//; s/\..*//' | uniq -d)" ""
	[ ${#files[@]} = 0 ] && return
	out=$("$TESTTOOLS/verify" --allow-gaps "$@" "${files[@]}" 2>&1) || faults+=$out$'\n'
	# shellcheck disable=SC2034 # its users are in other files
	read -r frames missing < <(sed -nE 's/^frames ([0-9]+) .* missing ([0-9]+) .*/\1 \2/p' <<<"$out")
	have capinfos && expect "capinfos" "$(capinfos -M -c "${files[@]}" 2>&1 >/dev/null | head -n 3)" ""
}

# Nothing is left beside the segments but the list, and the indexes of those that are there.
expect_tidy() { # DIRECTORY
	local file segment hidden=
	for file in $(cd "$1" && find . -name '.?*' ! -name '*~*' -printf '%f '); do
		segment=${file#.}
		segment=${segment%.index}
		[ "$file" = ".$segment.index" ] && [ -e "$1/$segment" ] || hidden+="$file "
	done
	expect "hidden files" "$hidden" ".wiretape-manifest "
}

# Without a gap behind the first frame, up to this one.
expect_ending() { # NUMBER VERIFY-ARG...
	local last
	last=$("$TESTTOOLS/verify" --allow-gaps "${@:2}" "${files[@]}" 2>&1 |
		sed 's/^frames.* last \([0-9]*\) missing 0 duplicates 0 bad 0 .*/\1/')
	expect "last frame" "$last" "$1"
}

expect_read() { # VERIFY-ARG... FILE: other programs take it, too
	expect_readers "${!#}" "$("$TESTTOOLS/verify" --allow-gaps "$@" | awk '{ print $2 }')"
}

# Sets most to the number of files at once while frames are being sent.
watch_number() {
	most=0
	while sending; do
		list_tape
		((${#files[@]} > most)) && most=${#files[@]}
	done
}
