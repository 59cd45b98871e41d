/* masha.h: what MASHA1 and MASHA2 share.  Every round, with z = z^k, w = w^k and F_m(w) kept by client m:

     half = tau z + (1-tau) w - gamma F(w)             everybody
     clients send their differences at half            MASHA1 and MASHA2 differ here
     server sends their mean, compressed: g, and a coin b = 1 with probability 1-tau
     z^{k+1} = half - (what g stands for)              everybody
     b = 1: w^{k+1} = z^k (the OLD iterate), clients send F_m(w) in full, the server its mean; else w stays

   Exchanges of a round: DIFFERENCE, then STEP; round 0 begins with START, which gives F(w^0) in full. */
#ifndef LAC_MASHA_H
#define LAC_MASHA_H

#include "algorithm.h"

/* The file that includes this says whether unsent parts are remembered: enum { FEEDBACK = 0 or 1 }.  Then gamma stands inside the
   compressor, and z^{k+1} = half - g. */
enum { Z, W, FW, HALF, SUM, G, WANTED, MEMORY, SERVER_VECS };
enum { MIRROR_Z, MIRROR_W, MIRROR_FW, MIRROR_HALF, MIRROR_G, MIRROR_VECS };
enum { OWN_FW, ERROR, CLIENT_VECS };
enum { F, WANT, CLIENT_TMPS };
enum { START, DIFFERENCE, STEP };

/* Parameters of a method begin with these. */
typedef struct { lac_step gamma; double tau; } masha_params;
#define MASHA_TAU                                                                                                        \
  { "tau", LAC_REAL, offsetof(masha_params, tau), "0.75", "(0,1)", NULL,                                                 \
    "1-tau is the probability of an exchange in full; the compression ratio is a good choice" }

static const masha_params *masha(const lac_env *e) { return e->params; }
static unsigned phases(const lac_env *e) { return e->round == 0 ? 3 : 2; }
static unsigned kind(const lac_env *e) { return e->round == 0 ? e->phase : e->phase + 1; }
static int refreshes(const lac_env *e, uint64_t round) { return lac_coin(e, round, 1 - masha(e)->tau); }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[Z]);
  lac_copy(e->d, x0, s->v[W]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[MIRROR_Z]);
  lac_copy(e->d, x0, m->v[MIRROR_W]);
  return LAC_OK;
}

static void make_half(const lac_env *e, const double *z, const double *w, const double *fw, double *half)
{
  double tau = masha(e)->tau, gamma = masha(e)->gamma.value;
  for (size_t j = 0; j < e->d; j++)
    half[j] = tau * z[j] + (1 - tau) * w[j] - gamma * fw[j];
}

/* With the coin, w takes the old z. */
static void make_step(const lac_env *e, int coin, const double *half, const double *g, double *z, double *w)
{
  if (coin)
    lac_copy(e->d, z, w);
  lac_copy(e->d, half, z);
  lac_axpy(e->d, FEEDBACK ? -1 : -masha(e)->gamma.value, g, z);
}

/* DIFFERENCE: F(w) in full when it is new, else nothing. */
static int send_fw(const lac_env *e, lac_server *s, lac_msg *down)
{
  make_half(e, s->v[Z], s->v[W], s->v[FW], s->v[HALF]);
  return e->round == 0 || refreshes(e, e->round - 1) ? lac_send(e, s->v[FW], down) : LAC_OK;
}

/* STEP: g and the coin. */
static int send_g(const lac_env *e, lac_server *s, lac_msg *down)
{
  double *wanted = s->v[WANTED];
  for (size_t j = 0; j < e->d; j++)
    wanted[j] = s->v[SUM][j] / e->n + (FEEDBACK ? s->v[MEMORY][j] : 0);
  lac_zero(e->d, s->v[SUM]);
  lac_zero(e->d, s->v[G]);
  LAC_TRY(lac_compress(e, LAC_DOWN, e->n, wanted, down, 1, s->v[G]));
  if (FEEDBACK)
    lac_sub(e->d, wanted, s->v[G], s->v[MEMORY]);
  return lac_msg_put(down, (uint64_t)refreshes(e, e->round), 1);
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  switch (kind(e)) {
  case START: return LAC_OK;
  case DIFFERENCE: return send_fw(e, s, down);
  default: return send_g(e, s, down);
  }
}

static int take_g(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  uint64_t coin;
  lac_zero(e->d, m->v[MIRROR_G]);
  LAC_TRY(lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[MIRROR_G]));
  LAC_TRY(lac_msg_get(down, 1, &coin));
  make_step(e, (int)coin, m->v[MIRROR_HALF], m->v[MIRROR_G], m->v[MIRROR_Z], m->v[MIRROR_W]);
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  switch (kind(e)) {
  case START: return LAC_OK;
  case DIFFERENCE:
    if (down->nbits)
      LAC_TRY(lac_receive(e, down, m->v[MIRROR_FW]));
    make_half(e, m->v[MIRROR_Z], m->v[MIRROR_W], m->v[MIRROR_FW], m->v[MIRROR_HALF]);
    return LAC_OK;
  default: return take_g(e, m, down);
  }
}

/* Whether clients answer in full at w in this exchange. */
static int is_full(const lac_env *e) { return kind(e) == START || (kind(e) == STEP && refreshes(e, e->round)); }

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double *want = c->tmp[WANT];
  if (is_full(e)) {
    LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_W], c->v[OWN_FW]));
    return lac_send(e, c->v[OWN_FW], up);
  }
  if (kind(e) == STEP)
    return LAC_OK;
  LAC_TRY(lac_gradient(e, c, 0, m->v[MIRROR_HALF], c->tmp[F]));
  lac_sub(e->d, c->tmp[F], c->v[OWN_FW], want);
  if (!FEEDBACK)
    return lac_compress(e, LAC_UP, c->id, want, up, 0, NULL);
  for (size_t j = 0; j < e->d; j++)
    c->v[ERROR][j] = want[j] = masha(e)->gamma.value * want[j] + c->v[ERROR][j];
  return lac_compress(e, LAC_UP, c->id, want, up, -1, c->v[ERROR]);      /* e = wanted - sent */
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (is_full(e))
    return lac_receive_add(e, up, 1, s->v[SUM]);
  return kind(e) == DIFFERENCE ? lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]) : LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (kind(e) == STEP)
    make_step(e, refreshes(e, e->round), s->v[HALF], s->v[G], s->v[Z], s->v[W]);
  if (is_full(e)) {
    for (size_t j = 0; j < e->d; j++)
      s->v[FW][j] = s->v[SUM][j] / e->n;
    lac_zero(e->d, s->v[SUM]);
  }
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  if (is_full(e))
    return lac_dense_bits(e);
  return kind(e) == DIFFERENCE ? lac_compressed_bits(e, exact) : 0;
}

/* The slots of lac_algorithm_type that are the same for both. */
#define MASHA_SLOTS                                                                                                      \
  .params_size = sizeof(masha_params),                                                                                   \
  .server_vecs = SERVER_VECS, .mirror_vecs = MIRROR_VECS, .client_vecs = CLIENT_VECS, .client_tmps = CLIENT_TMPS,        \
  .compresses_down = 1, .saddle = LAC_SADDLE, .phases = phases, .server_init = server_init, .host_init = host_init,               \
  .server_send = server_send, .host_recv = host_recv, .client_step = client_step, .server_recv = server_recv,            \
  .server_step = server_step, .iterate = Z, .uplink_bits = uplink_bits, .weighing = LAC_WEIGHS_FUNCTIONS

#endif
