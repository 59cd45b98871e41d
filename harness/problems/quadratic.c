/* quadratic.c: f_i(x) = x'A_i x / 2 - b_i'x.

   Generated, after the 3PC paper (s = hetero, N a standard normal number):
     nu_i = 1 + s N,   A_i = (nu_i/4) tridiag(-1, 2, -1) + shift I,   b_i = (nu_i/4) (-1 + s N) e_1,
   shift such that the smallest eigenvalue of (1/n) sum A_i is mu.  The eigenvalues of tridiag(-1, 2, -1) lie between
   2 - 2 cos(pi/(d+1)) and 2 + 2 cos(pi/(d+1)), so shift needs only the mean of the nu_i.  A client is three numbers.

   Or from text files, one matrix a client ("%d" in the name is the client, from 0) or all of them stacked in one. */
#include "problem.h"
#include "blocks.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  uint64_t d;
  double mu, hetero;
  char *matrix, *vector;
} quadratic_params;

#define WHAT "--problem=quadratic"
#define DEFAULT_D 20
#define DEFAULT_MU 0.01
#define DEFAULT_HETERO 0.5
#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number

static const lac_option options[] = {
  { "d", LAC_UINT, offsetof(quadratic_params, d), TEXT(DEFAULT_D), "[1,2147483647]", .help = "dimension" },
  { "mu", LAC_REAL, offsetof(quadratic_params, mu), TEXT(DEFAULT_MU),
    .help = "smallest eigenvalue of the mean matrix" },
  { "hetero", LAC_REAL, offsetof(quadratic_params, hetero), TEXT(DEFAULT_HETERO), ">=0",
    .help = "how much the clients differ: standard deviation of the noise" },
  { "matrix", LAC_TEXT, offsetof(quadratic_params, matrix), "",
    .help = "file of A_i with %d for the client, or of all A_i stacked; d, mu and hetero are then the file's" },
  { "vector", LAC_TEXT, offsetof(quadratic_params, vector), "", .help = "file of b_i with %d, or of all b_i" },
  { 0 }
};

/* What the clients share. */
typedef struct {
  double shift;               /* generated */
  lac_blocks matrices, vectors;
} shared;

/* One client: a matrix of d x d, or matrix == NULL and three numbers. */
typedef struct {
  size_t d;
  double *matrix, *vector;
  int owns_matrix, owns_vector;      /* else they lie in the shared stack */
  double diagonal, beside, first;
} shard_t;

/* ---- generated ---- */

/* nu = 1 + s N and, from the same stream, the factor -1 + s N of b. */
static void draw(gsl_rng *rng, const lac_problem *p, uint32_t client, double *nu, double *factor)
{
  const quadratic_params *o = p->params;
  double noise[2];
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, client, 0, 0);
  lac_rng_normal(rng, noise, 2, o->hetero);
  *nu = 1 + noise[0];
  *factor = -1 + noise[1];
}

static int open_generated(lac_problem *p, shared *s)
{
  const quadratic_params *o = p->params;
  gsl_rng *rng = lac_rng_new();
  double sum = 0, nu, factor, spread = 2 * cos(M_PI / (double)(o->d + 1));
  if (!rng)
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < p->n; i++) {
    draw(rng, p, i, &nu, &factor);
    sum += nu;
  }
  gsl_rng_free(rng);
  double mean = sum / p->n / 4;
  s->shift = o->mu - mean * (mean > 0 ? 2 - spread : 2 + spread);
  p->d = o->d;
  return LAC_OK;
}

static int load_generated(const lac_problem *p, uint32_t client, shard_t *s)
{
  gsl_rng *rng = lac_rng_new();
  double nu, factor;
  if (!rng)
    return LAC_ENOMEM;
  draw(rng, p, client, &nu, &factor);
  gsl_rng_free(rng);
  s->diagonal = nu / 2 + ((const shared *)p->self)->shift;
  s->beside = -nu / 4;
  s->first = nu / 4 * factor;
  return LAC_OK;
}

/* ---- from files ---- */

static int open_files(lac_problem *p, shared *s)
{
  const quadratic_params *o = p->params;
  if (o->d != DEFAULT_D || o->mu != DEFAULT_MU || o->hetero != DEFAULT_HETERO)
    return lac_fail(LAC_EUSER, WHAT ": d, mu and hetero do not go with matrix= and vector=; leave them out");
  if (!*o->matrix || !*o->vector)
    return lac_fail(LAC_EUSER, WHAT ": matrix= and vector= go together; give both or none");
  LAC_TRY(lac_blocks_open(&s->vectors, p, WHAT, o->vector, 0));
  p->d = s->vectors.size;
  return lac_blocks_open(&s->matrices, p, WHAT, o->matrix, p->d * p->d);
}

static int load_files(const lac_problem *p, uint32_t client, shard_t *s)
{
  const shared *all = p->self;
  LAC_TRY(lac_blocks_get(&all->matrices, client, &s->matrix, &s->owns_matrix));
  LAC_TRY(lac_blocks_get(&all->vectors, client, &s->vector, &s->owns_vector));
  return lac_blocks_check_symmetric(&all->matrices, client, s->matrix, p->d);
}

/* ---- the problem ---- */

static int from_files(const quadratic_params *o) { return *o->matrix || *o->vector; }

static void quadratic_close(lac_problem *p)
{
  shared *s = p->self;
  if (s) {
    lac_blocks_close(&s->matrices);
    lac_blocks_close(&s->vectors);
  }
  free(s);
  p->self = NULL;
}

static int quadratic_open(lac_problem *p)
{
  shared *s = lac_alloc(sizeof *s);
  if (!(p->self = s))
    return LAC_ENOMEM;
  int status = from_files(p->params) ? open_files(p, s) : open_generated(p, s);
  if (status != LAC_OK)
    quadratic_close(p);
  return status;
}

static void quadratic_unload(void *shard)
{
  shard_t *s = shard;
  if (s && s->owns_matrix)
    free(s->matrix);
  if (s && s->owns_vector)
    free(s->vector);
  free(s);
}

static int quadratic_load(const lac_problem *p, uint32_t client, void **shard)
{
  shard_t *s = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  s->d = p->d;
  int status = from_files(p->params) ? load_files(p, client, s) : load_generated(p, client, s);
  if (status != LAC_OK)
    quadratic_unload(s);
  else
    *shard = s;
  return status;
}

/* out = A x */
static void apply(const shard_t *s, const double *restrict x, double *restrict out)
{
  size_t d = s->d;
  if (s->matrix) {
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)d, (int)d, 1, s->matrix, (int)d, x, 1, 0, out, 1);
    return;
  }
  double diagonal = s->diagonal, beside = s->beside;
  out[0] = diagonal * x[0] + (d > 1 ? beside * x[1] : 0);
  for (size_t j = 1; j + 1 < d; j++)
    out[j] = diagonal * x[j] + beside * (x[j - 1] + x[j + 1]);
  if (d > 1)
    out[d - 1] = diagonal * x[d - 1] + beside * x[d - 2];
}

/* With h = A x: f = x'h / 2 - b'x and g = h - b. */
static int quadratic_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  const shard_t *s = shard;
  apply(s, x, g);
  *f = cblas_ddot((int)p->d, x, 1, g, 1) / 2;
  if (s->matrix) {
    *f -= cblas_ddot((int)p->d, s->vector, 1, x, 1);
    lac_axpy(p->d, -1, s->vector, g);
  } else {
    *f -= s->first * x[0];
    g[0] -= s->first;
  }
  return LAC_OK;
}

static int quadratic_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  (void)p;
  apply(shard, v, out);
  return LAC_OK;
}

static size_t quadratic_bytes(const void *shard)
{
  const shard_t *s = shard;
  return s->matrix ? (s->d + 1) * s->d * sizeof(double) : 3 * sizeof(double);
}

const lac_problem_type lac_problem_quadratic = {
  .name = "quadratic",
  .summary = "quadratics: tridiagonal ones that differ by a dial, or matrices from text files",
  .reference = "generator: Richtarik et al., 3PC, ICML 2022",
  .options = options,
  .params_size = sizeof(quadratic_params),
  .affine = 1,
  .open = quadratic_open,
  .close = quadratic_close,
  .load = quadratic_load,
  .unload = quadratic_unload,
  .value_grad = quadratic_value_grad,
  .curvature = quadratic_curvature,
  .shard_bytes = quadratic_bytes,
};
