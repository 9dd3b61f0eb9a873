#!/bin/sh
# What strangers wrote steers no terminal and breaks no line: its spec, with many more mixtures than in the suite.

mixtures=${MIXTURES:-$([ -n "$QUICK" ] && echo 2000 || echo 20000)}
export MIXTURES="$mixtures"
interpreters=${INTERPRETERS:-$([ -n "$QUICK" ] && echo lua5.4 luajit)}
counts=$(INTERPRETERS=$interpreters SPECS=spec/injection_spec.lua /usr/bin/python3 spec/support/test.py) || { echo "$counts"; exit 1; }
ways=$(LUA_PATH="spec/?.lua" lua5.4 -e 'local n = 0
  for _ in pairs(require("support.hostile").TEXTS) do n = n + 1 end print(n)')
echo "$counts"
echo "$mixtures mixtures of $ways ways to steer, in answers, logs, arguments and file names: no terminal saw one"
