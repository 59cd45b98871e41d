/* EControl (Gao, Islamov, Stich, ICLR 2024): error feedback whose memory is let in at a rate eta.

     g_i = grad f_i(x_t)
     Delta_i = C(eta e_i + g_i - h_i)
     e_i += g_i - h_i - Delta_i               (the old h_i)
     h_i += Delta_i
     x_{t+1} = x_t - gamma (1/n) sum h_i      (the new h_i)

   init=exact: h_i^0 = g_i(x_0), sent in full before the first message; init=zero: h_i^0 = 0.

   theory: eta = 1/(4 xi(alpha)) and gamma = 1/(L + 4 L_am xi(alpha)), for a deterministic compressor and full gradients:
   the estimator errs by at most 4 xi times the change of the gradient, in l2 over t. */
#include "algorithm.h"

enum { X, SUM, SERVER_VECS };      /* SUM = sum of the h_i */
enum { MIRROR_X, MIRROR_VECS };
enum { E, H, CLIENT_VECS };
enum { GRAD, DIFF, WANT, DELTA, CLIENT_TMPS };
enum { ZERO, EXACT };

typedef struct { lac_step gamma, eta; int init; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL,
    "step size: a number, theory = 1/(L + 4 L_am xi), theory-qm, theory-am; *FACTOR" },
  { "eta", LAC_STEP, offsetof(params, eta), "theory", NULL, NULL, "rate of the memory: a number, or theory = 1/(4 xi)" },
  { "init", LAC_CHOICE, offsetof(params, init), "exact", NULL, "zero|exact", "what h_i starts from" },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double alpha;
  return lac_alpha_of(e, &alpha) ? "econtrol needs a contractive compressor (one with alpha), such as topk or randk:scale=no" : NULL;
}

static int theory_gamma(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + 4 * c.L_am * lac_xi(alpha));
  return LAC_OK;
}

static int theory_eta(const lac_env *e, double *eta)
{
  double alpha;
  LAC_TRY(lac_alpha_of(e, &alpha));
  *eta = alpha < 1 ? 1 / (4 * lac_xi(alpha)) : 1;
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p_)
{
  params *p = p_;
  LAC_TRY(lac_step_resolve(e, &p->gamma, theory_gamma));
  return lac_step_resolve(e, &p->eta, theory_eta);
}

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

/* Round 0 of init=exact begins with an exchange of gradients in full. */
static int is_exact(const lac_env *e) { return e->round == 0 && ((const params *)e->params)->init == EXACT; }
static unsigned phases(const lac_env *e) { return is_exact(e) ? 2 : 1; }
static int is_init(const lac_env *e) { return is_exact(e) && e->phase == 0; }

static int server_send(const lac_env *e, lac_server *s, lac_msg *down) { return e->phase ? LAC_OK : lac_send(e, s->v[X], down); }

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  return e->phase ? LAC_OK : lac_receive(e, down, m->v[MIRROR_X]);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  const params *p = e->params;
  double *grad = c->tmp[GRAD], *diff = c->tmp[DIFF], *want = c->tmp[WANT], *delta = c->tmp[DELTA];
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], grad));
  if (is_init(e)) {
    lac_copy(e->d, grad, c->v[H]);
    return lac_send(e, grad, up);
  }
  lac_sub(e->d, grad, c->v[H], diff);
  lac_copy(e->d, diff, want);
  lac_axpy(e->d, p->eta.value, c->v[E], want);            /* eta e + g - h */
  lac_zero(e->d, delta);
  LAC_TRY(lac_compress(e, c->id, want, up, 1, delta));
  lac_axpy(e->d, 1, diff, c->v[E]);
  lac_axpy(e->d, -1, delta, c->v[E]);                     /* e += g - h - Delta */
  lac_axpy(e->d, 1, delta, c->v[H]);                      /* h += Delta */
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return is_init(e) ? lac_receive_add(e, up, 1, s->v[SUM]) : lac_decompress(e, client, up, 1, s->v[SUM]);
}

static int server_step(const lac_env *e, lac_server *s)
{
  const params *p = e->params;
  if (!is_init(e))
    lac_axpy(e->d, -p->gamma.value / e->n, s->v[SUM], s->v[X]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return is_init(e) ? lac_dense_bits(e) : lac_compressed_bits(e, exact);
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
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .client_tmps = CLIENT_TMPS,
  .refuse = refuse,
  .resolve = resolve,
  .phases = phases,
  .server_init = server_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
