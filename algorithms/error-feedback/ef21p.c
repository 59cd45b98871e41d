/* EF21-P (Gruntkowska, Tyurin, Richtarik, ICML 2023): error feedback in the space of the iterates.  Everybody keeps w, w^0 = x^0.

     clients  grad f_i(w), through --up (unbiased, or in full)          server  x -= gamma (1/n) sum
     server   sends C_down(x - w)                                       everybody  w += that

   form=dcgd (EF21-P + DCGD): m_i = Q(grad f_i(w)), x -= gamma (1/n) sum m_i.  form=diana (EF21-P + DIANA): m_i = Q(grad f_i(w) - h_i),
   x -= gamma (h + (1/n) sum m_i) with the old h = (1/n) sum h_i, h_i += a m_i, a = 1/(1 + omega): no floor with a Q that is random.

   The trace is that of x.  theory, without compression up: gamma = 1/(L (1 + xi(alpha_down))), for deterministic C_down. */
#include "algorithms/parts/descent.h"

enum { W = DESCENT_SERVER_VECS, DIFF, SHIFT, SERVER_VECS };      /* SHIFT is n h */
enum { H, CLIENT_VECS };
enum { DCGD, DIANA };

typedef struct { lac_step gamma; int form; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, theory = 1/(L (1 + xi(alpha_down))); *FACTOR", .step_size = 1 },
  { "form", LAC_CHOICE, offsetof(params, form), "dcgd", NULL, "dcgd|diana",
    "what clients compress: gradients, or differences to learnt shifts" },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double constant;
  if (lac_alpha_of(e, LAC_DOWN, &constant))
    return "ef21p needs a contractive --down compressor, such as topk";
  if (lac_broadcast_width(e) < 64)
    return "ef21p: the server sends no vector in full that --broadcast could round, and compresses by --down; leave --broadcast out";
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

/* a; in form=dcgd no shift is learnt. */
static double rate(const lac_env *e)
{
  double omega = 0;
  return ((const params *)e->params)->form == DIANA && lac_omega_of(e, LAC_UP, &omega) == LAC_OK ? 1 / (1 + omega) : 0;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (rate(e) == 0)
    return send_gradient(e, m, c, up);
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[GRAD]));
  lac_axpy(e->d, -1, c->v[H], c->tmp[GRAD]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[GRAD], up, rate(e), c->v[H]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  double gamma = ((const params *)e->params)->gamma.value;
  if (rate(e) > 0) {
    lac_axpy(e->d, -gamma / e->n, s->v[SHIFT], s->v[X]);
    lac_axpy(e->d, rate(e), s->v[SUM], s->v[SHIFT]);
  }
  descend_once(e, s, gamma);
  return LAC_OK;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.3", .with = "down=identity", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .with = "down=topk:k=2", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity down=topk:k=2" },
  { .claim = LAC_EQUALS, .options = "gamma=0.1,form=diana", .with = "down=identity up=randk:k=4", .as = "diana:gamma=0.1" },
  { .claim = LAC_SOLVES, .options = "gamma=0.02,form=diana", .rounds = 40000,
    .with = "problem=quadratic:mu=0.1 up=randk:k=4 down=topk:k=4" },
  { .claim = LAC_KEEPS, .options = "gamma=0.1,form=diana", .server_vec = SHIFT, .client_vec = H, .sum = 1, .as = "n h = sum h_i" },
  { .claim = LAC_ALSO, .options = "gamma=0.1,form=diana" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21p = {
  .name = "ef21p",
  .summary = "error feedback of the iterates: only the server's messages are biased (--down)",
  .reference = "Gruntkowska, Tyurin, Richtarik, ICML 2023, arXiv:2209.15218",
  .options = options,
  .params_size = sizeof(params),
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .participation = "all rebuild w from differences that the server sends, and a client that misses one has another w",
  .compresses_down = 1,
  .refuse = refuse,
  .resolve = resolve,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = DESCENT_MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = DESCENT_CLIENT_TMPS,
  .server_init = start_server,
  .host_init = host_init,
  .server_send = send_w,
  .host_recv = take_w,
  .client_step = client_step,
  .server_recv = descent_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = lac_compressed_bits,
  .certificates = certificates,
};
