-- A Lua filter for Fluent Bit: adds what the record's code means. The module is that of Lua 5.1; see fluent-bit.conf.

local tcerr = require "tcerr"

-- Fluent Bit calls it for every record; 2 says that the record has changed and its time has not, 0 that nothing has.
function cb_tcerr(_, timestamp, record)
  local entry = tcerr.lookup(record.code) -- a number, a float or digits, as the parser made it
  if not entry then return 0, timestamp, record end
  record.tc_message, record.tc_category, record.tc_retry = entry.message, entry.category, entry.retry
  return 2, timestamp, record
end
