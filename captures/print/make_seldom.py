# SPDX-License-Identifier: BSD-2-Clause
"""The captures of protocols that are seldom met, and of what is seldom met in
those that are not: called by make.py."""
import struct

from packets import (HOSTS, HOSTS6, MACS, SLL, USER, cut_packets, ethernet, filled, ipv4, ipv6, pseudo, tcp, udp,
                     write)


def dccp(kind, rest=b'', extended=True, coverage=0, seq=7, words=None, ends=HOSTS, value=3):
    number = b'\0' + struct.pack('>Q', seq)[2:] if extended else struct.pack('>I', seq)[1:]
    words = (9 + len(number) + len(rest) + 3) // 4 if words is None else words
    segment = struct.pack('>HHBBHB', 40000, 5001, words, value << 4 | coverage, 0, kind << 1 | extended) + number + rest
    covered = words * 4 + (coverage - 1) * 4 if coverage else len(segment)
    summed = filled(segment[:covered], 6, pseudo(ends[0], ends[1], 33, segment))
    return summed + segment[covered:]


def dccp_options(*options):
    joined = b''.join(bytes([kind, len(value) + 2]) + value if kind > 31 else bytes([kind]) for kind, value in options)
    return joined + bytes(-len(joined) % 4)


ACKNOWLEDGED = b'\0\0' + struct.pack('>Q', 0x010203040506)[2:]
DCCP_OPTIONS = [
    [(0, b''), (1, b''), (2, b''), (9, b''), (32, b'\1\2\3'), (33, b'\5\0\2'), (34, b'\x0a\1'), (35, b'\7'), (35, b'')],
    [(36, b'abc'), (36, b''), (37, b'\1\2'), (38, b'\3'), (39, b'\4\5'), (40, b'\6'), (40, b''), (44, b'\1\2\3\4'), (44, b'')],
    [(41, b'\0\0\1\0'), (41, b'\0'), (42, b'\0\0\1\0'), (42, b'\0\0\1\0\0\7'), (42, b'\0\0\1\0\0\0\0\7'), (42, b'\0')],
    [(43, b'\0\7'), (43, b'\0\0\0\7'), (43, b''), (50, b'ab'), (128, b'\0\1'), (192, b'\0\0\0\1'), (255, b'a')]]


def dccp_packets():
    """Every type, numbers of both lengths, options, and lengths that are wrong."""
    fixed = {0: b'\0\0\0\x2a', 1: ACKNOWLEDGED + b'\0\0\0\x2a', 2: b'', 7: ACKNOWLEDGED + b'\2\0\0\0'}
    for kind in range(12):
        for extended in (True, False):
            yield ipv4(33, dccp(kind, fixed.get(kind, ACKNOWLEDGED), extended))
        yield ipv6(33, dccp(kind, fixed.get(kind, ACKNOWLEDGED) + b'data', words=7, ends=HOSTS6))
        whole = dccp(kind, fixed.get(kind, ACKNOWLEDGED))
        for size in (3, 11, 13, len(whole) - 1):
            yield ipv4(33, whole[:size])
    for coverage in (1, 2, 15):
        yield ipv4(33, dccp(2, b'some data that is long', coverage=coverage, words=4))
    yield ipv4(33, dccp(2, b'some data')[:-1] + b'!')
    yield ipv4(33, dccp(2, words=9))
    for code in (0, 11, 12):
        yield ipv4(33, dccp(7, ACKNOWLEDGED + bytes([code]) + bytes(3)))
    for options in DCCP_OPTIONS:
        yield ipv4(33, dccp(3, ACKNOWLEDGED + dccp_options(*options)))
    for wrong in (b'\x20\1\0\0', b'\xc8\1\0\0', b'\0\0\0\x21', b'\0\0\x21\x09', b'\0\0\xc8\x09'):
        yield ipv4(33, dccp(3, ACKNOWLEDGED + wrong))
    yield ipv4(33, dccp(3, ACKNOWLEDGED + b'\x29\6\1\2', words=8))
    yield ipv6(60, b'\x21\0\1\4\0\0\0\0' + dccp(2, b'data', ends=HOSTS6))


KEYS = bytes(range(16, 32))
# Values of the option, from the subtype on, by the flags of the segments they are in.
MPTCP = {
    2: [b'\1\x81', b'\0\x01' + KEYS[:8], b'\1\x81' + KEYS[:8], b'\2\0', b'\x10\5' + KEYS[:8], b'\x11\5' + KEYS[:8], b'\x10\5' + KEYS[:12],
        b'\x20\1\0\0\0\7', b'\1\x81' + KEYS],
    0x12: [b'\1\x81' + KEYS[:8], b'\x10\5' + KEYS[:12], b'\x11\5' + KEYS[:12], b'\x10\5' + KEYS[:8], b'\x10\5' + KEYS + KEYS[:4]],
    0x10: [b'\0\1' + KEYS, b'\1\x81' + KEYS + b'\0\5', b'\1\1' + KEYS[:8], b'\x10\5' + KEYS + KEYS[:4], b'\x20\1\0\0\0\7', b'\x20\3' + KEYS[:8],
           b'\x20\1\0\0', b'\x20\3\0\0\0\7', b'\x20\4' + KEYS[:10], b'\x20\4' + KEYS[:12], b'\x20\x1d' + KEYS + b'ab', b'\x20\x0c' + KEYS[:14],
           b'\x20\x0f' + KEYS + KEYS[:8], b'\x20\0', b'\x20\0a', b'\x20', b'\x20\4' + KEYS[:4], b'\x20\4' + KEYS[:8], b'\x20\x0c' + KEYS[:6],
           b'\x20\4' + KEYS[:9], b'\x34\1' + HOSTS[0], b'\x34\1' + HOSTS[0] + b'\0\x50', b'\x30\1' + HOSTS[0] + KEYS[:8], b'\x31\1' + HOSTS[0],
           b'\x30\1' + HOSTS[0] + b'\0\x50' + KEYS[:8], b'\x36\1' + HOSTS6[0], b'\x30\1' + HOSTS6[0] + b'\0\x50', b'\x32\1' + HOSTS[0],
           b'\x30\1' + HOSTS6[0] + KEYS[:8], b'\x30\1' + HOSTS6[0] + b'\0\x50' + KEYS[:8], b'\x30\1' + HOSTS[0] + b'abc', b'\x30\1', b'\x30',
           b'\x40\1', b'\x40\1\2\3', b'\x40', b'\x50', b'\x51', b'\x50\7', b'\x51\7', b'\x51\7a', b'\x60\0' + KEYS[:8], b'\x60\0abc', b'\x70\0' + KEYS[:8],
           b'\x70\0', b'\x80\0', b'\xf0', b'']}


def mptcp_packets():
    for flags, values in MPTCP.items():
        for value in values:
            option = b'\1' * (-len(value) % 4 + 2) + bytes([30, len(value) + 2]) + value
            yield ipv4(6, tcp(flags, b'x', option[len(option) % 4:]))
            yield ipv6(6, tcp(flags, b'x', (bytes([30, len(value) + 2]) + value)[:40].ljust((len(value) + 5) // 4 * 4, b'\1'), ends=HOSTS6))
    yield ipv4(6, tcp(0x10, b'x', b'\x1e\x08\x20\1'))
    yield ipv4(6, tcp(0x10, b'x', b'\x1e\1\x20\1'))


def ike(exchange, flags, *payloads, version=0x20, message=0, length=None, cookies=(KEYS[:8], bytes(8)), first=None):
    """Payloads are pairs of a number and a value."""
    kinds = [kind for kind, _ in payloads] + [0]
    body = b''.join(struct.pack('>BBH', following, 0x80 * (following % 2), 4 + len(value)) + value
                    for following, (_, value) in zip(kinds[1:], payloads))
    length = 28 + len(body) if length is None else length
    return b''.join(cookies) + struct.pack('>BBBBII', kinds[0] if first is None else first, version, exchange, flags, message, length) + body


def between(payload, port=4500, other=40000, back=False, ends=HOSTS):
    ends = ends[1::-1] if back else ends[:2]
    datagram = udp(payload, ports=(port, other), ends=ends)
    return (ipv4 if len(ends[0]) == 4 else ipv6)(17, datagram, source=ends[0], destination=ends[1])


ANSWERED = (KEYS[:8], KEYS[8:])


def ike_packets():
    """Exchanges, with payloads of which tcpdump, too, prints the length only."""
    for kind in (0, 1, 2, 3, 4, 5, 6, 32, 33, 34, 35, 36, 37, 38, 255):
        for version, flags in ((0x10, 0), (0x10, 0xff), (0x20, 0), (0x20, 0x38), (0x21, 0x08), (0x11, 2)):
            yield between(ike(kind, flags, (8, b'hash'), version=version, cookies=ANSWERED), port=500)
    for back in (False, True):
        yield between(ike(2, 0, (8, b'hash'), version=0x10), port=500, back=back)
        yield between(ike(32, 1, version=0x10, message=7, cookies=ANSWERED), port=500, back=back)
    yield between(ike(2, 0, (8, b'hash'), version=0x10, cookies=(KEYS[4:12], bytes(8))), ends=HOSTS6, port=500)
    yield between(ike(2, 0, (8, b'hash'), version=0x10, cookies=(KEYS[4:12], KEYS[:8])), ends=HOSTS6, port=500, back=True)
    for kinds in ((8, 9, 13), (44, 45), (47, 48), (42, 14), (32, 49, 255), (46, 8)):
        for version in (0x10, 0x20):
            yield between(ike(35, 8, *((kind, b'payload') for kind in kinds), version=version, message=9, cookies=ANSWERED), port=500)
    yield between(ike(35, 8, (8, b''), (8, b'after')), port=500)
    yield between(ike(35, 8, (8, b'hash'), length=40), port=500)
    yield between(ike(35, 8, first=44), port=500)
    yield between(ike(35, 8, (44, b'ab'))[:-1], port=500)
    yield between(ike(35, 1, (46, b'secret')), port=500)
    yield between(ike(2, 0, version=0x30), port=500)
    yield between(ike(2, 0)[:27], port=500)
    for other in (40000, 8472, 4500):
        for payload in (b'\xff', b'\0', b'\xff\xff', b'abc', b'', bytes(4), bytes(4) + ike(34, 8, (44, b'ab')), b'\0\0\1\0\0\0\0\7' + bytes(20),
                        b'\0\0\1\0\0\0\0\7', bytes(4) + ike(2, 0, (8, b'hash'), version=0x10, cookies=ANSWERED)):
            yield between(payload, other=other)
    yield between(b'\0\0\1\0\0\0\0\7' + bytes(20), ends=HOSTS6)


def ike_association_packets():
    """What tcpdump prints of a proposal with -v has lines of its own."""
    transforms = (b'\1\1\0\0\x80\1\0\7\x80\2\0\2', b'\1\0\0\x0c\x80\x0e\0\x80')
    proposals = []
    for transform in transforms:
        transform = struct.pack('>BBH', 0, 0, 4 + len(transform)) + transform
        proposals.append(struct.pack('>BBHBBBB', 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform)
    yield between(ike(2, 0, (1, b'\0\0\0\1\0\0\0\1' + proposals[0]), version=0x10), port=500)
    yield between(ike(34, 8, (33, proposals[1])), port=500)


def ike_payload_packets():
    """Payloads of which tcpdump says more than how long they are."""
    for kind in (4, 5, 6, 7, 10, 11, 12):
        yield between(ike(2, 0, (kind, bytes(range(12))), version=0x10), port=500)
    for kind in (34, 35, 36, 37, 38, 39, 40, 41, 43):
        yield between(ike(34, 8, (kind, bytes(range(12)))), port=500)


MOBILITY_OPTIONS = [
    b'', b'\0\0\0\0', b'\1\2\0\0', b'\2\2\0\7', b'\3\x10' + HOSTS6[0], b'\4\4\0\1\0\2', b'\5\x0c' + bytes(12), b'\7\2ab', b'\2\0', b'\3\0', b'\4\0',
    b'\5\2ab', b'\1\x09ab', b'\1', b'\0' * 7 + b'\2', b'\xff\0\2\2\0\7\3\x10' + HOSTS6[1] + b'\0\0']
MOBILITY_FIELDS = [b'\0\0', b'\0\0' + KEYS[:8], b'\0\0' + KEYS[:8], b'\0\7' + KEYS, b'\1\7' + KEYS, b'\0\x09\xf0\0\0\x3c', b'\1\x80\0\x09\0\x3c', b'\2\0' + HOSTS6[2],
                   b'abcdef', b'']


def mobility(kind, rest, length=None, following=59):
    length = (6 + len(rest) + 7) // 8 - 1 if length is None else length
    header = struct.pack('>BBBBH', following, length, kind, 0, 0) + rest
    return header + bytes(-len(header) % 8)


def mobility_packets():
    for kind, fields in enumerate(MOBILITY_FIELDS):
        for options in MOBILITY_OPTIONS if kind in (0, 5) else MOBILITY_OPTIONS[:3]:
            yield ipv6(135, mobility(kind, fields + options) + b'\0')
            yield ipv6(135, mobility(kind, fields + options))
        yield ipv6(135, mobility(kind, fields, 0))
        yield ipv6(62, mobility(kind, fields, 9))
    yield ipv6(135, mobility(5, b'\0\x09\0\0\0\x3c'))
    yield ipv6(60, b'\x87\0\1\4\0\0\0\0' + mobility(6, b'\1\0\0\x09\0\x3c'))
    yield ipv6(135, mobility(0, b'\0\0', following=17) + udp(b'data', ends=HOSTS6))
    yield ipv6(135, b'')
    yield ipv6(135, b'\x3b')
    yield ipv6(135, b'\x3b\0')
    yield ipv4(135, mobility(0, b'\0\0'))


def lldp(organization, *values):
    tlvs = (organization + value for value in values)
    frame = b''.join(struct.pack('>H', 127 << 9 | len(tlv)) + tlv for tlv in tlvs)
    return ethernet(0x88cc, frame + b'\0\0')


def part(kind, value, length=None):
    return struct.pack('>H', kind << 9 | (len(value) if length is None else length)) + value


def lldp_frames():
    """Data center bridging, edge virtual bridging, and what devices are for."""
    ieee, dcbx, iana = b'\0\x80\xc2', b'\0\x1b\x21', b'\0\0\x5e'
    classes = b'\x01\x23\x45\x67' + bytes(range(10, 90, 10)) + bytes(range(8))
    for first in (0, 0x83, 0x40, 0xff):
        one = bytes([first])
        for value in (b'\x08' + one + b'\x0f', b'\x09' + one + classes, b'\x0a' + one + classes, b'\x0b' + one + b'\x81', b'\x0c' + one + b'\x61\x89\x06\xa2\x0c\xbc',
                      b'\x0d' + one + one + b'\x65' + one + b'\x3f', b'\x0e' + one + b'\0\x0f\xff\0\x10\1\xff\xff\xff'):
            yield lldp(ieee, value)
    for kind in range(8, 16):
        yield lldp(ieee, *(bytes([kind]) + bytes(range(size)) for size in (0, 1, 2, 3, 4, 5, 6, 8, 9, 20, 21, 24)))
    control = part(1, b'\0\1\0\0\0\7\0\0\0\x09')
    groups = part(2, b'\0\0\xa0\0\x01\x23\x45\x67' + bytes(range(10, 90, 10)) + b'\x08')
    flow = part(3, b'\0\0\x80\0\x09\x08')
    applications = part(4, b'\0\0\x40\0\x89\x06\0\x1b\x21\x08\x0c\xbc\x40\x1b\x21\x10ab')
    for version in (b'\1', b'\2', b'\3'):
        yield lldp(dcbx, version + control + groups + flow + applications)
    for one in (b'', b'\2', b'\2\0', b'\2' + part(5, b'abc'), b'\2' + part(5, b'abc') + flow, b'\2' + flow + part(5, b'abc'), b'\2' + part(0, b'abc'), b'\2' + part(3, b''),
                b'\2' + part(1, b'abc'), b'\2' + part(2, bytes(16)), b'\2' + part(3, bytes(5)), b'\2' + part(4, bytes(3)), b'\2' + part(4, bytes(4)),
                b'\2' + part(3, bytes(6), 9), b'\2' + control + b'\0'):
        yield lldp(dcbx, one)
    for one in (b'\1https://example.com/mud\xff', b'\1abc', b'\1abcd', b'\2https://', b''):
        yield lldp(iana, one)


def ipx(socket, data=b'', length=None, source_socket=0x4003):
    length = 30 + len(data) if length is None else length
    return struct.pack('>HHBB', 0xffff, length, 1, 17) + b'\0\0\1\0' + b'\xff' * 6 + struct.pack('>H', socket) + \
        b'\0\0\1\1' + MACS[6:] + struct.pack('>H', source_socket) + data


def ipx_datagrams():
    server = b'\0\4' + b'FS1'.ljust(48, b'\0') + b'\0\0\2\0\0\0\0\0\0\1\4\x51\0\2'
    named = b'\1\7' + b'x' * 48 + b'\0\0\2\0' + MACS[:6] + b'\4\x51\0\2'
    for socket in (0x451, 0x455, 0x456, 0x553, 0x9001, 0x4004):
        yield ipx(socket, b'some data')
    for command in range(6):
        for data in (b'\0\4', b'', server, server + named + b'\0\4', named[:30], server[:52], server[:61], server * 9):
            yield ipx(0x452, struct.pack('>H', command) + data)
    for command in range(4):
        for data in (b'', b'\0\0\1\0\0\1\0\2', b'\0\0\1\0\0\1\0\2' * 52, b'\0\0\1\0\0\1\0\2\0\0'):
            yield ipx(0x453, struct.pack('>H', command) + data)
    for socket in (0x452, 0x453, 0x451):
        for length in (0, 29, 30, 31, 32, 100):
            yield ipx(socket, b'\0\2', length)
            yield ipx(socket, b'', length)


def ipx_frames():
    """In each way that a frame can hold it."""
    for number, data in enumerate(ipx_datagrams()):
        if number % 9 < 6:
            yield ethernet(len(data), data)
        elif number % 9 == 6:
            yield ethernet(len(data) + 3, b'\xe0\xe0\3' + data)
        elif number % 9 == 7:
            yield ethernet(0x8137, data)
        else:
            yield ethernet(len(data) + 8, b'\xaa\xaa\3\0\0\0\x81\x37' + data)
    yield ethernet(0x8100, b'\0\5' + struct.pack('>H', 39) + ipx(0x451, b'some data') + b'padding')
    yield ethernet(0x8864, struct.pack('>BBHHH', 0x11, 0, 5, 41, 0x2b) + ipx(0x451, b'some data'))
    yield ethernet(0x8870, ipx(0x451, b'some data'))
    yield ethernet(3, b'\xff\xff\3')
    yield ethernet(2, b'\xff\xff')


def ipx_cooked():
    for protocol, head in ((1, b''), (4, b''), (4, b'\xe0\xe0\3'), (0x8137, b'')):
        yield struct.pack('>HHH', 0, 1, 6) + bytes(8) + struct.pack('>H', protocol) + head + ipx(0x451, b'some data')


def igmp(kind, code, rest, group=b'\0\0\xff\3'):
    return ipv4(2, filled(bytes([kind, code, 0, 0]) + group + rest, 2), ttl=1, destination=b'\xe0\0\0\4')


def dvmrp_packets():
    neighbors = HOSTS[0] + b'\1\2\2' + HOSTS[1] + HOSTS[2]
    neighbors2 = HOSTS[0] + b'\1\2\0\1' + HOSTS[1] + HOSTS[1] + b'\1\2\x73\2' + HOSTS[0] + HOSTS[2]
    report = b'\0\0\0\x0a\1\x7f\x82' + b'\xff\0\0\x0a\1\x83' + b'\xff\xff\0\xc0\0\2\1\xc0\0\3\x84' + b'\xff\xff\xf0\xc0\0\2\x10\x81'
    bodies = {1: [b'\0\0\1\0', b'\0\0\1\0' + HOSTS[0] + HOSTS[1], b'\0\0\1\0ab', b'ab', b''],
              2: [report, report[:-1], report[:8], report + b'\xff', b''],
              4: [neighbors, neighbors * 2, neighbors[:-1], neighbors[:9], b'abc', b''],
              6: [neighbors2, neighbors2[:-1], neighbors2[:12], neighbors2[:16], HOSTS[0] + b'\1\2\0\0', HOSTS[0] + b'\1\2\0\1', b'abc', b''],
              7: [HOSTS[0] + b'\xe0\1\2\3' + b'\0\0\x1c\x20', HOSTS[0]], 8: [HOSTS[0] + b'\xe0\1\2\3'], 9: [HOSTS[0] + b'\xe0\1\2\3']}
    for code in range(11):
        for body in bodies.get(code, [b'']):
            yield igmp(0x13, code, body)
    yield ipv4(2, b'\x13\1\0\0abc')
    yield ipv4(2, b'\x13')


def pim1_packets():
    group, whole = b'\xe0\1\2\3', b'\xff' * 4
    one = HOSTS[0] + b'\0\0' + b'\0\xb4' + b'\0\4\4\1' + group + whole
    source = b'\1\xe0' + HOSTS[1]
    bodies = {0: [b'\x10\0\0\x69', b'\0\0\0\x69', b'\x20\0\1\x69', b'\x70\0\0\0', b''],
              1: [bytes(4) + ipv4(17, udp(b'data'), destination=group), ipv4(17, udp(b'data'), destination=group), b'short'],
              2: [group + HOSTS[1], group], 4: [group + whole + HOSTS[1] + b'\0\0\1\x0e', group + b'\xff\xff\xff\0' + HOSTS[1] + b'\0\0\1\x0e', group],
              5: [group + whole + HOSTS[1] + b'\x80\0\0\7\0\0\0\x0a', group + b'\xff\xff\0\0' + HOSTS[1] + b'\0\0\0\7\0\0\0\x0a', group + whole + HOSTS[1]]}
    for code in (3, 6, 7):
        bodies[code] = [one + b'\0\1\0\0' + source, one + b'\0\0\0\1' + b'\0\x20' + HOSTS[1], HOSTS[0] + b'\0\0\0\7\0\4\4\1' + group + b'\xff\xff\0\0\0\1\0\0' + source,
                        one + b'\0\1\0\1' + source + b'\0\x60' + HOSTS[2], one[:11] + b'\2' + one[12:] + b'\0\1\0\0' + source + group + whole + b'\0\0\0\1' + source,
                        one[:11] + b'\2' + one[12:] + b'\0\1\0\0' + source, one + b'\xff\xff\xff\xff' + source, one[:11] + b'\0', one, one[:16], one[:10], one[:6], one[:2], b'']
    for code in range(10):
        for number, body in enumerate(bodies.get(code, [b''])):
            yield igmp(0x14, code, body, b'\x10\0\0\0' if number % 2 == 0 else b'\x20\0\0\0')
    yield ipv4(2, b'\x14\3\0\0\x10\0')
    yield ipv4(2, b'\x14\0')
    yield ipv4(2, b'\x14')


def nsh(following, payload, context=b'', metadata=2, flags=0, words=None, version=0):
    words = 2 + len(context) // 4 if words is None else words
    first = version << 30 | flags << 28 | 63 << 22 | words << 16 | metadata << 8 | following
    return struct.pack('>II', first, 0x0001ff) + context + payload


def nsh_headers():
    datagram, datagram6 = ipv4(17, udp(b'data')), ipv6(17, udp(b'data', ends=HOSTS6))
    value = b'\1\2\3\5hello\0\0\0'
    for following, payload in ((1, datagram), (2, datagram6), (3, ethernet(0x800, datagram)), (4, nsh(1, datagram)), (5, b'\0\1\1\x40' + datagram), (254, b'ab'),
                               (255, b'ab'), (6, b'ab'), (0, b''), (3, b'short'), (1, b'')):
        yield nsh(following, payload)
    for metadata in (0, 1, 2, 3, 15):
        for context in (b'', KEYS, KEYS[:12], value, value * 2, value[:4] + b'\1\2\3\0' + value[:8], b'\1\2\3\x80', b'\1\2\3\x7f'):
            yield nsh(1, datagram, context[:len(context) // 4 * 4], metadata)
    for flags in (1, 2, 3):
        yield nsh(1, datagram, flags=flags)
    for words in (0, 1, 3, 10, 63):
        yield nsh(1, datagram, words=words)
        yield nsh(1, datagram, words=words, metadata=1)
    yield nsh(1, datagram, version=1)
    yield nsh(1, datagram)[:7]
    yield b''


def nsh_frames():
    for header in nsh_headers():
        yield ethernet(0x894f, header)
        yield ethernet(0x800, between(b'\x0c\0\0\4\0\0\7\0' + header, port=4790))


def long_names():
    """Messages in which a few bytes each ask for a name as long as can be."""
    bits = b'\x41\0' + bytes(range(32))
    names = [bits * 7 + b'\x0a' + b'a' * 10 + b'\0', bits * 7 + b'\0', bits * 20 + b'\0', (b'\x3f' + b'\x81' * 63) * 4 + b'\0', (b'\x3f' + b'\x81' * 63) * 3 + b'\x3d' + b'\x81' * 61 + b'\0']
    for name in names:
        for count in (1, 2, 100):
            message = struct.pack('>6H', 7, 0, count, 0, 0, 0) + name + b'\0\1\0\1' + b'\xc0\x0c\0\1\0\1' * (count - 1)
            yield between(message, port=53)
    record = b'\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c'
    for name in names[2:4]:
        yield between(struct.pack('>6H', 7, 0x8180, 1, 100, 0, 0) + name + b'\0\5\0\1' + record * 100, port=53)


def nested(depth):
    packet = ipv4(17, udp(b'data'))
    for _ in range(depth):
        packet = ipv4(4, packet)
    return packet


def framed(packets):
    return [ethernet(0x86dd if p[0] >> 4 == 6 else 0x0800, p) for p in packets]


def main():
    files = {'dccp': framed(dccp_packets()), 'mptcp': framed(mptcp_packets()), 'ike': framed(ike_packets()),
             'mobility': framed(mobility_packets()), 'lldp': list(lldp_frames()),
             'ipx': list(ipx_frames()), 'dvmrp': framed(dvmrp_packets()), 'pim1': framed(pim1_packets()),
             'nsh': list(nsh_frames())}
    for name, frames in files.items():
        write(name + '.pcap', frames)
    write('snaplen.pcap', framed([between(bytes(range(200)), port=40001)]), snaplen=64)
    write('times.pcap', framed([between(b'data', port=40001)] * 3), times=[(1700000000, 5), (1700000000, 1500000), (2208988800, 7)])
    write('deep.pcap', framed([nested(64)]))
    write('dns_long.pcap', framed(long_names()))
    write('unsupported.pcap', [b'\1', bytes(range(40)), ethernet(0x0800, ipv4(17, udp(b'data')))], USER)
    write('ipx_cooked.pcap', list(ipx_cooked()), SLL)
    write('ike_association.pcap', framed(ike_association_packets()))
    write('ike_payloads.pcap', framed(ike_payload_packets()))
    write('seldom_cut.pcap', list(cut_packets(frame for frames in files.values() for frame in frames)))
