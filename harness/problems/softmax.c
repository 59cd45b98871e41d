/* softmax.c: multinomial logistic regression.  For a row a of class c out of K, x being W (features x K, row-major: what belongs to a
   feature is contiguous)

     s = W'a,   loss = log sum_k exp(s_k) - s_c,   f_i(x) = (1/m) sum_r loss_r + reg(x)             reg: regulariser.h
     grad = (1/m) A'(softmax(S) - onehot)

   A row's Hessian is (diag(q) - qq') (x) aa' with q = softmax(s), and diag(q) - qq' <= (I - 11'/K)/2: Boehning 1992,
   "Multinomial logistic regression algorithm". */
#include "parts/classes.h"
#include "parts/regulariser.h"
#include "vec.h"

#include <stdlib.h>

typedef struct { lac_regulariser reg; int real; } softmax_params;

static const lac_option options[] = { LAC_REGULARISER_OPTIONS(softmax_params, reg, "none", "0.001"),
                                      LAC_REAL_OPTION(softmax_params, real, "f64"), { 0 } };

/* The classes, and scratch memory that all shards share. */
typedef struct {
  size_t features, classes, block;
  lac_reals score;             /* block x classes */
  lac_reals gathered;          /* block x features: listed dense rows */
  lac_reals w, g;              /* of sparse rows: W and its gradient in panels */
  lac_reals x, sum;            /* of f32 */
  double most;                 /* that a row's own gradient may have, while it is clipped */
  lac_layer layer;
} model;

static int precision_of(const lac_problem *p) { return ((const softmax_params *)p->params)->real; }

static int softmax_open(lac_problem *p)
{
  const softmax_params *o = p->params;
  const lac_data_info *info = lac_data_about(p->data);
  LAC_TRY(lac_regulariser_check(&o->reg, "--problem=softmax", 0.001));
  LAC_TRY(lac_classes_check("softmax", info));
  if ((double)info->d * info->classes > INT32_MAX)
    return lac_fail(LAC_EUSER, "--problem=softmax: %zu features times %u classes are too many parameters", info->d, info->classes);
  model *k = p->self = lac_alloc(sizeof *k);
  if (!k)
    return LAC_ENOMEM;
  *k = (model){ .features = info->d, .classes = info->classes, .block = lac_classes_block(info->d),
                .layer = { "W", info->d, info->classes, .kind = LAC_WEIGHT, .group = 1 } };
  p->d = k->features * k->classes;
  p->blas = !lac_data_sparse(p->data);      /* a sparse row meets W in an order of its own */
  return LAC_OK;
}

static void softmax_close(lac_problem *p)
{
  model *k = p->self;
  if (!k)
    return;
  free(k->score.f64);
  free(k->gathered.f64);
  free(k->w.f64);
  free(k->g.f64);
  free(k->x.f64);
  free(k->sum.f64);
  free(k);
  p->self = NULL;
}

static size_t softmax_layers(const lac_problem *p, const lac_layer **layers)
{
  *layers = &((const model *)p->self)->layer;
  return 1;
}

/* Scratch is made with the first client's rows, when the room for it is known to be there. */
static int allocate_scratch(const lac_problem *p, int sparse)
{
  model *k = p->self;
  int precision = precision_of(p);
  LAC_TRY(lac_classes_scratch(&k->score, precision, k->block * k->classes));
  if (precision == LAC_IN_F32) {
    LAC_TRY(lac_classes_scratch(&k->x, precision, p->d));
    LAC_TRY(lac_classes_scratch(&k->sum, precision, p->d));
  }
  if (!sparse)
    return lac_classes_scratch(&k->gathered, precision, k->block * k->features);
  size_t panels = lac_classes_panels(precision, k->features, k->classes);
  LAC_TRY(lac_classes_scratch(&k->w, precision, panels));
  return lac_classes_scratch(&k->g, precision, panels);
}

/* A shard is a lac_class_rows; rows->touched are the features that it touches. */
static int softmax_load(const lac_problem *p, uint32_t client, void **shard)
{
  LAC_TRY(lac_classes_load(p->data, client, precision_of(p), 1, shard));
  return allocate_scratch(p, ((const lac_class_rows *)*shard)->sparse);
}

/* ---- the passes, in f64 and in f32 ---- */

static lac_slice slice(const model *k, const lac_class_rows *of, const uint32_t *list, size_t first, size_t count)
{
  return (lac_slice){ of, list, first, count - first < k->block ? count - first : k->block };
}

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "parts/scores.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "parts/scores.c"

/* ---- the oracle ---- */

/* Of the rows' features, those that the regulariser sums over; NULL: all. */
static const uint8_t *summed(const lac_problem *p, const void *shard)
{
  const lac_regulariser *reg = &((const softmax_params *)p->params)->reg;
  return reg->over == LAC_OVER_TOUCHED ? ((const lac_class_rows *)shard)->rows->touched : NULL;
}

/* The regulariser of W: a touched feature counts with all its classes. */
static double regularise(const lac_problem *p, const void *shard, const double *x, double *g)
{
  const lac_regulariser *reg = &((const softmax_params *)p->params)->reg;
  const model *k = p->self;
  const uint8_t *touched = summed(p, shard);
  double sum = 0;
  if (!touched)
    return lac_regulariser_value_grad(reg, NULL, p->d, x, g);
  for (size_t j = 0; j < k->features; j++)
    if (touched[j])
      sum += lac_regulariser_value_grad(reg, NULL, k->classes, x + j * k->classes, g + j * k->classes);
  return sum;
}

static int softmax_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f,
                              double *g)
{
  if (precision_of(p) == LAC_IN_F32)
    *f = mean_over_f32(p->self, shard, list, count, x, losses_f32, g);
  else
    *f = mean_over_f64(p->self, shard, list, count, x, losses_f64, g);
  *f += regularise(p, shard, x, g);
  return LAC_OK;
}

static int softmax_clipped_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double most,
                                double *f, double *g)
{
  ((model *)p->self)->most = most;
  if (precision_of(p) == LAC_IN_F32)
    *f = mean_over_f32(p->self, shard, list, count, x, clipped_f32, g);
  else
    *f = mean_over_f64(p->self, shard, list, count, x, clipped_f64, g);
  *f += regularise(p, shard, x, g);
  return LAC_OK;
}

static int softmax_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  return softmax_batch_grad(p, shard, NULL, lac_classes_count(shard), x, f, g);
}

static int softmax_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  *score = (precision_of(p) == LAC_IN_F32 ? score_f32 : score_f64)(p->self, shard, x);
  return LAC_OK;
}

static int softmax_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  const lac_regulariser *reg = &((const softmax_params *)p->params)->reg;
  const model *k = p->self;
  const uint8_t *touched = summed(p, shard);
  if (precision_of(p) == LAC_IN_F32)
    mean_over_f32(k, shard, NULL, lac_classes_count(shard), v, centre_f32, out);
  else
    mean_over_f64(k, shard, NULL, lac_classes_count(shard), v, centre_f64, out);
  if (!touched)
    lac_regulariser_curvature(reg, NULL, p->d, v, out);
  for (size_t j = 0; touched && j < k->features; j++)
    if (touched[j])
      lac_regulariser_curvature(reg, NULL, k->classes, v + j * k->classes, out + j * k->classes);
  return LAC_OK;
}

static int softmax_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  *L = ((const lac_class_rows *)shard)->longest_sq / 2 + lac_regulariser_bend(&((const softmax_params *)p->params)->reg);
  return LAC_OK;
}

static int softmax_support(const lac_problem *p, const void *shard, uint8_t *touched)
{
  const model *k = p->self;
  for (size_t j = 0; j < k->features; j++)
    memset(touched + j * k->classes, ((const lac_class_rows *)shard)->rows->touched[j], k->classes);
  if (lac_regulariser_everywhere(&((const softmax_params *)p->params)->reg))
    memset(touched, 1, p->d);
  return LAC_OK;
}

static lac_footprint softmax_footprint(const lac_problem *p, double rows)
{
  const model *k = p->self;
  int precision = precision_of(p);
  double numbers = (double)k->block * (double)k->classes + (precision == LAC_IN_F32 ? 2 * (double)p->d : 0);
  numbers += lac_data_sparse(p->data) ? 2 * (double)lac_classes_panels(precision, k->features, k->classes)
                                      : (double)k->block * (double)k->features;
  lac_footprint own = lac_classes_footprint(precision, rows, numbers);
  own.shard += (double)k->features + 64;      /* a byte for each: touched or not */
  return own;
}

/* S = A W and A'D: two operations an entry and class each. */
static double softmax_flops(const lac_problem *p, const void *shard)
{
  const model *k = p->self;
  return 4 * lac_classes_entries(shard) * (double)k->classes;
}

const lac_problem_type lac_problem_softmax = {
  .name = "softmax",
  .summary = "multinomial logistic regression for any number of classes, with an l2, a nonconvex or no regulariser",
  .reference = "with the nonconvex regulariser: Fatkhullin, Tyurin, Richtarik, EF21-SGDM, NeurIPS 2023, arXiv:2305.15155",
  .options = options,
  .params_size = sizeof(softmax_params),
  .blas = 1,
  .labels = LAC_CLASSES,
  .open = softmax_open,
  .close = softmax_close,
  .load = softmax_load,
  .value_grad = softmax_value_grad,
  .batch_grad = softmax_batch_grad,
  .clipped_grad = softmax_clipped_grad,
  .curvature = softmax_curvature,
  .row_smoothness = softmax_row_smoothness,
  .support = softmax_support,
  .layers = softmax_layers,
  .score = softmax_score,
  .footprint = softmax_footprint,
  .gemm_flops = softmax_flops,
  LAC_CLASSES_SLOTS,
};
