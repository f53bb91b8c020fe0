# SPDX-License-Identifier: BSD-2-Clause
# From what each run gave to what it means: reads the runner's raw table, writes
# one row a run to the file runs and one a recorder and size to the file summary,
# and prints the latter for people. disk names the table of disk rates.
#
# CPU a packet is the process's time less that of the same command without
# packets, over the packets in its file. Of the latter the start-up is the run's
# own and the rest the median of the runs of size 0.

BEGIN {
	FS = OFS = "\t"
	print "size", "recorder", "round", "sent", "pps", "recorded", "share", "cpu_ns", \
		"rss_kib", "bytes_per_packet", "wall_s", "cached_kib", "cpu_total_ns", "cpu_start_ns" > runs
	print "size", "recorder", "rounds", "pps", "share", "share_worst", "cpu_ns", \
		"of_best_peer", "rss_kib", "bytes_per_packet", "cached_kib" > summary
}

# Values are gathered in lists named by a key: value[key, 1 ...], count[key].
function add(key, x) { value[key, ++count[key]] = x }

function median(key,    n, i, j, x) {
	n = count[key]
	for (i = 2; i <= n; i++) {
		x = value[key, i]
		for (j = i - 1; j > 0 && value[key, j] > x; j--)
			value[key, j + 1] = value[key, j]
		value[key, j + 1] = x
	}
	if (n == 0)
		return ""
	return n % 2 ? value[key, (n + 1) / 2] : (value[key, n / 2] + value[key, n / 2 + 1]) / 2
}

# median has sorted them
function least(key) { return value[key, 1] }
function most(key) { return value[key, count[key]] }

function is_peer(recorder) { return recorder !~ /^(wiretape|walk)/ }

{ raw[NR] = $0 }
$1 == 0 { add("idle " $2, $11 - $12) }

function read_run(line,    f, share, cpu, size, key) {
	split(line, f, "\t")
	size = f[1]
	share = f[4] ? f[6] / f[4] : 0
	cpu = f[6] ? (f[11] - f[12] - median("idle " f[2])) / f[6] : 0
	print size, f[2], f[3], f[4], f[5], f[6], sprintf("%.5f", share), sprintf("%.1f", cpu), \
		f[8], sprintf("%.1f", f[6] ? f[7] / f[6] : 0), f[10], f[9], f[11], f[12] > runs
	if (size == 0)
		return
	key = size " " f[2]
	if (!(key in count)) {
		if (!(size in recorders))
			sizes[++size_count] = size
		recorder[size, ++recorders[size]] = f[2]
	}
	count[key]++
	add(key " pps", f[5]); add(size " pps", f[5])
	add(key " share", share)
	if (f[6])
		add(key " cpu", cpu)
	add(key " rss", f[8])
	add(key " bytes", f[6] ? f[7] / f[6] : 0)
	add(key " cached", f[9])
}

# The peer that takes least CPU a packet, and the one that records most.
function find_best(size,    i, name, cpu, share) {
	best_cpu = best_share = 0
	best_name = share_name = ""
	for (i = 1; i <= recorders[size]; i++) {
		name = recorder[size, i]
		cpu = median(size " " name " cpu")
		share = median(size " " name " share")
		if (is_peer(name) && cpu != "" && (best_name == "" || cpu < best_cpu)) {
			best_cpu = cpu
			best_name = name
		}
		if (is_peer(name) && (share_name == "" || share > best_share)) {
			best_share = share
			share_name = name
		}
	}
}

function report(size, name,    key, cpu, share, ratio, rss, cached) {
	key = size " " name
	cpu = median(key " cpu")
	share = median(key " share")
	rss = median(key " rss")
	cached = median(key " cached")
	ratio = best_cpu > 0 && cpu != "" ? sprintf("%.3f", cpu / best_cpu) : ""
	printf "  %-19s %8.2f %8.2f %10s %8s %8.1f %9.1f %9.1f\n", name, share * 100,
		least(key " share") * 100, cpu == "" ? "-" : sprintf("%.0f", cpu),
		ratio == "" ? "-" : ratio, most(key " rss") / 1024, median(key " bytes"),
		most(key " cached") / 1024
	print size, name, count[key], sprintf("%.0f", median(key " pps")), sprintf("%.5f", share), \
		sprintf("%.5f", least(key " share")), cpu == "" ? "" : sprintf("%.1f", cpu), ratio, \
		most(key " rss"), sprintf("%.1f", median(key " bytes")), most(key " cached") > summary
}

END {
	for (i = 1; i <= NR; i++)
		read_run(raw[i])
	for (i = 1; i <= size_count; i++) {
		size = sizes[i]
		find_best(size)
		printf "%d-byte frames, %.3f million a second offered (median)\n", size,
			median(size " pps") / 1e6
		print "                       recorded %          CPU ns   of best peak RSS     bytes    cached"
		print "  recorder              median    worst   a packet     peer      MiB  a packet       MiB"
		for (k = 1; k <= recorders[size]; k++)
			report(size, recorder[size, k])
		if (best_name != "")
			printf "  best peers: %s with %.0f ns a packet, %s with %.2f %% recorded\n", \
				best_name, best_cpu, share_name, best_share * 100
		print ""
	}
	while ((getline < disk) > 0)
		add($1, $2)
	if (!count["dd"])
		exit
	printf "Direct sequential writes to this disk, MB/s: %.0f (dd, one at a time)", median("dd")
	if (count["fio"])
		printf ", %.0f (fio, eight at a time)", median("fio")
	print ""
}
