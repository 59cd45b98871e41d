/* Gradient descent; with a compressor it is distributed compressed gradient descent (DCGD).

     c_i = C(grad f_i(x_t))            x_{t+1} = x_t - gamma (1/n) sum c_i

   Unbiased C (Khirirat, Feyzmahdavian, Johansson 2018): gamma = 1/(L + 2 max L_i omega/n) reaches a neighbourhood of the solution.
   Biased C: no guarantee, with Top-1 it can diverge (Beznosikov, Horvath, Richtarik, Safaryan 2020, Example 1). */
#include "algorithm.h"

enum { X, SUM, SERVER_VECS };
enum { MIRROR_X, MIRROR_VECS };
enum { GRAD, CLIENT_TMPS };

typedef struct { lac_step gamma; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, or theory = 1/(L + 2 max L_i omega/n) for unbiased compressors; theory-qm is EF21's" },
  { 0 }
};

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double omega;
  if (lac_omega_of(e, &omega))
    return lac_fail(LAC_ENOTSUP, "there is no theory for a biased compressor; give gamma=NUMBER, or gamma=theory-qm, the step of EF21");
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + 2 * c.L_max * omega / e->n);
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[GRAD]));
  return lac_compress(e, c->id, c->tmp[GRAD], up, 0, NULL);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, client, up, 1, s->v[SUM]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  lac_axpy(e->d, -p->gamma.value / e->n, s->v[SUM], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .rounds = 3000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_gd = {
  .name = "gd",
  .summary = "gradient descent; with a compressor, DCGD",
  .reference = "Khirirat, Feyzmahdavian, Johansson 2018, arXiv:1806.06573",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_tmps = CLIENT_TMPS,
  .resolve = resolve,
  .server_init = server_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = lac_compressed_bits,
  .certificates = certificates,
};
