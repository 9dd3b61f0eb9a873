-- The rock: what it lists, and built offline into a tree of its own, as a user does it.

local checkout = require "support.checkout"
local shell = require "support.shell"

-- make release-check has the rock on every Lua, and `make test` builds the core for each.
if shell.version ~= "5.4" then return end

describe("the rock", function()
  it("gives, by luarocks make and without a network, the library and the command", function()
    checkout.with_copy(function(directory)
      local tree = directory .. "/tree"
      local _, err, status = shell.run(("cd %s && luarocks --lua-version %s --only-server=%s/none make --tree %s"):format(
        directory, shell.version, directory, tree))
      assert.are.equal(0, status, err)
      checkout.check_installed(tree .. "/bin/tcerr", ("%s/share/lua/%s/?.lua"):format(tree, shell.version),
        ("%s/lib/lua/%s/?.so"):format(tree, shell.version))
      local out = shell.run(("nm -D --defined-only %s/lib/lua/%s/tcerr/core.so"):format(tree, shell.version))
      assert.are.equal("luaopen_tcerr_core", out:match("^%x+ T (%S+)\n$"))
      assert.are.equal(shell.run("cd library && find . -type f | sort"), (shell.run(
        ("cd %s/lib/luarocks/rocks-%s/tcerr/scm-1/library && find . -type f | sort"):format(tree, shell.version))))
    end)
  end)

  it("lists every Lua module and every C file in the rockspec", function()
    local rockspec = shell.read("rockspec/tcerr-scm-1.rockspec")
    local files = shell.run("ls lua/tcerr.lua lua/tcerr/*.lua csrc/*.c")
    local count = 0
    for file in files:gmatch("[^\n]+") do
      assert.is_truthy(rockspec:find('"' .. file .. '"', 1, true), file)
      count = count + 1
    end
    assert.is_true(count >= 12)
    local _, named = rockspec:gsub('"[cl][^"]+/[^"]+%.[cl]u?a?"', "")
    assert.are.equal(count, named)
  end)

  it("has a rockspec of the release: the other one with the version and its tag", function()
    local version = require("tcerr")._VERSION
    local expected = shell.read("rockspec/tcerr-scm-1.rockspec")
      :gsub('\nversion = "scm%-1"\n', ('\nversion = "%s-1"\n'):format(version))
      :gsub('\n  url = [^\n]+', ('%%0\n  tag = "v%s",'):format(version))
    assert.are.equal(expected, shell.read(("rockspec/tcerr-%s-1.rockspec"):format(version)))
  end)

  it("passes luarocks lint", function()
    local out, err, status = shell.run(("luarocks --lua-version %s lint rockspec/tcerr-scm-1.rockspec"):format(shell.version))
    assert.are.equal(0, status, out .. err)
  end)
end)
