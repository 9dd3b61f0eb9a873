-- An output filter for mod_lua: notes what an answer's code means, for %{tc_code}n and its like in a LogFormat.

local tcerr = require "tcerr"

local MOST = 65536 -- of an answer's bytes are kept to be read

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
  for _, name in ipairs { "code", "module_code", "request_id" } do -- nothing that could forge a field of the log
    r.notes["tc_" .. name] = answer[name] and tostring(answer[name]):sub(1, 128):match("^[%w._-]+$")
  end
  local cause = answer.cause or {}
  for _, name in ipairs { "name", "category", "fault", "retry" } do r.notes["tc_" .. name] = cause[name] end
end
