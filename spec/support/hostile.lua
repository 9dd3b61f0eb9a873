-- Texts that steer a terminal or break a line, and the search for such a thing in what was shown.

local random = require "support.random"

local hostile = {}

local ODD_CHARACTERS = { "\216\156", "\226\128\142", "\226\128\143", "\226\128\168", "\226\128\169",
  "\226\128\170", "\226\128\171", "\226\128\172", "\226\128\173", "\226\128\174", "\226\129\166",
  "\226\129\167", "\226\129\168", "\226\129\169" }

--- By what they do.
hostile.TEXTS = {
  colour = "\27[41;5mred", title = "\27]0;title\7", clipboard = "\27]52;c;cm0gLXJmIC8=\7", report = "\27[6n",
  device = "\27P+q544e\27\\", up = "\27[A\27[2K", reset = "\27c", c1_csi = "\194\15531mred",
  c1_osc = "\194\1570;t\194\156", next_line = "a\194\133b", raw_csi = "\15531mred", bell = "\7",
  backspace = "good\8\8\8\8evil", overwrite = "good\revil", second_line = 'a\n{"code":4100}', crlf = "a\r\n4100",
  nul = "a\0b", tabs = "a\11\12b", delete = "a\127b", turned = "user\226\128\174txt.exe",
  isolate = "\226\129\166a\226\129\169", marks = table.concat(ODD_CHARACTERS, "x"),
  paragraph = "a\226\128\168b\226\128\169c", overlong = "\192\155[31m\224\128\155[31m\240\128\128\155[31m",
  surrogate = "\237\160\128\237\176\128", beyond = "\244\144\128\128", cut = "a\226\128", stray = "\128\129\191",
}

--- What a text has that must not reach a terminal, or nil. The command's own colours and erasing do not count.
---@param shown string
---@return string|nil found
function hostile.find(shown)
  local text = shown:gsub("\27%[[013]?%d?m", ""):gsub("\r\27%[K", ""):gsub("\r+\n", "\n")
  local control = text:match("[%z\1-\8\11-\31\127]")
  if control then return ("control %d"):format(control:byte()) end
  for _, character in ipairs(ODD_CHARACTERS) do
    if text:find(character, 1, true) then return "turns or breaks a line" end
  end
  if text:find("\194[\128-\159]") then return "C1 control" end
  -- What is left when all characters are taken away, also cut ones: a byte that is a C1 control where no UTF-8 is
  -- spoken.
  local rest = text:gsub("[\194-\223][\128-\191]", ""):gsub("\224[\160-\191][\128-\191]", "")
    :gsub("[\225-\239][\128-\191][\128-\191]", ""):gsub("\240[\144-\191][\128-\191][\128-\191]", "")
    :gsub("[\241-\244][\128-\191][\128-\191][\128-\191]", ""):gsub("[\225-\244][\128-\191]?[\128-\191]?", "")
  local byte = rest:match("[\128-\159]")
  return byte and ("byte %d"):format(byte:byte()) or nil
end

--- A function that returns another random hostile text each time it is called.
---@param seed integer
---@return fun(): string
function hostile.generator(seed)
  local below, pick = random.new(seed)
  local texts = { "a", "4100", "鉴", "é", "\226", "\128", "\155", '"', "\\", " " }
  for _, text in pairs(hostile.TEXTS) do texts[#texts + 1] = text end
  table.sort(texts) -- pairs has no order of its own
  return function()
    local parts = {}
    for i = 1, below(6) do
      local text = pick(texts)
      local from = below(#text)
      parts[i] = text:sub(from, from + below(#text))
    end
    return table.concat(parts)
  end
end

return hostile
