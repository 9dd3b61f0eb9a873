-- Another way to enrich logs: the Fluent Bit filter.

local tcerr = require "tcerr"

describe("the Fluent Bit filter", function()
  dofile("examples/fluent-bit/tcerr.lua")
  local filter = rawget(_G, "cb_tcerr")
  rawset(_G, "cb_tcerr", nil)

  it("adds the fields to a record whose code is a number, a float or a string", function()
    for code, entry in tcerr.each() do
      for _, value in ipairs { code, code + 0.0, ("%d"):format(code) } do
        local record = { log = "x", code = value }
        local status, timestamp, changed = filter("tag", 12.5, record)
        assert.are.equal(2, status)
        assert.are.equal(12.5, timestamp)
        assert.are.same({ log = "x", code = value, tc_message = entry.message, tc_category = entry.category,
          tc_retry = entry.retry }, changed)
      end
    end
  end)

  it("leaves any other record alone", function()
    for _, value in ipairs { 0, 9999, 4100.5, "x", "4100.0", true, {} } do
      local status, _, same = filter("tag", 1, { code = value })
      assert.are.equal(0, status)
      assert.are.same({ code = value }, same)
    end
    assert.are.equal(0, (filter("tag", 1, {})))
  end)
end)
