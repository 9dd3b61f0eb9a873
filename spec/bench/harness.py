"""What every workload of bench.py needs: a work directory in memory, logs with their exact output, tools built and
run in turn, and tables."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import zip_longest
from pathlib import Path
from typing import Callable, NamedTuple

from shapes import names

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's ujson

ENOUGH = 15  # seconds for a table
C_MODULES = {"lua5.4": "build/5.4/?.so;;", "luajit": "build/5.1/?.so;;"}


class Log(NamedTuple):
    """A log, and the file with what enriching it has to give."""
    path: Path
    exact: Path

    @property
    def megabytes(self):
        return self.path.stat().st_size / 1e6


class Tool(NamedTuple):
    name: str
    command: Callable[[Path], list]  # the arguments for a log
    copies: bool = False  # its exact output is its input
    share: int = 1  # it gets one line in so many: the others are too many for it


class Result(NamedTuple):
    tool: Tool
    rate: float  # MB/s of input, the median of the rounds; 0 when it did not run
    wrong: int  # lines
    memory: float  # MB at most
    failure: str = ""


def lua_environment(interpreter):
    """The environment in which an interpreter finds the tcerr of this checkout, and no settings of the user's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LUA_")}
    return {**environment, "LUA_PATH": "lua/?.lua;;", "LUA_CPATH": C_MODULES[interpreter]}


def run_lua(interpreter, *arguments):
    """What a Lua script prints."""
    return subprocess.run([interpreter, *map(str, arguments)], cwd=ROOT, env=lua_environment(interpreter),
                          check=True, stdout=subprocess.PIPE, text=True).stdout


def wrong_lines(output, exact):
    with open(output, "rb") as ours, open(exact, "rb") as theirs:
        return sum(a != b for a, b in zip_longest(ours, theirs))


class Workshop:
    """The work directory; `with` removes it whatever happens."""

    def __init__(self, rounds):
        memory = "/dev/shm"
        self.rounds = rounds
        self.path = Path(tempfile.mkdtemp(prefix="tcerr-bench-", dir=memory if os.path.isdir(memory) else None))
        self.output = self.path / "output"
        self.codes = self.path / "codes"
        self.names = self.path / "names"  # the same for API 3.0
        self.logs = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def prepare(self):
        try:
            self.codes.write_text(run_lua("lua5.4", HERE / "codes.lua"), encoding="utf-8")
            self.names.write_text(run_lua("lua5.4", HERE / "codes.lua", *names()), encoding="utf-8")
        except (OSError, subprocess.CalledProcessError):
            sys.exit("bench.py: lua5.4 cannot load tcerr: build it first")
        for source in (HERE / "measure.c", HERE / "sink.c", HERE / "peers/copy.c"):
            subprocess.run(["gcc", "-O2", "-o", self.path / source.stem, source], check=True)

    def build_simdjson(self):
        program = self.path / "simdjson_line"
        subprocess.run(["g++", "-O2", "-std=c++17", "-o", program, HERE / "peers/simdjson_line.cpp", "-lsimdjson"],
                       check=False)
        return program

    def build_without_avx512(self):
        """Returns the directory of tcerr's module, built so."""
        (self.path / "avx2/tcerr").mkdir(parents=True)
        subprocess.run(["gcc", "-std=c99", "-O2", "-DTCERR_NO_AVX512", "-fPIC", "-shared", "-I/usr/include/lua5.4",
                        *sorted(map(str, (ROOT / "csrc").glob("*.c"))), "-o", self.path / "avx2/tcerr/core.so"], check=True)
        return self.path / "avx2"

    # Logs

    def log(self, log_format, lines, mix="default"):
        """A generated log."""
        name = f"{log_format}-{mix}-{lines}"
        if name not in self.logs:
            path = self.path / name
            with open(path, "wb") as file:
                subprocess.run([PYTHON, HERE / "generate.py", log_format, str(lines), "--mix", mix], stdout=file,
                               check=True)
            self.logs[name] = self.with_exact(log_format, path)
        return self.logs[name]

    def shape(self, shape, lines):
        """A log as one of the usual writers would write it."""
        path = self.path / f"{shape}-{lines}"
        with open(path, "wb") as file:
            subprocess.run([PYTHON, HERE / "shapes.py", shape, str(lines)], stdout=file, check=True)
        return self.with_exact("json", path, self.names if shape == "api3" else self.codes)

    def with_exact(self, log_format, path, codes=None):
        exact = path.with_name(path.name + "-exact")
        with open(path, "rb") as file, open(exact, "wb") as output:
            subprocess.run([PYTHON, HERE / "exact.py", log_format, codes or self.codes], stdin=file, stdout=output, check=True)
        return Log(path, exact)

    def drop(self, log):
        """Frees the memory of a log."""
        log.path.unlink()
        log.exact.unlink()
        self.logs = {name: kept for name, kept in self.logs.items() if kept != log}

    # Tools

    def run(self, command):
        """Runs a tool: wall time in seconds, peak memory in MB, what it said if it failed, and the bytes it wrote."""
        interpreter = command[0] if command[0] in C_MODULES else "lua5.4"
        measured = subprocess.run([self.path / "measure", self.output, *command], cwd=ROOT, check=True,
                                  env=lua_environment(interpreter), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        seconds, kibibytes, status, written = measured.stdout.split()
        said = measured.stderr.decode(errors="replace").strip().split("\n")[0]
        failure = "" if status == b"0" else said or f"exit status {int(status)}"
        return float(seconds), int(kibibytes) * 1024 / 1e6, failure, int(written)

    def check(self, tool, log):
        """Runs a tool once: the lines that it gets wrong, and why it failed."""
        _, _, failure, written = self.run(tool.command(log.path))
        os.truncate(self.output, written)
        return (0 if failure else wrong_lines(self.output, log.path if tool.copies else log.exact)), failure

    def race(self, entries):
        """Measures (tool, log) pairs: checks each, then runs all of them round by round; short ones in more rounds, since
        what else the machine does weighs more there. Returns a Result for each."""
        checks = [self.check(*entry) for entry in entries]
        times, memory = [[] for _ in entries], [0] * len(entries)
        start, rounds = time.monotonic(), 0
        while rounds < self.rounds or (time.monotonic() - start < ENOUGH and rounds < 5 * self.rounds):
            rounds += 1
            for i, (tool, log) in enumerate(entries):
                if not checks[i][1]:
                    seconds, megabytes, _, _ = self.run(tool.command(log.path))
                    times[i].append(seconds)
                    memory[i] = max(memory[i], megabytes)
        self.output.unlink()
        return [Result(tool, log.megabytes / statistics.median(times[i]) if times[i] else 0, checks[i][0], memory[i],
                       checks[i][1]) for i, (tool, log) in enumerate(entries)]


# Tables

def print_table(title, header, rows):
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|---" + "|---:" * (len(header) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def ratio(a, b):
    return f"{a / b:.2f}" if a and b else "-"


def print_results(title, results):
    """A table of one workload: the copy comes first, tcerr second."""
    limit, ours = results[0].rate, results[1].rate
    rows = []
    for result in results:
        name = result.tool.name
        if result.tool.share > 1:
            name += f" (1/{result.tool.share} of the lines)"
        if result.failure:
            rows.append((name, "did not run: " + result.failure.replace("|", "\\|"), "-", "-", "-", "-"))
        else:
            rows.append((name, f"{result.rate:.0f}", ratio(result.rate, limit), ratio(ours, result.rate),
                         "-" if result.tool.copies else str(result.wrong), f"{result.memory:.1f}"))
    print_table(title, ("tool", "MB/s", "of the copy", "tcerr is, times", "lines wrong", "peak MB"), rows)


def print_aim(what, value, aim, at_most=False):
    """Says of a figure whether it is what it has to be."""
    reached = value <= aim if at_most else value >= aim
    print(f"- {what}: {value:.3g}, aim {'at most' if at_most else 'at least'} {aim:g}: "
          f"{'reached' if reached else 'NOT reached'}")
