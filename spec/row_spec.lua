-- Adding a row to the catalogue, as CONTRIBUTING.md says, and installing that as a user does.

local shell = require "support.shell"

if shell.version ~= "5.4" then return end -- what a compiler says does not depend on the Lua

local ROWS = "csrc/tcerr_codes.inc"

-- The text of a code's row, to the closing parenthesis that ends a line.
local function row_of(code)
  local rows = shell.read(ROWS)
  local start = assert(rows:find(("\n%%u+_%%u+%%(%d,"):format(code)))
  local _, stop = rows:find("[^\n]%)\n", start)
  return rows:sub(start + 1, stop)
end

-- Calls use(directory, tree, words, status) with a copy of the rock in which a row follows that of the code `behind`, after
-- `luarocks make`. As LuaRocks would have it, no warning is asked for, and none is an error.
local function with_row(behind, row, use)
  shell.with_directory(function(directory)
    shell.run(("cp -r csrc lua library rockspec README.md LICENSE %s"):format(directory))
    local before = row_of(behind)
    local rows, count = shell.read(ROWS):gsub(before:gsub("%p", "%%%0"), function() return before .. row end)
    assert.are.equal(1, count)
    shell.write(directory .. "/" .. ROWS, rows)
    local tree = directory .. "/tree"
    local out, err, status = shell.run(("cd %s && luarocks --lua-version 5.4 --only-server=%s/none make --tree %s "
      .. "CFLAGS='-O0 -fPIC'"):format(directory, directory, tree))
    use(directory, tree, out .. err, status)
  end)
end

-- Whether each door finds each code; says how many there are.
local EVERYWHERE = [[
  local tcerr = require "tcerr"
  local conf, count = require("tcerr.nginx").conf(), 0
  for code, entry in tcerr.each() do
    local digits = ("%d"):format(code)
    local line = '{"code":' .. digits .. "}\n"
    assert(tcerr.lookup(code) == entry and tcerr.lookup(digits) == entry and tcerr.lookup(entry.name) == entry, digits)
    assert(tcerr.parse(line).entry == entry and tcerr.parse({ code = code }).entry == entry, digits)
    assert(tcerr.enricher { fields = { "name" } }:feed(line) == '{"code":' .. digits .. ',"tc_name":"' .. entry.name .. '"}\n',
      digits)
    assert(conf:find("\n *" .. digits .. ' "'), digits)
    count = count + 1
  end
  local new = tcerr.lookup(20505)
  print(count, new.name, new.category == tcerr.lookup(20108).category)]]

describe("a new row", function()
  it("is found through every door, and so are all the others", function()
    -- 20505, which is plausible, once took the place of 6000 in a hash, silently.
    local row, count = row_of(20108):gsub("20108", "20505"):gsub('"(%u%w+)"', '"NewOne"', 1)
    assert.are.equal(1, count)
    with_row(20500, row, function(_, tree, words, status)
      assert.are.equal(0, status, words)
      local out, err = shell.run(("cd / && LUA_PATH='%s/share/lua/5.4/?.lua' LUA_CPATH='%s/lib/lua/5.4/?.so' %s -"):format(
        tree, tree, shell.lua), EVERYWHERE)
      local _, rows = shell.read(ROWS):gsub("\nTCERR_CODE%(%d", "")
      assert.are.equal(("%d\tNewOne\ttrue\n"):format(rows + 1), out, err)
    end)
  end)

  for _, code in ipairs { 20108, 6000 } do
    it(("does not compile when its code is there already: %d"):format(code), function()
      local row = row_of(code):gsub('"(%u%w+)"', '"NewOne"', 1)
      with_row(20500, row, function(_, tree, words, status)
        assert.are_not.equal(0, status)
        assert.is_truthy(words:find("error: [^\n]*TCERR_INDEX_" .. code) or words:find("error: duplicate case"), words)
        assert.are_not.equal(0, select(3, shell.run(("ls %s/lib/lua/5.4/tcerr/core.so"):format(tree))))
      end)
    end)
  end
end)
