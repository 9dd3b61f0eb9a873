-- The command on logs, enrich and top: what it prints where, and its exit status.

local dkjson = require "dkjson"
local shell = require "support.shell"
local format = require "tcerr.format"
local tcerr = require "tcerr"

local run = shell.run_tcerr

describe("tcerr", function()
  -- What top and enrich say of a log, and their statuses.
  local function gaps(arguments, log)
    local out, err, status = run("top " .. arguments, log)
    local passed, same, done = run("enrich " .. arguments, log)
    assert.are.same({ log, err, 0 }, { passed, same, done })
    return err, status, out
  end

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
      assert.are.same({ said, 1 }, { select(2, run("top --key .a.b " .. file)) })
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

  -- Under a tool of `make check` its own file takes the place of an output that is closed.
  local closed = not os.getenv "TCERR_BUILD" and it or pending
  closed("says that its output is closed, be it before a file is opened", function()
    for _, arguments in ipairs { "4100", "enrich examples/access.jsonl", "enrich", "top examples/access.jsonl" } do
      local _, err, status = run(arguments .. " >&-", '{"code":4100}\n')
      assert.are.same({ "tcerr: write error: Bad file descriptor\n", 1 }, { err, status }, arguments)
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
    for _, columns in ipairs { 20, 40, 60, 80, 120, 999, "1e300", "0", "-5", "10.5", "1000000000", "x" } do
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

  it("reads standard input where - stands, more than once too", function()
    local out, err, status = run("enrich - -", '{"code":0}\n')
    assert.are.same({ '{"code":0}\n', "", 0 }, { out, err, status })
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
