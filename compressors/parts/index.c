#include "index.h"

#include "arithmetic.h"
#include "elementary.h"
#include <math.h>

static unsigned width_of(uint64_t count)      /* bits that number `count` things */
{
  return count <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(count - 1);
}

/* C(n, r), or 0 when it is 2^64 or more (and when r > n, where it is 0). */
static uint64_t binomial(uint64_t n, uint64_t r)
{
  unsigned __int128 c = 1;
  if (r > n)
    return 0;
  if (r > n - r)
    r = n - r;
  for (uint64_t i = 1; i <= r; i++) {
    c = c * (n - r + i) / i;
    if (c >> 64)
      return 0;
  }
  return (uint64_t)c;
}

/* ---- the rarer kind: the indices of the set or, where 2k > d, the others ---- */

typedef struct { const uint32_t *set; uint64_t k, at; uint32_t j; int others; } source;

static inline uint32_t next_of(source *s)
{
  if (!s->others)
    return s->set[s->at++];
  while (s->at < s->k && s->set[s->at] == s->j)
    s->at++, s->j++;
  return s->j++;
}

typedef struct { uint32_t *set; uint64_t at, j, left, d; int others; } sink;      /* left: indices still to come */

/* Only where those that are still to come have room behind it, so that no more than k get into the set. */
static inline int take(sink *s, uint64_t j)
{
  if (j < s->j || j > s->d - s->left)
    return lac_fail(LAC_EFORMAT, "indices are not ascending or too large");
  if (!s->others)
    s->set[s->at++] = (uint32_t)j;
  else
    while (s->j < j)
      s->set[s->at++] = (uint32_t)s->j++;
  s->j = j + 1;
  s->left--;
  return LAC_OK;
}

/* One code, of k <= d/2 indices. */
typedef struct {
  uint64_t (*bits)(uint64_t d, uint64_t k, int *exact);
  int (*put)(lac_msg *m, uint64_t d, uint64_t k, source *from);
  int (*get)(lac_msg *m, uint64_t d, uint64_t k, sink *to);
} index_code;

/* ---- fixed ---- */

static uint64_t fixed_bits(uint64_t d, uint64_t k, int *exact)
{
  *exact = 1;
  return k * width_of(d);
}

static int fixed_put(lac_msg *m, uint64_t d, uint64_t k, source *from)
{
  for (uint64_t i = 0; i < k; i++)
    LAC_TRY(lac_msg_put(m, next_of(from), width_of(d)));
  return LAC_OK;
}

static int fixed_get(lac_msg *m, uint64_t d, uint64_t k, sink *to)
{
  for (uint64_t i = 0, j; i < k; i++) {
    LAC_TRY(lac_msg_get(m, width_of(d), &j));
    LAC_TRY(take(to, j));
  }
  return LAC_OK;
}

/* ---- bitmap ---- */

static uint64_t bitmap_bits(uint64_t d, uint64_t k, int *exact)
{
  (void)k;
  *exact = 1;
  return d;
}

static int bitmap_put(lac_msg *m, uint64_t d, uint64_t k, source *from)
{
  const uint32_t *j = from->set, *end = from->set + k;
  for (uint64_t base = 0; base < d; base += 64) {
    uint64_t word = 0;
    for (; j < end && *j < base + 64; j++)
      word |= UINT64_C(1) << (*j - base);
    LAC_TRY(lac_msg_put(m, word, d - base < 64 ? (unsigned)(d - base) : 64));
  }
  return LAC_OK;
}

static int bitmap_get(lac_msg *m, uint64_t d, uint64_t k, sink *to)
{
  uint64_t n = 0, word;
  for (uint64_t base = 0; base < d; base += 64) {
    LAC_TRY(lac_msg_get(m, d - base < 64 ? (unsigned)(d - base) : 64, &word));
    if ((uint64_t)__builtin_popcountll(word) > k - n)
      return lac_fail(LAC_EFORMAT, "a bitmap has too many ones");
    for (; word; word &= word - 1)
      to->set[n++] = (uint32_t)(base + (uint64_t)__builtin_ctzll(word));
  }
  return n == k ? LAC_OK : lac_fail(LAC_EFORMAT, "a bitmap has too few ones");
}

/* ---- gaps: geometric, with x = (d-k)/d the probability that one more coordinate is left out ----

   P(gap = g) is proportional to x^g, so that the w low bits of g are independent, bit i a 1 with probability x^(2^i) / (1 + x^(2^i)), and
   the rest of it is geometric again with x^(2^w).  w is the least for which that is at most 1/golden ratio: then a bit in unary costs
   about as much as it says. */

enum { LOWS = 32 };
typedef struct { unsigned w; uint32_t one[LOWS], more; } gaps;      /* probabilities in units of 2^-16 */

static gaps gaps_of(uint64_t d, uint64_t k)
{
  gaps g = { 0 };
  uint64_t power = (uint64_t)(((unsigned __int128)(d - k) << 64) / d);      /* x^(2^w) in units of 2^-64 */
  while (power > UINT64_C(0x9e3779b97f4a7c15) && g.w < LOWS - 1) {
    uint64_t z = power >> 32;
    g.one[g.w++] = (uint32_t)((z << 16) / (z + (UINT64_C(1) << 32)));
    power = (uint64_t)((unsigned __int128)power * power >> 64);
  }
  g.more = (uint32_t)(power >> 48);
  return g;
}

/* ---- golomb ---- */

/* For all sets of k or fewer: x^(2^w) is between 0.38 and 0.62, so that (d-k)/2^w < 2.08 k, and 2^w < 0.97 d/k. */
static uint64_t golomb_bits(uint64_t d, uint64_t k, int *exact)
{
  *exact = k == 0;
  return k ? (uint64_t)ceil((double)k * (3.08 + fmax(0, lac_log2(0.97 * (double)d / (double)k)))) : 0;
}

/* Of this set; *behind: the coordinates behind its last index. */
static uint64_t golomb_size(uint64_t d, uint64_t k, source from, uint64_t *behind)
{
  unsigned w = gaps_of(d, k).w;
  uint64_t size = k * (w + 1), next = 0;
  for (uint64_t i = 0; i < k; i++) {
    uint64_t j = next_of(&from);
    size += (j - next) >> w;
    next = j + 1;
  }
  *behind = d - next;
  return size;
}

static int golomb_put(lac_msg *m, uint64_t d, uint64_t k, source *from)
{
  unsigned w = gaps_of(d, k).w;
  uint64_t mask = (UINT64_C(1) << w) - 1, next = 0;
  for (uint64_t i = 0; i < k; i++) {
    uint64_t j = next_of(from), gap = j - next, more = gap >> w;
    for (; more >= 32; more -= 32)
      LAC_TRY(lac_msg_put(m, UINT32_MAX, 32));
    LAC_TRY(lac_msg_put(m, (gap & mask) << (more + 1) | ((UINT64_C(1) << more) - 1), (unsigned)more + 1 + w));
    next = j + 1;
  }
  return LAC_OK;
}

/* Ones up to the next zero; beyond the end of the message there are zeros. */
static int get_unary(lac_msg *m, uint64_t most, uint64_t *count)
{
  uint64_t bits = 0, left, ones;
  for (*count = 0; *count <= most; *count += 64) {
    lac_msg view = *m;
    left = m->nbits - m->rpos;
    LAC_TRY(lac_msg_get(&view, left < 64 ? (unsigned)left : 64, &bits));
    if (bits != UINT64_MAX) {
      ones = (uint64_t)__builtin_ctzll(~bits);
      *count += ones;
      return lac_msg_get(m, (unsigned)ones + 1, &bits);
    }
    *m = view;
  }
  return lac_fail(LAC_EFORMAT, "a gap between indices is too large");
}

static int golomb_get(lac_msg *m, uint64_t d, uint64_t k, sink *to)
{
  unsigned w = gaps_of(d, k).w;
  for (uint64_t i = 0, more, low; i < k; i++) {
    LAC_TRY(get_unary(m, d >> w, &more));
    LAC_TRY(lac_msg_get(m, w, &low));
    LAC_TRY(take(to, to->j + (more << w | low)));
  }
  return LAC_OK;
}

/* ---- enumerative: the number of the set ----

   Sets in colexicographic order of the mirrored indices d-1-j, so that taking a number apart gives the smallest j first:
   number = sum over i of C(d-1-j_i, k-i). */

static int number_put(lac_msg *m, uint64_t d, uint64_t k, source *from)
{
  uint64_t number = 0;
  for (uint64_t left = k; left; left--)
    number += binomial(d - 1 - next_of(from), left);
  return lac_msg_put(m, number, width_of(binomial(d, k)));
}

/* The largest c below `above` with C(c, r) <= number. */
static uint64_t largest(uint64_t number, uint64_t r, uint64_t above)
{
  uint64_t low = r - 1, high = above;      /* C(r-1, r) = 0 <= number */
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    if (binomial(middle, r) <= number)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static int number_get(lac_msg *m, uint64_t d, uint64_t k, sink *to)
{
  uint64_t sets = binomial(d, k), number;
  LAC_TRY(lac_msg_get(m, width_of(sets), &number));
  if (number >= sets)
    return lac_fail(LAC_EFORMAT, "an index set has a number that no set has");
  for (uint64_t left = k; left; left--) {
    uint64_t c = largest(number, left, d - to->j);
    number -= binomial(c, left);
    LAC_TRY(take(to, d - 1 - c));
  }
  return LAC_OK;
}

/* ---- enumerative: the arithmetic code of the gaps ---- */

/* -log2 of the probability of k gaps with sum g, k log2(d/k) + g log2(d/(d-k)).  As g <= d-k, that is at most log2 C(d,k) +
   (1/2) log2(8k).  A decision costs 2^-13 more because of the rounding of its probability and of the range; there are no more of them
   than bits of a Golomb code.  `behind`: d - k - g. */
static uint64_t entropy_bits(uint64_t d, uint64_t k, uint64_t behind)
{
  int exact;
  double n = (double)d, in = (double)k, out = (double)(d - k), decisions = (double)golomb_bits(d, k, &exact);
  return (uint64_t)ceil(in * lac_log2(n / in) + (out - (double)behind) * lac_log2(n / out) + 0x1p-13 * decisions) + 2;
}

static int gap_put(lac_arithmetic *c, const gaps *g, uint64_t gap)
{
  for (uint64_t more = gap >> g->w; more; more--)
    LAC_TRY(lac_arithmetic_put(c, 1, g->more));
  LAC_TRY(lac_arithmetic_put(c, 0, g->more));
  for (unsigned i = 0; i < g->w; i++)
    LAC_TRY(lac_arithmetic_put(c, gap >> i & 1, g->one[i]));
  return LAC_OK;
}

static int gaps_put(lac_msg *m, uint64_t d, uint64_t k, source *from)
{
  gaps g = gaps_of(d, k);
  lac_arithmetic c;
  uint64_t next = 0;
  lac_arithmetic_write(&c, m);
  for (uint64_t i = 0; i < k; i++) {
    uint64_t j = next_of(from);
    LAC_TRY(gap_put(&c, &g, j - next));
    next = j + 1;
  }
  return lac_arithmetic_end(&c);
}

static int gaps_get(lac_msg *m, uint64_t d, uint64_t k, sink *to)
{
  gaps g = gaps_of(d, k);
  lac_arithmetic c;
  lac_arithmetic_read(&c, m);
  for (uint64_t n = 0; n < k; n++) {
    uint64_t j = to->j;
    while (j < d && lac_arithmetic_get(&c, g.more))
      j += UINT64_C(1) << g.w;
    for (unsigned i = 0; i < g.w; i++)
      j += (uint64_t)lac_arithmetic_get(&c, g.one[i]) << i;
    LAC_TRY(take(to, j));
  }
  return lac_arithmetic_done(&c);
}

static uint64_t enumerative_bits(uint64_t d, uint64_t k, int *exact)
{
  uint64_t sets = binomial(d, k);
  *exact = sets != 0;
  return sets ? width_of(sets) : entropy_bits(d, k, 0);
}

static int enumerative_put(lac_msg *m, uint64_t d, uint64_t k, source *from)
{
  return binomial(d, k) ? number_put(m, d, k, from) : gaps_put(m, d, k, from);
}

static int enumerative_get(lac_msg *m, uint64_t d, uint64_t k, sink *to)
{
  return binomial(d, k) ? number_get(m, d, k, to) : gaps_get(m, d, k, to);
}

static const index_code codes[LAC_INDEX_AUTO] = {
  [LAC_INDEX_FIXED] = { fixed_bits, fixed_put, fixed_get },
  [LAC_INDEX_BITMAP] = { bitmap_bits, bitmap_put, bitmap_get },
  [LAC_INDEX_GOLOMB] = { golomb_bits, golomb_put, golomb_get },
  [LAC_INDEX_ENUMERATIVE] = { enumerative_bits, enumerative_put, enumerative_get },
};

/* ---- auto ---- */

enum { TAG = 2 };

/* Only where there are 2^64 sets or more. */
static lac_index smallest(uint64_t d, uint64_t k, source from)
{
  uint64_t behind, golomb = golomb_size(d, k, from, &behind);
  const uint64_t size[] = { [LAC_INDEX_FIXED] = k * width_of(d), [LAC_INDEX_BITMAP] = d, [LAC_INDEX_GOLOMB] = golomb,
                            [LAC_INDEX_ENUMERATIVE] = entropy_bits(d, k, behind) };
  lac_index best = LAC_INDEX_FIXED;
  for (lac_index code = LAC_INDEX_BITMAP; code < LAC_INDEX_AUTO; code++)
    if (size[code] < size[best])
      best = code;
  return best;
}

/* ---- all of them ---- */

const char *lac_index_refuse(uint64_t d)
{
  return d > UINT32_MAX ? "vectors of 2^32 or more coordinates are too long for the codes of indices" : NULL;
}

static uint64_t rarer(uint64_t d, uint64_t k) { return 2 * k > d ? d - k : k; }

uint64_t lac_index_bits(lac_index code, uint64_t d, uint64_t k, int *exact)
{
  k = rarer(d, k);
  if (code != LAC_INDEX_AUTO)
    return codes[code].bits(d, k, exact);
  uint64_t best = codes[LAC_INDEX_ENUMERATIVE].bits(d, k, exact);
  if (*exact)
    return best;
  for (code = LAC_INDEX_FIXED; code < LAC_INDEX_ENUMERATIVE; code++) {
    int any;
    uint64_t bits = codes[code].bits(d, k, &any);
    best = bits < best ? bits : best;
  }
  return TAG + best;
}

/* The code of a set by its bits; `k` of the rarer kind. */
static int needs_tag(lac_index code, uint64_t d, uint64_t k) { return code == LAC_INDEX_AUTO && !binomial(d, k); }

static int put_set(lac_index code, lac_msg *m, uint64_t d, uint64_t k, const uint32_t *set)
{
  uint64_t few = rarer(d, k);
  source from = { .set = set, .k = k, .others = few != k };
  uint64_t wrong = k && set[k - 1] >= d;
  for (uint64_t i = 1; i < k; i++)
    wrong |= set[i] <= set[i - 1];
  if (wrong)
    return lac_fail(LAC_EBUG, "an index set is not ascending, or not below d");
  if (needs_tag(code, d, few)) {
    code = smallest(d, few, from);
    LAC_TRY(lac_msg_put(m, code, TAG));
  } else if (code == LAC_INDEX_AUTO)
    code = LAC_INDEX_ENUMERATIVE;
  return code == LAC_INDEX_BITMAP ? bitmap_put(m, d, k, &from) : few ? codes[code].put(m, d, few, &from) : LAC_OK;
}

static double log2_sets(uint64_t d, uint64_t k)
{
  return (lgamma((double)d + 1) - lgamma((double)k + 1) - lgamma((double)(d - k) + 1)) / M_LN2;
}

int lac_index_put(lac_index code, lac_msg *m, uint64_t d, uint64_t k, const uint32_t *set)
{
  uint64_t from = m->nbits;
  LAC_TRY(put_set(code, m, d, k, set));
  if (m->spare)
    lac_msg_spare(m, from, log2_sets(d, k));
  return LAC_OK;
}

int lac_index_get(lac_index code, lac_msg *m, uint64_t d, uint64_t k, uint32_t *set)
{
  uint64_t few = rarer(d, k), tag = LAC_INDEX_ENUMERATIVE;
  sink to = { .set = set, .left = few, .d = d, .others = few != k };
  if (needs_tag(code, d, few))
    LAC_TRY(lac_msg_get(m, TAG, &tag));
  if (code == LAC_INDEX_AUTO)
    code = (lac_index)tag;
  if (code == LAC_INDEX_BITMAP)
    return bitmap_get(m, d, k, &to);
  if (few)
    LAC_TRY(codes[code].get(m, d, few, &to));
  while (to.others && to.j < d)
    set[to.at++] = (uint32_t)to.j++;
  return LAC_OK;
}
