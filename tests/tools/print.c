/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a capture file through the printer, with tcpdump's letters, so that
 * the two can be compared: print [-eqvSxXA#t...] [--nano] [--color] FILE
 */
#include <getopt.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "print/printer.h"

enum { OPTION_NANO = 256, OPTION_COLOR };

static int set_option(struct decode_options *options, int letter)
{
	switch (letter) {
	case 'n':
		return 0;
	case 'e':
		options->link_header = true;
		return 0;
	case 'q':
		options->quick = true;
		return 0;
	case 'v':
		options->verbose++;
		return 0;
	case 'S':
		options->absolute_seq = true;
		return 0;
	case '#':
		options->number = true;
		return 0;
	case 't':
		options->time++;
		return options->time > DECODE_TIME_FIRST;
	case 'x':
		options->dump = options->dump ? DECODE_DUMP_HEX_LINK : DECODE_DUMP_HEX;
		return 0;
	case 'X':
		options->dump = options->dump ? DECODE_DUMP_BOTH_LINK : DECODE_DUMP_BOTH;
		return 0;
	case 'A':
		options->dump = options->dump ? DECODE_DUMP_ASCII_LINK : DECODE_DUMP_ASCII;
		return 0;
	case OPTION_NANO:
		options->nano = true;
		return 0;
	case OPTION_COLOR:
		options->color = true;
		return 0;
	default:
		return 1;
	}
}

static int print_file(struct printer *printer, pcap_t *file)
{
	const u_char *data;
	struct pcap_pkthdr *header;
	int dlt = pcap_datalink(file), result = 0;

	while (result == 0 && pcap_next_ex(file, &header, &data) == 1) {
		struct frame frame = {
			.data = (uint8_t *)(uintptr_t)data,
			.caplen = header->caplen,
			.len = header->len,
			/* libpcap takes what is beyond 2038 for negative. */
			.time_ns = (uint64_t)(uint32_t)header->ts.tv_sec * 1000000000u +
				   (uint64_t)header->ts.tv_usec,
		};

		result = printer_packet(printer, &frame, dlt);
	}
	return result ? result : printer_flush(printer);
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"nano", no_argument, NULL, OPTION_NANO},
		{"color", no_argument, NULL, OPTION_COLOR},
		{NULL, 0, NULL, 0},
	};
	/* As tcpdump has it, of files, too. */
	struct printer_config config = {.fd = STDOUT_FILENO, .here = true};
	char message[PCAP_ERRBUF_SIZE];
	struct printer *printer;
	struct error err;
	pcap_t *file;
	int letter, result;

	while ((letter = getopt_long(argc, argv, "neqvStxXA#", names, NULL)) != -1) {
		if (set_option(&config.options, letter))
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	file = pcap_open_offline_with_tstamp_precision(argv[optind], PCAP_TSTAMP_PRECISION_NANO,
						       message);
	if (!file) {
		fprintf(stderr, "print: %s\n", message);
		return 1;
	}
	if (printer_open(&config, &printer, &err) < 0) {
		fprintf(stderr, "print: %s\n", err.text);
		pcap_close(file);
		return 1;
	}
	result = print_file(printer, file);
	if (result < 0)
		fprintf(stderr, "print: %s\n", strerror(-result));
	printer_close(printer);
	pcap_close(file);
	return result < 0;
}
