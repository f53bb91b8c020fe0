# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests of interfaces that go and come back share.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# What the statistics say of the first interface.
stat_of() { jq -r ".interfaces[0]$1" "$TMP/stats/s.json"; }
is_link() { [ "$(stat_of .link)" = "$1" ]; }
ask() { kill -USR1 "$pid"; }

# Until the statistics, asked for again and again, say so; sets took_ms.
await_stat() { # COMMAND...
	local begin
	begin=$(now_ms)
	until ask && "$@" 2>/dev/null; do
		(($(now_ms) - begin < 5000)) || break
		sleep 0.02
	done
	# shellcheck disable=SC2034 # its users are in other files
	took_ms=$(($(now_ms) - begin))
}

install -d -m 777 "$TMP/stats"
record_watched() { # NAME ARG...
	local name=$1
	shift
	rm -f "$TMP/stats/s.json"
	# Memory for bursts comes by and by; here it is watched.
	record "$name" --spill 2M --stats-file "$TMP/stats/s.json" -Z nobody "$@"
}
