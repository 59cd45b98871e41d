/* EControl (Gao, Islamov, Stich, ICLR 2024): error feedback whose memory is let in at a rate eta.

     g_i = grad f_i(x_t)
     Delta_i = C(eta e_i + g_i - h_i)
     e_i += g_i - h_i - Delta_i               (the old h_i)
     h_i += Delta_i
     x_{t+1} = x_t - gamma (1/n) sum h_i      (the new h_i)

   init=exact: h_i^0 = g_i(x_0), sent in full before the first message; init=zero: h_i^0 = 0.

   theory: eta = 1/(4 xi(alpha)) and gamma = 1/(L + 4 L_am xi(alpha)), for a deterministic compressor and full gradients:
   the estimator errs by at most 4 xi times the change of the gradient, in l2 over t. */
#include "control.h"

typedef struct { control_params control; lac_step eta; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(control_params, gamma), "theory", NULL, NULL,
    "step size: a number, theory = 1/(L + 4 L_am xi), theory-qm, theory-am; *FACTOR", .step_size = 1 },
  { "eta", LAC_STEP, offsetof(params, eta), "theory", NULL, NULL, "rate of the memory: a number, or theory = 1/(4 xi)" },
  CONTROL_INIT,
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "econtrol" NEEDS_ALPHA); }

static int theory_gamma(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + 4 * c.L_am * lac_xi(alpha));
  return LAC_OK;
}

static int theory_eta(const lac_env *e, double *eta)
{
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  *eta = alpha < 1 ? 1 / (4 * lac_xi(alpha)) : 1;
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->control.gamma, theory_gamma));
  return lac_step_resolve(e, &p->eta, theory_eta);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (is_start(e))
    return send_start(e, m, c, up);
  LAC_TRY(difference(e, m, c));
  LAC_TRY(send_with_memory(e, c, ((const params *)e->params)->eta.value, up));
  lac_axpy(e->d, 1, c->tmp[SENT], c->v[H]);               /* h += Delta, after e was told */
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up) { return control_recv(e, s, client, up, SUM); }

static int server_step(const lac_env *e, lac_server *s)
{
  if (!is_start(e))
    descend(e, s, control_gamma(e));
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,eta=0.5,init=zero", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,eta=1e-300", .with = "up=topk:k=2", .as = "ef21:gamma=0.1,init=exact" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,eta=1e-300,init=zero", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = H, .sum = 1, .as = "SUM = sum h_i" },
  { .claim = LAC_ALSO, .options = "init=zero" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_econtrol = {
  .name = "econtrol",
  .summary = "error feedback with a controlled memory: one message, any heterogeneity, linear speed-up with noise",
  .reference = "Gao, Islamov, Stich, ICLR 2024, arXiv:2311.05645",
  .options = options,
  .params_size = sizeof(params),
  .participation = "its theorem has no form with some of them; ef21pp has one",
  .refuse = refuse,
  .resolve = resolve,
  CONTROL_SLOTS,
  .server_vecs = DESCENT_SERVER_VECS,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .certificates = certificates,
};
