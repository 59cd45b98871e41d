/* lowrank.h: rank-r factors of the layers of a vector.  A layer of a x b numbers M travels as P (a x r) and Q (b x r) when these are fewer
   than a b, and in full otherwise: biases, vectors, small matrices.

   Factors are stored by columns: p_1..p_r, each of a numbers, then q_1..q_r, each of b.  All factors of a vector fit into d numbers. */
#ifndef LAC_LOWRANK_H
#define LAC_LOWRANK_H

#include "compressor.h"

/* A part of the vector from x[offset] on: a matrix by its factors, or rows x 1 numbers in full (rank = 0). */
typedef struct { size_t rows, cols, offset, rank; } lac_part;

/* The i-th part; 0: there is none.  A part is a layer; where no layer has more than one column, the vector is taken as a matrix of
   floor(sqrt(d)) rows and as many columns as fit, and what is left of it. */
int lac_part_of(const lac_site *s, uint64_t rank, size_t i, lac_part *part);
static inline size_t lac_part_numbers(const lac_part *p) { return p->rank ? p->rank * (p->rows + p->cols) : p->rows; }

/* P = M Q;  Q = M' P;  y += scale P Q' where `row` is room for cols numbers: EFORMAT when P Q' is not finite. */
void lac_times(const lac_part *p, const double *m, const double *q, double *to);
void lac_times_transposed(const lac_part *p, const double *m, const double *columns, double *to);
int lac_outer_add(const lac_part *p, const double *columns, const double *q, double scale, double *row, double *y);

/* `count` columns of `size` numbers become orthonormal, in their order; one that lies in the span of those before it becomes 0. */
void lac_orthonormalise(size_t size, size_t count, double *columns);

#endif
