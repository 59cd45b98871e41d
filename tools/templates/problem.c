/* @NAME@: f_i(x) = |x|^2 / 2             write f_i here

   All clients are equal.  Does nothing yet. */
#include "problem.h"
#include "vec.h"

#include <stdlib.h>

typedef struct { uint64_t d; } params;
static const lac_option options[] = {
  { "d", LAC_UINT, offsetof(params, d), "20", "[1,2147483647]", NULL, "dimension" },
  { 0 }
};

typedef struct { double weight; } shard_t;

static int open_problem(lac_problem *p)
{
  p->d = ((const params *)p->params)->d;
  return LAC_OK;
}

static int load(const lac_problem *p, uint32_t client, void **shard)
{
  shard_t *s = lac_alloc(sizeof *s);
  (void)p, (void)client;
  if (!s)
    return LAC_ENOMEM;
  s->weight = 1;
  *shard = s;
  return LAC_OK;
}

static void unload(void *shard) { free(shard); }

static int value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  double weight = ((const shard_t *)shard)->weight;
  *f = weight / 2 * lac_norm_sq(p->d, x);
  lac_zero(p->d, g);
  lac_axpy(p->d, weight, x, g);
  return LAC_OK;
}

static int curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  lac_zero(p->d, out);
  lac_axpy(p->d, ((const shard_t *)shard)->weight, v, out);
  return LAC_OK;
}

static int convexity(const lac_problem *p, double *mu)
{
  (void)p;
  *mu = 1;
  return LAC_OK;
}

static size_t shard_bytes(const void *shard)
{
  (void)shard;
  return sizeof(shard_t);
}

const lac_problem_type lac_problem_@NAME@ = {
  .name = "@NAME@",
  .summary = "does nothing yet",
  .reference = "none yet",
  .options = options,
  .params_size = sizeof(params),
  .affine = 1,
  .open = open_problem,
  .load = load,
  .unload = unload,
  .value_grad = value_grad,
  .curvature = curvature,
  .convexity = convexity,
  .shard_bytes = shard_bytes,
};
