-- What each category means for the caller: whose fault it is, what has to be true before the same call is made again,
-- and the HTTP status that says the same; and the words for a code of which no more is known than its category. The
-- only place where categories are written down.

---@alias tcerr.Category
---| "parameter" # a parameter is missing, empty or malformed
---| "protocol" # the wrong protocol was used
---| "auth" # the signature or the account was not accepted
---| "expired" # the request is too old: sign it again with the current time
---| "replay" # the Nonce was seen before, or the clock is off: sign again with a fresh Nonce
---| "balance" # the account cannot pay
---| "forbidden" # the account may not do this
---| "limit" # a count limit of the account or the list is reached
---| "not_found" # the thing named does not exist
---| "conflict" # the thing is in a state that forbids this
---| "busy" # another operation is running on the thing: nothing was executed, wait for it
---| "purchase" # the purchase could not be made
---| "rate_limit" # too many requests: nothing was executed
---| "partial" # some of a batch was executed: read each item's own result
---| "operation" # the function layer failed, and how far it came is unknown
---| "internal" # the server failed, and how far it came is unknown
---| "unsupported" # this API version does not offer the call
---| "unavailable" # under maintenance: nothing was executed
---| "network" # the network failed on the way, and how far the request came is unknown

local function row(fault, retry, http_status, message, message_en)
  return { fault = fault, retry = retry, http_status = http_status, message = message, message_en = message_en }
end

return {
  parameter = row("client", "never", 400, "参数有误", "Invalid parameter"),
  protocol = row("client", "never", 400, "请求方式有误", "Wrong protocol or method"),
  auth = row("client", "never", 401, "鉴权未通过", "Authentication failed"),
  expired = row("client", "resign", 401, "请求已失效", "Request expired"),
  replay = row("client", "resign", 409, "重复请求", "Replayed request"),
  balance = row("client", "never", 402, "账户无法付款", "Account cannot pay"),
  forbidden = row("client", "never", 403, "无权操作", "Not allowed"),
  limit = row("client", "never", 403, "额度超限", "Quota exceeded"),
  not_found = row("client", "never", 404, "找不到资源", "Resource not found"),
  conflict = row("client", "never", 409, "资源状态不允许", "State forbids the operation"),
  busy = row("client", "backoff", 409, "资源忙", "Resource busy"),
  purchase = row("client", "never", 409, "资源余量不够", "Not enough resources"),
  rate_limit = row("client", "backoff", 429, "请求过于频繁", "Too many requests"),
  partial = row("unknown", "never", 207, "部分成功", "Partly executed"),
  operation = row("unknown", "idempotent", 502, "操作未成功", "Operation failed"),
  internal = row("server", "idempotent", 500, "服务内部故障", "Internal error"),
  unsupported = row("client", "never", 501, "不支持的操作", "Operation not supported"),
  unavailable = row("server", "backoff", 503, "服务暂停", "Service unavailable"),
  network = row("server", "idempotent", 504, "网络不通", "Network failure"),
}
