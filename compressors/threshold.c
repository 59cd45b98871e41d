/* Entries of large magnitude, as many as there are: |x_j| >= tau for a given tau; or, tau=0, for an estimate of the k-th largest.

   The estimate (Deep Gradient Compression): the r-th largest magnitude of a random sample of m entries, one from each of m equal parts,
   r = k m / d rounded to nearest and at least 1.  Should more than k entries reach it, a second pass keeps the k largest of these.
   So C(x) is Top-K for some number between min(r, k) and k, alpha = min(r, k)/d.  For a given tau there is none.

   Wire: the number of entries, ceil(log2(d+1)) bits; their index set (index.h); their values in ascending order of index.  The message
   decides how many there are, so nothing can stand behind it. */
#include "compressor.h"
#include "parts/index.h"
#include "rng.h"
#include "parts/select.h"

#include <math.h>

typedef struct { double tau, sample; lac_amount k; int index, value; } params;
static const lac_option options[] = {
  { "tau", LAC_REAL, offsetof(params, tau), "0", ">=0", NULL, "magnitude from which on entries are kept; 0: estimated, for k entries" },
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "with tau=0, entries kept at most: a count or a percentage of d" },
  { "sample", LAC_REAL, offsetof(params, sample), "0.01", "(0,1]", NULL, "with tau=0, the part of the entries that the estimate is from" },
  LAC_INDEX_OPTION(params),
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

enum { VALUES, SET };      /* scratch */

static int is_given(const lac_site *s) { return ((const params *)s->params)->tau > 0; }
static size_t most(const lac_site *s) { return is_given(s) ? s->d : (size_t)lac_amount_of(((const params *)s->params)->k, s->d); }
static unsigned count_width(const lac_site *s) { return 64 - (unsigned)__builtin_clzll(s->d); }

static size_t sample_size(const lac_site *s)
{
  size_t m = (size_t)llround(((const params *)s->params)->sample * (double)s->d);
  return m > 1 ? m : 1;
}

static size_t rank_in_sample(const lac_site *s)
{
  size_t r = (size_t)llround((double)most(s) * (double)sample_size(s) / (double)s->d);
  return r > 1 ? r : 1;
}

/* Where sampled entry i of m stands, by a word of the stream. */
static size_t place_of(const lac_site *s, size_t i, size_t m, uint32_t word)
{
  double part = (double)s->d / (double)m;
  size_t from = (size_t)((double)i * part), to = i + 1 < m ? (size_t)((double)(i + 1) * part) : s->d;
  return from + ((uint64_t)word * (to - from) >> 32);
}

/* MANY places are named before the first is read, so that memory fetches them at the same time. */
static int estimate(const lac_site *s, const double *x, double *tau)
{
  enum { MANY = 256 };
  uint32_t word[MANY];
  size_t m = sample_size(s), place[MANY];
  double *sample = lac_scratch(s, VALUES, m * sizeof *sample);
  if (!sample)
    return LAC_ENOMEM;
  for (size_t at = 0, many; at < m; at += many) {
    many = m - at < MANY ? m - at : MANY;
    LAC_TRY(lac_rng_words(s->rng, word, many));
    for (size_t i = 0; i < many; i++) {
      place[i] = place_of(s, at + i, m, word[i]);
      __builtin_prefetch(x + place[i]);
    }
    for (size_t i = 0; i < many; i++)
      sample[at + i] = x[place[i]];
  }
  *tau = lac_magnitude(m, sample, rank_in_sample(s));
  return LAC_OK;
}

/* How many entries there may be: for a given tau they are counted first. */
static size_t room_for(const lac_site *s, const double *x)
{
  return is_given(s) ? lac_count_above(s->d, x, ((const params *)s->params)->tau) : lac_select_room(s->d, most(s));
}

static int collect(const lac_site *s, const double *x, double tau, size_t *k, uint32_t *set, double *values)
{
  if (is_given(s))
    return lac_collect_above(s->d, x, tau, *k, set, values);
  *k = most(s);
  return lac_select_near(s->d, x, k, tau, set, values);
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  double tau = p->tau;
  if (!is_given(s))
    LAC_TRY(estimate(s, x, &tau));
  size_t k = room_for(s, x);
  double *values = lac_scratch(s, VALUES, k * sizeof *values);
  uint32_t *set = lac_scratch(s, SET, k * sizeof *set);
  if (!values || !set)
    return LAC_ENOMEM;
  LAC_TRY(collect(s, x, tau, &k, set, values));
  LAC_TRY(lac_msg_put(m, k, count_width(s)));
  LAC_TRY(lac_index_put((lac_index)p->index, m, s->d, k, set));
  return lac_msg_put_reals(m, (lac_value)p->value, values, k);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  const params *p = s->params;
  uint64_t k;
  LAC_TRY(lac_msg_get(m, count_width(s), &k));
  if (k > most(s))
    return lac_fail(LAC_EFORMAT, "the message has more entries than can be");
  double *values = lac_scratch(s, VALUES, k * sizeof *values);
  uint32_t *set = lac_scratch(s, SET, k * sizeof *set);
  if (!values || !set)
    return LAC_ENOMEM;
  LAC_TRY(lac_index_get((lac_index)p->index, m, s->d, k, set));
  LAC_TRY(lac_msg_get_reals(m, (lac_value)p->value, values, k));
  for (size_t i = 0; i < k; i++)
    y[set[i]] += scale * values[i];
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  const char *why = is_given(s) ? NULL : lac_amount_refuse(((const params *)s->params)->k, s->d);
  return why ? why : lac_index_refuse(s->d);
}

/* The indices need most bits for d/2 entries, or as many as there can be. */
static uint64_t bits(const lac_site *s, int *exact)
{
  const params *p = s->params;
  size_t k = most(s), worst = k < s->d / 2 ? k : s->d / 2;
  uint64_t indices = lac_index_bits((lac_index)p->index, s->d, worst, exact);
  *exact = 0;
  return count_width(s) + indices + k * lac_value_bits((lac_value)p->value);
}

static int alpha(const lac_site *s, double *a)
{
  if (is_given(s))
    return LAC_ENOTSUP;
  size_t r = rank_in_sample(s);
  *a = (double)(r < most(s) ? r : most(s)) / (double)s->d;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_threshold = {
  .name = "threshold",
  .summary = "entries of magnitude tau or more, or of an estimate for k; biased, estimated: alpha = k/d of the sample's part",
  .reference = "Strom 2015, doi:10.21437/Interspeech.2015-354; Lin, Han, Mao, Wang, Dally 2018, arXiv:1712.01887, Section 3",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
