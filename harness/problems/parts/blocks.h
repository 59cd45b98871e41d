/* blocks.h: one block of numbers a client, from text files: a file for each ("%d" in the name is the client, from 0) or one
   file with the blocks of all stacked. */
#ifndef LAC_BLOCKS_H
#define LAC_BLOCKS_H

#include "problem.h"

typedef struct {
  const char *what, *name;      /* "--problem=quadratic", the name as given */
  uint32_t n;
  size_t size;                  /* numbers in a block; 0: not known yet */
  double *all;                  /* stacked */
  size_t longest;               /* bytes of the text of a file */
} lac_blocks;

/* size: numbers in a block, or 0: that of client 0 with %d, the file's share with a stack.  Adds the bytes of all files to
   p->fingerprint.  EUSER: a sentence with the file and the reason. */
int lac_blocks_open(lac_blocks *b, lac_problem *p, const char *what, const char *name, size_t size);
/* Client's block; *owned: the caller frees it, else it lies in the stack.  EUSER when its size differs from b->size. */
int lac_blocks_get(const lac_blocks *b, uint32_t client, double **block, int *owned);
/* Of blocks and of the text that they are read from. */
lac_footprint lac_blocks_footprint(const lac_blocks *b);
void lac_blocks_close(lac_blocks *b);
/* EUSER unless the d x d block is symmetric to rounding. */
int lac_blocks_check_symmetric(const lac_blocks *b, uint32_t client, const double *a, size_t d);

#endif
