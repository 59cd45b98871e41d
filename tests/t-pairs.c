/* How laconic compare judges speeds that were measured in turns: tables with made-up repeats, whose noise is heavier than a normal one. */
#include "tap.h"

#include "compare/compare.h"
#include "rng.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAIRS = 35, FEWER = 9, ROWS = 150, REPEATS = 21, SLOW_ROW = 77 };

static gsl_rng *rng;

/* About `scale`, with one in ten five times as far away. */
static double noise(double scale)
{
  double z;
  lac_rng_normal(rng, &z, 1, scale);
  return exp(gsl_rng_uniform(rng) < 0.1 ? 5 * z : z);
}

/* A measurement: every row takes a time of its own, of which the whole call and then each repeat are off. */
static int write_table(const char *folder, int number, double slower, double scale)
{
  char path[256];
  lac_table t;
  lac_table_init(&t, ROWS);
  lac_table_column *name = lac_table_add(&t, "compressor", "", LAC_ROLE_KEY, 0);
  for (size_t i = 0; name && i < ROWS; i++)
    name->text[i] = lac_asprintf("row%03zu", i);
  lac_table_column *encode = name ? lac_table_add(&t, "encode", "memcpy", LAC_ROLE_SPEED, REPEATS) : NULL;
  for (size_t i = 0; encode && i < ROWS; i++) {
    double call = (1 + (double)i / ROWS) * (i == SLOW_ROW ? slower : 1) * noise(scale);
    for (size_t k = 0; k < REPEATS; k++)
      encode->real[i * REPEATS + k] = call * noise(scale);
  }
  lac_table_column *bits = encode ? lac_table_add(&t, "bits_written", "bit", LAC_ROLE_EXACT, 1) : NULL;
  for (size_t i = 0; bits && i < ROWS; i++)
    bits->real[i] = 8;
  snprintf(path, sizeof path, "%s/bench-%02d.h5", folder, number);
  int status = bits ? lac_table_write(&t, path) : LAC_ENOMEM;
  lac_table_close(&t);
  return status;
}

typedef struct { int status; size_t worse, slower; int named; } outcome;

/* Two folders with `pairs` tables each, of which NEW's SLOW_ROW takes `slower` times as long. */
static outcome compare_sides(const char *work, size_t pairs, double slower, double scale, int gate)
{
  char base[200], now[200];
  outcome o = { .status = LAC_OK };
  snprintf(base, sizeof base, "%s/base", work);
  snprintf(now, sizeof now, "%s/new", work);
  for (int k = 0; k < PAIRS && o.status == LAC_OK; k++) {
    char path[256];
    for (int side = 0; side < 2; side++) {
      snprintf(path, sizeof path, "%s/bench-%02d.h5", side ? now : base, k);
      unlink(path);
    }
    if ((size_t)k < pairs && (o.status = write_table(base, k, 1, scale)) == LAC_OK)
      o.status = write_table(now, k, slower, scale);
  }
  lac_side a = { 0 }, b = { 0 };
  lac_changes c = { 0 };
  lac_rules rules = { .gate_speed = gate };
  if (o.status == LAC_OK)
    o.status = lac_side_open(&a, base);
  if (o.status == LAC_OK)
    o.status = lac_side_open(&b, now);
  if (o.status == LAC_OK)
    o.status = lac_compare(&a, &b, &rules, &c);
  o.worse = c.of[LAC_WORSE];
  o.slower = c.of[LAC_SLOWER];
  for (size_t i = 0; i < c.count; i++)
    o.named |= c.change[i].kind == LAC_WORSE && strstr(c.change[i].row, "row077") != NULL;
  lac_changes_free(&c);
  lac_side_close(&a);
  lac_side_close(&b);
  return o;
}

int main(void)
{
  char work[] = "/tmp/laconic-pairs-XXXXXX", path[256];
  lac_seeds seeds = { 0 };
  rng = lac_rng_new();
  if (!rng || !mkdtemp(work))
    return 99;
  lac_rng_point(rng, &seeds, LAC_SEED_DATA, 0, 0, 0);
  for (int side = 0; side < 2; side++) {
    snprintf(path, sizeof path, "%s/%s", work, side ? "new" : "base");
    mkdir(path, 0700);
  }
  size_t alarms = 0, failures = 0;
  for (int trial = 0; trial < 20; trial++) {
    outcome o = compare_sides(work, FEWER, 1, 0.05, 1);
    alarms += o.worse;
    failures += o.status != LAC_OK;
  }
  ok(alarms == 0 && failures == 0, "nothing changed, noise of 5 %% with outliers: %zu alarms in 20 trials of %d rows", alarms, ROWS);
  outcome o = compare_sides(work, FEWER, 1.1, 0.005, 1);
  ok(o.status == LAC_OK && o.worse == 1 && o.named,
     "a row that takes a tenth longer, noise of half a percent: it is named, and nothing else");
  o = compare_sides(work, FEWER, 1.1, 0.005, 0);
  ok(o.status == LAC_OK && o.worse == 0 && o.slower == 1, "... without --gate-speed it is said and does not count (%zu rows)", o.slower);
  o = compare_sides(work, FEWER, 1.01, 0.001, 1);
  ok(o.status == LAC_OK && o.worse == 0, "a hundredth longer, in every pair: it does not count");
  o = compare_sides(work, PAIRS, 1.1, 0.02, 1);
  ok(o.status == LAC_OK && o.worse == 1 && o.named, "a tenth longer, noise of two percent: %d pairs name it", PAIRS);
  for (int trial = alarms = 0; trial < 5; trial++)
    alarms += compare_sides(work, PAIRS, 1, 0.1, 1).worse;
  ok(alarms == 0, "nothing changed, noise of 10 %%, %d pairs: %zu alarms in 5 trials", PAIRS, alarms);
  o = compare_sides(work, LAC_PAIRS_LEAST - 1, 1.5, 0.01, 1);
  ok(o.status == LAC_EUSER, "fewer than %d pairs: %s", LAC_PAIRS_LEAST, lac_error());
  o = compare_sides(work, LAC_PAIRS_LEAST, 1.5, 0.01, 1);
  ok(o.status == LAC_OK && o.named, "half as long again: %d pairs are enough", LAC_PAIRS_LEAST);
  compare_sides(work, 0, 1, 0, 0);      /* removes the files */
  for (int side = 0; side < 2; side++) {
    snprintf(path, sizeof path, "%s/%s", work, side ? "new" : "base");
    rmdir(path);
  }
  rmdir(work);
  gsl_rng_free(rng);
  return done();
}
