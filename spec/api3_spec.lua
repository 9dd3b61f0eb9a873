-- API 3.0's codes: the rows and the rule, and the answers that carry them.

local dkjson = require "dkjson"
local shell = require "support.shell"
local core = require "tcerr.core"
local names = require "tcerr.names"
local tcerr = require "tcerr"

local function rule_of(code)
  local entry = tcerr.lookup(code)
  return entry and entry.rule
end

describe("the rows of API 3.0", function()
  it("are found by themselves, each once, in ascending order", function()
    local last, count = "", 0
    for name, entry in tcerr.each("api3") do
      assert.is_true(name > last, name)
      assert.are.equal(name, entry.code)
      assert.are.equal(name, entry.name)
      assert.are.equal(name, entry.rule)
      assert.are.equal("api3", entry.layer)
      assert.are.same(names.entry(name), entry)
      if name:find(".", 1, true) then assert.are.equal(name, rule_of(name .. ".QzTooOften")) end -- which is behind any other
      last, count = name, count + 1
    end
    assert.is_true(count > 50)
  end)

  it("have endings of which each decides about some name, and none stands twice", function()
    local seen = {}
    for _, row in ipairs(names.rows) do
      assert.is_nil(seen[row.name], row.name)
      seen[row.name] = true
      local ending = row.name:match("^%*(.*)$")
      if ending then assert.are.equal(row.name, rule_of("FailedOperation.Qz" .. ending), row.name) end
    end
  end)

  it("have a category, words and a verdict", function()
    for _, row in ipairs(names.rows) do
      for _, field in ipairs { "category", "message", "message_en", "fault", "retry", "http_status" } do
        assert.is_truthy(row[field], row.name .. " lacks " .. field)
      end
    end
  end)

  it("agree with the numbers of the same name", function()
    local shared = 0
    for _, entry in tcerr.each("access") do
      local same = names.entry(entry.name)
      if same and same.rule == entry.name then
        assert.are.equal(entry.category, same.category, entry.name)
        shared = shared + 1
      end
    end
    assert.are.equal(7, shared)
  end)
end)

describe("tcerr.lookup of a string", function()
  it("takes the longest dotted beginning that is known, and the ending where that says little", function()
    local cases = {
      ["AuthFailure.SignatureExpire"] = "AuthFailure.SignatureExpire",
      ["AuthFailure.SignatureExpire.X"] = "AuthFailure.SignatureExpire",
      ["AuthFailure.NotFound"] = "AuthFailure", ["FailedOperation"] = "FailedOperation",
      ["FailedOperation.InstanceNotReady"] = "FailedOperation.InstanceNotReady",
      ["FailedOperation.InstanceNotFound"] = "*NotFound", ["FailedOperation.Qz"] = "*",
      ["FailedOperation.QzFailed"] = "*Failed", ["FailedOperation.QzTimeout"] = "*Timeout",
      ["FailedOperation.QzNotFoundError"] = "*NotFound", ["FailedOperation.QzNotFoundErr"] = "*NotFound",
      ["FailedOperation.QzNotFoundCode"] = "*NotFound", ["FailedOperation.QzNotFoundErrorCode"] = "*",
      ["InvalidParameter.QzNotFound"] = "*NotFound", ["InvalidParameter.QzLimit"] = "InvalidParameter",
      ["LimitExceeded.QzTooFrequently"] = "*TooFrequently", ["LimitExceeded.QzNotFound"] = "LimitExceeded",
      ["InternalError.QzLimit"] = "*Limit", ["InternalError.QzFailed"] = "InternalError",
      ["Unheard.QzExpired"] = "*Expired", ["Unheard.QzFailed"] = nil, ["Unheard"] = nil, ["QzNotFound"] = "*NotFound",
      ["Q.NotFound"] = "*NotFound", ["Q.N"] = nil,
      ["InternalError."] = "InternalError", ["InvalidParameter "] = "InvalidParameter", ["InternalError.  "] = "InternalError",
      ["ResourceInUse"] = "ResourceInUse",
    }
    cases["Unheard.QzFailed"], cases["Unheard"] = false, false
    for code, rule in pairs(cases) do assert.are.equal(rule or nil, rule_of(code), code) end
  end)

  it("makes an entry of its own, with the code as it was asked for", function()
    local one, other = tcerr.lookup("FailedOperation.ANotFound"), tcerr.lookup("FailedOperation.BNotFound")
    assert.are.equal("FailedOperation.ANotFound", one.code)
    assert.are.equal(one.code, one.name)
    assert.are.equal("FailedOperation.BNotFound", other.code)
    assert.are.equal("找不到资源", one.message)
    assert.are.equal("Resource not found", one.message_en)
    assert.are.equal("client never 404", one.fault .. " " .. one.retry .. " " .. one.http_status)
  end)

  it("leaves the names of the catalogue to their numbers", function()
    for code, entry in tcerr.each() do
      assert.are.equal(entry, tcerr.lookup(entry.name))
      assert.are.equal(code, tcerr.lookup(entry.name).code)
    end
  end)

  it("gives nil and why for whatever looks like no code", function()
    local hostile = { "", ".", "..", " ", ("x"):rep(100000), ("."):rep(10000), "AuthFailure" .. ("."):rep(10000),
      ("AuthFailure."):rep(9000) .. "x", "AuthFailure.\0", "\0", "authfailure.x", "AUTHFAILURE", "AuthFailure..x", ".AuthFailure",
      " AuthFailure.X", "AuthFailure.X-Y", "AuthFailure.鉴权", "FailedOperation." .. ("x"):rep(113), "4100.x",
      "InternalError" .. (" "):rep(116) }
    for _, code in ipairs(hostile) do
      local entry, reason = tcerr.lookup(code)
      assert.is_nil(entry, code:sub(1, 40))
      assert.is_string(reason)
    end
    assert.are.equal("InternalError", tcerr.lookup("InternalError" .. (" "):rep(115)).rule)
    assert.are.equal("FailedOperation." .. ("x"):rep(112), tcerr.lookup("FailedOperation." .. ("x"):rep(112)).code)
  end)

  it("is followed by retryable and format", function()
    assert.is_true(tcerr.retryable("RequestLimitExceeded.UinLimitExceeded"))
    assert.is_false(tcerr.retryable("InternalError.X"))
    assert.is_true(tcerr.retryable("InternalError.X", true))
    assert.are.equal("InternalError.X 服务内部故障 (internal; fault: server; retry: idempotent; HTTP 500)",
      tcerr.format("InternalError.X"))
    assert.is_truthy(tcerr.format("FailedOperation.XNotFound", { detail = true, lang = "en" })
      :find("by its ending NotFound: tcerr's guess", 1, true))
    assert.is_truthy(tcerr.format("FailedOperation.XNotFound", { detail = true })
      :find("按结尾 NotFound，此为 tcerr 的推断", 1, true))
    for lang, words in pairs { zh = "操作未成功，此为 tcerr 的推断", en = "a failed operation: tcerr's guess" } do
      assert.is_truthy(tcerr.format("FailedOperation.Qz", { detail = true, lang = lang }):find(words, 1, true))
    end
  end)

  it("is right for most of the codes that were labelled before there was a table", function()
    local count, right = 0, { category = 0, fault = 0, retry = 0 }
    for line in shell.read("spec/fixtures/api3-labelled.tsv"):gmatch("[^\n]+") do
      local code, category, fault, retry = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t")
      if code ~= "code" then
        local entry, truth = tcerr.lookup(code) or {}, { category = category, fault = fault, retry = retry }
        count = count + 1
        for field, value in pairs(truth) do
          if entry[field] == value then right[field] = right[field] + 1 end
        end
      end
    end
    assert.are.equal(400, count)
    assert.is_true(right.category / count >= 0.72)
    assert.is_true(right.fault / count >= 0.92)
    assert.is_true(right.retry / count >= 0.92)
  end)
end)

describe("tcerr.parse of API 3.0", function()
  local function bodies()
    local list = {}
    for line in shell.read("spec/fixtures/api3-bodies.jsonl"):gmatch("[^\n]+") do
      list[#list + 1] = assert(dkjson.decode(line))
    end
    return list
  end

  it("reads every real body", function()
    local count = 0
    for _, one in ipairs(bodies()) do
      local answer, reason = tcerr.parse(one.body)
      if type(one.code) == "string" then
        assert.are.equal("3.0", answer.api, one.id)
        assert.is_false(answer.ok)
        assert.are.equal(one.code, answer.code, one.id)
        assert.are.same(names.entry(one.code), answer.cause, one.id)
        assert.are.equal(answer.cause, answer.entry)
      elseif one.note == "a number" then
        assert.are.equal("4", answer.code)
        assert.is_false(answer.ok)
      elseif answer then
        assert.is_true(answer.ok, one.id)
        assert.is_nil(answer.code)
      else
        assert.are.equal("not a JSON object", reason, one.id)
      end
      count = count + 1
    end
    assert.is_true(count > 70)
  end)

  it("reads them as tables too", function()
    for _, one in ipairs(bodies()) do
      local decoded = dkjson.decode(one.body)
      if decoded then assert.are.same(tcerr.parse(one.body), (tcerr.parse(decoded)), one.id) end
    end
  end)

  it("reads what stands in Response and its Error alone, in any order", function()
    local answer = tcerr.parse('{"Response":{"RequestId":"r","TotalCount":1,"Set":[{"Error":{"Code":"A.B"}}],'
      .. '"Error":{"x":{"Code":"C.D"},"Message":"m","Code":"AuthFailure.X"}},"Error":{"Code":"E.F"}}')
    assert.are.equal("AuthFailure.X", answer.code)
    assert.are.equal("m", answer.message)
    assert.are.equal("m", answer.reason)
    assert.are.equal("r", answer.request_id)
    assert.are.equal("auth", answer.cause.category)
    assert.is_nil(answer.module_code)
  end)

  it("finds Error before and behind much data", function()
    local data = '"Set":[' .. ('{"Id":"i-1","Tags":[{"Key":"a","Value":null}]},'):rep(1500) .. "{}]"
    local failure = '"Error":{"Code":"InternalError","Message":""}'
    for _, body in ipairs { data .. "," .. failure, failure .. "," .. data } do
      assert.are.equal("InternalError", tcerr.parse('{"Response":{' .. body .. "}}").code)
    end
  end)

  it("knows a success, and a failure without a code", function()
    for _, body in ipairs { '{"Response":{}}', '{"Response":{"RequestId":"r"}}', '{"Response":{"Error":null}}',
      '{"Response":{"Error":{"Code":"","Message":""}}}', '{"Response":{"Error":{"Code":"0"}}}',
      '{"Response":{"Error":{"Code":0}}}' } do
      local answer = tcerr.parse(body)
      assert.is_true(answer.ok, body)
      assert.is_nil(answer.code)
      assert.is_nil(answer.cause)
      assert.is_nil((tcerr.retryable(answer)))
      assert.are.equal("the call succeeded", select(2, tcerr.lookup(answer)))
    end
    for body, reason in pairs { ['{"Response":"x"}'] = "no code", ['{"Response":null}'] = "no code",
      ['{"Response":{"Error":{}}}'] = "no code", ['{"Response":{"Error":{"Code":null}}}'] = "no code",
      ['{"Response":{"Error":"boom"}}'] = "no code", ['{"Response":{"Error":{"Code":{"Code":"A.B"}}}}'] = "no code",
      ['{"Error":{"Code":"A.B"}}'] = 'neither "code" nor "Response"', ['{"ErrorMsg":{}}'] = 'neither "code" nor "Response"',
      ['{"Response":{"RequestId":"r"'] = "truncated", ['{"Response":{"Error":{"Code":"A'] = "truncated",
      ['{"Response":{"RequestId":"r"}]'] = nil } do
      local answer, why = tcerr.parse(body)
      assert.is_nil(answer, body)
      assert.are.equal(reason, why, body)
    end
  end)

  it("takes texts for texts alone, and only what is of this API, from text and from a table", function()
    for body, expected in pairs {
      ['{"Response":{"Error":{"Code":"A.B","Message":5},"RequestId":6},"codeDesc":"x","message":"(20108)x"}'] =
        { api = "3.0", ok = false, code = "A.B" },
      ['{"code":9999,"Response":{"RequestId":"r","Error":{"Message":"m"}}}'] = { api = "2.0", ok = false, code = 9999 },
    } do
      assert.are.same(expected, tcerr.parse(body))
      assert.are.same(expected, tcerr.parse((dkjson.decode(body))))
    end
    for _, response in ipairs { '{"Error":true}', '{"Error":false}', '{"Error":5}', '{"Error":"x"}', "5", '[{"Error":null}]' } do
      local body = '{"Response":' .. response .. "}"
      assert.are.same({ n = 2, nil, "no code" }, { n = 2, tcerr.parse(body) })
      assert.are.same({ n = 2, nil, "no code" }, { n = 2, tcerr.parse((dkjson.decode(body))) })
    end
  end)

  it("takes the first of two equal keys", function()
    assert.are.equal("A.B", tcerr.parse('{"Response":{"Error":{"Code":"A.B","Code":"C.D"},"Error":{"Code":"E.F"}}}').code)
    assert.is_true(tcerr.parse('{"Response":{"Error":null,"Error":{"Code":"E.F"}}}').ok)
    assert.are.equal("no code", select(2, tcerr.parse('{"Response":1,"Response":{"Error":{"Code":"E.F"}}}')))
  end)

  it("takes an answer with a number in code for one of API 2.0, wherever that stands", function()
    for _, body in ipairs { '{"code":4100,"Response":{"Error":{"Code":"A.B"}}}', '{"Response":{"Error":{"Code":"A.B"}},"code":4100}',
      { code = 4100, Response = { Error = { Code = "A.B" } } } } do
      local answer = tcerr.parse(body)
      assert.are.equal("2.0", answer.api)
      assert.are.equal(4100, answer.cause.code)
    end
    assert.are.equal("A.B", tcerr.parse('{"code":"x","Response":{"Error":{"Code":"A.B"}}}').code)
  end)

  it("takes a code as it was written", function()
    for raw, code in pairs { ['"4002"'] = "4002", ["4"] = "4", ['"InternalError."'] = "InternalError.",
      ['"InternalError "'] = "InternalError ", ['"Internal\\u0045rror"'] = "InternalError", ['"x y"'] = "x y" } do
      local answer = tcerr.parse('{"Response":{"Error":{"Code":' .. raw .. "}}}")
      assert.are.equal(code, answer.code)
      assert.is_false(answer.ok)
      assert.are.equal(code:find("Internal") and "internal" or nil, answer.cause and answer.cause.category)
    end
    assert.are.equal('unknown name: x y', select(2, tcerr.lookup(tcerr.parse('{"Response":{"Error":{"Code":"x y"}}}'))))
  end)

  it("gives the same for any chunking of every body, as the filter reads it", function()
    for _, one in ipairs(bodies()) do
      local answer = tcerr.parse(one.body)
      if #one.body < 8192 then
        for _, size in ipairs { 1, 2, 3, 7, 64, 100000 } do
          local code, found, request_id, state, _
          for at = 1, #one.body, size do
            code, _, found, request_id, state = core.scan(one.body:sub(at, at + size - 1), state)
          end
          local loggable = answer and answer.code and answer.code:gsub(" +$", "") or false
          assert.are.equal(loggable, code, one.id)
          if loggable then
            assert.are.equal(answer.cause and answer.cause.rule or "-", found, one.id)
            assert.are.equal(answer.request_id and answer.request_id:match("^[%w._-]+$"), request_id, one.id)
          end
        end
      end
    end
  end)
end)
