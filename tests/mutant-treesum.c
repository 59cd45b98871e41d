/* The sums of treesum.h as one would write them without thinking: each rank adds up its clients, rank 0 adds up the ranks.
   t-ranks.sh must notice. */
#include "ranks/treesum.h"

#include "vec.h"
#include <stdlib.h>

void lac_tree_open(lac_treesum *t, size_t width) { *t = (lac_treesum){ .width = width, .stride = lac_stride(width) }; }

void lac_tree_close(lac_treesum *t)
{
  free(t->sums);
  *t = (lac_treesum){ 0 };
}

void lac_tree_clear(lac_treesum *t) { t->open = 0; }

/* Row 0 is the sum, row 1 the slot. */
double *lac_tree_slot(lac_treesum *t)
{
  if (!t->sums)
    t->sums = lac_alloc(2 * t->stride * sizeof *t->sums);
  return t->sums ? t->sums + (t->open ? t->stride : 0) : NULL;
}

void lac_tree_push(lac_treesum *t, uint32_t level, uint32_t index)
{
  (void)level, (void)index;
  if (t->open)
    lac_axpy(t->width, 1, t->sums + t->stride, t->sums);
  t->open = 1;
}

size_t lac_tree_bytes(const lac_treesum *t) { return t->open ? t->width * sizeof(double) : 0; }

size_t lac_tree_bytes_of(const lac_treesum *t, uint32_t first, uint32_t last) { return last > first ? t->width * sizeof(double) : 0; }

void lac_tree_pack(const lac_treesum *t, void *bytes)
{
  if (t->open)
    memcpy(bytes, t->sums, t->width * sizeof(double));
}

int lac_tree_unpack_push(lac_treesum *t, const void *bytes, size_t count)
{
  double *slot = lac_tree_slot(t);
  if (!slot)
    return LAC_ENOMEM;
  if (count >= t->width * sizeof(double)) {
    memcpy(slot, bytes, t->width * sizeof(double));
    lac_tree_push(t, 0, 0);
  }
  return LAC_OK;
}

const double *lac_tree_total(lac_treesum *t) { return t->sums; }
