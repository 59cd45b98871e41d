/* ef21.h: what EF21 and its descendants share: an estimate g_i on both sides, moved by what the client sends.

     client  c_i = C(want_i - g_i),  g_i += c_i          want_i: in EF21 grad f_i(x_t); each method says its own
     server  SUM = sum g_i

   The message of round t is made at x_t, so round 0 makes g_i^0:
     init=compressed   g_i^0 = C(want_i)    (the papers)
     init=exact        g_i^0 = want_i, sent in full (the authors' scripts, which do not count it)
     init=zero         g_i^0 = 0: nothing is sent and x_1 = x_0

   A descendant is a client_step that makes its want_i and ends with send_estimate, or a server_step; see ef21sgdm.c, ef21hb.c. */
#ifndef LAC_EF21_H
#define LAC_EF21_H

#include "algorithms/parts/descent.h"

enum { GI, EF21_CLIENT_VECS };
enum { WANT, EF21_CLIENT_TMPS };
enum { COMPRESSED, ZERO, EXACT };

/* Parameters of a method begin with these. */
typedef struct { lac_step gamma; int init; } ef21_params;

#define EF21_GAMMA(theory)                                                                                              \
  { "gamma", LAC_STEP, offsetof(ef21_params, gamma), "theory", NULL, NULL,                                              \
    "step size: a number, theory-qm, theory-am, theory-rare, theory-rare-r, or theory = " theory "; *FACTOR", .step_size = 1 }
#define EF21_INIT                                                                                                       \
  { "init", LAC_CHOICE, offsetof(ef21_params, init), "compressed", NULL, "compressed|zero|exact", "what g_i starts from" }

static inline double ef21_gamma(const lac_env *e) { return ((const ef21_params *)e->params)->gamma.value; }
static inline int init_of(const lac_env *e) { return e->round == 0 ? ((const ef21_params *)e->params)->init : COMPRESSED; }

/* tmp[WANT], which it uses up, becomes the message of the round. */
static inline int send_estimate(const lac_env *e, lac_client *c, lac_msg *up)
{
  double *want = c->tmp[WANT];
  switch (init_of(e)) {
  case ZERO: return LAC_OK;
  case EXACT:
    lac_copy(e->d, want, c->v[GI]);
    return lac_send(e, want, up);
  default:
    lac_axpy(e->d, -1, c->v[GI], want);
    return lac_compress(e, LAC_UP, c->id, want, up, 1, c->v[GI]);      /* g_i += C(want_i - g_i) */
  }
}

/* sum += weight (c_i or, in round 0, g_i^0) */
static inline int take_estimate(const lac_env *e, double *sum, uint32_t client, double weight, lac_msg *up)
{
  switch (init_of(e)) {
  case ZERO: return LAC_OK;
  case EXACT: return lac_receive_add(e, up, weight, sum);
  default: return lac_decompress(e, LAC_UP, client, up, weight, sum);
  }
}

/* For descendants with batches: a gradient at x, of all rows where g_i^0 is to be exact. */
static inline int ef21_gradient(const lac_env *e, const lac_mirror *m, const lac_client *c, double *g)
{
  return init_of(e) == EXACT ? lac_full_gradient(e, c, m->v[MIRROR_X], g) : lac_gradient(e, c, 0, m->v[MIRROR_X], g);
}

/* For descendants with --sample: g_i^0 of all clients, and 1/(L + L_am xi(p alpha)). */
static inline int ef21_first_round(const lac_env *e) { return e->round == 0; }

static inline int ef21_theory_partial(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double alpha;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &alpha));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + c.L_am * lac_xi(lac_participation_of(e) * alpha));
  return LAC_OK;
}

static inline int ef21_client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (init_of(e) == ZERO)
    return LAC_OK;
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_X], c->tmp[WANT]));
  return send_estimate(e, c, up);
}

static inline int ef21_server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return take_estimate(e, s->v[SUM], client, 1, up);
}

static inline int ef21_server_step(const lac_env *e, lac_server *s)
{
  descend(e, s, ef21_gamma(e));
  return LAC_OK;
}

static inline uint64_t ef21_uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  switch (init_of(e)) {
  case ZERO: return 0;
  case EXACT: return lac_dense_bits(e);
  default: return lac_compressed_bits(e, exact);
  }
}

/* All but the name, the options and what differs: the client's and the server's step with the vectors that they need. */
#define EF21_SLOTS DESCENT_BROADCAST, .mirror_vecs = DESCENT_MIRROR_VECS, .server_recv = ef21_server_recv, .uplink_bits = ef21_uplink_bits
#define EF21_CLIENT .client_step = ef21_client_step, .client_vecs = EF21_CLIENT_VECS, .client_tmps = EF21_CLIENT_TMPS
#define EF21_SERVER .server_step = ef21_server_step, .server_vecs = DESCENT_SERVER_VECS

#endif
