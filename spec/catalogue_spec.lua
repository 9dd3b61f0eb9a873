-- The catalogue against the vendor's page; and docs/codes.md, which shows all that the data says, against the data.

local shell = require "support.shell"
local tcerr = require "tcerr"

local function trim(text)
  return (text:gsub("^[ \t]+", ""):gsub("[ \t]+$", ""))
end

local LAYERS = { ["接入层错误码"] = "access", ["视频云错误码"] = "video" }

-- The rows of the page's tables: { [code] = { layer, message, detail } }.
local function read_page()
  local rows, layer, count = {}, nil, 0
  for line in shell.read("spec/fixtures/error-code-page.md"):gmatch("[^\n]+") do
    local heading = line:match("^ ?## (.*)$")
    if heading then layer = LAYERS[heading] end
    local cells = {}
    for cell in line:gmatch("|([^|]*)") do cells[#cells + 1] = trim(cell) end
    local code = layer and tonumber(cells[1] or "")
    if code then
      assert(not rows[code], "twice on the page: " .. code)
      rows[code] = { layer = layer, message = cells[2], detail = layer == "access" and cells[3] or nil }
      count = count + 1
    end
  end
  return rows, count
end

describe("the catalogue", function()
  it("has every row of the vendor's page, to the letter", function()
    local page, count = read_page()
    assert.is_true(count > 50, count)
    for code, row in pairs(page) do
      local entry = tcerr.codes[code]
      assert.is_table(entry, "missing: " .. code)
      assert.are.equal(row.layer, entry.layer)
      assert.are.equal(row.message, entry.message)
      assert.are.equal(row.detail, entry.detail)
    end
  end)

  it("has no row that the page lacks", function()
    local page = read_page()
    for code, entry in pairs(tcerr.codes) do
      assert.is_table(page[code], "added: " .. code)
      assert.are.equal(code, entry.code)
    end
  end)

  it("is shown in docs/codes.md as it is", function()
    local shown, made = shell.read("docs/codes.md"), require "support.codes"
    local a, b = shown:gmatch("[^\n]*\n"), made:gmatch("[^\n]*\n")
    for line in a do assert.are.equal(b(), line, "make docs makes it anew") end
    assert.is_true(shown == made, "docs/codes.md ends too early")
  end)

  it("shows behind which names of API 3.0 which endings count", function()
    local shown, count = shell.read("docs/codes.md"), 0
    local endings = { any = "TooOften", param = "NotFound", reason = "Quota", failed = "Type" } -- one of each mark
    local order = { none = 0, any = 1, param = 2, reason = 3, failed = 4 }
    for name, scope in shown:gmatch("\n| `(%u[%w.]+)` [^\n]+ | (%l+) |%f[\n]") do
      for mark, ending in pairs(endings) do
        local rule = order[mark] <= order[scope] and "*" .. ending or scope == "failed" and "*" or name
        assert.are.equal(rule, tcerr.lookup(name .. ".Qz" .. ending).rule, name .. ": " .. scope)
      end
      count = count + 1
    end
    for _ in tcerr.each("api3") do count = count - 1 end
    assert.are.equal(0, count)
  end)

  it("uses every category", function()
    local unused = {}
    for category in pairs(require "tcerr.policy") do unused[category] = true end
    for _, entry in tcerr.each() do unused[entry.category] = nil end
    for _, row in ipairs(require("tcerr.names").rows) do unused[row.category] = nil end
    assert.is_nil(next(unused))
  end)

  it("is written in ascending order in each layer, every code once and nowhere else", function()
    local last, rows = {}, 0
    for code, layer in shell.read("csrc/tcerr_codes.inc"):gmatch("\nTCERR_CODE%((%d+), (%l+), ") do
      assert.is_true(tonumber(code) > (last[layer] or 0))
      last[layer], rows = tonumber(code), rows + 1
    end
    assert.are.equal(select(2, read_page()), rows)
  end)

  it("shares the texts that the page shares, and keeps its missing full stop", function()
    assert.are.equal(tcerr.codes[5200].message, tcerr.codes[5300].message)
    assert.are.equal(tcerr.codes[20200].message, tcerr.codes[20204].message)
    assert.is_nil(tcerr.codes[5100].detail:find("。$"))
    assert.are.equal("video", tcerr.codes[4001].layer)
  end)
end)
