/* The vectors that laconic bench compressors packs. */
#include "bench/bench.h"
#include "rng.h"
#include "vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const lac_seeds seeds = { .axis = { 301 } };

/* Student's t with 3 degrees of freedom: z / sqrt(chi^2 / 3). */
static void make_heavy(gsl_rng *rng, double *x, size_t d)
{
  for (size_t j = 0; j < d; j++) {
    double z[4];
    lac_rng_normal(rng, z, 4, 1);
    x[j] = z[0] * sqrt(3 / (z[1] * z[1] + z[2] * z[2] + z[3] * z[3]));
  }
}

static int make_random(const char *name, size_t d, double *x)
{
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  int heavy = strcmp(name, "heavy") == 0;
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, (uint32_t)heavy, 0, 0);
  if (heavy)
    make_heavy(rng, x, d);
  else
    lac_rng_normal(rng, x, d, 1);
  gsl_rng_free(rng);
  return LAC_OK;
}

/* Compressors of matrices want one: the divisor of d next below its root gives the rows. */
static lac_layer nearly_square(size_t d)
{
  size_t rows = (size_t)sqrt((double)d);
  while (rows > 1 && d % rows)
    rows--;
  return (lac_layer){ .name = "x", .rows = rows ? rows : 1, .cols = d / (rows ? rows : 1) };
}

void lac_bench_vector_free(lac_bench_vector *v)
{
  free(v->x);
  free(v->y);
  free(v->copy);
}

int lac_bench_vector_complete(lac_bench_vector *v)
{
  v->y = lac_alloc(v->d * sizeof(double));
  v->copy = lac_alloc(v->d * sizeof(double));
  if (!v->y || !v->copy)
    return LAC_ENOMEM;
  v->layer = nearly_square(v->d);
  v->norm_sq = lac_norm_sq(v->d, v->x);
  for (size_t j = 0; j < v->d; j++)
    v->most = fmax(v->most, fabs(v->x[j]));
  return LAC_OK;
}

int lac_bench_vector_random(lac_bench_vector *v, const char *name, size_t d)
{
  *v = (lac_bench_vector){ .d = d, .x = lac_alloc(d * sizeof(double)) };
  snprintf(v->name, sizeof v->name, "%s", name);
  LAC_TRY(v->x ? make_random(name, d, v->x) : LAC_ENOMEM);
  return lac_bench_vector_complete(v);
}
