-- The core between pages that nobody may read: no byte is read behind or before its input, by any instruction set.

local dkjson = require "dkjson"
local shell = require "support.shell"
local lines = require "support.lines"
local random = require "support.random"

local texts

local function add(kind, text)
  texts[#texts + 1] = ("%s%d\n%s"):format(kind, #text, text)
end

-- Every length to the next block of 64, and every place in it where a string, an escape or a number may be cut.
local function add_sizes()
  local all = {}
  for size = 0, 140 do
    local pad = ("x"):rep(size)
    for _, line in ipairs { '{"code":4100,"a":"%s"}', '{"a":"%s","code":4100}', '{"a":"%s\\', '{"a":"%s\\u12', '{"a":"%s',
      '{"a":"%s",', '{"a":"%s","code":4', '{"a":"%s","code":"4100', '{"%s":t', '{"a":"%s\\"","code":4100}', '%s"code', '%s"' } do
      all[#all + 1] = line:format(pad)
    end
    add("l", 'm="' .. pad .. '" code=4100\n')
    add("t", pad .. " tc_retry 4100\n")
    add("j", '{"code":4100,"a":"' .. pad .. '"}')
  end
  for i = 1, #all, 20 do add("j", table.concat(all, "\n", i, math.min(i + 19, #all)) .. "\n") end
end

local function add_logs()
  local below, pick = random.new(71)
  for _, kind in ipairs { "json", "logfmt", "text" } do
    for _ = 1, 100 do add(kind:sub(1, 1), lines.log(kind, 10, below, pick)) end
  end
end

local function add_answers()
  for _, file in ipairs { "responses", "api3-bodies" } do
    for line in io.lines("spec/fixtures/" .. file .. ".jsonl") do
      local body = dkjson.decode(line).body
      if type(body) == "string" and #body < 1000 then add("a", body) end
    end
  end
  local inner = '{"a":[1,-2.5e3,true,null,"x\\u4e2d\\"y"],"b":{"c":[],"d":{}},\n\t"e":"' .. ("\\\\"):rep(30) .. '"}'
  for _, nested in ipairs { inner, "[" .. inner .. "," .. inner .. "]", ("["):rep(90) .. inner .. ("]"):rep(90), "[1,2",
    "[" .. inner .. ',"\\x"]', "[" .. inner .. ',"\t"]', "{" .. inner .. "}", "[" .. inner .. " ,01]" } do
    add("a", '{"data":' .. nested .. ',"code":4100,"message":"(-514)x"}')
  end
end

describe("the core reads no byte too far", function()
  it("with any instruction set, and makes the same of it", function()
    if shell.version ~= "5.4" then return end -- it is no matter of Lua
    texts = {}
    add_sizes()
    add_logs()
    add_answers()
    shell.with_directory(function(directory)
      shell.write(directory .. "/texts", table.concat(texts))
      for _, program in ipairs { "/edges", "/portable/edges" } do
        local out = shell.run(("%s%s < %s/texts 2>&1"):format(shell.build, program, directory))
        assert.is_true((tonumber(out) or 0) > 10000, program .. ": " .. out)
      end
    end)
  end)
end)
