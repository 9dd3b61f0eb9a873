-- Enriches a JSON log by e:run: run.lua FILE
local e = require("tcerr").enricher{ format = "json" }
assert(e:run(assert(io.open(arg[1], "rb")), io.stdout))
