/* Quantisers against values that were computed elsewhere, with the same random numbers:
   LACONIC_TRUTH/error-feedback/compressor_vectors.csv. */
#include "compressor.h"
#include "replay.h"
#include "rng.h"
#include "tap.h"
#include "truth.h"

#include <stdlib.h>
#include <unistd.h>

enum { D = 12 };
static gsl_rng *rng;

/* The uniform numbers as a table to replay. */
static lac_replay *table_of(const double *u, size_t count)
{
  char name[] = "/tmp/laconic-vectors-XXXXXX";
  int fd = mkstemp(name);
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  lac_replay *t = NULL;
  if (!f)
    return NULL;
  fprintf(f, "round");
  for (size_t j = 0; j < count; j++)
    fprintf(f, ",u%zu", j);
  fprintf(f, "\n0");
  for (size_t j = 0; j < count; j++)
    fprintf(f, ",%.17g", u[j]);
  fprintf(f, "\n");
  fclose(f);
  if (lac_replay_open(&t, LAC_SEED_NOISE, name, 1, 1) != LAC_OK)
    diag("%s", lac_error());
  unlink(name);
  return t;
}

static void compare(FILE *f, const char *name, const char *spec, const double *x, const lac_replay *u)
{
  lac_seeds seeds = { .replay = { [LAC_SEED_NOISE] = u } };
  double want[D], have[D] = { 0 };
  lac_compressor c = { 0 };
  lac_msg m = { 0 };
  int fine = truth_row(f, name, D, want) && lac_compressor_open(&c, "--up", spec) == LAC_OK;
  lac_site s = lac_site_of(&c, D);
  s.rng = rng;
  lac_rng_point(rng, &seeds, LAC_SEED_NOISE, 0, 0, 0);
  int status = fine ? lac_encode(&s, x, &m) : LAC_EBUG;
  lac_rng_point(rng, &seeds, LAC_SEED_NOISE, 0, 0, 0);
  fine = status == LAC_OK && lac_decode_add(&s, 1, &m, have) == LAC_OK;
  for (int j = 0; j < D && fine; j++)
    fine = fabs(have[j] - want[j]) <= 1e-15 * fabs(want[j]);
  ok(fine, "%s as computed elsewhere: %s", spec, name);
  for (int j = 0; j < D && !fine; j++)
    diag("%.17g %.17g", have[j], want[j]);
  lac_compressor_close(&c);
  lac_msg_free(&m);
}

static const struct { const char *name, *spec; } whole[] = {
  { "scaled_sign", "sign" },
  { "scaled_sign_grace", "sign:zero=plus" },
  { "natural", "natural" },
  { "nat_down", "natural:round=down" },
  { "top3_then_nat_down", "topk:k=3+natural:round=down" },
  { "dither_l2_s4 (QSGD)", "qsgd:s=4" },
  { "dither_linf_s4", "qsgd:s=4,norm=linf" },
  { "terngrad", "terngrad" },
  { "natural_dither_l2_s3", "natural_dithering:s=3" },
};

int main(void)
{
  const char *home = getenv("LACONIC_TRUTH");
  char *path = lac_asprintf("%s/error-feedback/compressor_vectors.csv", home ? home : "");
  FILE *f = home ? fopen(path, "r") : NULL;
  double x[D], u[D];
  if (!f)
    return skip_all(home ? "LACONIC_TRUTH has no compressor_vectors.csv" : "LACONIC_TRUTH is not set");
  rng = lac_rng_new();
  if (!ok(rng && truth_row(f, "x", D, x) && truth_row(f, "u", D, u), "a vector and its random numbers"))
    return done();
  lac_replay *all = table_of(u, D), *three = table_of((const double[]){ u[1], u[4], u[10] }, 3);
  ok(all && three, "tables of them");
  for (size_t i = 0; all && i < sizeof whole / sizeof *whole; i++)
    compare(f, whole[i].name, whole[i].spec, x, all);
  if (three)
    compare(f, "top3_then_natural", "topk:k=3+natural", x, three);
  lac_replay_close(all);
  lac_replay_close(three);
  fclose(f);
  free(path);
  gsl_rng_free(rng);
  return done();
}
