-- What bash and zsh need to complete the command: scripts made from the option table and the catalogue.

local format = require "tcerr.format"
local names = require "tcerr.names"
local takes = require "tcerr.options"
local tcerr = require "tcerr"

local completion = {}

-- A template with its @PARTS@ filled in.
local function fill(template, parts)
  return (template:gsub("@(%u+)@", parts))
end

local function name_of(item)
  return item.name
end

-- The numbers' entries, and those of the names of API 3.0 that are no number's.
local function entries()
  local numbers, named = {}, {}
  for _, entry in tcerr.each() do numbers[#numbers + 1] = entry end
  for name, entry in names.each() do
    if tcerr.lookup(name).rule then named[#named + 1] = entry end
  end
  return numbers, named
end

-- The branches of a `case` on the command.
local function branches(write)
  return format.join(takes.commands, "\n", function(command)
    return ("    %s) %s ;;"):format(command.name, write(command))
  end)
end

-- ---- bash ----

local BASH = [==[
# shellcheck shell=bash
# Completion of tcerr @VERSION@ for bash; printed by `tcerr completion bash`.

_tcerr() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local codes='@CODES@'
  local names='@NAMES@'
  local prefix='' options operands reply i
  COMPREPLY=()

  # bash makes three words of --option=value, or one where COMP_WORDBREAKS lacks the =.
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $before == '=' ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $word == --*=* ]]; then
    before=${word%%=*} prefix=${word%%=*}= word=${word#*=}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -- ]] && before=--
  done

  [[ ' @COMMANDS@ ' == *" $command "* ]] || command=explain
  case $command in
@TAKES@
  esac
  if ((COMP_CWORD == 1)); then
    options+=' --version' operands=(-W "@COMMANDS@ ${word:+$codes $names}")
  fi

  case $command$before in
    "$command--") ;;
@VALUES@
    *) [[ $word == -* || -z ${operands[*]} ]] && operands=(-W "$options") ;;
  esac

  [[ ${operands[0]} == -f ]] && compopt -o filenames 2>/dev/null
  while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -P "$prefix" "${operands[@]}" -- "$word")
}

complete -F _tcerr tcerr
]==]

local BASH_OPERANDS = { key = ' operands=(-W "$codes $names")', file = " operands=(-f)" }

local function bash_takes(command)
  local options = format.join(command.options, "", function(option) return "--" .. option.name .. " " end)
  local operand = command.operand
  local words = type(operand) == "table" and (" operands=(-W '%s')"):format(table.concat(operand, " "))
  return ("options='%s--help'%s"):format(options, words or BASH_OPERANDS[operand] or "")
end

-- What follows an option that takes a value.
local function bash_value(option)
  local values = option.values or option.list
  if not values then return "return" end
  local comma = option.list and 'prefix+=${word%"${word##*,}"} word=${word##*,} ' or ""
  return comma .. ("operands=(-W '%s')"):format(table.concat(values, " "))
end

local function bash_values()
  local lines = {}
  for _, command in ipairs(takes.commands) do
    for _, option in ipairs(command.options) do
      if option.value or option.values then
        lines[#lines + 1] = ("    %s--%s) %s ;;"):format(command.name, option.name, bash_value(option))
      end
    end
  end
  return table.concat(lines, "\n")
end

--- What bash has to read.
---@return string script
function completion.bash()
  local numbers, named = entries()
  return fill(BASH, {
    VERSION = tcerr._VERSION, TAKES = branches(bash_takes), VALUES = bash_values(),
    COMMANDS = format.join(takes.commands, " ", name_of),
    NAMES = format.join(numbers, " ", name_of) .. " " .. format.join(named, " ", name_of),
    CODES = format.join(numbers, " ", function(entry) return ("%d"):format(entry.code) end),
  })
end

-- ---- zsh ----

local ZSH = [==[
#compdef tcerr
# Completion of tcerr @VERSION@ for zsh; printed by `tcerr completion zsh`.

_tcerr_keys() {
  local -a keys=(
@KEYS@
  )
  _describe 'code or name' keys
}

_tcerr() {
  local curcontext=$curcontext command=explain
  local -a first commands=(
@COMMANDS@
  )
  if ((CURRENT == 2)); then
    first=(@VERSIONOPTION@)
    if [[ $PREFIX != -* ]]; then
      _describe command commands
      [[ -z $PREFIX ]] || _tcerr_keys
      return
    fi
  elif [[ -n ${commands[(r)$words[2]:*]} ]]; then
    command=$words[2]
    shift words
    ((CURRENT--))
  fi
  case $command in
@TAKES@
  esac
}

# Read by compinit from $fpath, this is the function's first call; else a script that has been sourced.
if [[ $funcstack[1] == _tcerr ]]; then
  _tcerr "$@"
else
  compdef _tcerr tcerr
fi
]==]

local ZSH_OPERANDS = { key = [["$first[@]" '*:code or name:_tcerr_keys']], file = "'*:file:_files'" }

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

-- A line for _describe.
local function described(name, text)
  return "    " .. quote(name .. ":" .. text)
end

-- An option for _arguments; `alone`: nothing else makes sense beside it.
local function zsh_option(option, alone)
  local words = option.values and "(" .. table.concat(option.values, " ") .. ")"
    or option.list and "_values -s , field " .. table.concat(option.list, " ")
  local value = (option.value or words) and ("=[%s]:%s:%s") or "[%s]"
  return quote((alone and "(- *)--" or "--") .. option.name
    .. value:format(option.text:gsub("[][:\\]", "\\%0"), option.name, words or " "))
end

local function zsh_takes(command)
  local parts = { "_arguments -S" }
  for _, option in ipairs(command.options) do parts[#parts + 1] = zsh_option(option) end
  parts[#parts + 1] = zsh_option(takes.common[1], true)
  if type(command.operand) == "table" then
    parts[#parts + 1] = ("'1:word:(%s)'"):format(table.concat(command.operand, " "))
  else
    parts[#parts + 1] = ZSH_OPERANDS[command.operand]
  end
  return table.concat(parts, " ")
end

--- What zsh has to read.
---@return string script
function completion.zsh()
  local numbers, named = entries()
  return fill(ZSH, {
    VERSION = tcerr._VERSION, TAKES = branches(zsh_takes), VERSIONOPTION = zsh_option(takes.common[2], true),
    COMMANDS = format.join(takes.commands, "\n", function(command) return described(command.name, command.summary) end),
    KEYS = format.join(numbers, "\n", function(entry)
      return described(("%d"):format(entry.code), entry.name) .. "\n" .. described(entry.name, entry.message_en)
    end) .. "\n" .. format.join(named, "\n", function(entry) return described(entry.name, entry.message_en) end),
  })
end

return completion
