-- What failed most: the summary of an enricher's counts, and its bars.

local dkjson = require "dkjson"
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
    local chart = top.chart(summary, 80)
    assert.is_truthy(chart:find("\n%(others not in the catalogue%) +20 +55.6 %%  █[^\n]+\n36 of 40 lines failed\n$"), chart)
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
    local counts = { lines = 2000, other = 0, overlong = 0, unknown = {}, codes = { [4100] = 1000, [4000] = 333, [4200] = 142, [4300] = 71 } }
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
end)
