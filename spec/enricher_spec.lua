-- The enricher: its properties over logs at random, and the traps one by one.

local dkjson = require "dkjson"
local shell = require "support.shell"
local lines = require "support.lines"
local random = require "support.random"
local reference = require "support.reference"
local format = require "tcerr.format"
local tcerr = require "tcerr"

local FORMATS = require("tcerr.enricher").FORMATS
local AROUND_WINDOWS = { 0, 50, 51, 52, 53, 54, 55, 56, 4083, 4085, 4086, 4087, 4088 } -- of 64 bytes and of 4096

local function enrich(log, options)
  local e = tcerr.enricher(options)
  return e:feed(log) .. e:finish(), e
end

-- What each code adds by default, written here once more.
local function suffixes(kind)
  local all = {}
  for code, entry in tcerr.each() do
    all[code] = {}
    for i, field in ipairs { "message", "category", "retry" } do
      local value = entry[field]
      local piece = kind == "json" and (',"tc_%s":"%s"'):format(field, value)
        or (' tc_%s=%s'):format(field, value:find("[^%w_]") and '"' .. value .. '"' or value)
      all[code][i] = { "tc_" .. field, piece }
    end
  end
  return all
end

-- What the reference makes of the lines of each format: hard ones come again and again.
local by_reference = {}
for _, kind in ipairs(FORMATS) do
  local pieces = suffixes(kind)
  by_reference[kind] = setmetatable({}, { __index = function(known, line)
    known[line] = reference.enrich(line, kind, pieces)
    return known[line]
  end })
end

-- The whole log by the reference.
local function expected(log, kind)
  local out = {}
  for line, newline in log:gmatch("([^\n]*)(\n?)") do out[#out + 1] = by_reference[kind][line] .. newline end
  return table.concat(out)
end

describe("the enricher", function()
  for _, kind in ipairs(FORMATS) do
    it("makes of any log what the reference makes: " .. kind, function()
      local below, pick = random.new(11)
      local changed, rounds = 0, shell.version == "5.4" and 1500 or 300 -- the core is the same
      for _ = 1, rounds do
        local log = lines.log(kind, below(8), below, pick)
        local out = enrich(log, { format = kind })
        assert.are.equal(expected(log, kind), out)
        if out ~= log then changed = changed + 1 end
      end
      assert.is_true(changed > rounds / 5)
    end)

    it("gives the same bytes and counts for any chunking: " .. kind, function()
      local below, pick = random.new(23)
      for round = 1, 150 do
        local log = lines.log(kind, 20, below, pick)
        local options = { format = kind, max_line = round % 3 == 0 and 40 or nil }
        local whole, e = enrich(log, options)
        local cut, out, at = tcerr.enricher(options), {}, 1
        local most = pick { 1, 2, 7, 50, 300 }
        while at <= #log do
          local size = below(most)
          out[#out + 1] = cut:feed(log:sub(at, at + size - 1))
          at = at + size
        end
        out[#out + 1] = cut:finish()
        assert.are.equal(whole, table.concat(out))
        assert.are.same(e:counts(), cut:counts())
      end
    end)

    it("leaves every line that it does not enrich as it is, and loses none: " .. kind, function()
      local below, pick = random.new(37)
      for _ = 1, 300 do
        local log = lines.log(kind, 12, below, pick)
        local out, e = enrich(log, { format = kind })
        local changed, next_line = 0, out:gmatch("([^\n]*)(\n?)")
        for line, newline in log:gmatch("([^\n]*)(\n?)") do
          local made, made_newline = next_line()
          assert.are.equal(newline, made_newline)
          if made ~= line then
            changed = changed + 1
            assert.is_true(#made > #line)
          end
        end
        assert.are.equal(changed, e:counts().enriched)
        local _, newlines = log:gsub("\n", "")
        assert.are.equal(newlines + (log:find("[^\n]$") and 1 or 0), e:counts().lines)
      end
    end)

    it("adds nothing twice: " .. kind, function()
      local below, pick = random.new(41)
      for _ = 1, 200 do
        local once = enrich(lines.log(kind, 10, below, pick), { format = kind })
        assert.are.equal(once, (enrich(once, { format = kind })))
      end
    end)
  end

  it("writes valid JSON with every field of every entry, in both languages", function()
    for code, entry in tcerr.each() do
      for _, lang in ipairs { "zh", "en" } do
        local line = enrich(('{"code":%d}'):format(code), { fields = format.FIELDS, lang = lang })
        local decoded = assert(dkjson.decode(line))
        for _, field in ipairs(format.FIELDS) do
          assert.are.equal(format.field(entry, field, lang), decoded["tc_" .. field])
        end
      end
    end
  end)

  it("writes every field of every entry in logfmt so that it can be read back", function()
    for code, entry in tcerr.each() do
      local line = enrich("code=" .. code, { format = "logfmt", fields = format.FIELDS })
      for _, field in ipairs(format.FIELDS) do
        local value = line:match(" tc_" .. field .. '="([^"]*)"') or line:match(" tc_" .. field .. "=([^ ]*)")
        assert.are.equal(entry[field] and tostring(entry[field]), value)
      end
    end
  end)

  local added = ',"tc_category":"auth"'
  local json = {
    { '{"code":4100}', '{"code":4100' .. added .. "}" },
    { ' { "code" :\t"4100" } \r', ' { "code" :\t"4100" ' .. added .. "} \r" },
    { '{"uri":"/x?q=\\"code\\":4100"}' },
    { '{"uri":"/x?q=\\"code\\":4100","code":0}' },
    { '{"resp":{"code":4100}}' }, { '[{"code":4100}]' },
    { '{"resp":{"code":4200},"code":4100}', '{"resp":{"code":4200},"code":4100' .. added .. "}" },
    { '{"code":4100,"code":0}', '{"code":4100,"code":0' .. added .. "}" }, { '{"code":0,"code":4100}' },
    { '{"code":"x","code":4100}' },
    { '{"code":4100}}' }, { '{"code":4100' }, { '{"code":4100,}' }, { '{"code":4100}x' }, { 'x{"code":4100}' },
    { '{"code":4100,"a":"\0"}' }, { '{"code":4100,"a":"\\xE9"}' }, { '{"code":4100,"a":"\t"}' },
    { '{"code":4100,"a":01}' }, { '{"code":4100 "a":1}' }, { '{"code":4100,"a":tru}' },
    { '{"code":4100,"a":"\255\128"}', '{"code":4100,"a":"\255\128"' .. added .. "}" },
    { '{"code":4100.0}' }, { '{"code":41e2}' }, { '{"code":04100}' }, { '{"\\u0063ode":4100}' }, { '{"Code":4100}' },
    { '{"code":4100,"tc_category":null}' }, { "" }, { "\r" }, { "}}" }, { "\0" }, { '"code":4100' },
    { '{"s":"code","code":4100}', '{"s":"code","code":4100' .. added .. "}" },
    { '{"a":"\\\\","code":4100}', '{"a":"\\\\","code":4100' .. added .. "}" },
    { '\239\187\191{"code":4100}', '\239\187\191{"code":4100' .. added .. "}" },
  }
  for _, case in ipairs(json) do
    it("takes or leaves the JSON line " .. case[1]:gsub("%c", "?"), function()
      assert.are.equal(case[2] or case[1], (enrich(case[1], { fields = { "category" } })))
      assert.are.equal("a\n" .. (case[2] or case[1]) .. "\nb", (enrich("a\n" .. case[1] .. "\nb", { fields = { "category" } })))
    end)
  end

  it("takes the Nth field of text, forwards and backwards", function()
    local line = "a 4100  b\t4200 \r"
    local function category(field)
      return enrich(line, { format = "text", field = field, fields = { "category" } }):match("tc_category=(%w+)\r$")
    end
    assert.are.same({ nil, "auth", nil, "expired", nil }, { category(1), category(2), category(3), category(4), category(5) })
    assert.are.equal("expired", category(-1))
    assert.are.equal("auth", category(-3))
    assert.is_nil(category(-2))
    assert.is_nil(category(-5))
  end)

  it("takes another key, prefix and set of fields", function()
    assert.are.equal('{"code":1,"err":4100,"x_name":"AuthFailure","x_http_status":401}',
      (enrich('{"code":1,"err":4100}', { key = "err", prefix = "x_", fields = { "name", "http_status" } })))
    assert.are.equal("e=4100 code=4100 http_status=401",
      (enrich("e=4100 code=4100", { format = "logfmt", key = "e", prefix = "", fields = { "code", "http_status" } })))
    assert.are.equal('{"code":4100}', (enrich('{"code":4100}', { fields = {} })))
    assert.are.equal('{"code":4100}', (enrich('{"code":4100}', { prefix = "", fields = { "code" } })))
  end)

  it("counts lines by code, known and unknown, but not 0 and not what is malformed or nested", function()
    local _, e = enrich('{"code":4100}\n{"code":4100}\n{"code":0}\n{"code":4999}\n{"code":-5}\n{"code":4998\n\n{"a":{"code":4997}}\n')
    assert.are.same({ lines = 8, enriched = 2, overlong = 0, other = 0, coded = true, codes = { [4100] = 2 },
      unknown = { [4999] = 1, [-5] = 1 } }, e:counts())
  end)

  it("has room for a line that is all quotes", function()
    for quotes = 4095, 4097 do -- a window of them
      local line = ('"'):rep(quotes) .. '"code":4100}\n'
      assert.are.equal(line, (enrich(line)))
    end
    local line = '{"code":4100' .. (',"":""'):rep(5000)
    assert.are.equal(line .. ',"tc_retry":"never"}\n', (enrich(line .. "}\n", { fields = { "retry" } })))
  end)

  it("bounds the table of unknown codes", function()
    local e = tcerr.enricher()
    for code = 100001, 102000 do e:feed(('{"code":%d}\n'):format(code)) end
    local counts, distinct, sum = e:counts(), 0, 0
    for _, count in pairs(counts.unknown) do distinct, sum = distinct + 1, sum + count end
    assert.are.equal(512, distinct)
    assert.are.equal(2000, sum + counts.other)
  end)

  it("counts each of 512 unknown codes, wherever in the table it stands", function()
    for first = 100001, 104096, 512 do
      local e = tcerr.enricher()
      for code = first, first + 511 do e:feed(('{"code":%d}\n'):format(code)) end
      local unknown = e:counts().unknown
      for code = first, first + 511 do assert(unknown[code] == 1, code) end
    end
  end)

  it("finds a code in a word of 1 to 128 letters, and in no field that a line has not", function()
    for length, coded in pairs { [0] = false, [1] = true, [128] = true, [129] = false } do
      local e = select(2, enrich('{"code":"' .. ("A"):rep(length) .. '"}\n'))
      assert.are.equal(coded, e:counts().coded, length)
    end
    for field, coded in pairs { [-3] = false, [-2] = true, [1] = true, [3] = false } do
      local e = select(2, enrich("4 x\n", { format = "text", field = field }))
      assert.are.equal(coded, e:counts().coded, field)
    end
  end)

  it("passes a line that is longer than max_line, untouched and counted", function()
    local long = '{"code":4100,"pad":"' .. ("x"):rep(100) .. '"}'
    local log = '{"code":4100}\n' .. long .. '\n{"code":4100}\n' .. long
    local out, e = enrich(log, { max_line = 100, fields = { "category" } })
    assert.are.equal((log:gsub('{"code":4100}', '{"code":4100' .. added .. "}")), out)
    assert.are.equal(2, e:counts().overlong)
    assert.are.equal(4, e:counts().lines)
    local exact = tcerr.enricher { max_line = #long }
    assert.is_true(#exact:feed(long .. "\n") > #long + 1)
    local short = tcerr.enricher { max_line = #long - 1 }
    assert.are.equal(#long + 1, #short:feed(long .. "\n"))
  end)

  it("gives a line out as soon as its newline has come, and not before", function()
    local e = tcerr.enricher { fields = { "category" } }
    assert.are.equal("", e:feed('{"code":4100}'))
    assert.are.equal('{"code":4100' .. added .. "}\n", e:feed("\n"))
    assert.are.equal("", e:finish())
  end)

  it("is as good after finish as before", function()
    local e = tcerr.enricher { fields = { "category" } }
    for _ = 1, 3 do assert.are.equal('{"code":4100' .. added .. "}", e:feed('{"code":4100}') .. e:finish()) end
  end)

  it("has room for a line that is all quotes", function()
    local line = '{"code":4100,' .. ('"'):rep(9000)
    assert.are.equal(line, (enrich(line)))
    assert.are.equal(line .. "\n", (enrich(line .. "\n")))
  end)

  it("refuses wrong options, naming them", function()
    local wrong = { format = "xml", key = "", field = 0, prefix = "a b", fields = { "nonsense" }, lang = "fr", max_line = 0,
      module = "x" }
    for name, value in pairs(wrong) do
      for _, bad in ipairs { value, 1.5, print } do
        local ok, problem = pcall(tcerr.enricher, { [name] = bad })
        assert.is_false(ok)
        assert.is_truthy(problem:find("bad argument #1 to 'enricher' (" .. name .. ":", 1, true), problem)
      end
    end
    for _, options in ipairs { 5, "json", { formt = "json" }, { 1 }, { fields = { "name", "name" } },
      { fields = { retry = true } }, { key = 'a"b' } } do
      assert.is_false(pcall(tcerr.enricher, options))
    end
    for _, fields in ipairs { { "name", nil, "retry" }, { [2] = "retry" }, { [1.5] = "retry" }, { "name", x = "retry" } } do
      local ok, problem = pcall(tcerr.enricher, { fields = fields })
      assert.is_false(ok)
      assert.is_truthy(problem:find("(fields: a list expected)", 1, true), problem)
    end
  end)

  it("refuses wrong arguments of its methods, naming them", function()
    local e = tcerr.enricher()
    for _, wrong in ipairs { true, {}, print } do
      assert.is_false(pcall(e.feed, wrong, ""))
      local ok, problem = pcall(e.feed, e, wrong)
      assert.is_false(ok)
      assert.is_truthy(problem:find("string expected", 1, true))
      assert.is_false(pcall(e.run, e, wrong))
      assert.is_false(pcall(e.run, e, io.stdin, wrong))
    end
    assert.is_false(pcall(e.run, e, io.stdin, io.stdout, 5))
    assert.is_false(pcall(e.feed, io.stdout, ""))
    local closed = io.tmpfile()
    closed:close()
    assert.is_false(pcall(e.run, e, closed))
    assert.are.equal("tcerr.enricher", getmetatable(e))
  end)

  it("makes the same with its portable searches as with the fast ones", function()
    if shell.version ~= "5.4" then return end -- one build is enough
    shell.with_directory(function(directory)
      local below, pick = random.new(53)
      for _, kind in ipairs(FORMATS) do
        local log = {}
        for i = 1, 400 do log[i] = lines.log(kind, 10, below, pick) end
        shell.write(directory .. "/log", table.concat(log, "\n"))
        local command = ("%s %s lua/tcerr/main.lua enrich --format %s %s/log")
        local fast = shell.run(command:format(shell.environment, shell.lua, kind, directory))
        assert.is_true(expected(table.concat(log, "\n"), kind) == fast)
        for _, variant in ipairs { "portable", "sse2" } do
          local environment = shell.environment:gsub(shell.build, shell.build .. "/" .. variant)
          assert.is_true(fast == shell.run(command:format(environment, shell.lua, kind, directory)), variant)
        end
      end
    end)
  end)

  it("makes the same of small logs, and counts the same, with its portable searches as with the fast ones", function()
    if shell.version ~= "5.4" then return end -- one build is enough
    shell.with_directory(function(directory)
      shell.write(directory .. "/script.lua", [[
        package.path = "spec/?.lua;" .. package.path
        local lines, tcerr = require "support.lines", require "tcerr"
        local below, pick = require "support.random".new(61)
        for _, kind in ipairs(require("tcerr.enricher").FORMATS) do
          for _ = 1, 400 do
            local e = tcerr.enricher { format = kind }
            print(e:feed(lines.log(kind, 4, below, pick)), e:finish(), e:counts().lines, e:counts().enriched)
          end
        end]])
      local fast = shell.run(("%s %s %s/script.lua"):format(shell.environment, shell.lua, directory))
      assert.is_true(#fast > 5e4)
      for _, variant in ipairs { "portable", "sse2" } do
        local environment = shell.environment:gsub(shell.build, shell.build .. "/" .. variant)
        assert.is_true(fast == shell.run(("%s %s %s/script.lua"):format(environment, shell.lua, directory)), variant)
      end
    end)
  end)

  it("takes or leaves lines that are hard for the reader of JSON, as the reference does", function()
    if shell.version ~= "5.4" then return end -- the reader is the same
    for _, line in ipairs(lines.hard(AROUND_WINDOWS)) do
      local e = tcerr.enricher()
      for _, around in ipairs { { "", "" }, { "a\n", "\nb" }, { "", "\n" .. ("b"):rep(100) .. "\n" },
        { ('{"code":4100}\n'):rep(5), "\n" .. ("b"):rep(100) .. "\n" } } do
        local log = around[1] .. line .. around[2]
        assert.are.equal(expected(log, "json"), e:feed(log) .. e:finish())
      end
    end
  end)

  it("makes the same of hard lines with its portable searches as with the fast ones", function()
    if shell.version ~= "5.4" then return end -- one build is enough
    shell.with_directory(function(directory)
      local log = table.concat(lines.hard(AROUND_WINDOWS), "\n") .. "\n"
      shell.write(directory .. "/log", log)
      for _, variant in ipairs { "", "/portable", "/sse2" } do
        local environment = shell.environment:gsub(shell.build, shell.build .. variant)
        local out = shell.run(("%s %s lua/tcerr/main.lua enrich %s/log"):format(environment, shell.lua, directory))
        assert.is_true(expected(log, "json") == out, variant)
      end
    end)
  end)

  it("compares whole keys: one of the same length, first and last letter is another", function()
    assert.are.equal('{"cade":4200,"code":4100' .. added .. "}", (enrich('{"cade":4200,"code":4100}', { fields = { "category" } })))
    assert.are.equal('{"cade":4200,"a":{"code":4100}}', (enrich('{"cade":4200,"a":{"code":4100}}')))
    for kind, line in pairs { json = '{"code":4100,"tc_cxtegory":1}', logfmt = "code=4100 tc_cxtegory=1",
      text = "tc_cxtegory=1 4100" } do
      assert.is_truthy(enrich(line, { format = kind }):find("tc_category", 1, true))
    end
  end)

  it("finds a key whose quoted forms overlap", function()
    assert.are.equal('{"a":"a",",":4100' .. added .. "}", (enrich('{"a":"a",",":4100}', { key = ",", fields = { "category" } })))
  end)

  it("finds a field and a code that end with the input", function()
    local present = "4100 tc_retry="
    assert.are.equal(present, (enrich(present, { format = "text", field = 1, fields = { "retry" } })))
    local _, e = enrich("code=5", { format = "logfmt" })
    assert.are.same({ [5] = 1 }, e:counts().unknown)
  end)

  it("counts no success and no word that is no code, wherever they stand in a line", function()
    for kind, line in pairs { json = '{"a":1,"code":%s}', logfmt = "a=1 code=%s", text = "1 %s" } do
      for _, value in ipairs { "0", kind == "json" and '"x y"' or "x-y", kind == "json" and '"OK"' or "OK" } do
        local _, e = enrich(line:format(value), { format = kind })
        assert.are.same({}, e:counts().unknown, kind .. " " .. value)
      end
    end
  end)

  it("knows a field in text by its whole word and its =", function()
    for _, word in ipairs { "tc_category", "xtc_category=1", "tc_categoryx=1", "tc_category:1", '"tc_category=1' } do
      assert.are.equal(word .. " 4100 tc_category=auth", (enrich(word .. " 4100", { format = "text", fields = { "category" } })))
    end
    for _, line in ipairs { "tc_category=1 4100", "x\ttc_category= 4100" } do
      assert.are.equal(line, (enrich(line, { format = "text", fields = { "category" } })))
    end
    assert.are.equal("tc_category 4100 tc_category=auth tc_retry=never",
      (enrich("tc_category 4100", { format = "text", fields = { "category", "retry" } })))
  end)

  it("knows a field in text also when the names begin differently, and not without its =, where the line ends", function()
    local options = { format = "text", field = 1, prefix = "", fields = { "category", "retry" } }
    assert.are.equal("4100 retry=1 category=auth", (enrich("4100 retry=1", options)))
    assert.are.equal("4100 retry category=auth retry=never", (enrich("4100 retry", options)))
  end)

  it("leaves a logfmt line alone that ends in a backslash within quotes", function()
    for _, line in ipairs { [[code=4100 m="\]], [[code=4100 m="a\\\]] } do
      assert.are.equal(line, (enrich(line, { format = "logfmt" })))
    end
  end)

  it("finds no Nth field in a line that has fewer", function()
    for _, line in ipairs { "4100 4100", " 4100 4100 ", "4100\t4100\r" } do
      for _, field in ipairs { 3, 4, -3, -4, 2 ^ 31 - 1, 1 - 2 ^ 31 } do
        assert.are.equal(line, (enrich(line, { format = "text", field = field })))
      end
      for _, field in ipairs { 1, 2, -1, -2 } do
        assert.is_true(#enrich(line, { format = "text", field = field }) > #line)
      end
    end
  end)

  it("counts as enriched only lines to which it has added", function()
    for _, case in ipairs { { "json", '{"code":4100,"tc_category":1}' }, { "logfmt", "code=4100 tc_category=1" },
      { "text", "tc_category=1 4100" } } do
      local out, e = enrich(case[2], { format = case[1], fields = { "category" } })
      assert.are.equal(case[2], out)
      assert.are.equal(0, e:counts().enriched)
      assert.are.equal(1, e:counts().codes[4100])
    end
    local _, e = enrich('{"code":4100}\n', { fields = {} })
    assert.are.equal(0, e:counts().enriched)
  end)

  it("counts every line of an unknown code, and takes no code for one that only looks like it in 32 bits", function()
    local _, e = enrich(('{"code":4999}\n'):rep(3) .. '{"code":4294971396}\n{"code":-4294963196}\n')
    assert.are.same({ [4999] = 3, [4294971396] = 1, [-4294963196] = 1 }, e:counts().unknown)
    assert.are.same({}, e:counts().codes)
  end)

  it("takes digits and nothing else for a code", function()
    for _, value in ipairs { "40:0", "410/", "4100:", "--4100", "-", "+4100" } do
      for kind, line in pairs { json = '{"code":"' .. value .. '"}', logfmt = "code=" .. value, text = value } do
        local out, e = enrich(line, { format = kind })
        assert.are.equal(line, out)
        assert.is_nil(next(e:counts().unknown))
      end
    end
  end)

  it("begins anew after finish in the middle of a line that is too long", function()
    local e = tcerr.enricher { max_line = 20, fields = { "category" } }
    assert.are.equal(("x"):rep(50), e:feed(("x"):rep(50)) .. e:finish())
    assert.are.equal('{"code":4100' .. added .. "}\n", e:feed('{"code":4100}\n') .. e:finish())
    assert.are.equal(1, e:counts().overlong)
  end)

  it("takes lines of 1 MiB unless told otherwise", function()
    local line = '{"code":4100,"pad":"' .. ("x"):rep(1024 * 1024 - 22) .. '"}'
    assert.are.equal(1024 * 1024, #line)
    assert.is_true(#enrich(line) > #line)
    assert.are.equal(#line + 1, #enrich(line .. " "))
  end)

  it("refuses keys that would have to be quoted, and integers that are none", function()
    for _, key in ipairs { "a=b", "a\\b", "a\tb", "a\0b", 'a"', "\127" } do
      assert.is_false(pcall(tcerr.enricher, { key = key }))
      assert.is_false(pcall(tcerr.enricher, { prefix = key }))
    end
    assert.are.equal("\n4100", (enrich("\n4100", { format = "text", max_line = 1 })))
    for _, value in ipairs { 2 ^ 31, 2 ^ 53, 1 / 0, 0 / 0, -2 ^ 31 } do
      assert.is_false(pcall(tcerr.enricher, { max_line = value }))
      assert.is_false(pcall(tcerr.enricher, { field = value }))
    end
  end)

  it("takes a code whatever stood before it, with carriage returns around the colon too", function()
    for _, line in ipairs { '{"code":\r4100}', '{"code"\r:4100}', '{"code" \r:\r "4100"}' } do
      local before = enrich(('{"code":4100}\n'):rep(5))
      assert.is_true(#enrich(line) > #line)
      assert.are.equal(before .. enrich(line), (enrich(('{"code":4100}\n'):rep(5) .. line)))
    end
  end)
end)
