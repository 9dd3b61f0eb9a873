-- One answer, one verdict: what parse, lookup, retryable, format, the enricher in each format, and top say of it is the
-- same. nginx_spec asks real nginx the same questions.

local dkjson = require "dkjson"
local random = require "support.random"
local shell = require "support.shell"
local tcerr = require "tcerr"
local top = require "tcerr.top"

local MODULES = { "video", false }

-- The settings of `module`, nil among them.
local function each_setting(visit)
  visit(nil)
  for _, module in ipairs(MODULES) do visit(module) end
end

-- The forms of a module's number at the head of a message, and what stands there by each: 1 the number, -1 the number
-- with a sign before it, 0 none.
local FORMS = {
  ["(%d)x"] = 1, ["(%d) x"] = 1, ["%d：x"] = 1, ["%d:x"] = 1, ["%d: x"] = 1, ["（%d）x"] = 1, ["(%d）x"] = 1, ["( %d )x"] = 1,
  ["(-%d)x"] = -1, ["(- %d) x"] = -1, ["-%d：x"] = -1, ["x(%d)"] = 0, ["%d x"] = 0, ["(%dx)"] = 0, ["(XX)%d"] = 0, ["鉴权"] = 0,
}

-- What other products use, too.
local SHARED = { [1000] = true, [1001] = true, [1002] = true, [1003] = true, [3000] = true, [4001] = true }

-- The cause, said once more: of a number, false for none, behind a code, by the setting of `module`.
local function cause_of(code, number, module)
  if code == 0 then return nil end
  local own, behind = tcerr.codes[code], tcerr.codes[number]
  if behind and behind.layer == "video" and (module == "video" or module == nil and not SHARED[number]) then return behind end
  return own and not (module == false and own.layer == "video") and own or nil
end

-- All codes of the catalogue and some more; all of the video cloud's numbers and some more.
local function codes_and_numbers()
  local codes, numbers = { 0, 4999, -1 }, { 7, 8, 13, 100004, 4000, 2000, 30000, 1, 20505, -514 }
  for code, entry in tcerr.each() do
    codes[#codes + 1] = code
    if entry.layer == "video" then numbers[#numbers + 1] = code end
  end
  return codes, numbers
end

local FIELDS = { "code", "name", "category", "fault", "retry", "http_status" }

local function entry_of(code)
  return tcerr.codes[code] or require("tcerr.names").entry(code)
end

-- A line with what its cause adds. The texts are remembered: most of the time would be spent on them.
local ADDED = { json = {}, logfmt = {} }

local function added(cause, format)
  local fields = {}
  for i, field in ipairs(FIELDS) do
    local form = format == "json" and ',"tc_%s":%s' or " tc_%s=%s"
    fields[i] = form:format(field, format == "json" and dkjson.encode(cause[field]) or cause[field])
  end
  return table.concat(fields)
end

local function enriched(line, cause, format)
  if not cause then return line end
  local texts = ADDED[format] or {}
  texts[cause] = texts[cause] or added(cause, format)
  return format == "json" and line:sub(1, -2) .. texts[cause] .. "}" or line .. texts[cause]
end

-- What the enricher makes of lines with these causes, each { line, cause or false }, and what top counts.
local function expect_all(cases, options)
  options.fields = FIELDS
  local lines, expected, counts = {}, {}, { code = {}, retry = {} }
  for i, case in ipairs(cases) do
    lines[i], expected[i] = case[1], enriched(case[1], case[2], options.format)
    for field, count in pairs(counts) do
      local value = case[2] and case[2][field]
      if value then count[value] = (count[value] or 0) + 1 end
    end
  end
  local e = tcerr.enricher(options)
  local out, i = e:feed(table.concat(lines, "\n") .. "\n"), 0
  if out ~= table.concat(expected, "\n") .. "\n" then -- some megabytes, which nobody wants to see
    for line in out:gmatch("([^\n]*)\n") do
      i = i + 1
      assert.are.equal(expected[i], line)
    end
    error "not as many lines"
  end
  for by, count in pairs(counts) do
    local counted = {}
    for _, row in ipairs(top.summary(entry_of, e:counts(), by).rows) do counted[row.value] = row.count end
    assert.are.same(count, counted)
  end
end

local function expect(cause, options, line)
  expect_all({ { line, cause } }, options)
end

describe("one answer", function()
  it("has one verdict in every door, for each code, each number of a module, each form of it and each setting", function()
    local codes, numbers = codes_and_numbers()
    local step = shell.version == "5.4" and 1 or 4 -- the core is the same
    local messages = {} -- each with its number
    for form, sign in pairs(FORMS) do
      for i = 1, #numbers, step do
        local number = numbers[i]
        local message = form:format(number)
        messages[message] = sign ~= 0 and not message:find("%- ?%-") and sign * number
      end
    end
    each_setting(function(module)
      local options = { module = module }
      for _, code in ipairs(codes) do
        local json, logfmt = {}, {}
        for message, number in pairs(messages) do
          local cause, body = cause_of(code, number, module), ('{"code":%d,"message":"%s"}'):format(code, message)
          local answer, same = tcerr.parse(body, options), tcerr.parse({ code = code, message = message }, options)
          if answer.cause ~= cause or answer.module_code ~= (number or nil) or same.cause ~= cause then error(body) end
          json[#json + 1] = { body, cause }
          logfmt[#logfmt + 1] = { ('a=1 code=%d message="%s" b=2'):format(code, message), cause }
        end
        expect_all(json, { format = "json", module = module })
        expect_all(logfmt, { format = "logfmt", module = module })
      end
    end)
  end)

  it("has it where a log has the number as a member, and in each function that takes an answer", function()
    local codes, numbers = codes_and_numbers()
    each_setting(function(module)
      local json, logfmt = {}, {}
      for _, code in ipairs(codes) do
        for _, number in ipairs(numbers) do
          local answer = tcerr.parse({ code = code, message = ("(%d)"):format(number) }, { module = module })
          local cause = answer.cause
          assert.are.equal(cause_of(code, number, module), cause)
          assert.are.equal(cause, (tcerr.lookup(answer)))
          assert.are.equal(cause and tcerr.format(cause.code), (tcerr.format(answer)))
          assert.are.equal(cause and tcerr.retryable(cause.code, true), (tcerr.retryable(answer, true)))
          json[#json + 1] = { ('{"module_code":%d,"code":%d}'):format(number, code), cause }
          json[#json + 1] = { ('{"code":"%d","module_code":"%d","message":"(1)"}'):format(code, number), cause }
          logfmt[#logfmt + 1] = { ("code=%d module_code=%d"):format(code, number), cause }
          logfmt[#logfmt + 1] = { ('message="(1)" module_code="%d" code="%d"'):format(number, code), cause }
        end
      end
      expect_all(json, { format = "json", module = module })
      expect_all(logfmt, { format = "logfmt", module = module })
    end)
  end)

  it("takes no number from a second member of the code's own name", function()
    expect(tcerr.codes[5100], { format = "json", key = "message" }, '{"message":5100,"message":"(20108)x"}')
    expect(tcerr.codes[5100], { format = "json", key = "module_code" }, '{"module_code":5100,"module_code":20108}')
    expect(tcerr.codes[5100], { format = "logfmt", key = "module_code" }, "module_code=5100 module_code=20108")
  end)

  it("takes no number from a member module_code that holds none, nor from a message that is not beside the code", function()
    for _, member in ipairs { '"-"', '""', "null", "true", '"x"', "1.5", "{}", "[20108]" } do
      local body = ('{"code":5100,"module_code":%s}'):format(member)
      expect(tcerr.codes[5100], { format = "json" }, body)
      expect(tcerr.codes[20108], { format = "json" }, body:sub(1, -2) .. ',"message":"(20108)"}')
    end
    expect(tcerr.codes[5100], { format = "json" }, '{"code":5100,"d":{"message":"(20108)x","module_code":20108}}')
    expect(tcerr.codes[5100], { format = "json" }, '{"code":5100,"message":"x","message":"(20108)x"}')
    expect(tcerr.codes[5100], { format = "json" }, '{"code":5100,"Message":"(20108)x"}')
  end)

  it("decodes what a message begins with", function()
    expect(tcerr.codes[20108], { format = "json" }, [[{"code":5100,"message":"\u0032\u0030108\uff1ax"}]])
    expect(tcerr.codes[20108], { format = "logfmt" }, [[code=5100 message="20108\uff1ax \"y\""]])
    expect(tcerr.codes[5100], { format = "logfmt" }, [[code=5100 message="(2010\u8)"]]) -- an escape that is cut
  end)

  it("has one verdict for every row of API 3.0", function()
    local json, path, logfmt, text = {}, {}, {}, {}
    for _, row in ipairs(require("tcerr.names").rows) do
      local code = row.name:gsub("^%*", "FailedOperation.Qz")
      local answer = tcerr.parse(('{"Response":{"Error":{"Code":"%s"},"RequestId":"r"}}'):format(code))
      local cause = answer.cause
      assert.are.same(cause, tcerr.lookup(answer))
      assert.are.equal(row.name, cause.rule)
      assert.are.equal(row.retry, cause.retry)
      json[#json + 1] = { ('{"a":1,"code":"%s"}'):format(code), cause }
      path[#path + 1] = { ('{"Response":{"Error":{"Code":"%s"},"RequestId":"r"}}'):format(code), cause }
      logfmt[#logfmt + 1] = { ("a=1 code=%s"):format(code), cause }
      logfmt[#logfmt + 1] = { ('a=1 code="%s"'):format(code), cause }
      text[#text + 1] = { "GET / 200 " .. code, cause }
    end
    expect_all(json, { format = "json" })
    expect_all(path, { format = "json", key = ".Response.Error.Code" })
    expect_all(logfmt, { format = "logfmt" })
    expect_all(text, { format = "text" })
  end)

  it("takes digits for no number in an answer of API 3.0", function()
    local key = ".Response.Error.Code"
    for code in tcerr.each() do
      for _, form in ipairs { '"%d"', "%d" } do
        local body = ('{"Response":{"Error":{"Code":%s,"Message":"(20108)x"}}}'):format(form:format(code))
        local answer = tcerr.parse(body)
        assert.are.same({ "3.0", false, tostring(code) }, { answer.api, answer.ok, answer.code })
        assert.is_nil(answer.cause)
        assert.are.equal("-", (select(3, require("tcerr.core").scan(body))))
        for _, module in ipairs(MODULES) do expect(nil, { key = key, module = module }, body) end
        expect(nil, { key = ".body" .. key }, '{"body":' .. body .. "}")
        local e = tcerr.enricher { key = key }
        e:feed(body .. "\n")
        assert.are.same({ [code] = 1 }, e:counts().unknown)
      end
    end
    expect(tcerr.codes[4100], { format = "json", key = ".response.Error.Code" }, '{"response":{"Error":{"Code":4100}}}')
  end)
end)

describe("a path", function()
  local function fed(key, line)
    return (tcerr.enricher { key = key, fields = { "retry" } }:feed(line .. "\n"):gsub("\n$", ""))
  end

  it("finds a code inside of objects, at any order of keys, and adds to the line's own", function()
    local ends = ',"tc_retry":"never"}'
    for _, line in ipairs {
      '{"upstream":{"code":4100},"x":1}', '{"x":1,"upstream":{"a":{"code":0},"code":"4100","b":[1]}}',
      ' { "upstream" : { "code" : 4100 } } ', '{"upstream":{"message":"","code":4100},"code":0}',
      '{"upstream":{"code":5100,"message":"(20108)x"}}', '{"upstream":{"module_code":20108,"code":5100}}',
      '{"upstream":{"code":"FailedOperation.XNotFound"}}',
    } do
      assert.are.equal((line:gsub("}( *)$", function(spaces) return ends .. spaces end)), fed(".upstream.code", line))
    end
    local deep = '{"a":{"b":{"c":{"code":4100}}}}'
    assert.are.equal(deep:sub(1, -2) .. ends, fed(".a.b.c.code", deep))
    assert.are.equal('{"code":4100' .. ends, fed(".code", '{"code":4100}'))
  end)

  it("finds no code where a step is missing, no object, or not the first of its name", function()
    for _, line in ipairs {
      '{"code":4100}', '{"upstream":4100}', '{"upstream":[{"code":4100}]}', '{"upstream":null,"code":4100}',
      '{"upstream":{},"x":{"code":4100}}', '{"upstream":{},"upstream":{"code":4100}}', '{"x":{"upstream":{"code":4100}}}',
      '{"upstream":{"code":{"code":4100}}}', '{"upstream":{"x":{"code":4100}}}', '{"upstream":{"code":0,"code":4100}}',
      '{"upstream":{"code":4100}', '{"upstream":{"code":4100}}}', '{"upstream":{"code":4100},}',
    } do
      assert.are.equal(line, fed(".upstream.code", line))
    end
  end)

  it("takes the module's number only from beside the code", function()
    for _, line in ipairs { '{"message":"(20108)x","upstream":{"code":5100}}', '{"upstream":{"code":5100},"module_code":20108}',
      '{"upstream":{"a":{"message":"(20108)x"},"code":5100}}' } do
      assert.are.equal(line:sub(1, -2) .. ',"tc_retry":"idempotent"}', fed(".upstream.code", line))
    end
  end)

  it("notes the fields that the line's own object has", function()
    local line = '{"upstream":{"code":4100,"tc_retry":"x"}}'
    assert.are.equal(line:sub(1, -2) .. ',"tc_retry":"never"}', fed(".upstream.code", line))
    line = '{"upstream":{"code":4100},"tc_retry":"x"}'
    assert.are.equal(line, fed(".upstream.code", line))
  end)

  it("gives the same bytes for any chunking", function()
    local below, pick = random.new(97)
    local parts = { '{"upstream":{"code":5100,"message":"(20108)x","n":[1,{"code":2}]},"x":"y"}\n', '{"upstream":{"x":1}}\n', "torn\n",
      '{"x":{"code":4100},"upstream":{"code":"LimitExceeded.X"}}\r\n', '{"upstream":{"code":4100}}x\n' }
    for _ = 1, 200 do
      local text = {}
      for i = 1, 6 do text[i] = pick(parts) end
      text = table.concat(text)
      local whole = tcerr.enricher { key = ".upstream.code" }
      local expected = whole:feed(text) .. whole:finish()
      local cut, out, at = tcerr.enricher { key = ".upstream.code" }, {}, 1
      while at <= #text do
        local size = below(40)
        out[#out + 1] = cut:feed(text:sub(at, at + size - 1))
        at = at + size
      end
      assert.are.equal(expected, table.concat(out) .. cut:finish())
      assert.are.same(whole:counts(), cut:counts())
    end
  end)

  it("is refused where it is none", function()
    for _, key in ipairs { ".", "..", ".a.", ".a..b", ".a b", '."x"', ("." .. ("a"):rep(3)):rep(17) } do
      local ok, problem = pcall(tcerr.enricher, { key = key })
      assert.is_false(ok, key)
      assert.is_truthy(problem:find("key: a name without spaces, quotes or =, or a path of up to 16 such names", 1, true), problem)
    end
    for _, format in ipairs { "logfmt", "text" } do
      local ok, problem = pcall(tcerr.enricher, { key = ".a.b", format = format })
      assert.is_false(ok)
      assert.is_truthy(problem:find("key: a path is for JSON", 1, true))
    end
    assert.is_true((pcall(tcerr.enricher, { key = (".a"):rep(16) })))
  end)
end)

describe("strings in a log", function()
  it("are codes where they look like one, and unknown codes only with a dot", function()
    local e = tcerr.enricher { fields = { "code" } }
    local untouched = { '{"code":"OK"}', '{"code":"success"}', '{"code":"Foo.Bar"}', '{"code":"a-b"}', '{"code":"AuthFailure.鉴"}',
      '{"code":"AuthFailure..X"}', '{"code":""}', '{"code":"-"}', '{"code":"AuthFailure.' .. ("x"):rep(120) .. '"}' }
    for _, line in ipairs(untouched) do assert.are.equal(line .. "\n", e:feed(line .. "\n")) end
    assert.are.same({}, e:counts().codes)
    assert.are.same({ ["Foo.Bar"] = 1 }, e:counts().unknown)
    assert.are.equal('{"code":"InternalError. ","tc_code":"InternalError"}\n', e:feed('{"code":"InternalError. "}\n'))
    assert.are.same({ InternalError = 1 }, e:counts().codes)
  end)

  it("are counted as they were seen, and only so many are told apart", function()
    local e = tcerr.enricher { fields = { "retry" } }
    for i = 1, 600 do
      local line = ('{"code":"FailedOperation.X%dNotFound"}'):format(i)
      assert.are.equal(line:sub(1, -2) .. ',"tc_retry":"never"}\n', e:feed(line .. "\n"))
    end
    e:feed('{"code":"FailedOperation.X1NotFound"}\n{"code":"FailedOperation.X512NotFound"}\n{"code":4999}\n')
    local counts, kinds = e:counts(), 0
    for _ in pairs(counts.codes) do kinds = kinds + 1 end
    assert.are.equal(512, kinds)
    assert.are.equal(2, counts.codes["FailedOperation.X1NotFound"])
    assert.are.equal(2, counts.codes["FailedOperation.X512NotFound"])
    assert.are.equal(602 - 514 + 1, counts.other)
  end)
end)
