-- Finding entries: lookup, each, retryable.

local tcerr = require "tcerr"

describe("tcerr.lookup", function()
  it("finds every entry by its code, its digits and its name, and always the same table", function()
    for code, entry in pairs(tcerr.codes) do
      assert.are.equal(entry, tcerr.lookup(code))
      assert.are.equal(entry, tcerr.lookup(code + 0.0))
      assert.are.equal(entry, tcerr.lookup(("%d"):format(code)))
      assert.are.equal(entry, tcerr.lookup(entry.name))
    end
  end)

  local misses = {
    { 9999, "unknown code: 9999" }, { 0, "unknown code: 0" }, { -4100, "unknown code: -4100" },
    { 4099, "unknown code: 4099" }, { 4101, "unknown code: 4101" },
    { 4100.5, "not a code: 4100.5" }, { 2 ^ 32 + 4100, "unknown code: 4294971396" },
    { 2 ^ 64, "not a code: 1.844674407371e+19" },
    { 0 / 0, "not a code: nan" }, { math.huge, "not a code: inf" }, { -math.huge, "not a code: -inf" },
    { " 4100", "unknown name:  4100" }, { "4100 ", "unknown name: 4100 " }, { "0x1004", "unknown name: 0x1004" },
    { "4100.0", "unknown name: 4100.0" }, { "04100", "unknown code: 04100" }, { "+4100", "unknown name: +4100" },
    { "41e2", "unknown name: 41e2" }, { "", "unknown name: " }, { "authfailure", "unknown name: authfailure" },
    { "4100\0", "unknown name: 4100?" }, { "a\27[31m", "unknown name: a?[31m" },
    { ("x"):rep(63) .. "鉴", "unknown name: " .. ("x"):rep(63) .. "?" },
    { ("x"):rep(1000), "unknown name: " .. ("x"):rep(64) },
    { nil, "not a code or a name: nil" }, { true, "not a code or a name: boolean" },
    { {}, "not a code or a name: table" }, { print, "not a code or a name: function" },
    { io.stdout, "not a code or a name: userdata" },
    { coroutine.create(function() end), "not a code or a name: thread" },
    { setmetatable({}, { __tostring = error, __index = error, __eq = error }), "not a code or a name: table" },
  }
  for i = 1, #misses do
    it("gives nil and why, miss " .. i .. ": " .. misses[i][2]:sub(1, 60), function()
      local entry, reason = tcerr.lookup(misses[i][1])
      assert.is_nil(entry)
      assert.are.equal(misses[i][2], reason)
    end)
  end

  it("takes of what only looks like an answer the cause's code and nothing else, and never throws", function()
    for _, cause in ipairs { true, 5, "4100", print, {}, { code = {} }, { code = 0 / 0 }, { retry = "backoff" }, { code = "x y" } } do
      for _, find in ipairs { tcerr.lookup, tcerr.retryable, tcerr.format } do
        local entry, reason = find { api = "2.0", code = 4100, cause = cause }
        assert.is_nil(entry)
        assert.are.equal("unknown code: 4100", reason)
      end
    end
    assert.are.equal(tcerr.codes[4100], tcerr.lookup { api = "2.0", cause = { code = 4100, retry = "backoff" } })
    assert.is_false(tcerr.retryable { api = "3.0", cause = { code = "AuthFailure.X", retry = "backoff" } })
  end)

  it("finds nothing but the catalogue among the numbers", function()
    for code = -100, 30000 do
      if tcerr.lookup(code) ~= tcerr.codes[code] then error(code) end -- luassert would take most of the time
    end
  end)

  it("names a number as a code as far as a double holds every integer", function()
    local function why(key) return select(2, tcerr.lookup(key)) end
    assert.are.equal("unknown code: 9007199254740991", why(2 ^ 53 - 1))
    assert.are.equal("unknown code: -9007199254740991", why(1 - 2 ^ 53))
    assert.are.equal("not a code: 9.007199254741e+15", why(2 ^ 53))
    assert.are.equal("not a code: -9.007199254741e+15", why(-2 ^ 53))
  end)
end)

describe("tcerr.each", function()
  local function walk(layer)
    local codes = {}
    for code, entry in tcerr.each(layer) do
      assert.are.equal(tcerr.codes[code], entry)
      assert.is_true(layer == nil or entry.layer == layer)
      assert.is_true(#codes == 0 or codes[#codes] < code)
      codes[#codes + 1] = code
    end
    return #codes
  end

  it("walks all entries, or one layer's, in ascending order", function()
    local count, of_layers = 0, 0
    for _ in pairs(tcerr.codes) do count = count + 1 end
    for layer, kind in pairs(require("tcerr.core").layers) do of_layers = of_layers + (kind == "names" and 0 or walk(layer)) end
    assert.are.equal(count, walk())
    assert.are.equal(count, of_layers)
  end)

  it("stays at its end", function()
    local step = tcerr.each("access")
    for _ = 1, walk("access") do assert.is_number(step()) end
    assert.is_nil(step())
    assert.is_nil(step())
  end)

  it("refuses another layer, naming the argument", function()
    for _, layer in ipairs { "Access", 1, true, {} } do
      local ok, problem = pcall(tcerr.each, layer)
      assert.is_false(ok)
      assert.is_truthy(problem:find("bad argument #1 to 'each' (layer", 1, true), problem)
    end
  end)
end)

describe("tcerr.retryable", function()
  it("follows the entry's retry for every code", function()
    local expected = { never = { false, false }, resign = { true, true }, backoff = { true, true },
      idempotent = { false, true } }
    for code, entry in tcerr.each() do
      assert.are.equal(expected[entry.retry][1], tcerr.retryable(code))
      assert.are.equal(expected[entry.retry][1], tcerr.retryable(code, false))
      assert.are.equal(expected[entry.retry][2], tcerr.retryable(entry.name, true))
    end
  end)

  it("gives nil and why for an unknown key", function()
    local retryable, reason = tcerr.retryable(9999, true)
    assert.is_nil(retryable)
    assert.are.equal("unknown code: 9999", reason)
  end)
end)

describe("tcerr.format", function()
  it("passes on why parse has no answer, so that one can be called in the other", function()
    assert.are.same({ nil, "not a JSON object" }, { tcerr.format(tcerr.parse("<html>")) })
    assert.are.same({ nil, "truncated" }, { tcerr.format(tcerr.parse('{"code":41')) })
    assert.is_false((pcall(tcerr.format, 4100, "truncated")))
  end)
end)

describe("a row that a caller adds to tcerr.codes", function()
  it("is seen by nothing, and neither is one that he takes away", function()
    local removed = tcerr.codes[4100]
    tcerr.codes[1], tcerr.codes[4100] = { code = 1, name = "Own", layer = "video", category = "auth", message = "x" }, nil
    local ok, problem = pcall(function()
      assert.is_nil(tcerr.lookup(1))
      assert.is_nil(tcerr.lookup("Own"))
      assert.is_nil(tcerr.retryable(1))
      assert.is_nil(tcerr.format(1))
      assert.are.equal(removed, tcerr.lookup(4100))
      local seen = {}
      for code in tcerr.each() do seen[code] = true end
      assert.are.same({ nil, true }, { seen[1], seen[4100] })
      for code, entry in pairs { [1] = false, [4100] = removed } do
        local line = ('{"code":%d}\n'):format(code)
        assert.are.equal(entry or nil, tcerr.parse(line).entry)
        assert.are.equal(entry or nil, tcerr.parse({ code = code }).entry)
        assert.are.equal(entry ~= false, tcerr.enricher():feed(line) ~= line)
        assert.are.equal(entry ~= false, require("tcerr.nginx").conf():find(("\n%%s*%d "):format(code)) ~= nil)
      end
      assert.is_nil(tcerr.parse('{"code":5100,"message":"1: x"}').module_entry)
    end)
    tcerr.codes[1], tcerr.codes[4100] = nil, removed
    assert.is_true(ok, problem)
  end)
end)

describe("argument errors", function()
  it("say which layers there are", function()
    local expected = require("tcerr.format").choice(require("tcerr.answer").layers())("")
    for _, layer in ipairs { "vidoe", 5, true, false } do
      local ok, problem = pcall(tcerr.each, layer)
      assert.are.same({ false, ("bad argument #1 to 'each' (layer: %s)"):format(expected) }, { ok, problem })
    end
  end)

  it("name the file and line that called", function()
    for _, call in ipairs { function() local _ = tcerr.each("x") end, function() local _ = tcerr.format(4100, 5) end,
      function() local _ = tcerr.enricher(5) end } do
      local ok, problem = pcall(function() call() return nil end)
      assert.is_false(ok)
      assert.is_truthy(problem:find("_spec.lua:%d+: bad argument #"), problem)
    end
  end)
end)
