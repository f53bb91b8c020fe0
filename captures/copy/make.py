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


def everything(order, kept=False, custom=True):
    """All that a copy keeps, and some that it must not; or, in the order it has there, what is kept."""
    section = Section(order, [(1, b'a comment on it all'), (2, b'a machine'), (3, b'another system'),
                              (4, b'another program'), (2988, ('I', 32473))] +
                      ([] if kept else [(19372, ('I', 32473))]))
    section.interface(snaplen=65535, options=[
        (2, b'an interface with a name of more than fifteen letters'), (3, b'what it is for'),
        (4, b'\xc0\0\2\1\xff\xff\xff\0'), (5, b'\x20\1' + bytes(14) + b'\x40'),
        (6, b'\2\0\0\0\0\1'), (7, b'\2\0\0\xff\xfe\0\0\1'), (8, ('Q', 1000000000)), (9, b'\6'),
        (10, ('i', 3600)), (11, b'\0tcp or udp'), (12, b'its system'), (13, b'\4'),
        (14, ('q', 1000)), (15, b'its card'), (16, ('Q', 100)), (17, ('Q', 200)),
        (1, b'one comment'), (1, b'and another')])
    # Alike, and still two.
    section.interface(snaplen=65535, options=[(2, b'twin'), (9, b'\x0a')])
    section.interface(snaplen=65535, options=[(2, b'twin'), (9, b'\x0a')])
    section.block(10, section.pack('II', 0x544c534b, 23) + b'CLIENT_RANDOM 00 11 22\n\0' +
                  section.options([(1, b'keys')]))
    section.block(4, section.pack('HH', 1, 13) + b'\xc0\0\2\1hostname\0' + bytes(3) +
                  section.pack('HH', 1, 8) + b'\xc0\0\2\2two\0' +
                  section.pack('HH', 0, 0) + section.options([(2, b'a server')]))
    begin = (BEGIN - 1000) * 1000000
    section.packet(begin, frame(0) + b'FCS!', options=[
        (1, b'on a packet'), (2, ('I', 0x80000000 | 4 << 5 | 2 << 2 | 1)), (3, b'\2abcd'),
        (5, ('Q', 0x1122334455667788)), (6, ('I', 3)),
        (7, b'\1' + section.pack('Q', 0x55)), (8, ('II', 4711, 4712)), (1, b'twice'),
        (2988, section.pack('I', 32473) + b'custom')] +
        ([] if kept else [(19373, section.pack('I', 32473) + b'private')]) + [(4, ('Q', 7))])
    section.packet(BEGIN * 10 ** 10 + 1234567891, frame(1), 1)
    section.block(5, section.pack('III', 0, begin >> 32, begin & 0xffffffff) + section.options([
        (1, b'a gap'), (2, ('II', begin >> 32, begin & 0xffffffff)), (4, ('Q', 100)), (5, ('Q', 8)),
        (6, ('Q', 90)), (7, ('Q', 1)), (8, ('Q', 80))]))
    section.packet((BEGIN + 2) * 10 ** 10, frame(2), 2, [(4, ('Q', 5))])
    section.packet(begin + 3000000, frame(3), options=[(2, ('I', 2))])
    if not kept:
        section.block(0x40000bad, section.pack('I', 32473) + b'secret')
    if custom:
        section.block(0xbad, section.pack('I', 32473) + b'anybody')
    section.block(5, section.pack('III', 2, begin >> 32, begin & 0xffffffff) +
                  section.options([(4, ('Q', 3))]))
    return section.bytes


def usb(order, mapped):
    """An isochronous transfer with two descriptors, as its machine has it."""
    head = struct.pack(order + 'QBBBBHBBqiiIIii', 0x1122334455667788, 67, 0, 0x81, 5, 3, 45, 0, BEGIN,
                       123456, -115, 64, 32, 7, 2)
    if mapped:
        head += struct.pack(order + 'iiII', 1, 2, 0x200, 2)
        head += struct.pack(order + 'iIII', -18, 0, 16, 0) * 2
    return head + b'data'


def nflog(order):
    out = b'\2\0\0\5'
    for kind, value in ((1, b'\x08\0\0\0'), (10, b'prefix\0'), (9, udp(4))):
        out += struct.pack(order + 'HH', 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return out


def can(order):
    return struct.pack('>HHH8sH', 1, 280, 0, bytes(8), 0x000c) + struct.pack(order + 'I', 0x123) + \
        b'\2\0\0\0ab'


def pflog(order):
    return struct.pack('>BBBB16s16sII', 61, 2, 1, 0, b'em0', b'rules', 1, 2) + \
        struct.pack(order + 'IIII', 1000, 2000, 3000, 4000) + b'\1\0\0\0' + udp(5)


def loopback(order):
    return struct.pack(order + 'I', 2) + udp(6)


def enc(order):
    return struct.pack(order + 'I', 2) + b'\0\0\0\x11' + struct.pack(order + 'I', 0x0c00) + udp(7)


# Link types whose packets hold numbers in the order of the machine.
ORDERED = {'null': (0, loopback), 'enc': (109, enc), 'usb': (189, lambda o: usb(o, False)),
           'usb-mapped': (220, lambda o: usb(o, True)), 'nflog': (239, nflog),
           'sll-can': (113, can), 'pflog': (117, pflog)}


def ordered(name, order, pcapng):
    linktype, make = ORDERED[name]
    if not pcapng:
        return pcap([make(order)], linktype, order)
    section = Section(order)
    section.interface(linktype)
    section.packet(BEGIN * 1000000, make(order))
    return section.bytes


def cut_and_whole():
    """A snapshot length that is right, and packets that are longer than what is said."""
    long = frame(0, b'x' * 1400)
    return {'short.pcap': pcap([long[:96]], snaplen=96), 'whole.pcap': pcap([long]),
            'lies.pcap': pcap([long], snaplen=96)}


def grows():
    """A second interface that comes late, and has longer packets."""
    section = Section()
    section.interface(snaplen=96, options=[(2, b'short')])
    for number in range(200):
        section.packet((BEGIN + number) * 1000000, frame(number))
    section.interface(snaplen=2000, options=[(2, b'long')])
    section.packet((BEGIN + 200) * 1000000, frame(200, b'x' * 1400), 1)
    return section.bytes


def fcs():
    section = Section()
    section.interface(options=[(13, b'\4')])
    section.packet(BEGIN * 1000000, frame(0) + b'FCS!')
    section.packet(BEGIN * 1000000, frame(1) + b'FC', options=[(2, ('I', 2 << 5))])
    return {'fcs.pcapng': section.bytes,
            'fcs.pcap': pcap([frame(0) + b'FCS!'], 0x24000000 | ETHERNET)}


def without_times():
    section = Section()
    section.interface(options=[(9, b'\6')])
    section.packet(BEGIN * 1000000, frame(0))
    section.block(3, section.pack('I', 60) + frame(1))
    section.block(2, section.pack('HHIIII', 0, 9, BEGIN * 1000000 >> 32, BEGIN * 1000000 & 0xffffffff,
                                  60, 60) + frame(2) + section.options([(2, ('I', 1))]))
    return section.bytes


def losses():
    """Drop counts that a filter takes away, those behind the last packet too."""
    section = Section()
    for name in (b'one', b'two'):
        section.interface(options=[(2, name), (9, b'\x09')])
    for number, (interface, lost) in enumerate(((0, 1), (1, 2), (0, 4), (0, 0), (1, 8), (0, 16), (1, 32))):
        section.packet(BEGIN * 10 ** 9 + number, frame(number), interface, [(4, ('Q', lost))] if lost else [])
    return section.bytes


FILES = {
    'all-le.pcapng': everything('<'),
    'all-be.pcapng': everything('>'),
    'kept-le.pcapng': everything('<', True),
    'kept-be.pcapng': everything('<', True, False),
    'grows.pcapng': grows(),
    'reserved.pcap': pcap([frame(0)], 0x03f00001),
    'losses.pcapng': losses(),
    'no-times.pcapng': without_times(),
    **cut_and_whole(),
    **fcs(),
    **{f'{name}-{"le" if order == "<" else "be"}.{"pcapng" if ng else "pcap"}': ordered(name, order, ng)
       for name in ORDERED for order in '<>' for ng in (False, True)},
    'before-1970.pcapng': before_1970(),
    'after-2106.pcapng': at_times(BEGIN, 0xffffffff, 1 << 32),
    'after-2262.pcapng': at_times(BEGIN, 10000000000),
}

if __name__ == '__main__':
    for name, content in FILES.items():
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), 'wb') as file:
            file.write(content)
