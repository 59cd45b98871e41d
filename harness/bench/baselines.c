#include "bench/baselines.h"

#include <math.h>
#include <string.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_ZFP
#include <zfp.h>
#endif

static size_t plain_bound(const double *x, size_t d) { return (void)x, d * sizeof(double); }

static int copy(const double *x, size_t d, uint8_t *out, size_t room, size_t *size)
{
  *size = d * sizeof *x;
  if (*size > room)
    return LAC_EBUG;
  memcpy(out, x, *size);
  return LAC_OK;
}

/* ---- zstd on the bytes of the doubles ---- */

#ifdef HAVE_ZSTD
static const char *const no_zstd = NULL;
enum { ZSTD_LEVEL = 3 };

static size_t zstd_bound(const double *x, size_t d) { return (void)x, ZSTD_compressBound(d * sizeof(double)); }

static int zstd_encode(const double *x, size_t d, uint8_t *out, size_t room, size_t *size)
{
  *size = ZSTD_compress(out, room, x, d * sizeof *x, ZSTD_LEVEL);
  return ZSTD_isError(*size) ? lac_fail(LAC_EIO, "zstd: %s", ZSTD_getErrorName(*size)) : LAC_OK;
}

static int zstd_decode(const uint8_t *in, size_t size, double *y, size_t d)
{
  return ZSTD_decompress(y, d * sizeof *y, in, size) == d * sizeof *y ? LAC_OK : lac_fail(LAC_EFORMAT, "zstd: not what was written");
}
#else
static const char *const no_zstd = "built without libzstd (Debian: libzstd-dev)";
#define zstd_bound plain_bound
#define zstd_encode copy
#define zstd_decode NULL
#endif

/* ---- zfp with a bound on the error, in front of which goes the bound itself ---- */

static const double zfp_tolerance = 1e-3;

#ifdef HAVE_ZFP
static const char *const no_zfp = NULL;

typedef struct { zfp_field *field; zfp_stream *stream; bitstream *bits; } zfp_work;

static int zfp_open(zfp_work *w, const double *x, size_t d, double accuracy, const void *bytes, size_t size)
{
  *w = (zfp_work){ zfp_field_1d((void *)x, zfp_type_double, d), zfp_stream_open(NULL), stream_open((void *)bytes, size) };
  if (!w->field || !w->stream || !w->bits)
    return lac_fail(LAC_ENOMEM, "no memory for zfp");
  zfp_stream_set_accuracy(w->stream, accuracy);
  zfp_stream_set_bit_stream(w->stream, w->bits);
  zfp_stream_rewind(w->stream);
  return LAC_OK;
}

static void zfp_shut(zfp_work *w)
{
  if (w->field)
    zfp_field_free(w->field);
  if (w->stream)
    zfp_stream_close(w->stream);
  if (w->bits)
    stream_close(w->bits);
}

static size_t zfp_bound(const double *x, size_t d)
{
  zfp_work w;
  size_t bytes = zfp_open(&w, x, d, 1e-300, NULL, 0) == LAC_OK ? zfp_stream_maximum_size(w.stream, w.field) : 0;
  zfp_shut(&w);
  return sizeof(double) + bytes;
}

static int zfp_encode(const double *x, size_t d, uint8_t *out, size_t room, size_t *size)
{
  zfp_work w;
  double most = 0;
  for (size_t j = 0; j < d; j++)
    most = fmax(most, fabs(x[j]));
  double accuracy = zfp_tolerance * most;
  memcpy(out, &accuracy, sizeof accuracy);
  int status = zfp_open(&w, x, d, accuracy, out + sizeof accuracy, room - sizeof accuracy);
  size_t bytes = status == LAC_OK ? zfp_compress(w.stream, w.field) : 0;
  zfp_shut(&w);
  *size = sizeof accuracy + bytes;
  return bytes ? LAC_OK : lac_fail(LAC_EIO, "zfp refused");
}

static int zfp_decode(const uint8_t *in, size_t size, double *y, size_t d)
{
  zfp_work w;
  double accuracy;
  memcpy(&accuracy, in, sizeof accuracy);
  int status = zfp_open(&w, y, d, accuracy, in + sizeof accuracy, size - sizeof accuracy);
  size_t bytes = status == LAC_OK ? zfp_decompress(w.stream, w.field) : 0;
  zfp_shut(&w);
  return bytes ? LAC_OK : lac_fail(LAC_EFORMAT, "zfp: not what was written");
}
#else
static const char *const no_zfp = "built without zfp (Debian: libzfp-dev)";
#define zfp_bound plain_bound
#define zfp_encode copy
#define zfp_decode NULL
#endif

const lac_baseline lac_baselines[] = {
  { "memcpy", "a copy of the vector, once", NULL, plain_bound, copy, NULL, 0 },
  { "zstd", "zstd, level 3, of the bytes of the doubles: lossless", no_zstd, zstd_bound, zstd_encode, zstd_decode, 0 },
  { "zfp", "zfp, no error above max |x_j| / 1000", no_zfp, zfp_bound, zfp_encode, zfp_decode, zfp_tolerance },
  { 0 }
};
