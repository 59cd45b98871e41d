/* needs.h: how a method refuses a compressor, "NAME" NEEDS_ALPHA, and where its theory ends. */
#ifndef LAC_NEEDS_H
#define LAC_NEEDS_H

#include "algorithm.h"

#define NEEDS_ALPHA " needs a contractive compressor (one with alpha), such as topk or randk:scale=no"
#define NEEDS_OMEGA " needs an unbiased compressor (one with omega), such as randk"

/* Unbiased, and no contraction: an error that is fed back grows from round to round. */
#define NEEDS_BOUNDED " needs a bounded error to feed back, and that of an unbiased compressor such as randk grows from round to round"
static inline int has_unbounded_error(const lac_env *e, lac_lane lane)
{
  double constant;
  return lac_alpha_of(e, lane, &constant) != LAC_OK && lac_omega_of(e, lane, &constant) == LAC_OK;
}

/* theory of a method that has none with some clients. */
static inline int needs_all_clients(const lac_env *e)
{
  if (lac_participation_of(e) == 1)
    return LAC_OK;
  return lac_fail(LAC_ENOTSUP, "there is no theory for some clients at a time; give gamma=NUMBER, or leave --sample and --dropout out");
}

/* ... nor with a constraint or another simple part. */
static inline int needs_whole_space(const lac_env *e)
{
  if (!lac_is_proximal(e))
    return LAC_OK;
  return lac_fail(LAC_ENOTSUP, "there is no theory for a problem with a constraint; give the step size as a number");
}

#endif
