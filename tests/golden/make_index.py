#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a pcap file of some MB in which a host talks for a while, and then another.

    make_index.py FILE [PACKETS]
"""
import random
import struct
import sys

START = 1700000000 * 10**9


def packet(number, total, draw):
    era = number * 60 // total
    host = era * 4 + draw.randrange(4)
    length = draw.randrange(20, 1400)
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 40 + length, number & 0xffff, 0, 64,
                     draw.choice([6, 17]), 0)
    ip += bytes([10, 0, 0, host, 10, 1, 0, draw.randrange(3)])
    ports = struct.pack('>HH', 1000 + era * 10 + draw.randrange(10), draw.choice([53, 80, 443]))
    macs = bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, host])
    return macs + b'\x08\0' + ip + ports + b'\0' * 8 + b'\x50\x10' + bytes(6 + length)


def main():
    total = int(sys.argv[2]) if len(sys.argv) > 2 else 15000
    draw = random.Random(1)
    now = START
    with open(sys.argv[1], 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        for number in range(total):
            now += draw.randrange(2000000)
            data = packet(number, total, draw)
            out.write(struct.pack('<IIII', now // 10**9, now % 10**9, len(data), len(data)) + data)


main()
