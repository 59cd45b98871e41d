#include "classes.h"
#include "elementary.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>

int lac_classes_check(const char *problem, const lac_data_info *info)
{
  if (info->distinct && info->classes > 1)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--problem=%s needs labels of 2 to 999 classes, but dataset %s has %s; take another data set or "
                  "--problem=lsq", problem, info->name, info->distinct ? "one label only" : "more, or real labels");
}

size_t lac_classes_block(size_t features)
{
  size_t fit = (1 << 17) / features;
  return fit < 32 ? 32 : fit < LAC_BLOCK ? fit : LAC_BLOCK;
}

static size_t size_of(int precision) { return precision == LAC_IN_F32 ? sizeof(float) : sizeof(double); }

int lac_classes_scratch(lac_reals *to, int precision, size_t count)
{
  if (!to->f64)
    to->f64 = lac_alloc(count * size_of(precision));
  return to->f64 ? LAC_OK : LAC_ENOMEM;
}

/* ---- shards ---- */

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int number_classes(const lac_data_info *info, lac_rows *rows)
{
  for (size_t r = 0; r < rows->m; r++) {
    const double *at = bsearch(&rows->y[r], info->distinct, info->classes, sizeof *at, by_value);
    if (!at)
      return lac_fail(LAC_EBUG, "dataset %s has a label that it does not list", info->name);
    rows->y[r] = (double)(at - info->distinct);
  }
  return LAC_OK;
}

/* *from moves, as it is or rounded. */
static int move_numbers(size_t count, int precision, double **from, lac_reals *to)
{
  if (precision == LAC_IN_F32 && *from) {
    LAC_TRY(lac_classes_scratch(to, precision, count));
    lac_narrow_f32(count, 0, *from, to->f32);
    free(*from);
  } else
    to->f64 = *from;
  *from = NULL;
  return LAC_OK;
}

int lac_classes_load(const lac_data *data, uint32_t client, int precision, int touch, void **shard)
{
  lac_class_rows *s = *shard = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  LAC_TRY(lac_data_shard(data, client, &s->rows));
  LAC_TRY(number_classes(lac_data_about(data), s->rows));
  if (touch)
    LAC_TRY(lac_rows_touch(s->rows));
  s->precision = precision;
  s->sparse = !s->rows->dense;
  s->longest_sq = lac_rows_longest_sq(s->rows);
  LAC_TRY(move_numbers(s->rows->m * s->rows->ld, precision, &s->rows->dense, &s->dense));
  return move_numbers(s->sparse ? s->rows->ptr[s->rows->m] : 0, precision, &s->rows->val, &s->val);
}

void lac_classes_unload(void *shard)
{
  lac_class_rows *s = shard;
  if (!s)
    return;
  lac_rows_free(s->rows);
  free(s->val.f64);
  free(s->dense.f64);
  free(s);
}

size_t lac_classes_count(const void *shard) { return ((const lac_class_rows *)shard)->rows->m; }

double lac_classes_entries(const void *shard)
{
  const lac_class_rows *s = shard;
  return s->sparse ? (double)lac_rows_nnz(s->rows) : (double)s->rows->m * (double)s->rows->d;
}

lac_footprint lac_classes_footprint(int precision, double rows, double numbers)
{
  return (lac_footprint){ .shard = sizeof(lac_class_rows), .shared = numbers * (double)size_of(precision),
                          .loading = precision == LAC_IN_F32 ? rows / 2 : 0 };
}

size_t lac_classes_panels(int precision, size_t features, size_t width)
{
  return (precision == LAC_IN_F32 ? lac_panels_size_f32 : lac_panels_size_f64)(features, width);
}

size_t lac_classes_bytes(const void *shard)
{
  const lac_class_rows *s = shard;
  const lac_rows *rows = s->rows;
  size_t labels = rows->m * sizeof *rows->y;
  if (!s->sparse)
    return labels + rows->m * rows->ld * size_of(s->precision);
  return labels + (rows->m + 1) * sizeof *rows->ptr + rows->ptr[rows->m] * (sizeof *rows->col + size_of(s->precision));
}

void lac_clip_factors(size_t rows, double share, double most, double *factor)
{
  for (size_t r = 0; r < rows; r++) {
    double norm = sqrt(factor[r]);
    factor[r] = norm > most ? share * (most / norm) : share;
  }
}

/* ---- in f64 and in f32 ---- */

const double *lac_narrow_f64(size_t d, size_t from, const double *x, double *room)
{
  (void)d, (void)from, (void)room;
  return x;
}

LAC_VECTORISED
const float *lac_narrow_f32(size_t d, size_t from, const double *restrict x, float *restrict room)
{
  for (size_t j = from; j < d; j++)
    room[j] = (float)x[j];
  return room;
}

double *lac_sum_begin_f64(size_t d, size_t from, double *g, double *room)
{
  (void)room;
  lac_zero(d - from, g + from);
  return g;
}

float *lac_sum_begin_f32(size_t d, size_t from, double *g, float *room)
{
  (void)d, (void)from, (void)g;
  return room;
}

void lac_sum_end_f64(size_t d, size_t from, int more, double *sum, double *g) { (void)d, (void)from, (void)more, (void)sum, (void)g; }

/* To zero what is at hand is cheaper than a pass of its own over memory. */
LAC_VECTORISED
void lac_sum_end_f32(size_t d, size_t from, int more, float *restrict sum, double *restrict g)
{
  for (size_t j = from; more && j < d; j++) {
    g[j] += sum[j];
    sum[j] = 0;
  }
  for (size_t j = from; !more && j < d; j++) {
    g[j] = sum[j];
    sum[j] = 0;
  }
}

static size_t row_of(const lac_slice *s, size_t r) { return s->list ? s->list[s->first + r] : s->first + r; }
static size_t class_of(const lac_slice *s, size_t r) { return (size_t)s->of->rows->y[row_of(s, r)]; }

/* The lower halves of two vectors, and the upper ones, entry by entry in turns. */
#define lower_f32(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define upper_f32(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define lower_f64(a, b) __builtin_shufflevector(a, b, 0, 2)
#define upper_f64(a, b) __builtin_shufflevector(a, b, 1, 3)

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "slices.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "slices.c"
