-- Random numbers that are the same on every Lua, so that what failed once fails again.

local random = {}

--- Returns below(n): an integer from 1 to n; and pick(list).
function random.new(seed)
  local state = seed
  local function below(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
  return below, function(list) return list[below(#list)] end
end

return random
