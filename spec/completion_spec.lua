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

-- Each returns what its shell offers at the end of a command line, in order, with a space between.
local offers = {}

-- The words as bash hands them over: those that readline sees, where = is one. `breaks`: COMP_WORDBREAKS.
function offers.bash(line, breaks)
  local words = {}
  for word in (line .. "\n"):gsub("=", breaks == ":" and "=" or " = "):gmatch("[^ ]+") do
    words[#words + 1] = shell.quote((word:gsub("\n", "")))
  end
  local out, err, status
  shell.with_directory(function(directory)
    shell.write(directory .. "/ask", script.bash .. ('COMP_WORDS=(%s) COMP_CWORD=%d\n_tcerr\nprintf "%%s\\n" "${COMPREPLY[@]}"\n')
      :format(table.concat(words, " "), #words - 1))
    out, err, status = shell.run("bash -u " .. directory .. "/ask")
  end)
  assert.are.same({ "", 0 }, { err, status }, line)
  return sorted(out)
end

-- `site`: the script is a function in $fpath and not sourced.
function offers.zsh(line, site)
  local out
  shell.with_directory(function(directory)
    shell.run(("cp spec/support/offer.zsh %s/.zshrc; mkdir %s/site; : > %s/offers"):format(directory, directory, directory))
    shell.write(directory .. "/site/_tcerr", script.zsh)
    local place = site and "SITE=" .. directory .. "/site" or "SCRIPT=" .. directory .. "/site/_tcerr"
    local drawn = shell.run(("LINE=%s OFFERS=%s/offers %s ZDOTDIR=%s timeout 30 "):format(shell.quote(line), directory, place,
      directory) .. "/usr/bin/python3 spec/support/terminal.py 80 'zsh -d -i'")
    assert.is_truthy(drawn:find("tcerr", 1, true), drawn)
    out = shell.read(directory .. "/offers")
  end)
  return sorted(out)
end

local keys = {}
for code, entry in pairs(tcerr.codes) do
  keys[#keys + 1] = ("%d"):format(code)
  keys[#keys + 1] = entry.name
end

for name, offer in pairs(offers) do
  describe("the completion of " .. name, function()
    local cases = {
      { "tcerr ", "completion enrich explain list nginx-conf parse top" },
      { "tcerr 450", "4500" },
      { "tcerr AuthF", "AuthFailure" },
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
      it("offers for: " .. case[1], function()
        -- zsh completes a part of a path at a time.
        local expected = name == "zsh" and case[2]:gsub("examples/", "") or case[2]
        assert.are.equal(expected, offer(case[1]))
      end)
    end

    it("offers all codes and names", function()
      assert.are.equal(sorted(table.concat(keys, "\n")), offer("tcerr explain "))
    end)

    it("offers the fields of an entry after a comma too", function()
      local expected = "message,detail message,detail_en"
      if name == "zsh" then expected = "detail detail_en" end
      assert.are.equal(expected, offer("tcerr enrich --fields message,det"))
    end)

    for _, command in ipairs(takes.commands) do
      it("offers all options, and what they may be: " .. command.name, function()
        local options = { "--help" }
        for _, option in ipairs(command.options) do
          options[#options + 1] = "--" .. option.name
          if option.values or option.list then
            local values = sorted(table.concat(option.values or option.list, "\n"))
            assert.are.equal(values, offer(("tcerr %s --%s "):format(command.name, option.name)))
          end
        end
        assert.are.equal(sorted(table.concat(options, "\n")), offer(("tcerr %s --"):format(command.name)))
      end)
    end
  end)
end

describe("the completion", function()
  it("of bash takes --option=value as one word too, where = does not break words", function()
    assert.are.equal("--lang=zh", offers.bash("tcerr list --lang=z", ":"))
    assert.are.equal("--fields=name,detail --fields=name,detail_en", offers.bash("tcerr enrich --fields=name,det", ":"))
  end)

  it("of zsh works from $fpath", function()
    assert.are.equal("video", offers.zsh("tcerr list --layer v", true))
  end)

  it("is what the command prints", function()
    for name, text in pairs(script) do assert.are.equal(text, (shell.run(shell.tcerr .. " completion " .. name))) end
  end)
end)
