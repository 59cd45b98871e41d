/* Top-K: the k entries of largest magnitude, exactly; of equal magnitudes the lower index wins.  alpha = k/d.

   Wire: the index set (index.h), then the k values in ascending order of index. */
#include "compressor.h"
#include "parts/index.h"
#include "parts/select.h"

typedef struct { lac_amount k; int index, value; } params;
static const lac_option options[] = {
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "entries kept: a count or a percentage of d" },
  LAC_INDEX_OPTION(params),
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

enum { VALUES, SET };      /* scratch */

static size_t count(const lac_site *s) { return (size_t)lac_amount_of(((const params *)s->params)->k, s->d); }

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  size_t k = count(s), room = lac_select_room(s->d, k);
  double *values = lac_scratch(s, VALUES, room * sizeof *values);
  uint32_t *set = lac_scratch(s, SET, room * sizeof *set);
  if (!values || !set)
    return LAC_ENOMEM;
  LAC_TRY(lac_select(s->d, x, k, set, values));
  LAC_TRY(lac_index_put((lac_index)p->index, m, s->d, k, set));
  return lac_values_put(s, (lac_value)p->value, k, values, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  const params *p = s->params;
  size_t k = count(s);
  double *values = lac_scratch(s, VALUES, k * sizeof *values);
  uint32_t *set = lac_scratch(s, SET, k * sizeof *set);
  if (!values || !set)
    return LAC_ENOMEM;
  LAC_TRY(lac_index_get((lac_index)p->index, m, s->d, k, set));
  LAC_TRY(lac_values_get(s, (lac_value)p->value, k, m, values));
  for (size_t i = 0; i < k; i++)
    y[set[i]] += scale * values[i];
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  const char *why = lac_amount_refuse(((const params *)s->params)->k, s->d);
  if (!why)
    why = lac_index_refuse(s->d);
  return why ? why : lac_values_refuse(s, count(s));
}

static uint64_t bits(const lac_site *s, int *exact)
{
  const params *p = s->params;
  int sure;
  uint64_t indices = lac_index_bits((lac_index)p->index, s->d, count(s), &sure);
  uint64_t values = lac_values_bits(s, (lac_value)p->value, count(s), exact);
  *exact = *exact && sure;
  return indices + values;
}

/* |C(x) - x|^2 is that of the values, on the support, plus |x|^2 - |x_S|^2 outside: alpha = (k/d) alpha of the next stage. */
static int alpha(const lac_site *s, double *a)
{
  LAC_TRY(lac_values_alpha(s, count(s), a));
  *a *= (double)count(s) / (double)s->d;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_topk = {
  .name = "topk",
  .summary = "the k entries of largest magnitude; biased, alpha = k/d",
  .reference = "Aji, Heafield 2017, arXiv:1704.05021; Stich, Cordonnier, Jaggi 2018, arXiv:1809.07599",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .local = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
