/* EF21-PAGE (Fatkhullin, Sokolov, Gorbunov, Li, Richtarik 2021): EF21 on the PAGE estimator of Li, Bao, Zhang, Richtarik 2021.

     v_i = grad f_i(x_{t+1})                                                      with probability p, one coin for all clients
     v_i += grad of a batch at x_{t+1} - grad of the same batch at x_t            else
     c_i = C(v_i - g_i)      g_i += c_i      (ef21.h)

   v_i^0 = grad f_i(x_0).  Only compressed vectors are sent.
   p=theory: the mean of tau_i/(tau_i + m_i), for batches of tau_i of m_i rows.

   theory: gamma = 1/(L + sqrt(4 (beta/theta) L_qm^2 + 2 (3 beta/theta + 1/p) Lcal^2)), Lcal^2 = (1/n) sum (1-p) Lcal_i^2/tau_i. */
#include "ef21.h"

#include <math.h>

enum { BEFORE = DESCENT_MIRROR_VECS, MIRROR_VECS };
enum { V = EF21_CLIENT_VECS, CLIENT_VECS };

typedef struct { ef21_params ef21; lac_step p; } params;
static const lac_option options[] = {
  EF21_GAMMA("1/(L + sqrt(4 xi^2 L_qm^2 + 2 (3 xi^2 + 1/p) Lcal^2))"),
  EF21_INIT,
  { "p", LAC_STEP, offsetof(params, p), "theory", NULL, NULL, "probability of a full gradient: a number, or theory = tau/(tau + m)" },
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21page" NEEDS_ALPHA); }

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double p = ((const params *)e->params)->p.value, alpha, batch;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  LAC_TRY(lac_row_smoothness_of(e, p, &batch));
  double ratio = lac_xi(alpha) * lac_xi(alpha);      /* beta/theta */
  *gamma = 1 / (c.L + sqrt(4 * ratio * c.L_qm * c.L_qm + 2 * (3 * ratio + 1 / p) * batch));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->p, lac_batch_share_of));
  if (p->p.value > 1)
    return lac_fail(LAC_EUSER, "ef21page: p=%g is no probability; give a number in (0,1], or theory", p->p.value);
  return lac_step_resolve(e, &p->ef21.gamma, theory);
}

static int take_x(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  lac_copy(e->d, m->v[MIRROR_X], m->v[BEFORE]);
  return lac_receive(e, down, m->v[MIRROR_X]);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *v = c->v[V], *want = c->tmp[WANT];
  if (e->round == 0 || lac_coin(e, e->round, ((const params *)e->params)->p.value)) {
    LAC_TRY(lac_full_gradient(e, c, m->v[MIRROR_X], v));
  } else {
    LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], want));
    lac_axpy(e->d, 1, want, v);
    LAC_TRY(lac_gradient(e, c, 0, m->v[BEFORE], want));
    lac_axpy(e->d, -1, want, v);
  }
  lac_copy(e->d, v, want);
  return send_estimate(e, c, up);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1,p=1", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_SOLVES, .options = "gamma=theory-qm", .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_SOLVES, .options = "gamma=theory*8,init=exact", .rounds = 40000,
    .with = "problem=lsq dataset=synthetic:rows=15,d=8,labels=real,hetero=1 batch=3 up=topk:k=2" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "gamma=theory-qm,init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21page = {
  .name = "ef21page",
  .summary = "EF21 on stochastic gradients with variance reduction (--batch): no floor",
  .reference = "Fatkhullin et al. 2021, arXiv:2110.03294",
  .options = options,
  .params_size = sizeof(params),
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .participation = "v_i moves from x_t to x_{t+1}, and a client that was away does not have x_t",
  .refuse = refuse,
  .resolve = resolve,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = EF21_CLIENT_TMPS,
  .server_init = descent_init,
  .server_send = descent_send,
  .host_recv = take_x,
  .client_step = client_step,
  .server_recv = ef21_server_recv,
  EF21_SERVER,
  .iterate = X,
  .uplink_bits = ef21_uplink_bits,
  .certificates = certificates,
};
