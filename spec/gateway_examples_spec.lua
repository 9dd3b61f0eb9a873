-- The examples for gateways, as they are, on a real nginx.

-- nginx loads the same module whoever runs the specs, so one interpreter is enough.
if _VERSION ~= "Lua 5.4" then return end

local dkjson = require "dkjson"
local support = require "support.nginx"
local tcerr = require "tcerr"

-- Answers with the next of the argument "answers", and with the last again; logs what it was called with.
local STAND_IN = [[
    lua_shared_dict calls 1m;
    log_format call '$arg_key $arg_Nonce $arg_Timestamp $arg_Signature $msec';
    server {
        listen unix:@DIR@/vendor.sock;
        access_log @DIR@/calls.log call;
        default_type application/json;
        location / { content_by_lua_block {
            local calls, answer = ngx.shared.calls:incr(ngx.var.arg_key, 1, 0), ""
            for text in ngx.unescape_uri(ngx.var.arg_answers):gmatch("[^|]+") do
                answer, calls = text, calls - 1
                if calls == 0 then break end
            end
            ngx.req.read_body()
            ngx.header["X-Seen"] = table.concat({ ngx.req.get_method(), ngx.var.http_x_client or "-",
                ngx.var.http_content_type or "-", ngx.req.get_body_data() or "-" }, " ")
            ngx.header["Set-Cookie"] = { "a=1", "b=2" }
            ngx.header["Keep-Alive"] = "timeout=7"
            if answer == "dies" then ngx.header.content_length = 100 end
            ngx.print(answer)
        } }
    }
]]

describe("the example", function()
  if not support.available({ it = it, pending = pending }, "nginx", "curl") then return end

  local server

  after_each(function() server:close() end)

  local function start(name, stand_in, options)
    server = support.server {
      ["nginx.conf"] = support.example("examples/" .. name, stand_in),
      ["tcerr.conf"] = require("tcerr.nginx").conf(options),
    }
    local started, output = server:start_nginx()
    assert(started, output)
  end

  local function curl(path, options) return server:curl("gateway.sock", options or "", path) end

  -- The lines of the log, which are JSON.
  local function finish()
    assert.equal("", server:finish_nginx())
    local lines = {}
    for text in server:read("access.log"):gmatch("[^\n]+") do lines[#lines + 1] = assert(dkjson.decode(text), text) end
    return lines
  end

  describe("nginx.conf", function()
    it("logs what the codes mean", function()
      start("nginx.conf")
      local body = curl "/v2/index.php?Action=StopLVBChannel"
      assert.equal('{"code":5100,"message":"(20108)频道处于非编辑状态"}', body)
      curl { "/v2/index.php?Action=DescribeLVBChannel", "/v2/index.php" }
      local lines = finish()
      lines[1].time = nil
      assert.same({ action = "StopLVBChannel", status = 200, code = "5100", module_code = "20108",
        message = "频道处于非编辑状态", category = "conflict", fault = "client", retry = "never", http_status = "409" },
        lines[1])
      assert.equal("0 -", lines[2].code .. " " .. lines[2].message)
      assert.equal("4100 鉴权失败", lines[3].code .. " " .. lines[3].message)
    end)
  end)

  describe("nginx-map.conf", function()
    it("does so from a header, without Lua", function()
      start("nginx-map.conf", nil, { source = "$upstream_http_x_error_code" })
      assert.equal("later\n", curl "/orders/1")
      curl "/health"
      local lines = finish()
      lines[1].time = nil
      assert.same({ uri = "/orders/1", status = 200, code = "4400", message = "超过配额", category = "rate_limit",
        retry = "backoff" }, lines[1])
      assert.equal("- - -", lines[2].code .. " " .. lines[2].message .. " " .. lines[2].retry)
    end)

    it("lets into the log what the filter would", function()
      start("nginx-map.conf", nil, { source = "$arg_code" })
      local most, expected = ("x"):rep(128), {}
      for i, code in ipairs { "-1", "A_b.C-1", most, most .. "x", "a%22", "a/b", "a:b", "" } do
        curl("/health?code=" .. code)
        expected[i] = i <= 3 and code or "-"
      end
      local lines = finish()
      for i, code in ipairs(expected) do assert.equal(code, lines[i].code) end
    end)
  end)

  -- Debian has neither, so this is what of them is nginx's: the Lua, the log's format, the map file.
  describe("of Kong and of APISIX", function()
    it("has Lua that finds the code", function()
      local kong = support.read("examples/kong/kong.yml"):match("body_filter:\n    %- |\n(.*)")
      local apisix = support.read("examples/apisix/apisix.yaml"):match("functions: %['(.-)'%]")
      local format = support.read("examples/apisix/config.yaml"):match("access_log_format: (%b'')")
      server = support.server {
        ["tcerr.conf"] = require("tcerr.nginx").conf(),
        ["nginx.conf"] = support.conf(([[
    include tcerr.conf;
    log_format main escape=json %s;
    init_by_lua_block {
      require "tcerr.nginx"
      kong = { log = { set_serialize_value = function(name, value) ngx.log(ngx.WARN, "<", name, "=", value, ">") end } }
      apisix = assert(loadstring([==[%s]==]))()
    }
    server {
      listen unix:@DIR@/gateway.sock;
      access_log @DIR@/access.log main;
      proxy_buffering off;
      proxy_http_version 1.1;
      location /kong { proxy_pass http://vendor; access_log off; body_filter_by_lua_block { %s } }
      location /apisix { proxy_pass http://vendor; body_filter_by_lua_block { apisix() } }
    }
    server { listen unix:@DIR@/vendor.sock; location / { content_by_lua_block {
      for _, part in ipairs { '{"code":51', '00,"message":"(201', '08)x"}' } do
        ngx.print(part)
        ngx.flush(true)
        ngx.sleep(0.02)
      end
    } } }
]]):format(format, apisix, kong)),
      }
      local started, output = server:start_nginx()
      assert(started, output)
      curl { "/kong", "/apisix" }
      assert.same({ uri = "/apisix", status = 200, code = "5100", message = "频道处于非编辑状态", retry = "never" }, finish()[1])
      local set = {}
      for pair in server:read("error.log"):gmatch("<(tc_[^>]*)>") do set[#set + 1] = pair end
      assert.same({ "tc_code=5100", "tc_name=ChannelNotEditable", "tc_category=conflict", "tc_retry=never" }, set)
    end)
  end)

  describe("gateway", function()
    local function path_to(location, key, action, ...)
      return ("/%s/?key=%s&Action=%s&answers=%s"):format(location, key, action, (table.concat({ ... }, "|")
        :gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)))
    end

    local function answer(code, message) return ('{"code":%s,"message":"%s"}'):format(code, message or "") end

    it("starts as it is", function()
      start("gateway/nginx.conf")
      assert.equal('{"code":0,"message":""}', curl "/retried/?Action=DescribeInstances")
      assert.truthy(curl("/rest/", "-i -d Action=RunInstances"):find("^HTTP/1.1 429 "))
      assert.equal('{"code":4400,"message":"too many"}', curl "/v2/?Action=x")
      support.wait_for("the count", function() return curl("/metrics"):find('category="rate_limit",fault="client"} 1\n', 1, true) end)
      finish()
    end)

    it("repeats what its code allows, signed anew", function()
      local ok, busy, failed = answer(0), answer(4400), answer(6000)
      local cases = { -- key, Action, calls, the answers
        { "never", "DescribeX", 1, answer(4100), ok },
        { "resign", "RunX", 2, answer(4200), ok },
        { "replay", "RunX", 2, answer(4500), ok },
        { "backoff", "RunX", 3, busy, busy, ok },
        { "idempotent", "DescribeX", 2, failed, ok },
        { "not_idempotent", "RunX", 1, failed, ok },
        { "module", "DescribeX", 1, answer(5100, "(20108)"), ok },
        { "module_network", "DescribeX", 2, answer(5100, "(3000)"), ok },
        { "endless", "DescribeX", 4, busy },
        { "unknown", "DescribeX", 1, answer(4999), ok },
        { "api3", "RunX", 2, '{"Response":{"Error":{"Code":"RequestLimitExceeded"},"RequestId":"a"}}', ok },
        { "api3_never", "RunX", 1, '{"Response":{"Error":{"Code":"AuthFailure.SecretIdNotFound"},"RequestId":"a"}}', ok },
        { "api3_ok", "RunX", 1, '{"Response":{"RequestId":"a"}}', ok },
        { "html", "DescribeX", 1, "<html>", ok },
      }
      start("gateway/nginx.conf", STAND_IN)
      for _, case in ipairs(cases) do
        local path = path_to("retried", case[1], case[2], (table.unpack or unpack)(case, 4))
        local body, seconds = curl(path, "-w '\\n%{time_total}'"):match("^(.*)\n([%d.]+)$")
        assert.equal(case[math.min(3 + case[3], #case)], body, case[1])
        -- It does not wait when there is no call to come: 0.1 s, 0.2 s and 0.4 s are between four.
        assert.is_true(tonumber(seconds) < 1.2, case[1])
      end
      finish()
      local calls, seen, times = {}, {}, {}
      for key, nonce, timestamp, signature, time in
        server:read("calls.log"):gmatch("(%S+) (%d+) (%d+) (%S+) (%S+)\n") do
        assert.is_true(math.abs(os.time() - timestamp) < 60)
        assert.falsy(seen[nonce] or seen[signature])
        seen[nonce], seen[signature] = true, true
        calls[key] = (calls[key] or 0) + 1
        times[key .. calls[key]] = tonumber(time)
      end
      for _, case in ipairs(cases) do assert.equal(case[3], calls[case[1]], case[1]) end
      assert.is_true(times.resign2 - times.resign1 < 0.09)
      assert.is_true(times.backoff2 - times.backoff1 >= 0.09)
      assert.is_true(times.backoff3 - times.backoff2 >= 0.19)
    end)

    it("hands on method, headers and body, both ways", function()
      start("gateway/nginx.conf", STAND_IN)
      local function exchange(location, key, options)
        local head, body = curl(path_to(location, key, "RunX", answer(4100)), "-i " .. options):match("^(.-)\r\n\r\n(.*)$")
        local cookies = {}
        for cookie in head:gmatch("Set%-Cookie: (%S+)") do cookies[#cookies + 1] = cookie end
        assert.equal("a=1 b=2", table.concat(cookies, " "))
        assert.equal("application/json", head:match("Content%-Type: (%S+)"))
        assert.falsy(head:find("timeout=7", 1, true))
        return head:match("^HTTP/1.1 (%d+)"), head:match("X%-Seen: ([^\r]*)"), body
      end
      local options = "-H 'X-Client: me' -H 'Content-Type: text/x' -d 'the body' -X "
      for _, method in ipairs { "POST", "PUT", "DELETE", "PATCH" } do
        assert.same({ "401", method .. " me text/x the body", answer(4100) },
          { exchange("rest", method, options .. method) })
      end
      assert.same({ "401", "GET - - -", answer(4100) }, { exchange("rest", "get", "") })
      assert.equal("200", (curl(path_to("rest", "head", "RunX", answer(4100)), "-I"):match("^HTTP/1.1 (%d+)")))
      assert.same({ "200", "GET - - -", answer(4100) }, { exchange("retried", "get2", "") })
      local status, seen, body = exchange("retried", "post", "-H 'X-Client: me' --data-urlencode Action=RunX -d Name=a%20b "
        .. "-d Signature=OLD -d SignatureMethod=HmacSHA256 -d Token=x -d Placement_Zone=1")
      assert.same({ "200", answer(4100) }, { status, body })
      local sent = seen:match("^POST me application/x%-www%-form%-urlencoded (%S+)$")
      server:write("sent", sent)
      server:write("check.py", [[
import base64, hashlib, hmac, urllib.parse
sent = dict(urllib.parse.parse_qsl(open("sent").read()))
signature = sent.pop("Signature")
text = "POSTcvm.api.qcloud.com/v2/index.php?" + "&".join(f"{k.replace('_', '.')}={v}" for k, v in sorted(sent.items()))
digest = hmac.new(b"the account's SecretKey", text.encode(), hashlib.sha1).digest()
print(base64.b64encode(digest).decode() == signature, *sorted(sent))
print(sent["Action"], sent["Name"], sent["Placement_Zone"])
]])
      assert.equal("True Action Name Nonce Placement_Zone SecretId Timestamp\nRunX a b 1\n", (server:run "python3 check.py"))
      finish()
    end)

    it("refuses what is no call", function()
      start("gateway/nginx.conf", STAND_IN)
      local function status(path, options) return curl(path, (options or "") .. " -o /dev/null -w '%{http_code}'") end
      for _, query in ipairs { "", "?Action", "?Action=a&Action=b", "?Action=a&x", "?a=1" } do
        assert.equal("400", status("/retried/" .. query), query)
      end
      assert.equal("400", status("/retried/?Action=a", "-d x=1"))
      local many = { "Action=a" }
      for i = 1, 1000 do many[i + 1] = "a" .. i .. "=1" end
      assert.equal("400", status("/retried/?" .. table.concat(many, "&")))
      assert.equal("200", status("/retried/?" .. table.concat(many, "&", 1, 1000)))
      assert.equal("200", status("/retried/", "-d Action=a -d x=" .. ("x"):rep(100000)))
      assert.equal("405", status("/retried/?Action=a", "-X PUT"))
      assert.equal("405", status("/rest/?Action=a", "-X BREW"))
      finish()
    end)

    it("does not hand on a part of an answer as if it were whole", function()
      start("gateway/nginx.conf", STAND_IN)
      assert.equal("502", curl(path_to("rest", "dies", "X", "dies"), "-o /dev/null -w '%{http_code}'"))
      server:finish_nginx()
    end)

    it("gives each code its HTTP status", function()
      start("gateway/nginx.conf", STAND_IN)
      local cases = {
        { 409, answer(5100, "(20108)") }, { 200, '{"Response":{"RequestId":"a"}}' }, { 200, answer(0) },
        { 401, '{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire"},"RequestId":"a"}}' },
        { 200, answer(4999) }, { 200, "<html>" },
      }
      for code, entry in tcerr.each("access") do cases[#cases + 1] = { entry.http_status, answer(code) } end
      local paths, expected = {}, {}
      for i, case in ipairs(cases) do
        expected[i], paths[i] = case[1], path_to("rest", "status" .. i, "X", case[2])
      end
      local statuses = curl(paths, ("-o /dev/null "):rep(#paths) .. "-w '%{http_code} '")
      assert.equal(table.concat(expected, " ") .. " ", statuses)
      assert.equal(answer(4100, "鉴权失败"), curl(path_to("rest", "body", "X", answer(4100, "鉴权失败"))))
      finish()
    end)

    it("counts by category, with no more labels than there are categories and three", function()
      start("gateway/nginx.conf", STAND_IN)
      local paths = {}
      local answers = { answer(4100), answer(4100), answer(0), "<html>", answer(5100, "20108：x"), answer(6000),
        '{"Response":{"Error":{"Code":"FailedOperation.VpcNotFound"},"RequestId":"a"}}', '{"Response":{"RequestId":"a"}}' }
      for i, text in ipairs(answers) do
        paths[#paths + 1] = path_to("v2", "count" .. i, "X", text)
      end
      for code = 7000, 7040 do paths[#paths + 1] = path_to("v2", code, "X", answer(code)) end
      curl(paths)
      local metrics = support.wait_for("the last count", function()
        local text = curl "/metrics"
        return text:find('fault="unknown"} 41\n', 1, true) and text
      end)
      finish()
      local expected = { "# HELP tcerr_answers_total Answers of the API, by what their codes mean.\n"
        .. "# TYPE tcerr_answers_total counter\n" }
      for _, series in ipairs { { "auth", "client", 2 }, { "conflict", "client", 1 }, { "internal", "server", 1 },
        { "none", "unknown", 2 }, { "not_found", "client", 1 }, { "ok", "none", 1 }, { "other", "unknown", 41 } } do
        expected[#expected + 1] = ('tcerr_answers_total{category="%s",fault="%s"} %d\n'):format((table.unpack or unpack)(series))
      end
      assert.equal(table.concat(expected), metrics)
    end)
  end)
end)
