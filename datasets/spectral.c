/* spectral.c: rows with real labels whose spectrum is prescribed, client by client.

   Feature j belongs to c = ceil(share n) clients, drawn at random (c = n: to all); client i's k_i features get the k_i columns of
     A_i = sqrt(m) U diag(s) V'
   with U, V of the singular value decomposition of an m x k_i matrix of uniform numbers in [0,1), largest singular value first, and
     s_l^2 = z_i (low + (high - low) l/(k_i - 1)),   l = 0, 1, ..., min(m, k_i) - 1       (s_0^2 = z_i high when there is but one)
   then s_l becomes (1 - outlier) s_l, for client 0 (1 - outlier) s_l + 10 outlier.  So the s_l^2 are the eigenvalues of lsq's Hessian
   A_i'A_i/m that are not 0.

     labels  y = sqrt(m) (a.x* + u), u uniform in (-noise, noise), x* = (1/2, ..., 1/2)         a: the row without the factor
     dial    z_i = 1 - spread + spread e_i, e_i ~ Exp(1): when k_i <= m, the variance of the largest s^2 is (spread high)^2

   share, low, high, outlier: Richtarik, Gasanov, Burlachenko 2023, arXiv:2305.15264 (c/n, 1, 20, 0.1 there).  All draws are on the data
   axis, in streams of (client or feature, 0, use). */
#include "generator.h"

#include "elementary.h"
#include "rows.h"
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { USE_OWNERS = 0x200, USE_MATRIX, USE_LABELS, USE_DIAL };

typedef struct { uint64_t rows, d; double share, low, high, outlier, spread, noise; } params;

#define FIELD(name) offsetof(params, name)
static const lac_option options[] = {
  {"rows", LAC_UINT, FIELD(rows), "12", "[1,65536]", NULL, "rows of every client"},
  {"d", LAC_UINT, FIELD(d), "50", "[1,2147483647]", NULL, "features"},
  {"share", LAC_REAL, FIELD(share), "1", "(0,1]", NULL, "share c/n of the clients that have a feature"},
  {"low", LAC_REAL, FIELD(low), "1", ">=0", NULL, "smallest squared singular value"},
  {"high", LAC_REAL, FIELD(high), "20", ">0", NULL, "largest squared singular value of a client with at most as many features as rows"},
  {"outlier", LAC_REAL, FIELD(outlier), "0", "[0,1]", NULL, "singular values times 1 - outlier, and for client 0 10*outlier more"},
  {"spread", LAC_REAL, FIELD(spread), "0", "[0,1]", NULL,
   "how unequal the L_i are: squared singular values times 1 - spread + spread e_i, e_i exponential of mean 1"},
  {"noise", LAC_REAL, FIELD(noise), "2", ">=0", NULL, "labels are off by a uniform number up to this"},
  {0}
};

typedef struct {
  params p;
  lac_seeds seeds;
  uint32_t n, c;
  int sparse;
  uint32_t *owners;          /* d x c, ascending; NULL: every feature belongs to all */
} source;

static int by_number(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static int owns(const source *s, uint32_t client, size_t feature)
{
  return !s->owners || bsearch(&client, s->owners + feature * s->c, s->c, sizeof client, by_number);
}

/* The features of a client, ascending; how many. */
static size_t features_of(const source *s, uint32_t client, uint32_t *feature)
{
  size_t k = 0;
  for (size_t j = 0; j < s->p.d; j++)
    if (owns(s, client, j))
      feature[k++] = (uint32_t)j;
  return k;
}

/* ---- open ---- */

static int deal(source *s, uint32_t attempt)
{
  gsl_rng *rng = lac_rng_new();
  uint64_t *set = lac_alloc(LAC_CHOICE_WORDS(s->n) * sizeof *set);
  int status = rng && set ? LAC_OK : LAC_ENOMEM;
  for (size_t j = 0; status == LAC_OK && j < s->p.d; j++) {
    lac_choice choice;
    lac_rng_point(rng, &s->seeds, LAC_SEED_DATA, (uint32_t)j, attempt, USE_OWNERS);
    status = lac_choose(&choice, rng, s->n, s->c, set);
    for (uint32_t i = 0; status == LAC_OK && i < s->c; i++)
      s->owners[j * s->c + i] = (uint32_t)lac_choose_next(&choice);
  }
  if (rng)
    gsl_rng_free(rng);
  free(set);
  return status;
}

static int nobody_is_poor(const source *s, uint8_t *has)
{
  memset(has, 0, s->n);
  for (size_t at = 0; at < s->p.d * s->c; at++)
    has[s->owners[at]] = 1;
  return !memchr(has, 0, s->n);
}

/* Dealt anew when a client went away with nothing. */
static int deal_owners(source *s)
{
  enum { ATTEMPTS = 5 };
  uint8_t *has = lac_alloc(s->n);
  s->owners = lac_alloc(s->p.d * s->c * sizeof *s->owners);
  int status = s->owners && has ? LAC_OK : LAC_ENOMEM, good = 0;
  for (uint32_t attempt = 0; status == LAC_OK && !good && attempt < ATTEMPTS; attempt++)
    if ((status = deal(s, attempt)) == LAC_OK)
      good = nobody_is_poor(s, has);
  free(has);
  if (status == LAC_OK && !good)
    status = lac_fail(LAC_EUSER, "--dataset=spectral: a client got none of the d=%llu features with share=%g; raise one of them",
                      (unsigned long long)s->p.d, s->p.share);
  return status;
}

static void spectral_close(void *self)
{
  if (self)
    free(((source *)self)->owners);
  free(self);
}

static int check_params(const params *p, uint32_t n)
{
  if (p->low > p->high)
    return lac_fail(LAC_EUSER, "--dataset=spectral: low=%g is above high=%g", p->low, p->high);
  if ((double)p->rows * (double)p->d > 0x1p40 || (double)p->d * n * p->share > 0x1p32)
    return lac_fail(LAC_EUSER, "--dataset=spectral: rows=%llu with d=%llu is too large; lower one of them", (unsigned long long)p->rows,
                    (unsigned long long)p->d);
  return LAC_OK;
}

/* 0.05 * 100 is 5 */
static uint32_t owners_of(const params *p, uint32_t n) { return (uint32_t)fmin(n, ceil(p->share * n * (1 - 1e-12))); }
static double owners_bytes(const params *p, uint32_t n) { return owners_of(p, n) < n ? 4 * (double)p->d * owners_of(p, n) : 0; }

static int spectral_open(void **self, const void *given, const lac_seeds *seeds, uint32_t n, const lac_room *room, lac_data_info *info)
{
  *self = NULL;
  LAC_TRY(check_params(given, n));
  LAC_TRY(lac_room_check(room, owners_bytes(given, n) + n, "who has which feature of --dataset=spectral", "a smaller d, fewer clients"));
  source *s = lac_alloc(sizeof *s);
  if (!s)
    return LAC_ENOMEM;
  s->p = *(const params *)given;
  s->seeds = *seeds;
  s->n = n;
  s->c = owners_of(&s->p, n);
  int status = s->c < n ? deal_owners(s) : LAC_OK;
  if (status != LAC_OK) {
    spectral_close(s);
    return status;
  }
  info->rows = (size_t)n * s->p.rows;
  info->d = s->p.d;
  info->nnz = s->p.rows * s->p.d * s->c;
  info->classes = info->rows < 1000 ? (uint32_t)info->rows : 1000;
  s->sparse = lac_rows_sparse(info->rows, info->d, info->nnz);
  *self = s;
  return LAC_OK;
}

static int spectral_sparse(const void *self) { return ((const source *)self)->sparse; }

static size_t spectral_rows(const void *self, uint32_t client)
{
  (void)client;
  return ((const source *)self)->p.rows;
}

/* Features of each of these clients. */
static uint32_t *count_features(const source *s, uint32_t first, uint32_t last)
{
  uint32_t *count = lac_alloc((last - first) * sizeof *count);
  for (uint32_t i = 0; count && !s->owners && i < last - first; i++)
    count[i] = (uint32_t)s->p.d;
  for (size_t at = 0; count && s->owners && at < s->p.d * s->c; at++)
    if (s->owners[at] >= first && s->owners[at] < last)
      count[s->owners[at] - first]++;
  return count;
}

static int spectral_measure(const void *self, uint32_t first, uint32_t last, lac_data_size *size)
{
  const source *s = self;
  double m = (double)s->p.rows;
  uint32_t *count = count_features(s, first, last);
  if (!count)
    return LAC_ENOMEM;
  size->own = owners_bytes(&s->p, s->n);
  for (uint32_t i = 0; i < last - first; i++) {
    double k = count[i], bytes = lac_rows_forecast(m, s->p.d, m * k, s->sparse), least = fmin(m, k);
    size->shards += bytes;
    size->largest = fmax(size->largest, bytes);
    size->loading = fmax(size->loading, 8 * (2 * m * k + least * least + 3 * least) + 4 * (double)s->p.d);      /* A_i, U, V */
  }
  free(count);
  return LAC_OK;
}

/* ---- a client ---- */

/* z_i */
static double dial(const source *s, gsl_rng *rng, uint32_t client)
{
  lac_rng_point(rng, &s->seeds, LAC_SEED_DATA, client, 0, USE_DIAL);
  return 1 - s->p.spread - s->p.spread * lac_log(1 - gsl_rng_uniform(rng));      /* the difference is exact */
}

static double singular_value(const source *s, uint32_t client, double z, size_t l, size_t k, size_t count)
{
  double part = count > 1 ? (double)l / (double)(k - 1) : 1;
  double value = sqrt(z * (s->p.low + (s->p.high - s->p.low) * part)) * (1 - s->p.outlier);
  return value + (client == 0 ? 10 * s->p.outlier : 0);
}

/* a = U diag(s) V', m x k.  GSL decomposes what is not wider than tall. */
static int make_matrix(const source *s, gsl_rng *rng, uint32_t client, gsl_matrix *a)
{
  size_t m = a->size1, k = a->size2, tall = m > k ? m : k, count = m < k ? m : k;
  gsl_matrix *u = gsl_matrix_alloc(tall, count), *v = gsl_matrix_alloc(count, count);
  gsl_vector *old = gsl_vector_alloc(count), *work = gsl_vector_alloc(count);
  int status = u && v && old && work ? LAC_OK : lac_fail(LAC_ENOMEM, "out of memory for a matrix of %zu x %zu", m, k);
  if (status == LAC_OK) {
    lac_rng_point(rng, &s->seeds, LAC_SEED_DATA, client, 0, USE_MATRIX);
    for (size_t r = 0; r < m; r++)
      for (size_t j = 0; j < k; j++)
        gsl_matrix_set(u, m < k ? j : r, m < k ? r : j, gsl_rng_uniform(rng));
    gsl_linalg_SV_decomp(u, v, old, work);
    double z = dial(s, rng, client);
    for (size_t l = 0; l < count; l++)
      gsl_vector_set(old, l, singular_value(s, client, z, l, k, count));
    const gsl_matrix *left = m < k ? v : u, *right = m < k ? u : v;
    for (size_t r = 0; r < m; r++)
      for (size_t j = 0; j < k; j++) {
        double sum = 0;
        for (size_t l = 0; l < count; l++)
          sum += gsl_matrix_get(left, r, l) * gsl_vector_get(old, l) * gsl_matrix_get(right, j, l);
        gsl_matrix_set(a, r, j, sum);
      }
  }
  gsl_matrix_free(u);
  gsl_matrix_free(v);
  gsl_vector_free(old);
  gsl_vector_free(work);
  return status;
}

static void fill_rows(const source *s, gsl_rng *rng, uint32_t client, const gsl_matrix *a, const uint32_t *feature, lac_rows *rows)
{
  size_t k = a->size2;
  double root = sqrt((double)rows->m);
  lac_rng_point(rng, &s->seeds, LAC_SEED_DATA, client, 0, USE_LABELS);
  for (size_t r = 0; r < rows->m; r++) {
    double sum = 0;
    for (size_t j = 0; j < k; j++) {
      double value = gsl_matrix_get(a, r, j);
      sum += value / 2;
      if (rows->dense)
        rows->dense[r * rows->ld + feature[j]] = root * value;
      else {
        rows->col[r * k + j] = feature[j];
        rows->val[r * k + j] = root * value;
      }
    }
    rows->y[r] = root * (sum + s->p.noise * (2 * gsl_rng_uniform(rng) - 1));
    if (rows->ptr)
      rows->ptr[r + 1] = (r + 1) * k;
  }
}

static int spectral_shard(const void *self, uint32_t client, lac_rows **rows)
{
  const source *s = self;
  gsl_rng *rng = lac_rng_new();
  uint32_t *feature = lac_alloc(s->p.d * sizeof *feature);
  size_t k = feature ? features_of(s, client, feature) : 0;
  gsl_matrix *a = k ? gsl_matrix_alloc(s->p.rows, k) : NULL;
  lac_rows *r = rng && a ? lac_rows_new(s->p.rows, s->p.d, s->p.rows * k, s->sparse) : NULL;
  int status = r ? make_matrix(s, rng, client, a) : LAC_ENOMEM;
  if (status == LAC_OK)
    fill_rows(s, rng, client, a, feature, r);
  gsl_matrix_free(a);
  free(feature);
  if (rng)
    gsl_rng_free(rng);
  if (status != LAC_OK) {
    lac_rows_free(r);
    r = NULL;
  }
  *rows = r;
  return status;
}

const lac_generator lac_generator_spectral = {
  .kind = {"spectral", "rows of a prescribed spectrum: rare features, a dial of how unequal the L_i are", options, sizeof(params), NULL},
  .open = spectral_open,
  .rows = spectral_rows,
  .sparse = spectral_sparse,
  .measure = spectral_measure,
  .shard = spectral_shard,
  .close = spectral_close,
};
