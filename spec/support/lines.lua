-- Log lines at random, good and bad, for the enricher's properties.

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

return lines
