/* Top-K: the k entries of largest magnitude, exactly; of equal magnitudes the lower index wins.  alpha = k/d.

   Wire: the index set (index.h), then the k values in ascending order of index.

   Selection without sorting and without scratch memory: magnitudes as 63-bit integers are ordered like the magnitudes,
   so a histogram of their leading bits finds the block that holds the k-th, then one of the next bits inside that block. */
#include "compressor.h"
#include "index.h"
#include "vec.h"

typedef struct { lac_amount k; int value; } params;
static const lac_option options[] = {
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "entries kept: a count or a percentage of d" },
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

static uint64_t magnitude(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & INT64_MAX;
}

/* Entries with key > above are in; of those with key >= least, the first `ties` by index. */
typedef struct { uint64_t above, least, ties; } cut;

static cut select_cut(size_t d, const double *x, uint64_t k)
{
  enum { BITS = 11, BINS = 1 << BITS };
  uint64_t low = 0, span = UINT64_C(1) << 63, want = k;      /* the k-th key is in [low, low + span); want of those are in */
  while (span > 1) {
    uint32_t count[BINS] = { 0 };
    unsigned shift = span > BINS ? 63 - BITS - (unsigned)__builtin_clzll(span) : 0;
    for (size_t j = 0; j < d; j++) {
      uint64_t key = magnitude(x[j]) - low;
      if (key < span)
        count[key >> shift]++;
    }
    uint64_t bin = (span >> shift) - 1;
    for (; count[bin] < want; bin--)
      want -= count[bin];
    low += bin << shift;
    span = UINT64_C(1) << shift;
    if (count[bin] == want)
      break;                                                 /* all of the block are in */
  }
  return (cut){ low + span - 1, low, want };
}

static int chosen(cut *c, double x)
{
  uint64_t key = magnitude(x);
  if (key > c->above)
    return 1;
  if (key < c->least || c->ties == 0)
    return 0;
  c->ties--;
  return 1;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  size_t d = s->d, n = 0;
  uint64_t k = lac_amount_of(p->k, d);
  double *values = lac_scratch(s, 0, k * sizeof *values);
  lac_index w;
  if (!values)
    return LAC_ENOMEM;
  if (!lac_all_finite(d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  cut c = select_cut(d, x, k);
  lac_index_write(&w, m, d, k);
  for (size_t j = 0; j < d; j++)
    if (chosen(&c, x[j])) {
      LAC_TRY(lac_index_put(&w, j));
      values[n++] = x[j];
    }
  return lac_values_put(s, (lac_value)p->value, k, values, m);
}

/* The values stand behind the indices: the indices are read twice, so that no array of them is needed. */
static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  const params *p = s->params;
  size_t d = s->d;
  uint64_t k = lac_amount_of(p->k, d), index_bits = lac_index_bits(d, k), j;
  double *values = lac_scratch(s, 0, k * sizeof *values);
  lac_msg indices = *m;
  lac_index r;
  if (!values)
    return LAC_ENOMEM;
  if (index_bits > m->nbits - m->rpos)
    return lac_fail(LAC_EFORMAT, "the message ends too early");
  m->rpos += index_bits;
  LAC_TRY(lac_values_get(s, (lac_value)p->value, k, m, values));
  LAC_TRY(lac_index_read(&r, &indices, d, k));
  for (uint64_t i = 0; i < k; i++) {
    LAC_TRY(lac_index_get(&r, &j));
    y[j] += scale * values[i];
  }
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  lac_amount k = ((const params *)s->params)->k;
  const char *why = lac_amount_refuse(k, s->d);
  return why ? why : lac_values_refuse(s, lac_amount_of(k, s->d));
}

static uint64_t bits(const lac_site *s, int *exact)
{
  const params *p = s->params;
  uint64_t k = lac_amount_of(p->k, s->d);
  return lac_index_bits(s->d, k) + lac_values_bits(s, (lac_value)p->value, k, exact);
}

/* |C(x) - x|^2 is that of the values, on the support, plus |x|^2 - |x_S|^2 outside: alpha = (k/d) alpha of the next stage. */
static int alpha(const lac_site *s, double *a)
{
  uint64_t k = lac_amount_of(((const params *)s->params)->k, s->d);
  LAC_TRY(lac_values_alpha(s, k, a));
  *a *= (double)k / (double)s->d;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_topk = {
  .name = "topk",
  .summary = "the k entries of largest magnitude; biased, alpha = k/d",
  .reference = "Aji, Heafield 2017, arXiv:1704.05021; Stich, Cordonnier, Jaggi 2018, arXiv:1809.07599",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
