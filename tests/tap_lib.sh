# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Checks in a script of bash: a series of `expect`s closed by `result TITLE`, which prints
# one line of TAP.

tests=0 failures=0 faults=""

skip_all() { # REASON
	echo "1..0 # SKIP $*"
	exit 0
}

expect() { # WHAT GOT WANTED
	[ "$2" = "$3" ] || faults+="$1: '$2', not '$3'"$'\n'
}

expect_range() { # WHAT GOT LOWEST HIGHEST
	[[ $2 =~ ^[0-9]+$ ]] && (($2 >= $3 && $2 <= $4)) || faults+="$1: '$2', not $3 to $4"$'\n'
}

expect_text() { # FILE REGEXP
	grep -qE -- "$2" "$1" || faults+="no line like '$2' in:"$'\n'"$(cat "$1")"$'\n'
}

expect_ok() { # COMMAND...
	local out
	out=$("$@" 2>&1) || faults+="failed: $*"$'\n'"$out"$'\n'
}

result() { # TITLE
	tests=$((tests + 1))
	if [ -z "$faults" ]; then
		echo "ok $tests - $1"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $1"
		printf '%s' "$faults" | sed 's/^/# /'
	fi
	faults=
}

skip() { # TITLE REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

finish_tests() {
	echo "1..$tests"
	exit $((failures > 0))
}
