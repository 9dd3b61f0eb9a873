-- The READMEs' commands with LuaRocks, which compile tcerr anew for each Lua.

local commands = require "support.commands"
local shell = require "support.shell"
local tcerr = require "tcerr"

if shell.version ~= "5.4" then return end -- it does not depend on the Lua

describe("the commands of the READMEs with LuaRocks", function()
  it("install tcerr", function()
    shell.with_directory(function(directory)
      local out, err, status = commands.run("README.md", directory, commands.is_of_luarocks, "")
      assert.are.equal(0, status, out .. err)
      for _, version in ipairs { "5.4", "5.1" } do
        assert.are.equal("tcerr " .. tcerr._VERSION .. " (codes of " .. tcerr._SNAPSHOT .. ")\n",
          (shell.run(("%s/tree%s/bin/tcerr --version"):format(directory, version))), version)
      end
    end)
  end)
end)
