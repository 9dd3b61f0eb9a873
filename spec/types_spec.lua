-- The types, in library/ and beside the code: that they name what is there, all of it and nothing else.

local answer = require "tcerr.answer"
local enricher = require "tcerr.enricher"
local format = require "tcerr.format"
local policy = require "tcerr.policy"
local shell = require "support.shell"
local tcerr = require "tcerr"

-- What a file of types says: aliases[name] = { literal = true }, classes[name][field] = { type =, optional = }, and
-- methods[name] = { parameters =, annotated = }, as lists with commas.
local function read(path, types)
  local class, alias, annotated = "", "", {}
  for line in shell.read(path):gmatch("([^\n]*)\n") do
    local name, literals = line:match("^%-%-%-@alias tcerr%.(%w+)(.*)$")
    if name then
      alias = name
      types.aliases[alias] = {}
      assert.are.equal("", (literals:gsub('[ |]"%w+"', "")), "LuaLS takes anything else for a type")
    end
    for literal in (literals or ""):gmatch('"(%w+)"') do types.aliases[alias][literal] = true end
    if line:find("^%-%-%-|") then
      local literal = line:match('^%-%-%-| "([%w_]+)"$') or line:match('^%-%-%-| "([%w_]+)" # ')
      types.aliases[alias][assert(literal, "LuaLS reads one value a line: " .. line)] = true
    end
    name = line:match("^%-%-%-@class ([%w.]+)$")
    if name then
      class = name
      types.classes[class] = {}
    end
    local field, optional, kind = line:match("^%-%-%-@field ([%w_]+)(%??) ([^ ]+)")
    if field then types.classes[class][field] = { type = kind, optional = optional == "?" } end
    local parameter = line:match("^%-%-%-@param ([%w_]+)%?? ")
    if parameter then annotated[#annotated + 1] = parameter end
    local method, parameters = line:match("^function Enricher:(%w+)%(([^)]*)%) end$")
    if method then
      types.methods[method] = { parameters = parameters, annotated = table.concat(annotated, ", ") }
      annotated = {}
    end
  end
end

local types = { aliases = {}, classes = {}, methods = {} }
read("library/tcerr.lua", types)
read("lua/tcerr/policy.lua", types)

local function names(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- Whether a value has a type that is written here: a basic one, a literal, an alias, or a class's name.
local function fits_one(value, kind)
  if kind:find('^"') then return kind == ('"%s"'):format(value) end
  local alias = types.aliases[kind:match("^tcerr%.(%w+)$")]
  if alias then return alias[value] == true end
  if kind == "integer" then return type(value) == "number" and value % 1 == 0 end
  if kind:find("^tcerr%.") or kind:find("^table<") then return type(value) == "table" end
  return type(value) == kind
end

local function fits(value, kinds)
  for kind in kinds:gmatch("[^|]+") do
    if fits_one(value, kind) then return true end
  end
  return false
end

-- Records have exactly the fields of a class: each has the fields that are not optional, and some the others.
local function check_class(name, records)
  local class, count = types.classes[name], {}
  for _, record in ipairs(records) do
    for field, value in pairs(record) do
      assert.is_truthy(class[field], name .. " lacks " .. field)
      assert.is_true(fits(value, class[field].type), ("%s.%s: %s"):format(name, field, tostring(value)))
      count[field] = (count[field] or 0) + 1
    end
  end
  for field, type in pairs(class) do
    assert.is_truthy(count[field], name .. "." .. field .. " is never there")
    assert.are.equal(type.optional, count[field] < #records, name .. "." .. field)
  end
end

-- The options that a function looks at.
local function options_of(call)
  local seen = {}
  call(setmetatable({}, { __index = function(_, name) seen[name] = true end }))
  return names(seen)
end

describe("the types", function()
  it("are no module", function()
    assert.are.equal("---@meta _", shell.read("library/tcerr.lua"):match("^[^\n]+"))
  end)

  it("name the parameters of the public functions", function()
    local count = 0
    for _, path in ipairs { "lua/tcerr.lua", "lua/tcerr/nginx.lua" } do
      local annotated = {}
      for line in shell.read(path):gmatch("([^\n]*)\n") do
        annotated[#annotated + 1] = line:match("^%-%-%-@param ([%w_]+) ")
        local parameters = line:match("^function [%w_.]+%(([^)]*)%)$")
        if parameters then
          assert.are.equal(parameters, table.concat(annotated, ", "), line)
          count = count + 1
        end
        if not line:find("^%-%-%-") then annotated = {} end
      end
    end
    local public = 0
    for _, module in ipairs { tcerr, (require "tcerr.nginx") } do
      for _, value in pairs(module) do public = public + (type(value) == "function" and 1 or 0) end
    end
    assert.are.equal(public, count)
  end)

  it("name the enricher's methods", function()
    local methods = debug.getmetatable(tcerr.enricher()).__index
    assert.are.same(names(methods), names(types.methods))
    for name, signature in pairs(types.methods) do
      assert.are.equal(signature.parameters, signature.annotated, name)
    end
  end)

  it("name the fields of an entry, and what they may be", function()
    local entries, seen = {}, { layer = {}, category = {}, fault = {}, retry = {} }
    for _, layer in ipairs(answer.layers()) do
      for _, entry in tcerr.each(layer) do
        entries[#entries + 1] = entry
        for field, values in pairs(seen) do values[entry[field]] = true end
      end
    end
    check_class("tcerr.Entry", entries)
    local fields = {}
    for _, field in ipairs(format.FIELDS) do fields[field] = true end
    assert.are.same(names(fields), names(types.classes["tcerr.Entry"]))
    assert.are.same(names(fields), names(types.aliases.Field))
    assert.are.same(names(policy), names(types.aliases.Category))
    assert.are.same(answer.layers("module"), names(types.aliases.Module))
    for alias, field in pairs { Layer = "layer", Category = "category", Fault = "fault", Retry = "retry" } do
      assert.are.equal("tcerr." .. alias, types.classes["tcerr.Entry"][field].type)
      assert.are.same(names(seen[field]), names(types.aliases[alias]))
    end
    for word, meaning in pairs(format.RETRY.en) do
      local line = ('\n---| "%s" # %s\n'):format(word, meaning)
      assert.is_truthy(shell.read("library/tcerr.lua"):find(line, 1, true), line)
    end
  end)

  it("name the fields of an answer and of the counts", function()
    check_class("tcerr.Answer", {
      tcerr.parse('{"code":0}'), tcerr.parse('{"code":5100,"message":"20108: x","codeDesc":"E",'),
      tcerr.parse('{"Response":{"Error":{"Code":"InternalError","Message":"m"},"RequestId":"r"}}'),
      tcerr.parse('{"Response":{}}'),
    })
    check_class("tcerr.Counts", { tcerr.enricher():counts() })
  end)

  it("name the options", function()
    local classes = types.classes
    assert.are.same(names(assert(enricher.settings { module = false })), names(classes["tcerr.EnricherOptions"]))
    assert.are.same(options_of(function(options)
      tcerr.format(4100, options)
      format.entry(tcerr.codes[4100], setmetatable({ detail = true }, getmetatable(options)))
    end), names(classes["tcerr.FormatOptions"]))
    local conf = require("tcerr.nginx").conf
    assert.are.same({ "module", "source" }, names(classes["tcerr.ConfOptions"]))
    assert.are_not.equal(conf(), conf { module = false })
    assert.are_not.equal(conf(), conf { source = "$x" })
    for _, name in ipairs { "ParseOptions", "BodyFilterOptions" } do
      assert.are.same({ "module" }, names(classes["tcerr." .. name]))
    end
    for name, class in pairs(classes) do
      for field, kind in pairs(class) do
        if name:find("Options$") then assert.is_true(kind.optional, field) end
      end
    end
  end)

  it("name the values of the options", function()
    local known = { format = "LogFormat", lang = "Lang" }
    for option, alias in pairs(known) do
      assert.are.equal("tcerr." .. alias, types.classes["tcerr.EnricherOptions"][option].type)
      for value in pairs(types.aliases[alias]) do assert(enricher.settings { [option] = value }) end
      local _, problem = enricher.settings { [option] = "nonsense" }
      local expected = {}
      for value in problem:gmatch('"(%w+)"') do expected[value] = true end
      assert.are.same(names(expected), names(types.aliases[alias]))
    end
    assert.are.equal("tcerr.Lang", types.classes["tcerr.FormatOptions"].lang.type)
    assert.are.equal("tcerr.Field[]", types.classes["tcerr.EnricherOptions"].fields.type)
  end)

  it("are all there that the modules speak of", function()
    local text = shell.run("cat lua/tcerr.lua lua/tcerr/*.lua library/*.lua")
    local declared, count = {}, 0
    for _, kind in ipairs { "class", "alias" } do
      for name in text:gmatch("\n%-%-%-@" .. kind .. " (tcerr%.%u%w+)") do declared[name] = true end
    end
    for annotation in text:gmatch("\n%-%-%-@(%l+ [^\n]+)") do
      for name in annotation:gmatch("tcerr%.%u%w+") do
        assert.is_true(declared[name], name)
        count = count + 1
      end
    end
    assert.is_true(count > 40, count)
  end)
end)
