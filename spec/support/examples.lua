-- Runs the examples of documents: `expression --> values`.

local assert = require "luassert"
local shell = require "support.shell"
local tcerr = require "tcerr"

local load = rawget(_G, "loadstring") or load

local examples = {}

-- What a chunk returns, with n, when its globals are the environment's.
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

--- The globals of examples: Lua's own, tcerr, and a module by its name.
function examples.environment(module, name)
  return setmetatable({ tcerr = tcerr, [name] = module }, { __index = _G })
end

--- Runs a statement; its names live on in the environment, as if typed at a prompt.
function examples.run(statement, environment)
  evaluate("local _ = tcerr; " .. statement:gsub("^local ", ""), environment) -- the upvalue has to be there
end

--- Whether an expression, or statements with a return, give what an example says.
function examples.check(expression, expected, environment)
  local statement = expression:find("return ") and expression or "return " .. expression
  local got = evaluate("local _ = tcerr; " .. statement, environment)
  local wanted = evaluate("local _ = tcerr; return " .. expected, environment)
  for i = 1, math.max(wanted.n, 1) do assert.are.equal(wanted[i], got[i], expression) end
end

--- The code blocks of a document in one language.
function examples.blocks(document, language)
  local list = {}
  for found, block in shell.read(document):gmatch("\n```(%w*)\n(.-)```") do
    if found == language then list[#list + 1] = block end
  end
  return list
end

return examples
