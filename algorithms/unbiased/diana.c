/* DIANA (Mishchenko, Gorbunov, Takac, Richtarik 2019): unbiased compression of differences to a shift that is learnt.

     m_i = Q(grad f_i(x) - h_i)                sent
     x -= gamma (h + (1/n) sum m_i)            with the old h = (1/n) sum h_i
     h_i += alpha m_i,  h += alpha (1/n) sum m_i

   With --sample, x takes (1/|S|) sum over S of the m_i, and the h_i of the others stay: again unbiased, and exact at the solution, where
   all m_i vanish.

   theory: alpha = 1/(1 + omega); class=convex, convex f_i: gamma = 1/(L_max (1 + 4 omega/n)).

   class=nonconvex, any f_i, derived here.  With H = (1/n) sum |grad f_i(x) - h_i|^2 and steps of length r,

     E |g - grad f|^2 <= (omega/n) H,   E H+ <= (1 - alpha/2) H + (1 + 2/alpha) L_qm^2 r^2     for alpha <= 1/(1 + omega)
     f(x+) <= f(x) - (gamma/2) |grad f|^2 - (1/(2 gamma) - L/2) r^2 + (gamma/2) |g - grad f|^2

   so that f + gamma omega/(n alpha) H falls for gamma = 1/(L + L_qm sqrt(2 omega (2 + alpha)/n)/alpha); a bound of the same order,
   (1 + omega) sqrt(omega/n), is what MARINA's authors compare with. */
#include "algorithms/parts/descent.h"

#include <math.h>

enum { SHIFT = DESCENT_SERVER_VECS, SERVER_VECS };      /* n h */
enum { H, CLIENT_VECS };
enum { DIFF, CLIENT_TMPS };

enum { CONVEX, NONCONVEX };

typedef struct { lac_step gamma, rate; int class; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, or theory, convex = 1/(L_max (1 + 4 omega/n)); *FACTOR", .step_size = 1 },
  { "class", LAC_CHOICE, offsetof(params, class), "convex", NULL, "convex|nonconvex", "of the f_i for which gamma=theory is meant" },
  { "rate", LAC_STEP, offsetof(params, rate), "theory", NULL, NULL,
    "alpha, at which the shifts are learnt: a number, or theory = 1/(1 + omega); *FACTOR" },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double omega;
  if (lac_omega_of(e, LAC_UP, &omega))
    return "diana" NEEDS_OMEGA;
  return e->up->type->ab ? "diana needs compressors that draw independently, such as randk; marina takes permk" : NULL;
}

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double omega;
  LAC_TRY(needs_all_clients(e));
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  LAC_TRY(lac_smoothness_of(e, &c));
  const params *p = e->params;
  double alpha = p->rate.value;
  *gamma = p->class == CONVEX ? 1 / (c.L_max * (1 + 4 * omega / e->n)) : 1 / (c.L + c.L_qm * sqrt(2 * omega * (2 + alpha) / e->n) / alpha);
  return LAC_OK;
}

static int theory_rate(const lac_env *e, double *rate)
{
  double omega;
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  *rate = 1 / (1 + omega);
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->rate, theory_rate));
  return lac_step_resolve(e, &p->gamma, theory);
}

static double rate(const lac_env *e) { return ((const params *)e->params)->rate.value; }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[DIFF]));
  lac_axpy(e->d, -1, c->v[H], c->tmp[DIFF]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[DIFF], up, rate(e), c->v[H]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  double gamma = ((const params *)e->params)->gamma.value;
  descend_drawn(e, s, gamma);
  lac_axpy(e->d, -gamma / e->n, s->v[SHIFT], s->v[X]);
  lac_axpy(e->d, rate(e), s->v[SUM], s->v[SHIFT]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .as = "gd:gamma=0.3" },
  { .claim = LAC_EQUALS, .options = "gamma=theory", .with = "clients=1", .as = "gd:gamma=theory" },
  { .claim = LAC_EQUALS, .options = "gamma=theory,class=nonconvex", .as = "gd:gamma=theory" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,rate=0.5", .with = "up=randk:k=50%", .as = "diana:gamma=0.1" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=randk:k=4", .rounds = 40000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.05", .with = "problem=quadratic:mu=0.1 up=randk:k=4 sample=uniform:s=3", .rounds = 40000 },
  { .claim = LAC_ALSO, .options = "gamma=0.05" },
  { .claim = LAC_KEEPS, .server_vec = SHIFT, .client_vec = H, .sum = 1, .as = "n h = sum h_i" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_diana = {
  .name = "diana",
  .summary = "unbiased compression of differences to learnt shifts: no floor",
  .reference = "Mishchenko, Gorbunov, Takac, Richtarik 2019, arXiv:1901.09269",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  .resolve = resolve,
  DESCENT_SLOTS,
  .partial = LAC_SOME_CLIENTS,
  .participation = "h_i moves with the message, and h = (1/n) sum h_i of the server has to move with it",
  .server_vecs = SERVER_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .client_step = client_step,
  .server_step = server_step,
  .certificates = certificates,
};
