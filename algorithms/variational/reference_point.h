/* reference_point.h: methods for saddle points that send differences to F_m(w), w a reference point at which all know F(w) in full.  A
   coin that all share moves w to the OLD iterate, w^{k+1} = z^k, and costs an exchange in full.  Exchanges of a round:

     START       round 0: clients send F_m(w^0) in full
     SHARE       round 0: the server sends F(w^0) in full
     ASK         of methods that ask some client for something before; others leave it out
     DIFFERENCE  clients send compressed differences, those that --sample has drawn
     STEP        the server sends their mean, compressed: g, and the coin, one bit; everybody moves to z^{k+1}.
                 With the coin, clients send F_m(w^{k+1}) in full
     REFRESH     with the coin: the server sends F(w^{k+1}) in full

   What all know, z, w and F(w) among it, the server and the hosts compute alike: v below is either's.  A file that includes this says
   before whether the server remembers what it did not send, how many further vectors all know, from v[KNOWN] on, and whether there is
   an exchange ASK:

     enum { FEEDBACK = 0, MORE = 0, ASKS = 0 };

   and gives its method the functions that are declared here. */
#ifndef LAC_REFERENCE_POINT_H
#define LAC_REFERENCE_POINT_H

#include "algorithms/parts/needs.h"

enum { Z, W, FW, HALF, G, KNOWN };
enum { SUM = KNOWN + MORE, WANTED, MEMORY, SERVER_VECS };
enum { OWN_FW };      /* of a client: F_m(w), as it sent it */
enum { START, SHARE, ASK, DIFFERENCE, STEP, REFRESH };

/* The probability of the coin. */
static double refresh_probability(const lac_env *e);
/* From F(w), before clients are asked: the point at which they are. */
static void prepare(const lac_env *e, double **v);
/* Z becomes z^{k+1} and, with the coin, W the old Z. */
static void move(const lac_env *e, double **v, int coin);
/* What a client wants to send, compressed into the message. */
static int answer(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up);
/* F_m(w) into OWN_FW. */
static int refresh(const lac_env *e, const lac_mirror *m, lac_client *c);

/* The first rounds begin with START, others behind SHARE. */
static unsigned kind(const lac_env *e)
{
  unsigned k = e->phase + (e->round == 0 ? START : ASK);
  return k + (!ASKS && k >= ASK);
}

static int coin_of(const lac_env *e) { return lac_coin(e, e->round, refresh_probability(e)); }
static unsigned phases(const lac_env *e) { return REFRESH - !ASKS - (e->round == 0 ? START : ASK) + (unsigned)coin_of(e); }
static int everyone(const lac_env *e) { return kind(e) != DIFFERENCE; }

/* Whether clients answer in full at w in this exchange. */
static int is_full(const lac_env *e) { return kind(e) == START || (kind(e) == STEP && coin_of(e)); }
/* Whether the server tells F(w) in it. */
static int is_told(const lac_env *e) { return kind(e) == SHARE || kind(e) == REFRESH; }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[Z]);
  lac_copy(e->d, x0, s->v[W]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[Z]);
  lac_copy(e->d, x0, m->v[W]);
  return LAC_OK;
}

/* STEP: g = C(wanted), wanted the mean of the differences and, with feedback, what was left of the one before. */
static int send_g(const lac_env *e, lac_server *s, lac_msg *down)
{
  double *wanted = s->v[WANTED];
  for (size_t j = 0; j < e->d; j++)
    wanted[j] = s->v[SUM][j] + (FEEDBACK ? s->v[MEMORY][j] : 0);
  lac_zero(e->d, s->v[SUM]);
  lac_zero(e->d, s->v[G]);
  LAC_TRY(lac_compress(e, LAC_DOWN, e->n, wanted, down, 1, s->v[G]));
  if (FEEDBACK)
    lac_sub(e->d, wanted, s->v[G], s->v[MEMORY]);
  return lac_msg_put(down, (uint64_t)coin_of(e), 1);
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (is_told(e))
    return lac_send(e, s->v[FW], down);
  return kind(e) == STEP ? send_g(e, s, down) : LAC_OK;
}

static int take_g(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  uint64_t coin;
  lac_zero(e->d, m->v[G]);
  LAC_TRY(lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[G]));
  LAC_TRY(lac_msg_get(down, 1, &coin));
  move(e, m->v, (int)coin);
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  if (is_told(e))
    return lac_receive(e, down, m->v[FW]);
  if (kind(e) == DIFFERENCE)
    prepare(e, m->v);
  return kind(e) == STEP ? take_g(e, m, down) : LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (kind(e) == DIFFERENCE)
    return answer(e, m, c, up);
  if (!is_full(e))
    return LAC_OK;
  LAC_TRY(refresh(e, m, c));
  return lac_send(e, c->v[OWN_FW], up);
}

/* The mean, of all or of those that were drawn, at once: sums of this exchange alone. */
static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (kind(e) == DIFFERENCE)
    return lac_decompress(e, LAC_UP, client, up, lac_weight(e, client), s->v[SUM]);
  return is_full(e) ? lac_receive_add(e, up, 1, s->v[SUM]) : LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  double *mean = s->v[SUM];
  if (kind(e) == STEP)
    move(e, s->v, coin_of(e));
  for (size_t j = 0; (kind(e) == DIFFERENCE || is_full(e)) && j < e->d; j++)
    mean[j] /= kind(e) == DIFFERENCE ? e->draws : e->n;
  if (!is_full(e))
    return LAC_OK;
  lac_copy(e->d, mean, s->v[FW]);
  lac_zero(e->d, mean);
  return lac_as_received(e, e->d, s->v[FW]);
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  if (kind(e) == DIFFERENCE)
    return lac_compressed_bits(e, exact);
  return is_full(e) ? lac_dense_bits(e) : 0;
}

/* The slots of lac_algorithm_type that are the same for all of them, and those that ASK adds to. */
#define REFERENCE_POINT_FRAME                                                                                            \
  .server_vecs = SERVER_VECS, .mirror_vecs = KNOWN + MORE, .compresses_down = 1, .saddle = LAC_SADDLE, .proximal = 1,    \
  .phases = phases, .everyone = everyone, .server_init = server_init, .host_init = host_init,                            \
  .server_step = server_step, .iterate = Z, .weighing = LAC_WEIGHS_FUNCTIONS
#define REFERENCE_POINT_SLOTS REFERENCE_POINT_FRAME,                                                                     \
  .server_send = server_send, .host_recv = host_recv, .client_step = client_step, .server_recv = server_recv,            \
  .uplink_bits = uplink_bits

#define KEEPS_FW { .claim = LAC_KEEPS, .server_vec = FW, .client_vec = OWN_FW, .as = "F(w) = mean F_m(w)" }

#endif
