-- The docstrings: every example in them does what it says, and every public function has one.

local examples = require "support.examples"
local shell = require "support.shell"

-- The modules with public functions.
local MODULES = {
  "tcerr", "tcerr/answer", "tcerr/arguments", "tcerr/cli", "tcerr/completion", "tcerr/enricher", "tcerr/format",
  "tcerr/help", "tcerr/names", "tcerr/nginx", "tcerr/top",
}

describe("the docstrings", function()
  local function hold(file, path)
    local source, name = shell.read(file), path:match("[^/]+$")
    for expression, expected in source:gmatch("%-%-%-     ([^\n]-) +%-%-> ([^\n]+)") do
      it(("hold in %s: %s"):format(file, expression), function()
        local output = path == "tcerr/cli" and { stdin = io.stdin, stdout = io.tmpfile(), stderr = io.tmpfile() } or io
        local env = examples.environment(require((path:gsub("/", "."))), name)
        env.io = output
        examples.check(expression, expected, env)
      end)
    end
  end

  for _, path in ipairs(MODULES) do hold("lua/" .. path .. ".lua", path) end
  hold("library/tcerr.lua", "tcerr")

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
