-- API 3.0's codes: entries made from the row that decides about a name.

local core = require "tcerr.core"
local policy = require "tcerr.policy"

local names = {}

-- What the core knows, names and then endings, with what the policy adds. An ending has its category's words.
local rows = core.names()
for _, row in ipairs(rows) do
  for field, value in pairs(policy[row.category]) do row[field] = row[field] or value end
  row.rule, row.code = row.name, row.name
end

--- The rows themselves, names in ascending order and then endings; the name of an ending begins with "*".
names.rows = rows

--- The entry of a code of API 3.0: a new table, since no two codes are alike; nil when no row has to do with it.
---     names.entry("FailedOperation.InstanceNotFound").rule  --> "*NotFound"
function names.entry(code)
  local place = core.find_name(code)
  if not place then return nil end
  local row = rows[place]
  return { -- field by field: a loop takes four times as long
    code = code, name = code, layer = row.layer, category = row.category, rule = row.rule, message = row.message,
    message_en = row.message_en, fault = row.fault, retry = row.retry, http_status = row.http_status,
  }
end

--- Walks the names, in ascending order.
---     for name, entry in names.each() do return name, entry.category end  --> "ActionOffline", "unsupported"
function names.each()
  local i = 0
  return function()
    i = i + 1
    local row = rows[i]
    if row and not row.name:find("^%*") then return row.name, names.entry(row.name) end
  end
end

return names
