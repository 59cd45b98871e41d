/* PowerSGD: every matrix M of a x b becomes the product of two factors of rank r, one step of the power iteration from the Q of the round
   before:

     P = M Q        orthonormalised, column by column        Q = M' P        C(M) = P Q' = P P' M

   Biases, vectors and matrices that are no larger than their factors are sent in full.

   Here every client has its own P and Q, so that its message means C(M) and any method can use it; the error memory of EF14, for example,
   is M - P Q'.  The paper averages P and then Q over the clients, and its error memory is M - P Q' with the averaged factors: that is
   the method powersgd (algorithms/low-communication/powersgd.c).

   Where Q comes from:
     warm      the last Q of this client, kept in the encoder; a column of zeros (at first; of a matrix of lower rank) is drawn, N(0,1)
     svd       the right singular vectors of M: the best approximation of rank r
     guarded   as warm, but as svd where warm would keep less of M than alpha promises

   Contraction.  P is orthonormal, so C is a projection: |C(M) - M|^2 = |M|^2 - |P' M|^2 = |M|^2 - |Q|^2.  With singular vectors |Q|^2 is
   the sum of the r largest of m = min(a, b) squared singular values, at least (r/m) |M|^2: alpha = r/m for svd, and for guarded, which
   compares |Q|^2 with that.  warm has no alpha: the rows of the next M may be orthogonal to the last Q.

   (OpenBLAS computes the singular vectors: their last bits may differ on another CPU.)

   Wire: of each part, P by columns and then Q by columns, or the part itself. */
#include "parts/lowrank.h"
#include "blas.h"
#include "rng.h"
#include "vec.h"

#include <math.h>

typedef struct { uint64_t rank; int from, value; } params;
static const lac_option options[] = {
  { "rank", LAC_UINT, offsetof(params, rank), "2", "[1,1000000]", NULL, "columns of the factors" },
  { "from", LAC_CHOICE, offsetof(params, from), "guarded", NULL, "guarded|warm|svd",
    "warm: the Q of the round before, no alpha; svd: singular vectors; guarded: warm, but svd rather than less than alpha" },
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a value" },
  { 0 }
};
enum { GUARDED, WARM, SVD };

static const params *of(const lac_site *s) { return s->params; }
static int part_of(const lac_site *s, size_t i, lac_part *part) { return lac_part_of(s, of(s)->rank, i, part); }

/* ---- singular vectors ---- */

static size_t svd_room(const lac_part *p)
{
  size_t n = p->rows < p->cols ? p->rows : p->cols;
  return p->rows * p->cols + n * (n + 1 + LAC_EIGEN_ROOM);
}

/* The largest eigenvectors of M M' or M' M, whichever is smaller, to `to`; the last one is that of the largest. */
static int singular_vectors(const lac_part *p, const double *m, double *room, double *to)
{
  int wide = p->rows <= p->cols, why;
  size_t n = wide ? p->rows : p->cols, depth = wide ? p->cols : p->rows;
  double *scaled = room, *gram = scaled + p->rows * p->cols, *value = gram + n * n;
  double most = lac_largest(p->rows * p->cols, m);
  for (size_t i = 0; i < p->rows * p->cols; i++)
    scaled[i] = most > 0 ? m[i] / most : 0;
  lac_gram(wide ? CblasNoTrans : CblasTrans, n, depth, scaled, gram);
  why = lac_eigenvectors(n, gram, n - p->rank + 1, n, value, to, value + n);
  return why == 0 ? LAC_OK : lac_fail(LAC_EBUG, "powersgd: LAPACK's dsyevr says %d", why);
}

/* ---- the factors ---- */

static void draw_zero_columns(const lac_site *s, const lac_part *p, double *q)
{
  for (size_t k = 0; k < p->rank; k++)
    if (lac_largest(p->cols, q + k * p->cols) == 0)
      lac_rng_normal(s->rng, q + k * p->cols, p->cols, 1);
}

static int by_svd(const lac_site *s, const lac_part *p, const double *m, double *columns, double *q)
{
  int wide = p->rows <= p->cols;
  double *room = lac_scratch(s, 1, svd_room(p) * sizeof *room);
  if (!room)
    return LAC_ENOMEM;
  LAC_TRY(singular_vectors(p, m, room, wide ? columns : q));
  if (!wide)
    lac_times(p, m, q, columns);
  lac_orthonormalise(p->rows, p->rank, columns);
  lac_times_transposed(p, m, columns, q);
  return LAC_OK;
}

static int by_power(const lac_site *s, const lac_part *p, const double *m, const double *memory, double *columns, double *q)
{
  if (memory)
    lac_copy(p->rank * p->cols, memory, q);
  else
    lac_zero(p->rank * p->cols, q);
  draw_zero_columns(s, p, q);
  lac_times(p, m, q, columns);
  if (!lac_all_finite(p->rank * p->rows, columns))
    return lac_fail(LAC_EDIVERGED, "powersgd: a product of the matrix is not finite");
  lac_orthonormalise(p->rows, p->rank, columns);
  lac_times_transposed(p, m, columns, q);
  return LAC_OK;
}

static double promised(const lac_part *p) { return (double)p->rank / (double)(p->rows < p->cols ? p->rows : p->cols); }

/* |x|^2 in units of most^2. */
static double size_of(size_t count, const double *x, double most)
{
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += x[i] / most * (x[i] / most);
  return sum;
}

static int keeps_too_little(const lac_part *p, const double *m, const double *q)
{
  size_t numbers = p->rows * p->cols;
  double whole = lac_norm_sq(numbers, m), kept = lac_norm_sq(p->rank * p->cols, q);
  if (!(whole > 1e-200 && whole < 1e200)) {      /* squares may be out of range */
    double most = lac_largest(numbers, m), unit = most > 0 ? most : 1;
    whole = size_of(numbers, m, unit);
    kept = size_of(p->rank * p->cols, q, unit);
  }
  return kept < promised(p) * whole;
}

/* Only directions matter; scaled, they cannot overflow in the next round. */
static void remember(const lac_part *p, const double *q, double *memory)
{
  for (size_t k = 0; k < p->rank; k++) {
    const double *from = q + k * p->cols;
    double most = lac_largest(p->cols, from);
    for (size_t j = 0; j < p->cols; j++)
      memory[k * p->cols + j] = most > 0 ? from[j] / most : 0;
  }
}

static int put_factors(const lac_site *s, const lac_part *p, const double *m, double *memory, lac_msg *to)
{
  double *columns = lac_scratch(s, 0, lac_part_numbers(p) * sizeof *columns), *q = columns + p->rank * p->rows;
  if (!columns)
    return LAC_ENOMEM;
  if (of(s)->from != SVD)
    LAC_TRY(by_power(s, p, m, memory, columns, q));
  if (of(s)->from == SVD || (of(s)->from == GUARDED && keeps_too_little(p, m, q)))
    LAC_TRY(by_svd(s, p, m, columns, q));
  if (memory)
    remember(p, q, memory);
  return lac_msg_put_reals(to, (lac_value)of(s)->value, columns, lac_part_numbers(p));
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  double *memory = of(s)->from == SVD ? NULL : s->state;
  lac_part p;
  if (!lac_all_finite(s->d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  for (size_t i = 0; part_of(s, i, &p); i++) {
    if (p.rank)
      LAC_TRY(put_factors(s, &p, x + p.offset, memory, m));
    else
      LAC_TRY(lac_msg_put_reals(m, (lac_value)of(s)->value, x + p.offset, p.rows));
    if (memory)
      memory += p.rank * p.cols;
  }
  return LAC_OK;
}

static int add_factors(const lac_site *s, const lac_part *p, double scale, lac_msg *m, double *y)
{
  double *columns = lac_scratch(s, 0, lac_part_numbers(p) * sizeof *columns), *row = lac_scratch(s, 1, p->cols * sizeof *row);
  if (!columns || !row)
    return LAC_ENOMEM;
  LAC_TRY(lac_msg_get_reals(m, (lac_value)of(s)->value, columns, lac_part_numbers(p)));
  return lac_outer_add(p, columns, columns + p->rank * p->rows, scale, row, y);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  lac_part p;
  for (size_t i = 0; part_of(s, i, &p); i++)
    if (p.rank)
      LAC_TRY(add_factors(s, &p, scale, m, y + p.offset));
    else
      LAC_TRY(lac_msg_add_reals(m, (lac_value)of(s)->value, scale, y + p.offset, p.rows));
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact)
{
  uint64_t numbers = 0;
  lac_part p;
  *exact = 1;
  for (size_t i = 0; part_of(s, i, &p); i++)
    numbers += lac_part_numbers(&p);
  return numbers * lac_value_bits((lac_value)of(s)->value);
}

/* Rounding the factors to f32 moves P Q' by less than 2^-23 |M|, and |C(M) - M|^2 by less than 2^-21 |M|^2. */
static int alpha(const lac_site *s, double *a)
{
  double rounding = of(s)->value == LAC_F32 ? 0x1p-21 : 0;
  lac_part p;
  *a = 1;
  for (size_t i = 0; part_of(s, i, &p); i++)
    if (p.rank)
      *a = of(s)->from == WARM ? 0 : fmin(*a, promised(&p) - rounding);
  return *a > 0 ? LAC_OK : LAC_ENOTSUP;
}

/* Unbiased only where everything is sent in full. */
static int omega(const lac_site *s, double *w)
{
  lac_part p;
  *w = 0;
  for (size_t i = 0; part_of(s, i, &p); i++)
    if (p.rank)
      return LAC_ENOTSUP;
  return LAC_OK;
}

static size_t state_size(const lac_site *s)
{
  size_t numbers = 0;
  lac_part p;
  for (size_t i = 0; of(s)->from != SVD && part_of(s, i, &p); i++)
    numbers += p.rank * p.cols;
  return numbers;
}

const lac_compressor_type lac_compressor_powersgd = {
  .name = "powersgd",
  .summary = "low rank, a power iteration a layer; biased, alpha = rank/min(rows, cols)",
  .reference = "Vogels, Karimireddy, Jaggi 2019, arXiv:1905.13727",
  .options = options,
  .params_size = sizeof(params),
  .blas = 1,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
  .state_size = state_size,
};
