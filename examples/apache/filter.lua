-- An output filter for mod_lua: notes what an answer's code means, for %{tc_code}n and its like in a LogFormat.

local tcerr = require "tcerr"

local MOST = 65536 -- of an answer's bytes are kept to be read

-- What can neither forge a field of a log nor fill a disk.
local function harmless(value)
  local text = tostring(value or "")
  return #text <= 128 and text:match("^([A-Za-z0-9._-]+) *$") or nil
end

-- Apache puts one piece of the body after the other into the global `bucket`. A part of a body (206) tells nothing.
function tcerr_filter(r)
  if r.status == 206 then return end
  local sent, pieces, size = r.headers_out, {}, 0
  local length, tag = sent["Content-Length"], sent["ETag"]
  coroutine.yield()
  sent["Content-Length"], sent["ETag"] = length, tag -- which mod_lua has removed, but the body stays as it is
  while bucket do
    if size < MOST then pieces[#pieces + 1], size = bucket, size + #bucket end
    coroutine.yield(bucket)
  end
  local answer = tcerr.parse(table.concat(pieces)) or {}
  local cause = answer.cause or {}
  for _, name in ipairs { "code", "module_code", "request_id" } do r.notes["tc_" .. name] = harmless(answer[name]) end
  for _, name in ipairs { "name", "category", "fault", "retry" } do r.notes["tc_" .. name] = harmless(cause[name]) end
end
