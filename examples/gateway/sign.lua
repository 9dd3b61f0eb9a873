-- Signs a call of the API: HMAC-SHA1 over its sorted parameters, with a new Timestamp and Nonce each time. What the
-- client has signed with goes; in what is signed, a name has a dot for each "_".

local HOST = "cvm.api.qcloud.com/v2/index.php"
local ID, KEY = "the account's SecretId", "the account's SecretKey"

return function(method, parameters)
  local signed, names = {}, {}
  for name, value in pairs(parameters) do signed[name] = value end
  signed.Signature, signed.SignatureMethod, signed.Token = nil, nil, nil
  signed.SecretId, signed.Timestamp, signed.Nonce = ID, ngx.time(), math.random(2 ^ 31 - 1)
  for name in pairs(signed) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = name:gsub("_", ".") .. "=" .. tostring(signed[name]) end
  signed.Signature = ngx.encode_base64(ngx.hmac_sha1(KEY, method .. HOST .. "?" .. table.concat(names, "&")))
  return ngx.encode_args(signed)
end
