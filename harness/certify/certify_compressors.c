/* The certificate of a compressor: the promises of compressor.h over many options, lengths and inputs. */
#include "certify/certify.h"
#include "rng.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 100000, DRAWS = 1000, STOCHASTIC_D = 64, SPARE = 8 };
static const size_t lengths[] = { 1, 2, 7, 64, 100, 1000, LARGEST };
static const lac_seeds seeds = { .axis = { 101, 102, 103, 104 } };

/* ---- inputs ---- */

typedef enum { GAUSSIAN, HUGE_, DENORMAL, EQUAL, ONE_HOT, TIES, ALTERNATING, FOUND } input;
const char *const lac_input_name[LAC_INPUTS] = { "gaussian", "huge", "denormal", "equal", "one-hot", "ties", "alternating" };

void lac_input_fill(gsl_rng *data, unsigned kind, size_t d, double *x)
{
  lac_rng_point(data, &seeds, LAC_SEED_DATA, (uint32_t)kind, (uint32_t)d, 0);
  lac_rng_normal(data, x, d, 1);
  for (size_t j = 0; j < d; j++)
    switch (kind) {
    case HUGE_: x[j] = x[j] > 0 ? 1e300 : -0.9e300; break;
    case DENORMAL: x[j] *= 1e-310; break;
    case EQUAL: x[j] = -0.7; break;
    case ONE_HOT: x[j] = j == d / 2 ? 3 : 0; break;
    case TIES: x[j] = round(x[j]); break;
    case ALTERNATING: x[j] = (j % 2 ? -1 : 1) * (j % 3 ? 1 : 1e-3) * (j % 5 ? 1 : 1e6); break;
    default: break;
    }
}

static int all_finite(size_t d, const double *x)
{
  for (size_t j = 0; j < d; j++)
    if (!isfinite(x[j]))
      return 0;
  return 1;
}

/* ---- what is found ---- */

enum { SAME, DECLARED, READS_ALL, ADDS, ZERO_STAYS, FINITE, DIVERGED, OFFSET, TRUNCATED, HOSTILE, CONTRACTS, UNBIASED, OMEGA, PROPERTIES };
static const char *const property[] = {
  "same stream, same bytes", "bits as declared", "decode reads what encode wrote", "decode adds s C(x)", "C(0) = 0",
  "finite in, finite out", "not finite in: EDIVERGED", "same bits at any offset", "cut short: EFORMAT",
  "damaged or random bits: EFORMAT or finite",
  "alpha: E|C(x)-x|^2 <= (1-alpha)|x|^2", "the mean is x", "omega: E|C(x)-x|^2 <= omega|x|^2"
};

typedef struct {
  unsigned cases, violations;
  double worst;               /* measured over allowed, where that is a number */
  char first[160];            /* the first violation */
} tally;

/* One set of options, one length. */
typedef struct {
  const lac_compressor_type *type;
  const lac_compressor *c;
  size_t d;
  int random;                     /* C draws */
  double *x, *y, *z, *image;      /* image: C(x) */
  double *sum, *squares;          /* STOCHASTIC_D */
  gsl_rng *stream, *shared, *data;
  tally tally[PROPERTIES];
  unsigned specs, served, broken_sentences;
  int status;                     /* ENOMEM */
} subject;

static __attribute__((format(printf, 5, 6)))
void want(subject *s, int condition, int which, input kind, const char *format, ...)
{
  tally *t = &s->tally[which];
  va_list args;
  t->cases++;
  if (condition || t->violations++)
    return;
  int used = snprintf(t->first, sizeof t->first, "%.60s, d=%zu, %s input: ", s->c->spec.text, s->d,
                      kind == FOUND ? "worst found" : lac_input_name[kind]);
  va_start(args, format);
  vsnprintf(t->first + used, sizeof t->first - (size_t)used, format, args);
  va_end(args);
}

/* measured <= allowed, and how near. */
static void want_below(subject *s, double measured, double allowed, int which, input kind)
{
  double ratio = measured == 0 ? 0 : measured / allowed;
  s->tally[which].worst = fmax(s->tally[which].worst, ratio);
  want(s, measured <= allowed, which, kind, "%g of %g", measured, allowed);
}

/* A vector of the last of four clients; nothing is remembered of it. */
static lac_site site_of(subject *s, uint32_t round)
{
  enum { CLIENTS = 4 };
  lac_site at = lac_site_of(s->c, s->d);
  at.n = CLIENTS;
  at.client = CLIENTS - 1;
  at.round = round;
  at.rng = s->stream;
  at.shared = s->shared;
  lac_rng_point(s->stream, &seeds, LAC_SEED_NOISE, at.client, round, 0);
  lac_rng_point(s->shared, &seeds, LAC_SEED_NOISE, 0, round, 1);
  return at;
}

static const char *refused(subject *s)
{
  lac_site at = site_of(s, 0);
  return lac_refuse(&at);
}

static uint64_t declared_bits(subject *s, int *exact)
{
  lac_site at = site_of(s, 0);
  return lac_bits(&at, exact);
}

static int alpha_of(subject *s, double *alpha)
{
  lac_site at = site_of(s, 0);
  return lac_alpha(&at, alpha);
}

static int omega_of(subject *s, double *omega)
{
  lac_site at = site_of(s, 0);
  return lac_omega(&at, omega);
}

static int encode(subject *s, const double *x, uint32_t round, lac_msg *m)
{
  lac_site at = site_of(s, round);
  return lac_encode(&at, x, m);
}

static int decode(subject *s, double scale, uint32_t round, lac_msg *m, double *y)
{
  lac_site at = site_of(s, round);
  at.state = NULL;
  return lac_decode_add(&at, scale, m, y);
}

static int image_of(subject *s, uint32_t round, lac_msg *m)
{
  memset(s->image, 0, s->d * sizeof(double));
  return decode(s, 1, round, m, s->image);
}

/* Bytes of exactly the message's size, so that a sanitizer sees a step beyond. */
static uint8_t *view_of(subject *s, const uint8_t *bytes, uint64_t nbits, lac_msg *view)
{
  size_t size = (size_t)((nbits + 7) / 8);
  uint8_t *own = malloc(size ? size : 1);
  if (!own)
    s->status = lac_fail(LAC_ENOMEM, "no memory for a message");
  else if (size)
    memcpy(own, bytes, size);
  lac_msg_view(view, own, own ? nbits : 0);
  return own;
}

/* |C(x) - x|^2 and |x|^2, over the largest |x_j| so that nothing overflows. */
static double error_sq(size_t d, const double *x, const double *image, double *norm_sq)
{
  double most = 0, error = 0;
  *norm_sq = 0;
  for (size_t j = 0; j < d; j++)
    most = fmax(most, fabs(x[j]));
  for (size_t j = 0; j < d && most > 0; j++) {
    double a = x[j] / most, b = image[j] / most;
    error += (b - a) * (b - a);
    *norm_sq += a * a;
  }
  return error;
}

/* `bound` on |C(x) - x|^2, and what rounding C(x) to the wire's format may add; `size`: of |C(x)|^2. */
static double with_rounding(const subject *s, input kind, double bound, double size)
{
  int narrow = strstr(s->c->spec.text, "f32") || strstr(s->c->spec.text, "bf16");
  double relative = narrow ? 0x1p-23 : 0x1p-50, slack = relative * relative * size;
  if (kind == DENORMAL)                                  /* subnormal numbers have no relative precision */
    slack = (narrow ? 2 : 1e-10) * size;
  return bound + 2 * sqrt(bound * slack) + slack;
}

/* ---- the map and its bits ---- */

static void check_adding(subject *s, input kind, lac_msg *view)
{
  unsigned off = 0;
  double scale = -0.37;
  for (size_t j = 0; j < s->d; j++)
    s->y[j] = s->z[j] = 0.5 - (double)(j % 11) * (kind == HUGE_ ? 1e299 : kind == DENORMAL ? 1e-310 : 0.1);
  view->rpos = 0;
  int status = decode(s, scale, 5, view, s->y);
  for (size_t j = 0; j < s->d; j++)
    off += !(fabs(s->y[j] - (s->z[j] + scale * s->image[j])) <= 1e-14 * (fabs(s->z[j]) + fabs(s->image[j])));
  want(s, status == LAC_OK && off == 0, ADDS, kind, "%u coordinates", off);
}

static int same_bits(lac_msg *a, lac_msg *b, uint64_t count)
{
  uint64_t x = 0, y = 0;
  for (uint64_t left = count; left;) {
    unsigned width = left < 64 ? (unsigned)left : 64;
    if (lac_msg_get(a, width, &x) != LAC_OK || lac_msg_get(b, width, &y) != LAC_OK || x != y)
      return 0;
    left -= width;
  }
  return 1;
}

/* Behind three other bits. */
static void check_offset(subject *s, input kind, const lac_msg *m)
{
  lac_msg other = { 0 }, first = { .buf = m->buf, .nbits = m->nbits };
  int same = lac_msg_put(&other, 5, 3) == LAC_OK && encode(s, s->x, 5, &other) == LAC_OK && other.nbits == m->nbits + 3;
  other.rpos = 3;
  same = same && same_bits(&first, &other, m->nbits);
  other.rpos = 3;
  memset(s->y, 0, s->d * sizeof(double));
  same = same && decode(s, 1, 5, &other, s->y) == LAC_OK && other.rpos == other.nbits && memcmp(s->y, s->image, s->d * sizeof(double)) == 0;
  want(s, same, OFFSET, kind, "not the same");
  lac_msg_free(&other);
}

static void check_message(subject *s, input kind, lac_msg *m)
{
  int exact = 0;
  uint64_t declared = declared_bits(s, &exact);
  lac_msg again = { 0 }, view;
  want(s, exact ? m->nbits == declared : m->nbits <= declared, DECLARED, kind, "%llu bits, %llu declared", (unsigned long long)m->nbits,
       (unsigned long long)declared);
  int status = encode(s, s->x, 5, &again);
  want(s, status == LAC_OK && again.nbits == m->nbits && memcmp(again.buf, m->buf, lac_msg_bytes(m)) == 0, SAME, kind, "not the same");
  uint8_t *own = view_of(s, m->buf, m->nbits, &view);
  status = image_of(s, 5, &view);
  want(s, status == LAC_OK && view.rpos == m->nbits, READS_ALL, kind, "%s", status == LAC_OK ? "bits are left" : lac_error());
  want(s, all_finite(s->d, s->image), FINITE, kind, "C(x) is not");
  check_adding(s, kind, &view);
  free(own);
  check_offset(s, kind, m);
  lac_msg_free(&again);
}

/* 0: this format cannot hold the input. */
static int check_map(subject *s, input kind)
{
  lac_msg m = { 0 };
  int status = encode(s, s->x, 5, &m);
  if (kind == HUGE_ && status == LAC_EDIVERGED) {                           /* an f32 cannot hold it */
    lac_msg_free(&m);
    return 0;
  }
  want(s, status == LAC_OK, FINITE, kind, "%s", lac_error());
  if (status == LAC_OK)
    check_message(s, kind, &m);
  lac_msg_free(&m);
  return status == LAC_OK;
}

static void check_zero(subject *s)
{
  lac_msg m = { 0 };
  memset(s->x, 0, s->d * sizeof(double));
  int status = encode(s, s->x, 9, &m), zero = 1;
  if (status == LAC_OK)
    status = image_of(s, 9, &m);
  for (size_t j = 0; j < s->d; j++)
    zero &= s->image[j] == 0;
  want(s, status == LAC_OK && zero, ZERO_STAYS, GAUSSIAN, "%s", status == LAC_OK ? "not 0" : lac_error());
  lac_msg_free(&m);
}

static void check_divergence(subject *s)
{
  static const double bad[] = { NAN, INFINITY, -INFINITY };
  lac_msg m = { 0 };
  for (size_t i = 0; i < LAC_COUNT(bad); i++) {
    lac_input_fill(s->data, GAUSSIAN, s->d, s->x);
    for (size_t at = 0; at < s->d; at = at * 3 + 1) {
      double good = s->x[at];
      s->x[at] = bad[i];
      lac_msg_clear(&m);
      want(s, encode(s, s->x, 5, &m) == LAC_EDIVERGED, DIVERGED, GAUSSIAN, "one entry");
      s->x[at] = good;
    }
    for (size_t j = 0; j < s->d; j++)
      s->x[j] = bad[i];
    lac_msg_clear(&m);
    want(s, encode(s, s->x, 5, &m) == LAC_EDIVERGED, DIVERGED, GAUSSIAN, "all entries");
  }
  lac_msg_free(&m);
}

/* ---- the constants ---- */

static int is_random(subject *s)
{
  int differ = 0;
  lac_input_fill(s->data, GAUSSIAN, s->d, s->x);
  for (uint32_t t = 0; t < 20 && !differ; t++) {
    lac_msg a = { 0 }, b = { 0 };
    memset(s->y, 0, s->d * sizeof(double));
    memset(s->z, 0, s->d * sizeof(double));
    if (encode(s, s->x, t, &a) == LAC_OK && encode(s, s->x, t + 1, &b) == LAC_OK && decode(s, 1, t, &a, s->y) == LAC_OK)
      decode(s, 1, t + 1, &b, s->z);
    differ = memcmp(s->y, s->z, s->d * sizeof(double)) != 0;
    lac_msg_free(&a);
    lac_msg_free(&b);
  }
  return differ;
}

/* It need not show in a few draws. */
static int has_variance(subject *s)
{
  double omega;
  return omega_of(s, &omega) == LAC_OK && omega > 0;
}

static void check_deterministic(subject *s, input kind, const double *alpha, const double *omega)
{
  double norm_sq, error = error_sq(s->d, s->x, s->image, &norm_sq);
  if (alpha)
    want_below(s, error, with_rounding(s, kind, (1 - *alpha) * norm_sq * (1 + 1e-12), norm_sq), CONTRACTS, kind);
  if (omega)                                             /* its mean is C(x) itself */
    want_below(s, error, with_rounding(s, kind, 0, norm_sq), UNBIASED, kind);
}

/* y: how often C(x) was another one than the first, z.  Means of C(x), of its squares and of |C(x)-x|^2 over many draws, all
   in units of the largest |x_j|. */
typedef struct { double error, error_of_error, norm_sq, most; int off; } draws;

static void draw_many(subject *s, draws *v)
{
  double errors = 0, errors_sq = 0;
  lac_msg m = { 0 };
  memset(s->sum, 0, s->d * sizeof(double));
  memset(s->squares, 0, s->d * sizeof(double));
  memset(s->y, 0, s->d * sizeof(double));
  for (size_t j = 0; j < s->d; j++)
    v->most = fmax(v->most, fabs(s->x[j]));
  for (uint32_t t = 0; t < DRAWS; t++) {
    lac_msg_clear(&m);
    v->off += encode(s, s->x, 1000 + t, &m) != LAC_OK || image_of(s, 1000 + t, &m) != LAC_OK;
    double error = error_sq(s->d, s->x, s->image, &v->norm_sq);
    errors += error / DRAWS;
    errors_sq += error * error / DRAWS;
    for (size_t j = 0; j < s->d && v->most > 0; j++) {
      s->sum[j] += s->image[j] / v->most / DRAWS;
      s->squares[j] += s->image[j] / v->most * (s->image[j] / v->most) / DRAWS;
      s->z[j] = t == 0 ? s->image[j] : s->z[j];
      s->y[j] += s->image[j] != s->z[j];
    }
  }
  v->error = errors;
  v->error_of_error = sqrt(fmax(0, errors_sq - errors * errors) / DRAWS);
  lac_msg_free(&m);
}

/* An entry that is always the same in all draws may still change in less than 1 of DRAWS/10, by a jump of which the variance is at most
   omega |x|^2: the mean is then off by at most six times this. */
static double unseen(double variance) { return sqrt(10 * variance / DRAWS) / 6; }

/* Within six standard errors. */
static void check_means(subject *s, input kind, const double *alpha, const double *omega)
{
  draws v = { 0 };
  draw_many(s, &v);
  double slack = 6 * v.error_of_error + 1e-11 * (v.norm_sq + v.error);
  if (v.off)
    want(s, 0, FINITE, kind, "%d of %d draws", v.off, DRAWS);
  if (alpha)
    want_below(s, v.error, with_rounding(s, kind, (1 - *alpha) * v.norm_sq + slack, v.norm_sq), CONTRACTS, kind);
  if (!omega)
    return;
  want_below(s, v.error, with_rounding(s, kind, *omega * v.norm_sq + slack, (1 + *omega) * v.norm_sq), OMEGA, kind);
  for (size_t j = 0; j < s->d && v.most > 0; j++) {
    double spread = sqrt(fmax(0, s->squares[j] - s->sum[j] * s->sum[j]) / DRAWS);
    if (s->y[j] == 0)
      spread = unseen(*omega * v.norm_sq);
    want_below(s, fabs(s->sum[j] - s->x[j] / v.most), 6 * spread + 1e-12 + sqrt(with_rounding(s, kind, 0, 1 + *omega)), UNBIASED, kind);
  }
}

static void check_constants(subject *s, input kind)
{
  double alpha, omega;
  int has_alpha = alpha_of(s, &alpha) == LAC_OK, has_omega = omega_of(s, &omega) == LAC_OK;
  if (has_alpha)
    want(s, alpha > 0 && alpha <= 1, CONTRACTS, kind, "alpha=%g is not in (0,1]", alpha);
  if (has_omega)
    want(s, omega >= 0 && isfinite(omega), OMEGA, kind, "omega=%g is not >= 0", omega);
  if (!s->random)
    check_deterministic(s, kind, has_alpha ? &alpha : NULL, has_omega ? &omega : NULL);
  else if (s->d <= STOCHASTIC_D && kind != HUGE_)
    check_means(s, kind, has_alpha ? &alpha : NULL, has_omega ? &omega : NULL);
}

/* ---- an adversary ---- */

/* |C(x)-x|^2 / |x|^2, or -1 when there is none. */
static double ratio_at(subject *s, lac_msg *m)
{
  double norm_sq, error;
  lac_msg_clear(m);
  if (encode(s, s->x, 5, m) != LAC_OK || image_of(s, 5, m) != LAC_OK)
    return -1;
  error = error_sq(s->d, s->x, s->image, &norm_sq);
  return norm_sq > 0 ? error / norm_sq : -1;
}

/* Another value for one entry: like the largest, like another entry, near what it was, or nothing. */
static double another(subject *s, size_t j)
{
  double unit[2], like = s->x[lac_rng_below(s->data, s->d)];
  lac_rng_normal(s->data, unit, 2, 1);
  switch (lac_rng_below(s->data, 4)) {
  case 0: return like;
  case 1: return like * exp(unit[0]);
  case 2: return s->x[j] * (1 + 0.01 * unit[0]);
  default: return unit[0] * exp(unit[1]);
  }
}

/* Climb to where the error is large; alpha must hold there too. */
static void climb(subject *s)
{
  enum { STEPS = 4000 };
  lac_msg m = { 0 };
  double alpha, best, now;
  if (s->random || s->d > 64 || alpha_of(s, &alpha) != LAC_OK || alpha >= 1)
    return;
  lac_input_fill(s->data, GAUSSIAN, s->d, s->x);
  best = ratio_at(s, &m);
  for (int step = 0; step < STEPS; step++) {
    size_t j = lac_rng_below(s->data, s->d);
    double old = s->x[j];
    s->x[j] = another(s, j);
    if ((now = ratio_at(s, &m)) >= best)
      best = now;
    else
      s->x[j] = old;
  }
  want_below(s, best, with_rounding(s, FOUND, (1 - alpha) * (1 + 1e-12), 1), CONTRACTS, FOUND);
  lac_msg_free(&m);
}

/* ---- hostile bytes ---- */

static void try_bytes(subject *s, input kind, const uint8_t *bytes, uint64_t nbits, int must_fail)
{
  lac_msg view;
  uint8_t *own = view_of(s, bytes, nbits, &view);
  for (size_t j = 0; j < s->d; j++)
    s->y[j] = 1;
  int status = decode(s, 0.3, 5, &view, s->y);
  int finite = all_finite(s->d, s->y) && view.rpos <= nbits;
  if (must_fail)
    want(s, status == LAC_EFORMAT && finite, TRUNCATED, kind, "%llu bits", (unsigned long long)nbits);
  else
    want(s, (status == LAC_OK || status == LAC_EFORMAT) && finite, HOSTILE, kind, "status %d", status);
  free(own);
}

static void try_damaged(subject *s, input kind, lac_msg *m, int tries)
{
  lac_rng_point(s->data, &seeds, LAC_SEED_X0, 0, (uint32_t)s->d, 0);
  for (int i = 0; i < tries && m->nbits; i++) {
    uint64_t bit = lac_rng_below(s->data, m->nbits);
    m->buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
    try_bytes(s, kind, m->buf, m->nbits, 0);
    if (i % 3)
      m->buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
}

static void fill_random(subject *s, uint8_t *to, size_t size)
{
  for (size_t k = 0; k < size; k += 4) {
    uint32_t word = (uint32_t)gsl_rng_get(s->data);
    memcpy(to + k, &word, size - k < 4 ? size - k : 4);
  }
}

static void try_random(subject *s, input kind, int tries)
{
  int exact = 0;
  uint64_t declared = declared_bits(s, &exact);
  size_t size = (size_t)(declared + 7) / 8;
  uint8_t *random = malloc(size + 1);
  if (!random)
    s->status = lac_fail(LAC_ENOMEM, "no memory for a message");
  for (int i = 0; i < tries && random; i++) {
    if (i < 2)
      memset(random, i == 0 ? 0 : 0xff, size);
    else
      fill_random(s, random, size);
    if (declared % 8)
      random[size - 1] &= (uint8_t)((1 << declared % 8) - 1);
    try_bytes(s, kind, random, declared, 0);
  }
  free(random);
}

static void check_hostile(subject *s, input kind)
{
  lac_msg m = { 0 };
  int tries = s->d > 1000 ? 12 : 100;
  if (encode(s, s->x, 5, &m) == LAC_OK) {
    for (uint64_t cut = 0; cut < m.nbits; cut += 1 + m.nbits / (uint64_t)tries)
      try_bytes(s, kind, m.buf, cut, 1);
    if (m.nbits)
      try_bytes(s, kind, m.buf, m.nbits - 1, 1);
    try_damaged(s, kind, &m, tries);
    try_random(s, kind, tries);
  }
  lac_msg_free(&m);
}

static void check_length(subject *s)
{
  check_zero(s);
  check_divergence(s);
  for (input kind = 0; (unsigned)kind < LAC_INPUTS && s->status == LAC_OK; kind++) {
    lac_input_fill(s->data, kind, s->d, s->x);
    if (!check_map(s, kind))
      continue;
    check_constants(s, kind);
    if (kind == GAUSSIAN || kind == TIES)
      check_hostile(s, kind);
  }
  climb(s);
}

/* ---- option strings from a compressor's table ---- */

typedef struct { char text[256]; } spec_text;
typedef struct { spec_text *at; size_t count, cap; } spec_list;

static int spec_add(spec_list *l, const char *text)
{
  lac_compressor c = { 0 };
  for (size_t i = 0; i < l->count; i++)
    if (strcmp(l->at[i].text, text) == 0)
      return LAC_OK;
  int status = lac_compressor_open(&c, "--up", text);
  lac_compressor_close(&c);
  if (status != LAC_OK)
    return status == LAC_EUSER ? LAC_OK : status;      /* a value beyond its range */
  LAC_TRY(lac_grow(&l->at, &l->cap, l->count + 1, sizeof *l->at));
  snprintf(l->at[l->count++].text, sizeof l->at->text, "%s", text);
  return LAC_OK;
}

/* The default is the last one. */
static size_t values_of(const lac_option *o, char value[][64])
{
  static const char *const amounts[] = { "1", "10%", "100%" }, *const counts[] = { "1", "2", "4", "120", "255" };
  static const char *const reals[] = { "0.25", "1", "2" };
  const char *const *list = o->kind == LAC_AMOUNT ? amounts : o->kind == LAC_UINT ? counts : reals;
  size_t n = o->kind == LAC_AMOUNT ? 3 : o->kind == LAC_UINT ? 5 : o->kind == LAC_REAL ? 3 : 0, k = 0;
  if (o->kind == LAC_CHOICE)
    for (const char *word = o->choices; *word && k < 16; word += word[strcspn(word, "|")] ? strcspn(word, "|") + 1 : strcspn(word, "|"))
      snprintf(value[k++], 64, "%.*s", (int)strcspn(word, "|"), word);
  for (size_t i = 0; i < n; i++)
    snprintf(value[k++], 64, "%s", list[i]);
  snprintf(value[k++], 64, "%s", o->fallback);
  return k;
}

enum { VALUES = 20, OPTIONS_MOST = 16, PRODUCT_MOST = 48 };

typedef struct { const lac_option *o; size_t count; char value[VALUES][64]; } choice;

/* Options with their at[i]-th values; an empty text stands for no option. */
static int add_choice(spec_list *l, const char *name, const choice *c, size_t count, const size_t *at)
{
  char text[256];
  size_t used = (size_t)snprintf(text, sizeof text, "%s", name);
  char separator = ':';
  for (size_t i = 0; i < count; i++) {
    const char *value = c[i].value[at[i] % c[i].count];
    if (!*value)
      continue;
    used += (size_t)snprintf(text + used, sizeof text - used, "%c%s=%s", separator, c[i].o->name, value);
    separator = ',';
    if (used >= sizeof text)
      return LAC_OK;
  }
  return spec_add(l, text);
}

static int add_all(spec_list *l, const char *name, const choice *c, size_t count, size_t *at, size_t i)
{
  if (i == count)
    return add_choice(l, name, c, count, at);
  for (at[i] = 0; at[i] < c[i].count; at[i]++)
    LAC_TRY(add_all(l, name, c, count, at, i + 1));
  return LAC_OK;
}

/* Each option through its values while the others keep their last one, the default; then all of them at once. */
static int add_some(spec_list *l, const char *name, const choice *c, size_t count)
{
  size_t at[OPTIONS_MOST];
  for (size_t i = 0; i < count; i++)
    for (size_t v = 0; v < c[i].count; v++) {
      for (size_t k = 0; k < count; k++)
        at[k] = k == i ? v : c[k].count - 1;
      LAC_TRY(add_choice(l, name, c, count, at));
    }
  for (size_t v = 0; v < VALUES; v++) {
    for (size_t k = 0; k < count; k++)
      at[k] = v / (k + 1) + k;
    LAC_TRY(add_choice(l, name, c, count, at));
  }
  return LAC_OK;
}

/* All combinations where they are few, as far as the ranges admit them. */
static int combine(spec_list *l, const lac_option *options, const char *name)
{
  choice *c = lac_alloc(OPTIONS_MOST * sizeof *c);
  size_t count = 0, product = 1, at[OPTIONS_MOST] = { 0 };
  if (!c)
    return LAC_ENOMEM;
  for (const lac_option *o = options; o && o->name && count < OPTIONS_MOST; o++, count++) {
    c[count].o = o;
    c[count].count = values_of(o, c[count].value);
    product *= c[count].count;
  }
  int status = product <= PRODUCT_MOST ? add_all(l, name, c, count, at, 0) : add_some(l, name, c, count);
  free(c);
  return status;
}

/* ---- all of it ---- */

/* One set of options, at all lengths that it serves. */
static int check_spec(subject *s, const char *text)
{
  lac_compressor c = { 0 };
  LAC_TRY(lac_compressor_open(&c, "--up", text));
  s->c = &c;
  s->d = STOCHASTIC_D;
  s->random = !refused(s) && (is_random(s) || has_variance(s));
  s->specs++;
  for (size_t k = 0; k < LAC_COUNT(lengths) && s->status == LAC_OK; k++) {
    if (lengths[k] == LARGEST && s->specs % SPARE != 1)      /* long vectors with some of the options */
      continue;
    s->d = lengths[k];
    const char *why = refused(s);
    s->broken_sentences += why && (!*why || strchr(why, '\n') != NULL);
    if (!why) {
      s->random = s->random || (c.next && is_random(s));      /* of one value, say, nothing may have been drawn */
      s->served++;
      check_length(s);
    }
  }
  s->c = NULL;
  lac_compressor_close(&c);
  return s->status;
}

/* A stage with others behind it: one that is unbiased, one that is contractive, both. */
static int add_compositions(spec_list *specs, const char *name)
{
  static const char *const behind[] = { "randk:k=50%", "fp4", "randk:k=50%,scale=no+fp4:scale=f32" };
  char text[256];
  for (size_t i = 0; i < LAC_COUNT(behind); i++) {
    snprintf(text, sizeof text, "%s+%s", name, behind[i]);
    LAC_TRY(spec_add(specs, text));
  }
  return LAC_OK;
}

/* With an entropy coder at the end. */
static int add_coded(spec_list *specs, const char *name)
{
  char text[256];
  snprintf(text, sizeof text, "%s+ans", name);
  return spec_add(specs, text);
}

static int check_specs(subject *s)
{
  spec_list specs = { 0 };
  int status = combine(&specs, s->type->options, s->type->name);
  if (status == LAC_OK)
    status = spec_add(&specs, s->type->name);
  if (status == LAC_OK && s->type->leads)
    status = add_compositions(&specs, s->type->name);
  if (status == LAC_OK)
    status = add_coded(&specs, s->type->name);
  for (size_t i = 0; i < specs.count && status == LAC_OK; i++)
    status = check_spec(s, specs.at[i].text);
  free(specs.at);
  return status;
}

static void say_property(const subject *s, int which, const lac_findings *to)
{
  const tally *t = &s->tally[which];
  int is_ratio = which >= CONTRACTS;
  lac_finding f = { .kind = lac_plugin_kinds[LAC_COMPRESSORS].name, .name = s->type->name, .verdict = t->violations ? LAC_FAIL : LAC_PASS,
                    .number = is_ratio ? t->worst : t->violations, .bound = is_ratio };
  snprintf(f.check, sizeof f.check, "%s", property[which]);
  if (!t->cases) {
    f.verdict = LAC_NOT_APPLICABLE;
    f.number = f.bound = NAN;
    snprintf(f.figure, sizeof f.figure, "no option gives it such a constant");
  } else if (t->violations)
    snprintf(f.figure, sizeof f.figure, "%u of %u cases not; the first: %.120s", t->violations, t->cases, t->first);
  else
    snprintf(f.figure, sizeof f.figure, "%s, %u cases", is_ratio ? "largest measured/allowed" : "violations", t->cases);
  to->take(to->self, &f);
}

static void say_all(const subject *s, const lac_findings *to)
{
  int fine = s->served >= LAC_COUNT(lengths) && !s->broken_sentences;
  lac_finding f = { .kind = lac_plugin_kinds[LAC_COMPRESSORS].name, .name = s->type->name, .check = "serves vectors, refuses in a sentence",
                    .verdict = fine ? LAC_PASS : LAC_FAIL, .number = s->broken_sentences, .bound = 0 };
  snprintf(f.figure, sizeof f.figure, "broken sentences; %u sets of options, %u with a length", s->specs, s->served);
  to->take(to->self, &f);
  for (int which = 0; which < PROPERTIES; which++)
    say_property(s, which, to);
}

int lac_certify_compressor(const lac_compressor_type *type, const lac_findings *to)
{
  enum { VECTORS = 6 };
  size_t stride = lac_stride(LARGEST);
  double *space = lac_alloc(VECTORS * stride * sizeof *space);
  subject s = { .type = type, .stream = lac_rng_new(), .shared = lac_rng_new(), .data = lac_rng_new() };
  double **slots[VECTORS] = { &s.x, &s.y, &s.z, &s.image, &s.sum, &s.squares };
  for (int k = 0; k < VECTORS; k++)
    *slots[k] = space + (size_t)k * stride;
  int status = space && s.stream && s.shared && s.data ? check_specs(&s) : LAC_ENOMEM;
  if (status == LAC_OK)
    say_all(&s, to);
  if (s.stream)
    gsl_rng_free(s.stream);
  if (s.shared)
    gsl_rng_free(s.shared);
  if (s.data)
    gsl_rng_free(s.data);
  free(space);
  return status;
}
