-- The option table in words: what --help prints, and the man page.

local format = require "tcerr.format"
local takes = require "tcerr.options"
local tcerr = require "tcerr"

local help = {}

local WIDTH = 80 -- columns of what --help prints

-- What follows an option's name: " NAME", or all that it may be.
local function value_of(option)
  local value = option.value or option.values and table.concat(option.values, "|")
  return value and " " .. value or ""
end

-- ---- For a terminal ----

-- Terms with their texts beside them, in two columns.
local function definitions(pairs_list)
  local widest, lines = 0, {}
  for _, pair in ipairs(pairs_list) do widest = math.max(widest, #pair[1]) end
  for _, pair in ipairs(pairs_list) do
    for i, text in ipairs(format.wrap(pair[2], WIDTH - widest - 4)) do
      lines[#lines + 1] = ("  %s  %s"):format(format.pad(i == 1 and pair[1] or "", widest), text)
    end
  end
  return table.concat(lines, "\n")
end

local function option_definitions(options)
  local rows = {}
  for i, option in ipairs(options) do rows[i] = { "--" .. option.name .. value_of(option), option.text } end
  return definitions(rows)
end

local function paragraph(text, columns)
  return table.concat(format.wrap(text, columns), "\n")
end

local function indented(text)
  return "  " .. text:gsub("\n", "\n  ")
end

--- What `tcerr --help` prints.
function help.overview()
  local rows = {}
  for i, command in ipairs(takes.commands) do rows[i] = { "tcerr " .. command.synopsis, command.summary } end
  return table.concat({
    "tcerr: " .. takes.summary, definitions(rows), option_definitions(takes.common),
    paragraph(takes.text, WIDTH),
    "Exit status: " .. format.join(takes.status, ", ", function(state) return table.concat(state, " ") end) .. ".\n"
      .. "Environment: " .. format.join(takes.environment, ", ", function(variable) return variable[1] end)
      .. "; see man tcerr.",
    "Example:\n" .. indented(takes.example),
  }, "\n\n") .. "\n"
end

--- What `tcerr COMMAND --help` prints.
function help.command(command)
  local parts = { "tcerr " .. command.synopsis, paragraph(command.text, WIDTH) }
  if command.terms then parts[#parts + 1] = definitions(command.terms) end
  if command.options[1] then parts[#parts + 1] = option_definitions(command.options) end
  parts[#parts + 1] = "Example:\n" .. indented(command.example)
  return table.concat(parts, "\n\n") .. "\n"
end

-- ---- The man page ----

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

local function tagged(what, text)
  return ".TP\n" .. what .. "\n" .. prose(text)
end

local function option_page(option)
  return tagged(term("--" .. option.name .. value_of(option)), option.text)
end

local function command_page(command)
  local parts = { ".SS " .. term("tcerr " .. command.synopsis), prose(command.text) }
  for _, item in ipairs(command.terms or {}) do parts[#parts + 1] = tagged(term(item[1]), item[2]) end
  for _, option in ipairs(command.options) do parts[#parts + 1] = option_page(option) end
  return table.concat(parts, "\n")
end

--- The man page, for `make install`.
function help.page()
  return table.concat({
    ('.TH TCERR 1 %s "tcerr %s" "User Commands"'):format(DATE, tcerr._VERSION),
    ".SH NAME\ntcerr \\- " .. roff(takes.summary),
    ".SH SYNOPSIS\n.nf",
    format.join(takes.commands, "\n", function(command) return term("tcerr " .. command.synopsis) end),
    ".fi\n.SH DESCRIPTION\n" .. prose(takes.text),
    ".SH COMMANDS",
    format.join(takes.commands, "\n", command_page),
    ".SH OPTIONS",
    format.join(takes.common, "\n", option_page),
    ".SH EXIT STATUS",
    format.join(takes.status, "\n", function(state) return tagged(roff(state[1]), state[2]) end),
    ".SH ENVIRONMENT",
    format.join(takes.environment, "\n", function(variable) return tagged(roff(variable[1]), variable[2]) end),
    ".SH EXAMPLES\n.nf",
    format.join(takes.commands, "\n", function(command) return roff(command.example) .. "\n.sp" end),
    ".fi\n.SH SEE ALSO\nhttps://github.com/tcerr/tcerr",
  }, "\n") .. "\n"
end

return help
