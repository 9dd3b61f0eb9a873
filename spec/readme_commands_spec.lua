-- The READMEs' commands: run one after the other in a copy of the checkout, as a new user does it.

local examples = require "support.examples"
local shell = require "support.shell"
local tcerr = require "tcerr"

if shell.version ~= "5.4" then return end -- it does not depend on the Lua

local READMES = { "README.md", "README.zh.md" }

local COMPILER = 'compiler=$(PATH=${PATH#*:} command -v %s); exec "$compiler" "$@" -O0'

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
  -- What they make is used for a moment only.
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

-- Runs the shell commands of a document in a copy of the checkout. Those of GNU parallel are for cluster_spec and
-- cluster_hosts_spec, which has hosts.
local function run_commands(document, directory)
  local script = table.concat(examples.blocks(document, "sh"), "\n"):gsub("%f[^\n]parallel [^\n]+", "")
  script = script:gsub("/usr/local", "DIR/prefix"):gsub("/etc/nginx", "DIR/etc")
  shell.run((PREPARE:gsub("DIR", directory)))
  for name, stub in pairs(STUBS) do shell.write(directory .. "/bin/" .. name, "#!/bin/sh\nset -e\n" .. stub .. "\n") end
  shell.write(directory .. "/script", ((RUN .. script .. "\ncomplete -p tcerr\n"):gsub("%f[%w]DIR%f[%W]", directory)))
  return shell.run("bash " .. directory .. "/script")
end

describe("the commands of the READMEs", function()
  it("install tcerr and use it", function()
    shell.with_directory(function(directory)
      local out, err, status = run_commands("README.md", directory)
      assert.are.equal(0, status, out .. err)
      for _, path in ipairs { "tree5.4/bin/tcerr", "tree5.1/bin/tcerr", "prefix/bin/tcerr" } do
        assert.are.equal("tcerr " .. tcerr._VERSION .. " (codes of " .. tcerr._SNAPSHOT .. ")\n",
          (shell.run(directory .. "/" .. path .. " --version")), path)
      end
      assert.are.equal(require("tcerr.nginx").conf(), shell.read(directory .. "/etc/tcerr.conf"))
      local _, problem, unpacked = shell.run(("cd %s && mkdir worker && tar -xzf checkout/tcerr.tgz -C worker && "
        .. "worker/bin/tcerr --version"):format(directory))
      assert.are.equal(0, unpacked, problem)
    end)
  end)

  it("are the same in both", function()
    local commands = {}
    for i, document in ipairs(READMES) do
      commands[i] = table.concat(examples.blocks(document, "sh")):gsub(" +#[^\n]*", ""):gsub("\n+", "\n")
    end
    assert.are.equal(commands[1], commands[2])
  end)
end)
