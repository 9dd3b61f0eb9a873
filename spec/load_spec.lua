-- Loading: no globals, again and again, in several states, with the versions that belong together.

local shell = require "support.shell"

local function fresh(name)
  local kept = {}
  for loaded in pairs(package.loaded) do
    if loaded:find("^tcerr") then
      kept[loaded], package.loaded[loaded] = package.loaded[loaded], nil
    end
  end
  local ok, module = pcall(require, name)
  for loaded in pairs(package.loaded) do
    if loaded:find("^tcerr") then package.loaded[loaded] = nil end
  end
  for loaded, value in pairs(kept) do package.loaded[loaded] = value end
  return ok, module
end

describe("loading", function()
  it("adds no global, and asks for none that is not there", function()
    local out, err = shell.run(shell.environment .. " " .. shell.lua .. [[ -e '
      local before = {}
      for name in pairs(_G) do before[name] = true end
      setmetatable(_G, { __index = function(_, name) error("no such global: " .. name) end })
      for _, name in ipairs{ "tcerr", "tcerr.format", "tcerr.enricher", "tcerr.top", "tcerr.cli", "tcerr.nginx" } do
        require(name)
      end
      require("tcerr.cli").main({ "list" }, io)
      for name in pairs(_G) do if not before[name] then print("new global: " .. name) end end']])
    assert.is_nil(out:find("new global"), out)
    assert.are.equal("", err)
  end)

  it("works again after the module was dropped, with equal entries that are not shared", function()
    local tcerr = require "tcerr"
    local ok, again = fresh("tcerr")
    assert.is_true(ok, again)
    assert.are_not.equal(tcerr.codes[4100], again.codes[4100])
    assert.are.same(tcerr.codes[4100], again.codes[4100])
    assert.are.equal('{"code":1}\n', again.enricher():feed('{"code":1}\n'))
  end)

  -- Runs spec/support/host.c, whose script returns a function.
  local function host(how, script)
    local result
    shell.with_directory(function(directory)
      shell.write(directory .. "/script.lua", script)
      local name = rawget(_G, "jit") and "luajit" or shell.version
      result = { shell.run(("%s %s/%s/host %s %s/script.lua"):format(shell.environment, shell.build, name, how, directory)) }
    end)
    return result[1], result[2], result[3]
  end

  it("works in two states of one process, which share nothing", function()
    local out, err, status = host("two", [[
      local tcerr = require "tcerr"
      assert(not tcerr.mark)
      tcerr.codes[4100].mark = 0
      local e, turns = tcerr.enricher(), 0
      return function()
        turns = turns + 1
        assert(tcerr.codes[4100].mark == turns - 1)
        tcerr.codes[4100].mark = turns
        assert(#e:feed('{"code":4100}\n{"co') > 0 and e:counts().lines == (turns == 1 and 1 or 2 * turns - 1))
        e:feed('de":4200}\n')
      end]])
    assert.are.equal("", out .. err)
    assert.are.equal(0, status)
  end)

  it("survives an allocator that fails at any call", function()
    -- At every 29th, that is: make check-memory has all of them.
    -- LuaJIT's compiler itself crashes when memory ends while it records a trace, also in a script without tcerr.
    local out, err, status = host("failing 29", [[
      if jit then jit.off() end
      local tcerr = require "tcerr"
      return function()
        assert(tcerr.parse('{"code":5100,"message":"(20108)\\u9891\\u9053"}').module_code == 20108)
        local e = tcerr.enricher{ fields = { "message" } }
        local out = e:feed('{"code":4100}\n{"code"') .. e:feed(':4200}') .. e:finish()
        assert(#out > 60)
        assert(tcerr.format(4100, { detail = true, width = 40 }))
      end]])
    assert.are.equal("", err)
    assert.are.equal(0, status)
    assert.is_true(tonumber(out) > 100)
  end)

  it("gets over a module that once failed to load", function()
    local _, tcerr = fresh "tcerr"
    local kept = package.loaded["tcerr.format"]
    package.loaded["tcerr.format"] = nil
    package.preload["tcerr.format"] = function() error("no memory", 0) end
    local ok, problem = pcall(tcerr.lookup, 9999)
    package.preload["tcerr.format"] = nil
    assert.are.same({ false, "no memory" }, { ok, problem })
    assert.are.same({ nil, "unknown code: 9999" }, { tcerr.lookup(9999) })
    package.loaded["tcerr.format"] = kept
  end)

  it("exports one symbol", function()
    local out = shell.run(("nm -D --defined-only build/%s/tcerr/core.so"):format(shell.version))
    assert.are.equal("luaopen_tcerr_core", out:match("^%x+ T (%S+)\n$"))
  end)

  it("has no mutable static: nothing in its writable sections is the core's", function()
    -- Constant tables that hold pointers are in .data.rel.ro. What remains is the compiler's own.
    local symbols = shell.run(("nm --format=sysv build/%s/tcerr/core.so"):format(shell.version))
    assert.is_truthy(symbols:find("tcerr_entries[^\n]*|%.data%.rel%.ro"))
    for name, section in symbols:gmatch("\n(%S+) *|[^\n]*|(%.%l+) *%f[\n]") do
      if section == ".data" or section == ".bss" then
        assert.is_truthy(name:find("^_") or name:find("^completed"), name .. " in " .. section)
      end
    end
  end)
end)

describe("the version", function()
  local tcerr = require "tcerr"

  it("is the same in C, in Lua and in the changelog, and the data has its date", function()
    assert.are.equal(tcerr._VERSION, shell.read("csrc/tcerr.h"):match('TCERR_VERSION "([^"]+)"'))
    assert.are.equal(tcerr._VERSION, shell.read("CHANGELOG.md"):match("\n## ([%d.]+)"))
    assert.are.equal("2019-11-25", tcerr._SNAPSHOT)
  end)

  it("stops loading when C and Lua differ, and says what to do", function()
    package.preload["tcerr.core"] = function() return { _VERSION = "0.9.0", codes = {} } end
    local ok, problem = fresh("tcerr")
    package.preload["tcerr.core"] = nil
    assert.is_false(ok)
    assert.is_truthy(problem:find("^tcerr: the Lua files are version [%d.]+, the C module is 0%.9%.0%."))
    assert.is_truthy(problem:find("a reload is not enough", 1, true))
  end)

  it("stops loading when a category has no policy", function()
    package.preload["tcerr.policy"] = function() return {} end
    local ok, problem = fresh("tcerr")
    package.preload["tcerr.policy"] = nil
    assert.is_false(ok)
    assert.is_truthy(problem:find('^tcerr: code %d+ has the category "[%l_]+", which the policy lacks$'))
  end)
end)
