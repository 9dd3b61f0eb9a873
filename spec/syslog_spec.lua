-- The examples for rsyslog and syslog-ng, as they are, on the real ones.

-- They run the command, which the other specs run on each interpreter.
if _VERSION ~= "Lua 5.4" then return end

local shell = require "support.shell"
local support = require "support.nginx"
local tcerr = require "tcerr"

-- Lines that the syslogs hand on as they are: no empty one, no carriage return at the end. Enough for several workers.
local numbered = {}
for i = 1, 6000 do numbered[i] = ('{"n":%d,"code":%d}\n'):format(i, i % 3 == 0 and 4400 or 0) end
local LOG = table.concat(numbered) .. shell.read("examples/access.jsonl") .. 'a\tb {"code":4100}\n{"code":4100,"x":"\\u0001\t鉴\127"}\n'
  .. '{"code":"4100"}\n  {"code":4500}\n{"code":4100,"x":"' .. ("y"):rep(200000) .. '"}\n{"code":5500,"message":"(20108)x"}\n'

-- What a table that knows the code alone makes of each line with one.
local function looked_up(meaning)
  local lines = {}
  for line in LOG:gmatch("[^\n]+") do
    local code = line:match('^ *{.*"code":"?(%d+)"?.*}$')
    local entry = code and tcerr.lookup(code)
    if entry then lines[#lines + 1] = code .. " " .. meaning(entry) .. "\n" end
  end
  return table.concat(lines)
end

-- One example: what makes its table as it says, the daemon until all lines are through, and what comes out. `files` are
-- its own, the one with its settings first, the one that names the command last; `settings` go before the first.
local function example(name, program, files, run, table_file, meaning, settings)
  describe("the example for " .. name, function()
    if not support.available({ it = it, pending = pending }, program) then return end

    local server

    after_each(function() server:close() end)

    it("enriches each line through the command, and looks codes up in a table", function()
      server = support.server { ["api.jsonl"] = LOG }
      server:write_command()
      for i, file in ipairs(files) do
        local places = { ["/tmp/tcerr%-example"] = "@DIR@" }
        if i == #files then places["/usr/local/bin/tcerr"] = "@DIR@/tcerr" end
        server:write(file, (i == 1 and settings or "") .. support.changed("examples/" .. name .. "/" .. file, places))
      end
      local make = support.read("examples/" .. name .. "/" .. files[1]):match("\n# +(tcerr list [^\n]*) > %S*/" .. table_file .. "\n")
      server:write("make", ("cd @DIR@ && PATH=.:$PATH && %s > %s\n"):format(make, table_file))
      assert.equal("", (server:run("sh make")))
      local started, output = server:start(program, run, server.directory)
      assert(started, output)
      support.wait_for("the last line", function()
        return server:read("enriched.log"):find('20108%)x"[^\n]*\n') and server:read("meaning.log"):find("5500 [^\n]*\n")
      end)
      server:finish("TERM")
      assert.equal(server:run("./tcerr enrich %s/api.jsonl", server.directory), server:read "enriched.log")
      assert.equal(looked_up(meaning), server:read "meaning.log")
    end)
  end)
end

-- Not as a daemon: that one hangs at its end, half of the times.
example("rsyslog", "rsyslogd", { "tcerr.conf", "enrich.sh" },
  "D=%s; rsyslogd -n -i $D/rsyslogd.pid -f $D/tcerr.conf >$D/log 2>&1 & true", "codes.json",
  function(entry) return entry.name .. ", retry: " .. entry.retry end,
  'main_queue(queue.workerThreads="4" queue.workerThreadMinimumMessages="10")\n') -- which else many lines would start

example("syslog-ng", "syslog-ng", { "tcerr.conf" }, "D=%s; syslog-ng --process-mode=background -f $D/tcerr.conf "
  .. "-p $D/syslog-ng.pid -R $D/persist -c $D/control", "codes.csv",
  function(entry) return entry.name .. " " .. entry.category end)
