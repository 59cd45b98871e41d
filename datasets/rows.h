/* rows.h: labelled rows in memory; data.h has their type, and what others ask of them. */
#ifndef LAC_DATASETS_ROWS_H
#define LAC_DATASETS_ROWS_H

#include "data.h"

/* Bytes of such rows with all that lac_rows_new and lac_rows_arrange (harness/problems/parts/rows.h) put beside them. */
double lac_rows_forecast(double m, size_t d, double nnz, int sparse);
/* Rows with room for m rows of d features and nnz entries; CSR when `sparse`, else dense.  NULL and lac_fail. */
lac_rows *lac_rows_new(size_t m, size_t d, size_t nnz, int sparse);
/* The storage rule: CSR when at most a quarter of the entries are non-zero. */
int lac_rows_sparse(size_t m, size_t d, size_t nnz);

#endif
