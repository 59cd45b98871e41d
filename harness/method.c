/* What a method may call: oracle, compression, dense vectors (algorithm.h). */
#include "run.h"

int lac_gradient(const lac_env *e, const lac_client *c, const double *x, double *g)
{
  lac_run *r = e->run;
  double f, start = lac_seconds();
  int status = LAC_OK;
  r->rank_oracle_calls++;
  if (r->leaf_client == c->id && memcmp(x, r->x_eval, e->d * sizeof *x) == 0)
    lac_copy(e->d, r->leaf, g);          /* the evaluation of this row has just been there */
  else
    status = r->problem.type->value_grad(&r->problem, c->shard, x, &f, g);
  r->seconds[LAC_TIME_ORACLE] += lac_seconds() - start;
  return status;
}

static gsl_rng *noise(const lac_env *e, uint32_t client, uint32_t use)
{
  lac_run *r = e->run;
  lac_rng_point(r->rng, &r->seeds, LAC_SEED_NOISE, client, (uint32_t)e->round, use);
  return r->rng;
}

static int decode(const lac_env *e, uint32_t client, uint32_t use, lac_msg *m, double s, double *y)
{
  return e->up->type->decode_add(e->up->spec.params, e->d, s, m, noise(e, client, use), y);
}

int lac_compress(const lac_env *e, uint32_t client, const double *x, lac_msg *m, double s, double *y)
{
  lac_run *r = e->run;
  double start = lac_seconds();
  uint32_t use = m->uses++;
  uint64_t before = m->nbits;
  int status = e->up->type->encode(e->up->spec.params, e->d, x, noise(e, client, use), m);
  if (status == LAC_OK && y) {
    lac_msg written = { .buf = m->buf, .nbits = m->nbits, .rpos = before };
    status = decode(e, client, use, &written, s, y);
    if (status == LAC_OK && written.rpos != written.nbits)
      status = lac_fail(LAC_EBUG, "compressor %s left %llu bits of its own message unread", e->up->type->name,
                        (unsigned long long)(written.nbits - written.rpos));
  }
  r->seconds[LAC_TIME_COMPRESS] += lac_seconds() - start;
  return status;
}

int lac_decompress(const lac_env *e, uint32_t client, lac_msg *m, double s, double *y)
{
  lac_run *r = e->run;
  double start = lac_seconds();
  int status = decode(e, client, m->uses++, m, s, y);
  r->seconds[LAC_TIME_COMPRESS] += lac_seconds() - start;
  return status;
}

int lac_send(const lac_env *e, const double *x, lac_msg *m) { return lac_msg_put_reals(m, LAC_F64, x, e->d); }
int lac_receive(const lac_env *e, lac_msg *m, double *x) { return lac_msg_get_reals(m, LAC_F64, x, e->d); }

int lac_receive_add(const lac_env *e, lac_msg *m, double s, double *y) { return lac_msg_add_reals(m, LAC_F64, s, y, e->d); }

uint64_t lac_compressed_bits(const lac_env *e, int *exact) { return e->up->type->bits(e->up->spec.params, e->d, exact); }
uint64_t lac_dense_bits(const lac_env *e) { return 64 * (uint64_t)e->d; }
