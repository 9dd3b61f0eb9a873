rockspec_format = "3.0"
package = "tcerr"
version = "1.0.0-1"
source = {
  url = "git+https://github.com/tcerr/tcerr.git",
  tag = "v1.0.0",
}
description = {
  summary = "What the error codes of Tencent Cloud's API mean, and what to do about them",
  detailed = [[
tcerr knows the error codes of Tencent Cloud's API, the numbers of 2.0 and the strings of 3.0: what they say, whose fault
it is, whether to retry. It looks codes up, reads answers, enriches logs at nearly the speed of copying, and puts the
code into nginx's access log. C and Lua, without a dependency.]],
  homepage = "https://github.com/tcerr/tcerr",
  issues_url = "https://github.com/tcerr/tcerr/issues",
  license = "MIT",
  labels = { "tencent", "nginx", "openresty", "logging", "errors" },
}
supported_platforms = { "unix" }
dependencies = {
  "lua >= 5.1, < 5.6",
}
build = {
  type = "builtin",
  modules = {
    ["tcerr.core"] = {
      "csrc/tcerr_answer.c",
      "csrc/tcerr_codes.c",
      "csrc/tcerr_enrich.c",
      "csrc/tcerr_json.c",
      "csrc/tcerr_lua.c",
      "csrc/tcerr_run.c",
      "csrc/tcerr_scan.c",
    },
    ["tcerr"] = "lua/tcerr.lua",
    ["tcerr.answer"] = "lua/tcerr/answer.lua",
    ["tcerr.arguments"] = "lua/tcerr/arguments.lua",
    ["tcerr.cli"] = "lua/tcerr/cli.lua",
    ["tcerr.completion"] = "lua/tcerr/completion.lua",
    ["tcerr.enricher"] = "lua/tcerr/enricher.lua",
    ["tcerr.format"] = "lua/tcerr/format.lua",
    ["tcerr.help"] = "lua/tcerr/help.lua",
    ["tcerr.names"] = "lua/tcerr/names.lua",
    ["tcerr.nginx"] = "lua/tcerr/nginx.lua",
    ["tcerr.options"] = "lua/tcerr/options.lua",
    ["tcerr.policy"] = "lua/tcerr/policy.lua",
    ["tcerr.top"] = "lua/tcerr/top.lua",
  },
  install = {
    bin = {
      tcerr = "lua/tcerr/main.lua",
    },
  },
  copy_directories = { "library" },
}
test = {
  type = "command",
  command = "make test",
}
