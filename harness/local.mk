HEADERS_PUBLIC = \
  harness/algorithm.h \
  harness/base.h \
  harness/certificate.h \
  harness/comm.h \
  harness/compressor.h \
  harness/data.h \
  harness/laconic.h \
  harness/layers.h \
  harness/msg.h \
  harness/options.h \
  harness/problem.h \
  harness/registry.h \
  harness/result.h \
  harness/rng.h \
  harness/theory.h \
  harness/vec.h
pkginclude_HEADERS += $(HEADERS_PUBLIC)

# In the tarball, not installed.
noinst_HEADERS += \
  harness/baselines.h \
  harness/bench.h \
  harness/best.h \
  harness/blocks.h \
  harness/certify.h \
  harness/certify_trial.h \
  harness/checkpoint.h \
  harness/claims.h \
  harness/collect.h \
  harness/commands.h \
  harness/compare.h \
  harness/config.h \
  harness/execute.h \
  harness/experiment.h \
  harness/figure.h \
  harness/interrupt.h \
  harness/journal.h \
  harness/keep.h \
  harness/recorder.h \
  harness/reduce.h \
  harness/replay.h \
  harness/run.h \
  harness/sampler.h \
  harness/seal.h \
  harness/spectrum.h \
  harness/state.h \
  harness/stats.h \
  harness/store.h \
  harness/sweep.h \
  harness/table.h \
  harness/treesum.h \
  harness/verdicts.h

liblaconic_a_SOURCES += \
  harness/arguments.c \
  harness/base.c \
  harness/baselines.c \
  harness/bench_compressors.c \
  harness/bench_measure.c \
  harness/bench_table.c \
  harness/best.c \
  harness/blocks.c \
  harness/bounds.c \
  harness/certify.c \
  harness/certify_algorithms.c \
  harness/certify_compressors.c \
  harness/checkpoint.c \
  harness/claims.c \
  harness/collect.c \
  harness/comm.c \
  harness/command_bench.c \
  harness/command_certify.c \
  harness/command_claims.c \
  harness/command_compare.c \
  harness/command_list.c \
  harness/command_plot.c \
  harness/command_run.c \
  harness/command_show.c \
  harness/compare.c \
  harness/compare_read.c \
  harness/compressor.c \
  harness/config.c \
  harness/constants.c \
  harness/execute.c \
  harness/experiment.c \
  harness/figure.c \
  harness/gnuplot.c \
  harness/interrupt.c \
  harness/journal.c \
  harness/keep.c \
  harness/mean.c \
  harness/method.c \
  harness/msg.c \
  harness/optimum.c \
  harness/options.c \
  harness/plugins.c \
  harness/recorder.c \
  harness/reduce.c \
  harness/registry.c \
  harness/replay.c \
  harness/result.c \
  harness/rng.c \
  harness/run.c \
  harness/sampler.c \
  harness/seal.c \
  harness/setup.c \
  harness/show_constants.c \
  harness/spectrum.c \
  harness/state.c \
  harness/stats.c \
  harness/store.c \
  harness/sweep.c \
  harness/table.c \
  harness/theory.c \
  harness/treesum.c \
  harness/vec.c \
  harness/verdicts.c

# The registry is the three lists, written as C.
BUILT_SOURCES += harness/registry_list.h
CLEANFILES += harness/registry_list.h
harness/plugins.$(OBJEXT): harness/registry_list.h
harness/registry_list.h: $(top_srcdir)/algorithms/local.mk $(top_srcdir)/compressors/local.mk $(top_srcdir)/harness/problems/local.mk
	$(AM_V_GEN)$(MKDIR_P) harness && { \
	for f in $(ALGORITHMS);  do echo "ALGORITHM($$(basename $$f .c))"; done; \
	for f in $(COMPRESSORS); do echo "COMPRESSOR($$(basename $$f .c))"; done; \
	for f in $(PROBLEMS);    do echo "PROBLEM($$(basename $$f .c))"; done; } > $@.tmp && mv $@.tmp $@
