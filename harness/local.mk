# A folder a room; README.md says what each is for and what it may use.

# What a program outside the tree may include: base and contract side by side, the rest by its room.
pkginclude_HEADERS += \
  harness/base/base.h \
  harness/base/blas.h \
  harness/base/elementary.h \
  harness/base/file.h \
  harness/base/options.h \
  harness/base/pulse.h \
  harness/base/rng.h \
  harness/base/room.h \
  harness/base/vec.h \
  harness/contract/algorithm.h \
  harness/contract/certificate.h \
  harness/contract/compressor.h \
  harness/contract/data.h \
  harness/contract/layers.h \
  harness/contract/msg.h \
  harness/contract/plugin.h \
  harness/contract/problem.h \
  harness/contract/theory.h \
  harness/laconic.h
ranksincludedir = $(pkgincludedir)/ranks
ranksinclude_HEADERS = harness/ranks/comm.h harness/ranks/exchange.h
registryincludedir = $(pkgincludedir)/registry
registryinclude_HEADERS = harness/registry/registry.h
storeincludedir = $(pkgincludedir)/store
storeinclude_HEADERS = harness/store/result.h

# In the tarball, not installed.
noinst_HEADERS += \
  harness/base/ini.h \
  harness/base/interrupt.h \
  harness/base/renyi.h \
  harness/base/replay.h \
  harness/base/stats.h \
  harness/base/sha256.h \
  harness/base/sheet.h \
  harness/base/utf8.h \
  harness/base/verdicts.h \
  harness/ranks/collectives.h \
  harness/ranks/inside.h \
  harness/ranks/simulated.h \
  harness/ranks/terminal.h \
  harness/ranks/treesum.h \
  harness/store/archive.h \
  harness/store/checkpoint.h \
  harness/store/csv.h \
  harness/store/fold.h \
  harness/store/image.h \
  harness/store/journal.h \
  harness/store/messages.h \
  harness/store/messages_log.h \
  harness/store/recorder.h \
  harness/store/seal.h \
  harness/store/store.h \
  harness/store/table.h \
  harness/store/temporary.h \
  harness/store/trace.h \
  harness/network/columns.h \
  harness/network/fluid.h \
  harness/network/models/model.h \
  harness/network/models/parts/training.h \
  harness/network/network.h \
  harness/network/seconds.h \
  harness/compare/compare.h \
  harness/run/batch.h \
  harness/run/config.h \
  harness/run/kernel.h \
  harness/run/late.h \
  harness/run/mail.h \
  harness/run/pass.h \
  harness/run/privacy.h \
  harness/run/mean.h \
  harness/run/name.h \
  harness/run/oracle.h \
  harness/run/round.h \
  harness/run/row.h \
  harness/run/run.h \
  harness/run/sampler.h \
  harness/run/schedule.h \
  harness/run/weights.h \
  harness/run/state.h \
  harness/theory/constants.h \
  harness/theory/optimum.h \
  harness/theory/spectrum.h \
  harness/registry/outside.h \
  harness/registry/papers.h \
  harness/setup/alphabet.h \
  harness/setup/keep.h \
  harness/setup/memory.h \
  harness/setup/setup.h \
  harness/setup/vectors.h \
  harness/experiment/best.h \
  harness/experiment/bundle.h \
  harness/experiment/candidates.h \
  harness/experiment/collect.h \
  harness/experiment/execute.h \
  harness/experiment/experiment.h \
  harness/experiment/note.h \
  harness/experiment/plan.h \
  harness/experiment/progress.h \
  harness/experiment/reduce.h \
  harness/experiment/rule.h \
  harness/experiment/sweep.h \
  harness/experiment/tabled.h \
  harness/experiment/tune.h \
  harness/certify/certify.h \
  harness/certify/trial.h \
  harness/bench/baselines.h \
  harness/bench/bench.h \
  harness/bench/child.h \
  harness/bench/clock.h \
  harness/bench/links.h \
  harness/bench/round.h \
  harness/bench/samples.h \
  harness/figures/axes.h \
  harness/figures/caption.h \
  harness/figures/cells.h \
  harness/figures/claims.h \
  harness/figures/data.h \
  harness/figures/figure.h \
  harness/figures/gnuplot.h \
  harness/figures/group.h \
  harness/figures/heading.h \
  harness/figures/heatmap.h \
  harness/figures/layout.h \
  harness/figures/legend.h \
  harness/figures/lines.h \
  harness/figures/palette.h \
  harness/figures/rates.h \
  harness/figures/sample.h \
  harness/figures/script.h \
  harness/figures/side.h \
  harness/figures/style.h \
  harness/figures/summary.h \
  harness/figures/sweep.h \
  harness/figures/tables.h \
  harness/figures/text.h \
  harness/figures/verdict.h \
  harness/links/hosts.h \
  harness/links/links.h \
  harness/links/shape.h \
  harness/links/wire.h \
  harness/network/pattern.h \
  harness/network/recorded.h \
  harness/network/transit.h \
  harness/network/ti_trace.h \
  harness/report/html.h \
  harness/report/report.h \
  harness/command/commands.h

liblaconic_a_SOURCES += \
  harness/base/base.c \
  harness/base/blas.c \
  harness/base/file.c \
  harness/base/ini.c \
  harness/base/interrupt.c \
  harness/base/options.c \
  harness/base/pulse.c \
  harness/base/renyi.c \
  harness/base/replay.c \
  harness/base/rng.c \
  harness/base/room.c \
  harness/base/stats.c \
  harness/base/sha256.c \
  harness/base/sheet.c \
  harness/base/utf8.c \
  harness/base/vec.c \
  harness/base/verdicts.c \
  harness/ranks/board.c \
  harness/ranks/collectives.c \
  harness/ranks/comm.c \
  harness/ranks/exchange.c \
  harness/ranks/flight.c \
  harness/ranks/route.c \
  harness/ranks/simulated.c \
  harness/ranks/terminal.c \
  harness/ranks/treesum.c \
  harness/contract/compressor.c \
  harness/contract/msg.c \
  harness/store/archive.c \
  harness/store/checkpoint.c \
  harness/store/csv.c \
  harness/store/fold.c \
  harness/store/image.c \
  harness/store/journal.c \
  harness/store/messages.c \
  harness/store/messages_file.c \
  harness/store/recorder.c \
  harness/store/result.c \
  harness/store/seal.c \
  harness/store/store.c \
  harness/store/table.c \
  harness/store/temporary.c \
  harness/store/trace.c \
  harness/network/columns.c \
  harness/network/fluid.c \
  harness/network/models/dgc.c \
  harness/network/models/exchange.c \
  harness/network/models/model.c \
  harness/network/models/onebit_adam.c \
  harness/network/models/privacy.c \
  harness/network/models/parts/layers.c \
  harness/network/models/parts/training.c \
  harness/network/models/stragglers.c \
  harness/network/models/utilisation.c \
  harness/network/network.c \
  harness/network/seconds.c \
  harness/compare/bounds.c \
  harness/compare/compare.c \
  harness/compare/compare_read.c \
  harness/run/batch.c \
  harness/run/config.c \
  harness/run/lane.c \
  harness/run/kernel.c \
  harness/run/late.c \
  harness/run/mail.c \
  harness/run/pass.c \
  harness/run/privacy.c \
  harness/run/mean.c \
  harness/run/name.c \
  harness/run/oracle.c \
  harness/run/prox.c \
  harness/run/round.c \
  harness/run/row.c \
  harness/run/sampler.c \
  harness/run/schedule.c \
  harness/run/weights.c \
  harness/run/state.c \
  harness/theory/constants.c \
  harness/theory/optimum.c \
  harness/theory/rules.c \
  harness/theory/smoothness.c \
  harness/theory/spectrum.c \
  harness/registry/compose.c \
  harness/registry/outside.c \
  harness/registry/papers.c \
  harness/registry/plugins.c \
  harness/registry/registry.c \
  harness/setup/alphabet.c \
  harness/registry/wrap.c \
  harness/setup/keep.c \
  harness/setup/memory.c \
  harness/setup/open.c \
  harness/setup/prepare.c \
  harness/setup/vectors.c \
  harness/setup/start.c \
  harness/setup/x0.c \
  harness/experiment/best.c \
  harness/experiment/bundle.c \
  harness/experiment/candidates.c \
  harness/experiment/collect.c \
  harness/experiment/execute.c \
  harness/experiment/experiment.c \
  harness/experiment/note.c \
  harness/experiment/plan.c \
  harness/experiment/progress.c \
  harness/experiment/reduce.c \
  harness/experiment/rule.c \
  harness/experiment/sweep.c \
  harness/experiment/tabled.c \
  harness/experiment/tune.c \
  harness/certify/certify_algorithms.c \
  harness/certify/certify_compressors.c \
  harness/certify/trial.c \
  harness/bench/baselines.c \
  harness/bench/bench_measure.c \
  harness/bench/bench_pair.c \
  harness/bench/bench_table.c \
  harness/bench/child.c \
  harness/bench/codecs.c \
  harness/bench/links.c \
  harness/bench/links_table.c \
  harness/bench/round.c \
  harness/bench/round_pair.c \
  harness/bench/round_table.c \
  harness/bench/samples.c \
  harness/bench/vectors.c \
  harness/figures/axes.c \
  harness/figures/caption.c \
  harness/figures/cells.c \
  harness/figures/claims.c \
  harness/figures/data.c \
  harness/figures/figure.c \
  harness/figures/gnuplot.c \
  harness/figures/group.c \
  harness/figures/heading.c \
  harness/figures/heatmap.c \
  harness/figures/layout.c \
  harness/figures/legend.c \
  harness/figures/lines.c \
  harness/figures/palette.c \
  harness/figures/rates.c \
  harness/figures/sample.c \
  harness/figures/script.c \
  harness/figures/side.c \
  harness/figures/style.c \
  harness/figures/summary.c \
  harness/figures/sweep.c \
  harness/figures/tables.c \
  harness/figures/text.c \
  harness/figures/verdict.c \
  harness/links/hosts.c \
  harness/links/links.c \
  harness/links/shape.c \
  harness/links/wire.c \
  harness/network/pattern.c \
  harness/network/recorded.c \
  harness/network/transit.c \
  harness/network/ti_trace.c \
  harness/report/html.c \
  harness/report/page.c \
  harness/report/picture.c \
  harness/report/section.c \
  harness/report/tables.c \
  harness/command/arguments.c \
  harness/command/bench_compressors.c \
  harness/command/bench_links.c \
  harness/command/command_bench.c \
  harness/command/command_bundle.c \
  harness/command/command_certify.c \
  harness/command/command_cite.c \
  harness/command/command_claims.c \
  harness/command/command_compare.c \
  harness/command/command_links.c \
  harness/command/command_list.c \
  harness/command/command_model.c \
  harness/command/command_new.c \
  harness/command/command_plot.c \
  harness/command/command_report.c \
  harness/command/command_run.c \
  harness/command/command_sbatch.c \
  harness/command/command_show.c \
  harness/command/command_table.c \
  harness/command/command_sample.c \
  harness/command/command_ensemble.c \
  harness/command/command_trace.c \
  harness/command/command_tune.c \
  harness/command/run_options.c \
  harness/command/show_constants.c \
  harness/command/show_network.c \
  harness/command/show_split.c

# The registry is the three lists, written as C.
BUILT_SOURCES += harness/registry/registry_list.h
CLEANFILES += harness/registry/registry_list.h
harness/registry/plugins.$(OBJEXT): harness/registry/registry_list.h
harness/registry/registry_list.h: $(top_srcdir)/harness/local.mk $(top_srcdir)/algorithms/local.mk $(top_srcdir)/compressors/local.mk $(top_srcdir)/harness/problems/local.mk
	$(AM_V_GEN)$(MKDIR_P) harness/registry && { \
	for f in $(ALGORITHMS);  do echo "ALGORITHM($$(basename $$(dirname $$f)), $$(basename $$f .c))"; done; \
	for f in $(COMPRESSORS); do echo "COMPRESSOR($$(basename $$f .c))"; done; \
	for f in $(PROBLEMS);    do echo "PROBLEM($$(basename $$f .c))"; done; } > $@.tmp && mv $@.tmp $@

# What a plug-in outside of the tree was compiled with: the version, and a checksum of these headers without their comments.
nodist_pkginclude_HEADERS = harness/contract/abi.h
BUILT_SOURCES += harness/contract/abi.h
CLEANFILES += harness/contract/abi.h
harness/registry/outside.$(OBJEXT): harness/contract/abi.h
harness/contract/abi.h: $(pkginclude_HEADERS) $(top_builddir)/config.status
	$(AM_V_GEN)$(MKDIR_P) harness/contract && { \
	echo '/* Made by make. */'; \
	sum=`for f in $(pkginclude_HEADERS); do cat $(srcdir)/$$f; done | $(AWK) '{ \
	  line = line $$0 "\n" } END { \
	  while ((at = index(line, "/*"))) { rest = substr(line, at); line = substr(line, 1, at - 1) substr(rest, index(rest, "*/") + 2) } \
	  gsub(/[ \t\n]+/, " ", line); print line }' | cksum | $(AWK) '{ print $$1 }'`; \
	echo "#define LAC_ABI \"$(PACKAGE_VERSION)-$$sum\""; } > $@.tmp && mv $@.tmp $@

# What laconic cite prints, as a text of C.
EXTRA_DIST += harness/registry/papers.bib
BUILT_SOURCES += harness/registry/papers_list.h
CLEANFILES += harness/registry/papers_list.h
harness/registry/papers.$(OBJEXT): harness/registry/papers_list.h
harness/registry/papers_list.h: harness/registry/papers.bib
	$(AM_V_GEN)$(MKDIR_P) harness/registry && { echo 'static const char papers[] ='; \
	  $(SED) 's/[\\"]/\\&/g; s/.*/"&\\n"/' $(srcdir)/harness/registry/papers.bib; echo ';'; } > $@.tmp && mv $@.tmp $@

# What laconic new writes, as texts of C.
TEMPLATES = tools/templates/algorithm.c tools/templates/compressor.c tools/templates/problem.c tools/templates/outside.mk tools/templates/outside.yml
EXTRA_DIST += $(TEMPLATES)
BUILT_SOURCES += harness/command/templates.h
CLEANFILES += harness/command/templates.h
harness/command/command_new.$(OBJEXT): harness/command/templates.h
harness/command/templates.h: $(TEMPLATES)
	$(AM_V_GEN)$(MKDIR_P) harness/command && for f in $(TEMPLATES); do \
	  echo "static const char template_`basename $$f | $(SED) 's/[.].*//;'`_`echo $$f | $(SED) 's/.*[.]//'`[] ="; \
	  $(SED) 's/[\\"]/\\&/g; s/.*/"&\\n"/' $(srcdir)/$$f; echo ';'; done > $@.tmp && mv $@.tmp $@

# What a page of laconic report carries with it, as texts of C.
REPORT_TEXTS = harness/report/report.css harness/report/report.js
EXTRA_DIST += $(REPORT_TEXTS)
BUILT_SOURCES += harness/report/texts.h
CLEANFILES += harness/report/texts.h
harness/report/page.$(OBJEXT): harness/report/texts.h
harness/report/texts.h: $(REPORT_TEXTS)
	$(AM_V_GEN)$(MKDIR_P) harness/report && for f in $(REPORT_TEXTS); do \
	  echo "static const char text_`basename $$f | $(SED) 's/[.]/_/'`[] ="; \
	  $(SED) 's/[\\"]/\\&/g; s/.*/"&\\n"/' $(srcdir)/$$f; echo ';'; done > $@.tmp && mv $@.tmp $@
