# One line a problem; the registry is made from this list.
PROBLEMS = \
  harness/problems/bilinear.c \
  harness/problems/logreg.c \
  harness/problems/lsq.c \
  harness/problems/mlp.c \
  harness/problems/quadratic.c \
  harness/problems/softmax.c

liblaconic_a_SOURCES += \
  harness/problems/classes.c \
  harness/problems/regulariser.c \
  harness/problems/rows.c
noinst_HEADERS += \
  harness/problems/classes.h \
  harness/problems/regulariser.h \
  harness/problems/softplus.h
