# SPDX-License-Identifier: BSD-2-Clause
"""What is carried over UDP and TCP: lists of (protocol, ports, payload) and a
length UDP is to claim, where it is a wrong one, which make.py puts into packets.
captures() names them all."""
import struct

UDP, TCP = 17, 6
CLIENT = 40000
NAME = b'\3www\7example\3com\0'
POINTER = b'\xc0\x0c'


def question(kind, name=NAME, klass=1):
    return name + struct.pack('>HH', kind, klass)


def record(kind, data, name=POINTER, klass=1, ttl=3600, length=None):
    return name + struct.pack('>HHIH', kind, klass, ttl, len(data) if length is None else length) + data


def dns(flags, questions=(), answers=(), authorities=(), additional=(), number=4660, counts=None):
    sections = (questions, answers, authorities, additional)
    counts = [len(s) for s in sections] if counts is None else counts
    return struct.pack('>HHHHHH', number, flags, *counts) + b''.join(b''.join(s) for s in sections)


def option(code, data, length=None):
    return struct.pack('>HH', code, len(data) if length is None else length) + data


EDNS_OPTIONS = [
    b'', option(8, b'\0\1\x18\0\xc0\0\2'), option(8, b'\0\2\x38\0' + b'\x20\1\x0d\xb8' + bytes(3)),
    option(8, b'\0\1\x21\0' + bytes(5)), option(8, b'\0\3\0\0'), option(8, b'\0\1'), option(10, bytes(range(8))),
    option(10, bytes(range(24))), option(10, b'abc'), option(11, b'\0\x7b'), option(11, b'\0'), option(12, bytes(9)),
    option(9, b'\0\1\2\3'), option(9, b'1'), option(3, b'server'), option(5, bytes([5, 8, 13, 3, 99])), option(6, b'\1\2\3\4\5'),
    option(7, b'\1\2'), option(13, b'\3com\0'), option(14, b'\x12\x34\x56\x78'), option(14, b'\1'), option(99, b'') + option(1, b'\xff'),
    option(10, b'abcd', 90)]

RECORDS = [
    record(1, b'\xc0\0\2\1'), record(28, bytes.fromhex('20010db8') + bytes(11) + b'\1'), record(5, b'\2ns' + POINTER),
    record(6, b'\2ns\xc0\x10\4root\xc0\x10' + struct.pack('>5I', 2024010101, 7200, 900, 1209600, 300)),
    record(15, b'\0\x0a\4mail\xc0\x10'), record(16, b'\5hello\7w\xf6rld\1\x1b'), record(33, b'\0\1\0\2\x13\xc4\3sip\xc0\x10'),
    record(12, NAME, b'\x011\x012\7in-addr\4arpa\0'), record(39, NAME), record(2, b'\xc0\x0c'), record(38, b'\x40' + bytes(8) + NAME),
    record(38, b'\0' + bytes(16)), record(38, b'\x80' + NAME), record(38, b'\xff'), record(43, bytes(24)), record(48, bytes(20)),
    record(46, bytes(30)), record(65, b'\0\1\0'), record(104, b'text'), record(256, b'\0\1\0\2http://a/'), record(99, b'\4spf1'),
    record(250, b'\3key\0' + bytes(6) + b'\1\x2c\0\4abcd' + b'\x12\x34\0\x10\0\0', klass=255), record(1, b'\xc0\0\2\1', klass=3),
    record(1, b'\xc0\0\2\1', ttl=86400 * 400 + 3661), record(16, b'\x20short'), record(1, b'\xc0', length=4), record(2, b'\xc1\xff'),
    record(2, b'\xc0\x40'), record(2, b'\x80\0'), record(2, b'\x42\0'), record(2, b'\x41\x0d\xab\xcd\0'), record(2, (b'\x3f' + b'x' * 63) * 5 + b'\0'),
    record(2, b'\0'), record(2, b'\xc0')]


def dns_messages():
    for kind in (1, 28, 12, 255, 252, 65, 64, 43, 48, 46, 0x1234):
        yield dns(0x0100, [question(kind)])
    for flags in (0, 0x0110, 0x0120, 0x2000, 0x2800, 0x0800, 0x07ff):
        yield dns(flags, [question(1)], [RECORDS[0]], [RECORDS[3]], [RECORDS[1]])
    for flags in (0x8180, 0x8580, 0x8380, 0x81b0, 0x8183, 0x8182, 0x8000, 0xa000, 0xa806, 0x8188):
        yield dns(flags, [question(6)], [], [RECORDS[3]])
    for one in RECORDS:
        yield dns(0x8180, [question(1)], [one, RECORDS[0]])
        yield dns(0x8180, [question(255)], [RECORDS[0]], [one], [one])
    for options in EDNS_OPTIONS:
        edns = record(41, options, b'\0', 1232, 0x8000)
        yield dns(0x0120, [question(1)], additional=[edns])
        yield dns(0x8180, [question(1)], [RECORDS[0]], additional=[edns])
    for high in (1, 2):
        yield dns(0x8181, [question(1)], additional=[record(41, b'', b'\0', 512, high << 24)])
    yield dns(0x8180, [question(1), question(28)], [RECORDS[0]])
    yield dns(0x8180, [], [RECORDS[0]])
    yield dns(0x8180, [question(1)], [RECORDS[0]], counts=[1, 3, 2, 1])
    yield dns(0x0100, [question(1, klass=3), question(1, klass=254)])
    yield dns(0x0100, [question(1)], counts=[2, 0, 0, 0])
    for name in (b'\xc0\x0c', b'\xc0\xff', b'\3a.b\2\x01\x7f\1\xff\0', b'\0', b'\x3f' + b'y' * 63):
        yield dns(0x0100, [question(1, name)])
    for cut in (0, 1, 11, 12, 13, 20):
        yield dns(0x0100, [question(1)])[:cut]


def dns_packets():
    for number, message in enumerate(dns_messages()):
        yield UDP, (CLIENT, 53) if number % 2 else (53, CLIENT), message
        if number % 3 == 0:
            yield TCP, (53, CLIENT), struct.pack('>H', len(message) + (number % 5 == 0)) + message
    yield TCP, (CLIENT, 53), b'\0'
    for length in (8, 20, 30, 200):
        for port in (53, 67, 123, 161, 514, 547, 69, 5060):
            yield UDP, (CLIENT, port), dns(0x0100, [question(1)]), length
    for klass in (1, 0x8001, 0x8003):
        yield UDP, (5353, 5353), dns(0, [question(12, klass=klass)], number=0)
        yield UDP, (5353, 5353), dns(0x8400, [], [record(1, b'\xc0\0\2\1', NAME, klass), record(41, b'', b'\0', klass)], number=0)
    yield UDP, (CLIENT, 5355), dns(0, [question(1)])


DHCP_OPTIONS = [
    b'\x35\1\1', b'\x35\1\x63', b'\x35\2\1\1', b'\x35\0', b'\x37\x06\1\3\6\x0f\x77\xfc', b'\x3d\7\1\2\0\0\0\0\1', b'\x3d\5\0name', b'\x3d\3\xff\1\2',
    b'\x3d\0', b'\x0c\4ho\x01t', b'\2\4\xff\xff\xfe\x0c', b'\x33\4\0\1\x51\x80', b'\x03\x09' + bytes(range(9)), b'\x21\x08' + bytes(range(8)),
    b'\x39\2\5\xdc', b'\x13\3\0\1\2', b'\x2b\3\1\2\3', b'\x2e\1\x08', b'\x2e\1\3', b'\x2e\0', b'\x34\1\3', b'\x34\2\1\1',
    b'\x51\7\5\xff\xffabcd', b'\x51\4\xf0\0\0a', b'\x51\2\1\1', b'\x52\x0e\1\4eth0\2\2\1\2\x97\2\3\4', b'\x52\3\1\x09x', b'\x52\1\1',
    b'\x79\x0e\0\xc0\0\2\1\x18\xc0\0\2\xc0\0\2\2\x08', b'\xf9\5\x21\1\2\3\4', b'\x79\3\1\2\3', b'\x4d\7\2ab\3cde', b'\x4d\3\0ab', b'\x4d\3\7ab',
    b'\x4d\1\0', b'\x7d\4\0\0\0\1', b'\x7d\2\0\1', b'\x7d\3abc', b'\x96\4\xc0\0\2\1', b'\0\0\0', b'\x0c\x20ab']


def bootp(options=b'', op=1, hardware=(1, 6), flags=0, addresses=bytes(16), names=(b'', b''), number=0x3903f326):
    return struct.pack('>BBBBIHH', op, *hardware, 0, number, 0, flags) + addresses + b'\2\0\0\0\0\1'.ljust(16, b'\0') + \
        names[0].ljust(64, b'\0') + names[1].ljust(128, b'\0') + options


def dhcp_packets():
    cookie = b'\x63\x82\x53\x63'
    for number, one in enumerate(DHCP_OPTIONS):
        yield UDP, (68, 67) if number % 2 else (67, 68), bootp(cookie + one + b'\xff\0\0', 2 - number % 2)
    yield UDP, (67, 68), bootp(cookie + b''.join(DHCP_OPTIONS[:-1]) + b'\xff')
    for op, hardware in ((3, (1, 6)), (1, (6, 6)), (2, (1, 16)), (1, (1, 5))):
        yield UDP, (68, 67), bootp(b'', op, hardware, 0x8000, bytes(range(16)), (b'server', b'boot\x01file'))
    yield UDP, (68, 67), bootp(b'', names=(b'x' * 64, b''))
    yield UDP, (68, 67), bootp(b'', names=(b'', b'x' * 128))
    for flags in range(4):
        yield UDP, (68, 67), bootp(b'CMU\0' + bytes([flags]) + bytes(range(3, 38)) + bytes(30))
    yield UDP, (68, 67), bootp(b'\1\2\3\4')
    yield UDP, (68, 67), bootp(bytes(4), number=0)


def ntp_packets():
    times = struct.pack('>8I', 3900000000, 1 << 31, 3900000001, 5, 3900000000, 0, 3899999999, 0xffffffff)
    for first in (0x23, 0x24, 0xe3, 0x1b, 0x5d, 0x99, 0x0a, 0x20):
        for stratum, reference in ((0, b'INIT'), (1, b'GPS\0'), (2, b'\xc0\0\2\1'), (16, bytes(4)), (62, b'abcd'), (63, b'abcd')):
            yield UDP, (123, 123), bytes([first, stratum, 6, 0xe9]) + b'\0\0\x12\x34\0\1\x80\0' + reference + times
    for poll in (0, 31, 32, 0xff, 0xe1, 0xe0):
        yield UDP, (CLIENT, 123), bytes([0x23, 2, poll, 0xfa]) + bytes(12) + bytes(32)
    for more in (0, 1, 4, 20, 24, 30):
        yield UDP, (123, CLIENT), bytes([0x24, 2, 3, 0xfa]) + bytes(20) + bytes(8) + times[:16] + bytes(range(more))
    yield UDP, (123, 123), bytes([0x24, 2, 3, 0xfa]) + bytes(10)
    for control, status, count, data in ((0x01, 0, 0, b''), (0x81, 0x0615, 4, b'abcd'), (0xe2, 0x9614, 9, b'abcd'), (0x02, 1, 0, b'x')):
        yield UDP, (123, CLIENT), struct.pack('>BBHHHHH', 0x26, control, 1, status, 2, 3, count) + data
    yield UDP, (123, CLIENT), b'\x26\x01\0'
    yield UDP, (123, CLIENT), b'\x17\0\3\x2a' + bytes(8)


def tunnel_packets(frames, datagrams):
    """Frames are Ethernet's, datagrams those of IP with their ethertypes."""
    for first in (0x08, 0x00, 0x0c, 0xff):
        for frame in frames + [b'abc']:
            for port in (4789, 8472):
                yield UDP, (CLIENT, port), bytes([first, 1, 2, 3, 0, 0, 42, 0]) + frame
    for kind, body in [(3, frames[0]), (0, b''), (99, b'x')] + [(1 + (t == 0x86dd), d) for t, d in datagrams]:
        yield UDP, (CLIENT, 4790), bytes([0x0c, 0, 0, kind, 0, 0, 42, 0]) + body
    options = [b'', b'\1\2\1\0', b'\1\1\x81\1abcd', b'\xff\xf0\5\2abcdefgh', b'\0\x01\2\0' + b'\1\3\4\1abcd', b'\1\x04\1\5', b'\1\5\6\0']
    for one in options:
        for kind, body in [(0x6558, frames[0]), (0x1234, b'abcd')] + datagrams:
            yield UDP, (6081, CLIENT), struct.pack('>BBHI', len(one) // 4, 0x40, kind, 0xabcdef00 + len(one) % 3) + one + body
    yield UDP, (CLIENT, 6081), b'\x3f\xff\x65\x58\0\0\1\0abcd'
    yield UDP, (CLIENT, 6081), b'\x40\0\x65\x58\0\0\1\0abcd'
    for port in (4789, 8472, 4790, 6081):
        yield UDP, (CLIENT, port), b'\x08\0\0'
        for length in (12, 30, 200):
            yield UDP, (CLIENT, port), bytes([0x08, 0, 0x65, 0x58, 0, 0, 42, 0]) + frames[0], length


def text_packets():
    lines = [b'GET /index.html HTTP/1.1\r\nHost: example.com\r\n\r\n', b'HTTP/1.1 200 OK\r\nServer:\tx\r\n\r\n<html>', b'HTTP/1.1 2000 x\r\n',
             b'post /x HTTP/1.0\n\n', b'<body>', b'GET /\x1b[31m HTTP/1.1\r\n', b'GET / HTTP/1.1', b'GET /\r', b'GET /\rx', b'\xff\r\n', b' GET\r\n',
             b'A' * 128 + b' 200\r\n', b'A' * 129 + b' 200\r\n', b'INVITE sip:a@b SIP/2.0\r\nVia: x\r\n', b'SIP/2.0 180 Ringing\r\n\r\n',
             b'SETUP rtsp://x RTSP/1.0\r\n', b'220 mail ESMTP\r\n', b'EHLO example.com\r\nx\0y\r\n', b'SSH-2.0-OpenSSH_9.2\r\nxx', b'SSH-2.0\n',
             b'SSH-2.0', b'SSH-\t\r\n', b'SS']
    for number, line in enumerate(lines):
        for port in (21, 22, 25, 43, 80, 554, 8080, 8554):
            yield TCP, (CLIENT, port) if number % 2 else (port, CLIENT), line
        yield UDP, (5060, 5060), line
    for message in (b'<34>su: failed', b'<191>x\x07y', b'<999>', b'<1234>x', b'<>', b'<1', b'none', b'<0>' + b'long' * 10):
        yield UDP, (CLIENT, 514), message
    for message in (b'\0\1file\0octet\0', b'\0\2file\0octet\0blksize\x001428\0', b'\0\1file', b'\0\1', b'\0\1file\0', b'\0\1f\0oct', b'\0\3\0\1data',
                    b'\0\4\0\2', b'\0\4\0', b'\0\5\0\1not \x80found\0', b'\0\5\0\x09what', b'\0\5\0\1', b'\0\6tsize\x0012\0', b'\0\6\0\0a', b'\0\7', b'\0'):
        yield UDP, (CLIENT, 69), message


def dhcp6_packets():
    address = bytes.fromhex('20010db8') + bytes(11) + b'\1'
    addr = option(5, address + struct.pack('>II', 3600, 7200) + option(13, b'\0\0ok'))
    prefix = option(26, struct.pack('>IIB', 3600, 7200, 56) + address)
    options = [
        option(1, b'\0\1\0\1\x2a\0\0\1\2\0\0\0\0\1'), option(2, b'\0\3\0\1\2\0\0\0\0\1'), option(2, b'\0\2' + bytes(range(10))),
        option(1, b'\0\4' + bytes(16)), option(1, b'\0\1\0'), option(1, b'\0'), option(3, struct.pack('>III', 1, 2, 3) + addr), option(3, b'\0'),
        option(4, b'\0\0\0\7' + addr), option(25, bytes(12) + prefix), option(25, bytes(12)), option(6, b'\0\x17\0\x18\x12\x34'), option(6, b'\0'),
        option(7, b'\xff'), option(8, b'\0\x64'), option(11, b'\3\1\0' + bytes(8) + b'\1' + bytes(16)), option(11, b'\2\1\0' + bytes(8) + bytes(23)),
        option(11, b'\5\2\1' + bytes(8)), option(11, b'\0'), option(13, b'\0\x06'), option(13, b'\1\0'), option(13, b'\0\x63'), option(14, b''),
        option(16, bytes(6)), option(18, b'eth0'), option(38, bytes(12)), option(19, b'\5'), option(19, b'\x09'), option(20, b''), option(23, address * 2),
        option(23, b'abc'), option(24, NAME + b'\3net\0'), option(24, b'\3ne'), option(32, b'\0\1\2\3'), option(37, b'\0\0\0\7abcdefghijkl'), option(39, b'\1' + NAME),
        option(41, b'EST5EDT'), option(42, b'UTC'), option(112, b'http\x1b'), option(44, b'\1' + address + option(6, b'\0\1')), option(45, addr),
        option(46, bytes(4)), option(47, address + b'relay'), option(48, address), option(56, option(1, address) + option(3, NAME) + option(9, b'')),
        option(56, option(2, b'ab') + b'\0\1\0\x09'), option(64, b'\4aftr\3net\0'), option(64, b'\x09aft'), option(999, b'x'), option(23, address, 99)]
    for number, one in enumerate(options):
        yield UDP, (546, 547) if number % 2 else (547, 546), bytes([1 + number % 16, 1, 2, number]) + one
    yield UDP, (547, 546), b'\7\0\0\1' + b''.join(options[:-1])
    inner = b'\1\1\2\3' + options[0]
    for kind in (12, 13):
        yield UDP, (547, 547), bytes([kind, 1]) + address + address + option(9, inner) + option(18, b'x')
    yield UDP, (547, 547), b'\x0c\0' + address + address + option(9, b'\x0c\1' + address * 2 + option(9, inner[:-1]))
    yield UDP, (547, 547), b'\1\2'


def tlv(tag, data, length=None):
    return bytes([tag, len(data) if length is None else length]) + data


def snmp_packets():
    oid, null = tlv(6, b'\x2b\6\1\2\1\1\3\0'), tlv(5, b'')
    values = [null, tlv(2, b'\xff\x38'), tlv(4, b'text'), tlv(4, b'\1\2'), oid, tlv(6, b'\x88\x37\3'), tlv(0x40, b'\xc0\0\2\1'), tlv(0x40, b'\1'), tlv(0x41, b'\x80'),
              tlv(0x43, b'\1\2\3'), tlv(0x44, b'op'), tlv(0x46, bytes(range(9))), tlv(0x80, b''), tlv(0x82, b''), tlv(0x83, b''), tlv(1, b'\1'), tlv(0xc0, b'p'),
              tlv(0x61, b'q'), tlv(0x30, b'')]

    def pdu(kind, values=(null,), error=0, index=0):
        variables = tlv(0x30, b''.join(tlv(0x30, oid + v) for v in values))
        return tlv(0xa0 | kind, tlv(2, b'\x12\x34') + tlv(2, bytes([error])) + tlv(2, bytes([index])) + variables)

    def message(body, version=1, community=b'public'):
        return tlv(0x30, tlv(2, bytes([version])) + tlv(4, community) + body)

    for kind in range(10):
        yield UDP, (CLIENT, 161), message(pdu(kind), kind % 2)
        yield UDP, (CLIENT, 161), message(pdu(kind, values[1:3], 2, 1), (kind + 1) % 2, b'private')
    yield UDP, (161, CLIENT), message(pdu(2, [], 0, 1))
    yield UDP, (161, CLIENT), message(pdu(2, [], 99))
    for value in values:
        yield UDP, (161, CLIENT), message(pdu(2, [value, null]))
    for generic in (3, 6, 9):
        yield UDP, (CLIENT, 162), message(tlv(0xa4, oid + tlv(0x40, b'\xc0\0\2\1') + tlv(2, bytes([generic])) + tlv(2, b'\7') + tlv(0x43, b'\1\0') + tlv(
            0x30, tlv(0x30, oid + values[1]))), 0)
    for flags, model in ((b'\4', 3), (b'\7', 3), (b'\0', 3), (b'\2', 3), (b'ab', 3), (b'\0', 1)):
        header = tlv(0x30, tlv(2, b'\1') + tlv(2, b'\5\xdc') + tlv(4, flags) + tlv(2, bytes([model])))
        user = tlv(4, tlv(0x30, tlv(4, b'engine') + tlv(2, b'\1') + tlv(2, b'\2') + tlv(4, b'user') + tlv(4, b'') + tlv(4, b'')))
        scoped = tlv(4, b'secret') if flags == b'\7' else tlv(0x30, tlv(4, b'\x80\1') + tlv(4, b'') + pdu(0))
        yield UDP, (CLIENT, 161), tlv(0x30, tlv(2, b'\3') + header + user + scoped)
    for wrong in (b'', b'\x30', b'\x30\x82', b'\x30\x82\1\0', b'\x1f\x81\1\0', b'\x3f\x81', b'\x04\1a', tlv(0x30, tlv(4, b'a')), tlv(0x30, tlv(2, b'')), message(b'', 2),
                  message(null), message(b'') + b'extra', message(pdu(0) + b'extra'), tlv(0x30, tlv(2, b'\1') + null), b'\x52\0', message(pdu(0, [b'']))):
        yield UDP, (CLIENT, 161), wrong


def captures(frames, datagrams):
    return {'dns': list(dns_packets()), 'dhcp': list(dhcp_packets()), 'dhcp6': list(dhcp6_packets()),
            'snmp': list(snmp_packets()), 'ntp': list(ntp_packets()),
            'tunnel': list(tunnel_packets(frames, datagrams)), 'text': list(text_packets())}
