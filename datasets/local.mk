liblaconic_a_SOURCES += \
  datasets/data.c \
  datasets/find.c \
  datasets/libsvm.c \
  datasets/matrix.c \
  datasets/read.c \
  datasets/split.c \
  datasets/synthetic.c

EXTRA_DIST += datasets/MANIFEST
