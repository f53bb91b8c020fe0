#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a file of some MB in which a host talks for a while, and then another: pcap, or
pcapng, in which interfaces are added on the way. One that is named big.* is big endian.

    make_index.py FILE [PACKETS]
"""
import os
import random
import struct
import sys

ORDER = '>' if os.path.basename(sys.argv[1]).startswith('big.') else '<'
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


def block(kind, body):
    body += bytes(-len(body) % 4)
    return (struct.pack(ORDER + 'II', kind, 12 + len(body)) + body +
            struct.pack(ORDER + 'I', 12 + len(body)))


def interface(name):
    return block(1, struct.pack(ORDER + 'HHI', 1, 0, 262144) + struct.pack(ORDER + 'HH4s', 2, 4, name) +
                 struct.pack(ORDER + 'HH', 9, 1) + b'\x09\0\0\0')


def write_pcapng(out, packets):
    out.write(block(0x0a0d0d0a, struct.pack(ORDER + 'IHHq', 0x1a2b3c4d, 1, 0, -1)))
    added = 0
    for number, (now, data) in enumerate(packets):
        if number * 4 >= added * len(packets):
            out.write(interface(b'eth%d' % added))
            added += 1
        out.write(block(6, struct.pack(ORDER + 'IIIII', number % added, now >> 32, now & 0xffffffff,
                                       len(data), len(data)) + data))


def write_pcap(out, packets):
    out.write(struct.pack(ORDER + 'IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
    for now, data in packets:
        out.write(struct.pack(ORDER + 'IIII', now // 10**9, now % 10**9, len(data), len(data)) + data)


def main():
    total = int(sys.argv[2]) if len(sys.argv) > 2 else 15000
    draw = random.Random(1)
    now = START
    packets = []
    for number in range(total):
        now += draw.randrange(2000000)
        packets.append((now, packet(number, total, draw)))
    with open(sys.argv[1], 'wb') as out:
        if sys.argv[1].endswith('.pcapng'):
            write_pcapng(out, packets)
        else:
            write_pcap(out, packets)


main()
