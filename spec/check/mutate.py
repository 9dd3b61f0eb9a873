"""Mutation: changes csrc and lua in one place at a time and runs the suite on lua5.4 on each mutant, to its first
failure; then, of csrc, the sanitizers in their short form, which see what is read or written too far. Prints the score
and the survivors: each is something that nothing looks at, or a difference that makes none. Fails below LEAST percent.

SEED chooses the mutants, N says how many; at most one of a line, unless there are more of them than lines. What has been
found out is in build/mutate/log, so that a run that was interrupted goes on. A survivor is tried again when anything has
changed, another mutant when its file has; without the log, all are.
"""

import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "mutate"
SEED, COUNT = os.environ.get("SEED", "1"), int(os.environ.get("N", "240"))
LEAST = 95
JOBS = os.cpu_count()
HANGS = 120  # seconds
MEMORY = 2 << 30  # bytes: of a process, and of a file that it writes
CORES = [f"build/{version}/tcerr/core.so" for version in ("5.4", "portable/5.4", "sse2/5.4", "5.3", "5.1")]
OTHERS = ["build/faults.so", "build/5.4/host", "build/edges", "build/portable/edges"]
PROGRAMS = Path("build/programs")  # servers that the system has not
# They start servers or a compiler, which takes time, or run programs that have to be built of the mutant; with another
# core than that of 5.4, as one more does.
LAST = [f"spec/{name}_spec.lua" for name in ("edges", "gateway_examples", "haproxy", "load", "nginx", "nginx_operation", "rock",
                                           "install")]
NEED_CORES = ["spec/enricher_spec.lua", *LAST]
SANITIZERS = "spec/check/sanitizers.sh"

# ---- What can be changed ----

COMPARISONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"]}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "true": ["false"], "false": ["true"]}
SWAPS_C = {**COMPARISONS, **ARITHMETIC, "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"], "!": [""], "~": [""],
           "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"], "++": ["--"], "--": ["++"], "+=": ["-="], "-=": ["+="],
           "|=": ["&="], "&=": ["|="]}
SWAPS_LUA = {**COMPARISONS, **ARITHMETIC, "==": ["~="], "~=": ["=="], "and": ["or"], "or": ["and"], "not": [""]}

NUMBER = r"(?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:e\d+)?)(?P<suffix>[uUlL]*)"
# A sign between blanks is an operator with two operands, of C's * and & too.
TOKENS_C = re.compile(
    r"(?P<skip>/\*.*?\*/|^\s*#\s*(?!define)\w+(?:\\\n|[^\n])*)|"
    r"(?P<text>\"(?:\\.|[^\"\\\n])*\")|(?P<char>'(?:\\.|[^'\\])+')|"
    r"(?P<operator>->|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+|&]=|(?<= )[-+*/%&|](?= )|[<>!~]|[A-Za-z_]\w*)|" + NUMBER,
    re.S | re.M)
TOKENS_LUA = re.compile(
    r"(?P<skip>--[^\n]*|\[\[.*?\]\])|(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|(?P<char>(?!))|"
    r"(?P<operator>==|~=|<=|>=|(?<= )[-+*/%](?= )|[<>]|[A-Za-z_]\w*)|" + NUMBER, re.S | re.M)

STATEMENTS_C = re.compile(
    r"(?<=[;{}:)]\n)\s+(\*?[\w.>\[\]-]+(?: [-+|&]?= [^\n]+|\+\+|--)|\w+\([^\n]*\)|break|continue)(?=;$)", re.M)
STATEMENTS_LUA = re.compile(
    r"^\s+([\w.\[\]]+(?:, [\w.\[\]]+)* = [^\n]*[^\n,{(]|[\w.:]+\([^\n]*\))$|\bthen (?!return\b)([^\n]*)(?= end$)", re.M)
RETURNS_C = re.compile(r"\breturn ([^;\n]+)(?=;)")
RETURNS_LUA = re.compile(r"\breturn ([^\n]+?)(?= end\b|$)", re.M)
# Changes speed alone: what the processor has, how keys and codes are spread, how much room there is from the start, and how
# much is taken at a time; or nothing, as Lua begins a text at 0 where it begins at 1. Each of TUNING has to be there once.
TUNING = [r"\benum tcerr_speed tcerr_fastest\(void\)\n.*?\n}", r"\bunsigned tcerr_mark\(.*?\n}", r"\bhash = \(hash \^ [^;]*",
          r"\bhash \* 0x9E3779B97F4A7C15U >> 40", r"\blocal CHUNK_ROOM\b.*?\nend",
          *(rf"#define {name}\b[^\n]*" for name in ("PIECE", "BLOCK", "PIPE_SIZE", "STREAK", "TCERR_NO_AVX512"))]
IN_MANY_PLACES = [r"\blua_createtable\([^;]*", r"\bsub\(1\b"]
# Code for a processor that this machine is not.
AVX512 = r"/\* ---- AVX-512 ---- \*/\n.*?\n#endif"
ABSENT = [] if "avx512_vbmi2" in Path("/proc/cpuinfo").read_text() else [AVX512]


class Mutant(NamedTuple):
    path: str
    line: int
    old: str  # without the blanks around it, as the next
    new: str
    text: str  # the whole file

    @property
    def key(self):
        return f"{self.path}:{self.line}: {self.old} -> {self.new}"


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def other_tokens(token, swaps):
    """What a token can be replaced with."""
    if token["operator"]:
        return swaps.get(token[0], [])
    if token["number"]:
        value = int(token["number"], 0) if token["number"].startswith("0x") else int(float(token["number"]))
        return [str(other) + token["suffix"] for other in sorted({value + 1, max(value - 1, 0), 0} - {value})]
    if token["char"]:
        return [f"({token[0]} + 1)"]
    return ['""'] if token["text"] and len(token[0]) > 2 and " " not in token[0] else []  # a text with a blank is prose


def changes(source, is_c):
    """All (start, end, replacement) of a source."""
    tokens = TOKENS_C if is_c else TOKENS_LUA
    code = re.sub("|".join(TUNING + IN_MANY_PLACES + ABSENT), blank, source, flags=re.S)
    code = tokens.sub(lambda token: blank(token) if token["skip"] else token[0], code)
    for token in tokens.finditer(code):
        for other in other_tokens(token, SWAPS_C if is_c else SWAPS_LUA):
            yield token.start(), token.end(), other
    for found in (STATEMENTS_C if is_c else STATEMENTS_LUA).finditer(code):
        group = found.lastindex
        yield found.start(group), found.end(group), ""
    for found in (RETURNS_C if is_c else RETURNS_LUA).finditer(code):
        yield found.start(), found.end(), f"return {'!' if is_c else 'not '}({source[found.start(1):found.end(1)]})"


def mutants_of(path):
    """The mutants of a file, each with the place that the seed gives it in the draw."""
    source = (ROOT / path).read_text()
    lines = {}
    for start, end, replacement in changes(source, not path.endswith(".lua")):
        head, tail = source.rfind("\n", 0, start) + 1, source.find("\n", end)
        old, new = source[head:tail], source[head:start] + replacement + source[end:tail]
        number = source.count("\n", 0, head) + 1
        mutant = Mutant(path, number, old.strip(), new.strip(), source[:start] + replacement + source[end:])
        chance = hashlib.sha256(f"{SEED} {path} {source.count(old, 0, head)} {old} {new}".encode()).digest()
        lines.setdefault(number, {})[new] = (chance, mutant)
    for of_line in lines.values():
        for turn, (chance, mutant) in enumerate(sorted(of_line.values())):
            yield (turn, chance), mutant


def sources():
    return sorted(str(path.relative_to(ROOT)) for pattern in ("csrc/*.[ch]", "lua/**/*.lua") for path in ROOT.glob(pattern))


def check_tuning():
    """A name that has changed in csrc would let what it exempts in again, in silence."""
    text = "".join((ROOT / path).read_text() for path in sources())
    for pattern in [*TUNING, AVX512]:
        if len(re.findall(pattern, text, re.S)) != 1:
            sys.exit(f"not once in the sources: {pattern}")


def draw():
    return [mutant for _, mutant in sorted(drawn for path in sources() for drawn in mutants_of(path))]


# ---- Running ----


def run(tree, command, seconds=600, hangs=HANGS, memory=MEMORY):
    """Runs a command in a tree; returns what it prints, or None when it fails. Each of its processes gets so many seconds
    of the processor, so that the verdict does not depend on what else this machine does; what is not done after `hangs`
    waits for something that will not come. Nothing of it outlives that."""
    def bounds():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))

    environment = {**os.environ, "MAKEFLAGS": "", "TCERR_MUTANT": str(tree)}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(command, cwd=tree, env=environment, preexec_fn=bounds, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
        try:
            status = process.wait(hangs)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            time.sleep(2)  # for the guards of the servers
            for pid in processes_with(f"TCERR_MUTANT={tree}"):
                os.kill(pid, signal.SIGKILL)
            return None
        output.seek(0)
        return output.read() if status == 0 else None


def processes_with(mark):
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in entry.read_bytes().split(b"\0"):
                yield int(entry.parent.name)
        except OSError:
            pass  # it has ended


def make(tree, targets):
    return run(tree, ["make", "-s", *targets]) is not None


def code_of(tree, core):
    """A built core without the names that are only for debuggers."""
    stripped = tree / "stripped"
    subprocess.run(["strip", "-o", stripped, tree / core], check=True)
    return stripped.read_bytes()


def compare(tree, original):
    """Builds cores until one is another than the original's: "invalid" when one does not compile, "same code" when all
    are the same, else None."""
    for core in CORES:
        if not make(tree, [core]):
            return "invalid"
        if code_of(tree, core) != original.code[core]:
            return None
    return "same code"


def bytecode(source):
    """What lua5.4 compiles a source to; None when it does not compile."""
    script = "io.write(string.dump(assert(load(io.read('a'))), true))"
    done = subprocess.run(["lua5.4", "-e", script], input=source.encode(), capture_output=True)
    return done.stdout if done.returncode == 0 else None


def run_spec(tree, spec, seconds=600):
    """Whether a spec came to its end and passed."""
    said = run(tree, ["lua5.4", "spec/support/busted.lua", "--no-keep-going", spec], seconds)
    return said is not None and re.search(r"^\d+ passed, 0 failed, \d+ skipped\n\Z", said, re.M) is not None


def sanitize(tree):
    """Whether the sanitizers have nothing to report. They take terabytes of addresses."""
    return run(tree, ["env", "QUICK=1", "sh", SANITIZERS], hangs=3 * HANGS, memory=resource.RLIM_INFINITY) is not None


def name_of(spec):
    """A word that is also in the name of what the spec looks at: tcerr_run.c, enricher.lua."""
    return Path(spec).stem.removesuffix("_spec")


def processor_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Original:
    """A copy of the tree in which everything is built and passes, and what each spec takes of the processor."""

    def __init__(self):
        self.tree = WORK / "original"
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.copytree(ROOT, self.tree, ignore=shutil.ignore_patterns(".git", "build"))
        if (ROOT / PROGRAMS).exists():
            (self.tree / "build").mkdir()
            (self.tree / PROGRAMS).symlink_to(ROOT / PROGRAMS)
        if not make(self.tree, CORES + OTHERS):
            sys.exit("the original does not compile")
        self.code = {core: code_of(self.tree, core) for core in CORES}
        self.seconds = {}
        for spec in sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("spec/*_spec.lua")):
            start = processor_time()
            if not run_spec(self.tree, spec):
                sys.exit(f"the original fails in {spec}")
            self.seconds[spec] = processor_time() - start
        if not sanitize(self.tree):
            sys.exit(f"the original fails in {SANITIZERS}")
        shutil.rmtree(self.tree / "build/sanitize")

    def limit(self, spec):
        return int(max(10, 5 * self.seconds[spec]))

    def order(self, path, log):
        """The specs by how many of this file's mutants each may kill in a second of its time; servers last."""
        kills = [result["by"] for result in list(log.results.values()) if result["path"] == path]

        def promise(spec):
            return (kills.count(spec) + (3 if name_of(spec) in path else 0.5)) / self.seconds[spec]

        return sorted(self.seconds, key=lambda spec: (spec in LAST, -promise(spec)))


def compare_lua(mutant, original):
    code = bytecode(mutant.text)
    if code is None:
        return "invalid"
    return "same code" if code == bytecode((original.tree / mutant.path).read_text()) else None


def judge(mutant, original, log):
    """The verdict on a mutant and the spec that killed it."""
    tree = WORK / hashlib.sha256(mutant.key.encode()).hexdigest()[:12]
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(original.tree, tree, symlinks=True)
    (tree / mutant.path).write_text(mutant.text)
    try:
        is_lua = mutant.path.endswith(".lua")
        verdict = compare_lua(mutant, original) if is_lua else compare(tree, original)
        if verdict:
            return verdict, ""
        for spec in original.order(mutant.path, log):
            if spec in NEED_CORES and not make(tree, CORES + (OTHERS if spec in LAST else [])):
                return "invalid", ""
            # Servers may be late on a busy machine, so one failure of theirs says nothing.
            if not any(run_spec(tree, spec, original.limit(spec)) for _ in range(2 if spec in LAST else 1)):
                return "killed", spec
        return ("survived", "") if is_lua or sanitize(tree) else ("killed", SANITIZERS)
    finally:
        shutil.rmtree(tree, ignore_errors=True)


# ---- What is known ----


def digest_of(paths):
    return hashlib.sha256(b"\0".join((ROOT / path).read_bytes() for path in paths)).hexdigest()[:12]


class Log:
    """Verdicts by mutant, a line of JSON each."""

    def __init__(self):
        self.path = WORK / "log"
        self.tree = digest_of([*sources(), *sorted(ROOT.glob("spec/*_spec.lua")), *sorted(ROOT.glob("spec/support/*"))])
        self.files = {path: digest_of([path]) for path in sources()}
        self.lock = threading.Lock()
        self.results = {}
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            result = json.loads(line)
            if self.holds(result):
                self.results[result["key"]] = result

    def holds(self, result):
        """Whether a verdict from an earlier run is taken: on a survivor while all is as it was, else while the file is,
        and the spec that killed is there."""
        if result["verdict"] == "survived":
            return result["tree"] == self.tree
        return result["file"] == self.files.get(result["path"]) and (ROOT / result["by"]).exists()

    def add(self, mutant, verdict, by):
        result = {"key": mutant.key, "path": mutant.path, "verdict": verdict, "by": by, "tree": self.tree,
                  "file": self.files[mutant.path]}
        with self.lock, open(self.path, "a") as file:
            self.results[mutant.key] = result
            file.write(json.dumps(result) + "\n")


# ---- The run ----


def judge_all(original, log):
    """The first COUNT mutants that compile, with their verdicts."""
    drawn, verdicts, pending = iter(draw()), {}, {}
    pool = ThreadPoolExecutor(JOBS)
    try:
        while True:
            while len(verdicts) + len(pending) < COUNT and (mutant := next(drawn, None)):
                if mutant.key in log.results:
                    verdicts[mutant] = log.results[mutant.key]["verdict"], log.results[mutant.key]["by"]
                    if verdicts[mutant][0] == "invalid":
                        del verdicts[mutant]
                else:
                    pending[pool.submit(judge, mutant, original, log)] = mutant
            if not pending:
                return verdicts
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                mutant = pending.pop(future)
                verdict, by = future.result()
                log.add(mutant, verdict, by)
                print(f"{verdict:9}  {mutant.key}  {by}", flush=True)
                if verdict != "invalid":
                    verdicts[mutant] = verdict, by
    finally:
        pool.shutdown(cancel_futures=True)


def share(verdicts):
    """Percent of what can be told apart from the original."""
    return 100 * verdicts.count("killed") / max(1, verdicts.count("killed") + verdicts.count("survived"))


def table(verdicts):
    print(f"\n{'':6} {'mutants':>8} {'killed':>8} {'same code':>10} {'survived':>9} {'score':>8}")
    for name, folders in {"csrc": ("csrc",), "lua": ("lua",), "both": ("csrc", "lua")}.items():
        of = [verdict for mutant, (verdict, _) in verdicts.items() if mutant.path.split("/")[0] in folders]
        killed, survived = of.count("killed"), of.count("survived")
        print(f"{name:6} {len(of):8} {killed:8} {of.count('same code'):10} {survived:9} {share(of):6.1f} %")
    return share(of)


def main():
    os.nice(10)
    check_tuning()
    WORK.mkdir(parents=True, exist_ok=True)
    verdicts = judge_all(Original(), Log())
    for mutant in sorted(mutant for mutant, (verdict, _) in verdicts.items() if verdict == "survived"):
        print(f"\n{mutant.path}:{mutant.line}\n- {mutant.old}\n+ {mutant.new}")
    sys.exit(0 if table(verdicts) >= LEAST else 1)


if __name__ == "__main__":
    main()
