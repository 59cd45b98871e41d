#include "rng.h"

#include "base.h"
#include <Random123/philox.h>
#include <gsl/gsl_randist.h>

typedef struct {
  philox4x32_ctr_t counter;     /* of the next block */
  philox4x32_key_t key;
  philox4x32_ctr_t block;       /* the four numbers at hand */
  unsigned used;                /* of them */
} philox_state;

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

void lac_rng_normal(gsl_rng *r, double *x, size_t count, double scale)
{
  for (size_t i = 0; i < count; i++)
    x[i] = gsl_ran_gaussian(r, scale);
}
