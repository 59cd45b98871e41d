/* normalise.c: features shifted and scaled. */
#include "normalise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const lac_normalise_name[] = { "none", "standard", "features", "unit" };

/* ---- constants ---- */

/* Of all entries, of which most are zeros that are not stored. */
static int fit_all(lac_normaliser *n, const lac_rows *rows)
{
  size_t stored = rows->ptr[rows->m];
  double all = (double)rows->m * (double)rows->d, zeros = all - (double)stored, sum = 0, squares = 0;
  for (size_t k = 0; k < stored; k++)
    sum += rows->val[k];
  double mean = sum / all;
  for (size_t k = 0; k < stored; k++)
    squares += (rows->val[k] - mean) * (rows->val[k] - mean);
  double deviation = sqrt((squares + zeros * mean * mean) / all);
  int constant = zeros > 0 ? stored == 0 : 1;
  for (size_t k = 1; k < stored && constant; k++)
    constant = rows->val[k] == rows->val[0];
  if (constant || !(deviation > 0))
    return lac_fail(LAC_EUSER, "--dataset: normalise=standard divides by the standard deviation of the features, which are all equal; "
                    "leave it out");
  for (size_t j = 0; j < n->d; j++) {
    n->shift[j] = mean;
    n->deviation[j] = deviation;
  }
  return LAC_OK;
}

typedef struct { double least, most; size_t stored; } extent;

/* A feature that never changes is shifted by its own value, not by a rounded mean. */
static void fit_feature(lac_normaliser *n, size_t j, const extent *e, double m)
{
  double zeros = m - (double)e->stored, mean = n->shift[j];
  int constant = e->stored == 0 || (zeros == 0 && e->least == e->most);
  n->shift[j] = constant ? e->least : mean;
  n->deviation[j] = constant ? 1 : sqrt((n->deviation[j] + zeros * mean * mean) / m);
}

static int fit_each(lac_normaliser *n, const lac_rows *rows)
{
  extent *extents = lac_alloc(n->d * sizeof *extents);
  if (!extents)
    return LAC_ENOMEM;
  for (size_t k = 0; k < rows->ptr[rows->m]; k++) {
    extent *e = &extents[rows->col[k]];
    double v = rows->val[k];
    e->least = e->stored && e->least < v ? e->least : v;
    e->most = e->stored++ && e->most > v ? e->most : v;
    n->shift[rows->col[k]] += v;
  }
  for (size_t j = 0; j < n->d; j++)
    n->shift[j] /= (double)rows->m;
  for (size_t k = 0; k < rows->ptr[rows->m]; k++) {
    double v = rows->val[k] - n->shift[rows->col[k]];
    n->deviation[rows->col[k]] += v * v;
  }
  for (size_t j = 0; j < n->d; j++)
    fit_feature(n, j, &extents[j], (double)rows->m);
  free(extents);
  return LAC_OK;
}

static int allocate(lac_normaliser *n, lac_normalise_kind kind, size_t d)
{
  *n = (lac_normaliser){ .kind = kind, .d = d };
  if (kind != LAC_NORMALISE_STANDARD && kind != LAC_NORMALISE_FEATURES)
    return LAC_OK;
  n->shift = lac_alloc(d * sizeof *n->shift);
  n->deviation = lac_alloc(d * sizeof *n->deviation);
  return n->shift && n->deviation ? LAC_OK : LAC_ENOMEM;
}

int lac_normaliser_fit(lac_normaliser *n, lac_normalise_kind kind, const lac_rows *rows)
{
  LAC_TRY(allocate(n, kind, rows->d));
  if (!n->shift)
    return LAC_OK;
  LAC_TRY(kind == LAC_NORMALISE_STANDARD ? fit_all(n, rows) : fit_each(n, rows));
  int finite = 1;
  for (size_t j = 0; j < n->d; j++) {
    n->fills |= n->shift[j] != 0;
    finite &= isfinite(n->shift[j]) && isfinite(n->deviation[j]);
  }
  return finite ? LAC_OK : lac_fail(LAC_EUSER, "--dataset: normalise=%s: the squares of the features overflow; rescale the data",
                                    lac_normalise_name[kind]);
}

int lac_normaliser_copy(lac_normaliser *to, const lac_normaliser *from)
{
  LAC_TRY(allocate(to, from->kind, from->d));
  to->fills = from->fills;
  if (from->shift) {
    memcpy(to->shift, from->shift, from->d * sizeof *to->shift);
    memcpy(to->deviation, from->deviation, from->d * sizeof *to->deviation);
  }
  return LAC_OK;
}

void lac_normaliser_free(lac_normaliser *n)
{
  free(n->shift);
  free(n->deviation);
  *n = (lac_normaliser){ 0 };
}

/* ---- rows ---- */

size_t lac_normaliser_nnz(const lac_normaliser *n, const lac_rows *rows)
{
  size_t stored = rows->ptr[rows->m], nnz = stored;
  for (size_t j = 0; n->shift && j < n->d; j++)
    nnz += n->shift[j] != 0 ? rows->m : 0;
  for (size_t k = 0; n->shift && k < stored; k++)      /* counted twice, or 0 now */
    nnz -= n->shift[rows->col[k]] != 0 ? 1u + (rows->val[k] == n->shift[rows->col[k]]) : 0;
  return nnz;
}

static void shift_row(const lac_normaliser *n, double *value, const uint32_t *col, size_t count)
{
  for (size_t k = 0; k < count; k++) {
    size_t j = col ? col[k] : k;
    value[k] = (value[k] - n->shift[j]) / n->deviation[j];
  }
}

/* Of the entries over the largest one: their squares do not overflow. */
static void divide_row(double *value, size_t count)
{
  double most = 0, squares = 0;
  for (size_t k = 0; k < count; k++)
    most = fmax(most, fabs(value[k]));
  for (size_t k = 0; k < count && most > 0; k++)
    squares += (value[k] / most) * (value[k] / most);
  double root = sqrt(squares);
  for (size_t k = 0; k < count && most > 0; k++)
    value[k] = value[k] / most / root;
}

/* A row is at `value`, so many of its entries are stored, one behind the other; col NULL: all of them. */
static void normalise_row(const lac_normaliser *n, double *value, const uint32_t *col, size_t count)
{
  if (n->shift)
    shift_row(n, value, col, count);
  else if (n->kind == LAC_NORMALISE_UNIT)
    divide_row(value, count);
}

void lac_normaliser_apply(const lac_normaliser *n, lac_rows *rows)
{
  for (size_t r = 0; n->kind != LAC_NORMALISE_NONE && r < rows->m; r++) {
    if (rows->dense)
      normalise_row(n, rows->dense + r * rows->ld, NULL, rows->d);
    else
      normalise_row(n, rows->val + rows->ptr[r], rows->col + rows->ptr[r], rows->ptr[r + 1] - rows->ptr[r]);
  }
}
