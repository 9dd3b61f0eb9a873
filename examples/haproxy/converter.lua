-- Converters for HAProxy: lua.tcerr(FIELD) makes an answer of the API into a field of the entry that says what its
-- cause means, or into "-"; lua.tcerr_code(FIELD) does so with a code, of a header for instance.

local tcerr = require "tcerr"

local function register(name, entry_of)
  core.register_converters(name, function(text, field)
    local entry = entry_of(text)
    return entry and entry[field] and tostring(entry[field]) or "-"
  end)
end

register("tcerr", function(body) return (tcerr.lookup((tcerr.parse(body)))) end)
register("tcerr_code", tcerr.lookup)
