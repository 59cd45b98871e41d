/* Conformance of every compressor of the registry to compressor.h, with many options and lengths; then what is special to
   topk and to the index codes. */
#include "../compressors/index.h"
#include "registry.h"
#include "tap.h"

#include <stdlib.h>
#include "vec.h"

#include <math.h>

enum { LARGEST = 100000, DRAWS = 3000, STOCHASTIC_D = 64 };
static const size_t lengths[] = { 1, 2, 7, 64, 100, 1000, LARGEST };

static gsl_rng *stream, *data;
static const lac_seeds seeds = { { 101, 102, 103, 104 } };

static gsl_rng *noise(uint32_t round)
{
  lac_rng_point(stream, &seeds, LAC_SEED_NOISE, 3, round, 0);
  return stream;
}

/* ---- inputs ---- */

typedef enum { GAUSSIAN, HUGE_, DENORMAL, EQUAL, ONE_HOT, TIES, ALTERNATING, INPUTS } input;
static const char *const input_name[] = { "gaussian", "huge", "denormal", "equal", "one-hot", "ties", "alternating" };

static void fill(input kind, size_t d, double *x)
{
  lac_rng_point(data, &seeds, LAC_SEED_DATA, (uint32_t)kind, (uint32_t)d, 0);
  lac_rng_normal(data, x, d, 1);
  for (size_t j = 0; j < d; j++)
    switch (kind) {
    case HUGE_:
      x[j] = x[j] > 0 ? 1e300 : -0.9e300;
      break;
    case DENORMAL:
      x[j] *= 1e-310;
      break;
    case EQUAL:
      x[j] = -0.7;
      break;
    case ONE_HOT:
      x[j] = j == d / 2 ? 3 : 0;
      break;
    case TIES:
      x[j] = round(x[j]);
      break;
    case ALTERNATING:
      x[j] = (j % 2 ? -1 : 1) * (j % 3 ? 1 : 1e-3) * (j % 5 ? 1 : 1e6);
      break;
    default:
      break;
    }
}

static int all_finite(size_t d, const double *x)
{
  for (size_t j = 0; j < d; j++)
    if (!isfinite(x[j]))
      return 0;
  return 1;
}

/* ---- option strings from a compressor's table ---- */

typedef struct { char text[256]; } spec_text;
typedef struct { spec_text *at; size_t count, cap; } spec_list;

static void spec_add(spec_list *l, const char *text)
{
  lac_compressor c = { 0 };
  for (size_t i = 0; i < l->count; i++)
    if (strcmp(l->at[i].text, text) == 0)
      return;
  if (lac_compressor_open(&c, "--up", text) != LAC_OK)      /* a value beyond its range */
    return;
  lac_compressor_close(&c);
  if (lac_grow(&l->at, &l->cap, l->count + 1, sizeof *l->at) != LAC_OK)
    exit(99);
  snprintf(l->at[l->count++].text, sizeof l->at->text, "%s", text);
}

static size_t values_of(const lac_option *o, char value[][64])
{
  static const char *const amounts[] = { "1", "10%", "100%" }, *const counts[] = { "1", "2", "4", "255" };
  static const char *const reals[] = { "0.25", "1", "2" };
  const char *const *list = o->kind == LAC_AMOUNT ? amounts : o->kind == LAC_UINT ? counts : reals;
  size_t n = o->kind == LAC_AMOUNT ? 3 : o->kind == LAC_UINT ? 4 : o->kind == LAC_REAL ? 3 : 0, k = 0;
  if (o->kind == LAC_CHOICE)
    for (const char *word = o->choices; *word && k < 16; word += word[strcspn(word, "|")] ? strcspn(word, "|") + 1 : strcspn(word, "|"))
      snprintf(value[k++], 64, "%.*s", (int)strcspn(word, "|"), word);
  for (size_t i = 0; i < n; i++)
    snprintf(value[k++], 64, "%s", list[i]);
  if (o->kind != LAC_CHOICE)
    snprintf(value[k++], 64, "%s", o->fallback);
  return k;
}

/* All combinations, as far as the ranges admit them. */
static void combine(spec_list *l, const lac_option *o, const char *text, int any)
{
  char value[20][64], longer[256];
  if (!o || !o->name) {
    spec_add(l, text);
    return;
  }
  size_t n = values_of(o, value);
  for (size_t i = 0; i < n && l->count < 200; i++) {
    if (*value[i] && (size_t)snprintf(longer, sizeof longer, "%s%c%s=%s", text, any ? ',' : ':', o->name, value[i]) >= sizeof longer)
      continue;
    combine(l, o + 1, *value[i] ? longer : text, any || *value[i]);
  }
}

/* ---- one compressor, one set of options, one length ---- */

typedef struct {
  const lac_compressor *c;
  const void *params;
  size_t d;
  int random;                     /* C draws */
  double *x, *y, *z, *image;      /* image: C(x) */
  const char *label;
} subject;

/* A count of violations by property, reported once for all lengths. */
enum { SAME, DECLARED, READS_ALL, ADDS, ZERO_STAYS, FINITE, DIVERGED, CONTRACTS, UNBIASED, OMEGA, TRUNCATED, HOSTILE, OFFSET, PROPERTIES };
static const char *const property[] = {
  "same stream, same bytes", "bits as declared", "decode reads what encode wrote", "decode adds s C(x)", "C(0) = 0",
  "finite in, finite out", "not finite in: EDIVERGED", "alpha holds", "mean is x", "omega holds", "cut short: EFORMAT",
  "damaged: EFORMAT or finite", "same bits at any offset"
};
static unsigned violations[PROPERTIES], cases[PROPERTIES];

static void want(int condition, int which, const subject *s, input kind, const char *detail)
{
  cases[which]++;
  if (!condition && violations[which]++ < 3)
    diag("%s, d=%zu, %s input: not so: %s (%s)", s->label, s->d, input_name[kind], property[which], detail);
}

static int encode(const subject *s, const double *x, uint32_t round, lac_msg *m)
{
  return s->c->type->encode(s->params, s->d, x, noise(round), m);
}

static int decode(const subject *s, double scale, uint32_t round, lac_msg *m, double *y)
{
  return s->c->type->decode_add(s->params, s->d, scale, m, noise(round), y);
}

/* Bytes of exactly the message's size, so that a sanitizer sees a step beyond. */
static uint8_t *view_of(const uint8_t *bytes, uint64_t nbits, lac_msg *view)
{
  size_t size = (size_t)((nbits + 7) / 8);
  uint8_t *own = malloc(size ? size : 1);
  if (size)
    memcpy(own, bytes, size);
  lac_msg_view(view, own, nbits);
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
  int narrow = strstr(s->c->spec.text, "f32") != NULL;
  double relative = narrow ? 0x1p-23 : 0x1p-50, slack = relative * relative * size;
  if (kind == DENORMAL)                                  /* subnormal numbers have no relative precision */
    slack = (narrow ? 2 : 1e-10) * size;
  return bound + 2 * sqrt(bound * slack) + slack;
}

/* 0: this format cannot hold the input. */
static int check_map(const subject *s, input kind)
{
  size_t d = s->d;
  int exact = 0, status, wild = kind == HUGE_;
  lac_msg m = { 0 }, again = { 0 }, other = { 0 }, view;
  uint64_t declared = s->c->type->bits(s->params, d, &exact);
  status = encode(s, s->x, 5, &m);
  if (wild && status == LAC_EDIVERGED) {                                    /* an f32 cannot hold it */
    lac_msg_free(&m);
    return 0;
  }
  want(status == LAC_OK, FINITE, s, kind, lac_error());
  want(exact ? m.nbits == declared : m.nbits <= declared, DECLARED, s, kind, "");
  status = encode(s, s->x, 5, &again);
  want(status == LAC_OK && again.nbits == m.nbits && memcmp(again.buf, m.buf, lac_msg_bytes(&m)) == 0, SAME, s, kind, "");
  memset(s->image, 0, d * sizeof(double));
  uint8_t *own = view_of(m.buf, m.nbits, &view);
  status = decode(s, 1, 5, &view, s->image);
  want(status == LAC_OK && view.rpos == m.nbits, READS_ALL, s, kind, lac_error());
  want(all_finite(d, s->image), FINITE, s, kind, "C(x)");

  unsigned off = 0;
  double scale = -0.37;
  for (size_t j = 0; j < d; j++)
    s->y[j] = s->z[j] = 0.5 - (double)(j % 11) * (wild ? 1e299 : kind == DENORMAL ? 1e-310 : 0.1);
  view.rpos = 0;
  status = decode(s, scale, 5, &view, s->y);
  for (size_t j = 0; j < d; j++)
    off += !(fabs(s->y[j] - (s->z[j] + scale * s->image[j])) <= 1e-14 * (fabs(s->z[j]) + fabs(s->image[j])));
  want(status == LAC_OK && off == 0, ADDS, s, kind, "");
  free(own);

  lac_msg_put(&other, 5, 3);                                                /* behind three other bits */
  status = encode(s, s->x, 5, &other);
  other.rpos = 3;
  int same = status == LAC_OK && other.nbits == m.nbits + 3;
  lac_msg first = { .buf = m.buf, .nbits = m.nbits };
  for (uint64_t left = m.nbits; same && left;) {
    unsigned width = left < 64 ? (unsigned)left : 64;
    uint64_t a, b;
    same = lac_msg_get(&first, width, &a) == LAC_OK && lac_msg_get(&other, width, &b) == LAC_OK && a == b;
    left -= width;
  }
  other.rpos = 3;
  memset(s->y, 0, d * sizeof(double));
  same = same && decode(s, 1, 5, &other, s->y) == LAC_OK && other.rpos == other.nbits && memcmp(s->y, s->image, d * sizeof(double)) == 0;
  want(same, OFFSET, s, kind, "");
  lac_msg_free(&m);
  lac_msg_free(&again);
  lac_msg_free(&other);
  return 1;
}

static void check_zero(const subject *s)
{
  lac_msg m = { 0 };
  memset(s->x, 0, s->d * sizeof(double));
  memset(s->image, 0, s->d * sizeof(double));
  int status = encode(s, s->x, 9, &m), zero = 1;
  if (status == LAC_OK)
    status = decode(s, 1, 9, &m, s->image);
  for (size_t j = 0; j < s->d; j++)
    zero &= s->image[j] == 0;
  want(status == LAC_OK && zero, ZERO_STAYS, s, GAUSSIAN, lac_error());
  lac_msg_free(&m);
}

static void check_divergence(const subject *s)
{
  static const double bad[] = { NAN, INFINITY, -INFINITY };
  for (size_t i = 0; i < LAC_COUNT(bad); i++)
    for (size_t at = 0; at < s->d; at = at * 3 + 1) {
      lac_msg m = { 0 };
      fill(GAUSSIAN, s->d, s->x);
      s->x[at] = bad[i];
      want(encode(s, s->x, 5, &m) == LAC_EDIVERGED, DIVERGED, s, GAUSSIAN, "one entry");
      lac_msg_clear(&m);
      for (size_t j = 0; j < s->d; j++)
        s->x[j] = bad[i];
      want(encode(s, s->x, 5, &m) == LAC_EDIVERGED, DIVERGED, s, GAUSSIAN, "all entries");
      lac_msg_free(&m);
    }
}

/* ---- the constants ---- */

static int is_random(const subject *s)
{
  int differ = 0;
  fill(GAUSSIAN, s->d, s->x);
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

static void check_deterministic(const subject *s, input kind, const double *alpha, const double *omega)
{
  double norm_sq, error = error_sq(s->d, s->x, s->image, &norm_sq);
  if (alpha)
    want(error <= with_rounding(s, kind, (1 - *alpha) * norm_sq * (1 + 1e-12), norm_sq), CONTRACTS, s, kind, "");
  if (omega)                                             /* its mean is C(x) itself */
    want(error <= with_rounding(s, kind, 0, norm_sq), UNBIASED, s, kind, "deterministic");
}

/* The means over many draws, within six of their standard errors. */
static void check_means(const subject *s, input kind, const double *alpha, const double *omega)
{
  size_t d = s->d;
  double *sum = calloc(d, sizeof *sum), *squares = calloc(d, sizeof *squares), errors = 0, errors_sq = 0, norm_sq = 0, most = 0;
  unsigned off = 0;
  lac_msg m = { 0 };
  char detail[120];
  for (size_t j = 0; j < d; j++)
    most = fmax(most, fabs(s->x[j]));
  for (uint32_t t = 0; t < DRAWS; t++) {
    lac_msg_clear(&m);
    memset(s->image, 0, d * sizeof(double));
    if (encode(s, s->x, 1000 + t, &m) != LAC_OK || decode(s, 1, 1000 + t, &m, s->image) != LAC_OK)
      off++;
    double error = error_sq(d, s->x, s->image, &norm_sq);
    errors += error / DRAWS;
    errors_sq += error * error / DRAWS;
    for (size_t j = 0; j < d && most > 0; j++) {
      sum[j] += s->image[j] / most / DRAWS;
      squares[j] += s->image[j] / most * (s->image[j] / most) / DRAWS;
    }
  }
  double noise_of_mean = 6 * sqrt(fmax(0, errors_sq - errors * errors) / DRAWS) + 1e-11 * (norm_sq + errors);
  snprintf(detail, sizeof detail, "mean error %g |x|^2", errors / norm_sq);
  if (alpha)
    want(!off && errors <= with_rounding(s, kind, (1 - *alpha) * norm_sq + noise_of_mean, norm_sq), CONTRACTS, s, kind, detail);
  if (omega) {
    want(!off && errors <= with_rounding(s, kind, *omega * norm_sq + noise_of_mean, (1 + *omega) * norm_sq), OMEGA, s, kind, detail);
    for (size_t j = 0; j < d && most > 0; j++) {
      double spread = sqrt(fmax(0, squares[j] - sum[j] * sum[j]) / DRAWS);
      off += !(fabs(sum[j] - s->x[j] / most) <= 6 * spread + 1e-12 + sqrt(with_rounding(s, kind, 0, 1 + *omega)));
    }
    snprintf(detail, sizeof detail, "%u coordinates", off);
    want(off == 0, UNBIASED, s, kind, detail);
  }
  free(sum);
  free(squares);
  lac_msg_free(&m);
}

static void check_constants(const subject *s, input kind)
{
  double alpha, omega;
  int has_alpha = lac_compressor_alpha(s->c, s->d, &alpha) == LAC_OK, has_omega = lac_compressor_omega(s->c, s->d, &omega) == LAC_OK;
  if (has_alpha)
    want(alpha > 0 && alpha <= 1, CONTRACTS, s, kind, "alpha in (0,1]");
  if (has_omega)
    want(omega >= 0 && isfinite(omega), OMEGA, s, kind, "omega >= 0");
  if (!s->random)
    check_deterministic(s, kind, has_alpha ? &alpha : NULL, has_omega ? &omega : NULL);
  else if (s->d <= STOCHASTIC_D && kind != HUGE_)
    check_means(s, kind, has_alpha ? &alpha : NULL, has_omega ? &omega : NULL);
}

/* ---- hostile bytes ---- */

static void try_bytes(const subject *s, input kind, const uint8_t *bytes, uint64_t nbits, int must_fail)
{
  lac_msg view;
  uint8_t *own = view_of(bytes, nbits, &view);
  for (size_t j = 0; j < s->d; j++)
    s->y[j] = 1;
  int status = decode(s, 0.3, 5, &view, s->y);
  if (must_fail)
    want(status == LAC_EFORMAT && all_finite(s->d, s->y), TRUNCATED, s, kind, "");
  else
    want((status == LAC_OK || status == LAC_EFORMAT) && all_finite(s->d, s->y) && view.rpos <= nbits, HOSTILE, s, kind, "");
  free(own);
}

static void check_hostile(const subject *s, input kind)
{
  lac_msg m = { 0 };
  int exact = 0, tries = s->d > 1000 ? 12 : 100;
  uint64_t declared = s->c->type->bits(s->params, s->d, &exact);
  if (encode(s, s->x, 5, &m) != LAC_OK) {
    lac_msg_free(&m);
    return;
  }
  for (uint64_t cut = 0; cut < m.nbits; cut += 1 + m.nbits / (uint64_t)tries)
    try_bytes(s, kind, m.buf, cut, 1);
  if (m.nbits)
    try_bytes(s, kind, m.buf, m.nbits - 1, 1);
  lac_rng_point(data, &seeds, LAC_SEED_X0, 0, (uint32_t)s->d, 0);
  for (int i = 0; i < tries && m.nbits; i++) {
    uint64_t bit = lac_rng_below(data, m.nbits);
    m.buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
    try_bytes(s, kind, m.buf, m.nbits, 0);
    if (i % 3)
      m.buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  size_t size = (size_t)(declared + 7) / 8;
  uint8_t *random = malloc(size + 1);
  for (int i = 0; i < tries; i++) {
    for (size_t k = 0; k < size; k++)
      random[k] = i == 0 ? 0 : i == 1 ? 0xff : (uint8_t)gsl_rng_get(data);
    if (declared % 8)
      random[size - 1] &= (uint8_t)((1 << declared % 8) - 1);
    try_bytes(s, kind, random, declared, 0);
  }
  free(random);
  lac_msg_free(&m);
}

static void check_subject(const subject *s)
{
  check_zero(s);
  check_divergence(s);
  for (input kind = 0; kind < INPUTS; kind++) {
    fill(kind, s->d, s->x);
    if (!check_map(s, kind))
      continue;
    check_constants(s, kind);
    if (kind == GAUSSIAN || kind == TIES)
      check_hostile(s, kind);
  }
}

/* ---- the loop over the registry ---- */

/* One set of options, at all lengths that it serves; how many those are. */
static unsigned check_spec(const char *text, double *space, unsigned *broken_sentences)
{
  lac_compressor c = { 0 };
  unsigned served = 0;
  if (lac_compressor_open(&c, "--up", text) != LAC_OK)
    exit(99);
  subject s = { &c, c.spec.params, STOCHASTIC_D, 0, space, space + LARGEST, space + 2 * LARGEST, space + 3 * LARGEST, text };
  s.random = !(c.type->refuse && c.type->refuse(s.params, s.d)) && is_random(&s);
  for (size_t k = 0; k < LAC_COUNT(lengths); k++) {
    const char *why = c.type->refuse ? c.type->refuse(s.params, lengths[k]) : NULL;
    s.d = lengths[k];
    if (why)
      *broken_sentences += !*why || strchr(why, '\n') != NULL;
    else {
      served++;
      check_subject(&s);
    }
  }
  lac_compressor_close(&c);
  return served;
}

static void check_type(const lac_compressor_type *type)
{
  spec_list specs = { 0 };
  unsigned served = 0, broken_sentences = 0;
  double *space = lac_alloc(4 * LARGEST * sizeof *space);
  memset(violations, 0, sizeof violations);
  memset(cases, 0, sizeof cases);
  combine(&specs, type->options, type->name, 0);
  spec_add(&specs, type->name);
  for (size_t i = 0; i < specs.count; i++)
    served += check_spec(specs.at[i].text, space, &broken_sentences);
  ok(served >= LAC_COUNT(lengths) && !broken_sentences, "%s: %zu sets of options, %u with lengths", type->name, specs.count, served);
  for (int p = 0; p < PROPERTIES; p++)
    if (cases[p])
      ok(violations[p] == 0, "%s: %s (%u of %u not)", type->name, property[p], violations[p], cases[p]);
  free(space);
  free(specs.at);
}

/* k = 0 is no amount; more than d is refused for this d. */
static void check_amounts(const lac_compressor_type *type)
{
  for (const lac_option *o = type->options; o && o->name; o++) {
    lac_compressor c = { 0 };
    char text[128];
    if (o->kind != LAC_AMOUNT)
      continue;
    snprintf(text, sizeof text, "%s:%s=0", type->name, o->name);
    int status = lac_compressor_open(&c, "--up", text);
    ok(status == LAC_EUSER && strstr(lac_error(), o->name) && strstr(lac_error(), "not '0'"), "%s is refused: %s", text, lac_error());
    snprintf(text, sizeof text, "%s:%s=9", type->name, o->name);
    if (!ok(lac_compressor_open(&c, "--up", text) == LAC_OK && type->refuse, "%s can be refused", text))
      continue;
    const char *why = type->refuse(c.spec.params, 8);
    ok(why && strstr(why, "=9") && strstr(why, "=8"), "... for d=8: %s", why ? why : "");
    ok(type->refuse(c.spec.params, 9) == NULL, "... not for d=9");
    lac_compressor_close(&c);
  }
}

/* ---- topk against sorting ---- */

typedef struct { double size; size_t at; } entry;

static int by_size(const void *a, const void *b)
{
  const entry *p = a, *q = b;
  if (p->size != q->size)
    return p->size > q->size ? -1 : 1;
  return (p->at > q->at) - (p->at < q->at);
}

static void test_topk(void)
{
  static const size_t some[] = { 1, 2, 3, 8, 50, 129, 1000, 20000 };
  unsigned wrong = 0, count = 0;
  for (input kind = 0; kind < INPUTS; kind++)
    for (size_t i = 0; i < LAC_COUNT(some); i++)
      for (size_t k = 1; k <= some[i]; k = k < 10 ? k + 1 : k * 2 + 1) {
        size_t d = some[i];
        double *x = lac_alloc(d * sizeof *x), *want_image = lac_alloc(d * sizeof *x), *have = lac_alloc(d * sizeof *x);
        entry *sorted = malloc(d * sizeof *sorted);
        lac_compressor c = { 0 };
        lac_msg m = { 0 };
        char text[64];
        fill(kind, d, x);
        for (size_t j = 0; j < d; j++)
          sorted[j] = (entry){ fabs(x[j]), j };
        qsort(sorted, d, sizeof *sorted, by_size);
        for (size_t j = 0; j < k; j++)
          want_image[sorted[j].at] = x[sorted[j].at];
        snprintf(text, sizeof text, "topk:k=%zu", k);
        int status = lac_compressor_open(&c, "--up", text);
        if (status == LAC_OK)
          status = c.type->encode(c.spec.params, d, x, noise(0), &m);
        if (status == LAC_OK)
          status = c.type->decode_add(c.spec.params, d, 1, &m, noise(0), have);
        for (size_t j = 0; j < d && status == LAC_OK; j++)
          if (have[j] != want_image[j])
            status = LAC_EBUG;
        if (status != LAC_OK && wrong++ < 3)
          diag("%s, d=%zu, %s input", text, d, input_name[kind]);
        count++;
        lac_compressor_close(&c);
        lac_msg_free(&m);
        free(x);
        free(want_image);
        free(have);
        free(sorted);
      }
  is_u64(wrong, 0, "topk: the k largest by sorting, lower index first (%u cases)", count);
}

/* ---- index codes ---- */

static unsigned ceil_log2(unsigned __int128 count)
{
  unsigned width = 0;
  while (((unsigned __int128)1 << width) < count)
    width++;
  return width;
}

/* C(d, k) by Pascal's rule, one row at a time, stuck at 2^64. */
static unsigned __int128 pascal(unsigned d, unsigned k)
{
  static unsigned __int128 row[600];
  const unsigned __int128 most = (unsigned __int128)1 << 64;
  memset(row, 0, sizeof row);
  row[0] = 1;
  for (unsigned n = 1; n <= d; n++)
    for (unsigned j = n < k ? n : k; j >= 1; j--)
      row[j] = row[j] + row[j - 1] > most ? most : row[j] + row[j - 1];
  return row[k];
}

static uint64_t least_bits(uint64_t d, uint64_t k, unsigned __int128 sets)
{
  uint64_t best = k * ceil_log2(d) < d ? k * ceil_log2(d) : d;
  if (sets < (unsigned __int128)1 << 64 && ceil_log2(sets) < best)
    best = ceil_log2(sets);
  return best;
}

/* Write the set at some offset, read it back from bytes that end where the set does. */
static int round_trip(uint64_t d, uint64_t k, const uint64_t *set, unsigned offset)
{
  lac_msg m = { 0 }, view;
  lac_index code;
  uint64_t front, j;
  int fine = lac_msg_put(&m, 0, offset) == LAC_OK;
  lac_index_write(&code, &m, d, k);
  for (uint64_t i = 0; i < k && fine; i++)
    fine = lac_index_put(&code, set[i]) == LAC_OK;
  fine = fine && m.nbits == offset + lac_index_bits(d, k);
  uint8_t *own = fine ? view_of(m.buf, m.nbits, &view) : NULL;
  fine = fine && lac_msg_get(&view, offset, &front) == LAC_OK && lac_index_read(&code, &view, d, k) == LAC_OK;
  for (uint64_t i = 0; i < k && fine; i++)
    fine = lac_index_get(&code, &j) == LAC_OK && j == set[i];
  fine = fine && (k == 0 || view.rpos == view.nbits);
  free(own);
  lac_msg_free(&m);
  return fine;
}

static void test_all_sets(void)
{
  unsigned wrong = 0, size = 0, count = 0;
  for (unsigned d = 1; d <= 14; d++) {
    for (unsigned k = 0; k <= d; k++)
      size += lac_index_bits(d, k) != least_bits(d, k, pascal(d, k));
    for (unsigned bits = 0; bits < 1u << d; bits++) {
      uint64_t set[14], k = 0;
      for (unsigned j = 0; j < d; j++)
        if (bits >> j & 1)
          set[k++] = j;
      wrong += !round_trip(d, k, set, bits % 9);
      count++;
    }
  }
  is_u64(size, 0, "index: least of the three codes for d <= 14");
  is_u64(wrong, 0, "index: all %u sets with d <= 14 come back", count);
}

static void test_index_sizes(void)
{
  unsigned wrong = 0;
  for (unsigned d = 1; d <= 400; d += d < 80 ? 1 : 37)
    for (unsigned k = 0; k <= d; k++)
      wrong += lac_index_bits(d, k) != least_bits(d, k, pascal(d, k));
  is_u64(wrong, 0, "index: least of the three codes for d <= 400");
  is_u64(lac_index_bits(64, 32), 61, "C(64,32) = 1832624140942590534 takes 61 bits");
  is_u64(lac_index_bits(1000000, 3), 58, "three of a million: log2 C = 57.2");
  is_u64(lac_index_bits(1000000, 10), 200, "ten of a million: 20 bits each");
  is_u64(lac_index_bits(1000000, 100000), 1000000, "a tenth of a million: a bitmap");
}

static void draw_set(uint64_t d, uint64_t k, uint64_t *set)
{
  uint64_t n = 0;
  for (uint64_t j = 0; n < k; j++)
    if (lac_rng_below(data, d - j) < k - n)
      set[n++] = j;
}

static void test_large_sets(void)
{
  static const uint64_t ds[] = { 15, 63, 64, 65, 100, 127, 128, 1000, 4096, 65537, 1000000 };
  unsigned wrong = 0, count = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 7);
  for (size_t i = 0; i < LAC_COUNT(ds); i++)
    for (uint64_t k = 0; k <= ds[i]; k = k < 6 ? k + 1 : k * 5 / 2)
      for (unsigned trial = 0; trial < (ds[i] > 5000 ? 2 : 9); trial++) {
        uint64_t *set = malloc((k + 1) * sizeof *set);
        draw_set(ds[i], k, set);
        if (trial == 0 && k)
          for (uint64_t j = 0; j < k; j++)
            set[j] = ds[i] - k + j;              /* the last ones */
        wrong += !round_trip(ds[i], k, set, trial);
        count++;
        free(set);
      }
  is_u64(wrong, 0, "index: %u larger sets come back", count);
}

/* Every set has one code: the set that was read is written again as the same bits. */
static int same_code(uint64_t d, uint64_t k, const uint64_t *set, const uint8_t *bytes)
{
  lac_msg m = { 0 }, view;
  lac_index code;
  uint64_t a = 0, b = 0;
  int same = 1;
  lac_index_write(&code, &m, d, k);
  for (uint64_t n = 0; n < k && same; n++)
    same = lac_index_put(&code, set[n]) == LAC_OK;
  lac_msg_view(&view, bytes, m.nbits);
  for (uint64_t left = m.nbits; left && same;) {
    unsigned width = left < 64 ? (unsigned)left : 64;
    same = lac_msg_get(&m, width, &a) == LAC_OK && lac_msg_get(&view, width, &b) == LAC_OK && a == b;
    left -= width;
  }
  lac_msg_free(&m);
  return same;
}

/* The number after the last one is no set. */
static void test_last_numbers(void)
{
  unsigned wrong = 0, count = 0;
  for (unsigned d = 1; d <= 60; d++)
    for (unsigned k = 1; k <= d; k++) {
      unsigned __int128 sets = pascal(d, k);
      unsigned width = ceil_log2(sets);
      if (sets == (unsigned __int128)1 << width || lac_index_bits(d, k) != width || width > d || width == k * ceil_log2(d))
        continue;                                /* no room for such a number, or perhaps another code */
      for (unsigned beyond = 0; beyond < 2; beyond++) {
        lac_msg m = { 0 };
        lac_index code;
        lac_msg_put(&m, (uint64_t)sets - 1 + beyond, width);
        wrong += lac_index_read(&code, &m, d, k) != (beyond ? LAC_EFORMAT : LAC_OK);
        lac_msg_free(&m);
        count++;
      }
    }
  is_u64(wrong, 0, "index: the largest number of a set is taken and the next refused (%u cases)", count);
  ok(count > 1000, "index: there are such numbers");
}

/* Any bits: EFORMAT, or a set of k ascending indices below d. */
static void test_hostile_index(void)
{
  static const uint64_t ds[] = { 1, 5, 14, 64, 100, 1000, 5000 };
  unsigned wrong = 0, refused = 0, count = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 8);
  for (size_t i = 0; i < LAC_COUNT(ds); i++)
    for (uint64_t k = 1; k <= ds[i]; k = k * 3 + 1)
      for (unsigned trial = 0; trial < 60; trial++) {
        uint64_t nbits = lac_index_bits(ds[i], k) - (trial == 7 && lac_index_bits(ds[i], k)), last = 0, j = 0;
        uint8_t bytes[1024];
        uint64_t set[5000];
        lac_msg view;
        lac_index code;
        for (size_t b = 0; b < sizeof bytes; b++)
          bytes[b] = trial == 0 ? 0 : trial == 1 ? 0xff : (uint8_t)gsl_rng_get(data);
        uint8_t *own = view_of(bytes, nbits, &view);
        int status = lac_index_read(&code, &view, ds[i], k);
        for (uint64_t n = 0; n < k && status == LAC_OK; n++) {
          status = lac_index_get(&code, &j);
          wrong += status == LAC_OK && (j >= ds[i] || (n && j <= last));
          set[n] = last = j;
        }
        wrong += status == LAC_OK && !same_code(ds[i], k, set, bytes);
        wrong += status != LAC_OK && status != LAC_EFORMAT;
        refused += status == LAC_EFORMAT;
        count++;
        free(own);
      }
  is_u64(wrong, 0, "index: any bits are the code of a set or EFORMAT (%u of %u refused)", refused, count);
  ok(refused > 0, "index: some bits are no set");
  lac_msg m = { 0 };
  lac_index code;
  lac_index_write(&code, &m, 10, 2);
  ok(lac_index_put(&code, 5) == LAC_OK && lac_index_put(&code, 5) == LAC_EBUG, "index: a set that is not ascending is EBUG");
  lac_index_write(&code, &m, 10, 2);
  ok(lac_index_put(&code, 10) == LAC_EBUG, "index: d itself is EBUG");
  lac_msg_free(&m);
}

/* ---- values computed elsewhere ---- */

enum { TRUTH_D = 12 };

/* The numbers of one row of compressor_vectors.csv: name,"how",number,... */
static int truth_row(FILE *f, const char *name, double *x)
{
  char line[4096];
  rewind(f);
  while (fgets(line, sizeof line, f)) {
    char *at = line + strlen(name);
    if (strncmp(line, name, strlen(name)) || at[0] != ',' || at[1] != '"' || !(at = strchr(at + 2, '"')))
      continue;
    int count = 0;
    for (at++; *at == ',' && count < TRUTH_D; count++)
      x[count] = strtod(at + 1, &at);
    return count == TRUTH_D;
  }
  return 0;
}

/* A round in which rand-k takes exactly the coordinates {1, 5, 7, 10}. */
static int find_round(const lac_compressor *c, uint32_t *round)
{
  double ones[TRUTH_D];
  for (int j = 0; j < TRUTH_D; j++)
    ones[j] = 1;
  for (*round = 0; *round < 20000; ++*round) {
    double image[TRUTH_D] = { 0 };
    lac_msg m = { 0 };
    c->type->encode(c->spec.params, TRUTH_D, ones, noise(*round), &m);
    c->type->decode_add(c->spec.params, TRUTH_D, 1, &m, noise(*round), image);
    lac_msg_free(&m);
    int same = 1;
    for (int j = 0; j < TRUTH_D; j++)
      same &= (image[j] != 0) == (j == 1 || j == 5 || j == 7 || j == 10);
    if (same)
      return 1;
  }
  return 0;
}

static void compare_truth(FILE *f, const char *row, const char *spec, int search)
{
  double x[TRUTH_D], expected[TRUTH_D], have[TRUTH_D] = { 0 };
  lac_compressor c = { 0 };
  lac_msg m = { 0 };
  uint32_t round = 0;
  int fine = truth_row(f, "x", x) && truth_row(f, row, expected) && lac_compressor_open(&c, "--up", spec) == LAC_OK;
  fine = fine && (!search || find_round(&c, &round));
  fine = fine && c.type->encode(c.spec.params, TRUTH_D, x, noise(round), &m) == LAC_OK;
  fine = fine && c.type->decode_add(c.spec.params, TRUTH_D, 1, &m, noise(round), have) == LAC_OK;
  for (int j = 0; j < TRUTH_D && fine; j++)
    fine = fabs(have[j] - expected[j]) <= 1e-15 * fabs(expected[j]);
  ok(fine, "%s as computed elsewhere: %s", spec, row);
  lac_compressor_close(&c);
  lac_msg_free(&m);
}

static void test_truth(void)
{
  char path[1024];
  const char *truth = getenv("LACONIC_TRUTH");
  snprintf(path, sizeof path, "%s/error-feedback/compressor_vectors.csv", truth ? truth : "");
  FILE *f = truth ? fopen(path, "r") : NULL;
  if (!f) {
    skip(truth ? "LACONIC_TRUTH has no compressor_vectors.csv" : "LACONIC_TRUTH is not set", "values computed elsewhere");
    return;
  }
  compare_truth(f, "top3", "topk:k=3", 0);
  compare_truth(f, "randk_unscaled", "randk:k=4,scale=no", 1);
  compare_truth(f, "randk_scaled", "randk:k=4", 1);
  fclose(f);
}

int main(void)
{
  stream = lac_rng_new();
  data = lac_rng_new();
  for (const lac_compressor_type *const *t = lac_compressors; *t; t++) {
    check_type(*t);
    check_amounts(*t);
  }
  test_topk();
  test_all_sets();
  test_index_sizes();
  test_large_sets();
  test_last_numbers();
  test_hostile_index();
  test_truth();
  gsl_rng_free(stream);
  gsl_rng_free(data);
  return done();
}
