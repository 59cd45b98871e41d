/* EF21 by hand, with the library's problems, compressors and messages, and none of its harness:

     client  c_i = C(grad f_i(x) - g_i),   g_i += c_i
     server  SUM += c_i of every client,   x -= (gamma/n) SUM

   `laconic run --algorithm=ef21` does the same on any number of ranks; tests/t-examples.sh compares the two, bit by bit. */
#include <laconic.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 5, ROUNDS = 400, SEED = 1 };
extern const lac_problem_type lac_problem_quadratic;      /* the plug-in `quadratic`; lac_problems[] has all of them */

/* Encoder and decoder draw from the same streams: the client's own, and one that all clients of the round share (FORMATS.md). */
static void place_streams(lac_site *s, const lac_seeds *seeds)
{
  lac_rng_point(s->rng, seeds, LAC_SEED_NOISE, s->client, (uint32_t)s->round, 0);
  lac_rng_point(s->shared, seeds, LAC_SEED_NOISE, 0, (uint32_t)s->round, 1 << 23);
}

/* C(v) as bits, and what they decode to, once for the client and once for the server: neither knows more than the bits. */
static int exchange(lac_site *s, const lac_seeds *seeds, const double *v, lac_msg *m, double *client, double *server)
{
  double *side[] = { client, server };
  lac_msg_clear(m);
  place_streams(s, seeds);
  LAC_TRY(lac_encode(s, v, m));
  for (int k = 0; k < 2; k++) {
    lac_msg received;
    lac_msg_view(&received, m->buf, m->nbits);
    place_streams(s, seeds);
    LAC_TRY(lac_decode_add(s, 1, &received, side[k]));
  }
  return LAC_OK;
}

/* All that has to be given back. */
typedef struct {
  lac_compressor up;
  lac_problem problem;
  void *shard[N];
  gsl_rng *rng[2];
  lac_msg message;
  double *memory;
} things;

static void release(things *t)
{
  const lac_problem_type *type = t->problem.type;
  for (uint32_t i = 0; i < N; i++)
    if (t->shard[i])
      type->unload(t->shard[i]);
  if (type->close)
    type->close(&t->problem);
  lac_spec_free(&t->problem.spec);
  lac_compressor_close(&t->up);
  lac_msg_free(&t->message);
  for (int k = 0; k < 2; k++)
    if (t->rng[k])
      gsl_rng_free(t->rng[k]);
  free(t->memory);
}

static int optimise(const char *compressor, things *t)
{
  lac_problem *p = &t->problem;
  for (int axis = 0; axis < LAC_SEED_AXES; axis++)
    p->seeds.axis[axis] = SEED;
  LAC_TRY(lac_spec_parse(&p->spec, "problem", "quadratic:d=8", p->type->options, p->type->params_size));
  p->params = p->spec.params;
  LAC_TRY(p->type->open(p));
  LAC_TRY(lac_compressor_open(&t->up, "compressor", compressor));
  lac_site s = lac_site_of(&t->up, p->d);
  s.n = N;
  const char *why = lac_refuse(&s);
  if (why)
    return lac_fail(LAC_EUSER, "compressor %s: %s", compressor, why);

  size_t d = p->d, stride = lac_stride(d);
  double f, *x = t->memory = lac_alloc((N + 4) * stride * sizeof *x);
  double *sum = x + stride, *grad = sum + stride, *diff = grad + stride, *g = diff + stride;
  uint64_t bits = 0;
  s.rng = t->rng[0] = lac_rng_new();
  s.shared = t->rng[1] = lac_rng_new();
  if (!x || !s.rng || !s.shared)
    return LAC_ENOMEM;
  for (uint32_t i = 0; i < N; i++)
    LAC_TRY(p->type->load(p, i, &t->shard[i]));
  for (s.round = 0; s.round < ROUNDS; s.round++) {
    for (s.client = 0; s.client < N; s.client++) {
      double *g_i = g + s.client * stride;
      LAC_TRY(p->type->value_grad(p, t->shard[s.client], x, &f, grad));
      lac_sub(d, grad, g_i, diff);
      LAC_TRY(exchange(&s, &p->seeds, diff, &t->message, g_i, sum));
      bits += t->message.nbits;
    }
    lac_axpy(d, -0.1 / N, sum, x);      /* gamma = 0.1 */
  }
  printf("bits_up %llu\n", (unsigned long long)bits);
  for (size_t j = 0; j < d; j++)
    printf("%.17g\n", x[j]);
  return LAC_OK;
}

int main(int argc, char **argv)
{
  things t = { .problem = { .type = &lac_problem_quadratic, .n = N } };
  int status = optimise(argc > 1 ? argv[1] : "topk:k=1", &t);
  if (status != LAC_OK)
    fprintf(stderr, "ef21: %s\n", lac_error());
  release(&t);
  return status != LAC_OK;
}
