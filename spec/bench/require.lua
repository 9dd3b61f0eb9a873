-- How long a fresh process takes to load tcerr, in microseconds, and what that keeps in memory, in KB.
collectgarbage()
local memory, start = collectgarbage("count"), os.clock()
require "tcerr"
local seconds = os.clock() - start
collectgarbage()
print(("%.0f %.1f"):format(seconds * 1e6, collectgarbage("count") - memory))
