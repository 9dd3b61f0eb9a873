-- One answer of the API, 2.0 or 3.0, from its text or from the table that a JSON library has made of it.

local core = require "tcerr.core"
local format = require "tcerr.format"
local names = require "tcerr.names"

local answer = {}

--- The layers in the order of the alphabet, of one kind or all: an API's, a module's, those of names.
---     answer.layers("names")[1]                       --> "api3"
function answer.layers(kind)
  local layers = {}
  for layer, numbers in pairs(core.layers) do
    if not kind or numbers == kind then layers[#layers + 1] = layer end
  end
  table.sort(layers)
  return layers
end

--- What is wrong with an option of parse, or nil.
---     answer.CHECKS.module(false)                     --> nil
answer.CHECKS = { module = format.choice(answer.layers("module"), false) }

-- A table that a JSON library has made is read as a text: one reader decides for both. These of its members are read,
-- and of a member that is a table again, those behind it.
local MEMBERS = {
  { "code" }, { "message" }, { "codeDesc" }, { "codedesc" },
  { "Response", { { "Error", { { "Code" }, { "Message" } } }, { "RequestId" } } },
}

-- With all bytes as they are, be they UTF-8 or not.
local function quote(text)
  return '"' .. text:gsub('[%z\1-\31"\\]', function(byte) return ("\\u%04x"):format(byte:byte()) end) .. '"'
end

local function to_json(value, members)
  if type(value) == "string" then return quote(value) end
  if type(value) == "number" and value - value ~= 0 then value = false end -- JSON has neither nan nor inf
  if type(value) == "number" or type(value) == "boolean" then return format.json_value(value) end
  if type(value) ~= "table" then return "null" end
  if rawget(value, 1) ~= nil then return "[]" end
  local parts = {}
  for _, member in ipairs(members or {}) do
    local name, there = member[1], rawget(value, member[1])
    if there ~= nil then parts[#parts + 1] = quote(name) .. ":" .. to_json(there, member[2]) end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- See tcerr.parse.
---     answer.parse('{"code":5100,"message":"(20108)x"}', false).cause.code  --> 5100
function answer.parse(body, module)
  if type(body) == "table" then body = to_json(body, MEMBERS) end
  if type(body) ~= "string" then return nil, "not a JSON object" end
  local api, code, message, module_code, length, code_desc, request_id, problem, own, behind, cause =
    core.read_answer(body, module)
  if not api then return nil, code end
  local one = {
    api = api, ok = code == nil or code == 0, code = code, module_code = module_code, message = message,
    reason = message and message:sub(length + 1):gsub("^ +", "") or nil,
    code_desc = code_desc, request_id = request_id, problem = problem,
    entry = core.codes[own], module_entry = core.codes[behind], cause = core.codes[cause],
  }
  if type(code) == "string" then
    one.entry = names.entry(code)
    one.cause = one.entry
  end
  return one
end

--- The cause of an answer of tcerr.parse; or nil, and why there is none. Of a table that only looks like one, what it
--- says is the cause's code counts, and nothing else of it.
---     answer.cause{ api = "2.0", ok = true, code = 0 }  --> nil, "the call succeeded"
---     answer.cause{ api = "2.0", cause = true }         --> nil, "not a code or a name: nil"
function answer.cause(one)
  local cause = rawget(one, "cause")
  local code = type(cause) == "table" and rawget(cause, "code")
  local entry = core.codes[code] or type(code) == "string" and names.entry(code)
  if entry then return entry end
  if rawget(one, "ok") then return nil, "the call succeeded" end
  return nil, format.unknown(rawget(one, "code"))
end

return answer
