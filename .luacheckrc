std = "max"
max_line_length = 120
files["spec/**/*_spec.lua"] = { std = "max+busted", max_line_length = 140 }
files["lua/tcerr/nginx.lua"] = { std = "max+ngx_lua" }
files["library"] = { unused = false }
files["examples/apache"] = { globals = { "tcerr_filter" }, read_globals = { "bucket" } }
files["examples/gateway"] = { std = "max+ngx_lua" }
files["examples/haproxy"] = { globals = { "core" } }
files["examples/fluent-bit"] = { globals = { "cb_tcerr" } }
