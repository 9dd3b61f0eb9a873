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

-- What may be explained, each with a few words: codes, their names, and those of API 3.0 that are no number's.
local function keys()
  local list = {}
  for code, entry in tcerr.each() do
    list[#list + 1] = { ("%d"):format(code), entry.name }
    list[#list + 1] = { entry.name, entry.message_en }
  end
  for name, entry in names.each() do
    if tcerr.lookup(name).rule then list[#list + 1] = { name, entry.message_en } end
  end
  return list
end

-- The branches of a `case` on the command.
local function branches(write)
  return format.join(takes.commands, "\n", function(command)
    return ("    %s) %s ;;"):format(command.name, write(command))
  end)
end

-- What stands in a script for a command's operands, by what they are: keys, files, or one of a few words.
local function operands_of(command, kinds)
  local operand = command.operand
  if type(operand) == "table" then return kinds.words:format(table.concat(operand, " ")) end
  return kinds[operand] or ""
end

-- ---- bash ----

local BASH = [==[
# shellcheck shell=bash
# Completion of tcerr @VERSION@ for bash; printed by `tcerr completion bash`.

_tcerr() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local keys='@KEYS@'
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
    options+=' --version' operands=(-W "@COMMANDS@ ${word:+$keys}")
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

local BASH_OPERANDS = { key = ' operands=(-W "$keys")', file = " operands=(-f)", words = " operands=(-W '%s')" }

local function bash_takes(command)
  local options = format.join(command.options, "", function(option) return "--" .. option.name .. " " end)
  return ("options='%s--help'"):format(options) .. operands_of(command, BASH_OPERANDS)
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
function completion.bash()
  return fill(BASH, {
    VERSION = tcerr._VERSION, TAKES = branches(bash_takes), VALUES = bash_values(),
    COMMANDS = format.join(takes.commands, " ", function(command) return command.name end),
    KEYS = format.join(keys(), " ", function(key) return key[1] end),
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

local ZSH_OPERANDS = { key = [[ "$first[@]" '*:code or name:_tcerr_keys']], file = " '*:file:_files'",
  words = " '1:word:(%s)'" }

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

-- A line for _describe, of a word and a few more about it.
local function described(word)
  return "    " .. quote(word[1] .. ":" .. word[2])
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
  local options = format.join(command.options, "", function(option) return zsh_option(option) .. " " end)
  return "_arguments -S " .. options .. zsh_option(takes.common[1], true) .. operands_of(command, ZSH_OPERANDS)
end

--- What zsh has to read.
function completion.zsh()
  return fill(ZSH, {
    VERSION = tcerr._VERSION, TAKES = branches(zsh_takes), VERSIONOPTION = zsh_option(takes.common[2], true),
    COMMANDS = format.join(takes.commands, "\n", function(command)
      return described { command.name, command.summary }
    end),
    KEYS = format.join(keys(), "\n", described),
  })
end

return completion
