/* quadratic.c: f_i(x) = x'A_i x / 2 - b_i'x.

   Generated, after the 3PC paper (s = hetero, N a standard normal number):
     nu_i = 1 + s N,   A_i = (nu_i/4) tridiag(-1, 2, -1) + shift I,   b_i = (nu_i/4) (-1 + s N) e_1,
   shift such that the smallest eigenvalue of (1/n) sum A_i is mu.  The eigenvalues of tridiag(-1, 2, -1) lie between
   2 - 2 cos(pi/(d+1)) and 2 + 2 cos(pi/(d+1)), so shift needs only the mean of the nu_i.  A client is three numbers.

   Or kind=isotropic, after the EControl paper, i = 1..n:
     f_i(x) = |c_i x - e_i|^2 / 2,   c_i^2 = i^2/n,   e_i ~ N(0, (zeta^2/i^2) I):   A_i = c_i^2 I, b_i = c_i e_i, and |e_i|^2 / 2 more.

   Or from text files, one matrix a client ("%d" in the name is the client, from 0) or all of them stacked in one. */
#include "problem.h"
#include "elementary.h"
#include "parts/blocks.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  uint64_t d;
  int kind, law;
  double mu, hetero, zeta, noise;
  uint64_t draws;
  char *matrix, *vector;
} quadratic_params;

#define WHAT "--problem=quadratic"
#define DEFAULT_D 20
#define DEFAULT_MU 0.01
#define DEFAULT_HETERO 0.5
#define DEFAULT_ZETA 1
#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number

static const lac_option options[] = {
  { "d", LAC_UINT, offsetof(quadratic_params, d), TEXT(DEFAULT_D), "[1,2147483647]", .help = "dimension" },
  { "mu", LAC_REAL, offsetof(quadratic_params, mu), TEXT(DEFAULT_MU),
    .help = "smallest eigenvalue of the mean matrix" },
  { "hetero", LAC_REAL, offsetof(quadratic_params, hetero), TEXT(DEFAULT_HETERO), ">=0",
    .help = "how much the clients differ: standard deviation of the noise" },
  { "kind", LAC_CHOICE, offsetof(quadratic_params, kind), "tridiagonal", .choices = "tridiagonal|isotropic",
    .help = "generated: tridiagonal A_i with mu and hetero, or A_i = (i^2/n) I with zeta" },
  { "zeta", LAC_REAL, offsetof(quadratic_params, zeta), TEXT(DEFAULT_ZETA), ">=0",
    .help = "kind=isotropic: how much the clients differ, e_i ~ N(0, zeta^2/i^2 I); 0: one minimiser for all" },
  { "noise", LAC_REAL, offsetof(quadratic_params, noise), "0", ">=0",
    .help = "sigma of stochastic gradients: noise xi, E|xi|^2 = sigma^2, is added, anew for every step" },
  { "law", LAC_CHOICE, offsetof(quadratic_params, law), "gauss", .choices = "gauss|skewed",
    .help = "of the noise: N(0, sigma^2/d I), or pairs of coordinates are (2,0), (0,1) or (-2,-1) at random, to scale" },
  { "draws", LAC_UINT, offsetof(quadratic_params, draws), "1", "[1,65536]",
    .help = "the noise is the mean of so many draws, as that of a batch" },
  { "matrix", LAC_TEXT, offsetof(quadratic_params, matrix), "",
    .help = "file of A_i with %d for the client, or of all A_i stacked; d, mu and hetero are then the file's" },
  { "vector", LAC_TEXT, offsetof(quadratic_params, vector), "", .help = "file of b_i with %d, or of all b_i" },
  { 0 }
};

enum { TRIDIAGONAL, ISOTROPIC };

/* What the clients share. */
typedef struct {
  double shift;               /* generated */
  lac_blocks matrices, vectors;
} shared;

/* One client: A_i is a matrix of d x d or, without, tridiagonal; b_i a vector or, without, first e_1. */
typedef struct {
  size_t d;
  double *matrix, *vector;
  int owns_matrix, owns_vector;      /* else they lie in the shared stack */
  double diagonal, beside, first, constant;
} shard_t;

/* ---- generated ---- */

/* nu = 1 + s N and, from the same stream, the factor -1 + s N of b. */
static void draw_client(gsl_rng *rng, const lac_problem *p, uint32_t client, double *nu, double *factor)
{
  const quadratic_params *o = p->params;
  double noise[2];
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, client, 0, 0);
  lac_rng_normal(rng, noise, 2, o->hetero);
  *nu = 1 + noise[0];
  *factor = -1 + noise[1];
}

static int open_tridiagonal(lac_problem *p, shared *s)
{
  const quadratic_params *o = p->params;
  if (o->zeta != DEFAULT_ZETA)
    return lac_fail(LAC_EUSER, WHAT ": zeta has no effect with kind=tridiagonal; add kind=isotropic");
  gsl_rng *rng = lac_rng_new();
  double sum = 0, nu, factor, spread = 2 * lac_cos_quarter(M_PI / (double)(o->d + 1));
  if (!rng)
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < p->n; i++) {
    draw_client(rng, p, i, &nu, &factor);
    sum += nu;
  }
  gsl_rng_free(rng);
  double mean = sum / p->n / 4;
  s->shift = o->mu - mean * (mean > 0 ? 2 - spread : 2 + spread);
  p->d = o->d;
  return LAC_OK;
}

static int load_tridiagonal(const lac_problem *p, uint32_t client, shard_t *s)
{
  gsl_rng *rng = lac_rng_new();
  double nu, factor;
  if (!rng)
    return LAC_ENOMEM;
  draw_client(rng, p, client, &nu, &factor);
  gsl_rng_free(rng);
  s->diagonal = nu / 2 + ((const shared *)p->self)->shift;
  s->beside = -nu / 4;
  s->first = nu / 4 * factor;
  return LAC_OK;
}

static int open_isotropic(lac_problem *p, shared *s)
{
  const quadratic_params *o = p->params;
  (void)s;
  p->d = o->d;
  return o->mu == DEFAULT_MU && o->hetero == DEFAULT_HETERO ? LAC_OK :
         lac_fail(LAC_EUSER, WHAT ": mu and hetero have no effect with kind=isotropic; use zeta");
}

static int load_isotropic(const lac_problem *p, uint32_t client, shard_t *s)
{
  const quadratic_params *o = p->params;
  double i = client + 1.0, c = i / sqrt(p->n);
  gsl_rng *rng = lac_rng_new();
  s->vector = lac_alloc(p->d * sizeof *s->vector);
  s->owns_vector = 1;
  s->diagonal = c * c;
  if (rng && s->vector) {
    lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, client, 0, 0);
    lac_rng_normal(rng, s->vector, p->d, o->zeta / i);
    s->constant = lac_norm_sq(p->d, s->vector) / 2;
    for (size_t j = 0; j < p->d; j++)
      s->vector[j] *= c;
  }
  int status = rng && s->vector ? LAC_OK : LAC_ENOMEM;
  if (rng)
    gsl_rng_free(rng);
  return status;
}

/* ---- from files ---- */

static int open_files(lac_problem *p, shared *s)
{
  const quadratic_params *o = p->params;
  if (o->d != DEFAULT_D || o->mu != DEFAULT_MU || o->hetero != DEFAULT_HETERO || o->kind != TRIDIAGONAL || o->zeta != DEFAULT_ZETA)
    return lac_fail(LAC_EUSER, WHAT ": kind, d, mu, hetero and zeta do not go with matrix= and vector=; leave them out");
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

typedef struct {
  int (*open)(lac_problem *p, shared *s);
  int (*load)(const lac_problem *p, uint32_t client, shard_t *s);
} origin;

static const origin *origin_of(const quadratic_params *o)
{
  static const origin files = { open_files, load_files }, generated[] = {
    [TRIDIAGONAL] = { open_tridiagonal, load_tridiagonal },
    [ISOTROPIC] = { open_isotropic, load_isotropic },
  };
  return *o->matrix || *o->vector ? &files : &generated[o->kind];
}

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
  const quadratic_params *o = p->params;
  int status = origin_of(o)->open(p, s);
  if (status == LAC_OK && o->law == LAC_SKEWED && p->d % 2)
    status = lac_fail(LAC_EUSER, WHAT ": law=skewed is about pairs of coordinates, and d=%zu is odd; take an even d", p->d);
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
  int status = origin_of(p->params)->load(p, client, s);
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
    for (size_t j = 0; j < d; j++)
      out[j] = lac_dot(d, s->matrix + j * d, x);
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
  *f = lac_dot(p->d, x, g) / 2 + s->constant;
  if (s->vector) {
    *f -= lac_dot(p->d, s->vector, x);
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

/* Coordinates with something in their row of A_i or in b_i; generated ones all have. */
static int quadratic_support(const lac_problem *p, const void *shard, uint8_t *touched)
{
  const shard_t *s = shard;
  size_t d = p->d;
  for (size_t j = 0; j < d; j++) {
    touched[j] = !s->matrix || fabs(s->vector[j]) > 1e-9;
    for (size_t k = 0; !touched[j] && k < d; k++)
      touched[j] = fabs(s->matrix[j * d + k]) > 1e-9;
  }
  return LAC_OK;
}

static lac_noise quadratic_noise(const lac_problem *p)
{
  const quadratic_params *o = p->params;
  return (lac_noise){ o->noise, (lac_law)o->law, o->draws };
}

static size_t quadratic_bytes(const void *shard)
{
  const shard_t *s = shard;
  return ((s->matrix ? s->d * s->d : 2) + (s->vector ? s->d : 1)) * sizeof(double);
}

static lac_footprint quadratic_footprint(const lac_problem *p, double rows)
{
  (void)rows;
  const quadratic_params *o = p->params;
  const shared *s = p->self;
  lac_footprint a = lac_blocks_footprint(&s->matrices), b = lac_blocks_footprint(&s->vectors);
  double vector = *o->matrix || o->kind != ISOTROPIC ? 0 : 8 * (double)p->d + 64;
  return (lac_footprint){ .shard = 256 + a.shard + b.shard + vector, .shared = a.shared + b.shared, .loading = fmax(a.loading, b.loading) };
}

const lac_problem_type lac_problem_quadratic = {
  .name = "quadratic",
  .summary = "quadratics: tridiagonal or isotropic ones that differ by a dial, or matrices from text files",
  .reference = "tridiagonal: Richtarik et al., 3PC, ICML 2022, arXiv:2202.00998; isotropic: Gao, Islamov, Stich, EControl, ICLR 2024, "
               "arXiv:2311.05645",
  .options = options,
  .params_size = sizeof(quadratic_params),
  .affine = 1,
  .open = quadratic_open,
  .close = quadratic_close,
  .load = quadratic_load,
  .unload = quadratic_unload,
  .value_grad = quadratic_value_grad,
  .curvature = quadratic_curvature,
  .support = quadratic_support,
  .noise = quadratic_noise,
  .shard_bytes = quadratic_bytes,
  .footprint = quadratic_footprint,
};
