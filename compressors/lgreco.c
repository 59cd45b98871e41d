/* L-GreCo: layers lose different amounts by compression, so each gets its own parameter, "lgreco:param=k,grid=0.1%/5%+topk:k=1%":

     minimise the bits of all layers over the parameter of every layer, from the grid or the uniform one,
     with a total squared error of at most that of the uniform parameter, the next stage's own (here k=1%)

   by dynamic programming over a discretised budget (plan.h).  Errors and bits are measured: every layer is encoded with every parameter.
   A client plans for its own vector, again every `every` rounds.  The paper plans for a whole network, with errors that are collected
   over some steps.

   With every=1 a plan is never worse than the uniform choice on the vector at hand, and keeps its alpha: the least of the layers'.
   Otherwise alpha is the least of all layers and parameters.  A choice by errors that were drawn is not unbiased: no omega.

   Memory, when every > 1: 1 + the round of the plan; the plan, one number a layer (0: uniform, w: the w-th of the grid); then the
   memories of the layers, each with room for its largest.  A result holds the memory of client 0 at the end of the run, with its last
   plan, in /final/up_memory.

   Wire: the plan, ceil(log2(1 + size of the grid)) bits a layer; then the messages of the layers. */
#include "parts/fragment.h"
#include "parts/plan.h"
#include "parts/ways.h"
#include "vec.h"

#include <math.h>

typedef struct { char *param, *grid; uint64_t every; } params;
static const lac_option options[] = {
  { "param", LAC_TEXT, offsetof(params, param), "k", NULL, NULL, "the option of the next stage that is planned" },
  { "grid", LAC_TEXT, offsetof(params, grid), "0.1%/0.3%/1%/3%/10%/30%", NULL, NULL, "its values to choose from, with / between them" },
  { "every", LAC_UINT, offsetof(params, every), "100", "[1,1e9]", NULL, "make a new plan after this many rounds" },
  { 0 }
};

static const params *of(const lac_site *s) { return s->params; }

/* ---- the ways: parameters of the next stage ---- */

static lac_ways ways_of(const lac_site *s) { return (lac_ways){ of(s)->param, of(s)->grid, "lgreco", "grid" }; }

static size_t way_count(const lac_site *s)
{
  lac_ways w = ways_of(s);
  return lac_way_count(&w);
}

static unsigned width_of(size_t ways)
{
  unsigned width = 0;
  while ((size_t)1 << width < ways)
    width++;
  return width;
}

static int use_way(const lac_site *s, size_t way, lac_fragment *f, lac_settings *set)
{
  lac_ways w = ways_of(s);
  return lac_way_use(&w, way, &f->at, set);
}

static int serves(const lac_site *s, size_t i, size_t way, lac_fragment *f, lac_settings *set)
{
  lac_fragment_of(s, i, f);
  return use_way(s, way, f, set) == LAC_OK && !lac_refuse(&f->at);
}

static const char *refuse(const lac_site *s)
{
  lac_ways w = ways_of(s);
  lac_fragment f;
  lac_settings set;
  if (!s->stage->next)
    return "lgreco needs a compressor behind it whose parameter it can plan, such as lgreco+topk";
  const char *why = lac_ways_refuse(&w, s);
  for (size_t i = 0; i < lac_fragment_count(s) && !why; i++)
    if (!serves(s, i, 0, &f, &set))
      why = lac_refuse(&f.at);
  return why;
}

/* ---- the plan ---- */

/* Bits and squared error, in units of most^2, of x done in one way. */
static int measure(const lac_site *s, lac_streams from, size_t i, const lac_fragment *f, const double *x, double most, lac_msg *trial,
                   double *error, double *cost)
{
  double *image = lac_scratch(s, 2, s->d * sizeof *image);
  if (!image)
    return LAC_ENOMEM;
  lac_msg_clear(trial);
  lac_zero(f->at.d, image);
  lac_fragment_seek(s, from, i);
  LAC_TRY(lac_encode(&f->at, x, trial));
  lac_fragment_seek(s, from, i);
  LAC_TRY(lac_decode_add(&f->at, 1, trial, image));
  *cost = (double)trial->nbits;
  *error = 0;
  for (size_t j = 0; j < f->at.d; j++) {
    double off = image[j] / most - x[j] / most;
    *error += off * off;
  }
  return LAC_OK;
}

static int measure_all(const lac_site *s, lac_streams from, const double *x, lac_msg *trial, double *error, double *cost)
{
  double most = 0;
  lac_settings set;
  lac_fragment f;
  for (size_t j = 0; j < s->d; j++)
    most = fmax(most, fabs(x[j]));
  for (size_t i = 0; i < lac_fragment_count(s); i++)
    for (size_t w = 0; w < way_count(s); w++, error++, cost++) {
      *error = INFINITY;
      *cost = 0;
      if (!serves(s, i, w, &f, &set))
        continue;
      int status = measure(s, from, i, &f, x + f.offset, most > 0 ? most : 1, trial, error, cost);
      if (status == LAC_EDIVERGED && w)      /* a format whose range is too small for this layer */
        *error = INFINITY;
      else
        LAC_TRY(status);
    }
  return LAC_OK;
}

static int make_plan(const lac_site *s, lac_streams from, const double *x, uint8_t *way)
{
  size_t layers = lac_fragment_count(s), ways = way_count(s), numbers = 2 * layers * ways;
  double *error = lac_scratch(s, 1, numbers * sizeof *error + lac_plan_room(layers)), *cost = error + layers * ways;
  lac_msg trial = { 0 };
  if (!error)
    return LAC_ENOMEM;
  int status = measure_all(s, from, x, &trial, error, cost);
  lac_msg_free(&trial);
  if (status == LAC_OK)
    lac_plan_layers(layers, ways, error, cost, error + numbers, way);
  return status;
}

/* The plan that is remembered, or a new one.  With every=1 nothing has to be. */
static int plan_of(const lac_site *s, lac_streams from, const double *x, uint8_t *way)
{
  size_t layers = lac_fragment_count(s);
  double *made = of(s)->every > 1 ? s->state : NULL;
  if (!made)
    return make_plan(s, from, x, way);
  if (*made == 0 || (double)s->round - (*made - 1) >= (double)of(s)->every) {
    LAC_TRY(make_plan(s, from, x, way));
    *made = 1 + (double)s->round;
    for (size_t i = 0; i < layers; i++)
      made[1 + i] = way[i];
  }
  for (size_t i = 0; i < layers; i++)
    way[i] = (uint8_t)made[1 + i];
  return LAC_OK;
}

static size_t plan_memory(const lac_site *s) { return of(s)->every > 1 ? 1 + lac_fragment_count(s) : 0; }

/* The most numbers that a layer needs in any way. */
static size_t layer_memory(const lac_site *s, size_t i)
{
  size_t most = 0;
  lac_settings set;
  lac_fragment f;
  for (size_t w = 0; w < way_count(s); w++)
    if (serves(s, i, w, &f, &set) && lac_state_size(&f.at) > most)
      most = lac_state_size(&f.at);
  return most;
}

static size_t state_size(const lac_site *s)
{
  size_t sum = plan_memory(s);
  for (size_t i = 0; i < lac_fragment_count(s); i++)
    sum += layer_memory(s, i);
  return sum;
}

/* ---- the message ---- */

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  size_t layers = lac_fragment_count(s);
  double *memory = s->state ? s->state + plan_memory(s) : NULL;
  uint8_t *way = lac_scratch(s, 0, layers);
  lac_streams from = lac_fragment_streams(s);
  lac_settings set;
  lac_fragment f;
  if (!way)
    return LAC_ENOMEM;
  if (!lac_all_finite(s->d, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be compressed is not finite");
  LAC_TRY(plan_of(s, from, x, way));
  for (size_t i = 0; i < layers; i++)
    LAC_TRY(lac_msg_put(m, way[i], width_of(way_count(s))));
  for (size_t i = 0; i < layers; i++) {
    lac_fragment_of(s, i, &f);
    LAC_TRY(use_way(s, way[i], &f, &set));
    lac_fragment_seek(s, from, i);
    f.at.state = memory;
    LAC_TRY(lac_encode(&f.at, x + f.offset, m));
    if (memory)
      memory += layer_memory(s, i);
  }
  return LAC_OK;
}

static int get_plan(const lac_site *s, lac_msg *m, uint8_t *way)
{
  uint64_t number;
  lac_settings set;
  lac_fragment f;
  for (size_t i = 0; i < lac_fragment_count(s); i++) {
    LAC_TRY(lac_msg_get(m, width_of(way_count(s)), &number));
    if (number >= way_count(s) || !serves(s, i, (size_t)number, &f, &set))
      return lac_fail(LAC_EFORMAT, "lgreco: the message has a plan that no encoder made");
    way[i] = (uint8_t)number;
  }
  return LAC_OK;
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  uint8_t *way = lac_scratch(s, 0, lac_fragment_count(s));
  lac_streams from = lac_fragment_streams(s);
  lac_settings set;
  lac_fragment f;
  if (!way)
    return LAC_ENOMEM;
  LAC_TRY(get_plan(s, m, way));
  for (size_t i = 0; i < lac_fragment_count(s); i++) {
    lac_fragment_of(s, i, &f);
    LAC_TRY(use_way(s, way[i], &f, &set));
    lac_fragment_seek(s, from, i);
    LAC_TRY(lac_decode_add(&f.at, scale, m, y + f.offset));
  }
  return LAC_OK;
}

static uint64_t bits(const lac_site *s, int *exact)
{
  size_t layers = lac_fragment_count(s);
  uint64_t sum = layers * width_of(way_count(s));
  lac_settings set;
  lac_fragment f;
  for (size_t i = 0; i < layers; i++) {
    uint64_t most = 0, one;
    for (size_t w = 0; w < way_count(s); w++)
      if (serves(s, i, w, &f, &set) && (one = lac_bits(&f.at, exact)) > most)
        most = one;
    sum += most;
  }
  *exact = 0;
  return sum;
}

static int alpha(const lac_site *s, double *a)
{
  size_t ways = of(s)->every == 1 ? 1 : way_count(s);
  lac_settings set;
  lac_fragment f;
  double one;
  *a = 1;
  for (size_t i = 0; s->stage->next && i < lac_fragment_count(s); i++)
    for (size_t w = 0; w < ways; w++)
      if (serves(s, i, w, &f, &set)) {
        LAC_TRY(lac_alpha(&f.at, &one));
        *a = fmin(*a, one);
      }
  return s->stage->next ? LAC_OK : LAC_ENOTSUP;
}

const lac_compressor_type lac_compressor_lgreco = {
  .name = "lgreco",
  .summary = "every layer with a parameter of its own, lgreco+topk: the fewest bits at the error of the uniform choice",
  .reference = "Alimohammadi, Markov, Frantar, Alistarh 2023, arXiv:2210.17357",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .state_size = state_size,
};
