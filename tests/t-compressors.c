/* Conformance of every compressor of the registry to compressor.h, with many options and lengths; then values computed elsewhere. */
#include "certify/certify.h"
#include "registry/registry.h"
#include "tap.h"
#include "truth.h"

#include <stdlib.h>
#include "vec.h"

#include <math.h>

static gsl_rng *stream, *data;
static const lac_seeds seeds = { .axis = { 101, 102, 103, 104 } };

static lac_site site_of(const lac_compressor *c, size_t d, uint32_t round)
{
  lac_site s = lac_site_of(c, d);
  s.round = round;
  s.rng = stream;
  lac_rng_point(stream, &seeds, LAC_SEED_NOISE, 3, round, 0);
  return s;
}

static int encode(const lac_compressor *c, size_t d, const double *x, uint32_t round, lac_msg *m)
{
  lac_site s = site_of(c, d, round);
  return lac_encode(&s, x, m);
}

static int decode(const lac_compressor *c, size_t d, lac_msg *m, uint32_t round, double *y)
{
  lac_site s = site_of(c, d, round);
  return lac_decode_add(&s, 1, m, y);
}

/* ---- every compressor: its certificate ---- */

static void take(void *self, const lac_finding *f)
{
  (void)self;
  if (f->verdict == LAC_NOT_APPLICABLE)
    skip(f->figure, "%s: %s", f->name, f->check);
  else
    ok(f->verdict == LAC_PASS, "%s: %s (%s)", f->name, f->check, f->figure);
}

/* Where the words of the command line name compressors, only those; where they are of descriptions, all. */
static int is_wanted(const char *name)
{
  int named = 0;
  for (const lac_compressor_type *const *t = lac_compressors; *t; t++)
    named |= tap_wants((*t)->name);
  return !named || tap_wants(name);
}

/* k = 0 is no amount; more than d is refused for this d. */
static void check_amounts(const lac_compressor_type *type)
{
  for (const lac_option *o = type->options; o && o->name; o++) {
    lac_compressor c = { 0 };
    char text[128];
    if (o->kind != LAC_AMOUNT)
      continue;
    snprintf(text, sizeof text, "%s:%s=0", type->name, o->name);
    int status = lac_compressor_open(&c, "--up", text);
    ok(status == LAC_EUSER && strstr(lac_error(), o->name) && strstr(lac_error(), "not '0'"), "%s is refused: %s", text, lac_error());
    snprintf(text, sizeof text, "%s:%s=9", type->name, o->name);
    if (!ok(lac_compressor_open(&c, "--up", text) == LAC_OK && c.type->refuse, "%s can be refused", text))
      continue;
    lac_site eight = lac_site_of(&c, 8), nine = lac_site_of(&c, 9);
    const char *why = lac_refuse(&eight);
    ok(why && strstr(why, "=9") && strstr(why, "=8"), "... for d=8: %s", why ? why : "");
    ok(lac_refuse(&nine) == NULL, "... not for d=9");
    lac_compressor_close(&c);
  }
}

/* ---- values computed elsewhere ---- */

enum { TRUTH_D = 12 };

/* A round in which rand-k takes exactly the coordinates {1, 5, 7, 10}. */
static int find_round(const lac_compressor *c, uint32_t *round)
{
  double ones[TRUTH_D];
  for (int j = 0; j < TRUTH_D; j++)
    ones[j] = 1;
  for (*round = 0; *round < 20000; ++*round) {
    double image[TRUTH_D] = { 0 };
    lac_msg m = { 0 };
    encode(c, TRUTH_D, ones, *round, &m);
    decode(c, TRUTH_D, &m, *round, image);
    lac_msg_free(&m);
    int same = 1;
    for (int j = 0; j < TRUTH_D; j++)
      same &= (image[j] != 0) == (j == 1 || j == 5 || j == 7 || j == 10);
    if (same)
      return 1;
  }
  return 0;
}

static void compare_truth(FILE *f, const char *row, const char *spec, int search)
{
  double x[TRUTH_D], expected[TRUTH_D], have[TRUTH_D] = { 0 };
  lac_compressor c = { 0 };
  lac_msg m = { 0 };
  uint32_t round = 0;
  int fine = truth_row(f, "x", TRUTH_D, x) && truth_row(f, row, TRUTH_D, expected) && lac_compressor_open(&c, "--up", spec) == LAC_OK;
  fine = fine && (!search || find_round(&c, &round));
  fine = fine && encode(&c, TRUTH_D, x, round, &m) == LAC_OK;
  fine = fine && decode(&c, TRUTH_D, &m, round, have) == LAC_OK;
  for (int j = 0; j < TRUTH_D && fine; j++)
    fine = fabs(have[j] - expected[j]) <= 1e-15 * fabs(expected[j]);
  ok(fine, "%s as computed elsewhere: %s", spec, row);
  lac_compressor_close(&c);
  lac_msg_free(&m);
}

static void test_truth(void)
{
  char path[1024];
  const char *truth = getenv("LACONIC_TRUTH");
  snprintf(path, sizeof path, "%s/error-feedback/compressor_vectors.csv", truth ? truth : "");
  FILE *f = truth ? fopen(path, "r") : NULL;
  if (!f) {
    skip(truth ? "LACONIC_TRUTH has no compressor_vectors.csv" : "LACONIC_TRUTH is not set", "values computed elsewhere");
    return;
  }
  compare_truth(f, "top3", "topk:k=3", 0);
  compare_truth(f, "randk_unscaled", "randk:k=4,scale=no", 1);
  compare_truth(f, "randk_scaled", "randk:k=4", 1);
  fclose(f);
}

int main(void)
{
  stream = lac_rng_new();
  data = lac_rng_new();
  for (const lac_compressor_type *const *t = lac_compressors; *t; t++) {
    if (!is_wanted((*t)->name))
      continue;
    if (lac_certify_compressor(*t, &(lac_findings){ take, NULL }) != LAC_OK)
      return 99;
    check_amounts(*t);
  }
  test_truth();
  gsl_rng_free(stream);
  gsl_rng_free(data);
  return done();
}
