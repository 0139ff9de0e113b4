# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the one binary build/deadwait: the BPF object, its skeleton, the
# program around it; and builds and runs the tests. It writes below build/ only
# (and below $(DESTDIR)$(prefix) for install). What is missing on a machine is
# found and installed by .ci/deps, the tests are counted by .ci/test.
#
#   make            build            make run ARGS='-o json'   install what is missing, build, watch
#   make test       every test that needs no virtual machine; as root
#   make unit|check|live             one part of it
#   make bench      what deadwait costs beside its peers; as root. QUICK=1, ROWS='life idle',
#                   OUT=new.json, COMPARE=old.json
#   make fresh      `make test` and `make run` on a fresh Debian 12 and 13
#   make static     build/deadwait-static: no shared libraries, for any distribution
#   make vm [KERNELS='6.1 6.12'] [K=PATTERN]   the live tests on stock kernels in qemu, from tests/vm/kernels.txt
#   make install|uninstall DESTDIR= prefix=/usr/local
#   make deps       install what run and test need; DEPS=no with any target: only list it
#   V=1 shows the commands.

VERSION := 0.1.0

prefix  ?= /usr/local
bindir  ?= $(prefix)/bin
sharedir ?= $(prefix)/share
docdir  ?= $(sharedir)/doc/deadwait
mandir  ?= $(sharedir)/man
# Where zsh looks by itself: Debian's own packages have a folder apart.
zshdir  ?= $(sharedir)/zsh/$(if $(filter /usr,$(prefix)),vendor-completions,site-functions)
# logrotate reads /etc only; an installation elsewhere leaves that alone.
sysconfdir ?= $(if $(filter /usr /usr/local,$(prefix)),/etc,$(prefix)/etc)

ifeq ($(origin CC),default)
CC         := gcc
endif
CLANG      ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL    ?= bpftool
PKG_CONFIG ?= pkg-config
WERROR     ?= -Werror
CFLAGS     ?= -O2 -g

# bpftool and debootstrap live where a user's PATH does not look.
export PATH := $(PATH):/usr/sbin:/sbin

.DELETE_ON_ERROR:
.SUFFIXES:
# `make -n` installs nothing. Asked before the next line adds a word with an n in it.
dry := $(findstring n,$(firstword -$(MAKEFLAGS)))
MAKEFLAGS += --no-builtin-rules

# ---- what the goals need --------------------------------------------------
# Looked at before anything else is read, so that one graph, with the right
# compiler flags in it, serves every goal and any -j.

goals := $(or $(MAKECMDGOALS),all)
needs := \
  $(if $(filter all docs run install unit check live test bench scenarios static vm deps,$(goals)),build) \
  $(if $(filter unit check live test vm deps,$(goals)),test) \
  $(if $(filter static vm,$(goals)),static) \
  $(if $(filter vm,$(goals)),vm $(if $(KERNELS),$(findstring arm64,$(KERNELS)),arm64)) \
  $(if $(filter bench,$(goals)),bench) \
  $(if $(filter fresh,$(goals)),fresh) \
  $(if $(filter format,$(goals)),format)
installs := $(if $(filter no,$(DEPS))$(dry),,$(filter run test bench fresh vm deps,$(goals)))

ifneq ($(strip $(needs)),)
  $(shell .ci/deps $(if $(installs),install,list) $(needs) >&2)
  ifneq ($(.SHELLSTATUS),0)
    $(error a requirement of 'make $(goals)' is missing)
  endif
endif

# ---- flags ----------------------------------------------------------------

machine := $(shell uname -m)
bpf_arch := $(or $(patsubst x86_64,x86,$(filter x86_64,$(machine))),\
                 $(patsubst aarch64,arm64,$(filter aarch64,$(machine))),\
                 $(machine))

libs := libbpf jansson libcap-ng zlib libmicrohttpd
lib_cflags    := $(shell $(PKG_CONFIG) --cflags $(libs) 2>/dev/null)
lib_ldlibs    := $(shell $(PKG_CONFIG) --libs $(libs) 2>/dev/null)
cmocka_cflags := $(shell $(PKG_CONFIG) --cflags cmocka 2>/dev/null)
cmocka_ldlibs := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null)

# The static program leaves out each library of `libs` that is named here, because it cannot be linked statically; it is
# compiled with DEADWAIT_WITHOUT_<LIBRARY>, and what needed it says so where it is asked for. Debian has no static
# libsystemd, and libmicrohttpd's needs gnutls, whose needs p11-kit, of which there is none.
STATIC_WITHOUT ?= libsystemd libmicrohttpd
static_libs    := $(filter-out $(STATIC_WITHOUT),$(libs))
static_defines := -DDEADWAIT_STATIC $(foreach lib,$(STATIC_WITHOUT),-DDEADWAIT_WITHOUT_$(shell echo '$(lib)' | tr a-z- A-Z_))
static_ldlibs  := $(shell $(PKG_CONFIG) --static --libs $(static_libs) 2>/dev/null)

warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wformat=2 -Wvla -Wundef -Wpointer-arith -Wwrite-strings -Wcast-align $(WERROR)
common   := -std=gnu17 -D_GNU_SOURCE -Iinclude -Iuser -Ibuild $(lib_cflags) $(warnings) \
            -DDEADWAIT_VERSION='"$(VERSION)"'
harden   := -fPIE -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
            $(if $(filter x86_64,$(machine)),-fcf-protection) \
            $(if $(filter aarch64,$(machine)),-mbranch-protection=standard)
harden_link := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
sanitize := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

# v2 is what every kernel since 4.14 loads; named, so that each clang makes the
# same code. clang of some distributions turns the stack protector on by default.
# A hook is given every argument of its tracepoint, used or not.
bpf_flags := -g -O2 -target bpf -mcpu=v2 -D__TARGET_ARCH_$(bpf_arch) -Ibpf -Iinclude \
             -fno-stack-protector -Wall -Wextra -Wno-unused-parameter $(WERROR)

deps_of = -MMD -MP -MF $(basename $@).d -MT $@

ifeq ($(V),1)
  say := @:
else
  Q := @
  say = @printf '  %-6s %s\n'
endif

# ---- what there is --------------------------------------------------------

user_sources := $(sort $(wildcard user/*.c user/*/*.c))
objects      := $(user_sources:%.c=build/%.o)
asan_objects := $(user_sources:%.c=build/asan/%.o)
static_objects   := $(user_sources:%.c=build/static/%.o)
lib_objects      := $(filter-out build/user/main.o,$(objects))
asan_lib_objects := $(filter-out build/asan/user/main.o,$(asan_objects))

unit_names := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
units      := $(unit_names:%=build/unit/%)
asan_units := $(unit_names:%=build/asan/unit/%)
scenarios  := $(patsubst tests/%.c,build/%,$(sort $(wildcard tests/scenarios/*.c)))
benches    := $(patsubst tests/%.c,build/%,$(filter-out %.bpf.c,$(sort $(wildcard tests/bench/*.c))))

.PHONY: all run test unit check live bench scenarios docs fresh static vm install uninstall clean format deps FORCE

all: build/deadwait

run: build/deadwait
	@exec build/deadwait watch $(ARGS)

# ---- the BPF object -------------------------------------------------------

build/deadwait.bpf.o: bpf/deadwait.bpf.c build/flags
	$(say) BPF $<
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_flags) $(deps_of) -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

build/deadwait.skel.h: build/deadwait.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name deadwait_bpf > $@

# The pages of `deadwait explain` as C strings: a page is { "name", "line\n" "line\n" … },
build/explain_pages.inc: $(wildcard user/explain/*.txt)
	$(say) PAGES $@
	@mkdir -p $(@D)
	$(Q)for page in $^; do \
	   echo "{ \"$$(basename $$page .txt)\","; \
	   sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/  "&\\n"/' $$page; \
	   echo '},'; \
	done > $@

# ---- the program ----------------------------------------------------------
# The skeleton is order-only: the first build needs it before anyone includes
# it, later the recorded dependencies say who really does.

build/user/%.o: user/%.c build/flags | build/deadwait.skel.h build/explain_pages.inc
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(CFLAGS) $(harden) $(deps_of) -c $< -o $@

build/deadwait: $(objects) build/sources
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(harden) $(harden_link) $(LDFLAGS) $(objects) $(lib_ldlibs) -o $@

# ---- the manual page and the shells' completions -----------------------------
# Made from the tables of options and causes, so that they cannot differ.

documents := build/docs/deadwait.8 build/docs/deadwait.bash build/docs/_deadwait build/docs/deadwait.fish

docs: $(documents)

build/docs/generate: docs/generate.c build/deadwait.a build/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(CFLAGS) $(deps_of) $< build/deadwait.a $(lib_ldlibs) -o $@

build/docs/deadwait.8: docs/deadwait.8.in build/docs/generate
	$(say) MAN $@
	$(Q)build/docs/generate man $< > $@
build/docs/deadwait.bash: build/docs/generate
	$(Q)build/docs/generate bash > $@
build/docs/_deadwait: build/docs/generate
	$(Q)build/docs/generate zsh > $@
build/docs/deadwait.fish: build/docs/generate
	$(Q)build/docs/generate fish > $@

build/contrib/deadwait.service: contrib/deadwait.service FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@bindir@|$(bindir)|' -e 's|@sysconfdir@|$(sysconfdir)|' $< > $@

# ---- the same without shared libraries ------------------------------------

build/static/user/%.o: user/%.c build/flags | build/deadwait.skel.h build/explain_pages.inc
	$(say) STATIC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(static_defines) $(CFLAGS) $(harden) $(deps_of) -c $< -o $@

# The linker warns of initgroups and getpwuid: capng_change_id() of libcap-ng calls them, and nobody calls that.
build/deadwait-static: $(static_objects) build/sources
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(harden) -static-pie $(filter-out -pie,$(harden_link)) $(LDFLAGS) $(static_objects) \
		$(static_ldlibs) -o $@

static: build/deadwait-static
	@tests/is-static $<

# ---- unit tests: plain, and again under the sanitizers --------------------
# Each test is linked with an archive of the program less main.o: the linker
# takes from it what the test refers to and nothing else.

build/asan/user/%.o: user/%.c build/flags | build/deadwait.skel.h build/explain_pages.inc
	$(say) ASAN $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(sanitize) $(deps_of) -c $< -o $@

build/deadwait.a: $(lib_objects) build/sources
	$(Q)rm -f $@ && ar rcs $@ $(lib_objects)

build/asan/deadwait.a: $(asan_lib_objects) build/sources
	$(Q)rm -f $@ && ar rcs $@ $(asan_lib_objects)

build/unit/%: tests/unit/%.c build/deadwait.a build/flags
	$(say) UNIT $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(cmocka_cflags) $(CFLAGS) $(deps_of) \
		$< build/deadwait.a $(cmocka_ldlibs) $(lib_ldlibs) -o $@

build/asan/unit/%: tests/unit/%.c build/asan/deadwait.a build/flags
	$(say) UNIT "$< (sanitizers)"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(cmocka_cflags) $(sanitize) $(deps_of) \
		$< build/asan/deadwait.a $(cmocka_ldlibs) $(lib_ldlibs) -o $@

# ---- the sick and the healthy programs ------------------------------------

build/scenarios/%: tests/scenarios/%.c build/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O1 -g -pthread -Wall -Wextra $(WERROR) \
		-Itests/scenarios $(deps_of) $< -o $@

scenarios: $(scenarios)

# ---- the bench: loads, yardsticks, and the empty programs ------------------

build/bench/floor.skel.h: tests/bench/floor.bpf.c build/flags
	$(say) BPF $<
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_flags) $(deps_of) -c $< -o $(@D)/floor.bpf.o
	$(Q)$(BPFTOOL) gen skeleton $(@D)/floor.bpf.o name floor_bpf > $@

build/bench/%: tests/bench/%.c build/flags | build/bench/floor.skel.h
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -g -pthread -Wall -Wextra $(WERROR) -Ibuild \
		$(lib_cflags) $(deps_of) $< $(lib_ldlibs) -o $@

bench: build/deadwait $(benches)
	@exec tests/bench/run $(if $(QUICK),--quick) $(if $(ROWS),--rows '$(ROWS)') \
		$(if $(OUT),--out '$(OUT)') $(if $(COMPARE),--compare '$(COMPARE)') $(ARGS)

# ---- the tests ------------------------------------------------------------

unit: $(units) $(asan_units)
	@.ci/test unit

check: build/deadwait $(documents) build/contrib/deadwait.service
	@.ci/test check

live: build/deadwait $(scenarios) $(benches)
	@.ci/test live

test: build/deadwait $(documents) build/contrib/deadwait.service $(units) $(asan_units) $(scenarios) $(benches)
	@.ci/test unit check live

fresh:
	@tests/fresh/run $(SUITES)

build/vm/%.bpf.o: tests/vm/guest/%.bpf.c build/flags
	$(say) BPF $<
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_flags) $(deps_of) -c $< -o $@

build/vm/%: tests/vm/guest/%.c build/flags
	$(say) STATIC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(common) $(CFLAGS) -static $(deps_of) $< $(static_ldlibs) -o $@

vm: build/deadwait-static build/vm/exact build/vm/exact.bpf.o $(scenarios)
	@tests/vm/run -k '$(K)' $(KERNELS)

# ---- what changes without a file changing ---------------------------------
# Flags, and which sources there are: written only when they differ, so that a
# new flag rebuilds, a removed source relinks, and a second make does nothing.

build/flags: text = $(CC) $(CPPFLAGS) $(common) $(CFLAGS) $(harden) $(harden_link) $(LDFLAGS) $(sanitize) $(static_defines) $(static_ldlibs) $(CLANG) \
             $(bpf_flags)
build/sources: text = $(user_sources)
build/flags build/sources: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(text))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(text))' > $@

-include build/docs/generate.d $(objects:.o=.d) $(asan_objects:.o=.d) $(static_objects:.o=.d) build/deadwait.bpf.d \
         $(units:=.d) $(asan_units:=.d) $(scenarios:=.d) $(benches:=.d) build/bench/floor.skel.d build/vm/exact.d \
         build/vm/exact.bpf.d

# ---- the rest -------------------------------------------------------------

install: build/deadwait $(documents) build/contrib/deadwait.service
	install -D -m 755 build/deadwait $(DESTDIR)$(bindir)/deadwait
	install -D -m 644 README.md $(DESTDIR)$(docdir)/README.md
	install -D -m 644 LICENSE $(DESTDIR)$(docdir)/LICENSE
	install -D -m 644 contrib/deadwait.rsyslog $(DESTDIR)$(docdir)/deadwait.rsyslog
	install -D -m 644 contrib/deadwait.logrotate $(DESTDIR)$(sysconfdir)/logrotate.d/deadwait
	install -D -m 644 contrib/deadwait.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/deadwait.conf
	install -D -m 644 build/contrib/deadwait.service $(DESTDIR)$(prefix)/lib/systemd/system/deadwait.service
	test -e $(DESTDIR)$(sysconfdir)/deadwait.conf || \
		install -D -m 644 contrib/deadwait.conf $(DESTDIR)$(sysconfdir)/deadwait.conf
	install -D -m 644 -t $(DESTDIR)$(docdir) contrib/deadwait.rules.yml contrib/prometheus.yml
	install -D -m 644 build/docs/deadwait.8 $(DESTDIR)$(mandir)/man8/deadwait.8
	install -D -m 644 build/docs/deadwait.bash $(DESTDIR)$(sharedir)/bash-completion/completions/deadwait
	install -D -m 644 build/docs/_deadwait $(DESTDIR)$(zshdir)/_deadwait
	install -D -m 644 build/docs/deadwait.fish $(DESTDIR)$(sharedir)/fish/vendor_completions.d/deadwait.fish

uninstall:
	rm -f $(DESTDIR)$(bindir)/deadwait $(DESTDIR)$(docdir)/README.md $(DESTDIR)$(docdir)/LICENSE \
		$(DESTDIR)$(docdir)/deadwait.rsyslog $(DESTDIR)$(sysconfdir)/logrotate.d/deadwait \
		$(DESTDIR)$(prefix)/lib/sysusers.d/deadwait.conf \
		$(DESTDIR)$(prefix)/lib/systemd/system/deadwait.service \
		$(DESTDIR)$(docdir)/deadwait.rules.yml $(DESTDIR)$(docdir)/prometheus.yml \
		$(DESTDIR)$(mandir)/man8/deadwait.8 \
		$(DESTDIR)$(sharedir)/bash-completion/completions/deadwait \
		$(DESTDIR)$(zshdir)/_deadwait \
		$(DESTDIR)$(sharedir)/fish/vendor_completions.d/deadwait.fish
	rmdir $(DESTDIR)$(docdir) 2>/dev/null || :

# vmlinux.h copies the kernel's own declarations and keeps their form.
format:
	clang-format -i $(filter-out bpf/vmlinux.h,\
		$(wildcard bpf/*.[ch] include/*.h user/*.[ch] user/*/*.[ch] tests/unit/*.[ch] tests/scenarios/*.[ch] tests/bench/*.c))

deps:
	@echo 'deadwait: nothing is missing'

clean:
	rm -rf build
