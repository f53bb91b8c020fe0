/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32C (Castagnoli), as iSCSI and SCTP have it. Any thread.
 */
#ifndef WIRETAPE_CRC32C_H
#define WIRETAPE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *data, size_t bytes);

#endif
