/* The codes of index sets (parts/index.h): every set comes back, no code is longer than it says, and `auto` is within 2 % and a byte
   of log2 C(d,k) whatever the set. */
#include "compressors/parts/index.h"
#include "rng.h"
#include "tap.h"

#include <stdlib.h>

static gsl_rng *data;
static const lac_seeds seeds = { .axis = { 101, 102, 103, 104 } };
static const char *const code_name[] = { "fixed", "bitmap", "golomb", "enumerative", "auto" };
#define CODES LAC_COUNT(code_name)

/* Bytes of exactly the message's size, so that a sanitizer sees a step beyond. */
static uint8_t *view_of(const uint8_t *bytes, uint64_t nbits, lac_msg *view)
{
  size_t size = (size_t)((nbits + 7) / 8);
  uint8_t *own = malloc(size ? size : 1);
  if (size)
    memcpy(own, bytes, size);
  lac_msg_view(view, own, nbits);
  return own;
}

/* Write the set behind `offset` bits and in front of others, read it back; *bits that it took.  Not longer than declared. */
static int round_trip(lac_index code, uint64_t d, uint64_t k, const uint32_t *set, unsigned offset, uint64_t *bits)
{
  lac_msg m = { 0 }, view = { 0 };
  uint32_t *back = malloc((k + 1) * sizeof *back);
  uint64_t other = 0, declared;
  int exact, behind = (int)(offset % 2);
  uint8_t *own = NULL;
  int fine = lac_msg_put(&m, 0, offset) == LAC_OK && lac_index_put(code, &m, d, k, set) == LAC_OK;
  *bits = m.nbits - offset;
  declared = lac_index_bits(code, d, k, &exact);
  fine = fine && (exact ? *bits == declared : *bits <= declared);
  fine = fine && (!behind || lac_msg_put(&m, 0x1b5a3, 17) == LAC_OK);      /* or the message ends where the set does */
  if (fine)
    own = view_of(m.buf, m.nbits, &view);
  fine = fine && lac_msg_get(&view, offset, &other) == LAC_OK && lac_index_get(code, &view, d, k, back) == LAC_OK;
  fine = fine && memcmp(back, set, k * sizeof *set) == 0 && view.rpos == offset + *bits;
  fine = fine && (!behind || (lac_msg_get(&view, 17, &other) == LAC_OK && other == 0x1b5a3));
  free(own);
  free(back);
  lac_msg_free(&m);
  return fine;
}

/* ---- small sets, all of them ---- */

static unsigned ceil_log2(unsigned __int128 count)
{
  unsigned width = 0;
  while (((unsigned __int128)1 << width) < count)
    width++;
  return width;
}

/* C(d, k) by Pascal's rule, one row at a time, stuck at 2^64. */
static unsigned __int128 pascal(unsigned d, unsigned k)
{
  static unsigned __int128 row[600];
  const unsigned __int128 most = (unsigned __int128)1 << 64;
  memset(row, 0, sizeof row);
  row[0] = 1;
  for (unsigned n = 1; n <= d; n++)
    for (unsigned j = n < k ? n : k; j >= 1; j--)
      row[j] = row[j] + row[j - 1] > most ? most : row[j] + row[j - 1];
  return row[k];
}

static void test_all_sets(void)
{
  for (lac_index code = 0; code < CODES; code++) {
    unsigned wrong = 0, count = 0;
    for (unsigned d = 1; d <= 14; d++)
      for (unsigned bits = 0; bits < 1u << d; bits++, count++) {
        uint32_t set[14], k = 0;
        uint64_t size;
        for (unsigned j = 0; j < d; j++)
          if (bits >> j & 1)
            set[k++] = j;
        wrong += !round_trip(code, d, k, set, bits % 9, &size);
      }
    is_u64(wrong, 0, "%s: all %u sets with d <= 14 come back", code_name[code], count);
  }
}

static void test_numbers(void)
{
  unsigned wrong = 0, count = 0;
  int exact;
  for (unsigned d = 1; d <= 400; d += d < 80 ? 1 : 37)
    for (unsigned k = 0; k <= d; k++) {
      unsigned __int128 sets = pascal(d, k);
      if (sets >> 64)
        continue;
      wrong += lac_index_bits(LAC_INDEX_AUTO, d, k, &exact) != ceil_log2(sets) || !exact;
      count++;
    }
  is_u64(wrong, 0, "auto: exactly ceil(log2 C(d,k)) bits where C(d,k) < 2^64 (%u cases)", count);
  is_u64(lac_index_bits(LAC_INDEX_AUTO, 50, 1, &exact), 6, "one of 50 takes 6 bits");
  is_u64(lac_index_bits(LAC_INDEX_AUTO, 64, 32, &exact), 61, "C(64,32) = 1832624140942590534 takes 61 bits");
  is_u64(lac_index_bits(LAC_INDEX_AUTO, 1000000, 3, &exact), 58, "three of a million: log2 C = 57.2");
}

/* The number after the last one is no set. */
static void test_last_numbers(void)
{
  unsigned wrong = 0, count = 0;
  for (unsigned d = 1; d <= 60; d++)
    for (unsigned k = 1; k < d; k++) {
      unsigned __int128 sets = pascal(d, k);
      unsigned width = ceil_log2(sets);
      if (sets == (unsigned __int128)1 << width)
        continue;
      for (unsigned beyond = 0; beyond < 2; beyond++, count++) {
        lac_msg m = { 0 };
        uint32_t set[60];
        wrong += lac_msg_put(&m, (uint64_t)sets - 1 + beyond, width) != LAC_OK;
        wrong += lac_index_get(LAC_INDEX_AUTO, &m, d, k, set) != (beyond ? LAC_EFORMAT : LAC_OK);
        lac_msg_free(&m);
      }
    }
  is_u64(wrong, 0, "the largest number of a set is taken and the next refused (%u cases)", count);
  ok(count > 1000, "there are such numbers");
}

/* ---- large sets, friendly and not ---- */

enum { RANDOM, FIRST, LAST, MIDDLE, ENDS, SPACED, POWERS, BELOW_POWERS, HALF, PAIRS, ODD_ONE, SETS };
static const char *const set_name[] = { "random", "the first", "the last", "in the middle", "at both ends", "equally spaced",
  "gaps that a power of 2 divides", "gaps one below that", "random in one half", "pairs", "all but one at the end" };

static void draw(uint64_t d, uint64_t k, uint64_t shift, uint32_t *set)
{
  uint64_t n = 0;
  for (uint64_t j = 0; n < k; j++)
    if (lac_rng_below(data, d - j) < k - n)
      set[n++] = (uint32_t)(shift + j);
}

/* Gaps of 0 or `gap`, mixed so that the last index is as near to d as can be. */
static void mix(uint64_t d, uint64_t k, uint64_t gap, uint32_t *set)
{
  uint64_t j = 0, large = (d - k) / gap, owed = 0;
  for (uint64_t i = 0; i < k; i++) {
    owed += large;
    if (owed >= k || large >= k) {
      owed = owed >= k ? owed - k : 0;
      j += j + gap + (k - i) <= d ? gap : 0;
    }
    set[i] = (uint32_t)j++;
  }
}

static void make_set(unsigned kind, uint64_t d, uint64_t k, uint32_t *set)
{
  uint64_t power = 1;
  while (power * k * 3 < d * 2)
    power *= 2;                                /* about 0.7 to 1.4 mean gaps */
  switch (kind) {
  case RANDOM: draw(d, k, 0, set); return;
  case HALF: draw(k > d / 2 ? d : d / 2 + d % 2, k, k > d / 2 ? 0 : d / 2, set); return;
  case POWERS: mix(d, k, power, set); return;
  case BELOW_POWERS: mix(d, k, power > 1 ? power - 1 : 1, set); return;
  case PAIRS: mix(d, k, d / k > 1 ? 2 * (d / k - 1) : 1, set); return;
  default: break;
  }
  for (uint64_t i = 0; i < k; i++)
    switch (kind) {
    case FIRST: set[i] = (uint32_t)i; break;
    case LAST: set[i] = (uint32_t)(d - k + i); break;
    case MIDDLE: set[i] = (uint32_t)((d - k) / 2 + i); break;
    case ENDS: set[i] = (uint32_t)(i < k / 2 ? i : d - k + i); break;
    case ODD_ONE: set[i] = (uint32_t)(i ? d - k + i : 0); break;
    default: set[i] = (uint32_t)(i * d / k); break;
    }
}

static double log2_sets(uint64_t d, uint64_t k)
{
  return (lgamma((double)d + 1) - lgamma((double)k + 1) - lgamma((double)(d - k) + 1)) / log(2);
}

/* Of `auto` over its bound, in all sets; the others must come back. */
typedef struct { unsigned wrong[CODES], count, larger, unlike; double worst; char where[128]; } tally;

static void try_set(tally *t, unsigned kind, uint64_t d, uint64_t k, uint32_t *set, int all_codes)
{
  uint64_t size[CODES] = { 0 }, least = UINT64_MAX;
  make_set(kind, d, k, set);
  t->count++;
  for (lac_index code = all_codes ? LAC_INDEX_FIXED : LAC_INDEX_AUTO; code < CODES; code++) {
    if (!round_trip(code, d, k, set, t->count % 9, &size[code]) && t->wrong[code]++ < 3)
      diag("%s, d=%llu, k=%llu, %s", code_name[code], (unsigned long long)d, (unsigned long long)k, set_name[kind]);
    if (code < LAC_INDEX_AUTO && size[code] < least)
      least = size[code];
  }
  /* The estimate of the arithmetic code may be some bits too large. */
  int unlike = all_codes && log2_sets(d, k) > 65 && size[LAC_INDEX_AUTO] > least + 2 + 5 + least / 4096;
  if (unlike && t->unlike++ < 3)
    diag("d=%llu, k=%llu, %s: %llu bits, and %llu", (unsigned long long)d, (unsigned long long)k, set_name[kind],
         (unsigned long long)size[LAC_INDEX_AUTO], (unsigned long long)least);
  double over = ((double)size[LAC_INDEX_AUTO] - 8) / log2_sets(d, k);
  t->larger += over > 1.02;
  if (over > t->worst) {
    t->worst = over;
    snprintf(t->where, sizeof t->where, "d=%llu, k=%llu, %s", (unsigned long long)d, (unsigned long long)k, set_name[kind]);
  }
}

static void test_sets(void)
{
  static const uint64_t ds[] = { 15, 63, 68, 70, 100, 127, 300, 1000, 4096, 20001, 65537, 1000000 };
  static const double densities[] = { 1e-4, 0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.38, 0.4, 0.45,
                                      0.5, 0.55, 0.7, 0.9, 0.99, 0.9999 };
  tally t = { 0 };
  uint32_t *set = malloc(1000000 * sizeof *set);
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 7);
  for (size_t i = 0; i < LAC_COUNT(ds); i++) {
    for (size_t at = 0; at < LAC_COUNT(densities); at++)
      for (unsigned kind = 0; kind < SETS; kind++) {
        uint64_t k = (uint64_t)llround(densities[at] * (double)ds[i]);
        if (k > 0 && k <= ds[i] && (ds[i] < 100000 || kind % 4 == at % 4))
          try_set(&t, kind, ds[i], k, set, 1);
      }
    for (uint64_t k = 1; k < 40 && k <= ds[i]; k++)
      for (unsigned kind = 0; kind < SETS; kind++)
        try_set(&t, kind, ds[i], k, set, 1);
  }
  for (lac_index code = 0; code < CODES; code++)
    is_u64(t.wrong[code], 0, "%s: %u sets come back, none longer than declared", code_name[code], t.count);
  is_u64(t.larger, 0, "auto: within 2 %% and a byte of log2 C(d,k); worst %.4f (%s)", t.worst, t.where);
  is_u64(t.unlike, 0, "auto: as small as the smallest of the others, two bits that say which apart");
  free(set);
}

static void test_ten_million(void)
{
  enum { D = 10000000, K = D / 100 };
  tally t = { 0 };
  uint32_t *set = malloc(4000000 * sizeof *set);
  uint64_t bits = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 8);
  try_set(&t, HALF, D, K, set, 0);
  try_set(&t, RANDOM, D, 4000000, set, 0);
  try_set(&t, RANDOM, D, 5, set, 0);
  is_u64(t.wrong[LAC_INDEX_AUTO] + t.larger, 0, "auto: so for d = 1e7; worst %.4f (%s)", t.worst, t.where);
  make_set(RANDOM, D, K, set);
  int fine = round_trip(LAC_INDEX_AUTO, D, K, set, 0, &bits);
  ok(fine && bits <= 8.1 * K, "auto: 1 %% of 1e7: %.3f bits an index, the bound is %.3f",
     (double)bits / K, log2_sets(D, K) / K);
  free(set);
}

/* ---- hostile ---- */

/* Any bits: EFORMAT, or a set of k ascending indices below d whose bits they are. */
static void test_hostile(lac_index code)
{
  static const uint64_t ds[] = { 1, 5, 14, 64, 100, 1000, 5000 };
  unsigned wrong = 0, refused = 0, count = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 9);
  for (size_t i = 0; i < LAC_COUNT(ds); i++)
    for (uint64_t k = 0; k <= ds[i]; k = k * 3 + 1)
      for (unsigned trial = 0; trial < 60; trial++, count++) {
        int exact;
        uint64_t nbits = lac_index_bits(code, ds[i], k, &exact);
        static uint8_t bytes[8192];
        static uint32_t set[5001];      /* the last one is not to be touched */
        lac_msg view, again = { 0 };
        nbits -= trial % 8 == 7 && nbits;
        for (size_t b = 0; b < sizeof bytes; b++)
          bytes[b] = trial == 0 ? 0 : trial == 1 ? 0xff : (uint8_t)(gsl_rng_get(data) & (trial % 3 ? 0xff : gsl_rng_get(data)));
        if (nbits % 8)
          bytes[nbits / 8] &= (uint8_t)((1 << nbits % 8) - 1);
        uint8_t *own = view_of(bytes, nbits, &view);
        set[k] = 12345678;
        int status = lac_index_get(code, &view, ds[i], k, set);
        wrong += set[k] != 12345678;
        if (status == LAC_OK) {
          for (uint64_t n = 0; n < k; n++)
            wrong += set[n] >= ds[i] || (n && set[n] <= set[n - 1]);
          wrong += view.rpos > nbits || lac_index_put(code, &again, ds[i], k, set) != LAC_OK;
          uint64_t read = view.rpos, a = 0, b = 0;      /* auto may have written a smaller code */
          view.rpos = 0;
          for (uint64_t at = 0; at < read && (code != LAC_INDEX_AUTO || again.nbits == read); at++)
            wrong += lac_msg_get(&again, 1, &a) != LAC_OK || lac_msg_get(&view, 1, &b) != LAC_OK || (a != b && code != LAC_INDEX_AUTO);
          wrong += code != LAC_INDEX_AUTO && again.nbits != read;
        }
        wrong += status != LAC_OK && status != LAC_EFORMAT;
        refused += status == LAC_EFORMAT;
        free(own);
        lac_msg_free(&again);
      }
  is_u64(wrong, 0, "%s: any bits are the code of a set or EFORMAT (%u of %u refused)", code_name[code], refused, count);
  ok(refused > 0, "%s: some bits are no set", code_name[code]);
}

static void test_not_sets(void)
{
  static const uint32_t twice[] = { 5, 5 }, beyond[] = { 3, 10 };
  for (lac_index code = 0; code < CODES; code++) {
    lac_msg m = { 0 };
    ok(lac_index_put(code, &m, 10, 2, twice) == LAC_EBUG && lac_index_put(code, &m, 10, 2, beyond) == LAC_EBUG,
       "%s: what is no ascending set below d is EBUG", code_name[code]);
    lac_msg_free(&m);
  }
}

/* ---- the examples of FORMATS.md ---- */

static void example(lac_index code, uint64_t d, uint64_t k, const uint32_t *set, uint64_t nbits, const char *hex)
{
  lac_msg m = { 0 };
  char have[128] = "";
  int status = lac_index_put(code, &m, d, k, set);
  for (size_t i = 0; i < lac_msg_bytes(&m) && i < 40; i++)
    sprintf(have + strlen(have), "%s%02x", i ? " " : "", m.buf[i]);
  is_str(have, hex, "%s: the bytes of FORMATS.md", code_name[code]);
  ok(status == LAC_OK && m.nbits == nbits, "%s: %llu bits of them", code_name[code], (unsigned long long)m.nbits);
  lac_msg_free(&m);
}

static void test_examples(void)
{
  static const uint32_t three[] = { 2, 3, 9 }, eight[] = { 10, 11, 200, 300, 500, 512, 700, 999 };
  example(LAC_INDEX_FIXED, 12, 3, three, 12, "32 09");
  example(LAC_INDEX_BITMAP, 12, 3, three, 12, "0c 02");
  example(LAC_INDEX_GOLOMB, 12, 3, three, 9, "61 01");
  example(LAC_INDEX_ENUMERATIVE, 12, 3, three, 8, "72");
  example(LAC_INDEX_ENUMERATIVE, 1000, 8, eight, 69, "fb 3c 5e 04 42 5e d1 94 07");
  example(LAC_INDEX_AUTO, 1000, 8, eight, 70, "52 00 e3 1b ef b0 6c 7f 2a");
}

int main(void)
{
  data = lac_rng_new();
  test_all_sets();
  test_numbers();
  test_last_numbers();
  test_sets();
  test_ten_million();
  for (lac_index code = 0; code < CODES; code++)
    test_hostile(code);
  test_not_sets();
  test_examples();
  gsl_rng_free(data);
  return done();
}
