/* One codec on one vector: does it keep its contract there, and how fast is it? */
#include "bench/bench.h"

#include "bench/child.h"
#include "bench/clock.h"
#include "run/config.h"
#include "registry/registry.h"
#include "store/result.h"
#include "rng.h"
#include "setup/setup.h"
#include "stats.h"
#include "vec.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static const lac_seeds seeds = { .axis = { 201, 202, 203, 204, 205 } };
enum { CLIENTS = 10 };

typedef struct {
  const lac_codec *k;
  const lac_bench_vector *v;
  gsl_rng *rng, *shared;
  lac_msg m;                         /* of a compressor */
  uint8_t *packed;                   /* of a baseline */
  size_t room, size;
  double *state, spare;
  size_t state_size;
} work;

/* The vector of client 0 of ten, in this round. */
static lac_site site_of(work *w, uint32_t round)
{
  lac_site s = lac_site_of(&w->k->compressor, w->v->d);
  s.n = CLIENTS;
  s.round = round;
  s.layers = &w->v->layer;
  s.layer_count = 1;
  s.rng = w->rng;
  s.shared = w->shared;
  lac_rng_point(w->rng, &seeds, LAC_SEED_NOISE, 0, round, 0);
  lac_rng_point(w->shared, &seeds, LAC_SEED_NOISE, CLIENTS, round, 1);
  return s;
}

static lac_site quiet_site(work *w)
{
  lac_site s = site_of(w, 0);
  s.rng = s.shared = NULL;
  return s;
}

static int pack(work *w, uint32_t round)
{
  if (w->k->baseline)
    return w->k->baseline->encode(w->v->x, w->v->d, w->packed, w->room, &w->size);
  lac_site s = site_of(w, round);
  s.state = w->state;
  lac_msg_clear(&w->m);
  return lac_encode(&s, w->v->x, &w->m);
}

/* A compressor adds to y, a baseline overwrites it. */
static int unpack(work *w, uint32_t round, double *y)
{
  if (w->k->baseline)
    return w->k->baseline->decode ? w->k->baseline->decode(w->packed, w->size, y, w->v->d) : LAC_OK;
  lac_site s = site_of(w, round);
  w->m.rpos = w->m.uses = 0;
  return lac_decode_add(&s, 1, &w->m, y);
}

static uint64_t bits_of(const work *w) { return w->k->baseline ? 8 * (uint64_t)w->size : w->m.nbits; }
static uint64_t hash_of(const work *w)
{
  return w->k->baseline ? XXH3_64bits(w->packed, w->size) : XXH3_64bits(w->m.buf, lac_msg_bytes(&w->m));
}

static void forget(work *w)
{
  if (w->state)
    lac_zero(w->state_size, w->state);
}

/* ---- the contract ---- */

static __attribute__((format(printf, 2, 3)))
int invalid(lac_bench_cell *c, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(c->left_out, sizeof c->left_out, format, args);
  va_end(args);
  c->invalid = 1;
  return LAC_OK;
}

static int check_bits(work *w, lac_bench_cell *c)
{
  int exact = 1;
  lac_site s = quiet_site(w);
  uint64_t declared = w->k->baseline ? bits_of(w) : lac_bits(&s, &exact);
  c->written = (double)bits_of(w) / c->d;
  c->declared = w->k->baseline ? NAN : (double)declared / c->d;
  if (exact ? bits_of(w) != declared : bits_of(w) > declared)
    return invalid(c, "it wrote %llu bits and declares %s%llu", (unsigned long long)bits_of(w), exact ? "" : "at most ",
                   (unsigned long long)declared);
  return LAC_OK;
}

/* One message, there and back.  *error: |C(x) - x|^2 / |x|^2. */
static int round_trip(work *w, uint32_t round, lac_bench_cell *c, double *error)
{
  const lac_bench_vector *v = w->v;
  forget(w);
  int status = pack(w, round);
  if (status != LAC_OK)
    return status == LAC_ENOMEM ? status : invalid(c, "it does not encode: %.120s", lac_error());
  lac_zero(v->d, v->y);
  if (w->k->baseline && !w->k->baseline->decode)
    lac_copy(v->d, (const double *)(const void *)w->packed, v->y);
  else if ((status = unpack(w, round, v->y)) != LAC_OK)
    return status == LAC_ENOMEM ? status : invalid(c, "it does not read what it wrote: %.120s", lac_error());
  if (!w->k->baseline && w->m.rpos != w->m.nbits)
    return invalid(c, "it leaves bits unread");
  if (!lac_all_finite(v->d, v->y))
    return invalid(c, "C(x) is not finite");
  *error = 0;
  for (size_t j = 0; j < v->d; j++)
    *error += (v->y[j] - v->x[j]) * (v->y[j] - v->x[j]);
  *error /= v->norm_sq;
  return LAC_OK;
}

/* What theory allows in the mean: of alpha and omega, the smaller. */
static double bound_of(work *w)
{
  double alpha, omega, tolerance = w->k->baseline ? w->k->baseline->tolerance * w->v->most : 0;
  if (w->k->baseline)
    return (double)w->v->d * tolerance * tolerance / w->v->norm_sq;
  lac_site s = quiet_site(w);
  double bound = lac_alpha(&s, &alpha) == LAC_OK ? 1 - alpha : INFINITY;
  if (lac_omega(&s, &omega) == LAC_OK)
    bound = fmin(bound, omega);
  return isinf(bound) ? NAN : bound;
}

/* Variance of |C(x)-x|^2/|x|^2 when the error of an entry is all or nothing as Rand-K's is, omega x_j^2 in the mean and at most
   max(1, omega^2) x_j^2. */
static double all_or_nothing(const lac_bench_vector *v, double omega)
{
  double fourth = 0;
  for (size_t j = 0; j < v->d; j++)
    fourth += v->x[j] * v->x[j] * v->x[j] * v->x[j];
  return omega * fmax(1, omega * omega) * fourth / (v->norm_sq * v->norm_sq);
}

/* Draws until the error is known well enough; a second one that is the same: nothing is drawn. */
static int check_error(work *w, double first, lac_bench_cell *c)
{
  enum { MOST = 16 };
  double error[MOST] = { first }, mean = 0, square = 0;
  unsigned draws = c->d > 3e6 ? 2 : c->d > 3e5 ? 4 : MOST, count = 1;
  while (count < draws && !(count == 2 && error[0] == error[1])) {
    LAC_TRY(round_trip(w, count, c, &error[count]));
    if (c->invalid)
      return LAC_OK;
    count++;
  }
  for (unsigned i = 0; i < count; i++) {
    mean += error[i] / count;
    square += error[i] * error[i] / count;
  }
  c->error = mean;
  c->bound = bound_of(w);
  double variance = fmax(0, square - mean * mean), rounding = 0x1p-44;
  if (variance > 0 && count < MOST && !isnan(c->bound))       /* of few draws their own spread says little */
    variance = fmax(variance, all_or_nothing(w->v, c->bound));
  /* six standard errors, and what rounding to f32 adds */
  if (!isnan(c->bound) && !(mean <= c->bound + 6 * sqrt(variance / count) + rounding + 2 * sqrt(c->bound * rounding)))
    return invalid(c, "|C(x)-x|^2/|x|^2 = %g, and theory allows %g", mean, c->bound);
  return LAC_OK;
}

static int validate(work *w, lac_bench_cell *c)
{
  double error;
  w->spare = NAN;
  w->m.spare = &w->spare;
  LAC_TRY(round_trip(w, 0, c, &error));
  w->m.spare = NULL;
  if (c->invalid)
    return LAC_OK;
  c->entropy = c->d > 0 ? ((double)bits_of(w) - w->spare) / c->d : NAN;
  LAC_TRY(check_bits(w, c));
  uint64_t first = hash_of(w);
  forget(w);
  LAC_TRY(pack(w, 0));
  if (hash_of(w) != first)
    return invalid(c, "the same vector and the same streams gave other bits");
  return c->invalid ? LAC_OK : check_error(w, error, c);
}

/* ---- the clock ---- */

static int time_once(work *w, size_t passes, double *copy, double *encode, double *decode)
{
  const lac_bench_vector *v = w->v;
  double t0 = lac_cpu_seconds();
  for (size_t i = 0; i < passes; i++) {
    memcpy(v->copy, v->x, v->d * sizeof *v->x);
    __asm__ volatile("" : : "r"(v->copy) : "memory");
  }
  double t1 = lac_cpu_seconds();
  for (size_t i = 0; i < passes; i++)
    LAC_TRY(pack(w, 0));
  double t2 = lac_cpu_seconds();
  for (size_t i = 0; i < passes; i++)
    LAC_TRY(unpack(w, 0, v->y));
  double t3 = lac_cpu_seconds();
  *copy = (t1 - t0) / (double)passes;
  *encode = (t2 - t1) / (double)passes;
  *decode = w->k->baseline && !w->k->baseline->decode ? 0 : (t3 - t2) / (double)passes;
  return LAC_OK;
}

static int measure(work *w, double seconds, int *turns, lac_bench_cell *c)
{
  enum { FEW = 5, FEWEST = 3, COORDINATES = 1 << 17 };       /* a repeat takes at least so many */
  double copy[LAC_REPEATS_MOST], encode[LAC_REPEATS_MOST], decode[LAC_REPEATS_MOST], ratio[LAC_REPEATS_MOST], dropped;
  size_t passes = w->v->d < COORDINATES ? COORDINATES / w->v->d : 1, n = 0;
  lac_zero(w->v->d, w->v->y);
  LAC_TRY(time_once(w, 1, &dropped, &dropped, &dropped));
  for (double start = lac_cpu_seconds(), now = start;
       n < FEWEST || (n < FEW && now - start < 10 * seconds) || (n < LAC_REPEATS_MOST && now - start < seconds);
       now = lac_cpu_seconds(), n++) {
    lac_turn_take(turns);
    LAC_TRY(time_once(w, passes, &copy[n], &encode[n], &decode[n]));
    lac_turn_pass(*turns);
    c->encode[n] = encode[n] / copy[n];
    c->decode[n] = decode[n] > 0 ? decode[n] / copy[n] : NAN;
    ratio[n] = copy[n] / (encode[n] + decode[n]);
  }
  double gigabytes = 8 * c->d / 1e9;
  c->repeats = n;
  c->encode_rate = gigabytes / lac_quantile(encode, n, 0.5);
  double median = lac_quantile(decode, n, 0.5);
  c->decode_rate = median > 0 ? gigabytes / median : NAN;
  c->both = lac_quantile(ratio, n, 0.5);
  c->spread = 50 * (lac_quantile(ratio, n, 0.75) - lac_quantile(ratio, n, 0.25)) / c->both;
  c->copy_seconds = lac_quantile(copy, n, 0.5);
  return LAC_OK;
}

/* ---- all of it ---- */

static int prepare(work *w, lac_bench_cell *c)
{
  const lac_baseline *baseline = w->k->baseline;
  const char *why = baseline ? baseline->missing : NULL;
  if (!baseline) {
    lac_site s = quiet_site(w);
    why = lac_refuse(&s);
    w->state_size = why ? 0 : lac_state_size(&s);
  }
  if (why) {
    snprintf(c->left_out, sizeof c->left_out, "%s", why);
    return LAC_OK;
  }
  if (w->state_size && !(w->state = lac_alloc(w->state_size * sizeof *w->state)))
    return LAC_ENOMEM;
  if (!baseline)
    return LAC_OK;
  w->room = baseline->bound(w->v->x, w->v->d);
  return (w->packed = lac_alloc(w->room)) ? LAC_OK : LAC_ENOMEM;
}

int lac_bench_measure(const lac_codec *k, const lac_bench_vector *v, double seconds, int *turns, lac_bench_cell *c)
{
  work w = { .k = k, .v = v, .rng = lac_rng_new(), .shared = lac_rng_new() };
  *c = (lac_bench_cell){ .codec = k->name, .vector = v, .d = (double)v->d, .encode_rate = NAN, .decode_rate = NAN, .both = NAN,
                         .spread = NAN, .written = NAN, .declared = NAN, .entropy = NAN, .error = NAN, .bound = NAN };
  snprintf(c->input, sizeof c->input, "%s", v->name);
  int status = w.rng && w.shared ? prepare(&w, c) : LAC_ENOMEM;
  if (status == LAC_OK && !*c->left_out)
    status = validate(&w, c);
  if (status == LAC_OK && !*c->left_out)
    status = measure(&w, seconds, turns, c);
  gsl_rng_free(w.rng);
  gsl_rng_free(w.shared);
  lac_msg_free(&w.m);
  free(w.packed);
  free(w.state);
  return status;
}

/* ---- real gradients ---- */

static int configure(lac_config *c, const lac_result *r, const char *data_dir)
{
  LAC_TRY(lac_config_init(c));
  for (const lac_option *o = lac_what_options; o->name; o++) {
    char key[80];
    snprintf(key, sizeof key, "environment.given.%s", o->name);
    const char *value = lac_result_attribute(r, key);
    if (value && *value)
      LAC_TRY(lac_config_set(c, o->name, value));
  }
  return data_dir ? lac_config_set(c, "data-dir", data_dir) : LAC_OK;
}

static int gradient_at(lac_run *run, const lac_result *r, double **x, size_t *d)
{
  double f;
  *d = run->env.d;
  if (r->d != *d)
    return lac_fail(LAC_EUSER, "%s: /final/x has %zu entries and its problem d=%zu", r->path, r->d, *d);
  if (!(*x = lac_alloc(*d * sizeof **x)))
    return LAC_ENOMEM;
  LAC_TRY(run->instance.problem.type->value_grad(&run->instance.problem, run->instance.shard[0], r->x, &f, *x));
  if (!lac_all_finite(*d, *x) || lac_norm_sq(*d, *x) == 0)
    return lac_fail(LAC_EUSER, "%s: the gradient of client 0 at /final/x is zero or not finite", r->path);
  return LAC_OK;
}

int lac_bench_gradient(lac_comm *comm, const char *path, const char *data_dir, double **x, size_t *d)
{
  lac_result r;
  lac_config config = { 0 };
  lac_run run = { 0 };
  *x = NULL;
  LAC_TRY(lac_result_open(&r, path));
  int opened = 0, status = r.x ? configure(&config, &r, data_dir) : lac_fail(LAC_EUSER, "%s has no /final/x; finish its run first", path);
  if (status == LAC_OK) {
    opened = 1;
    status = lac_run_open(&run, &config, comm);
  }
  if (status == LAC_OK)
    status = lac_run_prepare(&run);
  if (status == LAC_OK)
    status = gradient_at(&run, &r, x, d);
  if (opened)
    lac_run_close(&run);
  lac_config_clear(&config);
  lac_result_close(&r);
  return status;
}
