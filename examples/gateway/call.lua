-- One call of the API, with the method, the headers and the body that came, and its answer for the client. Both are in
-- memory whole: location /call is the place for limits.

local call = {}

--- Makes the call. `request`: args and body, where they are others than the client's.
function call.make(request)
  ngx.req.read_body()
  request.method = ngx["HTTP_" .. ngx.req.get_method()] or ngx.exit(405)
  request.always_forward_body = true
  return ngx.location.capture("/call", request)
end

--- Hands the answer on, with another status if there is one. What holds for one connection alone, nginx has taken out.
function call.answer(response, status)
  if response.truncated and ngx.req.get_method() ~= "HEAD" then return ngx.exit(502) end
  ngx.status = status or response.status
  for name, value in pairs(response.header) do ngx.header[name] = value end
  ngx.print(response.body)
end

return call
