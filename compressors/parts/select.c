/* Magnitudes as 63-bit integers are ordered like the magnitudes, and those that are not finite are the largest.  So a histogram of their
   leading bits finds the block that holds the k-th, and a histogram of the next bits continues inside that block, unless all keys in it
   are the same.  In long vectors a sample gives a magnitude that a few more than k entries reach, and the histograms are of these entries
   alone.  Where too many have that very magnitude, as zeros have, the number of entries above it decides; only if both fail are the
   histograms of the whole vector. */
#include "select.h"

#include "vec.h"
#include <math.h>

static inline uint64_t magnitude(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & INT64_MAX;
}

/* Entries with key >= all are in; of the others with key >= least, the first `ties` by index.  least = all when ties = 0. */
typedef struct { uint64_t all, least, ties; } cut;

static cut everything_from(uint64_t least) { return (cut){ least, least, 0 }; }

/* Of the keys in [*low, *high], of which there are some: the least and the largest. */
LAC_VECTORISED static void extremes(size_t n, const double *x, uint64_t *low, uint64_t *high)
{
  int64_t least = INT64_MAX, most = 0, from = (int64_t)*low, to = (int64_t)*high;
  for (size_t j = 0; j < n; j++) {
    int64_t key = (int64_t)magnitude(x[j]);
    int64_t small = key | (-(int64_t)(key < from) & INT64_MAX), large = key & -(int64_t)(key <= to);
    least = small < least ? small : least;
    most = large > most ? large : most;
  }
  *low = (uint64_t)least;
  *high = (uint64_t)most;
}

enum { LEAST_BITS = 4, BITS = 11, TABLES = 2, MANY = 1 << 11 };

/* How many keys from `low` on are in each block of 2^shift keys; in several tables, since a counter that was just stored is slow to
   load, and equal keys have one. */
static void count_blocks(size_t n, const double *x, uint64_t low, uint64_t span, unsigned shift, unsigned bits, uint32_t (*count)[TABLES])
{
  memset(count, 0, sizeof *count << bits);
  for (size_t j = 0; j < n; j++) {
    uint64_t key = magnitude(x[j]) - low;
    if (key < span)
      count[key >> shift][j % TABLES]++;
  }
}

static inline size_t in(cut *c, double x)
{
  uint64_t key = magnitude(x), tie = (uint64_t)(key >= c->least) & (uint64_t)(key < c->all) & (uint64_t)(c->ties > 0);
  c->ties -= tie;
  return (size_t)(tie | (uint64_t)(key >= c->all));
}

enum { WORD = 64, FEW = 4 };

/* Bit j: x[j] has key >= least.  Both are below 2^63, so that the sign of the difference tells. */
static inline uint64_t reaching(const double *x, uint64_t least)
{
  typedef uint64_t lanes __attribute__((vector_size(32)));
  enum { LANES = 4 };
  lanes any = { 0 }, v;
  for (unsigned j = 0; j < WORD; j += LANES) {
    memcpy(&v, x + j, sizeof v);
    any |= ((v & INT64_MAX) - least) >> 63 << j;
  }
  return ~(any[0] | any[1] << 1 | any[2] << 2 | any[3] << 3);
}

static inline uint64_t some_reaching(size_t count, const double *x, uint64_t least)
{
  uint64_t word = 0;
  for (size_t j = 0; j < count; j++)
    word |= (uint64_t)(magnitude(x[j]) >= least) << j;
  return word;
}

/* ---- the k-th largest key ---- */

/* The entries with keys from `least` on; how many. */
LAC_VECTORISED static size_t take_from(size_t n, const double *x, uint64_t least, double *taken)
{
  size_t count = 0;
  for (size_t at = 0; at < n; at += WORD) {
    uint64_t word = n - at < WORD ? some_reaching(n - at, x + at, least) : reaching(x + at, least);
    for (; word; word &= word - 1)
      taken[count++] = x[at + (size_t)__builtin_ctzll(word)];
  }
  return count;
}

/* Entries with keys in [low, low + span), `here` of them: whether all have one key, which then is *key. */
static int are_ties(size_t n, const double *x, uint64_t low, uint64_t span, size_t here, uint64_t *key)
{
  enum { PART = 8 };
  uint64_t least = low, most = low + (span - 1);
  if (n > MANY && here < n / PART)                           /* counting the few is as quick */
    return 0;
  extremes(n, x, &least, &most);
  *key = least;
  return least == most;
}

static cut select_cut(size_t n, const double *x, uint64_t k)
{
  uint32_t count[1 << BITS][TABLES];
  double taken[MANY];
  unsigned bits = LEAST_BITS;
  uint64_t low = 0, high = INT64_MAX, want = k, key;
  extremes(n, x, &low, &high);
  while (bits < BITS && n >> bits)
    bits++;
  uint64_t span = high - low + 1;                            /* the k-th key is in [low, low + span); `want` of those are in */
  while (span > 1) {
    unsigned width = 64 - (unsigned)__builtin_clzll(span - 1), shift = width > bits ? width - bits : 0;
    count_blocks(n, x, low, span, shift, bits, count);
    uint64_t bin = (span - 1) >> shift, here;
    for (; here = count[bin][0] + count[bin][1], here < want; bin--)
      want -= here;
    low += bin << shift;
    span = UINT64_C(1) << shift;
    if (here == want)
      return everything_from(low);
    if (n > MANY && k - want + here <= MANY) {
      n = take_from(n, x, low, taken);
      x = taken;
    }
    if (are_ties(n, x, low, span, here, &key))
      return (cut){ key + 1, key, want };
  }
  return (cut){ low + span, low, want };
}

static cut largest_cut(size_t n, const double *x)
{
  uint64_t low = 0, high = INT64_MAX;
  extremes(n, x, &low, &high);
  return (cut){ high + 1, high, 1 };
}

/* The entries of x that a word names.  FEW at a time without a branch; up to FEW - 1 behind them are overwritten. */
static inline size_t take_word(uint64_t word, size_t at, const double *x, uint32_t *set, double *value)
{
  size_t count = (size_t)__builtin_popcountll(word);
  for (size_t i = 0; i < count; i += FEW)
    for (size_t f = i; f < i + FEW; f++, word &= word - 1) {
      size_t j = at + (size_t)__builtin_ctzll(word | UINT64_C(1) << (WORD - 1));
      set[f] = (uint32_t)j;
      value[f] = x[j];
    }
  return count;
}

/* Those that are in, and how many; no more than `room`. */
LAC_VECTORISED static size_t collect(size_t d, const double *x, cut c, size_t room, uint32_t *set, double *value)
{
  size_t n = 0;
  for (size_t at = 0; at < d && n < room; at += WORD) {
    uint64_t word = d - at < WORD ? some_reaching(d - at, x + at, c.least) : reaching(x + at, c.least);
    if (c.ties == 0 && d - at >= WORD && n + WORD + FEW <= room)
      n += take_word(word, at, x, set + n, value + n);
    else
      for (; word && n < room; word &= word - 1) {
        size_t j = at + (size_t)__builtin_ctzll(word);
        set[n] = (uint32_t)j;
        value[n] = x[j];
        n += in(&c, x[j]);
      }
    c.least = c.ties ? c.least : c.all;                      /* the ties that are left out need no look */
  }
  return n;
}

LAC_VECTORISED static size_t count_keys(size_t d, const double *x, uint64_t least)
{
  uint64_t below = 0;
  for (size_t j = 0; j < d; j++)
    below += (magnitude(x[j]) - least) >> 63;
  return d - (size_t)below;
}

/* ---- a sample ---- */

enum { SAMPLE = 1 << 14, SHORT = 2 * SAMPLE, SLACK = WORD + FEW };

/* How many of the sample should reach the magnitude, so that k of all do but for once in some ten thousand vectors. */
static size_t sampled_rank(size_t d, size_t k)
{
  double mean = (double)k * SAMPLE / (double)d;
  return (size_t)ceil(mean + 4 * sqrt(mean) + 4);
}

size_t lac_select_room(size_t d, size_t k)
{
  if (d < SHORT)
    return k + SLACK;
  double reach = (double)sampled_rank(d, k);                 /* of the sample; four deviations more of all */
  size_t room = (size_t)((reach + 4 * sqrt(reach) + 4) * ((double)d / SAMPLE));
  return (room < d ? room > SAMPLE ? room : SAMPLE : d) + SLACK;
}

/* At places that have no period: multiples of the golden ratio, modulo 1. */
static uint64_t sampled_key(size_t d, const double *x, size_t rank, double *sample)
{
  for (uint64_t i = 0; i < SAMPLE; i++)
    sample[i] = x[(size_t)((unsigned __int128)(i * UINT64_C(0x9e3779b97f4a7c15)) * d >> 64)];
  return select_cut(SAMPLE, sample, rank).least;
}

/* ---- outside ---- */

static void keep_largest(size_t n, size_t k, uint32_t *set, double *value)
{
  if (n == k)
    return;
  cut c = select_cut(n, value, k);
  for (size_t i = 0, kept = 0; kept < k; i++) {
    set[kept] = set[i];
    value[kept] = value[i];
    kept += in(&c, value[i]);
  }
}

static int all_finite(size_t n, const double *value)             /* what is not comes first, so that these tell */
{
  return lac_all_finite(n, value) ? LAC_OK : lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
}

/* The k largest, or, where fewer reach `least`, these; how many. */
static size_t select_near(size_t d, const double *x, size_t k, uint64_t least, uint32_t *set, double *value)
{
  size_t room = lac_select_room(d, k), n = collect(d, x, everything_from(least), room, set, value);
  if (n == room) {                                               /* too many */
    size_t above = count_keys(d, x, least + 1);
    cut c = above >= room ? select_cut(d, x, k) : above < k ? (cut){ least + 1, least, k - above } : everything_from(least + 1);
    n = collect(d, x, c, room, set, value);
  }
  if (n > k)
    keep_largest(n, k, set, value);
  return n < k ? n : k;
}

int lac_select(size_t d, const double *x, size_t k, uint32_t *set, double *value)
{
  size_t rank = sampled_rank(d, k);
  if (d < SHORT || rank >= SAMPLE || select_near(d, x, k, sampled_key(d, x, rank, value), set, value) < k)
    collect(d, x, k == 1 ? largest_cut(d, x) : select_cut(d, x, k), k, set, value);
  return all_finite(k, value);
}

int lac_select_near(size_t d, const double *x, size_t *k, double least, uint32_t *set, double *value)
{
  *k = select_near(d, x, *k, magnitude(least), set, value);
  return all_finite(*k, value);
}

size_t lac_count_above(size_t d, const double *x, double least) { return count_keys(d, x, magnitude(least)); }

int lac_collect_above(size_t d, const double *x, double least, size_t count, uint32_t *set, double *value)
{
  collect(d, x, everything_from(magnitude(least)), count, set, value);
  return all_finite(count, value);
}

double lac_magnitude(size_t d, const double *x, size_t k)
{
  uint64_t key = select_cut(d, x, k).least;
  double size;
  memcpy(&size, &key, sizeof size);
  return size;
}
