-- How an entry is written: for people in a line, a block or straight columns; for programs in JSON and logfmt.
-- Takes entries, knows neither the catalogue nor the core.

local format = {}

-- The fields of an entry in the order in which they are shown.
format.FIELDS = {
  "code", "name", "layer", "category", "message", "detail", "message_en", "detail_en", "fault", "retry", "http_status",
  "rule",
}

--- The languages of message and detail.
format.LANGS = { "zh", "en" }

-- What has to be true before the same call is made again. Each sentence holds for all categories that have the word:
-- "never" stands beside a batch of which a part was executed, and beside a limit that somebody can make room in.
format.RETRY = {
  en = {
    never = "not as it is, something has to change first",
    resign = "sign anew with the current Timestamp and a new Nonce, then repeat",
    backoff = "wait, then repeat; nothing was executed",
    idempotent = "repeat only an idempotent request; this one may have been executed",
  },
  zh = {
    never = "不要原样重试，须先改动请求或消除原因",
    resign = "换用当前的 Timestamp 和新的 Nonce，重新签名后重试",
    backoff = "等待一段时间后重试；请求没有被执行",
    idempotent = "只有幂等的请求可以重试；这次请求可能已被执行",
  },
}

local COLORS = { bold = "\27[1m", client = "\27[33m", server = "\27[31m", unknown = "\27[35m" }

-- ---- Width: a terminal shows a Chinese character in two columns ----

local CHARACTER, COLOR = "[%z\1-\127\194-\244][\128-\191]*", "\27%[%d+m"

-- Ranges of code points that take two columns, in ascending order.
local WIDE = {
  { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
  { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F }, { 0x20000, 0x3FFFD },
}

local function code_point(character)
  local lead = character:byte()
  if lead < 0x80 then return lead end
  local point = lead % (lead < 0xE0 and 0x20 or 0x10)
  for i = 2, #character do point = point * 64 + character:byte(i) % 64 end
  return point
end

local function character_width(character)
  local point = code_point(character)
  for _, range in ipairs(WIDE) do
    if point < range[1] then return 1 end
    if point <= range[2] then return 2 end
  end
  return 1
end

--- The columns that a UTF-8 text takes; a colour takes none.
---     format.width("鉴权 ok")                         --> 7
function format.width(text)
  local columns = 0
  for character in text:gsub(COLOR, ""):gmatch(CHARACTER) do columns = columns + character_width(character) end
  return columns
end

--- Cuts a text that takes more columns than there are, and marks the cut; never inside a character. Colours are lost.
---     format.cut("鉴权失败", 5)                       --> "鉴权…"
function format.cut(text, columns)
  if format.width(text) <= columns then return text end
  local kept, used = {}, 1
  for character in text:gsub(COLOR, ""):gmatch(CHARACTER) do
    used = used + character_width(character)
    if used > columns then break end
    kept[#kept + 1] = character
  end
  return table.concat(kept) .. "…"
end

-- Characters that must not begin a line.
local CLOSING = { ["。"] = true, ["，"] = true, ["："] = true, ["）"] = true }

--- Breaks a text into lines, between its parts: words, spaces, and wide characters each for itself. A word that is
--- wider than a line is more than one part.
---     format.wrap("to be or not", 6)[2]               --> "or not"
function format.wrap(text, columns)
  local lines, line, part, glue = {}, "", "", nil
  local function add_part()
    if line ~= "" and format.width(line .. part) > columns then
      lines[#lines + 1] = line:gsub(" $", "")
      line = ""
    end
    if line ~= "" or part ~= " " then line = line .. part end
    part = ""
  end
  for character in text:gmatch(CHARACTER) do
    local alone = character == " " or (character_width(character) == 2 and not CLOSING[character])
    local stays = glue and not alone and format.width(part) < columns or CLOSING[character] and part ~= ""
    if not stays then add_part() end
    part, glue = part .. character, not alone
  end
  add_part()
  lines[#lines + 1] = line
  return lines
end

--- A label and a text beside it, which goes on below itself where the columns end, if any are said.
---     format.beside("a ", "to be or not to be", 12)   --> "a to be or\n  not to be"
function format.beside(label, text, columns)
  if not columns then return label .. text end
  local parts, below = format.wrap(text, math.max(columns - #label, 10)), (" "):rep(#label)
  for i, part in ipairs(parts) do parts[i] = format.cut((i == 1 and label or below) .. part, columns) end
  return table.concat(parts, "\n")
end

--- What `write` makes of each item of a list, with a separator between.
---     format.join({ 4100, 4200 }, ", ", tostring)     --> "4100, 4200"
function format.join(list, separator, write)
  local parts = {}
  for i, item in ipairs(list) do parts[i] = write(item) end
  return table.concat(parts, separator)
end

-- ---- Options ----

--- The check of an option that is one of a few values, or `other`: returns what is wrong, or nil.
---     format.choice({ "zh", "en" })("de")             --> '"zh" or "en" expected'
---     format.choice({ "zh", "en" })("en")             --> nil
---     format.choice({ "video" }, false)(true)         --> '"video" or false expected'
function format.choice(values, other)
  local list = format.join(values, ", ", function(value) return '"' .. value .. '"' end)
  if other == false then list = list .. ", false" end
  local problem = list:gsub(", ([^,]+)$", " or %1") .. " expected"
  return function(value)
    if value == other then return nil end
    for _, one in ipairs(values) do
      if value == one then return nil end
    end
    return problem
  end
end

--- What is wrong with options, or nil; each check says what is wrong with a value that is not nil. A value may be
--- inherited, so it is asked for by its name.
---     format.check_options({ colour = true }, {})     --> "no such option: colour"
---     format.check_options(nil, {})                   --> nil
function format.check_options(options, checks)
  if options == nil then return nil end
  if type(options) ~= "table" then return "options: table expected, got " .. type(options) end
  for name in pairs(options) do
    if not checks[name] then return "no such option: " .. format.printable(tostring(name)) end
  end
  for name, check in pairs(checks) do
    local problem = options[name] ~= nil and check(options[name])
    if problem then return name .. ": " .. problem end
  end
  return nil
end

-- ---- For people ----

-- A number's text with a point, whatever os.setlocale has made of it.
local function plain(number)
  return (number:gsub("[^%de+-]+", "."))
end

local ODD_NUMBERS = { [math.huge] = "inf", [-math.huge] = "-inf" }

--- Why there is no entry for a key, whatever it is; the same words on every Lua.
---     format.unknown({})                              --> "not a code or a name: table"
function format.unknown(key)
  if type(key) == "number" then
    if key % 1 == 0 and key > -2 ^ 53 and key < 2 ^ 53 then return ("unknown code: %.0f"):format(key) end
    return "not a code: " .. (ODD_NUMBERS[key] or key ~= key and "nan" or plain(("%.14g"):format(key)))
  elseif type(key) == "string" then
    local kind = key:find("^%-?%d+$") and "code" or "name"
    return ("unknown %s: %s"):format(kind, format.printable(key:sub(1, 64)))
  end
  return "not a code or a name: " .. type(key)
end

local function boolean(value)
  return type(value) ~= "boolean" and "a boolean expected"
end

local function positive(value) -- a NaN is not itself
  return (type(value) ~= "number" or value ~= value or value < 1) and "a positive number expected"
end

--- What is wrong with an option for people, or nil.
---     format.CHECKS.width(0)                          --> "a positive number expected"
format.CHECKS = { lang = format.choice(format.LANGS), color = boolean, detail = boolean, width = positive }

--- A field in the language that is asked for: message and detail have two. nil when the entry lacks it.
---     format.field(tcerr.codes[4100], "message", "en")  --> "Authentication failed"
function format.field(entry, name, lang)
  if lang == "en" and (name == "message" or name == "detail") then name = name .. "_en" end
  return entry[name]
end

local function paint(text, color, options)
  return options.color and color and COLORS[color] .. text .. "\27[0m" or text
end

-- A code of API 3.0 is its own name.
local function title(entry)
  return entry.rule and format.printable(entry.name) or ("%d %s"):format(entry.code, entry.name)
end

local function line(entry, options)
  local head = title(entry)
  local rest = (" %s (%s; fault: %s; retry: %s; HTTP %d)"):format(
    format.field(entry, "message", options.lang), entry.category, entry.fault, entry.retry, entry.http_status)
  if options.width then
    head = format.cut(head, options.width)
    rest = options.width > #head and format.cut(rest, options.width - #head) or ""
  end
  return paint(head, "bold", options) .. rest
end

-- Which row has decided about a code of API 3.0, and that an ending is no word of the vendor's.
local function rule_words(entry, lang)
  local ending = entry.rule and entry.rule:match("^%*(.*)$")
  if not ending then return entry.rule end
  if lang == "en" then
    return ending == "" and "a failed operation: tcerr's guess" or ("by its ending %s: tcerr's guess"):format(ending)
  end
  return ending == "" and "操作未成功，此为 tcerr 的推断" or ("按结尾 %s，此为 tcerr 的推断"):format(ending)
end

local function block(entry, options)
  local rows = { format.cut(paint(title(entry), "bold", options), options.width or math.huge) }
  local function add(name, text, color)
    local label = ("  %-9s "):format(name)
    rows[#rows + 1] = text and format.beside(label, paint(text, color, options), options.width)
  end
  add("message", format.field(entry, "message", options.lang))
  add("detail", format.field(entry, "detail", options.lang))
  add("layer", entry.layer)
  add("category", entry.category)
  add("fault", entry.fault, entry.fault)
  add("retry", entry.retry .. ": " .. format.RETRY[options.lang or "zh"][entry.retry])
  add("HTTP", ("%d"):format(entry.http_status))
  add("rule", rule_words(entry, options.lang))
  return table.concat(rows, "\n")
end

--- An entry in one line, or with `detail` in a block; see tcerr.format.
---     format.entry(tcerr.codes[4100], { width = 12 })  --> "4100 AuthFa…"
function format.entry(entry, options)
  return (options.detail and block or line)(entry, options)
end

--- Rows of cells as lines in straight columns; whole numbers stand to the right.
---     format.columns({ { 9, "x" }, { 10, "y" } })[1]  --> " 9  x"
function format.columns(rows)
  local function text_of(cell) return type(cell) == "number" and ("%.0f"):format(cell) or cell end
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, format.width(text_of(cell))) end
  end
  for n, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local text = text_of(cell)
      local space = (" "):rep(widths[i] - format.width(text))
      cells[i] = text == cell and text .. space or space .. text
    end
    lines[n] = table.concat(cells, "  "):gsub(" +$", "")
  end
  return lines
end

-- %c would follow the host's locale, and find controls within characters.
local CONTROL = "[%z\1-\31\127]"

-- The least code points that take two, three and four bytes.
local LEAST = { [2] = 0x80, [3] = 0x800, [4] = 0x10000 }

-- Whether a code point shows nothing but steers: C1 controls, what turns text round, and what breaks lines.
local function steers(point)
  return point < 0xA0 or point == 0x061C or point == 0x200E or point == 0x200F or point >= 0x2028 and point <= 0x202E
    or point >= 0x2066 and point <= 0x2069
end

-- Calls replace(point) for each character beyond ASCII that steers, and replace(nil) for each byte that is no UTF-8.
local function replace_odd(text, replace)
  return (text:gsub("[\128-\255][\128-\191]*", function(bytes)
    local lead = bytes:byte()
    local length = lead < 0xE0 and 2 or lead < 0xF0 and 3 or 4
    local character = bytes:sub(1, length)
    local point = code_point(character)
    if lead < 0xC0 or #bytes < length or point < LEAST[length] or point > 0x10FFFF
      or point >= 0xD800 and point < 0xE000 then
      return replace(nil):rep(#bytes)
    end
    return (steers(point) and replace(point) or character) .. replace(nil):rep(#bytes - length)
  end))
end

--- A text in which nothing can steer a terminal or break a line: control characters, those that turn text round, and
--- bytes that are not UTF-8 are shown as "?".
---     format.printable("a\27[31mb")                   --> "a?[31mb"
function format.printable(text)
  return replace_odd(text:gsub(CONTROL, "?"), function() return "?" end)
end

-- ---- For programs ----

local function escape(point)
  return ("\\u%04x"):format(point or 0xFFFD)
end

--- A string, a number or a boolean in JSON. What could steer a terminal is escaped; bytes that are not UTF-8 become
--- U+FFFD, since JSON cannot hold them.
---     format.json_value('a"b')                        --> '"a\\"b"'
function format.json_value(value)
  if type(value) == "number" then return value % 1 == 0 and ("%.0f"):format(value) or plain(("%.14g"):format(value)) end
  if type(value) == "boolean" then return tostring(value) end
  local quoted = value:gsub('["\\]', "\\%0"):gsub(CONTROL, function(c) return escape(c:byte()) end)
  return '"' .. replace_odd(quoted, escape) .. '"'
end

--- The pairs of a list in a JSON object; a pair without a value is left out.
---     format.json_object{ { "code", 0 }, { "message" } }  --> '{"code":0}'
function format.json_object(pairs_list)
  local members = {}
  for _, pair in ipairs(pairs_list) do
    local name, value = pair[1], pair[2]
    if value ~= nil then members[#members + 1] = format.json_value(name) .. ":" .. format.json_value(value) end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

--- A number's text with one digit behind a point.
---     format.decimal(46.26)                           --> "46.3"
function format.decimal(number)
  return plain(("%.1f"):format(number))
end

--- An entry in JSON, with all fields that it has.
---     format.json{ code = 4100, retry = "never" }     --> '{"code":4100,"retry":"never"}'
function format.json(entry)
  local members = {}
  for i, name in ipairs(format.FIELDS) do members[i] = { name, entry[name] } end
  return format.json_object(members)
end

--- An entry as a record of RFC 4180 with its end, with all fields; one that it lacks is empty.
---     format.csv{ code = 4100, name = "a,b" }:sub(1, 12)  --> '4100,"a,b",,'
function format.csv(entry)
  return format.join(format.FIELDS, ",", function(name)
    local text = tostring(entry[name] or "")
    return text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
  end) .. "\r\n"
end

--- A value in logfmt: quoted unless it is a plain word.
---     format.logfmt_value("auth")                     --> "auth"
---     format.logfmt_value("a b")                      --> '"a b"'
function format.logfmt_value(value)
  local text = tostring(value)
  if text:find("^[A-Za-z0-9_.:/-]+$") then return text end
  return '"' .. text:gsub('["\\]', "\\%0") .. '"'
end

return format
