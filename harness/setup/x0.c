/* Where a run starts: --x0. */
#include "setup/setup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { double scale; } normal_params;
typedef struct { char *path; } file_params;
static const lac_option result_options[] = {
  { "path", LAC_TEXT, offsetof(file_params, path), "", NULL, NULL, "result of a run of the same problem" }, { 0 } };
static const lac_option normal_options[] = {
  { "scale", LAC_REAL, offsetof(normal_params, scale), "1", ">0", NULL, "standard deviation of every coordinate" }, { 0 } };
static const lac_option file_options[] = {
  { "path", LAC_TEXT, offsetof(file_params, path), "", NULL, NULL, "text file, one number a line" }, { 0 } };

static int x0_zeros(lac_run *r, const void *params) { (void)r, (void)params; return LAC_OK; }

static int x0_auto(lac_run *r, const void *params)
{
  lac_problem *p = &r->instance.problem;
  (void)params;
  return p->type->start ? lac_problem_start(p, 0, r->instance.x0) : LAC_OK;
}

static int x0_normal(lac_run *r, const void *params)
{
  const normal_params *p = params;
  gsl_rng *rng = lac_rng_new();
  if (!rng)
    return LAC_ENOMEM;
  lac_rng_point(rng, &r->draws.seeds, LAC_SEED_X0, 0, 0, 0);
  lac_rng_normal(rng, r->instance.x0, r->instance.problem.d, p->scale);
  gsl_rng_free(rng);
  return LAC_OK;
}

static int x0_glorot(lac_run *r, const void *params)
{
  lac_problem *p = &r->instance.problem;
  (void)params;
  if (!p->type->layers)
    return lac_fail(LAC_EUSER, "--x0=glorot is for problems with layers, such as mlp; %s has none, use zeros or normal", p->type->name);
  if (p->base)
    return lac_fail(LAC_EUSER, "--x0=glorot: the factors of %s start otherwise, one of each pair at 0; leave --x0 out", p->type->name);
  return lac_start_layers(p, 0, r->instance.x0);
}

/* Where the quadratics of the 3PC paper start. */
static int x0_corner(lac_run *r, const void *params)
{
  (void)params;
  r->instance.x0[0] = sqrt((double)r->instance.problem.d);
  return LAC_OK;
}

static int x0_file(lac_run *r, const void *params)
{
  const file_params *p = params;
  double *values;
  size_t rows, cols, d = r->instance.problem.d;
  LAC_TRY(lac_context(lac_read_matrix(p->path, &values, &rows, &cols), "--x0"));
  if (rows * cols == d)
    lac_copy(d, values, r->instance.x0);
  free(values);
  return rows * cols == d ? LAC_OK :
         lac_fail(LAC_EUSER, "--x0: %s holds %zu numbers but the problem has d=%zu", p->path, rows * cols, d);
}

static int x0_result(lac_run *r, const void *params)
{
  const file_params *p = params;
  lac_instance *i = &r->instance;
  LAC_TRY(lac_problem_read(&i->problem, "--x0", p->path, i->x0, i->x0_digest));
  return *i->x0_digest ? LAC_OK : lac_fail(LAC_EUSER, "--x0=result: %s is no result of laconic; of text, say file:path=FILE", p->path);
}

static const struct {
  const char *name;
  const lac_option *options;
  size_t params_size;
  int (*fill)(lac_run *r, const void *params);
} starts[] = {
  { "auto", NULL, 0, x0_auto },
  { "zeros", NULL, 0, x0_zeros },
  { "normal", normal_options, sizeof(normal_params), x0_normal },
  { "glorot", NULL, 0, x0_glorot },
  { "corner", NULL, 0, x0_corner },
  { "file", file_options, sizeof(file_params), x0_file },
  { "result", result_options, sizeof(file_params), x0_result },
};

/* A problem with a constraint starts from the nearest point of its domain. */
static int move_into_domain(lac_run *r)
{
  size_t d = r->env.d;
  double *x0 = r->instance.x0, *zero = r->instance.problem.proximal ? lac_alloc(2 * lac_stride(d) * sizeof *zero) : NULL;
  if (!r->instance.problem.proximal)
    return LAC_OK;
  if (!zero)
    return LAC_ENOMEM;
  double *point = zero + lac_stride(d);
  lac_prox_point(&r->env, 1, x0, 0, NULL, 0, zero, point);
  lac_prox(&r->env, 0, point);
  lac_copy(d, point, x0);
  free(zero);
  return LAC_OK;
}

int lac_x0_make(lac_run *r)
{
  const char *text = r->config->x0;
  lac_spec spec;
  for (size_t i = 0; i < LAC_COUNT(starts); i++)
    if (lac_spec_name(text) == strlen(starts[i].name) && strncmp(text, starts[i].name, strlen(starts[i].name)) == 0) {
      LAC_TRY(lac_spec_parse(&spec, "--x0", text, starts[i].options, starts[i].params_size));
      int status = starts[i].fill(r, spec.params);
      lac_spec_free(&spec);
      return status == LAC_OK ? move_into_domain(r) : status;
    }
  return lac_fail(LAC_EUSER, "--x0: '%.40s' is none of auto, zeros, normal:scale=1, glorot, corner, file:path=FILE, result:path=R.h5",
                  text);
}

static int all_zero(size_t count, const double *x)
{
  while (count && x[count - 1] == 0)
    count--;
  return count == 0;
}

/* Where all of x is 0, all units of a hidden layer would stay alike for ever; where gains are, nothing passes them. */
int lac_x0_check(const lac_run *r)
{
  const lac_layer *layer;
  const lac_problem *p = &r->instance.problem;
  const char *instead = p->type->start ? "auto" : "glorot";
  size_t drawn = 0, layers = p->type->layers ? p->type->layers(p, &layer) : 0;
  for (size_t l = 0; l < layers; l++) {
    drawn += (size_t)lac_layer_drawn(&layer[l]);
    if (layer[l].kind == LAC_GAIN && all_zero(layer[l].rows * layer[l].cols, r->instance.x0 + layer[l].offset))
      return lac_fail(LAC_EUSER, "--x0: the gains %s of %s are zero, so nothing passes them; use --x0=%s", layer[l].name,
                      p->type->name, instead);
  }
  return drawn < 2 || p->at_zero || !all_zero(p->d, r->instance.x0) ? LAC_OK :
         lac_fail(LAC_EUSER, "--x0: at zero the hidden units of %s learn nothing; use --x0=%s", p->type->name, instead);
}
