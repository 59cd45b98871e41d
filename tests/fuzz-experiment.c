/* fuzz-experiment.c: libFuzzer target for experiment files: what is read of them, their claims, and how their figure is arranged.  Each of
   their runs has the same small result. */
#include "figures/claims.h"
#include "figures/figure.h"
#include "fuzz.h"

#include <math.h>
#include <string.h>

enum { ROWS = 6, GRID_MOST = 64, RUNS_MOST = 200 };

static char *names[] = { "round", "f", "grad_norm_sq", "bits_up", "bits_down", "dist_sq" };
static double numbers[LAC_COUNT(names)][ROWS] = {
  { 0, 1, 2, 3, 4, 5 }, { 9, 5, 3, 2, 1, 1 }, { 4, 2, 1, 1e-3, 1e-6, 0 }, { 0, 64, 128, 192, 256, 320 }, { 0, 8, 16, 24, 32, 40 },
  { 1, NAN, INFINITY, 1e300, 1e-300, 1 },
};
static double *columns[LAC_COUNT(names)];
static lac_attribute attributes[] = { { "algorithm", "ef21:gamma=0.5" }, { "dataset", "a9a" }, { "clients", "20" }, { "rounds", "5" },
  { "ef21.gamma", "0.5" }, { "ef21.gamma.rule", "theory*4" }, { "\033[2J", "\033[2J" }, { "complete", "1" } };

/* A file whose grids have more points than this takes time only. */
static int is_large(const uint8_t *bytes, size_t size)
{
  size_t points = 1, in = 0, runs = 1;
  for (size_t i = 0; i < size && points <= GRID_MOST; i++) {
    in += bytes[i] == '{';
    in -= bytes[i] == '}' && in > 0;
    points *= in && bytes[i] == ',' ? 2 : 1;
    runs += bytes[i] == '[';
  }
  return points > GRID_MOST || points * runs > RUNS_MOST;
}

static void check_figure(const lac_collection *c)
{
  lac_figure f;
  if (lac_figure_arrange(&f, c) != LAC_OK) {
    require(*lac_error());
    return;
  }
  size_t rows[ROWS + 3];
  for (size_t i = 0; i < f.curves; i++) {
    require(f.curve[i].panel < f.panels && f.curve[i].series < f.serieses && f.curve[i].rows <= ROWS);
    size_t thinned = lac_figure_thin(&f, &f.curve[i], ROWS, rows);
    require(thinned <= ROWS + 3);
    for (size_t k = 0; k < thinned; k++)
      require(rows[k] < ROWS);
  }
  lac_figure_free(&f);
}

static void check_claims(lac_collection *c)
{
  lac_claim *claims = NULL;
  size_t count = 0;
  if (lac_claims_judge(c, &claims, &count) != LAC_OK) {
    require(*lac_error() && !claims);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    require(claims[i].holding <= claims[i].tested && claims[i].tested <= claims[i].count);
    require((claims[i].verdict == LAC_NOT_TESTED) == (claims[i].tested == 0));
    lac_claim_tightest(&claims[i]);
  }
  lac_claims_free(claims, count);
}

static void check(lac_collection *c)
{
  char *variant = "k=2";
  if (!(c->member = lac_alloc(c->count * sizeof *c->member)))
    return;
  for (size_t i = 0; i < LAC_COUNT(names); i++)
    columns[i] = numbers[i];
  for (size_t i = 0; i < c->count; i++)
    c->member[i] = (lac_member){ .run = &c->experiment.run[i], .present = i % 7 != 6, .variant = variant, .file = "x.h5", .factor = "4",
      .result = { .path = "x.h5", .rows = i % 5 == 4 ? 0 : ROWS, .columns = LAC_COUNT(names), .name = names, .column = columns,
                  .attributes = LAC_COUNT(attributes), .attribute = attributes } };
  check_claims(c);
  check_figure(c);
  free(c->member);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  const char *path = scratch("fuzz-experiment");
  lac_collection c = { 0 };
  if (is_large(bytes, size))
    return 0;
  write_bytes(path, bytes, size);
  int status = lac_experiment_load(&c.experiment, path, NULL);
  unlink(path);
  if (status != LAC_OK) {
    require(*lac_error() && !strchr(lac_error(), '\n'));
    lac_experiment_free(&c.experiment);
    return 0;
  }
  c.count = c.experiment.runs;
  require(c.count > 0);
  check(&c);
  lac_experiment_free(&c.experiment);
  return 0;
}
