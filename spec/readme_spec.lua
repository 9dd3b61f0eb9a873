-- The READMEs: every code block is run, and shows what it gives; every file and heading that is linked is there, in
-- docs/ too.

local examples = require "support.examples"
local shell = require "support.shell"
local tcerr = require "tcerr"

local READMES = { "README.md", "README.zh.md" }

local DOCUMENTS = { "README.md", "README.zh.md", "docs/cluster.md", "docs/speed.md" }

local LANGUAGES = { lua = true, console = true, sh = true, nginx = true, json = true }

-- Whether a document has a heading that GitHub makes this anchor of.
local function has_heading(document, anchor)
  for heading in shell.read(document):gmatch("\n#+ ([^\n]+)") do
    if heading:lower():gsub("[^%w%s_\128-\255-]", ""):gsub(" ", "-") == anchor then return true end
  end
  return false
end

for _, document in ipairs(READMES) do
  describe(document, function()
    it("has code in the languages that are run here", function()
      local count = 0
      for language in shell.read(document):gmatch("\n```(%w*)\n.-```") do
        assert.is_true(LANGUAGES[language], language)
        count = count + 1
      end
      assert.is_true(count >= 8, count)
    end)

    it("shows what Lua gives", function()
      local count, environment = 0, examples.environment(tcerr, "tcerr")
      for _, block in ipairs(examples.blocks(document, "lua")) do
        for line in block:gmatch("[^\n]+") do
          local expression, expected = line:match("^(.-) +%-%-> (.+)$")
          if expression then
            examples.check(expression, expected, environment)
            count = count + 1
          else
            examples.run(line, environment)
          end
        end
      end
      assert.is_true(count >= 15, count)
    end)

    it("shows what the command prints", function()
      local count = 0
      for _, block in ipairs(examples.blocks(document, "console")) do
        local command, shown
        for line in (block .. "$ \n"):gmatch("([^\n]*\n)") do
          if line:sub(1, 2) ~= "$ " then
            shown = shown .. line
          else
            if command then
              assert.are.equal(shown, (shell.run((command:gsub("%f[%w]tcerr%f[ ]", function() return shell.tcerr end)))))
              count = count + 1
            end
            command, shown = line:sub(3), ""
          end
        end
      end
      assert.is_true(count >= 4, count)
    end)

    it("says what retry means as the command does", function()
      local text = shell.read(document)
      for word, meaning in pairs(require("tcerr.format").RETRY[document == "README.md" and "en" or "zh"]) do
        assert.is_truthy(text:find(("\n| `%s` | %s"):format(word, meaning), 1, true), word)
      end
    end)
  end)
end

for _, document in ipairs(DOCUMENTS) do
  it(document .. " names files and headings that are there", function()
    local text, count = shell.read(document), 0
    local directory = document:match("^.*/") or ""
    for path, heading in text:gmatch("%]%(([^):#]*)#?([^):]*)%)") do
      path = path == "" and document or (directory .. path):gsub("[^/]+/%.%./", "")
      assert.is_truthy(os.rename(path, path), path)
      assert.is_true(heading == "" or has_heading(path, heading), heading)
      count = count + 1
    end
    for path in text:gmatch("`([%w_.-]+/[%w_./-]+)`") do assert.is_truthy(os.rename(path, path), path) end
    assert.is_true(count >= 1, count)
  end)
end

if shell.version ~= "5.4" then return end -- what follows does not depend on the Lua

-- What the answer of the API was that the line in the READMEs tells of.
local ANSWER = [[
  server {
    listen unix:@DIR@/vendor.sock;
    location / { content_by_lua_block { ngx.print('{"code":5100,"message":"20108：频道处于非编辑状态"}') } }
  }
]]

for _, document in ipairs(READMES) do
  describe(document .. "'s configuration of nginx", function()
    local support = require "support.nginx"
    if not support.available({ it = it, pending = pending }, "nginx", "curl") then return end

    it("gives its line in the log", function()
      local conf, lines = examples.blocks(document, "nginx"), examples.blocks(document, "json")
      assert.are.same({ 1, 1 }, { #conf, #lines })
      for was, is in pairs {
        ["include tcerr.conf"] = "include @DIR@/tcerr.conf", ["listen 8080"] = "listen unix:@DIR@/gateway.sock",
        ["https://live%.api%.qcloud%.com"] = "http://vendor", ["/var/log/nginx"] = "@DIR@",
      } do
        local changed, count = conf[1]:gsub(was, is)
        assert.are.equal(1, count, was)
        conf[1] = changed
      end
      local server = support.server { ["tcerr.conf"] = require("tcerr.nginx").conf(), ["nginx.conf"] = support.conf(conf[1] .. ANSWER) }
      assert.is_true(server:start_nginx())
      server:curl("gateway.sock", "", "/v2/index.php?Action=StopLVBChannel")
      assert.are.equal("", server:finish_nginx())
      assert.are.equal(lines[1], server:read("api.log"))
      server:close()
    end)
  end)
end
