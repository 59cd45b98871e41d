/* source.h: what the files of datasets/ share.  Nothing outside this folder includes it. */
#ifndef LAC_DATASETS_SOURCE_H
#define LAC_DATASETS_SOURCE_H

#include "data.h"

/* Read one decimal number at *p, whatever the locale, to exactly what strtod gives in the C locale, and move *p behind
   it.  0 when there is none; the value may be infinite (1e999).  Hexadecimal, "inf" and "nan" are not numbers here. */
int lac_parse_decimal(const char **p, double *value);
/* The 1-based line on which `at` stands. */
size_t lac_line_of(const char *text, const char *at);
/* Copy what stands at `at` up to a blank into buf for a message: at most size - 1 printable characters. */
const char *lac_excerpt(const char *at, char *buf, size_t size);

/* Whether the bytes begin as an IDX file does, which no text does. */
int lac_is_idx(const char *bytes, size_t size);
/* The file of labels that belongs to a file of images; malloc'd, NULL and lac_fail. */
char *lac_idx_labels(const char *path);

/* Rows with room for m rows of d features and nnz entries; CSR when `sparse`, else dense.  NULL and lac_fail. */
lac_rows *lac_rows_new(size_t m, size_t d, size_t nnz, int sparse);
/* The storage rule: CSR when at most a quarter of the entries are non-zero. */
int lac_rows_sparse(size_t m, size_t d, size_t nnz);

/* The entry of that manifest name, or NULL. */
const lac_manifest_entry *lac_manifest_entry_of(const char *name);

/* Who gets which rows of a file: client i gets rows order[first[i]] .. order[first[i + 1] - 1] (order NULL: the
   identity). */
typedef struct {
  size_t *first;         /* n + 1 */
  size_t *order;         /* NULL, or all rows */
} lac_assignment;

/* `kind` is an index into lac_splits.  On failure nothing is left to free. */
int lac_split_assign(int kind, const void *params, const lac_seeds *seeds, const lac_rows *rows, uint32_t n, lac_assignment *to);
/* The factor on the features of client i of n, and whether the option makes sense at all (EUSER). */
double lac_split_scale(const void *params, uint32_t client, uint32_t n);
int lac_split_check(const void *params);
/* Whether it does nothing but scale, so that rows which are drawn for each client need no splitting. */
int lac_split_is_plain(int kind, const void *params);

/* A generator: rows that are a function of (params, seeds, n, client). */
typedef struct {
  lac_data_kind kind;
  int (*open)(void **self, const void *params, const lac_seeds *seeds, uint32_t n, lac_data_info *info);
  size_t (*rows)(const void *self);                         /* of every client */
  int (*shard)(const void *self, uint32_t client, lac_rows **rows);
  void (*close)(void *self);                                /* NULL is fine */
} lac_generator;
extern const lac_generator lac_generator_spectral, lac_generator_synthetic;

#endif
