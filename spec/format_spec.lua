-- How entries are written: for people, in straight columns, in JSON and in logfmt.

local dkjson = require "dkjson"
local format = require "tcerr.format"
local shell = require "support.shell"
local tcerr = require "tcerr"

-- A code point, be it one or not, as UTF-8 would have it.
local function utf8_of(point)
  local function continued(shift) return string.char(128 + math.floor(point / 2 ^ shift) % 64) end
  if point < 0x80 then return string.char(point) end
  if point < 0x800 then return string.char(192 + math.floor(point / 64)) .. continued(0) end
  if point < 0x10000 then return string.char(224 + math.floor(point / 4096)) .. continued(6) .. continued(0) end
  return string.char(240 + math.floor(point / 262144)) .. continued(12) .. continued(6) .. continued(0)
end

describe("tcerr.format", function()
  it("writes one line with the code, name, message, category and policy, for every entry and both languages", function()
    for code, entry in tcerr.each() do
      for _, lang in ipairs { "zh", "en" } do
        local line = tcerr.format(code, { lang = lang })
        local message = lang == "zh" and entry.message or entry.message_en
        assert.is_nil(line:find("[\n\27]"))
        for _, part in ipairs { ("%d %s %s ("):format(code, entry.name, message), entry.category,
          "fault: " .. entry.fault, "retry: " .. entry.retry, ("HTTP %d)"):format(entry.http_status) } do
          assert.is_truthy(line:find(part, 1, true), line)
        end
      end
    end
  end)

  it("writes a block with the detail", function()
    local block = tcerr.format(4100, { detail = true })
    assert.is_truthy(block:find("^4100 AuthFailure\n  message   鉴权失败\n  detail    签名鉴权失败"))
    assert.is_nil(tcerr.format(20108, { detail = true }):find("detail"))
  end)

  it("keeps every line within the width, and loses nothing of the block but spaces", function()
    for code, entry in tcerr.each() do
      for width = 1 + code % 9, 100, 9 do -- each width with many entries, each entry with many widths
        if format.width(tcerr.format(code, { width = width })) > width then error(code .. " " .. width) end
        local text = tcerr.format(code, { detail = true, width = width, color = true }):gsub("\27%[%d*m", "")
        for line in text:gmatch("[^\n]+") do
          if format.width(line) > width then error(width .. ": " .. line) end
        end
        if width >= 28 then
          assert.is_truthy(text:gsub("%s", ""):find((entry.detail or entry.message):gsub("%s", ""), 1, true))
        end
      end
    end
  end)

  it("colours only when asked, and only around the text", function()
    for code in tcerr.each() do
      for _, detail in ipairs { true, false } do
        local plain = tcerr.format(code, { detail = detail })
        local colored = tcerr.format(code, { detail = detail, color = true })
        assert.is_nil(plain:find("\27"))
        assert.is_truthy(colored:find("\27[1m", 1, true))
        assert.are.equal(plain, (colored:gsub("\27%[%d*m", "")))
      end
    end
  end)

  it("gives nil and why for an unknown key, and an argument error for wrong options", function()
    local text, reason = tcerr.format(9999)
    assert.is_nil(text)
    assert.are.equal("unknown code: 9999", reason)
    for _, options in ipairs { "en", 5, { lang = "fr" }, { width = 0 }, { width = "x" }, { width = 0 / 0 }, { langs = "en" },
      { color = 1 }, { detail = "yes" }, { "en" } } do
      local ok, problem = pcall(tcerr.format, 4100, options)
      assert.is_false(ok)
      assert.is_truthy(problem:find("bad argument #2 to 'format'", 1, true), problem)
      local name = type(options) == "table" and next(options)
      assert.is_truthy(not name or problem:find(tostring(name), 1, true), problem)
    end
  end)
end)

describe("widths", function()
  it("count two columns for a Chinese character or full-width sign", function()
    assert.are.equal(0, format.width(""))
    assert.are.equal(4, format.width("鉴权"))
    assert.are.equal(2, format.width("。"))
    assert.are.equal(2, format.width("é…"))
    assert.are.equal(2, format.width("𠀀"))
    assert.are.equal(9, format.width("json 格式"))
    assert.are.equal(6, format.width("\27[33m鉴权ok\27[0m")) -- a colour takes none
  end)

  it("are straight for all rows of the list", function()
    local rows = {}
    for code, entry in tcerr.each() do rows[#rows + 1] = { code, entry.message, "|" } end
    local columns = {}
    for _, line in ipairs(format.columns(rows)) do columns[format.width(line)] = true end
    local width = next(columns)
    assert.is_nil(next(columns, width))
  end)

  it("are kept by a word that takes more than a line", function()
    local text = "abcdefghijklmnopqrstuvwxyz"
    for columns = 1, 27 do
      local lines = format.wrap(text, columns)
      for _, line in ipairs(lines) do assert.is_true(format.width(line) <= columns, line) end
      assert.are.same({ text, math.ceil(26 / columns) }, { table.concat(lines), #lines })
    end
  end)

  it("never cut inside a character", function()
    local text = "鉴a权b失败。"
    for columns = 1, 13 do
      local cut = format.cut(text, columns)
      assert.is_true(format.width(cut) <= columns)
      assert.are.equal(cut:gsub("…$", ""), text:sub(1, #cut:gsub("…$", "")))
    end
    assert.are.equal(text, format.cut(text, 12))
  end)
end)

describe("for programs", function()
  it("JSON gives back every field of every entry", function()
    for _, entry in tcerr.each() do
      local decoded = assert(dkjson.decode(format.json(entry)))
      assert.are.same(entry, decoded)
    end
  end)

  it("JSON escapes what has to be escaped", function()
    local text = '"\\/\0\1\31\127é\n'
    assert.are.equal(text, dkjson.decode(format.json_value(text)))
  end)

  it("printable text cannot steer a terminal", function()
    assert.are.equal("a?[31m?b鉴", format.printable("a\27[31m\194\155b鉴"))
    assert.are.equal("????", format.printable("\0\r\n\127"))
    assert.are.equal("?a??é?😀??", format.printable("\155a\226\128é\128😀\245\128"))
    assert.are.equal("??x??", format.printable("\155\155x\193\191"))
    assert.are.equal("?x?", format.printable("\226\128\174x\226\129\166"))
    assert.are.equal("???x????", format.printable("\224\159\191x\240\143\191\191")) -- the greatest that a byte less would do for
    assert.are.equal("Жé߿ࠀ\244\128\128\128", format.printable("Жé߿ࠀ\244\128\128\128"))
    assert.are.equal("??", format.printable("\127\194\128")) -- the first control of the second kind, beside one of the first
    assert.are.equal("?\194\160", format.printable("\194\159\194\160")) -- the last control and what is next to it
    assert.are.equal('"\\u009b\\u0000é"', format.json_value("\194\155\0é"))
  end)

  it("printable text is as it was, character by character, but for the ranges that steer and what is none", function()
    local odd = {
      { 0, 0x1F }, { 0x7F, 0x9F }, { 0x61C, 0x61C }, { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 },
      { 0xD800, 0xDFFF }, { 0x110000, 0x1FFFFF },
    }
    for i, range in ipairs(odd) do
      local before = i > 1 and odd[i - 1][2] + 1 or 0
      for _, point in ipairs { before, range[1] - 1 } do
        if point >= before and point < range[1] then
          assert.are.equal(utf8_of(point), format.printable(utf8_of(point)), point)
        end
      end
      for _, point in ipairs(range) do
        local text = utf8_of(point)
        local shown = point >= 0xD800 and ("?"):rep(#text) or "?"
        assert.are.equal(shown, format.printable(text), point)
      end
    end
  end)
end)

local CLOSING = { ["。"] = true, ["，"] = true, ["："] = true, ["）"] = true }

local function badly_broken(line, width)
  local rest = line:match("^  [%w ].........(.+)$")
  return line:find("%s$") or rest and (rest:find("^ ") or CLOSING[rest:sub(1, 3)])
    or rest and width > 40 and format.width(line) > width
end

describe("blocks, columns and values", function()
  it("give two columns to the wide blocks of Unicode, from their first character to their last", function()
    local function width(point) return format.width(utf8_of(point)) end
    for first, last in pairs { [0x1100] = 0x115F, [0x2E80] = 0x303E, [0x3041] = 0xA4CF, [0xAC00] = 0xD7A3,
      [0xF900] = 0xFAFF, [0xFE30] = 0xFE6F, [0xFF00] = 0xFF60, [0xFFE0] = 0xFFE6, [0x1F300] = 0x1F64F, [0x20000] = 0x3FFFD } do
      assert.are.same({ 1, 2, 2, 1 }, { width(first - 1), width(first), width(last), width(last + 1) }, ("%x"):format(first))
    end
  end)

  it("starts no line of a block with a space or a closing sign, and ends none with a space", function()
    for code, entry in tcerr.each() do
      for _, lang in ipairs { "zh", "en" } do
        for width = 20 + code % 9, 100, 9 do
          local text = tcerr.format(code, { detail = true, width = width, lang = lang })
          for line in text:gmatch("[^\n]+") do
            if badly_broken(line, width) then error(width .. ": " .. line) end
          end
          if lang == "en" and width >= 30 then -- words stay whole, with one space between them
            local joined = text:gsub("\n            ", " ")
            assert.is_truthy(joined:find(entry.detail_en or entry.message_en, 1, true), joined)
          end
        end
      end
    end
  end)

  it("breaks a text beside a label at ten columns where there are fewer, and cuts what is too wide", function()
    assert.are.equal("label o…\n      t…", format.beside("label ", "one two three", 8))
  end)

  it("keeps a closing sign with the character before it", function()
    for _, sign in ipairs { "。", "，", "：", "）" } do
      assert.are.same({ "鉴", "权" .. sign, "失" }, format.wrap("鉴权" .. sign .. "失", 4))
    end
  end)

  it("shows all of an entry in a block, coloured by fault", function()
    assert.are.equal("20108 ChannelNotEditable\n  message   频道处于非编辑状态\n  layer     video\n  category  conflict\n"
      .. "  fault     client\n  retry     never: 不要原样重试，须先改动请求或消除原因\n  HTTP      409", tcerr.format(20108, { detail = true }))
    local colors = { client = "33", server = "31", unknown = "35" }
    for code, entry in tcerr.each() do
      local part = "  fault     \27[" .. colors[entry.fault] .. "m" .. entry.fault .. "\27[0m\n"
      assert.is_truthy(tcerr.format(code, { detail = true, color = true }):find(part, 1, true))
    end
  end)

  it("counts two columns in every range that is wide", function()
    for _, wide in ipairs { "ᄀ", "ᅟ", "⺀", "〾", "ぁ", "鉴", "가", "힣", "豈", "︰", "﹫", "！", "｠", "￠", "￦", "🌀", "😀",
      "🙏", "𠀀", "𰀀" } do
      assert.are.equal(2, format.width(wide), wide)
    end
    for _, narrow in ipairs { "a", "\127", "é", "Ж", "ჿ", "ᅠ", "ሀ", "—", "〿", "ꓐ", "ﬀ", "ﹰ", "�", "｡", "￨", "🙐",
      "\241\128\128\128" } do -- U+40000
      assert.are.equal(1, format.width(narrow), narrow)
    end
  end)

  it("sets numbers to the right and text to the left, without spaces at the end", function()
    assert.are.same({ "a    b", "  5  鉴权", "123", "x" }, format.columns { { "a", "b" }, { 5, "鉴权" }, { 123, "" }, { "x", " " } })
  end)

  it("quotes and escapes values of logfmt", function()
    assert.are.equal('"a\\"b\\\\c"', format.logfmt_value('a"b\\c'))
    assert.are.equal('""', format.logfmt_value(""))
    assert.are.equal("401", format.logfmt_value(401))
  end)

  it("writes numbers of JSON with all their digits", function()
    assert.are.equal("99999999999999", format.json_value(99999999999999))
    assert.are.equal("-999999999999999", format.json_value(-999999999999999))
    assert.are.equal("0.125", format.json_value(0.125))
    assert.are.equal('{"a":true,"b":false}', format.json_object { { "a", true }, { "b", false } })
  end)

  it("says what retry asks for, in words that no category makes false, in the language that is asked for", function()
    for _, word in ipairs { "never", "resign", "backoff", "idempotent" } do
      for lang, words in pairs(format.RETRY) do
        assert.are.equal(lang == "zh", words[word]:find("[\228-\233]") ~= nil)
      end
    end
    for code, entry in tcerr.each() do
      for lang, words in pairs(format.RETRY) do
        local row = ("\n  retry     %s: %s\n"):format(entry.retry, words[entry.retry])
        assert.is_truthy(tcerr.format(code, { detail = true, lang = lang }):find(row, 1, true), row)
      end
    end
    assert.is_truthy(tcerr.format(5400, { detail = true }):find(format.RETRY.zh.never, 1, true))
  end)

  it("do not follow the host's locale", function()
    shell.with_directory(function(directory)
      shell.run(("localedef -i de_DE -f ISO-8859-1 %s/de"):format(directory))
      local out, err = shell.run(("LOCPATH=%s %s %s -e '%s'"):format(directory, shell.environment, shell.lua, [[
        local tcerr, format = require "tcerr", require "tcerr.format"
        local top = require "tcerr.top"
        local function all()
          local e = tcerr.enricher { prefix = "鉴_", fields = { "message", "name" } }
          local text = { e:feed("{\"code\":4100}\n{\"code\":4200}\n"), tcerr.enricher { format = "logfmt" }:feed("code=4100\n"),
            format.json_value(0.5), format.printable("鉴\194\155\1é"), format.json_value("鉴权\194\155é"), format.logfmt_value("é"),
            select(2, tcerr.lookup(0.5)), top.json(top.summary(tcerr.lookup, e:counts(), "code")),
            top.chart(top.summary(tcerr.lookup, e:counts(), "code"), 80) }
          for code in tcerr.each() do text[#text + 1] = tcerr.format(code, { detail = true }) end
          return table.concat(text, "\n")
        end
        local before = all()
        assert(os.setlocale "de", "no such locale")
        assert(jit or ("%.1f"):format(0.5) == "0,5") -- LuaJIT writes numbers itself
        print(all() == before or all())]]))
      assert.are.same({ "true\n", "" }, { out, err })
    end)
  end)

  it("takes no width below one column", function()
    for _, width in ipairs { 0, 0.5, -1 } do assert.is_false(pcall(tcerr.format, 4100, { width = width })) end
  end)
end)
