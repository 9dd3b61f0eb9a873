-- The map file for nginx, as text; what nginx makes of it is in nginx_spec.lua.

local answer = require "tcerr.answer"
local conf = require("tcerr.nginx").conf
local names = require "tcerr.names"
local tcerr = require "tcerr"

describe("the filter", function()
  it("throws nothing outside of nginx either", function()
    for _ = 1, 3 do require("tcerr.nginx").body_filter() end
  end)
end)

describe("the map file", function()
  -- The rows of a map, in order.
  local function rows(text, variable)
    local body = assert(text:match("\nmap %S+ %$" .. variable .. " (%b{})"), "no map of $" .. variable)
    local found = {}
    for key, value in body:gmatch('\n    "?([%w.*]+)"? ([^\n]+);') do
      if key ~= "default" then found[#found + 1] = { tonumber(key) or key, value } end
    end
    return found, body
  end

  local FIELDS = { "name", "message", "message_en", "category", "fault", "retry", "http_status", "rule" }

  it("has every entry, every name and every ending in every map", function()
    for _, field in ipairs(FIELDS) do
      local expected, first = {}, {}
      local as_found = { name = "$tc_code", rule = "$tcerr_cause" }
      for code, entry in tcerr.each() do expected[#expected + 1] = { code, '"' .. (entry[field] or "-") .. '"' } end
      for _, row in ipairs(names.rows) do
        local same = first[row.name:lower()] -- to nginx
        if same then
          assert.equal(same.category .. same.message, row.category .. row.message)
        else
          expected[#expected + 1] = { row.name, as_found[field] or '"' .. row[field] .. '"' }
          first[row.name:lower()] = row
        end
      end
      local found, body = rows(conf(), "tc_" .. field)
      assert.same(expected, found)
      assert.truthy(body:find('volatile;\n    default "-";', 1, true))
    end
  end)

  it("declares what Lua stores", function()
    local defaults = { tc_code = "", tc_module_code = "-", tc_request_id = "-", tcerr_found = "", tcerr_scan = "" }
    for variable, default in pairs(defaults) do
      assert.truthy(conf():find(('\nmap "" $%s { default "%s"; }\n'):format(variable, default), 1, true), variable)
    end
  end)

  it("translates what the filter has found, and chooses nothing itself", function()
    assert.same({}, (rows(conf(), "tcerr_cause")))
    assert.truthy(conf():find('map $tcerr_found $tcerr_cause {\n    volatile;\n    default $tcerr_found;\n    "" $tc_code;\n}', 1, true))
  end)

  it("takes the code from a variable where there is no Lua, and finds the longest name that is known", function()
    local text = conf { source = "$upstream_http_x_error_code" }
    assert.truthy(text:find("\nmap $upstream_http_x_error_code $tc_code {\n    volatile;\n    default \"-\";\n"
      .. '    "~^[A-Za-z0-9._-]{1,128}$" $upstream_http_x_error_code;\n', 1, true))
    assert.falsy(text:find('map "" $tc_code', 1, true))
    for _, name in ipairs { "tc_module_code", "tc_request_id" } do
      assert.truthy(text:find(('\nmap "" $%s { default "-"; }\n'):format(name), 1, true))
    end
    local found, body = rows(text, "tcerr_cause")
    assert.truthy(body:find("\n    hostnames;\n", 1, true))
    local expected = {}
    for name in tcerr.each("api3") do
      expected[#expected + 1] = { name, name }
      expected[#expected + 1] = { name .. ".*", name }
    end
    assert.same(expected, found)
  end)

  it("can do without the layers of modules", function()
    assert.same(rows(conf(), "tc_message"), rows(conf { module = "video" }, "tc_message"))
    local of_modules = 0
    for _, entry in tcerr.each() do of_modules = of_modules + (entry.layer == "access" and 0 or 1) end
    assert.equal(of_modules, #rows(conf(), "tc_message") - #rows(conf { module = false }, "tc_message"))
  end)

  it("has nothing that nginx would take for a variable, but the code", function()
    for _, field in ipairs(FIELDS) do
      for _, row in ipairs((rows(conf(), "tc_" .. field))) do
        assert.falsy(row[2]:gsub("^%$tc_code$", ""):gsub("^%$tcerr_cause$", ""):find("[$\n]"))
      end
    end
  end)

  it("names its version and the date of its data", function()
    local words = ("tcerr %s from the vendor's page of %s.\n"):format(tcerr._VERSION, tcerr._SNAPSHOT)
    assert.truthy(conf():find(words, 1, true))
  end)

  it("refuses options that it does not know", function()
    local refused = {
      { 1, "table expected, got number" }, { false, "table expected, got boolean" }, { "$x", "table expected, got string" },
      { { sorce = "$x" }, "no such option: sorce" }, { { source = "x; }" }, "source: a variable of nginx expected" },
      { { source = 1 }, "source: a variable of nginx expected" },
      { { source = "$tc_code" }, "own, $tc_..." }, { { source = "$tcerr_cause" }, "own, $tc_..." },
      { { source = "$TC_code" }, "own, $tc_..." }, { { source = "$Tcerr_Cause" }, "own, $tc_..." }, -- to nginx they are the same
      { { module = "no" }, answer.CHECKS.module("no") },
    }
    for _, case in ipairs(refused) do
      local ok, problem = pcall(function() conf(case[1]) end)
      assert.is_false(ok)
      assert.truthy(problem:find("^spec/nginx_conf_spec.lua:%d+: bad argument #1 to 'conf' %("))
      assert.truthy(problem:find(case[2], 1, true))
    end
  end)
end)
