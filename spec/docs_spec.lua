-- The documents: every example in the README and in the docstrings does what it says.

local shell = require "support.shell"
local tcerr = require "tcerr"

local load = rawget(_G, "loadstring") or load

local function evaluate(chunk, environment)
  local run = assert(load(chunk))
  if rawget(_G, "setfenv") then
    setfenv(run, environment)
  else
    debug.setupvalue(run, 1, environment)
  end
  local values = { n = 0 }
  local function keep(...)
    values.n = select("#", ...)
    for i = 1, values.n do values[i] = select(i, ...) end
  end
  keep(run())
  return values
end

-- What a module's docstrings speak of.
local function environment(module, name)
  return setmetatable({ tcerr = tcerr, [name] = module }, { __index = _G })
end

local function check(expression, expected, env)
  -- An upvalue is needed for the environment even if the expression names nothing.
  local statement = expression:find("return ") and expression or "return " .. expression
  local got = evaluate("local _ = tcerr; " .. statement, env)
  local wanted = evaluate("local _ = tcerr; return " .. expected, env)
  for i = 1, math.max(wanted.n, 1) do assert.are.equal(wanted[i], got[i], expression) end
end

-- The modules with public functions.
local MODULES = {
  "tcerr", "tcerr/answer", "tcerr/cli", "tcerr/completion", "tcerr/enricher", "tcerr/format", "tcerr/help", "tcerr/nginx",
  "tcerr/top",
}

describe("the docstrings", function()
  for _, path in ipairs(MODULES) do
    local source = shell.read("lua/" .. path .. ".lua")
    local name = path:match("[^/]+$")
    for expression, expected in source:gmatch("%-%-%-     ([^\n]-) +%-%-> ([^\n]+)") do
      it(("hold in %s: %s"):format(path, expression), function()
        local output = path == "tcerr/cli" and { stdin = io.stdin, stdout = io.tmpfile(), stderr = io.tmpfile() } or io
        local env = environment(require((path:gsub("/", "."))), name)
        env.io = output
        check(expression, expected, env)
      end)
    end
  end

  it("stand on every public function", function()
    local count = 0
    for _, path in ipairs(MODULES) do
      local previous = ""
      for line in shell.read("lua/" .. path .. ".lua"):gmatch("([^\n]*)\n") do
        if line:find("^function " .. path:match("[^/]+$") .. "%.[%w_]+%(") then
          assert.is_truthy(previous:find("^%-%-%-"), path .. ": " .. line)
          count = count + 1
        end
        previous = line
      end
    end
    assert.is_true(count >= 15)
  end)
end)

describe("the README", function()
  local readme = shell.read("README.md")

  it("shows what Lua gives", function()
    local count = 0
    local env = environment(tcerr, "tcerr")
    for block in readme:gmatch("```lua\n(.-)```") do
      for line in block:gmatch("[^\n]+") do
        local expression, expected = line:match("^(.-) +%-%-> (.+)$")
        if expression then
          check(expression, expected, env)
          count = count + 1
        else
          -- Names live on in the environment, as if typed at a prompt.
          evaluate("local _ = tcerr; " .. line:gsub("^local ", ""), env)
        end
      end
    end
    assert.is_true(count > 25)
  end)

  it("shows what the command prints", function()
    local count = 0
    for block in readme:gmatch("\n```\n(%$ .-)```") do
      for command, output in (block .. "$ "):gmatch("%$ ([^\n]+)\n(.-)%f[%$]%f[%$]") do
        local real = command:gsub("%f[%w]tcerr%f[ ]", function() return shell.tcerr end)
        local out = shell.run(real)
        assert.are.equal(output, out)
        count = count + 1
      end
    end
    assert.is_true(count >= 3)
  end)

  it("names files that are there", function()
    for path in readme:gmatch("[`(]([%w_./-]+/[%w_./-]*)[`)]") do
      if not path:find("^/") and not path:find("^%w+:") then
        local file = io.open(path)
        assert.is_truthy(file, path)
        file:close()
      end
    end
  end)
end)
