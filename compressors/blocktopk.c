/* Top-K in blocks: of every `block` consecutive entries the k of largest magnitude; the last block may be shorter and keeps at most all.

   |C(x) - x|^2 <= (1 - k_b/|b|) |x_b|^2 in every block b, so that alpha is the least k_b/|b|.

   Wire: the index sets of the blocks, one after the other (index.h), then the values of all in ascending order of index. */
#include "compressor.h"
#include "parts/index.h"
#include "parts/select.h"

typedef struct { uint64_t block; lac_amount k; int index, value; } params;
static const lac_option options[] = {
  { "block", LAC_UINT, offsetof(params, block), "100", ">=1", NULL, "entries of a block" },
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "entries kept of a block: a count or a percentage of it" },
  LAC_INDEX_OPTION(params),
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

enum { VALUES, SET };      /* scratch */

/* d = whole * size + last. */
typedef struct { size_t size, k, whole, last, k_last, total; } blocks;

static blocks blocks_of(const lac_site *s)
{
  const params *p = s->params;
  blocks b = { .size = p->block < s->d ? (size_t)p->block : s->d };
  b.whole = s->d / b.size;
  b.last = s->d % b.size;
  b.k = (size_t)lac_amount_of(p->k, b.size);
  b.k_last = b.last ? (size_t)lac_amount_of(p->k, b.last) : 0;
  b.k_last = b.k_last < b.last ? b.k_last : b.last;
  b.total = b.whole * b.k + b.k_last;
  return b;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  blocks b = blocks_of(s);
  double *values = lac_scratch(s, VALUES, (b.total + lac_select_room(b.size, b.k)) * sizeof *values), *v = values;
  uint32_t *set = lac_scratch(s, SET, lac_select_room(b.size, b.k) * sizeof *set);
  if (!values || !set)
    return LAC_ENOMEM;
  for (size_t at = 0; at < s->d; at += b.size) {
    size_t size = s->d - at < b.size ? b.last : b.size, k = s->d - at < b.size ? b.k_last : b.k;
    LAC_TRY(lac_select(size, x + at, k, set, v));
    LAC_TRY(lac_index_put((lac_index)p->index, m, size, k, set));
    v += k;
  }
  return lac_values_put(s, (lac_value)p->value, b.total, values, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  const params *p = s->params;
  blocks b = blocks_of(s);
  double *values = lac_scratch(s, VALUES, b.total * sizeof *values);
  uint32_t *set = lac_scratch(s, SET, b.total * sizeof *set), *j = set;
  if (!values || !set)
    return LAC_ENOMEM;
  for (size_t at = 0; at < s->d; at += b.size) {
    size_t size = s->d - at < b.size ? b.last : b.size, k = s->d - at < b.size ? b.k_last : b.k;
    LAC_TRY(lac_index_get((lac_index)p->index, m, size, k, j));
    for (size_t i = 0; i < k; i++)
      j[i] += (uint32_t)at;
    j += k;
  }
  LAC_TRY(lac_values_get(s, (lac_value)p->value, b.total, m, values));
  for (size_t i = 0; i < b.total; i++)
    y[set[i]] += scale * values[i];
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  blocks b = blocks_of(s);
  const char *why = lac_amount_refuse(((const params *)s->params)->k, b.size);
  if (!why)
    why = lac_index_refuse(s->d);
  return why ? why : lac_values_refuse(s, b.total);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  const params *p = s->params;
  blocks b = blocks_of(s);
  int whole = 1, last = 1;
  uint64_t indices = b.whole * lac_index_bits((lac_index)p->index, b.size, b.k, &whole);
  if (b.last)
    indices += lac_index_bits((lac_index)p->index, b.last, b.k_last, &last);
  indices += lac_values_bits(s, (lac_value)p->value, b.total, exact);
  *exact = *exact && whole && last;
  return indices;
}

static int alpha(const lac_site *s, double *a)
{
  blocks b = blocks_of(s);
  double part = (double)b.k / (double)b.size, last = b.last ? (double)b.k_last / (double)b.last : 1;
  LAC_TRY(lac_values_alpha(s, b.total, a));
  *a *= part < last ? part : last;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_blocktopk = {
  .name = "blocktopk",
  .summary = "the k entries of largest magnitude of every block; biased, alpha = k/block",
  .reference = "Stich, Cordonnier, Jaggi 2018, arXiv:1809.07599 (Top-K, in each block)",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
