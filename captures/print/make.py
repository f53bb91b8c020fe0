#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the captures that printing is tried on, beside this file.

Bytes are put together by hand, so that wrong ones can be, and are the same in
every run. A new protocol brings a function here that writes its own file, and
its lines in tests/golden/print.list.
"""
import random
import struct

import applications
import make_control
import make_seldom
from packets import (HOSTS, HOSTS6, LOOPBACK, MACS, RAW, SLL, SLL2, cut_packets, ethernet, filled, icmp, ipv4, ipv6,
                     tcp, udp, write)


def arp(operation, hardware=1, protocol=0x0800, sizes=(6, 4), target=b'\0' * 6):
    return struct.pack('>HHBBH', hardware, protocol, *sizes, operation) + \
        MACS[6:][:sizes[0]] + HOSTS[0].ljust(sizes[1], b'\1')[:sizes[1]] + \
        target[:sizes[0]] + HOSTS[1].ljust(sizes[1], b'\2')[:sizes[1]]


TCP_OPTIONS = [
    b'\2\4\5\xb4\1\3\3\7\4\2\x08\x0a' + b'\1\2\3\4\5\6\7\x08' + b'\0\0',
    b'\1\1\5\x12' + bytes(range(16)), b'\5\2\1\1', b'\5\5abc\1\1\1',
    b'\x13\x12' + bytes(range(16)) + b'\1\1', b'\x1c\4\x80\5', b'\x1d\4\1\2',
    b'\x1d\6\1\2\3\4\1\1', b'\x1d\3\1\1', b'\x22\2\1\1', b'\x22\6abcd\1\1', b'\x22\5abc\1\1\1',
    b'\xfe\4\xf9\x89', b'\xfe\x08\xf9\x89abcd', b'\xfe\4\1\2', b'\xfe\3\1\1', b'\6\6abcd\1\1',
    b'\7\6abcd\1\1', b'\x0b\6abcd\1\1', b'\x0c\6abcd\1\1', b'\x0d\6abcd\1\1', b'\x14\4\1\2',
    b'\x4d\6\1\2\3\4\1\1', b'\2\3\1\1', b'\3\4\1\1', b'\x08\1\1\1', b'\x4d\x28\1\1', b'\0\1\1\1']


def tcp_packets():
    """Connections both ways, options, and headers that are wrong."""
    yield ipv4(6, tcp(2, options=TCP_OPTIONS[0]))
    yield ipv4(6, tcp(0x12, seq=1999, ack=1001, ports=(50000, 40000), ends=HOSTS[1::-1]),
               source=HOSTS[1], destination=HOSTS[0])
    for flags in (0x10, 0x18, 0x11, 0x04, 0x14, 0x00, 0xff, 0x38, 0xc2):
        for payload in (b'', b'some data'):
            yield ipv4(6, tcp(flags, payload, seq=1001, urgent=7))
            yield ipv4(6, tcp(flags, payload, seq=2000, ack=1500, ports=(50000, 40000)),
                       source=HOSTS[1], destination=HOSTS[0])
    yield ipv4(6, tcp(4, bytes(range(256))))
    for options in TCP_OPTIONS:
        yield ipv4(6, tcp(0x10, b'x', options, ports=(40000, 40000)))
        yield ipv6(6, tcp(0x10, b'', options, ends=HOSTS6))
    for header in (0, 4, 6, 15):
        yield ipv4(6, tcp(0x10, b'', header=header))
    whole = ipv4(6, tcp(0x10, options=b'\1\1\5\x09abcdefg\2\4\1\2\0'))
    for total in range(41, len(whole)):
        yield whole[:2] + struct.pack('>H', total) + whole[4:]
    yield ipv4(6, tcp(0x10)[:15])
    yield ipv4(6, tcp(0x10)[:18] + b'\0\0')


def udp_packets():
    for payload in (b'', b'abc', bytes(100)):
        yield ipv4(17, udp(payload))
        yield ipv4(17, udp(payload, sum_set=False))
        yield ipv6(17, udp(payload, ends=HOSTS6))
        yield ipv6(17, udp(payload, sum_set=False))
    for length in (0, 7, 9, 200):
        yield ipv4(17, udp(b'abcd', length))
    for cut in (1, 3, 5, 7):
        yield ipv4(17, udp(b'abcd')[:cut])


IPV4_OPTIONS = [
    b'\1\1\1\0', b'\x07\x07\4\1\2\3\4\0', b'\x07\x0b\x08\1\2\3\4\5\6\7\x08\0', b'\x83\x07\5\1\2\3\4\0',
    b'\x89\x0b\4\xc0\0\2\3\xc0\0\2\2\0', b'\x44\x0c\5\0\1\2\3\4\5\6\7\x08', b'\x44\x0c\x0d\x31\1\2\3\4\5\6\7\x08',
    b'\x44\x08\x09\5\0\0\0\1', b'\x94\4\0\0', b'\x94\4\1\2', b'\x82\x0b' + bytes(9) + b'\0',
    b'\x21\4\1\2', b'\x07\2\1\1', b'\x07\1\1\1', b'\x07\x09\1\1', b'\x44\3\1\1', b'\x52\4\1\2']


def ipv4_packets():
    for tos, ttl in ((0, 64), (1, 255), (2, 1), (3, 0), (0xb8, 64)):
        yield ipv4(99, b'abcd', tos=tos, ttl=ttl)
    for offset in (0x4000, 0x2000, 0x2001, 0x0005, 0x8000, 0xffff):
        for protocol, payload in ((17, udp(b'abcd')), (6, tcp(0x18, b'abcd')), (1, icmp(8, 0, bytes(8)))):
            yield ipv4(protocol, payload, offset=offset)
    for options in IPV4_OPTIONS:
        yield ipv4(17, udp(b'abcd'), options)
    for total in (0, 19, 21, 2000):
        yield ipv4(17, udp(b'abcd'), total=total)
    whole = ipv4(17, udp(b'abcd'))
    for first in (0x44, 0x4f, 0x55, 0x65):
        yield bytes([first]) + whole[1:]
    yield whole[:10] + b'\1\2' + whole[12:]
    yield ipv4(4, ipv4(41, ipv6(17, udp(b'tunnel', ends=HOSTS6))))
    for protocol in (59, 61, 200, 255):
        yield ipv4(protocol, b'abcd')


def icmp_packets():
    inner = ipv4(17, udp(b'what it was about'), source=HOSTS[1], destination=HOSTS[2])
    inner_tcp = ipv4(6, tcp(0x10), source=HOSTS[1], destination=HOSTS[2])
    for kind in (0, 8, 13, 14, 15, 16, 17, 18, 10, 40):
        yield ipv4(1, icmp(kind, 0, struct.pack('>HHIII', 7, 9, 1000, 45296789, 86399999)))
    for code in range(17):
        yield ipv4(1, icmp(3, code, b'\0\0\5\xdc' + inner))
    yield ipv4(1, icmp(3, 4, b'\0\0\0\0' + inner))
    yield ipv4(1, icmp(3, 3, b'\0\0\0\0' + inner_tcp[:28]))
    yield ipv4(1, icmp(3, 3, b'\0\0\0\0' + ipv4(99, b'abcdefgh')))
    for code in range(5):
        yield ipv4(1, icmp(5, code, HOSTS[2] + inner))
        yield ipv4(1, icmp(11, code, bytes(4) + inner))
    yield ipv4(1, icmp(12, 0, b'\x14\0\0\0' + inner))
    yield ipv4(1, icmp(12, 1, b'\x14\0\0\0' + inner))
    yield ipv4(1, icmp(4, 0, bytes(4) + inner))
    for lifetime, size in ((30, 2), (700, 2), (65535, 2), (1, 3)):
        yield ipv4(1, icmp(9, 0, struct.pack('>BBH', 2, size, lifetime) + HOSTS[0] + bytes(4) + HOSTS[1] + b'\0\0\0\5'))
    yield ipv4(1, icmp(9, 0, struct.pack('>BBH', 14, 2, 1800) + (HOSTS[0] + b'\1\2\3\4') * 14))
    yield ipv4(1, icmp(8, 0, bytes(8))[:3] + b'\1' + bytes(8))
    for objects in (b'\0\x08\1\1\0\1\x11\x40', b'\0\x0c\2\4abcdefgh', b'\0\x08\1\2abcd\0\5\3\4x', b'\0\0\0\0\0'):
        extension = filled(b'\x20\0\0\0' + objects, 2)
        yield ipv4(1, icmp(11, 0, b'\0\x20\0\0' + inner.ljust(128, b'\0') + extension))
        yield ipv4(1, icmp(3, 1, b'\0\0\0\0' + inner.ljust(128, b'\0') + extension[:3] + b'\1' + extension[4:]))
    yield ipv4(1, icmp(11, 0, b'\0\x20\0\0' + inner.ljust(128, b'\0') + b'\x10\0\0\0\0\0\0\0'))


def ipv6_packets():
    payload = udp(b'abcd', ends=HOSTS6)
    for source in HOSTS6:
        yield ipv6(17, payload, 0x0a0beef, source=source)
    options = [b'\1\4\0\0\0\0', b'\0' * 6, b'\5\2\0\0\1\0', b'\5\3\0\0\1\0', b'\xc2\4\0\1\0\0', b'\x1e\4abcd',
               b'\1\7\0\0\0\0', b'\xc9\x10' + HOSTS6[2] + b'\1\2\0\0', b'\xc9\x14' + HOSTS6[2] + b'\1\2\0\0',
               b'\xc2\4\0\0\0\5']
    for option in options:
        for kind in (0, 60):
            header = bytes([17, (len(option) + 2) // 8 - 1]) + option
            yield ipv6(kind, header + payload)
            yield ipv6(kind, header + payload, length=0)
    for fragment in (b'\0\0', b'\0\1', b'\0\x50', b'\x10\1'):
        yield ipv6(44, b'\x11\0' + fragment + b'\1\2\3\4' + payload)
    for kind, count in ((0, 1), (2, 1), (4, 2), (7, 1), (0, 0)):
        segments = b''.join(HOSTS6[:count])
        yield ipv6(43, bytes([17, count * 2, kind, 1, 0, 0, 0, 0]) + segments + payload)
        yield ipv6(43, bytes([17, count * 2, kind, 1, 1, 2, 3, 4]) + segments + payload)
    yield ipv6(43, bytes([17, 1, 0, 1, 0, 0, 0, 0]) + payload)
    yield ipv6(60, b'\0\0\1\4\0\0\0\0' + b'\x11\0\1\4\0\0\0\0' + payload)
    for length in (0, 5, 100):
        yield ipv6(17, payload, length=length)
    yield b'\x50' + ipv6(17, payload)[1:]
    yield ipv6(4, ipv4(6, tcp(2)))
    for protocol in (1, 59, 61, 255):
        yield ipv6(protocol, b'abcd')


def ethernet_packets():
    datagram = ipv4(17, udp(b'abcd'))
    for tags in ([(0x8100, 5)], [(0x8100, 0xffff)], [(0x88a8, 100), (0x8100, 200)], [(0x9100, 1), (0x9200, 2), (0x8100, 3)]):
        frame, ethertype = datagram, 0x0800
        for tpid, tci in reversed(tags):
            frame, ethertype = struct.pack('>HH', tci, ethertype) + frame, tpid
        yield ethernet(ethertype, frame)
    for ethertype in (0x1235, 0x6558, 0x893a, 0x0600, 0xffff):
        yield ethernet(ethertype, bytes(range(40)))
        yield ethernet(ethertype, b'')
    yield ethernet(0x8100, b'\0\5\x12\x34abc')
    for data in (b'', b'\x10', b'\x10\x10\3', b'\x10\x10\3ab', b'\x12\x10\3ab', b'\x13\x11\x13ab', b'\4\5\xe3', b'\x8e\x10\xaf',
                 b'\x10\x10\xaf\x81\1\2', b'\x10\x10\xbf\x81', b'\x10\x10\1\1', b'\x10\x10\5\2abc', b'\x10\x11\x0d\1',
                 b'\x10\x10\x02\x03abc', b'\6\6\3' + datagram, b'\xaa\xaa\3\0\0\0\x08\0' + datagram,
                 b'\xaa\xaa\3\0\0\xf8\x08\0' + datagram, b'\xaa\xaa\3\0\0\0\x12\x34abc', b'\xaa\xaa\3\1\2\3\x08\0abc',
                 b'\xaa\xaa\3\0\0'):
        yield ethernet(len(data), data)
        yield ethernet(len(data), data + b'padding')
        yield ethernet(0x8100, struct.pack('>HH', 7, len(data)) + data)
        yield ethernet(0x8870, data)


def arp_packets():
    for operation in (1, 2, 3, 4, 8, 9, 10, 77):
        yield ethernet(0x0806, arp(operation))
        yield ethernet(0x8035, arp(operation, target=b'\2\0\0\0\0\x09') + bytes(18))
    for hardware in (6, 7, 15, 24, 32, 99):
        yield ethernet(0x0806, arp(2, hardware))
    yield ethernet(0x0806, arp(1, protocol=0x86dd, sizes=(6, 4)))
    yield ethernet(0x0806, arp(1, protocol=0x1234, sizes=(6, 16)))
    yield ethernet(0x0806, arp(1, sizes=(0, 4)))
    yield ethernet(0x0806, arp(1, sizes=(6, 0)))


def cooked_packets(second):
    frames = [(0x0800, ipv4(17, udp(b'abcd'))), (0x86dd, ipv6(17, udp(b'abcd', ends=HOSTS6))),
              (0x0806, arp(1)), (0x1234, b'abcdef'), (4, b'\x10\x10\3ab'), (9, b'abc'),
              (4, b'\xaa\xaa\3\0\0\0\x12\x34abc'), (0x8100, b'\x20\5\x08\0' + ipv4(17, udp(b'abcd'))), (0x8100, b'\0\1')]
    for number, (protocol, data) in enumerate(frames * 2):
        kind, size = number % 6, 6 if number < len(frames) else number % 9
        if second:
            yield struct.pack('>HHIHBB', protocol, 0, 1 + number % 2 * 98, 1, kind, size) + MACS[:8] + data
        else:
            yield struct.pack('>HHH', kind, 1, size) + MACS[:8] + struct.pack('>H', protocol) + data


def loopback_packets():
    for order in '<>':
        for family, data in ((2, ipv4(17, udp(b'abcd'))), (24, ipv6(17, udp(b'abcd', ends=HOSTS6))),
                             (30, ipv6(59, b'')), (99, b'abcd')):
            yield struct.pack(order + 'I', family) + data


def application_packets(messages):
    for number, (protocol, ports, payload, *length) in enumerate(messages):
        source, destination = (HOSTS6 if number % 4 == 3 else HOSTS)[:2]
        ends = source, destination
        segment = udp(payload, *length, ports=ports, ends=ends) if protocol == 17 else tcp(0x18, payload, ports=ports, ends=ends)
        if len(source) == 4:
            yield ethernet(0x0800, ipv4(protocol, segment))
        else:
            yield ethernet(0x86dd, ipv6(protocol, segment))


def damaged_packets(packets):
    chance = random.Random(4)
    for packet in packets:
        data = bytearray(packet)
        for _ in range(3):
            data[chance.randrange(12, min(len(data), 70))] = chance.choice((0, 255, chance.randrange(256)))
        yield bytes(data)


def main():
    network = {'tcp': list(tcp_packets()), 'udp': list(udp_packets()), 'icmp': list(icmp_packets()),
               'ipv4': list(ipv4_packets()), 'ipv6': list(ipv6_packets())}
    framed = []
    for name, packets in network.items():
        frames = [ethernet(0x86dd if p[0] >> 4 == 6 and name != 'ipv4' else 0x0800, p) for p in packets]
        write(name + '.pcap', frames)
        framed += frames
    for name, packets in (('ethernet', list(ethernet_packets())), ('arp', list(arp_packets()))):
        write(name + '.pcap', packets)
        framed += packets
    write('raw.pcap', [p for p in network['ipv4'][:5] + network['ipv6'] + [b'\x10abc']], RAW)
    write('sll.pcap', list(cooked_packets(False)), SLL)
    write('sll2.pcap', list(cooked_packets(True)), SLL2)
    write('loopback.pcap', list(loopback_packets()), LOOPBACK)
    carried = []
    for name, messages in applications.captures(
            [ethernet(0x0800, ipv4(17, udp(b'inner'))), ethernet(0x0806, arp(1))],
            [(0x0800, ipv4(6, tcp(2))), (0x86dd, ipv6(17, udp(b'inner', ends=HOSTS6)))]).items():
        packets = list(application_packets(messages))
        write(name + '.pcap', packets)
        carried += packets
    write('carried_cut.pcap', list(cut_packets(carried * 2, 42)))
    write('cut.pcap', list(cut_packets(framed)))
    make_control.main()
    make_seldom.main()
    write('damaged.pcap', [p for p in damaged_packets(p for p in framed if len(p) > 20) if plain(p)])


def plain(frame):
    """Not damaged into a protocol that is not decoded (yet)."""
    ip = frame[14:]
    if b'\xff\xff' in (frame[14:16], frame[18:20]):
        return False
    return frame[12:14] not in (b'\x08\0', b'\x86\xdd') or len(ip) < 10 or \
        (ip[9] if frame[12:14] == b'\x08\0' else ip[6]) in (0, 1, 4, 6, 17, 41, 43, 44, 59, 60, 61, 99, 200, 255)


if __name__ == '__main__':
    main()
