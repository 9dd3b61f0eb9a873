#!/usr/bin/python3
"""Measures `tcerr enrich` against what else would do the job, and lookups against a plain table.

    bench.py [--lines 1000000] [--rounds 5] [--only WORKLOAD]...

Every tool's output is compared with exact.py's, line by line, before it is measured; all tools of a table run in turn,
round by round, at least --rounds times, with their output in memory; the median counts. MB/s are of input.
"""

import argparse
import os
import shlex
import signal
import statistics
import sys

sys.dont_write_bytecode = True
from harness import HERE, PYTHON, Log, Tool, Workshop, print_aim, print_results, print_table, ratio, run_lua
from shapes import SHAPES
from worst import WORST

PEERS = HERE / "peers"
INTERPRETERS = ("lua5.4", "luajit")


def copy(shop):
    return Tool("copy in 1 MiB blocks: the limit", lambda log: [shop.path / "copy", log], copies=True)


def tcerr(log_format):
    return Tool("tcerr", lambda log: ["lua5.4", "lua/tcerr/main.lua", "enrich", "--format", log_format,
                                      "--no-progress", log])


def simdjson(shop):
    program = shop.build_simdjson()
    return Tool("simdjson on-demand, a line at a time", lambda log: [program, shop.codes, log])


def with_variable(tool, name, variable):
    """The tool with another name and one variable more in its environment."""
    return tool._replace(name=name, command=lambda log: ["env", variable, *tool.command(log)])


def without_avx512(shop):
    """tcerr and simdjson where the processor has AVX2 at the best."""
    return [with_variable(tcerr("json"), "tcerr without AVX-512", f"LUA_CPATH={shop.build_without_avx512()}/?.so;;"),
            with_variable(simdjson(shop), "simdjson without AVX-512", "SIMDJSON_FORCE_IMPLEMENTATION=haswell")]


def mawk(shop, name, script):
    return Tool(name, lambda log: ["mawk", "-v", f"codes={shop.codes}", "-f", PEERS / script, log])


def script(shop, name, interpreter, file):
    return Tool(name, lambda log: [interpreter, PEERS / file, shop.codes, log])


def race(shop, title, log, tools):
    """Prints the table of one workload and returns the rates."""
    results = shop.race([(tool, log) for tool in tools])
    print_results(f"{title}: {log.megabytes:.0f} MB", results)
    return [result.rate for result in results]


def over(rates, i, j):
    """Of the rates, the ratio of one to another; 0 without the second."""
    return rates[i] / rates[j] if rates[j] else 0


def bench_json(shop, lines):
    log = shop.log("json", lines)
    jq = Tool("jq, -R fromjson?", lambda path: ["jq", "-nrR", "--rawfile", "codes", shop.codes, "-f",
                                                PEERS / "enrich.jq", path], share=10)
    tools = [
        copy(shop), tcerr("json"), simdjson(shop),
        mawk(shop, "mawk, regular expression", "mawk.awk"),
        script(shop, "perl, regular expression", "perl", "perl_regex.pl"),
        script(shop, "node, JSON.parse and splice, on bytes", "node", "node.js"),
        script(shop, "node, JSON.parse and splice, on strings", "node", "node_lines.js"),
        script(shop, "perl, JSON::XS and splice", "perl", "perl_xs.pl"),
        script(shop, "python, ujson and splice", PYTHON, "python_ujson.py"),
        script(shop, "lua5.4, cjson and splice", "lua5.4", "cjson.lua"),
    ]
    entries = [(tool, log) for tool in tools] + [(jq, shop.log("json", lines // jq.share))]
    results = shop.race(entries)
    print_results(f"JSON: {lines} lines, {log.megabytes:.0f} MB", results)
    rates = [result.rate for result in results]
    print()
    for i, aim in ((0, 0.6), (2, 1.1), (3, 3), (5, 7), (6, 7), (9, 10)):
        print_aim(f"tcerr to {tools[i].name}", over(rates, 1, i), aim)
    print_aim("tcerr's peak memory in MB", results[1].memory, 8, at_most=True)


def bench_shapes(shop, lines):
    tools = [copy(shop), tcerr("json"), simdjson(shop), *without_avx512(shop)]
    to_simdjson, to_copy, narrow = [], [], []
    for shape, (title, *_) in SHAPES.items():
        log = shop.shape(shape, lines // 2)
        # simdjson's program takes numbers alone for a code.
        rates = race(shop, f"JSON of {title}", log, tools[:2] if shape == "api3" else tools)
        to_copy.append(over(rates, 1, 0))
        if shape != "api3":
            to_simdjson.append(over(rates, 1, 2))
            narrow.append(over(rates, 3, 4))
        shop.drop(log)
    print()
    print_aim("tcerr to the copy, the least of all shapes", min(to_copy), 0.5)
    print_aim("tcerr to simdjson, the least of all shapes", min(to_simdjson), 1)
    print_aim("tcerr to simdjson, the mean of all shapes", statistics.mean(to_simdjson), 1.1)
    print_aim("without AVX-512, the least of all shapes", min(narrow), 1)


def bench_mixes(shop, lines):
    tools = [copy(shop), tcerr("json"), simdjson(shop)]
    for mix, title, aim in (("zero", "JSON, all codes 0", 1), ("known", "JSON, all codes known", 1.1)):
        log = shop.log("json", lines, mix)
        rates = race(shop, title, log, tools)
        print()
        print_aim("tcerr to simdjson", over(rates, 1, 2), aim)
        shop.drop(log)


def bench_text(shop, lines):
    tools = [
        copy(shop), tcerr("text"),
        mawk(shop, "mawk, the line's last bytes", "mawk_text.awk"),
        mawk(shop, "mawk, $NF", "mawk_nf.awk"),
        script(shop, "perl, rindex", "perl", "perl_text.pl"),
    ]
    log = shop.log("text", lines)
    rates = race(shop, "Text, code in the last field", log, tools)
    print()
    print_aim("tcerr to the copy", over(rates, 1, 0), 0.7)
    print_aim("tcerr to the best mawk script", rates[1] / max(rates[2:4]) if any(rates[2:4]) else 0, 2.2)
    shop.drop(log)


def bench_logfmt(shop, lines):
    log = shop.log("logfmt", lines)
    rates = race(shop, "logfmt", log, [copy(shop), tcerr("logfmt"),
                                       mawk(shop, "mawk, regular expression", "mawk_logfmt.awk")])
    print()
    print_aim("tcerr to the copy", over(rates, 1, 0), 0.45)
    shop.drop(log)


def bench_feed(shop, lines):
    tools = [copy(shop), tcerr("json")]
    for interpreter in INTERPRETERS:
        for method in ("run", "feed"):
            tools.append(Tool(f"e:{method}, {interpreter}",
                              lambda log, i=interpreter, m=method: [i, HERE / f"{m}.lua", log]))
    rates = race(shop, "From Lua, feed on 64 KiB blocks", shop.log("json", lines), tools)
    print()
    for i, interpreter in enumerate(INTERPRETERS):
        print_aim(f"e:feed to e:run, {interpreter}", over(rates, 3 + 2 * i, 2 + 2 * i), 0.75)


def piped(shop, tool):
    """The tool on one core, writing to a pipe that a program on another core empties."""
    cores = sorted(os.sched_getaffinity(0))

    def command(log):
        words = shlex.join(map(str, tool.command(log)))
        return ["sh", "-c", f"taskset -c {cores[0]} {words} | taskset -c {cores[-1]} {shop.path / 'sink'}"]
    return tool._replace(command=command)


def bench_pipe(shop, lines):
    log = shop.log("json", lines)
    tools = [piped(shop, tool) for tool in (copy(shop), tcerr("json"), mawk(shop, "mawk", "mawk.awk"))]
    times = [[] for _ in tools]
    for _ in range(shop.rounds):
        for i, tool in enumerate(tools):
            seconds, _, _, written = shop.run(tool.command(log.path))
            times[i].append(seconds)
            if tool.name == "tcerr" and int(shop.output.read_bytes()[:written]) != log.exact.stat().st_size:
                sys.exit("bench.py: the pipe did not bring all of tcerr's output")
    rates = [log.megabytes / statistics.median(seconds) for seconds in times]
    print_table("JSON, through a pipe to a reader on another core", ("tool", "MB/s", "tcerr is, times"),
                [(tool.name, f"{rate:.0f}", ratio(rates[1], rate)) for tool, rate in zip(tools, rates)])
    print()
    print_aim("tcerr to mawk", over(rates, 1, 2), 2)


def bench_linear(shop, lines):
    small, middle = shop.log("json", lines * 3 // 100), shop.log("json", lines * 3 // 10)
    large = Log(shop.path / "large", shop.path / "large-exact")
    for source, target in zip(middle, large):
        with open(source, "rb") as part, open(target, "wb") as whole:
            for _ in range(10):
                part.seek(0)
                while block := part.read(1 << 20):
                    whole.write(block)
    rows = []
    for log in (small, middle, large):
        limit, ours = shop.race([(copy(shop), log), (tcerr("json"), log)])
        rows.append((f"{log.megabytes:.0f}", f"{limit.rate:.0f}", f"{ours.rate:.0f}", ratio(ours.rate, limit.rate),
                     str(ours.wrong), f"{ours.memory:.1f}"))
        shop.drop(log)
    print_table("JSON, by size", ("MB", "copy, MB/s", "tcerr, MB/s", "of the copy", "lines wrong", "peak MB"), rows)


def bench_worst(shop, lines):
    size = lines * 100
    logs = {"the default mix": shop.log("json", lines * 3 // 10),
            "the default mix, all enriched": shop.log("json", lines * 3 // 10, "known")}
    for name, make in WORST.items():
        path = shop.path / f"worst-{len(logs)}"
        path.write_bytes(make(size))
        logs[name] = shop.with_exact("json", path)
    results = shop.race([(tcerr("json"), log) for log in logs.values()])
    normal = results[0].rate
    rows = [(name, f"{result.rate:.0f}", ratio(result.rate, normal),
             ratio(log.exact.stat().st_size, log.path.stat().st_size), str(result.wrong), f"{result.memory:.1f}")
            for (name, log), result in zip(logs.items(), results)]
    print_table(f"tcerr on the worst JSON of one size: {size / 1e6:.0f} MB",
                ("input", "MB/s", "of the default mix", "output to input", "lines wrong", "peak MB"), rows)
    print()
    slowest = min(range(len(rows)), key=lambda i: results[i].rate)
    print_aim(f"the slowest, {rows[slowest][0]}, to the default mix",
              results[slowest].rate / normal if normal else 0, 0.33)
    for log in logs.values():
        shop.drop(log)


def bench_lookup(shop, _):
    rows, loads = [], {interpreter: [] for interpreter in INTERPRETERS}
    lookups = {interpreter: [line.split("\t") for line in
                             run_lua(interpreter, HERE / "lookup.lua", 4 * shop.rounds + 1).splitlines()]
               for interpreter in INTERPRETERS}
    for (name, lua), (_, jit) in zip(*(lookups[interpreter] for interpreter in INTERPRETERS)):
        rows.append((name, lua, ratio(float(lua), float(lookups["lua5.4"][0][1])),
                     jit, ratio(float(jit), float(lookups["luajit"][0][1]))))
    print_table("Lookups, ns net of the loop", ("expression", "lua5.4", "of t[k]", "luajit", "of t[k]"), rows)
    for _ in range(10 * shop.rounds + 1):
        for interpreter in INTERPRETERS:
            loads[interpreter].append([float(word) for word in run_lua(interpreter, HERE / "require.lua").split()])
    medians = {interpreter: [statistics.median(column) for column in zip(*loads[interpreter])]
               for interpreter in INTERPRETERS}
    print_table('require "tcerr" in a fresh process', ("interpreter", "us", "KB"),
                [(interpreter, f"{us:.0f}", f"{kb:.1f}") for interpreter, (us, kb) in medians.items()])
    print()
    for column, interpreter, aim in ((1, "lua5.4", 2.5), (3, "luajit", 1.3)):
        print_aim(f"lookup to t[k], {interpreter}", float(rows[2][column]) / float(rows[0][column]), aim, at_most=True)
        print_aim(f"require in us, {interpreter}", medians[interpreter][0], 150, at_most=True)
    print_aim("lookup of a code of API 3.0 in ns, lua5.4", float(rows[5][1]), 1000, at_most=True)


WORKLOADS = {
    "json": bench_json, "shapes": bench_shapes, "feed": bench_feed, "pipe": bench_pipe, "mixes": bench_mixes, "text": bench_text,
    "logfmt": bench_logfmt, "linear": bench_linear, "worst": bench_worst, "lookup": bench_lookup,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="may be repeated")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Workshop(arguments.rounds) as shop:
            shop.prepare()
            for name in arguments.only or WORKLOADS:
                WORKLOADS[name](shop, arguments.lines)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
