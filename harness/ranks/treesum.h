/* treesum.h: the sum of one vector per client, with a shape that depends on n alone.

   A binary tree over client ids: node (level, index) covers the ids [index 2^level, (index+1) 2^level) and is the sum of its two
   children.  A rank adds up the whole nodes inside its range; rank 0 goes on with the nodes of all ranks in order,
   and the additions are the same ones whatever the ranges were. */
#ifndef LAC_TREESUM_H
#define LAC_TREESUM_H

#include "base.h"

enum { LAC_TREE_DEPTH = 66 };      /* at most two open nodes a level */

typedef struct {
  size_t width;                    /* doubles in a node */
  size_t stride;
  unsigned open;                   /* nodes on the stack */
  struct { uint32_t level, index; } node[LAC_TREE_DEPTH];
  double *sums;                    /* LAC_TREE_DEPTH x stride, grown as needed */
  unsigned rows;
} lac_treesum;

void lac_tree_open(lac_treesum *t, size_t width);
void lac_tree_close(lac_treesum *t);
void lac_tree_clear(lac_treesum *t);
/* Where to put the next node's vector (garbage on entry; all `width` entries must be written); NULL: no memory. */
double *lac_tree_slot(lac_treesum *t);
/* The slot is filled: it is node (level, index).  Nodes come in ascending order. */
void lac_tree_push(lac_treesum *t, uint32_t level, uint32_t index);

/* The open nodes as bytes, and back: for the trip to rank 0. */
size_t lac_tree_bytes(const lac_treesum *t);
/* Of a tree with all clients first..last-1. */
size_t lac_tree_bytes_of(const lac_treesum *t, uint32_t first, uint32_t last);
void lac_tree_pack(const lac_treesum *t, void *bytes);
int lac_tree_unpack_push(lac_treesum *t, const void *bytes, size_t count);
/* Add up what is still open, right to left; the sum of all, valid until the next clear. */
const double *lac_tree_total(lac_treesum *t);

#endif
