/* How long a round waits for the k fastest of n clients, by formula and as the mean over the draws of networks (lac_straggle_factors):

     exponential  a + Exp(mu)              a + (H_n - H_{n-k}) / mu                      H_n = 1 + 1/2 + ... + 1/n
     pareto       x / U^(1/s)              x prod_{j=n-k+1..n} j / (j - 1/s)
     two          c with q, else 1         1 + (c - 1) P(fewer than k of n are fast)
   Order statistics of the exponential law: Lee et al., arXiv:1512.02673; of Pareto's: the product of Gamma(n+1) Gamma(n-k+1-1/s) /
   (Gamma(n-k+1) Gamma(n+1-1/s)). */
#include "network/models/model.h"
#include "network/seconds.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct { uint64_t rounds, seed; double a, mu, x, s, q, c; } params;

static const lac_option options[] = {
  { "rounds", LAC_UINT, offsetof(params, rounds), "4000", "[2,1000000]", NULL, "draws of all clients, over which means are taken" },
  { "seed", LAC_UINT, offsetof(params, seed), "1", NULL, NULL, "of the draws" },
  { "a", LAC_REAL, offsetof(params, a), "1", ">=0", NULL, "exponential: the least time" },
  { "mu", LAC_REAL, offsetof(params, mu), "2", ">0", NULL, "exponential: the rate of what comes on top" },
  { "x", LAC_REAL, offsetof(params, x), "1", ">0", NULL, "pareto: the least time" },
  { "s", LAC_REAL, offsetof(params, s), "3", ">1", NULL, "pareto: the exponent; a deviation needs more than 2" },
  { "q", LAC_REAL, offsetof(params, q), "0.05", "[0,1]", NULL, "two: the share of slow rounds" },
  { "c", LAC_REAL, offsetof(params, c), "4", ">0", NULL, "two: how many times slower these are" },
  { 0 }
};

static const struct { const char *name; lac_straggle law; } laws[] = {
  { "exponential", LAC_STRAGGLE_EXPONENTIAL }, { "pareto", LAC_STRAGGLE_PARETO }, { "two", LAC_STRAGGLE_TWO } };
static const uint32_t clients[] = { 4, 8, 16, 32, 64, 128, 256, 512 };
static const struct { const char *name; double share; } waits[] = { { "all", 1 }, { "90%", 0.9 }, { "50%", 0.5 } };

enum { LAWS = LAC_COUNT(laws), SIZES = LAC_COUNT(clients), WAITS = LAC_COUNT(waits) };
enum { LAW, WAIT, WAY, CLIENTS, FIRST, SECONDS, FORMULA, ERROR, SIGMAS, COLUMNS };
static const lac_model_column columns[COLUMNS] = {
  [LAW] = { "law", NULL }, [WAIT] = { "waits_for", NULL }, [WAY] = { "way", NULL }, [CLIENTS] = { "clients", "1" },
  [FIRST] = { "first", "clients" }, [SECONDS] = { "seconds", "s" }, [FORMULA] = { "formula", "s" }, [ERROR] = { "standard_error", "s" },
  [SIGMAS] = { "sigmas", "standard errors" } };

static uint32_t count_first(uint32_t n, double share) { return (uint32_t)ceil(share * n - 1e-9); }

static double expect(const params *p, lac_straggle law, uint32_t n, uint32_t k)
{
  double sum = 0, product = 1;
  for (uint32_t j = n - k + 1; j <= n; j++) {
    sum += 1.0 / j;
    product *= j / (j - 1 / p->s);
  }
  switch (law) {
  case LAC_STRAGGLE_EXPONENTIAL: return p->a + sum / p->mu;
  case LAC_STRAGGLE_PARETO: return p->x * product;
  default: return 1 + (p->c - 1) * (p->c > 1 ? gsl_cdf_binomial_P(k - 1, 1 - p->q, n) : gsl_cdf_binomial_Q(n - k, 1 - p->q, n));
  }
}

/* The standard error of the mean; of two speeds by formula, for where all draws are the same. */
static double error_of(const params *p, lac_straggle law, double formula, double mean, double square)
{
  double variance = law == LAC_STRAGGLE_TWO ? (formula - 1) * (p->c - formula) : square - mean * mean;
  return sqrt(fmax(0, variance) / (double)p->rounds);
}

static lac_network network_of(const params *p, lac_straggle law)
{
  lac_network w = { .law = law, .seed = p->seed, .law_by = { p->a, p->mu } };
  if (law == LAC_STRAGGLE_PARETO)
    w.law_by[0] = p->x, w.law_by[1] = p->s;
  else if (law == LAC_STRAGGLE_TWO)
    w.law_by[0] = p->q, w.law_by[1] = p->c;
  return w;
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* sum[WAITS], square[WAITS]: of the time of the k-th fastest. */
static int add_draws(const params *p, const lac_network *w, uint32_t n, double *factor, double *sum, double *square)
{
  for (uint64_t t = 0; t < p->rounds; t++) {
    LAC_TRY(lac_straggle_factors(w, t, n, factor));
    qsort(factor, n, sizeof *factor, ascending);
    for (size_t i = 0; i < WAITS; i++) {
      double x = factor[count_first(n, waits[i].share) - 1];
      sum[i] += x;
      square[i] += x * x;
    }
  }
  return LAC_OK;
}

/* Of the formula, or of the draws where `draws`. */
static int put_row(lac_table *t, size_t row, size_t law, size_t wait, int draws, const double cell[COLUMNS])
{
  LAC_TRY(lac_model_text(t, LAW, row, laws[law].name));
  LAC_TRY(lac_model_text(t, WAIT, row, waits[wait].name));
  LAC_TRY(lac_model_text(t, WAY, row, draws ? "draws" : "formula"));
  for (size_t c = CLIENTS; c < COLUMNS; c++)
    lac_model_real(t, c, row, !draws && c == SECONDS ? cell[FORMULA] : draws || c < ERROR ? cell[c] : NAN);
  return LAC_OK;
}

static int put_rows(const params *p, lac_table *t, size_t *row, size_t law, uint32_t n, double *factor)
{
  lac_network w = network_of(p, laws[law].law);
  double sum[WAITS] = { 0 }, square[WAITS] = { 0 }, rounds = (double)p->rounds;
  LAC_TRY(add_draws(p, &w, n, factor, sum, square));
  for (size_t i = 0; i < WAITS; i++) {
    uint32_t k = count_first(n, waits[i].share);
    double formula = expect(p, laws[law].law, n, k), mean = sum[i] / rounds;
    double error = error_of(p, laws[law].law, formula, mean, square[i] / rounds);
    const double cell[COLUMNS] = { [CLIENTS] = n, [FIRST] = k, [SECONDS] = mean, [FORMULA] = formula, [ERROR] = error,
                                   [SIGMAS] = mean == formula ? 0 : fabs(mean - formula) / error };
    for (int draws = 0; draws < 2; draws++)
      LAC_TRY(put_row(t, (*row)++, law, i, draws, cell));
  }
  return LAC_OK;
}

static int fill(const void *self, lac_table *t)
{
  size_t row = 0;
  t->rows = 2 * LAWS * WAITS * SIZES;
  LAC_TRY(lac_model_columns(t, columns, COLUMNS));
  double *factor = lac_alloc(clients[SIZES - 1] * sizeof *factor);
  int status = factor ? LAC_OK : LAC_ENOMEM;
  for (size_t law = 0; status == LAC_OK && law < LAWS; law++)
    for (size_t i = 0; status == LAC_OK && i < SIZES; i++)
      status = put_rows(self, t, &row, law, clients[i], factor);
  free(factor);
  return status;
}

const lac_model lac_model_stragglers = { .name = "stragglers", .summary = "waiting for the k fastest of n clients: formula and draws",
  .reference = "arXiv:1512.02673", .options = options, .params_size = sizeof(params), .fill = fill };
