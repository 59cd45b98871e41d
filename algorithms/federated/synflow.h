/* synflow.h: synaptic saliency without data (Tanaka, Kunin, Yamins, Ganguli, NeurIPS 2020): which weights of a chain of layers to keep.

     R = 1' |W_L| ... |W_1| 1,   the score of a weight is |w| dR/d|w|,   so that the scores of every layer sum to R

   In T steps: step t = 1..T scores what is left and keeps the round(q^(t/T) count) largest of it; of equal scores the lower index stays,
   and what was dropped does not come back.  q is the density.

   The chain is the problem's weights in order; biases have no part in it.  A layer takes what the layer before it gives, each output
   repeated cols/(rows before) times in a row: once in a fully connected network, at the 25 places of a 5 x 5 filter, at all places of the
   image behind the last convolution.  An image is scored as if it had no borders: what a map of ones gives is then the same everywhere. */
#ifndef LAC_SYNFLOW_H
#define LAC_SYNFLOW_H

#include "algorithm.h"
#include "compressors/parts/select.h"
#include "elementary.h"

/* The problem's layers; NULL: x is one, of d inputs and one output. */
typedef struct { const lac_layer *layers; size_t count, d; } synflow_chain;

static inline synflow_chain synflow_chain_of(const lac_env *e)
{
  lac_site s = lac_lane_site(e, LAC_UP, e->d);
  return (synflow_chain){ s.layer_count ? s.layers : NULL, s.layer_count ? s.layer_count : 1, e->d };
}

static inline lac_layer synflow_layer(const synflow_chain *c, size_t l)
{
  return c->layers ? c->layers[l] : (lac_layer){ .rows = 1, .cols = c->d, .kind = LAC_WEIGHT };
}

/* The next weights from layer *l on, or back from the one before it; 0: there are none. */
static inline int synflow_next(const synflow_chain *c, size_t *l, lac_layer *at)
{
  while (*l < c->count)
    if ((*at = synflow_layer(c, (*l)++)).kind == LAC_WEIGHT)
      return 1;
  return 0;
}

static inline int synflow_back(const synflow_chain *c, size_t *l, lac_layer *at)
{
  while (*l > 0)
    if ((*at = synflow_layer(c, --*l)).kind == LAC_WEIGHT)
      return 1;
  return 0;
}

/* Whether the layers are such a chain. */
static inline int synflow_chains(const synflow_chain *c)
{
  lac_layer at;
  size_t rows = 1;
  for (size_t l = 0; l < c->count; l++) {
    at = synflow_layer(c, l);
    if (at.kind != LAC_WEIGHT && at.kind != LAC_BIAS)
      return 0;
    if (at.kind == LAC_WEIGHT && at.cols % rows)
      return 0;
    rows = at.kind == LAC_WEIGHT ? at.rows : rows;
  }
  return 1;
}

static inline size_t synflow_weights(const synflow_chain *c)
{
  lac_layer at;
  size_t count = 0;
  for (size_t l = 0; synflow_next(c, &l, &at);)
    count += at.rows * at.cols;
  return count;
}

/* How many are left after step t of T. */
static inline size_t synflow_kept(const synflow_chain *c, double density, uint64_t t, uint64_t T)
{
  double left = t == T ? density : lac_exp(lac_log(density) * (double)t / (double)T), count = rint(left * (double)synflow_weights(c));
  return count < 1 ? 1 : (size_t)count;
}

/* What a layer gives to the one behind it. */
static inline void synflow_forward(const lac_layer *l, const double *size, size_t repeat, const double *in, double *out)
{
  for (size_t i = 0; i < l->rows; i++) {
    out[i] = 0;
    for (size_t k = 0; k < l->cols / repeat; k++) {
      double sum = 0;
      for (size_t r = 0; r < repeat; r++)
        sum += *size++;
      out[i] += sum * in[k];
    }
  }
}

/* From dR/d(out): `size` becomes the scores, and dR/d(in) is added to `back`. */
static inline void synflow_backward(const lac_layer *l, double *size, size_t repeat, const double *in, const double *out, double *back)
{
  for (size_t i = 0; i < l->rows; i++)
    for (size_t k = 0; k < l->cols / repeat; k++) {
      double sum = 0, factor = out[i] * in[k];
      for (size_t r = 0; r < repeat; r++) {
        sum += *size;
        *size++ *= factor;
      }
      back[k] += sum * out[i];
    }
}

/* In place of |w| where it is left, and 0 elsewhere, the scores.  forward, backward: d numbers of scratch memory. */
static inline void synflow_score(const synflow_chain *c, double *score, double *forward, double *backward)
{
  const double one = 1;
  double unused = 0;
  lac_layer at, before = { 0 };
  size_t last = 0;
  for (size_t l = 0; synflow_next(c, &l, &at); before = at, last = l)
    synflow_forward(&at, score + at.offset, before.rows ? at.cols / before.rows : at.cols, before.rows ? forward + before.offset : &one,
                    forward + at.offset);
  lac_zero(c->d, backward);
  for (size_t i = 0; i < before.rows; i++)
    backward[before.offset + i] = 1;
  for (size_t l = last; synflow_back(c, &l, &at);) {
    size_t further = l;
    int first = !synflow_back(c, &further, &before);
    synflow_backward(&at, score + at.offset, first ? at.cols : at.cols / before.rows, first ? &one : forward + before.offset,
                     backward + at.offset, first ? &unused : backward + before.offset);
  }
}

/* Of the coordinates with mask 1 the `count` of largest score stay; others have score 0. */
static inline void synflow_keep(size_t d, const double *score, size_t count, double *mask)
{
  double reach = lac_magnitude(d, score, count), least = INFINITY;
  size_t ties = count;
  for (size_t j = 0; j < d; j++)
    if (mask[j] && score[j] >= reach && score[j] < least)
      least = score[j];
  for (size_t j = 0; j < d; j++)
    ties -= mask[j] && score[j] > least;
  for (size_t j = 0; j < d; j++)
    if (mask[j] && score[j] <= least) {
      mask[j] = score[j] == least && ties > 0;
      ties -= mask[j] > 0;
    }
}

/* mask_j = 1 for the weights of w that are kept, and 0 for all other coordinates.  score, forward, backward: d numbers of scratch memory
   each.  EUSER when the scores are no finite numbers. */
static inline int synflow_prune(const lac_env *e, const double *w, double density, uint64_t steps, double *mask, double *score,
                                double *forward, double *backward)
{
  synflow_chain c = synflow_chain_of(e);
  lac_layer at;
  lac_zero(e->d, mask);
  for (size_t l = 0; synflow_next(&c, &l, &at);)
    for (size_t j = at.offset; j < at.offset + at.rows * at.cols; j++)
      mask[j] = 1;
  for (uint64_t t = 1; t <= steps; t++) {
    for (size_t j = 0; j < e->d; j++)
      score[j] = fabs(w[j]) * mask[j];
    synflow_score(&c, score, forward, backward);
    if (!lac_all_finite(e->d, score))
      return lac_fail(LAC_EUSER, "SynFlow's products of the weights of --x0 are too large for a double; take a smaller start");
    synflow_keep(e->d, score, synflow_kept(&c, density, t, steps), mask);
  }
  return LAC_OK;
}

#endif
