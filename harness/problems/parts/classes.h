/* classes.h: what problems over several classes share: labels as numbers of classes, data and arithmetic in f64 or f32, blocks of rows
   times a matrix (dense ones by lac_gemm), the softmax loss.  What computes exists in both, NAME_f64 and NAME_f32. */
#ifndef LAC_CLASSES_H
#define LAC_CLASSES_H

#include "blas.h"
#include "rows.h"

enum { LAC_IN_F64, LAC_IN_F32 };

#define LAC_REAL_OPTION(type, field, fallback_)                                                   \
  { "real", LAC_CHOICE, offsetof(type, field), fallback_, .choices = "f64|f32", .formerly = "precision", \
    .help = "numbers of data, products and activations; x, f and the gradient are f64 at either" }

/* Numbers in the precision of a problem. */
typedef union { double *f64; float *f32; } lac_reals;

/* EUSER, by the name of the problem, unless the labels are of 2 to 999 classes. */
int lac_classes_check(const char *problem, const lac_data_info *info);
/* How many rows make a block: a megabyte of dense features stays in the cache between the passes forwards and backwards. */
size_t lac_classes_block(size_t features);
/* count zeros, unless they are there. */
int lac_classes_scratch(lac_reals *to, int precision, size_t count);

/* ---- shards ---- */

/* The client's rows.  Labels are the numbers of their classes, 0 first; val and dense of `rows` have moved into those here. */
typedef struct {
  lac_rows *rows;
  int precision, sparse;
  lac_reals val, dense;
  double longest_sq;      /* max |a_r|^2 */
} lac_class_rows;

/* touch: find rows->touched, too. */
int lac_classes_load(const lac_data *data, uint32_t client, int precision, int touch, void **shard);
void lac_classes_unload(void *shard);
size_t lac_classes_count(const void *shard);
size_t lac_classes_bytes(const void *shard);
/* Numbers that are stored of its features. */
double lac_classes_entries(const void *shard);
/* What a problem takes beside its rows: so many numbers, and a copy of a client's rows (bytes) while they are rounded. */
lac_footprint lac_classes_footprint(int precision, double rows, double numbers);
/* lac_panels_size of the precision. */
size_t lac_classes_panels(int precision, size_t features, size_t width);
#define LAC_CLASSES_SLOTS .unload = lac_classes_unload, .shard_rows = lac_classes_count, .shard_bytes = lac_classes_bytes

/* factor[r], |g_r|^2 on entry, becomes share min(1, most/|g_r|). */
void lac_clip_factors(size_t rows, double share, double most, double *factor);

/* ---- in f64 and in f32 ---- */

/* Some rows of a shard, at most LAC_BLOCK: from `first` on, of all rows or of those listed. */
typedef struct {
  const lac_class_rows *of;
  const uint32_t *list;
  size_t first, count;
} lac_slice;

#define LAC_CLASSES_IN(REAL, T)                                                                                                     \
  /* Entries from `from` on of x, d doubles, as the precision has them: x itself, or copied into `room`. */                         \
  const REAL *T(lac_narrow)(size_t d, size_t from, const double *x, REAL *room);                                                    \
  /* Where entries from `from` on of a gradient are summed, zeros now: g itself, or room, which is zeros and is so again at the end.  \
     Sums of many rows, whose rounding would show in f32, go there part by part; `more`: g has the parts before. */                 \
  REAL *T(lac_sum_begin)(size_t d, size_t from, double *g, REAL *room);                                                             \
  void T(lac_sum_end)(size_t d, size_t from, int more, REAL *sum, double *g);                                                       \
  /* Dense rows as a matrix (count x features, a row every *ld): where they are or, when listed, gathered in `room`. */             \
  const REAL *T(lac_slice_dense)(const lac_slice *s, REAL *room, size_t *ld);                                                       \
  /* Row r of the slice, sparse or dense, as all of its features. */                                                                \
  void T(lac_slice_row)(const lac_slice *s, size_t r, REAL *to);                                                                    \
  /* square[r] = |row r|^2, of a matrix with a row every ld and of the rows of a slice. */                                          \
  void T(lac_row_squares)(size_t rows, size_t cols, const REAL *of, size_t ld, double *square);                                     \
  void T(lac_slice_squares)(const lac_slice *s, double *square);                                                                    \
  /* A matrix of features x width as what follows wants it, in lac_panels_size numbers, zeros at first: element (j, k) is           \
     from[j down + k across], and goes back to to[j down + k across], zeros being left. */                                          \
  size_t T(lac_panels_size)(size_t features, size_t width);                                                                         \
  void T(lac_panels_pack)(size_t features, size_t width, const double *from, size_t down, size_t across, REAL *to);                 \
  void T(lac_panels_unpack)(size_t features, size_t width, REAL *from, size_t down, size_t across, double *to);                     \
  /* Z (count x width) = A W for sparse rows A, W packed. */                                                                        \
  void T(lac_slice_times)(const lac_slice *s, size_t width, const REAL *w, REAL *z);                                                \
  /* G (packed) += A'D, D count x width. */                                                                                         \
  void T(lac_slice_add)(const lac_slice *s, size_t width, const REAL *delta, REAL *g);                                              \
  /* The sum of the rows' log sum_k exp(s_k) - s_c, c the row's class; the scores S (count x classes) become                        \
     share (softmax(S) - onehot). */                                                                                                \
  double T(lac_slice_softmax)(const lac_slice *s, size_t classes, double share, REAL *score);                                       \
  /* Into the sum: the rows' losses, and how many have their largest score at their own class; of equal ones the first counts. */   \
  void T(lac_slice_score)(const lac_slice *s, size_t classes, REAL *score, lac_score *sum);                                         \
  /* right[r] stays 1 where row r has its largest score at its own class, and becomes 0 elsewhere. */                               \
  void T(lac_slice_right)(const lac_slice *s, size_t classes, const REAL *score, uint8_t *right);

#define LAC_NAME_F64(name) name##_f64
#define LAC_NAME_F32(name) name##_f32
LAC_CLASSES_IN(double, LAC_NAME_F64)
LAC_CLASSES_IN(float, LAC_NAME_F32)

#endif
