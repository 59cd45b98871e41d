# One line a compressor; the registry is made from this list.
COMPRESSORS = \
  compressors/ans.c \
  compressors/bf16.c \
  compressors/blocktopk.c \
  compressors/codebook.c \
  compressors/contract.c \
  compressors/f16.c \
  compressors/f32.c \
  compressors/fedzip.c \
  compressors/fp4.c \
  compressors/fp8.c \
  compressors/hadamard.c \
  compressors/huffman.c \
  compressors/identity.c \
  compressors/int4.c \
  compressors/int8.c \
  compressors/layerwise.c \
  compressors/lgreco.c \
  compressors/natural.c \
  compressors/natural_dithering.c \
  compressors/onebit.c \
  compressors/permk.c \
  compressors/powersgd.c \
  compressors/qsgd.c \
  compressors/randk.c \
  compressors/sign.c \
  compressors/terngrad.c \
  compressors/threshold.c \
  compressors/topk.c

# What several of them share.
liblaconic_a_SOURCES += \
  compressors/fragment.c \
  compressors/index.c \
  compressors/lowrank.c \
  compressors/plan.c \
  compressors/planes.c \
  compressors/scaled.c \
  compressors/select.c \
  compressors/symbols.c \
  compressors/words.c
pkginclude_HEADERS += \
  compressors/arithmetic.h \
  compressors/fragment.h \
  compressors/index.h \
  compressors/lowrank.h \
  compressors/minifloat.h \
  compressors/plan.h \
  compressors/planes.h \
  compressors/scaled.h \
  compressors/select.h \
  compressors/symbols.h \
  compressors/words.h
noinst_HEADERS += compressors/absmax.h compressors/coded.h compressors/dithering.h compressors/floats.h
