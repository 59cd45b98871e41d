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
  compressors/schedule.c \
  compressors/sign.c \
  compressors/terngrad.c \
  compressors/threshold.c \
  compressors/topk.c

# What several of them share.
liblaconic_a_SOURCES += \
  compressors/parts/fragment.c \
  compressors/parts/index.c \
  compressors/parts/lowrank.c \
  compressors/parts/plan.c \
  compressors/parts/planes.c \
  compressors/parts/scaled.c \
  compressors/parts/select.c \
  compressors/parts/signs.c \
  compressors/parts/symbols.c \
  compressors/parts/ways.c \
  compressors/parts/words.c
partsincludedir = $(pkgincludedir)/parts
partsinclude_HEADERS = \
  compressors/parts/arithmetic.h \
  compressors/parts/fragment.h \
  compressors/parts/index.h \
  compressors/parts/lowrank.h \
  compressors/parts/minifloat.h \
  compressors/parts/plan.h \
  compressors/parts/planes.h \
  compressors/parts/scaled.h \
  compressors/parts/select.h \
  compressors/parts/signs.h \
  compressors/parts/symbols.h \
  compressors/parts/ways.h \
  compressors/parts/words.h
noinst_HEADERS += compressors/parts/absmax.h compressors/parts/coded.h compressors/parts/dithering.h compressors/parts/floats.h
