/* mlp.c: a fully connected network of one or two hidden layers for classification.  For a row a of class c

     a_0 = a,   a_l = phi(W_l a_(l-1) + b_l) in the hidden layers,   s = W_L a_(L-1) + b_L,   loss = log sum_k exp(s_k) - s_c

     f_i(x) = (1/m) sum_r loss_r + (lambda/2) |x|^2          phi = tanh or max(0, .), its slope at 0 taken as 0

   x is W_1 (row-major, one row an output), b_1, W_2, b_2, ...: what `layers` declares.  Backwards, with the rows of a block as the
   rows of matrices,

     D_L = (softmax(S) - onehot) / m,   grad W_l = D_l' A_(l-1),   grad b_l = D_l' 1,   D_(l-1) = (D_l W_l) * phi'(A_(l-1))

   Rows come in blocks whose size depends on the number of features alone, so the sums do too.  Sparse rows meet W_1 transposed,
   where what belongs to a feature is contiguous. */
#include "problem.h"
#include "parts/classes.h"
#include "parts/softplus.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TANH, RELU };
enum { MOST = 3 };      /* layers of weights */

typedef struct {
  uint64_t hidden, hidden2;
  int activation;
  double lambda;
} mlp_params;

static const lac_option options[] = {
  { "hidden", LAC_UINT, offsetof(mlp_params, hidden), "32", "[1,65536]", .help = "units of the first hidden layer" },
  { "hidden2", LAC_UINT, offsetof(mlp_params, hidden2), "0", "[0,65536]", .help = "units of the second hidden layer; 0: there is none" },
  { "activation", LAC_CHOICE, offsetof(mlp_params, activation), "tanh", .choices = "tanh|relu", .help = "of the hidden units" },
  { "lambda", LAC_REAL, offsetof(mlp_params, lambda), "0", ">=0", .help = "weight of lambda/2 |x|^2, weights and biases alike" },
  { 0 }
};

/* The network of a rank and its scratch memory, which all shards share. */
typedef struct {
  unsigned layers;                 /* L */
  size_t width[MOST + 1];          /* features, hidden units, classes */
  size_t w[MOST + 1], b[MOST + 1]; /* where W_l and b_l begin in x, l = 1..L */
  lac_layer declared[2 * MOST];
  size_t block;                    /* rows */
  double *a[MOST + 1];             /* block x width[l]: A_l; a[0] only for listed dense rows; a[L] is S and then D_L */
  double *delta[MOST + 1];         /* block x width[l]: D_l */
  double *wt, *gt;                 /* W_1' and its gradient in panels, for sparse rows */
} network;

/* ---- open ---- */

static void declare(network *n)
{
  static const char *const names[] = { "W1", "b1", "W2", "b2", "W3", "b3" };
  size_t at = 0;
  for (unsigned l = 1; l <= n->layers; l++) {
    lac_layer *w = &n->declared[2 * l - 2], *b = w + 1;
    *w = (lac_layer){ names[2 * l - 2], n->width[l], n->width[l - 1], n->w[l] = at, 0 };
    at += w->rows * w->cols;
    *b = (lac_layer){ names[2 * l - 1], n->width[l], 1, n->b[l] = at, 1 };
    at += b->rows;
  }
}

static size_t parameters(const network *n) { return n->b[n->layers] + n->width[n->layers]; }

static int scratch(double **to, size_t rows, size_t cols)
{
  if (!*to)
    *to = lac_alloc(rows * cols * sizeof **to);
  return *to ? LAC_OK : LAC_ENOMEM;
}

static int mlp_open(lac_problem *p)
{
  const mlp_params *o = p->params;
  const lac_data_info *info = lac_data_about(p->data);
  LAC_TRY(lac_classes_check("mlp", info));
  network *n = p->self = lac_alloc(sizeof *n);
  if (!n)
    return LAC_ENOMEM;
  n->width[n->layers++] = info->d;
  n->width[n->layers++] = o->hidden;
  if (o->hidden2)
    n->width[n->layers++] = o->hidden2;
  n->width[n->layers] = info->classes;
  declare(n);
  if (parameters(n) > INT32_MAX)
    return lac_fail(LAC_EUSER, "--problem=mlp: %zu parameters are too many; lower hidden or hidden2", parameters(n));
  p->d = parameters(n);
  n->block = lac_classes_block(info->d);
  for (unsigned l = 1; l <= n->layers; l++) {
    LAC_TRY(scratch(&n->a[l], n->block, n->width[l]));
    LAC_TRY(scratch(&n->delta[l], n->block, l < n->layers ? n->width[l] : 0));
  }
  return LAC_OK;
}

static void mlp_close(lac_problem *p)
{
  network *n = p->self;
  for (unsigned l = 0; n && l <= MOST; l++) {
    free(n->a[l]);
    free(n->delta[l]);
  }
  if (n) {
    free(n->wt);
    free(n->gt);
  }
  free(n);
  p->self = NULL;
}

static size_t mlp_layers(const lac_problem *p, const lac_layer **layers)
{
  const network *n = p->self;
  *layers = n->declared;
  return 2 * n->layers;
}

/* ---- load ---- */

/* A shard is the client's rows, its labels the numbers of their classes. */
static int mlp_load(const lac_problem *p, uint32_t client, void **shard)
{
  network *n = p->self;
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  *shard = rows;
  LAC_TRY(lac_classes_number(lac_data_about(p->data), rows));
  if (rows->dense)
    return scratch(&n->a[0], n->block, n->width[0]);
  LAC_TRY(scratch(&n->wt, lac_panels_size_f64(n->width[0], n->width[1]), 1));
  return scratch(&n->gt, lac_panels_size_f64(n->width[0], n->width[1]), 1);
}

/* ---- matrices of rows ---- */

/* C (m x n) = beta C + A (m x k) B' (n x k) */
static void times_transposed(size_t m, size_t n, size_t k, const double *a, size_t lda, const double *b, double beta, double *c)
{
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)k, 1, a, (int)lda, b, (int)k, beta, c, (int)n);
}

/* C (m x n) = A (m x k) B (k x n) */
static void times(size_t m, size_t n, size_t k, const double *a, const double *b, double *c)
{
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)k, b, (int)n, 0, c, (int)n);
}

/* C (m x n) += A' (k x m) B (k x n) */
static void add_transposed_times(size_t m, size_t n, size_t k, const double *a, const double *b, size_t ldb, double *c)
{
  cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)m, b, (int)ldb, 1, c, (int)n);
}

/* Every row of Z += b. */
static void add_bias(size_t rows, size_t cols, const double *b, double *z)
{
  for (size_t r = 0; r < rows; r++)
    lac_axpy(cols, 1, b, z + r * cols);
}

/* g += the rows of D. */
static void add_rows(size_t rows, size_t cols, const double *delta, double *g)
{
  for (size_t r = 0; r < rows; r++)
    lac_axpy(cols, 1, delta + r * cols, g);
}

/* ---- activations ---- */

/* tanh within 1e-15 of itself, in plain arithmetic: (1 - e) / (1 + e) with e = exp(-2|z|), and its series near 0, where 1 - e cancels. */
static inline double tangent(double z)
{
  double q = z * z, e = lac_exp_minus_f64(2 * fabs(z)), far = copysign((1 - e) / (1 + e), z);
  double near = z - z * q * (1.0 / 3 - q * (2.0 / 15 - q * (17.0 / 315 - q * (62.0 / 2835 - q * (1382.0 / 155925 -
                q * (21844.0 / 6081075 - q * (929569.0 / 638512875)))))));
  return fabs(z) < 0.125 ? near : far;
}

LAC_VECTORISED
static void apply_tanh(size_t count, double *restrict z)
{
  for (size_t i = 0; i < count; i++)
    z[i] = tangent(z[i]);
}

/* A NaN stays. */
static void apply_relu(size_t count, double *restrict z)
{
  for (size_t i = 0; i < count; i++)
    z[i] = z[i] < 0 ? 0 : z[i];
}

/* D *= phi'(z), which phi(z) = a tells. */
static void times_slope(int activation, size_t count, const double *restrict a, double *restrict delta)
{
  if (activation == TANH)
    for (size_t i = 0; i < count; i++)
      delta[i] *= 1 - a[i] * a[i];
  else
    for (size_t i = 0; i < count; i++)
      delta[i] = a[i] > 0 ? delta[i] : 0;
}

/* ---- a block ---- */

static void forward(network *n, const mlp_params *o, const lac_slice *s, const double *x, const double *a0, size_t ld)
{
  for (unsigned l = 1; l <= n->layers; l++) {
    size_t in = n->width[l - 1], out = n->width[l];
    if (l > 1)
      times_transposed(s->count, out, in, n->a[l - 1], in, x + n->w[l], 0, n->a[l]);
    else if (a0)
      times_transposed(s->count, out, in, a0, ld, x + n->w[1], 0, n->a[1]);
    else
      lac_slice_times_f64(s, out, n->wt, n->a[1]);
    add_bias(s->count, out, x + n->b[l], n->a[l]);
    if (l < n->layers)
      (o->activation == TANH ? apply_tanh : apply_relu)(s->count * out, n->a[l]);
  }
}

static void backward(network *n, const mlp_params *o, const lac_slice *s, const double *x, const double *a0, size_t ld, double *g)
{
  for (unsigned l = n->layers; l >= 1; l--) {
    size_t in = n->width[l - 1], out = n->width[l];
    const double *delta = l == n->layers ? n->a[l] : n->delta[l];
    add_rows(s->count, out, delta, g + n->b[l]);
    if (l > 1) {
      add_transposed_times(out, in, s->count, delta, n->a[l - 1], in, g + n->w[l]);
      times(s->count, in, out, delta, x + n->w[l], n->delta[l - 1]);
      times_slope(o->activation, s->count * in, n->a[l - 1], n->delta[l - 1]);
    } else if (a0)
      add_transposed_times(out, in, s->count, delta, a0, ld, g + n->w[1]);
    else
      lac_slice_add_f64(s, out, delta, n->gt);
  }
}

/* ---- the oracle ---- */

/* Mean over `count` rows, all or listed. */
static int gradient(const lac_problem *p, const lac_rows *rows, const uint32_t *list, size_t count, const double *x, double *f, double *g)
{
  network *n = p->self;
  const mlp_params *o = p->params;
  size_t ld = 0;
  double share = count ? 1 / (double)count : 0, sum = 0;
  lac_zero(p->d, g);
  if (!rows->dense) {
    lac_panels_pack_f64(n->width[0], n->width[1], x + n->w[1], 1, n->width[0], n->wt);
    lac_zero(lac_panels_size_f64(n->width[0], n->width[1]), n->gt);
  }
  for (size_t first = 0; first < count; first += n->block) {
    lac_slice s = { rows, list, first, count - first < n->block ? count - first : n->block };
    const double *a0 = rows->dense ? lac_slice_dense(&s, n->a[0], &ld) : NULL;
    forward(n, o, &s, x, a0, ld);
    sum += lac_slice_softmax_f64(&s, n->width[n->layers], share, n->a[n->layers]);
    backward(n, o, &s, x, a0, ld, g);
  }
  if (!rows->dense)
    lac_panels_unpack_f64(n->width[0], n->width[1], n->gt, 1, n->width[0], g + n->w[1]);
  *f = sum * share + o->lambda / 2 * lac_norm_sq(p->d, x);
  lac_axpy(p->d, o->lambda, x, g);
  return LAC_OK;
}

static int mlp_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  const lac_rows *rows = shard;
  return gradient(p, rows, NULL, rows->m, x, f, g);
}

static int mlp_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f,
                          double *g)
{
  return gradient(p, shard, list, count, x, f, g);
}

static int mlp_score(const lac_problem *p, const void *shard, const double *x, uint64_t *right, uint64_t *count)
{
  network *n = p->self;
  const lac_rows *rows = shard;
  size_t ld = 0;
  *right = 0;
  *count = rows->m;
  if (!rows->dense)
    lac_panels_pack_f64(n->width[0], n->width[1], x + n->w[1], 1, n->width[0], n->wt);
  for (size_t first = 0; first < rows->m; first += n->block) {
    lac_slice s = { rows, NULL, first, rows->m - first < n->block ? rows->m - first : n->block };
    const double *a0 = rows->dense ? lac_slice_dense(&s, n->a[0], &ld) : NULL;
    forward(n, p->params, &s, x, a0, ld);
    *right += lac_slice_right_f64(&s, n->width[n->layers], n->a[n->layers]);
  }
  return LAC_OK;
}

const lac_problem_type lac_problem_mlp = {
  .name = "mlp",
  .summary = "a fully connected network with one or two hidden layers, for any number of classes; start from --x0=glorot",
  .options = options,
  .params_size = sizeof(mlp_params),
  .labels = LAC_CLASSES,
  .open = mlp_open,
  .close = mlp_close,
  .load = mlp_load,
  .value_grad = mlp_value_grad,
  .batch_grad = mlp_batch_grad,
  .layers = mlp_layers,
  .score = mlp_score,
  LAC_ROWS_SLOTS,
};
