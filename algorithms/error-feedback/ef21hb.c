/* EF21 with heavy-ball momentum (Fatkhullin, Sokolov, Gorbunov, Li, Richtarik 2021, EF21-HB).

     v_t = eta v_{t-1} + g_t, v_{-1} = 0      x_{t+1} = x_t - gamma v_t      g_t as in EF21 (ef21.h)

   The poster prints v = eta v + gamma g: a second gamma.

   theory: gamma = 1/((1+eta) L/(1-eta)^2 + L_am xi(alpha)/(1-eta)), for deterministic C: z = x - gamma eta/(1-eta) v_{t-1} moves by
   -gamma/(1-eta) g_t, and |v| <= |g|/(1-eta) in l2 over t.  Then (1/T) sum |grad f|^2 <= 2 (1-eta) (f(x_0) - f*)/(gamma T). */
#include "ef21.h"

enum { V = DESCENT_SERVER_VECS, SERVER_VECS };

typedef struct { ef21_params ef21; double eta; } params;
static const lac_option options[] = {
  EF21_GAMMA("1/((1+eta) L/(1-eta)^2 + L_am xi/(1-eta))"),
  EF21_INIT,
  { "eta", LAC_REAL, offsetof(params, eta), "0.5", "[0,1)", NULL, "momentum" },
  { 0 }
};

static const char *refuse(const lac_env *e) { return without_alpha(e, "ef21hb" NEEDS_ALPHA); }

static int theory(const lac_env *e, double *gamma)
{
  double eta = ((const params *)e->params)->eta, alpha;
  lac_smoothness c;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / ((1 + eta) * c.L / ((1 - eta) * (1 - eta)) + c.L_am * lac_xi(alpha) / (1 - eta));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->ef21.gamma, theory); }

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  for (size_t j = 0; j < e->d; j++)
    s->v[V][j] = p->eta * s->v[V][j] + s->v[SUM][j] / e->n;
  lac_axpy(e->d, -p->ef21.gamma.value, s->v[V], s->v[X]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1,eta=0", .with = "up=topk:k=2", .as = "ef21:gamma=0.1" },
  { .claim = LAC_SOLVES, .with = "up=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .options = "init=exact,eta=0.5", .scale = 0.5 },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21hb = {
  .name = "ef21hb",
  .summary = "EF21 with heavy-ball momentum at the server",
  .reference = "Fatkhullin et al. 2021, arXiv:2110.03294",
  .options = options,
  .params_size = sizeof(params),
  .participation = "its theorem has no form with some of them; ef21pp has one, without momentum",
  .refuse = refuse,
  .resolve = resolve,
  EF21_CLIENT,
  EF21_SLOTS,
  .server_vecs = SERVER_VECS,
  .server_step = server_step,
  .certificates = certificates,
};
