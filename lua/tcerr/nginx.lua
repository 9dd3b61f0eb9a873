-- The code of an API answer in nginx's access log. Lua stores what it found; nginx translates that when it writes the
-- line, with the maps that conf() makes from the catalogue.

local answer = require "tcerr.answer"
local core = require "tcerr.core"
local format = require "tcerr.format"
local names = require "tcerr.names"
local tcerr = require "tcerr"

---@class tcerr.nginx
local nginx = {}

-- ---- The filter ----

-- $tc_code is also the filter's state: "" nothing seen yet, NONE no code or none so far, and else the code. Of a body
-- that is split, $tcerr_scan is ON as long as something may still be found; only then are its first bytes in ngx.ctx, a
-- table for each request. $tcerr_found is the cause where the code itself does not say it.
local NONE, ON, SCAN = "-", "on", "tcerr_scan"

-- A part of a body, whose head nobody has seen.
local PARTIAL_CONTENT = 206

local error, pcall, tostring, type = error, pcall, tostring, type
local ngx = package.loaded.ngx -- nginx puts it there; reading a global that is not there may be forbidden
local scan = core.scan
local var, arg = ngx and ngx.var, ngx and ngx.arg

-- Room for resty.core to put a chunk together that nginx has in several buffers. Else it allocates for each one above
-- 4 KiB, which costs as much as the rest of the filter. What nginx passes at once by default fits.
local CHUNK_ROOM = 32768

if ngx then
  local there, base = pcall(require, "resty.core.base")
  if there and base.get_string_buf_size() < CHUNK_ROOM then base.set_string_buf_size(CHUNK_ROOM) end
end

-- tostring() is exact up to 14 digits only.
local function text(code)
  if type(code) == "string" or code > -1e14 and code < 1e14 then return tostring(code) end
  return ("%.0f"):format(code)
end

-- Stores what a scan has found, and goes on with it if it is not over. An assignment costs more than all else here.
local function store(code, module_code, found, request_id, unfinished)
  var.tc_code = code and text(code) or NONE
  if module_code then var.tc_module_code = text(module_code) end
  if found then var.tcerr_found = found end
  if request_id then var.tc_request_id = request_id end
  return unfinished
end

-- The first bytes of a body.
local function begin(module)
  local chunk = arg[1]
  if chunk == "" then return end
  if ngx.status == PARTIAL_CONTENT then
    var.tc_code = NONE
    return
  end
  local unfinished = store(scan(chunk, nil, module))
  if unfinished then
    ngx.ctx[SCAN] = unfinished
    var.tcerr_scan = ON
  end
end

-- The next bytes of a split body. Without the first, which are lost when somebody else replaces ngx.ctx, nothing more
-- is found. What was said of a code of API 3.0 does not hold for a number that stands behind `Response`.
local function continue(module, code)
  local context = ngx.ctx
  local before = context[SCAN]
  if before and code ~= NONE then var.tcerr_found, var.tc_request_id = "", NONE end
  context[SCAN] = before and store(scan(arg[1], before, module))
  if not context[SCAN] then var.tcerr_scan = "" end
end

-- A subrequest shares its parent's variables, so it must not touch them.
local function filter(options)
  local state, module = var.tc_code, nil
  if state == nil then error("$tc_code is not declared: include the file that `tcerr nginx-conf` prints", 0) end
  if options ~= nil then
    local problem = format.check_options(options, answer.CHECKS)
    if problem then error(("bad argument #1 to 'body_filter' (%s)"):format(problem), 0) end
    module = options.module
  end
  if state == "" then return ngx.is_subrequest or begin(module) end
  local scanning = var.tcerr_scan
  if scanning == nil then error("the map file was made with --source, which is for an nginx without this filter", 0) end
  if scanning == ON and not ngx.is_subrequest then continue(module, state) end
end

-- What follows a failure is not a body's head.
local function give_up()
  if ngx.is_subrequest then return end
  var.tcerr_scan, var.tcerr_found, var.tc_request_id, var.tc_module_code, var.tc_code = "", "", NONE, NONE, NONE
end

local reported = false -- in this worker

-- At ERR, the level that nginx logs unless told otherwise: else every code would be "-" and nobody would know why.
local function report(problem)
  pcall(give_up)
  if reported then return end
  reported = true
  ngx.log(ngx.ERR, "tcerr: no code for the access log (said once a worker): ", tostring(problem))
end

--- Finds the code of an answer as it passes, for $tc_code and the other variables; to be called in body_filter_by_lua:
---
---     location /api/ {
---       proxy_pass https://cdn.api.qcloud.com/;
---       proxy_set_header Accept-Encoding "";
---       body_filter_by_lua_block { require("tcerr.nginx").body_filter() }
---     }
---
--- It looks at the first 8 KiB and never changes the body. It never throws and never yields, since either would lose
--- the answer; the first failure of a worker, a wrong option among them, is logged as an error.
---@param options tcerr.BodyFilterOptions|nil
function nginx.body_filter(options)
  local ok, problem = pcall(filter, options)
  if not ok then pcall(report, problem) end
end

-- ---- The map file ----

-- The variables, by the names of the enricher's fields.
local FIELDS = { "name", "message", "message_en", "category", "fault", "retry", "http_status", "rule" }

local function quote(value)
  return '"' .. tostring(value):gsub('["\\]', "\\%0") .. '"'
end

-- A map whose result is asked for anew each time: the answer may come between two questions.
local function map(source, target, default, rows, hostnames)
  local lines = { ("map %s $%s {"):format(source, target), "    volatile;", ("    default %s;"):format(default) }
  if hostnames then table.insert(lines, 2, "    hostnames;") end
  for _, row in ipairs(rows) do lines[#lines + 1] = ("    %s %s;"):format(row[1], row[2]) end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

-- For Lua to store a value in. Not volatile: nginx would ask the map again and lose it.
local function declaration(target, default)
  return ('map "" $%s { default "%s"; }\n'):format(target, default)
end

-- What the filter has found, and the cause of which the other maps speak: what it found, else the code itself. Lua may
-- assign only what something refers to; the last map, which nobody asks, does that.
local function from_lua()
  return declaration("tc_code", "") .. declaration("tc_module_code", "-") .. declaration("tc_request_id", "-")
    .. declaration("tcerr_found", "") .. declaration("tcerr_scan", "")
    .. map("$tcerr_found", "tcerr_cause", "$tcerr_found", { { '""', "$tc_code" } })
    .. map('"$tc_module_code$tc_request_id$tcerr_scan"', "tcerr_referred_to", '""', {})
end

-- The same of a variable, of which the log gets what the filter would let into it: its number, or the longest dotted
-- name that is known. nginx can look for no ending.
local function from_variable(source)
  local rows = {}
  for name in names.each() do
    rows[#rows + 1] = { name, name }
    rows[#rows + 1] = { name .. ".*", name }
  end
  return map(source, "tc_code", '"-"', { { '"~^[A-Za-z0-9._-]{1,128}$"', source } })
    .. declaration("tc_module_code", "-") .. declaration("tc_request_id", "-")
    .. map("$tc_code", "tcerr_cause", "$tc_code", rows, true)
end

local function check_source(source)
  if type(source) ~= "string" or not source:find("^%$[A-Za-z0-9_]+$") then return "a variable of nginx expected" end
  -- Of the map file's own variables nginx would go round in circles, for ever; their case does not matter to it.
  local name = source:lower()
  return (name:find("^%$tc_") or name:find("^%$tcerr_"))
    and "a variable other than the map file's own, $tc_... and $tcerr_..., expected"
end

local HEAD = [[
# The meaning of Tencent Cloud API error codes for log_format; made by tcerr %s from the vendor's page of %s.
# Include it at http level. The code is in $tc_code, in $tc_module_code the number of the module behind API 2.0, in
# $tc_request_id the id of a failed answer of API 3.0. The others say what the cause means, the module's number where
# that is known and else the code, or "-".
]]

-- What stands in a variable already, so that it keeps its spelling.
local AS_FOUND = { name = "$tc_code", rule = "$tcerr_cause" }

-- Rows of a map from what stands in $tcerr_cause to a field of the entry. To nginx, keys that differ in case alone are
-- one; so they are in the catalogue, where they mean the same.
local function field_rows(field, module)
  local rows, seen = {}, {}
  for code, entry in tcerr.each() do
    if module ~= false or core.layers[entry.layer] ~= "module" then
      rows[#rows + 1] = { code, quote(entry[field] or "-") }
    end
  end
  for _, row in ipairs(names.rows) do
    local key = row.name:lower()
    if not seen[key] then rows[#rows + 1] = { quote(row.name), AS_FOUND[field] or quote(row[field]) } end
    seen[key] = true
  end
  return rows
end

--- The map file for nginx: declares the variables and translates the codes when a line of the log asks for them.
---     require("tcerr.nginx").conf():match('4100 "(%w+)"')                   --> "AuthFailure"
---@param options tcerr.ConfOptions|nil
---@return string text
function nginx.conf(options)
  local problem = format.check_options(options, { module = answer.CHECKS.module, source = check_source })
  if problem then error(("bad argument #1 to 'conf' (%s)"):format(problem), 2) end
  options = options or {}
  local parts = { HEAD:format(tcerr._VERSION, tcerr._SNAPSHOT),
    options.source and from_variable(options.source) or from_lua() }
  for _, field in ipairs(FIELDS) do
    parts[#parts + 1] = map("$tcerr_cause", "tc_" .. field, '"-"', field_rows(field, options.module))
  end
  return table.concat(parts, "\n")
end

return nginx
