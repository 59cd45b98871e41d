/* EC-Ideal (Gao, Islamov, Stich, ICLR 2024): error compensation around h*_i = grad f_i(x*), which an oracle tells.

     D_i = C(e_i + g_i - h*_i)                 sent
     e_i += g_i - h*_i - D_i                   x -= gamma (1/n) sum (h*_i + D_i) = x - gamma (1/n) sum D_i, as sum h*_i = n grad f(x*) = 0

   Not a method to use, but the bound on what the others can reach.  x* is found before round 0 (it appears in the trace as dist_sq).
   No step size of a theorem could be verified. */
#include "control.h"

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(control_params, gamma), "theory-qm", NULL, NULL,
    "step size: a number, theory-qm or theory-am (EF21's); *FACTOR", .step_size = 1 },
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "ecideal" NEEDS_ALPHA); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((control_params *)p)->gamma, NULL); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const double *solution;
  if (e->round == 0) {
    LAC_TRY(lac_solution_of(e, &solution));
    LAC_TRY(lac_full_gradient(e, c, solution, c->v[H]));
  }
  LAC_TRY(difference(e, m, c));
  return send_with_memory(e, c, 1, up);
}

static int server_step(const lac_env *e, lac_server *s)
{
  descend_once(e, s, control_gamma(e));
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=topk:k=2", .rounds = 40000 },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ecideal = {
  .name = "ecideal",
  .summary = "error compensation around the gradients at the solution, told by an oracle: what the others are measured by",
  .reference = "Gao, Islamov, Stich, ICLR 2024, arXiv:2311.05645",
  .options = options,
  .params_size = sizeof(control_params),
  .participation = "its paper has no form with some of them; ef14 and ef21pp have one",
  .needs_solution = 1,
  .refuse = refuse,
  .resolve = resolve,
  DESCENT_SLOTS,
  .server_vecs = DESCENT_SERVER_VECS,
  .client_vecs = CONTROL_CLIENT_VECS,
  .client_tmps = CONTROL_CLIENT_TMPS,
  .client_step = client_step,
  .server_step = server_step,
  .certificates = certificates,
};
