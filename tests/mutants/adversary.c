/* The adversary that the theory of contractive compressors admits: |C(x) - x| = sqrt(1-alpha) |x| for every x, without chance.

     C(x) = x + sqrt(1-alpha) |x| u(x), |u| = 1

   longer, shorter   u = x/|x|, -x/|x|: always too much (the worst for EF21), always too little
   turned            u is x turned by a right angle in the planes of coordinates 2j and 2j+1
   largest           u takes away from the entry that matters most
   alike             u = (1, ..., 1)/sqrt(d): the errors of all clients add up
   changing          longer and shorter in turn, the clients against each other

   Wire: d numbers. */
#include "compressor.h"
#include "vec.h"

#include <math.h>

enum { LONGER, SHORTER, TURNED, LARGEST, ALIKE, CHANGING };

typedef struct { double alpha; int how; } params;
static const lac_option options[] = {
  { "alpha", LAC_REAL, offsetof(params, alpha), "0.1", "(0,1]", NULL, "of the contraction" },
  { "how", LAC_CHOICE, offsetof(params, how), "longer", NULL, "longer|shorter|turned|largest|alike|changing", "which way it errs" },
  { 0 }
};

static size_t largest_of(size_t d, const double *x)
{
  size_t most = 0;
  for (size_t j = 1; j < d; j++)
    if (fabs(x[j]) > fabs(x[most]))
      most = j;
  return most;
}

/* The entry j of u |x|, up to rounding; a last coordinate without a partner keeps its own direction. */
static double error_of(const lac_site *s, int how, double norm, size_t largest, const double *x, size_t j)
{
  switch (how) {
  case LONGER: return x[j];
  case SHORTER: return -x[j];
  case TURNED: return j % 2 ? x[j - 1] : j + 1 < s->d ? -x[j + 1] : x[j];
  case LARGEST: return j == largest ? copysign(norm, -x[j]) : 0;
  case ALIKE: return norm / sqrt((double)s->d);
  default: return (s->round + s->client) % 2 ? x[j] : -x[j];
  }
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  const params *p = s->params;
  double norm = sqrt(lac_norm_sq(s->d, x)), off = sqrt(1 - p->alpha);
  size_t largest = largest_of(s->d, x);
  for (size_t j = 0; j < s->d; j++) {
    double c = x[j] + off * error_of(s, p->how, norm, largest, x, j);
    LAC_TRY(lac_msg_put_reals(m, LAC_F64, &c, 1));
  }
  return LAC_OK;
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  return lac_msg_add_reals(m, LAC_F64, scale, y, s->d);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  *exact = 1;
  return 64 * (uint64_t)s->d;
}

static int alpha(const lac_site *s, double *a)
{
  *a = ((const params *)s->params)->alpha;
  return LAC_OK;
}

const lac_compressor_type lac_compressor_adversary = {
  .name = "adversary",
  .summary = "errs by exactly what alpha admits, the wrong way; biased",
  .options = options,
  .params_size = sizeof(params),
  .encode = encode,
  .decode_add = decode_add,
  .bits = bits,
  .alpha = alpha,
};
