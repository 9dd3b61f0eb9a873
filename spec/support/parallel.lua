-- The README's commands with GNU parallel, on the log of one machine.

local assert = require "luassert"
local lines = require "support.lines"
local random = require "support.random"
local shell = require "support.shell"

local parallel = {}

--- The README's command with these options.
function parallel.command(options, changes)
  local line = shell.read("README.md"):match("\n(parallel " .. options .. "[^\n]+)\n")
  for was, is in pairs(changes) do
    local count
    line, count = line:gsub(was, (is:gsub("%%", "%%%%")))
    assert.are.equal(1, count, was)
  end
  return line
end

--- Runs a command in a directory that has the log in it; what it writes has to be what a single run writes.
function parallel.run(directory, line)
  local log = lines.log("json", 3000, random.new(61))
  shell.write(directory .. "/access.jsonl", log)
  local _, err, status = shell.run(("cd %s && HOME=%s timeout 100 sh -c %s"):format(
    directory, directory, shell.quote(line)))
  assert.are.equal(0, status, err)
  local expected
  expected, err, status = shell.run(shell.tcerr .. " enrich", log)
  assert.are.same({ "", 0 }, { err, status })
  assert.is_true(expected == shell.read(directory .. "/enriched.jsonl"))
end

--- Installs tcerr as it is shipped. From the suite's plain build: what hosts run is under no tool.
function parallel.install(directory)
  local _, err, status = shell.run(("env -u TCERR_BUILD make -s install PREFIX=%s/tree"):format(directory))
  assert.are.equal(0, status, err)
end

return parallel
