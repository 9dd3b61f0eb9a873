-- One answer of the API, from its text or from the table that a JSON library has made of it.

local core = require "tcerr.core"

local answer = {}

-- An integer from a table that a JSON library has made: a number or canonical digits.
local function integer(value)
  if type(value) == "string" then
    value = value:find("^%-?[1-9]%d*$") and #value <= 16 and tonumber(value) or value == "0" and 0
  end
  if type(value) ~= "number" or value % 1 ~= 0 or value <= -1e15 or value >= 1e15 then return nil end
  return math.floor(value)
end

-- The same values as core.read_response returns, from a table.
local function read_table(body)
  local code, message = integer(rawget(body, "code")), rawget(body, "message")
  local code_desc = rawget(body, "codeDesc") or rawget(body, "codedesc")
  if not code then return nil, "no code" end
  if type(message) ~= "string" then message = nil end
  if type(code_desc) == "number" then code_desc = ("%.14g"):format(code_desc) end
  if type(code_desc) ~= "string" then code_desc = nil end
  local module, length
  if message then module, length = core.module_code(message) end
  return code, message, module, length, code_desc
end

--- See tcerr.parse.
---@return tcerr.Answer|nil answer
---@return string|nil reason
function answer.parse(body, options)
  local read = type(body) == "string" and core.read_response or type(body) == "table" and read_table
  if not read then return nil, "not a JSON object" end
  local code, message, module, length, code_desc = read(body)
  if not code then return nil, message end
  local video = not (type(options) == "table" and rawget(options, "module") == false)
  local module_entry = video and module and core.codes[module]
  return {
    ok = code == 0,
    code = code,
    entry = core.codes[code],
    module_code = module,
    module_entry = module_entry and module_entry.layer == "video" and module_entry or nil,
    message = message,
    reason = message and message:sub(length + 1):gsub("^ +", "") or nil,
    code_desc = code_desc,
  }
end

return answer
