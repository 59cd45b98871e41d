#include "run/sampler.h"

#include "elementary.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct { uint64_t s; double p; } params;

static const lac_option uniform_options[] = {
  { "s", LAC_UINT, offsetof(params, s), "1", ">=1", NULL, "clients a round, without replacement" }, { 0 } };
static const lac_option bernoulli_options[] = {
  { "p", LAC_REAL, offsetof(params, p), "0.5", "(0,1]", NULL, "probability of every client" }, { 0 } };
static const lac_option weighted_options[] = {
  { "s", LAC_UINT, offsetof(params, s), "1", "[1,1000000000]", NULL, "draws a round, with replacement; it may be more than the clients" },
  { 0 } };

enum { USE_SAMPLE, USE_LOSS };

static int draw_full(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint32_t *in)
{
  (void)s, (void)rng, (void)seeds, (void)round;
  for (uint32_t i = 0; i < n; i++)
    in[i] = 1;
  return LAC_OK;
}

static int draw_uniform(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint32_t *in)
{
  uint64_t count = ((const params *)s->spec.params)->s;
  lac_choice c;
  memset(in, 0, n * sizeof *in);
  lac_rng_point(rng, seeds, LAC_SEED_SAMPLE, 0, round, USE_SAMPLE);
  LAC_TRY(lac_context(lac_choose(&c, rng, n, count, s->set), "--sample"));
  for (uint64_t i = 0; i < count; i++)
    in[lac_choose_next(&c)] = 1;
  return LAC_OK;
}

static int draw_bernoulli(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint32_t *in)
{
  double p = ((const params *)s->spec.params)->p;
  int coin = 0;
  for (uint32_t i = 0; i < n; i++) {
    lac_rng_point(rng, seeds, LAC_SEED_SAMPLE, i, round, USE_SAMPLE);
    LAC_TRY(lac_context(lac_rng_coin(rng, p, &coin), "--sample"));
    in[i] = (uint32_t)coin;
  }
  return LAC_OK;
}

static int draw_weighted(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint32_t *in)
{
  lac_rng_point(rng, seeds, LAC_SEED_SAMPLE, 0, round, USE_SAMPLE);
  return lac_context(lac_draw_shares(rng, n, s->upto, ((const params *)s->spec.params)->s, in), "--sample");
}

static double share_full(const lac_sampler *s, uint32_t n) { return (void)s, (void)n, 1; }
static double share_uniform(const lac_sampler *s, uint32_t n) { return (double)((const params *)s->spec.params)->s / n; }
static double share_bernoulli(const lac_sampler *s, uint32_t n) { return (void)n, ((const params *)s->spec.params)->p; }

static double share_weighted(const lac_sampler *s, uint32_t n)
{
  double least = lac_sampler_rate(s, 0, n);
  for (uint32_t i = 1; i < n; i++)
    least = fmin(least, lac_sampler_rate(s, i, n));
  return 1 - lac_exp((double)((const params *)s->spec.params)->s * lac_log(1 - least / n));
}

static const struct {
  const char *name;
  const lac_option *options;
  int (*draw)(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint32_t *in);
  double (*share)(const lac_sampler *s, uint32_t n);
} kinds[] = {
  { "full", NULL, draw_full, share_full },
  { "uniform", uniform_options, draw_uniform, share_uniform },
  { "bernoulli", bernoulli_options, draw_bernoulli, share_bernoulli },
  { "weighted", weighted_options, draw_weighted, share_weighted },
};

/* The running sums of the clients' rows. */
static int add_rows(lac_sampler *s, uint32_t n, const lac_data *data)
{
  uint64_t sum = 0;
  if (!data)
    return lac_fail(LAC_EUSER, "--sample=weighted: the clients of this problem have no rows to weigh them by; use uniform:s=N");
  if (!(s->upto = lac_alloc(n * sizeof *s->upto)))
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < n; i++)
    s->upto[i] = sum += lac_data_shard_rows(data, i);
  return LAC_OK;
}

int lac_sampler_open(lac_sampler *s, const char *text, uint32_t n, const lac_data *data)
{
  for (s->kind = 0; s->kind < (int)LAC_COUNT(kinds); s->kind++)
    if (lac_spec_name(text) == strlen(kinds[s->kind].name) && strncmp(text, kinds[s->kind].name, lac_spec_name(text)) == 0) {
      LAC_TRY(lac_spec_parse(&s->spec, "--sample", text, kinds[s->kind].options, sizeof(params)));
      const params *p = s->spec.params;
      if (!(s->set = lac_alloc(LAC_CHOICE_WORDS((size_t)n) * sizeof *s->set)))
        return LAC_ENOMEM;
      if (kinds[s->kind].draw == draw_weighted)
        return add_rows(s, n, data);
      return p->s <= n ? LAC_OK : lac_fail(LAC_EUSER, "--sample=uniform: s=%llu is more than the %u clients; lower s, or raise --clients",
                                               (unsigned long long)p->s, n);
    }
  return lac_fail(LAC_EUSER, "--sample: '%.40s' is none of full, uniform:s=N, bernoulli:p=P, weighted:s=N", text);
}

void lac_sampler_close(lac_sampler *s)
{
  free(s->set);
  free(s->upto);
  s->set = s->upto = NULL;
  lac_spec_free(&s->spec);
}

int lac_sampler_is_full(const lac_sampler *s) { return kinds[s->kind].draw == draw_full; }

int lac_sampler_repeats(const lac_sampler *s) { return s->upto != NULL; }

double lac_sampler_rate(const lac_sampler *s, uint32_t client, uint32_t n)
{
  if (!s->upto)
    return 1;
  return (double)n * (double)(s->upto[client] - (client ? s->upto[client - 1] : 0)) / (double)s->upto[n - 1];
}

int lac_sampler_draw(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint64_t round, uint32_t *times,
                     uint32_t *count)
{
  LAC_TRY(kinds[s->kind].draw(s, rng, seeds, n, (uint32_t)round, times));
  *count = 0;
  for (uint32_t i = 0; i < n; i++)
    *count += times[i] > 0;
  return LAC_OK;
}

void lac_sampler_lose(double p, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint64_t round, const uint32_t *times, uint8_t *lost)
{
  lac_seeds own = *seeds;
  own.replay[LAC_SEED_SAMPLE] = NULL;
  memset(lost, 0, n);
  for (uint32_t i = 0; p > 0 && i < n; i++)
    if (times[i]) {
      lac_rng_point(rng, &own, LAC_SEED_SAMPLE, i, (uint32_t)round, USE_LOSS);
      lost[i] = gsl_rng_uniform(rng) < p;
    }
}

double lac_sampler_share(const lac_sampler *s, uint32_t n) { return kinds[s->kind].share(s, n); }

uint32_t lac_sampler_most(const lac_sampler *s, uint32_t n)
{
  uint64_t most = ((const params *)s->spec.params)->s;      /* 0: not so sampled */
  return most && most < n ? (uint32_t)most : n;
}
