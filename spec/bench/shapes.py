#!/usr/bin/python3
"""Writes a JSON log as one of the usual writers would, the same bytes on every run: shapes.py SHAPE LINES > file

Seven lines of ten have code 0, a quarter a known code, the rest an unknown one. What the writers differ in is what a
reader has to get past: escapes of their own, and objects before and behind the code.
"""
import json
import random
import sys
import time
from pathlib import Path

from generate import ACTIONS, AGENTS, CODES, HOSTS, METHODS

SEED = 20261123
NAMES = Path(__file__).resolve().parent.parent / "fixtures/api3-labelled.tsv"


def names():
    """Codes of API 3.0."""
    return [line.split("\t")[0] for line in NAMES.read_text(encoding="utf-8").splitlines()[1:]]


class Event:
    """What a line is about."""

    def __init__(self, number, rng):
        chance = rng.random()
        self.code = 0 if chance < 0.7 else rng.choice(CODES) if chance < 0.95 else rng.randrange(30000, 40000)
        self.known = chance < 0.95
        self.epoch = 1574640000 + number // 50
        self.time = time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(self.epoch))
        self.host, self.method, self.action, self.agent = (rng.choice(words).decode()
                                                           for words in (HOSTS, METHODS, ACTIONS, AGENTS))
        self.uri = f"/v2/index.php?Action={self.action}&Nonce={rng.randrange(1 << 30)}&Region=gz"
        self.id = f"{rng.getrandbits(128):032x}"
        self.took = rng.randrange(2000) / 1000
        self.message = "鉴权失败 signature failure" if self.code else ""


def flat(e, **more):
    return {"time": e.time, "remote_addr": "10.1.2.3", "host": e.host, "method": e.method, "uri": e.uri, "status": 200,
            "request_time": e.took, "upstream": "127.0.0.1:8080", "ua": e.agent, "request_id": e.id, **more}


def numbered(e, _):
    return flat(e, code=e.code, message=e.message)


def zap(e, _):
    request = {"method": e.method, "host": e.host, "uri": e.uri,
               "headers": {"User-Agent": [e.agent], "X-Request-Id": [e.id]}}
    return {"level": "info", "ts": e.epoch + e.took, "caller": "gateway/proxy.go:128", "msg": "upstream answered",
            "request": request, "status": 200, "duration": e.took, "code": e.code}


def ecs(e, _):
    http = {"request": {"method": e.method, "bytes": 321}, "response": {"status_code": 200, "bytes": 87}}
    return {"@timestamp": e.time, "log": {"level": "info"}, "http": http, "code": e.code,
            "url": {"domain": e.host, "path": "/v2/index.php", "query": e.uri[14:]},
            "user_agent": {"original": e.agent}, "trace": {"id": e.id}}


def body(e, _):
    answer = {"code": e.code, "message": e.message and "(-514)no", "codeDesc": "InvalidParameter"}
    return {"time": e.time, "uri": e.uri, "status": 200, "code": e.code, "body": json.dumps(answer)}


def api3(e, draw):
    return flat(e, code="" if e.code == 0 else draw() if e.known else f"Unheard.Of{e.code}")


# Title, a line's object, whether the writer escapes what is not ASCII, and what else it spells in its own way.
SHAPES = {
    "plain": ("nginx with escape=json", numbered, False, ()),
    "php": ("PHP json_encode", numbered, True, (("/", "\\/"),)),
    "go": ("Go encoding/json", numbered, False, (("&", "\\u0026"),)),
    "py": ("Python json.dumps", numbered, True, ()),
    "zap": ("zap, nested before the code", zap, False, ()),
    "ecs": ("Elastic Common Schema, nested on both sides", ecs, False, ()),
    "body": ("the answer as an escaped string", body, False, ()),
    "api3": ("codes of API 3.0", api3, False, ()),
}


def main():
    _, make, ascii_only, spellings = SHAPES[sys.argv[1]]
    rng, all_names = random.Random(SEED), names()
    for number in range(int(sys.argv[2])):
        line = json.dumps(make(Event(number, rng), lambda: rng.choice(all_names)), ensure_ascii=ascii_only,
                          separators=(",", ":"))
        for plain, spelling in spellings:
            line = line.replace(plain, spelling)
        sys.stdout.buffer.write(line.encode() + b"\n")


if __name__ == "__main__":
    main()
