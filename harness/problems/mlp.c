/* mlp.c: a fully connected network of one or two hidden layers for classification.  For a row a of class c

     a_0 = a,   a_l = phi(W_l a_(l-1) + b_l) in the hidden layers,   s = W_L a_(L-1) + b_L,   loss = log sum_k exp(s_k) - s_c

     f_i(x) = (1/m) sum_r loss_r + (lambda/2) |x|^2          phi = tanh or max(0, .), its slope at 0 taken as 0

   x is W_1 (row-major, one row an output), b_1, W_2, b_2, ...: what `layers` declares.  Backwards, with the rows of a block as the
   rows of matrices,

     D_L = (softmax(S) - onehot) / m,   grad W_l = D_l' A_(l-1),   grad b_l = D_l' 1,   D_(l-1) = (D_l W_l) * phi'(A_(l-1))

   Rows come in blocks whose size depends on the number of features alone, so the sums do too.  Sparse rows meet W_1 transposed,
   where what belongs to a feature is contiguous.

   precision=f32: rows, x and all matrices are rounded to f32, sums over rows too; f is summed in f64, and the gradient returned in it. */
#include "problem.h"
#include "elementary.h"
#include "parts/classes.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TANH, RELU };
enum { MOST = 3 };      /* layers of weights */

typedef struct {
  uint64_t hidden, hidden2;
  int activation, precision;
  double lambda;
} mlp_params;

static const lac_option options[] = {
  { "hidden", LAC_UINT, offsetof(mlp_params, hidden), "32", "[1,65536]", .help = "units of the first hidden layer" },
  { "hidden2", LAC_UINT, offsetof(mlp_params, hidden2), "0", "[0,65536]", .help = "units of the second hidden layer; 0: there is none" },
  { "activation", LAC_CHOICE, offsetof(mlp_params, activation), "tanh", .choices = "tanh|relu", .help = "of the hidden units" },
  { "lambda", LAC_REAL, offsetof(mlp_params, lambda), "0", ">=0", .help = "weight of lambda/2 |x|^2, weights and biases alike" },
  LAC_PRECISION_OPTION(mlp_params, precision),
  { 0 }
};

/* The network of a rank and its scratch memory, which all shards share. */
typedef struct {
  unsigned layers;                 /* L */
  size_t width[MOST + 1];          /* features, hidden units, classes */
  size_t w[MOST + 1], b[MOST + 1]; /* where W_l and b_l begin in x, l = 1..L */
  lac_layer declared[2 * MOST];
  size_t block;                    /* rows */
  lac_reals a[MOST + 1];           /* block x width[l]: A_l; a[0] only for listed dense rows; a[L] is S and then D_L */
  lac_reals delta[MOST + 1];       /* block x width[l]: D_l */
  lac_reals wt, gt;                /* W_1' and its gradient in panels, for sparse rows */
  lac_reals x, g;                  /* of f32 */
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
  return LAC_OK;
}

static void mlp_close(lac_problem *p)
{
  network *n = p->self;
  if (!n)
    return;
  for (unsigned l = 0; l <= MOST; l++) {
    free(n->a[l].f64);
    free(n->delta[l].f64);
  }
  free(n->wt.f64);
  free(n->gt.f64);
  free(n->x.f64);
  free(n->g.f64);
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

/* Scratch is made with the first client's rows, when the room for it is known to be there. */
static int allocate_scratch(const lac_problem *p, int sparse)
{
  network *n = p->self;
  int precision = ((const mlp_params *)p->params)->precision;
  for (unsigned l = 1; l <= n->layers; l++) {
    LAC_TRY(lac_classes_scratch(&n->a[l], precision, n->block * n->width[l]));
    LAC_TRY(lac_classes_scratch(&n->delta[l], precision, l < n->layers ? n->block * n->width[l] : 0));
  }
  if (precision == LAC_IN_F32) {
    LAC_TRY(lac_classes_scratch(&n->x, precision, p->d));
    LAC_TRY(lac_classes_scratch(&n->g, precision, p->d));
  }
  if (!sparse)
    return lac_classes_scratch(&n->a[0], precision, n->block * n->width[0]);
  size_t panels = lac_classes_panels(precision, n->width[0], n->width[1]);
  LAC_TRY(lac_classes_scratch(&n->wt, precision, panels));
  return lac_classes_scratch(&n->gt, precision, panels);
}

static lac_footprint mlp_footprint(const lac_problem *p, double rows)
{
  const network *n = p->self;
  int precision = ((const mlp_params *)p->params)->precision;
  double numbers = precision == LAC_IN_F32 ? 2 * (double)p->d : 0;
  for (unsigned l = 1; l <= n->layers; l++)
    numbers += (double)n->block * (double)n->width[l] * (l < n->layers ? 2 : 1);
  numbers += lac_data_sparse(p->data) ? 2 * (double)lac_classes_panels(precision, n->width[0], n->width[1])
                                      : (double)n->block * (double)n->width[0];
  return lac_classes_footprint(precision, rows, numbers);
}

static int mlp_load(const lac_problem *p, uint32_t client, void **shard)
{
  int precision = ((const mlp_params *)p->params)->precision;
  LAC_TRY(lac_classes_load(p->data, client, precision, 0, shard));
  return allocate_scratch(p, ((const lac_class_rows *)*shard)->sparse);
}

/* ---- the passes, in f64 and in f32 ---- */

static lac_slice slice(const network *n, const lac_class_rows *of, const uint32_t *list, size_t first, size_t count)
{
  return (lac_slice){ of, list, first, count - first < n->block ? count - first : n->block };
}

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "parts/network.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "parts/network.c"

/* ---- the oracle ---- */

static int mlp_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f,
                          double *g)
{
  const mlp_params *o = p->params;
  *f = (o->precision == LAC_IN_F32 ? mean_over_f32 : mean_over_f64)(p->self, o, shard, list, count, x, g);
  *f += o->lambda / 2 * lac_norm_sq(p->d, x);
  lac_axpy(p->d, o->lambda, x, g);
  return LAC_OK;
}

static int mlp_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  return mlp_batch_grad(p, shard, NULL, lac_classes_count(shard), x, f, g);
}

static int mlp_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  const mlp_params *o = p->params;
  *score = (o->precision == LAC_IN_F32 ? score_f32 : score_f64)(p->self, o, shard, x);
  return LAC_OK;
}

/* A layer has three products, two operations a weight and row each; the first one, whose inputs are data, has two. */
static double mlp_flops(const lac_problem *p, const void *shard)
{
  const network *n = p->self;
  double m = (double)lac_classes_count(shard), flops = 4 * lac_classes_entries(shard) * (double)n->width[1];
  for (unsigned l = 2; l <= n->layers; l++)
    flops += 6 * m * (double)(n->width[l - 1] * n->width[l]);
  return flops;
}

const lac_problem_type lac_problem_mlp = {
  .name = "mlp",
  .summary = "a fully connected network with one or two hidden layers, for any number of classes; start from --x0=glorot",
  .options = options,
  .params_size = sizeof(mlp_params),
  .blas = 1,
  .labels = LAC_CLASSES,
  .open = mlp_open,
  .close = mlp_close,
  .load = mlp_load,
  .value_grad = mlp_value_grad,
  .batch_grad = mlp_batch_grad,
  .layers = mlp_layers,
  .score = mlp_score,
  .footprint = mlp_footprint,
  .gemm_flops = mlp_flops,
  LAC_CLASSES_SLOTS,
};
