-- Nanoseconds of one lookup, net of the loop round it: lookup.lua ROUNDS
-- Keys come from an array, so that no compiler can take the lookup out of the loop; the rounds of all variants are
-- interleaved and the median is printed.
local tcerr = require "tcerr"
local codes, lookup = tcerr.codes, tcerr.lookup

local KEYS, PASSES = 1024, 2000

local t, numbers, strings, names, api3 = {}, {}, {}, {}, {}
do
  local entries, random = {}, 20191125
  for code, entry in tcerr.each() do
    t[code] = entry
    entries[#entries + 1] = entry
  end
  for i = 1, KEYS do
    random = (random * 16807) % 2147483647
    local entry = entries[random % #entries + 1]
    numbers[i], strings[i], names[i] = entry.code, tostring(entry.code), entry.name
  end
end

-- Codes of API 3.0, decided by names and endings; fewer, since each is a new entry.
for line in io.lines("spec/fixtures/api3-labelled.tsv") do
  local code = line:match("^[^\t]+")
  if lookup(code) and #api3 < 128 then api3[#api3 + 1] = code end
end

-- Each function looks every key up PASSES times and counts the misses, so that the result is used.
local function empty(keys)
  local missed = 0
  for _ = 1, PASSES do
    for i = 1, #keys do
      if keys[i] == nil then missed = missed + 1 end
    end
  end
  return missed
end

local function in_table(keys)
  local missed = 0
  for _ = 1, PASSES do
    for i = 1, #keys do
      if t[keys[i]] == nil then missed = missed + 1 end
    end
  end
  return missed
end

local function in_codes(keys)
  local missed = 0
  for _ = 1, PASSES do
    for i = 1, #keys do
      if codes[keys[i]] == nil then missed = missed + 1 end
    end
  end
  return missed
end

local function by_lookup(keys)
  local missed = 0
  for _ = 1, PASSES do
    for i = 1, #keys do
      if lookup(keys[i]) == nil then missed = missed + 1 end
    end
  end
  return missed
end

local variants = {
  { "the loop", empty, numbers },
  { "t[4100]", in_table, numbers },
  { "tcerr.codes[4100]", in_codes, numbers },
  { "tcerr.lookup(4100)", by_lookup, numbers },
  { 'tcerr.lookup("4100")', by_lookup, strings },
  { 'tcerr.lookup("AuthFailure")', by_lookup, names },
  { 'tcerr.lookup("FailedOperation.InstanceNotFound")', by_lookup, api3 },
}

local times = {}
for round = 1, tonumber(arg[1]) do
  for i, variant in ipairs(variants) do
    local start = os.clock()
    assert(variant[2](variant[3]) == 0, "a known key was not found")
    times[i] = times[i] or {}
    times[i][round] = (os.clock() - start) * 1e9 / (#variant[3] * PASSES)
  end
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local loop = median(times[1])
for i = 2, #variants do
  print(("%s\t%.2f"):format(variants[i][1], median(times[i]) - loop))
end
