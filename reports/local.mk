# Experiment files are installed too, as examples: PREFIX/share/laconic/reports.
nobase_dist_pkgdata_DATA += \
  $(FIGURES) \
  $(FIGURES:.ini=.claims) \
  reports/adapters/base.ini \
  reports/adapters/base_lm.ini \
  reports/adapters/flasc_sweep.ini \
  reports/adapters/hidenseek_sweep.ini \
  reports/adapters/privacy_sweep.ini \
  reports/adapters/warm.ini \
  reports/bandwidth/candidates.ini \
  reports/bandwidth/common.py \
  reports/btm/experts.ini \
  reports/btm/experts_sweep.ini \
  reports/ci/README.md \
  reports/ci/bounds.ini \
  reports/ci/action.yml \
  reports/ci/github.yml \
  reports/ci/gitlab.yml \
  reports/ci/runs.ini \
  reports/cluster/README.md \
  reports/cluster/sweep.ini \
  reports/onebyte/estimates.ini \
  reports/onebyte/finetunes.ini \
  reports/quickstart/quickstart.ini

# Figures of papers: every experiment file below reports/ gives one.  make figures runs them all (what was run before is kept), draws
# them, and checks their claims; figures-PAPER does so for one paper, figure-FOLDER-NAME for one file.  NP ranks, by default as many as
# there are cores; LACONIC_DATA names the data folders.  FULL=1 takes the papers' own sizes where
# the default is smaller.
FIGURES = \
  reports/adapters/flasc.ini \
  reports/adapters/hidenseek.ini \
  reports/adapters/privacy.ini \
  reports/adapters/ranks.ini \
  reports/bandwidth/accuracy.ini \
  reports/bandwidth/crossover.ini \
  reports/bandwidth/dgc.ini \
  reports/bandwidth/map.ini \
  reports/bandwidth/onebit_adam.ini \
  reports/bandwidth/routes.ini \
  reports/bandwidth/stragglers.ini \
  reports/bandwidth/thresholds.ini \
  reports/bandwidth/twin.ini \
  reports/bandwidth/utilisation.ini \
  reports/bandwidth/validation.ini \
  reports/bandwidth/winners.ini \
  reports/co2/gap.ini \
  reports/co2/lm.ini \
  reports/co2/logreg.ini \
  reports/co2/race.ini \
  reports/co2/seconds.ini \
  reports/co2/stability.ini \
  reports/co2/sweep.ini \
  reports/btm/domains.ini \
  reports/btm/sweep.ini \
  reports/dgc/corrections.ini \
  reports/dgc/mlp.ini \
  reports/dgc/transformer.ini \
  reports/diana/floor.ini \
  reports/diana/omega.ini \
  reports/diloco/alpha.ini \
  reports/diloco/bits.ini \
  reports/diloco/overlap.ini \
  reports/diloco/precision.ini \
  reports/diloco/rates.ini \
  reports/diloco/steps.ini \
  reports/econtrol/speedup.ini \
  reports/econtrol/zeta.ini \
  reports/ef21-p/bidirectional.ini \
  reports/ef21-sgdm/batch.ini \
  reports/ef21-sgdm/clients.ini \
  reports/ef21-sgdm/skewed.ini \
  reports/ef21/poster.ini \
  reports/ef21/squares.ini \
  reports/ef21/starts.ini \
  reports/ef21/stepsize.ini \
  reports/ef21bw/bc.ini \
  reports/ef21bw/hb.ini \
  reports/ef21bw/numbers.ini \
  reports/ef21bw/page.ini \
  reports/ef21bw/pp.ini \
  reports/ef21w/heterogeneity.ini \
  reports/ef21w/parts.ini \
  reports/ef21w/real.ini \
  reports/fedzip/parts.ini \
  reports/lgreco/layers.ini \
  reports/marina/nonconvex.ini \
  reports/masha/adversarial.ini \
  reports/masha/adversarial_loss.ini \
  reports/masha/bilinear.ini \
  reports/masha/hetero.ini \
  reports/masha/robust.ini \
  reports/onebyte/estimate.ini \
  reports/onebyte/finetune.ini \
  reports/onebyte/logistic.ini \
  reports/onebit-adam/adam.ini \
  reports/onebit-adam/freeze.ini \
  reports/onebit-adam/lamb.ini \
  reports/powersgd/ranks.ini \
  reports/rare-features/libsvm.ini \
  reports/rare-features/nonconvex.ini \
  reports/rare-features/share.ini \
  reports/scaffold/drift.ini \
  reports/scaffold/sampling.ini \
  reports/scaffold/similarity.ini \
  reports/scallion/ablation.ini \
  reports/scallion/biased.ini \
  reports/scallion/mnist.ini \
  reports/scallion/unbiased.ini

# figures-PAPER: the experiment files of its folder.
FIGURES_OF = \
  figures-adapters \
  figures-bandwidth \
  figures-btm \
  figures-co2 \
  figures-dgc \
  figures-diana \
  figures-diloco \
  figures-econtrol \
  figures-ef21 \
  figures-ef21-bw \
  figures-ef21-p \
  figures-ef21-sgdm \
  figures-ef21w \
  figures-fedzip \
  figures-lgreco \
  figures-marina \
  figures-masha \
  figures-onebit-adam \
  figures-onebyte \
  figures-powersgd \
  figures-rare-features \
  figures-scaffold \
  figures-scallion
# figure-FOLDER-NAME: every file of FIGURES.
FIGURE_TARGETS = \
  figure-adapters-flasc \
  figure-adapters-hidenseek \
  figure-adapters-privacy \
  figure-adapters-ranks \
  figure-bandwidth-accuracy \
  figure-bandwidth-crossover \
  figure-bandwidth-dgc \
  figure-bandwidth-map \
  figure-bandwidth-onebit_adam \
  figure-bandwidth-routes \
  figure-bandwidth-stragglers \
  figure-bandwidth-thresholds \
  figure-bandwidth-twin \
  figure-bandwidth-utilisation \
  figure-bandwidth-validation \
  figure-bandwidth-winners \
  figure-co2-gap \
  figure-co2-lm \
  figure-co2-logreg \
  figure-co2-race \
  figure-co2-seconds \
  figure-co2-stability \
  figure-co2-sweep \
  figure-btm-domains \
  figure-btm-sweep \
  figure-dgc-corrections \
  figure-dgc-mlp \
  figure-dgc-transformer \
  figure-diana-floor \
  figure-diana-omega \
  figure-diloco-alpha \
  figure-diloco-bits \
  figure-diloco-overlap \
  figure-diloco-precision \
  figure-diloco-rates \
  figure-diloco-steps \
  figure-econtrol-speedup \
  figure-econtrol-zeta \
  figure-ef21-p-bidirectional \
  figure-ef21-poster \
  figure-ef21-sgdm-batch \
  figure-ef21-sgdm-clients \
  figure-ef21-sgdm-skewed \
  figure-ef21-squares \
  figure-ef21-starts \
  figure-ef21-stepsize \
  figure-ef21bw-bc \
  figure-ef21bw-hb \
  figure-ef21bw-numbers \
  figure-ef21bw-page \
  figure-ef21bw-pp \
  figure-ef21w-heterogeneity \
  figure-ef21w-parts \
  figure-ef21w-real \
  figure-fedzip-parts \
  figure-lgreco-layers \
  figure-marina-nonconvex \
  figure-masha-adversarial \
  figure-masha-adversarial_loss \
  figure-masha-bilinear \
  figure-masha-hetero \
  figure-masha-robust \
  figure-onebyte-estimate \
  figure-onebyte-finetune \
  figure-onebyte-logistic \
  figure-onebit-adam-adam \
  figure-onebit-adam-freeze \
  figure-onebit-adam-lamb \
  figure-powersgd-ranks \
  figure-rare-features-libsvm \
  figure-rare-features-nonconvex \
  figure-rare-features-share \
  figure-scaffold-drift \
  figure-scaffold-sampling \
  figure-scaffold-similarity \
  figure-scallion-ablation \
  figure-scallion-biased \
  figure-scallion-mnist \
  figure-scallion-unbiased

EXTRA_DIST += \
  $(FIGURES:.ini=.svg) \
  reports/adapters/README.md \
  reports/bandwidth/README.md \
  reports/co2/README.md \
  reports/btm/README.md \
  reports/dgc/README.md \
  reports/diana/README.md \
  reports/diloco/README.md \
  reports/econtrol/README.md \
  reports/ef21/README.md \
  reports/ef21-p/README.md \
  reports/ef21-sgdm/README.md \
  reports/ef21bw/README.md \
  reports/ef21w/README.md \
  reports/fedzip/README.md \
  reports/lgreco/README.md \
  reports/marina/README.md \
  reports/masha/README.md \
  reports/onebyte/README.md \
  reports/onebit-adam/README.md \
  reports/powersgd/README.md \
  reports/rare-features/README.md \
  reports/scaffold/README.md \
  reports/scallion/README.md

LAC_NP = $${NP:-`nproc 2>/dev/null || echo 2`}
# One that is made of measurements names these, too: laconic bench WORDS.
LAC_BENCH = $$(sed -n 's|^; *laconic bench \(.*\)$$|\1|p; s|^; *\(-s.*\)$$|\1|p' $$ini)
# A figure of a table names in the head of its file what makes it: laconic model, or a program beside the file, whose exit status is 77 where
# it cannot work.
LAC_MAKER = $$(sed -n -e 's|^;  *\(laconic model .* -o results/.*\)|\1|p' -e 's|^;  *\(reports/.* -o results/.*\)|\1|p' $$ini)
# What a figure's runs start from, by lines "; before: COMMAND" in the head of its file: a run, or a program of reports/, which is quick where
# its work is done, and whose exit status is 77 where it cannot work.
LAC_BEFORE = \
  mkdir -p results; sed -n 's|^; *before: *||p' $$ini | while read -r program words; do \
    set -- `echo "$$words" | sed 's|reports/|$(srcdir)/reports/|g'`; \
    case $$program in \
    laconic) $(MPIEXEC) -n $(LAC_NP) ./laconic$(EXEEXT) "$$@" </dev/null;; \
    *) $(srcdir)/$$program "$$@";; esac || exit; \
  done
LAC_RESULTS = \
  if test -n "$(LAC_BENCH)"; then ./laconic$(EXEEXT) bench $(LAC_BENCH) || exit 1; fi; \
  set -- $(LAC_MAKER); program=$$1; test -z "$$program" || shift; \
  case $$program in \
  laconic) ./laconic$(EXEEXT) "$$@";; \
  reports/*) LACONIC=./laconic$(EXEEXT) $(srcdir)/$$program "$$@";; \
  *) $(MPIEXEC) -n $(LAC_NP) ./laconic$(EXEEXT) run $$ini --results=results $${FULL:+$$full};; esac
LAC_FIGURE = \
  { $(LAC_BEFORE); } && { $(LAC_RESULTS); } && \
  ./laconic$(EXEEXT) plot $$ini --results=results --out=figures $${FULL:+$$full} && \
  ./laconic$(EXEEXT) claims $$ini --results=results --out=figures $${FULL:+$$full}

# FULL=1: the papers' own sizes, by file, or of models larger ones than the default.
LAC_LARGER_LM = --problem=lm:width=64,depth=4,heads=4,context=64
LAC_FULL = case $$ini in \
  */co2/gap.ini|*/co2/lm.ini|*/co2/race.ini|*/co2/sweep.ini) full='$(LAC_LARGER_LM)';; \
  */dgc/mlp.ini|*/dgc/corrections.ini) full='--problem=mlp:hidden=256x128,activation=relu,real=f32';; \
  */dgc/transformer.ini|*/onebit-adam/*.ini) full='$(LAC_LARGER_LM)';; \
  */diloco/*.ini) full='$(LAC_LARGER_LM),init=0.06 --rounds=6000';; \
  */ef21-sgdm/batch.ini) full='--rounds=10000 --dataset=mnist';; \
  */ef21w/heterogeneity.ini) full='--rounds=20000';; \
  */rare-features/libsvm.ini) full='--stop=bits_up:2.13e9';; \
  */rare-features/share.ini) full='--stop=bits_up:7.3e8';; \
  */scaffold/sampling.ini|*/scaffold/similarity.ini) full='--rounds=1000';; \
  */scallion/*.ini) full='--rounds=400';; \
  *) full=;; esac

figures: $(FIGURES_OF)
$(FIGURES_OF): laconic$(EXEEXT)
	$(AM_V_at)paper=`echo $@ | sed 's/^figures-//; s/^ef21-bw$$/ef21bw/'`; \
	for ini in $(FIGURES); do \
	  case $$ini in reports/$$paper/*) ini=$(srcdir)/$$ini; $(LAC_FULL); { $(LAC_FIGURE); } || test $$? -eq 77 || exit 1;; esac; \
	done

$(FIGURE_TARGETS): laconic$(EXEEXT)
	$(AM_V_at)for ini in $(FIGURES); do \
	  if test "figure-`echo $$ini | sed 's|^reports/||; s|/|-|; s|[.]ini$$||'`" = $@; then \
	    ini=$(srcdir)/$$ini; $(LAC_FULL); { $(LAC_FIGURE); } || test $$? -eq 77; exit; \
	  fi; \
	done

# One page about all of them, from the results that are there; it says what is missing.
report: laconic$(EXEEXT)
	$(AM_V_at)./laconic$(EXEEXT) report $(srcdir)/reports --results=results --out=report.html
.PHONY: figures report $(FIGURES_OF) $(FIGURE_TARGETS)
nobase_dist_pkgdata_SCRIPTS += \
  reports/bandwidth/routes \
  reports/bandwidth/twin \
  reports/bandwidth/validate \
  reports/bandwidth/winners \
  reports/btm/domains \
  reports/btm/texts \
  reports/ci/gate \
  reports/ci/job \
  reports/onebyte/estimate \
  reports/onebyte/finetune
