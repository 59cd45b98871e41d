/* 1-bit Adam (Tang et al., ICML 2021): Adam until its variance is known, then a momentum of one bit a coordinate, both ways (two_way.h).

     t <= freeze    g = (1/n) sum g_i;  m = beta1 m + (1-beta1) g;  v = beta2 v + (1-beta2) g^2       in full
     t >  freeze    z_i = beta1 m + (1-beta1) g_i;  m = C'((1/n) sum C(z_i + e_i) + E)                v stays
     all            x = x - gamma (m/(sqrt(v) + eps) + wd x)

   with g_i = grad f_i(x), and no bias correction, as in the authors' code.  The paper's C and C' are sign:scale=l2,zero=plus.

   compress=gradient is what the paper warns of, Adam of gradients that are compressed with error feedback: behind `freeze`, z_i = g_i, and
   g = C'(...) moves m and v as before. */
#include "two_way.h"

enum { MOMENTUM, GRADIENT };
typedef struct { two_way_params own; int compress; } params;

static talk talk_of(const lac_env *e) { return is_frozen(e) ? COMPRESSED : FULL; }

static const lac_option options[] = {
  TWO_WAY_OPTIONS("rounds of Adam in full, before v stays as it is"),
  { "compress", LAC_CHOICE, offsetof(params, compress), "momentum", NULL, "momentum|gradient",
    "gradient: Adam of compressed gradients, whose v goes on; the control of the paper", .later = 1 },
  { 0 }
};

/* Is what arrives the momentum, and not a gradient? */
static int sends_momentum(const lac_env *e)
{
  return talk_of(e) == COMPRESSED && ((const params *)e->params)->compress == MOMENTUM;
}

static int make_step(const lac_env *e, double **v)
{
  const two_way_params *p = two_way(e);
  if (sends_momentum(e))
    lac_copy(e->d, v[MEAN], v[M]);
  else
    move_moments(p, e->d, v[MEAN], v[M], v[V]);
  descend_scaled(p, e->d, v[M], v[V], v[X]);
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *z = c->tmp[0];
  if (e->phase)
    return LAC_OK;
  LAC_TRY(lac_gradient(e, c, 0, m->v[X], z));
  if (sends_momentum(e))
    mix_momentum(two_way(e), e->d, m->v[M], z, z);
  return send_up(e, c, z, up);
}

static const char *refuse(const lac_env *e)
{
  const char *why = refuse_unused(e);
  return why ? why : two_way_refuse(e);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.01,freeze=5,chunks=1", .as = "onebit_adam:gamma=0.01,freeze=5,chunks=3" },
  { .claim = LAC_SOLVES, .options = "gamma=0.01,beta1=0.5,freeze=1000,eps=0.1", .with = "problem=quadratic:mu=0.1", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.01,beta1=0.5,freeze=1000,eps=0.1",
    .with = "problem=quadratic:hetero=0,mu=0.1 up=topk:k=2 down=topk:k=1", .rounds = 20000 },
  { .claim = LAC_EQUALS, .options = "gamma=0.01,freeze=5,compress=gradient", .as = "onebit_adam:gamma=0.01,freeze=0" },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=4" },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=6,chunks=2,wd=0.1" },
  { .claim = LAC_ALSO, .options = "gamma=0.01,freeze=4,compress=gradient" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_onebit_adam = {
  .name = "onebit_adam",
  .summary = "Adam until the variance is known, then momentum in one bit a coordinate, both ways, with error feedback",
  .reference = "Tang et al. 2021, arXiv:2102.02888",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_ONLY + COPY_VECS,
  .mirror_vecs = COPY_VECS,
  .client_vecs = TWO_WAY_CLIENT_VECS,
  .client_tmps = 1,
  .refuse = refuse,
  .client_step = client_step,
  .host_recv = two_way_host_recv,
  .server_step = two_way_server_step,
  TWO_WAY_SLOTS,
  .certificates = certificates,
};
