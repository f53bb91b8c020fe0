/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From -o to ways out. There is one for each interface that frames leave by:
 * with --both-ways two, each the other's way in.
 */
#include "forward.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "frames/linktype.h"
#include "ports.h"
#include "send/tx.h"
#include "sinks/sink_forward.h"

#define WAYS_MOST 2u

struct forward {
	const struct options *options;
	const struct inflow *in;
	struct netdev outs[WAYS_MOST];
	struct tx *txs[WAYS_MOST];
	struct session_exit exits[WAYS_MOST];
	uint32_t count;   /* of these */
	struct tx **ways; /* for each source */
	uint32_t sources;
	struct sink *sinks[WAYS_MOST];
	bool split;
	struct ports *ports;           /* of files with two ways out; else null */
	struct stats parts[WAYS_MOST]; /* then: what each has sent */
};

static int check_linktype(const struct netdev *out, int dlt, const char *from, struct error *err)
{
	struct linktype linktype = linktype_of_arphrd(out->arphrd);
	const char *name = pcap_datalink_val_to_name(dlt);
	const char *wanted = pcap_datalink_val_to_name(linktype.dlt);

	if (linktype.cooked)
		return error_usage(err,
				   "-o: %s takes no frames with a link-layer header: an Ethernet "
				   "interface does",
				   out->name);
	if (dlt != linktype.dlt)
		return error_usage(err, "-o: %s takes frames of link-type %s; those of %s are %s",
				   out->name, wanted ? wanted : "unknown", from,
				   name ? name : "of an unknown one");
	return 0;
}

int forward_check_linktype(const struct forward *f, int dlt, const char *from, struct error *err)
{
	int rc = check_linktype(&f->outs[0], dlt, from, err);

	return rc == 0 && f->ports ? check_linktype(&f->outs[1], dlt, from, err) : rc;
}

int forward_check_interface(const struct forward *f, const struct reader_interface *interface,
			    struct error *err)
{
	const char *name = interface->name ? interface->name : f->options->reads[0];
	int rc = forward_check_linktype(f, interface->dlt, name, err);

	return rc == 0 && f->ports ? ports_check(f->ports, interface, err) : rc;
}

static int check_sources(const struct forward *f, struct error *err)
{
	const struct netdev *out = &f->outs[0];
	int rc = 0;

	for (uint32_t i = 0; i < f->in->count && rc == 0; i++) {
		const struct source *source = &f->in->sources[i];

		if (source->linktype.cooked)
			return error_usage(err,
					   "-o: what is captured from %s is without its link-layer "
					   "header, and cannot be sent: name an Ethernet interface",
					   source->config.name);
		if (source->dev.index == out->index && !f->options->both_ways)
			return error_usage(err,
					   "-o: %s is the interface the frames come from: name "
					   "another one to send them to",
					   f->options->out);
		rc = forward_check_linktype(f, source->linktype.dlt, source->dev.name, err);
	}
	return rc;
}

static int check_up(const struct netdev *out, struct error *err)
{
	if (!(out->flags & IFF_UP))
		return error_set(err, ENETDOWN, "-o: %s: the interface is down (ip link set %s up)",
				 out->name, out->name);
	return 0;
}

static int find_out(const struct options *options, const char *name, struct netdev *out,
		    struct error *err)
{
	int rc = netdev_find(name, out, err);

	if (rc < 0)
		return error_context(err, "-o");
	if (out->index == 0)
		return error_usage(err, "-o: '%s' is all interfaces: name one to send to", name);
	return options->wait ? 0 : check_up(out, err);
}

/* A second way out for what is in files. */
static int find_other(struct forward *f, struct error *err)
{
	int rc = find_out(f->options, f->options->out_other, &f->outs[1], err);

	if (rc == 0 && f->outs[0].index == f->outs[1].index)
		return error_usage(err, "-o %s and -o %s are one interface", f->options->out,
				   f->options->out_other);
	return rc < 0 ? rc
		      : ports_open(f->options, linktype_of_arphrd(f->outs[0].arphrd).dlt, &f->ports,
				   err);
}

int forward_find(const struct options *options, const struct inflow *in, struct forward **result,
		 struct error *err)
{
	struct forward *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return error_system(err, ENOMEM, "forward");
	f->options = options;
	f->in = in;
	f->sources = in ? in->count : 1;
	f->count = options->both_ways || options->out_other ? 2 : 1;
	f->split = options->both_ways && options->max_packets == 0 &&
		   (options_writes(options) || !options_prints(options));
	f->ways = calloc(f->count + f->sources, sizeof(struct tx *));
	rc = f->ways ? find_out(options, options->out, &f->outs[0], err)
		     : error_system(err, ENOMEM, "forward");
	if (rc == 0 && options->out_other)
		rc = find_other(f, err);
	if (rc == 0 && in)
		rc = check_sources(f, err);
	if (rc == 0 && options->both_ways)
		f->outs[1] = in->sources[0].dev;
	if (rc < 0) {
		forward_close(f);
		return rc;
	}
	*result = f;
	return 0;
}

const struct netdev *forward_out(const struct forward *f)
{
	return &f->outs[0];
}

void forward_set_feed(struct forward *f, const struct file_feed *feed)
{
	if (f->ports)
		ports_set_feed(f->ports, feed);
}

const struct netdev *forward_part(const struct forward *f, uint32_t number,
				  struct stats_snapshot *counts)
{
	if (number >= (f->ports ? f->count : 0))
		return NULL;
	stats_read(&f->parts[number], counts);
	return &f->outs[number];
}

static int open_way(struct forward *f, uint32_t i, struct error *err)
{
	static const struct attach_ops ops = {tx_index, tx_bound, tx_rebind, tx_usable};
	const struct netdev *out = &f->outs[i];
	const struct tx_config config = {
		.name = out->name,
		.index = out->index,
		.mtu = out->mtu,
		.header_bytes = linktype_of_arphrd(out->arphrd).dlt == DLT_EN10MB ? ETH_HLEN : 0,
		.mode = f->options->tx,
		.bypass_qdisc = f->options->bypass_qdisc,
		.queue_ns = f->in ? f->options->queue_time_ns : 0,
		.patient = !f->in,
	};
	int rc = tx_open(&config, &f->txs[i], err);

	f->exits[i] = (struct session_exit){out->asked, out->name, out->arphrd, &ops, f->txs[i]};
	return rc;
}

static int open_sinks(struct forward *f, struct stats *stats, struct error *err)
{
	int rc = 0;
	struct sink_forward_config config = {
		.ways = f->ways,
		.stats = stats,
		.count = f->split ? 1 : f->sources,
		.files = !f->in,
	};

	if (f->ports) {
		config.count = f->count;
		config.choose = ports_choose;
		config.context = f->ports;
		config.parts = f->parts;
	}
	for (uint32_t i = 0; i < (f->split ? WAYS_MOST : 1) && rc == 0; i++) {
		config.first = i;
		rc = sink_forward_open(&config, &f->sinks[i], err);
	}
	return rc;
}

int forward_open(struct forward *f, struct stats *stats, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < f->count && rc == 0; i++)
		rc = open_way(f, i, err);
	/* With --both-ways the second source is the first way out. */
	for (uint32_t i = 0; i < f->sources || i < f->count; i++)
		f->ways[i] = f->txs[f->count == 1 ? 0 : i];
	return rc == 0 ? open_sinks(f, stats, err) : rc;
}

bool forward_is_split(const struct forward *f)
{
	return f->split;
}

struct sink *forward_sink(const struct forward *f, uint32_t direction)
{
	return f->sinks[f->split ? direction : 0];
}

const struct session_exit *forward_exits(const struct forward *f, uint32_t *count)
{
	*count = f->count;
	return f->exits;
}

void forward_close(struct forward *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < WAYS_MOST; i++)
		if (f->sinks[i])
			f->sinks[i]->ops->close(f->sinks[i]);
	for (uint32_t i = 0; i < f->count; i++)
		tx_close(f->txs[i]);
	ports_close(f->ports);
	free(f->ways);
	free(f);
}
