-- What the enricher has to make of one line, written for clearness and not for speed: a recursive reader of strict
-- JSON, and of logfmt. The specs compare the enricher with it.

local reference = {}

local MAX_DEPTH = 1024

local read_value

local function skip_space(text, at)
  return text:find("[^ \t\n\r]", at) or #text + 1
end

-- Each reader takes a place and returns the place behind what it read, or nil when that is malformed.
local function read_string(text, at)
  if text:sub(at, at) ~= '"' then return nil end
  at = at + 1
  while true do
    at = text:find('["\\%c]', at)
    local c = at and text:sub(at, at)
    if c == '"' then return at + 1 end
    if c == "\127" then
      at = at + 1
    elseif c ~= "\\" then
      return nil
    elseif text:find('^["\\/bfnrt]', at + 1) then
      at = at + 2
    elseif text:find("^u%x%x%x%x", at + 1) then
      at = at + 6
    else
      return nil
    end
  end
end

local function read_number(text, at)
  local digits = text:match("^%-?0", at) or text:match("^%-?[1-9]%d*", at)
  if not digits then return nil end
  at = at + #digits
  at = at + #(text:match("^%.%d+", at) or "")
  at = at + #(text:match("^[eE][+-]?%d+", at) or "")
  return not text:find("^[%d.eE]", at) and at or nil
end

-- Reads the members of a container; visit(key, value) is called for each member of an object.
local function read_container(text, at, depth, visit)
  local object = text:sub(at, at) == "{"
  local close = object and "}" or "]"
  if depth > MAX_DEPTH then return nil end
  at = skip_space(text, at + 1)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    local key
    if object then
      local behind = read_string(text, at)
      if not behind then return nil end
      key = text:sub(at + 1, behind - 2)
      at = skip_space(text, behind)
      if text:sub(at, at) ~= ":" then return nil end
      at = skip_space(text, at + 1)
    end
    local behind = read_value(text, at, depth + 1)
    if not behind then return nil end
    if visit then visit(key, text:sub(at, behind - 1)) end
    at = skip_space(text, behind)
    local c = text:sub(at, at)
    if c == close then return at + 1 end
    if c ~= "," then return nil end
    at = skip_space(text, at + 1)
  end
end

function read_value(text, at, depth)
  local c = text:sub(at, at)
  if c == '"' then return read_string(text, at) end
  if c == "{" or c == "[" then return read_container(text, at, depth) end
  for _, literal in ipairs { "true", "false", "null" } do
    if text:sub(at, at + #literal - 1) == literal then return at + #literal end
  end
  return read_number(text, at)
end

local function integer(text)
  return (text:find("^%-?[1-9]%d*$") or text == "0") and #text:gsub("^%-", "") <= 15 and tonumber(text) or nil
end

--- The first code of a JSON object, its keys, and the place behind it; nil when it is malformed. What follows it is
--- not looked at.
function reference.read_object(text)
  local code, keys, seen = nil, {}, false
  local at = skip_space(text, text:sub(1, 3) == "\239\187\191" and 4 or 1)
  if text:sub(at, at) ~= "{" then return nil end
  local behind = read_container(text, at, 1, function(key, value)
    if key == "code" and not seen then
      seen, code = true, integer(value:match('^"(.*)"$') or value)
    end
    keys[key] = true
  end)
  if not behind then return nil end
  return code, keys, behind
end

-- Each of these gives the first code of a line, its keys, and the place before which fields go; nil if it is malformed.

local function read_json(line)
  local code, keys, behind = reference.read_object(line)
  if not keys or skip_space(line, behind) <= #line then return nil end
  return code, keys, behind - 1
end

local function read_logfmt(line)
  local code, keys, seen, at = nil, {}, false, 1
  while true do
    at = line:find("[^ \t]", at)
    if not at then break end
    local key = line:match('^[^ \t="]*', at)
    at = at + #key
    local value
    if key == "" or line:sub(at, at) == '"' then return nil end
    if line:sub(at, at) == "=" then at = at + 1 end
    if line:sub(at, at) == '"' then
      local from = at + 1
      at = from
      while not line:find('^"', at) do
        if at > #line then return nil end
        at = at + (line:sub(at, at) == "\\" and 2 or 1)
      end
      value, at = line:sub(from, at - 1), at + 1
      if not line:find("^[ \t]", at) and at <= #line then return nil end
    else
      value = line:match("^[^ \t]*", at)
      if value:find('"') then return nil end
      at = at + #value
    end
    if key == "code" and not seen then seen, code = true, integer(value) end
    keys[key] = true
  end
  return code, keys, #line + 1
end

local function read_text(line)
  local keys = {}
  for key in line:gmatch("[^ \t]+") do keys[key:match("^[^=]*=") and key:match("^[^=]*") or ""] = true end
  return integer(line:match("([^ \t]+)[ \t]*$") or ""), keys, #line + 1
end

local READERS = { json = read_json, logfmt = read_logfmt, text = read_text }

--- What becomes of one line without its newline. suffixes[code] is a list of { key, text to add }.
function reference.enrich(line, format, suffixes)
  local body, cr = line:match("^(.-)(\r?)$")
  local code, keys, at = READERS[format](body)
  local added = {}
  for _, piece in ipairs(code and suffixes[code] or {}) do
    if not keys[piece[1]] then added[#added + 1] = piece[2] end
  end
  if #added == 0 then return line end
  return body:sub(1, at - 1) .. table.concat(added) .. body:sub(at) .. cr
end

return reference
