-- The shell commands of a document, run one after the other in a copy of the checkout, as a new user does it.

local examples = require "support.examples"
local shell = require "support.shell"

local commands = {}

local COMPILER = 'compiler=$(PATH=${PATH#*:} command -v %s); exec "$compiler" "$@" -O0 -DTCERR_PORTABLE'

-- Commands that stand in for what needs the network or root; the rest is real.
local STUBS = {
  sudo = 'exec "$@"',
  ["apt-get"] = 'test "$1" = install',
  -- Into a tree that is thrown away; once a version, since without their own Lua and tree two commands are the same.
  luarocks = [[
    test "$1" = --lua-version
    version=$2
    shift 2
    while [ "$1" = --lua-dir ] || [ "$1" = --tree ]; do shift 2; done
    test "$*" = make
    [ ! -e "$DIRECTORY/tree$version" ] || exit 0
    luarocks=$(PATH=${PATH#*:} command -v luarocks)
    exec "$luarocks" --lua-version "$version" "$@" --tree "$DIRECTORY/tree$version"]],
  -- The suite does not run itself.
  make = 'make=$(PATH=${PATH#*:} command -v make); test "$1" = test && set -- -n test; exec "$make" -s -j 2 "$@"',
  tcerr = 'cd "$ROOT" && exec env ' .. shell.tcerr .. ' "$@"',
  -- What they make is used for a moment only, and the headers of the instruction sets take half of their time.
  cc = COMPILER:format "cc",
  gcc = COMPILER:format "gcc",
}

local PREPARE = [[
  mkdir DIR/bin DIR/etc DIR/checkout
  cp -a Makefile csrc examples library lua rockspec spec README.md LICENSE DIR/checkout
]]

local RUN = [[
  chmod +x DIR/bin/*
  export DIRECTORY=DIR ROOT=$PWD HOME=DIR PATH=DIR/bin:$PATH
  cd DIR/checkout
  set -e
]]

--- Runs those of a document's commands that are wanted, and `last` behind them. In the directory, etc is /etc/nginx,
--- prefix /usr/local, and treeVERSION LuaRocks' tree. Returns what shell.run does.
function commands.run(document, directory, wanted, last)
  local script = table.concat(examples.blocks(document, "sh"), "\n"):gsub("[^\n]+", function(line)
    return wanted(line) and line or ""
  end)
  script = script:gsub("/usr/local", "DIR/prefix"):gsub("/etc/nginx", "DIR/etc")
  shell.run((PREPARE:gsub("DIR", directory)))
  for name, stub in pairs(STUBS) do shell.write(directory .. "/bin/" .. name, "#!/bin/sh\nset -e\n" .. stub .. "\n") end
  shell.write(directory .. "/script", ((RUN .. script .. "\n" .. last .. "\n"):gsub("%f[%w]DIR%f[%W]", directory)))
  return shell.run("bash " .. directory .. "/script")
end

--- Whether a line is LuaRocks'.
function commands.is_of_luarocks(line)
  return line:find("luarocks --", 1, true) ~= nil
end

return commands
