/* EF21-P (Gruntkowska, Tyurin, Richtarik, ICML 2023): error feedback in the space of the iterates.  Everybody keeps w, w^0 = x^0.

     clients  grad f_i(w), through --up (unbiased, or in full)          server  x -= gamma (1/n) sum
     server   sends C_down(x - w)                                       everybody  w += that

   The trace is that of x.  theory, without compression up: gamma = 1/(L (1 + xi(alpha_down))), for deterministic C_down. */
#include "algorithms/parts/descent.h"

enum { W = DESCENT_SERVER_VECS, DIFF, SERVER_VECS };

typedef struct { lac_step gamma; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL, "step size: a number, theory = 1/(L (1 + xi(alpha_down))); *FACTOR" },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double constant;
  if (lac_alpha_of(e, LAC_DOWN, &constant))
    return "ef21p needs a contractive --down compressor, such as topk";
  return lac_omega_of(e, LAC_UP, &constant) ? "ef21p" NEEDS_OMEGA " or none at all for --up" : NULL;
}

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha, omega;
  LAC_TRY(lac_omega_of(e, LAC_UP, &omega));
  LAC_TRY(lac_alpha_of(e, LAC_DOWN, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  if (omega > 0)
    return lac_fail(LAC_ENOTSUP, "no step is known with a compressor up and down; give gamma=NUMBER, or --up=identity");
  *gamma = 1 / (c.L * (1 + lac_xi(alpha)));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

static int start_server(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[W]);
  return descent_init(e, s, x0);
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[MIRROR_X]);
  return LAC_OK;
}

static int send_w(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (e->round == 0)
    return LAC_OK;
  lac_sub(e->d, s->v[X], s->v[W], s->v[DIFF]);
  return lac_compress(e, LAC_DOWN, e->n, s->v[DIFF], down, 1, s->v[W]);
}

static int take_w(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  return e->round == 0 ? LAC_OK : lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[MIRROR_X]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  descend_once(e, s, ((const params *)e->params)->gamma.value);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .with = "down=identity", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .with = "down=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity down=topk:k=2" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21p = {
  .name = "ef21p",
  .summary = "error feedback of the iterates: only the server's messages are biased (--down)",
  .reference = "Gruntkowska, Tyurin, Richtarik, ICML 2023, arXiv:2209.15218",
  .options = options,
  .params_size = sizeof(params),
  .compresses_down = 1,
  .refuse = refuse,
  .resolve = resolve,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = DESCENT_MIRROR_VECS,
  .client_tmps = DESCENT_CLIENT_TMPS,
  .server_init = start_server,
  .host_init = host_init,
  .server_send = send_w,
  .host_recv = take_w,
  .client_step = send_gradient,
  .server_recv = descent_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = lac_compressed_bits,
  .certificates = certificates,
};
