/* Means over clients: f and its gradient, products with the mean curvature.  The same bits for any number of ranks (treesum.h). */
#include "run/mean.h"

#include "run/weights.h"

#include <stdlib.h>

/* This rank's nodes, appended to what it sends. */
int lac_mean_append(lac_run *r, lac_msg *to)
{
  size_t at = lac_msg_bytes(to);
  LAC_TRY(lac_grow(&to->buf, &to->cap, at + lac_tree_bytes(&r->eval.tree), 1));
  lac_tree_pack(&r->eval.tree, to->buf + at);
  to->nbits += 8 * (uint64_t)lac_tree_bytes(&r->eval.tree);
  return LAC_OK;
}

void lac_mean_total(lac_run *r, double *mean)
{
  const double *total = lac_tree_total(&r->eval.root);
  for (size_t j = 0; j <= r->env.d; j++)
    mean[j] = total[j] / r->env.n;
}

static int add_leaves(lac_run *r, lac_leaf leaf, const void *arg)
{
  lac_tree_clear(&r->eval.tree);
  lac_msg_clear(&r->post.out);
  for (uint32_t i = r->instance.first; i < r->instance.last; i++) {
    double *slot = lac_tree_slot(&r->eval.tree);
    if (!slot)
      return LAC_ENOMEM;
    for (size_t j = r->env.d + 1; j < r->eval.tree.width; j++)
      slot[j] = 0;
    LAC_TRY(leaf(r, i, arg, slot));
    lac_tree_push(&r->eval.tree, 0, i);
  }
  return lac_mean_append(r, &r->post.out);
}

static void set_width(lac_run *r, size_t width)
{
  lac_tree_close(&r->eval.tree);
  lac_tree_close(&r->eval.root);
  lac_tree_open(&r->eval.tree, width);
  lac_tree_open(&r->eval.root, width);
}

static int mean_of_leaves(lac_run *r, lac_leaf leaf, const void *arg, double *mean)
{
  const uint8_t *all;
  const size_t *starting;
  int status = add_leaves(r, leaf, arg);
  LAC_TRY(lac_comm_gather(r->comm, status, r->post.out.buf, lac_msg_bytes(&r->post.out), &all, &starting));
  if (lac_comm_rank(r->comm) == 0) {
    lac_tree_clear(&r->eval.root);
    for (int p = 0; status == LAC_OK && p < lac_comm_size(r->comm); p++)
      status = lac_tree_unpack_push(&r->eval.root, all + starting[p], starting[p + 1] - starting[p]);
    if (status == LAC_OK)
      lac_mean_total(r, mean);
  }
  LAC_TRY(lac_comm_agree(r->comm, status));
  return lac_comm_bcast(r->comm, mean, (r->env.d + 1) * sizeof *mean);
}

/* Rows of the trace that hold no gradient have narrow trees. */
int lac_run_mean(lac_run *r, lac_leaf leaf, const void *arg, double *mean)
{
  size_t width = r->eval.tree.width;
  int narrow = width < r->env.d + 1;
  if (narrow)
    set_width(r, r->env.d + 1);
  int status = mean_of_leaves(r, leaf, arg, mean);
  if (narrow)
    set_width(r, width);
  return status;
}

static int evaluate_leaf(lac_run *r, uint32_t client, const void *x, double *out)
{
  return lac_client_value_grad(r, client, x, &out[r->env.d], out);
}

int lac_run_evaluate(lac_run *r, const double *x, double *f, double *g)
{
  double *mean = lac_alloc((r->env.d + 1) * sizeof *mean);
  LAC_TRY(lac_comm_agree(r->comm, mean ? LAC_OK : LAC_ENOMEM));
  int status = lac_run_mean(r, evaluate_leaf, x, mean);
  if (status == LAC_OK) {
    lac_copy(r->env.d, mean, g);
    *f = mean[r->env.d];
  }
  free(mean);
  return status;
}
