-- A Lua filter for Fluent Bit: adds what the record's code means. See fluent-bit.conf.

local tcerr = require "tcerr"

-- Fluent Bit calls it for every record; 2 says that the record has changed and its time has not, 0 that nothing has.
function cb_tcerr(_, timestamp, record)
  local answer = tcerr.parse(record)
  local cause = answer and not answer.ok and (answer.module_entry or answer.entry) or tcerr.lookup(record.code)
  if not cause then return 0, timestamp, record end
  for _, name in ipairs { "message", "category", "retry" } do
    local key = "tc_" .. name
    if record[key] == nil then record[key] = cause[name] end
  end
  return 2, timestamp, record
end
