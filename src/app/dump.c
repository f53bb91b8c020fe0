/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -d: a filter's code as it would be run, by the kernel on an interface or by libpcap
 * on files.
 */
#include "app/dump.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "inflow.h"
#include "paths.h"
#include "rights.h"
#include "ring/source.h"
#include "system/filter.h"
#include "user.h"

static int dump_live(const struct options *options, struct error *err)
{
	const struct options_interface *interface =
		options->interface_count ? options->interfaces : &options->all;
	struct source_config config;
	struct source source = {0};
	char *text;
	int rc = options_read_filter(options, &text, err);

	config = inflow_config(options, interface, SOURCE_RECORDED, text);
	if (rc == 0)
		rc = inflow_find_source(&source, &config, err);
	if (rc == 0)
		filter_dump(source.filter, options->dump, stdout);
	source_close(&source);
	free(text);
	return rc;
}

/* Of the first packet or interface there is, else Ethernet. What the file tells beside its
 * packets is that of the interface's name, received. */
static int first_interface(struct reader *reader, struct filter_config *filter,
			   struct filter_facts *facts, struct error *err)
{
	const struct reader_interface *first;
	struct frame frame;
	int rc = 0;

	while (reader_interface_count(reader) == 0 &&
	       ((rc = reader_fill(reader, &frame, 1, err)) > 0 || rc == -EAGAIN || rc == -EINTR))
		if (rc < 0)
			reader_await(reader, UINT64_MAX);
	filter->linktype = DLT_EN10MB;
	if (reader_interface_count(reader) == 0)
		return rc;
	first = reader_interface(reader, 0);
	filter->linktype = first->dlt;
	*facts = (struct filter_facts){.interface = first->name, .way = FILTER_WAY_IN};
	if (first->has_ways)
		filter->facts = facts;
	return 0;
}

static int dump_offline(const struct options *options, struct error *err)
{
	struct rights rights = {.broker = NULL};
	const struct reader_config config = {
		.paths = options->reads,
		.count = options->read_count,
	};
	struct filter_config filter = {.option = options_filter_option(options),
				       .not_optimized = options->not_optimized};
	struct bpf_program program = {0};
	struct filter_facts facts;
	struct reader *reader = NULL;
	char *text;
	int rc = options_read_filter(options, &text, err);

	if (rc == 0)
		rc = rights_open_paths(&rights, options, &config, &reader, err);
	if (rc == 0)
		rc = paths_start(reader, UINT64_MAX, err);
	if (rc == 0)
		rc = first_interface(reader, &filter, &facts, err);
	filter.expression = text;
	if (rc == 0)
		rc = filter_compile_offline(&filter, &program, err);
	if (rc == 0)
		bpf_dump(&program, (int)options->dump);
	pcap_freecode(&program);
	rights_close(&rights);
	reader_close(reader);
	free(text);
	return rc;
}

int dump_filter(const struct options *options, struct error *err)
{
	return options->read_count > 0 ? dump_offline(options, err) : dump_live(options, err);
}
