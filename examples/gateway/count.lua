-- Counts answers by category and fault, in a form that Prometheus reads. There are never more series than categories
-- and three: "ok", "none" for an answer without a code, as a success of API 3.0 is, and "other" for unknown codes.

local count = {}

local LABELS = 'tcerr_answers_total{category="%s",fault="%s"}'

local function series()
  local code, category, fault = ngx.var.tc_code, ngx.var.tc_category, ngx.var.tc_fault
  if category ~= "-" then return LABELS:format(category, fault) end
  if code == "" or code == "-" then return LABELS:format("none", "unknown") end
  return code == "0" and LABELS:format("ok", "none") or LABELS:format("other", "unknown")
end

function count.add() ngx.shared.answers:incr(series(), 1, 0) end

function count.show()
  local answers, lines = ngx.shared.answers, {}
  for _, name in ipairs(answers:get_keys(0)) do lines[#lines + 1] = ("%s %d\n"):format(name, answers:get(name)) end
  table.sort(lines)
  ngx.header.content_type = "text/plain; version=0.0.4"
  ngx.print("# HELP tcerr_answers_total Answers of the API, by what their codes mean.\n",
    "# TYPE tcerr_answers_total counter\n", lines)
end

return count
