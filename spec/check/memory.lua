-- memory.lua STEP DIRECTORY: returns a function that takes one step. What it needs is made before, so that only
-- the step's own allocations are there to fail. It is called again after a failure: then it first asks an enricher
-- that was in use what became of it, and does the same with another.

local step, directory = ...

local MODULES = { "format", "enricher", "answer", "top", "cli", "nginx" }

if jit then jit.off() end -- LuaJIT's compiler itself crashes when memory ends, also in a script without tcerr

local function check(ok, problem)
  if not ok then error(problem or "wrong result", 2) end
end

-- Lines of every kind as they go in and as they come out: more than a buffer first has room for, one cut in its middle
-- wherever the chunks end, one too long for max_line.
local function make_log()
  local known, found = '{"code":4100,"n":%d}\n', '{"code":4100,"n":%d,"tc_retry":"never"}\n'
  local long = '{"code":4100,"pad":"' .. ("x"):rep(8160) .. '"%s}\n'
  local plain = '{"code":0}\nno json\n{"code":9999}\r\n' .. ("y"):rep(9000) .. "\n"
  local log, right = {}, {}
  for i = 1, 60 do log[i], right[i] = known:format(i), found:format(i) end
  log[#log + 1], right[#right + 1] = long:format(""), long:format(',"tc_retry":"never"')
  log[#log + 1], right[#right + 1] = plain, plain
  return table.concat(log), table.concat(right)
end

local LOG, RIGHT = make_log()

-- The rows of the catalogue: a failure that leaves one out would be silent.
local CODES = 0
for line in io.lines("csrc/tcerr_codes.inc") do
  if line:find("^TCERR_CODE%(%d") then CODES = CODES + 1 end
end

local OPTIONS = { fields = { "retry" }, max_line = 8192 }

local function enricher()
  return require("tcerr").enricher(OPTIONS)
end

local function enriched(log)
  local e = enricher()
  return e:feed(log) .. e:finish()
end

local function write(name, text)
  local file = assert(io.open(directory .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

local function read(name)
  local file = assert(io.open(directory .. "/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- An enricher that ran out of memory itself is over and says so; any other holds what it has taken.
local function is_over(e)
  local ok, problem = pcall(e.feed, e, "")
  if ok then return false, problem .. e:finish() end
  check(problem:find("tcerr: out of memory", 1, true), problem)
  check(not pcall(e.finish, e))
  local done, why = e:run(io.tmpfile())
  check(done == nil and why == "out of memory", why)
  return true
end

local steps = {}

-- Lua 5.1 keeps a mark in the place of a module whose loading an error has ended: then it is the program that has to
-- forget it before it tries again.
local function forget_failures()
  for name, module in pairs(package.loaded) do
    if name:find("^tcerr") and type(module) ~= "table" then package.loaded[name] = nil end
  end
end

function steps.load()
  return function()
    forget_failures()
    local count = 0
    for _, entry in pairs(require("tcerr").codes) do
      check(entry.name and entry.message and entry.message_en and entry.fault and entry.retry and entry.http_status)
      count = count + 1
    end
    check(count == CODES)
  end
end

function steps.modules()
  require "tcerr"
  return function()
    forget_failures()
    for _, name in ipairs(MODULES) do
      check(type(require("tcerr." .. name)) == "table")
    end
  end
end

function steps.lookup()
  local tcerr = require "tcerr"
  return function()
    check(tcerr.lookup(4100).name == "AuthFailure" and tcerr.lookup("4100") == tcerr.lookup("AuthFailure"))
    local entry, reason = tcerr.lookup("Nonsense\n")
    check(entry == nil and reason:find("^unknown name: "), reason)
    check(tcerr.retryable(6000, true) == true)
    check(tcerr.retryable(4999) == nil)
    check(tcerr.lookup("FailedOperation.InstanceNotFound").rule == "*NotFound")
    check(tcerr.retryable("InternalError.X", true) == true)
    check(tcerr.lookup("Unheard.X") == nil)
  end
end

function steps.each()
  local tcerr = require "tcerr"
  return function()
    local codes = {}
    for code, entry in tcerr.each() do
      check(entry.code == code and code > (codes[#codes] or 0))
      codes[#codes + 1] = code
    end
    check(#codes == CODES)
    local last = ""
    for name, entry in tcerr.each("api3") do
      check(entry.name == name and name > last)
      last = name
    end
    check(last == "UnsupportedRegion")
    local ok, problem = pcall(tcerr.each, 1)
    check(not ok and problem:find("layer:", 1, true), problem)
  end
end

function steps.parse()
  local tcerr = require "tcerr"
  return function()
    local answer = tcerr.parse('{"code":5100,"message":"(20108)\\u9891\\u9053 x","codeDesc":"a\\nb"}')
    check(answer.module_entry.name == "ChannelNotEditable")
    check(answer.reason == "频道 x" and answer.code_desc == "a\nb")
    check(tcerr.parse({ code = "4100", message = "20108：x" }).module_code == 20108)
    local none, reason = tcerr.parse('{"code":41')
    check(none == nil and reason == "truncated")
  end
end

function steps.answer()
  local tcerr = require "tcerr"
  local body = '{"Response":{"Error":{"Message":"\\u9891\\u9053","Code":"Internal\\u0045rror.X"},'
    .. '"RequestId":"r\\u002d1"}}'
  local decoded = { Response = { Error = { Code = "InternalError.X", Message = "频道" }, RequestId = "r-1" } }
  return function()
    for _, one in ipairs { body, decoded } do
      local answer = assert(tcerr.parse(one))
      check(answer.api == "3.0" and answer.code == "InternalError.X" and answer.request_id == "r-1")
      check(answer.message == "频道" and answer.cause.rule == "InternalError" and answer.entry == answer.cause)
      check(tcerr.retryable(answer, true) == true and tcerr.retryable(answer) == false)
      check(tcerr.format(answer):find("^InternalError%.X "), tcerr.format(answer))
    end
    local none, reason = tcerr.lookup(tcerr.parse('{"Response":{}}'))
    check(none == nil and reason == "the call succeeded")
  end
end

-- As nginx's filter reads a body: what has been read goes from call to call.
function steps.scan()
  require "tcerr"
  local core = require "tcerr.core"
  local body = '{"Response":{"RequestId":"r-1","Error":{"Code":"FailedOperation.QzNotFound","Message":"m"}}}'
  return function()
    local code, found, request_id, state, _
    for at = 1, #body, 7 do
      code, _, found, request_id, state = core.scan(body:sub(at, at + 6), state)
    end
    check(code == "FailedOperation.QzNotFound" and found == "*NotFound" and request_id == "r-1" and state == nil)
  end
end

function steps.format()
  local tcerr = require "tcerr"
  return function()
    check(tcerr.format(4100) == "4100 AuthFailure 鉴权失败 (auth; fault: client; retry: never; HTTP 401)")
    check(#tcerr.format(4100, { detail = true, width = 40 }) > 200)
  end
end

function steps.enricher()
  local tcerr = require "tcerr"
  return function()
    local json = tcerr.enricher { key = ".upstream.Code", fields = { "code" }, module = "video" }
    local logfmt = tcerr.enricher { format = "logfmt", fields = { "message" } }
    local text = tcerr.enricher { format = "text", field = 2, fields = {} }
    check(json:counts().lines == 0 and logfmt:finish() == "" and text:finish() == "")
    check(logfmt:feed("code=4100\n"):find(' tc_message="鉴权失败"', 1, true))
    local line = '{"upstream":{"Code":"A.QzNotFound"}'
    check(json:feed(line .. "}\n") == line .. ',"tc_code":"A.QzNotFound"}\n')
    local ok, problem = pcall(tcerr.enricher, { fields = { "nonsense" } })
    check(not ok and problem:find("no such field", 1, true), problem)
  end
end

-- What came out of a feed is kept without an allocation of the script's own: `out` has its slots.
function steps.feed()
  local e, out, fed = enricher(), {}, 0
  local chunks = {}
  for i = 1, #LOG, 1000 do chunks[#chunks + 1], out[#out + 1] = LOG:sub(i, i + 999), "" end
  local function all()
    while fed < #chunks do
      fed = fed + 1
      out[fed] = e:feed(chunks[fed])
    end
    check(table.concat(out) .. e:finish() == RIGHT)
  end
  return function()
    if fed > 0 then
      local over, rest = is_over(e)
      local got = table.concat(out) .. (rest or "")
      if over then
        check(RIGHT:sub(1, #got) == got, "not a prefix")
      else
        local taken = enriched(table.concat(chunks, "", 1, fed))
        check(got == taken or got == enriched(table.concat(chunks, "", 1, fed - 1)), "a part of a chunk is lost")
      end
      e, fed = enricher(), 0
      for i = 1, #out do out[i] = "" end
    end
    all()
  end
end

function steps.finish()
  local line, right = LOG:match('\n({"code":4100,"pad":[^\n]*)\n'), RIGHT:match('\n({"code":4100,"pad":[^\n]*)\n')
  local e, got
  local function start()
    e, got = enricher(), nil
    check(e:feed(line) == "")
  end
  start()
  local used = false
  return function()
    if used then
      local over, rest = is_over(e)
      check(over or (got or rest) == right, "the last line is lost")
      start()
    end
    used = true
    got = e:finish()
    check(got == right)
  end
end

-- e:run from open() to a file.
local function run(open, input, right, progress)
  write("in", input)
  write("out", "")
  local e = enricher()
  local used = false
  return function()
    if used then
      local written, over, rest = read("out"), is_over(e)
      local got = written .. (rest or "")
      check(right:sub(1, #got) == got, "not a prefix")
      local _, known = got:gsub("tc_retry", "")
      check(over or known == (e:counts().codes[4100] or 0), "what was counted is lost")
      e = enricher()
    end
    used = true
    local from, to = assert(open()), assert(io.open(directory .. "/out", "wb"))
    assert(e:run(from, to, progress and progress()))
    from:close()
    to:close()
    check(read("out") == right)
  end
end

function steps.run()
  return run(function() return io.open(directory .. "/in", "rb") end, LOG, RIGHT)
end

function steps.pipe()
  return run(function() return io.popen("cat " .. directory .. "/in") end, LOG, RIGHT)
end

function steps.progress()
  local function slow() return io.popen(("cat %s/in; sleep 0.11; echo x"):format(directory)) end
  return run(slow, '{"code":4100}\n', '{"code":4100,"tc_retry":"never"}\nx\n', function()
    return function(bytes, total, seconds)
      check(bytes >= 14 and total == nil and seconds >= 0.1 and #("%.1f s"):format(seconds) >= 5)
    end
  end)
end

-- More names than the enricher first has room for: one for which there is none is counted among the others, and its
-- line is not lost.
function steps.names()
  local most, log, right = 300, {}, {}
  for i = 1, most do
    log[i] = ('{"code":"FailedOperation.Qz%03dNotFound"}\n'):format(i)
    right[i] = log[i]:sub(1, -3) .. ',"tc_retry":"never"}\n'
  end
  log, right = table.concat(log), table.concat(right)
  local e, used = enricher(), false
  local function check_counts(counts)
    local count = counts.other
    for _, times in pairs(counts.codes) do count = count + times end
    check(count == most and counts.enriched == most)
  end
  return function()
    if used then
      local over, rest = is_over(e)
      check(over or rest == "" or rest == right, "lines are lost")
      if not over and e:counts().lines > 0 then check_counts(e:counts()) end
      e = enricher()
    end
    used = true
    check(e:feed(log) == right)
    check_counts(e:counts())
  end
end

function steps.counts()
  local e = enricher()
  e:feed(LOG)
  e:feed('{"code":"Unheard.X"}\n{"code":"InternalError.X"}\n{"code":"OK"}\n')
  return function()
    local counts = e:counts()
    check(counts.lines == 68 and counts.enriched == 62 and counts.overlong == 1 and counts.other == 0)
    check(counts.codes[4100] == 61 and counts.unknown[9999] == 1)
    check(counts.codes["InternalError.X"] == 1 and counts.unknown["Unheard.X"] == 1 and not counts.unknown.OK)
  end
end

function steps.command()
  local cli = require "tcerr.cli"
  write("in", LOG)
  local function main(...)
    local streams = { stdout = assert(io.open(directory .. "/out", "wb")), stderr = io.open(directory .. "/err", "wb") }
    local status = cli.main({ ... }, streams)
    streams.stdout:close()
    streams.stderr:close()
    check(status == 0, read("err"))
    return read("out")
  end
  return function()
    check(main("4100", "--json"):find('"name":"AuthFailure"', 1, true))
    check(#main("enrich", directory .. "/in", directory .. "/in") > 2 * #LOG)
    check(main("top", directory .. "/in"):find("62 of 65 lines failed", 1, true))
  end
end

return steps[step]()
