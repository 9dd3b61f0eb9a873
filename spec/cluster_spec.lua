-- The command as the filter of many machines: what it keeps to, and GNU parallel over one file and many cores.

local lines = require "support.lines"
local parallel = require "support.parallel"
local random = require "support.random"
local shell = require "support.shell"

local function log(seed)
  return lines.log("json", 3000, random.new(seed))
end

-- Output, words and status of `tcerr enrich`.
local function enrich(input)
  local out, err, status = shell.run(shell.tcerr .. " enrich", input)
  assert.are.same({ "", 0 }, { err, status })
  return out
end

describe("the filter", function()
  it("writes a line for a line, in order, and nothing before or behind them", function()
    local input, expected = {}, {}
    for i = 1, 30000 do
      local known = i % 3 == 0
      input[i] = ('{"n":%d,"code":%d}\n'):format(i, known and 4100 or 0)
      expected[i] = known and input[i]:gsub("}", ',"tc_message":"鉴权失败","tc_category":"auth","tc_retry":"never"}') or input[i]
    end
    assert.is_true(table.concat(expected) == enrich(table.concat(input)))
  end)

  it("writes what it has read before it reads again", function()
    shell.with_directory(function(directory)
      local out, err, status = shell.run(([[
        cd %s && mkfifo in out
        (cd "$OLDPWD" && exec timeout 20 env %s enrich --fields retry) <in >out &
        exec 3>in 4<out
        for code in 4100 0 4200; do
          echo "{\"code\":$code}" >&3
          timeout 10 head -n 1 <&4 || exit
        done
        exec 3>&-
        wait $!]]):format(directory, shell.tcerr))
      assert.are.same({ '{"code":4100,"tc_retry":"never"}\n{"code":0}\n{"code":4200,"tc_retry":"resign"}\n', "", 0 },
        { out, err, status })
    end)
  end)

  it("is content with no input, and with nothing to enrich in it", function()
    assert.are.equal("", enrich(""))
    local text = "not\na\nlog\n" .. '{"code":0}\n'
    assert.are.equal(text, enrich(text))
  end)

  it("gives the same bytes when it does its work again, and when it is given what it has made", function()
    local once = enrich(log(71))
    assert.is_true(once == enrich(log(71)))
    local good = '{"code":4100}\n{"code":0}\n{"code":20108}\n'
    assert.are_not.equal(good, enrich(good))
    assert.are.equal(enrich(good), enrich(enrich(good)))
  end)
end)

if shell.version ~= "5.4" then return end -- what follows does not depend on the Lua

describe("GNU parallel", function()
  it("makes of one file in pieces what a single run makes", function()
    shell.with_directory(function(directory)
      parallel.install(directory)
      parallel.run(directory, parallel.command("%-k %-%-pipepart", {
        ["%-%-block %S+"] = "--block 10k", ["tcerr enrich"] = "tree/bin/tcerr enrich",
      }))
    end)
  end)
end)
