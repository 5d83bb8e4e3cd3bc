# jsonb_ivm: surgical edits of jsonb documents.
#
#   make && make install      build and install into the server of PG_CONFIG
#   make installcheck         regression tests against a running server
#   make check                the same on a private cluster, nothing installed
#   make tap                  TAP tests, on a private copy of PostgreSQL
#   make readme               the examples and signatures of README.md, on a private cluster
#   make indent               lay out src/ as PostgreSQL does
#   make demo                 the cascade, four ways, on a private cluster
#   make bench                everything against native SQL, and a report with plots
#
# What the promises rest on, each on clusters of its own (SECURITY.md):
#   make fuzz                 FUZZ_SECONDS of fuzzing (600); see fuzz/README.md
#   make sweep                every bit flip and truncation of chosen documents
#   make stress               STRESS_OPS random operations (10000) against native SQL
#   make stress-valgrind      the same under Valgrind
#   make stress-asan          the same with AddressSanitizer
#   make memcheck             leaks and peak memory
#   make faults               every allocation of every function fails once
#   make cancels              cancelled calls on documents of 96 MB
#   make splice               50,000 random edits of compressed documents against the plain way
#   make random               20,000 random calls of every function against its reference
#   make variants             the tests under forced parallel query, without caches,
#                             with the splice wherever it can be, and without it
#   make limits               nesting, and the limits of size
#   make pg-upgrade           a server of 15 with tables and indexes becomes one of 18
#   make crash                kill -9 under concurrent updates
#   make concurrency          concurrent updates at all isolation levels
#   make coverage             lines and branches that the tests run
#   make canaries             planted bugs, each found by its tool
#   make soak                 hours of fuzz, stress and crash; goes on where it ended

EXTENSION = jsonb_ivm
# The control file is the one place that holds the version.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" $(EXTENSION).control)

MODULE_big = $(EXTENSION)
OBJS = \
	src/jsonb_ivm.o \
	src/layout.o \
	src/lookup.o \
	src/match.o \
	src/keytable.o \
	src/path.o \
	src/selector.o \
	src/pointer.o \
	src/scratch.o \
	src/copies.o \
	src/stream_pglz.o \
	src/stream_lz4.o \
	src/recompress.o \
	src/stored.o \
	src/plan.o \
	src/planners.o \
	src/write.o \
	src/inplace.o \
	src/align.o \
	src/diff.o \
	src/call.o \
	src/array_ops.o \
	src/batch_ops.o \
	src/merge_ops.o \
	src/merge_patch.o \
	src/path_ops.o \
	src/aggregates.o \
	src/patch_ops.o \
	src/read_ops.o \
	src/contains_support.o \
	src/verify.o
OWN_HEADERS = $(wildcard src/*.h)

# The first version, and the steps from each to the next.
DATA = $(sort $(wildcard sql/$(EXTENSION)--*.sql))
PGFILEDESC = "jsonb_ivm - surgical edits of jsonb documents"

PG_CFLAGS = -Wall -Wextra -fvisibility=hidden
# The server's headers are not ours to mend: no warnings from them.
PG_CPPFLAGS = -DJBI_VERSION='"$(EXTVERSION)"' -isystem $(includedir_server)

TESTS = $(sort $(wildcard test/sql/*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --inputdir=test --outputdir=test/results --encoding=UTF8 \
	--load-extension=$(EXTENSION) --load-extension=$(EXTENSION)_test
REGRESS_PREP = test-module
ISOLATION_OPTS = --inputdir=test --outputdir=test/results/isolation \
	--load-extension=$(EXTENSION)
EXTRA_CLEAN = test/results

PG_CONFIG ?= pg_config

# These run in places of their own and need no PGXS, which is not there before
# PostgreSQL is, and which would claim "check" for itself.
STRESS_GOALS = stress stress-valgrind stress-asan
SCRIPT_GOALS = memcheck faults splice random variants limits crash concurrency soak
PRIVATE_GOALS = check tap readme demo bench indent fuzz sweep coverage canaries cancels pg-upgrade \
	$(STRESS_GOALS) $(SCRIPT_GOALS)
.PHONY: $(PRIVATE_GOALS)

tap:
	PG_CONFIG='$(PG_CONFIG)' ci/tap.sh

readme:
	PG_CONFIG='$(PG_CONFIG)' ci/readme.sh

demo:
	PG_CONFIG='$(PG_CONFIG)' test/bench/demo.sh

bench:
	PG_CONFIG='$(PG_CONFIG)' test/bench/bench.sh

indent:
	ci/indent.sh

fuzz:
	fuzz/run.sh

sweep:
	fuzz/run.sh sweep

stress:
	PG_CONFIG='$(PG_CONFIG)' stress/run.sh plain

stress-valgrind stress-asan:
	stress/run.sh $(@:stress-%=%)

$(SCRIPT_GOALS):
	PG_CONFIG='$(PG_CONFIG)' stress/$@.sh

cancels:
	PG_CONFIG='$(PG_CONFIG)' stress/cancel.sh

pg-upgrade:
	ci/pg_upgrade.sh

coverage:
	ci/coverage.sh

canaries:
	ci/canaries.sh

ifneq ($(filter-out $(PRIVATE_GOALS),$(or $(MAKECMDGOALS),all)),)
.DEFAULT_GOAL := all
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error $(PG_CONFIG) leads to no PGXS; on Debian: apt-get install postgresql-server-dev-15 make gcc)
endif
# PostgreSQL 13 does not install the isolation tester.
ifneq ($(wildcard $(dir $(PGXS))../test/isolation/pg_isolation_regress),)
ISOLATION = $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
endif
include $(PGXS)

# The flags of the OpenSSF compiler guide that a loadable module can carry, those
# among them that this compiler takes.  HARDENING= leaves them out, which the
# sanitizers want.  They come last, because a distribution's flags may name
# another level of fortification.  Asked without the rest of CFLAGS, since clang
# warns of those that only the gcc has that built PostgreSQL.
supported = $(shell echo 'int x;' | $(CC) $(filter -O% -m%,$(CFLAGS)) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')
HARDENING ?= yes
ifneq ($(HARDENING),)
hardening := $(foreach flag,-fstack-protector-strong -fstack-clash-protection \
	-fcf-protection=full -mbranch-protection=standard -fstrict-flex-arrays=3 \
	-fno-delete-null-pointer-checks,$(call supported,$(flag)))
# Level 3 where compiler and libc have it, none without optimisation.
fortify := $(firstword $(foreach level,3 2,$(if \
	$(call supported,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(level) -include features.h),$(level))))
override CFLAGS += $(hardening)
override CPPFLAGS += $(if $(fortify),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(fortify))
SHLIB_LINK += -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
endif

.PHONY: test-module
test-module:
	@test -f "$$($(PG_CONFIG) --sharedir)/extension/$(EXTENSION)_test.control" || { \
		echo "installcheck needs the test module: make -C test/modules/$(EXTENSION)_test PG_CONFIG='$(PG_CONFIG)' install" >&2; \
		exit 1; \
	}

# PGXS does not track headers; a stale object edits other people's documents.
$(OBJS): $(OWN_HEADERS)
endif

# Last, because PGXS has a rule of this name that only says no.
ifneq ($(filter check,$(MAKECMDGOALS)),)
check:
	PG_CONFIG='$(PG_CONFIG)' ci/with_cluster.sh $(MAKE) installcheck
endif
