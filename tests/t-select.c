/* The largest entries (parts/select.h) on every kind of vector: those that a sort by magnitude, and by index where magnitudes are the same,
   puts first. */
#include "compressors/parts/select.h"
#include "rng.h"
#include "tap.h"

#include <stdlib.h>

static const lac_seeds seeds = { .axis = { 101 } };

typedef enum { NORMAL, SIGNS, FEW, SPARSE, SPIKES, ZEROS, RISING, FALLING, KINDS } kind;
static const char *const kind_name[KINDS] = { "normal", "signs", "few magnitudes", "sparse", "three spikes", "zeros", "rising", "falling" };

static void fill(kind what, size_t d, double *x)
{
  gsl_rng *r = lac_rng_new();
  lac_rng_point(r, &seeds, LAC_SEED_DATA, what, 0, 0);
  lac_rng_normal(r, x, d, 1);
  for (size_t j = 0; j < d; j++)
    switch (what) {
    case SIGNS: x[j] = copysign(1, x[j]); break;
    case FEW: x[j] = copysign(floor(fabs(x[j]) * 3), x[j]); break;
    case SPARSE: x[j] = fabs(x[j]) > 2.576 ? x[j] : 0; break;      /* 1 % */
    case SPIKES: x[j] = j % (d / 3 + 1) ? 0 : 1 + x[j]; break;
    case ZEROS: x[j] = j % 2 ? -0.0 : 0; break;
    case RISING: x[j] = (double)j; break;
    case FALLING: x[j] = -(double)(d - j); break;
    default: break;
    }
  gsl_rng_free(r);
}

typedef struct { double size; uint32_t at; } entry;

static int by_size(const void *a, const void *b)
{
  const entry *x = a, *y = b;
  return x->size != y->size ? (x->size < y->size) - (x->size > y->size) : (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
  uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
  return (i > j) - (i < j);
}

static entry *sorted(size_t d, const double *x)
{
  entry *e = malloc(d * sizeof *e);
  for (size_t j = 0; j < d; j++)
    e[j] = (entry){ fabs(x[j]), (uint32_t)j };
  qsort(e, d, sizeof *e, by_size);
  return e;
}

/* The set and the values are those of the first k. */
static int same(const entry *e, const double *x, size_t k, const uint32_t *set, const double *value)
{
  uint32_t *want = malloc((k + 1) * sizeof *want);
  int fine = 1;
  for (size_t i = 0; i < k; i++)
    want[i] = e[i].at;
  qsort(want, k, sizeof *want, by_place);
  for (size_t i = 0; i < k; i++)
    fine = fine && set[i] == want[i] && memcmp(&value[i], &x[want[i]], sizeof *x) == 0;
  free(want);
  return fine;
}

/* All three ways, with k, and with thresholds that are entries. */
static unsigned wrong_of(size_t d, const double *x, const entry *e, size_t k)
{
  size_t room = lac_select_room(d, k), near = k, reach = 0;
  double least = e[(k + d - 1) / 2].size;
  uint32_t *set = malloc((room > d ? room : d) * sizeof *set);
  double *value = malloc((room > d ? room : d) * sizeof *value);
  unsigned wrong = lac_select(d, x, k, set, value) != LAC_OK || !same(e, x, k, set, value);
  for (int low = 0; low < 2; low++, near = k) {
    double tau = low ? least : e[k / 2].size;
    for (reach = 0; reach < d && e[reach].size >= tau; reach++)
      ;
    wrong += lac_select_near(d, x, &near, tau, set, value) != LAC_OK || near != (reach < k ? reach : k) || !same(e, x, near, set, value);
    wrong += lac_count_above(d, x, tau) != reach || lac_collect_above(d, x, tau, reach, set, value) != LAC_OK ||
             !same(e, x, reach, set, value);
  }
  free(set);
  free(value);
  return wrong;
}

static void test_sets(kind what)
{
  static const size_t lengths[] = { 1, 63, 64, 65, 1000, 32767, 32768, 100001 };
  unsigned wrong = 0, cases = 0;
  for (size_t l = 0; l < LAC_COUNT(lengths); l++) {
    size_t d = lengths[l];
    double *x = malloc(d * sizeof *x);
    fill(what, d, x);
    entry *e = sorted(d, x);
    size_t ks[] = { 1, 3, d / 100, d / 10, d / 2, d - 1, d };
    for (size_t i = 0; i < LAC_COUNT(ks); i++)
      if (ks[i] >= 1 && ks[i] <= d) {
        wrong += wrong_of(d, x, e, ks[i]);
        cases++;
      }
    free(e);
    free(x);
  }
  ok(wrong == 0, "%s: the largest entries, first by magnitude, then by index (%u wrong in %u cases)", kind_name[what], wrong, cases);
}

int main(void)
{
  for (kind what = NORMAL; what < KINDS; what++)
    test_sets(what);
  return done();
}
