#!/usr/bin/python3
"""Writes a log to measure `tcerr enrich` on: the same bytes on every run.

    generate.py json|text|logfmt LINES [--mix default|zero|known] > file

The default mix is what a gateway's log looks like, with its traps: 70 % code 0,
25 % a known code, 4 % an unknown code, 1 % malformed or without a code; some
lines carry a known code where it does not count (in a nested object, in a
quoted string) or bytes that are not UTF-8. `zero` has code 0 on every line,
`known` a known code on every line; both are well-formed and without traps.
"""

import argparse
import random
import sys
import time

SEED = 20191125

CODES = (
    4000, 4100, 4200, 4300, 4400, 4500, 4600, 5000, 5100, 5200, 5300, 5400, 5500, 6000, 6100, 6200,
    1000, 1001, 1002, 1003, 3000, 4001,
    20100, 20101, 20102, 20103, 20104, 20105, 20106, 20107, 20108, 20109, 20111, 20112, 20113, 20114,
    20200, 20201, 20202, 20203, 20204, 20250, 20251, 20252, 20253,
    20300, 20301, 20320, 20321, 20322, 20323, 20326, 20327, 20328, 20500,
)
UNKNOWN = (-4100, -1, 1, 41, 410, 999, 4002, 4999, 5101, 7000, 20110, 41000, 99999, 4294971396)

HOSTS = (b"cvm.api.qcloud.com", b"cdb.api.qcloud.com", b"live.api.qcloud.com", b"vod.api.qcloud.com")
METHODS = (b"GET", b"GET", b"GET", b"POST")
ACTIONS = (b"DescribeInstances", b"RunInstances", b"DescribeLVBChannelList", b"StopLVBChannel",
           b"CreateLVBChannel", b"DescribeCdbInstances", b"DescribeRecordTask")
AGENTS = (b"Mozilla/5.0 (X11; Linux x86_64)", b"curl/7.64.0", b"Go-http-client/1.1",
          b"python-requests/2.22.0", b"okhttp/3.12.1", b"Apache-HttpClient/4.5.10 (Java/1.8.0_232)")
NOT_UTF8 = (b"\xc4\xe3\xba\xc3", b"caf\xe9", b"\xff\xfe", b"\xe9\x89", b"\xed\xa0\x80")


class Request:
    """What one line of any of the three formats is about."""

    __slots__ = ("iso_time", "local_time",
                 "address", "host", "method", "uri", "size", "took", "agent", "id", "code", "port")


def requests(lines, mix, rng):
    """Yields a Request for each line, always the same object, and the trap on that line, or None."""
    draw, bits = rng.random, rng.getrandbits
    addresses = [b"%d.%d.%d.%d" % (1 + bits(7), bits(8), bits(8), bits(8)) for _ in range(4096)]
    request = Request()
    for number in range(lines):
        if number % 64 == 0:
            second = time.gmtime(1574640000 + number // 64)
            request.iso_time = time.strftime("%Y-%m-%dT%H:%M:%SZ", second).encode()
            request.local_time = time.strftime("%d/%b/%Y:%H:%M:%S +0000", second).encode()
        chance, noise = draw(), bits(64)
        trap = None
        if mix == "zero":
            request.code = 0
        elif mix == "known" or 0.70 <= chance < 0.95:
            request.code = CODES[int(draw() * len(CODES))]
        elif chance < 0.70:
            request.code = 0
        elif chance < 0.99:
            request.code = UNKNOWN[int(draw() * len(UNKNOWN))]
        else:
            request.code = CODES[int(draw() * len(CODES))]
            trap = "malformed"
        if mix == "default" and trap is None:
            trapped = draw()
            if trapped < 0.006:
                trap = "nested"
            elif trapped < 0.012:
                trap = "not utf-8"
            elif trapped < 0.022:
                trap = "decoy"
        request.address = addresses[noise & 4095]
        request.host = HOSTS[noise >> 12 & 3]
        request.method = METHODS[noise >> 14 & 3]
        request.uri = b"/v2/index.php?Action=%s&Nonce=%d" % (ACTIONS[(noise >> 16 & 255) % 7], noise >> 32 & 65535)
        request.size = 100 + (noise >> 32 & 4095)
        request.took = noise >> 50 & 511
        request.agent = AGENTS[(noise >> 44 & 63) % 6]
        request.id = b"%032x" % bits(128)
        request.port = noise >> 60
        yield request, trap


def json_line(r, trap, rng):
    uri, agent, nested = r.uri, r.agent, b""
    if trap == "nested":
        nested = b'"resp":{"code":4100},'
    elif trap == "not utf-8":
        agent += b" " + rng.choice(NOT_UTF8)
    elif trap == "decoy":
        uri = b'/x?q=\\"code\\":4100'
    line = (b'{"time":"%s","remote_addr":"%s","host":"%s","method":"%s","uri":"%s","status":200,"bytes":%d,'
            b'"rt":0.%03d,"urt":"0.%03d","ua":"%s","request_id":"%s","tls":true,%s"code":%d,'
            b'"upstream":"10.0.0.%d:8080"}') % (
        r.iso_time, r.address, r.host, r.method, uri, r.size, r.took, r.took, agent, r.id, nested, r.code, r.port)
    if trap != "malformed":
        return line
    kind = rng.randrange(5)
    if kind == 0:
        return b""
    if kind == 1:
        return line[:rng.randrange(1, len(line))]
    if kind == 2:
        return line + b"}"
    if kind == 3:
        at = rng.randrange(10, len(line))
        return line[:at] + b"\0" + line[at:]
    return line.replace(b'"code":%d,' % r.code, b"")


def text_line(r, trap, rng):
    uri, agent, code = r.uri, r.agent, b"%d" % r.code
    if trap == "nested":
        uri += b"&code=4100"
    elif trap == "not utf-8":
        agent += b" " + rng.choice(NOT_UTF8)
    elif trap == "decoy":
        agent += b" 4100 "
    elif trap == "malformed":
        code = rng.choice((b"-", b"%dx" % r.code, b"0%d" % r.code, b"%d.0" % r.code, None))
        if code is None:
            return b""
    return b'%s - - [%s] "%s %s HTTP/1.1" 200 %d "-" "%s" 0.%03d 0.%03d %s 10.0.0.%d:8080 %s' % (
        r.address, r.local_time, r.method, uri, r.size, agent, r.took, r.took, r.id, r.port, code)


def logfmt_line(r, trap, rng):
    agent, code, note = r.agent, b"code=%d" % r.code, b""
    if trap == "nested":
        code = b'code="%d"' % r.code
    elif trap == "not utf-8":
        agent += b" " + rng.choice(NOT_UTF8)
    elif trap == "decoy":
        agent += b' said \\"no\\" code=4100 '
    elif trap == "malformed":
        code = rng.choice((b"code=-", b"code=%dx" % r.code, b"xcode=%d" % r.code, code, None))
        note = b' note="torn'
        if code is None:
            return b""
    return (b'time=%s addr=%s method=%s uri="%s" status=200 bytes=%d rt=0.%03d '
            b'ua="%s" request_id=%s %s upstream=10.0.0.%d:8080%s') % (
        r.iso_time, r.address, r.method, r.uri, r.size, r.took, agent, r.id, code, r.port, note)


FORMATS = {"json": json_line, "text": text_line, "logfmt": logfmt_line}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("lines", type=int)
    parser.add_argument("--mix", choices=("default", "zero", "known"), default="default")
    arguments = parser.parse_args()
    rng, line = random.Random(SEED), FORMATS[arguments.format]
    block = []
    for request, trap in requests(arguments.lines, arguments.mix, rng):
        block.append(line(request, trap, rng))
        if len(block) == 4096:
            sys.stdout.buffer.write(b"\n".join(block) + b"\n")
            block.clear()
    if block:
        sys.stdout.buffer.write(b"\n".join(block) + b"\n")


if __name__ == "__main__":
    main()
