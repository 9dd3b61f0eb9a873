-- The settings of an enricher: checks what the caller asks for and writes, for every code, what a line gets.

local format = require "tcerr.format"

local enricher = {}

local DEFAULTS = {
  format = "json", key = "code", field = -1, prefix = "tc_", fields = { "message", "category", "retry" }, lang = "zh",
  max_line = 1024 * 1024,
}

local FORMATS = { json = true, logfmt = true, text = true }

local ENTRY_FIELDS = {}
for _, name in ipairs(format.FIELDS) do ENTRY_FIELDS[name] = true end

-- What neither JSON nor logfmt would leave as it is: %c and %s would follow the host's locale.
local SPECIAL = '[%z\1-\32\127"=\\]'

-- Keys have to be the same bytes in JSON and in logfmt, so nothing that either would quote.
local function is_key(value)
  return type(value) == "string" and not value:find(SPECIAL)
end

local function is_integer(value)
  return type(value) == "number" and value % 1 == 0 and value > -2 ^ 31 and value < 2 ^ 31
end

local function check_fields(fields)
  local seen = {}
  if type(fields) ~= "table" then return "fields: table expected, got " .. type(fields) end
  for _, name in ipairs(fields) do
    if not ENTRY_FIELDS[name] then return "fields: no such field of an entry: " .. tostring(name) end
    if seen[name] then return "fields: twice: " .. name end
    seen[name] = true
  end
  return nil
end

local CHECKS = {
  format = function(value) return not FORMATS[value] and 'format: "json", "logfmt" or "text" expected' end,
  key = function(value)
    return (not is_key(value) or value == "") and "key: a name without spaces, quotes or = expected"
  end,
  field = function(value)
    return (not is_integer(value) or value == 0) and "field: an integer other than 0 expected"
  end,
  prefix = function(value)
    return (not is_key(value) or format.printable(value) ~= value)
      and "prefix: a printable text without spaces, quotes or = expected"
  end,
  fields = check_fields,
  lang = function(value) return value ~= "zh" and value ~= "en" and 'lang: "zh" or "en" expected' end,
  max_line = function(value)
    return (not is_integer(value) or value < 1) and "max_line: a positive integer expected"
  end,
}

--- Options with what they leave out.
---@param options any
---@return table|nil settings
---@return string|nil problem
function enricher.settings(options)
  if options == nil then options = {} end
  if type(options) ~= "table" then return nil, "table expected, got " .. type(options) end
  local settings = {}
  for name in pairs(options) do
    if not CHECKS[name] then return nil, "no such option: " .. tostring(name) end
  end
  for name, check in pairs(CHECKS) do
    settings[name] = options[name]
    if settings[name] == nil then settings[name] = DEFAULTS[name] end
    local problem = check(settings[name])
    if problem then return nil, problem end
  end
  return settings
end

-- What one field adds to a line; "" when the entry lacks it.
local function piece(entry, field, settings)
  local value, name = format.field(entry, field, settings.lang), settings.prefix .. field
  if value == nil then return "" end
  if settings.format == "json" then return (',"%s":%s'):format(name, format.json_value(value)) end
  return (" %s=%s"):format(name, format.logfmt_value(value))
end

--- Makes the enricher of the core.
---@param core table tcerr.core
---@param each function tcerr.each
---@param settings table from enricher.settings
---@return tcerr.Enricher
function enricher.new(core, each, settings)
  local names, pieces = {}, {}
  for i, field in ipairs(settings.fields) do names[i] = settings.prefix .. field end
  for code, entry in each() do
    pieces[code] = {}
    for i, field in ipairs(settings.fields) do pieces[code][i] = piece(entry, field, settings) end
  end
  return core.enricher(settings.format, settings.key, settings.field, settings.max_line, names, pieces)
end

return enricher
