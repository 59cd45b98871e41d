/* classes.h: what problems over several classes share: labels as numbers of classes, blocks of rows times a matrix, the softmax loss. */
#ifndef LAC_CLASSES_H
#define LAC_CLASSES_H

#include "rows.h"

/* EUSER, by the name of the problem, unless the labels are of 2 to 999 classes. */
int lac_classes_check(const char *problem, const lac_data_info *info);
/* rows->y: labels become the numbers of their classes, 0 first. */
int lac_classes_number(const lac_data_info *info, lac_rows *rows);
/* How many rows make a block: a megabyte of dense features stays in the cache between the passes forwards and backwards. */
size_t lac_classes_block(size_t features);

/* Some rows of a shard, at most LAC_BLOCK: from `first` on, of all rows or of those listed. */
typedef struct {
  const lac_rows *rows;
  const uint32_t *list;
  size_t first, count;
} lac_slice;

/* Dense rows as a matrix (count x features, a row every *ld): where they are or, when listed, gathered in `room`. */
const double *lac_slice_dense(const lac_slice *s, double *room, size_t *ld);

/* A matrix of features x width as what follows wants it, in lac_panels_size numbers, zeros at first: element (j, k) is
   from[j down + k across], and goes back to to[j down + k across]. */
size_t lac_panels_size_f64(size_t features, size_t width);
void lac_panels_pack_f64(size_t features, size_t width, const double *from, size_t down, size_t across, double *to);
void lac_panels_unpack_f64(size_t features, size_t width, const double *from, size_t down, size_t across, double *to);
/* Z (count x width) = A W for sparse rows A, W packed. */
void lac_slice_times_f64(const lac_slice *s, size_t width, const double *w, double *z);
/* G (packed) += A'D, D count x width. */
void lac_slice_add_f64(const lac_slice *s, size_t width, const double *delta, double *g);
/* The sum of the rows' log sum_k exp(s_k) - s_c, c the row's class; the scores S (count x classes) become share (softmax(S) - onehot). */
double lac_slice_softmax_f64(const lac_slice *s, size_t classes, double share, double *score);
/* How many rows have their largest score at their own class; of equal ones the first counts. */
uint64_t lac_slice_right_f64(const lac_slice *s, size_t classes, const double *score);

#endif
