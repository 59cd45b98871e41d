#include "index.h"

#include <math.h>

enum { ENUMERATIVE, FIXED, BITMAP };

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

static int choose_code(uint64_t d, uint64_t k, uint64_t *bits)
{
  uint64_t sets = binomial(d, k), fixed = k * width_of(d);
  int code = fixed <= d ? FIXED : BITMAP;
  *bits = code == FIXED ? fixed : d;
  if (sets && width_of(sets) <= *bits) {
    *bits = width_of(sets);
    code = ENUMERATIVE;
  }
  return code;
}

uint64_t lac_index_bits(uint64_t d, uint64_t k)
{
  uint64_t bits;
  choose_code(d, k, &bits);
  return bits;
}

/* Sets in colexicographic order of the mirrored indices d-1-j, so that taking a number apart gives the smallest j first:
   rank = sum over i of C(d-1-j_i, k-i). */

static int put_index(lac_index *w, uint64_t j)
{
  if (j < w->next || j >= w->d || w->done == w->k)
    return lac_fail(LAC_EBUG, "an index set was not written in ascending order");
  uint64_t skipped = j - w->next, left = w->k - w->done++;
  w->next = j + 1;
  switch (w->code) {
  case ENUMERATIVE:
    w->rank += binomial(w->d - 1 - j, left);
    return w->done == w->k ? lac_msg_put(w->m, w->rank, width_of(binomial(w->d, w->k))) : LAC_OK;
  case FIXED:
    return lac_msg_put(w->m, j, width_of(w->d));
  default:
    for (; skipped >= 64; skipped -= 64)
      LAC_TRY(lac_msg_put(w->m, 0, 64));
    LAC_TRY(lac_msg_put(w->m, 0, (unsigned)skipped));
    LAC_TRY(lac_msg_put(w->m, 1, 1));
    for (uint64_t rest = w->done == w->k ? w->d - w->next : 0, part; rest; rest -= part)
      LAC_TRY(lac_msg_put(w->m, 0, (unsigned)(part = rest < 64 ? rest : 64)));
    return LAC_OK;
  }
}

/* log2 C(d,k) */
static double bits_needed(const lac_index *w)
{
  double d = (double)w->d, k = (double)w->k;
  return (lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)) / log(2);
}

int lac_index_put(lac_index *w, uint64_t j)
{
  LAC_TRY(put_index(w, j));
  if (w->m->spare && w->done == w->k)
    lac_msg_spare(w->m, w->from, bits_needed(w));
  return LAC_OK;
}

void lac_index_write(lac_index *w, lac_msg *m, uint64_t d, uint64_t k)
{
  uint64_t bits;
  *w = (lac_index){ .m = m, .from = m->nbits, .d = d, .k = k, .code = choose_code(d, k, &bits) };
}

int lac_index_read(lac_index *r, lac_msg *m, uint64_t d, uint64_t k)
{
  uint64_t sets = binomial(d, k);
  lac_index_write(r, m, d, k);
  if (r->code != ENUMERATIVE)
    return LAC_OK;
  LAC_TRY(lac_msg_get(m, width_of(sets), &r->rank));
  return r->rank < sets ? LAC_OK : lac_fail(LAC_EFORMAT, "an index set has a number that no set has");
}

/* The largest c below `above` with C(c, r) <= rank. */
static uint64_t largest(uint64_t rank, uint64_t r, uint64_t above)
{
  uint64_t low = r - 1, high = above;      /* C(r-1, r) = 0 <= rank */
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    if (binomial(middle, r) <= rank)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static int next_set_bit(lac_index *r, uint64_t *j)
{
  while (r->word == 0) {
    if (r->base >= r->d)
      return lac_fail(LAC_EFORMAT, "a bitmap has too few ones");
    uint64_t left = r->d - r->base;
    LAC_TRY(lac_msg_get(r->m, left < 64 ? (unsigned)left : 64, &r->word));
    r->base += 64;
  }
  *j = r->base - 64 + (uint64_t)__builtin_ctzll(r->word);
  r->word &= r->word - 1;
  return LAC_OK;
}

static int end_of_bitmap(lac_index *r)
{
  while (r->word == 0 && r->base < r->d) {
    uint64_t left = r->d - r->base;
    LAC_TRY(lac_msg_get(r->m, left < 64 ? (unsigned)left : 64, &r->word));
    r->base += 64;
  }
  return r->word == 0 ? LAC_OK : lac_fail(LAC_EFORMAT, "a bitmap has too many ones");
}

int lac_index_get(lac_index *r, uint64_t *j)
{
  uint64_t left = r->k - r->done++;
  switch (r->code) {
  case ENUMERATIVE: {
    uint64_t c = largest(r->rank, left, r->d - r->next);
    r->rank -= binomial(c, left);
    *j = r->d - 1 - c;
    break;
  }
  case FIXED:
    LAC_TRY(lac_msg_get(r->m, width_of(r->d), j));
    if (*j < r->next || *j >= r->d)
      return lac_fail(LAC_EFORMAT, "indices are not ascending or too large");
    break;
  default:
    LAC_TRY(next_set_bit(r, j));
    if (r->done == r->k)
      LAC_TRY(end_of_bitmap(r));
  }
  r->next = *j + 1;
  return LAC_OK;
}
