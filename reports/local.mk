# Experiment files are installed too, as examples: PREFIX/share/laconic/reports.
nobase_dist_pkgdata_DATA += \
  $(FIGURES) \
  $(FIGURES:.ini=.claims) \
  reports/ci/README.md \
  reports/ci/bounds.ini \
  reports/ci/github.yml \
  reports/ci/gitlab.yml \
  reports/ci/runs.ini \
  reports/quickstart/quickstart.ini

# Figures of papers: every experiment file below reports/ gives one.  make figures runs them all (what was run before is kept), draws
# them, and checks their claims; figures-PAPER does so for one paper, figure-FOLDER-NAME for one file.  NP ranks, by default as many as
# there are cores; LACONIC_DATA names the data folders.  FULL=1 takes the papers' own sizes where
# the default is smaller.
FIGURES = \
  reports/econtrol/speedup.ini \
  reports/econtrol/zeta.ini \
  reports/ef21/poster.ini \
  reports/ef21/squares.ini \
  reports/ef21/starts.ini \
  reports/ef21/stepsize.ini \
  reports/ef21-sgdm/batch.ini \
  reports/ef21-sgdm/skewed.ini \
  reports/ef21bw/bc.ini \
  reports/ef21bw/hb.ini \
  reports/ef21bw/page.ini \
  reports/ef21bw/pp.ini \
  reports/ef21w/heterogeneity.ini \
  reports/ef21w/parts.ini \
  reports/ef21w/real.ini \
  reports/rare-features/share.ini

# figures-PAPER: the experiment files of its folder.
FIGURES_OF = figures-ef21 figures-ef21-bw figures-ef21-sgdm figures-ef21w figures-econtrol figures-rare-features
FIGURE_TARGETS = figure-ef21-starts figure-ef21-stepsize figure-ef21bw-bc figure-ef21bw-hb figure-ef21bw-page figure-ef21bw-pp

EXTRA_DIST += \
  $(FIGURES:.ini=.svg) \
  reports/econtrol/README.md \
  reports/ef21/README.md \
  reports/ef21-sgdm/README.md \
  reports/ef21bw/README.md \
  reports/ef21w/README.md \
  reports/rare-features/README.md

LAC_NP = $${NP:-`nproc 2>/dev/null || echo 2`}
LAC_FIGURE = \
  $(MPIEXEC) -n $(LAC_NP) ./laconic$(EXEEXT) run $$ini --results=results $${FULL:+$$full} && \
  ./laconic$(EXEEXT) plot $$ini --results=results --out=figures $${FULL:+$$full} && \
  ./laconic$(EXEEXT) claims $$ini --results=results --out=figures $${FULL:+$$full}
LAC_FIGURES = for ini in $(srcdir)/reports/$$paper/*.ini; do $(LAC_FIGURE) || exit 1; done

figures: $(FIGURES_OF)
$(FIGURES_OF) $(FIGURE_TARGETS): laconic$(EXEEXT)
figures-ef21:
	$(AM_V_at)paper=ef21 && $(LAC_FIGURES)
figures-ef21-bw:
	$(AM_V_at)paper=ef21bw && $(LAC_FIGURES)
figures-ef21-sgdm:
	$(AM_V_at)full='--rounds=10000 --dataset=mnist' && ini=$(srcdir)/reports/ef21-sgdm/batch.ini && $(LAC_FIGURE)
	$(AM_V_at)ini=$(srcdir)/reports/ef21-sgdm/skewed.ini && $(LAC_FIGURE)
figures-ef21w:
	$(AM_V_at)full='--rounds=20000' && paper=ef21w && $(LAC_FIGURES)
figures-econtrol:
	$(AM_V_at)paper=econtrol && $(LAC_FIGURES)
figures-rare-features:
	$(AM_V_at)full='--stop=bits_up:7.3e8' && paper=rare-features && $(LAC_FIGURES)
figure-ef21-starts:
	$(AM_V_at)ini=$(srcdir)/reports/ef21/starts.ini && $(LAC_FIGURE)
figure-ef21-stepsize:
	$(AM_V_at)ini=$(srcdir)/reports/ef21/stepsize.ini && $(LAC_FIGURE)
figure-ef21bw-bc:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/bc.ini && $(LAC_FIGURE)
figure-ef21bw-hb:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/hb.ini && $(LAC_FIGURE)
figure-ef21bw-page:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/page.ini && $(LAC_FIGURE)
figure-ef21bw-pp:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/pp.ini && $(LAC_FIGURE)
.PHONY: figures $(FIGURES_OF) $(FIGURE_TARGETS)
