-- What --help and the man page say, and that it is true.

local format = require "tcerr.format"
local help = require "tcerr.help"
local takes = require "tcerr.options"
local tcerr = require "tcerr"
local shell = require "support.shell"

-- Runs a line with bash among the example logs, where `tcerr` is the command.
local function in_bash(line)
  local out, err, status
  local root = shell.run("pwd"):gsub("\n", "")
  local tcerr_there = shell.tcerr:gsub('"lua/', ('"%s/lua/'):format(root)):gsub(" lua/", (" %s/lua/"):format(root))
    :gsub('"' .. shell.build, ('"%s/%s'):format(root, shell.build))
  shell.with_directory(function(directory)
    shell.run("cp examples/*.* " .. directory)
    shell.write(directory .. "/line", ('tcerr() { %s "$@"; }\n%s\n'):format(tcerr_there, line))
    out, err, status = shell.run(("cd %s && bash ./line"):format(directory))
  end)
  return out, err, status
end

local function has(text, part)
  assert.is_truthy(text:find(part, 1, true), part)
end

describe("the help", function()
  it("names every command with its summary, and what all have in common", function()
    local overview = help.overview()
    has(overview, "\nExit status: 0 done, 1 not found or bad input, 2 wrong usage.\n")
    for _, command in ipairs(takes.commands) do
      assert.is_truthy(overview:find("\n  tcerr " .. command.synopsis:gsub("%p", "%%%0") .. " +" .. command.summary .. "\n"),
        command.name)
    end
    for _, option in ipairs(takes.common) do has(overview, "\n  --" .. option.name .. " ") end
    for _, state in ipairs(takes.status) do has(overview, state[1] .. " " .. state[2]) end
  end)

  it("names every option of a command, with what it may be", function()
    has(help.command(takes.commands[4]), "\n  --format json|logfmt|text  what the lines are; default: json\n  --key NAME ")
    for _, command in ipairs(takes.commands) do
      local text = help.command(command)
      for _, option in ipairs(command.options) do
        local value = option.value or option.values and table.concat(option.values, "|")
        assert.is_truthy(value == nil or value:find("^[%w,.|]+$"), option.name)
        has(text, "\n  --" .. option.name .. (value and " " .. value or "") .. " ")
      end
    end
  end)

  it("fits a terminal of 24 lines", function()
    local _, lines = help.overview():gsub("\n", "")
    assert.is_true(lines < 24, lines)
  end)

  it("says what retry asks for", function()
    for word, meaning in pairs(format.RETRY.en) do
      has(help.command(takes.commands[1]), ("\n  %s  %s%s\n"):format(word, (" "):rep(#"idempotent" - #word), meaning))
      has(help.page(), ("\n\\fB%s\\fR\n%s"):format(word, meaning:sub(1, 40)))
    end
  end)

  it("takes 80 columns, but for what a command has printed", function()
    local texts = { help.overview() }
    for _, command in ipairs(takes.commands) do texts[#texts + 1] = help.command(command) end
    for _, text in ipairs(texts) do
      assert.are.equal("\n", text:sub(-1))
      for line in text:match("^(.*)\nExample:\n"):gmatch("[^\n]+") do assert.is_true(format.width(line) <= 80, line) end
    end
  end)

  for _, command in ipairs(takes.commands) do
    it("has an example that is true: " .. command.name, function()
      local line, expected = (command.example .. "\n"):match("^%$ ([^\n]+)\n(.*)$")
      has(line, "tcerr ")
      assert.are.same({ expected, "", 0 }, { in_bash(line) })
    end)
  end
end)

describe("the man page", function()
  local page = help.page()

  it("has the sections that are expected, in their order", function()
    local sections = {}
    for section in page:gmatch("\n%.SH ([^\n]+)") do sections[#sections + 1] = section end
    assert.are.same({ "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES",
      "SEE ALSO" }, sections)
  end)

  it("has the version and the date of the release", function()
    local date = shell.read("CHANGELOG.md"):match("\n## [%d.]+ %((%d+-%d+-%d+)%)")
    has(page, ('.TH TCERR 1 %s "tcerr %s" "User Commands"\n'):format(date, tcerr._VERSION))
  end)

  it("has nothing that roff takes for a macro or an escape but what is meant", function()
    local macros = { TH = true, SH = true, SS = true, TP = true, nf = true, fi = true, sp = true }
    for line in page:gsub("^%.TH [^\n]+", ""):gmatch("[^\n]+") do
      assert.is_true(not line:find("^[.']") or macros[line:match("^%.(%a+)")] == true, line)
      assert.is_nil(line:gsub("\\f[BIR]", ""):gsub("\\%(%l%l", ""):gsub("\\[-e]", ""):find("[\\'`^~-]"), line)
    end
  end)

  it("writes a backslash and a tilde as roff does", function()
    local summary = takes.summary
    takes.summary = [[a\b~]]
    local written = help.page()
    takes.summary = summary
    has(written, "\ntcerr \\- a\\eb\\(ti\n")
  end)

  it("has every command, its options and its example, and the environment", function()
    local plain = page:gsub("\\f[BIR]", ""):gsub("\\%-", "-"):gsub("\\%(aq", "'")
    local synopsis = "\n" .. plain:match("%.nf(.-)%.fi")
    for _, command in ipairs(takes.commands) do
      has(synopsis, "\ntcerr " .. command.synopsis .. "\n")
      has(plain, "\n.SS tcerr " .. command.synopsis .. "\n")
      has(plain, "\n" .. command.example .. "\n.sp\n") -- apart from the next one
      local section = plain:match("%.SS tcerr " .. command.synopsis:gsub("%p", "%%%0") .. "\n(.-)\n%.S")
      for _, option in ipairs(command.options) do
        assert.is_truthy((section .. "\n"):find("\n.TP\n%-%-" .. option.name:gsub("%-", "%%-") .. "[ \n]"), option.name)
      end
    end
    for _, name in ipairs { "NO_COLOR", "COLUMNS", "TCERR_LANG", "LANG" } do
      has(plain, "\n.TP\n" .. name .. "\n")
      has(help.overview(), name)
    end
  end)
end)
