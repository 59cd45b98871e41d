# One line a compressor; the registry is made from this list.
COMPRESSORS = \
  compressors/contract.c \
  compressors/fp4.c \
  compressors/identity.c \
  compressors/randk.c \
  compressors/topk.c

liblaconic_a_SOURCES += compressors/index.c compressors/symbols.c
pkginclude_HEADERS += compressors/index.h compressors/symbols.h
