/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expressions and packets: where libpcap's filter takes a packet, the index of a file with that
 * packet alone rules it out by no expression.
 *
 * Input: the expression, a zero byte, then the packet, of Ethernet.
 */
#include <netdb.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "index/build.h"
#include "index/expression.h"
#include "index/file.h"
#include "index/gather.h"

#define TEXT_MOST 300u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names are not looked up in any net. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)result;
	return EAI_NONAME;
}

static void require(int holds)
{
	if (!holds)
		abort();
}

/* An index of one run with that packet, in memory. */
static int make_index(const struct frame *frame)
{
	const struct index_subject subject = {4096, 0};
	const int dlt = DLT_EN10MB;
	const struct index_run *run;
	struct index_gather *gather;
	struct index_build *build;
	uint8_t *image;
	size_t bytes;
	int fd = memfd_create("index", MFD_CLOEXEC);

	require(fd >= 0 && index_gather_open(&dlt, 1, 1 << 16, &gather) == 0);
	require(index_build_open(&build) == 0);
	index_gather_file(gather, 0, 24, 0);
	index_gather_frames(gather, frame, 1);
	index_gather_mark(gather, 4096, true);
	while ((run = index_gather_take(gather))) {
		index_build_add(build, run);
		index_gather_done(gather);
	}
	require(index_build_image(build, &subject, &image, &bytes) == 0);
	require(write(fd, image, bytes) == (ssize_t)bytes);
	free(image);
	index_build_close(build);
	index_gather_close(gather);
	return fd;
}

/* Whether the expression lets the one run be. */
static int may_match(const char *text, const struct frame *frame)
{
	struct index_expression *expression;
	struct error err = {0};
	struct index *index;
	uint64_t set = 0;
	int fd = make_index(frame);

	require(index_expression_parse(text, &expression) == 0);
	require(index_open(fd, "index", NULL, &index, &err) == 0);
	require(index_run_count(index) == 1);
	require(index_expression_runs(expression, index, &set, &err) == 0);
	require(set <= 1);
	index_close(index);
	index_expression_close(expression);
	close(fd);
	return set == 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);
	struct frame frame = {0};
	struct bpf_program program;
	struct pcap_pkthdr header;
	pcap_t *pcap;
	char *text;

	if (!end || end == data || end - data > (ptrdiff_t)TEXT_MOST)
		return 0;
	text = strdup((const char *)data);
	frame.caplen = frame.len = (uint32_t)(size - (size_t)(end + 1 - data));
	frame.data = malloc(frame.len + 1);
	require(text && frame.data);
	memcpy(frame.data, end + 1, frame.len);
	pcap = pcap_open_dead(DLT_EN10MB, 65535);
	require(pcap != NULL);
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		header = (struct pcap_pkthdr){.caplen = frame.caplen, .len = frame.len};
		if (pcap_offline_filter(&program, &header, frame.data))
			require(may_match(text, &frame));
		else
			(void)may_match(text, &frame);
		pcap_freecode(&program);
	}
	pcap_close(pcap);
	free(frame.data);
	free(text);
	return 0;
}
