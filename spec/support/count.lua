-- An output handler for busted: what failed, and a closing line "N passed, N failed, N skipped" that only a run which
-- came to its end prints. A test is named as it begins, for a run that does not.

return function()
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base" ()

  function handler.testStart(element)
    print("running: " .. handler.getFullName(element):gsub("%c", "?"))
    io.stdout:flush()
    return nil, true
  end

  function handler.suiteEnd()
    local failed = handler.failuresCount + handler.errorsCount
    for _, list in ipairs { handler.failures, handler.errors } do
      for _, failure in ipairs(list) do
        local message = failure.message
        if type(message) ~= "string" then message = require "pl.pretty".write(message) end
        print(("\nFAILED %s (%s:%s)\n%s"):format(failure.name, failure.trace and failure.trace.short_src or "?",
          failure.trace and failure.trace.currentline or "?", message))
      end
    end
    for _, pending in ipairs(handler.pendings) do
      print("skipped " .. pending.name .. (pending.message and ": " .. tostring(pending.message) or ""))
    end
    print(("%d passed, %d failed, %d skipped"):format(handler.successesCount, failed, handler.pendingsCount))
    io.stdout:flush()
    return nil, true
  end

  busted.subscribe({ "test", "start" }, handler.testStart)
  busted.subscribe({ "suite", "end" }, handler.suiteEnd)
  return handler
end
