"""signals.py COMMAND [LOG]: whether tcerr enrich dies of ^C, SIGTERM and SIGPIPE, at once and without a word.

COMMAND, which adds the category, is run on an open pipe and on a terminal; with a LOG, so slowly that it draws its progress.
"""

import os
import pty
import signal
import subprocess
import sys

PATIENCE = 20  # seconds: a process that does not die is a failure, a slow machine is not
COMMAND = ["sh", "-c", "exec env " + sys.argv[1]]
LINE = b'{"code":4100}\n'


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"{what}: {got!r} instead of {wanted!r}")


def read_until(fd, part):
    seen = b""
    while part not in seen:
        data = os.read(fd, 4096)
        if not data:
            sys.exit(f"ended after {seen!r}")
        seen += data


def read_rest(fd):
    seen = b""
    try:
        while data := os.read(fd, 4096):
            seen += data
    except OSError:  # a terminal that nobody has open
        pass
    return seen


def on_a_pipe(number):
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(LINE + b'{"half')
        process.stdin.flush()
        read_until(process.stdout.fileno(), b"\n")
        process.send_signal(number)
        expect("on a pipe", -number, process.wait())
        expect("words", b"", process.stderr.read() + process.stdout.read())


def on_a_terminal(interrupt):
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(COMMAND[0], COMMAND)
    os.write(terminal, LINE)
    read_until(terminal, b'"auth"}\r\n')
    os.write(terminal, interrupt)
    status = os.waitpid(child, 0)[1]
    expect("on a terminal", signal.SIGINT, os.WIFSIGNALED(status) and os.WTERMSIG(status))
    expect("words on a terminal", b"^C", read_rest(terminal))


def with_progress(number):
    """On SIGPIPE the reader of the output has had enough; by then the progress has been drawn."""
    master, terminal = pty.openpty()
    size = "3M" if number == signal.SIGPIPE else "1G"
    reader = subprocess.Popen(["head", "-c", size], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with open(sys.argv[2], "rb") as log:
        process = subprocess.Popen(COMMAND, stdin=log, stdout=reader.stdin, stderr=terminal)
    os.close(terminal)
    reader.stdin.close()
    read_until(master, b" left\33[K")
    if number != signal.SIGPIPE:
        process.send_signal(number)
    expect("with progress", 100 + number if "FAULT=raise" in sys.argv[1] else -number, process.wait())
    drawn = read_rest(master)
    expect("the end of what was drawn", b"\r\33[K", drawn[-4:])
    reader.wait()


signal.alarm(PATIENCE)
if len(sys.argv) > 2:
    with_progress(signal.SIGINT)
    with_progress(signal.SIGTERM)
    with_progress(signal.SIGPIPE)
else:
    on_a_pipe(signal.SIGINT)
    on_a_pipe(signal.SIGTERM)
    on_a_terminal(b"\3")
