"""The inputs that cost most, or would if the work were quadratic: JSON logs of about `size` bytes."""

LONG = 1_000_000  # bytes of a line that is just short enough to be looked at


def repeat(line, size):
    return (line + b"\n") * max(1, size // (len(line) + 1))


def long_lines(head, unit, tail, size):
    return repeat(head + unit * ((LONG - len(head) - len(tail)) // len(unit)) + tail, size)


WORST = {
    "all quotes": lambda size: long_lines(b"", b'"', b"", size),
    "all backslashes": lambda size: long_lines(b"", b"\\", b"", size),
    "a string of escaped quotes": lambda size: long_lines(b'{"code":4100,"a":"', b'\\"', b'"}', size),
    "a string of \\u escapes": lambda size: long_lines(b'{"code":4100,"a":"', b"\\u4e2d", b'"}', size),
    "1,000 levels deep": lambda size: repeat(b'{"code":4100,"a":%s%s}' % (b"[" * 999, b"]" * 999), size),
    "too deep": lambda size: long_lines(b'{"code":4100,"a":', b"[", b"", size),
    "an array of small numbers": lambda size: long_lines(b'{"code":4100,"a":[', b"1,", b"0]}", size),
    "one line": lambda size: long_lines(b'{"code":4100,"a":"', b"x", b'"}', size).replace(b"\n", b" ") + b"\n",
    "the key in every position": lambda size: long_lines(b"", b'"code"', b"", size),
    "a code in every position, malformed": lambda size: long_lines(b"{", b'"code":4100,', b"", size),
    "a code in every position, well-formed": lambda size: long_lines(b"{", b'"code":4100,', b'"a":0}', size),
    "short torn lines with a code": lambda size: repeat(b'{"code":4100,', size),
    "short lines, all enriched": lambda size: repeat(b'{"code":4100}', size),
}
