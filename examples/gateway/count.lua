-- Counts answers by category, in a form that Prometheus reads. There are never more labels than categories and three:
-- "ok", "none" for an answer without a code, and "other" for codes that tcerr does not know, whatever they are.

local count = {}

local PREFIX = "category "

local function label()
  local code, category = ngx.var.tc_code, ngx.var.tc_category
  if category ~= "-" then return category end
  if code == "" or code == "-" then return "none" end
  return code == "0" and "ok" or "other"
end

function count.add()
  ngx.shared.answers:incr(PREFIX .. label(), 1, 0)
end

function count.show()
  local answers, lines = ngx.shared.answers, {}
  for _, key in ipairs(answers:get_keys(0)) do
    local category = key:match("^" .. PREFIX .. "(.*)")
    if category then
      lines[#lines + 1] = ('api_answers_total{category="%s"} %d\n'):format(category, answers:get(key))
    end
  end
  table.sort(lines)
  ngx.header.content_type = "text/plain"
  ngx.print("# TYPE api_answers_total counter\n", lines)
end

return count
