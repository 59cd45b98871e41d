/* Perm-K: the n clients of a round share a permutation and each sends its part of the coordinates, so that the mean has all of them.

   d >= n: the permuted coordinates are cut into n blocks of d/n; should that not be a whole number, the first d mod n have one more, and
   block (client + shift) mod n is the client's, with a shift that is drawn too.  C_i(x) = n x on its block.
   n > d: q = floor(n/d) clients get the same coordinate, C_i(x) = (n/q) x on it: client i that of number pi(i) mod d of a permutation
   of n, and none when pi(i) >= q d.

   Every coordinate is a client's with probability q/n (q = 1 when d >= n), so C_i is unbiased and omega = n/q - 1.  Its mean over the
   clients is that over q of n drawn without replacement, hence

     E|(1/n) sum C_i(x_i) - mean x|^2 = A ((1/n) sum |x_i|^2 - |mean x|^2),   A = B = (n-q) / (q (n-1)),

   which is 1 for d >= n > 1.  Values that the next stage changes with omega' and draws of its own: A + omega'/q,
   because E|C_i(x)|^2 = (n/q) |x|^2.

   Wire: the values, in the order of the permutation; no indices. */
#include "compressor.h"
#include "rng.h"
#include "vec.h"

#include <math.h>

typedef struct { int value; } params;
static const lac_option options[] = {
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};

enum { VALUES, ORDER };      /* scratch */

static double owners(const lac_site *s) { return s->n > s->d ? floor((double)s->n / (double)s->d) : 1; }
static double factor(const lac_site *s) { return s->n / owners(s); }
static size_t largest(const lac_site *s) { return (s->d + s->n - 1) / s->n; }
static size_t smallest(const lac_site *s) { return s->d / s->n; }      /* 0 when n > d: one coordinate, or none */

/* This client's coordinates. */
static int part_of(const lac_site *s, const uint32_t **part, size_t *count)
{
  size_t d = s->d, n = s->n, longer = d % n, items = n > d ? n : d, block = s->client % n, from = block, to = block + 1;
  uint32_t *order = lac_scratch(s, ORDER, items * sizeof *order);
  if (!order)
    return LAC_ENOMEM;
  if (d >= n) {
    if (longer)
      block = (block + lac_rng_below(s->shared, n)) % n;
    from = block * smallest(s) + (block < longer ? block : longer);
    to = from + smallest(s) + (block < longer);
  }
  LAC_TRY(lac_rng_permute(s->shared, items, to, order));
  *count = to - from;
  if (n > d) {
    *count = order[from] < (size_t)owners(s) * d;
    order[from] %= (uint32_t)d;
  }
  *part = order + from;
  return LAC_OK;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  const uint32_t *part;
  size_t count;
  double *values = lac_scratch(s, VALUES, largest(s) * sizeof *values);
  if (!values)
    return LAC_ENOMEM;
  if (!lac_all_finite(s->d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  LAC_TRY(part_of(s, &part, &count));
  for (size_t i = 0; i < count; i++) {
    values[i] = x[part[i]];
    if (!isfinite(factor(s) * values[i]))
      return lac_fail(LAC_EDIVERGED, "a value times n is not finite");
  }
  return count ? lac_values_put(s, (lac_value)p->value, count, values, m) : LAC_OK;
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  const params *p = s->params;
  const uint32_t *part;
  size_t count;
  double *values = lac_scratch(s, VALUES, largest(s) * sizeof *values), times = factor(s);
  if (!values)
    return LAC_ENOMEM;
  LAC_TRY(part_of(s, &part, &count));
  if (count)
    LAC_TRY(lac_values_get(s, (lac_value)p->value, count, m, values));
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(times * values[i]))
      return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite once it is scaled");
    y[part[i]] += scale * times * values[i];
  }
  return LAC_OK;
}

static const char *refuse(const lac_site *s)
{
  if (s->d > UINT32_MAX)
    return "vectors of 2^32 or more coordinates are too long for permk";
  const char *why = lac_values_refuse(s, largest(s));
  return why || !smallest(s) ? why : lac_values_refuse(s, smallest(s));
}

static uint64_t bits(const lac_site *s, int *exact)
{
  lac_value format = (lac_value)((const params *)s->params)->value;
  int same = s->n > s->d ? s->n % s->d == 0 : s->d % s->n == 0, sure = 1;
  uint64_t most = lac_values_bits(s, format, largest(s), exact), other = smallest(s) ? lac_values_bits(s, format, smallest(s), &sure) : 0;
  *exact = *exact && sure && same;
  return most > other ? most : other;
}

/* The larger omega of what the next stage does to the values of one client. */
static int values_omega(const lac_site *s, double *w)
{
  double other = 0;
  LAC_TRY(lac_values_omega(s, largest(s), w));
  if (smallest(s))
    LAC_TRY(lac_values_omega(s, smallest(s), &other));
  *w = fmax(*w, other);
  return LAC_OK;
}

static int omega(const lac_site *s, double *w)
{
  LAC_TRY(values_omega(s, w));
  *w = factor(s) * (1 + *w) - 1;
  return LAC_OK;
}

static int ab(const lac_site *s, double *A, double *B)
{
  double q = owners(s), w;
  LAC_TRY(values_omega(s, &w));
  *B = s->n > 1 ? (s->n - q) / (q * (s->n - 1.0)) : 0;
  *A = *B + w / q;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_permk = {
  .name = "permk",
  .summary = "each client its part of a permutation that all share; unbiased, omega = n - 1, A = B = 1",
  .reference = "Szlendak, Tyurin, Richtarik 2021, arXiv:2110.03300",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .omega = omega,
  .ab = ab,
};
