# One line a compressor; the registry is made from this list.
COMPRESSORS = \
  compressors/ans.c \
  compressors/blocktopk.c \
  compressors/codebook.c \
  compressors/contract.c \
  compressors/fedzip.c \
  compressors/fp4.c \
  compressors/huffman.c \
  compressors/identity.c \
  compressors/layerwise.c \
  compressors/lgreco.c \
  compressors/permk.c \
  compressors/powersgd.c \
  compressors/randk.c \
  compressors/threshold.c \
  compressors/topk.c

liblaconic_a_SOURCES += compressors/fragment.c compressors/index.c compressors/lowrank.c compressors/plan.c compressors/planes.c \
  compressors/select.c compressors/symbols.c
pkginclude_HEADERS += compressors/arithmetic.h compressors/fragment.h compressors/index.h compressors/lowrank.h compressors/plan.h \
  compressors/planes.h compressors/select.h compressors/symbols.h
