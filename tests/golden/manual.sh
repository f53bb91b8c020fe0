#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compares --help, which is made from the table of options, with the manual
# and with what the parser takes, and prints TAP. Needs nothing but the program.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.

set -u
export LC_ALL=C
top=$(dirname "$0")/../..
[ -f "${srcdir:-}/man/wiretape.8" ] && top=$srcdir
manual=$top/man/wiretape.8
program=${WIRETAPE:-./wiretape}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
number=0
failed=0

# result NAME FILE: a line of TAP; the file holds the faults.
result() {
	number=$((number + 1))
	if [ -s "$2" ]; then
		failed=$((failed + 1))
		echo "not ok $number - $1"
		sed 's/^/# /' "$2"
	else
		echo "ok $number - $1"
	fi
}

# The items of --help, "-w, --write PATH", under their headings, "File:".
help_items() {
	sed -n -e '/^[A-Z][a-z]*:$/p' -e 's/^ \{2,6\}\(-.*\)$/\1/p' "$scratch/help" |
		sed 's/   *.*//'
}

# The same from the manual's source, where options are under DESCRIPTION.
manual_items() {
	sed -n -e '/^\.Sh CAPTURE FILTERS/q' -e '/^\.Ss Values/d' -e 's/^\.Ss \(.*\)/\1:/p' -e 's/^\.It Fl /-/p' "$manual" |
		sed -e 's/ , -/, --/' -e 's/ Ns | Ns /|/g' -e 's/Cm //g' -e 's/ Ar / /'
}

# "ITEM<tab>DEFAULT" for each default --help shows.
help_defaults() {
	awk '
	function flush() {
		if (match(text, /\(default: .*\)$/))
			print item "\t" substr(text, RSTART + 10, RLENGTH - 11)
		item = text = ""
	}
	/^ ? ? ? ? ? ?[^ ]/ || /^$/ { flush() }
	/^      ?-|^  -/ {
		item = $0
		sub(/^ */, "", item)
		text = item
		sub(/  .*/, "", item)
		next
	}
	item != "" { sub(/^ */, ""); text = text " " $0 }
	END { flush() }' "$scratch/help"
}

# manual_text ITEM: what the manual says of it, on one line.
manual_text() {
	awk -v number="$(manual_items | grep -v ':$' | grep -nxF -- "$1" | cut -d: -f1)" '
	/^\.It Fl / { inside = ++n == number; next }
	/^\.S[hs] / { inside = 0 }
	inside { sub(/^\.[A-Z][a-z] /, ""); printf "%s ", $0 }' "$manual"
}

# The parser knows each name in the item, and whether it takes a value.
check_parser() {
	names=$(printf '%s' "$1" | sed -e 's/,//' -e 's/ [^-].*//')
	argument=$(printf '%s' "$1" | sed -n 's/.* \([^-][^ ]*\)$/\1/p')
	for name in $names; do
		case $argument:$name in
		:--*)
			wanted="wiretape: $name takes no value"
			set -- "$name=x"
			;;
		:*)
			wanted="Usage: wiretape"
			set -- "$name" --help
			;;
		*)
			wanted="wiretape: $name needs a value: $argument"
			set -- "$name"
			;;
		esac
		"$program" "$@" 2>&1 | head -n 1 | grep -qF -- "$wanted" || echo "$*: no '$wanted'"
	done
}

echo 1..5

: >"$scratch/faults"
"$program" --help >"$scratch/help" 2>"$scratch/err" || echo "exit status $?" >"$scratch/faults"
cat "$scratch/err" >>"$scratch/faults"
awk 'length > 80 { print "too wide: " $0 }' "$scratch/help" >>"$scratch/faults"
[ "$(help_items | grep -c -- '^-')" -ge 20 ] || echo "hardly any options" >>"$scratch/faults"
result "--help goes to standard output, 80 columns wide" "$scratch/faults"

"$program" --version >"$scratch/version" 2>"$scratch/faults" || echo "exit status $?" >"$scratch/faults"
grep -q '^wiretape [0-9]' "$scratch/version" || echo "no version" >>"$scratch/faults"
result "--version goes to standard output" "$scratch/faults"

help_items >"$scratch/help.items"
manual_items >"$scratch/manual.items"
diff "$scratch/help.items" "$scratch/manual.items" >"$scratch/faults" 2>&1
result "--help and manual have the same options in the same groups" "$scratch/faults"

: >"$scratch/faults"
help_defaults >"$scratch/defaults"
[ -s "$scratch/defaults" ] || echo "no defaults" >"$scratch/faults"
while IFS='	' read -r item default; do
	manual_text "$item" | sed 's/.*[Dd]efault//' | grep -qF -- "$default" ||
		echo "$item: the manual does not say that the default is $default" >>"$scratch/faults"
done <"$scratch/defaults"
result "--help and manual have the same defaults" "$scratch/faults"

: >"$scratch/faults"
[ -s "$scratch/help.items" ] || echo "no options" >"$scratch/faults"
grep '^-' "$scratch/help.items" | while read -r item; do
	check_parser "$item"
done >>"$scratch/faults"
result "the parser takes what --help shows" "$scratch/faults"

[ "$failed" = 0 ]
