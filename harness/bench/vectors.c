/* The vectors that laconic bench compressors packs. */
#include "bench/bench.h"
#include "rng.h"
#include "vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const lac_seeds seeds = { .axis = { 301 } };

static int make_gaussian(gsl_rng *rng, double *x, size_t d)
{
  lac_rng_normal(rng, x, d, 1);
  return LAC_OK;
}

/* Student's t with 3 degrees of freedom: z / sqrt(chi^2 / 3). */
static int make_heavy(gsl_rng *rng, double *x, size_t d)
{
  for (size_t j = 0; j < d; j++) {
    double z[4];
    lac_rng_normal(rng, z, 4, 1);
    x[j] = z[0] * sqrt(3 / (z[1] * z[1] + z[2] * z[2] + z[3] * z[3]));
  }
  return LAC_OK;
}

/* Nonzero: every entry with probability 1/100, and the first. */
static int make_sparse(gsl_rng *rng, double *x, size_t d)
{
  lac_rng_normal(rng, x, d, 1);
  for (size_t j = 1; j < d; j++)
    x[j] = gsl_rng_uniform(rng) < 0.01 ? x[j] : 0;
  return LAC_OK;
}

/* Gaussian numbers, rounded: five or six magnitudes. */
static int make_ties(gsl_rng *rng, double *x, size_t d)
{
  lac_rng_normal(rng, x, d, 1);
  x[0] = 1;
  for (size_t j = 1; j < d; j++)
    x[j] = round(x[j]);
  return LAC_OK;
}

/* One round of EF21 with one client and f = sum_j a_j (p_j - b_j)^2 / 2: what it compresses goes to x. */
static int ef21_round(lac_compressor *topk, lac_msg *m, size_t d, const double *a, const double *b, double *p, double *g, double *x)
{
  const double step = 0.1;
  lac_site s = lac_site_of(topk, d);
  lac_axpy(d, -step, g, p);
  for (size_t j = 0; j < d; j++)
    x[j] = a[j] * (p[j] - b[j]) - g[j];
  lac_msg_clear(m);
  LAC_TRY(lac_encode(&s, x, m));
  return lac_decode_add(&s, 1, m, g);
}

/* The gradient minus what EF21 with Top-1 % knows of it, after some rounds; curvatures from 1e-3 to 1. */
static int make_differences(gsl_rng *rng, double *x, size_t d)
{
  enum { ROUNDS = 20, VECTORS = 4 };
  double *room = lac_alloc(VECTORS * d * sizeof *room), *a = room, *b = a + d, *p = b + d, *g = p + d;
  lac_compressor topk = { 0 };
  lac_msg m = { 0 };
  if (!room)
    return LAC_ENOMEM;
  for (size_t j = 0; j < d; j++)
    a[j] = pow(1e-3, gsl_rng_uniform(rng));
  lac_rng_normal(rng, b, d, 1);
  int status = lac_compressor_open(&topk, "differences", d < 100 ? "topk:k=1" : "topk:k=1%");
  for (int i = 0; i < ROUNDS && status == LAC_OK; i++)
    status = ef21_round(&topk, &m, d, a, b, p, g, x);
  lac_compressor_close(&topk);
  lac_msg_free(&m);
  free(room);
  return status;
}

static const struct { const char *name; int (*make)(gsl_rng *rng, double *x, size_t d); } inputs[] = {
  { "gaussian", make_gaussian }, { "heavy", make_heavy }, { "sparse", make_sparse }, { "ties", make_ties },
  { "differences", make_differences },
};

const char *lac_bench_vector_name(size_t i) { return i < LAC_COUNT(inputs) ? inputs[i].name : NULL; }

static int make_random(const char *name, size_t d, double *x)
{
  size_t i = 0;
  while (strcmp(inputs[i].name, name))
    i++;
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, (uint32_t)i, 0, 0);
  int status = inputs[i].make(rng, x, d);
  gsl_rng_free(rng);
  return status;
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
