/* SPDX-License-Identifier: BSD-2-Clause */
#include "option_choice.h"

#include "option_value.h"

int option_choice_set(struct options *options, enum option_id id, const char *value,
		      struct error *err)
{
	static const enum direction directions[] = {DIRECTION_IN, DIRECTION_OUT, DIRECTION_INOUT};
	static const enum diskio_mode modes[] = {DISKIO_AUTO, DISKIO_DIRECT, DISKIO_URING,
						 DISKIO_BUFFERED};
	static const enum on_full policies[] = {ON_FULL_PRUNE, ON_FULL_STOP, ON_FULL_DROP};
	unsigned choice;
	int rc = option_read_choice(id, value, &choice, err);

	if (rc < 0)
		return rc;
	switch (id) {
	case OPTION_DIRECTION:
		options->direction = directions[choice];
		break;
	case OPTION_STAMP_SOURCE:
		options->adapter_stamps = choice == 1;
		break;
	case OPTION_FORMAT:
		options->format = choice == 0 ? FORMAT_PCAP : FORMAT_PCAPNG;
		break;
	case OPTION_IO:
		options->io = modes[choice];
		break;
	case OPTION_READ_IO:
		options->read_io = (enum reader_io)choice;
		break;
	case OPTION_ON_FULL:
		options->on_full = policies[choice];
		break;
	case OPTION_COLOR:
		options->color = (enum options_color)choice;
		break;
	case OPTION_TX:
		options->tx = choice == 1 ? TX_SENDMMSG : TX_RING;
		break;
	default:
		options->log_plain = choice == 0;
		options->log_stamped = choice == 1;
		options->log_json = choice == 2;
		break;
	}
	return 0;
}
