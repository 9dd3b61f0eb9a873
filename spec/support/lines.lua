-- Log lines at random, good and bad, and lines that are hard, for the properties of what reads them.

local lines = {}

local JSON_VALUES = { "1", "-0.5e+3", "true", "null", '""', '"a b"', '"/x?q=\\"code\\":4100"', '"\\u00e9\\n"', "{}",
  "[]", '{"code":4100}', '[{"code":4100},1]', '{"a":{"code":"x"}}', '"\255\254"', '"鉴权"', '"code"', '"\127"' }
local CODES = { "4100", "0", "20108", '"4200"', "9999", "-1", "4100.0", "41e2", '"x"', "null", "04100", '"04100"',
  "4100x", " 4100 ", "\t4100", "{}", "4100,4200", '"4100', "1000000000000000", "6200" }
local NOISE = { "{", "}", "[", "]", ",", ":", '"', "\\", "\0", "\1", "\t", " ", "\255", "code", "4100", "}}",
  "null", "\r" }

-- Removes, doubles or inserts something somewhere.
local function damage(line, below, pick)
  local at = below(#line + 1)
  local way = below(3)
  if way == 1 then return line:sub(1, at - 1) .. line:sub(at + below(3)) end
  if way == 2 then return line:sub(1, at - 1) end
  return line:sub(1, at - 1) .. pick(NOISE) .. line:sub(at)
end

local function json(below, pick)
  local members = {}
  for i = 1, below(6) do
    local key = pick { '"a"', '"code"', '"\\u0063ode"', '"xcode"', '"tc_category"', '"message"', '"codes"' }
    local space = below(5) == 1 and " " or ""
    members[i] = key .. space .. ":" .. space .. (key == '"code"' and pick(CODES) or pick(JSON_VALUES))
  end
  local space = below(6) == 1 and " " or ""
  local mark = below(40) == 1 and "\239\187\191" or ""
  return mark .. space .. "{" .. table.concat(members, "," .. space) .. space .. "}" .. space
end

local function logfmt(below, pick)
  local pairs_list = {}
  for i = 1, below(6) do
    pairs_list[i] = pick { "a=1", 'm="x code=4100 y"', 'm="\\"code=4100"', "flag", 'code"4100"', "=x",
      "tc_category=x", "xcode=4100",
      "code=4100", "code=0", 'code="4200"', "code=9999", "code=", "code", "code=04100", "code=4100x", "code=20108",
      'm="open', 'x"y"', "=", '="', 'm=""' }
  end
  return table.concat(pairs_list, pick { " ", "  ", "\t" })
end

local function text(below, pick)
  local words = {}
  for i = 1, below(5) do
    words[i] = pick { "GET", "200", "4100", "0", "-", "9999", "20108", "tc_category=x", "4100x", "04100", "" }
  end
  return table.concat(words, pick { " ", "  ", "\t" }) .. pick { "", "", " " }
end

local MAKERS = { json = json, logfmt = logfmt, text = text }

--- A line without its newline.
function lines.one(format, below, pick)
  local line = MAKERS[format](below, pick)
  if below(4) == 1 then line = damage(line, below, pick) end
  if below(8) == 1 then line = line .. "\r" end
  return (line:gsub("\n", ""))
end

--- A log of `count` lines; the last one may lack its newline.
function lines.log(format, count, below, pick)
  local log = {}
  for i = 1, count do log[i] = lines.one(format, below, pick) end
  return table.concat(log, "\n") .. (below(2) == 1 and "\n" or "")
end

-- Adds lines with what a reader of 64 bytes at a time and of windows may miss where one ends and the next begins:
-- behind 8 bytes and so many more.
local function add_boundaries(all, sizes)
  local tails = { "\\n", "\\x", "\\u4e2d", "\\u4e2g", "\\u4egd", "\\u4g2d", "\\ug000", "\\u4e2", "\t", "\31",
    "\\\\u", '","b":"', '",\t"b"\t:\r[\t]\t,"c":"' }
  for count = 1, 6 do tails[#tails + 1] = ("\\"):rep(count) end
  for count = 1, 6 do tails[#tails + 1] = ("\\"):rep(count) .. '"' end
  for _, tail in ipairs(tails) do
    for _, size in ipairs(sizes) do
      all[#all + 1] = '{"pad":"' .. ("x"):rep(size) .. tail .. '","code":4100,"end":1}'
      all[#all + 1] = '{"code":4100,"pad":[' .. ("1,"):rep(math.floor(size / 2)) .. '{"a":"' .. tail .. '"}]}'
    end
  end
end

-- Adds nested lines, most of them wrong somewhere in what nobody looks for.
local function add_nested(all)
  for _, value in ipairs { "{}", "[]", "[ ]", "{ }", "[1,]", "[,1]", "[1 2]", "[}", "{]", "[1}", '{"a":1]', '{"a"}',
    '{"a":}', '{"a" 1}', "{1:1}", '{"a":1,}', '{,"a":1}', '{"a":1 "b":2}', '[{"a":[{"a":[1,"x",{"a":null}]}]}]',
    '[true,false,null,1.5e+3,"",[[]],{}]', "[tru]", "[01]", "[1.]", '["\\x"]', '["\31"]', '["\t"]', '{"code":1}',
    '{"tc_category":1}', "[\0]", "[1]]", "{}}" } do
    all[#all + 1] = '{"code":4100,"a":' .. value .. "}"
    all[#all + 1] = '{"a":{"b":[1,' .. value .. ']},"code":4100,"b":' .. value .. "}"
  end
  for _, depth in ipairs { 1022, 1023, 1024 } do
    all[#all + 1] = '{"code":4100,"a":' .. ("["):rep(depth) .. ("]"):rep(depth) .. "}"
  end
end

--- Lines of JSON that are easy to read wrongly. `sizes` are those of a string before each of some that end near them.
function lines.hard(sizes)
  local all = {}
  add_boundaries(all, sizes)
  add_nested(all)
  -- A string open at the end of the first window, none at the end of the second, a tab in the third.
  all[#all + 1] = '{"a":"' .. ("x"):rep(5000) .. '","b":[' .. ("1,"):rep(2000) .. '1],\t"code":4100,"c":1}'
  for _, value in ipairs { "01", "-01", "-", "--1", "1.", "1.e5", "1e", "1E+", "1e-", "1e+-1", "1:2", "1x", "trux",
    "nulx", "falsx", "truex", '"\31"', '"\31' .. ("x"):rep(40) .. '"', '"open', '"open,"b":1', "0", "-0", "-0.5E-3",
    "1e+5", "1E-5", "123456789012345", "1234567890123456", "12345678901234567", ("7"):rep(33), "true", "false", "null",
    '"\127\32"', '""' } do
    all[#all + 1] = '{"code":4100,"a":' .. value .. "}"
    all[#all + 1] = '{"a":' .. value .. ',"code":4100,"b":"' .. ("x"):rep(50) .. '"}'
  end
  for byte = 0, 255 do -- what is a blank between tokens, and what ends a number
    local c = string.char(byte)
    if c ~= "\n" then
      all[#all + 1] = '{"code":4100' .. c .. ',"a":1}'
      all[#all + 1] = '{"a"' .. c .. ":" .. c .. '""' .. c .. ',"code":4100}'
    end
  end
  for size = 0, 4200, 1 do -- every place of a quote and of the end in a block of 64, and lines of more than 256 bytes
    if size < 200 or size % 256 < 3 or size > 4030 and size < 4110 then
      all[#all + 1] = '{"pad":"' .. ("x"):rep(size) .. '","code":4100,"a":""}' .. (size % 2 == 0 and "\r" or "")
    end
  end
  for _, size in ipairs { 32768, 65500, 65536, 70000, 132000 } do
    all[#all + 1] = '{"pad":"' .. ("x"):rep(size) .. '","code":4100,"a":""}'
  end
  for _, line in ipairs { "{}", "{ }", "{}x", "{,}", '{"code":4100,}' } do all[#all + 1] = line end
  for count = 1, 60 do all[#all + 1] = '{"code":4100' .. (',"":""'):rep(count) .. "}" end
  all[#all + 1] = '{"code":4100}\rx' -- not the carriage return before a newline
  for size = 30, 70 do -- a key without its closing quote, and no quote in the next 64 bytes
    all[#all + 1] = '{"code":4100,"a":"","' .. ("x"):rep(size) .. ":1}"
    all[#all + 1] = ("b"):rep(100)
  end
  return all
end

return lines
