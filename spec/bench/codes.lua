-- Prints what enriching adds, one known code a line: code, message, category
-- and retry, separated by tabs. The peers read this file. With arguments, those
-- codes of API 3.0 instead.
local tcerr = require "tcerr"
local function add(code, entry)
  if entry then print(table.concat({ code, entry.message, entry.category, entry.retry }, "\t")) end
end
if arg[1] then
  for _, name in ipairs(arg) do add(name, tcerr.lookup(name)) end
else
  for code, entry in tcerr.each() do add(code, entry) end
end
