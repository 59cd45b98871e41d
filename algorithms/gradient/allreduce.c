/* Gradient descent without a server: the mean gradient by a ring all-reduce (Patarasuk and Yuan 2009), which adds on the way.

   Chunk j of a vector has the coordinates [d j/n, d (j+1)/n).  In phase k client i sends its chunk i-1-k to client i+1 (all modulo n):

     k = 0 .. n-2        what arrives is added to the client's own chunk; then client i has all of chunk i    (reduce-scatter)
     k = n-1 .. 2n-3     what arrives takes the place of the client's own chunk                               (all-gather)

   and in a last phase, in which nobody speaks, every client makes the same step, x -= gamma (1/n) sum grad f_i(x), and then prox_{gamma h}.

   The sum of chunk j begins with client j+1 and goes round the ring to client j.  Its last bits are not those of gd, which adds along a
   tree.  A client sends 2(n-1) messages a round, 2(n-1)/n d numbers of 64 bits, and gets as many. */
#include "algorithms/parts/needs.h"

enum { X, SUM, CLIENT_VECS };

typedef struct { lac_step gamma; } params;
static const lac_option options[] = {
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL, "step size: a number, or theory = 1/L", .step_size = 1 },
  { 0 }
};

static const char *refuse(const lac_env *e)
{
  double omega;
  int exact;
  if (lac_omega_of(e, LAC_UP, &omega) || omega > 0 || lac_compressed_bits(e, &exact) != lac_dense_bits(e))
    return "allreduce sends sums, which are not sums any more when they are compressed; leave --up out, or take gd";
  if (lac_broadcast_width(e) < 64)
    return "allreduce has no server that sends a vector; leave --broadcast out";
  return NULL;
}

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / c.L;
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((params *)p)->gamma, theory); }

static unsigned ring_phases(const lac_env *e) { return 2 * (e->n - 1); }

/* One client computes in the first phase and steps in the second, too. */
static unsigned phases(const lac_env *e) { return (e->n > 1 ? ring_phases(e) : 1) + 1; }

static int hands_on(const lac_env *e) { return e->phase < ring_phases(e); }
static unsigned speaks(const lac_env *e) { return hands_on(e) ? LAC_CLIENTS_SPEAK : 0; }

typedef struct { size_t first, size; } chunk;

static size_t start_of(const lac_env *e, uint32_t j) { return (size_t)((unsigned __int128)e->d * j / e->n); }

/* What client i sends in this phase. */
static chunk chunk_sent(const lac_env *e, uint32_t i)
{
  uint32_t j = (uint32_t)(((uint64_t)i + 2 * (uint64_t)e->n - 1 - e->phase) % e->n);
  return (chunk){ start_of(e, j), start_of(e, j + 1) - start_of(e, j) };
}

static int client_init(const lac_env *e, lac_client *c, const double *x0)
{
  lac_copy(e->d, x0, c->v[X]);
  return LAC_OK;
}

static void step(const lac_env *e, double *x, double *sum)
{
  double gamma = ((const params *)e->params)->gamma.value;
  if (!lac_is_proximal(e)) {
    lac_axpy(e->d, -gamma / e->n, sum, x);
    return;
  }
  lac_prox_point(e, 1, x, 0, NULL, gamma / e->n, sum, sum);
  lac_prox(e, gamma, sum);
  lac_copy(e->d, sum, x);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  (void)m;
  if (e->phase == 0)
    LAC_TRY(lac_gradient(e, c, 0, c->v[X], c->v[SUM]));
  if (hands_on(e)) {
    chunk s = chunk_sent(e, c->id);
    return lac_msg_put_reals(up, LAC_F64, c->v[SUM] + s.first, s.size);
  }
  if (e->phase + 1 == phases(e))
    step(e, c->v[X], c->v[SUM]);
  return LAC_OK;
}

static int client_recv(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *from)
{
  (void)m;
  chunk s = chunk_sent(e, c->id ? c->id - 1 : e->n - 1);
  double *own = c->v[SUM] + s.first;
  return e->phase + 1 < e->n ? lac_msg_add_reals(from, LAC_F64, 1, own, s.size) : lac_msg_get_reals(from, LAC_F64, own, s.size);
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = !hands_on(e) || e->d % e->n == 0;
  return hands_on(e) ? 64 * (uint64_t)(e->d / e->n + (e->d % e->n > 0)) : 0;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .as = "gd:gamma=0.1" },
  { .claim = LAC_SOLVES, .rounds = 3000 },
  { .claim = LAC_GRADIENTS, .with = "up=identity" },
  { .claim = LAC_ALSO, .options = "gamma=0.1" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_allreduce = {
  .name = "allreduce",
  .summary = "gradient descent without a server: a ring all-reduce adds the gradients on the way",
  .reference = "Patarasuk, Yuan 2009, doi:10.1016/j.jpdc.2008.09.002",
  .options = options,
  .params_size = sizeof(params),
  .client_vecs = CLIENT_VECS,
  .participation = "each adds its gradient to the sum that goes round the ring",
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .proximal = 1,
  .refuse = refuse,
  .resolve = resolve,
  .phases = phases,
  .speaks = speaks,
  .hands_on = hands_on,
  .client_init = client_init,
  .client_step = client_step,
  .client_recv = client_recv,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
