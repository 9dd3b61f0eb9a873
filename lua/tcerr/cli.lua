-- The command. Data goes to stdout, words to stderr; exit status 0 done, 1 not found or bad input, 2 usage.

local core = require "tcerr.core"
local enricher = require "tcerr.enricher"
local format = require "tcerr.format"
local tcerr = require "tcerr"
local top = require "tcerr.top"

local cli = {}

local EPIPE = 32

local USAGE = [[
tcerr: what the error numbers of Tencent Cloud's API mean

  tcerr [explain] CODE|NAME...   explain codes                  --lang zh|en  --json
  tcerr list                     all codes                      --layer access|video  --lang zh|en  --json
  tcerr parse [FILE]             read one answer of the API     --no-module  --lang zh|en  --json
  tcerr enrich [FILE...]         add what a code means to the lines of a log
  tcerr top [FILE...]            what failed most               --by code|category|fault|retry  --json
  tcerr nginx-conf               the map file for nginx         --no-module  --source VARIABLE

enrich and top read logs:
  --format json|logfmt|text      json unless told
  --key NAME                     where the code stands in JSON and logfmt; "code" unless told
  --field N                      where it stands in text: the Nth field, -1 the last, which it is unless told
  --no-progress                  no progress line
enrich adds fields:
  --fields A,B,...               of an entry; message,category,retry unless told
  --prefix TEXT                  of their keys; "tc_" unless told
  --lang zh|en                   the language of message and detail; zh unless told

No FILE, or "-", is standard input. Exit status: 0 done, 1 not found or bad input, 2 usage.
]]

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

local function is_number(text)
  return tonumber(text) or usage_error("not a number: " .. text)
end

local function list_of(text)
  local list = {}
  for name in text:gmatch("[^,]+") do list[#list + 1] = name end
  return list
end

local FLAG = {}
local function text_of(text) return text end

-- Reads options as `spec` lists them: FLAG, or a function that makes the value from its text.
local function read_arguments(argv, spec)
  local options, operands, i = {}, {}, 1
  while argv[i] do
    local name, assigned, value = argv[i]:match("^%-%-([%w-]+)(=?)(.*)$")
    if argv[i] == "--" then
      for n = i + 1, #argv do operands[#operands + 1] = argv[n] end
      break
    elseif not name or value ~= "" and assigned == "" then
      if argv[i]:find("^%-[%a-]") then usage_error("no such option: " .. argv[i]) end
      operands[#operands + 1] = argv[i]
    elseif not spec[name] then
      usage_error("no such option here: --" .. name)
    elseif spec[name] == FLAG then
      if assigned ~= "" then usage_error("--" .. name .. " takes no value") end
      options[name] = true
    else
      if assigned == "" then
        i = i + 1
        value = argv[i] or usage_error("--" .. name .. " needs a value")
      end
      options[name] = spec[name](value)
    end
    i = i + 1
  end
  return options, operands
end

local function no_operands(operands)
  if operands[1] then usage_error("not expected here: " .. operands[1]) end
end

local function check_lang(lang)
  local problem = format.check { lang = lang }
  if problem then usage_error("--" .. problem) end
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

local function explain(context, options, operands)
  check_lang(options.lang)
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
commands.explain = { run = explain, spec = { lang = text_of, json = FLAG } }

local function list(context, options, operands)
  check_lang(options.lang)
  no_operands(operands)
  if options.layer and options.layer ~= "access" and options.layer ~= "video" then
    usage_error('--layer: "access" or "video" expected')
  end
  local rows = { { "code", "name", "message", "category", "fault", "retry", "HTTP" } }
  for code, entry in tcerr.each(options.layer) do
    if options.json then write(context, format.json(entry) .. "\n") end
    rows[#rows + 1] = { code, entry.name, format.field(entry, "message", options.lang), entry.category, entry.fault,
      entry.retry, entry.http_status }
  end
  if not options.json then write(context, table.concat(format.columns(rows), "\n") .. "\n") end
end
commands.list = { run = list, spec = { layer = text_of, lang = text_of, json = FLAG } }

local function answer_json(answer)
  local entry, module_entry = answer.entry or {}, answer.module_entry or {}
  return format.json_object {
    { "ok", answer.ok }, { "code", answer.code }, { "name", entry.name }, { "category", entry.category },
    { "fault", entry.fault }, { "retry", entry.retry }, { "http_status", entry.http_status },
    { "module_code", answer.module_code }, { "module_name", module_entry.name },
    { "module_category", module_entry.category }, { "message", answer.message }, { "reason", answer.reason },
    { "code_desc", answer.code_desc },
  }
end

-- One of an answer's two numbers in words.
local function number_line(code, entry, options)
  if entry then return format.entry(entry, options) end
  return ("%.0f (%s)"):format(code, code == 0 and "success" or "not in the catalogue")
end

local function answer_text(answer, options)
  local rows = { "code      " .. number_line(answer.code, answer.entry, options) }
  if answer.module_code then
    rows[2] = "module    " .. number_line(answer.module_code, answer.module_entry, options)
  end
  if answer.reason then rows[#rows + 1] = "reason    " .. format.printable(answer.reason) end
  if answer.code_desc then rows[#rows + 1] = "codeDesc  " .. format.printable(answer.code_desc) end
  return table.concat(rows, "\n")
end

local function parse(context, options, operands)
  check_lang(options.lang)
  if operands[2] then usage_error("one answer at a time: " .. operands[2]) end
  each_input(context, operands, function(file)
    local body, reason = file:read("*a")
    if not body then return nil, "read error: " .. reason end
    local answer, why = tcerr.parse(body, { module = not options["no-module"] })
    if not answer then return nil, why end
    local shown = { lang = options.lang, color = context.color }
    write(context, (options.json and answer_json(answer) or answer_text(answer, shown)) .. "\n")
    return true
  end)
end
commands.parse = { run = parse, spec = { lang = text_of, json = FLAG, ["no-module"] = FLAG } }

-- The settings that enrich and top share.
local function make_enricher(options, fields)
  local wanted = { fields = fields }
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

local function enrich(context, options, operands)
  context.streaming = true
  run_all(context, options, operands, make_enricher(options, options.fields), context.stdout)
end
commands.enrich = {
  run = enrich,
  spec = { format = text_of, key = text_of, field = is_number, fields = list_of, prefix = text_of, lang = text_of,
    ["no-progress"] = FLAG },
}

commands.top = {
  run = function(context, options, operands)
    local by = options.by or "code"
    if not top.BY[by] then usage_error("--by: code, category, fault or retry expected") end
    local e = make_enricher(options, {})
    run_all(context, options, operands, e)
    local columns = context.columns or tonumber((os.getenv("COLUMNS") or ""):match("^%d%d?%d?$")) or 80
    local summary = top.summary(tcerr.codes, e:counts(), by)
    write(context, options.json and top.json(summary) or top.chart(summary, columns))
  end,
  spec = { format = text_of, key = text_of, field = is_number, by = text_of, json = FLAG, ["no-progress"] = FLAG },
}

commands["nginx-conf"] = {
  run = function(context, options, operands)
    no_operands(operands)
    local ok, text = pcall(require("tcerr.nginx").conf, { module = not options["no-module"], source = options.source })
    if not ok then usage_error("--" .. (text:match("%((.*)%)") or text)) end
    write(context, text)
  end,
  spec = { ["no-module"] = FLAG, source = text_of },
}

-- ---- The command line ----

local function dispatch(context, argv)
  local first = argv[1]
  if not first then usage_error("no command given") end
  for _, argument in ipairs(argv) do
    if argument == "--" then break end
    if argument == "--help" or argument == "-h" then return write(context, USAGE) end
  end
  if first == "--version" then
    return write(context, ("tcerr %s (codes of %s)\n"):format(tcerr._VERSION, tcerr._SNAPSHOT))
  end
  local command, rest = commands[first], {}
  for i = command and 2 or 1, #argv do
    rest[#rest + 1] = argv[i]
  end
  command = command or commands.explain
  command.run(context, read_arguments(rest, command.spec))
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
