-- The map file for nginx, as text; what nginx makes of it is in nginx_spec.lua.

local conf = require("tcerr.nginx").conf
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
    for key, value in body:gmatch("\n    (%d+) ([^\n]+);") do found[#found + 1] = { tonumber(key), value } end
    return found, body
  end

  it("has every entry in every map", function()
    local fields = { message = "message", message_en = "message_en", category = "category", fault = "fault",
      retry = "retry", status = "http_status" }
    for variable, field in pairs(fields) do
      local expected = {}
      for code, entry in tcerr.each() do expected[#expected + 1] = { code, '"' .. entry[field] .. '"' } end
      local found, body = rows(conf(), "tc_" .. variable)
      assert.same(expected, found)
      assert.truthy(body:find('volatile;\n    default "-";', 1, true))
    end
  end)

  it("declares what Lua stores", function()
    assert.truthy(conf():find('\nmap "" $tc_code { default ""; }\n', 1, true))
    assert.truthy(conf():find('\nmap "" $tc_module_code { default "-"; }\n', 1, true))
  end)

  it("takes the code from a variable where there is no Lua", function()
    local text = conf { source = "$upstream_http_x_error_code" }
    assert.truthy(text:find("\nmap $upstream_http_x_error_code $tc_code {\n    volatile;\n"
      .. "    default $upstream_http_x_error_code;\n", 1, true))
    assert.falsy(text:find('map "" $tc_code', 1, true))
  end)

  it("can do without the video layer", function()
    assert.equal(55, #rows(conf { module = true }, "tc_message"))
    assert.equal(16, #rows(conf { module = false }, "tc_message"))
    assert.equal(0, #rows(conf { module = false }, "tcerr_module"))
  end)

  it("has nothing that nginx would take for a variable", function()
    for _, variable in ipairs { "tc_message", "tc_message_en", "tc_category", "tc_fault", "tc_retry", "tc_status" } do
      for _, row in ipairs((rows(conf(), variable))) do assert.falsy(row[2]:find("[$\n]")) end
    end
  end)

  it("names its version and the date of its data", function()
    local words = ("tcerr %s from the vendor's page of %s.\n"):format(tcerr._VERSION, tcerr._SNAPSHOT)
    assert.truthy(conf():find(words, 1, true))
  end)

  it("refuses options that it does not know", function()
    local refused = {
      { 1, "table expected, got number" }, { "$x", "table expected, got string" },
      { { sorce = "$x" }, "no such option: sorce" }, { { source = "x; }" }, "source: a variable of nginx expected" },
      { { source = 1 }, "source: a variable of nginx expected" },
      { { source = "$tc_code" }, "own variables" }, { { source = "$tcerr_entry" }, "own variables" },
      { { module = "no" }, "module: true or false expected" },
    }
    for _, case in ipairs(refused) do
      local ok, problem = pcall(function() conf(case[1]) end)
      assert.is_false(ok)
      assert.truthy(problem:find("^spec/nginx_conf_spec.lua:%d+: bad argument #1 to 'conf' %("))
      assert.truthy(problem:find(case[2], 1, true))
    end
  end)
end)
