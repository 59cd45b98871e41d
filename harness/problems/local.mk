# One line a problem; the registry is made from this list.
PROBLEMS = \
  harness/problems/bilinear.c \
  harness/problems/cnn.c \
  harness/problems/lm.c \
  harness/problems/logreg.c \
  harness/problems/lora.c \
  harness/problems/lsq.c \
  harness/problems/mlp.c \
  harness/problems/multilsq.c \
  harness/problems/polmatrix.c \
  harness/problems/quadratic.c \
  harness/problems/robust_logreg.c \
  harness/problems/robust_lsq.c \
  harness/problems/softmax.c

# What several of them share.
liblaconic_a_SOURCES += \
  harness/problems/parts/arrange.c \
  harness/problems/parts/blocks.c \
  harness/problems/parts/classes.c \
  harness/problems/parts/columns.c \
  harness/problems/parts/convolution.c \
  harness/problems/parts/cross.c \
  harness/problems/parts/domain.c \
  harness/problems/parts/links.c \
  harness/problems/parts/network.c \
  harness/problems/parts/regulariser.c \
  harness/problems/parts/rows.c \
  harness/problems/parts/transformer.c \
  harness/problems/parts/winograd.c
EXTRA_DIST += tools/peer-cnn.py tools/peer-lm.py tools/peer-mlp.py tools/peer-torch.py
problempartsincludedir = $(pkgincludedir)/parts
problempartsinclude_HEADERS = \
  harness/problems/parts/rows.h
noinst_HEADERS += \
  harness/problems/parts/attack.c \
  harness/problems/parts/blocks.h \
  harness/problems/parts/classes.h \
  harness/problems/parts/columns.h \
  harness/problems/parts/convolution.h \
  harness/problems/parts/cross.h \
  harness/problems/parts/decoder.c \
  harness/problems/parts/dense.c \
  harness/problems/parts/domain.h \
  harness/problems/parts/images.c \
  harness/problems/parts/linear.h \
  harness/problems/parts/links.h \
  harness/problems/parts/maps.c \
  harness/problems/parts/network.h \
  harness/problems/parts/passes.c \
  harness/problems/parts/regulariser.h \
  harness/problems/parts/robust.h \
  harness/problems/parts/scores.c \
  harness/problems/parts/slices.c \
  harness/problems/parts/tiles.c \
  harness/problems/parts/transformer.h \
  harness/problems/parts/winograd.h \
  harness/problems/parts/windows.c
