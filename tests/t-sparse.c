/* What the sparsifiers promise beyond the contract of all compressors: which entries they keep, the sum of the clients' parts, the bytes
   of FORMATS.md. */
#include "certify/certify.h"
#include "registry/registry.h"
#include "replay.h"
#include "tap.h"

#include <stdlib.h>

static gsl_rng *stream, *shared, *data;
static lac_seeds seeds = { .axis = { 1, 1, 1, 1 } };

/* ---- the image of one client's vector ---- */

typedef struct { const char *spec; size_t d; uint32_t client, n, round; } where;

/* C(x), and the message where it is wanted. */
static int image_of(const where *w, const double *x, double *y, lac_msg *keep)
{
  lac_compressor c = { 0 };
  lac_msg m = { 0 };
  int status = lac_compressor_open(&c, "--up", w->spec);
  lac_site s = lac_site_of(&c, w->d);
  s.client = w->client;
  s.n = w->n;
  s.rng = stream;
  s.shared = shared;
  for (int decoder = 0; decoder < 2 && status == LAC_OK; decoder++) {
    lac_rng_point(stream, &seeds, LAC_SEED_NOISE, w->client, w->round, 0);
    lac_rng_point(shared, &seeds, LAC_SEED_NOISE, 0, w->round, 1 << 23);
    memset(y, 0, w->d * sizeof *y);
    status = decoder ? lac_decode_add(&s, 1, &m, y) : lac_encode(&s, x, &m);
  }
  if (status == LAC_OK && m.rpos != m.nbits)
    status = LAC_EBUG;
  if (keep)
    *keep = m;
  else
    lac_msg_free(&m);
  lac_compressor_close(&c);
  return status;
}

/* ---- the k largest, by sorting ---- */

typedef struct { double size; size_t at; } entry;

static int by_size(const void *a, const void *b)
{
  const entry *p = a, *q = b;
  if (p->size != q->size)
    return p->size > q->size ? -1 : 1;
  return (p->at > q->at) - (p->at < q->at);
}

static void keep_by_sorting(size_t d, const double *x, size_t k, double *want)
{
  entry *sorted = malloc(d * sizeof *sorted);
  for (size_t j = 0; j < d; j++)
    sorted[j] = (entry){ fabs(x[j]), j };
  qsort(sorted, d, sizeof *sorted, by_size);
  memset(want, 0, d * sizeof *want);
  for (size_t j = 0; j < k; j++)
    want[sorted[j].at] = x[sorted[j].at];
  free(sorted);
}

/* Block by block; block = d: all at once. */
static unsigned compare_with_sorting(const char *spec, size_t d, size_t block, size_t k, const double *x)
{
  double *want = malloc(d * sizeof *want), *have = malloc(d * sizeof *have);
  for (size_t at = 0; at < d; at += block) {
    size_t size = d - at < block ? d - at : block;
    keep_by_sorting(size, x + at, k < size ? k : size, want + at);
  }
  int same = image_of(&(where){ spec, d, 0, 1, 0 }, x, have, NULL) == LAC_OK;
  for (size_t j = 0; j < d; j++)
    same &= have[j] == want[j];
  if (!same)
    diag("%s, d=%zu", spec, d);
  free(want);
  free(have);
  return !same;
}

static void test_topk(void)
{
  static const size_t some[] = { 1, 2, 3, 8, 50, 129, 1000, 20000 };
  unsigned wrong = 0, count = 0;
  char text[64];
  double *x = malloc(20000 * sizeof *x);
  for (unsigned kind = 0; kind < LAC_INPUTS; kind++)
    for (size_t i = 0; i < LAC_COUNT(some); i++)
      for (size_t k = 1; k <= some[i]; k = k < 10 ? k + 1 : k * 2 + 1, count++) {
        lac_input_fill(data, kind, some[i], x);
        snprintf(text, sizeof text, "topk:k=%zu", k);
        wrong += compare_with_sorting(text, some[i], some[i], k, x);
      }
  is_u64(wrong, 0, "topk: the k largest by sorting, lower index first (%u cases)", count);
  free(x);
}

/* Where a sample says what to look at; also where it is wrong about all of it. */
enum { LONG = 70001, SPECIAL = LAC_INPUTS + 3 };

static void long_input(unsigned kind, double *x)
{
  lac_input_fill(data, kind < LAC_INPUTS ? kind : 0, LONG, x);
  for (size_t j = 0; j < LONG; j++)
    switch (kind) {
    case LAC_INPUTS: x[j] = j < LONG - 40 ? 0 : x[j]; break;                         /* the sample has next to nothing */
    case LAC_INPUTS + 1: x[j] = j % 7 ? 1e-3 * x[j] : (double)(j % 4 + 1); break;      /* ties by the thousand */
    case LAC_INPUTS + 2: x[j] *= 1e-3; break;
    default: break;
    }
  for (uint64_t i = 0; kind == LAC_INPUTS + 2 && i < 1 << 14; i++)      /* large exactly where the sample is */
    x[(size_t)((unsigned __int128)(i * UINT64_C(0x9e3779b97f4a7c15)) * LONG >> 64)] = 2 + 1e-9 * (double)i;
}

static void test_long_topk(void)
{
  static const size_t ks[] = { 1, 2, 39, 40, 41, 700, 10000, 35000, 66000, LONG };
  unsigned wrong = 0, unrefused = 0, count = 0;
  double *x = malloc(LONG * sizeof *x), *y = malloc(LONG * sizeof *y);
  char text[64];
  for (unsigned kind = 0; kind < SPECIAL; kind++)
    for (size_t i = 0; i < LAC_COUNT(ks); i++, count++) {
      long_input(kind, x);
      snprintf(text, sizeof text, "topk:k=%zu", ks[i]);
      wrong += compare_with_sorting(text, LONG, LONG, ks[i], x);
      x[(count * 977) % LONG] = count % 2 ? NAN : -INFINITY;
      unrefused += image_of(&(where){ text, LONG, 0, 1, 0 }, x, y, NULL) != LAC_EDIVERGED;
    }
  is_u64(wrong, 0, "topk: so in long vectors (%u cases)", count);
  is_u64(unrefused, 0, "topk: one entry that is not finite is refused there");
  free(x);
  free(y);
}

static void test_codes(void)
{
  static const char *const codes[] = { "auto", "fixed", "bitmap", "golomb", "enumerative" };
  unsigned wrong = 0;
  char text[64];
  double *x = malloc(5000 * sizeof *x);
  lac_input_fill(data, 0, 5000, x);
  for (size_t i = 0; i < LAC_COUNT(codes); i++)
    for (size_t k = 1; k <= 5000; k = k * 3 + 1) {
      snprintf(text, sizeof text, "topk:k=%zu,index=%s", k, codes[i]);
      wrong += compare_with_sorting(text, 5000, 5000, k, x);
    }
  is_u64(wrong, 0, "topk: with every code of indices the same entries");
  free(x);
}

static void test_blocktopk(void)
{
  unsigned wrong = 0, count = 0;
  char text[64];
  double *x = malloc(LONG * sizeof *x);
  for (unsigned kind = 0; kind < LAC_INPUTS; kind++)
    for (size_t block = 1; block <= 300; block = block * 2 + 1)
      for (size_t k = 1; k <= block; k = k * 3 + 1, count++) {
        size_t d = count % 3 ? 1000 : block * 7;
        lac_input_fill(data, kind, d, x);
        snprintf(text, sizeof text, "blocktopk:block=%zu,k=%zu", block, k);
        wrong += compare_with_sorting(text, d, block, k, x);
      }
  lac_input_fill(data, 0, LONG, x);
  wrong += compare_with_sorting("blocktopk:block=40000,k=500", LONG, 40000, 500, x);
  is_u64(wrong, 0, "blocktopk: the k largest of every block by sorting (%u cases)", count + 1);
  free(x);
}

/* ---- threshold ---- */

static void test_given_threshold(void)
{
  static const double taus[] = { 1e-300, 0.3, 0.7, 1, 2.5, 1e9 };
  unsigned wrong = 0;
  double x[4000], y[4000];
  char text[64];
  for (unsigned kind = 0; kind < LAC_INPUTS; kind++)
    for (size_t i = 0; i < LAC_COUNT(taus); i++) {
      lac_input_fill(data, kind, 4000, x);
      snprintf(text, sizeof text, "threshold:tau=%g", taus[i]);
      wrong += image_of(&(where){ text, 4000, 0, 1, 0 }, x, y, NULL) != LAC_OK;
      for (size_t j = 0; j < 4000; j++)
        wrong += y[j] != (fabs(x[j]) >= taus[i] ? x[j] : 0);
    }
  is_u64(wrong, 0, "threshold: x_j where |x_j| >= tau and nothing else");
}

/* The k largest for some k from `least` to `most`. */
static int is_some_topk(size_t d, const double *x, const double *y, size_t least, size_t most)
{
  double *want = malloc(d * sizeof *want);
  size_t k = 0;
  for (size_t j = 0; j < d; j++)
    k += y[j] != 0;
  keep_by_sorting(d, x, k, want);
  int same = memcmp(want, y, d * sizeof *want) == 0 && k >= least && k <= most;
  free(want);
  return same;
}

static void test_estimated_threshold(void)
{
  unsigned wrong = 0, fewer = 0, exactly = 0;
  double *x = malloc(20000 * sizeof *x), *y = malloc(20000 * sizeof *y);
  lac_input_fill(data, 0, 20000, x);
  for (uint32_t round = 0; round < 60; round++) {
    size_t kept = 0;
    wrong += image_of(&(where){ "threshold:k=200,sample=0.05", 20000, 0, 1, round }, x, y, NULL) != LAC_OK;
    wrong += !is_some_topk(20000, x, y, 10, 200);
    for (size_t j = 0; j < 20000; j++)
      kept += y[j] != 0;
    fewer += kept < 200;
    exactly += kept == 200;
  }
  is_u64(wrong, 0, "threshold: estimated, the largest ones and k at most");
  ok(fewer > 5 && exactly > 5, "threshold: now fewer (%u), now a second pass keeps k (%u)", fewer, exactly);
  wrong = image_of(&(where){ "threshold:k=200,sample=1", 20000, 0, 1, 0 }, x, y, NULL) != LAC_OK || !is_some_topk(20000, x, y, 200, 200);
  is_u64(wrong, 0, "threshold: a sample of all gives the k largest");
  free(x);
  free(y);
}

/* ---- permk ---- */

/* With the same x everywhere the mean over clients is x. */
static void test_perm_parts(void)
{
  static const size_t ds[] = { 1, 2, 3, 7, 10, 64, 1001 };
  static const uint32_t ns[] = { 1, 2, 3, 4, 5, 8, 10, 23, 100 };
  unsigned wrong = 0;
  double x[1001], y[1001], sum[1001];
  lac_input_fill(data, 0, 1001, x);
  for (size_t a = 0; a < LAC_COUNT(ds); a++)
    for (size_t b = 0; b < LAC_COUNT(ns); b++)
      for (uint32_t round = 0; round < 3; round++) {
        memset(sum, 0, sizeof sum);
        for (uint32_t i = 0; i < ns[b]; i++) {
          wrong += image_of(&(where){ "permk", ds[a], i, ns[b], round }, x, y, NULL) != LAC_OK;
          for (size_t j = 0; j < ds[a]; j++)
            sum[j] += y[j] / ns[b];
        }
        for (size_t j = 0; j < ds[a]; j++)
          wrong += fabs(sum[j] - x[j]) > 1e-13 * fabs(x[j]);
      }
  is_u64(wrong, 0, "permk: the clients' parts make up the whole, for d and n of any kind");
}

/* E|mean C_i(x_i) - mean x_i|^2 = A mean |x_i|^2 - B |mean x_i|^2, with its standard error. */
static void test_ab(const char *spec, size_t d, uint32_t n, int equal)
{
  enum { DRAWS = 4000 };
  double x[16][16], mean[16] = { 0 }, y[16], squares = 0, mean_sq = 0, error = 0, error_sq = 0, A, B;
  unsigned wrong = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, n, (uint32_t)d, 3);
  for (uint32_t i = 0; i < n; i++) {
    lac_rng_normal(data, x[i], d, 1);
    for (size_t j = 0; j < d; j++) {
      x[i][j] += 0.5;
      mean[j] += x[i][j] / n;
      squares += x[i][j] * x[i][j] / n;
    }
  }
  for (size_t j = 0; j < d; j++)
    mean_sq += mean[j] * mean[j];
  for (uint32_t t = 0; t < DRAWS; t++) {
    double estimate[16] = { 0 }, e = 0;
    for (uint32_t i = 0; i < n; i++) {
      wrong += image_of(&(where){ spec, d, i, n, t }, x[i], y, NULL) != LAC_OK;
      for (size_t j = 0; j < d; j++)
        estimate[j] += y[j] / n;
    }
    for (size_t j = 0; j < d; j++)
      e += (estimate[j] - mean[j]) * (estimate[j] - mean[j]);
    error += e / DRAWS;
    error_sq += e * e / DRAWS;
  }
  lac_compressor c = { 0 };
  wrong += lac_compressor_open(&c, "--up", spec) != LAC_OK;
  lac_site s = lac_site_of(&c, d);
  s.n = n;
  wrong += lac_ab(&s, &A, &B) != LAC_OK;
  lac_compressor_close(&c);
  double want = A * squares - B * mean_sq, slack = 6 * sqrt(fmax(0, error_sq - error * error) / DRAWS) + 1e-12;
  ok(!wrong && error <= want + slack && (!equal || error >= want - slack),
     "%s, d=%zu, n=%u: the error of the mean is %.4f, %.4f by A=%.4f and B=%.4f", spec, d, n, error, want, A, B);
}

static void test_perm_constants(void)
{
  test_ab("permk", 12, 4, 1);
  test_ab("permk", 10, 4, 1);
  test_ab("permk", 7, 5, 1);
  test_ab("permk", 3, 7, 1);
  test_ab("permk", 2, 8, 1);
  test_ab("permk", 1, 4, 1);
  test_ab("permk", 5, 1, 1);
  test_ab("permk+randk:k=50%", 12, 3, 1);
  test_ab("permk+randk:k=50%", 13, 4, 0);
  lac_compressor c = { 0 };
  double A = 0, B = 0, w = 0;
  lac_compressor_open(&c, "--up", "permk");
  lac_site s = lac_site_of(&c, 1000);
  s.n = 7;
  ok(lac_ab(&s, &A, &B) == LAC_OK && A == 1 && B == 1, "permk: A = B = 1 also where n does not divide d");
  ok(lac_omega(&s, &w) == LAC_OK && w == 6, "permk: omega = n - 1");
  lac_compressor_close(&c);
}

/* A table of permutations made elsewhere: client i has entries i d/n and so on. */
static void test_replayed(void)
{
  const char *truth = getenv("LACONIC_TRUTH");
  char path[1024], line[1024] = "";
  lac_replay *table = NULL;
  snprintf(path, sizeof path, "%s/error-feedback/data/sched_perm.csv", truth ? truth : "");
  FILE *f = truth ? fopen(path, "r") : NULL;
  if (!f) {
    skip("LACONIC_TRUTH has no sched_perm.csv", "permk: a table of permutations");
    return;
  }
  unsigned wrong = lac_replay_open(&table, LAC_SEED_NOISE, path, 5, 10) != LAC_OK;
  seeds.replay[LAC_SEED_NOISE] = table;
  wrong += !fgets(line, sizeof line, f);
  for (uint32_t round = 0; round < 5 && !wrong; round++) {
    double x[20], y[20];
    char *at = fgets(line, sizeof line, f);
    for (int j = 0; j < 20; j++)
      x[j] = j + 1;
    wrong += !at || strtoul(at, &at, 10) != round;
    for (uint32_t i = 0; i < 10 && !wrong; i++) {
      double want[20] = { 0 };
      for (int part = 0; part < 2; part++) {
        unsigned long j = strtoul(at + 1, &at, 10);
        want[j] = 10 * x[j];
      }
      wrong += image_of(&(where){ "permk", 20, i, 10, round }, x, y, NULL) != LAC_OK || memcmp(y, want, sizeof y) != 0;
    }
  }
  is_u64(wrong, 0, "permk: a table of permutations is followed");
  seeds.replay[LAC_SEED_NOISE] = NULL;
  lac_replay_close(table);
  fclose(f);
}

/* The row of compressor_vectors.csv: the client of four that has coordinates 0, 2 and 9. */
static void test_perm_truth(void)
{
  const char *truth = getenv("LACONIC_TRUTH");
  char path[1024], line[4096];
  double x[12], want[12], y[12];
  unsigned rows = 0;
  snprintf(path, sizeof path, "%s/error-feedback/compressor_vectors.csv", truth ? truth : "");
  FILE *f = truth ? fopen(path, "r") : NULL;
  while (f && fgets(line, sizeof line, f)) {
    double *to = strncmp(line, "x,", 2) == 0 ? x : strncmp(line, "permk,", 6) == 0 ? want : NULL;
    char *at = to ? strrchr(line, '"') + 1 : NULL;
    for (int j = 0; to && j < 12; j++)
      to[j] = strtod(at + 1, &at);
    rows += to != NULL;
  }
  if (f)
    fclose(f);
  if (rows != 2) {
    skip("LACONIC_TRUTH has no compressor_vectors.csv", "permk as computed elsewhere");
    return;
  }
  int found = 0;
  for (uint32_t round = 0; round < 5000 && !found; round++)
    found = image_of(&(where){ "permk", 12, 2, 4, round }, x, y, NULL) == LAC_OK && memcmp(y, want, sizeof y) == 0;
  ok(found, "permk as computed elsewhere, in a round in which the client has these coordinates");
}

/* ---- the examples of FORMATS.md ---- */

static void example(const where *w, const double *x, const char *hex)
{
  lac_msg m = { 0 };
  double y[16];
  char have[128] = "";
  int status = image_of(w, x, y, &m);
  for (size_t i = 0; i < lac_msg_bytes(&m) && i < 40; i++)
    sprintf(have + strlen(have), "%s%02x", i ? " " : "", m.buf[i]);
  is_str(status == LAC_OK ? have : lac_error(), hex, "%s: the bytes of FORMATS.md", w->spec);
  lac_msg_free(&m);
}

static void test_examples(void)
{
  static const double x[12] = { 0.25, 0, 1, -2, 0, 0, 0, 0.25, 0, 0.5, 0, 0 }, four[] = { 1, 2, 3, 4 };
  example(&(where){ "topk:k=3,value=f32", 12, 0, 1, 0 }, x, "72 00 00 80 3f 00 00 00 c0 00 00 00 3f");
  example(&(where){ "topk:k=3,index=bitmap,value=f32", 12, 0, 1, 0 }, x, "0c 02 00 00 f8 03 00 00 00 0c 00 00 f0 03");
  example(&(where){ "blocktopk:block=5,k=1,value=f32", 12, 0, 1, 0 }, x, "41 00 00 00 60 00 00 80 1f 00 00 00 00");
  example(&(where){ "threshold:tau=1,value=f32", 12, 0, 1, 0 }, x, "c2 02 00 00 fc 01 00 00 00 06");
  example(&(where){ "randk:k=2,value=f32", 4, 0, 1, 0 }, four, "00 00 40 40 00 00 80 40");
  example(&(where){ "permk:value=f32", 4, 0, 2, 0 }, four, "00 00 80 3f 00 00 80 40");
  example(&(where){ "permk:value=f32", 4, 1, 2, 0 }, four, "00 00 40 40 00 00 00 40");
}

int main(void)
{
  stream = lac_rng_new();
  shared = lac_rng_new();
  data = lac_rng_new();
  test_topk();
  test_long_topk();
  test_codes();
  test_blocktopk();
  test_given_threshold();
  test_estimated_threshold();
  test_perm_parts();
  test_perm_constants();
  test_replayed();
  test_perm_truth();
  test_examples();
  gsl_rng_free(stream);
  gsl_rng_free(shared);
  gsl_rng_free(data);
  return done();
}
