# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What scripts that read files share: golden, the folder of these; program; a folder of the
# script's own to work in, scratch, which is removed at its end; and a run of the program.
# Sourced first of all, with srcdir, the top of the sources, and WIRETAPE, the program
# (./wiretape), in the environment.
golden=$(dirname "$0")
[ -d "${srcdir:-}/tests/golden" ] && golden=$srcdir/tests/golden
golden=$(cd "$golden" && pwd) || exit 1
# shellcheck source-path=SCRIPTDIR source=../tap_lib.sh
. "$golden/../tap_lib.sh"
program=$(realpath "${WIRETAPE:-./wiretape}") || exit 1

scratch=$(mktemp -d) || exit 1
started=()
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	local p
	for p in "${started[@]}"; do
		kill "$p" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
# Where it is root's, who is become has to get there.
chmod 711 "$scratch" && cd "$scratch" || exit 1

need() { # TOOL...
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip_all "$tool is missing"
	done
}

# shellcheck disable=SC2034 # scripts look at status
run() { # ARG...: with its output in out and err, and its status
	timeout "${run_seconds:-20}" "$program" "$@" >out 2>err
	status=$?
}

expect_same() { # WHAT GOT-FILE WANTED-FILE
	[ -s "$3" ] || faults+="$1: nothing to compare with"$'\n'
	cmp -s "$2" "$3" || faults+="$1: $(diff "$2" "$3" | head -n 6)"$'\n'
}
