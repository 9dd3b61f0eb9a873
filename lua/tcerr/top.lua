-- What failed most: an enricher's counts as a summary, and the summary as bars or as JSON.

local format = require "tcerr.format"

local top = {}

local UNKNOWN_ROWS = 10 -- bars for unknown codes; the rest of them share one

local EIGHTHS = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" }

-- Numbers before names.
local function by_count(a, b)
  if a.count ~= b.count then return a.count > b.count end
  if type(a.value) ~= type(b.value) then return type(a.value) == "number" end
  return a.value < b.value
end

local function label_of(code, name)
  return type(code) == "string" and code or ("%5.0f %s"):format(code, name)
end

-- The known codes, one row for each value of `by`.
local function known_rows(entry_of, counts, by)
  local rows, of = {}, {}
  for code, count in pairs(counts.codes) do
    local entry = entry_of(code)
    local value = entry[by]
    if not of[value] then
      of[value] = { value = value, label = by == "code" and label_of(code, entry.name) or value, count = 0,
        name = by == "code" and entry.name or nil }
      rows[#rows + 1] = of[value]
    end
    of[value].count = of[value].count + count
  end
  table.sort(rows, by_count)
  return rows
end

local function unknown_rows(counts)
  local rows = {}
  for code, count in pairs(counts.unknown) do
    rows[#rows + 1] = { value = code, label = label_of(code, "(unknown)"), count = count }
  end
  table.sort(rows, by_count)
  return rows
end

---@class tcerr.Summary
---@field by string
---@field lines integer
---@field failed integer lines with a code other than 0
---@field rows { value: string|integer, label: string, name: string|nil, count: integer }[] known codes, most first
---@field unknown { value: integer, label: string, count: integer }[] unknown codes, most first
---@field other integer lines with unknown codes that were too many to tell apart

--- Sums up counts.
---@param entry_of fun(code: integer|string): tcerr.Entry
---@param counts tcerr.Counts
---@param by "code"|"category"|"fault"|"retry"
---@return tcerr.Summary
function top.summary(entry_of, counts, by)
  local summary = { by = by, lines = counts.lines, other = counts.other, failed = counts.other,
    rows = known_rows(entry_of, counts, by), unknown = unknown_rows(counts) }
  for _, rows in ipairs { summary.rows, summary.unknown } do
    for _, row in ipairs(rows) do summary.failed = summary.failed + row.count end
  end
  return summary
end

-- The rows that get a bar: unknown codes come last, and what is left of them as one.
local function bars(summary)
  local shown, rest = {}, { label = "(other unknown codes)", count = summary.other }
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
    lines[i] = ("%s  %s%s  %5.1f %%  %s\n"):format(format.pad(format.cut(row.label, label_width), label_width),
      (" "):rep(count_width - #count), count, 100 * row.count / summary.failed,
      bar(row.count / most, math.max(1, columns - label_width - numbers)))
  end
  lines[#lines + 1] = ("%.0f of %.0f lines failed\n"):format(summary.failed, summary.lines)
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

--- The summary as one JSON object with lines, failed, known (by the key that `by` names), unknown and other.
---@param summary tcerr.Summary
---@return string text
function top.json(summary)
  return ('{"lines":%.0f,"failed":%.0f,"by":"%s","known":%s,"unknown":%s,"other":%.0f}\n'):format(
    summary.lines, summary.failed, summary.by, json_rows(summary.rows, summary, summary.by),
    json_rows(summary.unknown, summary, "code"), summary.other)
end

return top
