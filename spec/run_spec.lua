-- e:run on descriptors that behave as badly as they may.

local shell = require "support.shell"
local tcerr = require "tcerr"

-- Writes input to a file, runs it through a new enricher to another file, and returns what that holds.
local function through_files(input, options, before)
  local results
  shell.with_directory(function(directory)
    shell.write(directory .. "/in", input)
    local from, to = assert(io.open(directory .. "/in", "rb")), assert(io.open(directory .. "/out", "wb"))
    if before then before(from, to) end
    local e = tcerr.enricher(options)
    local ok, reason, errno = e:run(from, to)
    from:close()
    to:close()
    results = { shell.read(directory .. "/out"), ok, reason, errno, e:counts() }
  end)
  return results[1], results[2], results[3], results[4], results[5]
end

local function enriched(log)
  local e = tcerr.enricher()
  return e:feed(log) .. e:finish()
end

local LOG = ('{"code":4100}\n{"code":0}\r\n\n}}\n{"a":"\0"}\n{"code":"5100"}\r\n{"code":9999}\n'):rep(200)

describe("e:run", function()
  it("makes of a file what feed makes of a string", function()
    for _, log in ipairs { "", "\n", "x", '{"code":4100}', LOG, LOG .. '{"code":4100}', "\239\187\191" .. LOG,
      LOG:rep(30), ('{"code":4100,"pad":"' .. ("x"):rep(300000) .. '"}\n'):rep(3), ("x"):rep(3000000) .. "\n" .. LOG } do
      local out, ok, _, _, counts = through_files(log)
      local e = tcerr.enricher()
      assert.are.equal(e:feed(log) .. e:finish(), out)
      assert.is_true(ok)
      assert.are.same(e:counts(), counts)
    end
  end)

  it("starts where Lua's own reading stands in a file, behind what Lua has written", function()
    local out = through_files("first\n" .. LOG, nil, function(from, to)
      assert(from:read("*l") == "first")
      to:write("written before\n")
    end)
    assert.are.equal("written before\n" .. enriched(LOG), out)
  end)

  it("ends the line in which the input before ended, where the output is joined to its", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/torn", '{"a":1}\nx')
      local to, e = assert(io.open(directory .. "/out", "wb")), tcerr.enricher()
      for _, joined in ipairs { true, true, false, true } do
        local from = assert(io.open(directory .. "/torn", "rb"))
        assert.is_true(e:run(from, to, nil, joined))
        from:close()
      end
      to:close()
      assert.are.equal('{"a":1}\nx\n{"a":1}\nx{"a":1}\nx\n{"a":1}\nx', shell.read(directory .. "/out"))
      assert.are.equal(8, e:counts().lines)
    end)
  end)

  it("only counts without an output", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/in", LOG)
      local e, file = tcerr.enricher(), assert(io.open(directory .. "/in", "rb"))
      assert.is_true(e:run(file))
      file:close()
      assert.are.equal(1400, e:counts().lines)
      assert.are.equal(200, e:counts().codes[4100])
      assert.are.equal("", e:finish())
    end)
  end)

  it("gives why and errno when reading or writing fails", function()
    local e, directory, full = tcerr.enricher(), assert(io.open("/", "rb")), assert(io.open("/dev/full", "wb"))
    local ok, reason, errno = e:run(directory, io.stdout)
    assert.are.same({ nil, "read error: Is a directory", 21 }, { ok, reason, errno })
    directory:close()
    local file = assert(io.open("examples/access.jsonl", "rb"))
    ok, reason, errno = e:run(file, full)
    assert.are.same({ nil, "write error: No space left on device", 28 }, { ok, reason, errno })
    file:close()
    full:close()
  end)

  it("refuses to write into the file that it reads", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/log", LOG)
      local from, to = assert(io.open(directory .. "/log", "rb")), assert(io.open(directory .. "/log", "ab"))
      local ok, reason = tcerr.enricher():run(from, to)
      assert.are.same({ nil, "input file is output file" }, { ok, reason })
      from:close()
      to:close()
      shell.write(directory .. "/script.lua", [[
        local to = assert(io.open(arg[1], "ab")) -- descriptor 0
        print(require("tcerr").enricher():run(assert(io.open(arg[1], "rb")), to))]])
      -- With a limit of 51 MB, since a log that grows while it is read would fill the disk; far above what the proof of
      -- coverage has in the file that each process of the suite appends to.
      assert.are.equal("nil\tinput file is output file\t0\n", (shell.run(("ulimit -f 100000; %s %s %s/script.lua %s/log <&-"):format(
        shell.environment, shell.lua, directory, directory))))
      assert.are.equal(LOG, shell.read(directory .. "/log"))
    end)
  end)

  it("reports progress, and lets an error in it through", function()
    shell.with_directory(function(directory)
      shell.run(("mkfifo %s/pipe"):format(directory))
      os.execute(("(for i in 1 2 3 4 5 6; do echo x; sleep 0.06; done) > %s/pipe &"):format(directory))
      local calls, file = {}, assert(io.open(directory .. "/pipe", "rb"))
      assert.is_true(tcerr.enricher():run(file, nil, function(...) calls[#calls + 1] = { ... } end))
      file:close()
      assert.is_true(#calls >= 1 and #calls <= 6)
      local bytes, total, seconds = calls[#calls][1], calls[#calls][2], calls[#calls][3]
      assert.is_true(bytes > 0 and bytes <= 12 and total == nil and seconds > 0)
      os.execute(("(echo x; sleep 0.2; echo y) > %s/pipe &"):format(directory))
      file = assert(io.open(directory .. "/pipe", "rb"))
      local ok, problem = pcall(function()
        tcerr.enricher():run(file, nil, function() error("stop", 0) end)
      end)
      assert.are.same({ false, "stop" }, { ok, problem })
      file:close()
    end)
  end)

  for _, fault in ipairs { "eintr", "short", "again" } do
    it("survives calls that are " .. fault, function()
      local out, err, status = shell.run(("LD_PRELOAD=build/faults.so FAULT=%s sh -c '%s enrich'"):format(
        fault, shell.tcerr:gsub("'", "")), LOG)
      assert.are.equal("", err)
      assert.are.equal(0, status)
      assert.are.equal(enriched(LOG), out)
    end)
  end

  it("leaves the output's locks alone: it closes nothing that leads to it", function()
    local out, err, status = shell.run((shell.tcerr:gsub("(%S+) lua/tcerr/main.lua",
      "LD_PRELOAD=build/faults.so FAULT=close %1 -e 'assert(require [[tcerr]].enricher{}:run(io.stdin, io.stdout))'")), LOG)
    assert.are.same({ enriched(LOG), "", 0 }, { out, err, status })
  end)

  it("takes what Lua has read ahead of a pipe, be it much or little", function()
    for _, read in ipairs { "*l", "*n", 1, 0, 5000 } do
      shell.with_directory(function(directory)
        shell.write(directory .. "/in", "12345\n" .. LOG)
        local pipe, to = assert(io.popen("cat " .. directory .. "/in")), assert(io.open(directory .. "/out", "wb"))
        pipe:setvbuf("full", 3000)
        local taken = read == "*l" and "12345\n" or pipe:read(read)
        if read == "*l" then pipe:read(read) end
        local whole, e = "12345\n" .. LOG, tcerr.enricher()
        assert.is_true(e:run(pipe, to))
        pipe:close()
        to:close()
        local rest = whole:sub(#tostring(taken):gsub("%.0$", "") + 1)
        assert.are.equal(enriched(rest), shell.read(directory .. "/out"), read)
      end)
    end
  end)

  it("writes what Lua has read ahead before it waits for more", function()
    shell.with_directory(function(directory)
      local command = shell.tcerr:gsub("lua/tcerr/main.lua", function()
        return [[-e 'io.read(); require("tcerr").enricher{ fields = { "retry" } }:run(io.stdin, io.stdout)']]
      end)
      -- The second line is said when the first has come out, or after half a minute in vain.
      local out = shell.run(([[
        (printf '1\n{"code":4100}\n'
         for i in $(seq 600); do [ -e DIR/go ] && break; sleep 0.05; done
         [ -e DIR/go ] || echo in vain
         echo '{"code":4200}') | (%s) | (read -r first; touch DIR/go; read -r second; echo "$first$second")]])
        :format(command):gsub("DIR", directory))
      assert.are.equal('{"code":4100,"tc_retry":"never"}{"code":4200,"tc_retry":"resign"}\n', out)
    end)
  end)

  it("reads into a place that is aligned, as some processors copy to any other at a quarter of the speed", function()
    local out, err = shell.run((shell.tcerr:gsub("(%S+) lua/tcerr/main.lua",
      "LD_PRELOAD=build/faults.so FAULT=align %1 lua/tcerr/main.lua enrich")), LOG)
    assert.are.same({ enriched(LOG), "" }, { out, err })
  end)

  it("notices an error that only close tells of", function()
    local out, err, status = shell.run(("%s"):format(shell.tcerr:gsub("(%S+) lua/tcerr/main.lua",
      "LD_PRELOAD=build/faults.so FAULT=close %1 lua/tcerr/main.lua enrich")), LOG)
    assert.are.equal(enriched(LOG), out)
    assert.are.equal("tcerr: write error: Disk quota exceeded\n", err)
    assert.are.equal(1, status)
  end)

  it("loses nothing that it has read when reading fails in the middle of a line", function()
    local out, err, status = shell.run((shell.tcerr:gsub("(%S+) lua/tcerr/main.lua",
      "LD_PRELOAD=build/faults.so FAULT=read %1 -e 'assert(require [[tcerr]].enricher{}:run(io.stdin, io.stdout))'")), LOG)
    assert.is_truthy(err:find("read error: Input/output error", 1, true), err)
    assert.are.equal(1, status)
    assert.is_true(#out >= 200)
    assert.are.equal(enriched(LOG:sub(1, 200)), out)
  end)

  it("holds no line of a live pipe back, and copes with pipes that do not block", function()
    local out, err, status = shell.run(("/usr/bin/python3 spec/support/live.py %s"):format(
      shell.quote(shell.tcerr .. " enrich --fields category")))
    assert.are.equal("", out .. err)
    assert.are.equal(0, status)
  end)

  it("takes one device or pipe as input and as output: only a regular file would be read for ever", function()
    local from, to = assert(io.open("/dev/null", "rb")), assert(io.open("/dev/null", "wb"))
    assert.is_true(tcerr.enricher():run(from, to))
    from:close()
    to:close()
  end)

  it("reports the bytes that are left of a file where it starts, and seconds since the start", function()
    shell.with_directory(function(directory)
      local line = '{"code":4100}\n'
      shell.write(directory .. "/in", line:rep(40000)) -- 7 blocks
      local calls, file = {}, assert(io.open(directory .. "/in", "rb"))
      file:seek("set", #line * 10000)
      -- A pipe to a slow reader, so that there is time for reports: 1 MiB of it is buffered.
      local slow = io.popen("while sleep 0.1 && dd bs=256k count=1 iflag=fullblock 2>/dev/null | grep -q .; do :; done", "w")
      assert.is_true(tcerr.enricher():run(file, slow, function(...) calls[#calls + 1] = { ... } end))
      slow:close()
      file:close()
      assert.is_true(#calls >= 2)
      local bytes, seconds = 0, 0
      for _, call in ipairs(calls) do
        assert.are.equal(#line * 30000, call[2])
        assert.is_true(call[1] > bytes and call[1] <= call[2])
        assert.is_true(call[3] >= seconds + 0.099)
        bytes, seconds = call[1], call[3]
      end
    end)
  end)

  it("does nothing once it has been collected, for whatever finalizer calls it then", function()
    local out, err, status = shell.run(("%s %s -"):format(shell.environment, shell.lua), [[
      local tcerr = require "tcerr"
      local e
      local function last()
        print((select(2, pcall(e.feed, e, '{"code":4100}\n')):gsub("^.-tcerr:", "tcerr:")))
        print((select(2, pcall(e.finish, e)):gsub("^.-tcerr:", "tcerr:")))
        print(e:run(io.open("README.md")))
        print(e:counts().lines, (next(e:counts().codes)))
      end
      if newproxy then
        proxy = newproxy(true)
        getmetatable(proxy).__gc = last
      else
        proxy = setmetatable({}, { __gc = last })
      end
      e = tcerr.enricher() -- the younger of two goes first
      e:feed('{"code":4100}\n{"code":"AuthFailure.X"}\n{"co')]])
    local none = "tcerr: out of memory\n"
    assert.are.same({ none .. none .. "nil\tout of memory\t0\n0\tnil\n", "", 0 }, { out, err, status })
  end)

  it("says that there is no memory, as an error or as a reason, and says it again: bytes are lost", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/script.lua", [[
        local tcerr = require "tcerr"
        local text, e = ("x"):rep(2 ^ 20), tcerr.enricher { max_line = 2 ^ 30 }
        local ok, problem = pcall(function() while true do e:feed(text) end end)
        print(ok, (problem:gsub("^.-tcerr:", "tcerr:")))
        print(pcall(e.finish, e))
        e = tcerr.enricher { max_line = 2 ^ 30 }
        local done, why = e:run(io.open("/dev/zero", "rb"))
        print(done, why)
        print(pcall(e.feed, e, ""))]])
      -- A tool that needs more room itself says where the limit is.
      local out, err, status = shell.run(("ulimit -v %s; %s %s %s/script.lua"):format(
        os.getenv("TCERR_ROOM") or "60000", shell.environment, shell.lua, directory))
      assert.are.equal("false\ttcerr: out of memory\nfalse\ttcerr: out of memory\n"
        .. "nil\tout of memory\nfalse\ttcerr: out of memory\n", out .. err)
      assert.are.equal(0, status)
    end)
  end)

  it("gives back all memory once it is collected", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/script.lua", [[
        local tcerr = require "tcerr"
        local log = {}
        for i = 1, 500 do log[i] = ('{"code":"Unheard.%s%d"}\n'):format(("x"):rep(110), i) end
        log = table.concat(log) .. ("x"):rep(100000)
        for _ = 1, 1200 do -- with 64 KiB and more in each of its four blocks
          local e = tcerr.enricher { fields = {} }
          assert(e:run(io.open("/dev/null", "rb")))
          e:feed(log)
          e = nil
          collectgarbage()
        end
        print "done"]])
      local out, err, status = shell.run(("ulimit -v %s; %s %s %s/script.lua"):format(
        os.getenv("TCERR_ROOM") or "60000", shell.environment, shell.lua, directory))
      assert.are.same({ "done\n", "", 0 }, { out, err, status })
    end)
  end)

  it("says so whichever of its own requests for memory fails, and can be asked and collected afterwards", function()
    local most = shell.version == "5.4" and math.huge or 8 -- make check-memory has the rest on every Lua
    shell.with_directory(function(directory)
      -- Texts of such a length that each step has to ask for more.
      shell.write(directory .. "/script.lua", [[
        local tcerr = require "tcerr"
        local line, e = '{"code":4100}\n', nil
        local long = { prefix = ("p"):rep(4100), fields = { "category", "retry" } }
        local ok, problem = pcall(function()
          e = tcerr.enricher { key = ("k"):rep(8191), fields = {} } -- the key, and each of its quotes
          e = tcerr.enricher(long)
          e:feed(line) -- the line's beginning, its fields
          e = tcerr.enricher(long)
          e:feed('{"code":4100,"' .. long.prefix .. 'category":1}\n') -- the one field that it lacks
          e = tcerr.enricher { prefix = long.prefix, fields = { "name" } }
          e:feed('{"code":"FailedOperation.XNotFound"}\n') -- what stands before the name
          for i = 1, 200 do e:feed(('{"code":"FailedOperation.X%dNotFound"}\n'):format(i)) end -- the names grow
          assert(e:counts().other == 0, "out of memory") -- where that is no error: the code is only not told apart
          e = tcerr.enricher { max_line = 20000 }
          e:feed(("x"):rep(5000)) -- a part of a line
          e:feed(("x"):rep(9000))
          e:feed(("x"):rep(9000)) -- turns out too long
          e = tcerr.enricher { max_line = 20000 }
          e:feed(("x"):rep(15000)) -- the same, but there is room for what was kept
          e:feed("\n" .. ("x"):rep(4000))
          e:feed(("x"):rep(17000))
          e = tcerr.enricher {}
          e:feed(line:sub(1, -2))
          e:finish()
          e = tcerr.enricher {}
          assert(e:run(io.open(arg[1], "rb")))
          local pipe, out = io.popen("cat " .. arg[1]), io.tmpfile()
          pipe:read()
          e = tcerr.enricher {}
          assert(e:run(pipe, out)) -- what was read ahead
        end)
        print(ok or problem:match("out of memory$"), not e or e:counts().lines <= 1400)
        e = nil
        collectgarbage()]])
      shell.write(directory .. "/log", LOG)
      local calls, through = 0, false
      while not through and calls < most do
        calls = calls + 1
        local out, err, status = shell.run((shell.tcerr:gsub("(%S+) lua/tcerr/main.lua",
          "LD_PRELOAD=build/faults.so FAULT=memory FAULT_CALL=" .. calls .. " %1 " .. directory .. "/script.lua "))
          .. directory .. "/log")
        assert.are.equal("", err)
        assert.are.equal(0, status)
        through = out == "true\ttrue\n"
        assert.is_true(through or out == "out of memory\ttrue\n", out)
      end
      assert.is_true(calls > 30 or calls == most, calls .. " calls")
    end)
  end)
end)
