/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filter programs, run by the kernel where that needs no privilege: a
 * datagram socket takes the same filter as a packet socket, and shows it the
 * datagram as the packet. What only packet sockets have (direction, device)
 * is checked instruction by instruction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/filter.h"

#define SNAPLEN  100
#define CODE_MAX 128

struct code {
	unsigned count;
	struct sock_filter insns[CODE_MAX];
};

static struct filter_config ethernet(const char *expression)
{
	return (struct filter_config){
		.expression = expression,
		.linktype = DLT_EN10MB,
		.snaplen = SNAPLEN,
	};
}

static struct filter_config cooked(const char *expression)
{
	return (struct filter_config){
		.expression = expression,
		.linktype = DLT_LINUX_SLL2,
		.cooked = true,
		.snaplen = SNAPLEN,
	};
}

static char *dump(const struct filter_config *config, unsigned style)
{
	struct filter *filter;
	struct error err;
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(filter_compile(config, &filter, &err), 0);
	filter_dump(filter, style, out);
	filter_free(filter);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void code_read(const struct filter_config *config, struct code *code)
{
	char *text = dump(config, 3);
	FILE *in = fmemopen(text, strlen(text), "r");

	assert_non_null(in);
	assert_int_equal(fscanf(in, "%u", &code->count), 1);
	assert_in_range(code->count, 1, CODE_MAX);
	for (unsigned i = 0; i < code->count; i++)
		assert_int_equal(fscanf(in, "%hu %hhu %hhu %u", &code->insns[i].code,
					&code->insns[i].jt, &code->insns[i].jf, &code->insns[i].k),
				 4);
	fclose(in);
	free(text);
}

static void expect_code(const struct filter_config *config, const struct sock_filter *insns,
			unsigned count)
{
	struct code code;

	code_read(config, &code);
	assert_int_equal(code.count, count);
	assert_memory_equal(code.insns, insns, count * sizeof(*insns));
}

static void expect_usage(const struct filter_config *config, const char *text)
{
	struct filter *filter = NULL;
	struct error err = {0};

	assert_int_equal(filter_compile(config, &filter, &err), -EINVAL);
	assert_null(filter);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, text);
}

/* Sends the packet to a socket with the filter: the length that arrives, or
 * -1 when nothing does. */
static ssize_t pass(const struct filter_config *config, const void *packet, size_t length)
{
	struct filter *filter;
	struct error err;
	char got[2048];
	ssize_t ret;
	int fds[2];

	assert_int_equal(filter_compile(config, &filter, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(filter_attach(filter, fds[1]), 0);
	filter_free(filter);
	assert_int_equal(send(fds[0], packet, length, 0), (ssize_t)length);
	ret = recv(fds[1], got, sizeof(got), 0);
	close(fds[0]);
	close(fds[1]);
	return ret;
}

/* TCP 10.0.0.1:1234 to 10.0.0.2:80, in VLAN 5 if tagged. */
static size_t packet_make(uint8_t *packet, bool tagged)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	static const uint8_t tag[] = {0x81, 0, 0, 5};
	static const uint8_t rest[108] = {8, 0,  0x45, 0, 0, 106, 0, 0, 0, 0, 64,  6, 0,
					  0, 10, 0,    0, 1, 10,  0, 0, 2, 4, 210, 0, 80};
	size_t at = sizeof(macs);

	memcpy(packet, macs, at);
	if (tagged) {
		memcpy(packet + at, tag, sizeof(tag));
		at += sizeof(tag);
	}
	memcpy(packet + at, rest, sizeof(rest));
	return at + sizeof(rest);
}

static void test_everything_passes(void **state)
{
	struct filter_config config = ethernet(NULL);
	const struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SNAPLEN)};

	(void)state;
	expect_code(&config, code, 1);
	config.expression = "";
	expect_code(&config, code, 1);
}

static void test_kernel_runs_it(void **state)
{
	static const struct {
		const char *expression;
		bool tagged, passes;
	} cases[] = {
		{"", false, true},
		{"tcp port 80", false, true},
		{"tcp port 81", false, false},
		{"tcp port 80", true, false},
		{"host 10.0.0.2 and not udp", false, true},
		{"vlan", false, false},
		{"vlan", true, true},
		{"vlan 5 and tcp port 80", true, true},
		{"vlan 6", true, false},
		{"greater 121", false, false},
		{"greater 120", false, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter_config config = ethernet(cases[i].expression);
		uint8_t packet[128];
		size_t length = packet_make(packet, cases[i].tagged);
		ssize_t expected = cases[i].passes ? SNAPLEN : -1;

		if (pass(&config, packet, length) != expected)
			fail_msg("\"%s\", %s", cases[i].expression,
				 cases[i].tagged ? "tagged" : "untagged");
	}
}

static void test_snaplen(void **state)
{
	struct filter_config config = ethernet("ip");
	uint8_t packet[128];
	size_t length = packet_make(packet, false);

	(void)state;
	config.snaplen = 64;
	assert_int_equal(pass(&config, packet, length), 64);
	config.snaplen = 262144;
	assert_int_equal(pass(&config, packet, length), length);
}

static void test_attach_none(void **state)
{
	int fds[2];
	char got;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(filter_attach_none(fds[1]), 0);
	assert_int_equal(send(fds[0], "x", 1, 0), 1);
	assert_int_equal(recv(fds[1], &got, 1, 0), -1);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(filter_attach_none(-1), -EBADF);
}

static void test_lock(void **state)
{
	const struct filter_config config = ethernet("");
	struct filter *filter;
	const int zero = 0;
	int fds[2];
	char got;

	(void)state;
	assert_int_equal(filter_compile(&config, &filter, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(filter_attach_none(fds[1]), 0);
	assert_int_equal(filter_lock(fds[1]), 0);
	/* By nobody, root included. */
	assert_int_equal(filter_attach(filter, fds[1]), -EPERM);
	assert_int_equal(filter_attach_none(fds[1]), -EPERM);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_DETACH_FILTER, &zero, sizeof(zero)), -1);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_LOCK_FILTER, &zero, sizeof(zero)), -1);
	assert_int_equal(send(fds[0], "x", 1, 0), 1);
	assert_int_equal(recv(fds[1], &got, 1, 0), -1);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(filter_lock(-1), -EBADF);
	filter_free(filter);
}

/* Packets whose type is 4 (PACKET_OUTGOING) are what directions are about. */
static void test_direction(void **state)
{
	struct filter_config config = ethernet("");
	const struct sock_filter in[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0xfffff004),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, SNAPLEN),
	};
	const struct sock_filter out[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0xfffff004),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, SNAPLEN),
	};
	uint8_t packet[128];
	size_t length = packet_make(packet, false);

	(void)state;
	config.direction = DIRECTION_IN;
	expect_code(&config, in, 4);
	assert_int_equal(pass(&config, packet, length), SNAPLEN);
	config.direction = DIRECTION_OUT;
	expect_code(&config, out, 4);
	assert_int_equal(pass(&config, packet, length), -1);
}

static void test_loopback_once(void **state)
{
	struct filter_config config = ethernet("");
	const struct sock_filter once[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0xfffff01c),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 772, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0xfffff004),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, SNAPLEN),
	};
	struct code code;

	(void)state;
	config.loopback_once = true;
	expect_code(&config, once, 6);
	/* With one direction alone there is nothing to see twice. */
	config.direction = DIRECTION_OUT;
	code_read(&config, &code);
	assert_int_equal(code.count, 4);
	assert_int_equal(code.insns[0].k, 0xfffff004);
}

/* The first instruction has what the expression reads. An offset that is the
 * kernel's own already stays. */
static void test_cooked_fields(void **state)
{
	static const struct {
		const char *expression;
		unsigned size;
		uint32_t k;
	} cases[] = {
		{"ip", BPF_H, 0xfffff000},
		{"ifindex 3", BPF_W, 0xfffff008},
		{"inbound", BPF_B, 0xfffff004},
		{"link[10] = 4", BPF_B, 0xfffff004},
		{"link[8:2] = 1", BPF_H, 0xfffff01c},
		{"link[20] = 1", BPF_B, 0},
		{"link[25:2] = 1", BPF_H, 5},
		{"link[0xfffff004] = 4", BPF_B, 0xfffff004},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter_config config = cooked(cases[i].expression);
		struct code code;

		code_read(&config, &code);
		assert_int_equal(code.insns[0].code, BPF_LD | BPF_ABS | cases[i].size);
		assert_int_equal(code.insns[0].k, cases[i].k);
	}
}

/* Offsets that come with the IP header's length: x = 4*([0]&0xf), [x + 2]. */
static void test_cooked_payload(void **state)
{
	struct filter_config config = cooked("ip and tcp dst port 80");
	struct code code;
	unsigned found = 0;

	(void)state;
	code_read(&config, &code);
	for (unsigned i = 0; i < code.count; i++) {
		if (code.insns[i].code == (BPF_LDX | BPF_B | BPF_MSH)) {
			assert_int_equal(code.insns[i].k, 0);
			found++;
		} else if (code.insns[i].code == (BPF_LD | BPF_H | BPF_IND)) {
			assert_int_equal(code.insns[i].k, 2);
			found++;
		}
	}
	assert_int_equal(found, 2);
}

/* Offsets are touched for cooked sockets only. */
static void test_uncooked_is_libpcaps(void **state)
{
	struct filter_config config = ethernet("tcp port 80 and inbound");
	struct bpf_program program;
	struct code code;
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);

	(void)state;
	assert_int_equal(pcap_compile(pcap, &program, config.expression, 1, PCAP_NETMASK_UNKNOWN),
			 0);
	code_read(&config, &code);
	assert_int_equal(code.count, program.bf_len);
	assert_memory_equal(code.insns, program.bf_insns, code.count * sizeof(code.insns[0]));
	pcap_freecode(&program);
	pcap_close(pcap);
}

static void test_refused(void **state)
{
	struct filter_config config = ethernet("ip and (");

	(void)state;
	expect_usage(&config, "filter \"ip and (\": can't parse filter expression: syntax error");
	config = cooked("vlan");
	expect_usage(&config, "filter \"vlan\": no VLAN support for Linux cooked v2");
	assert_int_equal(filter_compile(&config, &(struct filter *){NULL}, NULL), -EINVAL);
}

/* The option stands in front of all that is wrong, live or offline. */
static void test_option_named(void **state)
{
	struct filter_config config = ethernet("ip and (");
	struct bpf_program program = {0};
	struct error err = {0};

	(void)state;
	config.option = "-F";
	expect_usage(&config,
		     "-F: filter \"ip and (\": can't parse filter expression: syntax error");
	assert_int_equal(filter_compile_offline(&config, &program, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, "-F: filter \"ip and (\": can't parse filter expression: "
				      "syntax error");
	config.linktype = -1;
	assert_int_equal(filter_compile_offline(&config, &program, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "-F: open libpcap for link type -1: "));
	config = ethernet("ip and (");
	assert_int_equal(filter_compile_offline(&config, &program, &err), -EINVAL);
	assert_non_null(strstr(err.text, "filter \"ip and (\": "));
	assert_null(strstr(err.text, "-F"));
}

/* What the kernel cannot run a file's filter can; and no expression is one that
 * everything passes. */
static void test_offline(void **state)
{
	struct filter_config config = ethernet("ip protochain 6");
	const struct pcap_pkthdr header = {.caplen = 60, .len = 60};
	const uint8_t frame[60] = {0};
	struct bpf_program program = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(filter_compile_offline(&config, &program, &err), 0);
	assert_int_equal(pcap_offline_filter(&program, &header, frame), 0);
	pcap_freecode(&program);
	config = ethernet(NULL);
	assert_int_equal(filter_compile_offline(&config, &program, &err), 0);
	assert_int_not_equal(pcap_offline_filter(&program, &header, frame), 0);
	pcap_freecode(&program);
}

/* Compiles what the kernel has a coarser filter for: all packets, whole. */
static struct filter *coarse(const struct filter_config *config, const char *why)
{
	struct filter *filter;
	struct error err;
	uint8_t packet[512] = {0};
	int fds[2];

	if (filter_compile(config, &filter, &err) < 0)
		fail_msg("%s", err.text);
	assert_non_null(filter_coarse(filter));
	assert_string_equal(filter_coarse(filter), why);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(filter_attach(filter, fds[1]), 0);
	assert_int_equal(send(fds[0], packet, sizeof(packet), 0), sizeof(packet));
	assert_int_equal(recv(fds[1], packet, sizeof(packet), 0), sizeof(packet));
	close(fds[0]);
	close(fds[1]);
	return filter;
}

static bool passes(const struct filter *filter, const uint8_t *data, size_t bytes, bool sent)
{
	const struct filter_packet packet = {
		.data = data,
		.caplen = (uint32_t)bytes,
		.len = (uint32_t)bytes,
		.sent = sent,
	};

	return filter_passes(filter, &packet);
}

static void test_coarse(void **state)
{
	static const struct {
		const char *expression;
		bool passes;
	} loops[] = {
		{"ip protochain 6", true},
		{"ip protochain 17", false},
		{"ip protochain 6 and outbound", false},
		{"ip protochain 6 and inbound", true},
		{"(ip protochain 6) and ifname eth5", true},
		{"(ip protochain 6) and ifname eth", false},
	};
	struct filter_config config = ethernet("tcp");
	struct filter *filter;
	uint8_t packet[128];
	size_t bytes = packet_make(packet, false);

	(void)state;
	assert_int_equal(filter_compile(&config, &filter, NULL), 0);
	assert_null(filter_coarse(filter));
	filter_free(filter);
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		config.expression = loops[i].expression;
		config.interface = "eth5";
		filter = coarse(&config, "it runs no loops, as protochain makes them");
		if (passes(filter, packet, bytes, false) != loops[i].passes)
			fail_msg("%s", loops[i].expression);
		filter_free(filter);
	}
	/* The direction is the kernel's. */
	config.direction = DIRECTION_OUT;
	assert_int_equal(pass(&config, packet, bytes), -1);
	/* What is wrong is wrong. */
	config = ethernet("ip protochain 6 and (");
	assert_int_equal(filter_compile(&config, &filter, NULL), -EINVAL);
}

/* A cooked header, of IPv4, and Geneve with Ethernet behind it. */
static void test_coarse_cooked(void **state)
{
	static const uint8_t geneve[] = {
		8,  0, 0,    0, 0,    0,    0,    1,    0, 1,  4,  6,  2, 0, 0,    0,    0, 1,
		0,  0, 0x45, 0, 0,    62,   0,    0,    0, 0,  64, 17, 0, 0, 10,   0,    0, 1,
		10, 0, 0,    2, 0x30, 0x39, 0x17, 0xc1, 0, 42, 0,  0,  0, 0, 0x65, 0x58, 0, 0,
		7,  0, 2,    0, 0,    0,    0,    2,    2, 0,  0,  0,  0, 1, 8,    6,
	};
	struct filter_config config = cooked("geneve 7");
	uint8_t packet[128] = {0};
	struct filter *filter;
	size_t bytes = sizeof(geneve);

	(void)state;
	memcpy(packet, geneve, bytes);
	filter = coarse(&config, "it shows no filter byte 0 of what stands for the link-layer "
				 "header");
	assert_true(passes(filter, packet, bytes, true));
	packet[43]++; /* the port */
	assert_false(passes(filter, packet, bytes, true));
	filter_free(filter);
	/* Half a field: the kernel's answer is in host order. */
	config = cooked("link[0] = 8 and link[11] = 6");
	filter = coarse(&config, "it shows no filter byte 0 of what stands for the link-layer "
				 "header");
	assert_true(passes(filter, packet, bytes, true));
	packet[11]++;
	assert_false(passes(filter, packet, bytes, true));
	filter_free(filter);
}

static void test_netmask(void **state)
{
	struct filter_config config = ethernet("ip broadcast");
	uint8_t packet[128];
	size_t bytes = packet_make(packet, false);

	(void)state;
	/* 10.0.0.2, 10.0.0.255, 255.255.255.255 */
	for (unsigned mask = 0; mask < 2; mask++) {
		config.netmask = mask ? 0xffffff00 : 0;
		packet_make(packet, false);
		assert_int_equal(pass(&config, packet, bytes), -1);
		packet[33] = 255;
		assert_int_equal(pass(&config, packet, bytes), mask ? SNAPLEN : -1);
		memset(packet + 30, 255, 4);
		assert_int_equal(pass(&config, packet, bytes), SNAPLEN);
	}
}

static char *long_expression(void)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	for (unsigned i = 0; i < 2200; i++)
		fprintf(out, "%sether[2:4] = %u", i ? " or " : "", i);
	fclose(out);
	return text;
}

static void test_too_long(void **state)
{
	char *text = long_expression(), why[128];
	struct filter_config config = ethernet(text);
	struct bpf_program program;
	struct filter *filter;
	struct error err = {0};
	uint8_t packet[128];
	size_t bytes = packet_make(packet, false);

	(void)state;
	assert_int_equal(filter_compile_offline(&config, &program, &err), 0);
	assert_true(program.bf_len > 4096);
	snprintf(why, sizeof(why), "it takes at most 4096 instructions, of which the filter has %u",
		 program.bf_len);
	filter = coarse(&config, why);
	assert_true(passes(filter, packet, bytes, false));
	packet[2] = 9;
	assert_false(passes(filter, packet, bytes, false));
	filter_free(filter);
	pcap_freecode(&program);
	/* What is wrong with it is told behind the first of it. */
	text[strlen(text) - 1] = '(';
	assert_int_equal(filter_compile(&config, &filter, &err), -EINVAL);
	assert_non_null(strstr(err.text, "...\": can't parse filter expression: syntax error"));
	assert_int_equal(filter_compile_offline(&config, &program, &err), -EINVAL);
	assert_non_null(strstr(err.text, "...\": can't parse filter expression: syntax error"));
	free(text);
}

static void test_not_optimized(void **state)
{
	struct filter_config config = ethernet("ip and ip and tcp");
	struct bpf_program program;
	struct code code;
	unsigned least, least_offline;

	(void)state;
	code_read(&config, &code);
	least = code.count;
	assert_int_equal(filter_compile_offline(&config, &program, NULL), 0);
	least_offline = program.bf_len;
	pcap_freecode(&program);
	config.not_optimized = true;
	code_read(&config, &code);
	assert_true(code.count > least);
	assert_int_equal(filter_compile_offline(&config, &program, NULL), 0);
	assert_true(program.bf_len > least_offline);
	pcap_freecode(&program);
}

/* What a file tells in place of what libpcap has for the kernel. */
static void test_facts(void **state)
{
	static const struct {
		const char *expression;
		const char *name;
		enum filter_way way;
		bool passes;
	} cases[] = {
		{"inbound", NULL, FILTER_WAY_IN, true},
		{"inbound", NULL, FILTER_WAY_OUT, false},
		{"inbound", NULL, FILTER_WAY_UNKNOWN, false},
		{"not inbound", NULL, FILTER_WAY_UNKNOWN, true},
		{"outbound and tcp", NULL, FILTER_WAY_OUT, true},
		{"outbound", NULL, FILTER_WAY_IN, false},
		{"ifname eth0", "eth0", FILTER_WAY_UNKNOWN, true},
		{"ifname eth0", "eth00", FILTER_WAY_UNKNOWN, false},
		{"ifname eth0", NULL, FILTER_WAY_UNKNOWN, false},
		{"(ifname br-0.5@x)and tcp", "br-0.5@x", FILTER_WAY_UNKNOWN, true},
		{"not on  eth0", "eth0", FILTER_WAY_UNKNOWN, false},
	};
	uint8_t packet[128];
	size_t bytes = packet_make(packet, false);
	const struct pcap_pkthdr header = {.caplen = (uint32_t)bytes, .len = (uint32_t)bytes};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct filter_facts facts = {.interface = cases[i].name, .way = cases[i].way};
		struct filter_config config = ethernet(cases[i].expression);
		struct bpf_program program;

		config.facts = &facts;
		assert_int_equal(filter_compile_offline(&config, &program, NULL), 0);
		if (!pcap_offline_filter(&program, &header, packet) != !cases[i].passes)
			fail_msg("%s", cases[i].expression);
		pcap_freecode(&program);
		config.facts = NULL;
		assert_int_equal(filter_compile_offline(&config, &program, NULL), -EINVAL);
	}
	assert_true(filter_asks_way("tcp and(outbound)"));
	assert_false(filter_asks_way("tcp and not host inbound.example"));
	assert_true(filter_has_sense("arp") &&
		    filter_has_sense("ifname x and wlan host 1:2:3:4:5:6"));
	assert_false(filter_has_sense("udp prt 1"));
}

static void test_dump_styles(void **state)
{
	static const char *const texts[] = {
		"(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n"
		"(002) ret      #100\n(003) ret      #0\n",
		"{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n"
		"{ 0x6, 0, 0, 0x00000064 },\n{ 0x6, 0, 0, 0x00000000 },\n",
		"4\n40 0 0 12\n21 0 1 2048\n6 0 0 100\n6 0 0 0\n",
	};
	struct filter_config config = ethernet("ip");

	(void)state;
	for (unsigned style = 1; style <= 3; style++) {
		char *text = dump(&config, style);

		assert_string_equal(text, texts[style - 1]);
		free(text);
	}
}

/* A file with these bytes; its name is in path. */
static void file_make(char path[static 32], const void *bytes, size_t length)
{
	FILE *file;
	int fd;

	strcpy(path, "test_filter.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static int file_read(const void *bytes, size_t length, char **text, struct error *err)
{
	char path[32];
	int ret;

	file_make(path, bytes, length);
	ret = filter_read_file(path, text, err);
	unlink(path);
	return ret;
}

static void test_read_file(void **state)
{
	static const char lines[] = "# web\ntcp port 80 # plain\r\n or port 443\n";
	const size_t limit = 1 << 20;
	char *spaces = malloc(limit + 1);
	struct error err;
	char *text;

	(void)state;
	assert_int_equal(file_read(lines, strlen(lines), &text, &err), 0);
	assert_string_equal(text, "      tcp port 80           or port 443 ");
	free(text);
	assert_int_equal(file_read("", 0, &text, &err), 0);
	assert_string_equal(text, "");
	free(text);
	memset(spaces, ' ', limit + 1);
	assert_int_equal(file_read(spaces, limit, &text, &err), 0);
	assert_int_equal(strlen(text), limit);
	free(text);
	assert_int_equal(file_read(spaces, limit + 1, &text, &err), -EINVAL);
	assert_non_null(strstr(err.text, "longer than 1 MiB"));
	free(spaces);
}

static void test_read_file_refused(void **state)
{
	struct error err;
	char *text;

	(void)state;
	assert_int_equal(file_read("ip\0", 3, &text, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "NUL"));
	assert_int_equal(filter_read_file("no/such", &text, &err), -ENOENT);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, "filter file no/such: No such file or directory");
	assert_int_equal(filter_read_file(".", &text, &err), -EISDIR);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_int_equal(filter_read_file("no/such", &text, NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_passes),
		cmocka_unit_test(test_kernel_runs_it),
		cmocka_unit_test(test_snaplen),
		cmocka_unit_test(test_attach_none),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_direction),
		cmocka_unit_test(test_loopback_once),
		cmocka_unit_test(test_cooked_fields),
		cmocka_unit_test(test_cooked_payload),
		cmocka_unit_test(test_uncooked_is_libpcaps),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_option_named),
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_coarse),
		cmocka_unit_test(test_coarse_cooked),
		cmocka_unit_test(test_netmask),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_not_optimized),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_dump_styles),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_read_file_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
