/* EF21-W (Richtarik, Gasanov, Burlachenko, ICLR 2024): clients weighted by their smoothness, w_i = L_i / sum L_j.

     c_i = C(grad f_i(x)/(n w_i) - g_i)      g_i += c_i      g = sum w_i g_i      x -= gamma g

   Here SUM = n sum w_i g_i, so a message counts n w_i = L_i/L_am times.  For a C with C(a x) = a C(x) (topk, sign, rank-r)
   these are the iterates of EF21 at the same step.  Stochastic gradients with --batch, some clients at a time with --sample.

   theory: gamma = 1/(L + L_am xi(p alpha)), p the probability of taking part. */
#include "ef21.h"

static const lac_option options[] = { EF21_GAMMA("theory-am"), EF21_INIT, { 0 } };

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21w" NEEDS_ALPHA); }

/* n w_i */
static double weight(const lac_env *e, uint32_t client)
{
  lac_smoothness c = { .L_am = 1 };
  const double *L;
  return lac_smoothness_of(e, &c) == LAC_OK && lac_client_smoothness_of(e, &L) == LAC_OK ? L[client] / c.L_am : 1;
}

static int resolve(const lac_env *e, void *p)
{
  const double *L;
  LAC_TRY(lac_client_smoothness_of(e, &L));
  for (uint32_t i = 0; i < e->n; i++)
    if (!(L[i] > 0))
      return lac_fail(LAC_ENOTSUP, "ef21w weights clients by L_i, and that of client %u is 0; use ef21", i);
  return lac_step_resolve(e, &((ef21_params *)p)->gamma, ef21_theory_partial);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *want = c->tmp[WANT], scale = 1 / weight(e, c->id);
  if (init_of(e) == ZERO)
    return LAC_OK;
  LAC_TRY(ef21_gradient(e, m, c, want));
  for (size_t j = 0; j < e->d; j++)
    want[j] *= scale;
  return send_estimate(e, c, up);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return take_estimate(e, s->v[SUM], client, weight(e, client), up);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.05", .with = "up=topk:k=2", .as = "ef21:gamma=0.05" },
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .options = "init=exact" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21w = {
  .name = "ef21w",
  .summary = "EF21 with clients weighted by their smoothness L_i; the step depends on the mean L_i, not on their quadratic mean",
  .reference = "Richtarik, Gasanov, Burlachenko, ICLR 2024, arXiv:2402.10774",
  .options = options,
  .params_size = sizeof(ef21_params),
  .partial = LAC_SOME_CLIENTS,
  .participation = "g_i moves with the message, and the mean of the g_i at the server has to move with it",
  .everyone = ef21_first_round,
  .refuse = refuse,
  .resolve = resolve,
  DESCENT_BROADCAST,
  .mirror_vecs = DESCENT_MIRROR_VECS,
  .client_vecs = EF21_CLIENT_VECS,
  .client_tmps = EF21_CLIENT_TMPS,
  .client_step = client_step,
  .server_recv = server_recv,
  EF21_SERVER,
  .uplink_bits = ef21_uplink_bits,
  .certificates = certificates,
};
