-- The runner of the specs: nothing that goes wrong in a file is lost in the sum.

local shell = require "support.shell"

if shell.version ~= "5.4" then return end -- it starts the interpreters itself

-- Runs files of specs, which are written here. Returns the lines, the last one, the exit status and the directory's name.
local function run(environment, ...)
  local lines, status, directory = {}, nil, nil
  local sources = { ... }
  shell.with_directory(function(temporary)
    local names = {}
    for i, source in ipairs(sources) do
      names[i] = ("%s/%d_spec.lua"):format(temporary, i)
      shell.write(names[i], source)
    end
    local out, err
    out, err, status = shell.run(("SPECS='%s' INTERPRETERS=lua5.4 %s /usr/bin/python3 spec/support/test.py"):format(
      table.concat(names, " "), environment))
    for line in (out .. err):gmatch("[^\n]+") do lines[#lines + 1] = line end
    directory = temporary
  end)
  return table.concat(lines, "\n"), lines[#lines], status, directory
end

local GOOD = 'it("is good", function() end)\n'

describe("the runner of the specs", function()
  it("adds up what passed, failed and was skipped, and tells of the failure", function()
    local out, sum, status = run("", GOOD, GOOD .. 'pending("is not here")\n',
      GOOD .. 'describe("this", function() it("is bad", function() error("for this reason", 0) end) end)\n')
    assert.are.equal("3 passed, 1 failed, 1 skipped", sum)
    assert.are.equal(1, status)
    assert.is_truthy(out:find("FAILED this is bad", 1, true))
    assert.is_truthy(out:find(": for this reason\n", 1, true))
    out, sum, status = run("", GOOD, GOOD)
    assert.are.same({ "lua5.4: 2 passed, 0 failed\n2 passed, 0 failed", "2 passed, 0 failed", 0 }, { out, sum, status })
  end)

  it("ends a file that hangs, with all that it has started, and says which test that is", function()
    shell.with_directory(function(elsewhere)
      local began = os.time()
      -- The shell ends at once, but not what it leaves behind, which holds the pipe.
      local out, sum, status, directory = run("LIMIT=1", GOOD, GOOD .. ([[
        it("hangs", function() io.popen("sleep 60 & echo $! >%s/pid"):read("*a") end)]]):format(elsewhere))
      assert.are.equal("1 passed, 1 failed", sum)
      assert.are.equal(1, status)
      assert.is_truthy(out:find("\nrunning: hangs\nlua5.4 " .. directory .. "/2_spec.lua: did not come to its end (killed after 1 s)\n",
        1, true), out)
      assert.is_true(os.time() - began < 30)
      -- Empty, too, when nobody has buried it yet.
      assert.are.equal("", (shell.run("cat /proc/" .. shell.read(elsewhere .. "/pid"):match("%d+") .. "/cmdline")))
    end)
  end)

  it("counts a file that crashes or does not load as a failure", function()
    for text, source in pairs {
      ["running: leaves\n.*1_spec.lua: did not come to its end %(exit status 0%)"] = 'it("leaves", function() os.exit(0) end)',
      ["1_spec.lua: did not come to its end %(exit status %-11%)"] = 'it("dies", function() os.execute("kill -SEGV $PPID") end)',
      ["1_spec.lua:1: "] = "it(",
    } do
      local out, sum, status = run("", source, GOOD)
      assert.are.same({ "1 passed, 1 failed", 1 }, { sum, status })
      assert.is_truthy(out:find(text), out)
    end
  end)

  it("fails where there is no test, no file or no interpreter", function()
    for environment, text in pairs { [""] = "1_spec.lua: no test\n", ["INTERPRETERS=luajit"] = "luajit: no test\n",
      ["INTERPRETERS=lua0.1"] = "lua0.1: is not installed\n" } do
      local out, sum, status = run(environment, "-- nothing")
      assert.are.same({ "0 passed, 1 failed", 1 }, { sum, status })
      assert.is_truthy(out:find(text, 1, true), out)
    end
    local out, _, status = run("SPECS=spec/none_spec.lua")
    assert.is_truthy(out:find("none_spec.lua", 1, true), out)
    assert.are.equal(1, status)
  end)
end)
