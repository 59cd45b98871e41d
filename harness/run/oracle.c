/* What a method may call: oracle, compression, dense vectors (algorithm.h). */
#include "run/run.h"

#include <math.h>

/* A gradient of `batch` rows, chosen for (client, round, phase, step). */
static int batch_gradient(lac_run *r, const lac_client *c, unsigned step, const double *x, double *g)
{
  size_t rows = r->instance.problem.type->shard_rows(c->shard), count = lac_batch_of(r, rows);
  lac_choice choice;
  double f;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_BATCH, c->id, (uint32_t)r->env.round, r->env.phase << 16 | step);
  LAC_TRY(lac_context(lac_choose(&choice, r->draws.rng, rows, count, r->draws.row_set), "--batch"));
  for (size_t i = 0; i < count; i++)
    r->draws.batch_rows[i] = (uint32_t)lac_choose_next(&choice);
  return r->instance.problem.type->batch_grad(&r->instance.problem, c->shard, r->draws.batch_rows, count, x, &f, g);
}

enum { NOISE = 1 << 22 };      /* no row of a batch is drawn from there */

static void add_gauss(gsl_rng *rng, double each, size_t d, double *g)
{
  double z;
  for (size_t j = 0; j < d; j++) {
    lac_rng_normal(rng, &z, 1, each);
    g[j] += z;
  }
}

static void add_skewed(gsl_rng *rng, double each, uint64_t draws, size_t d, double *g)
{
  static const double value[3][2] = { { 2, 0 }, { 0, 1 }, { -2, -1 } };
  for (size_t j = 0; j + 1 < d; j += 2)
    for (uint64_t i = 0; i < draws; i++) {
      const double *z = value[gsl_rng_uniform_int(rng, 3)];
      g[j] += each / (double)draws * z[0];
      g[j + 1] += each / (double)draws * z[1];
    }
}

static void add_noise(lac_run *r, const lac_client *c, unsigned step, double *g)
{
  lac_noise n = r->instance.problem.type->noise ? r->instance.problem.type->noise(&r->instance.problem) : (lac_noise){ 0 };
  double d = (double)r->env.d;
  if (n.sigma == 0)
    return;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_BATCH, c->id, (uint32_t)r->env.round, r->env.phase << 16 | step | NOISE);
  if (n.law == LAC_SKEWED)
    add_skewed(r->draws.rng, n.sigma * sqrt(3 / (5 * d)), n.draws, r->env.d, g);
  else
    add_gauss(r->draws.rng, n.sigma / sqrt((double)n.draws) / sqrt(d), r->env.d, g);
}

static int oracle(lac_run *r, const lac_client *c, int batch, unsigned step, const double *x, double *g)
{
  double f, start = lac_seconds();
  int status = LAC_OK;
  r->ledger.oracle_calls++;
  lac_comm_progress(r->comm);
  if (batch)
    status = batch_gradient(r, c, step, x, g);
  else if (r->eval.leaf_client == c->id && memcmp(x, r->eval.x, r->env.d * sizeof *x) == 0)
    lac_copy(r->env.d, r->eval.leaf, g);          /* the evaluation of this row has just been there */
  else
    status = r->instance.problem.type->value_grad(&r->instance.problem, c->shard, x, &f, g);
  r->ledger.seconds[LAC_TIME_ORACLE] += lac_seconds() - start;
  return status;
}

int lac_gradient(const lac_env *e, const lac_client *c, unsigned step, const double *x, double *g)
{
  LAC_TRY(oracle(e->run, c, e->run->recipe.batch.number > 0, step, x, g));
  add_noise(e->run, c, step, g);
  return LAC_OK;
}

int lac_full_gradient(const lac_env *e, const lac_client *c, const double *x, double *g) { return oracle(e->run, c, 0, 0, x, g); }

int lac_coin(const lac_env *e, uint64_t round, double p)
{
  lac_run *r = e->run;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_COIN, 0, (uint32_t)round, 0);
  return lac_rng_coin(r->draws.rng, p);
}

void lac_common_normal(const lac_env *e, uint64_t round, size_t count, double *x)
{
  lac_run *r = e->run;
  lac_rng_point(r->draws.rng, &r->draws.seeds, LAC_SEED_COIN, 0, (uint32_t)round, 1);
  lac_rng_normal(r->draws.rng, x, count, 1);
}

/* One direction of traffic: where the vector stands, and the axis of the streams that its two ends share. */
typedef struct { lac_site site; lac_seed_axis axis; lac_run *run; } lane;

/* What all clients of a round share is no client's own. */
enum { SHARED = 1 << 23 };

static void point_streams(lane *w, uint32_t use)
{
  const lac_env *e = &w->run->env;
  lac_site *s = &w->site;
  uint32_t at = e->phase << 16 | use, round = (uint32_t)e->sent;
  s->rng = w->run->draws.rng;
  s->shared = w->run->draws.shared;
  lac_rng_point(s->rng, &w->run->draws.seeds, w->axis, w->axis == LAC_SEED_DOWN ? 0 : s->client, round, at);
  lac_rng_point(s->shared, &w->run->draws.seeds, w->axis, 0, round, at | SHARED);
}

static lac_site site_of(const lac_env *e, const lac_compressor *c, uint32_t client, size_t size)
{
  const lac_problem *p = &e->run->instance.problem;
  lac_site s = lac_site_of(c, size);
  s.client = client;
  s.n = e->n;
  s.round = e->sent;
  if (size == e->d && p->type->layers)
    s.layer_count = p->type->layers(p, &s.layers);
  return s;
}

lac_site lac_up_site(const lac_env *e, size_t size) { return site_of(e, e->up, 0, size); }
lac_site lac_up2_site(const lac_env *e) { return site_of(e, e->up2, 0, e->d); }
lac_site lac_down_site(const lac_env *e) { return site_of(e, e->down, e->n, e->d); }

static lane up_lane(const lac_env *e, uint32_t client, size_t size)
{
  return (lane){ site_of(e, e->up, client, size), LAC_SEED_NOISE, e->run };
}

static lane up2_lane(const lac_env *e, uint32_t client) { return (lane){ site_of(e, e->up2, client, e->d), LAC_SEED_NOISE, e->run }; }

static lane down_lane(const lac_env *e) { return (lane){ lac_down_site(e), LAC_SEED_DOWN, e->run }; }

static int decode(lane *w, uint32_t use, lac_msg *m, double s, double *y)
{
  point_streams(w, use);
  w->site.state = NULL;
  return lac_decode_add(&w->site, s, m, y);
}

/* The first whole vector of a message has a memory. */
static double *memory_of(const lane *w, uint32_t use)
{
  lac_run *r = w->run;
  if (use || w->site.d != r->env.d)
    return NULL;
  const lac_state *s = &r->store.row[w->axis == LAC_SEED_DOWN ? LAC_STORE_DOWN_MEMORY : LAC_STORE_UP_MEMORY];
  uint32_t client = w->axis == LAC_SEED_DOWN ? 0 : w->site.client - r->instance.first;
  return s->at ? (double *)s->at + client * s->stride : NULL;
}

static int encode(lane *w, const double *x, lac_msg *m, double s, double *y)
{
  uint32_t use = m->uses++;
  uint64_t before = m->nbits;
  point_streams(w, use);
  w->site.state = memory_of(w, use);
  LAC_TRY(lac_encode(&w->site, x, m));
  if (!y)
    return LAC_OK;
  lac_msg written = { .buf = m->buf, .nbits = m->nbits, .rpos = before };
  LAC_TRY(decode(w, use, &written, s, y));
  if (written.rpos == written.nbits)
    return LAC_OK;
  return lac_fail(LAC_EBUG, "compressor %s left %llu bits of its own message unread", w->site.stage->spec.text,
                  (unsigned long long)(written.nbits - written.rpos));
}

static int timed(lac_run *r, double start, int status)
{
  r->ledger.seconds[LAC_TIME_COMPRESS] += lac_seconds() - start;
  return status;
}

int lac_compress_part(const lac_env *e, uint32_t client, size_t size, const double *x, lac_msg *m, double s, double *y)
{
  double start = lac_seconds();
  lane w = up_lane(e, client, size);
  return timed(e->run, start, encode(&w, x, m, s, y));
}

int lac_decompress_part(const lac_env *e, uint32_t client, size_t size, lac_msg *m, double s, double *y)
{
  double start = lac_seconds();
  lane w = up_lane(e, client, size);
  return timed(e->run, start, decode(&w, m->uses++, m, s, y));
}

int lac_compress(const lac_env *e, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  return lac_compress_part(e, client, e->d, x, m, s, y);
}

int lac_decompress(const lac_env *e, uint32_t client, lac_msg *m, double s, double *y)
{
  return lac_decompress_part(e, client, e->d, m, s, y);
}

int lac_compress2(const lac_env *e, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  double start = lac_seconds();
  lane w = up2_lane(e, client);
  return timed(e->run, start, encode(&w, x, m, s, y));
}

int lac_decompress2(const lac_env *e, uint32_t client, lac_msg *m, double s, double *y)
{
  double start = lac_seconds();
  lane w = up2_lane(e, client);
  return timed(e->run, start, decode(&w, m->uses++, m, s, y));
}

int lac_compress_down(const lac_env *e, const double *x, lac_msg *m, double s, double *y)
{
  double start = lac_seconds();
  lane w = down_lane(e);
  return timed(e->run, start, encode(&w, x, m, s, y));
}

int lac_decompress_down(const lac_env *e, lac_msg *m, double s, double *y)
{
  double start = lac_seconds();
  lane w = down_lane(e);
  return timed(e->run, start, decode(&w, m->uses++, m, s, y));
}

int lac_send_part(const lac_env *e, size_t size, const double *x, lac_msg *m)
{
  (void)e;
  return lac_msg_put_reals(m, LAC_F64, x, size);
}

int lac_receive_part(const lac_env *e, size_t size, lac_msg *m, double *x)
{
  (void)e;
  return lac_msg_get_reals(m, LAC_F64, x, size);
}

int lac_send(const lac_env *e, const double *x, lac_msg *m) { return lac_send_part(e, e->d, x, m); }
int lac_receive(const lac_env *e, lac_msg *m, double *x) { return lac_receive_part(e, e->d, m, x); }
int lac_receive_add(const lac_env *e, lac_msg *m, double s, double *y) { return lac_msg_add_reals(m, LAC_F64, s, y, e->d); }

uint64_t lac_part_bits(const lac_env *e, size_t size, int *exact)
{
  lac_site s = lac_up_site(e, size);
  return lac_bits(&s, exact);
}

uint64_t lac_compressed2_bits(const lac_env *e, int *exact)
{
  lac_site s = lac_up2_site(e);
  return lac_bits(&s, exact);
}

uint64_t lac_compressed_bits(const lac_env *e, int *exact) { return lac_part_bits(e, e->d, exact); }
uint64_t lac_dense_bits(const lac_env *e) { return 64 * (uint64_t)e->d; }
