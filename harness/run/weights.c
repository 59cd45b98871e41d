#include "run/weights.h"

#include "run/sampler.h"

int lac_weights_open(lac_run *r)
{
  lac_instance *i = &r->instance;
  const lac_data *data = i->problem.data;
  uint32_t n = i->problem.n;
  if (r->config->weights == LAC_WEIGHTS_UNIFORM || i->weight)
    return LAC_OK;
  if (!data)
    return lac_fail(LAC_EUSER, "--weights=size: the clients of problem %s have no rows to count; leave --weights out",
                    i->problem.type->name);
  if (!(i->weight = lac_alloc(n * sizeof *i->weight)))
    return LAC_ENOMEM;
  double all = 0;
  for (uint32_t k = 0; k < n; k++)
    all += (double)lac_data_shard_rows(data, k);
  for (uint32_t k = 0; k < n; k++)
    i->weight[k] = (double)n * (double)lac_data_shard_rows(data, k) / all;
  return LAC_OK;
}

int lac_client_value_grad(lac_run *r, uint32_t client, const double *x, double *f, double *g)
{
  const lac_instance *i = &r->instance;
  LAC_TRY(i->problem.type->value_grad(&i->problem, i->shard[client - i->first], x, f, g));
  lac_weigh(r, client, r->env.d, g);
  lac_weigh(r, client, 1, f);
  return LAC_OK;
}

int lac_client_curvature(lac_run *r, uint32_t client, const double *v, double *out)
{
  const lac_instance *i = &r->instance;
  LAC_TRY(i->problem.type->curvature(&i->problem, i->shard[client - i->first], v, out));
  lac_weigh(r, client, r->env.d, out);
  return LAC_OK;
}

/* ---- for methods: algorithm.h ---- */

int lac_is_weighted(const lac_env *e) { return e->run->instance.weight != NULL; }

double lac_weight(const lac_env *e, uint32_t client)
{
  const lac_run *r = e->run;
  double weight = r->recipe.method->weighing == LAC_WEIGHS_MESSAGES ? lac_weight_in_f(r, client) : 1;
  if (!lac_sampler_repeats(&r->recipe.sampler))
    return weight;
  return weight * r->draws.times[client] / lac_sampler_rate(&r->recipe.sampler, client, e->n);
}
