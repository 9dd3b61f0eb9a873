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
    assert.is_truthy(run("parse --module none", body):find("module    20108 (not in the catalogue)", 1, true))
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
    fails("enrich --max-line 0", 2, "tcerr: --max-line: a positive integer expected\n")
    fails("list --format xml", 2, 'tcerr: --format: "rsyslog" expected\n')
    fails("list --csv --json", 2, "tcerr: one of --json, --csv and --format\n")
    fails("enrich --field 0", 2, "tcerr: --field: an integer other than 0 expected\n")
    fails("enrich --fields name,nonsense", 2, "tcerr: --fields: no such field of an entry: nonsense\n")
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

  it("enriches the example logs, from files and from stdin", function()
    local log = shell.read("examples/access.jsonl")
    local e = tcerr.enricher()
    local expected = e:feed(log) .. e:finish()
    assert.is_true(#expected > #log)
    assert.are.equal(expected, (run("enrich examples/access.jsonl")))
    assert.are.equal(expected, (run("enrich", log)))
    assert.are.equal(expected .. expected, (run("enrich examples/access.jsonl - ", log)))
    local text = shell.read("examples/access.log")
    local et = tcerr.enricher { format = "text", fields = { "name" }, prefix = "x_" }
    assert.are.equal(et:feed(text) .. et:finish(), (run("enrich --format text --fields name --prefix x_ examples/access.log")))
    local logfmt = tcerr.enricher { format = "logfmt", key = "err", lang = "en" }
    assert.are.equal(logfmt:feed("a=1 err=4100\n"), (run("enrich --format=logfmt --key err --lang en", "a=1 err=4100\n")))
    assert.is_truthy(run("enrich --format text --field 2", "x 4100 y\n"):find("auth", 1, true))
  end)

  -- What top and enrich say of a log, and their statuses.
  local function gaps(arguments, log)
    local out, err, status = run("top " .. arguments, log)
    local passed, same, done = run("enrich " .. arguments, log)
    assert.are.same({ log, err, 0 }, { passed, same, done })
    return err, status, out
  end

  it("says so when it found no code, and what to try", function()
    local text = shell.read("examples/access.log")
    local json = "format json, key code: try --key, another --format, or zcat if it is compressed\n"
    for log, lines in pairs { [text] = 18, ['{"ErrorCode":"4100"}\n'] = 1, ['{"code":"O K"}\n{"code":null}\n'] = 2,
      ['{"a":{"code":0}}\nx\n\n'] = 3, ['{"code":4100'] = 1, ['{"code":{"code":0}}'] = 1 } do
      local err, status = gaps("", log)
      assert.are.same({ ("tcerr: no code found in %d line%s, %s"):format(lines, lines == 1 and "" or "s", json), 1 }, { err, status })
    end
    local err, status, out = gaps("--format text --field 3", text)
    assert.are.same({ "tcerr: no code found in 18 lines, format text, field 3: try --field, another --format, or zcat if it "
      .. "is compressed\n", 1, "0 of 18 lines failed\n" }, { err, status, out })
    err, status = gaps("--key .Response.Error.Code", '{"Response":{"RequestId":"x"}}\n')
    assert.are.same({ "tcerr: no code found in 1 line, key .Response.Error.Code: no call failed, or try another --key\n", 0 },
      { err, status })
    err = gaps("--format logfmt --key 'a\226\128\174b'", "code=4100\n")
    assert.is_truthy(err:find("format logfmt, key a?b: try --key", 1, true), err)
  end)

  it("says nothing when it found a code, be it 0 or unknown, or when there was no line", function()
    for arguments, logs in pairs { [""] = { "", '{"code":0}\nx\n', 'x\n{"code":"0"}', '{"a":{"code":0},"code":0}\n' },
      ["--format logfmt"] = { "", "a=1\nb=2 code=0\n", "code=0" }, ["--format text"] = { "", "x\na 0\n", "0" } } do
      for _, log in ipairs(logs) do
        local err, status = gaps(arguments, log)
        assert.are.same({ "", 0 }, { err, status }, log)
      end
    end
    assert.are.same({ "", 0 }, { select(2, run("top", '{"code":4999}\n')) })
  end)

  it("knows a compressed file, and does not look for codes in vain", function()
    shell.with_directory(function(directory)
      local file = directory .. "/log.gz"
      shell.run("gzip -c examples/access.jsonl >" .. file)
      local said = ("tcerr: %s: is compressed, zcat has to read it first\n"):format(file)
      assert.are.same({ said, 1 }, { select(2, run("top " .. file)) })
      assert.are.same({ shell.read(file), said, 0 }, { run("enrich " .. file) })
      assert.are.same({ shell.read(file), (said:gsub(file, "stdin")), 0 }, { run("enrich", shell.read(file)) })
      local out, err, status = run("top examples/access.jsonl " .. file)
      assert.are.same({ said, 0 }, { err, status })
      assert.is_truthy(out:find("\n13 of %d+ lines failed\n"))
    end)
  end)

  it("tells of lines that are too long, which --max-line can change", function()
    local log = '{"code":4100,"pad":"' .. ("x"):rep(1100000) .. '"}\n{"code":0}\n'
    local said = "tcerr: lines longer than --max-line, not looked at: 1\n"
    assert.are.same({ said, 0, "0 of 2 lines failed, 1 too long to look at\n" }, { gaps("", log) })
    assert.are.equal(1, dkjson.decode((run("top --json", log))).overlong)
    local out, err, status = run("top --max-line 2000000", log)
    assert.are.same({ "", 0 }, { err, status })
    assert.is_truthy(out:find("\n1 of 2 lines failed\n", 1, true))
    assert.is_truthy(run("enrich --max-line 2000000", log):find('"tc_retry":"never"', 1, true))
    assert.are.same({ (said:gsub("1\n", "2\n")), 1, "0 of 2 lines failed, 2 too long to look at\n" }, { gaps("--max-line 9", log) })
  end)

  it("puts a newline between files where one lacks its last, and nowhere else", function()
    shell.with_directory(function(directory)
      shell.write(directory .. "/torn", '{"a":1}\n{"code":0}')
      shell.write(directory .. "/whole", '{"b":1}\n')
      shell.write(directory .. "/empty", "")
      shell.write(directory .. "/long", ("x"):rep(100))
      local function joined(names, input)
        return (run("enrich --max-line 50 " .. names:gsub("%l+", directory .. "/%0"), input))
      end
      local torn, whole, long = '{"a":1}\n{"code":0}', '{"b":1}\n', ("x"):rep(100)
      assert.are.equal(torn .. "\n" .. torn, joined "torn torn")
      assert.are.equal(torn .. "\n" .. whole .. torn, joined "torn whole torn")
      assert.are.equal(torn .. "\n" .. whole, joined "torn empty whole")
      assert.are.equal(torn, joined "torn empty")
      assert.are.equal(long .. "\n" .. long, joined "long long")
      assert.are.equal(torn .. "\n" .. '{"code":0}\n', joined("torn -", '{"code":0}\n'))
      assert.are.equal(torn .. "\n" .. torn, (run(("enrich %s/torn nonexistent %s/torn"):format(directory, directory))))
    end)
  end)

  it("goes on with the next file when one cannot be read", function()
    local out, err, status = run("enrich /nonexistent / examples/access.jsonl")
    assert.are.equal((run("enrich examples/access.jsonl")), out)
    assert.are.equal("tcerr: /nonexistent: No such file or directory\ntcerr: /: read error: Is a directory\n", err)
    assert.are.equal(1, status)
  end)

  it("ends at once with the reason when the disk is full", function()
    for _, arguments in ipairs { "4100", "list", "list --json", "parse examples/answer.json", "enrich examples/access.jsonl",
      "top examples/access.jsonl", "--help", "top --help", "nginx-conf", "completion bash", "completion zsh" } do
      local _, err, status = run(arguments .. " >/dev/full")
      assert.are.equal("tcerr: write error: No space left on device\n", err, arguments)
      assert.are.equal(1, status)
    end
  end)

  it("ends quietly when nobody reads on", function()
    for _, arguments in ipairs { "list", "enrich /dev/zero", "enrich --format text /dev/zero" } do
      for _, trap in ipairs { "", "trap '' PIPE; " } do -- with the signal, and with the error alone
        local out, err = shell.run(("(%s%s %s; echo $? >&2) | head -c 10"):format(trap, shell.tcerr, arguments))
        assert.are.equal(10, #out)
        assert.is_truthy(err:find("^%d+\n$"), err)
      end
    end
  end)

  it("shows what failed most as bars and as JSON", function()
    local out, _, status = run("top examples/access.jsonl")
    assert.are.equal(0, status)
    assert.is_truthy(out:find("^ 4400 RequestLimitExceeded +4 +30.8 %%  █"))
    assert.is_truthy(out:find("\n 4999 %(not in the catalogue%) +1 +7.7 %%  █[^ ]+\n13 of 21 lines failed\n$"))
    for line in out:gmatch("[^\n]+") do assert.is_true(format.width(line) <= 80) end
    local summary = assert(dkjson.decode((run("top --json --by fault examples/access.jsonl"))))
    assert.are.equal(21, summary.lines)
    assert.are.equal(13, summary.failed)
    assert.are.same({ { "client", 9 }, { "server", 2 }, { "unknown", 1 } }, {
      { summary.known[1].fault, summary.known[1].count }, { summary.known[2].fault, summary.known[2].count },
      { summary.known[3].fault, summary.known[3].count } })
    assert.are.equal(4999, summary.unknown[1].code)
    for _, by in ipairs { "code", "category", "fault", "retry" } do
      local sum = 0
      for _, row in ipairs(assert(dkjson.decode((run("top --json --by " .. by .. " examples/access.jsonl")))).known) do
        assert.is_truthy(row[by])
        sum = sum + row.count
      end
      assert.are.equal(12, sum)
    end
    local none = assert(dkjson.decode((run("top --json", '{"code":0}\n'))))
    assert.are.equal(0, none.failed)
    assert.are.equal("0 of 1 lines failed\n", (run("top", '{"code":0}\n')))
  end)

  it("fits its bars into any width, and sums up many unknown codes", function()
    local log = {}
    for code = 50001, 50030 do log[#log + 1] = ('{"code":%d}\n'):format(code) end
    for _ = 1, 1000 do log[#log + 1] = '{"code":5500}\n' end
    for _, columns in ipairs { 20, 40, 60, 80, 120, 999, "1e300", "-5", "10.5", "1000000000", "x" } do
      local out = shell.run(("COLUMNS=%s %s top"):format(columns, shell.tcerr), table.concat(log))
      columns = tonumber(columns) == columns and columns or 80
      local count = 0
      for line in out:gmatch("[^\n]+") do
        assert.is_true(format.width(line) <= math.max(columns, 36), columns .. ": " .. line)
        count = count + 1
      end
      assert.are.equal(13, count)
    end
  end)

  it("takes negative numbers and what follows -- as operands, and empty values", function()
    fails("-514", 1, "tcerr: unknown code: -514\n")
    fails("-- -x --json", 1, "tcerr: unknown name: -x\ntcerr: unknown name: --json\n")
    assert.are.equal('{"code":4100,"category":"auth"}\n', (run("enrich --prefix= --fields category", '{"code":4100}\n')))
    assert.are.equal('{"code":4100,"category":"auth"}\n', (run("enrich --prefix '' --fields category", '{"code":4100}\n')))
    fails("list --layer=", 2, NO_LAYER)
  end)

  it("reads standard input where - stands, more than once too", function()
    local out, err, status = run("enrich - -", '{"code":0}\n')
    assert.are.same({ '{"code":0}\n', "", 0 }, { out, err, status })
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
    body = '{"Response":{"Error":{"Code":"FailedOperation.XNotFound","Message":"m"},"RequestId":"r"}}'
    assert.are.same({ api = "3.0", ok = false, code = "FailedOperation.XNotFound", code_name = "FailedOperation.XNotFound",
      cause = "FailedOperation.XNotFound", name = "FailedOperation.XNotFound", category = "not_found", fault = "client",
      retry = "never", http_status = 404, rule = "*NotFound", message = "m", reason = "m", request_id = "r" },
      dkjson.decode((run("parse --json", body))))
    assert.are.same({ api = "3.0", ok = true, request_id = "r" },
      dkjson.decode((run("parse --json", '{"Response":{"RequestId":"r"}}'))))
  end)

  it("counts unknown codes that have no bar of their own", function()
    local log = {}
    for code = 100001, 103000 do log[#log + 1] = ('{"code":%d}\n'):format(code) end
    local out = run("top", table.concat(log))
    assert.is_truthy(out:find("3000 of 3000 lines failed", 1, true), out)
    assert.is_truthy(out:find("\n%(others%) +2990 "), out)
    local summary, sum = assert(dkjson.decode((run("top --json", table.concat(log))))), 0
    for _, row in ipairs(summary.unknown) do sum = sum + row.count end
    assert.are.equal(3000, sum + summary.other)
    assert.are.equal(3000, summary.failed)
  end)

  it("says nothing of what it could not tell apart, which may well be known", function()
    local log = {}
    for i = 1, 600 do log[i] = ('{"code":"FailedOperation.X%dNotFound"}\n'):format(i) end
    assert.are.equal("not_found\t512\n(others)\t88\n600 of 600 lines failed\n",
      (run("top --by category", table.concat(log)):gsub("  +(%d+)  [^\n]+", "\t%1")))
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
