"""Runs the specs under every interpreter, each file in a process of its own, as many at a time as there are processors.

The last line is the sum: "N passed, N failed[, N skipped]". What did not come to its end has failed, and so has a run
without a test. INTERPRETERS and SPECS choose less; LIMIT is the seconds that a file may take.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

INTERPRETERS = (os.environ.get("INTERPRETERS") or "lua5.4 lua5.3 lua5.2 lua5.1 luajit").split()
SPECS = os.environ.get("SPECS", "").split() or sorted(map(str, Path("spec").glob("*_spec.lua")))
LIMIT = float(os.environ.get("LIMIT") or 300)
WHOLE = "lua5.4"  # every file has tests here; what does not depend on the interpreter runs on no other
LONG = 10  # seconds
COUNTS = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped\n")


class Groups:
    """The process groups of the files that run. None outlives its file, nor this program's end."""

    def __init__(self):
        self.lock, self.running, self.over = threading.Lock(), set(), False

    def start(self, command, log):
        with self.lock:
            if self.over:
                raise InterruptedError
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            self.running.add(process.pid)
            return process

    def kill(self, pid):
        self.running.discard(pid)
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # nobody is left in it
            pass

    def end(self):
        with self.lock:
            self.over = True
            for pid in list(self.running):
                self.kill(pid)


def run(groups, lua, spec):
    """Runs a file. Returns what there is to say, and how many of its tests passed, failed and were skipped."""
    name = f"{lua} {spec}"
    with tempfile.TemporaryFile() as log:  # not a pipe, which lasts until nothing that the file has started holds it
        began = time.monotonic()
        process = groups.start([lua, "spec/support/busted.lua", spec], log)
        try:
            end = f"exit status {process.wait(LIMIT)}"
        except subprocess.TimeoutExpired:
            end = f"killed after {LIMIT:g} s"
        groups.kill(process.pid)
        seconds = time.monotonic() - began
        status = process.wait()
        log.seek(0)
        said = log.read().decode(errors="replace")
    body, counted = re.sub(r"[^\n]*\n\Z", "", said), COUNTS.fullmatch(said[said.rfind("\n", 0, -1) + 1:])
    if not counted:
        return f"{said}{name}: did not come to its end ({end})\n", (0, 1, 0)
    body = re.sub("(?m)^running: .*\n", "", body)
    passed, failed, skipped = map(int, counted.groups())
    if status != 0 and failed == 0:
        return f"{body}{name}: {end}\n", (passed, 1, skipped)
    if lua == WHOLE and passed + failed + skipped == 0:
        return f"{body}{name}: no test\n", (0, 1, 0)
    return body + (f"{name}: took {seconds:.0f} s\n" if seconds > LONG else ""), (passed, failed, skipped)


def show(title, counts):
    passed, failed, skipped = counts
    print(f"{title}{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)


def run_all(groups, luas):
    """Says what failed as soon as it has, and a line for each interpreter. Returns the sum."""
    sums, left = {lua: [0, 0, 0] for lua in luas}, {lua: len(SPECS) for lua in luas}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            futures = {pool.submit(run, groups, lua, spec): lua for lua in luas for spec in SPECS}
            for future in as_completed(futures):
                lua, (said, counts) = futures[future], future.result()
                sums[lua] = [a + b for a, b in zip(sums[lua], counts)]
                left[lua] -= 1
                print(said, end="", flush=True)
                if left[lua] == 0:
                    show(f"{lua}: ", sums[lua])
        finally:
            groups.end()
    return sums


def stop(_number, _frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, stop)
    there = [lua for lua in INTERPRETERS if shutil.which(lua)]
    sums = run_all(Groups(), there)
    for lua in INTERPRETERS:
        if sum(sums.get(lua, [0])) == 0:
            print(f"{lua}: {'no test' if lua in sums else 'is not installed'}")
            sums[lua] = [0, 1, 0]
    total = [sum(column) for column in zip(*sums.values())]
    show("", total)
    sys.exit(0 if total[0] and not total[1] else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")
