-- The command as the filter of many machines: what it keeps to, and GNU parallel over one file, over cores and over hosts.

local lines = require "support.lines"
local random = require "support.random"
local servers = require "support.nginx"
local shell = require "support.shell"

local function log(seed)
  return lines.log("json", 3000, random.new(seed))
end

-- Output, words and status of `tcerr enrich`.
local function enrich(input)
  local out, err, status = shell.run(shell.tcerr .. " enrich", input)
  assert.are.same({ "", 0 }, { err, status })
  return out
end

describe("the filter", function()
  it("writes a line for a line, in order, and nothing before or behind them", function()
    local input, expected = {}, {}
    for i = 1, 30000 do
      local known = i % 3 == 0
      input[i] = ('{"n":%d,"code":%d}\n'):format(i, known and 4100 or 0)
      expected[i] = known and input[i]:gsub("}", ',"tc_message":"鉴权失败","tc_category":"auth","tc_retry":"never"}') or input[i]
    end
    assert.is_true(table.concat(expected) == enrich(table.concat(input)))
  end)

  it("writes what it has read before it reads again", function()
    shell.with_directory(function(directory)
      local out, err, status = shell.run(([[
        cd %s && mkfifo in out
        (cd "$OLDPWD" && exec timeout 20 env %s enrich --fields retry) <in >out &
        exec 3>in 4<out
        for code in 4100 0 4200; do
          echo "{\"code\":$code}" >&3
          timeout 10 head -n 1 <&4 || exit
        done
        exec 3>&-
        wait $!]]):format(directory, shell.tcerr))
      assert.are.same({ '{"code":4100,"tc_retry":"never"}\n{"code":0}\n{"code":4200,"tc_retry":"resign"}\n', "", 0 },
        { out, err, status })
    end)
  end)

  it("is content with no input, and with nothing to enrich in it", function()
    assert.are.equal("", enrich(""))
    local text = "not\na\nlog\n" .. '{"code":0}\n'
    assert.are.equal(text, enrich(text))
  end)

  it("gives the same bytes when it does its work again, and when it is given what it has made", function()
    local once = enrich(log(71))
    assert.is_true(once == enrich(log(71)))
    local good = '{"code":4100}\n{"code":0}\n{"code":20108}\n'
    assert.are_not.equal(good, enrich(good))
    assert.are.equal(enrich(good), enrich(enrich(good)))
  end)
end)

if shell.version ~= "5.4" then return end -- what follows does not depend on the Lua

-- The README's command with these options.
local function command(options, changes)
  local line = shell.read("README.md"):match("\n(parallel " .. options .. "[^\n]+)\n")
  for was, is in pairs(changes) do
    local count
    line, count = line:gsub(was, (is:gsub("%%", "%%%%")))
    assert.are.equal(1, count, was)
  end
  return line
end

-- Runs a command in a directory that has the log of one machine in it.
local function run(directory, line)
  shell.write(directory .. "/access.jsonl", log(61))
  local _, err, status = shell.run(("cd %s && HOME=%s timeout 100 sh -c %s"):format(directory, directory, shell.quote(line)))
  assert.are.equal(0, status, err)
  assert.is_true(enrich(log(61)) == shell.read(directory .. "/enriched.jsonl"))
end

-- Installs tcerr as it is shipped. From the suite's plain build: what hosts run is under no tool.
local function install(directory)
  local _, err, status = shell.run(("env -u TCERR_BUILD make -s install PREFIX=%s/tree"):format(directory))
  assert.are.equal(0, status, err)
end

describe("GNU parallel", function()
  it("makes of one file in pieces what a single run makes", function()
    shell.with_directory(function(directory)
      install(directory)
      run(directory, command("%-k %-%-pipepart", { ["%-%-block %S+"] = "--block 10k", ["tcerr enrich"] = "tree/bin/tcerr enrich" }))
    end)
  end)
end)

-- Two hosts on one machine: two sshd, each with a port of its own. A shell of that level reads no ~/.bashrc, which is
-- this user's own and may take longer than the connection.
local SSHD = [[
ListenAddress 127.0.0.1:@PORT@
HostKey @DIR@/key
AuthorizedKeysFile @DIR@/key.pub
PidFile @DIR@/@PORT@.pid
StrictModes no
UsePAM no
SetEnv SHLVL=2
]]

local SSH = [[
Host *
  HostName 127.0.0.1
  IdentityFile @DIR@/key
  IdentitiesOnly yes
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  LogLevel ERROR
Host one
  Port @ONE@
Host two
  Port @TWO@
]]

-- What a host runs. The second one dies in the middle of its third piece: its sshd, and this connection's.
local HOST = [[
#!/bin/sh
port=${SSH_CONNECTION##* }
echo "$port" >>@DIR@/pieces
if [ "$port" = @TWO@ ] && [ "$(grep -c @TWO@ @DIR@/pieces)" = 3 ]; then
  head -c 5000 | @DIR@/tree/bin/tcerr "$@"
  pid=$$
  until grep -q '^sshd' /proc/$pid/comm; do pid=$(cut -d ' ' -f 4 /proc/$pid/stat); done
  kill -9 "$(cat @DIR@/@TWO@.pid)" "$pid"
  rm @DIR@/@TWO@.pid
  exit 1
fi
exec @DIR@/tree/bin/tcerr "$@"
]]

local PORTS = [[
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))]]

describe("GNU parallel over hosts", function()
  if not servers.available({ it = it, pending = pending }, "sshd", "parallel") then return end

  local function start(directory, port)
    -- A server of root's wants this directory, which Debian makes when it starts the service.
    shell.run("[ \"$(id -u)\" != 0 ] || mkdir -p -m 755 /run/sshd")
    shell.run(("timeout 100 \"$(PATH=$PATH:/usr/sbin command -v sshd)\" -D -f %s/%s -E %s/%s.log &"):format(
      directory, port, directory, port))
    servers.wait_for("sshd", function() return servers.read(("%s/%s.pid"):format(directory, port)) end)
  end

  it("gives the bytes of one machine though a host dies in the middle", function()
    shell.with_directory(function(directory)
      local one, two = shell.run("/usr/bin/python3 -c " .. shell.quote(PORTS)):match("(%d+) (%d+)")
      local function write(name, text, port)
        shell.write(directory .. "/" .. name, (text:gsub("@(%u+)@", { DIR = directory, ONE = one, TWO = two, PORT = port })))
      end
      write("config", SSH)
      write("tcerr", HOST)
      install(directory)
      shell.run(("cd %s && chmod +x tcerr && ssh-keygen -q -t ed25519 -N '' -f key"):format(directory))
      local line = command("%-k %-%-pipe ", {
        ["%-%-block %S+"] = "--block 20k", ["tcerr enrich"] = directory .. "/tcerr enrich",
        ["%-S %S+"] = ("--ssh 'ssh -F %s/config' -S 1/one,1/two"):format(directory),
      })
      local ok, problem = pcall(function()
        for _, port in ipairs { one, two } do
          write(port, SSHD, port)
          start(directory, port)
        end
        run(directory, line)
      end)
      shell.run(("cd %s && kill $(cat %s.pid)"):format(directory, one))
      shell.run(("cd %s && [ ! -e %s.pid ] || kill $(cat %s.pid)"):format(directory, two, two))
      assert.is_true(ok, problem)
      local pieces, on_two = shell.read(directory .. "/pieces"):gsub(two, "")
      assert.are.equal(3, on_two)
      assert.is_true(select(2, pieces:gsub("%d+", "")) > 5, pieces)
    end)
  end)
end)
