/* rows.c: labelled rows in memory, dense or CSR. */
#include "rows.h"

#include <stdlib.h>

size_t lac_rows_nnz(const lac_rows *r)
{
  if (r->ptr)
    return r->ptr[r->m];
  size_t nnz = 0;
  for (size_t i = 0; i < r->m; i++)
    for (size_t j = 0; j < r->d; j++)
      nnz += r->dense[i * r->ld + j] != 0;
  return nnz;
}

size_t lac_rows_bytes(const lac_rows *r)
{
  size_t labels = r->m * sizeof *r->y;
  if (r->ptr)
    return labels + (r->m + 1) * sizeof *r->ptr + r->ptr[r->m] * ((r->col ? sizeof *r->col : 0) + (r->val ? sizeof *r->val : 0));
  return labels + r->m * r->ld * sizeof *r->dense;
}

void lac_rows_free(lac_rows *r)
{
  if (!r)
    return;
  free(r->y);
  free(r->dense);
  free(r->ptr);
  free(r->col);
  free(r->val);
  free(r->place);
  free(r->touched);
  free(r->columns);
  free(r);
}

int lac_rows_sparse(size_t m, size_t d, size_t nnz) { return (double)nnz * 4 <= (double)m * (double)d; }

static int allocate(lac_rows *r, size_t nnz, int sparse)
{
  r->y = lac_alloc(r->m * sizeof *r->y);
  if (!sparse) {
    r->ld = r->d >= 8 ? lac_stride(r->d) : r->d;
    r->dense = lac_alloc(r->m * r->ld * sizeof *r->dense);
    return r->y && r->dense;
  }
  r->ptr = lac_alloc((r->m + 1) * sizeof *r->ptr);
  r->col = lac_alloc(nnz * sizeof *r->col);
  r->val = lac_alloc(nnz * sizeof *r->val);
  return r->y && r->ptr && r->col && r->val;
}

double lac_rows_forecast(double m, size_t d, double nnz, int sparse)
{
  double ld = (double)(d >= 8 ? lac_stride(d) : d), labels = sizeof(double), places = sizeof(uint32_t);
  return 512 + m * labels + (sparse ? m * (sizeof(size_t) + places) + nnz * (sizeof(uint32_t) + sizeof(double)) : m * ld * sizeof(double));
}

lac_rows *lac_rows_new(size_t m, size_t d, size_t nnz, int sparse)
{
  lac_rows *r = calloc(1, sizeof *r);
  if (!r) {
    lac_fail(LAC_ENOMEM, "out of memory for %zu rows", m);
    return NULL;
  }
  r->m = m;
  r->d = d;
  if (allocate(r, nnz, sparse))
    return r;
  lac_rows_free(r);
  return NULL;
}
