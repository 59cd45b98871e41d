/* lora.c: low-rank adapters around a problem (Hu et al., ICLR 2022, arXiv:2106.09685): "lora:rank=4,base=R.h5+mlp:hidden=32".

   The base's vector w is frozen.  Of every matrix W_k of it (rows x cols) that `on` names, in the order of w, x holds A_k (rank x cols) and
   B_k (rows x rank), layers "A.NAME" and "B.NAME", and the base is asked at

     W_k + s B_k A_k,   s = alpha/rank,     everything else as in w

   With G_k the base's gradient by W_k there,   grad A_k = s B_k' G_k,   grad B_k = s G_k A_k'.

   It starts at B = 0 and A uniform in -+1/sqrt(cols), where f is the base's at w and grad A is 0; from A = B = 0 nothing would move.

   freeze=A (FFA-LoRA: Sun et al., ICLR 2024, arXiv:2403.12313): x is the B_k alone, A_k is what it would start from, or that of a file, so
   that the mean of products over clients is the product of the means. */
#include "problem.h"
#include "vec.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { FREEZE_NONE, FREEZE_A };

typedef struct {
  uint64_t rank;
  double alpha;
  char *on, *base, *factors;
  int freeze;
} params;

static const lac_option options[] = {
  { "rank", LAC_UINT, offsetof(params, rank), "4", "[1,65536]", .help = "columns of B and rows of A", .model = 1 },
  { "alpha", LAC_REAL, offsetof(params, alpha), "0", ">=0", .help = "B A is multiplied by alpha/rank; 0: alpha is rank", .model = 1 },
  { "on", LAC_TEXT, offsetof(params, on), "",
    .help = "matrices that are adapted, with + between them: W1+W2; W alone is W1, W2, ...; without it the problem says which",
    .model = 1 },
  { "base", LAC_TEXT, offsetof(params, base), "",
    .help = "frozen vector: a result of the problem, or text with one number a line; without it, the problem's own start" },
  { "freeze", LAC_CHOICE, offsetof(params, freeze), "none", .choices = "none|A", .help = "A: only B is trained and sent", .model = 1 },
  { "factors", LAC_TEXT, offsetof(params, factors), "", .help = "with freeze=A: its numbers, a text; without it, they are drawn" },
  { 0 }
};

/* A matrix that is adapted.  Offsets: of the matrix in w; of A and B in the vector of all factors. */
typedef struct { size_t rows, cols, w, a, b; } adapter;

/* What the shards of a rank share. */
typedef struct {
  size_t adapters, d;          /* d: of all factors, A and B */
  adapter *adapter;
  lac_layer *declared;         /* of x */
  size_t layers;
  char (*name)[64];
  double scale;
  int only_b;
  double *frozen;              /* w */
  double *factor;              /* all factors, with the A that are frozen; NULL: they are x */
  double *merged, *gradient;   /* of the base */
  double *row, *shared;        /* gradients by x: of one row, of what all rows share */
} model;

/* ---- which matrices ---- */

/* "W" is W1, W2, ..., too. */
static int is_named(const char *name, const char *word, size_t length)
{
  if (strncmp(name, word, length))
    return 0;
  const char *rest = name + length;
  while (isdigit((unsigned char)*rest))
    rest++;
  return *rest == 0 && (rest == name + length || !isdigit((unsigned char)word[length - 1]));
}

/* Of a list with + between its words. */
static int is_listed(const char *name, const char *list)
{
  for (const char *word = list; *word; word += *word == '+') {
    size_t length = strcspn(word, "+");
    if (length && is_named(name, word, length))
      return 1;
    word += length;
  }
  return 0;
}

/* "W, head": the names of the weights, those that differ in their numbers once.  NULL: no memory. */
static char *list_weights(const lac_layer *layer, size_t layers)
{
  char *all = lac_strdup("");
  for (size_t l = 0; all && l < layers; l++) {
    size_t length = strcspn(layer[l].name, "0123456789"), before = 0;
    for (size_t i = 0; i < l; i++)
      before += layer[i].kind == LAC_WEIGHT && is_named(layer[l].name, layer[i].name, strcspn(layer[i].name, "0123456789"));
    if (layer[l].kind != LAC_WEIGHT || before)
      continue;
    char *longer = lac_asprintf("%s%s%.*s", all, *all ? ", " : "", (int)length, layer[l].name);
    free(all);
    all = longer;
  }
  return all;
}

static int refuse_name(const lac_problem *base, const char *list, const char *word, size_t length)
{
  const lac_layer *layer;
  size_t layers = base->type->layers(base, &layer);
  char *names = list_weights(layer, layers);
  int status = names ? lac_fail(LAC_EUSER, "--problem=lora: on=%s: %s has no matrix '%.*s'; it has %s", list, base->type->name, (int)length,
                                word, names) : LAC_ENOMEM;
  free(names);
  return status;
}

/* Each word names matrices of the base, and nothing else. */
static int check_list(const lac_problem *base, const char *list)
{
  const lac_layer *layer;
  size_t layers = base->type->layers(base, &layer);
  for (const char *word = list; *word; word += *word == '+') {
    size_t length = strcspn(word, "+"), found = 0;
    for (size_t l = 0; length && l < layers; l++) {
      int named = is_named(layer[l].name, word, length);
      if (named && layer[l].kind != LAC_WEIGHT)
        return lac_fail(LAC_EUSER, "--problem=lora: on=%s: %s of %s is no weight matrix, and stays frozen; leave it out", list,
                        layer[l].name, base->type->name);
      found += (size_t)named;
    }
    if (!found)
      return refuse_name(base, list, word, length);
    word += length;
  }
  return *list && list[strlen(list) - 1] == '+' ? refuse_name(base, list, "", 0) : LAC_OK;
}

/* ---- open ---- */

static void declare(model *k, const char *letter, const lac_layer *of, size_t rows, size_t cols, size_t offset, unsigned group)
{
  char *name = k->name[k->layers];
  snprintf(name, sizeof *k->name, "%s.%.60s", letter, of->name);
  k->declared[k->layers++] = (lac_layer){ name, rows, cols, offset, LAC_WEIGHT, group, 1 };
}

/* Groups are numbered anew: some of the base's may have no matrix here. */
static void place(model *k, const lac_layer *l, size_t rank, unsigned group, size_t *d)
{
  adapter *a = &k->adapter[k->adapters++];
  *a = (adapter){ .rows = l->rows, .cols = l->cols, .w = l->offset, .a = k->d, .b = k->d + rank * l->cols };
  k->d += rank * (l->rows + l->cols);
  if (!k->only_b) {
    declare(k, "A", l, rank, l->cols, *d, group);
    *d += rank * l->cols;
  }
  declare(k, "B", l, l->rows, rank, *d, group);
  *d += rank * l->rows;
}

static int place_all(lac_problem *p, model *k)
{
  const params *o = p->params;
  const lac_layer *layer;
  size_t layers = p->base->type->layers(p->base, &layer);
  const char *list = *o->on ? o->on : p->base->type->adapted;
  unsigned group = 0, before = 0;
  k->adapter = lac_alloc(layers * sizeof *k->adapter);
  k->declared = lac_alloc(2 * layers * sizeof *k->declared);
  k->name = lac_alloc(2 * layers * sizeof *k->name);
  if (!k->adapter || !k->declared || !k->name)
    return LAC_ENOMEM;
  for (size_t l = 0; l < layers; l++, layer++) {
    if (layer->kind != LAC_WEIGHT || (list && !is_listed(layer->name, list)))
      continue;
    size_t most = layer->rows < layer->cols ? layer->rows : layer->cols;
    if (o->rank > most)
      return lac_fail(LAC_EUSER, "--problem=lora: rank=%llu is more than that of %s, which is %zu x %zu; take at most %zu, or leave it out "
                      "of on", (unsigned long long)o->rank, layer->name, layer->rows, layer->cols, most);
    group += layer->group && layer->group != before;
    before = layer->group;
    place(k, layer, o->rank, layer->group ? group : 0, &p->d);
  }
  return k->adapters ? LAC_OK : lac_fail(LAC_EUSER, "--problem=lora: %s has no weight matrix to adapt", p->base->type->name);
}

static int allocate(const lac_problem *p, model *k)
{
  size_t d = p->base->d;
  k->frozen = lac_alloc(d * sizeof(double));
  k->merged = lac_alloc(d * sizeof(double));
  k->gradient = lac_alloc(d * sizeof(double));
  k->row = lac_alloc(p->d * sizeof(double));
  k->shared = lac_alloc(p->d * sizeof(double));
  k->factor = k->only_b ? lac_alloc(k->d * sizeof(double)) : NULL;
  return k->frozen && k->merged && k->gradient && k->row && k->shared && (k->factor || !k->only_b) ? LAC_OK : LAC_ENOMEM;
}

static void draw_a(const adapter *a, size_t rank, gsl_rng *rng, double *to)
{
  double most = 1 / sqrt((double)a->cols);
  for (size_t j = 0; j < rank * a->cols; j++)
    to[j] = most * (2 * gsl_rng_uniform(rng) - 1);
}

/* All factors, as they start. */
static void start_factors(const lac_problem *p, const model *k, gsl_rng *rng, double *factor)
{
  lac_zero(k->d, factor);
  for (size_t i = 0; i < k->adapters; i++)
    draw_a(&k->adapter[i], ((const params *)p->params)->rank, rng, factor + k->adapter[i].a);
}

static int start(const lac_problem *p, gsl_rng *rng, double *x)
{
  const model *k = p->self;
  if (k->only_b)
    lac_zero(p->d, x);
  else
    start_factors(p, k, rng, x);
  return LAC_OK;
}

/* The A of a text, one behind the other. */
static int read_factors(const lac_problem *p, model *k, const char *path)
{
  size_t rank = ((const params *)p->params)->rank, rows, cols, want = k->d - p->d, at = 0;
  double *values;
  LAC_TRY(lac_context(lac_read_matrix(path, &values, &rows, &cols), "--problem=lora: factors"));
  if (rows * cols != want) {
    free(values);
    return lac_fail(LAC_EUSER, "--problem=lora: factors: %s holds %zu numbers, and the A of rank %zu take %zu", path, rows * cols, rank,
                    want);
  }
  for (size_t i = 0; i < k->adapters; at += rank * k->adapter[i++].cols)
    lac_copy(rank * k->adapter[i].cols, values + at, k->factor + k->adapter[i].a);
  free(values);
  return LAC_OK;
}

static int freeze_factors(const lac_problem *p, model *k)
{
  const char *path = ((const params *)p->params)->factors;
  if (!k->only_b)
    return *path ? lac_fail(LAC_EUSER, "--problem=lora: factors=%s is for freeze=A; give both, or start from --x0=file:path=%s", path, path)
                 : LAC_OK;
  if (*path)
    return read_factors(p, k, path);
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_rng_point(rng, &p->seeds, LAC_SEED_X0, 0, 0, 0);
  start_factors(p, k, rng, k->factor);
  gsl_rng_free(rng);
  return LAC_OK;
}

/* The name of a run tells what is frozen. */
static void add_fingerprint(lac_problem *p, const model *k)
{
  p->fingerprint = XXH3_64bits_withSeed(k->frozen, p->base->d * sizeof *k->frozen, p->base->fingerprint);
  if (k->only_b)
    p->fingerprint = XXH3_64bits_withSeed(k->factor, k->d * sizeof *k->factor, p->fingerprint);
}

static int open_model(lac_problem *p, model *k)
{
  const params *o = p->params;
  k->only_b = p->at_zero = o->freeze == FREEZE_A;
  k->scale = (o->alpha > 0 ? o->alpha : (double)o->rank) / (double)o->rank;
  LAC_TRY(check_list(p->base, o->on));
  LAC_TRY(place_all(p, k));
  LAC_TRY(lac_room_check(p->room, 8 * (3 * (double)p->base->d + 2 * (double)p->d + (k->only_b ? (double)k->d : 0)),
                         "the frozen vector of lora", "a smaller base"));
  LAC_TRY(allocate(p, k));
  if (*o->base)
    LAC_TRY(lac_problem_read(p->base, "--problem=lora: base", o->base, k->frozen, p->origin));
  else
    LAC_TRY(lac_problem_start(p->base, 1, k->frozen));
  LAC_TRY(freeze_factors(p, k));
  add_fingerprint(p, k);
  return LAC_OK;
}

static int open_lora(lac_problem *p)
{
  const lac_problem_type *base = p->base->type;
  if (!base->layers || base->saddle)
    return lac_fail(LAC_EUSER, "--problem=lora adapts the matrices of a problem that is minimised, and %s %s; take mlp, cnn or softmax",
                    base->name, base->saddle ? "is a saddle point" : "has none");
  p->attacked = p->base->attacked;
  p->symbols = p->base->symbols;
  memcpy(p->alphabet, p->base->alphabet, sizeof p->alphabet);
  p->blas = p->base->blas;
  model *k = p->self = lac_alloc(sizeof *k);
  return k ? open_model(p, k) : LAC_ENOMEM;
}

static const char *frozen(const lac_problem *p)
{
  const char *path = ((const params *)p->params)->base;
  return *path ? path : NULL;
}

static void close_lora(lac_problem *p)
{
  model *k = p->self;
  if (!k)
    return;
  free(k->adapter);
  free(k->declared);
  free(k->name);
  free(k->frozen);
  free(k->factor);
  free(k->merged);
  free(k->gradient);
  free(k->row);
  free(k->shared);
  free(k);
  p->self = NULL;
}

static size_t layers(const lac_problem *p, const lac_layer **layer)
{
  const model *k = p->self;
  *layer = k->declared;
  return k->layers;
}

/* The base, with the rows of this problem: training or test rows. */
static int load(const lac_problem *p, uint32_t client, void **shard)
{
  lac_problem base = *p->base;
  base.data = p->data;
  return base.type->load(&base, client, shard);
}

/* ---- from factors to the base's vector, and back ---- */

/* A and B of adapter i.  Frozen A stand in k->factor, and B alone one behind the other in x. */
typedef struct { const double *a, *b; double *grad_a, *grad_b; } factors;

static factors factors_of(const model *k, size_t rank, size_t i, const double *x, double *g, size_t *at)
{
  const adapter *a = &k->adapter[i];
  size_t b = k->only_b ? *at : a->b;
  *at += rank * a->rows;
  return (factors){ k->only_b ? k->factor + a->a : x + a->a, x + b, k->only_b || !g ? NULL : g + a->a, g ? g + b : NULL };
}

static size_t rank_of(const lac_problem *p) { return ((const params *)p->params)->rank; }

/* W + s B A, row by row. */
LAC_VECTORISED
static void add_product(const adapter *a, size_t rank, double scale, const factors *f, double *w)
{
  for (size_t i = 0; i < a->rows; i++)
    for (size_t q = 0; q < rank; q++)
      lac_axpy(a->cols, scale * f->b[i * rank + q], f->a + q * a->cols, w + i * a->cols);
}

static const double *merge(const lac_problem *p, const double *x)
{
  const model *k = p->self;
  lac_copy(p->base->d, k->frozen, k->merged);
  for (size_t i = 0, at = 0; i < k->adapters; i++) {
    factors f = factors_of(k, rank_of(p), i, x, NULL, &at);
    add_product(&k->adapter[i], rank_of(p), k->scale, &f, k->merged + k->adapter[i].w);
  }
  return k->merged;
}

LAC_VECTORISED
static void project_one(const adapter *a, size_t rank, double scale, const factors *f, const double *g)
{
  if (f->grad_a)
    lac_zero(rank * a->cols, f->grad_a);
  for (size_t i = 0; i < a->rows; i++)
    for (size_t q = 0; q < rank; q++) {
      f->grad_b[i * rank + q] = scale * lac_dot(a->cols, g + i * a->cols, f->a + q * a->cols);
      if (f->grad_a)
        lac_axpy(a->cols, scale * f->b[i * rank + q], g + i * a->cols, f->grad_a + q * a->cols);
    }
}

/* g = the gradient by x, from the base's in k->gradient. */
static void project(const lac_problem *p, const double *x, double *g)
{
  const model *k = p->self;
  for (size_t i = 0, at = 0; i < k->adapters; i++) {
    factors f = factors_of(k, rank_of(p), i, x, g, &at);
    project_one(&k->adapter[i], rank_of(p), k->scale, &f, k->gradient + k->adapter[i].w);
  }
}

static int expand(const lac_problem *p, const double *x, double *out)
{
  const double *merged = merge(p, x);
  if (p->base->base)
    return p->base->type->expand(p->base, merged, out);
  lac_copy(p->base->d, merged, out);
  return LAC_OK;
}

/* ---- the oracle ---- */

static int value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  const model *k = p->self;
  LAC_TRY(p->base->type->value_grad(p->base, shard, merge(p, x), f, k->gradient));
  project(p, x, g);
  return LAC_OK;
}

static int batch_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double *f, double *g)
{
  const model *k = p->self;
  LAC_TRY(p->base->type->batch_grad(p->base, shard, rows, count, merge(p, x), f, k->gradient));
  project(p, x, g);
  return LAC_OK;
}

/* k->shared = the gradient of what all rows share, a regulariser of the base, and *f its value: what the base says of no rows.  A base that
   clips no rows itself has none. */
static int find_shared(const lac_problem *p, const void *shard, const double *merged, const double *x, double *f)
{
  const model *k = p->self;
  *f = 0;
  if (!p->base->type->clipped_grad) {
    lac_zero(p->d, k->shared);
    return LAC_OK;
  }
  LAC_TRY(p->base->type->clipped_grad(p->base, shard, NULL, 0, merged, INFINITY, f, k->gradient));
  project(p, x, k->shared);
  return LAC_OK;
}

/* Row by row: the length of a row's gradient by the factors is not that of its gradient by the matrices.  A regulariser is part of what the
   base says of one row, and is taken out of it, and is added once, unclipped. */
static int clipped_grad(const lac_problem *p, const void *shard, const uint32_t *rows, size_t count, const double *x, double most,
                        double *f, double *g)
{
  const model *k = p->self;
  const double *merged = merge(p, x);
  double sum = 0, own, shared;
  LAC_TRY(find_shared(p, shard, merged, x, &shared));
  lac_zero(p->d, g);
  for (size_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : (uint32_t)i;
    LAC_TRY(p->base->type->batch_grad(p->base, shard, &row, 1, merged, &own, k->gradient));
    project(p, x, k->row);
    lac_axpy(p->d, -1, k->shared, k->row);
    double norm = sqrt(lac_norm_sq(p->d, k->row));
    lac_axpy(p->d, norm > most ? most / norm : 1, k->row, g);
    sum += own;
  }
  for (size_t j = 0; count && j < p->d; j++)
    g[j] /= (double)count;
  lac_axpy(p->d, 1, k->shared, g);
  *f = count ? sum / (double)count : shared;
  return LAC_OK;
}

static int score(const lac_problem *p, const void *shard, const double *x, lac_score *s)
{
  return p->base->type->score(p->base, shard, merge(p, x), s);
}

static int attack(const lac_problem *p, const void *shard, const double *x, lac_score *s)
{
  return p->base->type->attack(p->base, shard, merge(p, x), s);
}

static int next(const lac_problem *p, const double *x, const uint8_t *symbols, size_t count, double *logits)
{
  return p->base->type->next(p->base, merge(p, x), symbols, count, logits);
}

/* The vectors of the base are made by open. */
static lac_footprint footprint(const lac_problem *p, double rows)
{
  const lac_problem_type *base = p->base->type;
  lac_footprint f = base->footprint ? base->footprint(p->base, rows) : (lac_footprint){ 0 };
  f.shared += 8 * (3 * (double)p->base->d + 2 * (double)p->d);
  return f;
}

static double gemm_flops(const lac_problem *p, const void *shard) { return p->base->type->gemm_flops(p->base, shard); }

const lac_problem_type lac_problem_lora = {
  .name = "lora",
  .summary = "low-rank adapters of a problem's matrices, whose own numbers are frozen: lora:rank=4,base=R.h5+mlp:hidden=32",
  .reference = "Hu et al., LoRA, ICLR 2022, arXiv:2106.09685; freeze=A: Sun et al., FFA-LoRA, ICLR 2024, arXiv:2403.12313",
  .options = options,
  .params_size = sizeof(params),
  .wraps = "mlp",
  .expand = expand,
  .frozen = frozen,
  .open = open_lora,
  .close = close_lora,
  .load = load,
  .value_grad = value_grad,
  .batch_grad = batch_grad,
  .clipped_grad = clipped_grad,
  .layers = layers,
  .start = start,
  .score = score,
  .attack = attack,
  .next = next,
  .footprint = footprint,
  .gemm_flops = gemm_flops,
};
