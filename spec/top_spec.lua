-- What failed most: the summary of an enricher's counts, and its bars.

local dkjson = require "dkjson"
local random = require "support.random"
local shell = require "support.shell"
local tcerr = require "tcerr"
local top = require "tcerr.top"

describe("the summary", function()
  local counts = { lines = 40, enriched = 10, overlong = 0, other = 20, coded = true, codes = { [4100] = 5, [4000] = 5 },
    unknown = { [5] = 1, [-7] = 1, [4999] = 3, [12] = 1 } }

  it("counts what failed, the unknown codes without a place of their own too, and sorts by count, then value", function()
    local summary = top.summary(tcerr.lookup, counts, "code")
    assert.are.equal(36, summary.failed)
    local decoded = assert(dkjson.decode(top.json(summary)))
    assert.are.same({ by = "code", lines = 40, failed = 36, other = 20, overlong = 0, coded = true,
      known = { { code = 4000, name = "InvalidParameter", count = 5, share = decoded.known[1].share },
        { code = 4100, name = "AuthFailure", count = 5, share = decoded.known[2].share } },
      unknown = { { code = 4999, count = 3, share = decoded.unknown[1].share }, { code = -7, count = 1, share = decoded.unknown[2].share },
        { code = 5, count = 1, share = decoded.unknown[3].share }, { code = 12, count = 1, share = decoded.unknown[4].share } } }, decoded)
    assert.is_true(math.abs(decoded.known[1].share - 5 / 36) < 1e-9)
    assert.is_truthy(top.json(top.summary(tcerr.lookup, counts, "fault")):find('"known":[{"fault":"client","count":10,', 1, true))
    local chart = top.chart(summary, 80)
    assert.is_truthy(chart:find("\n%(others%) +20 +55.6 %%  █[^\n]+\n36 of 40 lines failed\n$"), chart)
  end)

  it("has a bar for the unknown codes without one of their own, and none where there are none", function()
    for other = 0, 1 do
      local chart = top.chart(top.summary(tcerr.lookup, { lines = 3, other = other, overlong = 0, unknown = {},
        codes = { [4100] = 1 } }, "code"), 80)
      assert.are.equal(other == 1, chart:find("(others)           1   50.0 %  █", 1, true) ~= nil, chart)
    end
  end)

  it("sorts what is equally frequent: numbers first, then words", function()
    local unknown, order = {}, { -7, 5, 12, 4999, "A.B", "Unheard.X", "Unheard.Y", "b.C" }
    for _, code in ipairs(order) do unknown[code] = 1 end
    local summary = top.summary(tcerr.lookup, { lines = 8, other = 0, overlong = 0, unknown = unknown, codes = {} }, "code")
    for i, row in ipairs(summary.unknown) do assert.are.equal(order[i], row.value) end
    assert.are.equal(#order, #summary.unknown)
  end)

  it("shows a bar of whatever is there at all", function()
    local chart = top.chart(top.summary(tcerr.lookup, { lines = 1000001, other = 0, overlong = 0, unknown = { [5] = 1 },
      codes = { [4100] = 1000000 } }, "code"), 80)
    assert.is_truthy(chart:find("catalogue%)[^\n]* %%  ▏\n"), chart)
  end)
end)

describe("bars", function()
  it("are as long as the share says, to the nearest eighth of a column", function()
    local EIGHTHS = { ["▏"] = 1, ["▎"] = 2, ["▍"] = 3, ["▌"] = 4, ["▋"] = 5, ["▊"] = 6, ["▉"] = 7, [""] = 0 }
    local counts = { lines = 2000, other = 0, overlong = 0, unknown = {},
      codes = { [4100] = 1000, [4000] = 333, [4200] = 142, [4300] = 71 } }
    for columns = 60, 80 do
      local longest
      for count, bar in top.chart(top.summary(tcerr.lookup, counts, "code"), columns):gmatch("(%d+) +[%d.]+ %%  ([^\n]+)") do
        local full, part = bar:match("^([\226\150\136]*)(.-)$")
        while #full % 3 ~= 0 or full ~= ("█"):rep(#full / 3) do full, part = full:sub(1, -2), full:sub(-1) .. part end
        local eighths = #full / 3 * 8 + EIGHTHS[part]
        longest = longest or eighths
        assert.is_true(math.abs(eighths - longest * count / 1000) <= 0.5, bar)
      end
    end
  end)

  it("leave to the label what eight columns of bar and the numbers do not need, and fill the rest", function()
    local counts = { lines = 1, other = 0, overlong = 0, codes = {}, unknown = { ["Unheard.OfSomethingThatIsLong"] = 1 } }
    local chart = top.chart(top.summary(tcerr.lookup, counts, "code"), 36)
    assert.are.equal("Unheard.OfSom…  1  100.0 %  ████████\n1 of 1 lines failed\n", chart)
  end)

  it("say of each code without an entry that it has none, a string too", function()
    local counts = { lines = 4, other = 0, overlong = 0, codes = { [4100] = 1, ["A.NotFound"] = 1 },
      unknown = { ["Foo.Bar"] = 1, [4999] = 1 } }
    local function labels(by)
      local found = {}
      local find = function(code) return tcerr.lookup(code) end
      for label in top.chart(top.summary(find, counts, by), 80):gmatch("([^\n]-)  +1   25.0 %%") do found[#found + 1] = label end
      return found
    end
    assert.are.same({ " 4100 AuthFailure", "A.NotFound", " 4999 (not in the catalogue)", "Foo.Bar (not in the catalogue)" }, labels "code")
    assert.are.same({ "auth", "not_found", " 4999 (not in the catalogue)", "Foo.Bar (not in the catalogue)" }, labels "category")
  end)

  it("leave four columns to the label where there is no room", function()
    local counts = { lines = 1, other = 0, overlong = 0, unknown = {}, codes = { [4100] = 1 } }
    local chart = top.chart(top.summary(tcerr.lookup, counts, "code"), 1)
    assert.are.equal(" 41…  1  100.0 %  █\n1 of 1 lines failed\n", chart)
  end)
end)

local BY = { "code", "category", "fault", "retry" }

describe("a sum of summaries", function()
  local LINES = { '{"code":0}', '{"a":{"code":1}}', "x", "", '{"code":"4100"}', '{"code":4100}', ("x"):rep(60) }
  for code in tcerr.each() do LINES[#LINES + 1] = ('{"code":%d}'):format(code) end
  for code = 60000, 60020 do LINES[#LINES + 1] = ('{"code":-%d}'):format(code) end

  local function counts(log)
    local e = tcerr.enricher { max_line = 50 }
    e:feed(log)
    e:finish()
    return e:counts()
  end

  it("is what one run over all logs gives, by whatever is counted", function()
    local number, pick = random.new(20191125)
    for _ = 1, shell.version == "5.4" and 50 or 10 do
      local all, parts = {}, {}
      for host = 1, number(4) do
        local log = {}
        for i = 1, number(60) - 1 do log[i] = pick(LINES) .. "\n" end
        all[host] = table.concat(log)
        parts[host] = counts(all[host])
      end
      all = counts(table.concat(all))
      for _, by in ipairs(BY) do
        local one = top.json(top.summary(tcerr.lookup, all, by))
        for _, each in ipairs { by, "code" } do
          local read = {}
          for host, part in ipairs(parts) do
            read[host] = assert(top.read((top.json(top.summary(tcerr.lookup, part, each)):gsub("\n$", ""))))
          end
          assert.are.equal(one, top.json(top.merge(tcerr.lookup, read, by)))
        end
      end
    end
  end)

  it("comes from files and from standard input, an object a line", function()
    shell.with_directory(function(directory)
      local function run(arguments, input)
        return shell.run_tcerr("top " .. arguments:gsub("@", directory .. "/"), input)
      end
      local log = shell.read("examples/access.jsonl")
      local first = log:match("^" .. ("[^\n]*\n"):rep(10))
      local second = log:sub(#first + 1)
      for _, by in ipairs(BY) do
        shell.write(directory .. "/a.json", (run("--json --by " .. by, first)))
        shell.write(directory .. "/b.json", (run("--json --by " .. by, second)))
        local one = { (run("--json --by " .. by, log)), "", 0 }
        assert.are.same(one, { run("--merge --json @a.json @b.json") })
        local both = shell.read(directory .. "/b.json") .. shell.read(directory .. "/a.json")
        assert.are.same(one, { run("--merge --json --by " .. by, both) })
        assert.are.equal((run("--by " .. by, log)), (run("--merge @a.json @b.json")))
      end
      shell.write(directory .. "/a.json", (run("--json", first)))
      local why = ("tcerr: %s/b.json: is by retry, which cannot be summed by code\n"):format(directory)
      assert.are.same({ "", why, 1 }, { run "--merge @a.json @b.json" })
      assert.are.equal((run("--by retry", log)), (run("--merge --by retry @a.json @b.json")))
      local none = 'tcerr: no code found in 1 line\n'
      assert.are.same({ "0 of 1 lines failed\n", none, 0 }, { run("--merge", (run("--json", "x\n"))) })
      assert.are.same({ "0 of 0 lines failed\n", "", 0 }, { run("--merge", "") })
      assert.is_truthy((run("--merge --json", "")):find('"by":"code"', 1, true))
      for name, value in pairs { format = "text", key = "x", field = 1, ["max-line"] = 9, module = "none" } do
        local words = ("tcerr: --merge goes without --%s, which belongs to the logs (tcerr --help says more)\n"):format(name)
        assert.are.same({ "", words, 2 }, { run(("--merge --%s %s"):format(name, value)) })
      end
      assert.are.same({ "", "tcerr: examples/access.jsonl: not what tcerr top --json prints\n", 1 },
        { run "--merge @a.json examples/access.jsonl" })
    end)
  end)

  it("takes nothing that top --json would not print", function()
    local good = '{"lines":9,"failed":4,"by":"code","known":[{"code":4100,"name":"AuthFailure","count":1,"share":0.25}],'
      .. '"unknown":[{"code":4999,"count":2,"share":0.5}],"other":1,"overlong":2,"coded":true}'
    assert(top.read(good))
    for was, is in pairs {
      ["^{"] = " {", ["}$"] = "},", ['s":9'] = 's":3', ['"lines":9'] = '"lines":5', ['"failed":4'] = '"failed":5',
      ['"code","known'] = '"message","known', ['"code":4100'] = '"code":"a\27[31m"', ['"code":4100,'] = '"code":nan,',
      ['"code":4999'] = '"code":0x9', ['"count":2'] = '"count":99999999999999999999', ["AuthFailure"] = "a\27", ["true"] = "maybe",
      ["0.25"] = "0.3", ['"other":1'] = '"other":-1', ['"count":1'] = '"count":01', ["%]"] = ",]",
      ['"by":"code","known":%[{"code":4100,"name":"AuthFailure"'] = '"by":"fault","known":[{"fault":5',
    } do
      local bad, count = good:gsub(was, is, 1)
      assert.are.equal(1, count, was)
      assert.is_nil(top.read(bad), bad)
    end
    assert.is_nil(top.read(""))
    for lines, sound in pairs { ["9007199254740991"] = true, ["9007199254740992"] = false, ["9007199254740994"] = false } do
      assert.are.equal(sound, top.read((good:gsub('"lines":9', '"lines":' .. lines))) ~= nil, lines)
    end
  end)

  it("leaves out what the runs left out", function()
    local log = '{"code":1000}\n{"code":20322}\n{"code":5100,"message":"(20108)x"}\n{"code":4100}\n'
    for _, by in ipairs(BY) do
      local one = shell.run_tcerr("top --json --module none --by " .. by, log)
      assert.are.same({ one, "", 0 }, { shell.run_tcerr("top --json --merge --by " .. by, one) })
    end
  end)

  it("does not know what another version knew alone", function()
    local text = '{"lines":3,"failed":3,"by":"code","known":[{"code":70000,"name":"NewCode","count":2,"share":0.66666666666667}],'
      .. '"unknown":[{"code":4100,"count":1,"share":0.33333333333333}],"other":0,"overlong":0,"coded":true}'
    local sum = top.merge(tcerr.lookup, { assert(top.read(text)) }, "category")
    assert.are.same({}, sum.rows)
    assert.are.same({ 70000, 2, 4100, 1 }, { sum.unknown[1].value, sum.unknown[1].count, sum.unknown[2].value, sum.unknown[2].count })
  end)
end)
