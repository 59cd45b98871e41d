/* SPSA with one byte a step (Zelikman et al. 2023, "Just One Byte"; Malladi et al. 2023, MeZO): no gradient, and only a number travels.
   Machine i, for each of S directions z ~ N(0, I), which everybody can draw again:

     g = (f_i(x + eps z) - f_i(x - eps z))/(2 eps);  sends g as a number or as a code of it
     all: x = x - w sum g z,  w = gamma/(n S) (scale=mean) or gamma/sqrt(n S) (scale=sqrt, as in the authors' code)

     code=exact    g, 64 bits
     code=byte     k = rint(8 ln|g|) + 96, at least 1 and at most 127, and the sign: g' = +-exp((k - 96)/8);  0 is 0
     code=log9     k = rint(16 ln|g|), at least -127 and at most 127, and the sign, 9 bits: g' = +-exp(k/16);  k = 128 is 0

   rint rounds half to even.  The server hands the codes on, and everybody makes the same step from them, to the last bit; where there are
   more of them than coordinates, it sends x.  Both losses of a direction are of the same rows, with --batch drawn anew for every one. */
#include "algorithm.h"
#include "elementary.h"

#include <math.h>

/* CODES: what has come in this round, a number each, if they are handed on. */
enum { X, Z, CODES, SERVER_VECS };
enum { MIRROR_VECS = CODES };
enum { DIRECTION, POINT, CLIENT_TMPS };

typedef struct { double gamma, eps; uint64_t samples; int code, scale; } params;
enum { EXACT, BYTE, LOG9 };
enum { MEAN, ROOT };
static const lac_option options[] = {
  { "gamma", LAC_REAL, offsetof(params, gamma), "0.01", ">0", NULL, "step size", .step_size = 1 },
  { "eps", LAC_REAL, offsetof(params, eps), "0.001", ">0", NULL, "how far from x the two losses of a direction are taken" },
  { "samples", LAC_UINT, offsetof(params, samples), "1", "[1,65535]", NULL, "directions of a client in a round" },
  { "code", LAC_CHOICE, offsetof(params, code), "byte", NULL, "exact|byte|log9", "what of a slope is sent: 64, 8 or 9 bits" },
  { "scale", LAC_CHOICE, offsetof(params, scale), "mean", NULL, "mean|sqrt", "of the sum over all slopes: over their number, or its root" },
  { 0 }
};

static const params *of(const lac_env *e) { return e->params; }
static uint64_t code_count(const lac_env *e) { return e->n * of(e)->samples; }
static int hands_codes_on(const lac_env *e) { return code_count(e) <= e->d; }

/* ---- codes ---- */

static const unsigned width_of[] = { [EXACT] = 64, [BYTE] = 8, [LOG9] = 9 };

/* ln|g| in units of 1/`units`, as an exponent of least..most; the sign is the bit above. */
typedef struct { double units; int least, most, shift, zero; uint64_t minus; } logarithm;
static const logarithm logarithms[] = {
  [BYTE] = { .units = 8, .least = 1, .most = 127, .shift = 96, .zero = 0, .minus = 128 },
  [LOG9] = { .units = 16, .least = 0, .most = 254, .shift = 127, .zero = 255, .minus = 256 },
};

static uint64_t encode(const logarithm *l, double g)
{
  double k = rint(l->units * lac_log(fabs(g))) + l->shift;
  if (g == 0)
    return (uint64_t)l->zero;
  return (uint64_t)(k > l->most ? l->most : k < l->least ? l->least : k) | (g < 0 ? l->minus : 0);
}

static double decode(const logarithm *l, uint64_t code)
{
  int k = (int)(code & (l->minus - 1));
  double magnitude = lac_exp((k - l->shift) / l->units);
  return k == l->zero ? 0 : code & l->minus ? -magnitude : magnitude;
}

static int is_code(const logarithm *l, uint64_t code)
{
  int k = (int)(code & (l->minus - 1));
  return (k >= l->least && k <= l->most) || code == (uint64_t)l->zero;
}

/* A code is kept as a number: g itself, or a whole one. */
static int put_code(const lac_env *e, lac_msg *m, double code)
{
  return of(e)->code == EXACT ? lac_msg_put_reals(m, LAC_F64, &code, 1) : lac_msg_put(m, (uint64_t)code, width_of[of(e)->code]);
}

static int get_code(const lac_env *e, lac_msg *m, double *code)
{
  uint64_t bits;
  if (of(e)->code == EXACT)
    return lac_msg_get_reals(m, LAC_F64, code, 1);
  LAC_TRY(lac_msg_get(m, width_of[of(e)->code], &bits));
  *code = (double)bits;
  return is_code(&logarithms[of(e)->code], bits) ? LAC_OK : lac_fail(LAC_EFORMAT, "the message has a code that stands for no number");
}

static int code_of(const lac_env *e, double g, double *code)
{
  if (!isfinite(g))
    return lac_fail(LAC_EDIVERGED, "a slope is not finite");
  *code = of(e)->code == EXACT ? g : (double)encode(&logarithms[of(e)->code], g);
  return LAC_OK;
}

static double slope_of(const lac_env *e, double code)
{
  return of(e)->code == EXACT ? code : decode(&logarithms[of(e)->code], (uint64_t)code);
}

/* ---- the step that all make ---- */

static double weight(const lac_env *e)
{
  double count = (double)code_count(e);
  return of(e)->gamma / (of(e)->scale == MEAN ? count : sqrt(count));
}

/* Code `at` of this round: of client at/S, direction at mod S. */
static int follow(const lac_env *e, uint64_t at, double code, double *x, double *z)
{
  LAC_TRY(lac_direction(e, (uint32_t)(at / of(e)->samples), (unsigned)(at % of(e)->samples), e->d, z));
  lac_axpy(e->d, -weight(e) * slope_of(e, code), z, x);
  return LAC_OK;
}

/* ---- the round: up, and down again ---- */

static const char *refuse(const lac_env *e)
{
  double omega;
  int exact;
  if (lac_omega_of(e, LAC_UP, &omega) || omega > 0 || lac_compressed_bits(e, &exact) != lac_dense_bits(e))
    return "spsa sends a number a direction, as code= says, and no vector; leave --up out";
  if (lac_broadcast_width(e) < 64)
    return "spsa: everybody holds the same x to the last bit, which --broadcast would round; leave --broadcast out";
  return NULL;
}

static unsigned phases(const lac_env *e)
{
  (void)e;
  return 2;
}

static unsigned speaks(const lac_env *e) { return e->phase == 0 ? LAC_CLIENTS_SPEAK : LAC_SERVER_SPEAKS; }

static int server_init(const lac_env *e, lac_server *s, const double *x0)
{
  lac_copy(e->d, x0, s->v[X]);
  return LAC_OK;
}

static int host_init(const lac_env *e, lac_mirror *m, const double *x0)
{
  lac_copy(e->d, x0, m->v[X]);
  return LAC_OK;
}

static int measure_slope(const lac_env *e, const double *x, lac_client *c, unsigned sample, double *g)
{
  double *z = c->tmp[DIRECTION], *point = c->tmp[POINT], ahead, behind;
  LAC_TRY(lac_direction(e, c->id, sample, e->d, z));
  lac_copy(e->d, x, point);
  lac_axpy(e->d, of(e)->eps, z, point);
  LAC_TRY(lac_loss(e, c, sample, point, &ahead));
  lac_copy(e->d, x, point);
  lac_axpy(e->d, -of(e)->eps, z, point);
  LAC_TRY(lac_loss(e, c, sample, point, &behind));
  *g = (ahead - behind) / (2 * of(e)->eps);
  return LAC_OK;
}

static int client_step(const lac_env *e, const lac_mirror *m, lac_client *c, lac_msg *up)
{
  double g, code = 0;
  for (unsigned k = 0; e->phase == 0 && k < of(e)->samples; k++) {
    LAC_TRY(measure_slope(e, m->v[X], c, k, &g));
    LAC_TRY(code_of(e, g, &code));
    LAC_TRY(put_code(e, up, code));
  }
  return LAC_OK;
}

static int server_recv(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  double code;
  for (uint64_t k = 0, at = client * of(e)->samples; k < of(e)->samples; k++, at++) {
    LAC_TRY(get_code(e, up, &code));
    if (hands_codes_on(e))
      s->v[CODES][at] = code;
    else
      LAC_TRY(follow(e, at, code, s->v[X], s->v[Z]));
  }
  return LAC_OK;
}

static int server_send(const lac_env *e, lac_server *s, lac_msg *down)
{
  if (e->phase == 0)
    return LAC_OK;
  if (!hands_codes_on(e))
    return lac_send(e, s->v[X], down);
  for (uint64_t at = 0; at < code_count(e); at++)
    LAC_TRY(put_code(e, down, s->v[CODES][at]));
  return LAC_OK;
}

static int host_recv(const lac_env *e, lac_mirror *m, lac_msg *down)
{
  double code;
  if (e->phase == 0)
    return LAC_OK;
  if (!hands_codes_on(e))
    return lac_receive(e, down, m->v[X]);
  for (uint64_t at = 0; at < code_count(e); at++) {
    LAC_TRY(get_code(e, down, &code));
    LAC_TRY(follow(e, at, code, m->v[X], m->v[Z]));
  }
  return LAC_OK;
}

static int server_step(const lac_env *e, lac_server *s)
{
  for (uint64_t at = 0; e->phase && hands_codes_on(e) && at < code_count(e); at++)
    LAC_TRY(follow(e, at, s->v[CODES][at], s->v[X], s->v[Z]));
  return LAC_OK;
}

static uint64_t uplink_bits(const lac_env *e, int *exact)
{
  *exact = 1;
  return e->phase == 0 ? of(e)->samples * width_of[of(e)->code] : 0;
}

static const lac_certificate certificates[] = {
  { .claim = LAC_SOLVES, .options = "gamma=0.02,code=exact", .with = "problem=quadratic:hetero=0,mu=0.1", .rounds = 20000 },
  { .claim = LAC_SOLVES, .options = "gamma=0.02,code=byte,scale=sqrt", .with = "problem=quadratic:hetero=0,mu=0.1", .rounds = 20000,
    .tolerance = 1e-9 },
  { .claim = LAC_ALSO, .options = "code=exact,scale=sqrt" },
  { .claim = LAC_ALSO, .options = "code=log9,samples=2" },
  { 0 }
};

const lac_algorithm_type lac_algorithm_spsa = {
  .name = "spsa",
  .summary = "two losses in place of a gradient: a client sends one byte, everybody draws its direction again",
  .reference = "Zelikman et al. 2023, arXiv:2306.10015; MeZO: Malladi et al. 2023, arXiv:2305.17333",
  .options = options,
  .params_size = sizeof(params),
  .server_vecs = SERVER_VECS,
  .mirror_vecs = MIRROR_VECS,
  .client_tmps = CLIENT_TMPS,
  .weighing = LAC_WEIGHS_FUNCTIONS,
  .losses = 1,
  .draws_apart = 1,
  .participation = "every copy of x is made of the slopes of all clients and rounds",
  .refuse = refuse,
  .phases = phases,
  .speaks = speaks,
  .server_init = server_init,
  .host_init = host_init,
  .server_send = server_send,
  .host_recv = host_recv,
  .client_step = client_step,
  .server_recv = server_recv,
  .server_step = server_step,
  .iterate = X,
  .uplink_bits = uplink_bits,
  .certificates = certificates,
};
