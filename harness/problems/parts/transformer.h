/* transformer.h: a decoder with pre-norm blocks and learned positions, on chunks of windows of symbols; lm.c has its formulas.

   A chunk is a few windows, so many that its numbers stay in a cache and its products are fast; how many depends on the sizes of the
   network alone, and so do the sums. */
#ifndef LAC_TRANSFORMER_H
#define LAC_TRANSFORMER_H

#include "classes.h"

/* Where the tensors of a block begin in x. */
typedef struct { size_t ln1g, ln1b, wqkv, bqkv, wo, bo, ln2g, ln2b, wup, bup, wdown, bdown; } lac_block_place;

/* What a block keeps of a chunk for the way back, rows are positions: LN(h) without gain and bias and with them, and the 1/deviation;
   queries, keys and values; the attention of every window and head; its values; GELU and its slope. */
typedef struct { lac_reals xh1, r1, n1, z, attention, o, xh2, r2, n2, ge, slope; } lac_block_kept;

enum { LAC_BLOCK_TENSORS = 12 };

typedef struct {
  size_t vocab, width, depth, heads, context;      /* V, D, L, H, T */
  int tied, precision;
  size_t windows;              /* of a chunk, at most */
  size_t d, wte, wpe, lnfg, lnfb, head;            /* head is wte where it is tied */
  lac_block_place *block;      /* L */
  lac_block_kept *kept;        /* L */
  size_t layers;
  lac_layer *layer;
  char (*name)[16];
  uint8_t *symbols;            /* of a chunk: windows x (T + 1) */
  lac_reals h;                 /* N x D, N = windows x T: the residual stream, and backwards the gradient by it */
  lac_reals xhf, rf, nf;       /* of the last norm */
  lac_reals logits;            /* N x V, and the gradient by them */
  lac_reals dn, du, dz, da;    /* N x D, N x 4D, N x 3D, T x T */
} lac_transformer;

/* The sizes are set; places and declared layers follow.  EUSER: too many parameters.  ENOMEM; lac_transformer_close then frees what is
   there. */
int lac_transformer_open(lac_transformer *t);
void lac_transformer_close(lac_transformer *t);
/* Memory for the passes, and how many numbers that is. */
int lac_transformer_scratch(lac_transformer *t);
double lac_transformer_numbers(const lac_transformer *t);
/* Operations of the products of a position, forwards and backwards. */
double lac_transformer_flops(const lac_transformer *t);

/* ---- in f64 and in f32 ---- */

#define LAC_TRANSFORMER_IN(REAL, T)                                                                                                 \
  /* `windows` windows, each of the first `length` <= T of its symbols, every T + 1 of t->symbols: the last norm in nf. */           \
  void T(lac_transformer_forward)(const lac_transformer *t, size_t windows, size_t length, const REAL *x);                          \
  /* Behind it, of `rows` positions from `first` on: their logits. */                                                               \
  void T(lac_transformer_logits)(const lac_transformer *t, size_t first, size_t rows, const REAL *x);                               \
  /* Of all positions of windows of T symbols: the sum of the losses; the logits become share (softmax - onehot). */                \
  double T(lac_transformer_loss)(const lac_transformer *t, size_t windows, double share);                                           \
  /* Of the same: how many have their largest logit at the symbol that follows, the lowest of equals. */                            \
  uint64_t T(lac_transformer_right)(const lac_transformer *t, size_t windows);                                                      \
  /* Behind lac_transformer_loss: g += the gradient. */                                                                             \
  void T(lac_transformer_backward)(const lac_transformer *t, size_t windows, const REAL *x, REAL *g);

LAC_TRANSFORMER_IN(double, LAC_NAME_F64)
LAC_TRANSFORMER_IN(float, LAC_NAME_F32)

#endif
