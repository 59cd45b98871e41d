/* Tree sums: however n clients are spread over ranks, the sum has the same bits. */
#include "ranks/treesum.h"
#include "tap.h"

#include <stdlib.h>
#include <math.h>

enum { MOST = 70, WIDTH = 5 };

static double leaf(uint32_t client, size_t j) { return ldexp(sin(1 + client * 7.3 + (double)j * 1.9), (int)((client * 13 + j * 5) % 7)); }

static uint32_t draw(uint32_t below)
{
  static uint32_t state = 1;
  state = state * 1664525 + 1013904223;
  return (uint32_t)((uint64_t)(state >> 8) * below >> 24);
}

/* The definition: whole blocks of 2^l clients, halved recursively; blocks are added right to left. */
static double block(uint32_t first, uint32_t size, size_t j)
{
  return size == 1 ? leaf(first, j) : block(first, size / 2, j) + block(first + size / 2, size / 2, j);
}

static double defined(uint32_t first, uint32_t count, size_t j)
{
  uint32_t size = 1;
  while (size <= count / 2)
    size *= 2;
  return size == count ? block(first, size, j) : block(first, size, j) + defined(first + size, count - size, j);
}

/* Each rank adds up its range; rank 0 goes on with their bytes. */
static int sum_of_ranks(const uint32_t *starting, unsigned ranks, double *total)
{
  lac_treesum root, own;
  int status = LAC_OK;
  lac_tree_open(&root, WIDTH);
  lac_tree_open(&own, WIDTH);
  for (unsigned r = 0; r < ranks; r++) {
    lac_tree_clear(&own);
    for (uint32_t i = starting[r]; i < starting[r + 1]; i++) {
      double *slot = lac_tree_slot(&own);
      for (size_t j = 0; j < WIDTH; j++)
        slot[j] = leaf(i, j);
      lac_tree_push(&own, 0, i);
    }
    size_t size = lac_tree_bytes(&own);
    void *bytes = malloc(size + 1);
    lac_tree_pack(&own, bytes);
    status |= lac_tree_unpack_push(&root, bytes, size);
    free(bytes);
  }
  memcpy(total, lac_tree_total(&root), WIDTH * sizeof *total);
  lac_tree_close(&own);
  lac_tree_close(&root);
  return status;
}

static int by_number(const void *a, const void *b)
{
  const uint32_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

int main(void)
{
  unsigned wrong = 0, even = 0, uneven = 0, naive_same = 0;
  for (uint32_t n = 1; n <= MOST; n++) {
    double want[WIDTH], have[WIDTH];
    uint32_t starting[MOST + 2] = { 0, n };
    for (size_t j = 0; j < WIDTH; j++)
      want[j] = defined(0, n, j);
    wrong += sum_of_ranks(starting, 1, have) != LAC_OK || memcmp(have, want, sizeof want) != 0;
    for (unsigned p = 1; p <= 8; p++) {
      for (unsigned r = 0; r <= p; r++)
        starting[r] = n * r / p;
      even += sum_of_ranks(starting, p, have) != LAC_OK || memcmp(have, want, sizeof want) != 0;
    }
    for (int trial = 0; trial < 200; trial++) {
      unsigned p = 1 + draw(12);
      for (unsigned r = 1; r < p; r++)
        starting[r] = draw(n + 1);
      starting[0] = 0;
      starting[p] = n;
      qsort(starting + 1, p - 1, sizeof *starting, by_number);
      uneven += sum_of_ranks(starting, p, have) != LAC_OK || memcmp(have, want, sizeof want) != 0;
    }
    int same = 1;
    for (size_t j = 0; j < WIDTH; j++) {
      double naive = 0;
      for (uint32_t i = 0; i < n; i++)
        naive += leaf(i, j);
      same &= naive == want[j];
    }
    naive_same += (unsigned)same;
  }
  is_u64(wrong, 0, "one rank: the sum is the tree that the header describes");
  is_u64(even, 0, "1 to 8 ranks, also more ranks than clients: the same bits");
  is_u64(uneven, 0, "any split in up to 12 ranges, also empty ones: the same bits");
  ok(naive_same < MOST / 4, "the numbers are such that another order gives other bits (%u of %u agree)", naive_same, MOST);
  return done();
}
