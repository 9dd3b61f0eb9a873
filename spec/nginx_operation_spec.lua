-- The filter in operation: many requests at once, reloads, an upgrade that went half-way, a fault.

-- nginx loads the same module whoever runs the specs, so one interpreter is enough.
if _VERSION ~= "Lua 5.4" then return end

local support = require "support.nginx"
local tcerr = require "tcerr"

local HTTP = [[
    include @DIR@/tcerr.conf;
    %s
    log_format answer '$arg_want $tc_code/$tc_module_code $pid $status';
    server {
        listen unix:@DIR@/vendor.sock backlog=1024;
        lua_http10_buffering off;
        location / {
            content_by_lua_block {
                for chunk in ngx.unescape_uri(ngx.var.arg_body):gmatch("[^|]+") do
                    ngx.print(chunk)
                    ngx.flush(true)
                    ngx.sleep(0.001)
                end
            }
        }
    }
    server {
        listen unix:@DIR@/gateway.sock backlog=1024;
        access_log @DIR@/access.log answer;
        location / {
            proxy_pass http://unix:@DIR@/vendor.sock;
            proxy_buffering off;
            proxy_set_header Accept-Encoding "";
            body_filter_by_lua_block { require("tcerr.nginx").body_filter() }
        }
    }
]]

local INIT = [[init_by_lua_block { require "tcerr.nginx" }]]

describe("tcerr.nginx in operation", function()
  if not support.available({ it = it, pending = pending }, "nginx", "curl") then return end

  local server

  after_each(function()
    if server then server:close() end
    server = nil
  end)

  -- A server with a copy of the Lua files of its own.
  local function make_server(options, init)
    options.lua = "@DIR@/lua"
    server = support.server {
      ["nginx.conf"] = support.conf(HTTP:format(init or ""), options), ["tcerr.conf"] = require("tcerr.nginx").conf(),
    }
    support.sh("cp -RL lua %s/lua", server.directory)
  end

  local function start()
    local started, output = server:start_nginx()
    assert(started, output)
  end

  -- Changes one place of the server's Lua files.
  local function change(name, from, to)
    local text = server:read("lua/" .. name)
    local first, last = text:find(from, 1, true)
    assert(first and not text:find(from, last + 1, true), from .. " is not there once")
    server:write("lua/" .. name, text:sub(1, first - 1) .. to .. text:sub(last + 1))
  end

  -- Ways to answer with a code and a module's code; "|" cuts.
  local SHAPES = {
    function(code, module) return ('{"code":%s,"message":"(%s)m"}'):format(code, module) end,
    function(code, module) return ('{"message":"%s: m","d":{"code":1},"code":"%s"}'):format(module, code) end,
    function(code, module)
      return ('{"code":%s|%s,"message":"(%s|%s)m"}'):format(code:sub(1, 2), code:sub(3), module:sub(1, 1),
        module:sub(2))
    end,
    function(code, module)
      return ('{"d":[1,|2],\n"code" : %s ,\n"message":"%s|: %s"}'):format(code, module, ("m"):rep(300))
    end,
  }

  -- Requests whose argument "want" is what the log is to say. Returns the file for curl.
  local function random_requests(count)
    local known, lines = {}, {}
    for code in tcerr.each() do known[#known + 1] = code end
    for i = 1, count do
      local code = tostring(math.random(4) == 1 and math.random(10000, 19999) or known[math.random(#known)])
      local module = tostring(math.random(3) == 1 and -math.random(10, 999) or known[math.random(#known)])
      local want, body = code .. "/" .. module, SHAPES[math.random(#SHAPES)](code, module)
      if math.random(10) == 1 then want, body = "-/-", "<html>|" .. body end
      body = body:gsub("[^%w|]", function(c) return ("%%%02X"):format(c:byte()) end)
      lines[i] = ('url = "http://localhost/?want=%s&body=%s"\noutput = /dev/null'):format(want, body)
    end
    server:write("requests", table.concat(lines, "\n"))
  end

  -- Makes the requests, some at a time, while a shell command runs. Every one must get its answer.
  local function run_requests(count, parallel, meanwhile)
    local output = server:run("(%s) & curl -sg -Z --parallel-max %d --max-time 20 --unix-socket gateway.sock "
      .. "-w '%%{http_code} %%{exitcode}\\n' -K requests 2>/dev/null; wait", meanwhile or ":", parallel)
    assert.equal(count, select(2, output:gsub("200 0\n", "")))
  end

  -- Checks that every line has the codes that its answer had. Returns the workers that wrote lines.
  local function check_log(count)
    local lines, workers = 0, {}
    for want, found, worker in server:read("access.log"):gmatch("(%S+) (%S+) (%d+) 200\n") do
      assert.equal(want, found)
      lines, workers[worker] = lines + 1, true
    end
    assert.equal(count, lines)
    return workers
  end

  it("keeps 2,000 concurrent requests apart in 4 workers", function()
    make_server({ workers = 4 }, INIT)
    random_requests(2000)
    start()
    run_requests(2000, 300)
    assert.equal("", server:finish_nginx())
    assert.is_true(next(check_log(2000)) ~= nil)
  end)

  it("loses no request when nginx is reloaded under load", function()
    make_server({ workers = 2 }, INIT)
    random_requests(1500)
    start()
    local count, workers = 0
    repeat -- on a busy machine the first requests may be over before the new workers are there
      run_requests(1500, 20, ("for lines in 200 500 800; do while [ $(wc -l <access.log) -lt $((%d + lines)) ]; do "
        .. "sleep 0.01; done; kill -HUP $(cat nginx.pid); done"):format(count))
      count, workers = count + 1500, 0
      -- A request is logged after its answer.
      support.wait_for("the log", function() return select(2, server:read("access.log"):gsub("\n", "")) >= count end)
      for _ in pairs(check_log(count)) do workers = workers + 1 end
    until workers > 2 or count == 15000
    assert.equal("", server:finish_nginx())
    assert.is_true(workers > 2)
  end)

  it("does not start with Lua files that are not of the C module's version", function()
    make_server({}, INIT)
    change("tcerr.lua", 'VERSION = "' .. tcerr._VERSION .. '"', 'VERSION = "9.9.9"')
    local started, output = server:start_nginx()
    assert.is_false(started)
    assert.truthy(output:find("Lua files are version 9.9.9, the C module is " .. tcerr._VERSION, 1, true))
    assert.truthy(output:find("In nginx, restart it: a reload is not enough.", 1, true))
  end)

  it("goes on with the old files when a reload finds others", function()
    make_server({}, INIT)
    start()
    change("tcerr.lua", 'VERSION = "' .. tcerr._VERSION .. '"', 'VERSION = "9.9.9"')
    -- A signal that comes between its pid file and its first worker, nginx keeps until there is another one.
    support.wait_for("a worker", function()
      return support.sh("pgrep -P %s", server:read("nginx.pid"):match("%d+")) ~= ""
    end)
    server:signal("HUP")
    support.wait_for("the reason", function()
      return server:read("error.log"):find("restart it: a reload is not enough", 1, true)
    end)
    local path = "/?want=4100/-&body=%7B%22code%22%3A4100%7D"
    assert.equal('{"code":4100}', server:curl("gateway.sock", "", path))
    assert.equal("", server:finish_nginx("init_by_lua"))
    check_log(1)
  end)

  it("answers in full when it fails, and says so once a worker", function()
    make_server({ workers = 2 })
    change("tcerr/nginx.lua", "local scan = core.scan", 'local scan = function() error("planted") end')
    random_requests(300)
    start()
    run_requests(300, 50)
    local body = server:curl("gateway.sock", "", { "/?body=one|two", "/?body=three" })
    assert.equal("onetwothree", body)
    assert.equal("", server:finish_nginx("planted"))
    local log, warned = server:read("error.log"), {}
    for worker in log:gmatch("%[error%] (%d+)#[^\n]*tcerr: [^\n]*planted") do
      assert.is_nil(warned[worker])
      warned[worker] = true
    end
    for found, worker in server:read("access.log"):gmatch("%S+ (%S+) (%d+) 200\n") do
      assert.equal("-/-", found)
      assert.is_true(warned[worker])
    end
  end)

  it("has no code when it failed on the head of the body", function()
    make_server({})
    change("tcerr/nginx.lua", "local scan = core.scan", [[
      local failed
      local function scan(...)
        if not failed then failed = true; error("planted") end
        return core.scan(...)
      end]])
    start()
    local second = '%7B"code":4100%7D'
    local body = server:curl("gateway.sock", "", { "/?want=-/-&body=[|" .. second, "/?want=4100/-&body=" .. second })
    assert.equal('[{"code":4100}{"code":4100}', body)
    assert.equal("", server:finish_nginx("planted"))
    check_log(2)
  end)
end)
