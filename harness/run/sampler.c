#include "run/sampler.h"

#include <stdlib.h>
#include <string.h>

typedef struct { uint64_t s; double p; } params;

static const lac_option uniform_options[] = {
  { "s", LAC_UINT, offsetof(params, s), "1", ">=1", NULL, "clients a round, without replacement" }, { 0 } };
static const lac_option bernoulli_options[] = {
  { "p", LAC_REAL, offsetof(params, p), "0.5", "(0,1]", NULL, "probability of every client" }, { 0 } };

static int draw_full(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint8_t *in)
{
  (void)s, (void)rng, (void)seeds, (void)round;
  memset(in, 1, n);
  return LAC_OK;
}

static int draw_uniform(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint8_t *in)
{
  uint64_t count = ((const params *)s->spec.params)->s;
  lac_choice c;
  memset(in, 0, n);
  lac_rng_point(rng, seeds, LAC_SEED_SAMPLE, 0, round, 0);
  LAC_TRY(lac_context(lac_choose(&c, rng, n, count, s->set), "--sample"));
  for (uint64_t i = 0; i < count; i++)
    in[lac_choose_next(&c)] = 1;
  return LAC_OK;
}

static int draw_bernoulli(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint8_t *in)
{
  double p = ((const params *)s->spec.params)->p;
  int coin = 0;
  for (uint32_t i = 0; i < n; i++) {
    lac_rng_point(rng, seeds, LAC_SEED_SAMPLE, i, round, 0);
    LAC_TRY(lac_context(lac_rng_coin(rng, p, &coin), "--sample"));
    in[i] = (uint8_t)coin;
  }
  return LAC_OK;
}

static double share_full(const params *p, uint32_t n) { return (void)p, (void)n, 1; }
static double share_uniform(const params *p, uint32_t n) { return (double)p->s / n; }
static double share_bernoulli(const params *p, uint32_t n) { return (void)n, p->p; }

static const struct {
  const char *name;
  const lac_option *options;
  int (*draw)(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint32_t round, uint8_t *in);
  double (*share)(const params *p, uint32_t n);
} kinds[] = {
  { "full", NULL, draw_full, share_full },
  { "uniform", uniform_options, draw_uniform, share_uniform },
  { "bernoulli", bernoulli_options, draw_bernoulli, share_bernoulli },
};

int lac_sampler_open(lac_sampler *s, const char *text, uint32_t n)
{
  for (s->kind = 0; s->kind < (int)LAC_COUNT(kinds); s->kind++)
    if (lac_spec_name(text) == strlen(kinds[s->kind].name) && strncmp(text, kinds[s->kind].name, lac_spec_name(text)) == 0) {
      LAC_TRY(lac_spec_parse(&s->spec, "--sample", text, kinds[s->kind].options, sizeof(params)));
      const params *p = s->spec.params;
      if (!(s->set = lac_alloc(LAC_CHOICE_WORDS((size_t)n) * sizeof *s->set)))
        return LAC_ENOMEM;
      return p->s <= n ? LAC_OK : lac_fail(LAC_EUSER, "--sample=uniform: s=%llu is more than the %u clients", (unsigned long long)p->s, n);
    }
  return lac_fail(LAC_EUSER, "--sample: '%.40s' is none of full, uniform:s=N, bernoulli:p=P", text);
}

void lac_sampler_close(lac_sampler *s)
{
  free(s->set);
  s->set = NULL;
  lac_spec_free(&s->spec);
}

int lac_sampler_is_full(const lac_sampler *s) { return kinds[s->kind].draw == draw_full; }

int lac_sampler_draw(const lac_sampler *s, gsl_rng *rng, const lac_seeds *seeds, uint32_t n, uint64_t round, uint8_t *takes_part,
                     uint32_t *count)
{
  LAC_TRY(kinds[s->kind].draw(s, rng, seeds, n, (uint32_t)round, takes_part));
  *count = 0;
  for (uint32_t i = 0; i < n; i++)
    *count += takes_part[i];
  return LAC_OK;
}

double lac_sampler_share(const lac_sampler *s, uint32_t n) { return kinds[s->kind].share(s->spec.params, n); }

uint32_t lac_sampler_most(const lac_sampler *s, uint32_t n)
{
  return kinds[s->kind].draw == draw_uniform ? (uint32_t)((const params *)s->spec.params)->s : n;
}
