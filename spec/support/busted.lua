-- Runs busted under the interpreter that runs this file: lua5.1 spec/support/busted.lua [ARGUMENT...]
require "busted.runner" { standalone = false }
