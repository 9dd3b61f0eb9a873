"""load.py DIRECTORY GIGABYTES: `tcerr enrich` on DIRECTORY/log again and again, compared with DIRECTORY/exact.

Prints what it has found; ends with a reason when an output is not what it has to be, or memory grows.
"""

import os
import random
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

COMMAND = ["lua5.4", "lua/tcerr/main.lua", "enrich"]
CHUNK = 1 << 20
GROWTH = 256  # KB that memory may grow by from a tenth of the way to the end
KILLS = 10  # by each signal, to a file and to a pipe
DISK = 20 << 20
PATIENCE = 60  # seconds for what has to come


class Endless:
    """Bytes that are repeated for ever."""

    def __init__(self, period):
        self.period = period
        self.bytes = period + (period * (CHUNK // len(period) + 1))[:CHUNK]

    def at(self, position, length):
        start = position % len(self.period)
        return self.bytes[start:start + length]


def feed(fd, log, total):
    position = 0
    try:
        while position < total:
            position += os.write(fd, log.at(position, min(CHUNK, total - position)))
    except BrokenPipeError:
        pass


def start(log, stdout=subprocess.PIPE, total=sys.maxsize, **options):
    """The command with so much of a log on its input, which is then left open."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE, **options)
    process.feeder = threading.Thread(target=feed, args=(process.stdin.fileno(), log, total), daemon=True)
    process.feeder.start()
    return process


def compare(file, exact, position=0, end=sys.maxsize):
    """Reads up to `end`, or all there is; returns where that is. Ends the program where the bytes are not exact's."""
    while position < end:
        if not select.select([file], [], [], PATIENCE)[0]:
            sys.exit(f"nothing comes behind {position} bytes")
        data = os.read(file.fileno(), min(CHUNK, end - position))
        if data != exact.at(position, len(data)):
            sys.exit(f"wrong output within {len(data)} bytes behind {position}")
        if not data:
            break
        position += len(data)
    return position


def finish(process, status, words=b""):
    if process.wait(PATIENCE) != status:
        sys.exit(f"exit status {process.returncode} instead of {status}")
    process.feeder.join()  # before the descriptor becomes another pipe's
    process.stdin.close()
    said = process.stderr.read()
    if said != words:
        sys.exit(f"said {said}")


def peak(process):
    """KB of memory at most."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def volume(log, exact, total, words=b""):
    """Returns bytes read, bytes a second, KB at most, and KB more than after a tenth."""
    periods = total // len(log.period)
    end = periods * len(exact.period)
    began = time.monotonic()
    process = start(log, total=periods * len(log.period))
    compare(process.stdout, exact, 0, end // 10)
    early = peak(process)
    if compare(process.stdout, exact, end // 10, end) != end:
        sys.exit("output is missing")
    seconds, late = time.monotonic() - began, peak(process)
    process.feeder.join()
    process.stdin.close()
    if compare(process.stdout, exact, end) != end:
        sys.exit("output goes on behind the end")
    finish(process, 0, words)
    if late - early > GROWTH:
        sys.exit(f"{late - early} KB of growth from {total / 1e10:.1f} to {total / 1e9:.1f} GB")
    return periods * len(log.period), periods * len(log.period) / seconds, late, late - early


def kill(log, exact, path, number):
    """Kills the command at a moment that its output tells of, written to a file or, without a path, a pipe."""
    moment = random.randrange(1, 30 << 20)
    with open(path or os.devnull, "wb") as output:
        process = start(log, output if path else subprocess.PIPE)
    if path:
        while os.stat(path).st_size < moment and process.poll() is None:
            time.sleep(0.001)
    else:
        compare(process.stdout, exact, 0, moment)
    process.send_signal(number)
    if path:
        process.wait()
        with open(path, "rb") as output:
            size = compare(output, exact)
    else:
        size = compare(process.stdout, exact, moment)
    finish(process, -number)
    if size < moment:
        sys.exit(f"{size} bytes are left of {moment}")


def fill(log, exact, path, least, reason, **options):
    """Writes to a file that cannot take it all."""
    with open(path, "wb") as output:
        process = start(log, output, **options)
    finish(process, 1, b"tcerr: write error: " + reason + b"\n")
    with open(path, "rb") as output:
        size = compare(output, exact)
    os.unlink(path)
    if size < least:
        sys.exit(f"{size} bytes of {least} are on the disk")


def full_disks(log, exact, directory):
    """Returns how many were filled: a size limit, and where one may be mounted, a small file system."""
    size = DISK + 12345
    fill(log, exact, directory / "out", size, b"File too large", restore_signals=False,  # SIGXFSZ stays ignored
         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    disk = directory / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tcerr", disk]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return 1
    try:
        fill(log, exact, disk / "out", DISK - 4096, b"No space left on device")
    finally:
        subprocess.run(["umount", disk], check=True)
    return 2


def main():
    directory, total = Path(sys.argv[1]), int(float(sys.argv[2]) * 1e9)
    log, exact = (Endless((directory / name).read_bytes()) for name in ("log", "exact"))
    read, rate, late, growth = volume(log, exact, total)
    line = Endless(b"x" * CHUNK)
    words = b"tcerr: lines longer than --max-line, not looked at: 1\n"
    long_growth = volume(line, line, total // 10, words)[3]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for path in (directory / "out", None):
            for _ in range(KILLS):
                kill(log, exact, path, number)
    disks = full_disks(log, exact, directory)
    print(f"{read / 1e9:.1f} GB at {rate / 1e9:.2f} GB/s, peak {late / 1000:.1f} MB ({growth} KB of growth, "
          f"{long_growth} in one line of {total / 1e10:.1f} GB); {4 * KILLS} kills, {disks} full disks: always a prefix")


main()
