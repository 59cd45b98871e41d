#include "run/kernel.h"

#include "blas.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names are short: what has no room is left out. */
static void add(char *who, const char *option, const char *name)
{
  size_t used = strlen(who);
  snprintf(who + used, LAC_MULTIPLIERS - used, "%s--%s=%s", used ? ", " : "", option, name);
}

int lac_kernel_matters(const lac_run *r, char who[static LAC_MULTIPLIERS])
{
  const struct { const char *option; const lac_compressor *first; } lanes[] = {
    { "up", &r->recipe.up }, { "up2", &r->recipe.up2 }, { "down", &r->recipe.down },
  };
  *who = 0;
  if (r->instance.problem.blas)
    add(who, "problem", r->instance.problem.type->name);
  for (size_t i = 0; i < LAC_COUNT(lanes); i++)
    for (const lac_compressor *c = lanes[i].first; c; c = c->next)
      if (c->type->blas)
        add(who, lanes[i].option, c->type->name);
  return *who != 0;
}

/* all: LAC_KERNEL bytes for each rank */
static int compare(const char *who, const char *all, int ranks)
{
  for (int rank = 1; rank < ranks; rank++)
    if (strcmp(all, all + rank * LAC_KERNEL))
      return lac_fail(LAC_EUSER, "%s: OpenBLAS sums in another order on rank 0 (kernel %s) than on rank %d "
                      "(%s); start all ranks with the same OpenBLAS and OPENBLAS_CORETYPE=Haswell, or another kernel that all their "
                      "processors have", who, all, rank, all + rank * LAC_KERNEL);
  return LAC_OK;
}

int lac_kernel_same(const lac_run *r)
{
  int ranks = lac_comm_size(r->comm);
  char who[LAC_MULTIPLIERS], mine[LAC_KERNEL] = "", *all;
  if (!lac_kernel_matters(r, who) || ranks == 1)
    return LAC_OK;
  lac_blas_kernel(mine);
  all = lac_alloc((size_t)ranks * sizeof mine);
  LAC_TRY(lac_comm_agree(r->comm, all ? LAC_OK : LAC_ENOMEM));
  int status = lac_comm_allgather(r->comm, mine, sizeof mine, all);
  if (status == LAC_OK)
    status = compare(who, all, ranks);
  free(all);
  return status;
}

int lac_kernel_as_before(const lac_run *r, const char *before)
{
  char who[LAC_MULTIPLIERS], now[LAC_KERNEL];
  if (!lac_kernel_matters(r, who) || strcmp(before, lac_blas_kernel(now)) == 0)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--resume: %s: OpenBLAS summed in another order before (kernel %s) than now "
                  "(%s); go on with that OpenBLAS and OPENBLAS_CORETYPE=%.*s, or start again with --force", who, before, now,
                  (int)strcspn(before, " "), before);
}
