# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the scripts of --serve share: a directory to serve, and a server at a socket or port.
# Sourced behind read_lib.sh.

# shellcheck disable=SC2154 # golden is read_lib.sh's
captures=$(cd "$golden/../../captures" && pwd) || exit 1

make_directory() { # NAME [PACKETS-A-SEGMENT]
	"$program" -q -r "$captures/print/tcp.pcap" -w "$1/" -b packets:"${2:-40}" 2>/dev/null
}

# Sets server, its process, and url; as the caller's own words for curl come first.
serve() { # ARGUMENT...
	: >server.log
	"$program" "$@" >/dev/null 2>server.log &
	server=$!
	started+=("$server")
	for ((tries = 0; tries < 200; tries++)); do
		url=$(sed -nE 's/^wiretape: serving .* at (http[^,]*|unix:[^,]*)\/?, as .*/\1/p' server.log)
		url=${url%/}
		[ -z "$url" ] || return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.05
	done
	cat server.log
	return 1
}

end_server() { # sets ended, its exit status
	kill -TERM "$server"
	wait "$server"
	# shellcheck disable=SC2034 # scripts look at it
	ended=$?
}

# Prints the HTTP status; the body is in body.
get() { # PATH [CURL ARGUMENT...]
	curl -s -g -m 20 -o body -w '%{http_code}' "${@:2}" "$url$1"
}
