-- lua-cjson decodes each line, the fields are spliced in: lua5.4 cjson.lua CODES FILE
local cjson = require "cjson"
local decode = cjson.decode

local suffix = {}
for row in io.lines(arg[1]) do
  local code, message, category, retry = row:match("^(%d+)\t([^\t]*)\t([^\t]*)\t([^\t]*)$")
  suffix[tonumber(code)] = (',"tc_message":"%s","tc_category":"%s","tc_retry":"%s"'):format(message, category, retry)
end

io.stdout:setvbuf("full", 1 << 20)
for line in io.lines(arg[2], "L") do
  local ok, object = pcall(decode, line)
  local added = ok and type(object) == "table" and suffix[object.code or 0]
  if added then
    local head, tail = line:match("^(.*)(}.*)$")
    io.write(head, added, tail)
  else
    io.write(line)
  end
end
