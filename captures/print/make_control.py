# SPDX-License-Identifier: BSD-2-Clause
"""The captures of what networks tell themselves, and of tunnels: called by
make.py."""
import struct

from packets import (HOSTS, HOSTS6, RAW, SLL, SLL2, cut_packets, ethernet, filled, icmp, ipv4, ipv6, pseudo,
                     tcp, udp, write)

DATAGRAM = ipv4(17, udp(b'abcd'))
DATAGRAM6 = ipv6(17, udp(b'abcd', ends=HOSTS6))
GROUPS6 = HOSTS6[:3]


def icmp6(kind, code, rest):
    message = bytes([kind, code, 0, 0]) + rest
    return ipv6(58, filled(message, 2, pseudo(HOSTS6[0], HOSTS6[1], 58, message)))


def option6(kind, body, units=None):
    body += bytes(-(len(body) + 2) % 8)
    return bytes([kind, (len(body) + 2) // 8 if units is None else units]) + body


OPTIONS6 = [
    option6(1, b'\2\0\0\0\0\1'), option6(2, bytes(range(14))),
    option6(3, b'\x40\xe0\xff\xff\xff\xff\0\0\x0e\x10\0\0\0\0' + HOSTS6[0]), option6(4, bytes(6) + DATAGRAM6),
    option6(5, b'\0\0\0\0\5\xdc'), option6(5, bytes(14)), option6(7, b'\0\0\0\0\3\xe8'), option6(8, b'\0\0\0\5\7\x08'),
    option6(24, b'\x40\x08\0\0\7\x08' + HOSTS6[0][:8]), option6(24, b'\x80\x18\xff\xff\xff\xff' + HOSTS6[0]),
    option6(24, b'\0\x10\0\0\0\1'), option6(24, bytes(30)), option6(25, b'\0\0\0\0\2\x58' + HOSTS6[0] + HOSTS6[1]),
    option6(31, b'\0\0\0\0\2\x58\7example\3com\0\3lan\0'), option6(31, b'\0\0\0\0\2\x58\3a\1\xff\xc0\x40'),
    option6(31, b'\0\0\0\0\2\x58\1a\x80'), option6(31, b'\0\0\0\0\2\x58\4long'), option6(38, b'abcdef'), option6(1, bytes(6), 0),
    option6(1, bytes(6), 9)]


def record(kind, group, sources, count=None):
    return struct.pack('>BBH', kind, 0, len(sources) if count is None else count) + group + b''.join(sources)


def icmp6_packets():
    for kind in (1, 2, 3, 4, 128, 129, 144, 146, 141, 5, 160, 201):
        for code in range(6 if kind < 5 else 1):
            yield icmp6(kind, code, struct.pack('>HH', 7, 1400) + DATAGRAM6)
    for inner in (ipv6(6, tcp(2, ends=HOSTS6)), ipv6(60, b'\x11\0\1\4\0\0\0\0' + udp(b'')), ipv6(44, b'\6\0\0\1\0\0\0\1' + tcp(2)),
                  ipv6(51, b'\x11\1' + bytes(10) + udp(b'')), ipv6(44, b'\6\0\0\x10\0\0\0\1' + tcp(2)), ipv6(58, bytes(8))):
        yield icmp6(1, 4, bytes(4) + inner)
    for option in OPTIONS6:
        yield icmp6(133, 0, bytes(4) + option)
        yield icmp6(134, 0, b'\x40\xea\7\x08' + bytes(8) + option + OPTIONS6[0])
    yield icmp6(134, 0, b'\x40\x18\7\x08\0\0\0\1\0\0\0\2' + b''.join(OPTIONS6[:3] + OPTIONS6[4:5] + OPTIONS6[12:14]))
    for flags in (0, 0xe0):
        yield icmp6(135, 0, bytes(4) + HOSTS6[1] + OPTIONS6[0])
        yield icmp6(136, 0, bytes([flags, 0, 0, 0]) + HOSTS6[1] + option6(2, b'\2\0\0\0\0\2'))
    yield icmp6(137, 0, bytes(4) + HOSTS6[2] + HOSTS6[1] + OPTIONS6[0] + OPTIONS6[3])
    for kind in (130, 131, 132):
        yield icmp6(kind, 0, b'\x27\x10\0\0' + HOSTS6[5])
    for code, count in ((b'\x27\x10', 0), (b'\xa7\x10', 2), (b'\0\1', 3)):
        yield icmp6(130, 0, code + b'\0\0' + HOSTS6[5] + struct.pack('>BBH', 0x0a, 0x9c, count) + HOSTS6[0] + HOSTS6[1])
    yield icmp6(130, 0, bytes(21))
    records = [record(kind, HOSTS6[5], GROUPS6[:kind % 3]) for kind in range(1, 8)]
    for some in (records, records[:1], [record(4, HOSTS6[5], [], 9)], []):
        yield icmp6(143, 0, struct.pack('>HH', 0, len(some) + (not some)) + b''.join(some))
    for code in (0, 1, 255):
        yield icmp6(138, code, struct.pack('>IBBHI', 9, 1, 0xc8, 10, code) + b'\1\7\1\x40\0\x80\0\0' + HOSTS6[0] +
                    b'\x40\0\xc0\xc0\0\0\0\1\xff\xff\xff\xff\xc0\0\0\0' + HOSTS6[1])
    for question, flags, data in ((0, 0, b''), (1, 1, b''), (2, 0, b'\4name'), (3, 0x7f, HOSTS6[0]), (4, 0, b'')):
        for code in range(3):
            yield icmp6(139, code, struct.pack('>HH', question, flags) + bytes(8) + data)
            yield icmp6(140, code, struct.pack('>HH', question, flags) + bytes(8) + b'\0\0\0\5' + data)
    yield icmp6(145, 0, b'\0\7\0\0' + HOSTS6[0] + HOSTS6[1])
    yield icmp6(147, 0, b'\0\7\xc0\0' + OPTIONS6[2])
    for code in (0, 1, 2, 3, 4, 0x81):
        yield icmp6(155, code, b'\1\xc0\2\3\x88\5\0\0' + HOSTS6[0] + b'\0\1\2ab\3\4abcd')


def igmp_packets():
    group = b'\xe0\0\0\xfb'
    for kind in (0x12, 0x16, 0x17, 0x1e, 0x1f, 0x30):
        yield ipv4(2, icmp(kind, 0, group + HOSTS[0] + HOSTS[1] + b'\xe0\0\0\1\x05\0\0\7')[:8 if kind < 0x18 else None], b'\x94\4\0\0')
    for time in (0, 10, 100):
        yield ipv4(2, icmp(0x11, time, group), b'\x94\4\0\0')
        yield ipv4(2, icmp(0x11, time, bytes(4)))
    for time, count in ((100, 0), (10, 2), (0x9c, 2), (0xff, 3)):
        yield ipv4(2, icmp(0x11, time, group + struct.pack('>BBH', 2, 125, count) + HOSTS[0] + HOSTS[1]))
    records = [record(kind, group, HOSTS[:kind % 3]) for kind in range(1, 8)]
    for some in (records, records[:1], [record(4, group, [], 9)], [record(4, group, [])] * 2):
        yield ipv4(2, icmp(0x22, 0, struct.pack('>HH', 0, len(some)) + b''.join(some)))
    yield ipv4(2, icmp(0x11, 0, group + bytes(5)))
    yield ipv4(2, icmp(0x22, 0, bytes(5)))
    yield ipv4(2, b'\x16\0\1\2' + group)


def labels(*entries):
    return b''.join(struct.pack('>I', label << 12 | tc << 9 | last << 8 | 64) for label, tc, last in entries)


def tunnel_frames():
    frame = ethernet(0x0800, DATAGRAM)
    stacks = [labels((16, 0, 1)) + DATAGRAM, labels((1000, 5, 0), (17, 0, 1)) + DATAGRAM6, labels((0, 0, 1)) + DATAGRAM,
              labels((2, 0, 1)) + DATAGRAM6, labels((1, 0, 0), (3, 0, 0), (7, 0, 1)) + b'\0\1\2', labels((99, 0, 1)), labels((99, 0, 0))]
    for stack in stacks:
        yield ethernet(0x8847, stack)
        yield ethernet(0x8848, stack)
    for flags in (0, 0x8000, 0x2000, 0x1000, 0xb000):
        fields = bytes(4) * (flags >> 15) + b'\0\0\1\2' * (flags >> 13 & 1) + b'\0\0\0\7' * (flags >> 12 & 1)
        for kind, inner in ((0x0800, DATAGRAM), (0x86dd, DATAGRAM6), (0x6558, frame), (0x8847, stacks[1]), (0x1234, b'abc')):
            yield ethernet(0x0800, ipv4(47, struct.pack('>HH', flags, kind) + fields + inner))
    for routes in (b'\x08\0\4\x08' + HOSTS[0] + HOSTS[1], b'\xff\xfe\0\4\0\1\0\2', b'\x08\0\1\4' + HOSTS[0], b'\x12\x34\0\2ab'):
        yield ethernet(0x86dd, ipv6(47, b'\x40\0\x08\0\0\0\0\0' + routes + bytes(4) + DATAGRAM))
    for flags, fields in ((0x3081, bytes(12)), (0x2081, bytes(8)), (0x3001, bytes(8))):
        for inner in (b'\xff\3\0\x21' + DATAGRAM, b'\x21' + DATAGRAM, b'\x57' + DATAGRAM6, b'\xc0\x21\1\1\0\4'):
            yield ethernet(0x0800, ipv4(47, struct.pack('>HH', flags, 0x880b) + fields + inner))
    yield ethernet(0x0800, ipv4(47, b'\0\2\0\0'))
    yield ethernet(0x0800, ipv4(47, b'\0'))
    yield ethernet(0x86dd, ipv6(143, frame))
    yield ethernet(0x86dd, ipv6(41, ipv6(4, ipv4(47, b'\0\0\x86\xdd' + DATAGRAM6))))
    for inner, data in ((17, udp(b'')), (4, DATAGRAM), (6, tcp(2)), (50, bytes(12)), (99, b'ab')):
        yield ethernet(0x0800, ipv4(51, bytes([inner, 4, 0, 0]) + b'\0\0\1\0\0\0\0\7' + bytes(range(12)) + data))
        yield ethernet(0x86dd, ipv6(51, bytes([inner, 1, 0, 1]) + b'\0\0\1\0\0\0\0\7' + data))
    yield ethernet(0x0800, ipv4(50, b'\0\0\1\0\0\0\0\7' + bytes(20)))
    yield ethernet(0x0800, ipv4(108, b'\4\0\0\2abc'))


def control(code, data, length=None):
    return struct.pack('>BBH', code, 7, 4 + len(data) if length is None else length) + data


PPP_OPTIONS = {
    0xc021: [b'\0\6\0\0\x0c\1', b'\1\4\5\xd4', b'\2\6\0\0\0\0', b'\3\5\xc2\x23\5', b'\3\4\xc0\x23', b'\3\4\x12\x34',
             b'\4\4\xc0\x25', b'\5\6\1\2\3\4', b'\7\2', b'\x08\2', b'\x0d\3\6', b'\x11\4\5\xd4', b'\x12\2', b'\x13\3\0',
             b'\x13\7\2\xc0\0\2\1', b'\x13\x09\3\2\0\0\0\0\1', b'\x13\4\2\1', b'\x17\4\0\1', b'\x1e\3a', b'\x20\3a', b'\1\3a', b'\5\1', b'\1\x80'],
    0x8021: [b'\1\x0a' + HOSTS[0] + HOSTS[1], b'\2\6\0\x2d\x0f\1', b'\2\x0e\0\x61' + bytes(10),
             b'\3\6' + HOSTS[0], b'\x81\6' + HOSTS[1], b'\x83\6' + HOSTS[2], b'\x09\3a', b'\3\5abc'],
    0x8057: [b'\1\x0a\2\0\0\xff\xfe\0\0\1', b'\1\3a', b'\2\3a'],
    0x80fd: [b'\x15\3\x2f', b'\x18\4\xe0\1', b'\x1a\4\x78\0', b'\x11\3a'],
    0xc02b: [b'\1\6\1\2\3\4', b'\2\3a']}


def ppp_packets():
    for protocol, options in PPP_OPTIONS.items():
        for number, option in enumerate(options):
            yield struct.pack('>H', protocol) + control(1 + number % 4, option + b'\7\2' * (number % 2))
    for code in range(17):
        yield b'\xc0\x21' + control(code, b'\xc0\x21\0\1\0\0\0\x2a')
    yield b'\xc0\x21' + control(1, b'\7\2', 3)
    yield b'\xc0\x21' + control(1, b'\7\2', 9)
    yield b'\xc0\x21\1'
    for code, data in ((1, b'\4user\6secret'), (2, b'\5hello'), (3, b'\2no'), (1, b'\x63user'), (9, b'')):
        yield b'\xc0\x23' + control(code, data)
    for code, data in ((1, b'\4\1\2\3\4host'), (2, b'\4\1\2\3\4name'), (3, b'welcome'), (4, b'no'), (9, b'')):
        yield b'\xc2\x23' + control(code, data)
    for data in (b'\0\x21' + DATAGRAM, b'\x57' + DATAGRAM6, b'\2\x81' + labels((16, 0, 1)) + DATAGRAM, b'\0\x3d\x80\1ab',
                 b'\0\xfdab', b'\xc0\x25ab', b'\x12\x34ab', b'\xff\3\0\x21' + DATAGRAM, b'\0'):
        yield data


def ppp_frames():
    for data in ppp_packets():
        yield ethernet(0x8864, struct.pack('>BBHH', 0x11, 0, 5, len(data)) + data)
    tags = [(0x101, b''), (0x102, b'concentrator'), (0x103, b'\1\2\3\4'), (0x104, b'a' * 90), (0x77, b'x\0y'), (0, b'')]
    body = b''.join(struct.pack('>HH', kind, len(value)) + value for kind, value in tags)
    for code in (9, 7, 0x19, 0x65, 0xa7, 0x33):
        yield ethernet(0x8863, struct.pack('>BBHH', 0x11, code, code & 1, len(body)) + body + bytes(code & 4))
    yield ethernet(0x8863, struct.pack('>BBHH', 0x23, 9, 0, 2000) + body)
    yield ethernet(0x8863, b'\x11\x09\0\0\0\6\1\1\0\x09ab')


def bpdu(version, kind, flags, more=b''):
    return struct.pack('>HBBB', 0, version, kind, flags) + bytes(range(8)) + b'\0\0\0\4' + bytes(range(8, 16)) + \
        b'\x80\1' + struct.pack('>HHHH', 256, 20 * 256, 2 * 256 + 128, 15 * 256) + more


def region(count, name):
    return struct.pack('>H', 64 + count * 16) + b'\0' + name.ljust(32, b'\0') + bytes(range(31)) + \
        b''.join(bytes([0x7c, 0x80, number]) + bytes(range(13)) for number in range(count))


def tlv(kind, value):
    return struct.pack('>H', kind << 9 | len(value)) + value


LLDP = [
    [(1, b'\4\2\0\0\0\0\1'), (2, b'\5Port 1'), (3, b'\0\x78'), (4, b'uplink'), (5, b'switch\xff'), (6, b'Some\0thing'), (7, b'\0\x14\0\4'),
     (8, b'\5\1' + HOSTS[0] + b'\2\0\0\0\5\0'), (8, b'\x11\2' + HOSTS6[0] + b'\3\0\0\0\5\3abc')],
    [(1, b'\5\1' + HOSTS[0]), (2, b'\3\2\0\0\0\0\2'), (1, b'\x09ab'), (2, b'\4\6\2\0\0\0\0\3'), (2, b'\4\x19ab'), (3, b'\1')],
    [(127, b'\0\x80\xc2' + d) for d in (b'\1\0\7', b'\2\6\0\7', b'\3\0\7\4name', b'\4\2ab', b'\7\3\0\0\0\1', b'\5ab')],
    [(127, b'\0\x12\x0f' + d) for d in (b'\1\3\x6c\3\0\x1e', b'\2\7\1\3', b'\3\1\0\0\0\1', b'\4\5\xee', b'\x09ab')],
    [(127, b'\0\x12\xbb' + d) for d in (b'\1\0\x3f\4', b'\2\1\x40\x0e\x6e', b'\4\x51\0\x9a', b'\4\x42\5\0', b'\5rev 1', b'\x0btag', b'\x0cab')],
    [(127, b'\1\2\3\4abc'), (99, b'abc'), (127, b'ab')], [(8, b'\5\1ab')], []]


def switch_frames():
    units = [bpdu(0, 0, 0x81), bpdu(0, 0x80, 0)[:4], bpdu(2, 2, 0x7c, b'\0'), bpdu(2, 0, 0, b'\0'), bpdu(3, 2, 0x7c, b'\0' + region(2, b'region')),
             bpdu(3, 2, 0x7c, b'\0' + region(0, b'r' * 32)), bpdu(3, 2, 0, b'\1' + region(0, b'')), bpdu(2, 2, 0), bpdu(1, 0, 0), bpdu(2, 9, 0), b'\0\1\0\0',
             bpdu(4, 2, 0x7c, b'\0' + region(1, b'region') + b'\0\x55\0' + b'aux'.ljust(32, b'\0') + bytes(range(52))), b'\0\0']
    for unit in units:
        for head in (b'\x42\x42\3', b'\xaa\xaa\3\0\0\x0c\1\x0b'):
            yield ethernet(len(head + unit), head + unit + bytes(8))
    for one in LLDP:
        yield ethernet(0x88cc, b''.join(tlv(*pair) for pair in one) + b'\0\0' + bytes(4))
    for kind in range(6):
        yield ethernet(0x888e, bytes([2, kind, 0, 9]) + control(1, b'\1user') + bytes(6))
    for code in range(1, 6):
        yield ethernet(0x888e, b'\2\0\0\4' + control(code, b''))
    for data in (b'\1user\0x', b'\2hello', b'\2', b'\3\4\x0d', b'\x0d\xa0\0\0\1\0', b'\x0d\x80', b'\x15\x21', b'\x2b\x41', b'\x17\1',
                 b'\x12\x0a', b'\x04abc', b'\xfeab', b'\x64a', b'\x0d'):
        yield ethernet(0x888e, struct.pack('>BBH', 2, 0, 4 + len(data)) + control(2, data))
    yield ethernet(0x888e, b'\2\0\0\x09' + control(2, b'\1user', 7))


def chunk(kind, flags, data, length=None):
    return struct.pack('>BBH', kind, flags, 4 + len(data) if length is None else length) + data + bytes(-len(data) % 4)


def sctp_packets():
    sack = b'\0\0\1\0\0\1\0\0\0\2\0\1' + b'\0\2\0\3\0\5\0\6\0\0\0\7'
    chunks = [chunk(1, 0, bytes(range(16)) + b'\0\5\0\x08' + HOSTS[0]), chunk(2, 0, bytes(range(16))), chunk(3, 0, sack), chunk(3, 0, sack[:17]),
              chunk(0, 7, bytes(range(8)) + b'\0\0\0\x12some data'), chunk(0, 0, bytes(12) + b'x'), chunk(0, 3, bytes(12)), chunk(0, 3, b'abc')]
    chunks += [chunk(kind, 0, b'abcd') for kind in (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0x40, 0xc0, 0xc1, 0xc2)]
    for one in chunks + [b''.join(chunks[:3]), chunk(10, 0, b'abc')[:7], b'\1\2', chunk(4, 0, b'', 3), chunk(4, 0, b'', 99)]:
        yield ipv4(132, b'\x9c\x40\xc3\x50' + bytes(8) + one)
        yield ipv6(132, b'\x9c\x40\xc3\x50' + bytes(8) + one)
    yield ipv4(132, b'\x9c\x40\xc3\x50')


def vrrp_packets():
    for version in (1, 2, 3):
        for auth in (0, 1, 9):
            message = bytes([version << 4 | 1, 7, 100, 2, auth, 1, 0, 0]) + HOSTS[0] + HOSTS[1] + b'password'
            yield ipv4(112, filled(message, 6, b'' if version == 2 else pseudo(HOSTS[0], HOSTS[1], 112, message)), ttl=255)
    yield ipv4(112, bytes([0x22, 7, 100, 1, 0, 1, 1, 2]) + HOSTS[0])
    yield ipv4(112, bytes([0x21, 7, 100, 1, 0, 1, 1, 2]) + HOSTS[0])
    message = bytes([0x31, 7, 100, 1, 0, 100, 0, 0]) + HOSTS6[2]
    yield ipv6(112, filled(message, 6, pseudo(HOSTS6[0], HOSTS6[1], 112, message)))


def framed(packets):
    return [ethernet(0x86dd if p[0] >> 4 == 6 else 0x0800, p) for p in packets]


def main():
    files = {'icmp6': framed(icmp6_packets()), 'igmp': framed(igmp_packets()), 'tunnels': list(tunnel_frames()), 'ppp': list(ppp_frames()),
             'switch': list(switch_frames()), 'sctp': framed(sctp_packets()), 'vrrp': framed(vrrp_packets())}
    for name, frames in files.items():
        write(name + '.pcap', frames)
    everything = [frame for frames in files.values() for frame in frames]
    write('control_cut.pcap', list(cut_packets(everything)))
    inside = [f for name, frames in files.items() for f in frames[:3]]
    write('control_raw.pcap', [f[14:] for f in inside if f[12:14] in (b'\x08\0', b'\x86\xdd')], RAW)
    write('control_sll.pcap', [struct.pack('>HHH', 0, 1, 6) + bytes(8) + f[12:] for f in inside], SLL)
    write('control_sll2.pcap', [f[12:14] + struct.pack('>HIHBB', 0, 99, 1, 0, 6) + bytes(8) + f[14:] for f in inside], SLL2)
