-- The command. Data goes to stdout, words to stderr; exit status 0 done, 1 not found or bad input, 2 usage.

local answers = require "tcerr.answer"
local core = require "tcerr.core"
local enricher = require "tcerr.enricher"
local format = require "tcerr.format"
local names = require "tcerr.names"
local takes = require "tcerr.options"
local tcerr = require "tcerr"
local top = require "tcerr.top"

local cli = {}

local EPIPE = 32

-- ---- Ends that are not the normal one: thrown, and caught in main ----

local function stop(status, message)
  error({ status = status, message = message }, 0)
end

local function usage_error(message)
  stop(2, message .. " (tcerr --help says more)")
end

local function write_error(reason, errno)
  stop(1, errno ~= EPIPE and reason or nil)
end

-- ---- Streams ----

local function write(context, text)
  local ok, reason, errno = context.stdout:write(text)
  if not ok then write_error("write error: " .. reason, errno) end
end

local function complain(context, message)
  context.stderr:write("tcerr: ", format.printable(message), "\n")
  context.status = 1
end

-- Calls visit(file) for each operand; one that cannot be read is reported, and the next one comes.
local function each_input(context, operands, visit)
  for _, name in ipairs(operands[1] and operands or { "-" }) do
    local file, reason = context.stdin, nil
    if name ~= "-" then file, reason = io.open(name, "rb") end
    if file then
      local returned, ok, why = pcall(visit, file)
      if name ~= "-" then file:close() end
      if not returned then error(ok, 0) end
      if not ok then reason = name .. ": " .. why end
    end
    if reason then complain(context, reason) end
  end
end

-- ---- Arguments ----

local function list_of(text)
  local list = {}
  for name in text:gmatch("[^,]+") do list[#list + 1] = name end
  return list
end

-- The item of a list that has this name.
local function find(list, name)
  for _, item in ipairs(list) do
    if item.name == name then return item end
  end
end

-- Checks a text that may only be one of a few, at least two.
local function check_value(what, text, values)
  for _, value in ipairs(values) do
    if text == value then return end
  end
  local last = #values - 1
  usage_error(('%s"%s" or "%s" expected'):format(what, table.concat(values, '", "', 1, last), values[last + 1]))
end

local function value_of(option, text)
  if option.number then return tonumber(text) or usage_error("not a number: " .. text) end
  if option.list then return list_of(text) end
  if option.values then check_value("--" .. option.name .. ": ", text, option.values) end
  return text
end

local function check_operands(command, operands)
  local words = type(command.operand) == "table" and command.operand
  local extra = words and operands[2] or not command.operand and operands[1]
  if extra then usage_error("not expected here: " .. extra) end
  if words then check_value("", operands[1], words) end
end

-- Reads what follows the name of a command.
local function read_arguments(argv, command)
  local options, operands, i = {}, {}, 1
  while argv[i] do
    local name, assigned, value = argv[i]:match("^%-%-([%w-]+)(=?)(.*)$")
    local option = name and find(command.options, name)
    if argv[i] == "--" then
      for n = i + 1, #argv do operands[#operands + 1] = argv[n] end
      break
    elseif not name or value ~= "" and assigned == "" then
      if argv[i]:find("^%-[%a-]") then usage_error("no such option: " .. argv[i]) end
      operands[#operands + 1] = argv[i]
    elseif not option then
      usage_error("no such option here: --" .. name)
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

-- ---- Progress ----

local UNITS = { "KB", "MB", "GB", "TB" }

local function size(bytes)
  local unit = 0
  while (bytes >= 1000 or unit == 0) and unit < #UNITS do bytes, unit = bytes / 1000, unit + 1 end
  return ("%.1f %s"):format(bytes, UNITS[unit])
end

-- A function that draws the progress line on a terminal, and one that removes it; nil when there is nothing to draw on.
local function progress_line(context, options)
  local columns = not options["no-progress"] and core.terminal_width(context.stderr)
  local drawn = false
  if not columns or core.terminal_width(context.stdout) and context.streaming then return nil, function() end end
  local function draw(bytes, total, seconds)
    if not total or total <= 0 then return end
    local left = math.max(0, math.ceil((total - bytes) * seconds / bytes))
    local text = ("%s  %d %%  %s/s  %d:%02d left"):format(
      size(bytes), math.floor(100 * bytes / total), size(bytes / seconds), math.floor(left / 60), left % 60)
    context.stderr:write("\r", format.cut(text, columns), "\27[K")
    drawn = true
  end
  local function remove()
    if drawn then context.stderr:write("\r\27[K") end
    drawn = false
  end
  return draw, remove
end

-- ---- Commands: each takes (context, options, operands) ----

local commands = {}

function commands.explain(context, options, operands)
  if not operands[1] then usage_error("no code given") end
  local separator = ""
  for _, key in ipairs(operands) do
    local entry, reason = tcerr.lookup(key)
    if not entry then
      complain(context, reason)
    elseif options.json then
      write(context, format.json(entry) .. "\n")
    else
      local shown = { lang = options.lang, color = context.color, width = context.columns, detail = true }
      write(context, separator .. format.entry(entry, shown) .. "\n")
      separator = "\n"
    end
  end
end

function commands.list(context, options)
  local rows = { { "code", "name", "message", "category", "fault", "retry", "HTTP" } }
  for code, entry in tcerr.each(options.layer) do
    if options.json then write(context, format.json(entry) .. "\n") end
    rows[#rows + 1] = { code, entry.name, format.field(entry, "message", options.lang), entry.category, entry.fault,
      entry.retry, entry.http_status }
  end
  if not options.json then write(context, table.concat(format.columns(rows), "\n") .. "\n") end
end

local function answer_json(answer)
  local cause = answer.cause or {}
  return format.json_object {
    { "api", answer.api }, { "ok", answer.ok }, { "code", answer.code }, { "code_name", answer.entry and answer.entry.name },
    { "module_code", answer.module_code }, { "module_name", answer.module_entry and answer.module_entry.name },
    { "cause", cause.code }, { "name", cause.name }, { "category", cause.category }, { "fault", cause.fault },
    { "retry", cause.retry }, { "http_status", cause.http_status }, { "rule", cause.rule },
    { "message", answer.message }, { "reason", answer.reason }, { "code_desc", answer.code_desc },
    { "request_id", answer.request_id },
  }
end

-- One of an answer's codes in words.
local function code_line(code, entry, options)
  if entry then return format.entry(entry, options) end
  if type(code) == "string" then return format.printable(code) .. " (not in the catalogue)" end
  return ("%.0f (%s)"):format(code or 0, (code or 0) == 0 and "success" or "not in the catalogue")
end

local function answer_text(answer, options)
  local rows = { "code      " .. (answer.code and code_line(answer.code, answer.entry, options) or "none (success)") }
  local function add(name, text) rows[#rows + 1] = text and ("%-10s%s"):format(name, text) end
  add("module", answer.module_code and code_line(answer.module_code, answer.module_entry, options))
  add("cause", answer.cause and answer.module_code and ("%s, retry: %s"):format(answer.cause.name, answer.cause.retry))
  add("reason", answer.reason and format.printable(answer.reason))
  add("codeDesc", answer.code_desc and format.printable(answer.code_desc))
  add("RequestId", answer.request_id and format.printable(answer.request_id))
  return table.concat(rows, "\n")
end

-- What --module says, as the option `module` takes it.
local function module_of(options)
  if options.module == "none" then return false end
  return options.module
end

function commands.parse(context, options, operands)
  if operands[2] then usage_error("one answer at a time: " .. operands[2]) end
  each_input(context, operands, function(file)
    local body, reason = file:read("*a")
    if not body then return nil, "read error: " .. reason end
    local answer, why = tcerr.parse(body, { module = module_of(options) })
    if not answer then return nil, why end
    local shown = { lang = options.lang, color = context.color }
    write(context, (options.json and answer_json(answer) or answer_text(answer, shown)) .. "\n")
    return not answer.problem, answer.problem and answer.problem .. " behind the code"
  end)
end

-- The settings that enrich and top share.
local function make_enricher(options, fields)
  local wanted = { fields = fields, module = module_of(options) }
  for _, name in ipairs { "format", "key", "field", "prefix", "lang" } do wanted[name] = options[name] end
  local settings, problem = enricher.settings(wanted)
  if not settings then usage_error("--" .. problem) end
  return enricher.new(core, tcerr.each, settings)
end

-- Runs all inputs through the enricher; without an output they are only counted.
local function run_all(context, options, operands, e, output)
  local draw, remove = progress_line(context, options)
  each_input(context, operands, function(file)
    local ok, reason, errno = e:run(file, output, draw)
    remove()
    if not ok and reason:find("^write error") then write_error(reason, errno) end
    return ok, reason
  end)
end

function commands.enrich(context, options, operands)
  context.streaming = true
  run_all(context, options, operands, make_enricher(options, options.fields), context.stdout)
end

function commands.top(context, options, operands)
  local e = make_enricher(options, {})
  run_all(context, options, operands, e)
  local columns = context.columns or tonumber((os.getenv("COLUMNS") or ""):match("^%d%d?%d?$")) or 80
  local function entry_of(code) return tcerr.codes[code] or names.entry(code) end
  local summary = top.summary(entry_of, e:counts(), options.by or "code")
  write(context, options.json and top.json(summary) or top.chart(summary, columns))
end

commands["nginx-conf"] = function(context, options)
  local ok, text = pcall(require("tcerr.nginx").conf, { module = module_of(options), source = options.source })
  if not ok then usage_error("--" .. (text:match("%((.*)%)") or text)) end
  write(context, text)
end

function commands.completion(context, _, operands)
  write(context, require("tcerr.completion")[operands[1]]())
end

-- ---- The command line ----

local function dispatch(context, argv)
  local first = argv[1] or usage_error("no command given")
  local command, rest = find(takes.commands, first), {}
  for _, argument in ipairs(argv) do
    if argument == "--" then break end
    if argument == "--help" or argument == "-h" then
      local help = require "tcerr.help"
      return write(context, command and help.command(command) or help.overview())
    end
  end
  if first == "--version" then
    return write(context, ("tcerr %s (codes of %s)\n"):format(tcerr._VERSION, tcerr._SNAPSHOT))
  end
  for i = command and 2 or 1, #argv do
    rest[#rest + 1] = argv[i]
  end
  command = command or find(takes.commands, "explain")
  commands[command.name](context, read_arguments(rest, command))
end

--- Runs the command.
---     cli.main({ "4100", "--json" }, io)              --> 0
---@param argv string[] the arguments, without the command's own name
---@param streams { stdin: file*, stdout: file*, stderr: file* } open files; `io` will do
---@return integer status 0 done, 1 not found or bad input, 2 usage
function cli.main(argv, streams)
  local context = { stdin = streams.stdin, stdout = streams.stdout, stderr = streams.stderr, status = 0 }
  context.columns = core.terminal_width(context.stdout)
  context.color = context.columns ~= nil and (os.getenv("NO_COLOR") or "") == ""
  local ok, failure = pcall(function()
    dispatch(context, argv)
    local flushed, reason, errno = context.stdout:flush()
    if not flushed then write_error("write error: " .. reason, errno) end
  end)
  if ok then return context.status end
  if type(failure) ~= "table" then error(failure, 0) end
  if failure.message then complain(context, failure.message) end
  return failure.status
end

return cli
