/* Extragradient (Korpelevich 1976) for saddle points, F = (1/n) sum F_i: two exchanges a round.

     z_half = prox_{gamma h}(z - gamma F(z))          z = prox_{gamma h}(z - gamma F(z_half))

   Also minimises (F = grad f).  With an unbiased compressor it is CEG of Beznosikov et al. (2022); ceg is another name for it.  Each
   exchange draws masks of its own, and where F_m(z*) != 0 it has a floor. */
#include "algorithms/parts/needs.h"

enum { Z, HALF, SUM, SERVER_VECS };
enum { MIRROR_Z, MIRROR_VECS };
enum { F, CLIENT_TMPS };

typedef struct { lac_step gamma; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL, "step size: a number, or theory = 1/(2 L)", .step_size = 1 }, { 0 } };

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double omega;
  if (lac_omega_of(e, LAC_UP, &omega) || omega > 0)
    return lac_fail(LAC_ENOTSUP, "there is no theory for compressed extragradient; give gamma=NUMBER");
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (2 * c.L);
  return LAC_OK;
}

static const char *refuse(const lac_env *e)
{
  double omega;
  return lac_omega_of(e, LAC_UP, &omega) ? "extragradient needs an unbiased compressor, or none" : NULL;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

static unsigned phases(const lac_env *e)
{
  (void)e;
  return 2;
}

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[Z]);
  return LAC_OK;
}

/* Phase 0 asks for F(z), phase 1 for F(z_half). */
static int server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[e->phase == 0 ? Z : HALF], down); }

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_Z]); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_Z], c->tmp[F]));
  return lac_compress(e, LAC_UP, c->id, c->tmp[F], up, 0, NULL);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  double gamma = ((const params *)e->params)->gamma.value, *sum = s->v[SUM];
  lac_prox_point(e, 1, s->v[Z], 0, NULL, gamma / e->n, sum, sum);
  lac_prox(e, gamma, sum);
  lac_copy(e->d, sum, s->v[e->phase == 0 ? HALF : Z]);
  lac_zero(e->d, sum);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .with = "problem=bilinear:lambda=0.1", .rounds = 10000 },
  { .claim = LAC_SOLVES, .with = "problem=quadratic", .rounds = 10000 },
  { .claim = LAC_DISTANCES, .rate = 1, .scale = 1 },      /* 1 - gamma^2 L^2 - 2 gamma mu >= 0 at gamma = 1/(2 L) */
  { 0 }
};

const lac_algorithm_type lac_algorithm_extragradient = {
  .name = "extragradient",
  .summary = "two gradients a round, for saddle points; with an unbiased compressor, CEG",
  .reference = "Korpelevich 1976, bib:korpelevich1976; compressed: Beznosikov et al., NeurIPS 2022, arXiv:2110.03313",
  .options = options,
  .params_size = sizeof(params),
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .participation = "its theorem is about F of all clients at both points",
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_tmps = CLIENT_TMPS,
  .saddle = LAC_SADDLE,
  .proximal = 1,
  .refuse = refuse,
  .resolve = resolve,
  .phases = phases,
  .server_init = server_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = Z,
  .uplink_bits = lac_compressed_bits,
  .certificates = certificates,
};
