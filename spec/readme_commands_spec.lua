-- The READMEs' commands but for those with LuaRocks: run one after the other in a copy of the checkout.

local commands = require "support.commands"
local examples = require "support.examples"
local shell = require "support.shell"
local tcerr = require "tcerr"

if shell.version ~= "5.4" then return end -- it does not depend on the Lua

local READMES = { "README.md", "README.zh.md" }

-- Those of GNU parallel are for cluster_spec, and for cluster_hosts_spec, which has hosts.
local function is_run_here(line)
  return not commands.is_of_luarocks(line) and not line:find "^parallel "
end

describe("the commands of the READMEs", function()
  it("install tcerr and use it", function()
    shell.with_directory(function(directory)
      local out, err, status = commands.run("README.md", directory, is_run_here, "complete -p tcerr")
      assert.are.equal(0, status, out .. err)
      assert.are.equal("tcerr " .. tcerr._VERSION .. " (codes of " .. tcerr._SNAPSHOT .. ")\n",
        (shell.run(directory .. "/prefix/bin/tcerr --version")))
      assert.are.equal(require("tcerr.nginx").conf(), shell.read(directory .. "/etc/tcerr.conf"))
      local _, problem, unpacked = shell.run(("cd %s && mkdir worker && tar -xzf checkout/tcerr.tgz -C worker && "
        .. "worker/bin/tcerr --version"):format(directory))
      assert.are.equal(0, unpacked, problem)
    end)
  end)

  it("are the same in both", function()
    local texts = {}
    for i, document in ipairs(READMES) do
      texts[i] = table.concat(examples.blocks(document, "sh")):gsub(" +#[^\n]*", ""):gsub("\n+", "\n")
    end
    assert.are.equal(texts[1], texts[2])
  end)
end)
