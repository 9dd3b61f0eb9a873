"""live.py COMMAND: talks to an enricher over pipes as a live log does, and exits with 0 if no line was held back.

Each line is sent only when the one before has come out; then the same with a non-blocking pipe on either side.
"""

import fcntl
import os
import select
import subprocess
import sys

PATIENCE = 20  # seconds: a deadlock is a failure, slowness is not


def set_nonblocking(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)


def read_line(fd):
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([fd], [], [], PATIENCE)[0]:
            sys.exit("held back after " + repr(line))
        data = os.read(fd, 1)
        if not data:
            sys.exit("ended after " + repr(line))
        line += data
    return line


def start(command, nonblocking):
    stdin, feed = os.pipe()
    out, stdout = os.pipe()
    if nonblocking:
        set_nonblocking(stdin)
        set_nonblocking(stdout)
    process = subprocess.Popen(command, shell=True, stdin=stdin, stdout=stdout)
    os.close(stdin)
    os.close(stdout)
    return process, feed, out


def talk(command, nonblocking):
    process, feed, out = start(command, nonblocking)
    for i in range(50):
        os.write(feed, b'{"n":%d,"code":4100}\n{"torn' % i)
        line = read_line(out)
        if b'"n":%d,' % i not in line or b"tc_category" not in line:
            sys.exit("unexpected: " + repr(line))
        os.write(feed, b'":1}\n')
        if read_line(out) != b'{"torn":1}\n':
            sys.exit("the second half of a line went astray")
    os.close(feed)
    if os.read(out, 1) != b"" or process.wait() != 0:
        sys.exit("did not end well")


def flood(command):
    """More than the pipes hold, read only after a while: nothing is lost, nothing written twice."""
    process, feed, out = start(command, True)
    lines = b"".join(b'{"n":%d,"code":4100}\n' % i for i in range(200000))
    if os.fork() == 0:
        os.close(out)
        while lines:
            lines = lines[os.write(feed, lines[:1 << 20]):]
        os._exit(0)
    os.close(feed)
    got = b""
    while data := os.read(out, 1 << 20):
        got += data
    if [line.split(b",")[0] for line in got.splitlines()] != [b'{"n":%d' % i for i in range(200000)]:
        sys.exit("lines were lost or written twice")
    if process.wait() != 0:
        sys.exit("did not end well")


talk(sys.argv[1], False)
talk(sys.argv[1], True)
flood(sys.argv[1])
