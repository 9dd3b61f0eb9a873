-- One answer of the API, 2.0 or 3.0, from its text or from the table that a JSON library has made of it.

local core = require "tcerr.core"
local format = require "tcerr.format"
local names = require "tcerr.names"

local answer = {}

-- ---- Options ----

--- The layers in the order of the alphabet.
---     answer.layers("names")[1]                       --> "api3"
---@param kind "api"|"module"|"names"|nil whose codes they have; nil for all
---@return tcerr.Layer[]
function answer.layers(kind)
  local layers = {}
  for layer, numbers in pairs(core.layers) do
    if not kind or numbers == kind then layers[#layers + 1] = layer end
  end
  table.sort(layers)
  return layers
end

--- What is wrong with the option `module`, or nil.
---     answer.check_module(false)                      --> nil
---@param value any
---@return string|nil problem
answer.check_module = format.choice("module", answer.layers("module"), false)

local CHECKS = { module = answer.check_module }

--- What is wrong with the options of parse, or nil.
---     answer.check{ modul = false }                   --> "no such option: modul"
---@param options any
---@return string|nil problem
function answer.check(options)
  return format.check_options(options, CHECKS)
end

-- ---- Tables ----

-- An integer from a table that a JSON library has made: a number or canonical digits.
local function integer(value)
  if type(value) == "string" then
    value = value:find("^%-?[1-9]%d*$") and #value <= 16 and tonumber(value) or value == "0" and 0
  end
  if type(value) ~= "number" or value % 1 ~= 0 or value <= -1e15 or value >= 1e15 then return nil end
  return math.floor(value)
end

local function string_or_number(value)
  if type(value) == "number" then value = format.json_value(value) end
  return type(value) == "string" and value or nil
end

local function string_or_nil(value)
  return type(value) == "string" and value or nil
end

-- Each reader returns what core.read_answer does.

local function read_error(response)
  local failure, request_id = rawget(response, "Error"), string_or_nil(rawget(response, "RequestId"))
  if type(failure) == "string" or type(failure) == "number" or type(failure) == "boolean" then return nil, "no code" end
  local code = ""
  if type(failure) == "table" then
    code = string_or_number(rawget(failure, "Code"))
    if not code then return nil, "no code" end
  end
  local message = type(failure) == "table" and string_or_nil(rawget(failure, "Message")) or nil
  return "3.0", code ~= "" and code or nil, message, nil, 0, nil, request_id
end

local function read_table(body)
  local code, message = integer(rawget(body, "code")), string_or_nil(rawget(body, "message"))
  if not code then
    local response = rawget(body, "Response")
    if type(response) == "table" and rawget(response, 1) == nil then return read_error(response) end -- no array
    return nil, (rawget(body, "code") ~= nil or response ~= nil) and "no code" or 'neither "code" nor "Response"'
  end
  local module, length
  if message then module, length = core.module_code(message) end
  local code_desc = string_or_number(rawget(body, "codeDesc")) or string_or_number(rawget(body, "codedesc"))
  return "2.0", code, message, module, length, code_desc
end

-- ---- Answers ----

-- The entries of an answer's code and of its module's number, and which of them is the cause.
local function entries(code, module_code, module)
  if type(code) == "string" then
    local entry = names.entry(code)
    return entry, nil, entry
  end
  local own, behind, cause = core.verdict(code, module_code, module)
  return own and core.codes[own], behind and core.codes[behind], cause and core.codes[cause]
end

--- See tcerr.parse.
---     answer.parse('{"code":5100,"message":"(20108)x"}', false).cause.code  --> 5100
---@param body any
---@param module tcerr.Module|false|nil
---@return tcerr.Answer|nil answer
---@return string|nil reason
function answer.parse(body, module)
  local read = type(body) == "string" and core.read_answer or type(body) == "table" and read_table
  if not read then return nil, "not a JSON object" end
  local api, code, message, module_code, length, code_desc, request_id, problem = read(body)
  if not api then return nil, code end
  local one = {
    api = api,
    ok = code == nil or code == 0,
    code = code,
    module_code = module_code,
    message = message,
    reason = message and message:sub((length or 0) + 1):gsub("^ +", "") or nil,
    code_desc = code_desc,
    request_id = request_id,
    problem = problem,
  }
  if code then one.entry, one.module_entry, one.cause = entries(code, module_code, module) end
  return one
end

--- The cause of an answer of tcerr.parse.
---     answer.cause{ api = "2.0", ok = true, code = 0 }  --> nil, "the call succeeded"
---@param one table
---@return tcerr.Entry|nil cause
---@return string|nil reason why there is none
function answer.cause(one)
  local cause = rawget(one, "cause")
  if cause then return cause end
  if rawget(one, "ok") then return nil, "the call succeeded" end
  return nil, format.unknown(rawget(one, "code"))
end

return answer
