/* Sparse all-gather against dense ring: Lin et al. 2018, Deep Gradient Compression, arXiv:1712.01887; the ring is that of Thakur,
   Rabenseifner and Gropp 2005.  A rank receives, of d coordinates of `word` bits,

     gathered = (p - 1) U,   U = density d pair        each rank's kept coordinates, `pair` bits each: a value and its index
     reduced  = 2 (p - 1)/p word d
     ratio    = gathered / reduced = p / crossover,    crossover = 2 word / (density pair)
   Below `crossover` ranks the sparse all-gather moves fewer bits. */
#include "network/models/model.h"

#include <math.h>
#include <stdio.h>

typedef struct { uint64_t parameters, word, pair; } params;

static const lac_option options[] = {
  { "parameters", LAC_UINT, offsetof(params, parameters), "25557032", ">0", NULL, "d, of ResNet-50" },
  { "word", LAC_UINT, offsetof(params, word), "32", "[1,64]", NULL, "bits of a dense coordinate" },
  { "pair", LAC_UINT, offsetof(params, pair), "64", "[1,128]", NULL, "bits of a kept coordinate and its index; the paper's code: 48" },
  { 0 }
};

static const double density[] = { 0.0001, 0.001, 0.01, 0.1 };
enum { POWERS = 13 };      /* of two: 2 to 8192 ranks */

enum { DENSITY, RANKS, GATHERED, REDUCED, RATIO, CROSSOVER, LESS, COLUMNS };
static const lac_model_column columns[COLUMNS] = {
  [DENSITY] = { "density", NULL }, [RANKS] = { "ranks", "1" }, [GATHERED] = { "gathered", "bits" }, [REDUCED] = { "reduced", "bits" },
  [RATIO] = { "ratio", "1" }, [CROSSOVER] = { "crossover", "ranks" }, [LESS] = { "less", "times less per message" } };

static void put_row(const params *w, lac_table *t, size_t row, double kept, double p)
{
  double d = (double)w->parameters, gathered = (p - 1) * kept * d * (double)w->pair, reduced = 2 * (p - 1) / p * (double)w->word * d;
  const double cell[COLUMNS] = { [RANKS] = p, [GATHERED] = gathered, [REDUCED] = reduced, [RATIO] = gathered / reduced,
                                 [CROSSOVER] = 2 * (double)w->word / (kept * (double)w->pair),
                                 [LESS] = (double)w->word / (kept * (double)w->pair) };
  for (size_t k = RANKS; k < COLUMNS; k++)
    lac_model_real(t, k, row, cell[k]);
}

static int fill(const void *self, lac_table *t)
{
  t->rows = LAC_COUNT(density) * POWERS;
  LAC_TRY(lac_model_columns(t, columns, COLUMNS));
  for (size_t row = 0; row < t->rows; row++) {
    char text[32];
    double kept = density[row / POWERS];
    snprintf(text, sizeof text, "%g%%", 100 * kept);
    LAC_TRY(lac_model_text(t, DENSITY, row, text));
    put_row(self, t, row, kept, ldexp(1, 1 + (int)(row % POWERS)));
  }
  return LAC_OK;
}

const lac_model lac_model_dgc = { .name = "dgc", .summary = "sparse all-gather against dense ring (Deep Gradient Compression)",
  .reference = "arXiv:1712.01887", .options = options, .params_size = sizeof(params), .fill = fill };
