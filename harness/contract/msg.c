#include "msg.h"

#include "vec.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

unsigned lac_value_bits(lac_value format) { return format == LAC_F32 ? 32 : 64; }

void lac_msg_clear(lac_msg *m)
{
  m->nbits = m->rpos = m->from;
  m->uses = 0;
}

void lac_msg_cut(lac_msg *m, uint64_t nbits)
{
  m->nbits = nbits;
  if (nbits % 8)
    m->buf[nbits / 8] &= (uint8_t)((1u << nbits % 8) - 1);
}

void lac_msg_free(lac_msg *m)
{
  if (m->cap)
    free(m->buf);
  *m = (lac_msg){ 0 };
}

void lac_msg_view(lac_msg *m, const void *bytes, uint64_t nbits)
{
  *m = (lac_msg){ .buf = (uint8_t *)bytes, .nbits = nbits };
}

size_t lac_msg_bytes(const lac_msg *m) { return (size_t)((m->nbits + 7) / 8); }

/* Room for `bits` more and 8 bytes of slack, so that a number can be stored with one 64-bit write. */
static int reserve(lac_msg *m, uint64_t bits)
{
  return lac_grow(&m->buf, &m->cap, (size_t)((m->nbits + bits) / 8) + 16, 1);
}

static inline uint64_t load64(const uint8_t *p)
{
  uint64_t v;
  memcpy(&v, p, 8);
  return v;
}

static inline void store64(uint8_t *p, uint64_t v) { memcpy(p, &v, 8); }

/* Append into reserved room; keeps the invariant that the bits of the last byte above nbits are 0. */
static inline void put(lac_msg *m, uint64_t value, unsigned width)
{
  uint8_t *p = m->buf + m->nbits / 8;
  unsigned shift = m->nbits % 8;
  store64(p, (shift ? *p : 0) | value << shift);
  if (shift + width > 64)
    p[8] = (uint8_t)(value >> (64 - shift));
  m->nbits += width;
}

/* Read `width` bits that are known to be there, touching no byte beyond the last. */
static inline uint64_t get(lac_msg *m, unsigned width)
{
  size_t at = (size_t)(m->rpos / 8), end = lac_msg_bytes(m);
  unsigned shift = m->rpos % 8;
  uint64_t v;
  if (end - at >= 9)
    v = load64(m->buf + at) >> shift | (shift ? (uint64_t)m->buf[at + 8] << (64 - shift) : 0);
  else {
    uint8_t tail[16] = { 0 };
    memcpy(tail, m->buf + at, end - at);
    v = load64(tail) >> shift | (shift ? (uint64_t)tail[8] << (64 - shift) : 0);
  }
  m->rpos += width;
  return width == 64 ? v : v & ((UINT64_C(1) << width) - 1);
}

void lac_msg_spare(lac_msg *m, uint64_t from, double needed)
{
  if (m->spare)
    *m->spare = (isnan(*m->spare) ? 0 : *m->spare) + ((double)(m->nbits - from) - needed);
}

int lac_msg_put(lac_msg *m, uint64_t value, unsigned width)
{
  if (width > 64 || (width < 64 && value >> width))
    return lac_fail(LAC_EBUG, "a number does not fit into the %u bits that it was given", width);
  if (width == 0)
    return LAC_OK;
  LAC_TRY(reserve(m, width));
  put(m, value, width);
  return LAC_OK;
}

static int there(const lac_msg *m, uint64_t bits)
{
  return bits <= m->nbits - m->rpos ? LAC_OK : lac_fail(LAC_EFORMAT, "the message ends too early");
}

int lac_msg_get(lac_msg *m, unsigned width, uint64_t *value)
{
  if (width > 64)
    return lac_fail(LAC_EBUG, "%u bits do not fit into one number", width);
  LAC_TRY(there(m, width));
  *value = width ? get(m, width) : 0;
  return LAC_OK;
}

/* A long message does not stay in the caches, so that its lines are written without being read from memory first. */
enum { CACHED = 1 << 22, LINE = 64, LEAST_STREAMED = 64 * LINE };      /* bytes */

#ifdef __x86_64__
#include <emmintrin.h>

/* The fence: others see these bytes before whatever this thread writes next. */
static void stream(uint8_t *to, const uint8_t *from, size_t size)
{
  size_t head = -(uintptr_t)to % LINE, at = head < size ? head : size;
  memcpy(to, from, at);
  for (; size - at >= LINE; at += LINE)
    for (size_t i = at; i < at + LINE; i += sizeof(__m128i))
      _mm_stream_si128((__m128i *)(void *)(to + i), _mm_loadu_si128((const __m128i *)(const void *)(from + i)));
  memcpy(to + at, from + at, size - at);
  _mm_sfence();
}
#else
#define stream memcpy
#endif

static void append_bytes(lac_msg *m, const uint8_t *from, size_t size)
{
  size_t at = (size_t)(m->nbits / 8);
  if (at < CACHED || size < LEAST_STREAMED)
    memcpy(m->buf + at, from, size);
  else
    stream(m->buf + at, from, size);
  m->nbits += 8 * (uint64_t)size;
}

int lac_msg_put_bits(lac_msg *m, const void *bytes, uint64_t nbits)
{
  const uint8_t *from = bytes;
  size_t words = (size_t)(nbits / 64), whole = (size_t)(nbits / 8);
  LAC_TRY(reserve(m, nbits));
  if (m->nbits % 8 == 0) {
    append_bytes(m, from, whole);
  } else {
    for (size_t i = 0; i < words; i++)
      put(m, load64(from + 8 * i), 64);
    for (size_t i = 8 * words; i < whole; i++)
      put(m, from[i], 8);
  }
  if (nbits % 8)
    put(m, from[whole] & ((1u << nbits % 8) - 1), nbits % 8);
  return LAC_OK;
}

int lac_msg_get_bits(lac_msg *m, void *bytes, uint64_t nbits)
{
  uint8_t *to = bytes;
  size_t words = (size_t)(nbits / 64), whole = (size_t)(nbits / 8);
  LAC_TRY(there(m, nbits));
  if (m->rpos % 8 == 0) {
    memcpy(to, m->buf + m->rpos / 8, whole);
    m->rpos += 8 * (uint64_t)whole;
  } else {
    for (size_t i = 0; i < words; i++)
      store64(to + 8 * i, get(m, 64));
    for (size_t i = 8 * words; i < whole; i++)
      to[i] = (uint8_t)get(m, 8);
  }
  if (nbits % 8)
    to[whole] = (uint8_t)get(m, nbits % 8);
  return LAC_OK;
}

/* ---- reals, a part that stays in the cache at a time ---- */

enum { PART = 1024 };

/* Whether f32 can hold all of them. */
LAC_VECTORISED
static int narrow(size_t k, const double *restrict x, float *restrict to)
{
  int fine = 1;
  for (size_t i = 0; i < k; i++) {
    fine &= fabs(x[i]) <= FLT_MAX;
    to[i] = (float)x[i];
  }
  return fine;
}

LAC_VECTORISED
static int widen(size_t k, const float *restrict x, double *restrict to)
{
  int fine = 1;
  for (size_t i = 0; i < k; i++) {
    fine &= fabsf(x[i]) <= FLT_MAX;
    to[i] = (double)x[i];
  }
  return fine;
}

static int put_part(lac_msg *m, lac_value format, const double *x, size_t k)
{
  float f[PART];
  if (format == LAC_F32 ? narrow(k, x, f) : lac_all_finite(k, x))
    return lac_msg_put_bits(m, format == LAC_F32 ? (const void *)f : x, (uint64_t)k * lac_value_bits(format));
  if (lac_all_finite(k, x))
    return lac_fail(LAC_EDIVERGED, "a value to be sent as f32 is beyond its range; use value=f64");
  return lac_fail(LAC_EDIVERGED, "a vector to be sent is not finite");
}

static int get_part(lac_msg *m, lac_value format, double *x, size_t k)
{
  float f[PART];
  LAC_TRY(lac_msg_get_bits(m, format == LAC_F32 ? (void *)f : x, (uint64_t)k * lac_value_bits(format)));
  int fine = format == LAC_F32 ? widen(k, f, x) : lac_all_finite(k, x);
  return fine ? LAC_OK : lac_fail(LAC_EFORMAT, "the message holds a value that is not finite");
}

static size_t part_of(size_t left) { return left < PART ? left : PART; }

int lac_msg_put_reals(lac_msg *m, lac_value format, const double *x, size_t k)
{
  LAC_TRY(reserve(m, (uint64_t)k * lac_value_bits(format)));
  for (size_t at = 0, size; at < k; at += size)
    LAC_TRY(put_part(m, format, x + at, size = part_of(k - at)));
  return LAC_OK;
}

static int reals_there(const lac_msg *m, lac_value format, size_t k)
{
  unsigned width = lac_value_bits(format);
  return there(m, k > UINT64_MAX / width ? UINT64_MAX : (uint64_t)k * width);
}

int lac_msg_get_reals(lac_msg *m, lac_value format, double *x, size_t k)
{
  LAC_TRY(reals_there(m, format, k));
  for (size_t at = 0, size; at < k; at += size)
    LAC_TRY(get_part(m, format, x + at, size = part_of(k - at)));
  return LAC_OK;
}

LAC_VECTORISED
static void add_doubles(size_t k, double s, const uint8_t *from, double *restrict y)
{
  for (size_t i = 0; i < k; i++) {
    double x;
    memcpy(&x, from + i * sizeof x, sizeof x);
    y[i] += s * x;
  }
}

LAC_VECTORISED
static void add_floats(size_t k, double s, const uint8_t *from, double *restrict y)
{
  for (size_t i = 0; i < k; i++) {
    float x;
    memcpy(&x, from + i * sizeof x, sizeof x);
    y[i] += s * (double)x;
  }
}

/* Whether none is infinite or no number: all bits of its exponent are 1, and the sum reaches the sign. */
LAC_VECTORISED
static int doubles_fine(size_t k, const uint8_t *from)
{
  uint64_t bad = 0, bits;
  for (size_t i = 0; i < k; i++) {
    memcpy(&bits, from + i * sizeof bits, sizeof bits);
    bad |= (bits & UINT64_C(0x7ff) << 52) + (UINT64_C(1) << 52);
  }
  return !(bad >> 63);
}

LAC_VECTORISED
static int floats_fine(size_t k, const uint8_t *from)
{
  uint32_t bad = 0, bits;
  for (size_t i = 0; i < k; i++) {
    memcpy(&bits, from + i * sizeof bits, sizeof bits);
    bad |= (bits & 0xffu << 23) + (1u << 23);
  }
  return !(bad >> 31);
}

/* What begins with a byte of the message is read where it is. */
int lac_msg_add_reals(lac_msg *m, lac_value format, double s, double *y, size_t k)
{
  uint8_t own[PART * sizeof(double)];
  unsigned width = lac_value_bits(format);
  LAC_TRY(reals_there(m, format, k));
  for (size_t at = 0, size; at < k; at += size) {
    const uint8_t *from = m->rpos % 8 ? own : m->buf + m->rpos / 8;
    size = part_of(k - at);
    if (from == own)
      LAC_TRY(lac_msg_get_bits(m, own, (uint64_t)size * width));
    else
      m->rpos += (uint64_t)size * width;
    if (!(format == LAC_F32 ? floats_fine : doubles_fine)(size, from))
      return lac_fail(LAC_EFORMAT, "the message holds a value that is not finite");
    (format == LAC_F32 ? add_floats : add_doubles)(size, s, from, y + at);
  }
  return LAC_OK;
}
