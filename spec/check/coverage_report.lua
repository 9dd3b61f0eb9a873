-- coverage_report.lua LINES FILE...: compares the lines that coverage_hook.c has written to LINES with those that each
-- file has by luac's listing. Prints the lines that have not run, and last "lua N.N % of N lines"; fails when there are
-- any.

local ran = {}
for line in io.lines(arg[1]) do ran[line] = true end

-- Instructions that may leave the next one out, that one being a jump.
local TESTS = {}
for name in ("EQ LT LE EQK EQI LTI LEI GTI GEI TEST TESTSET"):gmatch("%S+") do TESTS[name] = true end

-- The places where the program may go on behind an instruction.
local function successors(code, at)
  local name, target = code[at].name, code[at].target
  if name:find("^RETURN") or name == "TAILCALL" then return {} end
  if name == "JMP" or name == "TFORPREP" then return { target } end
  if name == "LFALSESKIP" then return { at + 2 } end
  return { at + 1, TESTS[name] and at + 2 or target }
end

-- Adds the lines of a function's instructions. Not those that nothing leads to: the compiler writes a return at every
-- end, and a jump behind every branch.
local function add_lines(code, lines)
  local reached, open = {}, { 1 }
  while open[1] do
    local at = table.remove(open)
    if code[at] and not reached[at] then
      reached[at] = true
      if code[at].name ~= "VARARGPREP" then lines[code[at].line] = true end
      for _, next_at in ipairs(successors(code, at)) do open[#open + 1] = next_at end
    end
  end
end

-- The lines of a file that can run, as a set.
local function lines_of(path)
  local lines, code = {}, {}
  local listing = io.popen("luac5.4 -l -p '" .. path .. "'")
  for row in listing:lines() do
    local line, name, rest = row:match("^\t%d+\t%[(%d+)%]\t(%u[%u%d]*)(.*)")
    if line then
      code[#code + 1] = { line = tonumber(line), name = name, target = tonumber(rest:match("; [%a ]*to (%d+)$")) }
    elseif row:find("^%a+ <") then
      add_lines(code, lines)
      code = {}
    end
  end
  add_lines(code, lines)
  assert(listing:close(), path)
  return lines
end

local total, missed = 0, 0
for i = 2, #arg do
  local lines, number = lines_of(arg[i]), 0
  for text in io.lines(arg[i]) do
    number = number + 1
    if lines[number] then
      total = total + 1
      if not ran[arg[i] .. ":" .. number] then
        missed = missed + 1
        print(("%s:%d %s"):format(arg[i], number, text))
      end
    end
  end
end
print(("lua %.1f %% of %d lines"):format(100 * (total - missed) / total, total))
os.exit(missed == 0)
