-- Makes a call, and makes it again where the answer's `retry` allows that: signed anew, and after a pause where nothing
-- was executed because there was too much to do. What may have been executed is only repeated when that does no harm.

local call = require "call"
local sign = require "sign"
local tcerr = require "tcerr"

local retry = {}

local CALLS, PAUSE = 4, 0.1 -- at most; seconds before the second call, doubled before each further one
local MOST = 1000 -- parameters: a list takes one for each of its items

-- The parameters: each given once and with a value, and an Action among them; else nil, or where a body is in a file.
local function parameters_of(method)
  local given, problem = (method == "POST" and ngx.req.get_post_args or ngx.req.get_uri_args)(MOST)
  for _, value in pairs(given or {}) do
    if type(value) ~= "string" then return nil end
  end
  return given and not problem and given.Action and given
end

function retry.content()
  ngx.req.read_body()
  local method, pause, response = ngx.req.get_method(), PAUSE, nil
  local parameters = parameters_of(method) or ngx.exit(400)
  local idempotent = parameters.Action:find("^Describe") ~= nil -- only reading is known to do no harm
  for count = 1, CALLS do
    local signed = sign(method, parameters)
    response = call.make(method == "POST" and { body = signed, args = ngx.var.args } or { args = signed })
    local answer = tcerr.parse(response.body)
    if count == CALLS or not tcerr.retryable(answer, idempotent) then break end
    if answer.cause.retry ~= "resign" then
      ngx.sleep(pause)
      pause = 2 * pause
    end
  end
  call.answer(response)
end

return retry
