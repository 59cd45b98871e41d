#include "ranks/treesum.h"

#include "vec.h"
#include <stdlib.h>

void lac_tree_open(lac_treesum *t, size_t width)
{
  *t = (lac_treesum){ .width = width, .stride = lac_stride(width) };
}

void lac_tree_close(lac_treesum *t)
{
  free(t->sums);
  *t = (lac_treesum){ 0 };
}

void lac_tree_clear(lac_treesum *t) { t->open = 0; }

double *lac_tree_slot(lac_treesum *t)
{
  if (t->open == t->rows) {
    unsigned rows = t->rows + 8;
    double *more = lac_alloc(rows * t->stride * sizeof *more);
    if (!more)
      return NULL;
    if (t->sums)
      memcpy(more, t->sums, t->rows * t->stride * sizeof *more);
    free(t->sums);
    t->sums = more;
    t->rows = rows;
  }
  return t->sums + t->open * t->stride;
}

/* The top node into the one below it. */
static void merge(lac_treesum *t)
{
  double *top = t->sums + --t->open * t->stride;
  lac_axpy(t->width, 1, top, top - t->stride);
}

void lac_tree_push(lac_treesum *t, uint32_t level, uint32_t index)
{
  t->node[t->open].level = level;
  t->node[t->open++].index = index;
  while (t->open > 1) {
    unsigned top = t->open - 1;
    int siblings = t->node[top].level == t->node[top - 1].level && t->node[top].index % 2 == 1 &&
                   t->node[top - 1].index == t->node[top].index - 1;
    if (!siblings)
      return;
    merge(t);
    t->node[top - 1].level++;
    t->node[top - 1].index /= 2;
  }
}

static size_t node_bytes(const lac_treesum *t) { return sizeof t->node[0] + t->width * sizeof(double); }

size_t lac_tree_bytes(const lac_treesum *t) { return t->open * node_bytes(t); }

size_t lac_tree_bytes_of(const lac_treesum *t, uint32_t first, uint32_t last)
{
  size_t nodes = 0;
  for (uint64_t at = first, size; at < last; at += size, nodes++)
    for (size = 1; at % (2 * size) == 0 && at + 2 * size <= last; size *= 2)
      continue;
  return nodes * node_bytes(t);
}

void lac_tree_pack(const lac_treesum *t, void *bytes)
{
  char *p = bytes;
  for (unsigned i = 0; i < t->open; i++, p += node_bytes(t)) {
    memcpy(p, &t->node[i], sizeof t->node[i]);
    memcpy(p + sizeof t->node[i], t->sums + i * t->stride, t->width * sizeof(double));
  }
}

int lac_tree_unpack_push(lac_treesum *t, const void *bytes, size_t count)
{
  const char *p = bytes;
  uint32_t name[2];
  for (size_t at = 0; at + node_bytes(t) <= count; at += node_bytes(t)) {
    double *slot = lac_tree_slot(t);
    if (!slot)
      return LAC_ENOMEM;
    memcpy(name, p + at, sizeof name);
    memcpy(slot, p + at + sizeof name, t->width * sizeof(double));
    lac_tree_push(t, name[0], name[1]);
  }
  return LAC_OK;
}

const double *lac_tree_total(lac_treesum *t)
{
  while (t->open > 1)
    merge(t);
  return t->sums;
}
