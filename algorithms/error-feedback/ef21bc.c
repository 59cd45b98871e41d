/* EF21-BC (Fatkhullin, Sokolov, Gorbunov, Li, Richtarik 2021): EF21 with compression both ways.  Everybody keeps x and g.

     clients  c_i = C_up(grad f_i(x) - g_i), g_i += c_i
     server   b = C_down((1/n) sum g_i - g), sent instead of x            everybody  g += b, x -= gamma g

   Two exchanges a round: the clients speak, then the server.  Round 0 makes g: b = C_down((1/n) sum g_i^0), or, with init=exact, that
   mean in full.

   theory: gamma = 1/(L + K L_am), K = xi_up + xi_down (1 + 2 xi_up), for deterministic compressors. */
#include "ef21.h"

enum { G = DESCENT_SERVER_VECS, B, SERVER_VECS };
enum { MIRROR_G = DESCENT_MIRROR_VECS, MIRROR_VECS };
enum { ANSWER, BROADCAST, PHASES };

static const lac_option options[] = { EF21_GAMMA("1/(L + L_am (xi_up + xi_down (1 + 2 xi_up)))"), EF21_INIT, { 0 } };

static const char *refuse(const lac_env *e)
{
  double alpha;
  if (lac_alpha_of(e, LAC_DOWN, &alpha))
    return "ef21bc needs a contractive --down compressor, such as topk";
  if (lac_broadcast_width(e) < 64 && ((const ef21_params *)e->params)->init != EXACT)
    return "ef21bc: the server sends no vector in full that --broadcast could round, unless init=exact; leave --broadcast out";
  return without_alpha(e, "ef21bc" NEEDS_ALPHA);
}

static int theory(const lac_env *e, double *gamma)
{
  lac_smoothness c;
  double up, down;
  LAC_TRY(lac_alpha_of(e, LAC_UP, &up));
  LAC_TRY(lac_alpha_of(e, LAC_DOWN, &down));
  LAC_TRY(lac_smoothness_of(e, &c));
  *gamma = 1 / (c.L + c.L_am * (lac_xi(up) + lac_xi(down) * (1 + 2 * lac_xi(up))));
  return LAC_OK;
}

static int resolve(const lac_env *e, void *p) { return lac_step_resolve(e, &((ef21_params *)p)->gamma, theory); }

static unsigned phases(const lac_env *e) { return (void)e, PHASES; }
static unsigned speaks(const lac_env *e) { return e->phase == ANSWER ? LAC_CLIENTS_SPEAK : LAC_SERVER_SPEAKS; }

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[MIRROR_X]);
  return LAC_OK;
}

static int full_mean(const lac_env *e) { return init_of(e) == EXACT; }

static int send_b(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (e->phase == ANSWER)
    return LAC_OK;
  for (size_t j = 0; j < e->d; j++)
    s->v[B][j] = s->v[SUM][j] / e->n - s->v[G][j];
  if (!full_mean(e))
    return lac_compress(e, LAC_DOWN, e->n, s->v[B], down, 1, s->v[G]);
  LAC_TRY(lac_as_received(e, e->d, s->v[B]));
  lac_axpy(e->d, 1, s->v[B], s->v[G]);
  return lac_send(e, s->v[B], down);
}

static int take_b(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  if (e->phase == ANSWER)
    return LAC_OK;
  LAC_TRY(full_mean(e) ? lac_receive_add(e, down, 1, m->v[MIRROR_G]) : lac_decompress(e, LAC_DOWN, e->n, down, 1, m->v[MIRROR_G]));
  lac_axpy(e->d, -ef21_gamma(e), m->v[MIRROR_G], m->v[MIRROR_X]);
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  return e->phase == ANSWER ? ef21_client_step(e, m, c, up) : LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  return e->phase == ANSWER ? ef21_server_recv(e, s, client, up) : LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  if (e->phase == BROADCAST)
    lac_axpy(e->d, -ef21_gamma(e), s->v[G], s->v[X]);
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return e->phase == ANSWER ? ef21_uplink_bits(e, exact) : 0;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_EQUALS, .options = "gamma=0.1", .with = "up=topk:k=2 down=identity", .as = "ef21:gamma=0.1" },
  { .claim = LAC_SOLVES, .options = "gamma=theory*32", .with = "up=topk:k=2 down=topk:k=4", .rounds = 40000 },
  { .claim = LAC_GRADIENTS, .options = "init=exact", .with = "down=topk:k=4" },
  { .claim = LAC_KEEPS, .server_vec = SUM, .client_vec = GI, .sum = 1, .as = "n g = sum g_i" },
  { .claim = LAC_ALSO, .options = "init=exact" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_ef21bc = {
  .name = "ef21bc",
  .summary = "EF21 with compression both ways (--up and --down)",
  .reference = "Fatkhullin et al. 2021, arXiv:2110.03294",
  .options = options,
  .params_size = sizeof(ef21_params),
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .participation = "all rebuild x from differences that the server sends, and a client that misses one has another x",
  .compresses_down = 1,
  .refuse = refuse,
  .resolve = resolve,
  .phases = phases,
  .speaks = speaks,
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_vecs = EF21_CLIENT_VECS,
  .client_tmps = EF21_CLIENT_TMPS,
  .server_init = descent_init,
  .host_init = host_init,
  .server_send = send_b,
  .host_recv = take_b,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
