"""ujson decodes each line, the fields are spliced in: python3 python_ujson.py CODES FILE"""

import sys

import ujson

suffix = {}
with open(sys.argv[1], "rb") as codes:
    for row in codes:
        code, message, category, retry = row.rstrip(b"\n").split(b"\t")
        suffix[int(code)] = b',"tc_message":"%s","tc_category":"%s","tc_retry":"%s"' % (message, category, retry)

loads = ujson.loads
with open(sys.argv[2], "rb", 1 << 20) as log, open(1, "wb", 1 << 20) as output:
    for line in log:
        try:
            added = suffix.get(loads(line).get("code"))
        except (ValueError, AttributeError, TypeError):
            added = None
        if added:
            brace = line.rindex(b"}")
            line = line[:brace] + added + line[brace:]
        output.write(line)
