/* two_way.h: a mean that is compressed on both ways, and everybody's copy of what is made of it (1-bit Adam, 0/1 Adam, 1-bit LAMB).

   A round that talks has two exchanges, those of a reduce-scatter and of an all-gather:

     0   client i   sends C(z_i + e_i);  e_i = z_i + e_i - C(z_i + e_i)
     1   server     a = (1/n) sum of these + E;  sends C'(a);  E = a - C'(a)                     all  make the same step of C'(a)

   C is --up, of all d coordinates.  C' is --down, of chunk j of m by itself, the coordinates [d j/m, d (j+1)/m): with m = n each of n
   workers is the server of one, as in the paper.  In rounds that go in full, 0 sends z_i in the format `value`, and 1
   sends their mean in that of --broadcast.

   A method that includes this defines what a round says and the step of all copies: talk_of and make_step. */
#ifndef LAC_TWO_WAY_H
#define LAC_TWO_WAY_H

#include "algorithms/parts/needs.h"

#include <math.h>

/* A copy, in the mirror and, behind two vectors of its own, at the server.  MEAN is what was sent last. */
enum { X, M, V, MEAN, COPY_VECS };
enum { SUM, REST, SERVER_ONLY };
enum { ERROR, TWO_WAY_CLIENT_VECS };
static inline double **copy_of(const lac_server *s) { return s->v + SERVER_ONLY; }

typedef enum { SILENT, FULL, COMPRESSED } talk;
static talk talk_of(const lac_env *e);
/* Of a round that talks; v: the vectors of a copy. */
static int make_step(const lac_env *e, double **v);

/* Parameters of a method begin with these. */
typedef struct { double gamma, beta1, beta2, eps, wd; uint64_t freeze, chunks; int value; } two_way_params;

#define TWO_WAY_OPTIONS(until)                                                                                           \
  { "gamma", LAC_REAL, offsetof(two_way_params, gamma), "0.001", ">0", NULL, "step size", .step_size = 1 },              \
  { "beta1", LAC_REAL, offsetof(two_way_params, beta1), "0.9", "[0,1)", NULL, "of the momentum m" },                     \
  { "beta2", LAC_REAL, offsetof(two_way_params, beta2), "0.999", "[0,1)", NULL, "of the variance v" },                   \
  { "eps", LAC_REAL, offsetof(two_way_params, eps), "1e-8", ">0", NULL, "added to the root of v" },                      \
  { "wd", LAC_REAL, offsetof(two_way_params, wd), "0", ">=0", NULL, "weight decay, inside the update" },                 \
  { "freeze", LAC_UINT, offsetof(two_way_params, freeze), "200", NULL, NULL,                                             \
    until "; then --up and --down compress, in the paper both by sign:scale=l2,zero=plus; 0: never" },                   \
  { "chunks", LAC_UINT, offsetof(two_way_params, chunks), "0", "[0,65536]", NULL,                                        \
    "parts of the mean that the server compresses each by itself; 0: as many as clients" },                              \
  { "value", LAC_CHOICE, offsetof(two_way_params, value), "f64", NULL, LAC_VALUE_CHOICES,                                \
    "wire format of what clients send in full; the server's is --broadcast", .later = 1 }

static inline const two_way_params *two_way(const lac_env *e) { return e->params; }

/* Rounds before this one, this one included: t = 1, 2, ... */
static inline uint64_t step_number(const lac_env *e) { return e->round + 1; }
static inline int is_frozen(const lac_env *e) { return two_way(e)->freeze && step_number(e) > two_way(e)->freeze; }

/* ---- chunks ---- */

enum { CHUNKS_MOST = 65536 };      /* streams of a message */
static inline uint64_t chunk_count(const lac_env *e) { return two_way(e)->chunks ? two_way(e)->chunks : e->n; }
static inline size_t chunk_start(const lac_env *e, uint64_t j) { return (size_t)((unsigned __int128)e->d * j / chunk_count(e)); }

/* Their sizes are these two; there may be more chunks than coordinates, and some are then empty. */
static inline const char *refuse_chunks(const lac_env *e)
{
  const size_t least = (size_t)(e->d / chunk_count(e)), most = least + (e->d % chunk_count(e) > 0), sizes[] = { least, most };
  if (two_way(e)->chunks > e->d)
    return "chunks is more than the coordinates; lower it, or leave it out";
  if (chunk_count(e) > CHUNKS_MOST && e->d > CHUNKS_MOST)
    return "chunks=0 is a chunk a client here, more than the 65536 that draw apart from one another; give chunks=65536 or fewer";
  for (size_t i = 0; i < LAC_COUNT(sizes); i++) {
    lac_site s = lac_lane_site(e, LAC_DOWN, sizes[i]);
    if (sizes[i] && lac_refuse(&s))
      return "the --down compressor cannot serve a chunk of the mean, which is shorter than the whole; lower chunks=";
  }
  return NULL;
}

/* Whether vectors on a lane travel as they are. */
static inline int is_plain(const lac_env *e, lac_lane lane)
{
  double omega;
  int exact;
  lac_site s = lac_lane_site(e, lane, e->d);
  return lac_omega(&s, &omega) == 0 && omega == 0 && lac_bits(&s, &exact) == lac_dense_bits(e);
}

/* Of a method that compresses behind `freeze` alone. */
static inline const char *refuse_unused(const lac_env *e)
{
  if (two_way(e)->freeze || (is_plain(e, LAC_UP) && is_plain(e, LAC_DOWN) && !two_way(e)->chunks))
    return NULL;
  return "with freeze=0 all rounds go in full, and --up, --down and chunks would do nothing; leave them out, or give freeze=NUMBER";
}

static inline const char *two_way_refuse(const lac_env *e)
{
  if (has_unbounded_error(e, LAC_UP) || has_unbounded_error(e, LAC_DOWN))
    return "this method" NEEDS_BOUNDED "; take --up=sign:scale=l2,zero=plus --down=sign:scale=l2,zero=plus";
  return refuse_chunks(e);
}

/* ---- a round ---- */

static inline unsigned two_way_phases(const lac_env *e) { return talk_of(e) == SILENT ? 1 : 2; }

static inline unsigned two_way_speaks(const lac_env *e)
{
  return talk_of(e) == SILENT ? 0 : e->phase == 0 ? LAC_CLIENTS_SPEAK : LAC_SERVER_SPEAKS;
}

static inline int two_way_server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, copy_of(s)[X]);
  return LAC_OK;
}

static inline int two_way_host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[X]);
  return LAC_OK;
}

/* ---- exchange 0: up ---- */

/* z, which is scratch, or C(z + e). */
static inline int send_up(const lac_env *e, lac_client *c, double *z, lac_msg *up)
{
  double *error = c->v[ERROR];
  if (talk_of(e) == FULL)
    return lac_msg_put_reals(up, two_way(e)->value, z, e->d);
  lac_axpy(e->d, 1, error, z);
  lac_copy(e->d, z, error);
  return lac_compress(e, LAC_UP, c->id, z, up, -1, error);
}

static inline int two_way_server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  if (talk_of(e) == FULL)
    return lac_msg_add_reals(up, two_way(e)->value, 1, s->v[SUM], e->d);
  return lac_decompress(e, LAC_UP, client, up, 1, s->v[SUM]);
}

static inline uint64_t two_way_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  if (talk_of(e) == SILENT || e->phase)
    return 0;
  return talk_of(e) == FULL ? lac_value_bits(two_way(e)->value) * (uint64_t)e->d : lac_compressed_bits(e, exact);
}

/* ---- exchange 1: down ---- */

static inline int send_mean(const lac_env *e, lac_server *s, double *mean, lac_msg *down)
{
  lac_zero(e->d, mean);
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], mean);
  LAC_TRY(lac_as_received(e, e->d, mean));
  return lac_send(e, mean, down);
}

static inline int send_chunks(const lac_env *e, lac_server *s, double *mean, lac_msg *down)
{
  double *rest = s->v[REST];
  lac_axpy(e->d, 1.0 / e->n, s->v[SUM], rest);
  lac_zero(e->d, mean);
  for (uint64_t j = 0; j < chunk_count(e); j++) {
    size_t at = chunk_start(e, j), size = chunk_start(e, j + 1) - at;
    if (size)
      LAC_TRY(lac_compress_part(e, LAC_DOWN, e->n, size, rest + at, down, 1, mean + at));
  }
  lac_axpy(e->d, -1, mean, rest);
  return LAC_OK;
}

static inline int two_way_server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (talk_of(e) == SILENT || e->phase == 0)
    return LAC_OK;
  LAC_TRY((talk_of(e) == FULL ? send_mean : send_chunks)(e, s, copy_of(s)[MEAN], down));
  lac_zero(e->d, s->v[SUM]);
  return LAC_OK;
}

static inline int receive_chunks(const lac_env *e, double *mean, lac_msg *down)
{
  lac_zero(e->d, mean);
  for (uint64_t j = 0; j < chunk_count(e); j++) {
    size_t at = chunk_start(e, j), size = chunk_start(e, j + 1) - at;
    if (size)
      LAC_TRY(lac_decompress_part(e, LAC_DOWN, e->n, size, down, 1, mean + at));
  }
  return LAC_OK;
}

static inline int two_way_host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  if (talk_of(e) == SILENT || e->phase == 0)
    return LAC_OK;
  LAC_TRY(talk_of(e) == FULL ? lac_receive(e, down, m->v[MEAN]) : receive_chunks(e, m->v[MEAN], down));
  return make_step(e, m->v);
}

static inline int two_way_server_step(const lac_env *e, lac_server *s)
{
  return talk_of(e) == SILENT || e->phase == 0 ? LAC_OK : make_step(e, copy_of(s));
}

/* ---- Adam without bias correction ---- */

/* m = beta1 m + (1-beta1) g;  v = beta2 v + (1-beta2) g^2 */
LAC_VECTORISED
static inline void move_moments(const two_way_params *p, size_t d, const double *restrict g, double *restrict m, double *restrict v)
{
  for (size_t j = 0; j < d; j++) {
    m[j] = p->beta1 * m[j] + (1 - p->beta1) * g[j];
    v[j] = p->beta2 * v[j] + (1 - p->beta2) * g[j] * g[j];
  }
}

/* to = beta1 m + (1-beta1) g; `to` may be either. */
LAC_VECTORISED
static inline void mix_momentum(const two_way_params *p, size_t d, const double *m, const double *g, double *to)
{
  for (size_t j = 0; j < d; j++)
    to[j] = p->beta1 * m[j] + (1 - p->beta1) * g[j];
}

/* x -= gamma (m/(sqrt(v) + eps) + wd x) */
LAC_VECTORISED
static inline void descend_scaled(const two_way_params *p, size_t d, const double *restrict m, const double *restrict v, double *restrict x)
{
  for (size_t j = 0; j < d; j++)
    x[j] -= p->gamma * (m[j] / (sqrt(v[j]) + p->eps) + p->wd * x[j]);
}

/* Slots of lac_algorithm_type that they all fill alike. */
#define TWO_WAY_SLOTS                                                                                                    \
  .weighing = LAC_WEIGHS_FUNCTIONS, .compresses_down = 1,                                                                \
  .participation = "every copy of x and m is made of the messages of all rounds, and e_i supposes that its own arrive",  \
  .phases = two_way_phases, .speaks = two_way_speaks, .server_init = two_way_server_init,      \
  .host_init = two_way_host_init, .server_send = two_way_server_send, .server_recv = two_way_server_recv,                \
  .iterate = SERVER_ONLY + X, .uplink_bits = two_way_bits

#endif
