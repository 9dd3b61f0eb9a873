-- The rock: built offline into a tree of its own, as a user does it; and `make install`.

local shell = require "support.shell"

-- make release-check has the rock on every Lua, and `make test` builds the core for each.
if shell.version ~= "5.4" then return end

-- Calls use(directory) with a copy of what the rock is made of.
local function with_checkout(use)
  shell.with_directory(function(directory)
    shell.run(("cp -r csrc lua library rockspec Makefile README.md LICENSE %s; mkdir -p %s/spec; cp -r spec/support %s/spec"):format(
      directory, directory, directory))
    use(directory)
  end)
end

-- Whether the library and the command work from a place outside of the checkout.
local function check_installed(command, path, cpath)
  local out, err, status = shell.run(("cd / && LUA_PATH='%s' LUA_CPATH='%s' %s -e 'print(require([[tcerr]]).lookup(4100).name)'"):format(
    path, cpath, shell.lua))
  assert.are.same({ "AuthFailure\n", "", 0 }, { out, err, status })
  out, err, status = shell.run(("cd / && %s 4100"):format(command))
  assert.are.equal("", err)
  assert.is_truthy(out:find("4100 AuthFailure\n  message   鉴权失败", 1, true))
  assert.are.equal(0, status)
  out = shell.run(("cd / && %s enrich"):format(command), '{"code":4100}\n')
  assert.is_truthy(out:find('"tc_category":"auth"', 1, true))
  out = shell.run(("cd / && %s nginx-conf"):format(command))
  assert.is_truthy(out:find("map ", 1, true))
end

describe("installing", function()
  it("by luarocks make, without a network, gives the library and the command", function()
    with_checkout(function(directory)
      local tree = directory .. "/tree"
      local _, err, status = shell.run(("cd %s && luarocks --lua-version %s --only-server=%s/none make --tree %s"):format(
        directory, shell.version, directory, tree))
      assert.are.equal(0, status, err)
      check_installed(tree .. "/bin/tcerr", ("%s/share/lua/%s/?.lua"):format(tree, shell.version),
        ("%s/lib/lua/%s/?.so"):format(tree, shell.version))
      local out = shell.run(("nm -D --defined-only %s/lib/lua/%s/tcerr/core.so"):format(tree, shell.version))
      assert.are.equal("luaopen_tcerr_core", out:match("^%x+ T (%S+)\n$"))
      assert.are.equal(shell.run("cd library && find . -type f | sort"), (shell.run(
        ("cd %s/lib/luarocks/rocks-%s/tcerr/scm-1/library && find . -type f | sort"):format(tree, shell.version))))
    end)
  end)

  it("by make install gives the same", function()
    with_checkout(function(directory)
      local tree = directory .. "/a tree"
      local _, err, status = shell.run(("make -C %s -s install PREFIX='%s' LUA_VERSION=%s"):format(
        directory, tree, shell.version))
      assert.are.equal(0, status, err)
      check_installed(shell.quote(tree .. "/bin/tcerr"), ("%s/share/lua/%s/?.lua"):format(tree, shell.version),
        ("%s/lib/lua/%s/?.so"):format(tree, shell.version))
      assert.are.equal(require("tcerr.help").page(), shell.read(tree .. "/share/man/man1/tcerr.1"))
      local completion = require "tcerr.completion"
      assert.are.equal(completion.bash(), shell.read(tree .. "/share/bash-completion/completions/tcerr"))
      assert.are.equal(completion.zsh(), shell.read(tree .. "/share/zsh/site-functions/_tcerr"))
    end)
  end)

  it("puts all under DESTDIR, which nothing that is installed names", function()
    with_checkout(function(directory)
      local stage = directory .. "/stage"
      local _, err, status = shell.run(("make -C %s -s install DESTDIR=%s PREFIX=/opt LUA_VERSION=%s"):format(
        directory, stage, shell.version))
      assert.are.equal(0, status, err)
      assert.are.equal("opt\n", (shell.run("ls " .. stage)))
      assert.are.equal("", (shell.run(("grep -rl %s %s"):format(stage, stage))))
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
