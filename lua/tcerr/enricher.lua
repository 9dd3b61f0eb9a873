-- The settings of an enricher: checks what the caller asks for and writes, for every code, what a line gets.

local answer = require "tcerr.answer"
local core = require "tcerr.core"
local format = require "tcerr.format"
local names = require "tcerr.names"
local tcerr = require "tcerr"

local enricher = {}

local DEFAULTS = {
  format = "json", key = "code", field = -1, prefix = "tc_", fields = { "message", "category", "retry" }, lang = "zh",
  max_line = 1024 * 1024,
}

--- What the lines may be.
enricher.FORMATS = { "json", "logfmt", "text" }

local MOST_STEPS = 16 -- of a path; the core has room for so many

-- What neither JSON nor logfmt would leave as it is: %c and %s would follow the host's locale.
local SPECIAL = '[%z\1-\32\127"=\\]'

-- Keys have to be the same bytes in JSON and in logfmt, so nothing that either would quote.
local function is_key(value)
  return type(value) == "string" and not value:find(SPECIAL)
end

-- The keys from the top level of a line to the code: of a path, which begins with a dot, its steps.
local function steps_of(key)
  if not key:find("^%.") then return { key } end
  local steps = {}
  for step in key:gmatch("%.([^.]*)") do steps[#steps + 1] = step end
  return steps
end

local function is_key_or_path(value)
  if not is_key(value) or value == "" then return false end
  return not value:find("^%.") or not (value .. "."):find("..", 1, true) and #steps_of(value) <= MOST_STEPS
end

local function is_integer(value)
  return type(value) == "number" and value % 1 == 0 and value > -2 ^ 31 and value < 2 ^ 31
end

local function check_fields(fields)
  local seen, count, is_no_field = {}, 0, format.choice(format.FIELDS)
  if type(fields) ~= "table" then return "table expected, got " .. type(fields) end
  for _ in pairs(fields) do count = count + 1 end
  if count ~= #fields then return "a list expected" end
  for _, name in ipairs(fields) do
    if is_no_field(name) then return "no such field of an entry: " .. format.printable(tostring(name)) end
    if seen[name] then return "twice: " .. name end
    seen[name] = true
  end
  return nil
end

local CHECKS = {
  format = format.choice(enricher.FORMATS),
  key = function(value)
    return not is_key_or_path(value)
      and "a name without spaces, quotes or =, or a path of up to " .. MOST_STEPS
        .. " such names, a dot before each, expected"
  end,
  field = function(value) return (not is_integer(value) or value == 0) and "an integer other than 0 expected" end,
  prefix = function(value)
    return (not is_key(value) or format.printable(value) ~= value)
      and "a printable text without spaces, quotes or = expected"
  end,
  fields = check_fields,
  module = answer.CHECKS.module,
  lang = format.choice(format.LANGS),
  max_line = function(value)
    return (not is_integer(value) or value < 1) and "an integer from 1 to 2147483647 expected"
  end,
}

--- Options with what they leave out; or nil, and what is wrong with them.
---     enricher.settings{ key = "err" }.prefix         --> "tc_"
---     enricher.settings{ lang = "de" }                --> nil, 'lang: "zh" or "en" expected'
function enricher.settings(options)
  local problem = format.check_options(options, CHECKS)
  if problem then return nil, problem end
  local settings = {}
  for name in pairs(CHECKS) do
    if options then settings[name] = options[name] end
    if settings[name] == nil then settings[name] = DEFAULTS[name] end
  end
  if settings.format ~= "json" and settings.key:find("^%.") then return nil, "key: a path is for JSON" end
  return settings
end

-- Stands for the code of API 3.0 in what a field adds: the core puts the code there. No such code has to be quoted.
local CODE = "\0"

-- What values are written as, each made once: there are few, and an enricher needs them a thousand times.
local function texts(write, of_code)
  return setmetatable({ [CODE] = of_code }, { __index = function(made, value)
    made[value] = write(value)
    return made[value]
  end })
end

local JSON, LOGFMT = texts(format.json_value, '"' .. CODE .. '"'), texts(format.logfmt_value, CODE)

-- What a field adds to a line.
local function piece(entry, field, settings)
  local is_code = entry.rule and (field == "code" or field == "name")
  local value = is_code and CODE or format.field(entry, field, settings.lang)
  if value == nil then return "" end
  if settings.format == "json" then return ',"' .. settings.prefix .. field .. '":' .. JSON[value] end
  return " " .. settings.prefix .. field .. "=" .. LOGFMT[value]
end

-- Whose the numbers are: nobody's in an answer of API 3.0, where a code of digits is a name that has no row.
local function module_of(settings)
  if settings.key:find("%.Response%.Error%.Code$") then return answer.layers("names")[1] end
  return settings.module
end

--- Makes the enricher of the core.
function enricher.new(settings)
  local steps, keys, rows = steps_of(settings.key), {}, {}
  for i, field in ipairs(settings.fields) do keys[i] = settings.prefix .. field end
  local function add(index, entry)
    local row = {}
    for i, field in ipairs(settings.fields) do row[i] = piece(entry, field, settings) end
    row[#row + 1] = table.concat(row)
    rows[index] = row
  end
  for code, entry in tcerr.each() do add(code, entry) end
  for i, row in ipairs(names.rows) do add(-i, row) end
  local needles = { json = '"' .. steps[#steps] .. '"', logfmt = steps[#steps] .. "=", text = settings.prefix }
  return core.enricher(settings.format, settings.field, settings.max_line, module_of(settings), {
    steps = steps, names = keys, rows = rows, needle = needles[settings.format],
  })
end

return enricher
