-- The converter lua.tcerr(FIELD) for HAProxy: makes an answer of the API, or a code, into a field of the entry that
-- says what it means, or into "-".

local tcerr = require "tcerr"

core.register_converters("tcerr", function(text, field)
  local entry = tcerr.lookup(tcerr.parse(text) or text)
  return entry and entry[field] and tostring(entry[field]) or "-"
end)
