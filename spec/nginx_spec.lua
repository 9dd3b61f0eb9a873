-- The filter on a real nginx: what each kind of answer puts into the access log.

-- nginx loads the same module whoever runs the specs, so one interpreter is enough.
if _VERSION ~= "Lua 5.4" then return end

local dkjson = require "dkjson"
local support = require "support.nginx"
local tcerr = require "tcerr"

local HTTP = [[
    include @DIR@/tcerr.conf;
    map "" $calls { default ""; } # of the filter, with bytes
    map $calls $needs_calls { default ""; }
    log_format answer escape=json '{"uri":"$request_uri","status":"$status","code":"$tc_code",'
        '"module":"$tc_module_code","message":"$tc_message","message_en":"$tc_message_en",'
        '"category":"$tc_category","fault":"$tc_fault","retry":"$tc_retry","http_status":"$tc_http_status",'
        '"name":"$tc_name","rule":"$tc_rule","request_id":"$tc_request_id",'
        '"calls":"$calls","connection":"$connection","protocol":"$server_protocol",'
        '"cache":"$upstream_cache_status"}';

    proxy_cache_path @DIR@/cache keys_zone=answers:1m;
    server {
        listen unix:@DIR@/vendor.sock;
        default_type application/json;
        lua_http10_buffering off;
        # Says the arguments "b", each in a chunk of its own.
        location / {
            content_by_lua_block {
                local chunks = ngx.req.get_uri_args(1000).b or ""
                for _, chunk in ipairs(type(chunks) == "table" and chunks or { chunks }) do
                    ngx.print(chunk)
                    ngx.flush(true)
                    ngx.sleep(0.002)
                end
            }
        }
        location /small/ { content_by_lua_block {
            local body = ngx.unescape_uri(ngx.var.arg_b)
            ngx.header.content_length = #body
            ngx.print(body)
        } }
        # As many spaces as the argument "before" says before the code, 256 KiB of digits behind it.
        location /long/ { content_by_lua_block {
            ngx.print('{"n":1,', (" "):rep(tonumber(ngx.var.arg_before)), '"code":4400,"message":"m","d":"',
                ("0123456789abcdef"):rep(16384), '"}') } }
        location /gzip/ {
            gzip on;
            gzip_types *;
            gzip_min_length 1;
            gzip_proxied any;
            gzip_http_version 1.0;
            content_by_lua_block { ngx.print('{"code":4100,"message":"gzip"}') }
        }
        location /nothing/ { content_by_lua_block { ngx.exit(tonumber(ngx.var.arg_status)) } }
        location /fails/ { content_by_lua_block { ngx.status = 500; ngx.print('{"code":6000,"message":""}') } }
        location /accel/ { content_by_lua_block {
            ngx.header["X-Accel-Redirect"] = "/final/"
            ngx.print('{"code":6000,"message":""}')
        } }
        # Ends in the middle of what it says: a code of 4100.
        location /dies/ { content_by_lua_block {
            ngx.header.content_length = ngx.var.arg_length
            ngx.print(ngx.unescape_uri(ngx.var.arg_b))
            ngx.flush(true)
            ngx.exit(444)
        } }
    }

    # A client that makes many requests over one HTTP/2 connection, which curl 7.88 cannot without TLS.
    upstream http2 { server unix:@DIR@/http2.sock; keepalive 1; }
    server { listen unix:@DIR@/client.sock; location / { grpc_pass grpc://http2; } }

    server {
        listen unix:@DIR@/gateway.sock;
        listen unix:@DIR@/http2.sock http2;
        access_log @DIR@/access.log answer;
        default_type application/json;
        proxy_buffering off;
        proxy_set_header Accept-Encoding "";
        body_filter_by_lua_block {
            if ngx.arg[1] ~= "" then ngx.var.calls = (tonumber(ngx.var.calls) or 0) + 1 end
            require("tcerr.nginx").body_filter()
        }
        location / { proxy_pass http://vendor; }
        location /buffered/ { proxy_buffering on; proxy_pass http://vendor/long/; }
        location /other/ {
            body_filter_by_lua_block { require("tcerr.nginx").body_filter { module = false } }
            proxy_pass http://vendor/;
        }
        location /video/ {
            body_filter_by_lua_block { require("tcerr.nginx").body_filter { module = "video" } }
            proxy_pass http://vendor/;
        }
        location /misspelt/ {
            body_filter_by_lua_block { require("tcerr.nginx").body_filter { modul = false } }
            proxy_pass http://vendor/;
        }
        location /misspelt_part/ {
            body_filter_by_lua_block { require("tcerr.nginx").body_filter { modul = false } }
            return 200 '{"code":5000}';
        }
        location /robbed/ {
            body_filter_by_lua_block {
                require("tcerr.nginx").body_filter()
                ngx.ctx = {}
            }
            proxy_pass http://vendor;
        }
        location /zipped/ { proxy_set_header Accept-Encoding gzip; proxy_pass http://vendor/gzip/; }
        location /gunzip/ { gunzip on; proxy_set_header Accept-Encoding gzip; proxy_pass http://vendor/gzip/; }
        location /own/ { return 403; }
        location /intercepted/ {
            proxy_intercept_errors on;
            error_page 500 /own/;
            proxy_pass http://vendor/fails/;
        }
        location /handled/ {
            proxy_intercept_errors on;
            error_page 500 = /final/;
            proxy_pass http://vendor/fails/;
        }
        location /final/ { internal; return 200 '{"code":4300,"message":"final"}'; }
        location /page/ { ssi on; ssi_types *; proxy_pass http://vendor/; }
        location /part/ { return 200 '{"code":5000,"message":"(20108)part"}'; }
        location /cached/ {
            proxy_buffering on;
            proxy_cache answers;
            proxy_cache_valid 200 1m;
            proxy_pass http://vendor;
        }
        location /ranged/ {
            proxy_buffering on;
            proxy_cache answers;
            proxy_cache_valid 200 1m;
            proxy_force_ranges on;
            proxy_pass http://vendor/small/;
        }
        location /compressed/ { gzip on; gzip_types *; gzip_min_length 1; proxy_pass http://vendor; }
        location /gathered/ { content_by_lua_block {
            ngx.location.capture("/part/", { share_all_vars = true })
            ngx.print("<html>")
        } }
        location /whole/ { return 200 '{"code":4100,"mess'; }
        location /chunked/ { proxy_http_version 1.1; proxy_pass http://vendor/; }
    }
]]

local UNDECLARED = [[
    log_format answer '$request_uri $status';
    server {
        listen unix:@DIR@/gateway.sock;
        access_log @DIR@/access.log answer;
        body_filter_by_lua_block { require("tcerr.nginx").body_filter() }
        location / { return 200 '{"code":4100}'; }
    }
]]

local FIELDS = { "name", "message", "message_en", "category", "fault", "retry", "http_status", "rule" }

describe("tcerr.nginx.body_filter", function()
  if not support.available({ it = it, pending = pending }, "nginx", "curl") then return end

  local server

  setup(function()
    server = support.server { ["nginx.conf"] = support.conf(HTTP), ["tcerr.conf"] = require("tcerr.nginx").conf() }
    local started, output = server:start_nginx()
    assert(started, output)
  end)

  teardown(function()
    local errors = server:finish_nginx("upstream prematurely closed connection", "no such option: modul")
    server:close()
    assert.equal("", errors)
  end)

  -- The log's lines for the requests whose path begins so, when there are as many as expected.
  local function logged(path, count)
    local start = '{"uri":"' .. path
    return support.wait_for("the log of " .. path, function()
      local lines = {}
      for text in server:read("access.log"):gmatch("[^\n]+") do
        if text:sub(1, #start) == start then lines[#lines + 1] = assert(dkjson.decode(text), text) end
      end
      return #lines >= (count or 1) and lines
    end)
  end

  local function url(path, ...)
    local arguments = {}
    for i, chunk in ipairs { ... } do
      arguments[i] = "b=" .. chunk:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)
    end
    return path .. "?" .. table.concat(arguments, "&")
  end

  -- Gets the URLs over one connection. Returns what came, and their lines.
  local function get(path, urls, options, socket)
    local body = server:curl(socket or "gateway.sock", options or "", urls)
    return body, logged(path, #urls)
  end

  -- The codes in the log for an answer that comes in these chunks.
  local function codes(path, ...)
    local lines = select(2, get(path, { url(path, ...) }))
    return lines[1].code, lines[1].module, lines[1]
  end

  it("translates every code", function()
    local urls, expected = {}, {}
    for code in tcerr.each() do
      urls[#urls + 1] = url("/every/", ('{"code":%d,"message":"m"}'):format(code))
      expected[#expected + 1] = code
    end
    local _, lines = get("/every/", urls)
    for i, code in ipairs(expected) do
      assert.equal(tostring(code), lines[i].code)
      for _, name in ipairs(FIELDS) do
        assert.equal(tostring(tcerr.codes[code][name] or "-"), lines[i][name])
      end
    end
  end)

  it("translates every name and every ending of API 3.0", function()
    local urls, expected = {}, {}
    for _, row in ipairs(require("tcerr.names").rows) do
      local ending = row.name:match("^%*(.*)$")
      local code = ending and "FailedOperation.X" .. ending or row.name
      local text = ('{"Response":{"Error":{"Code":"%s","Message":"m"},"RequestId":"r-%d"}}'):format(code, #urls)
      urls[#urls + 1], expected[#expected + 1] = url("/names/", text), tcerr.parse(text).cause
    end
    local _, lines = get("/names/", urls)
    for i, cause in ipairs(expected) do
      assert.equal(cause.code, lines[i].code)
      assert.equal("r-" .. i - 1, lines[i].request_id)
      for _, name in ipairs(FIELDS) do assert.equal(tostring(cause[name]), lines[i][name]) end
    end
  end)

  it("reads an answer of API 3.0 cut in two anywhere", function()
    local text = '{"Response":{"RequestId":"8-a_B","x":[{"Code":"No"}],"Error":{"Message":"m","Code":"FailedOperation.InstanceNotFound"}}}'
    local urls = {}
    for i = 1, #text - 1 do urls[i] = url("/cut3/", text:sub(1, i), text:sub(i + 1)) end
    local body, lines = get("/cut3/", urls)
    assert.equal(text:rep(#urls), body)
    for i = 1, #urls do
      assert.equal("FailedOperation.InstanceNotFound 8-a_B *NotFound never", table.concat({ lines[i].code,
        lines[i].request_id, lines[i].rule, lines[i].retry }, " "), "cut behind " .. text:sub(1, i))
    end
  end)

  it("reads an answer of API 3.0 that becomes one of 2.0, cut in two anywhere", function()
    local text = '{"Response":{"Error":{"Code":"AuthFailure"},"RequestId":"r"},"code":%d,"message":"m"}'
    for code, expected in pairs { [4200] = "4200 - - resign", [9999] = "9999 - - -", [0] = "0 - - -" } do
      local path, answer, urls = ("/both%d/"):format(code), text:format(code), {}
      for i = 1, #answer - 1 do urls[i] = url(path, answer:sub(1, i), answer:sub(i + 1)) end
      local _, lines = get(path, urls)
      for i = 1, #urls do
        assert.equal(expected, table.concat({ lines[i].code, lines[i].request_id, lines[i].rule, lines[i].retry }, " "),
          "cut behind " .. answer:sub(1, i))
      end
    end
  end)

  it("has no code for a success of API 3.0, and lets no string of a body into the log that could break it", function()
    local answers = {
      { '{"Response":{"RequestId":"a"}}', "- -" }, { '{"Response":{"Error":null,"RequestId":"a"}}', "- -" },
      { '{"Response":{"Error":{"Code":"A\\"b.C"},"RequestId":"a b"}}', "- -" },
      { '{"Response":{"Error":{"Code":"Foo.\\u9274"},"RequestId":"\\n"}}', "- -" },
      { '{"Response":{"Error":{"Code":"' .. ("x"):rep(128) .. '"},"RequestId":"' .. ("9"):rep(128) .. '"}}',
        ("x"):rep(128) .. " " .. ("9"):rep(128) },
      { '{"Response":{"Error":{"Code":"' .. ("x"):rep(129) .. '"},"RequestId":"' .. ("9"):rep(129) .. '"}}', "- -" },
      { '{"Response":{"Error":{"Code":"InvalidParameter "},"RequestId":"a"}}', "InvalidParameter a" },
      { '{"Response":{"Error":{"Code":4100},"RequestId":"a"}}', "4100 a" },
    }
    for i, case in ipairs(answers) do
      local path = "/strings/" .. i .. "/"
      local line = select(2, get(path, { url(path, case[1]) }))[1]
      assert.equal(case[2], line.code .. " " .. line.request_id)
      assert.equal(line.code == "InvalidParameter" and "parameter" or "-", line.category)
    end
  end)

  it("gives the verdict that parse gives, for each code, each form of the module's number and each setting", function()
    local _, pick = require("support.random").new(41)
    local settings = { { "/plain/agree/" }, { "/video/agree/", "video" }, { "/other/agree/", false } }
    local forms = { "(%d)x", "(%d) x", "%d：x", "%d:x", "（%d）x", "( %d )x", "x(%d)" }
    local numbers, modules = { 0, 4999, -1 }, { 7, 8, 13, 100004, 4000, 2000, 30000, 1, 20505, 99 }
    for code, entry in tcerr.each() do
      numbers[#numbers + 1] = code
      if entry.layer == "video" then modules[#modules + 1] = code end
    end
    for _, setting in ipairs(settings) do
      local urls, expected = {}, {}
      for i = 1, 100 do
        local text = ('{"code":%d,"message":"%s"}'):format(pick(numbers), pick(forms):format(pick(modules)))
        urls[i] = url(setting[1], text)
        expected[i] = tcerr.parse(text, { module = setting[2] })
      end
      local _, lines = get(setting[1], urls)
      for i = 1, 100 do
        assert.equal(expected[i].cause and expected[i].cause.name or "-", lines[i].name, urls[i])
        assert.equal(expected[i].cause and expected[i].cause.retry or "-", lines[i].retry)
        assert.equal(tostring(expected[i].module_code or "-"), lines[i].module)
      end
    end
  end)

  it("has no meaning for success, and none for codes that it does not know", function()
    local answers = { [0] = '{"code":0,"message":"(1000)"}', [4999] = '{"code":"4999"}', [-10001] = '{"code":-10001}' }
    for code, text in pairs(answers) do
      local found, _, line = codes("/meaningless/" .. code .. "/", text)
      assert.equal(tostring(code), found)
      assert.equal("- - - - - -", table.concat({ line.message, line.message_en, line.category, line.fault, line.retry,
        line.http_status }, " "))
    end
  end)

  it("is exact where a number takes all the digits that a code may have", function()
    for _, code in ipairs { "123456789012345", "-123456789012345", "99999999999999", "100000000000000", "-100000000000000" } do
      assert.equal(code, (codes("/digits" .. code .. "/", '{"code":' .. code .. '}')))
    end
  end)

  it("gives the meaning of a module's code where it knows that", function()
    local code, module, line = codes("/module/", '{"code":5100,"message":"20108：频道处于非编辑状态"}')
    assert.equal("5100 20108 频道处于非编辑状态 conflict", table.concat({ code, module, line.message, line.category }, " "))
    code, module, line = codes("/module2/", '{"code":4000,"message":"(-514)资源重复"}')
    assert.equal("4000 -514 请求参数非法 parameter", table.concat({ code, module, line.message, line.category }, " "))
  end)

  it("can leave the module's number without a meaning", function()
    for _, chunks in ipairs { { '{"code":5100,"message":"20108：x"}' }, { '{"code":5100,"message":"201', '08：x"}' } } do
      local path = "/other/" .. #chunks .. "/"
      local code, module, line = codes(path, (table.unpack or unpack)(chunks))
      assert.equal("5100 20108 operation", table.concat({ code, module, line.category }, " "))
    end
    local code, _, line = codes("/other/own/", '{"code":20108,"message":"x"}')
    assert.equal("20108 -", code .. " " .. line.category)
  end)

  it("has no code for a part of a body, whose beginning nobody has seen", function()
    local text = '{"a":"' .. ("{"):rep(20) .. '"code":6200,"message":""}'
    local urls = { url("/ranged/", text) }
    get("/ranged/", urls)
    assert.equal(text:sub(28), (get("/ranged/", urls, "-r 27-")))
    local lines = logged("/ranged/", 2)
    assert.equal("206 -", lines[2].status .. " " .. lines[2].code)
  end)

  it("reads a small body", function()
    local body, lines = get("/small/", { url("/small/", '{"code":4100,"message":""}') })
    assert.equal('{"code":4100,"message":""}', body)
    assert.equal("4100 1", lines[1].code .. " " .. lines[1].calls)
  end)

  it("reads a body cut in two anywhere, also in its numbers", function()
    local text = '{"d":{"code":1000},"code":5100,"message":"(20108)频道"}'
    local urls = {}
    for i = 1, #text - 1 do urls[i] = url("/cut/", text:sub(1, i), text:sub(i + 1)) end
    local body, lines = get("/cut/", urls)
    assert.equal(text:rep(#urls), body)
    for i = 1, #urls do
      local at = "cut behind " .. text:sub(1, i)
      assert.equal("5100 20108", lines[i].code .. " " .. lines[i].module, at)
      assert.equal("2", lines[i].calls, at)
    end
  end)

  it("reads a body byte by byte", function()
    local text, bytes = '{"code":"4000","message":"(- 514) Resource"}', {}
    for i = 1, #text do bytes[i] = text:sub(i, i) end
    local code, module, line = codes("/bytes/", (table.unpack or unpack)(bytes))
    assert.equal("4000 -514", code .. " " .. module)
    assert.equal(tostring(#text), line.calls)
  end)

  it("reads the first 8 KiB of a long body, and lets all of it pass", function()
    for before, expected in pairs { [0] = "4400", [4090] = "4400", [8100] = "4400", [8190] = "-", [100000] = "-" } do
      for _, path in ipairs { "/long/", "/buffered/" } do
        path = path .. before
        local body, lines = get(path, { path .. "?before=" .. before })
        assert.equal(expected, lines[1].code, path)
        assert.equal('{"n":1,' .. (" "):rep(before) .. '"code":4400,"message":"m","d":"'
          .. ("0123456789abcdef"):rep(16384) .. '"}', body)
        assert.is_true(tonumber(lines[1].calls) >= 8)
      end
    end
  end)

  it("reads an upstream that would like to compress", function()
    local body, lines = get("/gzip/", { "/gzip/" }, "-H 'Accept-Encoding: gzip'")
    assert.equal('{"code":4100,"message":"gzip"}', body)
    assert.equal("4100", lines[1].code)
  end)

  it("reads a body that goes on compressed, and one from the cache", function()
    local text = '{"code":5100,"message":"(20108)"}'
    local zipped = url("/compressed/", text)
    assert.truthy(get("/compressed/", { zipped }, "-i -H 'Accept-Encoding: gzip'"):find("Content-Encoding: gzip", 1, true))
    local cached = url("/cached/", text)
    assert.equal(text .. text, (get("/cached/", { cached, cached })))
    for _, path in ipairs { "/compressed/", "/cached/" } do
      for _, line in ipairs(logged(path)) do assert.equal("5100 20108", line.code .. " " .. line.module) end
    end
    assert.equal("HIT", logged("/cached/")[2].cache)
  end)

  it("has no code for a compressed body, which passes as it is", function()
    for _, path in ipairs { "/zipped/", "/gunzip/" } do
      local body, lines = get(path, { path }, "-H 'Accept-Encoding: gzip' --compressed")
      assert.equal('{"code":4100,"message":"gzip"}', body)
      assert.equal("-", lines[1].code)
    end
    assert.equal('{"code":4100,"message":"gzip"}', (get("/gunzip/", { "/gunzip/?" })))
  end)

  it("has no code where there is no body", function()
    local head = get("/head/", { url("/head/", '{"code":4100}') }, "-I")
    assert.truthy(head:find("200 OK", 1, true))
    assert.equal("", logged("/head/")[1].code)
    for _, status in ipairs { 204, 304 } do
      local path = "/nothing/" .. status
      local _, lines = get(path, { path .. "?status=" .. status })
      assert.equal(tostring(status), lines[1].status)
      assert.truthy(lines[1].code:find("^%-?$"))
    end
    assert.equal("", (codes("/empty/", "")))
  end)

  it("has no code for an HTML page", function()
    assert.equal("-", (codes("/html/", '<html>{"code":4100,"message":""}</html>')))
    assert.equal("-", (codes("/html2/", "<html>", '{"code":4100,"message":""}', "</html>")))
    for _, path in ipairs { "/own/", "/intercepted/" } do
      local body, lines = get(path, { path })
      assert.truthy(body:find("</html>", 1, true))
      assert.equal("-", lines[1].code)
    end
  end)

  it("reads the final body of an internal redirect", function()
    for _, path in ipairs { "/accel/", "/handled/" } do
      local body, lines = get(path, { path })
      assert.equal('{"code":4300,"message":"final"}', body)
      assert.equal("4300", lines[1].code)
    end
  end)

  it("leaves subrequests alone", function()
    local include = "<!--# include virtual='/part/' -->"
    local path = "/page/split"
    local urls = { url(path, '{"d":[],', '"e":"' .. include .. '",', '"code":4100,', '"message":""}') }
    local body, lines = get(path, urls)
    assert.equal('{"d":[],"e":"{"code":5000,"message":"(20108)part"}","code":4100,"message":""}', body)
    assert.equal("4100 -", lines[1].code .. " " .. lines[1].module)
    path = "/page/empty"
    body, lines = get(path, { url(path, include) })
    assert.equal('{"code":5000,"message":"(20108)part"}', body)
    assert.equal("- -", lines[1].code .. " " .. lines[1].module)
    path = "/page/misspelt"
    lines = select(2, get(path, { url(path, '{"code":4100,', '"e":"<!--# include virtual=\'/misspelt_part/\' -->"}') }))
    assert.equal("4100 never", lines[1].code .. " " .. lines[1].retry)
    body, lines = get("/gathered/", { "/gathered/" })
    assert.equal("<html>", body)
    assert.equal("- -", lines[1].code .. " " .. lines[1].module)
  end)

  it("has no code when the upstream dies in the middle of it", function()
    for _, text in ipairs { '{"code":41', '{"code":4100', '{"code":"4100' } do
      for path, length in pairs { ["/dies/length/"] = "&length=100", ["/dies/close/"] = "", ["/chunked/dies/"] = "" } do
        path = path .. #text
        local body, lines = get(path, { url(path, text) .. length })
        assert.equal(text, body:sub(1, #text))
        assert.truthy(lines[1].code:find("^%-?$"), path)
        assert.truthy(lines[1].module:find("^%-?$"), path)
      end
    end
  end)

  it("has the code that it had read when the upstream dies", function()
    for path, length in pairs { ["/dies/behind/"] = "&length=100", ["/chunked/dies/behind/"] = "" } do
      local _, lines = get(path, { url(path, '{"code":4100,') .. length })
      assert.equal("4100 - auth", lines[1].code .. " " .. lines[1].module .. " " .. lines[1].category)
    end
  end)

  it("says once which option is misspelt, and lets the answer pass", function()
    local body, lines = get("/misspelt/", { url("/misspelt/", '{"code":4100}') })
    assert.equal('{"code":4100}', body)
    assert.equal("-", lines[1].code)
    local complaint = "[error] [^\n]*bad argument #1 to 'body_filter' %(no such option: modul%)"
    assert.truthy(server:read("error.log"):find((complaint:gsub("^%[error%]", "%%[error%%]"))))
  end)

  it("has no code when others throw its scan away, whatever comes next", function()
    local code, module = codes("/robbed/", '{"d":', '{"code":4100,"message":""},"code":5000}')
    assert.equal("- -", code .. " " .. module)
  end)

  it("has the code of a body that is cut behind it", function()
    assert.equal("4100", (codes("/late/", '{"code":4100,"mess')))
    assert.equal("4100", get("/whole/", { "/whole/" }) and logged("/whole/")[1].code)
    assert.equal("5100 -", table.concat({ codes("/late2/", '{"code":5100,', '"message":"(2010') }, " ", 1, 2))
  end)

  -- Answers that leave something different behind: a code, a module's, none, a split one, no call of the filter.
  local MIXED = {
    { '{"code":5100,"message":"(20108)a"}', "5100 20108" }, { "<html>", "- -" },
    { '{"code":4100,"message":"b"}', "4100 -" }, { '{"code":5100,"message":"(2010', "5100 -" },
    { '{"code":0}', "0 -" }, { "", " -" }, { '{"code":4200,"message":""}', "4200 -" },
    { '{"code":41', "- -" }, { '{"code":4000,"message":"(-514)"}', "4000 -514" }, { "[]", "- -" },
  }

  local function mixed(path, options, socket)
    local urls = {}
    for i = 1, 30 do urls[i] = url(path, MIXED[(i * 7) % 10 + 1][1]) end
    local _, lines = get(path, urls, options, socket)
    local found, expected = {}, {}
    for i = 1, 30 do
      found[i] = lines[i].code .. " " .. lines[i].module
      expected[i] = MIXED[(i * 7) % 10 + 1][2]
      assert.equal(lines[1].connection, lines[i].connection)
    end
    assert.same(expected, found)
    return lines
  end

  it("starts anew for every answer of a connection", function()
    assert.equal("HTTP/1.1", mixed("/kept/", "--http1.1")[1].protocol)
  end)

  it("does so over HTTP/2", function()
    assert.equal("HTTP/2.0", mixed("/two/", "", "client.sock")[1].protocol)
    local urls = { url("/two_curl/", '{"code":5100,', '"message":"(20108)"}') }
    local body, lines = get("/two_curl/", urls, "--http2-prior-knowledge", "http2.sock")
    assert.equal('{"code":5100,"message":"(20108)"}', body)
    assert.equal("HTTP/2.0 5100 20108", table.concat({ lines[1].protocol, lines[1].code, lines[1].module }, " "))
  end)

  for what, case in pairs {
    ["are not declared"] = { "$tc_code is not declared", "" },
    ["are for an nginx without it"] = { "made with --source", require("tcerr.nginx").conf { source = "$http_x" } },
  } do it("answers and says what is missing when its variables " .. what, function()
    local bare = support.server { ["nginx.conf"] = support.conf(case[2] .. UNDECLARED) }
    local started, output = bare:start_nginx()
    local body = bare:curl("gateway.sock", "", { "/a", "/b", "/c" })
    local errors = bare:finish_nginx("said once a worker")
    local log = bare:read("error.log")
    bare:close()
    assert(started, output)
    assert.equal('{"code":4100}{"code":4100}{"code":4100}', body)
    assert.equal("", errors)
    assert.equal(1, select(2, log:gsub("tcerr: ", "")))
    assert.truthy(log:find("[error]", 1, true))
    assert.truthy(log:find(case[1], 1, true))
  end) end
end)
