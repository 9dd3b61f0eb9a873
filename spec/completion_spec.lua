-- What bash and zsh offer, asked of these shells.

local shell = require "support.shell"
local takes = require "tcerr.options"
local tcerr = require "tcerr"

if shell.version ~= "5.4" then return end -- the scripts do not depend on the Lua

local script = {}
for _, name in ipairs { "bash", "zsh" } do script[name] = require("tcerr.completion")[name]() end

local function sorted(text)
  local words, seen = {}, {}
  for word in text:gmatch("[^\n]+") do
    if not seen[word] then words[#words + 1] = word end
    seen[word] = true
  end
  table.sort(words)
  return table.concat(words, " ")
end

-- Each returns what its shell offers at the end of each of these command lines, one after the other.
local offers = {}

-- The words as bash hands them over: those that readline sees, where = is one. `breaks`: COMP_WORDBREAKS.
function offers.bash(lines, breaks)
  local ask = { script.bash }
  for _, line in ipairs(lines) do
    local words = {}
    for word in (line .. "\n"):gsub("=", breaks == ":" and "=" or " = "):gmatch("[^ ]+") do
      words[#words + 1] = shell.quote((word:gsub("\n", "")))
    end
    ask[#ask + 1] = ('printf "> \\n"\n(COMP_WORDS=(%s) COMP_CWORD=%d\n_tcerr\nprintf "%%s\\n" "${COMPREPLY[@]}")\n'):format(
      table.concat(words, " "), #words - 1)
  end
  local out, err, status = shell.run("bash -u", table.concat(ask))
  assert.are.same({ "", 0 }, { err, status })
  return out
end

-- `site`: the script is a function in $fpath and not sourced.
function offers.zsh(lines, site)
  local out
  shell.with_directory(function(directory)
    shell.run(("cp spec/support/offer.zsh %s/.zshrc; mkdir %s/site; : > %s/offers"):format(directory, directory, directory))
    shell.write(directory .. "/site/_tcerr", script.zsh)
    shell.write(directory .. "/lines", table.concat(lines, "\n") .. "\n")
    local place = site and "SITE=" .. directory .. "/site" or "SCRIPT=" .. directory .. "/site/_tcerr"
    local drawn = shell.run(("ASK=%s/lines OFFERS=%s/offers %s ZDOTDIR=%s timeout 60 "):format(directory, directory, place,
      directory) .. "/usr/bin/python3 spec/support/terminal.py 80 'zsh -d -i'")
    assert.is_truthy(drawn:find("tcerr", 1, true), drawn)
    out = shell.read(directory .. "/offers")
  end)
  return out
end

-- What is asked below, and what is offered for it: one process answers all.
local asked, offered = { bash = {}, zsh = {} }, {}

-- Returns a function that gives what a shell offers for a line, in order, with a space between.
local function offer(name, line)
  table.insert(asked[name], line)
  local number = #asked[name]
  return function()
    if not offered[name] then
      offered[name] = {}
      for one in (offers[name](asked[name]):gsub("> \n", "\0") .. "\0"):gmatch("([^%z]*)%z") do
        table.insert(offered[name], sorted(one))
      end
      assert.are.equal(#asked[name] + 1, #offered[name]) -- nothing stands before the first
    end
    return offered[name][number + 1]
  end
end

local keys = {}
for code, entry in pairs(tcerr.codes) do
  keys[#keys + 1] = ("%d"):format(code)
  keys[#keys + 1] = entry.name
end
for name in tcerr.each("api3") do
  if tcerr.lookup(name).rule then keys[#keys + 1] = name end
end

for _, name in ipairs { "bash", "zsh" } do
  describe("the completion of " .. name, function()
    local cases = {
      { "tcerr ", "completion enrich explain list nginx-conf parse top" },
      { "tcerr 450", "4500" },
      { "tcerr AuthF", "AuthFailure AuthFailure.Expired AuthFailure.SignatureExpire AuthFailure.UnauthorizedOperation" },
      { "tcerr e", "enrich explain" },
      { "tcerr --", "--help --json --lang --version" },
      { "tcerr 4100 --l", "--lang" },
      { "tcerr 4100 ReplayA", "ReplayAttack" },
      { "tcerr --lang ", "en zh" },
      { "tcerr --lang=", "en zh" },
      { "tcerr list --layer v", "video" },
      { "tcerr list --lang=e", "en" },
      { "tcerr explain -- 450", "4500" },
      { "tcerr explain -- --", "" },
      { "tcerr enrich --key ", "" },
      { "tcerr enrich --format=text --f", "--field --fields" .. (name == "bash" and " --format" or "") },
      { "tcerr enrich examples/access.", "examples/access.jsonl examples/access.log" },
      { "tcerr top --by=category examples/access.", "examples/access.jsonl examples/access.log" },
      { "tcerr list examples/access.", "" },
      { "tcerr completion ", "bash zsh" },
    }
    for _, case in ipairs(cases) do
      local offers_now = offer(name, case[1])
      it("offers for: " .. case[1], function()
        -- zsh completes a part of a path at a time.
        local expected = name == "zsh" and case[2]:gsub("examples/", "") or case[2]
        assert.are.equal(expected, offers_now())
      end)
    end

    local all_keys, fields = offer(name, "tcerr explain "), offer(name, "tcerr enrich --fields message,det")

    it("offers all codes and names", function()
      assert.are.equal(sorted(table.concat(keys, "\n")), all_keys())
    end)

    it("offers the fields of an entry after a comma too", function()
      local expected = "message,detail message,detail_en"
      if name == "zsh" then expected = "detail detail_en" end
      assert.are.equal(expected, fields())
    end)

    for _, command in ipairs(takes.commands) do
      local options, values = { "--help" }, {}
      for _, option in ipairs(command.options) do
        options[#options + 1] = "--" .. option.name
        if option.values or option.list then
          values[option] = offer(name, ("tcerr %s --%s "):format(command.name, option.name))
        end
      end
      local all_options = offer(name, ("tcerr %s --"):format(command.name))

      it("offers all options, and what they may be: " .. command.name, function()
        for option, value in pairs(values) do
          assert.are.equal(sorted(table.concat(option.values or option.list, "\n")), value(), option.name)
        end
        assert.are.equal(sorted(table.concat(options, "\n")), all_options())
      end)
    end
  end)
end

describe("the completion", function()
  it("of bash takes --option=value as one word too, where = does not break words", function()
    assert.are.equal("> \n--lang=zh\n", offers.bash({ "tcerr list --lang=z" }, ":"))
    assert.are.equal("> \n--fields=name,detail\n--fields=name,detail_en\n", offers.bash({ "tcerr enrich --fields=name,det" }, ":"))
  end)

  it("of zsh has a code a line", function()
    assert.is_truthy(script.zsh:find("\n    '4100:AuthFailure'\n    'AuthFailure:Authentication failed'\n", 1, true))
  end)

  it("of zsh works from $fpath", function()
    assert.are.equal("> \nvideo\n", offers.zsh({ "tcerr list --layer v" }, true))
  end)

  it("is what the command prints", function()
    for name, text in pairs(script) do assert.are.equal(text, (shell.run(shell.tcerr .. " completion " .. name))) end
  end)
end)
