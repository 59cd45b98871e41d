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

static size_t class_of(const lac_slice *s, size_t r) { return (size_t)s->rows->y[row_of(s, r)]; }

static const double *values_f64(const lac_slice *s) { return s->rows->val; }

#define REAL double
#define T(name) name##_f64
#include "slices.c"
#undef REAL
#undef T
