-- The code of an API answer in nginx's access log. Lua stores two numbers; nginx translates them when it writes the
-- line, with the maps that conf() makes from the catalogue.

local core = require "tcerr.core"
local tcerr = require "tcerr"

local nginx = {}

-- ---- The filter: $tc_code and $tc_module_code ----

-- $tc_code is also the filter's state: "" nothing seen yet, NONE no code, or none so far, and else the code. A body
-- that is split goes on while $tc_module_code is SPLIT; only then is there a scan in ngx.ctx, a table for each request.
local NONE, SPLIT, SCAN = "-", "", "tcerr_scan"

local error, pcall, tostring = error, pcall, tostring
local scan = core.scan
local var, arg = ngx and ngx.var, ngx and ngx.arg

-- Room for resty.core to put a chunk together that nginx has in several buffers. Else it allocates for each one above
-- 4 KiB, which costs as much as the rest of the filter. What nginx passes at once by default fits.
local CHUNK_ROOM = 32768

local function make_room()
  local there, base = pcall(require, "resty.core.base")
  if there and base.get_string_buf_size() < CHUNK_ROOM then base.set_string_buf_size(CHUNK_ROOM) end
end

if ngx then make_room() end

-- tostring() is exact up to 14 digits only.
local function text(code)
  return code > -1e14 and code < 1e14 and tostring(code) or ("%.0f"):format(code)
end

-- Stores what a scan has found.
local function store(code, module_code, options)
  if module_code and not (options and options.module == false) then var.tc_module_code = text(module_code) end
  var.tc_code = code and text(code) or NONE
end

-- The first bytes of a body.
local function begin(options)
  local chunk = arg[1]
  if chunk == "" then return end
  local code, module_code, unfinished = scan(chunk, arg[2])
  if unfinished then
    ngx.ctx[SCAN] = unfinished
    var.tc_module_code = SPLIT
  end
  store(code, module_code, options)
end

-- The next bytes of a split body. Without its scan, which is lost when somebody else replaces ngx.ctx, it has no code:
-- these bytes are not its head.
local function continue(options)
  local context = ngx.ctx
  local code, module_code, unfinished
  if context[SCAN] then code, module_code, unfinished = scan(arg[1], arg[2], context[SCAN]) end
  if unfinished then return end
  context[SCAN], var.tc_module_code = nil, NONE
  store(code, module_code, options)
end

-- A subrequest shares its parent's variables, so it must not touch them.
local function filter(options)
  local state = var.tc_code
  if state == "" then
    if not ngx.is_subrequest then begin(options) end
  elseif state == NONE then
    if var.tc_module_code == SPLIT and not ngx.is_subrequest then continue(options) end
  elseif state == nil then
    error("$tc_code is not declared: include the file that `tcerr nginx-conf` prints", 0)
  end
end

-- What follows a failure is not a body's head.
local function give_up()
  var.tc_module_code, var.tc_code = NONE, NONE
end

local reported = false -- in this worker

local function report(problem)
  pcall(give_up)
  if reported then return end
  reported = true
  ngx.log(ngx.WARN, "tcerr: no code for the access log (said once a worker): ", tostring(problem))
end

--- Finds the code of an answer as it passes, for $tc_code and $tc_module_code; to be called in body_filter_by_lua:
---
---     location /api/ {
---       proxy_pass https://cdn.api.qcloud.com/;
---       proxy_set_header Accept-Encoding "";
---       body_filter_by_lua_block { require("tcerr.nginx").body_filter() }
---     }
---
--- It looks at the top level of the first 8 KiB and never changes the body. It never throws and never yields, since
--- either would lose the answer; the first failure of a worker is logged as a warning.
---@param options tcerr.BodyFilterOptions|nil
function nginx.body_filter(options)
  local ok, problem = pcall(filter, options)
  if not ok then pcall(report, problem) end
end

-- ---- The map file ----

local FIELDS = { -- variable, field of an entry
  { "tc_message", "message" }, { "tc_message_en", "message_en" }, { "tc_category", "category" },
  { "tc_fault", "fault" }, { "tc_retry", "retry" }, { "tc_status", "http_status" },
}

local function quote(value)
  return '"' .. tostring(value):gsub('["\\]', "\\%0") .. '"'
end

-- A map whose result is asked for anew each time: the answer may come between two questions.
local function map(source, target, default, rows)
  local lines = { ("map %s $%s {"):format(source, target), "    volatile;", ("    default %s;"):format(default) }
  for _, row in ipairs(rows) do lines[#lines + 1] = ("    %s %s;"):format(row[1], row[2]) end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

-- For Lua to store a value in. Not volatile: nginx would ask the map again and lose it.
local function declaration(target, default)
  return ('map "" $%s { default "%s"; }\n'):format(target, default)
end

-- Where the two codes come from.
local function sources(source)
  local module = declaration("tc_module_code", "-")
  if not source then return declaration("tc_code", "") .. module end
  return map(source, "tc_code", source, { { '""', "-" } }) .. module
end

-- $tcerr_entry: the code whose meaning the line gets.
local function choice(layer)
  local video = {}
  for code in tcerr.each("video") do
    if layer ~= "access" then video[#video + 1] = { code, code } end
  end
  return map("$tc_module_code", "tcerr_module", "$tc_code", video)
    .. map("$tc_code", "tcerr_entry", "$tcerr_module", { { 0, 0 } })
end

-- What is wrong with the options of conf, or nil.
local function check(options)
  if type(options) ~= "table" then return "table expected, got " .. type(options) end
  for name, value in pairs(options) do
    if name == "module" then
      if type(value) ~= "boolean" then return "module: true or false expected" end
    elseif name == "source" then
      if type(value) ~= "string" or not value:find("^%$[%w_]+$") then return "source: a variable of nginx expected" end
      -- nginx would go round in circles, for ever.
      if value:find("^%$tc_") or value:find("^%$tcerr_") then return "source: one of the map file's own variables" end
    else
      return "no such option: " .. tostring(name)
    end
  end
  return nil
end

local HEAD = [[
# The meaning of Tencent Cloud API error codes for log_format; made by tcerr %s from the vendor's page of %s.
# Include it at http level. The codes are in $tc_code and $tc_module_code, the number of the module behind the API.
# $tc_message, $tc_message_en, $tc_category, $tc_fault, $tc_retry and $tc_status have the meaning of the module's code
# where that is known and the call has failed, because it says more; else of $tc_code; else they are "-".
]]

--- The map file for nginx: declares the variables and translates the codes when a line of the log asks for them.
---     require("tcerr.nginx").conf():match('4100 "(%w+)"')                   --> "auth"
---@param options tcerr.ConfOptions|nil
---@return string text
function nginx.conf(options)
  options = options or {}
  local problem = check(options)
  if problem then error(("bad argument #1 to 'conf' (%s)"):format(problem), 2) end
  local layer = options.module == false and "access" or nil
  local parts = { HEAD:format(tcerr._VERSION, tcerr._SNAPSHOT), sources(options.source), choice(layer) }
  for _, field in ipairs(FIELDS) do
    local rows = {}
    for code, entry in tcerr.each(layer) do rows[#rows + 1] = { code, quote(entry[field[2]]) } end
    parts[#parts + 1] = map("$tcerr_entry", field[1], '"-"', rows)
  end
  return table.concat(parts, "\n")
end

return nginx
