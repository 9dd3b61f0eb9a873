-- The script that LuaRocks installs as `tcerr`.
local cli = require "tcerr.cli"
os.exit(cli.main(arg, io, true))
