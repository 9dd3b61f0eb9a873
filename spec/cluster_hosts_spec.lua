-- GNU parallel over hosts, as the README has it, one of which dies.

local parallel = require "support.parallel"
local servers = require "support.nginx"
local shell = require "support.shell"

if shell.version ~= "5.4" then return end -- it does not depend on the Lua

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

-- With the exchange of keys that takes least: every piece has a connection of its own.
local SSH = [[
Host *
  HostName 127.0.0.1
  IdentityFile @DIR@/key
  IdentitiesOnly yes
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  LogLevel ERROR
  KexAlgorithms curve25519-sha256
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
      parallel.install(directory)
      shell.run(("cd %s && chmod +x tcerr && ssh-keygen -q -t ed25519 -N '' -f key"):format(directory))
      local line = parallel.command("%-k %-%-pipe ", {
        ["%-%-block %S+"] = "--block 20k", ["tcerr enrich"] = directory .. "/tcerr enrich",
        ["%-S %S+"] = ("--ssh 'ssh -F %s/config' -S 1/one,1/two"):format(directory),
      })
      local ok, problem = pcall(function()
        for _, port in ipairs { one, two } do
          write(port, SSHD, port)
          start(directory, port)
        end
        parallel.run(directory, line)
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
