-- Reading answers: every form and trap that real ones hold, whole, as tables, and cut at every byte.

local dkjson = require "dkjson"
local shell = require "support.shell"
local lines = require "support.lines"
local random = require "support.random"
local reference = require "support.reference"
local core = require "tcerr.core"
local tcerr = require "tcerr"

local NO_MODULE = require("tcerr.answer").CHECKS.module("access")

-- The sample of real bodies: { id, strict_json, expect = { code, module_code, ok }, body }.
local function sample()
  local answers = {}
  for line in shell.read("spec/fixtures/responses.jsonl"):gmatch("[^\n]+") do
    answers[#answers + 1] = assert(dkjson.decode(line))
  end
  return answers
end

local function refused(body, reason)
  local answer, why = tcerr.parse(body)
  assert.is_nil(answer)
  assert.are.equal(reason, why)
end

describe("tcerr.parse", function()
  it("reads every real body of the sample", function()
    local count = 0
    for _, one in ipairs(sample()) do
      local answer, reason = tcerr.parse(one.body)
      local expected = one.expect
      if type(expected.code) == "number" then
        assert.is_table(answer, one.id .. ": " .. tostring(reason))
        assert.are.equal(expected.code, answer.code, one.id)
        assert.are.equal(expected.ok, answer.ok, one.id)
        assert.are.equal(expected.module_code, answer.module_code, one.id)
        assert.are.equal(tcerr.codes[answer.code], answer.entry, one.id)
      else
        assert.are.equal("no code", reason, one.id)
      end
      count = count + 1
    end
    assert.are.equal(113, count)
  end)

  it("gives the same for text and for the table that a JSON library makes of it", function()
    local count = 0
    for _, one in ipairs(sample()) do
      if one.strict_json then
        local from_text, text_reason = tcerr.parse(one.body)
        local from_table, table_reason = tcerr.parse((assert(dkjson.decode(one.body))))
        assert.are.same(from_text, from_table, one.id)
        assert.are.equal(text_reason, table_reason)
        count = count + 1
      end
    end
    assert.is_true(count > 90)
  end)

  local forms = {
    { "(100004)projectId不正确", 100004, "projectId不正确" },
    { "(2000) 加速域名不存在", 2000, "加速域名不存在" },
    { "(-514)资源重复", -514, "资源重复" },
    { "(-1)服务内部错误", -1, "服务内部错误" },
    { "(- 514) Resource already exists", -514, "Resource already exists" },
    { "( 514 ) x", 514, "x" },
    { "20108：频道处于非编辑状态", 20108, "频道处于非编辑状态" },
    { "20108:Channel", 20108, "Channel" },
    { "20108: Channel", 20108, "Channel" },
    { "（20108）频道", 20108, "频道" },
    { "（20108)频道", 20108, "频道" },
    { "(4000)请求失败，参数错误:[limit]", 4000, "请求失败，参数错误:[limit]" },
    { "(0)", 0, "" },
    { "鉴权失败，请参考文档中鉴权部分。" },
    { "not authorized (cns:RecordList)\nresource (*) has no permission" },
    { "1518592 request sending ok, dealing" },
    { "(XXXXXX)YYYYYY" },
    { "" }, { "(" }, { "()" }, { "(-)" }, { "(12" }, { "12" }, { "(12x)" }, { "(012)" }, { "012:x" }, { "1.5:x" },
    { "(1 2)" }, { "--1:x" }, { "(1234567890123456)" }, { "x (12)" }, { ":" }, { "-:" },
  }
  for _, form in ipairs(forms) do
    it("finds the module code in " .. form[1]:gsub("\n", " "), function()
      for _, body in ipairs { { code = 5100, message = form[1] }, dkjson.encode { code = 5100, message = form[1] } } do
        local answer = assert(tcerr.parse(body))
        assert.are.equal(form[2], answer.module_code)
        assert.are.equal(form[3] or form[1], answer.reason)
        assert.are.equal(form[1], answer.message)
      end
    end)
  end

  it("takes a number for a module's where nobody else uses it, or where it is told", function()
    local shared = { [1000] = true, [1001] = true, [1002] = true, [1003] = true, [3000] = true, [4001] = true }
    local owner = {}
    for code, word in shell.read("csrc/tcerr_codes.inc"):gmatch("\nTCERR_CODE%((%d+), %l+, (%u+)") do
      owner[tonumber(code)] = word
    end
    for code, entry in tcerr.each() do
      local body = { code = 5100, message = ("(%d)x"):format(code) }
      local video = entry.layer == "video"
      assert.is_true(not video or owner[code] == (shared[code] and "SHARED" or "OWN"))
      local expected = { [tcerr.parse(body)] = owner[code] == "OWN",
        [tcerr.parse(body, { module = "video" })] = video, [tcerr.parse(body, { module = false })] = false }
      for answer, known in pairs(expected) do
        assert.are.equal(code, answer.module_code)
        assert.are.equal(known and entry or nil, answer.module_entry)
        assert.are.equal(known and entry or tcerr.codes[5100], answer.cause)
      end
    end
  end)

  it("knows all numbers that stand in code itself, but with module = false the API's own only", function()
    for code, entry in tcerr.each() do
      assert.are.equal(entry, tcerr.parse({ code = code }).cause)
      local other = tcerr.parse({ code = code }, { module = false })
      assert.are.equal(entry.layer == "access" and entry or nil, other.cause)
      assert.are.equal(other.cause, other.entry)
    end
  end)

  it("finds the cause only of what failed, and where it is known", function()
    assert.is_nil(tcerr.parse('{"code":0,"message":"(20108)x"}').cause)
    assert.are.equal("ChannelNotEditable", tcerr.parse('{"code":4999,"message":"(20108)x"}').cause.name)
    assert.is_nil(tcerr.parse('{"code":4999,"message":"(4999)x"}').cause)
  end)

  it("counts only top-level members, and the first of two equal keys", function()
    assert.are.equal(5100, tcerr.parse('{"a":{"code":1},"b":[{"code":2}],"code":5100,"code":3}').code)
    assert.are.equal(5100, tcerr.parse('{"s":"\\"code\\":1","code" \t:\r\n "5100"}').code)
    assert.are.equal("a", tcerr.parse('{"message":"a","code":1,"message":"b"}').message)
    refused('{"code":"x","code":1}', "no code")
    refused('{"data":{"code":0}}', 'neither "code" nor "Response"')
    refused('{"\\u0063ode":1}', 'neither "code" nor "Response"')
  end)

  it("takes canonical integers as codes and guesses nothing", function()
    for _, value in ipairs { "0", "-10001", '"5100"', "999999999999999", '"-1"' } do
      assert.are.equal(tonumber((value:gsub('"', ""))), tcerr.parse('{"code":' .. value .. "}").code)
    end
    for _, value in ipairs { "4100.0", "41e2", '"4.0"', '" 4100"', '"04100"', '""', "null", "true", "{}", "[]",
      "1000000000000000", "-0", '"\\u0034100"' } do
      refused('{"code":' .. value .. "}", "no code")
    end
    for _, value in ipairs { "04100", "+1", "4100x", "0x1004", ".5", "1.", "-", "nul", "nan", "'1'" } do
      refused('{"code":' .. value .. "}", "not a JSON object")
    end
  end)

  it("reads codeDesc in its three forms", function()
    assert.are.equal("AuthFailure", tcerr.parse('{"code":1,"codeDesc":"AuthFailure"}').code_desc)
    assert.are.equal("9110", tcerr.parse('{"code":1,"codeDesc":9110}').code_desc)
    assert.are.equal("9110", tcerr.parse({ code = 1, codeDesc = 9110 }).code_desc)
    assert.are.equal("Success", tcerr.parse('{"code":1,"codedesc":"Success"}').code_desc)
    assert.is_nil(tcerr.parse('{"code":1,"codeDesc":null}').code_desc)
  end)

  it("decodes escapes, surrogate pairs too; a lone one becomes U+FFFD", function()
    local function message(raw) return tcerr.parse('{"code":1,"message":"' .. raw .. '"}').message end
    assert.are.equal('"\\/\b\f\n\r\tA', message([[\"\\\/\b\f\n\r\t\u0041]]))
    assert.are.equal("é鉴😀", message([[\u00e9\u9274\uD83D\uDE00]]))
    assert.are.equal("\239\191\189x", message([[\ud83dx]]))
    assert.are.equal("\239\191\189", message([[\ude00]]))
    assert.are.equal("\239\191\189é", message([[\ud83d\u00e9]]))
    assert.are.equal("\239\191\189\nde00", message([[\ud83d\nde00]]))
    assert.are.equal("\239\191\189😀", message([[\ud83d\ud83d\ude00]]))
    assert.are.equal("\0", message([[\u0000]]))
    assert.are.equal("\255\254", message("\255\254"))
    assert.are.equal(20108, tcerr.parse([[{"code":1,"message":"20108\uff1a\u9891"}]]).module_code)
  end)

  it("refuses what is no JSON object, and says why", function()
    for _, body in ipairs { "<html></html>", "[]", '"code"', "4100", "null", "{]", '{"code" 1}', '{code:1}', "{,}",
      '{"a":[1,2}', '{"a":"\n"}', '{"a":"\\x"}', '{"a":"\\u12g4"}', "\0", "{\0}" } do
      refused(body, "not a JSON object")
    end
    for _, body in ipairs { "", " ", "{", '{"code', '{"code":', '{"code":41', '{"code":4100', '{"a":"\\' } do
      refused(body, "truncated")
    end
    refused("{}", 'neither "code" nor "Response"')
    refused({}, 'neither "code" nor "Response"')
  end)

  it("takes a byte order mark and white space around", function()
    assert.are.equal(1, tcerr.parse('\239\187\191 \r\n\t{"code":1} \n').code)
    for _, start in ipairs { "\239\187", "\239\187\191\239\187\191", " \239\187\191" } do
      refused(start .. '{"code":1}', "not a JSON object")
    end
  end)

  it("takes a byte order mark that is cut", function()
    refused("\239", "truncated")
    refused("\239\187", "truncated")
    for cut = 1, 3 do
      local _, _, _, _, state = core.scan(("\239\187\191"):sub(1, cut))
      assert.are.equal(1, (core.scan(("\239\187\191"):sub(cut + 1) .. '{"code":1}', state)))
    end
  end)

  it("takes bodies that are hard to read as the reference does, and so does the filter", function()
    local sound = { ["no code"] = true, ['neither "code" nor "Response"'] = true }
    for _, body in ipairs(lines.hard { 0, 52, 56, 242, 243, 244, 245, 246, 247, 248, 754, 759, 760 }) do
      local code, keys = reference.read_object(body)
      local answer, reason = tcerr.parse(body)
      if answer then reason = answer.problem end
      assert.are.equal(keys ~= nil, reason == nil or sound[reason] == true, body)
      if keys then assert.are.equal(code, answer and answer.code, body) end
      if #body <= 8192 then assert.are.equal(answer and answer.code or false, (core.scan(body)), body) end
    end
  end)

  it("bounds nesting", function()
    local function nested(depth) return '{"a":' .. ("["):rep(depth) .. ("]"):rep(depth) .. ',"code":1}' end
    assert.are.equal(1, tcerr.parse(nested(1023)).code)
    refused(nested(1024), "nested too deeply")
    refused(nested(1000000), "nested too deeply")
  end)

  it("tells objects and arrays apart at every depth", function()
    local below = random.new(67)
    local opening, closing = "", ""
    for _ = 1, 200 do
      local ways = { { '{"a":', "}" }, { "[", "]" } }
      for i, way in ipairs(ways) do
        local body = '{"a":' .. opening .. way[1] .. "0%s" .. closing .. ',"code":1}'
        assert.are.equal(1, tcerr.parse(body:format(way[2])).code)
        refused(body:format(ways[3 - i][2]), "not a JSON object")
      end
      local way = ways[below(2)]
      opening, closing = opening .. way[1], way[2] .. closing
    end
  end)

  it("keeps what was read before the text went wrong, and says that it did", function()
    for text, problem in pairs {
      ['{"code":5100,"message":"(20108)x",}'] = "not a JSON object", ['{"code":5100,}'] = "not a JSON object",
      ['{"code":5100,"message":"(20108)x"'] = "truncated", ['{"code":5100,'] = "truncated", ['{"code":5100 '] = "truncated",
      ['{"code":5100,"a":' .. ("["):rep(1024)] = "nested too deeply",
    } do
      local answer = tcerr.parse(text)
      assert.are.equal(5100, answer.code, text)
      assert.are.equal(problem, answer.problem)
      assert.are.equal(text:find("20108") and 20108 or 5100, answer.cause.code)
    end
    refused('{"data":<id>,"code":5100,"message":"(1)x"}', "not a JSON object")
    refused('{"code":5100', "truncated")
  end)

  it("looks no further than the end of the object", function()
    for _, behind in ipairs { "", " \n", "garbage", "}", '{"code":0}', "\0" } do
      for _, object in ipairs { '{"code":4100}', '{"code":4100,"message":"x"}' } do
        local answer = tcerr.parse(object .. behind)
        assert.are.equal(4100, answer.code)
        assert.is_nil(answer.problem)
      end
    end
  end)

  it("reads of a cut body what stands before the cut, and never anything else", function()
    for _, one in ipairs(sample()) do
      if one.strict_json and #one.body < 400 then
        local object, whole = one.body:gsub("%s+$", ""), tcerr.parse(one.body)
        for length = 0, #object - 1 do
          local answer, reason = tcerr.parse(object:sub(1, length))
          local holds = (answer and answer.problem or reason) == "truncated"
            and (not answer or answer.code == whole.code)
            and (not answer or answer.module_code == nil or answer.module_code == whole.module_code)
          if not holds then error(one.id .. " " .. length) end
        end
      end
    end
  end)

  it("never throws, whatever it is given", function()
    for _, body in ipairs { 42, true, print, io.stdout, { 1 }, {}, { code = {} }, { code = 0 / 0 }, { code = 1.5 },
      { code = 2 ^ 60 }, { code = "x" }, setmetatable({}, { __index = error }) } do
      local ok, answer, reason = pcall(tcerr.parse, body)
      assert.is_true(ok, answer)
      assert.is_nil(answer)
      assert.is_string(reason)
    end
    local ok, answer, reason = pcall(tcerr.parse)
    assert.is_true(ok and answer == nil and reason == "not a JSON object")
    assert.is_nil(tcerr.parse({ code = 1, message = 5 }).message)
  end)

  it("gives a result or nil and why for bytes at random", function()
    local below, pick = random.new(7)
    local parts = { "{", "}", "[", "]", ":", ",", '"', "\\", "code", '"code":', '"message":', "4100", "-", ".", "e",
      "null", " ", "\n", "\0", "\255", "\\u", "d83d", "(20108)", "：" }
    for _ = 1, 5000 do
      local text = below(2) == 1 and "{" or ""
      for _ = 1, below(14) do text = text .. pick(parts) end
      local answer, reason = tcerr.parse(text)
      assert.is_true(type(answer) == "table" or type(reason) == "string")
    end
  end)

  it("is strict about every value, also behind the code", function()
    for _, value in ipairs { "01", "-01", "-", "--1", "1.", "1.e5", "1e", "1E+", "1e-", "1e+-1", "1:2", "[1,]", "[,1]",
      "[1 2]", "[1, ]", "[ , 1]", '{"b":1,}', '{"b":1, }', "[01]", "trux", "nulx", "falsx", '"\\u123g56"', '"\\u12g456"', '"\\u12G456"',
      '"\31"', '"\31' .. ("x"):rep(40) .. '"' } do
      refused('{"a":' .. value .. ',"code":1}', "not a JSON object")
      assert.are.equal("not a JSON object", tcerr.parse('{"code":1,"a":' .. value .. ',"pad":"' .. ("x"):rep(64) .. '"}').problem)
    end
    for _, value in ipairs { "0", "-0", "-0.5E-3", "1e+5", "12345678901234567890", "[[],{}]", '"\127"', '"\\uABCDef"' } do
      assert.are.equal(1, tcerr.parse('{"code":1,"a":' .. value .. "}").code)
    end
  end)

  it("takes no byte behind a digit but where a number goes on or ends", function()
    for byte = 0, 255 do
      local c = string.char(byte)
      if not c:find("[%d.eE \t\r\n,}]") then refused('{"a":1' .. c .. '5,"code":1}', "not a JSON object") end
    end
  end)

  it("reads a code as digits and nothing else", function()
    for _, value in ipairs { '"41:0"', '"4100:"', '"41/0"', '"-"', '"--1"' } do refused('{"code":' .. value .. "}", "no code") end
  end)

  it("finds the module's code whatever escape stands where the head of a message ends", function()
    for _, escape in ipairs { [[\n]], [[\u9274]], [[\ud83d\ude00]], [[\ud83dx]] } do
      for before = 132 - #escape, 132 do
        local answer = tcerr.parse('{"code":5100,"message":"20108:' .. ("x"):rep(before - 6) .. escape .. '"}')
        assert.are.equal(20108, answer.module_code)
        assert.are.equal(("x"):rep(before - 6) .. tcerr.parse('{"code":1,"message":"' .. escape .. '"}').message, answer.reason)
      end
    end
  end)

  it("decodes escapes at the borders of UTF-8's lengths and of the surrogates", function()
    local function message(raw) return tcerr.parse('{"code":1,"message":"' .. raw .. '"}').message end
    assert.are.equal("\127\194\128", message([[\u007f\u0080]]))
    assert.are.equal("\223\191\224\160\128", message([[\u07ff\u0800]]))
    assert.are.equal("\237\159\191\238\128\128", message([[\ud7ff\ue000]]))
    assert.are.equal("\239\191\191\240\144\128\128", message([[\uffff\ud800\udc00]]))
    assert.are.equal("\244\143\191\191", message([[\udbff\udfff]]))
    assert.are.equal("\239\191\189\238\128\128", message([[\ud83d\ue000]]))
    assert.are.equal("\239\191\189\239\191\189", message([[\udc00\udc00]]))
    assert.are.equal("\239\191\189\239\191\189", message([[\ud83d\udbff]]))
  end)

  it("takes the first codeDesc, and the first message also when it is no text", function()
    assert.are.equal("a", tcerr.parse('{"code":1,"codeDesc":"a","codeDesc":"b"}').code_desc)
    assert.are.equal("a", tcerr.parse('{"code":1,"codedesc":"a","codeDesc":"b"}').code_desc)
    assert.is_nil(tcerr.parse('{"code":1,"message":null,"message":"(1)x"}').message)
  end)

  it("asks for the delimiter that fits the module code's beginning", function()
    for _, text in ipairs { "20108)x", "20108）x", "(20108:x", "（20108：x" } do
      local answer = tcerr.parse { code = 5100, message = text }
      assert.is_nil(answer.module_code, text)
      assert.are.equal(text, answer.reason)
    end
  end)

  it("looks for the module code in the first 22 bytes of a message, be they escaped, cut, or in a table", function()
    local function code(text) return '{"code":5100,"message":"' .. text .. '"}' end
    for spaces = 0, 140 do
      local text = "(" .. (" "):rep(spaces) .. "20108)x"
      local escaped = text:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end)
      local expected = spaces <= 15 and 20108 or nil
      assert.are.equal(expected, tcerr.parse({ code = 5100, message = text }).module_code, spaces)
      for _, body in ipairs { code(text), code(escaped) } do
        assert.are.equal(expected, tcerr.parse(body).module_code, body)
        if spaces % 15 < 2 then
          for length = 0, #body - 1 do
            local _, module, _, _, state = core.scan(body:sub(1, length))
            if state then _, module = core.scan(body:sub(length + 1), state) end
            assert.are.equal(expected, module, length)
          end
        end
      end
    end
    for _, signs in ipairs { { "\\uff08", "\\uff09" }, { "\\uFF08", "\\uFF09" }, { "\\uFf08", ")" }, { "\\ufF08", "）" } } do
      assert.are.equal(20108, tcerr.parse(code(signs[1] .. "20108" .. signs[2] .. "x")).module_code, signs[1])
    end
    local longest = "（-123456789012345）"
    assert.are.equal(-123456789012345, tcerr.parse({ code = 5100, message = longest .. "x" }).module_code)
    assert.is_nil(tcerr.parse({ code = 5100, message = longest:gsub("-", "- ") .. "x" }).module_code)
  end)

  it("takes a table's code below 15 digits, as an integer", function()
    assert.are.equal(999999999999999, tcerr.parse({ code = 999999999999999 }).code)
    for _, code in ipairs { 1e15, -1e15, "1000000000000000", "-1000000000000000" } do refused({ code = code }, "no code") end
    assert.are.equal("4100", tostring(tcerr.parse({ code = 4100.0 }).code))
    assert.are.equal(0, tcerr.parse({ code = "0" }).code)
    assert.are.equal(-999999999999999, tcerr.parse({ code = "-999999999999999" }).code) -- the longest
    assert.are.equal("a", tcerr.parse({ code = 1, codeDesc = "a", codedesc = "b" }).code_desc)
    assert.are.equal("b", tcerr.parse({ code = 1, codedesc = "b" }).code_desc)
  end)

  it("asks the core for no module that there is not", function()
    local ok, problem = pcall(core.read_answer, '{"code":4100}', "vidoe")
    assert.is_false(ok)
    assert.is_truthy(problem:find("no such layer", 1, true), problem)
  end)

  it("refuses options that it does not know, and names them", function()
    local refusals = {
      { 5, "options: table expected, got number" }, { "x", "options: table expected, got string" },
      { { modul = false }, "no such option: modul" }, { { module = true }, NO_MODULE }, { { module = "access" }, NO_MODULE },
      { { module = 5 }, NO_MODULE },
    }
    for _, refusal in ipairs(refusals) do
      local ok, problem = pcall(function() tcerr.parse('{"code":1}', refusal[1]) end)
      assert.is_false(ok)
      assert.is_truthy(problem:find("^spec/parse_spec.lua:%d+: bad argument #2 to 'parse' %("), problem)
      assert.is_truthy(problem:find(refusal[2], 1, true), problem)
    end
  end)

  it("leaves the spaces behind a module's number out of the reason", function()
    assert.are.equal("x", tcerr.parse({ code = 1, message = "(2000)   x" }).reason)
  end)

  it("says of a table what it says of its text, where a member is not what it should be", function()
    for _, text in ipairs { '{"code":5100,"codeDesc":true,"codedesc":"x"}', '{"code":5100,"codeDesc":[],"codedesc":7}',
      '{"code":true,"Response":{}}', '{"code":[1],"message":"20108: x"}', '{"Response":{"Error":[],"RequestId":[]}}',
      '{"Response":{"Error":{"Code":{},"Message":7}}}', '{"Response":[],"code":"4100","message":["(20108)"]}' } do
      local answer, reason = tcerr.parse(text)
      assert.are.same({ answer, reason }, { tcerr.parse((assert(dkjson.decode(text)))) }, text)
    end
    for _, number in ipairs { 1 / 0, -1 / 0, 0 / 0 } do -- no text has them
      assert.are.same({ nil, "no code" }, { tcerr.parse { code = number } })
      assert.are.same({ nil, "no code" }, { tcerr.parse { Response = { Error = { Code = number } } } })
    end
    local bytes = "(20108)\0\1\31\127\"\\\255\237\160\128鉴"
    assert.are.equal(bytes, tcerr.parse({ code = 5100, message = bytes }).message)
  end)

  it("leaves a table's metamethods alone", function()
    local body = setmetatable({ code = 1 }, { __index = function() error("called") end })
    assert.is_nil(tcerr.parse(body).message)
  end)

  it("skips what nests, and takes its numbers for nobody's", function()
    refused('{"a":"5100","code":["x"]}', "no code")
    refused('{"a":"5100","code":{"b":"5100"}}', "no code")
    refused('{"code":{"a":1},"code":5100}', "no code")
    assert.are.equal(5100, tcerr.parse('{"a":[{"b":[1,{"code":1}]},[2]],"code":5100}').code)
  end)
end)

describe("the scan of a body that comes in chunks", function()
  -- Feeds a body in chunks of the given sizes, in turn.
  local function scan(body, sizes)
    local at, turn = 1, 0
    local state, code, module, _
    repeat
      turn = turn % #sizes + 1
      local chunk = body:sub(at, at + sizes[turn] - 1)
      at = at + #chunk
      code, module, _, _, state = core.scan(chunk, state)
    until not state or at > #body
    return code, module
  end

  it("gives the same for any chunking of every body", function()
    for _, one in ipairs(sample()) do
      local code, module = scan(one.body, { #one.body + 1 })
      local answer = tcerr.parse(one.body)
      if answer then
        assert.are.equal(answer.code, code, one.id)
        assert.are.equal(answer.module_code, module, one.id)
      end
      for _, sizes in ipairs { { 1 }, { 2 }, { 3, 1 }, { 7 }, { 64 }, { 1, 100 } } do
        local again, module_again = scan(one.body, sizes)
        assert.are.equal(code, again, one.id)
        assert.are.equal(module, module_again, one.id)
      end
    end
  end)

  it("gives the same when a body is cut in two anywhere", function()
    local body = ' {"a":{"code":1},"list":[1.5e3,true,null],"code" : "5100","message":"20108\\uff1a\\u9891","x":1}'
    for length = 0, #body do
      local code, module, _, _, state = core.scan(body:sub(1, length))
      if state then code, module = core.scan(body:sub(length + 1), state) end
      assert.are.equal(5100, code, length)
      assert.are.equal(20108, module, length)
    end
  end)

  it("reports no number without its delimiter, and looks at 8 KiB at the most", function()
    assert.is_false((core.scan('{"code":41')))
    assert.is_false((core.scan('{"code":4100x,')))
    assert.are.equal(4100, (core.scan('{"code":4100,')))
    assert.are.equal(4100, (core.scan('{"code":4100}]')))
    assert.are.equal(4100, (core.scan('{"code":4100,}')))
    local padding = (" "):rep(8192)
    assert.is_false((core.scan("{" .. padding .. '"code":4100}')))
    assert.are.equal(4100, (core.scan("{" .. padding:sub(1, 8192 - 13) .. '"code":4100,' .. padding)))
  end)

  it("is over as soon as a number and the message are there, in any order, and not before", function()
    local function goes_on(body) return select(5, core.scan(body)) ~= nil end
    assert.is_false(goes_on '{"code":4100,"message":"x"')
    assert.is_false(goes_on '{"message":"x","code":4100,')
    assert.is_true(goes_on '{"code":4100,"message":"x')
    assert.is_true(goes_on '{"code":4100,"codeDesc":"x",')
    assert.is_true(goes_on '{"message":"x","code":4100')
    assert.is_true(goes_on '{"Response":{"Error":{"Code":"A.B","Message":"x"}')
    assert.is_false(goes_on '{"Response":{"Error":{"Code":"A.B"}}}')
  end)

  it("keeps what it has read: the chunk that it came in may be gone", function()
    local function key(spaces) return '{"code":' .. (" "):rep(spaces) end
    local code, _, _, _, state = core.scan(key(100))
    assert.is_false(code)
    collectgarbage()
    collectgarbage()
    local others = {}
    for i = 1, 500 do others[i] = ("x"):rep(105) .. (100 + i) end -- where the chunk was
    assert.are.equal(500, #others)
    assert.are.equal(4100, (core.scan("4100}", state)))
  end)

  it("looks at 8 KiB of a body to the byte", function()
    local function body(spaces) return "{" .. (" "):rep(spaces) .. '"code":4100,' .. (" "):rep(100) end
    assert.are.equal(4100, (core.scan(body(8192 - 13))))
    assert.is_false((core.scan(body(8192 - 12))))
    for _, cut in ipairs { 1, 4000, 8191 } do -- the same in two chunks
      for spaces, expected in pairs { [8192 - 13] = 4100, [8192 - 12] = false } do
        local _, _, _, _, state = core.scan(body(spaces):sub(1, cut))
        assert.are.equal(expected, (core.scan(body(spaces):sub(cut + 1), state)))
      end
    end
  end)
end)
