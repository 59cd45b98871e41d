/* Codebook: every entry becomes the nearest of a few values, which k-means finds for this vector and which travel with it.

     minimise sum_j min_i (x_j - c_i)^2 over c_1..c_L       in one dimension the cells are intervals of the sorted entries

   Lloyd's iteration over groups of neighbouring entries, sorted, with sums up to each: a step takes the time of L binary searches.  It
   descends from two starts, and the better end counts: cells that were split in two where that gained most, one after the other; and the
   L - 1 groups of largest magnitude alone, the others together.

   A group holds the entries of one value when d is small, and otherwise those with the same sign, exponent and first m bits of the
   mantissa; m is as large as the number of groups allows (65536, and 2 d), and at least 4.  A sort of all entries would take most of the
   time.

   Contraction. With c_i the mean of its cell, C is a projection: |C(x) - x|^2 = |x|^2 - |C(x)|^2, and |C(x)|^2 is the sum of n c^2 over
   the cells. Take the second start, which Lloyd's iteration does not lose; its L - 1 groups hold k >= L - 1 entries, g is the least
   magnitude of their means, and K their part of |C(x)|^2. Then K >= k g^2. Every other group has n entries and a mean no larger than g,
   and in all groups |x|^2 <= (1 + 2^-10) n mean^2. So |x|^2 <= (1 + 2^-10) (K + (d - k) g^2) <= (1 + 2^-10) K d/k: alpha = (1 - 2^-10)
   (L-1)/d; without the factor when the groups are single values, and 1 when L >= d.
   (Rounding the c_i to f32, by a factor in 1 -+ 2^-24, costs less than a factor 1 - 2^-22 of alpha.)

   Wire: min(L, d) values, ascending, the last one repeated when fewer are needed; then d symbols (symbols.h), the numbers of the values. */
#include "parts/symbols.h"
#include "vec.h"

#include <gsl/gsl_sort.h>
#include <math.h>

typedef struct { uint64_t levels; int value; } params;
static const lac_option options[] = {
  { "levels", LAC_UINT, offsetof(params, levels), "16", "[2,256]", NULL, "values in the codebook" },
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value of the codebook" },
  { 0 }
};

enum { LEVELS_MOST = 256, ITERATIONS = 100, SINGLE_MOST = 1 << 10, GROUPS_MOST = 1 << 16, LEAST_BITS = 4, MANTISSA = 52, TOPS = 1 << 12 };

static lac_value format(const lac_site *s) { return (lac_value)((const params *)s->params)->value; }

static size_t level_count(const lac_site *s)
{
  uint64_t levels = ((const params *)s->params)->levels;
  return levels < s->d ? (size_t)levels : s->d;
}

static unsigned width_of(size_t levels)
{
  unsigned width = 1;
  while ((size_t)1 << width < levels)
    width++;
  return width;
}

/* ---- groups of entries ---- */

/* Numbers are in units of a power of two next to max |x_j|, so that no sum overflows; as two factors, since one may be out of range. */
typedef struct { double down[2], up[2]; } unit;

static unit unit_of(double most)
{
  int exponent = most > 0 ? ilogb(most) : 0, half = exponent / 2;
  return (unit){ { ldexp(1, -half), ldexp(1, half - exponent) }, { ldexp(1, half), ldexp(1, exponent - half) } };
}

/* How many entries, and their sum; of those of a key, the sum of what lies above the key. */
typedef struct { double number, sum; } total;

/* The groups, ascending: their totals, means and keys; over those before the j-th: how many entries, and their sum. */
typedef struct {
  size_t count;
  total *own;
  double *at, *number, *sum;
  uint16_t *key, *key_of;      /* of a group; of an entry */
} groups;

/* Integers in the order of the numbers. */
static inline uint64_t ordered(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits ^ ((uint64_t)-(int64_t)(bits >> 63) | UINT64_C(1) << 63);
}

static inline double with_bits(uint64_t bits)
{
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Of a positive or negative number, what is nearest to 0 among those with the same first bits; `rest` are the others, all set. */
static inline double key_value(uint64_t order, uint64_t rest)
{
  uint64_t negative = order >> 63 ^ 1;
  return with_bits((order ^ ((uint64_t)-(int64_t)negative | UINT64_C(1) << 63)) & ~rest);
}

static void append(groups *g, uint16_t key, double value, total t)
{
  size_t k = g->count++;
  g->key[k] = key;
  g->at[k] = value + t.sum / t.number;
  g->own[k] = (total){ t.number, t.number * value + t.sum };
  g->number[k + 1] = g->number[k] + t.number;
  g->sum[k + 1] = g->sum[k] + g->own[k].sum;
}

static void group_by_value(size_t d, const double *x, unit u, groups *g)
{
  double sorted[SINGLE_MOST];
  size_t number[SINGLE_MOST] = { 0 }, distinct = 0;
  for (size_t j = 0; j < d; j++)
    sorted[j] = x[j] * u.down[0] * u.down[1];
  gsl_sort(sorted, 1, d);
  for (size_t j = 0; j < d; j++) {
    distinct += j == 0 || sorted[j] != sorted[distinct - 1];
    sorted[distinct - 1] = sorted[j];
  }
  for (size_t j = 0; j < d; j++) {
    double y = x[j] * u.down[0] * u.down[1];
    size_t key = 0;
    for (size_t half, left = distinct; left > 1; left -= half) {
      half = left / 2;
      key += sorted[key + half] <= y ? half : 0;
    }
    number[key]++;
    g->key_of[j] = (uint16_t)key;
  }
  for (size_t k = 0; k < distinct; k++)
    append(g, (uint16_t)k, sorted[k], (total){ (double)number[k], 0 });
}

static void group_by_key(size_t d, const double *x, unit u, total *of_key, groups *g)
{
  uint8_t used[TOPS] = { 0 };
  uint32_t first[TOPS], keys = 0;
  unsigned bits = LEAST_BITS, tops = 0;
  size_t most = d < GROUPS_MOST / 2 ? 2 * d : GROUPS_MOST;
  for (size_t j = 0; j < d; j++)
    used[ordered(x[j] * u.down[0] * u.down[1] + 0.0) >> MANTISSA] = 1;      /* -0 is 0 */
  for (size_t t = 0; t < TOPS; t++)
    tops += used[t];
  while ((size_t)tops << (bits + 1) <= most)
    bits++;
  for (uint32_t t = 0; t < TOPS; t++) {
    first[t] = keys - (t << bits);
    keys += (uint32_t)used[t] << bits;
  }
  memset(of_key, 0, keys * sizeof *of_key);
  const uint64_t rest = (UINT64_C(1) << (MANTISSA - bits)) - 1;
  for (size_t j = 0; j < d; j++) {
    double y = x[j] * u.down[0] * u.down[1] + 0.0;
    uint64_t order = ordered(y);
    uint32_t key = first[order >> MANTISSA] + (uint32_t)(order >> (MANTISSA - bits));
    g->key_of[j] = (uint16_t)key;
    of_key[key].number++;
    of_key[key].sum += y - key_value(order, rest);
  }
  for (uint32_t t = 0; t < TOPS; t++)
    for (uint32_t k = t << bits; k < (t + used[t]) << bits; k++)
      if (of_key[first[t] + k].number > 0)
        append(g, (uint16_t)(first[t] + k), key_value((uint64_t)k << (MANTISSA - bits), rest), of_key[first[t] + k]);
}

static int group_entries(const lac_site *s, const double *x, unit u, groups *g)
{
  size_t most = s->d <= SINGLE_MOST ? s->d : GROUPS_MOST;
  double *numbers = lac_scratch(s, 0, (7 * most + 2) * sizeof *numbers);
  uint16_t *keys = lac_scratch(s, 1, (most + s->d) * sizeof *keys);
  if (!numbers || !keys)
    return LAC_ENOMEM;
  *g = (groups){ .own = (total *)numbers, .at = numbers + 4 * most, .number = numbers + 5 * most, .sum = numbers + 6 * most + 1,
                 .key = keys, .key_of = keys + most };
  g->number[0] = g->sum[0] = 0;
  if (s->d <= SINGLE_MOST)
    group_by_value(s->d, x, u, g);
  else
    group_by_key(s->d, x, u, g->own + most, g);
  return LAC_OK;
}

/* ---- k-means ---- */

/* Cell i is [cut[i], cut[i+1]) of the groups. */
typedef struct { size_t cells, cut[LEVELS_MOST + 1]; } partition;

static double mean(const groups *e, size_t from, size_t to) { return (e->sum[to] - e->sum[from]) / (e->number[to] - e->number[from]); }

/* |C(x)|^2 of one cell. */
static double kept_by(const groups *e, size_t from, size_t to)
{
  double sum = e->sum[to] - e->sum[from];
  return sum * sum / (e->number[to] - e->number[from]);
}

/* The first group whose mean is above the bound, looked for from `near` on, twice as far each time. */
static size_t first_above(const groups *e, double bound, size_t near)
{
  size_t low = near, high = near, reach = 1;
  for (; low > 0 && e->at[low - 1] > bound; reach *= 2) {
    high = low - 1;
    low = high > reach ? high - reach : 0;
  }
  for (; high < e->count && e->at[high] <= bound; reach *= 2) {
    low = high + 1;
    high = e->count - low > reach ? low + reach : e->count;
  }
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (e->at[middle] > bound)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* Each cell gets what is nearest to its mean, a tie going to the lower cell; a cell that is left empty goes. */
static int step(const groups *e, partition *p)
{
  size_t cells = 0, cut, changed = 0;
  double last = mean(e, p->cut[0], p->cut[1]);
  for (size_t i = 1; i < p->cells; i++) {
    double now = mean(e, p->cut[i], p->cut[i + 1]);
    cut = first_above(e, (last + now) / 2, p->cut[i]);
    last = now;
    changed |= cut ^ p->cut[i];
    if (cut > p->cut[cells] && cut < e->count)
      p->cut[++cells] = cut;
  }
  p->cut[++cells] = e->count;
  p->cells = cells;
  return changed != 0;
}

/* |C(x)|^2 */
static double descend(const groups *e, partition *p)
{
  double kept = 0;
  for (int i = 0; i < ITERATIONS && step(e, p); i++)
    ;
  for (size_t i = 0; i < p->cells; i++)
    kept += kept_by(e, p->cut[i], p->cut[i + 1]);
  return kept;
}

/* The best place to cut a cell in two, and what |C(x)|^2 gains. */
typedef struct { size_t at; double gain; } split;

static split best_split(const groups *e, size_t from, size_t to)
{
  split best = { from, -1 };
  double whole = kept_by(e, from, to);
  for (size_t at = from + 1; at < to; at++) {
    double gain = kept_by(e, from, at) + kept_by(e, at, to) - whole;
    if (gain > best.gain)
      best = (split){ at, gain };
  }
  return best;
}

static partition split_cells(const groups *e, size_t levels)
{
  partition p = { .cells = 1, .cut = { 0, e->count } };
  split best[LEVELS_MOST] = { best_split(e, 0, e->count) };
  while (p.cells < levels) {
    size_t k = 0;
    for (size_t i = 1; i < p.cells; i++)
      k = best[i].gain > best[k].gain ? i : k;
    for (size_t i = p.cells; i > k; i--) {
      p.cut[i + 1] = p.cut[i];
      best[i] = best[i - 1];
    }
    p.cut[k + 1] = best[k].at;
    p.cells++;
    for (size_t i = k; i < k + 2 && p.cells < levels; i++)
      best[i] = best_split(e, p.cut[i], p.cut[i + 1]);
  }
  return p;
}

static partition largest_alone(const groups *e, size_t levels)
{
  partition p = { .cells = levels };
  size_t low = 0, high = e->count - 1, i = 0;
  while (high - low > e->count - levels)
    if (fabs(e->at[low]) >= fabs(e->at[high]))
      low++;
    else
      high--;
  for (; i <= low; i++)
    p.cut[i] = i;
  for (; i <= levels; i++)
    p.cut[i] = e->count - (levels - i);
  return p;
}

/* The cells; their means, exact to rounding, which differences of long sums are not. */
static partition k_means(const groups *e, size_t levels, double *value)
{
  levels = levels < e->count ? levels : e->count;
  partition cut = split_cells(e, levels), alone = largest_alone(e, levels);
  partition best = descend(e, &cut) >= descend(e, &alone) ? cut : alone;
  for (size_t i = 0; i < best.cells; i++) {
    double sum = 0;
    for (size_t j = best.cut[i]; j < best.cut[i + 1]; j++)
      sum += e->own[j].sum;
    value[i] = sum / (e->number[best.cut[i + 1]] - e->number[best.cut[i]]);
    if (i)
      value[i] = fmax(value[i], value[i - 1]);      /* rounding may change their order */
  }
  return best;
}

/* ---- the message ---- */

static size_t run_at(size_t d, size_t at) { return d - at < LAC_RUN ? d - at : LAC_RUN; }

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  size_t levels = level_count(s);
  unsigned width = width_of(levels);
  double value[LEVELS_MOST], most = lac_largest(s->d, x);
  uint8_t *symbol = lac_scratch(s, 2, LAC_RUN + GROUPS_MOST), *cell = symbol + LAC_RUN;
  unit u = unit_of(most);
  groups g;
  if (!symbol)
    return LAC_ENOMEM;
  if (!isfinite(most))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  LAC_TRY(group_entries(s, x, u, &g));
  partition p = k_means(&g, levels, value);
  for (size_t i = 0; i < levels; i++)
    value[i] = i < p.cells ? value[i] * u.up[0] * u.up[1] : value[i - 1];
  LAC_TRY(lac_msg_put_reals(m, format(s), value, levels));
  for (size_t i = 0; i < p.cells; i++)
    for (size_t k = p.cut[i]; k < p.cut[i + 1]; k++)
      cell[g.key[k]] = (uint8_t)i;
  for (size_t at = 0; at < s->d; at += LAC_RUN) {
    size_t count = run_at(s->d, at);
    for (size_t i = 0; i < count; i++)
      symbol[i] = cell[g.key_of[at + i]];
    LAC_TRY(lac_symbols_put(s, symbol, count, width, m));
  }
  return LAC_OK;
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  size_t levels = level_count(s);
  unsigned width = width_of(levels);
  double value[LEVELS_MOST];
  uint8_t *symbol = lac_scratch(s, 2, LAC_RUN);
  if (!symbol)
    return LAC_ENOMEM;
  LAC_TRY(lac_msg_get_reals(m, format(s), value, levels));
  for (size_t i = 1; i < levels; i++)
    if (value[i] < value[i - 1])
      return lac_fail(LAC_EFORMAT, "codebook: the values of the message are not ascending");
  for (size_t at = 0; at < s->d; at += LAC_RUN) {
    size_t count = run_at(s->d, at);
    LAC_TRY(lac_symbols_get(s, m, symbol, count, width));
    for (size_t i = 0; i < count; i++) {
      if (symbol[i] >= levels)
        return lac_fail(LAC_EFORMAT, "codebook: the message has the number %u of %zu values", symbol[i], levels);
      y[at + i] += scale * value[symbol[i]];
    }
  }
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact)
{
  size_t levels = level_count(s);
  return levels * lac_value_bits(format(s)) + lac_symbols_bits(s, s->d, width_of(levels), exact);
}

static int alpha(const lac_site *s, double *a)
{
  size_t levels = level_count(s);
  *a = levels == s->d ? 1 : (double)(levels - 1) / (double)s->d;
  if (format(s) == LAC_F32 && *a < 1)
    *a *= 1 - 0x1p-22;
  if (s->d > SINGLE_MOST)
    *a *= 1 - 0x1p-10;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_codebook = {
  .name = "codebook",
  .summary = "the nearest of a few values, found by k-means and sent along; biased, alpha = (levels - 1)/d",
  .reference = "Han, Mao, Dally 2016, arXiv:1510.00149; Malekijoo et al. 2021, FedZip, arXiv:2102.01593",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
