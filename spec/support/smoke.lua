-- Uses each part of an installed tcerr once and says so in a line: what a release is tried with, away from a checkout.

local tcerr = require "tcerr"

local codes = 0
for code, entry in tcerr.each() do
  assert(tcerr.lookup(code) == entry and tcerr.lookup(entry.name) == entry)
  codes = codes + 1
end
assert(tcerr.format(4100):find "^4100 AuthFailure ")

local answer = tcerr.parse '{"code":5100,"message":"20108：频道处于非编辑状态"}'
assert(answer.entry.name == "ResourceOpFailed" and answer.module_entry.name == "ChannelNotEditable")

local e = tcerr.enricher { fields = { "retry" } }
assert(e:feed '{"code":4100}\n{"code":0}' == '{"code":4100,"tc_retry":"never"}\n' and e:finish() == '{"code":0}')
assert(e:counts().codes[4100] == 1)

-- What Lua has read ahead of a pipe is not lost, which depends on the C library.
local pipe, out = assert(io.popen [[printf '1\n{"code":4100}\n']]), assert(io.tmpfile())
assert(pipe:read "*l" == "1" and tcerr.enricher { fields = { "retry" } }:run(pipe, out))
out:seek "set"
assert(out:read "*a" == '{"code":4100,"tc_retry":"never"}\n')

require("tcerr.nginx").body_filter()

print(("tcerr %s on %s: %d codes"):format(tcerr._VERSION, rawget(_G, "jit") and jit.version or _VERSION, codes))
