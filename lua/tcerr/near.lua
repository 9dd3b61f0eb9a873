-- What somebody may have meant by a word that is not known.

local near = {}

-- How many letters have to be put in, left out, changed or swapped with the next one to make one word of the other.
local function distance(a, b)
  local before, last -- the rows of the table above this one; no others are needed
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    before, last, row = last, row, { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
  end
  return row[#b]
end

--- The word of a list that is nearest to another one, whatever its case; none if too much would have to be guessed:
--- more than one letter of a short word, two of a longer one.
---     near.word("enrcih", { "explain", "enrich" })    --> "enrich"
---     near.word("stoop", { "top" })                   --> nil
---@param word string
---@param words string[]
---@return string|nil
function near.word(word, words)
  local best, least = nil, 3
  if #word > 64 then return nil end -- nobody mistypes that, and the time grows with it
  for _, known in ipairs(words) do
    local steps = distance(word:lower(), known:lower())
    if steps < least and (steps < 2 or math.min(#word, #known) > 4) then best, least = known, steps end
  end
  return best
end

return near
