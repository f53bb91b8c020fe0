/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters for packets of files. Nothing of the kernel is asked; what a file says beside
 * its packets is put into the expression before libpcap sees it.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_words.h"
#include "system/filter.h"

/* What the programs of libpcap return of a packet from a file. */
#define SNAPLEN_OFFLINE 262144

#define PCAP_HEADER_BYTES 24u

/* What libpcap takes for a file with packets of that link type, as for what it takes for
 * a device it makes code that asks the kernel. The header has to live as long. Null:
 * there is no such file. */
static pcap_t *open_empty_file(int linktype, char header[PCAP_HEADER_BYTES + 1])
{
	char errors[PCAP_ERRBUF_SIZE];
	pcap_t *dead = pcap_open_dead(linktype, SNAPLEN_OFFLINE), *file = NULL;
	FILE *stream = dead ? fmemopen(header, PCAP_HEADER_BYTES + 1, "w") : NULL;
	pcap_dumper_t *dumper = stream ? pcap_dump_fopen(dead, stream) : NULL;

	if (dumper)
		pcap_dump_close(dumper);
	else if (stream)
		fclose(stream);
	stream = dumper ? fmemopen(header, PCAP_HEADER_BYTES, "r") : NULL;
	if (stream)
		file = pcap_fopen_offline(stream, errors);
	if (stream && !file)
		fclose(stream);
	if (dead)
		pcap_close(dead);
	return file;
}

/* 0, or a usage error with libpcap's words. */
static int compile(const struct filter_config *config, const char *expression,
		   struct bpf_program *program, struct error *err)
{
	char header[PCAP_HEADER_BYTES + 1];
	pcap_t *pcap = open_empty_file(config->linktype, header);
	int ret = 0;

	if (!pcap)
		return error_system(err, ENOMEM, "open libpcap for link type %d", config->linktype);
	/* As tcpdump has it, a netmask that is not known is 0. */
	if (pcap_compile(pcap, program, expression, !config->not_optimized, config->netmask) < 0)
		ret = error_usage(err, "%s", pcap_geterr(pcap));
	pcap_close(pcap);
	return ret;
}

/* Whether packets of that link type have their way in them, as LINUX_SLL does. */
static bool tells_way(const struct filter_config *config)
{
	struct bpf_program program = {0};
	const bool tells = compile(config, "inbound", &program, NULL) == 0;

	pcap_freecode(&program);
	return tells;
}

/* The expression without what is not in the packets: *text is the caller's to free, null
 * where there is nothing to be done. 0 or -ENOMEM. */
static int settle(const struct filter_config *config, char **text)
{
	struct filter_facts facts;

	*text = NULL;
	/* PFLOG has both. */
	if (!config->expression || !config->facts || config->linktype == DLT_PFLOG)
		return 0;
	facts = *config->facts;
	if (filter_words_ask_way(config->expression) && tells_way(config))
		facts.way = FILTER_WAY_IN_PACKET;
	return filter_words_settle(config->expression, &facts, text);
}

int filter_compile_offline(const struct filter_config *config, struct bpf_program *program,
			   struct error *err)
{
	const char *expression = config->expression ? config->expression : "";
	char *settled;
	int ret = settle(config, &settled);

	*program = (struct bpf_program){0};
	if (ret < 0)
		error_system(err, -ret, "read the filter");
	if (ret == 0)
		ret = compile(config, settled ? settled : expression, program, err);
	free(settled);
	if (ret == -EINVAL)
		filter_name_expression(err, expression);
	if (ret < 0 && config->option)
		error_context(err, "%s", config->option);
	return ret;
}

bool filter_asks_way(const char *expression)
{
	return filter_words_ask_way(expression);
}

bool filter_has_sense(const char *expression)
{
	/* One of each kind that libpcap has words for. */
	static const int linktypes[] = {
		DLT_EN10MB, DLT_RAW,  DLT_LINUX_SLL2, DLT_LINUX_SLL, DLT_IEEE802_11,
		DLT_PPP,    DLT_FDDI, DLT_IEEE802,    DLT_SUNATM,    DLT_MTP2,
		DLT_PFLOG,  DLT_ERF,  DLT_DOCSIS,     DLT_NULL,
	};
	const struct filter_facts facts = {.interface = NULL};
	struct bpf_program program;

	for (size_t i = 0; i < sizeof(linktypes) / sizeof(linktypes[0]); i++) {
		const struct filter_config config = {.expression = expression,
						     .linktype = linktypes[i],
						     .facts = &facts};

		if (filter_compile_offline(&config, &program, NULL) == 0) {
			pcap_freecode(&program);
			return true;
		}
	}
	return false;
}
