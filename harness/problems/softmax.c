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

typedef struct { lac_regulariser reg; } softmax_params;

static const lac_option options[] = { LAC_REGULARISER_OPTIONS(softmax_params, reg, "none", "0.001"), { 0 } };

/* The classes, and scratch memory that all shards share. */
typedef struct {
  size_t features, classes, block;
  double *score;               /* block x classes */
  double *gathered;            /* block x features: listed dense rows */
  double *w, *g;               /* W and its gradient in panels, for sparse rows */
  lac_layer layer;
} model;

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
                .layer = { "W", info->d, info->classes, 0, 0 } };
  p->d = k->features * k->classes;
  k->score = lac_alloc(k->block * k->classes * sizeof *k->score);
  return k->score ? LAC_OK : LAC_ENOMEM;
}

static void softmax_close(lac_problem *p)
{
  model *k = p->self;
  if (k) {
    free(k->score);
    free(k->gathered);
    free(k->w);
    free(k->g);
  }
  free(k);
  p->self = NULL;
}

static size_t softmax_layers(const lac_problem *p, const lac_layer **layers)
{
  *layers = &((const model *)p->self)->layer;
  return 1;
}

static int scratch(double **to, size_t count)
{
  if (!*to)
    *to = lac_alloc(count * sizeof **to);
  return *to ? LAC_OK : LAC_ENOMEM;
}

/* A shard is the client's rows, its labels the numbers of their classes. */
static int softmax_load(const lac_problem *p, uint32_t client, void **shard)
{
  model *k = p->self;
  lac_rows *rows;
  LAC_TRY(lac_data_shard(p->data, client, &rows));
  *shard = rows;
  LAC_TRY(lac_classes_number(lac_data_about(p->data), rows));
  if (rows->dense)
    LAC_TRY(scratch(&k->gathered, k->block * k->features));
  else {
    LAC_TRY(scratch(&k->w, lac_panels_size_f64(k->features, k->classes)));
    LAC_TRY(scratch(&k->g, lac_panels_size_f64(k->features, k->classes)));
  }
  return ((const softmax_params *)p->params)->reg.over == LAC_OVER_TOUCHED ? lac_rows_touch(rows) : LAC_OK;
}

/* ---- a block ---- */

static double losses(const model *k, const lac_slice *s, double share) { return lac_slice_softmax_f64(s, k->classes, share, k->score); }

/* What stands between the two passes over a block: S becomes D, and the sum of the losses is returned. */
typedef double (*middle)(const model *k, const lac_slice *s, double share);

/* S = A W, for sparse rows with W as it was packed; the matrix of dense rows, NULL for sparse ones. */
static const double *forward(const model *k, const lac_slice *s, const double *w, size_t *ld)
{
  int count = (int)s->count, d = (int)k->features, classes = (int)k->classes;
  if (!s->rows->dense) {
    lac_slice_times_f64(s, k->classes, k->w, k->score);
    return NULL;
  }
  const double *a = lac_slice_dense(s, k->gathered, ld);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, count, classes, d, 1, a, (int)*ld, w, classes, 0, k->score, classes);
  return a;
}

static double pass(const model *k, const lac_slice *s, double share, const double *w, middle between, double *g)
{
  int count = (int)s->count, d = (int)k->features, classes = (int)k->classes;
  size_t ld;
  const double *a = forward(k, s, w, &ld);
  double sum = between(k, s, share);
  if (a)
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, d, classes, count, 1, a, (int)ld, k->score, classes, 1, g, classes);
  else
    lac_slice_add_f64(s, k->classes, k->score, k->g);
  return sum;
}

/* Mean over `count` rows, all or listed. */
static double mean_over(const lac_problem *p, const lac_rows *rows, const uint32_t *list, size_t count, const double *w, middle between,
                        double *g)
{
  const model *k = p->self;
  double share = count ? 1 / (double)count : 0, sum = 0;
  lac_zero(p->d, g);
  if (!rows->dense) {
    lac_panels_pack_f64(k->features, k->classes, w, k->classes, 1, k->w);
    lac_zero(lac_panels_size_f64(k->features, k->classes), k->g);
  }
  for (size_t first = 0; first < count; first += k->block) {
    lac_slice s = { rows, list, first, count - first < k->block ? count - first : k->block };
    sum += pass(k, &s, share, w, between, g);
  }
  if (!rows->dense)
    lac_panels_unpack_f64(k->features, k->classes, k->g, k->classes, 1, g);
  return sum * share;
}

/* ---- the oracle ---- */

/* The regulariser of W: a touched feature counts with all its classes. */
static double regularise(const lac_problem *p, const lac_rows *rows, const double *x, double *g)
{
  const lac_regulariser *reg = &((const softmax_params *)p->params)->reg;
  const model *k = p->self;
  double sum = 0;
  if (!rows->touched)
    return lac_regulariser_value_grad(reg, NULL, p->d, x, g);
  for (size_t j = 0; j < k->features; j++)
    if (rows->touched[j])
      sum += lac_regulariser_value_grad(reg, NULL, k->classes, x + j * k->classes, g + j * k->classes);
  return sum;
}

static int softmax_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  const lac_rows *rows = shard;
  *f = mean_over(p, rows, NULL, rows->m, x, losses, g);
  *f += regularise(p, rows, x, g);
  return LAC_OK;
}

static int softmax_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f,
                              double *g)
{
  *f = mean_over(p, shard, list, count, x, losses, g);
  *f += regularise(p, shard, x, g);
  return LAC_OK;
}

static int softmax_score(const lac_problem *p, const void *shard, const double *x, uint64_t *right, uint64_t *count)
{
  const model *k = p->self;
  const lac_rows *rows = shard;
  size_t ld;
  *right = 0;
  *count = rows->m;
  if (!rows->dense)
    lac_panels_pack_f64(k->features, k->classes, x, k->classes, 1, k->w);
  for (size_t first = 0; first < rows->m; first += k->block) {
    lac_slice s = { rows, NULL, first, rows->m - first < k->block ? rows->m - first : k->block };
    forward(k, &s, x, &ld);
    *right += lac_slice_right_f64(&s, k->classes, k->score);
  }
  return LAC_OK;
}

/* D = (share/2) S (I - 11'/K) */
static double centre(const model *k, const lac_slice *s, double share)
{
  for (size_t r = 0; r < s->count; r++) {
    double *score = k->score + r * k->classes, mean = 0;
    for (size_t c = 0; c < k->classes; c++)
      mean += score[c] / (double)k->classes;
    for (size_t c = 0; c < k->classes; c++)
      score[c] = share / 2 * (score[c] - mean);
  }
  return 0;
}

static int softmax_curvature(const lac_problem *p, const void *shard, const double *v, double *out)
{
  const lac_regulariser *reg = &((const softmax_params *)p->params)->reg;
  const lac_rows *rows = shard;
  const model *k = p->self;
  mean_over(p, rows, NULL, rows->m, v, centre, out);
  if (!rows->touched)
    lac_regulariser_curvature(reg, NULL, p->d, v, out);
  for (size_t j = 0; rows->touched && j < k->features; j++)
    if (rows->touched[j])
      lac_regulariser_curvature(reg, NULL, k->classes, v + j * k->classes, out + j * k->classes);
  return LAC_OK;
}

static int softmax_row_smoothness(const lac_problem *p, const void *shard, double *L)
{
  *L = lac_rows_longest_sq(shard) / 2 + lac_regulariser_bend(&((const softmax_params *)p->params)->reg);
  return LAC_OK;
}

static int softmax_support(const lac_problem *p, const void *shard, uint8_t *touched)
{
  const model *k = p->self;
  lac_rows_touched(shard, touched);
  for (size_t j = k->features; j-- > 0;)      /* from the end, where nothing is overwritten that is still to be read */
    memset(touched + j * k->classes, touched[j], k->classes);
  if (lac_regulariser_everywhere(&((const softmax_params *)p->params)->reg))
    memset(touched, 1, p->d);
  return LAC_OK;
}

const lac_problem_type lac_problem_softmax = {
  .name = "softmax",
  .summary = "multinomial logistic regression for any number of classes, with an l2, a nonconvex or no regulariser",
  .reference = "with the nonconvex regulariser: Fatkhullin, Tyurin, Richtarik, EF21-SGDM, NeurIPS 2023, arXiv:2305.15155",
  .options = options,
  .params_size = sizeof(softmax_params),
  .labels = LAC_CLASSES,
  .open = softmax_open,
  .close = softmax_close,
  .load = softmax_load,
  .value_grad = softmax_value_grad,
  .batch_grad = softmax_batch_grad,
  .curvature = softmax_curvature,
  .row_smoothness = softmax_row_smoothness,
  .support = softmax_support,
  .layers = softmax_layers,
  .score = softmax_score,
  LAC_ROWS_SLOTS,
};
