/* mlp.c: a fully connected network with any number of hidden layers, for classification.  For a row a of class c

     a_0 = a,   a_l = phi(W_l a_(l-1) + b_l) in the hidden layers,   s = W_L a_(L-1) + b_L,   loss = log sum_k exp(s_k) - s_c

     f_i(x) = (1/m) sum_r loss_r + (lambda/2) |x|^2                                             phi: parts/network.h

   x is W_1 (row-major, one row an output), b_1, W_2, b_2, ...: what `layers` declares.

   With epsilon > 0 there is an adversary, who changes every feature of a row by at most epsilon:

     f_i(x) = (1/m) sum_r max_{|delta_r|_oo <= epsilon} loss_r(x; a_r + delta_r) + (lambda/2) |x|^2

   In place of the maximum stand `ascent` steps of projected sign ascent (Madry et al. 2018, arXiv:1706.06083) from delta = 0,

     delta <- P(delta + 2.5 epsilon/ascent sign(grad_a loss_r(x; a_r + delta)))

   P projects onto |delta|_oo <= epsilon and, with clip=unit, 0 <= a_r + delta <= 1.  One step is the fast gradient sign method
   (Goodfellow et al. 2015, arXiv:1412.6572).  The gradient of f_i is that in x at the last a_r + delta (Danskin).  Nothing is drawn.
   A test row is robust if it is classified right at a_r and at every point of `attack` such steps; accuracies and test loss are those
   at a_r.

   Rows come in blocks whose size depends on the number of features alone, so the sums do too.  Sparse rows meet W_1 transposed,
   where what belongs to a feature is contiguous.

   real=f32: rows, x and all matrices are rounded to f32, sums over rows too; f is summed in f64, and the gradient returned in it. */
#include "problem.h"
#include "parts/network.h"
#include "pulse.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLIP_NONE, CLIP_UNIT };

typedef struct {
  lac_widths hidden;
  uint64_t hidden2;
  int activation, real, clip;
  double lambda, epsilon;
  uint64_t ascent, attack;
} mlp_params;

static const lac_option options[] = {
  { "hidden", LAC_WIDTHS, offsetof(mlp_params, hidden), "32", "[1,65536]", .help = "units of the hidden layers: 32, or 200x100 for two",
    .model = 1 },
  { "hidden2", LAC_UINT, offsetof(mlp_params, hidden2), "0", "[0,65536]", .help = "units of one more hidden layer; 0: there is none",
    .model = 1 },
  { "activation", LAC_CHOICE, offsetof(mlp_params, activation), "tanh", .choices = LAC_ACTIVATIONS,
    .help = "of the hidden units; gelu in its tanh form", .model = 1 },
  { "lambda", LAC_REAL, offsetof(mlp_params, lambda), "0", ">=0", .help = "weight of lambda/2 |x|^2, weights and biases alike" },
  LAC_REAL_OPTION(mlp_params, real, "f64"),
  { "epsilon", LAC_REAL, offsetof(mlp_params, epsilon), "0", ">=0",
    .help = "most that an adversary changes every feature of a row by; 0: there is none" },
  { "ascent", LAC_UINT, offsetof(mlp_params, ascent), "3", "[0,1000]",
    .help = "the adversary's steps for a gradient, of 2.5 epsilon/ascent each; 0: training knows no adversary" },
  { "attack", LAC_UINT, offsetof(mlp_params, attack), "20", "[1,1000]",
    .help = "the adversary's steps for test_robust_accuracy, of 2.5 epsilon/attack each" },
  { "clip", LAC_CHOICE, offsetof(mlp_params, clip), "none", .choices = "none|unit",
    .help = "unit: the adversary stays within [0,1], the range of pixels" },
  { 0 }
};

/* The network of a rank and its scratch memory, which all shards share. */
typedef struct {
  lac_network network;
  size_t d;
  lac_layer *declared;
  double epsilon, least, most; /* of the adversary, and of the inputs that it makes */
  uint64_t ascent, attack;     /* its steps; 0: there is none */
  lac_reals gathered;          /* block x features: listed dense rows; sparse ones that are attacked */
  lac_reals perturbed;         /* block x features: what the adversary makes of them */
  lac_reals wt, gt;            /* W_1' and its gradient in panels, for sparse rows */
  lac_reals x, g;              /* of f32 */
} model;

/* ---- open ---- */

/* Features, hidden units, classes, of L + 1 widths; caller frees. */
static size_t *widths(const mlp_params *o, const lac_data_info *info, unsigned *layers)
{
  size_t hidden = o->hidden.count + (o->hidden2 > 0), *width = lac_alloc((hidden + 2) * sizeof *width);
  if (!width)
    return NULL;
  width[0] = info->d;
  for (size_t l = 0; l < o->hidden.count; l++)
    width[l + 1] = o->hidden.at[l];
  if (o->hidden2)
    width[hidden] = o->hidden2;
  width[hidden + 1] = info->classes;
  *layers = (unsigned)hidden + 1;
  return width;
}

static double parameters(unsigned layers, const size_t *width)
{
  double sum = 0;
  for (unsigned l = 1; l <= layers; l++)
    sum += (double)width[l] * (double)(width[l - 1] + 1);
  return sum;
}

static int open_network(lac_problem *p, model *k)
{
  const mlp_params *o = p->params;
  const lac_data_info *info = lac_data_about(p->data);
  unsigned layers = 0;
  size_t *width = widths(o, info, &layers);
  double numbers = width ? parameters(layers, width) : 0;
  int status = width ? LAC_OK : LAC_ENOMEM;
  if (numbers > INT32_MAX)
    status = lac_fail(LAC_EUSER, "--problem=mlp: %.0f parameters are too many; lower hidden or hidden2", numbers);
  if (status == LAC_OK)
    status = lac_network_open(&k->network, layers, width);
  free(width);
  LAC_TRY(status);
  k->network.activation = o->activation;
  k->network.precision = o->real;
  k->network.block = lac_classes_block(info->d);
  if (!(k->declared = lac_alloc(2 * layers * sizeof *k->declared)))
    return LAC_ENOMEM;
  p->d = k->d = lac_network_place(&k->network, 0, 1, k->declared);
  return LAC_OK;
}

static void open_adversary(lac_problem *p, model *k)
{
  const mlp_params *o = p->params;
  p->attacked = o->epsilon > 0;
  k->epsilon = o->epsilon;
  k->least = o->clip == CLIP_UNIT ? 0 : -INFINITY;
  k->most = o->clip == CLIP_UNIT ? 1 : INFINITY;
  k->ascent = p->attacked ? o->ascent : 0;
  k->attack = p->attacked ? o->attack : 0;
}

static int mlp_open(lac_problem *p)
{
  LAC_TRY(lac_classes_check("mlp", lac_data_about(p->data)));
  model *k = p->self = lac_alloc(sizeof *k);
  if (!k)
    return LAC_ENOMEM;
  open_adversary(p, k);
  return open_network(p, k);
}

static void mlp_close(lac_problem *p)
{
  model *k = p->self;
  if (!k)
    return;
  lac_network_close(&k->network);
  free(k->declared);
  free(k->gathered.f64);
  free(k->perturbed.f64);
  free(k->wt.f64);
  free(k->gt.f64);
  free(k->x.f64);
  free(k->g.f64);
  free(k);
  p->self = NULL;
}

static size_t mlp_layers(const lac_problem *p, const lac_layer **layers)
{
  const model *k = p->self;
  *layers = k->declared;
  return 2 * k->network.layers;
}

/* ---- load ---- */

static size_t panels(const lac_network *n) { return lac_classes_panels(n->precision, n->width[0], n->width[1]); }

/* Scratch is made with the first client's rows, when the room for it is known to be there. */
static int allocate_scratch(model *k, int sparse)
{
  lac_network *n = &k->network;
  LAC_TRY(lac_network_scratch(n, k->attack > 0));
  if (n->precision == LAC_IN_F32) {
    LAC_TRY(lac_classes_scratch(&k->x, n->precision, k->d));
    LAC_TRY(lac_classes_scratch(&k->g, n->precision, k->d));
  }
  if (!sparse || k->attack)
    LAC_TRY(lac_classes_scratch(&k->gathered, n->precision, n->block * n->width[0]));
  if (k->attack)
    LAC_TRY(lac_classes_scratch(&k->perturbed, n->precision, n->block * n->width[0]));
  if (!sparse)
    return LAC_OK;
  LAC_TRY(lac_classes_scratch(&k->wt, n->precision, panels(n)));
  return lac_classes_scratch(&k->gt, n->precision, panels(n));
}

static lac_footprint mlp_footprint(const lac_problem *p, double rows)
{
  const model *k = p->self;
  const lac_network *n = &k->network;
  int sparse = lac_data_sparse(p->data), blocks = (!sparse || k->attack) + (k->attack > 0);
  double numbers = lac_network_numbers(n, k->attack > 0) + (n->precision == LAC_IN_F32 ? 2 * (double)p->d : 0);
  numbers += blocks * (double)n->block * (double)n->width[0] + (sparse ? 2 * (double)panels(n) : 0);
  return lac_classes_footprint(n->precision, rows, numbers);
}

/* ---- the passes, in f64 and in f32 ---- */

static lac_slice slice(const model *k, const lac_class_rows *of, const uint32_t *list, size_t first, size_t count)
{
  return (lac_slice){ of, list, first, count - first < k->network.block ? count - first : k->network.block };
}

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "parts/attack.c"
#include "parts/passes.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "parts/attack.c"
#include "parts/passes.c"

/* ---- load, with the passes at hand ---- */

static int check_inputs(const lac_problem *p, const lac_class_rows *of)
{
  const model *k = p->self;
  double outside = (k->network.precision == LAC_IN_F32 ? find_outside_f32 : find_outside_f64)(k, of);
  if (outside == k->least)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "--problem=mlp: clip=unit wants features within [0,1], and dataset %s has %g; take clip=none or data that "
                  "are not normalised", lac_data_about(p->data)->name, outside);
}

static int mlp_load(const lac_problem *p, uint32_t client, void **shard)
{
  model *k = p->self;
  LAC_TRY(lac_classes_load(p->data, client, k->network.precision, 0, shard));
  LAC_TRY(allocate_scratch(k, ((const lac_class_rows *)*shard)->sparse));
  return k->attack && isfinite(k->least) ? check_inputs(p, *shard) : LAC_OK;
}

/* ---- the oracle ---- */

static int mlp_clipped_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double most,
                            double *f, double *g)
{
  const mlp_params *o = p->params;
  *f = (o->real == LAC_IN_F32 ? mean_over_f32 : mean_over_f64)(p->self, shard, list, count, x, most, g);
  if (o->lambda > 0) {      /* a pass over all weights takes as long as a product of a small batch */
    *f += o->lambda / 2 * lac_norm_sq(p->d, x);
    lac_axpy(p->d, o->lambda, x, g);
  }
  return LAC_OK;
}

static int mlp_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f,
                          double *g)
{
  return mlp_clipped_grad(p, shard, list, count, x, INFINITY, f, g);
}

static int mlp_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  return mlp_batch_grad(p, shard, NULL, lac_classes_count(shard), x, f, g);
}

static int mlp_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  const mlp_params *o = p->params;
  *score = (o->real == LAC_IN_F32 ? score_f32 : score_f64)(p->self, shard, x);
  return LAC_OK;
}

static int mlp_attack(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  const mlp_params *o = p->params;
  score->robust = (o->real == LAC_IN_F32 ? count_robust_f32 : count_robust_f64)(p->self, shard, x);
  return LAC_OK;
}

/* A step of the adversary has two of the three products of every layer. */
static double mlp_flops(const lac_problem *p, const void *shard)
{
  const model *k = p->self;
  const lac_network *n = &k->network;
  double rows = (double)lac_classes_count(shard), entries = k->ascent ? rows * (double)n->width[0] : lac_classes_entries(shard);
  double steps = (double)k->ascent * rows * lac_network_flops(n, 1, 1) * 2 / 3;
  return steps + 4 * entries * (double)n->width[1] + rows * lac_network_flops(n, 0, 0);
}

const lac_problem_type lac_problem_mlp = {
  .name = "mlp",
  .summary = "a fully connected network with any number of hidden layers, for any number of classes; start from --x0=glorot",
  .reference = "adversary: Goodfellow, Shlens, Szegedy, ICLR 2015, arXiv:1412.6572; Madry et al., ICLR 2018, arXiv:1706.06083",
  .options = options,
  .params_size = sizeof(mlp_params),
  .blas = 1,
  .labels = LAC_CLASSES,
  .open = mlp_open,
  .close = mlp_close,
  .load = mlp_load,
  .value_grad = mlp_value_grad,
  .batch_grad = mlp_batch_grad,
  .clipped_grad = mlp_clipped_grad,
  .layers = mlp_layers,
  .score = mlp_score,
  .attack = mlp_attack,
  .footprint = mlp_footprint,
  .gemm_flops = mlp_flops,
  LAC_CLASSES_SLOTS,
};
