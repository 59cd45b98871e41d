/* Magnitudes as 63-bit integers are ordered like the magnitudes, what is not finite above all.  So a histogram of their leading bits finds
   the block that holds the k-th, then one of the next bits inside that block.  In long vectors a sample gives a magnitude that a few
   more than k reach, and the histograms are of these alone; should too few reach it, or far too many, they are of the whole vector. */
#include "select.h"

#include "vec.h"
#include <math.h>

static inline uint64_t magnitude(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & INT64_MAX;
}

/* Entries with key >= all are in; of the others with key >= least, the first `ties` by index. */
typedef struct { uint64_t all, least, ties; } cut;

static cut everything_from(uint64_t least) { return (cut){ least, least, 0 }; }

LAC_VECTORISED static void extremes(size_t n, const double *x, uint64_t *low, uint64_t *high)
{
  int64_t least = INT64_MAX, most = 0;
  for (size_t j = 0; j < n; j++) {
    int64_t key = (int64_t)magnitude(x[j]);
    least = key < least ? key : least;
    most = key > most ? key : most;
  }
  *low = (uint64_t)least;
  *high = (uint64_t)most;
}

static cut select_cut(size_t n, const double *x, uint64_t want)
{
  enum { LEAST_BITS = 4, BITS = 11 };
  unsigned bits = LEAST_BITS;
  uint64_t low, high;
  extremes(n, x, &low, &high);
  while (bits < BITS && n >> bits)
    bits++;
  uint64_t span = high - low + 1;                            /* the k-th key is in [low, low + span); `want` of those are in */
  while (span > 1) {
    uint32_t count[1 << BITS];
    unsigned width = 64 - (unsigned)__builtin_clzll(span - 1), shift = width > bits ? width - bits : 0;
    memset(count, 0, sizeof *count << bits);
    for (size_t j = 0; j < n; j++) {
      uint64_t key = magnitude(x[j]) - low;
      if (key < span)
        count[key >> shift]++;
    }
    uint64_t bin = (span - 1) >> shift;
    for (; count[bin] < want; bin--)
      want -= count[bin];
    low += bin << shift;
    span = UINT64_C(1) << shift;
    if (count[bin] == want)
      break;                                                 /* all of the block are in */
  }
  return (cut){ low + span, low, want };
}

static inline int in(cut *c, double x)
{
  uint64_t key = magnitude(x);
  if (key >= c->all)
    return 1;
  if (key < c->least || c->ties == 0)
    return 0;
  c->ties--;
  return 1;
}

enum { GROUP = 16 };

/* Whether one of a group has key >= least; both are below 2^63. */
static inline int one_reaches(const double *x, uint64_t least)
{
  uint64_t any = 0;
  for (size_t i = 0; i < GROUP; i++)
    any |= least - 1 - magnitude(x[i]);
  return (int)(any >> 63);
}

/* Those that are in, and how many; no more than `room`. */
LAC_VECTORISED static size_t collect(size_t d, const double *x, cut c, size_t room, uint32_t *set, double *value)
{
  size_t n = 0, j = 0;
  for (; j + GROUP <= d && n + GROUP <= room; j += GROUP)
    if (one_reaches(x + j, c.least))
      for (size_t i = j; i < j + GROUP; i++) {
        set[n] = (uint32_t)i;
        value[n] = x[i];
        n += (size_t)in(&c, x[i]);
      }
  for (; j < d && n < room; j++) {
    set[n] = (uint32_t)j;
    value[n] = x[j];
    n += (size_t)in(&c, x[j]);
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

enum { SAMPLE = 1 << 14, SHORT = 2 * SAMPLE };

/* How many of the sample should reach the magnitude, so that k of all do but for once in some ten thousand vectors. */
static size_t sampled_rank(size_t d, size_t k)
{
  double mean = (double)k * SAMPLE / (double)d;
  return (size_t)ceil(mean + 4 * sqrt(mean) + 4);
}

size_t lac_select_room(size_t d, size_t k)
{
  if (d < SHORT)
    return k + LAC_SELECT_SLACK;
  double reach = (double)sampled_rank(d, k);                 /* of the sample; four deviations more of all */
  size_t room = (size_t)((reach + 4 * sqrt(reach) + 4) * ((double)d / SAMPLE));
  return (room < d ? room > SAMPLE ? room : SAMPLE : d) + LAC_SELECT_SLACK;
}

/* At places that have no period: multiples of the golden ratio, modulo 1. */
static uint64_t sampled_key(size_t d, const double *x, size_t rank, double *sample)
{
  for (uint64_t i = 0; i < SAMPLE; i++)
    sample[i] = x[(size_t)((unsigned __int128)(i * UINT64_C(0x9e3779b97f4a7c15)) * d >> 64)];
  return select_cut(SAMPLE, sample, rank).least;
}

/* ---- outside ---- */

void lac_keep_largest(size_t n, size_t k, uint32_t *set, double *value)
{
  if (n == k)
    return;
  cut c = select_cut(n, value, k);
  for (size_t i = 0, kept = 0; kept < k; i++)
    if (in(&c, value[i])) {
      set[kept] = set[i];
      value[kept++] = value[i];
    }
}

static int all_finite(size_t n, const double *value)             /* what is not comes first, so that these tell */
{
  return lac_all_finite(n, value) ? LAC_OK : lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
}

int lac_select(size_t d, const double *x, size_t k, uint32_t *set, double *value)
{
  size_t n = 0, room = lac_select_room(d, k), rank = sampled_rank(d, k);
  if (d >= SHORT && rank < SAMPLE)
    n = collect(d, x, everything_from(sampled_key(d, x, rank, value)), room, set, value);
  if (n >= k && n + GROUP <= room)
    lac_keep_largest(n, k, set, value);
  else
    collect(d, x, select_cut(d, x, k), k + LAC_SELECT_SLACK, set, value);
  return all_finite(k, value);
}

size_t lac_count_above(size_t d, const double *x, double least) { return count_keys(d, x, magnitude(least)); }

int lac_collect_above(size_t d, const double *x, double least, size_t count, uint32_t *set, double *value)
{
  collect(d, x, everything_from(magnitude(least)), count + LAC_SELECT_SLACK, set, value);
  return all_finite(count, value);
}

double lac_magnitude(size_t d, const double *x, size_t k)
{
  uint64_t key = select_cut(d, x, k).least;
  double size;
  memcpy(&size, &key, sizeof size);
  return size;
}
