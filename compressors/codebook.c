/* Codebook: every entry becomes the nearest of a few values, which k-means finds for this vector and which travel with it.

     minimise sum_j min_i (x_j - c_i)^2 over c_1..c_L       in one dimension the cells are intervals of the sorted entries

   Lloyd's iteration over the distinct entries, sorted, with sums up to each: a step takes the time of L binary searches.  It descends
   from two starts, and the better end counts: cells that were split in two where that gained most, one after the other; and the L - 1
   values of largest magnitude alone, the others together.

   Contraction.  With c_i the mean of its cell, C is a projection: |C(x) - x|^2 = |x|^2 - |C(x)|^2.  The second start has
   |C(x)|^2 >= the L - 1 largest squares >= (L-1)/d |x|^2, and Lloyd's iteration does not lose it: alpha = (L-1)/d, and 1 when L >= d.
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

enum { LEVELS_MOST = 256, ITERATIONS = 100 };

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

/* ---- k-means ---- */

/* The distinct entries, ascending; over those before the j-th: how many entries, and their sum in units of `most`. */
typedef struct { double *at, *number, *sum, most; size_t count; } entries;

/* Cell i is [cut[i], cut[i+1]) of the distinct entries. */
typedef struct { size_t cells, cut[LEVELS_MOST + 1]; } partition;

static int sort_entries(const lac_site *s, const double *x, entries *e)
{
  e->at = lac_scratch(s, 0, s->d * sizeof *e->at);
  e->number = lac_scratch(s, 1, 2 * (s->d + 1) * sizeof *e->number);
  if (!e->at || !e->number)
    return LAC_ENOMEM;
  e->sum = e->number + s->d + 1;
  lac_copy(s->d, x, e->at);
  gsl_sort(e->at, 1, s->d);
  e->most = fmax(fabs(e->at[0]), fabs(e->at[s->d - 1]));
  e->most = e->most > 0 ? e->most : 1;
  e->count = 0;
  e->number[0] = e->sum[0] = 0;
  for (size_t j = 0; j < s->d; j++) {
    size_t k = e->count;
    if (k && e->at[j] == e->at[k - 1]) {
      e->number[k]++;
      e->sum[k] += e->at[j] / e->most;
      continue;
    }
    e->at[k] = e->at[j];
    e->number[k + 1] = e->number[k] + 1;
    e->sum[k + 1] = e->sum[k] + e->at[j] / e->most;
    e->count++;
  }
  return LAC_OK;
}

static double mean(const entries *e, size_t from, size_t to) { return (e->sum[to] - e->sum[from]) / (e->number[to] - e->number[from]); }

/* |C(x)|^2 of one cell. */
static double kept_by(const entries *e, size_t from, size_t to)
{
  double sum = e->sum[to] - e->sum[from];
  return sum * sum / (e->number[to] - e->number[from]);
}

/* The first distinct entry above the bound. */
static size_t first_above(const entries *e, double bound)
{
  size_t low = 0, high = e->count;
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
static int step(const entries *e, partition *p)
{
  partition next = { 0 };
  double last = mean(e, p->cut[0], p->cut[1]);
  for (size_t i = 1; i < p->cells; i++) {
    double now = mean(e, p->cut[i], p->cut[i + 1]);
    size_t cut = first_above(e, (last + now) / 2 * e->most);
    last = now;
    if (cut > next.cut[next.cells] && cut < e->count)
      next.cut[++next.cells] = cut;
  }
  next.cut[++next.cells] = e->count;
  int same = next.cells == p->cells && memcmp(next.cut, p->cut, sizeof next.cut) == 0;
  *p = next;
  return !same;
}

/* |C(x)|^2 in units of most^2. */
static double descend(const entries *e, partition *p)
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

static split best_split(const entries *e, size_t from, size_t to)
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

static partition split_cells(const entries *e, size_t levels)
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
    for (size_t i = k; i < k + 2; i++)
      best[i] = best_split(e, p.cut[i], p.cut[i + 1]);
  }
  return p;
}

static partition largest_alone(const entries *e, size_t levels)
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
static partition k_means(const entries *e, size_t levels, double *value)
{
  levels = levels < e->count ? levels : e->count;
  partition cut = split_cells(e, levels), alone = largest_alone(e, levels);
  partition best = descend(e, &cut) >= descend(e, &alone) ? cut : alone;
  for (size_t i = 0; i < best.cells; i++) {
    double sum = 0;
    for (size_t j = best.cut[i]; j < best.cut[i + 1]; j++)
      sum += (e->number[j + 1] - e->number[j]) * (e->at[j] / e->most);
    value[i] = sum / (e->number[best.cut[i + 1]] - e->number[best.cut[i]]) * e->most;
  }
  return best;
}

/* ---- the message ---- */

/* How many of the bounds are not above x; there are 2^width - 1 of them, ascending. */
static uint8_t cell_of(const double *bound, unsigned width, double x)
{
  size_t cell = 0;
  for (size_t half = (size_t)1 << width >> 1; half; half >>= 1)
    cell += bound[cell + half - 1] <= x ? half : 0;
  return (uint8_t)cell;
}

static size_t run_at(size_t d, size_t at) { return d - at < LAC_RUN ? d - at : LAC_RUN; }

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  size_t levels = level_count(s);
  unsigned width = width_of(levels);
  double value[LEVELS_MOST], bound[LEVELS_MOST];
  uint8_t *symbol = lac_scratch(s, 2, LAC_RUN);
  entries e;
  if (!symbol)
    return LAC_ENOMEM;
  if (!lac_all_finite(s->d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  LAC_TRY(sort_entries(s, x, &e));
  partition p = k_means(&e, levels, value);
  for (size_t i = p.cells; i < levels; i++)
    value[i] = value[i - 1];
  for (size_t i = 1; i < LEVELS_MOST + 1; i++)
    bound[i - 1] = i < p.cells ? e.at[p.cut[i]] : INFINITY;
  LAC_TRY(lac_msg_put_reals(m, format(s), value, levels));
  for (size_t at = 0; at < s->d; at += LAC_RUN) {
    size_t count = run_at(s->d, at);
    for (size_t i = 0; i < count; i++)
      symbol[i] = cell_of(bound, width, x[at + i]);
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
