-- What each category means for the caller: whose fault it is, what has to be true before the same call is made again,
-- and the HTTP status that says the same. The only place where categories are written down.

local function policy(fault, retry, http_status)
  return { fault = fault, retry = retry, http_status = http_status }
end

return {
  parameter = policy("client", "never", 400), -- a parameter is missing, empty or malformed
  protocol = policy("client", "never", 400), -- the wrong protocol was used
  auth = policy("client", "never", 401), -- the signature or the account was not accepted
  expired = policy("client", "resign", 401), -- too old: sign again with the current time
  replay = policy("client", "resign", 409), -- the Nonce was seen before, or the clock is off: sign again
  balance = policy("client", "never", 402), -- the account cannot pay
  forbidden = policy("client", "never", 403), -- the account may not do this
  limit = policy("client", "never", 403), -- a count limit of the account or the list is reached
  not_found = policy("client", "never", 404), -- the thing named does not exist
  conflict = policy("client", "never", 409), -- the thing is in a state that forbids this
  purchase = policy("client", "never", 409), -- the purchase could not be made
  rate_limit = policy("client", "backoff", 429), -- too many requests: nothing was executed
  partial = policy("unknown", "never", 207), -- some of a batch was executed: read each item's own result
  operation = policy("unknown", "idempotent", 502), -- the function layer failed; how far it came is unknown
  internal = policy("server", "idempotent", 500), -- the server failed; how far it came is unknown
  unsupported = policy("client", "never", 501), -- this API version does not offer the call
  unavailable = policy("server", "backoff", 503), -- under maintenance: nothing was executed
  network = policy("server", "idempotent", 504), -- the network failed on the way; how far it came is unknown
}
