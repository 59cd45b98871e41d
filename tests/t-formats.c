/* FORMATS.md: every line "Example: `SPEC`, x = (...): `BYTES`" is what SPEC writes, and reads. */
#include "compressor.h"
#include "rng.h"
#include "tap.h"

#include <stdlib.h>

enum { MOST = 64 };

static size_t read_vector(const char *at, double *x)
{
  size_t d = 0;
  for (char *end = (char *)at; d < MOST && *end != ')'; end += *end == ',')
    x[d++] = strtod(end, &end);
  return d;
}

static size_t read_bytes(const char *at, uint8_t *bytes)
{
  size_t count = 0;
  for (char *end = (char *)at; count < MOST && *end != '`'; end += *end == ' ')
    bytes[count++] = (uint8_t)strtoul(end, &end, 16);
  return count;
}

static void check(const char *spec, size_t d, const double *x, const uint8_t *bytes, size_t count)
{
  static const lac_seeds seeds = { .axis = { 1, 1, 1, 1 } };
  gsl_rng *rng = lac_rng_new(), *shared = lac_rng_new();
  lac_compressor c = { 0 };
  lac_msg m = { 0 };
  double y[MOST] = { 0 };
  int fine = lac_compressor_open(&c, "--up", spec) == LAC_OK;
  lac_site s = lac_site_of(&c, d);
  s.rng = rng;
  s.shared = shared;
  lac_rng_point(rng, &seeds, LAC_SEED_NOISE, 0, 0, 0);
  fine = fine && lac_encode(&s, x, &m) == LAC_OK;
  ok(fine && lac_msg_bytes(&m) == count && memcmp(m.buf, bytes, count) == 0, "%s writes the bytes of its example", spec);
  for (size_t i = 0; fine && i < lac_msg_bytes(&m); i++)
    if (i >= count || m.buf[i] != bytes[i])
      diag("byte %zu is %02x", i, m.buf[i]);
  lac_rng_point(rng, &seeds, LAC_SEED_NOISE, 0, 0, 0);
  ok(fine && lac_decode_add(&s, 1, &m, y) == LAC_OK && m.rpos == m.nbits, "%s reads them", spec);
  lac_msg_free(&m);
  lac_compressor_close(&c);
  gsl_rng_free(rng);
  gsl_rng_free(shared);
}

int main(void)
{
  const char *srcdir = getenv("srcdir");
  char *path = lac_asprintf("%s/compressors/FORMATS.md", srcdir ? srcdir : "."), line[1024];
  FILE *f = fopen(path, "r");
  int examples = 0;
  while (f && fgets(line, sizeof line, f)) {
    double x[MOST];
    uint8_t bytes[MOST];
    char *spec = line + strlen("Example: `"), *end, *vector, *message;
    if (strncmp(line, "Example: `", strlen("Example: `")) != 0)
      continue;
    end = strchr(spec, '`');
    vector = end ? strstr(end, "x = (") : NULL;
    message = vector ? strstr(vector, "): `") : NULL;
    if (!ok(message != NULL, "an example has a vector and bytes: %.40s", spec))
      continue;
    *end = 0;
    size_t d = read_vector(vector + strlen("x = ("), x);
    check(spec, d, x, bytes, read_bytes(message + strlen("): `"), bytes));
    examples++;
  }
  ok(examples > 10, "%s has examples: %d", path, examples);
  if (f)
    fclose(f);
  free(path);
  return done();
}
