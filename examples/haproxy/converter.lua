-- The converter lua.tcerr(FIELD) for HAProxy: makes an answer of the API, or a code, into a field of the entry that
-- says what it means, or into "-".

local tcerr = require "tcerr"

-- The module behind the API knows more than the API, so what it says goes first.
local function entry_of(text)
  local answer = tcerr.parse(text)
  if not answer then return tcerr.lookup(text) end
  return not answer.ok and (answer.module_entry or answer.entry)
end

core.register_converters("tcerr", function(text, field)
  local entry = entry_of(text)
  return entry and entry[field] and tostring(entry[field]) or "-"
end)
