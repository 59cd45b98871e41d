liblaconic_a_SOURCES += \
  datasets/corpus.h \
  datasets/find.h \
  datasets/generator.h \
  datasets/idx.h \
  datasets/libsvm.h \
  datasets/normalise.h \
  datasets/rows.h \
  datasets/split.h \
  datasets/splits/parts/deal.h \
  datasets/text.h \
  datasets/corpus.c \
  datasets/data.c \
  datasets/fedprox.c \
  datasets/find.c \
  datasets/idx.c \
  datasets/libsvm.c \
  datasets/matrix.c \
  datasets/normalise.c \
  datasets/rows.c \
  datasets/spectral.c \
  datasets/split.c \
  datasets/splits/contiguous.c \
  datasets/splits/dirichlet.c \
  datasets/splits/natural.c \
  datasets/splits/parts/deal.c \
  datasets/splits/shards.c \
  datasets/splits/shuffled.c \
  datasets/splits/similarity.c \
  datasets/splits/sorted.c \
  datasets/splits/source.c \
  datasets/synthetic.c \
  datasets/text.c

# Installed beside each other, so that fetch finds its manifest: PREFIX/share/laconic/datasets.
nobase_dist_pkgdata_SCRIPTS = datasets/fetch
nobase_dist_pkgdata_DATA += datasets/MANIFEST
EXTRA_DIST += datasets/fixtures

# The manifest is one text file; the C table is made from it.
BUILT_SOURCES += datasets/manifest_list.h
CLEANFILES += datasets/manifest_list.h
datasets/find.$(OBJEXT): datasets/manifest_list.h
datasets/manifest_list.h: datasets/MANIFEST
	$(AM_V_GEN)$(MKDIR_P) datasets && $(AWK) -F '\t' '/^[^#]/ { gsub(/["\\]/, "\\\\&"); \
	  printf "  {.name = \"%s\", .file = \"%s\", .rows = %s, .d = %s,\n   .sha256 = \"%s\",\n", $$1, $$2, $$3, $$4, $$6; \
	  printf "   .source = \"%s\",\n   .note = \"%s\",\n   .labels = \"%s\", .labels_sha256 = \"%s\", .package = \"%s\"},\n", \
	  $$7, $$8, $$9, $$10, $$11 }' \
	  $(srcdir)/datasets/MANIFEST > $@.tmp && mv $@.tmp $@
