-- The command: what it prints where, and its exit status.

local dkjson = require "dkjson"
local shell = require "support.shell"
local format = require "tcerr.format"
local tcerr = require "tcerr"

local unpack = rawget(_G, "unpack") or table.unpack

local NO_LAYER = ("tcerr: --layer: %s\n"):format(format.choice(require("tcerr.answer").layers())(""))

local run = shell.run_tcerr

local function fails(arguments, status, words, input)
  local out, err, got = run(arguments, input)
  assert.are.equal("", out)
  assert.are.equal(words, err:gsub(" %(tcerr %-%-help says more%)", ""), arguments)
  assert.are.equal(status, got)
end

describe("tcerr", function()
  it("explains codes, names and digits", function()
    local out, err, status = run("4100 AuthFailure 20108")
    local block = tcerr.format(4100, { detail = true })
    assert.are.equal(block .. "\n\n" .. block .. "\n\n" .. tcerr.format(20108, { detail = true }) .. "\n", out)
    assert.are.equal("", err)
    assert.are.equal(0, status)
    assert.are.equal(out, (run("explain 4100 AuthFailure 20108")))
    assert.are.equal(tcerr.format(4100, { detail = true, lang = "en" }) .. "\n", (run("--lang en 4100")))
    assert.are.equal(format.json(tcerr.codes[4100]) .. "\n", (run("4100 --json")))
  end)

  it("explains what it knows and reports the rest", function()
    local out, err, status = run("9999 4100 Nonsense")
    assert.are.equal(tcerr.format(4100, { detail = true }) .. "\n", out)
    assert.are.equal("tcerr: unknown code: 9999\ntcerr: unknown name: Nonsense\n", err)
    assert.are.equal(1, status)
  end)

  it("hands its status to the shell, on every Lua", function()
    for status, arguments in pairs { [0] = "4100", [1] = "9999", [2] = "--nonsense" } do
      assert.are.equal(status, (select(3, shell.run(shell.tcerr .. " " .. arguments))))
    end
  end)

  it("lists all codes in straight columns, a layer's, or as JSON", function()
    local out, _, status = run("list")
    local _, rows = out:gsub("\n", "")
    local listed = 1 -- the header
    for _ in tcerr.each() do listed = listed + 1 end
    assert.are.equal(listed, rows)
    assert.are.equal(0, status)
    local position
    for line in out:gmatch("[^\n]+") do
      local at = format.width(line:match("^(.-)%S+ +%S+ +%S+$")) -- the column behind the message
      position = position or at
      assert.are.equal(position, at, line)
    end
    local _, video = run("list --layer video"):gsub("\n", "")
    local count = 1 -- the header
    for _ in tcerr.each("video") do count = count + 1 end
    assert.are.equal(count, video)
    count = 0
    for line in run("list --json --layer=access"):gmatch("[^\n]+") do
      local entry = assert(dkjson.decode(line))
      assert.are.same(tcerr.codes[entry.code], entry)
      count = count + 1
    end
    for _ in tcerr.each("access") do count = count - 1 end
    assert.are.equal(0, count)
  end)

  it("lists codes under a header", function()
    local function header(arguments) return (run("list " .. arguments):match("^[^\n]+"):gsub(" +", " ")) end
    assert.are.equal("code name retry message category fault HTTP", (header("--lang en"):gsub("^ ", "")))
    assert.are.equal("code retry message category fault HTTP", header("--layer api3"))
  end)

  it("reads an answer from stdin or a file", function()
    local body = '{"code":5100,"message":"20108\239\188\154x\\u001b[31m","codeDesc":"E"}'
    local out, err, status = run("parse", body)
    assert.are.equal("code      " .. tcerr.format(5100) .. "\nmodule    " .. tcerr.format(20108)
      .. "\ncause     ChannelNotEditable, retry: never\nreason    x?[31m\ncodeDesc  E\n", out)
    assert.are.equal("", err)
    assert.are.equal(0, status)
    assert.are.equal(out, (run("parse -", body)))
    local answer = assert(dkjson.decode((run("parse --json", body))))
    assert.are.equal(5100, answer.code)
    assert.are.equal("ChannelNotEditable", answer.module_name)
    assert.are.equal("x\27[31m", answer.reason)
    assert.are.equal("code      0 (success)\n", (run("parse", '{"code":0}')))
    assert.is_truthy(run("parse --module none", body):find("module    20108 (maybe another product's, see --module)\n", 1, true))
    assert.is_truthy(run("parse examples/answer.json"):find("频道处于非编辑状态", 1, true))
  end)

  it("says why it cannot read an answer", function()
    fails("parse", 1, "tcerr: stdin: truncated\n", '{"code":41')
    fails("parse", 1, "tcerr: stdin: not a JSON object\n", "<html>")
    fails("parse /nonexistent", 1, "tcerr: /nonexistent: No such file or directory\n")
    fails("parse /", 1, "tcerr: /: read error: Is a directory\n")
  end)

  it("says what may have been meant", function()
    fails("enrcih f", 2, "tcerr: no such command: enrcih, did you mean tcerr enrich?\n")
    fails("Top f", 2, "tcerr: no such command: Top, did you mean tcerr top?\n")
    fails("help", 2, "tcerr: no such command: help, did you mean tcerr --help?\n")
    fails("version", 2, "tcerr: no such command: version, did you mean tcerr --version?\n")
    fails("--json list", 2, "tcerr: the command comes first: tcerr list\n")
    fails("--layer video list", 2, "tcerr: the command comes first: tcerr list\n")
    fails("4100,4500", 1, "tcerr: unknown name: 4100,4500, one code a word: 4100 4500\n")
    fails("authfailure", 1, "tcerr: unknown name: authfailure, did you mean AuthFailure?\n")
    fails("failedoperation.X%d", 1,
      "tcerr: unknown name: failedoperation.X%d, did you mean FailedOperation.X%d?\n")
    fails("failedoperation.x", 1, "tcerr: unknown name: failedoperation.x, did you mean FailedOperation.x?\n")
    fails("FailedOperation..x", 1, "tcerr: unknown name: FailedOperation..x\n")
    fails("'{\"code\":4100}'", 1, "tcerr: unknown name: {\"code\":4100}, a body goes to tcerr parse on stdin\n")
    fails("parse '{\"code\":4100}'", 1,
      "tcerr: {\"code\":4100}: No such file or directory, a body goes to tcerr parse on stdin\n")
    fails("ReplyAttack", 1, "tcerr: unknown name: ReplyAttack, did you mean ReplayAttack?\n")
    fails("ReplayAttac", 1, "tcerr: unknown name: ReplayAttac, did you mean ReplayAttack?\n")
    fails("list --jsno", 2, "tcerr: no such option here: --jsno, did you mean --json?\n")
    fails("list -json", 2, "tcerr: no such option: -json, did you mean --json?\n")
    fails("--verison", 2, "tcerr: no such option here: --verison, did you mean --version?\n")
    fails("list --colour", 2, "tcerr: no such option here: --colour\n")
    fails("-- help list", 1, "tcerr: unknown name: help\ntcerr: unknown name: list\n")
    fails(("x"):rep(70), 1, "tcerr: unknown name: " .. ("x"):rep(64) .. "\n")
    assert.are.equal(0, (select(3, run("AuthFailure"))))
  end)

  it("guesses two letters of a long word, and no third", function()
    fails("compxxtion", 2, "tcerr: no such command: compxxtion, did you mean tcerr completion?\n")
    fails("compxxxion", 1, "tcerr: unknown name: compxxxion\n")
  end)

  it("tells how to use it, with exit status 2", function()
    fails("", 2, "tcerr: no command given\n")
    fails("explain", 2, "tcerr: no code given\n")
    fails("--nonsense", 2, "tcerr: no such option here: --nonsense\n")
    fails("list --by code", 2, "tcerr: no such option here: --by\n")
    fails("list 5", 2, "tcerr: not expected here: 5\n")
    fails("list --layer", 2, "tcerr: --layer needs a value\n")
    fails("list --layer x", 2, NO_LAYER)
    fails("list --json=1", 2, "tcerr: --json takes no value\n")
    fails("4100 --lang fr", 2, 'tcerr: --lang: "zh" or "en" expected\n')
    fails("4100 -x", 2, "tcerr: no such option: -x\n")
    fails("list --json_x", 2, "tcerr: no such option: --json_x\n")
    fails("list --=x", 2, "tcerr: no such option: --=x\n")
    fails("enrich -- --help", 1, "tcerr: --help: No such file or directory\n")
    fails("parse a b", 2, "tcerr: one answer at a time: b\n")
    fails("enrich --format xml", 2, 'tcerr: --format: "json", "logfmt" or "text" expected\n')
    fails("enrich --field=abc", 2, "tcerr: --field: not a number: abc\n")
    fails("enrich --max-line 0", 2, "tcerr: --max-line: an integer from 1 to 2147483647 expected\n")
    fails("list --format xml", 2, 'tcerr: --format: "rsyslog" expected\n')
    fails("list --csv --json", 2, "tcerr: one of --json, --csv and --format\n")
    fails("enrich --field 0", 2, "tcerr: --field: an integer other than 0 expected\n")
    fails("enrich --fields name,nonsense", 2, "tcerr: --fields: no such field of an entry: nonsense\n")
    for _, list in ipairs { "''", ",", "retry,,rule", "retry," } do
      fails("enrich --fields " .. list, 2, "tcerr: --fields: no such field of an entry: \n")
    end
    fails("nginx-conf --source x", 2, "tcerr: --source: a variable of nginx expected\n")
    fails("top --by nonsense", 2, 'tcerr: --by: "code", "category", "fault" or "retry" expected\n')
    fails("completion", 2, 'tcerr: completion: "bash" or "zsh" expected\n')
    fails("completion fish", 2, 'tcerr: completion: "bash" or "zsh" expected\n')
    fails("completion bash zsh", 2, "tcerr: not expected here: zsh\n")
    for arguments, title in pairs { ["--help"] = "tcerr: what ", ["-h"] = "tcerr: what ", ["4100 --help"] = "tcerr: what ",
      ["enrich --help"] = "tcerr enrich [FILE...]\n", ["top -x -h"] = "tcerr top [FILE...]\n" } do
      local out, _, status = run(arguments)
      assert.are.equal(title, out:sub(1, #title))
      assert.are.equal(0, status)
    end
    assert.are.equal("tcerr " .. tcerr._VERSION .. " (codes of 2019-11-25)\n", (run("--version")))
  end)

  local SUMMARY = '{"lines":2,"failed":1,"by":"code","known":[{"code":4100,"name":"AuthFailure","count":1,"share":1}],'
    .. '"unknown":[],"other":0,"overlong":0,"coded":true}\n'

  -- For each option of the table: a value, what else is needed to see what it does, and the input.
  local witnesses = {
    ["explain --lang"] = { "en", "4100" }, ["explain --json"] = { nil, "4100" },
    ["list --layer"] = { "video" }, ["list --lang"] = { "en" }, ["list --json"] = {}, ["list --csv"] = {},
    ["list --format"] = { "rsyslog" },
    ["parse --module"] = { "none", "examples/answer.json" }, ["parse --lang"] = { "en", "examples/answer.json" },
    ["parse --json"] = { nil, "examples/answer.json" },
    ["enrich --format"] = { "text", "examples/access.log" }, ["enrich --key"] = { "err", "", '{"err":4100}\n' },
    ["enrich --field"] = { "2", "--format text", "x 4100 y\n" }, ["enrich --fields"] = { "name", "examples/access.jsonl" },
    ["enrich --module"] = { "none", "", '{"code":5100,"message":"(20108)"}\n' },
    ["top --module"] = { "none", "", '{"code":5100,"message":"(20108)"}\n' },
    ["enrich --prefix"] = { "x_", "examples/access.jsonl" }, ["enrich --lang"] = { "en", "examples/access.jsonl" },
    ["top --format"] = { "text", "examples/access.log" }, ["top --key"] = { "err", "", '{"err":4100}\n' },
    ["top --field"] = { "2", "--format text", "x 4100 y\n" }, ["top --by"] = { "fault", "examples/access.jsonl" },
    ["top --json"] = { nil, "examples/access.jsonl" }, ["top --merge"] = { nil, "", SUMMARY },
    ["nginx-conf --module"] = { "none" }, ["nginx-conf --source"] = { "'$http_x'" },
  }

  it("does something for every option of the table", function()
    for _, command in ipairs(require("tcerr.options").commands) do
      for _, option in ipairs(command.options) do
        local name = command.name .. " --" .. option.name
        if option.name ~= "no-progress" and option.name ~= "max-line" then -- are seen on a terminal, and on stderr
          local value, rest, input = unpack(assert(witnesses[name], name), 1, 3)
          assert.are.equal(value ~= nil, (option.value or option.values) ~= nil, name)
          local without = run(("%s %s"):format(command.name, rest or ""), input)
          local with, err, status = run(("%s %s %s"):format(name, value or "", rest or ""), input)
          assert.are.same({ "", 0 }, { err, status }, name)
          assert.are_not.equal(without, with, name)
        end
      end
    end
  end)

  it("takes every closed value of the table", function()
    if shell.version ~= "5.4" then return end -- the test before runs each option on every Lua
    local operands, count = { explain = "4100", parse = "examples/answer.json" }, 0
    local logs = { logfmt = "code=0\n", text = "0\n" }
    for _, command in ipairs(require("tcerr.options").commands) do
      for _, option in ipairs(command.options) do
        for _, value in ipairs(option.values or option.list or {}) do
          local rest = operands[command.name] or command.operand and not logs[value] and "examples/access.jsonl" or ""
          local _, err, status = run(("%s --%s=%s %s"):format(command.name, option.name, value, rest), logs[value])
          assert.are.same({ "", 0 }, { err, status }, option.name .. "=" .. value)
          count = count + 1
        end
      end
    end
    assert.is_true(count > 20)
  end)

  it("never lets control characters of its input reach the terminal", function()
    for _, arguments in ipairs { "$(printf 'a\\033[31mb')", "--$(printf '\\033[31m')", "parse $(printf '\\033[31m')" } do
      local out, err = run(arguments)
      assert.is_nil((out .. err):find("\27"))
    end
  end)

  it("takes negative numbers and what follows -- as operands, and empty values", function()
    fails("-514", 1, "tcerr: unknown code: -514\n")
    fails("-- -x --json", 1, "tcerr: unknown name: -x\ntcerr: unknown name: --json\n")
    assert.are.equal('{"code":4100,"category":"auth"}\n', (run("enrich --prefix= --fields category", '{"code":4100}\n')))
    assert.are.equal('{"code":4100,"category":"auth"}\n', (run("enrich --prefix '' --fields category", '{"code":4100}\n')))
    fails("list --layer=", 2, NO_LAYER)
  end)

  it("leaves the streams open that it was given", function()
    local input, output = assert(io.tmpfile()), assert(io.tmpfile())
    for _, command in ipairs { "enrich", "parse", "top" } do
      require("tcerr.cli").main({ command, "-" }, { stdin = input, stdout = output, stderr = output })
      assert.are.equal("file", io.type(input))
      assert.are.equal("file", io.type(output))
    end
    input:close()
    output:close()
  end)

  it("speaks the language that it is asked for, everywhere", function()
    assert.is_truthy(run("list --lang en"):find("Authentication failed", 1, true))
    assert.is_nil(run("list --lang en"):find("鉴权失败", 1, true))
    assert.are.equal("code      " .. tcerr.format(4100, { lang = "en" }) .. "\n", (run("parse --lang en", '{"code":4100}')))
  end)

  it("speaks the language that TCERR_LANG or the locale says to people, and never to a log", function()
    if shell.version ~= "5.4" then return end -- no matter of the Lua
    local zh, en = format.field(tcerr.codes[4100], "message", "zh"), format.field(tcerr.codes[4100], "message", "en")
    for _, case in ipairs {
      { zh, "" }, { zh, "LANG=" }, { zh, "LANG=C" }, { zh, "LANG=C.UTF-8" }, { zh, "LANG=POSIX" }, { zh, "LANG=zh_CN.UTF-8" },
      { en, "LANG=en_US.UTF-8" }, { en, "LANG=de_DE" }, { en, "LC_ALL=en_US LANG=zh_CN" }, { zh, "LC_MESSAGES=zh_TW LANG=en_US" },
      { zh, "LC_MESSAGES=zh LANG=en_US" },
      { en, "LC_ALL= LC_MESSAGES=en LANG=zh_CN" }, { zh, "TCERR_LANG=zh LC_ALL=en_US.UTF-8" }, { en, "TCERR_LANG=en LC_ALL=C" },
      { en, "TCERR_LANG= LC_ALL=en_US" }, { en, "LANG=Czech" }, { zh, "TCERR_LANG=en", "--lang zh" }, { en, "LANG=C", "--lang en" },
    } do
      local command = ("env -u LC_ALL -u LC_MESSAGES -u LANG -u TCERR_LANG %s %s "):format(
        shell.tcerr:gsub("^TCERR_LANG= LC_ALL=C", ""), ""):gsub("LUA_PATH", case[2] .. " %0", 1)
      for _, arguments in ipairs { "4100", "list", "parse" } do
        local out, err, status = shell.run(command .. arguments .. " " .. (case[3] or ""), '{"code":4100}')
        assert.are.same({ "", 0 }, { err, status })
        assert.is_truthy(out:find(case[1], 1, true), case[2] .. ": " .. out)
        assert.is_nil(out:find(case[1] == zh and en or zh, 1, true), case[2] .. ": " .. out)
      end
      assert.is_truthy(shell.run(command .. "enrich", '{"code":4100}'):find(zh, 1, true), case[2])
    end
    local _, err, status = shell.run((shell.tcerr:gsub("TCERR_LANG=", "%0fr ")) .. " 4100")
    assert.are.same({ 'tcerr: TCERR_LANG: "zh" or "en" expected (tcerr --help says more)\n', 2 }, { err, status })
    for _, arguments in ipairs { "4100", "list", "parse" } do -- JSON has both languages
      _, err, status = shell.run((shell.tcerr:gsub("TCERR_LANG=", "%0fr ")) .. " " .. arguments .. " --json", '{"code":4100}')
      assert.are.same({ "", 0 }, { err, status })
    end
  end)

  it("writes codes of 15 digits as they are", function()
    local answer = run("parse --json", '{"code":123456789012345,"message":"(-999999999999999) x"}')
    assert.is_truthy(answer:find('"code":123456789012345,"module_code":-999999999999999,', 1, true), answer)
    local summary = run("top --json", '{"code":123456789012345}')
    assert.is_truthy(summary:find('"unknown":[{"code":123456789012345,"count":1,"share":1}]', 1, true), summary)
  end)

  it("lists all fields as CSV", function()
    local read = [[import csv, json, sys
for row in csv.DictReader(sys.stdin, strict=True): print(json.dumps(row))]]
    for _, layer in ipairs { "access", "video" } do
      local csv = run("list --csv --layer " .. layer)
      assert.is_nil(csv:gsub("\r\n", ""):find("[\r\n]"))
      local rows = shell.run("/usr/bin/python3 -c " .. shell.quote(read), csv)
      local codes = {}
      for line in rows:gmatch("[^\n]+") do
        local row = dkjson.decode(line)
        codes[#codes + 1] = tonumber(row.code)
        for _, field in ipairs(format.FIELDS) do
          assert.are.equal(tostring(tcerr.codes[codes[#codes]][field] or ""), row[field])
        end
      end
      local i = 0
      for code in tcerr.each(layer) do
        i = i + 1
        assert.are.equal(code, codes[i])
      end
      assert.are.equal(i, #codes)
    end
    assert.are.equal('"a,""b",,"\n"', (format.csv { code = 'a,"b', layer = "\n" }:match("^(.-),,,,")))
  end)

  it("lists a lookup table for rsyslog", function()
    local lookup = assert(dkjson.decode((run("list --format rsyslog --layer access"))))
    assert.are.same({ 1, "{}", "string" }, { lookup.version, lookup.nomatch, lookup.type })
    local i = 0
    for code, entry in tcerr.each("access") do
      i = i + 1
      assert.are.equal(code, tonumber(lookup.table[i].index))
      assert.are.same(entry, dkjson.decode(lookup.table[i].value))
    end
    assert.are.equal(i, #lookup.table)
  end)

  it("gives an answer as JSON with all that is known of it", function()
    local body = '{"code":5100,"message":"(20108) x","codeDesc":"E"}'
    assert.are.same({ api = "2.0", ok = false, code = 5100, code_name = "ResourceOpFailed", module_code = 20108,
      module_name = "ChannelNotEditable", cause = 20108, name = "ChannelNotEditable", category = "conflict", fault = "client",
      retry = "never", http_status = 409, message = "(20108) x", reason = "x", code_desc = "E" },
      dkjson.decode((run("parse --json", body))))
    assert.are.same({ api = "2.0", ok = true, code = 0 }, dkjson.decode((run("parse --json", '{"code":0}'))))
    assert.are.same({ api = "2.0", ok = true, code = 0, problem = "truncated" }, dkjson.decode((run("parse --json", '{"code":0,'))))
    body = '{"Response":{"Error":{"Code":"FailedOperation.XNotFound","Message":"m"},"RequestId":"r"}}'
    assert.are.same({ api = "3.0", ok = false, code = "FailedOperation.XNotFound", code_name = "FailedOperation.XNotFound",
      cause = "FailedOperation.XNotFound", name = "FailedOperation.XNotFound", category = "not_found", fault = "client",
      retry = "never", http_status = 404, rule = "*NotFound", message = "m", reason = "m", request_id = "r" },
      dkjson.decode((run("parse --json", body))))
    assert.are.equal("reason    m\nRequestId r\n", run("parse --lang en", body):match("\n(reason.*)$"))
    assert.are.same({ api = "3.0", ok = true, request_id = "r" },
      dkjson.decode((run("parse --json", '{"Response":{"RequestId":"r"}}'))))
  end)
end)

if shell.version == "5.4" then
  describe("make run", function()
    it("explains codes and enriches a log", function()
      local out, err, status = shell.run("make -s run")
      assert.are.equal(0, status, err)
      for _, part in ipairs { "4500 ReplayAttack", "20108 ChannelNotEditable", '"tc_category":"auth"', "13 of 21 lines failed" } do
        assert.is_truthy(out:find(part, 1, true), part)
      end
    end)
  end)
end
