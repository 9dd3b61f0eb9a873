-- The command. Data goes to stdout, words to stderr; exit status 0 done, 1 not found or bad input, 2 usage.

local arguments = require "tcerr.arguments"
local core = require "tcerr.core"
local enricher = require "tcerr.enricher"
local format = require "tcerr.format"
local names = require "tcerr.names"
local takes = require "tcerr.options"
local tcerr = require "tcerr"
local top = require "tcerr.top"

local cli = {}

local usage_error = arguments.usage_error

local EBADF, EPIPE = 9, 32

-- ---- Ends that are not the normal one: thrown, and caught in main ----

local function stop(status, message)
  error({ status = status, message = message }, 0)
end

-- Takes what a write has returned.
local function check_written(ok, reason, errno)
  if not ok then stop(1, errno ~= EPIPE and "write error: " .. reason or nil) end
end

-- ---- Streams ----

local function write(context, text)
  check_written(context.stdout:write(text))
end

local function warn(context, message)
  context.stderr:write("tcerr: ", format.printable(message), "\n")
end

local function complain(context, message)
  warn(context, message)
  context.status = 1
end

-- What is said to somebody who gives a body where a code or the name of a file is wanted.
local function hint_of_body(word)
  return word:find("^%s*{") and ", a body goes to tcerr parse on stdin" or ""
end

-- Calls visit(file, name) for each operand; one that cannot be read is reported, and the next one comes.
local function each_input(context, operands, visit)
  for _, name in ipairs(operands[1] and operands or { "-" }) do
    local title, file, reason = name == "-" and "stdin" or name, context.stdin, nil
    if name ~= "-" then file, reason = io.open(name, "rb") end
    if file then
      local returned, ok, why = pcall(visit, file, title)
      if name ~= "-" then file:close() end
      if not returned then error(ok, 0) end
      if not ok then reason = title .. ": " .. why end
    end
    if reason then complain(context, reason .. hint_of_body(name)) end
  end
end

-- ---- Language ----

-- The language of what people read: --lang, TCERR_LANG, or what the locale says. The vendor's own is Chinese, and so is
-- what a locale without a language gets.
local function language(options)
  local asked = os.getenv "TCERR_LANG" or ""
  if options.lang then return options.lang end
  if asked ~= "" then
    arguments.check_value("TCERR_LANG", asked, format.LANGS)
    return asked
  end
  for _, name in ipairs { "LC_ALL", "LC_MESSAGES", "LANG" } do
    local locale = (os.getenv(name) or ""):match("^[^.@]*")
    if locale ~= "" then return (locale == "C" or locale == "POSIX" or locale:find("^zh")) and "zh" or "en" end
  end
  return "zh"
end

-- ---- Progress ----

local UNITS = { "KB", "MB", "GB", "TB" }

local function size(bytes)
  local unit = 0
  while (bytes >= 1000 or unit == 0) and unit < #UNITS do bytes, unit = bytes / 1000, unit + 1 end
  return ("%s %s"):format(format.decimal(bytes), UNITS[unit])
end

-- A function that draws the progress line on a terminal, and one that removes it; nil when there is nothing to draw on.
local function progress_line(context, options)
  local columns = not options["no-progress"] and os.getenv "TERM" ~= "dumb" and core.terminal_width(context.stderr)
  local drawn = false
  if not columns or context.columns and context.streaming then return nil, function() end end
  local function draw(bytes, total, seconds)
    if not total then return end
    if context.own and not drawn then core.signals(true) end
    total = math.max(total, bytes) -- a log may grow
    local left = math.ceil((total - bytes) * seconds / bytes)
    local text = ("%s  %d %%  %s/s  %d:%02d left"):format(
      size(bytes), math.floor(100 * bytes / total), size(bytes / seconds), math.floor(left / 60), left % 60)
    context.stderr:write("\r", format.cut(text, columns), "\27[K")
    drawn = true
  end
  local function remove()
    if not drawn then return end
    context.stderr:write("\r\27[K")
    if context.own then core.signals(false) end
    drawn = false
  end
  return draw, remove
end

-- ---- Commands: each takes (context, options, operands) ----

local commands = {}

-- Why there is no entry for a key, and what may have been meant.
local function unknown_key(key, reason)
  local first, rest = key:match("^([^.]+)(.*)")
  if key:find("^%d+[,;]") then return reason .. ", one code a word: " .. key:gsub("[,;]+", " ") end
  local known = {}
  for _, entry in tcerr.each() do known[#known + 1] = entry end
  for _, entry in names.each() do known[#known + 1] = entry end
  return reason .. arguments.hint(first or "", known, "", rest) .. hint_of_body(key)
end

function commands.explain(context, options, operands)
  if not operands[1] then usage_error("no code given") end
  local separator = ""
  for _, key in ipairs(operands) do
    local entry, reason = tcerr.lookup(key)
    if not entry then
      complain(context, unknown_key(key, reason))
    elseif options.json then
      write(context, format.json(entry) .. "\n")
    else
      local shown = { lang = language(options), color = context.color, width = context.columns, detail = true }
      write(context, separator .. format.entry(entry, shown) .. "\n")
      separator = "\n"
    end
  end
end

-- A row of rsyslog's lookup table: a value is an object that its parse_json() takes.
local function rsyslog_row(entry)
  return format.json_object { { "index", tostring(entry.code) }, { "value", format.json(entry) } }
end

-- The tables for programs that list can print, by the option that asks for them.
local TABLES = {
  json = { write = format.json, before = "", between = "\n", behind = "\n" },
  csv = { write = format.csv, before = table.concat(format.FIELDS, ",") .. "\r\n", between = "", behind = "" },
  format = { write = rsyslog_row, before = '{"version":1,"nomatch":"{}","type":"string","table":[\n', between = ",\n",
    behind = "\n]}\n" },
}

-- A terminal cuts what it has no room for, so what is asked for most comes first.
local function columns_of(entries, options, context)
  local lang, rows = language(options), { { "code", "name", "retry", "message", "category", "fault", "HTTP" } }
  for i, entry in ipairs(entries) do
    rows[i + 1] = { entry.code, entry.name, entry.retry, format.field(entry, "message", lang), entry.category,
      entry.fault, entry.http_status }
  end
  for _, row in ipairs(rows) do
    if core.layers[options.layer] == "names" then table.remove(row, 2) end -- they are their own names
  end
  return format.join(format.columns(rows), "", function(line)
    return format.cut(line, context.columns or math.huge) .. "\n"
  end)
end

function commands.list(context, options)
  local entries, asked = {}, nil
  for name, one in pairs(TABLES) do
    if options[name] and asked then usage_error("one of --json, --csv and --format") end
    asked = options[name] and one or asked
  end
  for _, entry in tcerr.each(options.layer) do entries[#entries + 1] = entry end
  if not asked then return write(context, columns_of(entries, options, context)) end
  write(context, asked.before .. format.join(entries, asked.between, asked.write) .. asked.behind)
end

local function answer_json(answer)
  local cause = answer.cause or {}
  return format.json_object {
    { "api", answer.api }, { "ok", answer.ok }, { "code", answer.code },
    { "code_name", answer.entry and answer.entry.name }, { "module_code", answer.module_code },
    { "module_name", answer.module_entry and answer.module_entry.name },
    { "cause", cause.code }, { "name", cause.name }, { "category", cause.category }, { "fault", cause.fault },
    { "retry", cause.retry }, { "http_status", cause.http_status }, { "rule", cause.rule },
    { "message", answer.message }, { "reason", answer.reason }, { "code_desc", answer.code_desc },
    { "request_id", answer.request_id }, { "problem", answer.problem },
  }
end

-- One of an answer's codes in words.
local function code_line(code, entry, options)
  if entry then return format.entry(entry, options) end
  if type(code) == "string" then return format.printable(code) .. " (not in the catalogue)" end
  local known = tcerr.codes[code] and "maybe another product's, see --module"
  return ("%.0f (%s)"):format(code, code == 0 and "success" or known or "not in the catalogue")
end

local function answer_text(context, answer, lang)
  local rows, options = {}, { lang = lang, color = context.color }
  local function add(name, text)
    rows[#rows + 1] = text and format.beside(("%-10s"):format(name), text, context.columns)
  end
  add("code", answer.code and code_line(answer.code, answer.entry, options) or "none (success)")
  add("module", answer.module_code and code_line(answer.module_code, answer.module_entry, options))
  add("cause", answer.cause and answer.module_code and ("%s, retry: %s"):format(answer.cause.name, answer.cause.retry))
  add("reason", answer.reason and format.printable(answer.reason))
  add("codeDesc", answer.code_desc and format.printable(answer.code_desc))
  add("RequestId", answer.request_id and format.printable(answer.request_id))
  return table.concat(rows, "\n")
end

-- What --module says, as the option `module` takes it.
local function module_of(options)
  return options.module ~= "none" and options.module
end

function commands.parse(context, options, operands)
  if operands[2] then usage_error("one answer at a time: " .. operands[2]) end
  each_input(context, operands, function(file)
    local body, reason = file:read("*a")
    if not body then return nil, "read error: " .. reason end
    local answer, why = tcerr.parse(body, { module = module_of(options) })
    if not answer then return nil, why end
    write(context, (options.json and answer_json(answer) or answer_text(context, answer, language(options))) .. "\n")
    return not answer.problem, answer.problem and answer.problem .. " behind the code"
  end)
end

-- The settings that enrich and top share.
local function make_enricher(options, fields)
  local wanted = { fields = fields, module = module_of(options) }
  for _, name in ipairs { "format", "key", "field", "prefix", "lang" } do wanted[name] = options[name] end
  wanted.max_line = options["max-line"]
  local settings, problem = enricher.settings(wanted)
  if not settings then usage_error("--" .. problem:gsub("^max_line", "max-line")) end
  return enricher.new(settings), settings
end

-- Whether a file that can be read again is one of gzip.
local function is_compressed(file)
  local at = file:seek()
  local head = at and file:read(2)
  if at then file:seek("set", at) end
  return head == "\31\139"
end

-- What the enricher could not look at, and what helps if it found no code at all.
local function tell_of_gaps(context, counts, advice)
  if counts.overlong > 0 then
    warn(context, ("lines longer than --max-line, not looked at: %.0f"):format(counts.overlong))
  end
  if counts.lines == counts.overlong or counts.coded or context.compressed then return end
  warn(context, ("no code found in %.0f line%s%s"):format(counts.lines, counts.lines == 1 and "" or "s", advice))
end

-- Without a code: at a path only the answer of a call that failed may have one.
local function advice_for(settings)
  if settings.key:find("^%.") then return (", key %s: no call failed, or try another --key"):format(settings.key) end
  local place = settings.format == "text" and ("field %.0f: try --field"):format(settings.field)
    or ("key %s: try --key"):format(settings.key)
  return (", format %s, %s, another --format, or zcat if it is compressed"):format(settings.format, place)
end

-- Runs all inputs through the enricher; without an output they are only counted.
local function run_all(context, options, operands, e, output)
  local draw, remove = progress_line(context, options)
  each_input(context, operands, function(file, name)
    if is_compressed(file) then
      context.compressed = true
      warn(context, name .. ": is compressed, zcat has to read it first")
    end
    local ok, reason, errno = e:run(file, output, draw, true)
    remove()
    if not ok and reason:find("^write error") then stop(1, errno ~= EPIPE and reason or nil) end
    return ok, reason
  end)
end

function commands.enrich(context, options, operands)
  local e, settings = make_enricher(options, options.fields)
  context.streaming = true
  run_all(context, options, operands, e, context.stdout)
  tell_of_gaps(context, e:counts(), advice_for(settings))
end

-- The entry of a code as an enricher has counted it: its strings are API 3.0's, whatever number has such a name.
local function entry_of(code)
  return tcerr.codes[code] or names.entry(code)
end

-- The sum of what top --json has printed, an object a line.
local function merged(context, options, operands)
  local summaries, by = {}, options.by
  for _, name in ipairs { "format", "key", "field", "max-line", "module" } do
    if options[name] then usage_error(("--merge goes without --%s, which belongs to the logs"):format(name)) end
  end
  each_input(context, operands, function(file, name)
    while true do
      local line, reason = file:read("*l")
      if not line then return not reason, reason and "read error: " .. reason end
      local summary = top.read(line)
      if not summary then stop(1, name .. ": not what tcerr top --json prints") end
      by = by or summary.by
      if summary.by ~= by and summary.by ~= "code" then
        stop(1, ("%s: is by %s, which cannot be summed by %s"):format(name, summary.by, by))
      end
      summaries[#summaries + 1] = summary
    end
  end)
  return top.merge(entry_of, summaries, by or "code"), ""
end

local function counted(context, options, operands)
  local e, settings = make_enricher(options, {})
  run_all(context, options, operands, e)
  local summary = top.summary(entry_of, e:counts(), options.by or "code")
  local may_lack = settings.key:find("^%.") and not context.compressed -- see advice_for
  if summary.lines > 0 and not summary.coded and not may_lack then context.status = 1 end
  return summary, advice_for(settings)
end

function commands.top(context, options, operands)
  local summary, advice = (options.merge and merged or counted)(context, options, operands)
  tell_of_gaps(context, summary, advice)
  local columns = context.columns or tonumber((os.getenv("COLUMNS") or ""):match("^[1-9]%d?%d?$")) or 80
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
  local command = arguments.find(takes.commands, first)
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
  if not command then arguments.check_first(argv, tcerr.lookup(first) ~= nil) end
  local place = command and 1 or 0
  command = command or arguments.find(takes.commands, "explain")
  commands[command.name](context, arguments.read(argv, place, command))
end

--- Runs the command.
---     cli.main({ "4100", "--json" }, io)              --> 0
---@param argv string[] the arguments, without the command's own name
---@param streams { stdin: file*, stdout: file*, stderr: file* } open files; `io` will do
---@param own boolean|nil whether the process is the command's own, so that it may die of signals and give up its locks
---@return integer status 0 done, 1 not found or bad input, 2 usage
function cli.main(argv, streams, own)
  local context = { own = own, stdin = streams.stdin, stdout = streams.stdout, stderr = streams.stderr, status = 0 }
  context.columns = core.terminal_width(context.stdout)
  context.color = context.columns and (os.getenv "NO_COLOR" or "") == "" and os.getenv "TERM" ~= "dumb"
  local ok, failure = pcall(function()
    local _, reason, errno = context.stdout:seek()
    check_written(errno ~= EBADF, reason, errno) -- the next file would be opened in its place
    dispatch(context, argv)
    check_written(context.stdout:flush())
    if own then check_written(core.close_copy(context.stdout)) end
  end)
  if ok then return context.status end
  if type(failure) ~= "table" then error(failure, 0) end
  if failure.message then complain(context, failure.message) end
  return failure.status
end

return cli
