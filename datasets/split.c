/* split.c: which client gets which rows of a file.

   contiguous   the file's order, cut into n pieces
   shuffled     a permutation (Fisher-Yates, stream (partition, 0, 0, 1)), then contiguous
   sorted       by label or by the norm of the features, equal ones in the file's order, then contiguous: n clients of few
                classes, or of very different smoothness
   dirichlet    for each class c = 0, 1, ... in ascending order of its label: proportions p ~ Dirichlet(alpha, ...,
                alpha) over the clients (stream (partition, 0, c, 2)); the N_c rows of the class, shuffled on the same
                stream, are cut where N_c (p_0 + ... + p_i) is rounded down.  A client's rows stand in the file's order.
                Repair: for every client without a row, in ascending order, the client that has the most rows then (the
                lowest of equals) gives the last of its own, in the file's order.  See Hsu, Qi, Brown,
                "Measuring the effects of non-identical data distribution for federated visual classification", 2019.

   And scale=FROM..TO multiplies the features of client i of n by FROM (TO/FROM)^(i/(n-1)). */
#include "split.h"

#include "elementary.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTIGUOUS, SHUFFLED, SORTED, DIRICHLET };
enum { SPREAD, LAST };
enum { LABEL, NORM };
enum { USE_SHUFFLE = 1, USE_DIRICHLET = 2, MAX_CLASSES = 1000 };

/* Every params struct begins with it. */
typedef struct { char *scale; } common;
typedef struct { common common; int rest; } contiguous_params;
typedef struct { common common; int by; } sorted_params;
typedef struct { common common; double alpha; } dirichlet_params;

#define SCALE                                                       \
  {"scale", LAC_TEXT, offsetof(common, scale), "1..1", NULL, NULL,  \
   "FROM..TO: factors on the features, geometric from the first client to the last"}

static const lac_option contiguous_options[] = {
  {"rest", LAC_CHOICE, offsetof(contiguous_params, rest), "spread", NULL, "spread|last",
   "spread: client i of n gets rows floor(N i/n) to floor(N (i+1)/n) - 1; last: floor(N/n) each, the rest to the last"},
  SCALE, {0}
};
static const lac_option shuffled_options[] = {SCALE, {0}};
static const lac_option sorted_options[] = {
  {"by", LAC_CHOICE, offsetof(sorted_params, by), "label", NULL, "label|norm",
   "what the rows are sorted by: label, or norm of the features"},
  SCALE, {0}
};
static const lac_option dirichlet_options[] = {
  {"alpha", LAC_REAL, offsetof(dirichlet_params, alpha), "0.5", ">0", NULL,
   "concentration: small gives every client few classes, large gives all clients alike"},
  SCALE, {0}
};

const lac_data_kind lac_splits[] = {
  [CONTIGUOUS] = {"contiguous", "the rows in the order of the file, cut into n pieces", contiguous_options,
                  sizeof(contiguous_params), NULL},
  [SHUFFLED] = {"shuffled", "a random permutation of the rows, cut into n pieces", shuffled_options, sizeof(common), NULL},
  [SORTED] = {"sorted", "the rows sorted by label or norm, cut into n pieces: clients differ as much as they can", sorted_options,
              sizeof(sorted_params), NULL},
  [DIRICHLET] = {"dirichlet", "the rows of each class in Dirichlet proportions; every client keeps at least one row",
                 dirichlet_options, sizeof(dirichlet_params), "Hsu, Qi, Brown 2019, arXiv:1909.06335"},
  {0}
};

/* ---- the factor on a client's features ---- */

/* A whole word that is a positive number. */
static int parse_factor(const char *word, size_t length, double *factor)
{
  char text[40];
  const char *at = text;
  snprintf(text, sizeof text, "%.*s", length < sizeof text ? (int)length : 0, word);
  return lac_parse_decimal(&at, factor) && !*at && *factor > 0 && isfinite(*factor);
}

static int parse_scale(const char *text, double *from, double *to)
{
  const char *dots = strstr(text, "..");
  return dots && parse_factor(text, (size_t)(dots - text), from) && parse_factor(dots + 2, strlen(dots + 2), to);
}

int lac_split_check(const void *params)
{
  double from, to;
  const char *text = ((const common *)params)->scale;
  return parse_scale(text, &from, &to) ? LAC_OK :
         lac_fail(LAC_EUSER, "--split: scale must be two positive numbers, FROM..TO, not '%.40s'", text);
}

double lac_split_scale(const void *params, uint32_t client, uint32_t n)
{
  double from = 1, to = 1;
  parse_scale(((const common *)params)->scale, &from, &to);
  return from == to || client == 0 ? from : client + 1 == n ? to : from * lac_exp(lac_log(to / from) * client / (n - 1.0));
}

int lac_split_is_plain(int kind, const void *params)
{
  return kind == CONTIGUOUS && ((const contiguous_params *)params)->rest == SPREAD;
}

/* ---- who gets which row ---- */

typedef struct { double y; size_t row; } labelled;

static int by_label(const void *a, const void *b)
{
  const labelled *p = a, *q = b;
  if (p->y != q->y)
    return p->y < q->y ? -1 : 1;
  return (p->row > q->row) - (p->row < q->row);
}

static labelled *sorted_rows(const double *y, size_t rows)
{
  labelled *all = malloc(rows * sizeof *all);
  if (!all) {
    lac_fail(LAC_ENOMEM, "out of memory to sort %zu rows", rows);
    return NULL;
  }
  for (size_t r = 0; r < rows; r++)
    all[r] = (labelled){y[r], r};
  qsort(all, rows, sizeof *all, by_label);
  return all;
}

/* floor(rows * i / n) without the product's overflow. */
static size_t cut(size_t rows, uint32_t i, uint32_t n) { return rows / n * i + rows % n * i / n; }

static void cut_evenly(size_t *first, size_t rows, uint32_t n, int rest)
{
  for (uint32_t i = 0; i <= n; i++)
    first[i] = rest == LAST ? rows / n * i : cut(rows, i, n);
  first[n] = rows;
}

static void shuffle(gsl_rng *rng, size_t *x, size_t count)
{
  for (size_t i = count; i > 1; i--) {
    size_t j = lac_rng_below(rng, i), swap = x[i - 1];
    x[i - 1] = x[j];
    x[j] = swap;
  }
}

static int shuffled_order(const lac_seeds *seeds, size_t *order, size_t rows)
{
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  for (size_t r = 0; r < rows; r++)
    order[r] = r;
  lac_rng_point(rng, seeds, LAC_SEED_PARTITION, 0, 0, USE_SHUFFLE);
  shuffle(rng, order, rows);
  gsl_rng_free(rng);
  return LAC_OK;
}

/* |a|^2 of every row of a file, which is sparse. */
static double *square_norms(const lac_rows *rows)
{
  double *norm = lac_alloc(rows->m * sizeof *norm);
  for (size_t r = 0; norm && r < rows->m; r++)
    for (size_t k = rows->ptr[r]; k < rows->ptr[r + 1]; k++)
      norm[r] += rows->val[k] * rows->val[k];
  return norm;
}

static int sorted_order(const double *key, size_t *order, size_t rows)
{
  labelled *all = key ? sorted_rows(key, rows) : NULL;
  if (!all)
    return LAC_ENOMEM;
  for (size_t r = 0; r < rows; r++)
    order[r] = all[r].row;
  free(all);
  return LAC_OK;
}

/* The logarithm of a variate of Gamma(a, 1) (Marsaglia, Tsang, ACM TOMS 26(3), 2000).  a >= 1: d (1 + c x)^3, d = a - 1/3,
   c = 1/sqrt(9 d), x ~ N(0, 1), accepted by a uniform number of (0, 1].  a < 1: one of Gamma(a + 1, 1) times u^(1/a), which for small a
   is too small for a double, unlike its logarithm. */
static double log_gamma_variate(gsl_rng *rng, double a)
{
  double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / sqrt(9 * d), x, v, log_u;
  do {
    lac_rng_normal(rng, &x, 1, 1);
    log_u = lac_log(1 - gsl_rng_uniform(rng));
    v = (1 + c * x) * (1 + c * x) * (1 + c * x);      /* negative: its logarithm is NaN, and x is drawn again */
  } while (!(log_u <= x * x / 2 + d * (1 - v + lac_log(v))));
  return lac_log(d * v) + (a < 1 ? lac_log(1 - gsl_rng_uniform(rng)) / a : 0);
}

/* n shares from the symmetric Dirichlet distribution: gamma variates over their sum. */
static void draw_shares(gsl_rng *rng, double alpha, double *share, uint32_t n)
{
  double most = -INFINITY, sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    share[i] = log_gamma_variate(rng, alpha);
    most = fmax(most, share[i]);
  }
  for (uint32_t i = 0; i < n; i++)
    sum += share[i] = lac_exp(share[i] - most);
  for (uint32_t i = 0; i < n; i++)
    share[i] /= sum;
}

typedef struct {
  uint32_t n, *owner;                /* of each row */
  size_t rows, *held, *members;      /* rows of each client; rows of one class */
  double alpha, *share;
  gsl_rng *rng;
} dealing;

/* The `count` members of a class, cut at the running sum of the shares. */
static void deal_class(dealing *d, size_t count)
{
  draw_shares(d->rng, d->alpha, d->share, d->n);
  shuffle(d->rng, d->members, count);
  double sum = 0;
  size_t from = 0;
  for (uint32_t i = 0; i < d->n; i++) {
    sum += d->share[i];
    double end = (double)count * sum;
    size_t to = i + 1 == d->n || !(end < (double)count) ? count : (size_t)end;
    for (size_t k = from; k < to; k++)
      d->owner[d->members[k]] = i;
    d->held[i] += to > from ? to - from : 0;
    from = to > from ? to : from;
  }
}

static int deal(dealing *d, const lac_seeds *seeds, const labelled *all)
{
  uint32_t class = 0;
  for (size_t from = 0, to; from < d->rows; from = to, class++) {
    if (class == MAX_CLASSES)
      return lac_fail(LAC_EUSER, "--split: dirichlet needs classes, but the labels take more than %d values; "
                      "use shuffled or sorted", MAX_CLASSES);
    for (to = from; to < d->rows && all[to].y == all[from].y; to++)
      d->members[to - from] = all[to].row;
    lac_rng_point(d->rng, seeds, LAC_SEED_PARTITION, 0, class, USE_DIRICHLET);
    deal_class(d, to - from);
  }
  return LAC_OK;
}

static void repair(dealing *d)
{
  for (uint32_t poor = 0; poor < d->n; poor++) {
    if (d->held[poor])
      continue;
    uint32_t rich = 0;
    for (uint32_t i = 1; i < d->n; i++)
      if (d->held[i] > d->held[rich])
        rich = i;
    size_t row = d->rows - 1;
    while (d->owner[row] != rich)
      row--;
    d->owner[row] = poor;
    d->held[rich]--;
    d->held[poor]++;
  }
}

/* Counting sort by owner: each client's rows stay in the file's order. */
static void gather(const dealing *d, lac_assignment *to)
{
  to->first[0] = 0;
  for (uint32_t i = 0; i < d->n; i++)
    to->first[i + 1] = to->first[i] + d->held[i];
  for (uint32_t i = 0; i < d->n; i++)
    d->held[i] = to->first[i];
  for (size_t r = 0; r < d->rows; r++)
    to->order[d->held[d->owner[r]]++] = r;
}

static int dirichlet(const dirichlet_params *p, const lac_seeds *seeds, const double *y, size_t rows, uint32_t n,
                     lac_assignment *to)
{
  dealing d = {.n = n, .rows = rows, .alpha = p->alpha, .rng = lac_rng_new()};
  labelled *all = sorted_rows(y, rows);
  d.owner = malloc(rows * sizeof *d.owner);
  d.members = malloc(rows * sizeof *d.members);
  d.held = calloc(n, sizeof *d.held);
  d.share = malloc(n * sizeof *d.share);
  int code = LAC_OK;
  if (!all || !d.rng || !d.owner || !d.members || !d.held || !d.share)
    code = lac_fail(LAC_ENOMEM, "out of memory to split %zu rows", rows);
  else
    code = deal(&d, seeds, all);
  if (code == LAC_OK) {
    repair(&d);
    gather(&d, to);
  }
  if (d.rng)
    gsl_rng_free(d.rng);
  free(all);
  free(d.owner);
  free(d.members);
  free(d.held);
  free(d.share);
  return code;
}

static int assign(int kind, const void *params, const lac_seeds *seeds, const lac_rows *rows, uint32_t n, lac_assignment *to)
{
  double *norm = NULL;
  int status = LAC_OK;
  cut_evenly(to->first, rows->m, n, kind == CONTIGUOUS ? ((const contiguous_params *)params)->rest : SPREAD);
  switch (kind) {
  case SHUFFLED:
    return shuffled_order(seeds, to->order, rows->m);
  case SORTED:
    norm = ((const sorted_params *)params)->by == NORM ? square_norms(rows) : NULL;
    status = sorted_order(((const sorted_params *)params)->by == NORM ? norm : rows->y, to->order, rows->m);
    free(norm);
    return status;
  case DIRICHLET:
    return dirichlet(params, seeds, rows->y, rows->m, n, to);
  }
  return LAC_OK;
}

int lac_split_assign(int kind, const void *params, const lac_seeds *seeds, const lac_rows *rows, uint32_t n, lac_assignment *to)
{
  to->first = malloc(((size_t)n + 1) * sizeof *to->first);
  to->order = kind == CONTIGUOUS ? NULL : malloc(rows->m * sizeof *to->order);
  int code = LAC_OK;
  if (!to->first || (kind != CONTIGUOUS && !to->order))
    code = lac_fail(LAC_ENOMEM, "out of memory to split %zu rows", rows->m);
  else
    code = assign(kind, params, seeds, rows, n, to);
  if (code != LAC_OK) {
    free(to->first);
    free(to->order);
    *to = (lac_assignment){0};
  }
  return code;
}
