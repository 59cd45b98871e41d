# One line a compressor; the registry is made from this list.
COMPRESSORS = \
  compressors/ans.c \
  compressors/codebook.c \
  compressors/contract.c \
  compressors/fedzip.c \
  compressors/fp4.c \
  compressors/huffman.c \
  compressors/identity.c \
  compressors/powersgd.c \
  compressors/randk.c \
  compressors/topk.c

liblaconic_a_SOURCES += compressors/index.c compressors/lowrank.c compressors/planes.c compressors/symbols.c
pkginclude_HEADERS += compressors/index.h compressors/lowrank.h compressors/planes.h compressors/symbols.h
