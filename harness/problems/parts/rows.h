/* rows.h: what problems share whose f_i is a mean over rows, f_i(x) = (1/m) sum_r phi(a_r.x, y_r). */
#ifndef LAC_ROWS_H
#define LAC_ROWS_H

#include "problem.h"

/* Rows come in blocks: to a link at most LAC_LINK_ROWS, so that it can keep a few numbers a row on its stack. */
enum { LAC_BLOCK = 256, LAC_LINK_ROWS = 512 };

/* For a block of `m` rows: z[r] = a_r.x on entry.  Return sum_r phi(z_r, y_r) and leave phi'(z_r, y_r) in z. */
typedef double (*lac_link)(const double *y, double *z, size_t m);

/* How many of these rows z classifies right, before the link. */
typedef uint64_t (*lac_right)(const double *y, const double *z, size_t m);

/* A feature that is 1 in every row and is not stored: z[r] = a_r.x + x, where x is its coordinate.  Of a gradient, g = (1/m) sum phi' is
   left here. */
typedef struct { double x, g; } lac_intercept;

/* x[0] + ... + x[m-1] in an order that eight lanes can follow. */
double lac_sum(const double *x, size_t m);

/* Sparse rows in the form that gradients read, for `load`.  They are sorted by their number of nonzeros, so that a loop over a row ends
   where the last one did; the order of the rows of a shard means nothing to f_i, and rows->place still finds a row of the data.  Values
   that are all 1 are dropped, and where columns of such rows are long, columns.h has them. */
int lac_rows_arrange(lac_rows *rows);

/* *f = (1/m) sum phi, g = (1/m) sum phi' a_r: rows cross the memory bus once.  c NULL, here and below: without an intercept. */
void lac_rows_value_grad(const lac_rows *rows, const double *x, lac_intercept *c, lac_link link, double *f, double *g);
/* The same for the mean over `count` rows, listed by their numbers in the data; one of them may come twice. */
void lac_rows_batch_grad(const lac_rows *rows, const uint32_t *list, size_t count, const double *x, lac_intercept *c, lac_link link,
                         double *f, double *g);
/* The same with phi' a_r of every row cut down to at most that length (problem.h); list NULL: all rows. */
void lac_rows_clipped_grad(const lac_rows *rows, const uint32_t *list, size_t count, const double *x, lac_link link, double most, double *f,
                           double *g);
/* The sum of phi, and the rows that are right (`right` NULL: none); all rows. */
void lac_rows_score(const lac_rows *rows, const double *x, const lac_intercept *c, lac_link link, lac_right right, lac_score *score);
/* touched[j] = 1 where a row has an entry above 1e-9 in magnitude, for d bytes that are zero at first. */
void lac_rows_touched(const lac_rows *rows, uint8_t *touched);
/* The same into rows->touched. */
int lac_rows_touch(lac_rows *rows);
/* max_r |a_r|^2. */
double lac_rows_longest_sq(const lac_rows *rows);
/* out = (1/m) A'(A v). */
void lac_rows_gram(const lac_rows *rows, const double *v, double *out);

/* Slots of every problem whose shard is a lac_rows. */
void lac_rows_unload(void *shard);
size_t lac_rows_count(const void *shard);
size_t lac_rows_pass_bytes(const void *shard);
#define LAC_ROWS_SLOTS .unload = lac_rows_unload, .shard_rows = lac_rows_count, .shard_bytes = lac_rows_pass_bytes

#endif
