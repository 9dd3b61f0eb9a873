-- What strangers put into a message, a log or an argument: it steers no terminal and breaks no line.

local core = require "tcerr.core"
local dkjson = require "dkjson"
local format = require "tcerr.format"
local hostile = require "support.hostile"
local shell = require "support.shell"
local tcerr = require "tcerr"

local unpack = table.unpack or unpack

-- A string of JSON that holds the bytes as they are where JSON allows that.
local function raw_json(text)
  return '"' .. text:gsub('["\\]', "\\%0"):gsub("%c", function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

-- The same with escapes for all that is not ASCII, where that is UTF-8.
local function escaped_json(text)
  local escaped = raw_json(text):gsub("[\194-\223][\128-\191]", function(c)
    return ("\\u%04x"):format((c:byte(1) - 0xC0) * 64 + c:byte(2) - 0x80)
  end)
  return (escaped:gsub("[\225-\236\238\239][\128-\191][\128-\191]", function(c)
    return ("\\u%04x"):format((c:byte(1) - 0xE0) * 4096 + (c:byte(2) - 0x80) * 64 + c:byte(3) - 0x80)
  end))
end

local function assert_harmless(shown, what)
  local found = hostile.find(shown)
  assert.is_nil(found, found and ("%s: %q"):format(what, shown:sub(1, 300)))
end

-- So many mixtures of the texts, of which a test that starts a process for each one takes the first few.
local MIXTURES = tonumber(os.getenv("MIXTURES")) or 300
local FEW = 30

-- Calls visit(text, what) for each text and for mixtures of them.
local function each_text(visit, mixtures)
  for what, text in pairs(hostile.TEXTS) do visit(text, what) end
  local another = hostile.generator(20191125)
  for i = 1, mixtures or MIXTURES do visit(another(), "mixture " .. i) end
end

describe("the search for hostile bytes", function()
  it("finds each of the texts, and nothing in the catalogue or in the command's colours", function()
    for what, text in pairs(hostile.TEXTS) do
      -- What shows as a hole, not as a control, need not be found.
      local hole = what == "surrogate" or what == "beyond" or what == "cut" or what == "second_line" or what == "crlf"
      if not hole then assert.is_string(hostile.find(text), what) end
    end
    for code in tcerr.each() do assert_harmless(tcerr.format(code, { detail = true, color = true }), code) end
  end)
end)

describe("a hostile message", function()
  it("is shown harmless and stays whole in the JSON, which is UTF-8 whatever came", function()
    each_text(function(text, what)
      assert_harmless(format.printable(text), what)
      assert.is_nil(format.printable(text):find("\n"), what)
      local json = format.json_value(text)
      assert_harmless(json, what)
      assert.is_nil(json:find("\n"), what)
      local decoded = assert(dkjson.decode(json), what)
      assert.are.equal(format.printable(text), (format.printable(decoded):gsub("\239\191\189", "?")), what)
    end)
  end)

  it("of an answer is read as it is, raw and escaped", function()
    for what, text in pairs(hostile.TEXTS) do
      local answer = assert(tcerr.parse('{"code":4100,"message":' .. raw_json(text) .. "}"), what)
      assert.are.equal(text, answer.message)
      assert.are.equal(text, assert(tcerr.parse('{"code":4100,"message":' .. escaped_json(text) .. "}"), what).message)
    end
  end)

  it("in a log comes out byte for byte, in lines that are as many as before", function()
    for what, text in pairs(hostile.TEXTS) do
      for kind, line in pairs {
        json = '{"m":' .. raw_json(text) .. ',"code":4100}', logfmt = "m=" .. raw_json(text) .. " code=4100",
        text = text:gsub("[\n\r]", "?") .. " 4100",
      } do
        local e = tcerr.enricher { format = kind, fields = { "retry" } }
        local at = kind == "json" and #line - 1 or #line
        local added = kind == "json" and ',"tc_retry":"never"' or " tc_retry=never"
        assert.are.equal(line:sub(1, at) .. added .. line:sub(at + 1) .. "\n", e:feed(line .. "\n"), what)
        assert.are.equal(1, e:counts().lines)
      end
    end
  end)
end)

describe("a hostile answer of API 3.0", function()
  it("is read as it is, and what its code and RequestId give to a log is of harmless letters or nothing", function()
    each_text(function(text, what)
      local body = ('{"Response":{"Error":{"Code":%s,"Message":%s},"RequestId":%s}}')
        :format(raw_json("FailedOperation." .. text), raw_json(text), raw_json(text))
      local answer = assert(tcerr.parse(body), what)
      assert.are.equal("FailedOperation." .. text .. text .. text, answer.code .. answer.message .. answer.request_id, what)
      if not answer.cause then assert_harmless(select(2, tcerr.lookup(answer)), what) end
      for _, json in ipairs { body, (body:gsub(raw_json(text):gsub("%p", "%%%0"), (escaped_json(text):gsub("%%", "%%%%")))) } do
        local code, _, found, request_id = core.scan(json)
        for _, logged in ipairs { code or "-", found or "-", request_id or "-" } do
          assert.is_truthy(logged:find("^[%w._*-]+$"), what)
        end
      end
    end)
  end)

  it("adds to a log no name but one of harmless letters, in whatever format", function()
    each_text(function(text, what)
      local name = "FailedOperation." .. text .. "NotFound"
      for kind, line in pairs {
        json = '{"code":' .. raw_json(name) .. "}", logfmt = "code=" .. raw_json(name),
        text = name:gsub("[\n\r]", "?"),
      } do
        local e = tcerr.enricher { format = kind, fields = { "code", "name" } }
        local at = kind == "json" and #line - 1 or #line
        local out = e:feed(line .. "\n")
        local added = out:sub(at + 1, #out - 1 - (#line - at))
        assert.are.equal(line .. "\n", out:sub(1, at) .. out:sub(at + 1 + #added), what)
        assert.is_truthy(added:find('^[%w._ =,:"]*$'), what)
        for code in pairs(e:counts().codes) do assert.is_truthy(code:find("^[%w._]+$"), what) end
        for code in pairs(e:counts().unknown) do assert.is_truthy(tostring(code):find("^[%w._]+$"), what) end
      end
    end)
  end)
end)

describe("a hostile key", function()
  it("is named harmlessly by lookup, and refused in a prefix", function()
    each_text(function(text, what)
      local entry, reason = tcerr.lookup(text)
      if not entry then assert_harmless(reason, what) end
      if format.printable(text) ~= text then assert.has_error(function() tcerr.enricher { prefix = text } end) end
    end)
  end)
end)

-- A terminal, and nginx, do not depend on the Lua.
if shell.version ~= "5.4" then return end

describe("on a terminal", function()
  -- Calls use(directory, show), where show(...) returns what the command draws on a terminal for each of these lists of
  -- arguments, in one process.
  local function with_terminal(use)
    shell.with_directory(function(directory)
      use(directory, function(...)
        local script = { "local cli = require [[tcerr.cli]]\n" }
        for _, arguments in ipairs { ... } do
          script[#script + 1] = "cli.main({ "
          for _, argument in ipairs(arguments) do script[#script + 1] = ("%q, "):format(argument) end
          script[#script + 1] = "}, io)\n"
        end
        shell.write(directory .. "/script.lua", table.concat(script))
        local command = ("%s %s %s/script.lua"):format(shell.environment, shell.lua, directory)
        return (shell.run("/usr/bin/python3 spec/support/terminal.py 80 " .. shell.quote(command)))
      end)
    end)
  end

  -- Shows answers with each of the texts in one process, as text and as JSON; each has to begin so, with its code.
  local function assert_no_answer_steers(sign, answer)
    with_terminal(function(directory, show)
      local commands, count = {}, 0
      each_text(function(text, what)
        count = count + 1
        local file = directory .. "/answer" .. count
        shell.write(file, answer(text, what:find("[13579]$") and escaped_json or raw_json))
        commands[2 * count - 1], commands[2 * count] = { "parse", file }, { "parse", "--json", file }
      end, FEW)
      local shown = show(unpack(commands))
      for _, head in ipairs { "\ncode +[\27%[1m]*" .. sign, '\n{"api":[^:]+:[^:]+:"?' .. sign } do
        assert.are.equal(count, (select(2, ("\n" .. shown):gsub(head, ""))), head)
      end
      for line in shown:gmatch("[^\n]+") do assert_harmless(line .. "\n", line:sub(1, 60)) end
    end)
  end

  it("no answer can steer", function()
    assert_no_answer_steers("4100", function(text, json)
      return ('{"code":4100,"message":%s,"codeDesc":%s}'):format(json(text), json(text))
    end)
  end)

  it("no answer of API 3.0 can steer, by its code, its message or its RequestId", function()
    assert_no_answer_steers("FailedOperation", function(text, json)
      return ('{"Response":{"Error":{"Code":%s,"Message":%s},"RequestId":%s}}')
        :format(json("FailedOperation." .. text), json(text), json(text))
    end)
  end)

  it("no log can steer", function()
    with_terminal(function(directory, show)
      local log, file = {}, directory .. "/log"
      each_text(function(text)
        log[#log + 1] = ('{"code":4100,"message":%s,"codeDesc":%s}'):format(escaped_json(text), raw_json(text))
        log[#log + 1] = ('{"code":%s,"message":%s}'):format(raw_json("Unheard." .. text), escaped_json(text))
        log[#log + 1] = "code=" .. raw_json("Unheard." .. text)
        log[#log + 1] = text
      end)
      log[#log + 1] = '{"code":"Unheard.Name"}\ncode=Unheard.Name\nx Unheard.Name'
      shell.write(file, table.concat(log, "\n") .. "\n")
      for _, kind in ipairs(require("tcerr.enricher").FORMATS) do
        local shown = show({ "enrich", "--format", kind, "--fields", "code,name", file }, { "top", "--format", kind, file })
        assert.is_true(#shown > #shell.read(file))
        assert_harmless(shown, kind)
      end
    end)
  end)

  it("sees a log as it is but for what could steer", function()
    with_terminal(function(directory, show)
      local log = '{"code":0}\n{"code":4100,"m":"鉴\tx"}\r\n\27[31m \194\128 \194\155 \155 \226\128\174 \224\128\155 a\rb é😀\n'
      shell.write(directory .. "/log", log)
      assert.are.equal('{"code":0}\r\n{"code":4100,"m":"鉴\tx"}\r\r\n?[31m \194? \194? ? \226\128? \224?? a?b é😀\r\n',
        show { "enrich", directory .. "/log" })
    end)
  end)

  it("sees a carriage return at the end of a log as no end of a line, whatever stood there before", function()
    with_terminal(function(directory, show)
      shell.write(directory .. "/log", '{"code":0}\n123456789\r') -- written where the first line's newline is the next byte
      assert.are.equal('{"code":0}\r\n123456789?', (show { "enrich", directory .. "/log" }))
    end)
  end)

  it("shows characters of every length, the first and the last, and no byte that begins none, nor a longer spelling", function()
    with_terminal(function(directory, show)
      local shown = "\194\160 \223\191 \224\160\128 \239\191\189 \240\144\128\128 \244\143\191\191 "
      shell.write(directory .. "/log", shown .. "\193\191 \245\128\128\128 \255 \224\159\191 \240\143\191\191\n" .. '{"code":0}\n')
      assert.are.equal(shown .. '?? ???? ? \224?? \240???\r\n{"code":0}\r\n', show { "enrich", directory .. "/log" })
    end)
  end)

  it("knows where what steers begins and ends", function()
    with_terminal(function(directory, show)
      local steer = { "\31", "\127", "\194\128", "\194\159", "\216\156", "\226\128\142", "\226\128\143", "\226\128\168", "\226\128\174",
        "\226\129\166", "\226\129\169" }
      local shown = { "\194\160", "\216\155", "\216\157", "\226\128\141", "\226\128\144", "\226\128\167", "\226\128\175",
        "\226\129\165", "\226\129\170" }
      shell.write(directory .. "/log", table.concat(steer, " ") .. "\n" .. table.concat(shown, " ") .. "\n" .. '{"code":0}\n')
      for i, character in ipairs(steer) do steer[i] = character:gsub(".$", "?") end
      assert.are.equal(table.concat(steer, " ") .. "\r\n" .. table.concat(shown, " ") .. '\r\n{"code":0}\r\n',
        show { "enrich", directory .. "/log" })
    end)
  end)

  it("no argument and no file name can steer", function()
    with_terminal(function(_, show)
      local log = "examples/access.jsonl"
      for what, word in pairs(hostile.TEXTS) do
        local shown = show({ word }, { "--" .. word }, { "-" .. word }, { "parse", word }, { "enrich", word }, { "top", word },
          { "list", word }, { "list", "--lang", word }, { "list", "--layer", word }, { "top", "--by", word }, { "completion", word },
          { "enrich", "--format", word }, { "enrich", "--fields", word }, { "enrich", "--field", word },
          { "enrich", "--key", word, log }, { "enrich", "--prefix", word, log }, { "nginx-conf", "--source", word },
          { "nginx-conf", word }, { "--lang=" .. word, "4100" })
        local _, complaints = shown:gsub("tcerr: ", "")
        assert.is_true(complaints >= 16, what)
        assert_harmless(shown, what)
      end
    end)
  end)
end)

describe("nginx's log", function()
  local support = require "support.nginx"
  if not support.available({ it = it, pending = pending }, "nginx", "curl") then return end

  it("has one harmless line for each hostile answer", function()
    local server = support.server { ["tcerr.conf"] = require("tcerr.nginx").conf(), ["nginx.conf"] = support.conf([[
      include @DIR@/tcerr.conf;
      log_format plain escape=none '$tc_code $tc_module_code $tc_request_id $tc_message $tc_category $tc_retry';
      server {
        listen unix:@DIR@/gateway.sock;
        access_log @DIR@/access.log plain;
        location / {
          root @DIR@/answers;
          body_filter_by_lua_block { require("tcerr.nginx").body_filter() }
        }
      }
    ]]) }
    server:run("mkdir answers")
    local paths = {}
    for what, text in pairs(hostile.TEXTS) do
      for kind, json in pairs { raw = raw_json, escaped = escaped_json } do
        local name = what .. "." .. kind
        server:write("answers/" .. name, '{"message":' .. json("(20108)" .. text) .. ',"code":5100}')
        server:write("answers/3." .. name, ('{"Response":{"Error":{"Code":%s,"Message":%s},"RequestId":%s}}')
          :format(json("A." .. text), json(text), json(text)))
        paths[#paths + 1] = "/" .. name
        paths[#paths + 1] = "/3." .. name
      end
    end
    assert(server:start_nginx())
    server:curl("gateway.sock", "", paths)
    server:finish("QUIT")
    local counts = {}
    for line in server:read("access.log"):gmatch("[^\n]*\n") do counts[line] = (counts[line] or 0) + 1 end
    server:close()
    assert.are.same({
      ["5100 20108 - 频道处于非编辑状态 conflict never\n"] = #paths / 2, ["- - - - - -\n"] = #paths / 2,
    }, counts)
  end)
end)
