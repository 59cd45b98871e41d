/* cnn.c: a network of two convolutions for images of side x side pixels, one number each: that of the FedAvg paper, or LeNet-5.

     conv 5 x 5, activation, pooling 2 x 2;   the same again;   fully connected layers (parts/network.h);   loss = log sum_k exp(s_k) - s_c

     kind=fedavg    pad 2, 32 channels; pad 2, 64; 512 units; ReLU, max:     1,663,370 parameters on 28 x 28 pixels of 10 classes
     kind=lenet5    pad 2, 6 channels; none, 16; 120 and 84 units; tanh, mean:  61,706

   Pixel (y, x) is feature y side + x.  x is C1 (c1 x 25), c1, C2 (c2 x 25 c1), c2 (parts/convolution.h), then W1, b1, W2, ... of the fully
   connected layers, whose input (channel, y, x) has number (channel q + y) q + x, q x q being what is left of an image.  f_i is the mean
   loss of its rows.

   LeCun et al. 1998 pool with weights, and connect not all channels; here LeNet-5 is the form in use today.  The FedAvg paper names ReLU
   for its 512 units alone; its public implementations have it behind both convolutions, too.

   real=f32: images, x and all products are f32, and so are sums over the images of a few blocks; those over many are f64.
   The first convolution takes images one by one, the second, by parts/winograd.h, a few at a time, and the fully connected layers take
   blocks; how many that is depends on the network alone, and so do the sums. */
#include "problem.h"
#include "parts/convolution.h"
#include "pulse.h"
#include "vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEDAVG, LENET5 };
enum { AS_KIND = 0 };                    /* of activation and pool */
enum { PART = 4 };                       /* blocks whose gradients are summed in the precision of the network; parts are summed in f64 */

typedef struct {
  int kind, activation, pool, real;
  lac_widths channels, fc;
} cnn_params;

static const lac_option options[] = {
  { "kind", LAC_CHOICE, offsetof(cnn_params, kind), "fedavg", .choices = "fedavg|lenet5", .help = "what the other options default to",
    .model = 1 },
  { "channels", LAC_WIDTHS, offsetof(cnn_params, channels), "", "[1,65536]",
    .help = "of the two convolutions: 32x64 (fedavg), 6x16 (lenet5)", .model = 1 },
  { "fc", LAC_WIDTHS, offsetof(cnn_params, fc), "", "[1,65536]",
    .help = "units of the fully connected hidden layers: 512 (fedavg), 120x84 (lenet5)", .model = 1 },
  { "activation", LAC_CHOICE, offsetof(cnn_params, activation), "auto", .choices = "auto|tanh|relu",
    .help = "everywhere; auto: relu (fedavg), tanh (lenet5)", .model = 1 },
  { "pool", LAC_CHOICE, offsetof(cnn_params, pool), "auto", .choices = "auto|max|mean",
    .help = "of windows of 2 x 2; auto: max (fedavg), mean (lenet5)", .model = 1 },
  LAC_REAL_OPTION(cnn_params, real, "f32"),
  { 0 }
};

/* What a kind stands for. */
static const struct {
  uint64_t channels[2], fc[2];
  size_t units;                          /* of fc */
  int activation, pool;
  size_t pad, least;                     /* of the second convolution; the smallest side */
} kinds[] = {
  [FEDAVG] = { { 32, 64 }, { 512 }, 1, LAC_RELU, LAC_POOL_MAX, 2, 4 },
  [LENET5] = { { 6, 16 }, { 120, 84 }, 2, LAC_TANH, LAC_POOL_MEAN, 0, 12 },
};

/* The network of a rank and its scratch memory, which all shards share. */
typedef struct {
  lac_convolution first, second;
  lac_network network;
  size_t d, block;
  lac_layer *declared;
  lac_reals image, back;                 /* an image, and the gradient by what the first convolution makes of it */
  lac_reals one;                         /* the gradient of an image by both convolutions */
  lac_reals x, g;                        /* of f32 */
} model;

/* ---- open ---- */

static size_t root_of(size_t pixels)
{
  size_t side = 0;
  while ((side + 1) * (side + 1) <= pixels)
    side++;
  return side;
}

static int check_images(const cnn_params *o, const lac_data_info *info)
{
  size_t side = root_of(info->d), least = kinds[o->kind].least;
  if (side * side != info->d)
    return lac_fail(LAC_EUSER, "--problem=cnn takes square images, and the %zu features of %s are none; if its last pixels are never "
                    "set, name all of them by d=784 behind the name of the file", info->d, info->name);
  if (side % 4 || side < least)
    return lac_fail(LAC_EUSER, "--problem=cnn: kind=%s takes images whose side is a multiple of 4 and at least %zu, and those of %s are "
                    "%zu x %zu; take --problem=mlp or other images", o->kind == FEDAVG ? "fedavg" : "lenet5", least, info->name,
                    side, side);
  if (o->channels.count && o->channels.count != 2)
    return lac_fail(LAC_EUSER, "--problem=cnn: channels are two numbers, one for each convolution, as in channels=32x64");
  return LAC_OK;
}

static size_t channels_of(const cnn_params *o, int which)
{
  return o->channels.count ? o->channels.at[which] : kinds[o->kind].channels[which];
}

static lac_convolution convolution(const cnn_params *o, int many, size_t in, size_t out, size_t side, size_t pad)
{
  lac_convolution c = { .many = many, .in = in, .out = out, .side = side, .pad = pad, .precision = o->real };
  c.activation = o->activation == AS_KIND ? kinds[o->kind].activation : o->activation - 1 + LAC_TANH;
  c.pool = o->pool == AS_KIND ? kinds[o->kind].pool : o->pool - 1 + LAC_POOL_MAX;
  lac_convolution_open(&c);
  return c;
}

static void open_convolutions(const cnn_params *o, size_t side, model *k)
{
  enum { KEPT = 1 << 21, MOST = 64, FEWEST = 8 };      /* numbers of a block of images that wait for the way back; images */
  k->first = convolution(o, 0, 1, channels_of(o, 0), side, 2);
  k->second = convolution(o, 1, k->first.out, channels_of(o, 1), k->first.pooled, kinds[o->kind].pad);
  size_t fit = KEPT / (lac_convolution_kept(&k->first) + lac_convolution_kept(&k->second));
  k->block = k->first.block = k->second.block = fit < FEWEST ? FEWEST : fit < MOST ? fit : MOST;
}

/* Features behind the convolutions, hidden units, classes, of L + 1 widths; caller frees. */
static size_t *widths(const cnn_params *o, const model *k, size_t classes, unsigned *layers)
{
  size_t hidden = o->fc.count ? o->fc.count : kinds[o->kind].units, *width = lac_alloc((hidden + 2) * sizeof *width);
  const uint64_t *units = o->fc.count ? o->fc.at : kinds[o->kind].fc;
  if (!width)
    return NULL;
  width[0] = k->second.out * k->second.pooled * k->second.pooled;
  for (size_t l = 0; l < hidden; l++)
    width[l + 1] = units[l];
  width[hidden + 1] = classes;
  *layers = (unsigned)hidden + 1;
  return width;
}

static double parameters(const model *k, unsigned layers, const size_t *width)
{
  double sum = (double)k->first.out * (LAC_TAPS + 1) + (double)k->second.out * (LAC_TAPS * (double)k->second.in + 1);
  for (unsigned l = 1; l <= layers; l++)
    sum += (double)width[l] * ((double)width[l - 1] + 1);
  return sum;
}

static int open_network(const cnn_params *o, size_t classes, model *k)
{
  unsigned layers = 0;
  size_t *width = widths(o, k, classes, &layers);
  double numbers = width ? parameters(k, layers, width) : 0;
  int status = width ? LAC_OK : LAC_ENOMEM;
  if (numbers > INT32_MAX)
    status = lac_fail(LAC_EUSER, "--problem=cnn: %.0f parameters are too many; lower channels or fc", numbers);
  if (status == LAC_OK)
    status = lac_network_open(&k->network, layers, width);
  free(width);
  k->network.activation = k->first.activation;
  k->network.precision = o->real;
  k->network.block = k->block;
  return status;
}

static int place_layers(model *k)
{
  lac_layer *layer = k->declared = lac_alloc((4 + 2 * k->network.layers) * sizeof *layer);
  if (!layer)
    return LAC_ENOMEM;
  size_t at = lac_convolution_place(&k->first, 0, "C1", "c1", 1, layer);
  at = lac_convolution_place(&k->second, at, "C2", "c2", 2, layer + 2);
  k->d = lac_network_place(&k->network, at, 3, layer + 4);
  return LAC_OK;
}

static int cnn_open(lac_problem *p)
{
  const cnn_params *o = p->params;
  const lac_data_info *info = lac_data_about(p->data);
  LAC_TRY(lac_classes_check("cnn", info));
  LAC_TRY(check_images(o, info));
  model *k = p->self = lac_alloc(sizeof *k);
  if (!k)
    return LAC_ENOMEM;
  open_convolutions(o, root_of(info->d), k);
  LAC_TRY(open_network(o, info->classes, k));
  LAC_TRY(place_layers(k));
  p->d = k->d;
  return LAC_OK;
}

static void cnn_close(lac_problem *p)
{
  model *k = p->self;
  if (!k)
    return;
  lac_convolution_close(&k->first);
  lac_convolution_close(&k->second);
  lac_network_close(&k->network);
  free(k->declared);
  free(k->image.f64);
  free(k->back.f64);
  free(k->one.f64);
  free(k->x.f64);
  free(k->g.f64);
  free(k);
  p->self = NULL;
}

static size_t cnn_layers(const lac_problem *p, const lac_layer **layers)
{
  const model *k = p->self;
  *layers = k->declared;
  return 4 + 2 * k->network.layers;
}

/* ---- load ---- */

static size_t pixels(const model *k) { return k->first.side * k->first.side; }
static size_t between(const model *k) { return k->second.in * k->second.side * k->second.side; }

/* Scratch is made with the first client's rows, when the room for it is known to be there. */
static int allocate_scratch(model *k)
{
  int precision = k->network.precision;
  LAC_TRY(lac_convolution_scratch(&k->first));
  LAC_TRY(lac_convolution_scratch(&k->second));
  LAC_TRY(lac_network_scratch(&k->network, 1));
  LAC_TRY(lac_classes_scratch(&k->image, precision, pixels(k)));
  LAC_TRY(lac_classes_scratch(&k->back, precision, k->second.most * between(k)));
  LAC_TRY(lac_classes_scratch(&k->one, precision, k->network.w[1]));
  if (precision == LAC_IN_F64)
    return LAC_OK;
  LAC_TRY(lac_classes_scratch(&k->x, precision, k->d));
  return lac_classes_scratch(&k->g, precision, k->d);
}

static lac_footprint cnn_footprint(const lac_problem *p, double rows)
{
  const model *k = p->self;
  double numbers = lac_convolution_numbers(&k->first) + lac_convolution_numbers(&k->second) + lac_network_numbers(&k->network, 1);
  numbers += (double)(pixels(k) + k->second.most * between(k) + k->network.w[1]);
  numbers += k->network.precision == LAC_IN_F32 ? 2 * (double)k->d : 0;
  return lac_classes_footprint(k->network.precision, rows, numbers);
}

static int cnn_load(const lac_problem *p, uint32_t client, void **shard)
{
  model *k = p->self;
  LAC_TRY(lac_classes_load(p->data, client, k->network.precision, 0, shard));
  return allocate_scratch(k);
}

/* ---- the passes, in f64 and in f32 ---- */

static lac_slice slice(const model *k, const lac_class_rows *of, const uint32_t *list, size_t first, size_t count)
{
  return (lac_slice){ of, list, first, count - first < k->block ? count - first : k->block };
}

#define REAL double
#define T(name) name##_f64
#define PRECISION f64
#include "parts/images.c"
#undef REAL
#undef T
#undef PRECISION

#define REAL float
#define T(name) name##_f32
#define PRECISION f32
#include "parts/images.c"

/* ---- the oracle ---- */

static int cnn_clipped_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double most,
                            double *f, double *g)
{
  const model *k = p->self;
  *f = (k->network.precision == LAC_IN_F32 ? mean_over_f32 : mean_over_f64)(k, shard, list, count, x, most, g);
  return LAC_OK;
}

static int cnn_batch_grad(const lac_problem *p, const void *shard, const uint32_t *list, size_t count, const double *x, double *f,
                          double *g)
{
  return cnn_clipped_grad(p, shard, list, count, x, INFINITY, f, g);
}

static int cnn_value_grad(const lac_problem *p, const void *shard, const double *x, double *f, double *g)
{
  return cnn_batch_grad(p, shard, NULL, lac_classes_count(shard), x, f, g);
}

static int cnn_score(const lac_problem *p, const void *shard, const double *x, lac_score *score)
{
  const model *k = p->self;
  *score = (k->network.precision == LAC_IN_F32 ? score_f32 : score_f64)(k, shard, x);
  return LAC_OK;
}

static double cnn_flops(const lac_problem *p, const void *shard)
{
  const model *k = p->self;
  double image = lac_convolution_flops(&k->first) + lac_convolution_flops(&k->second) + lac_network_flops(&k->network, 1, 1);
  return (double)lac_classes_count(shard) * image;
}

const lac_problem_type lac_problem_cnn = {
  .name = "cnn",
  .summary = "two convolutions and fully connected layers for square images: the FedAvg paper's network or LeNet-5; start from --x0=glorot",
  .reference = "McMahan et al., Communication-efficient learning of deep networks, AISTATS 2017, arXiv:1602.05629",
  .options = options,
  .params_size = sizeof(cnn_params),
  .blas = 1,
  .labels = LAC_CLASSES,
  .adapted = "W",
  .data = "synthetic:d=144,classes=10",
  .open = cnn_open,
  .close = cnn_close,
  .load = cnn_load,
  .value_grad = cnn_value_grad,
  .batch_grad = cnn_batch_grad,
  .clipped_grad = cnn_clipped_grad,
  .layers = cnn_layers,
  .score = cnn_score,
  .footprint = cnn_footprint,
  .gemm_flops = cnn_flops,
  LAC_CLASSES_SLOTS,
};
