-- Makes a call, and makes it again where the answer's `retry` allows that: signed anew, and after a pause where nothing
-- was executed because there was too much to do. What may have been executed is only repeated when that does no harm.

local sign = require "sign"
local tcerr = require "tcerr"

local retry = {}

local CALLS, PAUSE = 4, 0.1 -- at most; seconds before the second call, doubled before each further one

-- Only reading is known to do no harm.
local function is_idempotent(action)
  return action:find("^Describe") ~= nil
end

-- The module behind the API knows more than the API, so what it says goes first.
local function entry_of(body)
  local answer = tcerr.parse(body)
  if not answer or answer.ok then return nil end
  return answer.module_entry or answer.entry
end

function retry.content()
  local parameters = ngx.req.get_uri_args()
  local idempotent, pause, response = is_idempotent(parameters.Action or ""), PAUSE, nil
  for call = 1, CALLS do
    response = ngx.location.capture("/call", { args = sign(parameters) })
    local entry = entry_of(response.body)
    if call == CALLS or not entry or not tcerr.retryable(entry.code, idempotent) then break end
    if entry.retry ~= "resign" then
      ngx.sleep(pause)
      pause = 2 * pause
    end
  end
  ngx.status = response.status
  ngx.header.content_type = response.header["Content-Type"]
  ngx.print(response.body)
end

return retry
