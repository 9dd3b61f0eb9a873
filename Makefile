# make run      builds tcerr and shows what it does on a real sample
# make test     runs the whole suite on every interpreter
# make install  PREFIX, DESTDIR, LUA_VERSION and the other variables below; make uninstall takes it away again
# The first two install what they lack when they may, or say how to.

LUA_VERSIONS = 5.1 5.2 5.3 5.4
LUA_VERSION = 5.4
PREFIX = /usr/local
DESTDIR =

# The compiler is the environment's CC or cc; CPPFLAGS and LDFLAGS are used too.
CFLAGS ?= -O2
# The interpreter, and the place of its lua.h: all three have to be of one Lua.
LUA = lua$(LUA_VERSION)
LUA_INCLUDE_DIR ?= $(call headers,$(LUA_VERSION))
LUA_MODULE_DIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
LUA_CMODULE_DIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)

SYSTEM := $(shell uname -s)
SHARED = $(if $(filter Darwin,$(SYSTEM)),-bundle -undefined dynamic_lookup,-shared)
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow
SOURCES = $(wildcard csrc/*.c)
HEADERS = $(wildcard csrc/*.h csrc/*.inc)
BUILD = $(or $(TCERR_BUILD),build)
MODULES = $(LUA_VERSIONS:%=$(BUILD)/%/tcerr/core.so)
VARIANTS = $(BUILD)/portable/5.4/tcerr/core.so $(BUILD)/sse2/5.4/tcerr/core.so
HOSTS = $(LUA_VERSIONS:%=$(BUILD)/%/host) $(BUILD)/luajit/host
EDGES = $(BUILD)/edges $(BUILD)/portable/edges
BUILT = $(MODULES) $(VARIANTS) $(HOSTS) $(EDGES) build/faults.so

# Where lua.h of a version is: as on Debian, as pkg-config says under the names that systems give it, or plain.
headers = $(patsubst %/lua.h,%,$(firstword $(wildcard $(addsuffix /lua.h,/usr/include/lua$(1) $(shell \
  for name in lua$(1) lua-$(1) lua$(subst .,,$(1)); do pkg-config --variable=includedir $$name && break; done 2>/dev/null) \
  /usr/include /usr/local/include))))

# LUA_INCLUDE_DIR is for LUA_VERSION alone, since the suite builds for every version.
include_dir = $(if $(filter $(LUA_VERSION),$(1)),$(LUA_INCLUDE_DIR),$(if $(filter luajit,$(1)),/usr/include/luajit-2.1,$(call headers,$(1))))
COMPILE = $(CC) -std=c99 $(WARNINGS) $(CFLAGS) $(CPPFLAGS)

# Not by LUA_PATH, which LUA_PATH_5_4 overrules.
RUN = $(LUA) -e 'package.path, package.cpath = "lua/?.lua;" .. package.path, "$(BUILD)/$(LUA_VERSION)/?.so;" .. package.cpath'
TCERR = $(RUN) lua/tcerr/main.lua

.PHONY: all modules hosts run test lint docs check mutate release-check bench bench-nginx staged install uninstall clean
.PHONY: need-run need-test need-lint need-check need-release need-bench need-ci
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/$(LUA_VERSION)/tcerr/core.so

# For the proofs, which build them elsewhere and otherwise.
modules: $(MODULES) $(VARIANTS)

hosts: $(HOSTS) $(EDGES)

run: need-run $(BUILD)/$(LUA_VERSION)/tcerr/core.so
	@echo '$$ tcerr 20322 FailedOperation.InstanceNotFound'
	@$(TCERR) 20322 FailedOperation.InstanceNotFound
	@echo; echo '$$ tcerr parse examples/answer.json'
	@$(TCERR) parse examples/answer.json
	@echo; echo '$$ tcerr enrich examples/access.jsonl'
	@$(TCERR) enrich examples/access.jsonl
	@echo; echo '$$ tcerr top examples/access.jsonl'
	@$(TCERR) top examples/access.jsonl

# All processors compile, but only what the packages of need-test are there for.
test: need-test
	@$(MAKE) --no-print-directory -j "$$(getconf _NPROCESSORS_ONLN)" $(BUILT)
	@/usr/bin/python3 spec/support/test.py

lint: need-lint
	luacheck -q lua library spec examples .busted
	clang-format-14 --dry-run -Werror csrc/*.c csrc/*.h spec/support/*.c spec/check/*.c spec/fuzz/*.cc spec/fuzz/*.h
	for cc in gcc clang-14; do for source in $(SOURCES) $(wildcard spec/support/*.c); do \
	  luas=lua5.4; ! grep -q '<lua.h>' $$source || luas='$(LUA_VERSIONS:%=lua%) luajit-2.1'; \
	  for lua in $$luas; do \
	    $$cc -std=c99 $(WARNINGS) -Werror -O2 -fPIC -Icsrc -I/usr/include/$$lua -c $$source -o /dev/null || exit 1; \
	  done; done; done

# What is proved beyond the suite, a line for each proof; QUICK=1 cuts it to a few minutes. check-NAME is one of them.
check: need-check $(BUILT)
	@sh spec/check/check.sh

check-%: need-check $(BUILT)
	@sh spec/check/check.sh $*

# Packs, installs, uses and removes the rock of the release, without a network.
release-check: need-release $(BUILD)/5.4/tcerr/core.so
	@sh spec/check/release.sh

# What docs/codes.md is made of is the data; a spec says when it is old.
docs: $(BUILD)/$(LUA_VERSION)/tcerr/core.so
	@$(RUN) -e 'package.path = "spec/?.lua;" .. package.path; io.write((require "support.codes"))' >docs/codes.new
	@mv docs/codes.new docs/codes.md

# Changes csrc and lua in one place at a time and looks whether the suite notices: N=240 places (an hour on two cores)
# that SEED chooses.
mutate: need-check
	@/usr/bin/python3 spec/check/mutate.py

bench: need-bench $(BUILD)/5.4/tcerr/core.so $(BUILD)/5.1/tcerr/core.so
	/usr/bin/python3 spec/bench/bench.py

bench-nginx: need-bench $(BUILD)/5.1/tcerr/core.so
	/usr/bin/python3 spec/bench/nginx.py

# What knows no Lua is compiled once for all of them; then in plain C alone, with which the fast searches are compared,
# and without AVX.
FLAGS_portable = -DTCERR_PORTABLE
FLAGS_sse2 = -DTCERR_SSE2_ONLY
objects = $(patsubst csrc/%.c,$(BUILD)/$(1)/%.o,$(filter-out csrc/tcerr_lua.c,$(SOURCES)))
define compile
@mkdir -p $(@D)
$(COMPILE) $(FLAGS_$(notdir $(@D))) -fPIC $(1) -c $< -o $@
endef
$(foreach variant,plain portable sse2,$(eval $(BUILD)/$(variant)/%.o: csrc/%.c $(HEADERS); $$(compile)))

$(BUILD)/%/tcerr_lua.o: csrc/tcerr_lua.c $(HEADERS)
	@test -f "$(call include_dir,$*)/lua.h" || \
	  { echo "lua.h of Lua $* was not found: please say LUA_INCLUDE_DIR=its directory" >&2; exit 2; }
	$(call compile,-I"$(call include_dir,$*)")

# LuaJIT, and so OpenResty, loads the module that is built for Lua 5.1.
define link
@mkdir -p $(@D)
$(CC) $(CFLAGS) $(SHARED) $^ $(LDFLAGS) -o $@
endef
$(BUILD)/portable/5.4/tcerr/core.so: $(BUILD)/5.4/tcerr_lua.o $(call objects,portable)
	$(link)
$(BUILD)/sse2/5.4/tcerr/core.so: $(BUILD)/5.4/tcerr_lua.o $(call objects,sse2)
	$(link)
$(BUILD)/%/tcerr/core.so: $(BUILD)/%/tcerr_lua.o $(call objects,plain)
	$(link)

# A program with two Lua states, and with an allocator that can be told to fail, also for the core in it. A core that
# begins to call malloc or calloc does not link: nobody would count that.
WRAP = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
$(BUILD)/%/host: spec/support/host.c $(BUILD)/%/tcerr_lua.o $(call objects,plain)
	$(COMPILE) $(WRAP) -I"$(call include_dir,$*)" $^ -o $@ -l$(if $(filter luajit,$*),luajit-5.1,lua$*)

# The core between pages that nobody may read.
$(BUILD)/edges: spec/support/edges.c $(call objects,plain)
	$(COMPILE) -Icsrc $^ -o $@
$(BUILD)/portable/edges: spec/support/edges.c $(call objects,portable)
	$(COMPILE) -Icsrc $^ -o $@

# System calls at their worst, to be preloaded.
build/faults.so: spec/support/faults.c
	@mkdir -p $(@D)
	$(COMPILE) -fPIC -shared $< -o $@ -ldl

need-run need-test need-lint need-check need-release need-bench need-ci: need-%:
	@LUA='$(LUA)' LUA_INCLUDE_DIR='$(LUA_INCLUDE_DIR)' LUA_VERSION='$(LUA_VERSION)' sh spec/support/need.sh $* && sh spec/support/unpack.sh $*

# The command. It finds the modules from its own place, so that all of PREFIX can be moved: behind links to itself, and
# beside a bin that may be a link, or else beside what that links to.
from_root = $(subst ^,,$(subst ^$(PREFIX)/,$$root/,^$(1)))
define WRAPPER
#!/bin/sh
case $$0 in */*) self=$$0 ;; *) self=./$$0 ;; esac
while [ -L "$$self" ]; do
  link=$$(readlink "$$self") || exit
  case $$link in /*) self=$$link ;; *) self=$${self%/*}/$$link ;; esac
done
unset LUA_INIT LUA_INIT_5_2 LUA_INIT_5_3 LUA_INIT_5_4
root=$$(CDPATH= cd "$${self%/*}/.." && pwd)
[ -e "$(call from_root,$(LUA_MODULE_DIR))/tcerr/main.lua" ] || root=$$(CDPATH= cd -P "$${self%/*}/.." && pwd)
exec $(LUA) -e "package.path = [=[$(call from_root,$(LUA_MODULE_DIR))/?.lua;]=] .. package.path
  package.cpath = [=[$(call from_root,$(LUA_CMODULE_DIR))/?.so;]=] .. package.cpath" \
  "$(call from_root,$(LUA_MODULE_DIR))/tcerr/main.lua" "$$@"
endef
export WRAPPER

# What is installed beside the modules. Making it is what can fail, so it is made before anything is touched.
STAGE = $(BUILD)/$(LUA_VERSION)/install

staged: $(BUILD)/$(LUA_VERSION)/tcerr/core.so
	@command -v $(LUA) >/dev/null || { echo "$(LUA) was not found: please say LUA=the interpreter of Lua $(LUA_VERSION)" >&2; exit 2; }
	@$(RUN) -e 'assert(_VERSION == "Lua $(LUA_VERSION)", _VERSION) require "tcerr"' || \
	  { echo "LUA, LUA_VERSION and LUA_INCLUDE_DIR are not of one Lua" >&2; exit 2; }
	@mkdir -p $(STAGE)
	@printf '%s\n' "$$WRAPPER" >$(STAGE)/tcerr
	@$(RUN) -e 'io.write(require("tcerr.help").page())' >$(STAGE)/tcerr.1
	@$(TCERR) completion bash >$(STAGE)/tcerr.bash
	@$(TCERR) completion zsh >$(STAGE)/_tcerr

# Calls `put MODE FILE TARGET` for each file, whatever put does.
define EACH
set -e; \
put 644 lua/tcerr.lua "$(LUA_MODULE_DIR)/tcerr.lua"; \
for file in lua/tcerr/*.lua; do put 644 $$file "$(LUA_MODULE_DIR)/$${file#lua/}"; done; \
put 755 $(BUILD)/$(LUA_VERSION)/tcerr/core.so "$(LUA_CMODULE_DIR)/tcerr/core.so"; \
put 755 $(STAGE)/tcerr "$(PREFIX)/bin/tcerr"; \
put 644 $(STAGE)/tcerr.1 "$(PREFIX)/share/man/man1/tcerr.1"; \
put 644 $(STAGE)/tcerr.bash "$(PREFIX)/share/bash-completion/completions/tcerr"; \
put 644 $(STAGE)/_tcerr "$(PREFIX)/share/zsh/site-functions/_tcerr"
endef

# All or nothing: the first round only looks whether the second can do its work, and that puts all files beside those
# that the third replaces, not writes into: a running nginx has the old core.so mapped.
install: staged
	@put() { \
	  target="$(DESTDIR)$$3"; \
	  [ "$${target%/*}" = "$$last" ] || directory=$$(dirname "$$target"); \
	  last=$${target%/*}; \
	  while [ ! -e "$$directory" ]; do directory=$$(dirname "$$directory"); done; \
	  [ -d "$$directory" ] && [ -w "$$directory" ] && [ ! -d "$$target" ] || \
	    { echo "cannot write $$target; nothing was installed" >&2; exit 2; }; \
	}; $(EACH)
	@put() { \
	  { [ -d "$(DESTDIR)$${3%/*}" ] || install -d "$(DESTDIR)$${3%/*}"; } && install -m $$1 "$$2" "$(DESTDIR)$$3.new" || exit; \
	}; ($(EACH)) || { put() { rm -f "$(DESTDIR)$$3.new"; }; $(EACH); echo "nothing was installed" >&2; exit 2; }
	@put() { mv -f "$(DESTDIR)$$3.new" "$(DESTDIR)$$3"; }; $(EACH)

uninstall:
	@put() { rm -f "$(DESTDIR)$$3"; }; $(EACH)
	@for directory in "$(DESTDIR)$(LUA_MODULE_DIR)/tcerr" "$(DESTDIR)$(LUA_CMODULE_DIR)/tcerr"; do \
	  [ ! -d "$$directory" ] || rmdir "$$directory"; done

clean:
	rm -rf build csrc/*.o tcerr lua_modules .luarocks
