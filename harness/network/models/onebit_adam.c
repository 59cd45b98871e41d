/* Volume and speed-up of 1-bit Adam: Tang et al. 2021, arXiv:2102.02888.  A share w of the steps is warm-up and exchanges 16-bit gradients,
   the rest exchanges signs, 1 bit a parameter:

     volume  = 1 / (w + (1 - w) / 16)
     seconds = w dense + (1 - w) onebit,   dense = compute + 2 (p-1)/p 16 d / rate,   onebit = compute + 2 (p-1)/p d / rate
     speedup = dense / seconds
   The scales of the signs, one a rank and chunk, and latency are left out.

   The default compute time is what makes exchanges 94 % of a dense step on p = 64 at 4.1 Gbit/s, the rate that the authors measured
   on 40 Gbit/s Ethernet: compute = 6/94 of 2 (p-1)/p 16 d / rate = 0.1668 s. */
#include "network/models/model.h"

#include <math.h>
#include <stdio.h>

typedef struct { uint64_t parameters, ranks; double compute; } params;

static const lac_option options[] = {
  { "parameters", LAC_UINT, offsetof(params, parameters), "340000000", ">0", NULL, "d, of BERT-Large" },
  { "ranks", LAC_UINT, offsetof(params, ranks), "64", "[2,1000000]", NULL, "p" },
  { "compute", LAC_REAL, offsetof(params, compute), "0.1668", ">0", NULL, "seconds of a step without its exchange" },
  { 0 }
};

static const double warmup[] = { 0, 0.15, 0.25, 1 };

enum { WARMUP, RATE, DENSE, ONEBIT, SECONDS, SHARE, VOLUME, SPEEDUP, COLUMNS };
static const lac_model_column columns[COLUMNS] = {
  [WARMUP] = { "warmup", NULL }, [RATE] = { "rate", "Gbit/s" }, [DENSE] = { "dense", "s" }, [ONEBIT] = { "onebit", "s" },
  [SECONDS] = { "seconds", "s" }, [SHARE] = { "exchange_share", "1" }, [VOLUME] = { "volume", "times less" },
  [SPEEDUP] = { "speedup", "times" } };

static void put_row(const params *p, lac_table *t, size_t row, double w, double rate)
{
  double often = 2 * (double)(p->ranks - 1) / (double)p->ranks * (double)p->parameters / (rate * 1e9);
  double dense = p->compute + 16 * often, onebit = p->compute + often, seconds = w * dense + (1 - w) * onebit;
  const double cell[COLUMNS] = { [RATE] = rate, [DENSE] = dense, [ONEBIT] = onebit, [SECONDS] = seconds, [SHARE] = 16 * often / dense,
                                 [VOLUME] = 1 / (w + (1 - w) / 16), [SPEEDUP] = dense / seconds };
  for (size_t k = RATE; k < COLUMNS; k++)
    lac_model_real(t, k, row, cell[k]);
}

static int fill(const void *self, lac_table *t)
{
  t->rows = LAC_COUNT(warmup) * LAC_RATES;
  LAC_TRY(lac_model_columns(t, columns, COLUMNS));
  for (size_t row = 0; row < t->rows; row++) {
    char text[32];
    double w = warmup[row / LAC_RATES];
    snprintf(text, sizeof text, "%g%%", 100 * w);
    LAC_TRY(lac_model_text(t, WARMUP, row, text));
    put_row(self, t, row, w, lac_rate_at(row % LAC_RATES));
  }
  return LAC_OK;
}

const lac_model lac_model_onebit_adam = { .name = "onebit_adam", .summary = "volume and speed-up of 1-bit Adam",
  .reference = "arXiv:2102.02888", .options = options, .params_size = sizeof(params), .fill = fill };
