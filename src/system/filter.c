/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filter programs: libpcap writes the code, this file fits it to the packet
 * socket it will run on (direction, loopback, cooked sockets) and tries the
 * result on the kernel before any capture is set up.
 */
#include "filter_parts.h"
#include "filter_words.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array)     (sizeof(array) / sizeof((array)[0]))
#define ANCILLARY(field) ((uint32_t)(SKF_AD_OFF + (field)))

#define SLL2_BYTES 20u

/* The kernel's ring that libpcap makes for a moment only has to be valid. */
#define LIVE_BUFFER_BYTES (64 * 1024)

/* All there is of a packet. */
#define FILTER_WHOLE_BYTES 262144

/* The C library's names for the same 8 bytes differ, the layout does not. */
_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one instruction");

static const struct sock_filter drop_outgoing[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ANCILLARY(SKF_AD_PKTTYPE)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static const struct sock_filter drop_incoming[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ANCILLARY(SKF_AD_PKTTYPE)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* Stands before drop_outgoing, and jumps over it on any other device. The
 * device's type is asked because it has no other mark: its index is 1 only by
 * custom. */
static const struct sock_filter if_loopback[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ANCILLARY(SKF_AD_HATYPE)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_LOOPBACK, 0, COUNT(drop_outgoing)),
};

/* Whole packets, for what is filtered here. */
static const struct sock_filter pass_all[] = {BPF_STMT(BPF_RET | BPF_K, FILTER_WHOLE_BYTES)};

static int expression_compile(pcap_t *pcap, const struct filter_config *config,
			      struct bpf_program *program, struct error *err)
{
	const char *expression = config->expression ? config->expression : "";

	if (pcap_compile(pcap, program, expression, !config->not_optimized, config->netmask) == 0)
		return 0;
	return error_usage(err, "%s", pcap_geterr(pcap));
}

static int program_compile(const struct filter_config *config, struct bpf_program *program,
			   struct error *err)
{
	pcap_t *pcap = pcap_open_dead(config->linktype, (int)config->snaplen);
	int ret;

	if (!pcap)
		return error_system(err, ENOMEM, "open libpcap");
	ret = expression_compile(pcap, config, program, err);
	pcap_close(pcap);
	return ret;
}

static int live_error(pcap_t *pcap, int status, struct error *err)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
		return error_set(err, EPERM,
				 "permission denied (\"vlan\" needs CAP_NET_RAW when it is "
				 "compiled for an interface)");
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return error_system(err, ENODEV, "open the interface");
	case PCAP_ERROR_IFACE_NOT_UP:
		return error_system(err, ENETDOWN, "open the interface");
	default:
		return error_set(err, EIO, "open the interface: %s",
				 *pcap_geterr(pcap) ? pcap_geterr(pcap) : pcap_statustostr(status));
	}
}

/*
 * Only for a handle that is open on an interface does libpcap write code for
 * "vlan" that asks the kernel for the tag it has stripped. That code looks
 * for a tag in the packet as well, where outgoing packets have it.
 */
static int program_compile_live(const struct filter_config *config, struct bpf_program *program,
				struct error *err)
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_create(config->interface, text);
	int ret;

	if (!pcap)
		return error_set(err, EIO, "open the interface: %s", text);
	pcap_set_snaplen(pcap, (int)config->snaplen);
	pcap_set_buffer_size(pcap, LIVE_BUFFER_BYTES);
	ret = pcap_activate(pcap);
	if (ret < 0)
		ret = live_error(pcap, ret, err);
	else
		ret = expression_compile(pcap, config, program, err);
	pcap_close(pcap);
	return ret;
}

/* A word that only contains "vlan" costs a needless look at the interface. */
static bool needs_interface(const struct filter_config *config)
{
	return config->expression && strstr(config->expression, "vlan") && config->interface &&
	       strcmp(config->interface, "any") != 0 && config->linktype == DLT_EN10MB;
}

/* Where the kernel has what a field of the LINUX_SLL2 header holds, which it
 * gives in host order and so only as the whole field. */
static bool sll2_field_find(const struct bpf_insn *insn, uint32_t *k)
{
	static const struct {
		uint32_t offset, ancillary;
		uint16_t size;
	} fields[] = {
		{0, ANCILLARY(SKF_AD_PROTOCOL), BPF_H},
		{4, ANCILLARY(SKF_AD_IFINDEX), BPF_W},
		{8, ANCILLARY(SKF_AD_HATYPE), BPF_H},
		{10, ANCILLARY(SKF_AD_PKTTYPE), BPF_B},
	};

	for (size_t i = 0; i < COUNT(fields); i++) {
		if (insn->code != (BPF_LD | BPF_ABS | fields[i].size) ||
		    insn->k != fields[i].offset)
			continue;
		*k = fields[i].ancillary;
		return true;
	}
	return false;
}

/* The kernel cannot run the program: -ENOTSUP, with why. */
static int __attribute__((format(printf, 2, 3))) refuse(struct error *err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	return -ENOTSUP;
}

/* Turns code for packets with a LINUX_SLL2 header into code for the same
 * packets as a cooked socket's filter sees them: without it. */
static int program_uncook(struct bpf_program *program, struct error *err)
{
	for (unsigned i = 0; i < program->bf_len; i++) {
		struct bpf_insn *insn = &program->bf_insns[i];
		bool packet = BPF_CLASS(insn->code) == BPF_LD &&
			      (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND);
		bool header_length =
			BPF_CLASS(insn->code) == BPF_LDX && BPF_MODE(insn->code) == BPF_MSH;

		if ((!packet && !header_length) || insn->k >= (uint32_t)SKF_AD_OFF)
			continue;
		if (insn->k >= SLL2_BYTES)
			insn->k -= SLL2_BYTES;
		else if (!sll2_field_find(insn, &insn->k))
			return refuse(err,
				      "it shows no filter byte %u of what stands for the "
				      "link-layer header",
				      insn->k);
	}
	return 0;
}

static void filter_append(struct filter *filter, const void *code, unsigned count)
{
	memcpy(filter->code + filter->count, code, count * sizeof(filter->code[0]));
	filter->count = (unsigned short)(filter->count + count);
}

static struct filter *filter_new(void)
{
	struct filter *filter = malloc(sizeof(*filter) + BPF_MAXINSNS * sizeof(filter->code[0]));

	if (filter)
		*filter = (struct filter){.count = 0};
	return filter;
}

/* Our instructions, then those: jumps are relative, so they just follow. */
static int filter_assemble(const struct filter_config *config, const void *code, unsigned count,
			   struct filter **result)
{
	struct filter *filter = filter_new();

	if (!filter)
		return -ENOMEM;
	if (config->direction == DIRECTION_OUT) {
		filter_append(filter, drop_incoming, COUNT(drop_incoming));
	} else if (config->direction == DIRECTION_IN) {
		filter_append(filter, drop_outgoing, COUNT(drop_outgoing));
	} else if (config->loopback_once) {
		filter_append(filter, if_loopback, COUNT(if_loopback));
		filter_append(filter, drop_outgoing, COUNT(drop_outgoing));
	}
	filter_append(filter, code, count);
	*result = filter;
	return 0;
}

/* Any kind of socket takes a filter: so what this kernel refuses (loops, as
 * "protochain" makes them) is known early, and without privilege. */
static int filter_probe(const struct filter *filter, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return error_system(err, errno, "open a socket to try it on");
	ret = filter_attach(filter, fd);
	close(fd);
	if (ret == -EINVAL)
		return refuse(err, "it runs no loops, as protochain makes them");
	if (ret == -ENOMEM)
		return refuse(err, "net.core.optmem_max has no room for its %u instructions",
			      filter->count);
	return ret ? error_system(err, -ret, "attach to a socket") : 0;
}

/* libpcap's program for the kernel: -ENOTSUP, with why, where that cannot run it. */
static int filter_make(const struct filter_config *config, struct filter **filter,
		       struct error *err)
{
	struct bpf_program program = {0};
	int ret;

	/* Without the interface first: a mistake needs no privilege to be seen. */
	ret = program_compile(config, &program, err);
	if (!ret && needs_interface(config)) {
		pcap_freecode(&program);
		ret = program_compile_live(config, &program, err);
	}
	if (!ret && config->cooked)
		ret = program_uncook(&program, err);
	if (!ret && program.bf_len > BPF_MAXINSNS - COUNT(if_loopback) - COUNT(drop_outgoing))
		ret = refuse(err, "it takes at most %d instructions, of which the filter has %u",
			     BPF_MAXINSNS, program.bf_len);
	if (!ret && filter_assemble(config, program.bf_insns, program.bf_len, filter) < 0)
		ret = error_system(err, ENOMEM, "make the program");
	if (!ret)
		ret = filter_probe(*filter, err);
	pcap_freecode(&program);
	return ret;
}

/* The coarser one, and the whole for ourselves. */
static int filter_make_coarse(const struct filter_config *config, const char *why,
			      struct filter **filter, struct error *err)
{
	if (filter_assemble(config, pass_all, COUNT(pass_all), filter) < 0)
		return error_system(err, ENOMEM, "make the program");
	return filter_make_whole(*filter, config, why, err);
}

/* With what "ifname" asks for settled: of "any" nobody knows. */
static int filter_make_named(const struct filter_config *config, struct filter **filter,
			     struct error *err)
{
	const struct filter_facts facts = {.interface = config->interface,
					   .way = FILTER_WAY_IN_PACKET};
	struct filter_config named = *config;
	char *settled = NULL;
	int ret;

	if (config->expression && config->interface && strcmp(config->interface, "any") != 0 &&
	    filter_words_settle(config->expression, &facts, &settled) < 0)
		return error_system(err, ENOMEM, "read the filter");
	if (settled)
		named.expression = settled;
	ret = filter_make(&named, filter, err);
	free(settled);
	return ret;
}

int filter_compile(const struct filter_config *config, struct filter **filter, struct error *err)
{
	const char *expression = config->expression ? config->expression : "";
	struct filter *made = NULL;
	struct error why;
	int ret = filter_make_named(config, &made, &why);

	if (ret == -ENOTSUP) {
		filter_free(made);
		made = NULL;
		ret = filter_make_coarse(config, why.text, &made, err);
	} else if (ret < 0) {
		filter_name_expression(&why, expression);
		if (config->option)
			error_context(&why, "%s", config->option);
		if (err)
			*err = why;
	}
	if (ret < 0)
		filter_free(made);
	else
		*filter = made;
	return ret;
}

int filter_make_nothing(struct filter **filter, struct error *err)
{
	const struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);

	*filter = filter_new();
	if (!*filter)
		return error_system(err, ENOMEM, "make the program");
	filter_append(*filter, &nothing, 1);
	return 0;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	pcap_freecode(&filter->whole[0]);
	pcap_freecode(&filter->whole[1]);
	free(filter->coarse);
	free(filter);
}

int filter_attach(const struct filter *filter, int fd)
{
	/* The kernel only reads it; its structure has no const. */
	struct sock_fprog program = {filter->count, (struct sock_filter *)filter->code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

int filter_attach_none(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {1, &nothing};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return 0;
}

int filter_lock(int fd)
{
	const int one = 1;

	return setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)) < 0 ? -errno : 0;
}
