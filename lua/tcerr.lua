--- What the error numbers of Tencent Cloud's API mean, and what to do about them.
--
-- Entries are plain tables shared by everybody in the Lua state: do not modify them.

local core = require "tcerr.core"
local policy = require "tcerr.policy"

local VERSION = "1.0.0"

if core._VERSION ~= VERSION then
  error(("tcerr: the Lua files are version %s, the C module is %s. In nginx, restart it: a reload is not enough. "
    .. "Elsewhere, install tcerr again."):format(VERSION, tostring(core._VERSION)), 0)
end

local tcerr = { _VERSION = VERSION, _SNAPSHOT = core._SNAPSHOT }

---@class tcerr.Entry
---@field code integer
---@field name string for programs and people, "AuthFailure"
---@field layer "access"|"video"
---@field category string one of the 18 of tcerr.policy
---@field message string Chinese, the vendor's to the letter
---@field detail string|nil the same; nil in the video layer, as is detail_en
---@field message_en string
---@field detail_en string|nil
---@field fault "client"|"server"|"unknown"
---@field retry "never"|"resign"|"backoff"|"idempotent"
---@field http_status integer the status that a REST API would have sent

--- All entries by code, from the vendor's page of `_SNAPSHOT`.
---     tcerr.codes[4100].name                          --> "AuthFailure"
---@type table<integer, tcerr.Entry>
tcerr.codes = core.codes

local by_key = {} -- code, code as text, name -> entry
local ascending = {}

for code, entry in pairs(core.codes) do
  local rule = policy[entry.category]
  if not rule then
    error(("tcerr: code %d has the category %q, which the policy lacks"):format(code, entry.category), 0)
  end
  entry.fault, entry.retry, entry.http_status = rule.fault, rule.retry, rule.http_status
  by_key[code], by_key[("%d"):format(code)], by_key[entry.name] = entry, entry, entry
  ascending[#ascending + 1] = code
end
table.sort(ascending)

-- An error in an argument, reported where the public function was called.
local function argument_error(position, name, problem)
  error(("bad argument #%d to '%s' (%s)"):format(position, name, problem), 3)
end

-- Why there is no entry for a key, whatever it is; the same words on every Lua.
local function why_unknown(key)
  if type(key) == "number" then
    if key ~= key or key == math.huge or key == -math.huge then
      return "not a code: " .. (key ~= key and "nan" or key > 0 and "inf" or "-inf")
    elseif key % 1 == 0 and key > -2 ^ 53 and key < 2 ^ 53 then
      return ("unknown code: %.0f"):format(key)
    end
    return ("not a code: %.14g"):format(key)
  elseif type(key) == "string" then
    local kind = key:find("^%-?%d+$") and "code" or "name"
    return ("unknown %s: %s"):format(kind, key:sub(1, 64):gsub("%c", "?"))
  end
  return "not a code or a name: " .. type(key)
end

--- Finds an entry.
---     tcerr.lookup(4100).message                      --> "鉴权失败"
---     tcerr.lookup("4100").category                   --> "auth"
---     tcerr.lookup("AuthFailure").code                --> 4100
---     tcerr.lookup(9999)                              --> nil, "unknown code: 9999"
---     tcerr.lookup(4100.5)                            --> nil, "not a code: 4100.5"
---@param key any a code as a number or in decimal digits, or a name; anything else is not found and never an error
---@return tcerr.Entry|nil entry
---@return string|nil reason why there is none
function tcerr.lookup(key)
  local entry = by_key[key]
  if entry then return entry end
  return nil, why_unknown(key)
end

--- Walks the entries in ascending order of their codes.
---     for code, entry in tcerr.each("access") do return code, entry.name end  --> 4000, "InvalidParameter"
---@param layer "access"|"video"|nil nil for both
---@return fun(): integer|nil, tcerr.Entry|nil iterator
function tcerr.each(layer)
  if layer ~= nil and layer ~= "access" and layer ~= "video" then
    argument_error(1, "each", 'layer: "access", "video" or nil expected, got ' .. type(layer))
  end
  local i = 0
  return function()
    local entry
    repeat
      i = i + 1
      entry = core.codes[ascending[i]]
    until not entry or not layer or entry.layer == layer
    if entry then return entry.code, entry end
  end
end

--- Whether the same call may be made again: when a new signature or waiting helps, or when the failure is one that an
--- idempotent request survives. What has to be done before is the entry's `retry`.
---     tcerr.retryable(4200)                           --> true
---     tcerr.retryable(6000)                           --> false
---     tcerr.retryable(6000, true)                     --> true
---     tcerr.retryable(9999)                           --> nil, "unknown code: 9999"
---@param key any as for lookup
---@param idempotent boolean|nil whether making the request twice does no harm
---@return boolean|nil retryable nil for an unknown key
---@return string|nil reason
function tcerr.retryable(key, idempotent)
  local entry, reason = tcerr.lookup(key)
  if not entry then return nil, reason end
  local retry = entry.retry
  return retry == "resign" or retry == "backoff" or (retry == "idempotent" and idempotent and true or false)
end

---@class tcerr.FormatOptions
---@field lang "zh"|"en"|nil the language of message and detail; "zh" unless told
---@field color boolean|nil ANSI colours; off unless told
---@field width integer|nil columns to keep within: a line is cut, the detail is wrapped
---@field detail boolean|nil a block of lines with everything, not one line

--- An entry for people to read, in one line unless `detail` is set; without a newline at the end.
---     tcerr.format(4100)            --> "4100 AuthFailure 鉴权失败 (auth; fault: client; retry: never; HTTP 401)"
---     tcerr.format(9999)            --> nil, "unknown code: 9999"
---@param key any as for lookup
---@param options tcerr.FormatOptions|nil
---@return string|nil text nil for an unknown key
---@return string|nil reason
function tcerr.format(key, options)
  local format = require "tcerr.format"
  local problem = format.check(options)
  if problem then argument_error(2, "format", problem) end
  local entry, reason = tcerr.lookup(key)
  if not entry then return nil, reason end
  return format.entry(entry, options or {})
end

---@class tcerr.Answer
---@field ok boolean whether code is 0
---@field code integer the access layer's
---@field entry tcerr.Entry|nil of code; nil when it is 0 or not in the catalogue
---@field module_code integer|nil the number at the head of message, of the module behind the access layer
---@field module_entry tcerr.Entry|nil of module_code, in the video layer only
---@field message string|nil with its escapes decoded
---@field reason string|nil message without the module's number
---@field code_desc string|nil

-- The module's number in a message, and the length of its prefix.
local function module_code(message)
  if type(message) ~= "string" then return nil, 0 end
  return core.module_code(message)
end

-- An integer from a table that a JSON library has made: a number or canonical digits.
local function integer(value)
  if type(value) == "string" then
    value = value:find("^%-?[1-9]%d*$") and #value <= 16 and tonumber(value) or value == "0" and 0
  end
  if type(value) ~= "number" or value % 1 ~= 0 or value <= -1e15 or value >= 1e15 then return nil end
  return math.floor(value)
end

-- The same values as core.read_response returns, from a table.
local function read_table(body)
  local code, message = integer(rawget(body, "code")), rawget(body, "message")
  local code_desc = rawget(body, "codeDesc") or rawget(body, "codedesc")
  if not code then return nil, "no code" end
  if type(message) ~= "string" then message = nil end
  if type(code_desc) == "number" then code_desc = ("%.14g"):format(code_desc) end
  if type(code_desc) ~= "string" then code_desc = nil end
  local module, length = module_code(message)
  return code, message, module, length, code_desc
end

--- Reads an answer of the API: its code, and the code of the module behind it at the head of its message. Only
--- top-level members count, the first of two equal keys wins, and the code may be a number or a string of digits.
---     tcerr.parse('{"code":5100,"message":"20108：频道处于非编辑状态"}').module_entry.name  --> "ChannelNotEditable"
---     tcerr.parse('{"code":0}').ok                    --> true
---     tcerr.parse({ code = "4100" }).entry.name       --> "AuthFailure"
---     tcerr.parse('{"code":41')                       --> nil, "truncated"
---     tcerr.parse('<html>')                           --> nil, "not a JSON object"
---     tcerr.parse('{"code":4.0}')                     --> nil, "no code"
---@param body any the raw text, or the table that a JSON library made of it
---@param options { module: boolean|nil }|nil `module = false`: module numbers are another product's; no module_entry
---@return tcerr.Answer|nil answer nil when there is none; never an error
---@return string|nil reason "not a JSON object", "no code", "truncated" or "nested too deeply"
function tcerr.parse(body, options)
  local read = type(body) == "string" and core.read_response or type(body) == "table" and read_table
  if not read then return nil, "not a JSON object" end
  local code, message, module, length, code_desc = read(body)
  if not code then return nil, message end
  local video = not (type(options) == "table" and options.module == false)
  local module_entry = video and module and core.codes[module]
  return {
    ok = code == 0,
    code = code,
    entry = core.codes[code],
    module_code = module,
    module_entry = module_entry and module_entry.layer == "video" and module_entry or nil,
    message = message,
    reason = message and message:sub(length + 1):gsub("^ +", "") or nil,
    code_desc = code_desc,
  }
end

---@class tcerr.EnricherOptions
---@field format "json"|"logfmt"|"text"|nil "json" unless told
---@field key string|nil where the code stands in JSON and logfmt; "code" unless told
---@field field integer|nil where it stands in text: the nth field, or from -1, the last, backwards; -1 unless told
---@field prefix string|nil of the added keys; "tc_" unless told
---@field fields string[]|nil names of an entry's fields; message, category and retry unless told
---@field lang "zh"|"en"|nil the language of message and detail; "zh" unless told
---@field max_line integer|nil bytes; longer lines pass untouched; 1 MiB unless told

---@class tcerr.Enricher
---@field feed fun(self, chunk: string): string takes any part of a log and returns what it completes
---@field finish fun(self): string the last line, if it had no newline
---@field run fun(self, input: file*, output: file*|nil, progress: function|nil): true|nil, string|nil, integer|nil
---   all of input to output (nil: only counts), by read(2) and write(2); nil, why and errno when one fails.
---   progress(bytes, total or nil, seconds) is called at most ten times a second
---@field counts fun(self): tcerr.Counts

---@class tcerr.Counts
---@field lines integer
---@field enriched integer
---@field overlong integer lines longer than max_line
---@field codes table<integer, integer> lines by known code
---@field unknown table<integer, integer> lines by code that is neither 0 nor known; at most 512 of them
---@field other integer lines with still other unknown codes

--- Makes an enricher, which adds what a code means to the lines of a log. A line without a known code, and a malformed
--- one, comes out byte for byte as it went in; any chunking gives the same bytes.
---     local e = tcerr.enricher{ fields = { "category" } }; return e:feed('{"code":4100}\n') --> '{"code":4100,"tc_category":"auth"}\n'
---@param options tcerr.EnricherOptions|nil
---@return tcerr.Enricher
function tcerr.enricher(options)
  local enricher = require "tcerr.enricher"
  local settings, problem = enricher.settings(options)
  if not settings then argument_error(1, "enricher", problem) end
  return enricher.new(core, tcerr.each, settings)
end

return tcerr
