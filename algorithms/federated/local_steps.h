/* local_steps.h: what methods with local steps share.  FedAvg (fedavg.c) is all of it:

     y = x;  K times: y -= eta g_i(y)                 a client's walk
     C(x - y), sent;  x -= eta_g (1/|S|) sum C(x - y)

   With --weights each summand counts n w_i (lac_weight), here and in the other methods.  A lost message is one of a smaller S.

   The other methods say what a step adds to the gradient, what is sent, and what the server makes of it.
   The server's vectors begin with X and SUM, the mirror's with X. */
#ifndef LAC_LOCAL_STEPS_H
#define LAC_LOCAL_STEPS_H

#include "algorithms/parts/needs.h"
#include <string.h>

enum { X, SUM, LOCAL_SERVER_VECS };
enum { MIRROR_X, LOCAL_MIRROR_VECS };
enum { Y, GRAD, MOVED, LOCAL_CLIENT_TMPS };

/* Parameters of a method begin with these. */
typedef struct { lac_step eta; double eta_g; lac_steps K; } local_params;

#define LOCAL_OPTIONS                                                                                                    \
  { "eta", LAC_STEP, offsetof(local_params, eta), "0.05", NULL, NULL, "local step size: a number, or theory; *FACTOR",       \
    .step_size = 1 },                                                                                                    \
  { "eta_g", LAC_REAL, offsetof(local_params, eta_g), "1", ">0", NULL, "global step size" },                             \
  { "K", LAC_STEPS, offsetof(local_params, K), "5", "[1,65535]", NULL,                                                   \
    "local steps a round; epochs:E: E passes over the client's rows, E ceil(rows/batch) steps" }

/* Of methods that are known to diverge in places. */
#define BEYOND_OPTION(params)                                                                                            \
  { "beyond", LAC_CHOICE, offsetof(params, beyond), "no", NULL, "no|yes", "yes: run also where it is known to diverge" }

static inline double local_eta(const lac_env *e) { return ((const local_params *)e->params)->eta.value; }
static inline double local_eta_g(const lac_env *e) { return ((const local_params *)e->params)->eta_g; }

/* Of a client. */
static inline uint64_t local_K(const lac_env *e, uint32_t client)
{
  lac_steps K = ((const local_params *)e->params)->K;
  return K.epochs ? K.epochs * lac_epoch_steps(e, client) : K.number;
}

/* ---- what cannot be ---- */

enum { STEPS_MOST = 65535 };      /* steps of an exchange, see lac_gradient */

static inline int has_equal_K(const lac_env *e)
{
  uint64_t least, most;
  lac_epoch_steps_of(e, &least, &most);
  return ((const local_params *)e->params)->K.epochs == 0 || least == most;
}

static inline const char *refuse_K(const lac_env *e)
{
  uint64_t least, most;
  lac_epoch_steps_of(e, &least, &most);
  return ((const local_params *)e->params)->K.epochs <= STEPS_MOST / most ? NULL :
         "K=epochs:E is more than 65535 local steps for a client; take a larger --batch, fewer epochs or K=NUMBER";
}

/* Of a method whose server or whose sum over clients knows one K. */
#define UNEQUAL_K(method, why, remedy)                                                                                   \
  method ": K=epochs:E is not the same number of steps for all clients here, and " why "; take clients with equally many rows, " remedy  \
         "K=NUMBER"

/* ---- eta=theory ---- */

/* Of methods for which no theorem gives a local step size that could be verified. */
static inline int no_theory(const lac_env *e, double *eta)
{
  (void)e, (void)eta;
  return lac_fail(LAC_ENOTSUP, "no theorem on this method gives a local step size without constants that are not known; give eta=NUMBER");
}

/* The rules that every method knows are about one step a round. */
static inline int local_resolve(const lac_env *e, lac_step *eta, lac_rule own)
{
  if (*eta->rule && strcmp(eta->rule, "theory"))
    return lac_fail(LAC_EUSER, "eta=%s is the step of a method without local steps; give eta=NUMBER", eta->rule);
  return lac_step_resolve(e, eta, own);
}

static inline int resolve_without_theory(const lac_env *e, void *params)
{
  return local_resolve(e, &((local_params *)params)->eta, no_theory);
}

/* ---- the round ---- */

static inline int local_server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static inline int local_server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[X], down); }

static inline int local_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down) { return lac_receive(e, down, m->v[MIRROR_X]); }

/* y -= eta (grad - less + more), in one pass: with long vectors and small batches, passes are what a local step takes.  NULL is 0. */
LAC_VECTORISED
static void local_step(size_t d, double eta, const double *restrict grad, const double *restrict less,
                              const double *restrict more, double *restrict y)
{
  for (size_t j = 0; less && more && j < d; j++)
    y[j] -= eta * (grad[j] - less[j] + more[j]);
  for (size_t j = 0; less && !more && j < d; j++)
    y[j] -= eta * (grad[j] - less[j]);
  for (size_t j = 0; !less && j < d; j++)
    y[j] -= eta * grad[j];
}

/* tmp[MOVED] = x - y after K steps y -= eta (g_i(y) - less + more + mu (y - x)); a vector that is NULL is 0, more goes with less. */
static inline int walk(const lac_env *e, const lac_mirror *m, lac_client *c, const double *less, const double *more, double mu)
{
  const double *x = m->v[MIRROR_X];
  double *y = c->tmp[Y], *grad = c->tmp[GRAD];
  uint64_t K = local_K(e, c->id);
  lac_copy(e->d, x, y);
  for (unsigned k = 0; k < K; k++) {
    LAC_TRY(lac_gradient(e, c, k, y, grad));
    for (size_t j = 0; mu > 0 && j < e->d; j++)
      grad[j] += mu * (y[j] - x[j]);
    local_step(e->d, local_eta(e), grad, less, more, y);
  }
  lac_sub(e->d, x, y, c->tmp[MOVED]);
  return LAC_OK;
}

/* The client of FedAvg. */
static inline int walk_and_send(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  LAC_TRY(walk(e, m, c, NULL, NULL, 0));
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, 0, NULL);
}

static inline int local_server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return lac_decompress(e, LAC_UP, client, up, lac_weight(e, client), s->v[SUM]);
}

/* x -= step (1/|S|) sum of the messages */
static inline void move_by_mean(const lac_env *e, lac_server *s, double step)
{
  lac_axpy(e->d, -step / e->draws, s->v[SUM], s->v[X]);
  lac_zero(e->d, s->v[SUM]);
}

static inline int local_server_step(const lac_env *e, lac_server *s)
{
  move_by_mean(e, s, local_eta_g(e));
  return LAC_OK;
}

/* Whether messages are sent as they are: C(x) = x. */
static inline int sends_in_full(const lac_env *e)
{
  double omega;
  return lac_omega_of(e, LAC_UP, &omega) == LAC_OK && omega == 0;
}

/* Slots of lac_algorithm_type: of all, and those of FedAvg. */
#define LOCAL_SLOTS                                                                                                      \
  .weighing = LAC_WEIGHS_MESSAGES, .gradients = local_K, .client_tmps = LOCAL_CLIENT_TMPS, .server_init = local_server_init, .iterate = X
#define FEDAVG_SLOTS                                                                                                     \
  LOCAL_SLOTS, .server_vecs = LOCAL_SERVER_VECS, .mirror_vecs = LOCAL_MIRROR_VECS,                                       \
  .server_send = local_server_send, .host_recv = local_host_recv, .server_recv = local_server_recv,                      \
  .server_step = local_server_step, .uplink_bits = lac_compressed_bits

#endif
