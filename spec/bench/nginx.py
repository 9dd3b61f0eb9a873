#!/usr/bin/env python3
"""CPU time per request of an nginx in front of an API, with ways to get the code into the access log.

Every way has a worker of its own, since LuaJIT compiles what it sees first, and writes the same log line. They take
turns in random order, so that what else the machine does falls on all of them. The control is the empty filter once more: what it differs by is noise. Needs nginx with its Lua module, lua-cjson
and wrk. Prints a Markdown table: the median over the rounds, and in brackets that of the differences from the empty
filter of the same round.
"""
import argparse
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

HEAD = '"code":4100,"message":"\u9274\u6743\u5931\u8d25"'
INSTANCE = ('{"InstanceId":"ins-%08x","Zone":"ap-guangzhou-%d","CPU":%d,"Memory":%d,"State":"RUNNING",'
            '"Tags":[{"Key":"env","Value":"t%d"}]}')
NESTED = "[%s]" % ",".join(INSTANCE % (i * 7919, i % 7, i % 8, i % 16, i % 5) for i in range(60))
FAILED = '{"Response":{"Error":{"Code":"FailedOperation.NotFound","Message":"no"},"RequestId":"8-a-b"}}'
BODIES = {  # file name: title, text
    "200": ("200 B", "{%s,\"d\":\"%s\"}" % (HEAD, "0" * 150)),
    "8k_first": ("8 KB, code first", "{%s,\"d\":\"%s\"}" % (HEAD, "0" * 8000)),
    "8k_last": ("8 KB, code last", "{\"d\":\"%s\",%s}" % ("0" * 8000, HEAD)),
    "8k_nested": ("8 KB nested, code last", '{"instances":%s,%s}' % (NESTED, HEAD)),
    "api3_failed": ("API 3.0, failed", FAILED),
    "api3_8k": ("API 3.0, 8 KB nested", '{"Response":{"InstanceSet":%s,"RequestId":"8-a-b"}}' % NESTED),
    "256k": ("256 KB", "{%s,\"d\":[%s0]}" % (HEAD, '{"id":1,"name":"a name"},' * 10486)),
}

CJSON = """
    local ctx = ngx.ctx
    ctx.body = (ctx.body or "") .. ngx.arg[1]
    if ngx.arg[2] then
        local ok, answer = pcall(require("cjson.safe").decode, ctx.body)
        ngx.var.tc_code = ok and type(answer) == "table" and answer.code or "-"
    end
"""
MATCH = """
    if ngx.var.tc_code == "" then
        local code = ngx.arg[1]:match('"code"%s*:%s*"?(%-?%d+)')
        if code then ngx.var.tc_code = code end
    end
"""
EMPTY, CONTROL = "an empty body_filter_by_lua", "the same again (control)"
FILTERS = {  # title: Lua in the filter, or None
    "no Lua": None,
    "nginx's map on a header of the upstream": None,
    EMPTY: " ",
    CONTROL: " ",
    "**tcerr**": ' require("tcerr.nginx").body_filter() ',
    "string.match, first hit anywhere": MATCH,
    "cjson on the whole body": CJSON,
}
ON_HEADER = "nginx's map on a header of the upstream"

MAIN = """
include /etc/nginx/modules-enabled/*.conf;
{user}
worker_processes 1;
daemon on;
pid {dir}/{name}.pid;
error_log {dir}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
    uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
    keepalive_requests 100000000;
    access_log off;
    {http}
}}
"""
VENDOR = """
    server {{
        listen unix:{dir}/vendor.sock;
        default_type application/json;
        add_header X-Error-Code 4100;
        open_file_cache max=16;
        root {dir}/bodies;
    }}
"""
GATEWAY = """
    include {dir}/{name}.conf.map;
    log_format api escape=json '{{"uri":"$uri","status":$status,"code":"$tc_code","message":"$tc_message",'
        '"category":"$tc_category","fault":"$tc_fault","retry":"$tc_retry"}}';
    access_log {dir}/access.log api buffer=64k;
    lua_package_path "{root}/lua/?.lua;;";
    lua_package_cpath "{root}/build/5.1/?.so;;";
    init_by_lua_block {{ require "tcerr.nginx" }}
    upstream vendor {{ server unix:{dir}/vendor.sock; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Accept-Encoding "";
        location / {{ proxy_pass http://vendor; {filter} }}
    }}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """One nginx with one worker."""

    def __init__(self, directory, name, http, **names):
        self.directory, self.name = directory, name
        user = "user root;" if os.geteuid() == 0 else ""
        names.update(dir=directory, name=name)
        path = os.path.join(directory, name + ".conf")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(MAIN.format(user=user, http=http.format(**names), **names))
        subprocess.run(["nginx", "-c", path, "-e", directory + "/error.log"], check=True)
        self.master = self.wait_for_master()
        self.worker = self.wait_for_worker()

    def wait_for_master(self):
        while True:
            with open(os.path.join(self.directory, self.name + ".pid"), encoding="ascii") as file:
                text = file.read().strip()
            if text:
                return int(text)
            time.sleep(0.01)

    def wait_for_worker(self):
        while True:
            with open(f"/proc/{self.master}/task/{self.master}/children", encoding="ascii") as file:
                children = file.read().split()
            if children:
                return int(children[0])
            time.sleep(0.01)

    def cpu_ns(self):
        with open(f"/proc/{self.worker}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0])

    def stop(self):
        os.kill(self.master, 15)


def map_file(path, source):
    lua = 'io.write(require("tcerr.nginx").conf { source = %s })' % (f'"{source}"' if source else "nil")
    env = dict(os.environ, LUA_PATH=ROOT + "/lua/?.lua;;", LUA_CPATH=ROOT + "/build/5.1/?.so;;")
    with open(path, "w", encoding="utf-8") as file:
        subprocess.run(["luajit", "-e", lua], stdout=file, env=env, check=True)


def gateway(directory, title):
    """An nginx with this way."""
    name, port, lua = "gateway%d" % list(FILTERS).index(title), free_port(), FILTERS[title]
    map_file(os.path.join(directory, name + ".conf.map"), "$upstream_http_x_error_code" if title == ON_HEADER else None)
    nginx = Nginx(directory, name, GATEWAY, root=ROOT, port=port,
                  filter=f"body_filter_by_lua_block {{{lua}}}" if lua else "")
    nginx.port = port
    return nginx


def measure(nginx, body, seconds):
    """Microseconds of the worker's CPU for each request, of so many at once that it never sleeps: waking costs, too."""
    url = f"http://127.0.0.1:{nginx.port}/{body}"
    before = nginx.cpu_ns()
    output = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", url], check=True, capture_output=True, text=True).stdout
    spent = nginx.cpu_ns() - before
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    return spent / 1000 / int(re.search(r"(\d+) requests in", output).group(1))


def run(gateways, rounds, seconds):
    results = {body: {title: [] for title in FILTERS} for body in BODIES}
    for number in range(rounds + 1):
        for body in BODIES:
            for title in random.sample(list(FILTERS), len(FILTERS)):
                cost = measure(gateways[title], body, seconds)
                if number > 0:  # the first round warms up
                    results[body][title].append(cost)
        print(f"\rround {number} of {rounds}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return results


def cell(results, title):
    costs = results[title]
    extra = statistics.median(a - b for a, b in zip(costs, results[EMPTY]))
    text = f"{statistics.median(costs):.1f}"
    return text if title == EMPTY else f"{text} ({extra:+.1f})"


def print_table(results):
    print("| CPU per request, us | " + " | ".join(title for title, _ in BODIES.values()) + " |")
    print("|---|" + "---|" * len(BODIES))
    for title in FILTERS:
        print(f"| {title} | " + " | ".join(cell(results[body], title) for body in BODIES) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement")
    options = parser.parse_args()
    missing = [name for name in ("nginx", "wrk", "luajit") if not shutil.which(name)]
    if missing:
        sys.exit("missing: " + " ".join(missing))
    started = []
    with tempfile.TemporaryDirectory(prefix="tcerr-bench.") as directory:
        os.mkdir(directory + "/bodies")
        for name, (_, text) in BODIES.items():
            with open(f"{directory}/bodies/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        try:
            started.append(Nginx(directory, "vendor", VENDOR))
            gateways = {}
            for title in FILTERS:
                gateways[title] = gateway(directory, title)
                started.append(gateways[title])
            print_table(run(gateways, options.rounds, options.seconds))
        finally:
            for nginx in started:
                nginx.stop()


if __name__ == "__main__":
    main()
