-- Copies of the checkout to build and install from, and whether what was installed works.

local assert = require "luassert"
local shell = require "support.shell"

local checkout = {}

--- Calls use(directory) with a copy of what the rock is made of, and, unless it is to be bare, of the module that make
-- test has built of it.
function checkout.with_copy(use, bare)
  shell.with_directory(function(directory)
    shell.run(("d=%s b=%s; mkdir -p $d/spec $d/build; cp -a csrc lua library rockspec Makefile README.md LICENSE $d; "
      .. "cp -a spec/support $d/spec; %s cp -a $b/plain $b/%s $d/build"):format(
      directory, shell.build, bare and ":" or "", shell.version))
    use(directory)
  end)
end

--- Whether the library and the command work from a place outside of the checkout.
function checkout.check_installed(command, path, cpath)
  local script = "print(require([[tcerr]]).lookup(4100).name)"
  local out, err, status = shell.run(("cd / && LUA_PATH='%s' LUA_CPATH='%s' %s -e '%s'"):format(
    path, cpath, shell.lua, script))
  assert.are.same({ "AuthFailure\n", "", 0 }, { out, err, status })
  out, err, status = shell.run(("cd / && %s 4100"):format(command))
  assert.are.equal("", err)
  assert.is_truthy(out:find("4100 AuthFailure\n  message   鉴权失败", 1, true))
  assert.are.equal(0, status)
  out = shell.run(("cd / && %s enrich"):format(command), '{"code":4100}\n')
  assert.is_truthy(out:find('"tc_category":"auth"', 1, true))
  out = shell.run(("cd / && %s nginx-conf"):format(command))
  assert.is_truthy(out:find("map ", 1, true))
end

return checkout
