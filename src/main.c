/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wires options, source and sinks together, prints what there is to say and
 * sets the exit status. The only file that does either.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "error.h"
#include "filter.h"
#include "geometry.h"
#include "linktype.h"
#include "netdev.h"
#include "options.h"
#include "output.h"
#include "parse.h"
#include "report.h"
#include "rx_ring.h"
#include "session.h"
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
	struct output *output;
	struct rx_ring *ring;
	struct stats stats;
	struct stats_snapshot last; /* at the last status line */
	pthread_mutex_t saying;     /* the recorder's thread has lines, too */
	bool line_open;             /* a status line stands without its end */
};

/* Ends the status line, if one stands open. */
static void end_line(struct app *app)
{
	if (app->line_open)
		fputc('\n', stderr);
	app->line_open = false;
}

/* Messages go to standard error, a line each, free of control bytes. */
static void __attribute__((format(printf, 2, 3))) say(struct app *app, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_clean(text);
	pthread_mutex_lock(&app->saying);
	end_line(app);
	fprintf(stderr, "wiretape: %s\n", text);
	pthread_mutex_unlock(&app->saying);
}

/* A line from the recorder. */
static void say_note(void *context, enum note_cause cause, const char *text)
{
	struct app *app = context;

	if (cause != NOTE_DETAIL || app->options.verbose)
		say(app, "%s", text);
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
	enum diskio_mode mode = (enum diskio_mode)atomic_load(&output_sink(app->output)->io_mode);

	if (app->options.verbose)
		say(app, "%s: writing %s", app->options.write, diskio_mode_name(mode));
	else if (mode == DISKIO_BUFFERED && wanted != mode && output_is_regular(app->output))
		say(app, "%s: direct writes are refused here, writing through the page cache",
		    app->options.write);
}

static int capture_started(void *context, struct error *err)
{
	struct app *app = context;
	int rc;

	rc = output_publish(app->output, err);
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

	pthread_mutex_lock(&app->saying);
	if (event == SESSION_STATS) {
		end_line(app);
		report_final(stderr, stats);
		pthread_mutex_unlock(&app->saying);
		return;
	}
	fputc('\r', stderr);
	report_status(stderr, stats, &app->last, fill,
		      atomic_load_explicit(&output_sink(app->output)->bytes, memory_order_relaxed));
	fputs("\033[K", stderr);
	app->line_open = true;
	pthread_mutex_unlock(&app->saying);
	app->last = *stats;
}

static int open_output(struct app *app, struct error *err)
{
	const struct output_config config = {
		.options = &app->options,
		.dev = &app->dev,
		.linktype = app->linktype,
		.filter_text = app->filter_text,
		.block_bytes = app->geometry.block_size,
		.woven = app->geometry.priv_bytes == WEAVE_PRIV_BYTES,
		.stats = &app->stats,
		.note = say_note,
		.context = app,
	};

	return output_open(&config, &app->output, err);
}

static int run_capture(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	struct session_config config = {
		.stats = &app->stats,
		.interface = app->dev.name,
		.interface_index = app->dev.index,
		.block_timeout_ms = o->block_timeout_ms,
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
	struct sink *sink;
	int rc;

	rc = plan_ring(app, err);
	if (rc < 0)
		return rc;
	/* What can be told without touching anything comes first. */
	rc = open_output(app, err);
	if (rc < 0)
		return rc;
	rc = open_source(app, err);
	if (rc < 0)
		return rc;
	/* Hidden files must not be left behind. */
	if (output_rotates(app->output))
		session_block_signals(true);
	rc = output_start(app->output, app->ring, err);
	if (rc < 0)
		return rc;
	sink = output_sink(app->output);
	config.sinks = &sink;
	config.rotates = output_rotates(app->output);
	config.ring = app->ring;
	rc = session_run(&config, &final, err);
	if (final.start_ns != 0) {
		end_line(app);
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
	struct app app = {.saying = PTHREAD_MUTEX_INITIALIZER};
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
	/* Hooks are waited for, which takes this. */
	signal(SIGCHLD, SIG_DFL);
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
	output_close(app.output);
	rx_ring_close(app.ring);
	filter_free(app.filter);
	free(app.filter_text);
	options_free(&app.options);
	return rc < 0 ? (int)err.kind : 0;
}
