-- What bash and zsh need to complete the command: scripts made from the option table and the catalogue.

local format = require "tcerr.format"
local names = require "tcerr.names"
local takes = require "tcerr.options"
local tcerr = require "tcerr"

local completion = {}

-- In both, `takes` are the options as _arguments of zsh has them, and `operand` is "key", "file" or all that it may be.

local BASH = [==[
# shellcheck shell=bash
# Completion of tcerr @VERSION@ for bash; printed by `tcerr completion bash`.

_tcerr() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  local keys='@KEYS@'
  local prefix='' takes operand operands option values reply i
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
  takes+=(--help)
  if ((COMP_CWORD == 1)); then
    takes+=(--version) operand="@COMMANDS@ ${word:+$keys}"
  fi

  case $operand in
    key) operands=(-W "$keys") ;;
    file) operands=(-f) ;;
    *) operands=(-W "$operand") ;;
  esac
  [[ $before != -- && ($word == -* || -z $operand) ]] && operands=(-W "${takes[*]%%[=[]*}")
  for option in "${takes[@]}"; do
    [[ $option == "$before="* ]] || continue
    values=${option##*[:(]}
    [[ $values == _values* ]] && values=${values#*field} prefix+=${word%"${word##*,}"} word=${word##*,}
    operands=(-W "${values%)}")
  done

  [[ ${operands[0]} == -f ]] && compopt -o filenames 2>/dev/null
  while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -P "$prefix" "${operands[@]}" -- "$word")
}

complete -F _tcerr tcerr
]==]

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
  local curcontext=$curcontext command=explain operand
  local -a first takes commands=(
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
  case $operand in
    key) takes+=('*:code or name:_tcerr_keys') ;;
    file) takes+=('*:file:_files') ;;
    ?*) takes+=("1:word:($operand)") ;;
  esac
  _arguments -S "$takes[@]" "$first[@]" @HELPOPTION@
}

# Read by compinit from $fpath, this is the function's first call; else a script that has been sourced.
if [[ $funcstack[1] == _tcerr ]]; then
  _tcerr
else
  compdef _tcerr tcerr
fi
]==]

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

-- An option for _arguments; `alone`: nothing else makes sense beside it.
local function option_of(option, alone)
  local words = option.values and "(" .. table.concat(option.values, " ") .. ")"
    or option.list and "_values -s , field " .. table.concat(option.list, " ")
  local value = (option.value or words) and ("=[%s]:%s:%s") or "[%s]"
  return quote((alone and "(- *)--" or "--") .. option.name
    .. value:format(option.text:gsub("[][:\\]", "\\%0"), option.name, words or " "))
end

-- The branches of a `case` on the command.
local function branches()
  return format.join(takes.commands, "\n", function(command)
    local options, operand = format.join(command.options, " ", option_of), command.operand or ""
    if type(operand) == "table" then operand = table.concat(operand, " ") end
    return ("    %s) takes=(%s) operand='%s' ;;"):format(command.name, options, operand)
  end)
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

-- A template with its @PARTS@ filled in; `write` makes a shell's own of a word and a few more about it.
local function fill(template, separator, write)
  return (template:gsub("@(%u+)@", {
    VERSION = tcerr._VERSION, TAKES = branches(), KEYS = format.join(keys(), separator, write),
    COMMANDS = format.join(takes.commands, separator, function(command)
      return write { command.name, command.summary }
    end),
    HELPOPTION = option_of(takes.common[1], true), VERSIONOPTION = option_of(takes.common[2], true),
  }))
end

--- What bash has to read.
function completion.bash()
  return fill(BASH, " ", function(word) return word[1] end)
end

--- What zsh has to read.
function completion.zsh()
  return fill(ZSH, "\n", function(word) return "    " .. quote(word[1] .. ":" .. word[2]) end)
end

return completion
