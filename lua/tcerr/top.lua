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

local function sorted_rows(counts, name_of)
  local rows = {}
  for value, count in pairs(counts) do
    rows[#rows + 1] = { value = value, name = name_of and name_of(value) or nil, count = count }
  end
  table.sort(rows, by_count)
  return rows
end

local function add(counts, value, count)
  counts[value] = (counts[value] or 0) + count
end

--- Sums up an enricher's counts. `rows` and `unknown`, lists of { value =, name =, count = }, most first, are the known
--- codes, by `by`, and the others; `failed` are the lines with a code other than 0; the rest is as counted.
--- `counts.groups` are known codes that are counted by `by` already.
---     top.summary(tcerr.lookup, { codes = { [4100] = 2 }, unknown = {}, other = 1 }, "code").failed  --> 3
function top.summary(find, counts, by)
  local known = counts.groups or {}
  for code, count in pairs(counts.codes) do add(known, by == "code" and code or find(code)[by], count) end
  local summary = { by = by, lines = counts.lines, other = counts.other, failed = counts.other, coded = counts.coded,
    overlong = counts.overlong, unknown = sorted_rows(counts.unknown),
    rows = sorted_rows(known, by == "code" and function(code) return find(code).name end) }
  for _, rows in ipairs { summary.rows, summary.unknown } do
    for _, row in ipairs(rows) do summary.failed = summary.failed + row.count end
  end
  return summary
end

-- What gets a bar, as { label =, count = }: unknown codes come last, and what is left of them as one.
local function bars(summary)
  local shown, rest = {}, summary.other
  local function add_bar(value, words, count)
    local text = type(value) == "number" and ("%5.0f"):format(value) or value
    shown[#shown + 1] = { label = words and text .. " " .. words or text, count = count }
  end
  for _, row in ipairs(summary.rows) do add_bar(row.value, row.name ~= row.value and row.name, row.count) end
  for i, row in ipairs(summary.unknown) do
    if i <= UNKNOWN_ROWS then add_bar(row.value, "(not in the catalogue)", row.count) else rest = rest + row.count end
  end
  if rest > 0 then add_bar("(others)", nil, rest) end
  return shown
end

-- A bar of up to `columns`; what is there at all can be seen.
local function bar(share, columns)
  local eighths = math.max(1, math.floor(share * columns * 8 + 0.5))
  return ("█"):rep(math.floor(eighths / 8)) .. (EIGHTHS[eighths % 8] or "")
end

--- The summary as bars; the longest reaches the right edge.
function top.chart(summary, columns)
  local rows, cells, most = bars(summary), {}, 0
  for _, row in ipairs(rows) do most = math.max(most, row.count) end
  local room = columns - #("  %.0f  100.0 %%  "):format(most) -- for the label and its bar
  for i, row in ipairs(rows) do
    local share = ("%5s %%"):format(format.decimal(100 * row.count / summary.failed))
    cells[i] = { format.cut(row.label, math.max(4, room - 8)), row.count, share }
  end
  local lines = format.columns(cells)
  for i, line in ipairs(lines) do
    lines[i] = line .. "  " .. bar(rows[i].count / most, math.max(1, columns - format.width(line) - 2))
  end
  lines[#lines + 1] = ("%.0f of %.0f lines failed"):format(summary.failed, summary.lines)
    .. (summary.overlong > 0 and (", %.0f too long to look at"):format(summary.overlong) or "")
  return table.concat(lines, "\n") .. "\n"
end

local function json_rows(rows, summary, key)
  return "[" .. format.join(rows, ",", function(row)
    return format.json_object { { key, row.value }, { "name", row.name }, { "count", row.count },
      { "share", row.count / summary.failed } }
  end) .. "]"
end

--- The summary as one JSON object, with all that merge needs; `by` names the key of the known.
function top.json(summary)
  return ('{"lines":%.0f,"failed":%.0f,"by":"%s","known":%s,"unknown":%s,"other":%.0f,"overlong":%.0f,"coded":%s}\n')
    :format(summary.lines, summary.failed, summary.by, json_rows(summary.rows, summary, summary.by),
    json_rows(summary.unknown, summary, "code"), summary.other, summary.overlong, tostring(summary.coded))
end

local SUMMARY = '^{"lines":(%d+),"failed":(%d+),"by":"(%l+)","known":(%b[]),"unknown":(%b[]),"other":(%d+),'
  .. '"overlong":(%d+),"coded":(%l+)}$'

-- The counts in a list of rows in JSON, as far as they look like rows, and the entries that the names beside them make.
local function read_rows(text, by)
  local counts, entries = {}, {}
  for object in text:gmatch("%b{}") do
    local value, count = object:match('^{"%l+":([^,]+),'), object:match('"count":(%d+),')
    value = value and (value:match '^"(.*)"$' or by == "code" and value:find "^%-?%d+$" and tonumber(value))
    if value and count then
      counts[value], entries[value] = tonumber(count), { name = object:match('"name":"([^"]+)"') }
    end
  end
  return counts, entries
end

--- Reads what top.json has written, without its newline, and nothing else, which gives nil: writing it again has to
--- give the same bytes.
---     top.read('{"lines":2}')                         --> nil
function top.read(text)
  local lines, _, by, known, unknown, other, overlong, coded = text:match(SUMMARY)
  if not by or format.choice(top.BY)(by) then return nil end
  local groups, entries = read_rows(known, by)
  local summary = top.summary(function(code) return entries[code] end, {
    groups = groups, codes = {}, unknown = read_rows(unknown, "code"), lines = tonumber(lines),
    other = tonumber(other), overlong = tonumber(overlong), coded = coded == "true",
  }, by)
  local sound = summary.failed + summary.overlong <= summary.lines and summary.lines < 2 ^ 53
  return sound and top.json(summary) == text .. "\n" and summary or nil
end

--- Sums up summaries: what one run over all logs gives, as long as no more than 512 strings and unknown numbers are in
--- them. One that counts by code gives any `by`, another only its own.
function top.merge(find, summaries, by)
  local counts = { lines = 0, other = 0, overlong = 0, coded = false, codes = {}, unknown = {}, groups = {} }
  for _, summary in ipairs(summaries) do
    for _, name in ipairs { "lines", "other", "overlong" } do add(counts, name, summary[name]) end
    counts.coded = counts.coded or summary.coded
    for _, row in ipairs(summary.rows) do -- another version of tcerr may know more codes
      local to = summary.by ~= "code" and "groups" or find(row.value) and "codes" or "unknown"
      add(counts[to], row.value, row.count)
    end
    -- Unknown here too, though it may be in the catalogue: a run with --module none leaves out the video cloud's.
    for _, row in ipairs(summary.unknown) do add(counts.unknown, row.value, row.count) end
  end
  return top.summary(find, counts, by)
end

return top
