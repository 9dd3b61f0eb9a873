-- load.lua DIRECTORY: a thousand runs of the command in one process, most of which fail. None leaves a descriptor to
-- the collector, and memory stays what it is.

local cli = require "tcerr.cli"

local directory = ...

local unpack = unpack or table.unpack -- Lua 5.1's name, or that of the others

local RUNS = { -- status, where stdout goes, arguments
  { 0, "/dev/null", "enrich", "examples/access.jsonl", "examples/access.jsonl" },
  { 0, "/dev/null", "top", "--json", "examples/access.jsonl" },
  { 0, "/dev/null", "parse", "examples/answer.json" },
  { 1, "/dev/null", "enrich", directory .. "/missing", "examples/access.jsonl" },
  { 1, "/dev/null", "enrich", directory, "examples/access.jsonl" },
  { 1, "/dev/null", "parse", "examples/access.log" },
  { 1, "/dev/null", "parse", directory },
  { 1, "/dev/full", "enrich", "examples/access.jsonl" },
  { 1, "/dev/full", "list" },
  { 2, "/dev/null", "enrich", "--format", "nonsense" },
}

local function run(wanted)
  local stdout, stderr = assert(io.open(wanted[2], "wb")), assert(io.open("/dev/null", "wb"))
  local streams = { stdin = io.stdin, stdout = stdout, stderr = stderr }
  local status = cli.main({ unpack(wanted, 3) }, streams)
  stdout:close()
  stderr:close()
  if status ~= wanted[1] then error(table.concat(wanted, " ") .. ": status " .. status) end
end

local function descriptors() -- not by popen, which may not have closed its end of the pipe yet
  os.execute(("ls /proc/$PPID/fd | wc -l > '%s/count'"):format(directory))
  local file = assert(io.open(directory .. "/count"))
  local count = tonumber(file:read("*l"))
  file:close()
  return count
end

local function resident()
  local file = assert(io.open("/proc/self/status"))
  local status = file:read("*a")
  file:close()
  return tonumber(status:match("VmRSS:%s*(%d+)"))
end

local open, early = descriptors(), nil
collectgarbage("stop") -- it would close what the command has not
for hundred = 1, 10 do
  for i = 0, 99 do run(RUNS[i % #RUNS + 1]) end
  local left = descriptors() - open
  if left ~= 0 then error(left .. " descriptors are left after " .. 100 * hundred .. " runs") end
  collectgarbage("restart")
  collectgarbage()
  collectgarbage() -- what had a finalizer goes now
  if hundred == 2 then early = resident() end
end
local growth = resident() - early
if growth > 512 then error(growth .. " KB more after 1000 runs than after 200") end
print("1,000 runs, no descriptor left, " .. growth .. " KB growth")
