#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the captures that copying is tried on, beside this file: what other programs and
other machines write, and this one does not. Bytes are put together by hand, and are the
same in every run.
"""
import os
import struct

BEGIN = 1700000000
ETHERNET, RAW, NULL = 1, 101, 0
HEADER = b'\2\0\0\0\0\2\2\0\0\0\0\1\x08\0'


def udp(number, payload=b'x' * 18):
    """A packet of IPv4 from port 1000 + number; its checksums are none."""
    return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 28 + len(payload), number, 0, 64, 17, 0,
                       b'\xc0\0\2\1', b'\xc0\0\2\2') + \
        struct.pack('>HHHH', 1000 + number, 53000, 8 + len(payload), 0) + payload


def frame(number, payload=b'x' * 18):
    return HEADER + udp(number, payload)


class Section:
    """A section of pcapng in either byte order."""

    def __init__(self, order='<', options=()):
        self.order = order
        self.bytes = b''
        self.block(0x0a0d0d0a, self.pack('IHHq', 0x1a2b3c4d, 1, 0, -1) + self.options(options))

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def options(self, options):
        """Pairs of a code and a value: bytes, or the form of a number and it."""
        out = b''
        for code, value in options:
            if isinstance(value, tuple):
                value = self.pack(*value)
            out += self.pack('HH', code, len(value)) + value + bytes(-len(value) % 4)
        return out + (bytes(4) if options else b'')

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        self.bytes += self.pack('II', kind, len(body) + 12) + body + self.pack('I', len(body) + 12)

    def interface(self, linktype=ETHERNET, snaplen=262144, options=()):
        self.block(1, self.pack('HHI', linktype, 0, snaplen) + self.options(options))

    def packet(self, time, data, interface=0, options=(), length=None):
        self.block(6, self.pack('IIIII', interface, time >> 32, time & 0xffffffff, len(data),
                                length or len(data)) +
                   data + bytes(-len(data) % 4) + self.options(options))


def pcap(packets, linktype=ETHERNET, order='<', snaplen=262144, seconds=BEGIN):
    out = struct.pack(order + 'IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, snaplen, linktype)
    for number, data in enumerate(packets):
        out += struct.pack(order + 'IIII', seconds + number, 0, len(data), len(data)) + data
    return out


def before_1970():
    section = Section()
    section.interface(options=[(14, ('q', -2))])
    section.packet(1000000, frame(0))
    section.packet(1999999, frame(1))
    section.packet(2000000, frame(2))
    return section.bytes


def at_times(*seconds):
    section = Section()
    section.interface()
    for number, when in enumerate(seconds):
        section.packet(when * 1000000, frame(number))
    return section.bytes


FILES = {
    'before-1970.pcapng': before_1970(),
    'after-2106.pcapng': at_times(BEGIN, 0xffffffff, 1 << 32),
    'after-2262.pcapng': at_times(BEGIN, 10000000000),
}

if __name__ == '__main__':
    for name, content in FILES.items():
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), 'wb') as file:
            file.write(content)
