/* FedCOMGATE (Haddadpour, Kamani, Mokhtari, Mahdavi, AISTATS 2021): local steps that follow the mean direction, compressed without bias.

     y = x;  K times: y -= eta (g_i(y) - delta_i);  q_i = Q((x - y)/eta) is sent
     q = (1/|S|) sum q_i, sent back;  x -= eta eta_g q;  delta_i += (q_i - q)/K

   sum w_i delta_i = 0, and then delta_i = grad f_i(x) is a fixed point at x* alone.  With a K_i of each client the sum of the
   (q_i - q)/K_i is not 0, and any x would be one: K=epochs:E has to be the same number for all.

   Q = I, FedGATE: with all clients and eta_g = 1 it is SCAFFOLD of option II, delta_i = c_i - c.  Nothing damps the noise of Q in delta_i:
   with omega of 1 or more it diverges. */
#include "local_steps.h"

enum { MEAN = LOCAL_SERVER_VECS, LEFT, SERVER_VECS };
enum { MIRROR_MEAN = LOCAL_MIRROR_VECS, MIRROR_VECS };
enum { DELTA, SENT, CLIENT_VECS };

typedef struct { local_params local; int beyond; } params;
static const lac_option options[] = { LOCAL_OPTIONS, BEYOND_OPTION(params), { 0 } };

static const char *refuse(const lac_env *e)
{
  double omega;
  if (lac_is_weighted(e) && lac_participation_of(e) < 1)
    return "fedcomgate: with --weights=size and --sample the weighted sum of its delta_i does not stay 0; leave one of the two out, or "
           "take scaffold or scallion";
  if (!has_equal_K(e))
    return UNEQUAL_K("fedcomgate", "the sum of the delta_i stays 0 only if it is", "scaffold:form=classic or ");
  if (refuse_K(e) || ((const params *)e->params)->beyond)
    return refuse_K(e);
  if (lac_omega_of(e, LAC_UP, &omega))
    return "fedcomgate" NEEDS_OMEGA "; beyond=yes runs it all the same";
  return omega < 1 ? NULL : "fedcomgate needs a compressor with omega below 1 (randk: k above d/2), beyond which it diverges; scallion "
                            "takes others, and beyond=yes runs it all the same";
}

/* A round is two exchanges: what the clients sent, then its mean. */
static unsigned phases(const lac_env *e)
{
  (void)e;
  return 2;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down) { return lac_send(e, s->v[e->phase ? MEAN : X], down); }

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  return lac_receive(e, down, m->v[e->phase ? MIRROR_MEAN : MIRROR_X]);
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  if (e->phase) {
    double share = 1 / (double)local_K(e, c->id);
    lac_axpy(e->d, share, c->v[SENT], c->v[DELTA]);
    lac_axpy(e->d, -share, m->v[MIRROR_MEAN], c->v[DELTA]);
    return LAC_OK;
  }
  LAC_TRY(walk(e, m, c, c->v[DELTA], NULL, 0));
  for (size_t j = 0; j < e->d; j++)
    c->tmp[MOVED][j] /= local_eta(e);
  lac_zero(e->d, c->v[SENT]);
  return lac_compress(e, LAC_UP, c->id, c->tmp[MOVED], up, 1, c->v[SENT]);
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return e->phase ? LAC_OK : local_server_recv(e, s, client, up);
}

/* The q that clients are sent.  What rounding leaves of it goes with the next one: the sum of the delta_i would keep it for ever. */
static int round_mean(const lac_env *e, lac_server *s)
{
  double *mean = s->v[MEAN], *left = s->v[LEFT], draws = e->draws;
  for (size_t j = 0; j < e->d; j++)
    mean[j] = left[j] = mean[j] + left[j] / draws;
  LAC_TRY(lac_as_received(e, e->d, mean));
  for (size_t j = 0; j < e->d; j++)
    left[j] = draws * (left[j] - mean[j]);
  return LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (e->phase)
    return LAC_OK;
  lac_zero(e->d, s->v[MEAN]);
  lac_axpy(e->d, 1.0 / e->draws, s->v[SUM], s->v[MEAN]);
  LAC_TRY(round_mean(e, s));
  move_by_mean(e, s, local_eta(e) * local_eta_g(e));
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return e->phase ? 0 : lac_compressed_bits(e, exact);
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "K=3,eta=0.1", .with = "up=identity", .as = "scaffold:K=3,eta=0.1" },
  { .claim = LAC_EQUALS, .options = "K=1,eta=0.3", .with = "up=identity", .as = "gd:gamma=0.3" },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=identity", .rounds = 10000 },
  { .claim = LAC_SOLVES, .with = "problem=quadratic:mu=0.1 up=randk:k=15", .rounds = 10000 },
  { 0 }
};

const lac_algorithm_type lac_algorithm_fedcomgate = {
  .name = "fedcomgate",
  .summary = "local steps that follow the mean direction, unbiased compression with omega < 1",
  .reference = "Haddadpour, Kamani, Mokhtari, Mahdavi, AISTATS 2021, arXiv:2007.01154",
  .options = options,
  .params_size = sizeof(params),
  .refuse = refuse,
  .resolve = resolve_without_theory,
  LOCAL_SLOTS,
  .partial = LAC_SOME_CLIENTS,
  .participation = "delta_i moves with the message, and the sum of the delta_i has to stay 0",
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = CLIENT_VECS,
  .phases = phases,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
