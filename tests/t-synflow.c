/* t-synflow.c: SynFlow's scores and sums against values computed elsewhere, and the number of weights that every step keeps. */
#include "algorithms/federated/synflow.h"
#include "tap.h"

#include <stdlib.h>

enum { LAYERS_MOST = 16, NUMBERS_MOST = 1 << 16 };

/* The numbers of FOLDER/NAME, rows of equally many; how many.  0: there is no such file. */
static size_t read_table(const char *folder, const char *name, double *x, size_t *rows)
{
  char path[4096], line[1 << 16];
  size_t count = 0;
  snprintf(path, sizeof path, "%s/robust-gossip/fl/%s", folder, name);
  FILE *f = fopen(path, "r");
  *rows = 0;
  while (f && fgets(line, sizeof line, f)) {
    (*rows)++;
    for (char *at = line; *at && *at != '\n' && count < NUMBERS_MOST; at += *at == ',')
      x[count++] = strtod(at, &at);
  }
  if (f)
    fclose(f);
  return count;
}

/* The matrices TAG_WHAT0.csv, TAG_WHAT1.csv, ... one behind the other. */
static synflow_chain read_layers(const char *folder, const char *tag, const char *what, lac_layer *layers, double *x)
{
  synflow_chain c = { layers, 0, 0 };
  char name[256];
  while (c.count < LAYERS_MOST) {
    size_t rows;
    snprintf(name, sizeof name, "%s_%s%zu.csv", tag, what, c.count);
    size_t count = read_table(folder, name, x + c.d, &rows);
    if (!count)
      break;
    layers[c.count++] = (lac_layer){ .rows = rows, .cols = count / rows, .offset = c.d, .kind = LAC_WEIGHT };
    c.d += count;
  }
  return c;
}

static double sum_of(const lac_layer *l, const double *x)
{
  double sum = 0;
  for (size_t j = l->offset; j < l->offset + l->rows * l->cols; j++)
    sum += x[j];
  return sum;
}

static double w[NUMBERS_MOST], score[NUMBERS_MOST], want[NUMBERS_MOST], mask[NUMBERS_MOST], forward[NUMBERS_MOST], backward[NUMBERS_MOST];

static void test_tag(const char *folder, const char *tag)
{
  lac_layer layers[LAYERS_MOST], others[LAYERS_MOST];
  synflow_chain c = read_layers(folder, tag, "W", layers, w), expected = read_layers(folder, tag, "score0_", others, want);
  double table[256][4], density, worst = 0, apart = 0, far = 0;
  char name[256], line[256];
  size_t steps = 0, wrong = 0;
  snprintf(name, sizeof name, "%s/robust-gossip/fl/%s_R.csv", folder, tag);
  FILE *f = fopen(name, "r");
  if (!f || !c.count || expected.d != c.d) {
    skip("a table of it is missing", "%s", tag);
    if (f)
      fclose(f);
    return;
  }
  while (fgets(line, sizeof line, f) && steps < 256)
    steps += sscanf(line, "%lf,%lf,%lf,%lf", &table[steps][0], &table[steps][1], &table[steps][2], &table[steps][3]) == 4;
  fclose(f);
  ok(synflow_chains(&c) && synflow_weights(&c) == c.d, "%s is a chain", tag);
  density = table[steps - 1][3] / (double)c.d;
  for (size_t j = 0; j < c.d; j++)
    mask[j] = 1;
  for (size_t t = 0; t < steps; t++) {
    for (size_t j = 0; j < c.d; j++)
      score[j] = fabs(w[j]) * mask[j];
    synflow_score(&c, score, forward, backward);
    for (size_t j = 0; t == 0 && j < c.d; j++)
      worst = tap_worse(worst, fabs(score[j] - want[j]) / want[j]);
    for (size_t l = 0; l < c.count; l++) {
      far = tap_worse(far, fabs(sum_of(&layers[l], score) / table[t][1] - 1));
      apart = tap_worse(apart, fabs(sum_of(&layers[l], score) / sum_of(&layers[0], score) - 1));
    }
    synflow_keep(c.d, score, (size_t)table[t][3], mask);
    double left = 0;
    for (size_t j = 0; j < c.d; j++)
      left += mask[j];
    wrong += left != table[t][3];
  }
  ok(worst <= 1e-12, "%s: the scores of step 1, relatively %.1e apart", tag, worst);
  ok(far <= 1e-12, "%s: R of %zu steps, relatively %.1e apart", tag, steps, far);
  ok(apart <= 1e-12, "%s: the scores of every layer sum to R, relatively %.1e apart", tag, apart);
  ok(wrong == 0, "%s: as many weights are left as the table says", tag);
  ok(synflow_kept(&c, density, steps, steps) == (size_t)table[steps - 1][3], "%s: the last step keeps the density", tag);
  read_layers(folder, tag, "mask", others, want);
  for (size_t j = 0; j < c.d; j++)
    wrong += mask[j] != want[j];
  ok(wrong == 0, "%s: the mask", tag);
}

int main(void)
{
  const char *folder = getenv("LACONIC_TRUTH");
  const lac_layer broken[] = { { .rows = 3, .cols = 4, .kind = LAC_WEIGHT }, { .rows = 2, .cols = 4, .offset = 12, .kind = LAC_WEIGHT } };
  ok(!synflow_chains(&(synflow_chain){ broken, 2, 20 }), "a layer of 4 inputs takes nothing from 3 outputs");
  double tied[] = { 2, 1, 1, 1, 0, 3 }, all[] = { 1, 1, 1, 1, 1, 1 }, some[] = { 1, 0, 1, 1, 1, 1 };
  synflow_keep(6, tied, 4, all);
  ok(all[0] && all[1] && all[2] && !all[3] && !all[4] && all[5], "of equal scores the lower index stays");
  double zero[] = { 2, 0, 0, 0, 0, 3 };
  synflow_keep(6, zero, 4, some);
  ok(some[0] && !some[1] && some[2] && some[3] && !some[4] && some[5], "what was dropped does not come back among zeros");
  if (!folder)
    skip("LACONIC_TRUTH is not set", "values computed elsewhere");
  else
    for (char tag[16] = "synflow1"; tag[7] <= '9'; tag[7]++) {
      size_t rows;
      char name[64];
      snprintf(name, sizeof name, "%s_W0.csv", tag);
      if (read_table(folder, name, want, &rows))
        test_tag(folder, tag);
    }
  return done();
}
