/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wires options, source and sinks together, prints what there is to say and
 * sets the exit status. The only file that does either.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "error.h"
#include "filter.h"
#include "geometry.h"
#include "linktype.h"
#include "netdev.h"
#include "options.h"
#include "outfile.h"
#include "parse.h"
#include "pcapng.h"
#include "report.h"
#include "rx_ring.h"
#include "session.h"
#include "sink_pcap.h"
#include "sink_pcapng.h"
#include "stats.h"
#include "weave.h"

/* Largest frame a V1 or V2 slot has room for by default: a 64 KiB
 * super-packet (GRO) with its Ethernet header and a VLAN tag. */
#define FRAME_DATA_DEFAULT (65536u + 18u)

struct app {
	struct options options;
	struct netdev dev;
	struct linktype linktype;
	char *filter_text;
	struct filter *filter;
	struct geometry geometry;
	struct outfile *outfile;
	struct sink *sink;
	struct rx_ring *ring;
	struct stats stats;
	struct stats_snapshot last; /* at the last status line */
	bool line_open;             /* a status line stands without its end */
};

/* Messages go to standard error, a line each, free of control bytes. */
static void __attribute__((format(printf, 2, 3))) say(struct app *app, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_clean(text);
	if (app->line_open)
		fputc('\n', stderr);
	app->line_open = false;
	fprintf(stderr, "wiretape: %s\n", text);
}

/* --- what a capture file says of where it was made ---------------------- */

static void describe_system(char *os, size_t os_bytes, char *hardware, size_t hardware_bytes)
{
	static const char key[] = "model name\t: ";
	struct utsname system;
	char line[256];
	FILE *cpus;

	uname(&system);
	snprintf(os, os_bytes, "%s %s", system.sysname, system.release);
	snprintf(hardware, hardware_bytes, "%s", system.machine);
	cpus = fopen("/proc/cpuinfo", "re");
	if (!cpus)
		return;
	while (fgets(line, sizeof(line), cpus)) {
		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(hardware, hardware_bytes, "%s (%s)", line + sizeof(key) - 1,
			 system.machine);
		break;
	}
	fclose(cpus);
}

static struct diskio_config disk_config(const struct app *app)
{
	struct diskio_config config = {.file = app->outfile, .mode = app->options.io};

	if (app->geometry.priv_bytes == WEAVE_PRIV_BYTES)
		rx_ring_memory(app->ring, &config.ring, &config.ring_bytes, &config.block_bytes);
	return config;
}

static int open_pcapng(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	char os[160], hardware[320];
	struct pcapng_interface interface = {
		.linktype = pcapng_linktype(app->linktype.dlt),
		.snaplen = o->snaplen,
		.name = app->dev.name,
		.description = app->dev.alias,
		.filter = app->filter_text,
		.os = os,
		.mac = app->dev.has_mac ? app->dev.mac : NULL,
		.speed_bps = app->dev.speed_bps,
		.tsresol = 9,
	};
	struct sink_pcapng_config config = {
		.disk = disk_config(app),
		.section = {hardware, os, "wiretape " WIRETAPE_VERSION},
		.interfaces = &interface,
		.interface_count = 1,
		.unbuffered = o->unbuffered,
		.max_bytes = o->max_bytes,
	};

	describe_system(os, sizeof(os), hardware, sizeof(hardware));
	return sink_pcapng_open(&config, &app->sink, err);
}

static int open_sink(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	struct sink_pcap_config config = {
		.linktype = app->linktype.dlt,
		.snaplen = o->snaplen,
		.nano = o->nano,
		.unbuffered = o->unbuffered,
		.max_bytes = o->max_bytes,
	};
	int rc;

	rc = outfile_open(o->write, 0600, &app->outfile, err);
	if (rc < 0)
		return rc;
	/* A hidden file must not be left behind. Opening a pipe has waited. */
	session_block_signals();
	config.disk = disk_config(app);
	config.disk.ring = NULL; /* formatted by copy: nothing goes out of it */
	rc = o->format == FORMAT_PCAP ? sink_pcap_open(&config, &app->sink, err)
				      : open_pcapng(app, err);
	/* The sink owns the file once it is there. */
	if (rc < 0)
		outfile_close(app->outfile);
	return rc;
}

/* --- source -------------------------------------------------------------- */

static int compile_filter(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	struct filter_config config = {
		.interface = o->interface,
		.linktype = app->linktype.dlt,
		.cooked = app->linktype.cooked,
		.loopback_once =
			o->interface && (app->dev.index == 0 || (app->dev.flags & IFF_LOOPBACK)),
		.direction = o->direction,
		.snaplen = o->snaplen,
	};
	int rc;

	if (o->filter_file) {
		rc = filter_read_file(o->filter_file, &app->filter_text, err);
		if (rc < 0)
			return rc;
	} else if (o->expression) {
		app->filter_text = strdup(o->expression);
		if (!app->filter_text)
			return error_system(err, ENOMEM, "filter");
	}
	config.expression = app->filter_text;
	return filter_compile(&config, &app->filter, err);
}

static int plan_ring(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	uint32_t frame_data = o->snaplen < FRAME_DATA_DEFAULT ? o->snaplen : FRAME_DATA_DEFAULT;
	struct geometry_request request = {
		.version = o->ring_version,
		.ring_bytes = o->ring_bytes,
		.block_bytes = o->block_bytes,
		.frame_bytes = o->frame_bytes,
		.frame_data = frame_data,
		.reserve = rx_ring_reserve(app->linktype.cooked),
		.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
	};
	char asked[FORMAT_SIZE_ROOM], memory[FORMAT_SIZE_ROOM];
	struct sysinfo info;
	uint64_t total;
	int rc;

	if (sysinfo(&info) == 0) {
		total = (uint64_t)info.totalram * info.mem_unit;
		if (o->ring_bytes >= total)
			return error_usage(err,
					   "a ring of %s does not fit in this machine's %s of "
					   "memory: give a smaller --ring-size",
					   format_size(asked, o->ring_bytes),
					   format_size(memory, total));
	}
	rc = geometry_plan(&request, &app->geometry, err);
	/* Blocks are woven from a page behind their start on; one page more is
	 * nothing to a block of ordinary size. */
	if (rc == 0 && o->ring_version == RING_V3 &&
	    app->geometry.block_size >= 16 * WEAVE_RUN_OFFSET) {
		request.priv_bytes = WEAVE_PRIV_BYTES;
		rc = geometry_plan(&request, &app->geometry, err);
	}
	return rc;
}

/* V1 and V2 cut blocks into frames of one size; V3 packs them. */
static const char *frames_of(const struct app *app, char *text, size_t bytes)
{
	if (app->geometry.version == RING_V3)
		return "";
	snprintf(text, bytes, ", %u frames of %u bytes", app->geometry.frame_nr,
		 app->geometry.frame_size);
	return text;
}

static int open_source(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	struct rx_ring_config config = {
		.socket =
			{
				.name = app->dev.name,
				.index = app->dev.index,
				.cooked = app->linktype.cooked,
				.promiscuous = o->promiscuous,
				.adapter_stamps = o->adapter_stamps,
				.filter = app->filter,
				.geometry = &app->geometry,
				.block_timeout_ms = o->block_timeout_ms,
			},
		.snaplen = o->snaplen,
		.stats = &app->stats,
	};
	char ring[FORMAT_SIZE_ROOM], block[FORMAT_SIZE_ROOM], frames[64];
	int rc;

	rc = rx_ring_open(&config, &app->ring, err);
	if (rc == 0 && o->ring_version == RING_V1)
		say(app, "%s: a ring of version 1 loses the VLAN tags that the kernel takes off",
		    app->dev.name);
	if (rc == 0 && o->verbose)
		say(app, "%s: TPACKET_V%d ring of %s: %u blocks of %s%s", app->dev.name,
		    (int)app->geometry.version, format_size(ring, app->geometry.ring_bytes),
		    app->geometry.block_nr, format_size(block, app->geometry.block_size),
		    frames_of(app, frames, sizeof(frames)));
	return rc;
}

/* --- the running capture ------------------------------------------------- */

/* How the file is written: when asked, and when it is not as it should be. */
static void say_mode(struct app *app)
{
	enum diskio_mode wanted = app->options.io;
	enum diskio_mode mode = (enum diskio_mode)atomic_load(&app->sink->io_mode);

	if (app->options.verbose)
		say(app, "%s: writing %s", app->options.write, diskio_mode_name(mode));
	else if (mode == DISKIO_BUFFERED && wanted != mode && outfile_is_regular(app->outfile))
		say(app, "%s: direct writes are refused here, writing through the page cache",
		    app->options.write);
}

static int capture_started(void *context, struct error *err)
{
	struct app *app = context;
	int rc;

	rc = outfile_publish(app->outfile, err);
	if (rc < 0)
		return rc;
	say_mode(app);
	say(app, "listening on %s, link-type %s (%s), snapshot length %u bytes", app->dev.name,
	    pcap_datalink_val_to_name(app->linktype.dlt),
	    pcap_datalink_val_to_description_or_dlt(app->linktype.dlt), app->options.snaplen);
	return 0;
}

static void capture_report(void *context, enum session_event event,
			   const struct stats_snapshot *stats, uint32_t fill)
{
	struct app *app = context;

	if (event == SESSION_STATS) {
		if (app->line_open)
			fputc('\n', stderr);
		app->line_open = false;
		report_final(stderr, stats);
		return;
	}
	fputc('\r', stderr);
	report_status(stderr, stats, &app->last, fill,
		      atomic_load_explicit(&app->sink->bytes, memory_order_relaxed));
	fputs("\033[K", stderr);
	app->line_open = true;
	app->last = *stats;
}

static int run_capture(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	struct session_config config = {
		.stats = &app->stats,
		.interface = app->dev.name,
		.interface_index = app->dev.index,
		.block_timeout_ms = o->block_timeout_ms,
		.sinks = &app->sink,
		.sink_count = 1,
		.max_packets = o->max_packets,
		.max_duration_ns = o->max_duration_ns,
		.stats_interval_ns = o->stats_interval_ns,
		.status_line = !o->quiet && isatty(STDERR_FILENO) && strcmp(o->write, "-") != 0,
		.started = capture_started,
		.report = capture_report,
		.context = app,
	};
	struct stats_snapshot final = {0};
	int rc;

	/* What can be told without touching anything comes first. */
	rc = options_check_segments(o, o->write[strlen(o->write) - 1] == '/', err);
	if (rc == 0)
		rc = outfile_check(o->write, err);
	if (rc < 0)
		return rc;
	rc = plan_ring(app, err);
	if (rc < 0)
		return rc;
	rc = open_source(app, err);
	if (rc < 0)
		return rc;
	rc = open_sink(app, err);
	if (rc < 0)
		return rc;
	config.ring = app->ring;
	rc = session_run(&config, &final, err);
	if (final.start_ns != 0) {
		if (app->line_open)
			fputc('\n', stderr);
		app->line_open = false;
		report_final(stderr, &final);
	}
	return rc;
}

static int list_devices(struct error *err)
{
	struct netdev *devices;
	size_t count;
	int rc;

	rc = netdev_list(&devices, &count, err);
	if (rc < 0)
		return rc;
	report_devices(stdout, devices, count);
	free(devices);
	return 0;
}

/* Does what the options ask for. 0 or -errno. */
static int run(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	int rc;

	if (o->help) {
		options_help(stdout);
		return 0;
	}
	if (o->version) {
		printf("wiretape %s\n%s\n", WIRETAPE_VERSION, pcap_lib_version());
		return 0;
	}
	if (o->list)
		return list_devices(err);
	/* A filter can be dumped without an interface: for Ethernet then. */
	app->linktype = linktype_of_arphrd(ARPHRD_ETHER);
	if (o->interface) {
		rc = netdev_find(o->interface, &app->dev, err);
		if (rc < 0)
			return error_context(err, "-i");
		app->linktype =
			app->dev.index == 0 ? linktype_any() : linktype_of_arphrd(app->dev.arphrd);
	}
	rc = compile_filter(app, err);
	if (rc < 0)
		return rc;
	if (o->dump) {
		filter_dump(app->filter, o->dump, stdout);
		return 0;
	}
	return run_capture(app, err);
}

int main(int argc, char **argv)
{
	struct app app = {0};
	struct error err = {0};
	int fd, rc;

	/* What is opened first must not become a standard stream: messages would
	 * go out on the wire. */
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return ERROR_FAILED;
	/* Until they mean something they must not end us. */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	/* A reader that goes away is an error of write(), not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	rc = options_parse(argc, argv, &app.options, &err);
	if (rc == 0)
		rc = run(&app, &err);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = error_system(&err, errno, "standard output");
	if (rc < 0)
		say(&app, "%s", err.text);
	if (app.sink)
		app.sink->ops->close(app.sink);
	rx_ring_close(app.ring);
	filter_free(app.filter);
	free(app.filter_text);
	options_free(&app.options);
	return rc < 0 ? (int)err.kind : 0;
}
