#include "msg.h"

#include "vec.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

unsigned lac_value_bits(lac_value format) { return format == LAC_F32 ? 32 : 64; }

void lac_msg_clear(lac_msg *m) { m->nbits = m->rpos = m->uses = 0; }

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

int lac_msg_put_reals(lac_msg *m, lac_value format, const double *x, size_t k)
{
  if (!lac_all_finite(k, x))
    return lac_fail(LAC_EDIVERGED, "a vector to be sent is not finite");
  LAC_TRY(reserve(m, (uint64_t)k * lac_value_bits(format)));
  if (format == LAC_F64 && m->nbits % 8 == 0) {
    memcpy(m->buf + m->nbits / 8, x, k * sizeof *x);
    m->nbits += 64 * (uint64_t)k;
    return LAC_OK;
  }
  for (size_t i = 0; i < k; i++)
    if (format == LAC_F64) {
      put(m, load64((const uint8_t *)&x[i]), 64);
    } else {
      if (fabs(x[i]) > FLT_MAX)
        return lac_fail(LAC_EDIVERGED, "a value to be sent as f32 is beyond its range; use value=f64");
      float f = (float)x[i];
      uint32_t word;
      memcpy(&word, &f, 4);
      put(m, word, 32);
    }
  return LAC_OK;
}

int lac_msg_get_reals(lac_msg *m, lac_value format, double *x, size_t k)
{
  unsigned width = lac_value_bits(format);
  if (k > UINT64_MAX / width)
    return lac_fail(LAC_EFORMAT, "the message ends too early");
  LAC_TRY(there(m, (uint64_t)k * width));
  if (format == LAC_F64 && m->rpos % 8 == 0) {
    memcpy(x, m->buf + m->rpos / 8, k * sizeof *x);
    m->rpos += 64 * (uint64_t)k;
  } else
    for (size_t i = 0; i < k; i++) {
      uint64_t word = get(m, width);
      if (format == LAC_F64) {
        memcpy(&x[i], &word, 8);
      } else {
        float f;
        memcpy(&f, &word, 4);
        x[i] = (double)f;
      }
    }
  return lac_all_finite(k, x) ? LAC_OK : lac_fail(LAC_EFORMAT, "the message holds a value that is not finite");
}

int lac_msg_add_reals(lac_msg *m, lac_value format, double s, double *y, size_t k)
{
  double part[256];
  for (size_t at = 0; at < k; at += LAC_COUNT(part)) {
    size_t size = k - at < LAC_COUNT(part) ? k - at : LAC_COUNT(part);
    LAC_TRY(lac_msg_get_reals(m, format, part, size));
    lac_axpy(size, s, part, y + at);
  }
  return LAC_OK;
}
