#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The unit as it is installed: what systemd makes of it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

have systemd-analyze || skip_all "no systemd-analyze"
unit=$(dirname "$WIRETAPE")/init/wiretape@.service
[ -e "$unit" ] || skip_all "built without the unit"

exposure=$(systemd-analyze security --offline=true "$unit" 2>"$TMP/err" |
	sed -nE 's/.*exposure level for .*: ([0-9.]+) .*/\1/p')
[ -n "$exposure" ] || faults+=$(cat "$TMP/err")
expect_range "exposure, in tenths" "${exposure/./}" 1 20
result "exposure $exposure of at most 2.0"

# The program is not where it is going to be installed.
sed "s,^ExecStart=[^ ]*,ExecStart=$WIRETAPE," "$unit" >"$TMP/wiretape@.service"
ln -s "$TMP/wiretape@.service" "$TMP/wiretape@eth0.service"
expect "complaints" "$(systemd-analyze verify --man=no --recursive-errors=no \
	"$TMP/wiretape@eth0.service" 2>&1 | grep -i wiretape)" ""
result "systemd finds nothing wrong with it"

# What it starts is understood.
line=$(sed -n 's/^ExecStart=[^ ]* //p' "$unit")
options=$(sed -nE 's/^Environment="WIRETAPE_OPTIONS=(.*)"/\1/p' "$unit")
line=${line//%I/lo}
line=${line//%i/lo}
read -ra words <<<"${line/\$WIRETAPE_OPTIONS/$options}"
"$WIRETAPE" "${words[@]}" --check -w "$TMP/other" 2>"$TMP/err"
expect_text "$TMP/err" "given twice: -w /var/lib/wiretape/lo/ and -w $TMP/other"
result "its options are known"

finish_tests
