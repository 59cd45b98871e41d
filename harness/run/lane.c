/* Vectors on their way between a client and the server: compressed on a lane, or in full (algorithm.h). */
#include "run/run.h"

static const lac_compressor *compressor_of(const lac_env *e, lac_lane lane)
{
  switch (lane) {
  case LAC_UP: return e->up;
  case LAC_UP2: return e->up2;
  default: return e->down;
  }
}

static lac_site make_site(const lac_env *e, lac_lane lane, uint32_t client, size_t size)
{
  const lac_problem *p = &e->run->instance.problem;
  lac_site s = lac_site_of(compressor_of(e, lane), size);
  s.client = client;
  s.n = e->n;
  s.round = e->sent;
  if (size == e->d && p->type->layers)
    s.layer_count = p->type->layers(p, &s.layers);
  return s;
}

lac_site lac_lane_site(const lac_env *e, lac_lane lane, size_t size) { return make_site(e, lane, lane == LAC_DOWN ? e->n : 0, size); }

/* What all clients of a round share is no client's own. */
enum { SHARED = 1 << 23 };

/* Both ends of a lane draw from the same streams: the client's own (the server's) and that of all. */
static void point_streams(const lac_env *e, lac_lane lane, lac_site *s, uint32_t use)
{
  lac_run *r = e->run;
  lac_seed_axis axis = lane == LAC_DOWN ? LAC_SEED_DOWN : LAC_SEED_NOISE;
  uint32_t at = e->phase << 16 | use, round = (uint32_t)e->sent;
  s->rng = r->draws.rng;
  s->shared = r->draws.shared;
  lac_rng_point(s->rng, &r->draws.seeds, axis, lane == LAC_DOWN ? 0 : s->client, round, at);
  lac_rng_point(s->shared, &r->draws.seeds, axis, 0, round, at | SHARED);
}

static int decode(const lac_env *e, lac_lane lane, lac_site *s, uint32_t use, lac_msg *m, double scale, double *y)
{
  point_streams(e, lane, s, use);
  s->state = NULL;
  return lac_decode_add(s, scale, m, y);
}

/* The first whole vector of a message has a memory. */
static double *memory_of(const lac_env *e, lac_lane lane, const lac_site *s, uint32_t use)
{
  lac_run *r = e->run;
  if (use || s->d != e->d)
    return NULL;
  const lac_state *memory = &r->store.row[lane == LAC_DOWN ? LAC_STORE_DOWN_MEMORY : LAC_STORE_UP_MEMORY];
  uint32_t client = lane == LAC_DOWN ? 0 : s->client - r->instance.first;
  return memory->at ? (double *)memory->at + client * memory->stride : NULL;
}

static int encode(const lac_env *e, lac_lane lane, lac_site *s, const double *x, lac_msg *m, double scale, double *y)
{
  uint32_t use = m->uses++;
  uint64_t before = m->nbits;
  point_streams(e, lane, s, use);
  s->state = memory_of(e, lane, s, use);
  LAC_TRY(lac_encode(s, x, m));
  if (!y)
    return LAC_OK;
  lac_msg written = { .buf = m->buf, .nbits = m->nbits, .rpos = before };
  LAC_TRY(decode(e, lane, s, use, &written, scale, y));
  if (written.rpos == written.nbits)
    return LAC_OK;
  return lac_fail(LAC_EBUG, "compressor %s left %llu bits of its own message unread", s->stage->spec.text,
                  (unsigned long long)(written.nbits - written.rpos));
}

static int count_codec(const lac_env *e, uint64_t start, int status)
{
  e->run->ledger.ticks[LAC_TIME_COMPRESS] += lac_ticks() - start;
  return status;
}

int lac_compress_part(const lac_env *e, lac_lane lane, uint32_t client, size_t size, const double *x, lac_msg *m, double s, double *y)
{
  uint64_t start = lac_ticks();
  lac_site site = make_site(e, lane, client, size);
  return count_codec(e, start, encode(e, lane, &site, x, m, s, y));
}

int lac_decompress_part(const lac_env *e, lac_lane lane, uint32_t client, size_t size, lac_msg *m, double s, double *y)
{
  uint64_t start = lac_ticks();
  lac_site site = make_site(e, lane, client, size);
  return count_codec(e, start, decode(e, lane, &site, m->uses++, m, s, y));
}

int lac_compress(const lac_env *e, lac_lane lane, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  return lac_compress_part(e, lane, client, e->d, x, m, s, y);
}

int lac_decompress(const lac_env *e, lac_lane lane, uint32_t client, lac_msg *m, double s, double *y)
{
  return lac_decompress_part(e, lane, client, e->d, m, s, y);
}

uint64_t lac_part_bits(const lac_env *e, lac_lane lane, size_t size, int *exact)
{
  lac_site s = lac_lane_site(e, lane, size);
  return lac_bits(&s, exact);
}

uint64_t lac_compressed_bits(const lac_env *e, int *exact) { return lac_part_bits(e, LAC_UP, e->d, exact); }

/* ---- in full ---- */

static int rounds(const lac_env *e) { return e->run->config->broadcast != LAC_BROADCAST_F64; }

/* Of the server's message, unless it is f64: what all others hold in full has 64 bits a number. */
static int is_rounded(const lac_env *e, const lac_msg *m) { return m == &e->run->post.down && rounds(e); }

static lac_site rounded_site(const lac_env *e, size_t size) { return lac_site_of(&e->run->recipe.broadcast, size); }

static int send_rounded(const lac_env *e, size_t size, const double *x, lac_msg *m)
{
  lac_site s = rounded_site(e, size);
  return lac_encode(&s, x, m);
}

static int add_rounded(const lac_env *e, size_t size, lac_msg *m, double scale, double *y)
{
  lac_site s = rounded_site(e, size);
  return lac_decode_add(&s, scale, m, y);
}

/* These formats have no head: parts of a vector, one behind the other, are the vector.  A part stays in the cache. */
enum { PART = 4096 };
static size_t part_of(size_t left) { return left < PART ? left : PART; }

static int receive_rounded(const lac_env *e, size_t size, lac_msg *m, double *x)
{
  for (size_t at = 0, part; at < size; at += part) {
    part = part_of(size - at);
    lac_zero(part, x + at);
    LAC_TRY(add_rounded(e, part, m, 1, x + at));
  }
  return LAC_OK;
}

int lac_send_part(const lac_env *e, size_t size, const double *x, lac_msg *m)
{
  if (!is_rounded(e, m))
    return lac_msg_put_reals(m, LAC_F64, x, size);
  uint64_t start = lac_ticks();
  return count_codec(e, start, send_rounded(e, size, x, m));
}

int lac_receive_part(const lac_env *e, size_t size, lac_msg *m, double *x)
{
  if (!is_rounded(e, m))
    return lac_msg_get_reals(m, LAC_F64, x, size);
  uint64_t start = lac_ticks();
  return count_codec(e, start, receive_rounded(e, size, m, x));
}

int lac_receive_add(const lac_env *e, lac_msg *m, double s, double *y)
{
  if (!is_rounded(e, m))
    return lac_msg_add_reals(m, LAC_F64, s, y, e->d);
  uint64_t start = lac_ticks();
  return count_codec(e, start, add_rounded(e, e->d, m, s, y));
}

int lac_as_received(const lac_env *e, size_t size, double *x)
{
  lac_msg own = { 0 };
  int status = LAC_OK;
  uint64_t start = lac_ticks();
  for (size_t at = 0, part; rounds(e) && at < size && status == LAC_OK; at += part) {
    part = part_of(size - at);
    lac_msg_clear(&own);
    status = send_rounded(e, part, x + at, &own);
    if (status == LAC_OK)
      status = receive_rounded(e, part, &own, x + at);
  }
  lac_msg_free(&own);
  return count_codec(e, start, status);
}

unsigned lac_broadcast_width(const lac_env *e)
{
  int exact;
  lac_site one = rounded_site(e, 1);
  return (unsigned)lac_bits(&one, &exact);
}

int lac_send(const lac_env *e, const double *x, lac_msg *m) { return lac_send_part(e, e->d, x, m); }
int lac_receive(const lac_env *e, lac_msg *m, double *x) { return lac_receive_part(e, e->d, m, x); }
uint64_t lac_dense_bits(const lac_env *e) { return 64 * (uint64_t)e->d; }
