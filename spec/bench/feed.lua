-- Enriches a JSON log by e:feed on 64 KiB blocks: feed.lua FILE
local e = require("tcerr").enricher{ format = "json" }
local input = assert(io.open(arg[1], "rb"))
io.stdout:setvbuf("no")
for block in function() return input:read(65536) end do
  assert(io.stdout:write(e:feed(block)))
end
assert(io.stdout:write(e:finish()))
