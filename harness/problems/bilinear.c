/* bilinear.c: the saddle point min_u max_v (1/n) sum g_i(u, v), x = (u, v), of half = d/2 coordinates each,

     g_i = u'A_i v + a_i'u + b_i'v + (lambda/2) |u|^2 - (lambda/2) |v|^2
     F_i = (A_i v + a_i + lambda u,  -A_i'u - b_i + lambda v)

   Generated: A_i = G_i G_i'/half + I/10 with G_i standard normal, positive definite, |A_i| about 4; a_i, b_i of N(0, hetero^2).

     matrices=common      A_i = G G'/half + I/10 + spread E_i, one G for all and E_i standard normal: how much operators differ
     matrices=centred     the same with E_i - (1/n) sum E_j: the mean of the A_i does not depend on spread
     solution=shared      a_i, b_i such that F_i(z*) = 0 for all clients, z* of N(0, hetero^2)

   Or from files. */
#include "problem.h"
#include "parts/blocks.h"
#include "parts/cross.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct { uint64_t half; double lambda, hetero, spread; int matrices, solution; char *matrix, *vector; } bilinear_params;

#define WHAT "--problem=bilinear"

static const lac_option options[] = {
  { "half", LAC_UINT, offsetof(bilinear_params, half), "10", "[1,10000]", NULL, "coordinates of u and of v" },
  { "lambda", LAC_REAL, offsetof(bilinear_params, lambda), "0.01", ">=0", NULL, "strong convexity and concavity" },
  { "hetero", LAC_REAL, offsetof(bilinear_params, hetero), "1", ">=0", NULL, "how much the clients differ: deviation of a_i and b_i" },
  { "matrices", LAC_CHOICE, offsetof(bilinear_params, matrices), "own", NULL, "own|common|centred",
    "whether every client has its own A_i, or all one; centred: differences of spread have mean 0" },
  { "spread", LAC_REAL, offsetof(bilinear_params, spread), "0", ">=0", NULL,
    "matrices=common|centred: how much the A_i differ, standard deviation of each entry; |A| is about 4" },
  { "solution", LAC_CHOICE, offsetof(bilinear_params, solution), "different", NULL, "different|shared",
    "shared: all clients have one solution, F_i(z*) = 0" },
  { "matrix", LAC_TEXT, offsetof(bilinear_params, matrix), "", NULL, NULL, "file of A_i with %d for the client, or of all A_i stacked" },
  { "vector", LAC_TEXT, offsetof(bilinear_params, vector), "", NULL, NULL, "file of a_i then b_i, with %d, or of all stacked" },
  { 0 }
};

typedef struct { lac_blocks matrices, vectors; } shared;
typedef struct { double *A, *ab; int owns_A, owns_ab; } shard_t;

enum { OWN, COMMON, CENTRED };
enum { DIFFERENT, SHARED };

static int open_files(lac_problem *p, shared *s)
{
  const bilinear_params *o = p->params;
  if (!*o->matrix || !*o->vector)
    return lac_fail(LAC_EUSER, WHAT ": matrix= and vector= go together; give both or none");
  LAC_TRY(lac_blocks_open(&s->vectors, p, WHAT, o->vector, 0));
  p->d = s->vectors.size;
  if (p->d % 2)
    return lac_fail(LAC_EUSER, WHAT ": %s has an odd number of numbers a client; it must hold a_i and b_i", o->vector);
  return lac_blocks_open(&s->matrices, p, WHAT, o->matrix, p->d / 2 * (p->d / 2));
}

static int bilinear_open(lac_problem *p)
{
  const bilinear_params *o = p->params;
  if (o->spread > 0 && o->matrices == OWN)
    return lac_fail(LAC_EUSER, WHAT ": spread is about clients that share a matrix; add matrices=common or centred, or leave it out");
  p->d = 2 * o->half;
  if (!(p->self = lac_alloc(sizeof(shared))))
    return LAC_ENOMEM;
  return *o->matrix || *o->vector ? open_files(p, p->self) : LAC_OK;
}

static void bilinear_close(lac_problem *p)
{
  shared *s = p->self;
  if (s) {
    lac_blocks_close(&s->matrices);
    lac_blocks_close(&s->vectors);
  }
  free(s);
}

static void bilinear_unload(void *shard)
{
  shard_t *s = shard;
  if (s->owns_A)
    free(s->A);
  if (s->owns_ab)
    free(s->ab);
  free(s);
}

/* A = G G'/h + I/10, a few rows of G against all, so that these few stay in the cache. */
static void fill_matrix(size_t h, const double *G, double *A)
{
  enum { FEW = 8 };
  for (size_t first = 0; first < h; first += FEW)
    for (size_t i = first; i < h; i++)
      for (size_t j = first; j < first + FEW && j <= i; j++)
        A[i * h + j] = A[j * h + i] = lac_dot(h, G + i * h, G + j * h) / (double)h + (i == j ? 0.1 : 0);
}

/* Streams of a client or, of what all share, of client 0. */
enum { USE_CLIENT, USE_COMMON, USE_SPREAD, USE_SOLUTION };

static void draw_matrix(const lac_problem *p, uint32_t client, gsl_rng *rng, double *G, double *A)
{
  const bilinear_params *o = p->params;
  size_t h = p->d / 2;
  int common = o->matrices != OWN;
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, common ? 0 : client, 0, common ? USE_COMMON : USE_CLIENT);
  lac_rng_normal(rng, G, h * h, 1);
  fill_matrix(h, G, A);
}

/* a = -(A v + lambda u), b = lambda v - A'u. */
static void share_solution(const lac_problem *p, gsl_rng *rng, const double *A, double *z, double *ab)
{
  const bilinear_params *o = p->params;
  size_t h = p->d / 2;
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, 0, 0, USE_SOLUTION);
  lac_rng_normal(rng, z, p->d, o->hetero);
  lac_cross(h, A, z, ab);
  for (size_t j = 0; j < h; j++) {
    ab[j] = -ab[j] - o->lambda * z[j];
    ab[h + j] = o->lambda * z[h + j] - ab[h + j];
  }
}

/* A += spread (E_client - (1/n) sum E_j), without the mean where they are not centred. */
static void add_spread(const lac_problem *p, uint32_t client, gsl_rng *rng, double *A)
{
  const bilinear_params *o = p->params;
  size_t size = p->d / 2 * (p->d / 2);
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, client, 0, USE_SPREAD);
  lac_rng_add_normal(rng, A, size, o->spread);
  for (uint32_t j = 0; o->matrices == CENTRED && j < p->n; j++) {
    lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, j, 0, USE_SPREAD);
    lac_rng_add_normal(rng, A, size, -o->spread / p->n);
  }
}

/* G: max(h, 2) x h numbers of scratch. */
static void fill_client(const lac_problem *p, uint32_t client, gsl_rng *rng, double *G, shard_t *s)
{
  const bilinear_params *o = p->params;
  draw_matrix(p, client, rng, G, s->A);
  if (o->matrices != OWN)
    lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, client, 0, USE_CLIENT);      /* else the matrix was the first of this stream */
  lac_rng_normal(rng, s->ab, p->d, o->hetero);
  if (o->spread > 0)
    add_spread(p, client, rng, s->A);
  if (o->solution == SHARED)
    share_solution(p, rng, s->A, G, s->ab);
}

static int generate(const lac_problem *p, uint32_t client, shard_t *s)
{
  size_t h = p->d / 2;
  s->A = lac_alloc(h * h * sizeof *s->A);
  s->ab = lac_alloc(p->d * sizeof *s->ab);
  s->owns_A = s->owns_ab = 1;
  double *G = lac_alloc((h > 2 ? h : 2) * h * sizeof *G);      /* last: what it leaves is at the end of the heap */
  gsl_rng *rng = lac_rng_new();
  int status = G && rng && s->A && s->ab ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK)
    fill_client(p, client, rng, G, s);
  free(G);
  if (rng)
    gsl_rng_free(rng);
  return status;
}

static int bilinear_load(const lac_problem *p, uint32_t client, void **shard)
{
  const shared *all = p->self;
  shard_t *s = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  *shard = s;
  if (!all->matrices.size)
    return generate(p, client, s);
  LAC_TRY(lac_blocks_get(&all->matrices, client, &s->A, &s->owns_A));
  return lac_blocks_get(&all->vectors, client, &s->ab, &s->owns_ab);
}

static int bilinear_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  const shard_t *s = shard;
  double lambda = ((const bilinear_params *)p->params)->lambda;
  size_t h = p->d / 2;
  lac_cross(h, s->A, x, g);
  *f = lac_dot(h, x, g) + lac_dot(p->d, s->ab, x) + lambda / 2 * (lac_norm_sq(h, x) - lac_norm_sq(h, x + h));
  for (size_t j = 0; j < h; j++) {
    g[j] += s->ab[j] + lambda * x[j];
    g[h + j] = -g[h + j] - s->ab[h + j] + lambda * x[h + j];
  }
  return LAC_OK;
}

/* (lambda I, A; A', -lambda I) is symmetric and has the norm of F_i's matrix, sqrt(lambda^2 + |A|^2). */
static int bilinear_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  double lambda = ((const bilinear_params *)p->params)->lambda;
  size_t h = p->d / 2;
  lac_cross(h, ((const shard_t *)shard)->A, v, out);
  lac_axpy(h, lambda, v, out);
  lac_axpy(h, -lambda, v + h, out + h);
  return LAC_OK;
}

static int bilinear_convexity(const lac_problem *p, double *mu)
{
  *mu = ((const bilinear_params *)p->params)->lambda;
  return *mu > 0 ? LAC_OK : LAC_ENOTSUP;
}

/* g(u, v') - g(u', v) = <F, z - z'> - lambda/2 |z - z'|^2, largest at z - z' = F/lambda. */
static double bilinear_gap(const lac_problem *p, const double *x, const double *F)
{
  (void)x;
  return lac_norm_sq(p->d, F) / (2 * ((const bilinear_params *)p->params)->lambda);
}

static size_t bilinear_bytes(const void *shard)
{
  (void)shard;
  return sizeof(shard_t);
}

/* What is generated needs G beside A_i. */
static lac_footprint bilinear_footprint(const lac_problem *p, double rows)
{
  (void)rows;
  const shared *s = p->self;
  lac_footprint a = lac_blocks_footprint(&s->matrices), b = lac_blocks_footprint(&s->vectors);
  double matrix = s->matrices.size ? 0 : 2 * (double)p->d * (double)p->d, vector = s->matrices.size ? 0 : 8 * (double)p->d + 256;
  return (lac_footprint){ .shard = 256 + a.shard + b.shard + matrix + vector, .shared = a.shared + b.shared,
                          .loading = fmax(fmax(a.loading, b.loading), matrix) };
}

const lac_problem_type lac_problem_bilinear = {
  .name = "bilinear",
  .summary = "a bilinear saddle point with quadratic regularisers, generated or from text files",
  .reference = "Beznosikov, Richtarik, Diskin, Ryabinin, Gasnikov, NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .params_size = sizeof(bilinear_params),
  .saddle = 1,
  .affine = 1,
  .open = bilinear_open,
  .close = bilinear_close,
  .load = bilinear_load,
  .unload = bilinear_unload,
  .value_grad = bilinear_value_grad,
  .curvature = bilinear_curvature,
  .convexity = bilinear_convexity,
  .gap = bilinear_gap,
  .shard_bytes = bilinear_bytes,
  .footprint = bilinear_footprint,
};
