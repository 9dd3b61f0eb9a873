-- What each category means for the caller: whose fault it is, what has to be true before the same call is made again,
-- and the HTTP status that says the same. The only place where categories are written down.

-- category = { fault, retry, http_status }
return {
  parameter = { "client", "never", 400 }, -- a parameter is missing, empty or malformed
  protocol = { "client", "never", 400 }, -- the wrong protocol was used
  auth = { "client", "never", 401 }, -- the signature or the account was not accepted
  expired = { "client", "resign", 401 }, -- too old: sign again with the current time
  replay = { "client", "resign", 409 }, -- the Nonce was seen before, or the clock is off: sign again
  balance = { "client", "never", 402 }, -- the account cannot pay
  forbidden = { "client", "never", 403 }, -- the account may not do this
  limit = { "client", "never", 403 }, -- a count limit of the account or the list is reached
  not_found = { "client", "never", 404 }, -- the thing named does not exist
  conflict = { "client", "never", 409 }, -- the thing is in a state that forbids this
  purchase = { "client", "never", 409 }, -- the purchase could not be made
  rate_limit = { "client", "backoff", 429 }, -- too many requests: nothing was executed
  partial = { "unknown", "never", 207 }, -- some of a batch was executed: read each item's own result
  operation = { "unknown", "idempotent", 502 }, -- the function layer failed; how far it came is unknown
  internal = { "server", "idempotent", 500 }, -- the server failed; how far it came is unknown
  unsupported = { "client", "never", 501 }, -- this API version does not offer the call
  unavailable = { "server", "backoff", 503 }, -- under maintenance: nothing was executed
  network = { "server", "idempotent", 504 }, -- the network failed on the way; how far it came is unknown
}
