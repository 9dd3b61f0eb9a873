# make run    builds tcerr and shows what it does on a real sample
# make test   runs the whole suite on every interpreter
# Both install what they lack when they may, or say how to.

LUA_VERSIONS = 5.1 5.2 5.3 5.4
LUA_VERSION = 5.4
PREFIX = /usr/local
DESTDIR =

CC = gcc
CFLAGS = -O2
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
SOURCES = $(wildcard csrc/*.c)
HEADERS = $(wildcard csrc/*.h csrc/*.inc)
BUILD = $(or $(TCERR_BUILD),build)
MODULES = $(LUA_VERSIONS:%=$(BUILD)/%/tcerr/core.so)
VARIANTS = $(BUILD)/portable/5.4/tcerr/core.so $(BUILD)/sse2/5.4/tcerr/core.so
HOSTS = $(LUA_VERSIONS:%=$(BUILD)/%/host) $(BUILD)/luajit/host
BUILT = $(MODULES) $(VARIANTS) $(HOSTS) build/faults.so

LUA = LUA_PATH="lua/?.lua;;" LUA_CPATH="$(BUILD)/$(LUA_VERSION)/?.so;;" lua$(LUA_VERSION)
TCERR = $(LUA) lua/tcerr/main.lua

.PHONY: all modules hosts run test lint check mutate release-check bench bench-nginx install clean
.PHONY: need-run need-test need-lint need-check need-release need-bench
.DELETE_ON_ERROR:

all: need-run $(BUILD)/$(LUA_VERSION)/tcerr/core.so

# For the proofs, which build them elsewhere and otherwise.
modules: $(MODULES) $(VARIANTS)

hosts: $(HOSTS)

run: need-run $(BUILD)/$(LUA_VERSION)/tcerr/core.so
	@echo '$$ tcerr 4500 20322'
	@$(TCERR) 4500 20322
	@echo; echo '$$ tcerr parse examples/answer.json'
	@$(TCERR) parse examples/answer.json
	@echo; echo '$$ tcerr enrich examples/access.jsonl'
	@$(TCERR) enrich examples/access.jsonl
	@echo; echo '$$ tcerr top examples/access.jsonl'
	@$(TCERR) top examples/access.jsonl

test: need-test $(BUILT)
	@sh spec/support/test.sh

lint: need-lint
	luacheck -q lua library spec examples .busted
	clang-format-14 --dry-run -Werror csrc/*.c csrc/*.h spec/support/*.c spec/check/*.c spec/fuzz/*.cc spec/fuzz/*.h
	for cc in gcc clang-14; do for lua in $(LUA_VERSIONS:%=lua%) luajit-2.1; do \
	  for source in $(SOURCES) $(wildcard spec/support/*.c); do \
	    $$cc -std=c99 $(WARNINGS) -O2 -fPIC -I/usr/include/$$lua -c $$source -o /dev/null || exit 1; \
	  done; done; done

# What is proved beyond the suite, a line for each proof; QUICK=1 cuts it to a few minutes. check-NAME is one of them.
check: need-check $(BUILT)
	@sh spec/check/check.sh

check-%: need-check $(BUILT)
	@sh spec/check/check.sh $*

# Packs, installs, uses and removes the rock of the release, without a network.
release-check: need-release $(BUILD)/5.4/tcerr/core.so
	@sh spec/check/release.sh

# Changes csrc and lua in one place at a time and looks whether the suite notices: an hour on two cores.
mutate: need-check
	@/usr/bin/python3 spec/check/mutate.py

bench: need-bench $(BUILD)/5.4/tcerr/core.so $(BUILD)/5.1/tcerr/core.so
	/usr/bin/python3 spec/bench/bench.py

bench-nginx: need-bench $(BUILD)/5.1/tcerr/core.so
	/usr/bin/python3 spec/bench/nginx.py

# LuaJIT, and so OpenResty, loads the module that is built for Lua 5.1.
$(BUILD)/%/tcerr/core.so: $(SOURCES) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) -fPIC -shared -I/usr/include/lua$* $(SOURCES) -o $@

# The plain-C searches that the fast ones are compared with, and the fast ones without AVX-512.
$(BUILD)/portable/5.4/tcerr/core.so: VARIANT = TCERR_PORTABLE
$(BUILD)/sse2/5.4/tcerr/core.so: VARIANT = TCERR_SSE2_ONLY
$(VARIANTS): $(SOURCES) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) -D$(VARIANT) -fPIC -shared -I/usr/include/lua5.4 $(SOURCES) -o $@

# A program with two Lua states, and with an allocator that can be told to fail, also for the core in it. A core that
# begins to call malloc or calloc does not link: nobody would count that.
HOST = spec/support/host.c $(SOURCES)
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

$(BUILD)/luajit/host: $(HOST) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) $(WRAP) -I/usr/include/luajit-2.1 $(HOST) -o $@ -lluajit-5.1

$(BUILD)/%/host: $(HOST) $(HEADERS)
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) $(WRAP) -I/usr/include/lua$* $(HOST) -o $@ -llua$*

# System calls at their worst, to be preloaded.
build/faults.so: spec/support/faults.c
	@mkdir -p $(@D)
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) -fPIC -shared $< -o $@ -ldl

need-run need-test need-lint need-check need-release need-bench: need-%:
	@sh spec/support/need.sh $* && sh spec/support/unpack.sh $*

# The command finds its modules wherever PREFIX is.
SHARE = $(PREFIX)/share/lua/$(LUA_VERSION)
LIB = $(PREFIX)/lib/lua/$(LUA_VERSION)
MAN = $(DESTDIR)$(PREFIX)/share/man/man1
BASH_COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_COMPLETION = $(DESTDIR)$(PREFIX)/share/zsh/site-functions

install: $(BUILD)/$(LUA_VERSION)/tcerr/core.so
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(SHARE)/tcerr" "$(DESTDIR)$(LIB)/tcerr"
	install -d "$(MAN)" "$(BASH_COMPLETION)" "$(ZSH_COMPLETION)"
	install -m 644 lua/tcerr.lua "$(DESTDIR)$(SHARE)/"
	install -m 644 lua/tcerr/*.lua "$(DESTDIR)$(SHARE)/tcerr/"
	install -m 755 $(BUILD)/$(LUA_VERSION)/tcerr/core.so "$(DESTDIR)$(LIB)/tcerr/"
	printf '#!/bin/sh\nexec lua%s -e '"'%s'"' "%s" "$$@"\n' $(LUA_VERSION) \
	  'package.path, package.cpath = [[$(SHARE)/?.lua;]] .. package.path, [[$(LIB)/?.so;]] .. package.cpath' \
	  "$(SHARE)/tcerr/main.lua" > "$(DESTDIR)$(PREFIX)/bin/tcerr"
	chmod 755 "$(DESTDIR)$(PREFIX)/bin/tcerr"
	$(LUA) -e 'io.write(require("tcerr.help").page())' > "$(MAN)/tcerr.1"
	$(TCERR) completion bash > "$(BASH_COMPLETION)/tcerr"
	$(TCERR) completion zsh > "$(ZSH_COMPLETION)/_tcerr"
	chmod 644 "$(MAN)/tcerr.1" "$(BASH_COMPLETION)/tcerr" "$(ZSH_COMPLETION)/_tcerr"

clean:
	rm -rf build csrc/*.o tcerr lua_modules .luarocks
