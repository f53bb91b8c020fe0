#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""mixed.py FILE COUNT[p|M] CAPTURE...: writes a pcap file of Ethernet of so many packets
(p) or MiB (M), by turns those of the captures, a microsecond apart."""
import struct
import sys

packets = []
for path in sys.argv[3:]:
    with open(path, 'rb') as f:
        data = f.read()
    if data[:4] != b'\xd4\xc3\xb2\xa1' or struct.unpack('<I', data[20:24])[0] != 1:
        continue
    at = 24
    while at < len(data):
        caplen, length = struct.unpack('<II', data[at + 8:at + 16])
        packets.append((struct.pack('<II', caplen, length), data[at + 16:at + 16 + caplen]))
        at += 16 + caplen
most, unit = int(sys.argv[2][:-1]), sys.argv[2][-1]
if unit == 'M':
    most <<= 20
done, number, chunk = 0, 0, []
with open(sys.argv[1], 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    while done < most:
        lengths, data = packets[number % len(packets)]
        chunk.append(struct.pack('<II', 1700000000 + number // 1000000, number % 1000000))
        chunk += (lengths, data)
        number += 1
        done += 1 if unit == 'p' else 16 + len(data)
        if len(chunk) >= 30000:
            f.write(b''.join(chunk))
            chunk = []
    f.write(b''.join(chunk))
