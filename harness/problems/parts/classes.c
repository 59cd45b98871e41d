#include "classes.h"
#include "softplus.h"
#include "vec.h"

#include <stdlib.h>

/* ---- labels ---- */

int lac_classes_check(const char *problem, const lac_data_info *info)
{
  if (info->distinct && info->classes > 1)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--problem=%s needs labels of 2 to 999 classes, but dataset %s has %s; take another data set or "
                  "--problem=lsq", problem, info->name, info->distinct ? "one label only" : "more, or real labels");
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int lac_classes_number(const lac_data_info *info, lac_rows *rows)
{
  for (size_t r = 0; r < rows->m; r++) {
    const double *at = bsearch(&rows->y[r], info->distinct, info->classes, sizeof *at, by_value);
    if (!at)
      return lac_fail(LAC_EBUG, "dataset %s has a label that it does not list", info->name);
    rows->y[r] = (double)(at - info->distinct);
  }
  return LAC_OK;
}

/* ---- blocks ---- */

size_t lac_classes_block(size_t features)
{
  size_t fit = (1 << 17) / features;
  return fit < 32 ? 32 : fit < LAC_BLOCK ? fit : LAC_BLOCK;
}

static size_t row_of(const lac_slice *s, size_t r) { return s->list ? s->list[s->first + r] : s->first + r; }

const double *lac_slice_dense(const lac_slice *s, double *room, size_t *ld)
{
  const lac_rows *rows = s->rows;
  if (!s->list) {
    *ld = rows->ld;
    return rows->dense + s->first * rows->ld;
  }
  *ld = rows->d;
  for (size_t r = 0; r < s->count; r++)
    lac_copy(rows->d, rows->dense + row_of(s, r) * rows->ld, room + r * rows->d);
  return room;
}

LAC_VECTORISED
void lac_slice_times(const lac_slice *s, size_t width, const double *restrict w, double *restrict z)
{
  memset(z, 0, s->count * width * sizeof *z);
  for (size_t r = 0; r < s->count; r++, z += width) {
    const lac_rows *rows = s->rows;
    for (size_t e = rows->ptr[row_of(s, r)]; e < rows->ptr[row_of(s, r) + 1]; e++) {
      const double *of = w + rows->col[e] * width;
      double v = rows->val[e];
      for (size_t k = 0; k < width; k++)
        z[k] += v * of[k];
    }
  }
}

LAC_VECTORISED
void lac_slice_add(const lac_slice *s, size_t width, const double *restrict delta, double *restrict g)
{
  for (size_t r = 0; r < s->count; r++, delta += width) {
    const lac_rows *rows = s->rows;
    for (size_t e = rows->ptr[row_of(s, r)]; e < rows->ptr[row_of(s, r) + 1]; e++) {
      double *of = g + rows->col[e] * width, v = rows->val[e];
      for (size_t k = 0; k < width; k++)
        of[k] += v * delta[k];
    }
  }
}

/* ---- the loss ---- */

/* Only the logarithm is libm's. */
LAC_VECTORISED
static double softmax(size_t classes, size_t right, double share, double *s)
{
  double most = s[0], sum = 0;
  for (size_t k = 1; k < classes; k++)
    most = s[k] > most ? s[k] : most;
  double loss = most - s[right];
  for (size_t k = 0; k < classes; k++)
    s[k] = lac_exp_minus(most - s[k]);
  for (size_t k = 0; k < classes; k++)
    sum += s[k];
  for (size_t k = 0; k < classes; k++)
    s[k] *= share / sum;
  s[right] -= share;
  return loss + log(sum);
}

double lac_slice_softmax(const lac_slice *s, size_t classes, double share, double *score)
{
  double loss[LAC_BLOCK];
  for (size_t r = 0; r < s->count; r++)
    loss[r] = softmax(classes, (size_t)s->rows->y[row_of(s, r)], share, score + r * classes);
  return lac_sum(loss, s->count);
}

static size_t best_class(size_t classes, const double *s)
{
  size_t best = 0;
  for (size_t k = 1; k < classes; k++)
    best = s[k] > s[best] ? k : best;
  return best;
}

uint64_t lac_slice_right(const lac_slice *s, size_t classes, const double *score)
{
  uint64_t right = 0;
  for (size_t r = 0; r < s->count; r++)
    right += best_class(classes, score + r * classes) == (size_t)s->rows->y[row_of(s, r)];
  return right;
}
