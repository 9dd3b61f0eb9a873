-- Real servers for the specs: each in a temporary directory of its own, on unix sockets, gone with the spec that
-- started it, however that ends.

local shell = require "support.shell"

local support = {}

local TEMPORARY = "/tmp/tcerr-spec." -- behind it the process that made the directory, and something unique

--- Runs a shell command and returns what it wrote to standard output.
function support.sh(command, ...)
  local pipe = assert(io.popen(command:format(...), "r"))
  local output = pipe:read("*a")
  pipe:close()
  return output
end

local sh = support.sh

local ROOT = sh("pwd"):gsub("\n", "")

--- For a shell, where the servers are: on Debian outside an ordinary user's PATH, or where unpack.sh has put them.
support.PATH = ("PATH=$PATH:/usr/sbin:/sbin:%s/build/programs/bin"):format(ROOT)

function support.read(path)
  local file = io.open(path, "rb")
  local content = file and file:read("*a")
  if file then file:close() end
  return content
end

support.write = shell.write

--- Asks every 10 ms until the answer is true, for 10 s at most. Returns the answer.
function support.wait_for(what, question)
  for _ = 1, 1000 do
    local answer = question()
    if answer then return answer end
    sh("sleep 0.01")
  end
  error("in vain: waited for " .. what, 2)
end

-- Why a spec on real servers cannot run, or nil.
local function missing(needs)
  for _, name in ipairs(needs) do
    local path = sh("%s; command -v %s", support.PATH, name)
    if path == "" then return name .. " is not installed" end
    local unpacked = path:find("build/programs/", 1, true)
    if name == "nginx" and not unpacked and sh("grep -ls lua_module /etc/nginx/modules-enabled/*.conf") == "" then
      return "nginx has no Lua module"
    end
  end
  return nil
end

--- Whether there is all that a spec needs. When not, it says so in one test, which is a failure in CI.
function support.available(busted, ...)
  local reason = missing({ ... })
  if reason and os.getenv("CI") == "true" then
    busted.it("runs on real servers", function() error(reason, 0) end)
  elseif reason then
    busted.pending("runs on real servers, but " .. reason)
  end
  return not reason
end

-- ---- A temporary directory that cleans up behind itself ----

-- Ends the daemons whose pid files are in a directory, if the processes are still those, and removes it.
local CLEAN_UP = [[
clean_up() {
  for file in "$1"/*.pid; do
    pid=$(cat "$file" 2>/dev/null) && grep -qs "$1" "/proc/$pid/cmdline" && kill "$pid"
  done
  rm -rf "$1"
}
]]

-- Directories of specs that were killed together with their guard.
local REAP_ORPHANS = CLEAN_UP .. [[
for directory in %s*; do
  owner=$(echo "$directory" | cut -d . -f 2)
  [ -d "$directory" ] && ! [ -d "/proc/$owner" ] && clean_up "$directory"
done
]]

-- Makes a directory. Its guard, a shell in a session of its own, waits on a pipe that ends when the guard is closed,
-- but also when the spec is killed.
local function make_directory()
  sh(REAP_ORPHANS, TEMPORARY)
  local path = sh("mktemp -d %s$PPID.XXXXXX", TEMPORARY):gsub("\n", "")
  local guard = assert(io.popen(("exec setsid sh -c '%s cat >/dev/null; clean_up %s'"):format(CLEAN_UP, path), "w"))
  return path, guard
end

-- ---- A server ----

---@class support.Server
---@field directory string
local Server = {}
Server.__index = Server

--- Makes a server's directory and the files in it; `@DIR@` in them stands for the directory, `@ROOT@` for the project,
--- `@BUILD@` for its build.
---@param files table<string, string> content by name
---@return support.Server
function support.server(files)
  local directory, guard = make_directory()
  local server = setmetatable({ directory = directory, guard = guard }, Server)
  for name, content in pairs(files) do server:write(name, content) end
  return server
end

function Server:path(name) return self.directory .. "/" .. name end

function Server:read(name) return support.read(self:path(name)) or "" end

function Server:write(name, content)
  local names = { DIR = self.directory, ROOT = ROOT, BUILD = shell.build }
  support.write(self:path(name), (content:gsub("@(%u+)@", names)))
end

--- Puts the tcerr command into the directory.
function Server:write_command()
  self:write("tcerr", ("#!/bin/sh\ncd @ROOT@ && exec env %s \"$@\"\n"):format(shell.tcerr))
  self:run("chmod +x tcerr")
end

--- Runs a command in the directory. Returns what it wrote to both outputs, and whether it succeeded.
function Server:run(command, ...)
  local output, status = sh("cd %s && %s; { %s; } 2>&1; printf '\n%%s' $?", self.directory, support.PATH,
    command:format(...)):match("^(.*)\n(%d+)$")
  return output, status == "0"
end

--- Starts a daemon whose pid file is NAME.pid. Returns whether it did, and what it said.
function Server:start(name, command, ...)
  local output, started = self:run(command, ...)
  self.name = started and name or nil
  if started then support.wait_for("a pid file", function() return self:read(name .. ".pid"):find("%d") end) end
  return started, output
end

function Server:signal(signal) self:run("kill -%s $(cat %s.pid)", signal, self.name) end

--- Ends the daemon when its work is done, so that the last line of a log is there, and waits for that.
function Server:finish(signal)
  if not self.name then return end
  local pid = self:read(self.name .. ".pid"):match("%d+")
  self:signal(signal)
  support.wait_for("the end of " .. self.name, function()
    return (support.read("/proc/" .. pid .. "/cmdline") or "") == "" -- empty when nobody has buried it yet
  end)
  self.name = nil
end

--- Removes everything.
function Server:close()
  if self.name then self:finish("TERM") end
  self.guard:close()
end

--- What curl gets through a socket: the bodies of these paths, over one connection if it can.
---@param socket string its name
---@param options string for curl
---@param paths string|string[]
function Server:curl(socket, options, paths)
  local urls = {}
  if type(paths) == "string" then paths = { paths } end
  for i, path in ipairs(paths) do urls[i] = "'http://localhost" .. path .. "'" end
  return (self:run("curl -sg --max-time 20 --unix-socket %s %s %s", socket, options, table.concat(urls, " ")))
end

-- ---- nginx ----

local MAIN = [[
worker_processes %d;
daemon on;
pid @DIR@/nginx.pid;
error_log @DIR@/error.log warn;
]]

local CONF = [[
include /etc/nginx/modules-enabled/*.conf;
%s
events { worker_connections 4096; }
http {
%s
}
]]

-- What every http block needs here: its own places, and the Lua files and the module of this project.
local PLACES = [[
    access_log off;
    client_body_temp_path @DIR@/client_body;
    proxy_temp_path @DIR@/proxy;
    fastcgi_temp_path @DIR@/fastcgi;
    uwsgi_temp_path @DIR@/uwsgi;
    scgi_temp_path @DIR@/scgi;
    upstream vendor { server unix:@DIR@/vendor.sock; }
    lua_package_path "%s/?.lua;;";
    lua_package_cpath "@ROOT@/@BUILD@/5.1/?.so;;";
]]

-- The lines above the http block. Workers may only come to the directory as its owner.
local function main_block(workers)
  return (sh("id -u"):find("^0%s") and "user root;\n" or "") .. MAIN:format(workers or 1)
end

--- A whole configuration around the http block's content, with the upstream "vendor" at vendor.sock. `workers`; `lua`:
--- another directory of the Lua files.
function support.conf(http, options)
  options = options or {}
  return CONF:format(main_block(options.workers), PLACES:format(options.lua or "@ROOT@/lua") .. http)
end

-- Where the examples have something else than the specs.
local EXAMPLE = {
  { "daemon off;\n" }, { "pid /tmp/tcerr%-example.pid;\n" }, { "error_log stderr;\n" }, { "    access_log off;\n" },
  { "    client_body_temp_path /tmp/[^\n]*\n" }, { "    proxy_temp_path /tmp/[^\n]*\n" },
  { "    fastcgi_temp_path /tmp/[^\n]*\n" }, { "    uwsgi_temp_path /tmp/[^\n]*\n" },
  { "    scgi_temp_path /tmp/[^\n]*\n" },
  { "listen 127%.0%.0%.1:8080", "listen unix:@DIR@/gateway.sock" },
  { "listen 127%.0%.0%.1:8081", "listen unix:@DIR@/vendor.sock" },
  { "http://127%.0%.0%.1:8081", "http://vendor" },
}

--- An example's configuration, as it is but for its places: in the server's directory, on gateway.sock and vendor.sock.
---@param path string
---@param stand_in string|nil for the API, instead of the example's own
function support.example(path, stand_in)
  local text = support.read(path):gsub("/dev/stdout", "@DIR@/access.log")
  for _, change in ipairs(EXAMPLE) do
    assert(text:find(change[1]), path .. " lacks " .. change[1])
    text = text:gsub(change[1], change[2] or "")
  end
  if stand_in then text = text:gsub("    # A stand%-in.*", function() return stand_in .. "\n}\n" end) end
  local places = PLACES:format("@ROOT@/lua")
  if text:find("lua_package_path", 1, true) then places = places:gsub("    lua_package_path [^\n]*\n", "") end
  if not text:find("_lua", 1, true) then places = places:gsub("    lua_[^\n]*\n", "") end
  text = text:gsub("/etc/nginx/gateway/%?%.lua", "@ROOT@/examples/gateway/?.lua;@ROOT@/lua/?.lua")
  return main_block() .. text:gsub("\nhttp {\n", function(http) return http .. places end)
end

--- The text of an example, where these patterns, each of which has to occur, have become these texts.
---@param path string
---@param changes table<string, string>
function support.changed(path, changes)
  local text = assert(support.read(path), path)
  for from, to in pairs(changes) do
    local count
    text, count = text:gsub(from, function() return to end)
    assert(count > 0, path .. " lacks " .. from)
  end
  return text
end

--- Starts nginx with the files of server, nginx.conf among them.
function Server:start_nginx()
  return self:start("nginx", "nginx -c %s/nginx.conf -e %s/error.log", self.directory, self.directory)
end

--- Ends nginx gracefully. Returns what its error log has at error and above, but for what fits one of the patterns.
function Server:finish_nginx(...)
  self:finish("QUIT")
  local lines, patterns = {}, { ... }
  for line in self:read("error.log"):gmatch("[^\n]+") do
    local severe = line:find("%[error%]") or line:find("%[crit%]") or line:find("%[alert%]") or line:find("%[emerg%]")
    for _, expected in ipairs(patterns) do severe = severe and not line:find(expected) end
    if severe then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

return support
