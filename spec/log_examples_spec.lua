-- Another way to enrich logs: the Fluent Bit filter.

local dkjson = require "dkjson"
local shell = require "support.shell"
local support = require "support.nginx"
local tcerr = require "tcerr"

dofile("examples/fluent-bit/tcerr.lua")
local filter = rawget(_G, "cb_tcerr")
rawset(_G, "cb_tcerr", nil)

describe("the Fluent Bit filter", function()
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

  it("says of a line what the enricher says", function()
    local e = tcerr.enricher()
    for _, line in ipairs { '{"code":5100,"message":"(20108)x"}', '{"code":"5100","module_code":"20108"}',
      '{"code":5100,"module_code":20108,"message":"(3000)x"}', '{"code":5100,"module_code":"-"}',
      '{"code":0,"module_code":"20108"}', '{"code":5100,"module_code":"0x4e8c"}',
      '{"code":5100,"module_code":"20108.0","message":"(20109)x"}', '{"code":5100,"module_code":"020108"}',
      '{"code":5100,"module_code":"0020108","message":"(20109)x"}', '{"code":5100,"module_code":0,"message":"(20108)x"}',
      '{"code":5100,"module_code":"0","message":"(20108)x"}', '{"code":5100,"module_code":"-0","message":"(20108)x"}',
      '{"code":5100,"module_code":"123456789012345","message":"(20108)x"}',
      '{"code":5100,"module_code":"-123456789012345","message":"(20108)x"}',
      '{"code":5100,"module_code":"1234567890123456","message":"(20108)x"}',
      '{"code":"AuthFailure.SignatureExpire"}', '{"code":"AuthFailure","message":"x"}' } do
      local _, _, changed = filter("tag", 1, dkjson.decode(line))
      assert.are.same(dkjson.decode(e:feed(line .. "\n")), changed)
    end
  end)

  it("leaves a field that is already there", function()
    local _, _, changed = filter("tag", 1, { code = 4100, tc_retry = false })
    assert.are.same({ false, "auth" }, { changed.tc_retry, changed.tc_category })
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

if shell.version == "5.4" then
  describe("the example for Fluent Bit", function()
    -- Debian has no package of it, so that it may lack in CI too.
    if support.sh("command -v fluent-bit") == "" then return pending "runs on a real one, but fluent-bit is not installed" end

    local server

    after_each(function() server:close() end)

    it("adds the fields on a real one, and leaves all else in the records", function()
      local log = shell.read("examples/access.jsonl")
        .. '{"code":4100,"list":[1,{"a":2.5}],"yes":true,"tc_retry":"mine"}\n{"code":"5100","message":"(20108)x"}\n'
        .. '{"code":"5100","module_code":"20108"}\n{"code":"AuthFailure.SignatureExpire"}\n{"last":"鉴"}\n'
      server = support.server {
        ["fluent-bit.conf"] = support.changed("examples/fluent-bit/fluent-bit.conf", { ["%.%./access"] = "access" }),
        ["parsers.conf"] = shell.read("examples/fluent-bit/parsers.conf"),
        ["tcerr.lua"] = shell.read("examples/fluent-bit/tcerr.lua"), ["access.jsonl"] = log,
      }
      server:write("paths", "export LUA_PATH='@ROOT@/lua/?.lua;;' LUA_CPATH='@ROOT@/@BUILD@/5.1/?.so;;'\n")
      server:start("fluent-bit", "D=%s; . ./paths; fluent-bit -q -c $D/fluent-bit.conf >out 2>err & echo $! >fluent-bit.pid",
        server.directory)
      support.wait_for("the last record", function() return server:read("out"):find('"last":[^\n]*}') end)
      server:finish("TERM")
      local expected, seen = {}, {}
      for line in log:gmatch("[^\n]+") do
        local record = dkjson.decode(line) or { log = line }
        local _, _, changed = filter("tag", 1, record)
        expected[#expected + 1] = changed
      end
      for line in server:read("out"):gmatch("({[^\n]*})") do
        seen[#seen + 1] = dkjson.decode(line)
        seen[#seen].date = nil
      end
      assert.same(expected, seen)
    end)
  end)
end
