-- docs/codes.md, made from the data: `make docs` writes it, and a spec looks whether it is what would be written.

local core = require "tcerr.core"
local shell = require "support.shell"
local tcerr = require "tcerr"

local HEAD = [[
# The codes and what they mean · 错误码一览

Made by `make docs` from `csrc/tcerr_codes.inc`, `csrc/tcerr_names.inc` and `lua/tcerr/policy.lua`; a spec compares it.
The numbers' Chinese is the vendor's to the letter, as of %s; everything else is tcerr's.

本页由数据生成。数字错误码的中文说明与官方页面一字不差，其余为 tcerr 自拟。
]]

-- What comes before a layer's table; before one that has no words here, its name.
local LAYERS = {
  access = [[
## Numbers of API 2.0: the access layer · 接入层

What every product answers before, or instead of, its own work. 各产品共用，请求到达业务之前或代替业务返回。
]],
  video = [[
## Numbers of API 2.0: the video cloud · 视频云

At the head of `message`. Those marked *shared* mean something else with other products, so there they count with
`module = "video"` only. 出现在 `message` 开头；标有 shared 的数字在其他产品里另有含义，只有设置 `module = "video"` 才按本表解释。
]],
}

local CATEGORIES = [[
## Categories · 类别

`fault`, `retry` and `http_status` follow from the category; its words are for a code of 3.0 of which no more is known.
责任方、重试条件和 HTTP 状态码都由类别决定。
]]

local NAMES = [[
## Names of API 3.0 · 云 API 3.0 的错误码

A name stands for itself and for all that goes on behind it with a dot; the longest that fits is taken. The last column
says which endings, below, count behind it: those marked with the same word, or with one to the left of it in *any,
param, reason, failed*. 名称适用于它本身及其后以点号续写的所有错误码，取最长的匹配。
]]

local ENDINGS = [[
## Endings of API 3.0 · 按词尾判断

A guess: how a code's last word ends, where the name leaves it open; behind a name that is not above, as behind one with
*reason*. The longest ending that counts is taken, else the longest without an `Error`, `Err` or `Code` behind it; one
of the category `operation` only when no other fits. `rule` begins with `*` then.
词尾规则是 tcerr 的推断，此时 `rule` 以 `*` 开头。
]]

local function table_of(header, rows)
  local lines = { "| " .. table.concat(header, " | ") .. " |", "|" .. ("---|"):rep(#header) }
  for i, row in ipairs(rows) do lines[i + 2] = "| " .. table.concat(row, " | ") .. " |" end
  return table.concat(lines, "\n") .. "\n"
end

-- What stands beside the codes in the data, where the core does not hand it out: { [code or name] = word }.
local function words(path, pattern)
  local found = {}
  for key, word in shell.read(path):gmatch(pattern) do found[key] = word end
  return found
end

local function numbers(layer)
  local rows, whose, detailed = {}, words("csrc/tcerr_codes.inc", "\nTCERR_CODE%((%d+), %l+, (%u+)"), false
  for code, entry in tcerr.each(layer) do
    rows[#rows + 1] = {
      code .. (whose[tostring(code)] == "SHARED" and " *shared*" or ""), "`" .. entry.name .. "`", entry.message,
      entry.message_en, entry.category, "`" .. entry.retry .. "`", entry.detail_en,
    }
    detailed = detailed or entry.detail_en ~= nil
  end
  local header = { "code", "name", "the vendor says", "in English", "category", "retry" }
  if detailed then header[7] = "in detail" end
  return table_of(header, rows)
end

local function layers()
  local list, parts = {}, {}
  for layer, kind in pairs(core.layers) do
    if kind ~= "names" then list[#list + 1] = layer end
  end
  table.sort(list)
  for i, layer in ipairs(list) do parts[i] = (LAYERS[layer] or "## " .. layer .. "\n") .. "\n" .. numbers(layer) end
  return table.concat(parts, "\n")
end

local function names()
  local rows, ending_rows = {}, {}
  local scope_of_name = words("csrc/tcerr_names.inc", '\nTCERR_NAME%("([^"]*)", (%u+)')
  local scope_of_ending = words("csrc/tcerr_names.inc", '\nTCERR_ENDING%("([^"]*)", (%u+)')
  for _, row in ipairs(require("tcerr.names").rows) do
    local ending = row.name:match("^%*(.*)$")
    if ending then
      local scope = scope_of_ending[ending]:lower()
      ending_rows[#ending_rows + 1] = { "`" .. row.name .. "`", row.category, "`" .. row.retry .. "`", scope }
    else
      local scope = scope_of_name[row.name]:lower()
      local name, retry = "`" .. row.name .. "`", "`" .. row.retry .. "`"
      rows[#rows + 1] = { name, row.message, row.message_en, row.category, retry, scope }
    end
  end
  return NAMES .. "\n" .. table_of({ "name", "in Chinese", "in English", "category", "retry", "endings" }, rows)
    .. "\n" .. ENDINGS .. "\n" .. table_of({ "ending", "category", "retry", "marked" }, ending_rows)
end

local function categories()
  local rows = {}
  for category, meaning in shell.read("lua/tcerr/policy.lua"):gmatch('\n%-%-%-| "([%w_]+)" # ([^\n]+)') do
    local rule = require("tcerr.policy")[category]
    rows[#rows + 1] = { category, meaning, rule.message, rule.message_en, rule.fault, "`" .. rule.retry .. "`",
      rule.http_status }
  end
  return CATEGORIES .. "\n"
    .. table_of({ "category", "meaning", "words in Chinese", "in English", "fault", "retry", "HTTP" }, rows)
end

return HEAD:format(tcerr._SNAPSHOT) .. "\n" .. table.concat({ categories(), layers(), names() }, "\n")
