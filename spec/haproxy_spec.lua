-- The example for HAProxy, as it is, on a real HAProxy.

-- HAProxy has a Lua of its own, so one interpreter is enough here.
if _VERSION ~= "Lua 5.4" then return end

local shell = require "support.shell"
local support = require "support.nginx"

-- A stand-in for the API that says its argument "body", after "/slow" in two parts.
local STAND_IN = [[
frontend vendor
    bind unix@@DIR@/vendor.sock
    no log
    http-request use-service lua.slow if { path /slow }
    http-request return status 200 content-type application/json hdr X-Error %[url_param(code)] lf-string %[url_param(body),url_dec]
]]

local SLOW = [[
core.register_service("slow", "http", function(applet)
  applet:set_status(200)
  applet:start_response()
  applet:send('{"code":44')
  core.msleep(1200) -- no answer may be given up because it is slow
  applet:send('00,"message":""}')
end)
]]

describe("the example haproxy.cfg", function()
  if not support.available({ it = it, pending = pending }, "haproxy", "curl") then return end

  local server

  -- The example but for its places. `lua`: the version that this HAProxy was built with.
  local function start(lua)
    local text = support.read("examples/haproxy/haproxy.cfg"):gsub("# A stand%-in.*", function() return STAND_IN end)
    local count
    for from, to in pairs {
      ["/usr/local/share/lua/5%.3"] = "@ROOT@/lua", ["/usr/local/lib/lua/5%.3"] = "@ROOT@/" .. shell.build .. "/" .. lua,
      ["lua%-load converter"] = "lua-load @DIR@/slow.lua\n    lua-load @ROOT@/examples/haproxy/converter",
      ["bind 127%.0%.0%.1:8080"] = "bind unix@@DIR@/gateway.sock",
      ["res%.body,lua%.tcerr%(retry%)\n"] = "%0    http-response set-header X-Name %%[res.hdr(x-error),lua.tcerr_code(name)]\n",
      ["server api 127%.0%.0%.1:8081"] = "server api unix@@DIR@/vendor.sock",
    } do
      text, count = text:gsub(from, to)
      assert.equal(1, count, from)
    end
    server = support.server { ["haproxy.cfg"] = text, ["slow.lua"] = SLOW }
    server:start("haproxy", "haproxy -db -f %s/haproxy.cfg >log 2>&1 & echo $! >haproxy.pid", server.directory)
    support.wait_for("HAProxy", function()
      return server:read("gateway.sock") and server:curl("gateway.sock", "", "/ready?body=%7B%7D") == "{}"
    end)
  end

  after_each(function()
    if server then server:close() end
    server = nil
  end)

  it("adds category and retry to the log", function()
    local lua = support.sh("%s; haproxy -vv", support.PATH):match("Built with Lua version : Lua (%d%.%d)")
    start(lua)
    local cases = {
      { '{"code":4400,"message":"x"}', "rate_limit backoff" },
      { '{"code":5100,"message":"(20108)x"}', "conflict never" },
      { '{"code":5100,"message":"(3000)x"}', "operation idempotent" }, -- not of the video cloud alone
      { '{"code":0,"message":"(1000)"}', "- -" }, { '{"code":4999}', "- -" },
      { '{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire"},"RequestId":"a"}}', "expired resign" },
      { '{"Response":{"RequestId":"a"}}', "- -" }, { "4100", "- -" },
      { "Forbidden", "- -" }, { "<html>", "- -" }, { '{"code":41', "- -" }, -- no answers, as for nginx
    }
    local expected = { "GET /ready 200 - -" }
    for i, case in ipairs(cases) do
      local body = case[1]:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)
      assert.equal(case[1], server:curl("gateway.sock", "", ("/%d?body=%s"):format(i, body)))
      expected[i + 1] = ("GET /%d 200 %s"):format(i, case[2])
    end
    assert.equal('{"code":4400,"message":""}', server:curl("gateway.sock", "", "/slow"))
    expected[#expected + 1] = "GET /slow 200 rate_limit backoff"
    for code, name in pairs { ["4400"] = "RequestLimitExceeded", Forbidden = "Forbidden", ["4999"] = "-" } do
      local head = server:curl("gateway.sock", "-i", "/?body=%7B%7D&code=" .. code)
      assert.equal(name, head:match("[Xx]%-[Nn]ame: (%S+)"))
      expected[#expected + 1] = "GET / 200 - -"
    end
    server:finish("TERM")
    local lines = {}
    for line in server:read("log"):gmatch("GET [^\n]+") do lines[#lines + 1] = line:gsub("%?%S+", "") end
    assert.same(expected, lines)
    assert.falsy(server:read("log"):find("ALERT", 1, true))
  end)
end)
