# Tests; README.md says what each promises.  make check: automake's harness; make prove: the same programs through prove.

# ---- the programs ----

COMPILED = \
  tests/t-compressors \
  tests/t-blas \
  tests/t-cnn \
  tests/t-data \
  tests/t-elementary \
  tests/t-experiment \
  tests/t-formats \
  tests/t-fp4 \
  tests/t-hostile \
  tests/t-idx \
  tests/t-index \
  tests/t-select \
  tests/t-journal \
  tests/t-lm \
  tests/t-lowrank \
  tests/t-mlp \
  tests/t-msg \
  tests/t-network \
  tests/t-options \
  tests/t-problems \
  tests/t-rng \
  tests/t-rows \
  tests/t-sparse \
  tests/t-softmax \
  tests/t-spectrum \
  tests/t-pairs \
  tests/t-stages \
  tests/t-synflow \
  tests/t-treesum \
  tests/t-vectors

# Those that take longest first, so that none of them runs alone at the end of make -j.
SCRIPTED = \
  tests/t-adversary.py \
  tests/t-certify.sh \
  tests/t-plot.sh \
  tests/t-report.py \
  tests/t-cli.sh \
  tests/t-checkpoint.sh \
  tests/t-links.sh \
  tests/t-tune.py \
  tests/t-bench.sh \
  tests/t-algorithms.sh \
  tests/t-participation.py \
  tests/t-slurm.sh \
  tests/t-ranks.sh \
  tests/t-exchange.sh \
  tests/t-bench-links.sh \
  tests/t-install.sh \
  tests/t-bundle.sh \
  tests/t-allreduce.py \
  tests/t-broadcast.py \
  tests/t-layout.py \
  tests/t-lowcomm.py \
  tests/t-schedules.py \
  tests/t-seeds.py \
  tests/t-signals.sh \
  tests/t-simgrid.sh \
  tests/t-truth.py \
  tests/t-messages.py \
  tests/t-model.py \
  tests/t-models.py \
  tests/t-lm.py \
  tests/t-ensemble.py \
  tests/t-forecast.py \
  tests/t-testset.py \
  tests/t-disk.sh \
  tests/t-federated.py \
  tests/t-oracle.py \
  tests/t-sweep.sh \
  tests/check-style.sh \
  tests/t-cite.sh \
  tests/t-trace.py \
  tests/t-constants.py \
  tests/t-diloco.sh \
  tests/t-dp.py \
  tests/t-examples.sh \
  tests/t-compare.sh \
  tests/t-empty.sh \
  tests/t-fetch.sh \
  tests/t-golden.sh \
  tests/t-input.sh \
  tests/t-hosts.sh \
  tests/t-isa.sh \
  tests/t-libm.sh \
  tests/t-lora.py \
  tests/t-kernels.sh \
  tests/t-network.py \
  tests/t-noise.py \
  tests/t-palette.py \
  tests/t-packaging.sh \
  tests/t-constrained.py \
  tests/t-masha.py \
  tests/t-gate.sh \
  tests/t-plugins.sh \
  tests/t-python.py \
  tests/t-table.sh \
  tests/t-tables.sh \
  tests/t-replay.py \
  tests/t-starts.py \
  tests/t-memory.sh \
  tests/t-split.sh \
  tests/t-theory.sh \
  tests/t-truth-diloco.py \
  tests/t-truth-fl.py \
  tests/t-truth-lowcomm.py \
  tests/t-truth-sparse.py \
  tests/t-hidenseek.py \
  tests/t-btm.py

check_PROGRAMS = $(COMPILED) tests/laconic-mutant tests/laconic-mutants tests/laconic-portable tests/laconic-avx2
TESTS = $(SCRIPTED) $(COMPILED)
EXTRA_DIST += $(SCRIPTED) harness/CONTRACTS.md compressors/FORMATS.md tools/new-module tests/t-new-module.sh tests/t-compilers.sh \
  tests/t-fresh.sh tests/check-crash.sh tests/lib.sh tests/truth.py tests/lsan.supp tests/golden

# ---- mutants ----

# laconic with sums in the order of the ranks: t-ranks.sh must tell it from the real one.
tests_laconic_mutant_SOURCES = harness/command/main.c tests/mutant-treesum.c

# laconic with fewer instructions: t-isa.sh.
tests_laconic_portable_SOURCES = harness/command/main.c tests/isa.c
tests_laconic_portable_CPPFLAGS = $(AM_CPPFLAGS) -DWITHOUT='1u << AVX2 | 1u << AVX512F'
tests_laconic_portable_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=__cpu_indicator_init
tests_laconic_avx2_SOURCES = harness/command/main.c tests/isa.c
tests_laconic_avx2_CPPFLAGS = $(AM_CPPFLAGS) -DWITHOUT='1u << AVX512F'
tests_laconic_avx2_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=__cpu_indicator_init

# A mathematics library with other last digits: t-libm.sh.
check_DATA = tests/wrong-libm.so
EXTRA_DIST += tests/wrong-libm.c
CLEANFILES += tests/wrong-libm.so
tests/wrong-libm.so: tests/wrong-libm.c
	$(AM_V_CCLD)$(MKDIR_P) tests && $(CC) $(CFLAGS) -fno-builtin -fPIC -shared -o $@ $(srcdir)/tests/wrong-libm.c -ldl

# laconic with wrong methods and compressors, one at a time, and an adversary: certify must find each.
# Also right ones that are slow or send more, which compare must name.
MUTANT_ALGORITHMS = \
  tests/mutants/dgc_keeps_true.c \
  tests/mutants/btm_counts_no_steps.c \
  tests/mutants/diana_new_h.c \
  tests/mutants/econtrol_eta_all.c \
  tests/mutants/econtrol_loses_twice.c \
  tests/mutants/econtrol_old_h.c \
  tests/mutants/ef14_double_gamma.c \
  tests/mutants/ef14_forgets.c \
  tests/mutants/ef14_sum.c \
  tests/mutants/ef21_beta_alpha.c \
  tests/mutants/ef21_keeps_true.c \
  tests/mutants/ef21_mean_l.c \
  tests/mutants/ef21_messages_alone.c \
  tests/mutants/ef21_zero_by_zero.c \
  tests/mutants/ef21bc_undecoded.c \
  tests/mutants/ef21hb_double_gamma.c \
  tests/mutants/ef21p_undecoded.c \
  tests/mutants/ef21page_other_rows.c \
  tests/mutants/ef21plus_adds.c \
  tests/mutants/ef21plus_inverted.c \
  tests/mutants/ef21plus_without_g.c \
  tests/mutants/ef21pp_of_those_awake.c \
  tests/mutants/ef21pp_starts_drawn.c \
  tests/mutants/ef21sgdm_eta_swapped.c \
  tests/mutants/ef21sgdm_from_zero.c \
  tests/mutants/ef21w_by_mean.c \
  tests/mutants/fedavg_over_all.c \
  tests/mutants/fedcomgate_keeps_true.c \
  tests/mutants/fedef_adds_twice.c \
  tests/mutants/fedef_forgets.c \
  tests/mutants/fedprox_away.c \
  tests/mutants/flasc_over_all.c \
  tests/mutants/hidenseek_prunes_at_once.c \
  tests/mutants/masha1_free_coin.c \
  tests/mutants/masha1_new_point.c \
  tests/mutants/masha2_forgets_at_coin.c \
  tests/mutants/masha2_second_gamma.c \
  tests/mutants/scafcom_keeps_true.c \
  tests/mutants/scafcom_momentum_each_step.c \
  tests/mutants/scaffold_by_epochs.c \
  tests/mutants/scaffold_c_twice.c \
  tests/mutants/scaffold_gradient_at_y.c \
  tests/mutants/scaffold_more_steps.c \
  tests/mutants/scaffold_new_c.c \
  tests/mutants/scaffold_of_absent.c \
  tests/mutants/fedavg_counts_once.c \
  tests/mutants/scaffold_of_those_awake.c \
  tests/mutants/scaffold_sends_from_c.c \
  tests/mutants/scaffold_starts_drawn.c \
  tests/mutants/scallion_by_epochs.c \
  tests/mutants/scallion_keeps_true.c \
  tests/mutants/scallion_step_eta_g.c \
  tests/mutants/vr_masha1_other_rows.c
MUTANT_COMPRESSORS = \
  tests/mutants/fp4_claims_more.c \
  tests/mutants/fp4_slower.c \
  tests/mutants/identity_slow.c \
  tests/mutants/randk_all_but_last.c \
  tests/mutants/topk_declares_less.c \
  tests/mutants/topk_sends_more.c
tests_laconic_mutants_SOURCES = harness/command/main.c tests/mutants/adversary.c tests/mutants/plugins.c \
  $(MUTANT_ALGORITHMS) $(MUTANT_COMPRESSORS)

# The table of mutants is these two lists, written as C.
BUILT_SOURCES += tests/mutants/mutants_list.h
CLEANFILES += tests/mutants/mutants_list.h
tests/mutants/plugins.$(OBJEXT): tests/mutants/mutants_list.h
tests/mutants/mutants_list.h: $(top_srcdir)/tests/local.mk
	$(AM_V_GEN)$(MKDIR_P) tests/mutants && { \
	for f in $(MUTANT_ALGORITHMS);  do echo "ALGORITHM($$(basename $$f .c))"; done; \
	for f in $(MUTANT_COMPRESSORS); do echo "COMPRESSOR($$(basename $$f .c))"; done; } > $@.tmp && mv $@.tmp $@

# ---- how they run ----

# A test is its one source file, which automake knows by the program's name.
noinst_HEADERS += tests/hostile.h tests/fuzz.h tests/fuzz-file.h tests/rows.h tests/tap.h tests/truth.h
tests_t_blas_LDADD = $(LDADD) -ldl
tests_t_elementary_LDADD = $(LDADD) $(QUADMATH_LIBS)

# Each is compiled to be run once: -O3 takes twice the time of -O1 and saves none.
tests/t-%.$(OBJEXT): CFLAGS := $(CFLAGS:-O3=-O1)

TEST_EXTENSIONS = .sh .py
TEST_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TEST_LOG_DRIVER)
SH_LOG_DRIVER = $(TEST_LOG_DRIVER)
PY_LOG_DRIVER = $(TEST_LOG_DRIVER)
SH_LOG_COMPILER = bash
PY_LOG_COMPILER = $(PYTHON3)

# hwloc's plug-ins leak and are not needed, nor are devices, which take it a third of MPI_Init on two ranks; one thread a rank.
TEST_VARIABLES = \
  LACONIC='$(abs_builddir)/laconic$(EXEEXT)' \
  MPIEXEC='$(MPIEXEC)' \
  srcdir='$(abs_srcdir)' \
  builddir='$(abs_builddir)' \
  HWLOC_PLUGINS_PATH=/nonexistent \
  HWLOC_COMPONENTS=-linuxio \
  OMP_NUM_THREADS=1 \
  LSAN_OPTIONS='suppressions=$(abs_srcdir)/tests/lsan.supp:print_suppressions=0'
AM_TESTS_ENVIRONMENT = $(TEST_VARIABLES); export LACONIC MPIEXEC srcdir builddir HWLOC_PLUGINS_PATH HWLOC_COMPONENTS OMP_NUM_THREADS LSAN_OPTIONS; \
  export LACONIC_DATA LACONIC_TRUTH;

# Those with two busy ranks one after the other, also under make -j.
tests/t-ranks.log: tests/t-cli.log
tests/t-install.log: tests/t-ranks.log

prove: $(check_PROGRAMS) $(check_DATA) laconic$(EXEEXT)
	@test -n '$(PROVE)' || { echo 'make prove needs prove (Debian: perl); make check does without' >&2; exit 1; }
	$(TEST_VARIABLES) $(PROVE) --exec '' $(PROVEFLAGS) $(COMPILED:%=./%) $(SCRIPTED:%=$(srcdir)/%)

# ---- other sets of them ----

# More ranks than cores, more kills: the tests that ask for LACONIC_SLOW.
check-slow:
	LACONIC_SLOW=1 $(MAKE) $(AM_MAKEFLAGS) check \
	  TESTS="$$(cd $(srcdir) && grep -l LACONIC_SLOW tests/t-*.sh tests/t-*.py | tr '\n' ' ')"

# kill -9 at random moments, resumed on other numbers of ranks.
check-crash: all
	$(TEST_VARIABLES) bash $(srcdir)/tests/check-crash.sh

check-style: all
	$(TEST_VARIABLES) bash $(srcdir)/tests/check-style.sh

# A build of its own below this one, out of the sources or, when these are configured themselves, out of a copy.
SUBCONFIGURE = if test -f $(srcdir)/config.status; then $(MAKE) $(AM_MAKEFLAGS) distdir && from=$(abs_builddir)/$(distdir); \
  else from=$(abs_srcdir); fi

check-sanitize:
	$(SUBCONFIGURE) && $(MKDIR_P) sanitize && cd sanitize && \
	  { test -f Makefile || "$$from"/configure -q --enable-sanitize CFLAGS='-g -O1' MPIEXEC='$(MPIEXEC)' PYTHON3='$(PYTHON3)'; } && \
	  UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) $(AM_MAKEFLAGS) check

clean-local:
	rm -rf fuzz sanitize

.PHONY: check-crash prove check-slow check-style check-sanitize

# ---- fuzzing: libFuzzer comes with clang ----

FUZZ_TARGETS = tests/fuzz-bounds tests/fuzz-bundle tests/fuzz-checkpoint tests/fuzz-decode tests/fuzz-experiment tests/fuzz-fold \
  tests/fuzz-idx tests/fuzz-ini tests/fuzz-journal tests/fuzz-libsvm tests/fuzz-network tests/fuzz-result tests/fuzz-spec tests/fuzz-table
EXTRA_PROGRAMS = $(FUZZ_TARGETS)
tests_fuzz_bounds_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_bundle_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_checkpoint_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_decode_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_experiment_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fold_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_idx_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_ini_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_journal_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_libsvm_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_network_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_result_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_spec_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_table_LDFLAGS = -fsanitize=fuzzer

FUZZ_CC = clang-14
FUZZ_RUNS = 100000
# 1: a leak ends the target.
FUZZ_LEAKS = 1
# NULL + 0 is where an empty list ends; C allows it from its next edition on.
FUZZ_FLAGS = -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=pointer-overflow \
  -fno-sanitize-recover=undefined

fuzz:
	@$(SUBCONFIGURE) && $(MKDIR_P) fuzz && cd fuzz && \
	  { test -f Makefile || "$$from"/configure -q CC='$(FUZZ_CC)' CFLAGS='-g -O1' MPIEXEC='$(MPIEXEC)'; } && \
	  $(MAKE) CFLAGS='$(FUZZ_FLAGS)' $(FUZZ_TARGETS)
	@for target in $(FUZZ_TARGETS); do \
	  name=`basename $$target`; $(MKDIR_P) fuzz/corpus-$$name; echo "$$name: $(FUZZ_RUNS) runs"; \
	  case $$name in fuzz-ini|fuzz-experiment|fuzz-bounds) cp $(srcdir)/reports/*/*.ini $(srcdir)/reports/*/*.claims fuzz/corpus-$$name;; esac; \
	  $(TEST_VARIABLES) ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=$(FUZZ_LEAKS) \
	    fuzz/$$target -runs=$(FUZZ_RUNS) -max_len=4096 -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
	    -artifact_prefix=fuzz/$$name- fuzz/corpus-$$name > fuzz/$$name.log 2>&1 || { tail -n 40 fuzz/$$name.log; exit 1; }; \
	  grep number_of_executed_units fuzz/$$name.log; \
	done
.PHONY: fuzz
