/* polmatrix.c: the policeman and the burglar (Nemirovski 2013), a matrix game min_u max_v (1/n) sum u'A_i v over two simplices, x = (u, v),
   of `houses` coordinates each:

     A_i[k][l] = wealth_i[l] (1 - exp(-theta |k - l|)),   F_i = (A_i v, -A_i'u)

   The burglar chooses house l with probability v_l, the policeman waits at house k with probability u_k, and catches him with probability
   exp(-theta |k - l|).  wealth_i[l] = |sqrt(1 - hetero^2) c_l + hetero c_il|, c_l and c_il of N(0,1): of the same distribution whatever
   hetero is, and with hetero=0 the same for all clients.

     gap = max_v' u'A v' - min_u' u''A v = max_l (A'u)_l - min_k (A v)_k,   A the mean of the A_i */
#include "problem.h"
#include "elementary.h"
#include "parts/cross.h"
#include "parts/domain.h"
#include "vec.h"

#include <stdlib.h>

typedef struct { uint64_t houses; double theta, hetero; int prox; } polmatrix_params;

enum { EUCLIDEAN, ENTROPIC };

static const lac_option options[] = {
  { "houses", LAC_UINT, offsetof(polmatrix_params, houses), "20", "[1,10000]", NULL, "coordinates of u and of v" },
  { "theta", LAC_REAL, offsetof(polmatrix_params, theta), "0.8", ">0", NULL, "how fast the policeman's chance falls with the distance" },
  { "hetero", LAC_REAL, offsetof(polmatrix_params, hetero), "1", "[0,1]", NULL, "how much the clients differ; 0: not at all" },
  { "prox", LAC_CHOICE, offsetof(polmatrix_params, prox), "euclidean", NULL, "euclidean|entropic",
    "step onto the simplices: a projection, or multiplication by exp(-gamma F)" },
  { 0 }
};

static const polmatrix_params *own(const lac_problem *p) { return p->params; }

static int polmatrix_open(lac_problem *p)
{
  p->d = 2 * own(p)->houses;
  return LAC_OK;
}

/* Streams of a client; what all share is of client 0. */
enum { USE_CLIENT, USE_COMMON };

/* part: houses numbers of scratch. */
static void draw_wealth(const lac_problem *p, uint32_t client, gsl_rng *rng, double *part, double *wealth)
{
  size_t h = own(p)->houses;
  double hetero = own(p)->hetero, common = sqrt(1 - hetero * hetero);
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, 0, 0, USE_COMMON);
  lac_rng_normal(rng, wealth, h, 1);
  lac_rng_point(rng, &p->seeds, LAC_SEED_DATA, client, 0, USE_CLIENT);
  lac_rng_normal(rng, part, h, 1);
  for (size_t l = 0; l < h; l++)
    wealth[l] = fabs(common * wealth[l] + hetero * part[l]);
}

/* escapes[j]: the chance that a burglar j houses away is not caught. */
static void fill_matrix(const lac_problem *p, const double *wealth, double *escapes, double *A)
{
  size_t h = own(p)->houses;
  for (size_t j = 0; j < h; j++)
    escapes[j] = 1 - lac_exp(-own(p)->theta * (double)j);
  for (size_t k = 0; k < h; k++)
    for (size_t l = 0; l < h; l++)
      A[k * h + l] = wealth[l] * escapes[k > l ? k - l : l - k];
}

typedef struct { size_t houses; double A[]; } shard_t;

static int polmatrix_load(const lac_problem *p, uint32_t client, void **shard)
{
  size_t h = own(p)->houses;
  shard_t *s = lac_alloc(sizeof *s + h * h * sizeof *s->A);
  double *scratch = lac_alloc(2 * h * sizeof *scratch);
  gsl_rng *rng = lac_rng_new();
  int status = s && scratch && rng ? LAC_OK : LAC_ENOMEM;
  *shard = s;
  if (status == LAC_OK) {
    s->houses = h;
    draw_wealth(p, client, rng, scratch + h, scratch);
    fill_matrix(p, scratch, scratch + h, s->A);
  }
  free(scratch);
  if (rng)
    gsl_rng_free(rng);
  return status;
}

static int polmatrix_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  size_t h = p->d / 2;
  lac_cross(h, ((const shard_t *)shard)->A, x, g);
  *f = lac_dot(h, x, g);
  for (size_t j = h; j < p->d; j++)
    g[j] = -g[j];
  return LAC_OK;
}

/* (0, A; A', 0) is symmetric and has the norm of F_i's matrix, |A|. */
static int polmatrix_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  lac_cross(p->d / 2, ((const shard_t *)shard)->A, v, out);
  return LAC_OK;
}

static void polmatrix_prox(const lac_problem *p, double gamma, double *x)
{
  (void)gamma;
  size_t h = p->d / 2;
  void (*step)(size_t d, double *x) = own(p)->prox == ENTROPIC ? lac_softmax : lac_project_simplex;
  step(h, x);
  step(h, x + h);
}

/* The gradient of sum x log x is log x + 1, of which the softmax forgets the 1. */
static void polmatrix_add_dual(const lac_problem *p, double a, const double *x, double *to)
{
  int entropic = own(p)->prox == ENTROPIC;
  for (size_t j = 0; j < p->d; j++)
    to[j] += a * (entropic ? lac_log(x[j] > 0x1p-1022 ? x[j] : 0x1p-1022) : x[j]);
}

static double polmatrix_gap(const lac_problem *p, const double *x, const double *F)
{
  (void)x;
  size_t h = p->d / 2;
  double most = -F[h], least = F[0];
  for (size_t j = 1; j < h; j++) {
    most = -F[h + j] <= most ? most : -F[h + j];
    least = F[j] >= least ? least : F[j];
  }
  return most - least;
}

static size_t polmatrix_bytes(const void *shard)
{
  size_t h = ((const shard_t *)shard)->houses;
  return h * h * sizeof(double);
}

static lac_footprint polmatrix_footprint(const lac_problem *p, double rows)
{
  (void)rows;
  return (lac_footprint){ .shard = 2 * (double)p->d * (double)p->d + 128, .loading = 8 * (double)p->d + 256 };
}

const lac_problem_type lac_problem_polmatrix = {
  .name = "polmatrix",
  .summary = "a matrix game on two simplices: the policeman and the burglar",
  .reference = "Nemirovski 2013, bib:nemirovski2013; in Alacaoglu, Malitsky, COLT 2022, arXiv:2102.08352",
  .options = options,
  .params_size = sizeof(polmatrix_params),
  .saddle = 1,
  .ambiguous = 1,
  .affine = 1,
  .open = polmatrix_open,
  .load = polmatrix_load,
  .unload = free,
  .value_grad = polmatrix_value_grad,
  .curvature = polmatrix_curvature,
  .prox = polmatrix_prox,
  .add_dual = polmatrix_add_dual,
  .gap = polmatrix_gap,
  .shard_bytes = polmatrix_bytes,
  .footprint = polmatrix_footprint,
};
