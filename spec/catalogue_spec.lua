-- The catalogue against the vendor's page, and against the tables of names, categories and policies.

local shell = require "support.shell"
local tcerr = require "tcerr"

local function trim(text)
  return (text:gsub("^[ \t]+", ""):gsub("[ \t]+$", ""))
end

-- The rows of the page's two tables: { [code] = { layer, message, detail } }.
local function read_page()
  local rows, layer, count = {}, nil, 0
  for line in shell.read("spec/fixtures/error-code-page.md"):gmatch("[^\n]+") do
    if line:find("^ ?## ") then
      layer = line:find("接入层错误码$") and "access" or line:find("视频云错误码$") and "video" or nil
    end
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

local function read_tsv(path)
  local rows, header = {}, nil
  for line in shell.read(path):gmatch("[^\n]+") do
    local cells = {}
    for cell in (line .. "\t"):gmatch("([^\t]*)\t") do cells[#cells + 1] = cell end
    if header then
      local row = {}
      for i, name in ipairs(header) do row[name] = cells[i] ~= "" and cells[i] or nil end
      rows[#rows + 1] = row
    else
      header = cells
    end
  end
  return rows
end

describe("the catalogue", function()
  it("has every row of the vendor's page, to the letter", function()
    local page, count = read_page()
    assert.are.equal(55, count)
    for code, row in pairs(page) do
      local entry = tcerr.codes[code]
      assert.is_table(entry, "missing: " .. code)
      assert.are.equal(row.layer, entry.layer)
      assert.are.equal(row.message, entry.message)
      assert.are.equal(row.detail, entry.detail)
    end
  end)

  it("has no row that the page lacks", function()
    local page, count = read_page(), 0
    for code, entry in pairs(tcerr.codes) do
      assert.is_table(page[code], "added: " .. code)
      assert.are.equal(code, entry.code)
      count = count + 1
    end
    assert.are.equal(55, count)
  end)

  it("has the names, categories and English texts of the table", function()
    local rows = read_tsv("spec/fixtures/catalogue.tsv")
    assert.are.equal(55, #rows)
    for _, row in ipairs(rows) do
      local entry = tcerr.codes[tonumber(row.code)]
      for _, field in ipairs { "layer", "name", "category", "message", "detail", "message_en", "detail_en" } do
        assert.are.equal(row[field], entry[field])
      end
    end
  end)

  it("gives every entry what its category means", function()
    local policies, used = {}, {}
    for _, row in ipairs(read_tsv("spec/fixtures/policy.tsv")) do policies[row.category] = row end
    local entries = {}
    for _, entry in tcerr.each() do entries[#entries + 1] = entry end
    for _, entry in ipairs(require("tcerr.names").rows) do entries[#entries + 1] = entry end
    for _, entry in ipairs(entries) do
      local row = policies[entry.category]
      assert.are.equal(row.fault, entry.fault)
      assert.are.equal(row.retry, entry.retry)
      assert.are.equal(tonumber(row.http_status), entry.http_status)
      used[entry.category] = true
    end
    for category, rule in pairs(require "tcerr.policy") do
      assert.is_true(used[category], "no code has the category " .. category)
      assert.are.equal(policies[category].fault, rule[1])
      assert.are.equal(policies[category].message, rule[4])
      assert.are.equal(policies[category].message_en, rule[5])
      policies[category] = nil
    end
    assert.is_nil(next(policies), "the policy lacks " .. tostring(next(policies)))
  end)

  it("is written in ascending order in each layer, every code once and nowhere else", function()
    local last, count = { access = 0, video = 0 }, 0
    for code, layer in shell.read("csrc/tcerr_codes.inc"):gmatch("\nTCERR_CODE%((%d+), (%l+), ") do
      assert.is_true(tonumber(code) > last[layer])
      last[layer], count = tonumber(code), count + 1
    end
    assert.are.equal(55, count)
  end)

  it("shares the texts that the page shares, and keeps its missing full stop", function()
    assert.are.equal(tcerr.codes[5200].message, tcerr.codes[5300].message)
    assert.are.equal(tcerr.codes[20200].message, tcerr.codes[20204].message)
    assert.is_nil(tcerr.codes[5100].detail:find("。$"))
    assert.are.equal("video", tcerr.codes[4001].layer)
  end)
end)
