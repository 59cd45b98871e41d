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

# Figures of papers: every experiment file below reports/ gives one.  make figure-FOLDER-NAME runs it (what was run before is
# kept), draws it, and checks its claims.  NP ranks, by default as many as there are cores; LACONIC_DATA names the data folders.
FIGURES = \
  reports/ef21/starts.ini \
  reports/ef21/stepsize.ini \
  reports/ef21bw/bc.ini \
  reports/ef21bw/hb.ini \
  reports/ef21bw/page.ini \
  reports/ef21bw/pp.ini
FIGURES_EF21BW = figure-ef21bw-bc figure-ef21bw-hb figure-ef21bw-page figure-ef21bw-pp
FIGURE_TARGETS = figure-ef21-starts figure-ef21-stepsize $(FIGURES_EF21BW)

EXTRA_DIST += \
  reports/ef21/README.md \
  reports/ef21/starts.svg \
  reports/ef21/stepsize.svg \
  reports/ef21bw/README.md \
  reports/ef21bw/bc.svg \
  reports/ef21bw/hb.svg \
  reports/ef21bw/page.svg \
  reports/ef21bw/pp.svg

LAC_NP = $${NP:-`nproc 2>/dev/null || echo 2`}
LAC_FIGURE = \
  $(MPIEXEC) -n $(LAC_NP) ./laconic$(EXEEXT) run $$ini --results=results && \
  ./laconic$(EXEEXT) plot $$ini --results=results --out=figures && \
  ./laconic$(EXEEXT) claims $$ini --results=results --out=figures

figures: $(FIGURE_TARGETS)
$(FIGURE_TARGETS): laconic$(EXEEXT)
figure-ef21-starts:
	$(AM_V_at)ini=$(srcdir)/reports/ef21/starts.ini && $(LAC_FIGURE)
figure-ef21-stepsize:
	$(AM_V_at)ini=$(srcdir)/reports/ef21/stepsize.ini && $(LAC_FIGURE)
figures-ef21-bw: $(FIGURES_EF21BW)
figure-ef21bw-bc:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/bc.ini && $(LAC_FIGURE)
figure-ef21bw-hb:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/hb.ini && $(LAC_FIGURE)
figure-ef21bw-page:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/page.ini && $(LAC_FIGURE)
figure-ef21bw-pp:
	$(AM_V_at)ini=$(srcdir)/reports/ef21bw/pp.ini && $(LAC_FIGURE)
.PHONY: figures figures-ef21-bw $(FIGURE_TARGETS)
