-- An output filter for mod_lua: notes what an answer's code means, for %{tc_code}n and its like in a LogFormat.
-- What passes a filter of mod_lua loses flushes and failures: an answer that comes bit by bit is held back, and one
-- that the API's side has cut looks whole to the client.

-- Notes only what can neither forge a field of a log nor fill a disk.
local function note(r, source, names)
  for _, name in ipairs(names) do
    local text = tostring(source[name] or "")
    r.notes["tc_" .. name] = #text <= 128 and text:match("^([A-Za-z0-9._-]+) *$") or nil
  end
end

-- Apache puts one piece of the body after the other into the global `bucket`. A part of a body (206) tells nothing.
function tcerr_filter(r)
  if r.status == 206 then return end
  local pieces, size, length, tag = {}, 0, r.headers_out["Content-Length"], r.headers_out["ETag"]
  coroutine.yield() -- mod_lua removes the two headers, but the body stays as it is
  r.headers_out["Content-Length"], r.headers_out["ETag"] = length, tag
  while bucket do
    if size < 65536 then pieces[#pieces + 1], size = bucket, size + #bucket end -- so much is kept to be read
    coroutine.yield(bucket)
  end
  local answer = require("tcerr").parse(table.concat(pieces)) or {}
  note(r, answer, { "code", "module_code", not answer.ok and "request_id" or nil })
  note(r, answer.cause or {}, { "name", "category", "fault", "retry" })
end
