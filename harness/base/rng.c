#include "rng.h"

#include "base.h"
#include "elementary.h"
#include "replay.h"
#include <Random123/philox.h>
#include <math.h>
#include <string.h>

typedef struct {
  philox4x32_ctr_t counter;     /* of the next block */
  philox4x32_key_t key;
  philox4x32_ctr_t block;       /* the four numbers at hand */
  unsigned used;                /* of them */
  const lac_replay *table;      /* of choices made elsewhere, instead of numbers; NULL: none */
  size_t at;                    /* so many of its row are used */
} philox_state;

const char *const lac_seed_name[LAC_SEED_AXES] = { "data", "partition", "x0", "noise", "down", "sample", "batch", "coin",
                                                   "direction", "dp" };

static void philox_set(void *state, unsigned long seed)
{
  *(philox_state *)state = (philox_state){ .key = { { (uint32_t)seed, (uint32_t)(seed >> 32) } }, .used = 4 };
}

static inline uint32_t philox_next(philox_state *s)
{
  if (s->used == 4) {
    s->block = philox4x32(s->counter, s->key);
    s->counter.v[0]++;
    s->used = 0;
  }
  return s->block.v[s->used++];
}

static unsigned long philox_get(void *state) { return philox_next(state); }

static double philox_get_double(void *state)
{
  uint64_t low = philox_next(state), high = philox_next(state);
  return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

static const gsl_rng_type philox_type = {
  .name = "philox4x32-10",
  .max = UINT32_MAX,
  .min = 0,
  .size = sizeof(philox_state),
  .set = philox_set,
  .get = philox_get,
  .get_double = philox_get_double,
};
const gsl_rng_type *const lac_rng_philox = &philox_type;

gsl_rng *lac_rng_new(void)
{
  gsl_rng *r = gsl_rng_alloc(lac_rng_philox);
  if (!r)
    lac_fail(LAC_ENOMEM, "out of memory for a random stream");
  return r;
}

void lac_rng_point(gsl_rng *r, const lac_seeds *seeds, lac_seed_axis axis, uint32_t client, uint32_t round, uint32_t use)
{
  philox_state *s = r->state;
  philox_set(s, seeds->axis[axis]);
  s->counter = (philox4x32_ctr_t){ { 0, client, round, (uint32_t)axis << 24 | use } };
  if (seeds->replay[axis] && lac_replay_covers(seeds->replay[axis], round))
    s->table = seeds->replay[axis];
}

uint32_t lac_rng_tell(const gsl_rng *r) { return ((const philox_state *)r->state)->counter.v[0]; }

void lac_rng_seek(gsl_rng *r, uint32_t block)
{
  philox_state *s = r->state;
  s->counter.v[0] = block;
  s->used = 4;
}

uint64_t lac_rng_below(gsl_rng *r, uint64_t n)
{
  uint64_t fair = UINT64_MAX - UINT64_MAX % n, u;     /* a multiple of n: what is above would favour small numbers */
  do {
    uint64_t low = philox_next(r->state), high = philox_next(r->state);
    u = high << 32 | low;
  } while (u >= fair);
  return u % n;
}

/* ---- choices made elsewhere ---- */

/* The next `count` of the row that is the stream's, of whose choices each serves once. */
static int take_row(philox_state *s, size_t count, const double **values)
{
  const uint32_t *name = s->counter.v;      /* see lac_rng_point */
  size_t width = lac_replay_width(s->table), from = s->at;
  LAC_TRY(lac_replay_take(s->table, name[1], name[2], name[3] & 0xffffff, values));
  if (count > width - from)
    return lac_fail(LAC_EUSER, "a replayed table has rows of %zu numbers where more are drawn", width);
  *values += from;
  s->at += count;
  return LAC_OK;
}

/* All of it, for one choice. */
static int take_whole_row(philox_state *s, uint64_t count, const double **values)
{
  size_t width = lac_replay_width(s->table);
  if (s->at)
    return lac_fail(LAC_EUSER, "a replayed table has one row where several choices are made at once; they cannot be replayed");
  if (count != width)
    return lac_fail(LAC_EUSER, "a replayed table has rows of %zu choices where %llu are to be made", width, (unsigned long long)count);
  return take_row(s, width, values);
}

static int replayed_coin(philox_state *s, double p, int *coin)
{
  const double *v;
  int outcome = lac_replay_is_coin(s->table);
  LAC_TRY(take_whole_row(s, 1, &v));
  if (!(outcome ? *v == 0 || *v == 1 : *v >= 0 && *v < 1))
    return lac_fail(LAC_EUSER, "a replayed table has a coin of %g, which is neither 0 nor 1; numbers in [0,1) stand under the name u", *v);
  *coin = outcome ? *v != 0 : *v < p;
  return LAC_OK;
}

int lac_rng_coin(gsl_rng *r, double p, int *coin)
{
  philox_state *s = r->state;
  if (s->table)
    return replayed_coin(s, p, coin);
  *coin = gsl_rng_uniform(r) < p;
  return LAC_OK;
}

/* ---- many numbers at a time ---- */

/* The blocks from `from` on, four numbers each. */
static void some_blocks(philox4x32_ctr_t from, philox4x32_key_t key, size_t count, uint32_t *out)
{
  for (; count; count--, from.v[0]++, out += 4) {
    philox4x32_ctr_t block = philox4x32(from, key);
    memcpy(out, block.v, sizeof block.v);
  }
}

#ifdef __x86_64__
#include <immintrin.h>

enum { ROUNDS = 10, LANES = 4 };
typedef struct { __m256i v[4]; } lanes;      /* four counters, each number in the low half of 64 bits; the high half means nothing */
typedef struct { __m256i v[ROUNDS][2]; } schedule;

__attribute__((target("avx2")))
static inline lanes one_round(lanes c, const __m256i key[2])
{
  __m256i a = _mm256_mul_epu32(c.v[0], _mm256_set1_epi64x(PHILOX_M4x32_0));
  __m256i b = _mm256_mul_epu32(c.v[2], _mm256_set1_epi64x(PHILOX_M4x32_1));
  return (lanes){ { _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(b, 32), c.v[1]), key[0]), b,
                    _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(a, 32), c.v[3]), key[1]), a } };
}

__attribute__((target("avx2")))
static inline void store_lanes(lanes c, uint32_t *out)
{
  __m256i low = _mm256_blend_epi32(c.v[0], _mm256_slli_epi64(c.v[1], 32), 0xaa);
  __m256i high = _mm256_blend_epi32(c.v[2], _mm256_slli_epi64(c.v[3], 32), 0xaa);
  __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);
  _mm256_storeu_si256((__m256i *)out, _mm256_permute2x128_si256(even, odd, 0x20));
  _mm256_storeu_si256((__m256i *)(out + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

__attribute__((target("avx2")))
static inline schedule schedule_of(philox4x32_key_t k)
{
  schedule keys;
  for (int i = 0; i < ROUNDS; i++, k = _philox4x32bumpkey(k)) {
    keys.v[i][0] = _mm256_set1_epi64x(k.v[0]);
    keys.v[i][1] = _mm256_set1_epi64x(k.v[1]);
  }
  return keys;
}

__attribute__((target("avx2")))
static inline lanes lanes_from(philox4x32_ctr_t c)
{
  __m256i first = _mm256_add_epi64(_mm256_set1_epi64x(c.v[0]), _mm256_set_epi64x(3, 2, 1, 0));
  return (lanes){ { first, _mm256_set1_epi64x(c.v[1]), _mm256_set1_epi64x(c.v[2]), _mm256_set1_epi64x(c.v[3]) } };
}

/* Four fours in flight: a round waits for its products. */
__attribute__((target("avx2")))
static void many_blocks(philox4x32_ctr_t from, philox4x32_key_t key, size_t count, uint32_t *out)
{
  enum { FOURS = 4 };
  schedule keys = schedule_of(key);
  for (; count >= FOURS * LANES; count -= FOURS * LANES, from.v[0] += FOURS * LANES, out += 4 * FOURS * LANES) {
    lanes c[FOURS];
    for (int n = 0; n < FOURS; n++) {
      c[n] = lanes_from(from);
      c[n].v[0] = _mm256_add_epi64(c[n].v[0], _mm256_set1_epi64x(n * LANES));
    }
#pragma GCC unroll 10
    for (int i = 0; i < ROUNDS; i++)
      for (int n = 0; n < FOURS; n++)
        c[n] = one_round(c[n], keys.v[i]);
    for (int n = 0; n < FOURS; n++)
      store_lanes(c[n], out + 4 * LANES * n);
  }
  some_blocks(from, key, count, out);
}

static void blocks(philox4x32_ctr_t from, philox4x32_key_t key, size_t count, uint32_t *out)
{
  (count >= LANES && __builtin_cpu_supports("avx2") ? many_blocks : some_blocks)(from, key, count, out);
}
#else
#define blocks some_blocks
#endif

static int replayed_words(philox_state *s, uint32_t *word, size_t count)
{
  const double *u;
  LAC_TRY(take_row(s, count, &u));
  for (size_t i = 0; i < count; i++) {
    if (!(u[i] >= 0 && u[i] < 1))
      return lac_fail(LAC_EUSER, "a replayed table has %g where a number in [0,1) is drawn", u[i]);
    word[i] = (uint32_t)(u[i] * 0x1p32);
  }
  return LAC_OK;
}

static void next_words(philox_state *s, uint32_t *word, size_t count)
{
  for (; count && s->used < 4; count--)
    *word++ = s->block.v[s->used++];
  blocks(s->counter, s->key, count / 4, word);
  s->counter.v[0] += (uint32_t)(count / 4);
  for (size_t i = count / 4 * 4; i < count; i++)
    word[i] = philox_next(s);
}

int lac_rng_words(gsl_rng *r, uint32_t *word, size_t count)
{
  philox_state *s = r->state;
  if (s->table)
    return replayed_words(s, word, count);
  next_words(s, word, count);
  return LAC_OK;
}

/* ---- k of n ---- */

static int replayed_choice(philox_state *s, uint64_t n, uint64_t k, uint64_t *set)
{
  const double *v;
  LAC_TRY(take_whole_row(s, k, &v));
  for (size_t i = 0; i < k; i++) {
    if (!(v[i] >= 0 && v[i] < (double)n && v[i] == floor(v[i])))
      return lac_fail(LAC_EUSER, "a replayed table chooses %g of %llu", v[i], (unsigned long long)n);
    uint64_t j = (uint64_t)v[i], bit = UINT64_C(1) << j % 64;
    if (set[j / 64] & bit)
      return lac_fail(LAC_EUSER, "a replayed table chooses %g twice", v[i]);
    set[j / 64] |= bit;
  }
  return LAC_OK;
}

static uint32_t find_share(uint32_t n, const uint64_t *upto, uint64_t u)
{
  uint32_t low = 0;
  for (uint32_t high = n - 1; low < high;) {
    uint32_t middle = low + (high - low) / 2;
    if (u < upto[middle])
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static int replayed_shares(philox_state *s, uint32_t n, uint64_t count, uint32_t *times)
{
  const double *v;
  LAC_TRY(take_whole_row(s, count, &v));
  for (uint64_t k = 0; k < count; k++) {
    if (!(v[k] >= 0 && v[k] < n && v[k] == floor(v[k])))
      return lac_fail(LAC_EUSER, "a replayed table chooses %g of %u", v[k], n);
    times[(uint32_t)v[k]]++;
  }
  return LAC_OK;
}

int lac_draw_shares(gsl_rng *r, uint32_t n, const uint64_t *upto, uint64_t count, uint32_t *times)
{
  philox_state *s = r->state;
  memset(times, 0, n * sizeof *times);
  if (s->table)
    return replayed_shares(s, n, count, times);
  while (count--)
    times[find_share(n, upto, lac_rng_below(r, upto[n - 1]))]++;
  return LAC_OK;
}

static inline int take_number(uint64_t *set, uint64_t j)
{
  uint64_t old = set[j / 64], bit = UINT64_C(1) << j % 64;
  set[j / 64] = old | bit;
  return !(old & bit);
}

/* floor(u n / 2^32) of a word u is even over 0..n-1 but for the words whose low half of u n is below 2^32 mod n (Lemire 2019,
   arXiv:1805.10941); these are passed over.  A word names at most one, so that no more are fetched than are needed. */
static void draw_small(gsl_rng *r, uint64_t n, uint64_t k, uint64_t *set)
{
  enum { MANY = 512 };
  uint32_t word[MANY], uneven = (uint32_t)((UINT64_C(1) << 32) % n);
  for (size_t count; k; ) {
    count = k < MANY ? (size_t)k : MANY;
    lac_rng_words(r, word, count);
    for (size_t i = 0; i < count; i++) {
      uint64_t product = (uint64_t)word[i] * n;
      k -= (uint64_t)((uint32_t)product >= uneven && take_number(set, product >> 32));
    }
  }
}

static void draw_large(gsl_rng *r, uint64_t n, uint64_t k, uint64_t *set)
{
  uint64_t uneven = -n % n;
  while (k) {
    uint64_t low = philox_next(r->state), high = philox_next(r->state);
    unsigned __int128 product = (unsigned __int128)(high << 32 | low) * n;
    k -= (uint64_t)((uint64_t)product >= uneven && take_number(set, (uint64_t)(product >> 64)));
  }
}

static void complement(uint64_t n, uint64_t *set)
{
  for (uint64_t i = 0; i < LAC_CHOICE_WORDS(n); i++)
    set[i] = ~set[i];
  if (n % 64)
    set[n / 64] &= (UINT64_C(1) << n % 64) - 1;
}

int lac_choose(lac_choice *c, gsl_rng *r, uint64_t n, uint64_t k, uint64_t *set)
{
  philox_state *s = r->state;
  uint64_t fewer = k > n / 2 ? n - k : k;
  memset(set, 0, LAC_CHOICE_WORDS(n) * sizeof *set);
  if (s->table)
    LAC_TRY(replayed_choice(s, n, k, set));
  else
    (n < UINT64_C(1) << 32 ? draw_small : draw_large)(r, n, fewer, set);
  if (!s->table && fewer < k)
    complement(n, set);
  *c = (lac_choice){ .set = set, .rest = set[0] };
  return LAC_OK;
}

/* Two of a word without a branch, as most words have no more; a word that may have too many is left to lac_choose_next. */
LAC_VECTORISED
void lac_choose_many(lac_choice *c, size_t count, uint64_t *j)
{
  enum { WORD = 64, FEW = 2 };
  size_t n = 0;
  while (count - n > WORD) {
    size_t many = (size_t)__builtin_popcountll(c->rest);
    for (size_t i = 0; i < many; i += FEW)
      for (size_t f = 0; f < FEW; f++, c->rest &= c->rest - 1)
        j[n + i + f] = WORD * c->at + (uint64_t)__builtin_ctzll(c->rest | UINT64_C(1) << (WORD - 1));
    n += many;
    c->rest = c->set[++c->at];
  }
  for (; n < count; n++)
    j[n] = lac_choose_next(c);
}

static int replay_order(philox_state *s, size_t n, uint32_t *order)
{
  const double *v;
  LAC_TRY(take_whole_row(s, n, &v));
  for (size_t i = 0; i < n; i++) {
    if (!(v[i] >= 0 && v[i] < (double)n && v[i] == floor(v[i])))
      return lac_fail(LAC_EUSER, "a replayed table permutes %g of %zu", v[i], n);
    order[i] = (uint32_t)v[i];
  }
  return LAC_OK;
}

/* The words of some steps ahead are there, and so are the cache lines that they name. */
int lac_rng_permute(gsl_rng *r, size_t n, size_t count, uint32_t *order)
{
  enum { MANY = 256 };
  uint32_t word[MANY];
  philox_state *s = r->state;
  if (s->table)
    return replay_order(s, n, order);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  for (size_t i = 0, many; i < count;) {
    many = count - i < MANY ? count - i : MANY;
    LAC_TRY(lac_rng_words(r, word, many));
    for (size_t w = 0; w < many; w++)
      __builtin_prefetch(order + i + ((uint64_t)word[w] * (n - i) >> 32), 1);
    for (size_t w = 0; w < many; w++) {
      uint64_t product = (uint64_t)word[w] * (n - i);
      size_t j = i + (size_t)(product >> 32);
      uint32_t here = order[i];
      if ((uint32_t)product < n - i && (uint32_t)product < (UINT64_C(1) << 32) % (n - i))
        continue;
      order[i++] = order[j];
      order[j] = here;
    }
  }
  return LAC_OK;
}

/* ---- normal numbers ---- */

/* Points of the square that lie in the disc; `first` is half a point that waits for its other half, 0: none waits. */
typedef struct { size_t count; double *y, *square, first; } disc;

static void add_point(disc *points, double first, double second)
{
  double x = 2 * first - 1, y = 2 * second - 1, square = x * x + y * y;
  points->y[points->count] = y;
  points->square[points->count] = square;
  points->count += square <= 1 && square > 0;
}

/* Two words a number u of (0, 1), as gsl_rng_uniform_pos has them; a zero is passed over. */
static void add_points(disc *points, const uint32_t *word, size_t count)
{
  for (size_t i = 0; i < count; i += 2) {
    double u = (double)(((uint64_t)word[i + 1] << 32 | word[i]) >> 11) * 0x1p-53, first = points->first;
    points->first = u > 0 && first == 0 ? u : u > 0 ? 0 : first;
    if (u > 0 && first > 0)
      add_point(points, first, u);
  }
}

LAC_VECTORISED
static void make_normal(size_t count, double scale, const double *restrict y, const double *restrict square, double *restrict x)
{
  for (size_t i = 0; i < count; i++)
    x[i] = scale * y[i] * sqrt(-2 * lac_log(square[i]) / square[i]);
}

/* No more words are drawn than are needed if every point lies in the disc. */
void lac_rng_normal(gsl_rng *r, double *x, size_t count, double scale)
{
  enum { MANY = 128 };
  uint32_t word[4 * MANY];
  double y[MANY + 1], square[MANY + 1];
  for (disc points = { .y = y, .square = square }; count; count -= points.count, x += points.count) {
    size_t words = 4 * (count < MANY ? count : MANY) - (points.first > 0 ? 2 : 0);
    points.count = 0;
    next_words(r->state, word, words);
    add_points(&points, word, words);
    make_normal(points.count, scale, y, square, x);
  }
}

int lac_rng_direction(gsl_rng *r, double *x, size_t count)
{
  philox_state *s = r->state;
  const double *v;
  if (s->table) {
    LAC_TRY(take_whole_row(s, count, &v));
    memcpy(x, v, count * sizeof *x);
  } else
    lac_rng_normal(r, x, count, 1);
  return LAC_OK;
}

void lac_rng_add_normal(gsl_rng *r, double *x, size_t count, double scale)
{
  double z[512];
  for (size_t many; count; count -= many, x += many) {
    many = count < LAC_COUNT(z) ? count : LAC_COUNT(z);
    lac_rng_normal(r, z, many, scale);
    for (size_t i = 0; i < many; i++)
      x[i] += z[i];
  }
}
