/* floats.h: bf16.c, f16.c and f32.c name their `format` of words.h before they include this; FLOATS are all their slots. */
#ifndef LAC_FLOATS_H
#define LAC_FLOATS_H

typedef struct { int round; } params;
static const lac_option options[] = { LAC_ROUND_OPTION(params), { 0 } };

static lac_words words(const lac_site *s)
{
  lac_words w = format;
  w.random = ((const params *)s->params)->round;
  return w;
}

static int encode(const lac_site *s, const double *x, lac_msg *m)
{
  lac_words w = words(s);
  return lac_words_encode(s, &w, x, m);
}

static int decode_add(const lac_site *s, double scale, lac_msg *m, double *y)
{
  lac_words w = words(s);
  return lac_words_decode_add(s, &w, scale, m, y);
}

static uint64_t bits(const lac_site *s, int *exact)
{
  lac_words w = words(s);
  return lac_words_bits(s, &w, exact);
}

static int alpha(const lac_site *s, double *a)
{
  lac_words w = words(s);
  return lac_words_alpha(s, &w, a);
}

static int omega(const lac_site *s, double *o)
{
  lac_words w = words(s);
  return lac_words_omega(s, &w, o);
}

#define FLOATS .options = options, .params_size = sizeof(params), \
  .encode = encode, .decode_add = decode_add, .bits = bits, .alpha = alpha, .omega = omega

#endif
