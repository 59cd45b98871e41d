#include "run/row.h"

#include "elementary.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lac_end_name[] = { NULL, "converged", "budget", "rounds", "diverged", "interrupted" };

int lac_run_solves(const lac_run *r)
{
  int asked = r->config->optimum;
  const lac_problem_type *type = r->instance.problem.type;
  return asked == LAC_OPTIMUM_SOLVE || (asked == LAC_OPTIMUM_AUTO && type->saddle && !type->ambiguous) || r->recipe.method->needs_solution;
}

/* ---- the columns: what each is called, which runs have it, and its value ---- */

static int has_test(const lac_run *r) { return r->instance.test != NULL; }

int lac_row_takes_all(const lac_run *r)
{
  int asked = r->config->evaluate;
  return asked == LAC_EVALUATE_AUTO ? !(r->instance.problem.type->costly && has_test(r)) : asked == LAC_EVALUATE_ALL;
}

size_t lac_row_width(const lac_run *r) { return (lac_row_takes_all(r) ? r->env.d + 1 : 0) + (size_t)has_test(r); }

static int has_rows(const lac_run *r) { return r->instance.problem.type->batch_grad != NULL; }

int lac_row_scores_training(const lac_run *r)
{
  const lac_problem_type *type = r->instance.problem.type;
  return lac_row_takes_all(r) && type->score && (type->labels == LAC_CLASSES || type->labels == LAC_SYMBOLS);
}

static int has_test_symbols(const lac_run *r) { return has_test(r) && r->instance.problem.type->labels == LAC_SYMBOLS; }
static int classifies_test(const lac_run *r) { return has_test(r) && r->instance.problem.type->labels != LAC_REAL_LABELS; }

int lac_row_attacks(const lac_run *r) { return classifies_test(r) && r->instance.problem.type->attack && r->instance.problem.attacked; }

static int has_prox(const lac_run *r) { return lac_row_takes_all(r) && r->instance.problem.proximal; }
static int has_solution(const lac_run *r) { return lac_row_takes_all(r) && lac_run_solves(r); }

/* Over the whole space it is infinite unless f is strongly convex and concave. */
static int has_gap(const lac_run *r)
{
  double mu;
  const lac_problem *p = &r->instance.problem;
  return lac_row_takes_all(r) && p->type->gap && (p->proximal || (p->type->convexity && p->type->convexity(p, &mu) == LAC_OK));
}

#define CELL(name, kind, value) \
  static lac_cell name(const lac_run *r, const lac_evaluated *at) { (void)r, (void)at; return (lac_cell){ .kind = (value) }; }

static double dist_sq(const lac_run *r)
{
  const double *x = r->eval.x;
  double sum = 0;
  for (size_t j = 0; j < r->env.d; j++)
    sum += (x[j] - r->instance.x_star[j]) * (x[j] - r->instance.x_star[j]);
  return sum;
}

static double residual_sq(const lac_run *r, const double *F)
{
  const double *x = r->eval.x;
  double *moved = r->eval.moved;
  lac_prox_point(&r->env, 1, x, 0, NULL, 1, F, moved);
  lac_prox(&r->env, 1, moved);
  lac_sub(r->env.d, x, moved, moved);
  return lac_norm_sq(r->env.d, moved);
}

static double gap(const lac_run *r, const double *F)
{
  return r->instance.problem.type->gap(&r->instance.problem, r->eval.x, F);
}

CELL(cell_round, count, r->round)
CELL(cell_f, real, at->mean[r->env.d])
CELL(cell_grad_norm_sq, real, lac_norm_sq(r->env.d, at->mean))
CELL(cell_bits_up, count, r->ledger.total.bits_up)
CELL(cell_bits_down, count, r->ledger.total.bits_down)
CELL(cell_msgs_up, count, r->ledger.total.msgs_up)
CELL(cell_msgs_down, count, r->ledger.total.msgs_down)
CELL(cell_oracle_calls, count, r->ledger.total.oracle_calls)
CELL(cell_samples, count, r->ledger.total.samples)
CELL(cell_f_gap, real, at->mean[r->env.d] - r->instance.f_star)
CELL(cell_dist_sq, real, dist_sq(r))
CELL(cell_residual_sq, real, residual_sq(r, at->mean))
CELL(cell_gap, real, gap(r, at->mean))
CELL(cell_epsilon, real, lac_privacy_epsilon(r, r->round, NULL))
CELL(cell_accuracy, real, (double)at->train.right / (double)at->train.rows)
CELL(cell_test_loss, real, at->test.loss / (double)at->test.rows)
CELL(cell_test_bits_per_char, real, at->test.loss / (double)at->test.rows * 1.4426950408889634)      /* 1/ln 2 */
CELL(cell_test_perplexity, real, lac_exp(at->test.loss / (double)at->test.rows))
CELL(cell_test_accuracy, real, (double)at->test.right / (double)at->test.rows)
CELL(cell_test_robust_accuracy, real, (double)at->test.robust / (double)at->test.rows)

static const struct {
  lac_column column;
  int (*exists)(const lac_run *r);      /* NULL: in every trace */
  lac_cell (*cell)(const lac_run *r, const lac_evaluated *at);
} all[] = {
  { { "round", 0, 0 }, NULL, cell_round },
  { { "f", 1, 0 }, lac_row_takes_all, cell_f },
  { { "grad_norm_sq", 1, 0 }, lac_row_takes_all, cell_grad_norm_sq },
  { { "bits_up", 0, 0 }, NULL, cell_bits_up },
  { { "bits_down", 0, 0 }, NULL, cell_bits_down },
  { { "msgs_up", 0, 0 }, NULL, cell_msgs_up },
  { { "msgs_down", 0, 0 }, NULL, cell_msgs_down },
  { { "oracle_calls", 0, 0 }, NULL, cell_oracle_calls },
  { { "samples", 0, 0 }, has_rows, cell_samples },
  { { "f_gap", 1, 0 }, has_solution, cell_f_gap },
  { { "dist_sq", 1, 0 }, has_solution, cell_dist_sq },
  { { "residual_sq", 1, 0 }, has_prox, cell_residual_sq },
  { { "gap", 1, 0 }, has_gap, cell_gap },
  { { "epsilon", 1, 1 }, lac_privacy_counts, cell_epsilon },
  { { "accuracy", 1, 1 }, lac_row_scores_training, cell_accuracy },
  { { "test_loss", 1, 0 }, has_test, cell_test_loss },
  { { "test_bits_per_char", 1, 0 }, has_test_symbols, cell_test_bits_per_char },
  { { "test_perplexity", 1, 0 }, has_test_symbols, cell_test_perplexity },
  { { "test_accuracy", 1, 1 }, classifies_test, cell_test_accuracy },
  { { "test_robust_accuracy", 1, 1 }, lac_row_attacks, cell_test_robust_accuracy },
};
_Static_assert(LAC_COUNT(all) <= LAC_COLUMNS_MOST, "LAC_COLUMNS_MOST is less than all columns");

/* A run of which one of these is no number has diverged. */
static int tells_divergence(const lac_run *r, const char *name)
{
  return lac_row_takes_all(r) ? strcmp(name, "f") == 0 || strcmp(name, "grad_norm_sq") == 0 : strcmp(name, "test_loss") == 0;
}

int lac_row_choose_columns(lac_run *r)
{
  lac_trace_layout *t = &r->trace;
  if (!lac_row_takes_all(r) && !has_test(r))
    return lac_fail(LAC_EUSER, "--evaluate=held-out: nothing is held out; give --test-dataset, or leave --evaluate out");
  t->columns = t->finites = 0;
  for (size_t k = 0; k < LAC_COUNT(all); k++)
    if (!all[k].exists || all[k].exists(r)) {
      if (tells_divergence(r, all[k].column.name))
        t->finite[t->finites++] = t->columns;
      t->column[t->columns++] = all[k].column;
    }
  return LAC_OK;
}

void lac_row_fill(const lac_run *r, const lac_evaluated *at, lac_cell *cell)
{
  for (size_t k = 0; k < LAC_COUNT(all); k++)
    if (!all[k].exists || all[k].exists(r))
      *cell++ = all[k].cell(r, at);
}

/* ---- the end ---- */

int lac_row_parse_stop(lac_run *r)
{
  const char *text = r->config->stop, *colon = strchr(text, ':');
  char *end = NULL, names[256] = "";
  r->trace.stop_column = -1;
  if (strcmp(text, "none") == 0)
    return LAC_OK;
  for (size_t k = 1; k < r->trace.columns; k++) {
    const char *name = r->trace.column[k].name;
    snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", k > 1 ? ", " : "", name);
    if (colon && strlen(name) == (size_t)(colon - text) && strncmp(name, text, (size_t)(colon - text)) == 0)
      r->trace.stop_column = (int)k;
  }
  if (r->trace.stop_column < 0)
    return lac_fail(LAC_EUSER, "--stop must be none or METRIC:VALUE with a metric of %s, not '%.40s'", names, text);
  r->trace.stop_value = strtod(colon + 1, &end);
  if (end == colon + 1 || *end || !isfinite(r->trace.stop_value))
    return lac_fail(LAC_EUSER, "--stop: '%.40s' is not a number", colon + 1);
  return LAC_OK;
}

lac_end lac_row_end(const lac_run *r, const lac_cell *cell)
{
  const lac_trace_layout *t = &r->trace;
  int at = t->stop_column;
  for (size_t k = 0; k < t->finites; k++)
    if (!isfinite(cell[t->finite[k]].real))
      return LAC_DIVERGED;
  if (at >= 0 && t->column[at].is_real && (t->column[at].rises ? cell[at].real >= t->stop_value : cell[at].real <= t->stop_value))
    return LAC_CONVERGED;
  if (at >= 0 && !t->column[at].is_real && (double)cell[at].count >= t->stop_value)
    return LAC_BUDGET;
  return r->round == r->config->rounds ? LAC_ROUNDS : LAC_GO;
}
