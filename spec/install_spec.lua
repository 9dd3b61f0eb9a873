-- `make install`, and the module that make builds.

local checkout = require "support.checkout"
local shell = require "support.shell"

-- make release-check has the rock on every Lua, and `make test` builds the core for each.
if shell.version ~= "5.4" then return end

local function make(directory, target, variables)
  local _, err, status = shell.run(("make -C %s -s %s CFLAGS=-O0 LUA_VERSION=%s %s"):format(directory, target, shell.version, variables))
  assert.are.equal(0, status, err)
end

describe("make install", function()
  it("gives the library, the command, its page and its completion, which make uninstall takes away", function()
    checkout.with_copy(function(directory)
      local tree = directory .. "/a tree"
      make(directory, "install", ("PREFIX='%s'"):format(tree))
      checkout.check_installed(shell.quote(tree .. "/bin/tcerr"), ("%s/share/lua/%s/?.lua"):format(tree, shell.version),
        ("%s/lib/lua/%s/?.so"):format(tree, shell.version))
      assert.are.equal(require("tcerr.help").page(), shell.read(tree .. "/share/man/man1/tcerr.1"))
      local completion = require "tcerr.completion"
      assert.are.equal(completion.bash(), shell.read(tree .. "/share/bash-completion/completions/tcerr"))
      assert.are.equal(completion.zsh(), shell.read(tree .. "/share/zsh/site-functions/_tcerr"))

      shell.write(tree .. "/share/man/man1/other.1", "")
      make(directory, "uninstall", ("PREFIX='%s'"):format(tree))
      assert.are.equal(tree .. "/share/man/man1/other.1\n", (shell.run(("find '%s' ! -type d"):format(tree))))
      assert.are.equal("", (shell.run(("find '%s' -path '*tcerr*'"):format(tree))))
    end)
  end)

  it("can be moved, whole or in an archive, and runs there by its path, through links and from PATH", function()
    checkout.with_copy(function(directory)
      make(directory, "install", ("PREFIX=%s/first"):format(directory))
      local places = directory .. "/two [places] 'quoted' $HOME %d"
      local _, err, status = shell.run(("mkdir %s && cd %s && tar -cf - -C %s . | tar -xf - && rm -r %s/first"):format(
        shell.quote(places), shell.quote(places), directory .. "/first", directory))
      assert.are.equal(0, status, err)
      for _, command in ipairs {
        "./bin/tcerr", "bin/tcerr", '"$PWD"/bin/tcerr', "cd bin && ./tcerr", 'PATH="$PWD/bin:$PATH" && cd / && tcerr',
        "ln -s bin/tcerr one && ln -s one two && ./two", 'ln -s "$PWD" ../link && ../link/bin/tcerr', "cd share && sh ../bin/tcerr",
        'env -i LANG=C "$PWD/bin/tcerr"', 'mkdir far && ln -s "$PWD/bin" far && far/bin/tcerr', "cd bin && sh tcerr",
        "CDPATH=/ bin/tcerr", "export LUA_INIT='error()' LUA_INIT_5_4='error()'; bin/tcerr",
        "mv bin far/there && ln -s far/there bin && bin/tcerr",
      } do
        local out
        out, err, status = shell.run(("cd %s && { %s enrich --fields retry; }"):format(shell.quote(places), command), '{"code":4100}\n')
        assert.are.same({ '{"code":4100,"tc_retry":"never"}\n', "", 0 }, { out, err, status }, command)
      end
    end)
  end)

  it("puts all under DESTDIR, which nothing that is installed names, and modules where it is told", function()
    checkout.with_copy(function(directory)
      local stage = directory .. "/stage"
      make(directory, "install", ("DESTDIR=%s PREFIX=/opt LUA_MODULE_DIR=/lua LUA_CMODULE_DIR=/opt/c"):format(stage))
      assert.are.equal("lua\nopt\n", (shell.run("ls " .. stage)))
      assert.are.equal("core.so\n", (shell.run(("ls %s/opt/c/tcerr"):format(stage))))
      assert.are.equal("", (shell.run(("grep -rl %s %s"):format(stage, stage))))
      local wrapper = shell.read(stage .. "/opt/bin/tcerr")
      assert.is_truthy(wrapper:find('[=[/lua/?.lua;]=]', 1, true))
      assert.is_truthy(wrapper:find('[=[$root/c/?.so;]=]', 1, true))
    end)
  end)

  -- Whether `make install` says what is wrong and leaves nothing, for each { variables, words }.
  local function check_refusals(directory, cases)
    local tree = directory .. "/tree"
    shell.run(("mkdir %s && touch %s/lib"):format(tree, tree))
    for _, case in ipairs(cases) do
      local variables, expected = case[1], case[2]
      local _, err, status = shell.run(("make -C %s -s install CFLAGS=-O0 PREFIX=%s LUA_VERSION=%s %s"):format(
        directory, tree, shell.version, variables))
      assert.are.equal(2, status, variables)
      assert.is_truthy(err:find(expected:gsub("TREE", tree), 1, true), err)
      assert.are.equal(tree .. "\n" .. tree .. "/lib\n", (shell.run("find " .. tree)))
    end
  end

  it("installs nothing when it lacks something, and says what", function()
    checkout.with_copy(function(directory)
      check_refusals(directory, {
        { "LUA_VERSION=5.9", "lua.h of Lua 5.9 was not found: please say LUA_INCLUDE_DIR=" },
        { "LUA_INCLUDE_DIR=/none", "lua.h of Lua " .. shell.version .. " was not found" },
      })
    end, "bare")
    checkout.with_copy(function(directory)
      check_refusals(directory, {
        { "LUA=lua-none", "lua-none was not found: please say LUA=" },
        { "LUA=lua5.3", "LUA, LUA_VERSION and LUA_INCLUDE_DIR are not of one Lua" },
        { "", "cannot write TREE/lib/lua/" .. shell.version .. "/tcerr/core.so; nothing was installed" },
      })
    end)
  end)

  it("leaves what is there when the disk is full in the midst of it", function()
    checkout.with_copy(function(directory)
      local tree, old = directory .. "/tree", directory .. ("/tree/share/lua/%s/tcerr.lua"):format(shell.version)
      shell.run(("mkdir -p %s/share/lua/%s && echo old > %s"):format(tree, shell.version, old))
      shell.write(directory .. "/install", [[#!/bin/sh
        case $* in *.1.new) head -c 10 "$3" > "$4"; echo "install: no space" >&2; exit 1 ;; esac
        exec /usr/bin/install "$@"]])
      local _, err, status = shell.run(("cd %s && chmod +x install && PATH=$PWD:$PATH make -s install CFLAGS=-O0 PREFIX=%s LUA_VERSION=%s")
        :format(directory, tree, shell.version))
      assert.are.equal(2, status, err)
      assert.is_truthy(err:find("install: no space\nnothing was installed\n", 1, true), err)
      assert.are.equal(old .. "\n", (shell.run(("find %s -type f"):format(tree))))
      assert.are.equal("old\n", shell.read(old))
    end)
  end)

  it("builds with the compiler and the flags that it is told, and lets a compiler's new warnings pass", function()
    checkout.with_copy(function(directory)
      shell.write(directory .. "/cc", '#!/bin/sh\necho "$@"\n')
      local out, err, status = shell.run(([[cd %s && chmod +x cc && touch lua.h &&
        CC=./cc CFLAGS=-of_c CPPFLAGS=-of_cpp LDFLAGS=-of_ld make -s LUA_VERSION=%s LUA_INCLUDE_DIR=%s]]):format(
        directory, shell.version, directory))
      assert.are.equal(0, status, err)
      for _, flag in ipairs { "-of_c", "-of_cpp", "-of_ld", "-Wall", "-shared", ("-I%s"):format(directory) } do
        assert.is_truthy((" " .. out):find(" " .. flag .. "%f[%s]"), flag .. " is not in " .. out)
      end
      assert.is_nil(out:find("-Werror", 1, true))
      out = shell.run(("make -C %s -n SYSTEM=Darwin"):format(directory))
      assert.is_truthy(out:find(" -bundle -undefined dynamic_lookup ", 1, true), out)
      -- A Lua that is nowhere but where pkg-config says, by the last of its names.
      shell.write(directory .. "/pkg-config", ('#!/bin/sh\n[ "$*" = "--variable=includedir lua59" ] && echo %s\n'):format(directory))
      out = shell.run(("cd %s && chmod +x pkg-config && PATH=$PWD:$PATH make -n LUA_VERSION=5.9"):format(directory))
      assert.is_truthy(out:find((' -I"%s" '):format(directory), 1, true), out)
    end, "bare")
  end)
end)
