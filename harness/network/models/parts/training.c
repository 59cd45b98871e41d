#include "network/models/parts/training.h"

#include <math.h>
#include <stdint.h>

double lac_training_closed(const lac_training *w, unsigned buckets)
{
  double part = w->seconds / w->fragments, backward = 2 * w->step / 3 * (buckets - 1) / buckets;
  double hidden = part - backward - w->lag * w->step, least = w->lag ? 0 : part / buckets;
  double compute = w->every * w->step;
  return compute / (compute + w->fragments * fmax(hidden, least));
}

/* A part is due where the next multiple of every / fragments is passed. */
static int sends(const lac_training *w, unsigned step)
{
  return (step + 1) * (uint64_t)w->fragments / w->every > step * (uint64_t)w->fragments / w->every;
}

double lac_training_buckets(const lac_training *w, unsigned buckets, unsigned steps)
{
  double now = 0, link_free = 0, stalls = 0, bucket = w->seconds / w->fragments / buckets;
  for (unsigned s = 0; s < steps; s++) {
    double stall = 0;
    if (sends(w, s)) {
      for (unsigned k = 1; k <= buckets; k++)
        link_free = fmax(link_free, now + w->step / 3 + 2 * w->step / 3 * k / buckets) + bucket;
      stall = fmax(0, link_free - (now + (1 + w->lag) * w->step));
    }
    now += w->step + stall;
    stalls += stall;
  }
  return steps * w->step / (steps * w->step + stalls);
}
