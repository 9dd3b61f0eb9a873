-- Reads the command line by the option table. What is wrong is thrown as { status = 2, message = }, with what may have
-- been meant.

local format = require "tcerr.format"
local near = require "tcerr.near"
local takes = require "tcerr.options"

local arguments = {}

--- Ends the command: it was used wrongly.
---@param message string
function arguments.usage_error(message)
  error({ status = 2, message = message .. " (tcerr --help says more)" }, 0)
end

local usage_error = arguments.usage_error

--- The item of a list that has this name.
---     arguments.find({ { name = "top" } }, "top").name  --> "top"
---@generic Item
---@param list Item[]
---@param name string
---@return Item|nil
function arguments.find(list, name)
  for _, item in ipairs(list) do
    if item.name == name then return item end
  end
end

local find = arguments.find

--- What may be put behind a complaint about a word: the nearest of the words, and what stands before and behind it.
---     arguments.hint("jsno", { "json", "lang" }, "--", "=x")    --> ", did you mean --json=x?"
---     arguments.hint("colour", { "json", "lang" }, "--", "=x")  --> ""
---@param word string
---@param words string[]
---@param before string
---@param behind string
---@return string
function arguments.hint(word, words, before, behind)
  local meant = near.word(word, words)
  return meant and (", did you mean %s%s%s?"):format(before, meant, behind) or ""
end

--- The names of all items of some lists.
---     arguments.names({ { name = "a" } }, { { name = "b" } })[2]  --> "b"
---@param ... { name: string }[]
---@return string[]
function arguments.names(...)
  local names = {}
  for _, list in ipairs { ... } do
    for _, item in ipairs(list) do names[#names + 1] = item.name end
  end
  return names
end

--- Refuses a text that is none of a few.
---@param what string what is to be said before
---@param text string|nil
---@param values string[]
function arguments.check_value(what, text, values)
  for _, value in ipairs(values) do
    if text == value then return end
  end
  usage_error(what .. format.alternatives(values) .. " expected")
end

local function list_of(text)
  local list = {}
  for name in text:gmatch("[^,]+") do list[#list + 1] = name end
  return list
end

local function value_of(option, text)
  if option.number then return tonumber(text) or usage_error(("--%s: not a number: %s"):format(option.name, text)) end
  if option.list then return list_of(text) end
  if option.values then arguments.check_value("--" .. option.name .. ": ", text, option.values) end
  return text
end

local function check_operands(command, operands)
  local words = type(command.operand) == "table" and command.operand
  local extra = words and operands[2] or not command.operand and operands[1]
  if extra then usage_error("not expected here: " .. extra) end
  if words then arguments.check_value("", operands[1], words) end
end

local function no_such_option(message, word, command)
  local name = word:match("^%-+([^=]*)")
  usage_error(message .. arguments.hint(name, arguments.names(command.options, takes.common), "--", ""))
end

--- Reads what follows the name of a command.
---     arguments.read({ "--json" }, { options = { { name = "json" } } }).json  --> true
---@param argv string[]
---@param command tcerr.Command
---@return table<string, string|number|string[]|true> options
---@return string[] operands
function arguments.read(argv, command)
  local options, operands, i = {}, {}, 1
  while argv[i] do
    local name, assigned, value = argv[i]:match("^%-%-([A-Za-z0-9-]+)(=?)(.*)$")
    local option = name and find(command.options, name)
    if argv[i] == "--" then
      for n = i + 1, #argv do operands[#operands + 1] = argv[n] end
      break
    elseif not name or value ~= "" and assigned == "" then
      if argv[i]:find("^%-[A-Za-z-]") then no_such_option("no such option: " .. argv[i], argv[i], command) end
      operands[#operands + 1] = argv[i]
    elseif not option then
      no_such_option("no such option here: --" .. name, argv[i], command)
    elseif not (option.value or option.values) then
      if assigned ~= "" then usage_error("--" .. name .. " takes no value") end
      options[name] = true
    else
      if assigned == "" then
        i = i + 1
        value = argv[i] or usage_error("--" .. name .. " needs a value")
      end
      options[name] = value_of(option, value)
    end
    i = i + 1
  end
  check_operands(command, operands)
  return options, operands
end

--- Refuses a first word that is no command and was not meant as a code or a name either: "explain" may be left out.
---@param argv string[]
---@param known boolean whether it is a code or a name
function arguments.check_first(argv, known)
  for i = 1, #argv do
    if argv[i] == "--" then break end
    if find(takes.commands, argv[i]) then usage_error("the command comes first: tcerr " .. argv[i]) end
  end
  if known or argv[1]:find("^[-0-9]") then return end
  local meant = near.word(argv[1], arguments.names(takes.commands, takes.common))
  if meant then
    usage_error(("no such command: %s, did you mean tcerr %s%s?"):format(
      argv[1], find(takes.common, meant) and "--" or "", meant))
  end
end

return arguments
