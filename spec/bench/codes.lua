-- Prints what enriching adds, one known code a line: code, message, category
-- and retry, separated by tabs. The peers read this file.
local tcerr = require "tcerr"
for code, entry in tcerr.each() do
  print(table.concat({ code, entry.message, entry.category, entry.retry }, "\t"))
end
