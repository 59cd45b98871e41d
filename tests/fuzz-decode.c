/* fuzz-decode.c: libFuzzer target for every decoder of the registry.  The first bytes choose the compressor, d, how many
   spare bits the message ends with, whether there are layers, the options and what stands behind; the others are the message, or what is
   changed in one. */
#include "fuzz.h"
#include "registry/registry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 3000 };

static void value_of(const lac_option *o, uint8_t pick, char *text, size_t size)
{
  static const char *const amounts[] = { "1", "2", "10%", "50%", "100%", "7", "33%", "64" };
  static const char *const counts[] = { "1", "2", "3", "4", "7", "16", "255", "1000" };
  static const char *const reals[] = { "0.1", "0.5", "1", "2", "10", "1e-6", "1e6", "0" };
  switch (o->kind) {
  case LAC_CHOICE: {
    const char *word = o->choices;
    for (int i = pick % 8; i > 0 && word[strcspn(word, "|")]; i--)
      word += strcspn(word, "|") + 1;
    snprintf(text, size, "%.*s", (int)strcspn(word, "|"), word);
    return;
  }
  case LAC_AMOUNT:
    snprintf(text, size, "%s", amounts[pick % 8]);
    return;
  case LAC_UINT:
    snprintf(text, size, "%s", counts[pick % 8]);
    return;
  case LAC_REAL:
    snprintf(text, size, "%s", reals[pick % 8]);
    return;
  default:
    snprintf(text, size, "%s", o->fallback);
  }
}

/* Behind any compressor; behind one that leads. */
static const char *const behind[] = {
  "", "+ans", "+huffman", "+topk:k=50%", "+topk:k=50%+ans", "+codebook:levels=7+ans", "+codebook+huffman", "+powersgd:rank=1",
  "+randk:k=50%+fp4", "+layerwise+topk:k=3+huffman"
};
enum { CODERS = 3 };

/* The bytes after the first four name one value an option and a tail; how many bytes that took, or 0 when there are too few. */
static size_t make_spec(const lac_compressor_type *type, const uint8_t *bytes, size_t size, char *spec, size_t room)
{
  size_t used = 0;
  snprintf(spec, room, "%s", type->name);
  for (const lac_option *o = type->options; o && o->name; o++, used++) {
    char value[64];
    if (used == size)
      return 0;
    value_of(o, bytes[used], value, sizeof value);
    snprintf(spec + strlen(spec), room - strlen(spec), "%c%s=%s", used ? ',' : ':', o->name, value);
  }
  if (used == size)
    return 0;
  snprintf(spec + strlen(spec), room - strlen(spec), "%s", behind[bytes[used] % (type->leads ? LAC_COUNT(behind) : CODERS)]);
  return used + 2;
}

static void point(const lac_site *s)
{
  static const lac_seeds seeds = { .axis = { 1, 2, 3, 4 } };
  lac_rng_point(s->rng, &seeds, LAC_SEED_NOISE, 0, 0, 0);
  lac_rng_point(s->shared, &seeds, LAC_SEED_NOISE, 0, 0, 1);
}

static void check(const lac_site *s, const uint8_t *bytes, size_t size, unsigned spare)
{
  uint64_t nbits = 8 * (uint64_t)size - (size ? spare : 0);
  size_t d = s->d;
  double *y = malloc(d * sizeof *y);
  uint8_t *own = malloc(size ? size : 1);
  lac_msg m;
  require(y && own);
  memcpy(own, bytes, size);
  if (size)
    own[size - 1] &= (uint8_t)(0xff >> spare);
  for (size_t j = 0; j < d; j++)
    y[j] = 1;
  lac_msg_view(&m, own, nbits);
  point(s);
  int status = lac_decode_add(s, 0.5, &m, y);
  require((status == LAC_OK || status == LAC_EFORMAT) && m.rpos <= m.nbits);
  for (size_t j = 0; j < d; j++)
    require(isfinite(y[j]));
  free(own);
  free(y);
}

/* What encode makes of a vector, with some bytes of it changed: three bytes name a place and a change. */
static void check_changed(const lac_site *s, const uint8_t *bytes, size_t size)
{
  lac_msg m = { 0 };
  double *x = malloc(s->d * sizeof *x);
  require(x != NULL);
  for (size_t j = 0; j < s->d; j++)
    x[j] = (double)(j * j % 31) - 7.5 * (double)(j % 3);
  point(s);
  int status = lac_encode(s, x, &m);
  require(status == LAC_OK);
  size_t length = lac_msg_bytes(&m);
  for (; size >= 3; bytes += 3, size -= 3)
    m.buf[(size_t)(bytes[0] | bytes[1] << 8) % length] ^= bytes[2];
  check(s, m.buf, length, (unsigned)(8 * length - m.nbits));
  lac_msg_free(&m);
  free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  static gsl_rng *rng, *shared;
  size_t types = 0, used;
  char spec[512];
  if (!rng)
    rng = lac_rng_new(), shared = lac_rng_new();
  while (lac_compressors[types])
    types++;
  if (size < 4)
    return 0;
  const lac_compressor_type *type = lac_compressors[bytes[0] % types];
  size_t d = 1 + (size_t)(bytes[1] | bytes[2] << 8) % MOST;
  lac_compressor c;
  used = make_spec(type, bytes + 4, size - 4, spec, sizeof spec);
  if (!used || lac_compressor_open(&c, "--up", spec) != LAC_OK)
    return 0;
  lac_site s = lac_site_of(&c, d);
  s.rng = rng;
  s.shared = shared;
  size_t rows = 1 + bytes[1] % 7, cols = (d - 1) / rows;
  const lac_layer layers[] = { { "W", rows, cols }, { "b", d - rows * cols, 1, rows * cols, .kind = LAC_BIAS } };
  if (bytes[3] & 8 && cols) {
    s.layers = layers;
    s.layer_count = LAC_COUNT(layers);
  }
  if (lac_refuse(&s))
    ;
  else if (bytes[3] & 16)
    check_changed(&s, bytes + 3 + used, size - 3 - used);
  else
    check(&s, bytes + 3 + used, size - 3 - used, bytes[3] % 8);
  lac_compressor_close(&c);
  return 0;
}
