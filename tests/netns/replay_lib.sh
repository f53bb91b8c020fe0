# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests of sending files share.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/forward_lib.sh"

# Sends files out of wb; forwarder is its process.
replay() { # NAME ARG...
	local name=$1
	shift
	record_in "$NS_B" "$name" -o wb "$@"
	forwarder=$pid
}

# Waits for its end.
end_replay() {
	pid=$forwarder
	finish
	[ "$status" = 0 ] || cat "$TMP/run.err" >"$TMP/failed.err"
	read_report run
}

# The end of it, then of the receiver; status is its own.
end_replay_and_receiver() {
	local first
	end_replay
	first=$status
	settle
	pid=$receiver
	finish INT
	expect "exit status of the receiver" "$status" 0
	status=$first
}

# All of so many frames was sent, when both have ended.
expect_sent() { # COUNT
	end_replay_and_receiver
	expect "exit status" "$status" 0
	[ "$status" = 0 ] || faults+=$(cat "$TMP/run.err")$'\n'
	expect "sent and lost" "${tally[forwarded]} $lost" "$1 0"
}

# Files: numbered frames as they were recorded, and those in other formats, with
# other times, or cut.
cat >"$TMP/recast.py" <<'END'
import struct, sys
source, target, order, magic, step_ns, snaplen = sys.argv[1:7]
step_ns, snaplen, fraction = int(step_ns), int(snaplen), 1 if magic == "nano" else 1000
data = open(source, "rb").read()
at, ns = 24, 1700000000 * 10**9
out = [struct.pack(order + "IHHIIII", 0xa1b23c4d if magic == "nano" else 0xa1b2c3d4, 2, 4, 0, 0,
                   262144, 1)]
while at < len(data):
    caplen, size = struct.unpack_from("<II", data, at + 8)
    kept = min(caplen, snaplen)
    out.append(struct.pack(order + "IIII", ns // 10**9, ns % 10**9 // fraction, kept, size))
    out.append(data[at + 16:at + 16 + kept])
    at += 16 + caplen
    ns += step_ns
open(target, "wb").write(b"".join(out))
END
recast() { # SOURCE TARGET ORDER MAGIC STEP-NS [SNAPLEN]
	python3 "$TMP/recast.py" "$TMP/$1" "$TMP/$2" "$3" "$4" "$5" "${6:-262144}"
}
make_file() { # FILE COUNT GENERATE-ARG...
	local file=$1 number=$2
	shift 2
	record make --nano -w "$TMP/$file"
	send -n "$number" "$@"
	settle
	finish INT
	expect "made" "$status" 0
}
