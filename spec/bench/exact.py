#!/usr/bin/python3
"""The exact output of `tcerr enrich`: slow, strict, and independent of tcerr's C.

    exact.py json|text|logfmt CODES < log > enriched

CODES is what codes.lua prints. A line ends at "\\n" only, and one without a
known code goes out as it came in, as does a malformed one.
"""

import re
import sys

MAX_DEPTH = 1024
MAX_LINE = 1 << 20
sys.setrecursionlimit(10 * MAX_DEPTH)


def read_codes(path):
    """Code, as it is written in a log -> its (field, value) pairs."""
    codes = {}
    with open(path, "rb") as file:
        for line in file:
            code, message, category, retry = line.rstrip(b"\n").split(b"\t")
            codes[code] = ((b"tc_message", message), (b"tc_category", category), (b"tc_retry", retry))
    return codes


# JSON: RFC 8259, but that bytes >= 0x80 in a string may be anything.

SPACE = rb"[ \t\n\r]*"
STRING = rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"'
NUMBER = rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
OPEN = re.compile(SPACE + rb"\{" + SPACE)
KEY = re.compile(rb"(" + STRING + rb")" + SPACE + rb":" + SPACE)
SCALAR = re.compile(STRING + rb"|" + NUMBER + rb"|true|false|null")
COMMA = re.compile(SPACE + rb"," + SPACE)
OPEN_ARRAY = re.compile(rb"\[" + SPACE)
CLOSE_OBJECT = re.compile(SPACE + rb"\}")
CLOSE_ARRAY = re.compile(SPACE + rb"\]")
REST = re.compile(SPACE)


class Malformed(Exception):
    pass


def expect(pattern, line, at):
    match = pattern.match(line, at)
    if match is None:
        raise Malformed
    return match


def object_members(line, at, depth):
    """The (key, value) pairs of the object at `at`, and where its closing brace stands."""
    if depth > MAX_DEPTH:
        raise Malformed
    members = []
    at = expect(OPEN, line, at).end()
    if line[at:at + 1] == b"}":
        return members, at
    while True:
        key = expect(KEY, line, at)
        end = value_end(line, key.end(), depth)
        members.append((key[1], line[key.end():end]))
        comma = COMMA.match(line, end)
        if comma is None:
            return members, expect(CLOSE_OBJECT, line, end).end() - 1
        at = comma.end()


def array_end(line, at, depth):
    if depth > MAX_DEPTH:
        raise Malformed
    at = expect(OPEN_ARRAY, line, at).end()
    if line[at:at + 1] == b"]":
        return at + 1
    while True:
        end = value_end(line, at, depth)
        comma = COMMA.match(line, end)
        if comma is None:
            return expect(CLOSE_ARRAY, line, end).end()
        at = comma.end()


def value_end(line, at, depth):
    first = line[at:at + 1]
    if first == b"{":
        return object_members(line, at, depth + 1)[1] + 1
    if first == b"[":
        return array_end(line, at, depth + 1)
    return expect(SCALAR, line, at).end()


def enrich_json(line, codes):
    try:
        members, brace = object_members(line, 0, 1)
    except Malformed:
        return line
    if REST.match(line, brace + 1).end() != len(line):
        return line
    value = next((value for key, value in members if key == b'"code"'), b"")
    if value[:1] == b'"':
        value = value[1:-1]
    if value not in codes:
        return line
    keys = {key for key, _ in members}
    added = [b',"%s":"%s"' % field for field in codes[value] if b'"%s"' % field[0] not in keys]
    return line[:brace] + b"".join(added) + line[brace:]


# Text and logfmt: fields separated by spaces and tabs, and one "\r" may end the line.

def at_the_end(line, fields, present):
    """The line with the fields whose keys are not present in logfmt's way at its end, before a "\\r"."""
    added = b""
    for key, value in fields:
        if key not in present:
            added += (b' %s="%s"' if key == b"tc_message" else b" %s=%s") % (key, value)
    end = b"\r" if line.endswith(b"\r") else b""
    return line.removesuffix(b"\r") + added + end


def enrich_text(line, codes):
    words = re.split(rb"[ \t]+", line.removesuffix(b"\r").rstrip(b" \t"))
    if words[-1] not in codes:
        return line
    return at_the_end(line, codes[words[-1]], {word.split(b"=")[0] for word in words if b"=" in word})


PAIR = re.compile(rb"""[ \t]*([^ \t="]+)             # a key,
    (?: =(?: "((?:[^"\\]|\\.)*)" | ([^ \t"]*) ) )?    # and its value, quoted or bare,
    (?: (?=[ \t]) | \Z )                              # up to a space or the end""", re.DOTALL | re.VERBOSE)


def enrich_logfmt(line, codes):
    body = line.removesuffix(b"\r").rstrip(b" \t")
    pairs, at = {}, 0
    while at < len(body):
        pair = PAIR.match(body, at)
        if pair is None:
            return line
        key, quoted, bare = pair.groups()
        pairs.setdefault(key, bare if quoted is None else quoted)
        at = pair.end()
    code = pairs.get(b"code")
    return at_the_end(line, codes[code], pairs) if code in codes else line


ENRICH = {"json": enrich_json, "text": enrich_text, "logfmt": enrich_logfmt}


def main():
    log_format, codes = sys.argv[1], read_codes(sys.argv[2])
    enrich, write = ENRICH[log_format], sys.stdout.buffer.write
    for line in sys.stdin.buffer:
        end = b"\n" if line.endswith(b"\n") else b""
        line = line.removesuffix(b"\n")
        write((line if len(line) > MAX_LINE else enrich(line, codes)) + end)


if __name__ == "__main__":
    main()
