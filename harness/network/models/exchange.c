/* Which compressor exchanges a message first, by the rate of the link and the length of the vector: Hockney's model of a message, with the
   time of its codec.  A vector of d doubles takes

     seconds = encode + bits d / rate + decode
   The codecs' times and bits a coordinate are those that laconic bench compressors measured on this machine, in a table (bench = FILE.h5);
   latency is the same for all.  A row is a compressor that was measured, at a rate; `wins` is 1 where it is the fastest, `gain` how many
   times faster it is than `dense`, and `pays_below` the rate below which a compressor is faster than `dense`:

     pays_below = (bits_dense - bits) d / (codec - codec_dense)      infinite where its codec takes no longer, too */
#include "network/models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct { char *bench, *input, *dense; uint64_t a_decade; } params;

static const lac_option options[] = {
  { "bench", LAC_TEXT, offsetof(params, bench), "results/codecs.h5", NULL, NULL, "table of laconic bench compressors -o" },
  { "input", LAC_TEXT, offsetof(params, input), "gaussian", NULL, NULL, "its rows of this input" },
  { "dense", LAC_TEXT, offsetof(params, dense), "identity", NULL, NULL, "its compressor that the others are compared with" },
  { "a_decade", LAC_UINT, offsetof(params, a_decade), "5", "[1,20]", NULL, "rates in a decade, from 1 Mbit/s to 100 Gbit/s" },
  { 0 }
};

enum { DECADES = 5 };

enum { COMPRESSOR, RATE, SIZE, CODEC, SECONDS, GAIN, PAYS, WINS, COLUMNS };
static const lac_model_column columns[COLUMNS] = {
  [COMPRESSOR] = { "compressor", NULL }, [RATE] = { "rate", "bit/s" }, [SIZE] = { "d", "coordinates" },
  [CODEC] = { "codec", "s" }, [SECONDS] = { "seconds", "s" }, [GAIN] = { "gain", "times faster than dense" },
  [PAYS] = { "pays_below", "bit/s" }, [WINS] = { "wins", "1" } };

/* A row of the measurements. */
typedef struct { const char *name; double d, bits, codec; } measured;

static int find_column(const lac_table *b, const char *name, int is_text, const lac_table_column **c)
{
  *c = lac_table_find(b, name);
  return *c && !(*c)->text == !is_text && (is_text || (*c)->width == 1) ? LAC_OK :
         lac_fail(LAC_EUSER, "bench: %s has no column '%s'; make it by laconic bench compressors --output=%s", b->path, name, b->path);
}

/* The rows of one input; codec: what 8 d bytes take at the two rates, in GB a second.  memcpy has none of it: it packs nothing. */
static int read_bench(const lac_table *b, const char *wanted, measured **all, size_t *count)
{
  const lac_table_column *name, *input, *d, *encode, *decode, *bits;
  LAC_TRY(find_column(b, "compressor", 1, &name));
  LAC_TRY(find_column(b, "input", 1, &input));
  LAC_TRY(find_column(b, "d", 0, &d));
  LAC_TRY(find_column(b, "encode_rate", 0, &encode));
  LAC_TRY(find_column(b, "decode_rate", 0, &decode));
  LAC_TRY(find_column(b, "bits_written", 0, &bits));
  if (!(*all = lac_alloc((b->rows + 1) * sizeof **all)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < b->rows; i++)
    if (name->text[i] && input->text[i] && strcmp(input->text[i], wanted) == 0 && strcmp(name->text[i], "memcpy"))
      (*all)[(*count)++] = (measured){ name->text[i], d->real[i], bits->real[i],
                                       8e-9 * d->real[i] * (1 / encode->real[i] + 1 / decode->real[i]) };
  return *count ? LAC_OK : lac_fail(LAC_EUSER, "bench: %s has no compressor with input %.40s", b->path, wanted);
}

static double seconds_of(const measured *m, double rate) { return m->codec + m->bits * m->d / rate; }

static const measured *find_dense(const measured *all, size_t count, double d, const char *dense)
{
  for (const measured *m = all; m < all + count; m++)
    if (m->d == d && strcmp(m->name, dense) == 0)
      return m;
  return NULL;
}

static const measured *find_winner(const measured *all, size_t count, double d, double rate)
{
  const measured *best = NULL;
  for (const measured *m = all; m < all + count; m++)
    if (m->d == d && (!best || seconds_of(m, rate) < seconds_of(best, rate)))
      best = m;
  return best;
}

static double pays_below(const measured *m, const measured *dense)
{
  double fewer = (dense->bits - m->bits) * m->d, longer = m->codec - dense->codec;
  return longer > 0 ? fmax(fewer, 0) / longer : fewer > 0 ? INFINITY : NAN;
}

static int put_row(lac_table *t, size_t row, const measured *m, const measured *dense, const measured *winner, double rate)
{
  const double cell[COLUMNS] = { [RATE] = rate, [SIZE] = m->d, [CODEC] = m->codec, [SECONDS] = seconds_of(m, rate),
                                 [GAIN] = seconds_of(dense, rate) / seconds_of(m, rate), [PAYS] = pays_below(m, dense),
                                 [WINS] = m == winner };
  for (size_t k = RATE; k < COLUMNS; k++)
    lac_model_real(t, k, row, cell[k]);
  return lac_model_text(t, COMPRESSOR, row, m->name);
}

static int fill_rows(lac_table *t, const params *w, const measured *all, size_t count)
{
  size_t rates = DECADES * w->a_decade + 1;
  t->rows = rates * count;
  if (t->rows > LAC_TABLE_ROWS_MOST)
    return lac_fail(LAC_EUSER, "%zu rates of %zu measurements are more rows than a table has; take fewer rates a decade", rates, count);
  LAC_TRY(lac_model_columns(t, columns, COLUMNS));
  for (size_t row = 0; row < t->rows; row++) {
    const measured *m = &all[row / rates], *dense = find_dense(all, count, m->d, w->dense);
    double rate = 1e6 * pow(10, (double)(row % rates) / (double)w->a_decade);
    if (!dense)
      return lac_fail(LAC_EUSER, "dense: %.40s was not measured with d=%.10g", w->dense, m->d);
    LAC_TRY(put_row(t, row, m, dense, find_winner(all, count, m->d, rate), rate));
  }
  return LAC_OK;
}

static int fill(const void *self, lac_table *t)
{
  const params *w = self;
  lac_table bench;
  measured *all = NULL;
  size_t count = 0;
  int is_table = 0;
  LAC_TRY(lac_context(lac_table_open(&bench, w->bench, &is_table), "bench"));
  if (!is_table)
    return lac_fail(LAC_EUSER, "bench: %s is no table; make one by laconic bench compressors --output=%s", w->bench, w->bench);
  int status = read_bench(&bench, w->input, &all, &count);
  if (status == LAC_OK)
    status = fill_rows(t, w, all, count);
  free(all);
  lac_table_close(&bench);
  return status;
}

const lac_model lac_model_exchange = { .name = "exchange", .summary = "which compressor exchanges a vector first, by rate and length",
  .reference = "Hockney 1994; codecs as measured", .options = options, .params_size = sizeof(params), .fill = fill };
