/* The constants of a run and the step sizes that theory makes of them: laconic show --constants. */
#include "command/commands.h"
#include "setup/setup.h"
#include "utf8.h"

#include <math.h>
#include <stdio.h>

static void print_number(const char *name, double value, const char *meaning)
{
  char number[32];
  lac_print(stdout, "  %-13s %-23s %s\n", name, lac_format_real(value, number), meaning);
}

/* A constant that is not known is an answer, too; anything else is a failure. */
static int print_constant(const lac_run *r, int status, const char *name, double value, const char *meaning)
{
  if (status != LAC_OK && status != LAC_ENOTSUP)
    return status;
  if (lac_comm_rank(r->comm))
    return LAC_OK;
  if (status == LAC_OK)
    print_number(name, value, meaning);
  else
    lac_print(stdout, "  %-13s %-23s %.*s\n", name, "not known", (int)strcspn(lac_error(), ";"), lac_error());
  return LAC_OK;
}

static int print_smoothness(const lac_run *r, int all)
{
  lac_smoothness s = { 0 };
  const double *L;
  int status = lac_smoothness_of(&r->env, &s);
  LAC_TRY(print_constant(r, status, "L", s.L, "smoothness of f"));
  if (status != LAC_OK)
    return LAC_OK;
  LAC_TRY(lac_client_smoothness_of(&r->env, &L));
  double least = s.L_max;
  for (uint32_t i = 0; i < r->env.n; i++)
    least = fmin(least, L[i]);
  if (lac_comm_rank(r->comm))
    return LAC_OK;
  print_number("L_min", least, "smallest L_i, the smoothness of f_i");
  print_number("L_am", s.L_am, "mean L_i");
  print_number("L_qm", s.L_qm, "root of the mean L_i^2");
  print_number("L_var", s.L_qm * s.L_qm - s.L_am * s.L_am, "variance of the L_i");
  print_number("L_max", s.L_max, "largest L_i");
  for (uint32_t i = 0; all && i < r->env.n; i++) {
    char name[24];
    snprintf(name, sizeof name, "L_%u", i);
    print_number(name, L[i], "");
  }
  return LAC_OK;
}

static int print_problem(const lac_run *r, int all)
{
  const lac_env *e = &r->env;
  double value = 0, most = 0, fixed = r->instance.problem.affine;
  LAC_TRY(print_smoothness(r, all));
  int status = lac_L_plus_of(e, &value);
  LAC_TRY(print_constant(r, status, "L_plus", value, fixed ? "(1/n) sum |grad f_i(x) - grad f_i(y)|^2 <= L_+^2 |x - y|^2" :
                         "a bound of L_+: root of |(1/n) sum L_i M_i|"));
  status = lac_L_pm_of(e, &value);
  LAC_TRY(print_constant(r, status, "L_pm", value, fixed ? "the same less |grad f(x) - grad f(y)|^2" : "not above L_+"));
  status = lac_row_smoothness_of(e, 0, &value);
  LAC_TRY(print_constant(r, status, "Lcal", sqrt(value), "root of the mean Lcal_i^2/tau_i: single rows, batches of tau_i"));
  status = lac_convexity_of(e, &value);
  LAC_TRY(print_constant(r, status, "mu", value, "strong convexity"));
  status = lac_rare_of(e, &value, &most);
  LAC_TRY(print_constant(r, status, "c", value, "clients at most that depend on one coordinate"));
  return print_constant(r, status, "r", most, "coordinates at most that one client depends on");
}

static int print_compressors(const lac_run *r)
{
  const lac_env *e = &r->env;
  double alpha = NAN, value = NAN;
  int status = lac_alpha_of(e, LAC_UP, &alpha);
  LAC_TRY(print_constant(r, status, "alpha", alpha, r->recipe.up.spec.text));
  LAC_TRY(print_constant(r, status, "xi", lac_xi(alpha), "root of beta/theta"));
  status = lac_omega_of(e, LAC_UP, &value);
  LAC_TRY(print_constant(r, status, "omega", value, r->recipe.up.spec.text));
  if (!r->recipe.method->compresses_down)
    return LAC_OK;
  status = lac_alpha_of(e, LAC_DOWN, &alpha);
  LAC_TRY(print_constant(r, status, "alpha, down", alpha, r->recipe.down.spec.text));
  status = lac_omega_of(e, LAC_DOWN, &value);
  return print_constant(r, status, "omega, down", value, r->recipe.down.spec.text);
}

/* The rules that every method knows by name, then the method's own options. */
static int print_steps(const lac_run *r)
{
  double gamma = NAN;
  for (const lac_step_rule *s = lac_step_rules; s->name; s++) {
    int status = s->rule(&r->env, &gamma);
    LAC_TRY(print_constant(r, status, s->name, gamma, s->formula));
  }
  int status = r->recipe.method->resolve ? lac_comm_agree(r->comm, r->recipe.method->resolve(&r->env, r->recipe.spec.params)) : LAC_OK;
  for (const lac_option *o = r->recipe.method->options; o && o->name; o++) {
    const lac_step *step = (const void *)((const char *)r->recipe.spec.params + o->offset);
    if (o->kind == LAC_STEP)
      LAC_TRY(print_constant(r, *step->rule ? status : LAC_OK, o->name, step->value, r->recipe.spec.text));
  }
  return LAC_OK;
}

static void print_heading(const lac_run *r)
{
  const lac_data *data = r->instance.problem.data;
  if (lac_comm_rank(r->comm))
    return;
  lac_print(stdout, "%s, d=%zu, %u clients", r->instance.problem.spec.text, r->env.d, r->env.n);
  if (data)
    lac_print(stdout, ", %s, %s", lac_data_dataset_text(data), lac_data_split_text(data));
  lac_print(stdout, "\n");
}

int lac_show_constants(lac_comm *comm, const lac_config *config, int all)
{
  lac_run r;
  int status = lac_run_open(&r, config, comm);
  if (status == LAC_OK)
    status = lac_run_prepare(&r);
  if (status == LAC_OK) {
    print_heading(&r);
    status = print_problem(&r, all);
  }
  if (status == LAC_OK)
    status = print_compressors(&r);
  if (status == LAC_OK)
    status = print_steps(&r);
  lac_run_close(&r);
  return status;
}
