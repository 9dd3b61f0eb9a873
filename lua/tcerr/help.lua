-- The option table in words: what --help prints, and the man page.

local format = require "tcerr.format"
local takes = require "tcerr.options"
local tcerr = require "tcerr"

local help = {}

local WIDTH = 80 -- columns of what --help prints

-- Each gives a term and what is said of it.

local function of_command(command)
  return "tcerr " .. command.synopsis, command.summary
end

local function of_option(option)
  local value = option.value or option.values and table.concat(option.values, "|")
  return "--" .. option.name .. (value and " " .. value or ""), option.text
end

local of_pair = table.unpack or unpack

local function paragraph(text, columns)
  return table.concat(format.wrap(text, columns), "\n")
end

-- Terms with their texts beside them, in two columns.
local function definitions(list, of)
  local widest = 0
  for _, item in ipairs(list) do widest = math.max(widest, #of(item)) end
  return format.join(list, "\n", function(item)
    local term, text = of(item)
    return format.beside(("  %-" .. widest .. "s  "):format(term), text, WIDTH)
  end)
end

local function example_of(item)
  return "Example:\n  " .. item.example:gsub("\n", "\n  ") .. "\n"
end

--- What `tcerr --help` prints.
function help.overview()
  return table.concat({
    "tcerr: " .. takes.summary, definitions(takes.commands, of_command), definitions(takes.common, of_option),
    paragraph(takes.text, WIDTH),
    "Exit status: " .. format.join(takes.status, ", ", function(state) return table.concat(state, " ") end) .. ".\n"
      .. "Environment: " .. format.join(takes.environment, ", ", of_pair) .. "; see man tcerr.",
    example_of(takes),
  }, "\n\n")
end

--- What `tcerr COMMAND --help` prints.
function help.command(command)
  local parts = { "tcerr " .. command.synopsis, paragraph(command.text, WIDTH) }
  if command.terms then parts[#parts + 1] = definitions(command.terms, of_pair) end
  if command.options[1] then parts[#parts + 1] = definitions(command.options, of_option) end
  parts[#parts + 1] = example_of(command)
  return table.concat(parts, "\n\n")
end

local DATE = "2026-11-23" -- of the release

local ROFF = { ["\\"] = "\\e", ["-"] = "\\-", ["'"] = "\\(aq", ["~"] = "\\(ti" }

local function roff(text)
  return (text:gsub("[\\'~-]", ROFF))
end

-- A command or an option: bold, with what stands for something else in italics.
local function term(text)
  return "\\fB" .. roff(text):gsub("%f[%w]%u+%f[%W]", "\\fI%0\\fB") .. "\\fR"
end

local function prose(text)
  return roff(paragraph(text, 72)) -- escapes and all, no line is longer than 80
end

-- Paragraphs, each under its term.
local function tagged(list, of, write)
  return format.join(list, "", function(item)
    local what, text = of(item)
    return "\n.TP\n" .. write(what) .. "\n" .. prose(text)
  end)
end

local function command_page(command)
  return "\n.SS " .. term(of_command(command)) .. "\n" .. prose(command.text)
    .. tagged(command.terms or {}, of_pair, term) .. tagged(command.options, of_option, term)
end

--- The man page, for `make install`.
function help.page()
  return table.concat({
    ('.TH TCERR 1 %s "tcerr %s" "User Commands"'):format(DATE, tcerr._VERSION),
    ".SH NAME\ntcerr \\- " .. roff(takes.summary),
    ".SH SYNOPSIS\n.nf",
    format.join(takes.commands, "\n", function(command) return term(of_command(command)) end),
    ".fi\n.SH DESCRIPTION\n" .. prose(takes.text),
    ".SH COMMANDS" .. format.join(takes.commands, "", command_page),
    ".SH OPTIONS" .. tagged(takes.common, of_option, term),
    ".SH EXIT STATUS" .. tagged(takes.status, of_pair, roff),
    ".SH ENVIRONMENT" .. tagged(takes.environment, of_pair, roff),
    ".SH EXAMPLES\n.nf",
    format.join(takes.commands, "\n", function(command) return roff(command.example) .. "\n.sp" end),
    ".fi\n.SH SEE ALSO\nhttps://github.com/tcerr/tcerr",
  }, "\n") .. "\n"
end

return help
