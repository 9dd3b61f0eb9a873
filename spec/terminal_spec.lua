-- The command on a terminal, and what it does when it is interrupted.

local format = require "tcerr.format"
local shell = require "support.shell"

describe("signals", function()
  local function dies(command, log)
    local out, err, status = shell.run(("/usr/bin/python3 spec/support/signals.py %s %s"):format(shell.quote(command), log or ""))
    assert.are.same({ "", "", 0 }, { out, err, status })
  end

  it("end the command at once, without a word, on a pipe and on a terminal", function()
    dies(shell.tcerr .. " enrich --fields category")
  end)

  it("end it so while it is being loaded, too", function()
    local early = shell.tcerr:gsub("lua/tcerr/main.lua", function()
      return [[-e 'package.preload["tcerr.cli"] = function() io.popen("kill -INT $PPID"):close() error "too late" end' %0]]
    end):gsub("%%0", "lua/tcerr/main.lua 4100")
    assert.are.same({ "", "", 130 }, { shell.run("sh -c " .. shell.quote(early .. "; exit $?")) })
  end)

  it("remove the progress line", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/log", ('{"code":4100}\n'):rep(300000))
      for _, fault in ipairs { "slow", shell.version == "5.4" and "raise" or nil } do -- the handler is one of C
        dies(("LD_PRELOAD=build/faults.so FAULT=%s %s enrich"):format(fault, shell.tcerr), directory .. "/log")
      end
    end)
  end)

  it("are left as they are to whoever calls the command's function", function()
    local out, err = shell.run(("%s %s -e '%s'"):format(shell.environment, shell.lua, [[
      require("tcerr.cli").main({ "4100", "--json" }, io)
      io.stdout:flush()
      io.popen("kill -INT $PPID"):close()
      for _ = 1, 100000 do end
      print("not reached")]]))
    assert.is_truthy(out:find("^{[^\n]+\n$"), out)
    assert.is_truthy(err:find("interrupted!", 1, true), err)
  end)
end)

if shell.version ~= "5.4" then return end -- a terminal does not depend on the Lua

-- Runs a command on a terminal of some columns and returns the bytes that it drew.
local function on_terminal(command, columns)
  local out = shell.run(("/usr/bin/python3 spec/support/terminal.py %d %s"):format(columns, shell.quote(command)))
  return (out:gsub("\r\n", "\n"))
end

describe("on a terminal", function()
  it("colours, unless NO_COLOR is set, and keeps to the width", function()
    local out = on_terminal(shell.tcerr .. " 4500", 60)
    assert.is_truthy(out:find("\27[1m4500 ReplayAttack\27[0m", 1, true))
    for line in out:gsub("\27%[%d*m", ""):gmatch("[^\n]+") do assert.is_true(format.width(line) <= 60) end
    for _, setting in ipairs { "NO_COLOR=1 ", "TERM=dumb " } do
      assert.is_nil(on_terminal(setting .. shell.tcerr .. " 4500", 60):find("\27"), setting)
    end
  end)

  it("breaks an answer between words, and cuts the list, which is whole elsewhere", function()
    for arguments, columns in pairs { ["parse examples/answer.json"] = 80, ["parse --lang en examples/answer.json"] = 40,
      ["list"] = 40, ["list --layer video"] = 1, ["list --layer api3"] = 80 } do
      local out = on_terminal(shell.tcerr .. " " .. arguments, columns):gsub("\27%[%d+m", "")
      for line in out:gmatch("[^\n]+") do assert.is_true(format.width(line) <= columns, line) end
      local whole = shell.run(shell.tcerr .. " " .. arguments)
      if arguments:find("parse", 1, true) then
        assert.are.equal((whole:gsub("[ \n]+", "")), (out:gsub("[ \n]+", "")))
        assert.is_nil(out:find("\n          [ ;)]"), out)
      else
        local position = 1
        for line in out:gmatch("([^\n]-)…?\n") do position = select(2, assert(whole:find(line, position, true))) end
        assert.are.equal(select(2, whole:gsub("\n", "")), (select(2, out:gsub("\n", ""))))
      end
    end
  end)

  it("draws bars for its width", function()
    for _, columns in ipairs { 40, 80 } do
      local widest = 0
      for line in on_terminal(shell.tcerr .. " top examples/access.jsonl", columns):gmatch("[^\n]+") do
        widest = math.max(widest, format.width(line))
      end
      assert.is_true(widest <= columns and widest >= columns - 2)
    end
  end)

  it("shows progress for a regular file on stderr, and wipes it out", function()
    shell.with_directory(function(directory)
      local log = shell.read("examples/access.jsonl"):rep(4000)
      shell.write(directory .. "/log", log)
      -- A slow reader behind a pipe, so that there is something to wait for.
      local command = ("%s enrich %s/log | (sleep 0.5; cat) > /dev/null"):format(shell.tcerr, directory)
      local function now() return tonumber((shell.run("date +%s.%N"))) end
      local started = now()
      local drawn = on_terminal(command, 60)
      local bytes, unit, percent, rate, rate_unit, minutes, seconds =
        drawn:match("\r(%d[%d.]*) ([KM]B)  (%d+) %%  ([%d.]+) ([KMG]B)/s  (%d+):(%d%d) left\27%[K")
      assert.is_truthy(bytes, drawn)
      local UNITS = { KB = 1e3, MB = 1e6, GB = 1e9 }
      local done, speed = bytes * UNITS[unit], rate * UNITS[rate_unit]
      assert.is_true(speed * (now() - started) > 0.9 * done, drawn)
      assert.is_true(math.abs(percent - 100 * done / #log) < 2, drawn)
      local left = (#log - done) / speed
      assert.is_true(math.abs(minutes * 60 + seconds - left) < 2 + left / 10, drawn)
      assert.are.equal("\r\27[K", drawn:sub(-4))
      assert.are.equal("", on_terminal(command:gsub("enrich", "enrich --no-progress"), 60))
      assert.are.equal("", on_terminal("TERM=dumb " .. command, 60))
      assert.are.equal("", on_terminal(("cat %s/log | %s enrich > /dev/null"):format(directory, shell.tcerr), 60))
      assert.are.equal("", on_terminal(command:gsub("/log ", "/log 2>/dev/null "), 60))
    end)
  end)

  -- What is drawn on a terminal of some columns when so many bytes of a total have been read in some seconds; and what
  -- signals are told to wipe, in turn.
  local function drawn(columns, ...)
    local core, enricher = require "tcerr.core", require "tcerr.enricher"
    local terminal_width, signals, new = core.terminal_width, core.signals, enricher.new
    local call, said, wiped = { ... }, {}, {}
    local stderr = { write = function(_, ...) said[#said + 1] = table.concat { ... } end }
    core.terminal_width = function(file) return file == stderr and columns or nil end
    enricher.new = function()
      return {
        run = function(_, _, _, draw) return draw(call[1], call[2], call[3]) or true end,
        counts = function() return { lines = 1, overlong = 0, other = 0, coded = true, codes = {}, unknown = {} } end,
      }
    end
    core.signals = function(wipe) wiped[#wiped + 1] = wipe end
    local streams = { stdin = io.tmpfile(), stdout = io.tmpfile(), stderr = stderr }
    local ok, status = pcall(require("tcerr.cli").main, { "top" }, streams, true)
    core.terminal_width, core.signals, enricher.new = terminal_width, signals, new
    assert.are.same({ true, 0 }, { ok, status })
    return said[1] or "", wiped
  end

  it("draws bytes, percent, rate and what is left of the time, cut to the terminal", function()
    for _, row in ipairs {
      { 1, nil, 1, "" },
      { 1, 1000, 1, "0.0 KB  0 %  0.0 KB/s  16:39 left" }, { 999, 1000, 1, "1.0 KB  99 %  1.0 KB/s  0:01 left" },
      { 1000, 1000, 1, "1.0 KB  100 %  1.0 KB/s  0:00 left" }, { 1100, 1000, 1, "1.1 KB  100 %  1.1 KB/s  0:00 left" },
      { 999999, 2e6, 10, "1000.0 KB  49 %  100.0 KB/s  0:11 left" }, { 1e6, 2e6, 61, "1.0 MB  50 %  16.4 KB/s  1:01 left" },
      { 1e9, 4e9, 20, "1.0 GB  25 %  50.0 MB/s  1:00 left" }, { 2.5e12, 1e13, 1, "2.5 TB  25 %  2.5 TB/s  0:03 left" },
      { 2.5e15, 1e16, 1, "2500.0 TB  25 %  2500.0 TB/s  0:03 left" },
    } do
      local line, wiped = drawn(80, row[1], row[2], row[3])
      assert.are.equal(row[4] ~= "" and "\r" .. row[4] .. "\27[K" or "", line)
      assert.are.same(row[4] ~= "" and { true, false } or {}, wiped)
    end
    assert.are.equal("\r1.0 KB…\27[K", (drawn(7, 1000, 1000, 1)))
    assert.are.equal("\r…\27[K", (drawn(1, 1000, 1000, 1)))
  end)

  it("draws no progress of a read that fails, be it late", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/log", "x")
      local late = ("LD_PRELOAD=build/faults.so FAULT=late %s top %s/log >/dev/null"):format(shell.tcerr, directory)
      assert.are.equal(("tcerr: %s/log: read error: Input/output error\n"):format(directory), on_terminal(late, 200))
    end)
  end)

  it("colours an answer, and everything when NO_COLOR is empty", function()
    assert.is_truthy(on_terminal(shell.tcerr .. " parse examples/answer.json", 80):find("\27[1m5100 ResourceOpFailed\27[0m", 1, true))
    assert.is_truthy(on_terminal("NO_COLOR= " .. shell.tcerr .. " 4500", 60):find("\27[1m", 1, true))
  end)

  it("keeps to the terminal's width, whatever COLUMNS says, and to 80 columns where that is unknown", function()
    for _, columns in ipairs { 60, 0 } do
      local widest = 0
      for line in on_terminal("COLUMNS=100 " .. shell.tcerr .. " top examples/access.jsonl", columns):gmatch("[^\n]+") do
        widest = math.max(widest, format.width(line))
      end
      assert.are.equal(columns > 0 and columns or 80, widest)
    end
  end)

  it("draws no progress over data on the same terminal, but draws it while top counts", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/log", shell.read("examples/access.jsonl"):rep(300))
      local slow = "LD_PRELOAD=build/faults.so FAULT=slow " .. shell.tcerr -- there is time for it
      assert.is_truthy(on_terminal(("%s top %s/log"):format(slow, directory), 60):find(" left\27[K", 1, true))
      assert.is_nil(on_terminal(("%s enrich %s/log"):format(slow, directory), 60):find(" left\27[K", 1, true))
      assert.is_nil(on_terminal(("cat %s/log | %s top"):format(directory, slow), 60):find(" left\27[K", 1, true))
      -- A regular file that says it is empty.
      assert.are.equal("", on_terminal(("timeout 0.4 sh -c '%s enrich /proc/kallsyms >/dev/null'"):format(slow), 60))
    end)
  end)
end)
