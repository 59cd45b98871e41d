/* lm.c: a language model of characters or bytes: a decoder-only transformer with pre-norm blocks and learned positions.

   A row is a window s_0 ... s_T of a text.  For its positions t = 0 ... T - 1, one a row of H, and blocks l = 1 ... L, each with its own
   tensors and its two LN,

     H = wte[s_t] + wpe[t]
     H += O Wo' + bo,          O = softmax(Q K'/sqrt(D/heads) over the positions up to t) V for each head, [Q K V] = LN(H) Wqkv' + bqkv
     H += gelu(LN(H) Wup' + bup) Wdown' + bdown
     S = LN(H) head',          loss = log sum_k exp(S_k) - S_(s_(t+1))

     LN(h) = g (h - mean h)/sqrt(variance h + 1e-5) + b;   gelu in its tanh form (parts/network.h);   head is wte with head=tied

   f_i is the mean loss over all positions of the client's windows; a row counts for as many positions as the context has.  x is wte, wpe,
   the tensors of the blocks, the last LN and the head: what `layers` declares.  A block is a group, and what is in none is one more.

   The start is that of GPT-2: weights and tables N(0, init^2), Wo and Wdown, which write into the residual stream, N(0, init^2/(2L)),
   biases 0, gains 1.

   What is added to all keys of a head adds the same to all logits of a softmax, so the gradient by the biases of the keys is 0, and that is
   what it is set to: rounding would leave numbers of the size of Adam's epsilon there.

   real=f32: x, all products and activations are f32, and so are sums over the windows of a few chunks; those over many are f64, and losses
   are summed in f64. */
#include "problem.h"
#include "elementary.h"
#include "parts/transformer.h"
#include "pulse.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHARS, BYTES };
enum { UNTIED, TIED };
enum { PART = 8 };                       /* chunks whose gradients are summed in the precision of the network; parts are summed in f64 */

typedef struct {
  uint64_t width, depth, heads, context, stride, block, holdout;
  int vocab, head, real;
  double init;
} lm_params;

static const lac_option options[] = {
  { "width", LAC_UINT, offsetof(lm_params, width), "64", "[1,65536]", .help = "D: numbers of a position between blocks", .model = 1 },
  { "depth", LAC_UINT, offsetof(lm_params, depth), "4", "[1,1000]", .help = "L: blocks", .model = 1 },
  { "heads", LAC_UINT, offsetof(lm_params, heads), "4", "[1,65536]", .help = "of the attention of a block; they divide the width",
    .model = 1 },
  { "context", LAC_UINT, offsetof(lm_params, context), "64", "[1,65536]", .help = "T: symbols that a prediction sees at most",
    .model = 1 },
  { "vocab", LAC_CHOICE, offsetof(lm_params, vocab), "chars", .choices = "chars|bytes",
    .help = "symbols: the distinct bytes of the text, those held out too; bytes: all 256", .model = 1 },
  { "head", LAC_CHOICE, offsetof(lm_params, head), "untied", .choices = "untied|tied", .help = "tied: it is the table of the symbols",
    .model = 1 },
  { "init", LAC_REAL, offsetof(lm_params, init), "0.02", ">0", .help = "standard deviation of weights and tables at the start" },
  LAC_REAL_OPTION(lm_params, real, "f32"),
  { "stride", LAC_UINT, offsetof(lm_params, stride), "0", "[0,2147483647]",
    .help = "bytes from a training window of a block to the next; 0: context, 1: every window there is" },
  { "block", LAC_UINT, offsetof(lm_params, block), "4096", "[2,2147483647]",
    .help = "bytes of a block: what clients get and what is held out" },
  { "holdout", LAC_UINT, offsetof(lm_params, holdout), "10", "[0,2147483647]",
    .help = "every so many-th block is held out, for test_loss and its like; 0: none" },
  { 0 }
};

/* The network of a rank and its scratch memory, which all shards share. */
typedef struct {
  lac_transformer transformer;
  uint8_t number[256];                   /* of the symbol that a byte is */
  lac_reals x, g;                        /* of f32 */
} model;

/* ---- open ---- */

static void lm_windows(const void *params, lac_windows *w)
{
  const lm_params *o = params;
  *w = (lac_windows){ o->context, o->stride ? o->stride : o->context, o->block, o->holdout };
}

static int check_options(const lm_params *o)
{
  if (o->width % o->heads)
    return lac_fail(LAC_EUSER, "--problem=lm: width=%llu is not a multiple of heads=%llu, which share it; change one of them",
                    (unsigned long long)o->width, (unsigned long long)o->heads);
  return LAC_OK;
}

/* The symbols that are given, or those of the text. */
static void choose_alphabet(lac_problem *p)
{
  const lm_params *o = p->params;
  const lac_data_info *info = p->data ? lac_data_about(p->data) : NULL;
  if (p->symbols)
    return;
  if (o->vocab == BYTES || !info) {
    for (unsigned b = 0; b < 256; b++)
      p->alphabet[b] = (uint8_t)b;
    p->symbols = 256;
    return;
  }
  memcpy(p->alphabet, info->symbol, info->symbols);
  p->symbols = info->symbols;
}

static int check_alphabet(const lac_problem *p)
{
  const lac_data_info *info = p->data ? lac_data_about(p->data) : NULL;
  for (unsigned i = 0; info && i < info->symbols; i++)
    if (!memchr(p->alphabet, info->symbol[i], p->symbols))
      return lac_fail(LAC_EUSER, "--dataset: %s has the byte 0x%02x, which is none of the %u symbols of the model that it starts from; "
                      "leave it out of the text, or train that model with vocab=bytes", info->name, info->symbol[i], p->symbols);
  return LAC_OK;
}

static int lm_open(lac_problem *p)
{
  const lm_params *o = p->params;
  LAC_TRY(check_options(o));
  choose_alphabet(p);
  LAC_TRY(check_alphabet(p));
  model *k = p->self = lac_alloc(sizeof *k);
  if (!k)
    return LAC_ENOMEM;
  for (unsigned i = 0; i < p->symbols; i++)
    k->number[p->alphabet[i]] = (uint8_t)i;
  k->transformer = (lac_transformer){ .vocab = p->symbols, .width = o->width, .depth = o->depth, .heads = o->heads, .context = o->context,
                                      .tied = o->head == TIED, .precision = o->real };
  LAC_TRY(lac_transformer_open(&k->transformer));
  p->d = k->transformer.d;
  return LAC_OK;
}

static void lm_close(lac_problem *p)
{
  model *k = p->self;
  if (!k)
    return;
  lac_transformer_close(&k->transformer);
  free(k->x.f64);
  free(k->g.f64);
  free(k);
  p->self = NULL;
}

static size_t lm_layers(const lac_problem *p, const lac_layer **layers)
{
  const model *k = p->self;
  *layers = k->transformer.layer;
  return k->transformer.layers;
}

static int writes_residual(const lac_transformer *t, size_t offset)
{
  for (size_t l = 0; l < t->depth; l++)
    if (t->block[l].wo == offset || t->block[l].wdown == offset)
      return 1;
  return 0;
}

static int lm_start(const lac_problem *p, gsl_rng *rng, double *x)
{
  const lm_params *o = p->params;
  const lac_transformer *t = &((const model *)p->self)->transformer;
  double residual = o->init / sqrt(2 * (double)o->depth);
  for (const lac_layer *l = t->layer; l < t->layer + t->layers; l++) {
    size_t count = l->rows * l->cols;
    if (lac_layer_drawn(l))
      lac_rng_normal(rng, x + l->offset, count, writes_residual(t, l->offset) ? residual : o->init);
    for (size_t j = 0; l->kind == LAC_GAIN && j < count; j++)
      x[l->offset + j] = 1;
  }
  return LAC_OK;
}

/* ---- load ---- */

/* Scratch is made with the first client's rows, when the room for it is known to be there. */
static int allocate_scratch(model *k)
{
  lac_transformer *t = &k->transformer;
  LAC_TRY(lac_transformer_scratch(t));
  if (t->precision == LAC_IN_F64)
    return LAC_OK;
  LAC_TRY(lac_classes_scratch(&k->x, t->precision, t->d));
  return lac_classes_scratch(&k->g, t->precision, t->d);
}

static lac_footprint lm_footprint(const lac_problem *p, double rows)
{
  const lac_transformer *t = &((const model *)p->self)->transformer;
  double single = t->precision == LAC_IN_F32, numbers = lac_transformer_numbers(t) + (single ? 2 * (double)t->d : 0);
  (void)rows;
  return (lac_footprint){ .shard = sizeof(lac_text), .shared = numbers * (single ? sizeof(float) : sizeof(double)) };
}

static int lm_load(const lac_problem *p, uint32_t client, void **shard)
{
  model *k = p->self;
  lac_text *text = NULL;
  int status = lac_data_text(p->data, client, &text);
  *shard = text;
  LAC_TRY(status);
  for (size_t i = 0; i < text->at[text->blocks]; i++)
    text->bytes[i] = k->number[text->bytes[i]];
  return allocate_scratch(k);
}

static void lm_unload(void *shard) { lac_text_free(shard); }
static size_t lm_rows(const void *shard) { return ((const lac_text *)shard)->rows; }
static size_t lm_bytes(const void *shard) { return ((const lac_text *)shard)->at[((const lac_text *)shard)->blocks]; }

/* ---- the passes, in f64 and in f32 ---- */

/* The windows of a chunk, from `first` of all rows or of those listed, into t->symbols; how many. */
static size_t gather(const lac_transformer *t, const lac_text *of, const uint32_t *list, size_t first, size_t count)
{
  size_t windows = count - first < t->windows ? count - first : t->windows, length = t->context + 1;
  for (size_t w = 0; w < windows; w++)
    memcpy(t->symbols + w * length, of->bytes + lac_text_window(of, list ? list[first + w] : first + w), length);
  return windows;
}

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "parts/windows.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "parts/windows.c"

/* ---- the oracle ---- */

static int is_single(const lac_problem *p) { return ((const model *)p->self)->transformer.precision == LAC_IN_F32; }

static int lm_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f, double *g)
{
  *f = (is_single(p) ? mean_over_f32 : mean_over_f64)(p->self, shard, list, count, x, g);
  return LAC_OK;
}

static int lm_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  return lm_batch_grad(p, shard, NULL, lm_rows(shard), x, f, g);
}

static int lm_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  *score = (is_single(p) ? score_f32 : score_f64)(p->self, shard, x);
  return LAC_OK;
}

static int lm_log_shares(const lac_problem *p, const void *shard, const double *x, double *log_p)
{
  (is_single(p) ? log_shares_f32 : log_shares_f64)(p->self, shard, x, log_p);
  return LAC_OK;
}

static int lm_next(const lac_problem *p, const double *x, const uint8_t *symbols, size_t count, double *logits)
{
  model *k = p->self;
  LAC_TRY(allocate_scratch(k));
  size_t length = count < k->transformer.context ? count : k->transformer.context;
  memcpy(k->transformer.symbols, symbols + count - length, length);
  (is_single(p) ? next_logits_f32 : next_logits_f64)(k, length, x, logits);
  return LAC_OK;
}

static double lm_flops(const lac_problem *p, const void *shard)
{
  const lac_transformer *t = &((const model *)p->self)->transformer;
  return (double)lm_rows(shard) * (double)t->context * lac_transformer_flops(t);
}

const lac_problem_type lac_problem_lm = {
  .name = "lm",
  .summary = "a language model of characters or bytes, a decoder-only transformer; --dataset is a text or a folder of texts",
  .reference = "Radford et al., Language models are unsupervised multitask learners, 2019, bib:radford2019language; "
               "Vaswani et al., NIPS 2017, arXiv:1706.03762",
  .options = options,
  .params_size = sizeof(lm_params),
  .blas = 1,
  .costly = 1,
  .labels = LAC_SYMBOLS,
  .windows = lm_windows,
  .adapted = "Wqkv+Wo",
  .data = "/usr/share/common-licenses",
  .open = lm_open,
  .close = lm_close,
  .load = lm_load,
  .unload = lm_unload,
  .value_grad = lm_value_grad,
  .batch_grad = lm_batch_grad,
  .shard_rows = lm_rows,
  .layers = lm_layers,
  .start = lm_start,
  .score = lm_score,
  .next = lm_next,
  .log_shares = lm_log_shares,
  .shard_bytes = lm_bytes,
  .footprint = lm_footprint,
  .gemm_flops = lm_flops,
};
