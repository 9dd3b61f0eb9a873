--- What the error codes of Tencent Cloud's API mean, the numbers of API 2.0 and the strings of 3.0, and what to do
--- about them.
--
-- Entries are plain tables shared by everybody in the Lua state: do not modify them. The types are in library/.

local core = require "tcerr.core"
local policy = require "tcerr.policy"

local VERSION = "1.0.0"

if core._VERSION ~= VERSION then
  error(("tcerr: the Lua files are version %s, the C module is %s. In nginx, restart it: a reload is not enough. "
    .. "Elsewhere, install tcerr again."):format(VERSION, tostring(core._VERSION)), 0)
end

---@class tcerr
---@field _SNAPSHOT string the date of the vendor's page that the numbers follow
local tcerr = { _VERSION = VERSION, _SNAPSHOT = core._SNAPSHOT }

--- All entries by code, from the vendor's page of `_SNAPSHOT`. The catalogue is closed: a row that is added here is
--- found by nothing else.
---     tcerr.codes[4100].name                          --> "AuthFailure"
---@type table<integer, tcerr.Entry>
tcerr.codes = {} -- not core.codes: some functions would see a caller's row in it, and others could not

for code, entry in pairs(core.codes) do
  local known = policy[entry.category]
  if not known then
    error(("tcerr: code %d has the category %q, which the policy lacks"):format(code, entry.category), 0)
  end
  for field, value in pairs(known) do entry[field] = entry[field] or value end
  tcerr.codes[code] = entry
end

-- Throws what is wrong with an argument, if anything is, where the public function was called.
local function check(position, name, problem)
  if problem then error(("bad argument #%d to '%s' (%s)"):format(position, name, problem), 3) end
end

local loaded = package.loaded

-- A module that is needed only now. Once its loading has failed, for want of memory say, Lua 5.1 would never load it.
local function need(name)
  if type(loaded[name]) == "table" then return loaded[name] end
  local ok, module = pcall(require, name)
  if ok then return module end
  loaded[name] = nil
  error(module, 0)
end

-- With what it requires itself, in its own way, which has to be there before.
local function need_answer()
  need "tcerr.format"
  need "tcerr.names"
  return need "tcerr.answer"
end

local by_key = core.by_key

--- Finds an entry. A name of the catalogue is its number's; any other string is a code of API 3.0, about which the
--- longest name or ending that is known decides: the entry's `rule`.
---     tcerr.lookup(4100).message                      --> "鉴权失败"
---     tcerr.lookup("4100").category                   --> "auth"
---     tcerr.lookup("AuthFailure").code                --> 4100
---     tcerr.lookup("FailedOperation.InstanceNotFound").rule  --> "*NotFound"
---     tcerr.lookup(9999)                              --> nil, "unknown code: 9999"
---     tcerr.lookup(4100.5)                            --> nil, "not a code: 4100.5"
---@param key any a code as a number or in decimal digits, a name, a code of API 3.0, or an answer of parse, whose cause
--- it then finds; anything else is not found and never an error
---@return tcerr.Entry|nil entry
---@return string|nil reason why there is none
function tcerr.lookup(key)
  local entry = by_key[key]
  if entry then return entry end
  if type(key) == "string" then
    entry = need("tcerr.names").entry(key)
    if entry then return entry end
  elseif type(key) == "table" and rawget(key, "api") then
    return need_answer().cause(key)
  end
  return nil, need("tcerr.format").unknown(key)
end

--- Walks the entries in ascending order of their codes, or of the names that API 3.0's codes begin with.
---     for code, entry in tcerr.each("access") do return code, entry.name end  --> 4000, "InvalidParameter"
---@param layer tcerr.Layer|nil nil for all numbers
---@return fun(): integer|string, tcerr.Entry iterator
function tcerr.each(layer)
  if layer ~= nil and not core.layers[layer] then
    check(1, "each", "layer: " .. need("tcerr.format").choice(need_answer().layers())(layer))
  end
  if core.layers[layer] == "names" then return need("tcerr.names").each() end
  local codes, i = {}, 0
  for code, entry in pairs(core.codes) do
    if not layer or entry.layer == layer then codes[#codes + 1] = code end
  end
  table.sort(codes)
  return function()
    i = i + 1
    return codes[i], core.codes[codes[i]]
  end
end

--- Whether the same call may be made again: when a new signature or waiting helps, or when the failure is one that an
--- idempotent request survives. What has to be done before is the entry's `retry`.
---     tcerr.retryable(4200)                           --> true
---     tcerr.retryable(6000)                           --> false
---     tcerr.retryable(6000, true)                     --> true
---     tcerr.retryable(tcerr.parse('{"code":4200}'))   --> true
---     tcerr.retryable(9999)                           --> nil, "unknown code: 9999"
---@param key any as for lookup; of an answer the cause decides
---@param idempotent boolean|nil whether making the request twice does no harm
---@return boolean|nil retryable nil for an unknown key
---@return string|nil reason
function tcerr.retryable(key, idempotent)
  local entry, reason = tcerr.lookup(key)
  if not entry then return nil, reason end
  local retry = entry.retry
  return retry == "resign" or retry == "backoff" or (retry == "idempotent" and idempotent and true or false)
end

--- An entry for people to read, in one line unless `detail` is set; without a newline at the end.
---     tcerr.format(4100)            --> "4100 AuthFailure 鉴权失败 (auth; fault: client; retry: never; HTTP 401)"
---     tcerr.format(9999)            --> nil, "unknown code: 9999"
---     tcerr.format(tcerr.parse("<html>"))             --> nil, "not a JSON object"
---@param key any as for lookup
---@param options tcerr.FormatOptions|string|nil a string only behind nil: why parse had no answer, which is passed on
---@return string|nil text nil for an unknown key
---@return string|nil reason
function tcerr.format(key, options)
  if key == nil and type(options) == "string" then return nil, options end
  local format = need "tcerr.format"
  check(2, "format", format.check_options(options, format.CHECKS))
  local entry, reason = tcerr.lookup(key)
  if not entry then return nil, reason end
  return format.entry(entry, options or {})
end

--- Reads an answer of API 2.0, which has a `code` at its top level and maybe the number of the module behind it at the
--- head of its message, or of API 3.0, which has `Response`. Of equal keys the first counts. The number may be a string
--- of digits. What has been read stays true: a body that is cut, or goes wrong, behind its code is an answer with a
--- `problem`. A line of a log, whose module's number may be in a member of its own, is for the enricher.
---     tcerr.parse('{"code":5100,"message":"20108：频道处于非编辑状态"}').cause.name  --> "ChannelNotEditable"
---     tcerr.parse('{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire"}}}').cause.retry  --> "resign"
---     tcerr.parse('{"code":0}').ok                    --> true
---     tcerr.parse({ code = "4100" }).cause.name       --> "AuthFailure"
---     tcerr.parse('{"code":41')                       --> nil, "truncated"
---     tcerr.parse('<html>')                           --> nil, "not a JSON object"
---     tcerr.parse('{"code":4.0}')                     --> nil, "no code"
---     tcerr.parse('{}')                               --> nil, 'neither "code" nor "Response"'
---@param body any the raw text, or the table that a JSON library made of it
---@param options tcerr.ParseOptions|nil
---@return tcerr.Answer|nil answer nil when there is none; never an error
---@return string|nil reason "not a JSON object", "no code", 'neither "code" nor "Response"', "truncated" or "nested too
--- deeply"
function tcerr.parse(body, options)
  local answer = need_answer()
  if options ~= nil then check(2, "parse", need("tcerr.format").check_options(options, answer.CHECKS)) end
  return answer.parse(body, options and options.module)
end

--- Makes an enricher, which adds what a code means to the lines of a log. A line without a known code, and a malformed
--- one, comes out byte for byte as it went in; any chunking gives the same bytes.
---     tcerr.enricher{ fields = { "retry" } }:feed('{"code":4100}\n')  --> '{"code":4100,"tc_retry":"never"}\n'
---@param options tcerr.EnricherOptions|nil
---@return tcerr.Enricher
function tcerr.enricher(options)
  need_answer()
  local enricher = need "tcerr.enricher"
  local settings, problem = enricher.settings(options)
  check(1, "enricher", problem)
  return enricher.new(settings)
end

return tcerr
