-- The example for Apache, as it is, on a real Apache.

-- mod_lua has a Lua of its own, so one interpreter is enough here.
if _VERSION ~= "Lua 5.4" then return end

local support = require "support.nginx"

-- Answers with the parts of the argument "body", one after the other, and with the argument "status".
local STAND_IN = [[
function handle(r)
  local arguments = r:parseargs()
  r.content_type = "application/json"
  r.headers_out["X-Request"] = "7"
  r.status = tonumber(arguments.status) or 200
  for part in arguments.body:gmatch("[^|]+") do
    r:write(part)
    r:flush()
    r.usleep(20000)
  end
  return apache2.OK
end
]]

-- Two ports of the loopback that nobody has.
local FREE_PORTS = [[python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))']]

describe("the example for Apache", function()
  if not support.available({ it = it, pending = pending }, "apache2", "curl", "python3") then return end

  local server, gateway, vendor

  local function example(name, changes)
    changes["127%.0%.0%.1:8081"] = "127.0.0.1:" .. vendor
    return support.changed("examples/apache/" .. name, changes)
  end

  -- The example but for its places. All is copied, since what root starts runs as somebody who may not see the rest.
  before_each(function()
    gateway, vendor = support.sh("%s", FREE_PORTS):match("(%d+) (%d+)")
    local modules = "build/programs/usr/lib/apache2/modules"
    server = support.server {
      ["httpd.conf"] = example("httpd.conf", { ["127%.0%.0%.1:8080"] = "127.0.0.1:" .. gateway,
        ["/usr/lib/apache2/modules"] = support.read(modules .. "/mod_lua.so") and "@ROOT@/" .. modules,
        ["/tmp/tcerr%-example%.pid"] = "@DIR@/apache2.pid", ["/dev/stderr"] = "@DIR@/error.log",
        ["%${PWD}"] = "@DIR@", ["%${place}/%.%."] = "@DIR@",
        ["    AliasMatch"] = "    LuaMapHandler ^/parts @DIR@/stand_in.lua\n    AliasMatch" }),
      ["tcerr.conf"] = example("tcerr.conf", { ["/usr/local/bin/tcerr"] = "@DIR@/tcerr" }),
      ["filter.lua"] = support.read("examples/apache/filter.lua"), ["stand_in.lua"] = STAND_IN,
      ["answer.json"] = support.read("examples/answer.json"),
    }
    server:write_command()
    -- A file of this second has another ETag in the next.
    server:write("copy", "cp -r @ROOT@/lua @ROOT@/@BUILD@/5.3 . && chmod -R a+rX . && touch -t 202001010000 answer.json")
    server:run("sh copy")
    local started, output = server:start("apache2", "LUA_PATH='%s/lua/?.lua;;' LUA_CPATH='%s/5.3/?.so;;' apache2 -d %s -f httpd.conf",
      server.directory, server.directory, server.directory)
    assert(started, output)
  end)

  after_each(function() server:close() end)

  local function curl(port, path, options)
    return (server:run("curl -sg --max-time 20 %s 'http://127.0.0.1:%s/%s'", options or "", port, path))
  end

  -- So many lines of a log, from the status on, each behind the one before.
  local function log(name, count)
    local lines
    support.wait_for("the log", function()
      lines = {}
      for line in server:read(name):gmatch("(status=[^\n]*)\n") do lines[#lines + 1] = line end
      return #lines >= count
    end)
    return lines
  end

  it("logs what the codes mean, and enriches the log through a pipe", function()
    assert.equal(support.read("examples/answer.json"), curl(gateway, "v2/index.php"))
    assert.equal('{"code":6200}', curl(gateway, "v2/parts?status=206&body=%7B%22code%22:6200%7D"))
    curl(gateway, "v2/index.php", "-I")
    local expected = { "status=200 code=5100 module_code=20108 retry=never",
      "status=206 code=- module_code=- retry=-", "status=200 code=- module_code=- retry=-" }
    assert.same(expected, log("api.log", 3))
    expected[1] = expected[1] .. ' tc_message="频道处于非编辑状态" tc_category=conflict tc_retry=never'
    assert.same(expected, log("api.enriched.log", 3))
  end)

  it("leaves headers and body as they are", function()
    local function seen(port, path)
      local head, body = curl(port, path, "-i"):gsub("Date: [^\r]*\r\n", ""):match("^(.-)\r\n\r\n(.*)$")
      local lines = {}
      for line in head:gmatch("[^\r\n]+") do lines[#lines + 1] = line end
      table.sort(lines)
      return { head = lines, body = body }
    end
    for _, path in ipairs { "index.php", "parts?body=%7B%22code%22:44|00,%22message%22:%22%22%7D" } do
      assert.same(seen(vendor, path), seen(gateway, "v2/" .. path))
    end
    assert.equal('Content-Length: 111', seen(gateway, "v2/index.php").head[2])
  end)

  it("notes the id of a request that failed", function()
    local globals = setmetatable({}, { __index = _G })
    assert(loadfile("examples/apache/filter.lua", "t", globals))()
    local function id_of(body)
      local r = { status = 200, headers_out = {}, notes = {} }
      local go_on = coroutine.wrap(globals.tcerr_filter)
      for _, bucket in ipairs { false, body, false } do
        globals.bucket = bucket
        go_on(r)
      end
      return r.notes.tc_request_id
    end
    assert.equal("a-1", id_of '{"Response":{"Error":{"Code":"InternalError"},"RequestId":"a-1"}}')
    assert.is_nil(id_of '{"Response":{"RequestId":"a-1"}}')
  end)

  it("reads an answer in whatever pieces it comes", function()
    local cases = {
      { '{|"co|de":4|400,"mess|age":"x|"}', "4400 module_code=- retry=backoff" },
      { '{"code":0,"message":"(1000)"}', "0 module_code=1000 retry=-" },
      { '{"code":4999}', "4999 module_code=- retry=-" },
      { '{"Response":{"RequestId":"a-1","Error":{"Co|de":"AuthFailure.|SignatureExpire","Message":"x"}}}',
        "AuthFailure.SignatureExpire module_code=- retry=resign" },
      { '{"Response":{"RequestId":"a-1"}}', "- module_code=- retry=-" },
      { '{"Response":{"Error":{"Code":"X.Y retry=resign"}}}', "- module_code=- retry=-" },
      { '{"Response":{"Error":{"Code":"InternalError "}}}', "InternalError module_code=- retry=idempotent" },
      { '{"Response":{"Error":{"Code":"InternalError.' .. ("x"):rep(115) .. '"}}}', "- module_code=- retry=-" },
      { '{"code":5100,"message":"(20108)|x"}', "5100 module_code=20108 retry=never" },
      { "<html>", "- module_code=- retry=-" }, { '{"code":41', "- module_code=- retry=-" },
      { '{"code":4100,"message":"' .. ("x"):rep(2000) .. '|"}', "4100 module_code=- retry=never" },
    }
    local expected = {}
    for i, case in ipairs(cases) do
      local path = "parts?body=" .. case[1]:gsub("[^%w|]", function(c) return ("%%%02X"):format(c:byte()) end)
      assert.equal((case[1]:gsub("|", "")), curl(gateway, "v2/" .. path))
      expected[i] = "status=200 code=" .. case[2]
    end
    assert.same(expected, log("api.log", #cases))
    server:finish("TERM")
    assert.same({}, { (server:read("error.log"):match("[^\n]*:error[^\n]*")) })
  end)
end)
