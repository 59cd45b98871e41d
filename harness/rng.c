#include "rng.h"

#include "base.h"
#include "replay.h"
#include <Random123/philox.h>
#include <gsl/gsl_randist.h>
#include <math.h>

typedef struct {
  philox4x32_ctr_t counter;     /* of the next block */
  philox4x32_key_t key;
  philox4x32_ctr_t block;       /* the four numbers at hand */
  unsigned used;                /* of them */
  const double *row;            /* choices made elsewhere, instead of numbers */
  size_t width;
  int is_coin;                  /* the row holds an outcome, not a number in [0,1) */
} philox_state;

const char *const lac_seed_name[LAC_SEED_AXES] = { "data", "partition", "x0", "noise", "down", "sample", "batch", "coin" };

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
  if (seeds->replay[axis])
    s->row = lac_replay_row(seeds->replay[axis], round, client, &s->width, &s->is_coin);
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

int lac_rng_coin(gsl_rng *r, double p)
{
  const philox_state *s = r->state;
  if (s->row)
    return s->is_coin ? s->row[0] != 0 : s->row[0] < p;
  return gsl_rng_uniform(r) < p;
}

int lac_choose(lac_choice *c, gsl_rng *r, uint64_t n, uint64_t k)
{
  const philox_state *s = r->state;
  *c = (lac_choice){ .rng = r, .n = n, .left = k, .row = s->row, .width = s->width };
  if (s->row && s->width != k)
    return lac_fail(LAC_EUSER, "a replayed table has rows of %zu choices where %llu are to be made", s->width, (unsigned long long)k);
  for (size_t i = 0; s->row && i < k; i++)
    if (!(s->row[i] >= 0 && s->row[i] < (double)n))
      return lac_fail(LAC_EUSER, "a replayed table chooses %g of %llu", s->row[i], (unsigned long long)n);
  return LAC_OK;
}

/* Coordinate `at` is in with probability (still wanted)/(still to come). */
uint64_t lac_choose_next(lac_choice *c)
{
  if (c->row) {
    double least = HUGE_VAL;
    for (size_t i = 0; i < c->width; i++)
      if (c->row[i] >= (double)c->at && c->row[i] < least)
        least = c->row[i];
    c->at = least == HUGE_VAL ? c->n : (uint64_t)least + 1;
    return c->at - 1;
  }
  while (lac_rng_below(c->rng, c->n - c->at) >= c->left)
    c->at++;
  c->left--;
  return c->at++;
}

static int replay_order(const philox_state *s, size_t n, uint32_t *order)
{
  if (s->width != n)
    return lac_fail(LAC_EUSER, "a replayed table has rows of %zu choices where %zu are to be permuted", s->width, n);
  for (size_t i = 0; i < n; i++) {
    if (!(s->row[i] >= 0 && s->row[i] < (double)n))
      return lac_fail(LAC_EUSER, "a replayed table permutes %g of %zu", s->row[i], n);
    order[i] = (uint32_t)s->row[i];
  }
  return LAC_OK;
}

int lac_rng_permute(gsl_rng *r, size_t n, size_t count, uint32_t *order)
{
  const philox_state *s = r->state;
  if (s->row)
    return replay_order(s, n, order);
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  for (size_t i = 0; i < count; i++) {
    size_t j = i + (size_t)lac_rng_below(r, n - i);
    uint32_t other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
  return LAC_OK;
}

void lac_rng_normal(gsl_rng *r, double *x, size_t count, double scale)
{
  for (size_t i = 0; i < count; i++)
    x[i] = gsl_ran_gaussian(r, scale);
}
