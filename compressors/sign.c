/* Scaled sign.  scale=l1: C(x) = (|x|_1 / b) sign(x) for blocks of b; |C(x) - x|^2 = |x|^2 - |x|_1^2 / b for x without zeros, and less with
   zeros, so that alpha = 1/b.  scale=l2: C(x) = (|x|_2 / sqrt(b)) sign(x); |C(x) - x|^2 = 2 |x|^2 - 2 |x|_1 |x|_2 / sqrt(b), so that
   alpha = 2/sqrt(b) - 1 for b < 4, and there is none for longer blocks.

   zero=keep: sign(0) = 0.  zero=plus: sign(0) = 1 in a block that is not 0.

   Wire: with zero=keep one bit, 1 when x has a zero; then scaled.h, with l = 0, 1 after a 1, else binary. */
#include "parts/scaled.h"
#include "parts/signs.h"

#include <math.h>
#include <string.h>

typedef struct { uint64_t block; int norm, zero, value; } params;
enum { L1, L2 };
enum { KEEP, PLUS };
static const lac_option options[] = {
  { "scale", LAC_CHOICE, offsetof(params, norm), "l1", NULL, "l1|l2", "l1: the mean of |x_j|; l2: the root of the mean of x_j^2" },
  { "zero", LAC_CHOICE, offsetof(params, zero), "keep", NULL, "keep|plus", "the sign of 0: 0, or 1" },
  LAC_BLOCK_OPTION(params, "0"),
  { "value", LAC_CHOICE, offsetof(params, value), "f64", NULL, LAC_VALUE_CHOICES, "wire format of a scale" },
  { 0 }
};

LAC_VECTORISED
static int has_zero(size_t d, const double *x)
{
  int any = 0;
  for (size_t j = 0; j < d; j++)
    any |= x[j] == 0;
  return any;
}

typedef double lanes __attribute__((vector_size(32)));
typedef uint64_t words __attribute__((vector_size(32)));
enum { PART = 2048, WORD = 64, WIDTH = 4, SUMS = 4 };

/* What lac_norm1, has_zero and lac_sign_bits say of PART entries; the sum is formed in the order of the first. */
LAC_VECTORISED
static double survey_part(const double *x, int *zeros, uint64_t *word)
{
  lanes sum[SUMS] = { { 0 } }, v;
  words zero = { 0 };
  double total = 0;
  for (size_t at = 0; at < PART; at += WORD) {
    words any = { 0 }, bit = { 1, 2, 4, 8 };
    for (unsigned i = 0; i < WORD / WIDTH; i++, bit <<= WIDTH) {
      memcpy(&v, x + at + i * WIDTH, sizeof v);
      sum[i % SUMS] += (lanes)((words)v & INT64_MAX);
      zero |= (words)(v == 0);
      any |= (words)(v < 0) & bit;
    }
    word[at / WORD] = any[0] | any[1] | any[2] | any[3];
  }
  *zeros |= (zero[0] | zero[1] | zero[2] | zero[3]) != 0;
  for (unsigned l = 0; l < SUMS * WIDTH / 2; l++)
    total += sum[l / WIDTH][l % WIDTH] + sum[l / WIDTH + SUMS / 2][l % WIDTH];
  return total;
}

/* The mean of |x_j|, whether there is a zero, and the signs, unless `word` is NULL: in one pass. */
static double survey(size_t count, const double *x, int *zeros, uint64_t *word)
{
  double sum = 0;
  for (size_t at = 0, part; at < count; at += part) {
    part = count - at < PART ? count - at : PART;
    if (word && part == PART)
      sum += survey_part(x + at, zeros, word + at / WORD);
    else
      sum += lac_norm1(part, x + at);
    if (word && part < PART) {
      *zeros |= has_zero(part, x + at);
      lac_sign_bits(part, x + at, word + at / WORD);
    }
  }
  return sum / (double)count;
}

static double mean(const lac_scaled *q, size_t count, const double *x)
{
  int zeros;
  return q->own > 0 ? q->own : survey(count, x, &zeros, NULL);
}

static double root_mean(const lac_scaled *q, size_t count, const double *x) { return (void)q, lac_norm2(count, x) / sqrt((double)count); }

LAC_VECTORISED
static void nonzero(const lac_scaled *q, double s, size_t count, const double *x, const uint32_t *word, int8_t *k)
{
  (void)q, (void)s, (void)word;
  for (size_t j = 0; j < count; j++)
    k[j] = (int8_t)((x[j] > 0) - (x[j] < 0));
}

static lac_scaled code_of(const lac_site *s, int binary)
{
  const params *p = s->params;
  return (lac_scaled){ .block = p->block, .format = (lac_value)p->value, .binary = binary, .top = 1, .level = { 0, 1 },
                       .scale = p->norm == L1 ? mean : root_mean, .levels = nonzero };
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  int keep = ((const params *)s->params)->zero == KEEP, zeros = 0;
  uint64_t *signs = lac_scratch(s, 2, LAC_SIGN_WORDS(s->d) * sizeof *signs);
  if (!signs)
    return LAC_ENOMEM;
  double all = survey(s->d, x, &zeros, signs);
  zeros = zeros && keep;
  lac_scaled q = code_of(s, !zeros);
  int whole = lac_scaled_block(s, &q) == s->d;
  q.own = whole ? all : 0;
  q.signs = whole ? signs : NULL;
  LAC_TRY(lac_msg_put(m, (uint64_t)zeros, (unsigned)keep));
  return lac_scaled_encode(s, &q, x, m);
}

static int decode_add(const lac_site *s, double factor, lac_msg *m, double *y)
{
  uint64_t zeros;
  LAC_TRY(lac_msg_get(m, ((const params *)s->params)->zero == KEEP, &zeros));
  lac_scaled q = code_of(s, !zeros);
  return lac_scaled_decode_add(s, &q, factor, m, y);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  int keep = ((const params *)s->params)->zero == KEEP;
  lac_scaled q = code_of(s, !keep);
  uint64_t most = (uint64_t)keep + lac_scaled_bits(s, &q, exact);
  *exact = *exact && !keep;
  return most;
}

/* A scale in f32, larger by a factor of at most 1 + 2^-23, costs at most 2^-46 of |C(x)|^2 (l1), 3 2^-23 of |x|^2 (l2). */
static int alpha(const lac_site *s, double *a)
{
  const params *p = s->params;
  lac_scaled q = code_of(s, 1);
  double b = (double)lac_scaled_block(s, &q);
  *a = p->norm == L1 ? (p->value == LAC_F32 ? 1 - 0x1p-46 : 1) / b : 2 / sqrt(b) - 1 - (p->value == LAC_F32 ? 0x1p-21 : 0);
  return *a > 0 ? LAC_OK : LAC_ENOTSUP;
}

const lac_compressor_type lac_compressor_sign = {
  .name = "sign",
  .summary = "the signs and a mean magnitude; biased, alpha = 1/d for the l1 mean",
  .reference = "Karimireddy, Rebjock, Stich, Jaggi 2019, arXiv:1901.09847; Bernstein et al. 2018, arXiv:1802.04434",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
