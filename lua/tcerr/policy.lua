-- What each category means for the caller: whose fault it is, what has to be true before the same call is made again,
-- and the HTTP status that says the same; and the words for a code of which no more is known than its category. The
-- only place where categories are written down.

-- category = { fault, retry, http_status, message, message_en }
return {
  -- a parameter is missing, empty or malformed
  parameter = { "client", "never", 400, "参数有误", "Invalid parameter" },
  -- the wrong protocol was used
  protocol = { "client", "never", 400, "请求方式有误", "Wrong protocol or method" },
  -- the signature or the account was not accepted
  auth = { "client", "never", 401, "鉴权未通过", "Authentication failed" },
  -- the request is too old: sign it again with the current time
  expired = { "client", "resign", 401, "请求已失效", "Request expired" },
  -- the Nonce was seen before, or the clock is off: sign again with a fresh Nonce
  replay = { "client", "resign", 409, "重复请求", "Replayed request" },
  -- the account cannot pay
  balance = { "client", "never", 402, "账户无法付款", "Account cannot pay" },
  -- the account may not do this
  forbidden = { "client", "never", 403, "无权操作", "Not allowed" },
  -- a count limit of the account or the list is reached
  limit = { "client", "never", 403, "额度超限", "Quota exceeded" },
  -- the thing named does not exist
  not_found = { "client", "never", 404, "找不到资源", "Resource not found" },
  -- the thing is in a state that forbids this
  conflict = { "client", "never", 409, "资源状态不允许", "State forbids the operation" },
  -- another operation is running on the thing: nothing was executed, wait for it
  busy = { "client", "backoff", 409, "资源忙", "Resource busy" },
  -- the purchase could not be made
  purchase = { "client", "never", 409, "资源余量不够", "Not enough resources" },
  -- too many requests: nothing was executed
  rate_limit = { "client", "backoff", 429, "请求过于频繁", "Too many requests" },
  -- some of a batch was executed: read each item's own result
  partial = { "unknown", "never", 207, "部分成功", "Partly executed" },
  -- the function layer failed, and how far it came is unknown
  operation = { "unknown", "idempotent", 502, "操作未成功", "Operation failed" },
  -- the server failed, and how far it came is unknown
  internal = { "server", "idempotent", 500, "服务内部故障", "Internal error" },
  -- this API version does not offer the call
  unsupported = { "client", "never", 501, "不支持的操作", "Operation not supported" },
  -- under maintenance: nothing was executed
  unavailable = { "server", "backoff", 503, "服务暂停", "Service unavailable" },
  -- the network failed on the way, and how far the request came is unknown
  network = { "server", "idempotent", 504, "网络不通", "Network failure" },
}
