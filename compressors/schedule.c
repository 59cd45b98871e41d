/* An option of the next stage that changes from round to round: "schedule:values=25%/6.25%,every=50+topk:k=1%" is topk with k = 25 % in the
   rounds 0..49, 6.25 % in 50..99 and its own 1 % from then on.  Both ends know the round, so nothing of it is sent.

   Deep Gradient Compression warms its sparsity up in this way.

   alpha is the least over all values, omega the largest.  Without a stage behind it there is nothing to change: C(x) = x.

   Wire: the message of the next stage. */
#include "parts/ways.h"

#include <math.h>

typedef struct { char *param, *values; uint64_t every; } params;
static const lac_option options[] = {
  { "param", LAC_TEXT, offsetof(params, param), "k", NULL, NULL, "the option of the next stage that changes" },
  { "values", LAC_TEXT, offsetof(params, values), "", NULL, NULL, "its values one after the other, with / between them, before its own" },
  { "every", LAC_UINT, offsetof(params, every), "100", "[1,4294967295]", NULL, "rounds of each value" },
  { 0 }
};

static lac_ways ways_of(const lac_site *s)
{
  const params *p = s->params;
  return (lac_ways){ p->param, p->values, "schedule", "values" };
}

/* The next stage, with its layers, as it is in one way. */
static int place_way(const lac_site *s, size_t way, lac_site *at, lac_settings *set)
{
  lac_ways w = ways_of(s);
  *at = lac_next(s, s->d);
  at->layers = s->layers;
  at->layer_count = s->layer_count;
  return *w.values ? lac_way_use(&w, way, at, set) : LAC_OK;
}

static int place_now(const lac_site *s, lac_site *at, lac_settings *set)
{
  lac_ways w = ways_of(s);
  uint64_t value = s->round / ((const params *)s->params)->every;
  return place_way(s, value + 1 < lac_way_count(&w) ? (size_t)value + 1 : 0, at, set);
}

static const char *refuse(const lac_site *s)
{
  lac_ways w = ways_of(s);
  lac_settings set;
  lac_site at;
  if (!s->stage->next)
    return *w.values ? "schedule has no compressor behind it whose option could change, such as schedule:values=25%+topk" : NULL;
  const char *why = *w.values ? lac_ways_refuse(&w, s) : NULL;
  for (size_t way = 0; way < lac_way_count(&w) && !why; way++)
    why = place_way(s, way, &at, &set) ? lac_error() : lac_refuse(&at);
  return why;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  lac_settings set;
  lac_site at;
  if (!s->stage->next)
    return lac_values_put(s, LAC_F64, s->d, x, m);
  LAC_TRY(place_now(s, &at, &set));
  return lac_encode(&at, x, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  lac_settings set;
  lac_site at;
  if (!s->stage->next)
    return lac_values_add(s, LAC_F64, s->d, scale, m, y);
  LAC_TRY(place_now(s, &at, &set));
  return lac_decode_add(&at, scale, m, y);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  lac_settings set;
  lac_site at;
  if (!s->stage->next || place_now(s, &at, &set))
    return lac_values_bits(s, LAC_F64, s->d, exact);
  return lac_bits(&at, exact);
}

/* The worst over all ways of a constant, the least (sign = 1) or the largest (-1). */
static int worst_of(const lac_site *s, int (*constant)(const lac_site *, double *), double sign, double *worst)
{
  lac_ways w = ways_of(s);
  lac_settings set;
  lac_site at;
  double one;
  for (size_t way = 0; way < lac_way_count(&w); way++) {
    LAC_TRY(place_way(s, way, &at, &set));
    LAC_TRY(constant(&at, &one));
    *worst = way ? sign * fmin(sign * *worst, sign * one) : one;
  }
  return LAC_OK;
}

static int alpha(const lac_site *s, double *a) { return s->stage->next ? worst_of(s, lac_alpha, 1, a) : lac_values_alpha(s, s->d, a); }
static int omega(const lac_site *s, double *w) { return s->stage->next ? worst_of(s, lac_omega, -1, w) : lac_values_omega(s, s->d, w); }

static size_t state_size(const lac_site *s)
{
  lac_ways w = ways_of(s);
  lac_settings set;
  lac_site at;
  size_t most = 0;
  for (size_t way = 0; s->stage->next && way < lac_way_count(&w); way++)
    if (place_way(s, way, &at, &set) == LAC_OK && lac_state_size(&at) > most)
      most = lac_state_size(&at);
  return most;
}

const lac_compressor_type lac_compressor_schedule = {
  .name = "schedule",
  .summary = "an option of the next stage that changes over the rounds, schedule:values=25%/5%,every=50+topk:k=1%",
  .options = options,
  .params_size = sizeof(params),
  .leads = 1,
  .refuse = refuse,
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
  .omega = omega,
  .state_size = state_size,
};
