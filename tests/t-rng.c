/* Streams: Philox4x32-10 as published, named by (seed, axis, client, round, use), whatever came before. */
#include "rng.h"
#include "base.h"
#include "tap.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <math.h>

/* ---- Philox written down once more, from the paper ---- */

typedef struct { uint32_t v[4]; } block;

static block philox(block c, uint32_t k0, uint32_t k1)
{
  for (int round = 0; round < 10; round++) {
    uint64_t a = (uint64_t)0xD2511F53 * c.v[0], b = (uint64_t)0xCD9E8D57 * c.v[2];
    c = (block){ { (uint32_t)(b >> 32) ^ c.v[1] ^ k0, (uint32_t)b, (uint32_t)(a >> 32) ^ c.v[3] ^ k1, (uint32_t)a } };
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return c;
}

static const struct { block counter; uint32_t key[2]; block want; } known[] = {
  { { { 0, 0, 0, 0 } }, { 0, 0 }, { { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } } },
  { { { ~0u, ~0u, ~0u, ~0u } }, { ~0u, ~0u }, { { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } } },
  { { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 } }, { 0xa4093822, 0x299f31d0 },
    { { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } } },
};

static void test_known_answers(gsl_rng *r)
{
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    block have = philox(known[i].counter, known[i].key[0], known[i].key[1]);
    ok(memcmp(&have, &known[i].want, sizeof have) == 0, "the reference gives known answer %zu", i);
  }
  gsl_rng_set(r, 0);
  int same = 1;
  for (int i = 0; i < 4; i++)
    same &= gsl_rng_get(r) == known[0].want.v[i];
  ok(same, "the generator gives the known answer of counter 0, key 0");
}

/* ---- names of streams ---- */

typedef struct { uint64_t seed; lac_seed_axis axis; uint32_t client, round, use; } name;

static const name names[] = {
  { 0, LAC_SEED_DATA, 0, 0, 0 },
  { 1, LAC_SEED_NOISE, 0, 0, 0 },
  { 1, LAC_SEED_X0, 0, 0, 0 },
  { 1, LAC_SEED_PARTITION, 0, 0, 0 },
  { 1, LAC_SEED_DATA, 0, 0, 0 },
  { UINT64_C(1) << 32, LAC_SEED_DATA, 0, 0, 0 },
  { 1, LAC_SEED_DATA, 1, 0, 0 },
  { 1, LAC_SEED_DATA, 0, 1, 0 },
  { 1, LAC_SEED_DATA, 0, 0, 1 },
  { 1, LAC_SEED_DATA, 0, 0, 0xffffff },
  { 0x299f31d0a4093822, LAC_SEED_NOISE, 0x85a308d3, 0x13198a2e, 0x707344 },
  { UINT64_MAX, LAC_SEED_NOISE, UINT32_MAX, UINT32_MAX, 0xffffff },
};
enum { NAMES = sizeof names / sizeof *names, LENGTH = 41 };

static void point(gsl_rng *r, const name *n)
{
  lac_seeds seeds = { .axis = { 11, 12, 13, 14 } };      /* the others must not matter */
  seeds.axis[n->axis] = n->seed;
  lac_rng_point(r, &seeds, n->axis, n->client, n->round, n->use);
}

static void want_of(const name *n, uint32_t *out)
{
  for (uint32_t i = 0; i < LENGTH; i += 4) {
    block counter = { { i / 4, n->client, n->round, (uint32_t)n->axis << 24 | n->use } };
    block b = philox(counter, (uint32_t)n->seed, (uint32_t)(n->seed >> 32));
    for (uint32_t k = 0; k < 4 && i + k < LENGTH; k++)
      out[i + k] = b.v[k];
  }
}

static void test_streams(gsl_rng *r)
{
  uint32_t want[NAMES][LENGTH];
  int wrong = 0, shared = 0;
  for (size_t i = 0; i < NAMES; i++)
    want_of(&names[i], want[i]);
  for (size_t i = 0; i < NAMES; i++) {
    point(r, &names[i]);
    for (size_t k = 0; k < LENGTH; k++)
      wrong += gsl_rng_get(r) != want[i][k];
  }
  is_u64((uint64_t)wrong, 0, "key and counter are (seed) and (block, client, round, axis and use)");
  wrong = 0;
  for (size_t i = NAMES; i-- > 0;)
    for (size_t used = 0; used < 7; used++) {      /* leave the generator in the middle of a block, then come back */
      point(r, &names[(i + 5) % NAMES]);
      for (size_t k = 0; k < used; k++)
        gsl_rng_get(r);
      point(r, &names[i]);
      for (size_t k = 0; k < LENGTH; k++)
        wrong += gsl_rng_get(r) != want[i][k];
    }
  is_u64((uint64_t)wrong, 0, "the order of pointing and what was drawn before do not matter");
  for (size_t i = 0; i < NAMES; i++)
    for (size_t j = 0; j < i; j++)
      for (size_t k = 0; k < LENGTH; k++)
        shared += want[i][k] == want[j][k];
  is_u64((uint64_t)shared, 0, "streams of different names share no number at the same place");
}

static void test_two_generators(gsl_rng *r)
{
  gsl_rng *other = lac_rng_new();
  int wrong = 0;
  point(r, &names[1]);
  point(other, &names[1]);
  for (int i = 0; i < 100; i++)
    wrong += gsl_rng_uniform(r) != gsl_rng_uniform(other);
  is_u64((uint64_t)wrong, 0, "two generators at one stream agree");
  gsl_rng_free(other);
}

/* ---- many numbers at a time ---- */

static void test_words(gsl_rng *r)
{
  enum { MOST = 300 };
  int wrong = 0, after = 0;
  for (size_t used = 0; used < 9; used++)
    for (size_t count = 0; count < MOST; count += count < 80 ? 1 : 31) {
      uint32_t want[MOST + 3], have[MOST];
      point(r, &names[count % 2 ? 10 : 11]);
      for (size_t i = 0; i < used; i++)
        gsl_rng_get(r);
      for (size_t i = 0; i < count + 3; i++)
        want[i] = (uint32_t)gsl_rng_get(r);
      point(r, &names[count % 2 ? 10 : 11]);
      for (size_t i = 0; i < used; i++)
        gsl_rng_get(r);
      wrong += lac_rng_words(r, have, count) != 0 || memcmp(have, want, count * sizeof *have) != 0;
      for (size_t i = 0; i < 3; i++)
        after += gsl_rng_get(r) != want[count + i];
    }
  is_u64((uint64_t)wrong, 0, "words are the numbers that come one by one");
  is_u64((uint64_t)after, 0, "and the stream goes on behind them");
}

/* ---- choices ---- */

static void test_choice_of(gsl_rng *r, uint64_t n, uint64_t k)
{
  enum { N = 20000 };
  static uint64_t set[64], count[4096];
  double chi = 0, want = (double)N * (double)k / (double)n;
  int wrong = 0;
  memset(count, 0, sizeof count);
  point(r, &names[9]);
  for (int i = 0; i < N; i++) {
    lac_choice c;
    uint64_t last = 0;
    wrong += lac_choose(&c, r, n, k, set) != 0;
    for (uint64_t m = 0; m < k; m++) {
      uint64_t j = lac_choose_next(&c);
      wrong += j >= n || (m && j <= last);
      count[last = j < n ? j : 0]++;
    }
  }
  for (uint64_t j = 0; j < n && k < n; j++)
    chi += ((double)count[j] - want) * ((double)count[j] - want) / (want * (1 - (double)k / (double)n));
  ok(wrong == 0, "%" PRIu64 " of %" PRIu64 ": ascending, each once", k, n);
  ok(k == n || fabs(chi - (double)n) <= 6 * sqrt(2 * (double)n) + 2, "... and even (chi^2 %.1f)", chi);
}

/* The first pairs of 5 are as even as the pairs themselves. */
static void test_pairs(gsl_rng *r)
{
  enum { N = 100000 };
  uint64_t count[25] = { 0 }, set[1];
  double chi = 0;
  point(r, &names[2]);
  for (int i = 0; i < N; i++) {
    lac_choice c;
    lac_choose(&c, r, 5, 2, set);
    uint64_t a = lac_choose_next(&c), b = lac_choose_next(&c);
    count[5 * a + b]++;
  }
  for (int a = 0; a < 5; a++)
    for (int b = a + 1; b < 5; b++)
      chi += ((double)count[5 * a + b] - N / 10.) * ((double)count[5 * a + b] - N / 10.) / (N / 10.);
  ok(fabs(chi - 9) < 6 * sqrt(18), "every pair of 5 as often (chi^2 %.1f)", chi);
}

/* What rng.h says of the numbers that a choice uses. */
static void test_choice_words(gsl_rng *r)
{
  enum { CHOSEN = 700, OF = 3000000 };
  static uint64_t set[LAC_CHOICE_WORDS(OF)], want[LAC_CHOICE_WORDS(OF)];
  uint64_t left = CHOSEN;
  lac_choice c;
  point(r, &names[6]);
  for (; left;) {
    uint64_t product = gsl_rng_get(r) * OF, j = product >> 32;
    if ((product & UINT32_MAX) < (UINT64_C(1) << 32) % OF || want[j / 64] >> j % 64 & 1)
      continue;
    want[j / 64] |= UINT64_C(1) << j % 64;
    left--;
  }
  uint64_t next = gsl_rng_get(r);
  point(r, &names[6]);
  lac_choose(&c, r, OF, CHOSEN, set);
  ok(memcmp(set, want, sizeof set) == 0 && gsl_rng_get(r) == next, "a choice uses the numbers as it says");
}

static void test_choices(gsl_rng *r)
{
  static const uint64_t sizes[][2] = { { 1, 1 }, { 2, 1 }, { 7, 3 }, { 7, 6 }, { 64, 1 }, { 64, 64 }, { 65, 33 },
                                     { 1000, 10 }, { 1000, 977 } };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    test_choice_of(r, sizes[i][0], sizes[i][1]);
  test_pairs(r);
  test_choice_words(r);
}

/* ---- distributions ---- */

static void test_uniform(gsl_rng *r)
{
  enum { N = 200000 };
  double sum = 0, squares = 0, least = 1, most = 0;
  uint64_t low_bits = 0;
  point(r, &names[3]);
  for (int i = 0; i < N; i++) {
    double u = gsl_rng_uniform(r);
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
    least = fmin(least, u);
    most = tap_worse(most, u);
    low_bits += (uint64_t)(u * 0x1p53) & 1;
  }
  ok(least >= 0 && most < 1, "uniform numbers are in [0, 1)");
  ok(fabs(sum / N - 0.5) < 6 * sqrt(1. / 12 / N), "their mean is 1/2");
  ok(fabs(squares / N - 1. / 12) < 6 * sqrt(1. / 180 / N), "their variance is 1/12");
  ok(fabs((double)low_bits / N - 0.5) < 6 * 0.5 / sqrt(N), "they have 53 random bits");
}

static void test_below(gsl_rng *r)
{
  enum { N = 120000 };
  static const uint64_t sizes[] = { 1, 2, 3, 10, 12, 1000 };
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    uint64_t n = sizes[s], count[1000] = { 0 }, beyond = 0;
    double chi = 0, want = (double)N / (double)n;
    point(r, &names[7]);
    for (int i = 0; i < N; i++) {
      uint64_t u = lac_rng_below(r, n);
      if (u < n)
        count[u]++;
      else
        beyond++;
    }
    for (uint64_t k = 0; k < n; k++)
      chi += ((double)count[k] - want) * ((double)count[k] - want) / want;
    ok(beyond == 0 && fabs(chi - (double)(n - 1)) <= 6 * sqrt(2 * (double)(n - 1)), "below %" PRIu64 ": even (chi^2 %.1f)", n, chi);
  }
  uint64_t third = UINT64_C(1) << 62, low = 0;
  point(r, &names[8]);
  for (int i = 0; i < N; i++)
    low += lac_rng_below(r, 3 * third) < third;
  ok(fabs((double)low / N - 1. / 3) < 6 * sqrt(2. / 9 / N), "below 3 2^62: no remainder favours the small ones");
}

static void test_normal(gsl_rng *r)
{
  enum { N = 200000 };
  static double x[N], few[7];
  double m[5] = { 0 };
  point(r, &names[4]);
  lac_rng_normal(r, x, N, 3);
  for (int i = 0; i < N; i++)
    for (int k = 1; k <= 4; k++)
      m[k] += pow(x[i] / 3, k) / N;
  ok(fabs(m[1]) < 6 / sqrt(N), "normal: mean 0");
  ok(fabs(m[2] - 1) < 6 * sqrt(2. / N), "normal: variance scale^2");
  ok(fabs(m[3]) < 6 * sqrt(15. / N), "normal: no skewness");
  ok(fabs(m[4] - 3) < 6 * sqrt(96. / N), "normal: fourth moment 3");
  point(r, &names[4]);
  lac_rng_normal(r, few, 7, 3);
  ok(memcmp(few, x, sizeof few) == 0, "normal: fewer numbers are the first ones");
  static double sum[N];
  int wrong = 0;
  for (int i = 0; i < N; i++)
    sum[i] = i;
  point(r, &names[4]);
  lac_rng_add_normal(r, sum, N, 3);
  for (int i = 0; i < N; i++)
    wrong += sum[i] != i + x[i];
  is_u64((uint64_t)wrong, 0, "normal: the same numbers are added");
}

/* GSL takes the same numbers of the stream; its logarithm is libm's. */
static void test_normal_of_gsl(gsl_rng *r)
{
  static double x[3000];
  gsl_rng *other = lac_rng_new();
  double gap = 0;
  int moved = 0;
  for (size_t skipped = 0; skipped < 4; skipped++)
    for (size_t count = 1; count <= LAC_COUNT(x); count = 3 * count - count / 2) {
      point(r, &names[2]);
      point(other, &names[2]);
      for (size_t i = 0; i < skipped; i++)
        moved += gsl_rng_get(r) != gsl_rng_get(other);
      lac_rng_normal(r, x, count, 3);
      for (size_t i = 0; i < count; i++) {
        double want = gsl_ran_gaussian(other, 3);
        gap = tap_worse(gap, fabs(x[i] - want) / fabs(want));
      }
      moved += gsl_rng_get(r) != gsl_rng_get(other);
    }
  ok(gap < 1e-15, "normal: the numbers of gsl_ran_gaussian, in the last digits (%.1e)", gap);
  is_u64((uint64_t)moved, 0, "normal: as many numbers of the stream are taken");
  gsl_rng_free(other);
}

int main(void)
{
  gsl_rng *r = lac_rng_new();
  if (!ok(r != NULL, "a generator"))
    return done();
  test_known_answers(r);
  test_streams(r);
  test_two_generators(r);
  test_words(r);
  test_choices(r);
  test_uniform(r);
  test_below(r);
  test_normal(r);
  test_normal_of_gsl(r);
  gsl_rng_free(r);
  return done();
}
