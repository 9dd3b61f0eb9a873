-- Runs commands for the specs: the tcerr command under the interpreter that runs the specs, and others.

local shell = {}

local least = 0
while arg[least - 1] do least = least - 1 end

--- The interpreter that runs the specs, as a command. Without its directory: PATH may lead to one that runs under a
--- tool.
shell.lua = arg[least]:match("[^/]+$")

--- "5.1" to "5.4": also a directory of the build.
shell.version = _VERSION:match("%d%.%d")

--- Where the C modules are; also that of .busted.
shell.build = os.getenv("TCERR_BUILD") or "build"

--- Where the modules are; and the language of what people read, the vendor's.
shell.environment = ([[TCERR_LANG= LC_ALL=C LUA_PATH="lua/?.lua;;" LUA_CPATH="%s/%s/?.so;;"]]):format(
  shell.build, shell.version)

--- The tcerr command, for a shell.
shell.tcerr = ("%s %s lua/tcerr/main.lua"):format(shell.environment, shell.lua)

--- A word that a shell takes as it is.
function shell.quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

function shell.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function shell.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

--- Calls use(directory) with a new temporary directory, which is gone afterwards.
function shell.with_directory(use)
  local pipe = io.popen("mktemp -d")
  local directory = pipe:read("*l")
  pipe:close()
  local ok, failure = pcall(use, directory)
  os.execute("rm -rf " .. shell.quote(directory))
  if not ok then error(failure, 0) end
end

-- What stands beside a command's name.
local PARTS = { "", ".in", ".out", ".err" }

-- The exit status of what os.execute says, which is wait's number on Lua 5.1 and LuaJIT; as a shell has it, 128 and the
-- number for a signal.
local function exit_status(result, kind, number)
  if kind then return kind == "signal" and 128 + number or number end
  return result % 256 == 0 and result / 256 or 128 + result % 128
end

--- Runs a shell command; returns what it wrote to stdout and stderr, and its exit status. It starts no process but the
--- shell and what that is told to, since processes are most of what the command's specs take.
function shell.run(command, input)
  local name = os.tmpname()
  shell.write(name .. ".in", input or "")
  local status = exit_status(os.execute(("exec <%s.in >%s.out 2>%s.err\n"):gsub("%%s", name) .. command))
  local out, err = shell.read(name .. ".out"), shell.read(name .. ".err")
  for _, part in ipairs(PARTS) do os.remove(name .. part) end
  return out, err, status
end

-- Runs the command in this process, with words that mean nothing to a shell.
local function run_here(arguments, input)
  local argv, streams, said = {}, { stdin = io.tmpfile(), stdout = io.tmpfile(), stderr = io.tmpfile() }, {}
  for word in arguments:gmatch("%S+") do argv[#argv + 1] = word end
  streams.stdin:write(input or "")
  streams.stdin:seek("set")
  local getenv = os.getenv
  rawset(os, "getenv", function(name) return name == "LC_ALL" and "C" or nil end)
  local ok, status = pcall(require("tcerr.cli").main, argv, streams)
  rawset(os, "getenv", getenv)
  for name, stream in pairs(streams) do
    stream:seek("set")
    said[name] = stream:read("*a")
    stream:close()
  end
  if not ok then error(status, 0) end
  return said.stdout, said.stderr, status
end

--- Runs the tcerr command, and returns as run does: on one Lua as a process, on the others only where a shell is
--- needed, since processes are most of what this takes.
function shell.run_tcerr(arguments, input)
  if shell.version ~= "5.4" and not arguments:find("[^%w%s_.,=/:-]") then return run_here(arguments, input) end
  return shell.run(shell.tcerr .. " " .. arguments, input)
end

return shell
