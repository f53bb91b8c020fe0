/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filter programs: libpcap writes the code, this file fits it to the packet
 * socket it will run on (direction, loopback, cooked sockets) and tries the
 * result on the kernel before any capture is set up.
 */
#include "system/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array)     (sizeof(array) / sizeof((array)[0]))
#define ANCILLARY(field) ((uint32_t)(SKF_AD_OFF + (field)))

#define SLL2_BYTES 20u

/* The kernel's ring that libpcap makes for a moment only has to be valid. */
#define LIVE_BUFFER_BYTES (64 * 1024)

/* The C library's names for the same 8 bytes differ, the layout does not. */
_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one instruction");

struct filter {
	unsigned short count;
	struct sock_filter code[];
};

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

static int expression_compile(pcap_t *pcap, const char *expression, struct bpf_program *program,
			      struct error *err)
{
	if (pcap_compile(pcap, program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
		return 0;
	return error_usage(err, "%s", pcap_geterr(pcap));
}

static int program_compile(const struct filter_config *config, const char *expression,
			   struct bpf_program *program, struct error *err)
{
	pcap_t *pcap = pcap_open_dead(config->linktype, (int)config->snaplen);
	int ret;

	if (!pcap)
		return error_system(err, ENOMEM, "open libpcap");
	ret = expression_compile(pcap, expression, program, err);
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
		ret = expression_compile(pcap, config->expression, program, err);
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
			return error_usage(err,
					   "byte %u of the link-layer header cannot be checked by "
					   "the kernel on \"any\"",
					   insn->k);
	}
	return 0;
}

static void filter_append(struct filter *filter, const void *code, unsigned count)
{
	memcpy(filter->code + filter->count, code, count * sizeof(filter->code[0]));
	filter->count = (unsigned short)(filter->count + count);
}

/* Our instructions, then libpcap's: jumps are relative, so they just follow. */
static int filter_assemble(const struct filter_config *config, const struct bpf_program *program,
			   struct filter **result, struct error *err)
{
	struct filter *filter;

	if (program->bf_len > BPF_MAXINSNS - COUNT(if_loopback) - COUNT(drop_outgoing))
		return error_usage(err, "too long for the kernel: %u instructions of at most %d",
				   program->bf_len, BPF_MAXINSNS);
	filter = malloc(sizeof(*filter) + BPF_MAXINSNS * sizeof(filter->code[0]));
	if (!filter)
		return error_system(err, ENOMEM, "make the program");
	filter->count = 0;
	if (config->direction == DIRECTION_OUT) {
		filter_append(filter, drop_incoming, COUNT(drop_incoming));
	} else if (config->direction == DIRECTION_IN) {
		filter_append(filter, drop_outgoing, COUNT(drop_outgoing));
	} else if (config->loopback_once) {
		filter_append(filter, if_loopback, COUNT(if_loopback));
		filter_append(filter, drop_outgoing, COUNT(drop_outgoing));
	}
	filter_append(filter, program->bf_insns, program->bf_len);
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
		return error_usage(err, "the kernel cannot run it (loops, as protochain makes "
					"them, are not possible)");
	return ret ? error_system(err, -ret, "attach to a socket") : 0;
}

/* Puts what was typed in front of what is wrong with it. */
static int error_option(const struct filter_config *config, int ret, struct error *err)
{
	if (ret < 0 && config->option)
		error_context(err, "%s", config->option);
	return ret;
}

int filter_compile(const struct filter_config *config, struct filter **filter, struct error *err)
{
	const char *expression = config->expression ? config->expression : "";
	struct bpf_program program = {0};
	struct filter *made = NULL;
	int ret;

	/* Without the interface first: a mistake needs no privilege to be seen. */
	ret = program_compile(config, expression, &program, err);
	if (!ret && needs_interface(config)) {
		pcap_freecode(&program);
		ret = program_compile_live(config, &program, err);
	}
	if (!ret && config->cooked)
		ret = program_uncook(&program, err);
	if (!ret)
		ret = filter_assemble(config, &program, &made, err);
	if (!ret)
		ret = filter_probe(made, err);
	pcap_freecode(&program);
	if (ret) {
		filter_free(made);
		error_context(err, "filter \"%s\"", expression);
		return error_option(config, ret, err);
	}
	*filter = made;
	return 0;
}

void filter_free(struct filter *filter)
{
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

void filter_dump(const struct filter *filter, unsigned style, FILE *out)
{
	if (style > 2)
		fprintf(out, "%u\n", filter->count);
	for (int i = 0; i < filter->count; i++) {
		const struct sock_filter *code = &filter->code[i];
		struct bpf_insn insn = {code->code, code->jt, code->jf, code->k};

		if (style > 2)
			fprintf(out, "%u %u %u %u\n", code->code, code->jt, code->jf, code->k);
		else if (style == 2)
			fprintf(out, "{ 0x%x, %u, %u, 0x%08x },\n", code->code, code->jt, code->jf,
				code->k);
		else
			fprintf(out, "%s\n", bpf_image(&insn, i));
	}
}
