-- A Lua filter for Fluent Bit: adds what the record's code means. See fluent-bit.conf.

local tcerr = require "tcerr"

-- Fluent Bit calls it for every record; 2 says that the record has changed and its time has not, 0 that nothing has.
-- The code may be one of API 3.0, and a line of a log may have the module's number in a member of its own.
function cb_tcerr(_, timestamp, record)
  local module = tostring(record.module_code)
  local is_number = #module:gsub("%D", "") <= 15 and (module == "0" or module:find("^%-?[1-9]%d*$"))
  local message = is_number and "(" .. module .. ")" or record.message
  local answer = tcerr.parse { code = record.code, message = message }
    or tcerr.parse { Response = { Error = { Code = record.code } } }
  if not (answer and answer.cause) then return 0, timestamp, record end
  for _, name in ipairs { "message", "category", "retry" } do
    local key = "tc_" .. name
    if record[key] == nil then record[key] = answer.cause[name] end
  end
  return 2, timestamp, record
end
