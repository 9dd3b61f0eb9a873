-- Reads the command line by the option table. Throws { status = 2, message = }, with what may have been meant.

local format = require "tcerr.format"
local takes = require "tcerr.options"

local arguments = {}

--- Ends the command: it was used wrongly.
function arguments.usage_error(message)
  error({ status = 2, message = message .. " (tcerr --help says more)" }, 0)
end

local usage_error = arguments.usage_error

-- How many letters have to be put in, left out, changed or swapped with the next one to make one word of the other.
local function distance(a, b)
  local before, last -- the rows of the table above this one; no others are needed
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    before, last, row = last, row, { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
  end
  return row[#b]
end

--- What may be put behind a complaint about a word: the name of an item that is nearest, whatever its case, and what
--- stands before and behind it. Nothing if just that was said, or if too much would have to be guessed: more than one
--- letter of a short word, two of another.
---     arguments.hint("jsno", { { name = "json" }, { name = "lang" } }, "--", "=x")  --> ", did you mean --json=x?"
---     arguments.hint("colour", { { name = "json" } }, "--")     --> ""
---     arguments.hint("stoop", { { name = "top" } }, "")         --> ""
---     arguments.hint("top", { { name = "top" } }, "", ".x")     --> ""
function arguments.hint(word, items, before, behind)
  local best, least = nil, 3
  if #word > 64 then return "" end -- nobody mistypes that, and the time grows with it
  for _, item in ipairs(items) do
    local steps = distance(word:lower(), item.name:lower())
    if steps < least and (steps < 2 or math.min(#word, #item.name) > 4) then best, least = item.name, steps end
  end
  if not best or before .. best == word then return "" end
  return (", did you mean %s%s%s?"):format(before, best, behind or "")
end

--- The item of a list that has this name.
---     arguments.find({ { name = "top" } }, "top").name  --> "top"
function arguments.find(list, name)
  for _, item in ipairs(list) do
    if item.name == name then return item end
  end
end

--- Refuses a text that is none of a few; `name` is what they are said to be.
function arguments.check_value(name, text, values)
  local problem = format.choice(values)(text or "")
  if problem then usage_error(name .. ": " .. problem) end
end

local function value_of(option, text)
  local name = "--" .. option.name
  if option.number then return tonumber(text) or usage_error(("%s: not a number: %s"):format(name, text)) end
  if option.values then arguments.check_value(name, text, option.values) end
  if not option.list then return text end
  local list = {}
  for item in (text .. ","):gmatch("([^,]*),") do list[#list + 1] = item end
  return list
end

local function check_operands(command, operands)
  local words = type(command.operand) == "table" and command.operand
  local extra = words and operands[2] or not command.operand and operands[1]
  if extra then usage_error("not expected here: " .. extra) end
  if words then arguments.check_value(command.name, operands[1], words) end
end

local function no_such_option(message, name, command)
  local near = arguments.hint(name, command.options, "--")
  usage_error(message .. (near ~= "" and near or arguments.hint(name, takes.common, "--")))
end

local function read_option(command, name, value, next_argument)
  local option = arguments.find(command.options, name)
  if not option then no_such_option("no such option here: --" .. name, name, command) end
  if not (option.value or option.values) then return not value or usage_error("--" .. name .. " takes no value") end
  return value_of(option, value or next_argument() or usage_error("--" .. name .. " needs a value"))
end

--- Reads what stands behind a place, where the name of a command may be: returns its options by their names, and its
--- operands.
---     arguments.read({ "top", "--json" }, 1, { options = { { name = "json" } } }).json  --> true
function arguments.read(argv, place, command)
  local options, operands, i = {}, {}, place
  local function next_argument()
    i = i + 1
    return argv[i]
  end
  for argument in next_argument do
    local name, value = argument:match("^%-%-([A-Za-z0-9-]+)=(.*)$")
    name = name or argument:match("^%-%-([A-Za-z0-9-]+)$")
    if argument == "--" then
      for operand in next_argument do operands[#operands + 1] = operand end
    elseif name then
      options[name] = read_option(command, name, value, next_argument)
    elseif argument:find("^%-[A-Za-z-]") then
      no_such_option("no such option: " .. argument, argument:match("^%-+([^=]*)"), command)
    else
      operands[#operands + 1] = argument
    end
  end
  check_operands(command, operands)
  return options, operands
end

--- Refuses a first word that is no command and is not a known code or name either: "explain" may be left out.
function arguments.check_first(argv, known)
  for _, argument in ipairs(argv) do
    if argument == "--" then break end
    if arguments.find(takes.commands, argument) then usage_error("the command comes first: tcerr " .. argument) end
  end
  local word = argv[1]
  if known or word:find("^[-0-9]") then return end
  local near = arguments.hint(word, takes.commands, "tcerr ") .. arguments.hint(word, takes.common, "tcerr --")
  if near ~= "" then usage_error("no such command: " .. word .. near) end
end

return arguments
