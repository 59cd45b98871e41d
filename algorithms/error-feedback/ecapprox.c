/* EC-Approximate (Gao, Islamov, Stich, ICLR 2024): error compensation around fixed estimates h_i of grad f_i(x*).

     h_i = grad f_i(x_0)                       sent in full before the first message (init=zero: h_i = 0, which is EF14 unscaled)
     D_i = C(e_i + g_i - h_i)                  sent
     e_i += g_i - h_i - D_i                    x -= gamma (1/n) sum (h_i + D_i)

   What h_i misses of grad f_i(x*) leaves a floor, as the gradients themselves do in EF14.  No step size of a theorem could be verified. */
#include "control.h"

static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(control_params, gamma), "theory-qm", NULL, NULL,
    "step size: a number, theory-qm or theory-am (EF21's); *FACTOR", .step_size = 1 },
  CONTROL_INIT,
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "ecapprox" NEEDS_ALPHA); }
static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((control_params *)p)->gamma, NULL); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (is_start(e))
    return send_start(e, m, c, up);
  LAC_TRY(difference(e, m, c));
  return send_with_memory(e, c, 1, up);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up) { return control_recv(e, s, client, up, SHIFT); }

static int server_step(const lac_env *e, lac_server *s)
{
  if (is_start(e))
    return LAC_OK;
  lac_axpy(e->d, 1, s->v[SHIFT], s->v[SUM]);
  descend_once(e, s, control_gamma(e));
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=0.3,init=zero", .with = "up=topk:k=2", .as = "ef14:gamma=0.3,form=unscaled" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2", .rounds = 20000 },      /* equal clients: no floor */
  { .claim = LAC_ALSO, .options = "init=zero" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ecapprox = {
  .name = "ecapprox",
  .summary = "error compensation around the gradients at the start; a lower floor than EF14",
  .reference = "Gao, Islamov, Stich, ICLR 2024, arXiv:2311.05645",
  .options = options,
  .params_size = sizeof(control_params),
  .participation = "its paper has no form with some of them; ef14 and ef21pp have one",
  .refuse = refuse,
  .resolve = resolve,
  CONTROL_SLOTS,
  .server_vecs = CONTROL_SERVER_VECS,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .certificates = certificates,
};
