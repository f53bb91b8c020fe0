# SPDX-License-Identifier: BSD-2-Clause
"""The means of make.py and what it calls: packets put together from their
headers, and written into a capture beside this file."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
ETHERNET, RAW, SLL, SLL2, LOOPBACK, USER = 1, 101, 113, 276, 0, 147
HOSTS = [bytes([192, 0, 2, n]) for n in (1, 2, 3)]
HOSTS6 = [bytes.fromhex(h) for h in (
    '20010db8000000000000000000000001', '20010db8000000000001000000000002',
    'fe800000000000000200000000000001', '00000000000000000000ffffc0000201',
    '00000000000000000000000000000000', '00010000000200000000000300040000')]
MACS = bytes.fromhex('020000000002020000000001')


def write(name, packets, link_type=ETHERNET, times=None, snaplen=262144):
    """Packets are bytes, or bytes and the length they had; times are pairs of seconds
    and microseconds, the first one for the first packet."""
    with open(os.path.join(HERE, name), 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, snaplen, link_type))
        for number, packet in enumerate(packets):
            data, length = packet if isinstance(packet, tuple) else (packet, len(packet))
            time = times[number] if times else (1700000000 + number, number * 1001 % 1000000)
            out.write(struct.pack('<IIII', *time, len(data), length) + data)


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def filled(data, at, pseudo=b''):
    """With its checksum, which is 0 as yet, at an offset."""
    return data[:at] + struct.pack('>H', checksum(pseudo + data)) + data[at + 2:]


def ethernet(ethertype, payload):
    return MACS + struct.pack('>H', ethertype) + payload


def pseudo(source, destination, protocol, payload):
    if len(source) == 4:
        return source + destination + struct.pack('>HH', protocol, len(payload))
    return source + destination + struct.pack('>II', len(payload), protocol)


def ipv4(protocol, payload, options=b'', tos=0, offset=0, ttl=64, total=None, number=1,
         source=HOSTS[0], destination=HOSTS[1]):
    words = 5 + len(options) // 4
    total = words * 4 + len(payload) if total is None else total
    header = struct.pack('>BBHHHBBH', 0x40 | words, tos, total, number, offset, ttl, protocol, 0)
    return filled(header + source + destination + options, 10) + payload


def ipv6(protocol, payload, flow=0, length=None, source=HOSTS6[0], destination=HOSTS6[1]):
    length = len(payload) if length is None else length
    return struct.pack('>IHBB', 0x60000000 | flow, length, protocol, 64) + source + destination + payload


def tcp(flags, payload=b'', options=b'', seq=1000, ack=2000, ports=(40000, 50000), ends=HOSTS,
        header=None, urgent=0):
    words = 5 + len(options) // 4 if header is None else header
    segment = struct.pack('>HHIIBBHHH', *ports, seq, ack, words << 4, flags, 512, 0, urgent)
    segment += options + payload
    return filled(segment, 16, pseudo(ends[0], ends[1], 6, segment))


def udp(payload=b'', length=None, ports=(40000, 50000), ends=HOSTS, sum_set=True):
    length = 8 + len(payload) if length is None else length
    datagram = struct.pack('>HHHH', *ports, length, 0) + payload
    return filled(datagram, 6, pseudo(ends[0], ends[1], 17, datagram)) if sum_set else datagram


def icmp(kind, code, rest):
    return filled(bytes([kind, code, 0, 0]) + rest, 2)


def cut_packets(packets, least=1):
    """Each cut at one length, so that all of them together are cut everywhere."""
    for number, packet in enumerate(packets):
        yield packet[:least + number * 7 % (len(packet) - least + 1)], len(packet)
