-- What failed most: an enricher's counts as a summary, and the summary as bars or as JSON.

local format = require "tcerr.format"

local top = {}

local UNKNOWN_ROWS = 10 -- bars for unknown codes; the rest of them share one

--- What can be counted by.
top.BY = { "code", "category", "fault", "retry" }

local EIGHTHS = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }

-- Most first; numbers before words, each ascending.
local function by_count(a, b)
  if a.count ~= b.count then return a.count > b.count end
  if type(a.value) ~= type(b.value) then return type(a.value) == "number" end
  return a.value < b.value
end

local function code_label(code, name)
  return type(code) == "number" and ("%5.0f %s"):format(code, name) or code
end

-- The known codes, one row for each value of `by`; `groups` are counts of such values that are there already.
local function known_rows(find, counts, by, groups)
  local rows, of = {}, {}
  local function add(value, count, name)
    if not of[value] then
      of[value] = { value = value, label = by == "code" and code_label(value, name) or value, count = 0, name = name }
      rows[#rows + 1] = of[value]
    end
    of[value].count = of[value].count + count
  end
  for value, count in pairs(groups) do add(value, count) end
  for code, count in pairs(counts.codes) do
    local entry = find(code)
    add(by == "code" and code or entry[by], count, by == "code" and entry.name or nil)
  end
  table.sort(rows, by_count)
  return rows
end

local function unknown_rows(counts)
  local rows = {}
  for code, count in pairs(counts.unknown) do
    rows[#rows + 1] = { value = code, label = code_label(code, "(not in the catalogue)"), count = count }
  end
  table.sort(rows, by_count)
  return rows
end

---@class tcerr.Summary
---@field by string
---@field lines integer
---@field failed integer lines with a code other than 0
---@field rows { value: string|integer, label: string, name: string|nil, count: integer }[] known codes, most first
---@field unknown { value: string|integer, label: string, count: integer }[] unknown codes, most first
---@field other integer lines with strings or unknown numbers that were too many to tell apart
---@field overlong integer lines that were too long to look at
---@field coded boolean whether any line held a code, 0 included

--- Sums up counts.
---     top.summary(tcerr.lookup, { codes = { [4100] = 2 }, unknown = {}, other = 1 }, "code").failed  --> 3
---@param find fun(code: integer|string): tcerr.Entry|nil
---@param counts tcerr.Counts
---@param by "code"|"category"|"fault"|"retry"
---@param groups table<string, integer>|nil known codes that are counted by `by` already
---@return tcerr.Summary
function top.summary(find, counts, by, groups)
  local summary = { by = by, lines = counts.lines, other = counts.other, failed = counts.other, coded = counts.coded,
    overlong = counts.overlong, rows = known_rows(find, counts, by, groups or {}), unknown = unknown_rows(counts) }
  for _, rows in ipairs { summary.rows, summary.unknown } do
    for _, row in ipairs(rows) do summary.failed = summary.failed + row.count end
  end
  return summary
end

-- The rows that get a bar: unknown codes come last, and what is left of them as one.
local function bars(summary)
  local shown, rest = {}, { label = "(others)", count = summary.other }
  for _, row in ipairs(summary.rows) do shown[#shown + 1] = row end
  for i, row in ipairs(summary.unknown) do
    if i <= UNKNOWN_ROWS then
      shown[#shown + 1] = row
    else
      rest.count = rest.count + row.count
    end
  end
  if rest.count > 0 then shown[#shown + 1] = rest end
  return shown
end

-- A bar of up to `columns`; what is there at all can be seen.
local function bar(share, columns)
  local eighths = math.max(1, math.floor(share * columns * 8 + 0.5))
  return ("█"):rep(math.floor(eighths / 8)) .. (EIGHTHS[eighths % 8] or "")
end

--- The summary as bars; the longest reaches the right edge.
---@param summary tcerr.Summary
---@param columns integer of the terminal
---@return string text
function top.chart(summary, columns)
  local rows, lines, label_width, count_width, most = bars(summary), {}, 0, 0, 0
  for _, row in ipairs(rows) do
    label_width = math.max(label_width, format.width(row.label))
    count_width = math.max(count_width, #tostring(row.count))
    most = math.max(most, row.count)
  end
  local numbers = count_width + #"  100.0 %  " + 2
  label_width = math.min(label_width, math.max(4, columns - numbers - 8))
  for i, row in ipairs(rows) do
    local count = tostring(row.count)
    lines[i] = ("%s  %s%s  %5s %%  %s\n"):format(format.pad(format.cut(row.label, label_width), label_width),
      (" "):rep(count_width - #count), count, format.decimal(100 * row.count / summary.failed),
      bar(row.count / most, math.max(1, columns - label_width - numbers)))
  end
  lines[#lines + 1] = ("%.0f of %.0f lines failed"):format(summary.failed, summary.lines)
    .. (summary.overlong > 0 and (", %.0f too long to look at\n"):format(summary.overlong) or "\n")
  return table.concat(lines)
end

local function json_rows(rows, summary, key)
  local objects = {}
  for i, row in ipairs(rows) do
    objects[i] = format.json_object { { key, row.value }, { "name", row.name }, { "count", row.count },
      { "share", row.count / summary.failed } }
  end
  return "[" .. table.concat(objects, ",") .. "]"
end

--- The summary as one JSON object with lines, failed, known (by the key that `by` names), unknown, other, overlong and
--- coded: all that merge needs.
---@param summary tcerr.Summary
---@return string text
function top.json(summary)
  return ('{"lines":%.0f,"failed":%.0f,"by":"%s","known":%s,"unknown":%s,"other":%.0f,"overlong":%.0f,"coded":%s}\n')
    :format(summary.lines, summary.failed, summary.by, json_rows(summary.rows, summary, summary.by),
    json_rows(summary.unknown, summary, "code"), summary.other, summary.overlong, tostring(summary.coded))
end

-- ---- Summaries of many hosts ----

local SUMMARY = '^{"lines":(%d+),"failed":(%d+),"by":"(%l+)","known":(%b[]),"unknown":(%b[]),"other":(%d+),'
  .. '"overlong":(%d+),"coded":(%l+)}$'

local check_by = format.choice("by", top.BY)

-- Calls add(value, count, name) for each row of a list in JSON, as far as they look like rows.
local function read_rows(text, add)
  for object in text:gmatch("%b{}") do
    local value, count = object:match('^{"%l+":([^,]+),'), object:match('"count":(%d+),')
    value = value and (value:match '^"(.*)"$' or value:find "^%-?%d+$" and tonumber(value))
    if value and count then add(value, tonumber(count), object:match('"name":"([^"]+)"')) end
  end
end

--- Reads what top.json has written, and nothing else: writing it again has to give the same bytes.
---     top.read('{"lines":2}')                         --> nil
---@param text string without a newline
---@return tcerr.Summary|nil summary nil when it is anything else
function top.read(text)
  local lines, _, by, known, unknown, other, overlong, coded = text:match(SUMMARY)
  if not by or check_by(by) then return nil end
  local names, groups, counts = {}, {}, { codes = {}, unknown = {}, lines = tonumber(lines), other = tonumber(other),
    overlong = tonumber(overlong), coded = coded == "true" }
  read_rows(known, function(value, count, name)
    names[value] = { name = name }
    local rows = by == "code" and counts.codes or groups
    if by == "code" or type(value) == "string" then rows[value] = count end
  end)
  read_rows(unknown, function(code, count) counts.unknown[code] = count end)
  local summary = top.summary(function(code) return names[code] end, counts, by, groups)
  local sound = summary.failed + summary.overlong <= summary.lines and summary.lines < 2 ^ 53
  return sound and top.json(summary) == text .. "\n" and summary or nil
end

-- Adds a summary's counts to those of others.
local function add_summary(counts, groups, summary, find)
  local function add(to, value, count) to[value] = (to[value] or 0) + count end
  for _, row in ipairs(summary.rows) do -- another version of tcerr may know more codes
    add(summary.by ~= "code" and groups or find(row.value) and counts.codes or counts.unknown, row.value, row.count)
  end
  -- Unknown here too, though it may be in the catalogue: a run with --module none leaves out the video cloud's.
  for _, row in ipairs(summary.unknown) do add(counts.unknown, row.value, row.count) end
  for _, name in ipairs { "lines", "other", "overlong" } do add(counts, name, summary[name]) end
  counts.coded = counts.coded or summary.coded
end

--- Sums up summaries: what one run over all logs gives, as long as no more than 512 strings and unknown numbers
--- are in them. One that counts by code gives any `by`, another only its own.
---@param find fun(code: integer|string): tcerr.Entry|nil
---@param summaries tcerr.Summary[]
---@param by "code"|"category"|"fault"|"retry"
---@return tcerr.Summary
function top.merge(find, summaries, by)
  local counts, groups = { lines = 0, other = 0, overlong = 0, codes = {}, unknown = {}, coded = false }, {}
  for _, summary in ipairs(summaries) do add_summary(counts, groups, summary, find) end
  return top.summary(find, counts, by, groups)
end

return top
