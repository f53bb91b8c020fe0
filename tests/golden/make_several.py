#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a pcapng file of several interfaces to standard output, a block an argument:
"section", "if:NAME:LINKTYPE", or "INTERFACE:SECONDS:FLAGS:KIND". FLAGS is epb_flags, or "-"
for none; KIND is arp, udp or raw (udp without Ethernet), of 192.0.2.INTERFACE+1.
"""

import struct
import sys

EPOCH = 1_700_000_000


def block(kind, body):
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def section():
    return block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(name, linktype):
    options = option(2, name.encode()) if name else b""
    options += option(9, b"\x09") + option(0, b"")
    return block(1, struct.pack("<HHI", linktype, 0, 262144) + options)


def packet(number, seconds, flags, kind):
    ethernet = bytes.fromhex("020000000002020000000001")
    address = bytes([192, 0, 2, number + 1])
    udp = struct.pack(">HHHH", 1000 + int(seconds), 2000, 8, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 28, 1, 0, 64, 17, 0) + address + address + udp
    arp = bytes.fromhex("0001080006040001020000000001") + address + bytes(6) + address
    data = {"arp": ethernet + b"\x08\x06" + arp, "udp": ethernet + b"\x08\x00" + ip, "raw": ip}[kind]
    time = EPOCH * 10**9 + round(float(seconds) * 10**9)
    body = struct.pack("<IIIII", number, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
    body += data + bytes(-len(data) % 4)
    if flags != "-":
        body += option(2, struct.pack("<I", int(flags, 0))) + option(0, b"")
    return block(6, body)


def main():
    out = section()
    for word in sys.argv[1:]:
        part = word.split(":")
        if part[0] == "section":
            out += section()
        elif part[0] == "if":
            out += interface(part[1], int(part[2]))
        else:
            out += packet(int(part[0]), part[1], part[2], part[3])
    sys.stdout.buffer.write(out)


main()
