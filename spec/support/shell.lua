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

-- What stands beside a command's own file.
local PARTS = { "", ".in", ".out", ".err", ".status" }

--- Runs a shell command; returns what it wrote to stdout and stderr, and its exit status. A directory for its files
--- would take four processes more, which is most of the time that the command's specs take.
function shell.run(command, input)
  local name = os.tmpname()
  shell.write(name, command)
  shell.write(name .. ".in", input or "")
  os.execute(("sh %s <%s.in >%s.out 2>%s.err; echo $? >%s.status"):gsub("%%s", name))
  local out, err = shell.read(name .. ".out"), shell.read(name .. ".err")
  local status = tonumber(shell.read(name .. ".status"))
  for _, part in ipairs(PARTS) do os.remove(name .. part) end
  return out, err, status
end

return shell
