-- The script that LuaRocks installs as `tcerr`.
-- Before anything else: the handler of the interpreter would print a traceback, and wait for the end of a read.
require("tcerr.core").signals(false)
os.exit(require("tcerr.cli").main(arg, io, true))
