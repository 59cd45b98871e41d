#include "symbols.h"

#include "elementary.h"
#include <math.h>
#include <string.h>

enum { PART = 4096, EIGHT = 8 };

/* Eight bytes to eight fields of w bits, and back. */
static inline uint64_t squeeze(uint64_t x, unsigned w)
{
  x = (x & 0x00ff00ff00ff00ff) | (x >> 8 & 0x00ff00ff00ff00ff) << w;
  x = (x & 0x0000ffff0000ffff) | (x >> 16 & 0x0000ffff0000ffff) << 2 * w;
  return (x & 0x00000000ffffffff) | x >> 32 << 4 * w;
}

static inline uint64_t spread(uint64_t x, unsigned w)
{
  const uint64_t one = ((UINT64_C(1) << w) - 1) * 0x0001000100010001, two = ((UINT64_C(1) << 2 * w) - 1) * 0x0000000100000001;
  const uint64_t four = (UINT64_C(1) << 4 * w) - 1;
  x = (x & four) | (x >> 4 * w & four) << 32;
  x = (x & two) | (x >> 2 * w & two) << 16;
  return (x & one) | (x >> w & one) << 8;
}

LAC_VECTORISED
static void squeeze_all(size_t eights, const uint8_t *restrict symbol, unsigned w, uint8_t *restrict to)
{
  for (size_t i = 0; i < eights; i++) {
    uint64_t x;
    memcpy(&x, symbol + EIGHT * i, sizeof x);
    x = squeeze(x, w);
    memcpy(to + w * i, &x, sizeof x);
  }
}

LAC_VECTORISED
static void spread_all(size_t eights, const uint8_t *restrict from, unsigned w, uint8_t *restrict symbol)
{
  for (size_t i = 0; i < eights; i++) {
    uint64_t x;
    memcpy(&x, from + w * i, sizeof x);
    x = spread(x, w);
    memcpy(symbol + EIGHT * i, &x, sizeof x);
  }
}

static int put_packed(const uint8_t *symbol, size_t count, unsigned width, lac_msg *m)
{
  if (width == EIGHT)
    return lac_msg_put_bits(m, symbol, (uint64_t)count * width);
  for (size_t at = 0, part; at < count; at += part) {
    uint8_t packed[PART + EIGHT], last[EIGHT] = { 0 };
    part = count - at < PART ? count - at : PART;
    squeeze_all(part / EIGHT, symbol + at, width, packed);
    memcpy(last, symbol + at + part / EIGHT * EIGHT, part % EIGHT);
    squeeze_all(1, last, width, packed + part / EIGHT * width);
    LAC_TRY(lac_msg_put_bits(m, packed, (uint64_t)part * width));
  }
  return LAC_OK;
}

static int get_packed(lac_msg *m, uint8_t *symbol, size_t count, unsigned width)
{
  if (width == EIGHT)
    return lac_msg_get_bits(m, symbol, (uint64_t)count * width);
  for (size_t at = 0, part; at < count; at += part) {
    uint8_t packed[PART + EIGHT], last[EIGHT];
    part = count - at < PART ? count - at : PART;
    LAC_TRY(lac_msg_get_bits(m, packed, (uint64_t)part * width));
    spread_all(part / EIGHT, packed, width, symbol + at);
    spread_all(1, packed + part / EIGHT * width, width, last);
    memcpy(symbol + at + part / EIGHT * EIGHT, last, part % EIGHT);
  }
  return LAC_OK;
}

/* In several tables, since a counter that was just stored is slow to load. */
void lac_symbols_count(const uint8_t *symbol, size_t count, uint32_t of[256])
{
  enum { TABLES = 4 };
  uint32_t table[TABLES][256] = { { 0 } };
  size_t i = 0;
  for (; i + EIGHT <= count; i += EIGHT) {
    uint64_t eight;
    memcpy(&eight, symbol + i, sizeof eight);
    for (unsigned b = 0; b < EIGHT; b++)
      table[b % TABLES][eight >> 8 * b & 255]++;
  }
  for (; i < count; i++)
    table[0][symbol[i]]++;
  for (size_t k = 0; k < 256; k++)
    of[k] = table[0][k] + table[1][k] + table[2][k] + table[3][k];
}

double lac_symbols_entropy(const uint32_t of[256])
{
  double count = 0, bits = 0;
  for (size_t i = 0; i < 256; i++)
    count += of[i];
  for (size_t i = 0; i < 256; i++)
    bits += of[i] ? of[i] * lac_log2(count / of[i]) : 0;
  return bits;
}

/* Whether coding can shorten a run.  It shortens no run of mantissas, and counting finds that out faster than coding.  Runs of fewer bits
   a symbol usually get shorter, so nothing is counted. */
static int may_gain(const lac_coder *coder, const uint8_t *symbol, size_t count, unsigned width)
{
  uint32_t of[256];
  if (width < EIGHT)
    return 1;
  lac_symbols_count(symbol, count, of);
  return 32 + coder->least(of) < (double)width * (double)count;
}

/* The last of the scratches of a stage is the coder's. */
static uint8_t *coded_bytes(const lac_site *s, size_t size) { return lac_scratch(s, LAC_SCRATCHES - 1, size); }

static int put_run(const lac_site *s, const uint8_t *symbol, size_t count, unsigned width, lac_msg *m)
{
  const lac_coder *coder = s->stage->coder;
  if (!coder)
    return put_packed(symbol, count, width, m);
  int worth = may_gain(coder, symbol, count, width);
  size_t size = 0;
  uint8_t *coded = coded_bytes(s, coder->bound(count));
  if (!coded)
    return LAC_ENOMEM;
  if (worth) {
    LAC_TRY(coder->encode(symbol, count, 1u << width, coded, &size));
    worth = 32 + 8 * (uint64_t)size < (uint64_t)width * count;
  }
  LAC_TRY(lac_msg_put(m, (uint64_t)worth, 1));
  if (!worth)
    return put_packed(symbol, count, width, m);
  LAC_TRY(lac_msg_put(m, size, 32));
  return lac_msg_put_bits(m, coded, 8 * (uint64_t)size);
}

int lac_symbols_put(const lac_site *s, const uint8_t *symbol, size_t count, unsigned width, lac_msg *m)
{
  uint64_t from = m->nbits;
  LAC_TRY(put_run(s, symbol, count, width, m));
  if (m->spare) {
    uint32_t of[256];
    lac_symbols_count(symbol, count, of);
    lac_msg_spare(m, from, lac_symbols_entropy(of));
  }
  return LAC_OK;
}

int lac_symbols_get(const lac_site *s, lac_msg *m, uint8_t *symbol, size_t count, unsigned width)
{
  const lac_coder *coder = s->stage->coder;
  uint64_t is_coded = 0, size;
  if (coder)
    LAC_TRY(lac_msg_get(m, 1, &is_coded));
  if (!is_coded)
    return get_packed(m, symbol, count, width);
  LAC_TRY(lac_msg_get(m, 32, &size));
  if (32 + 8 * size >= (uint64_t)width * count)
    return lac_fail(LAC_EFORMAT, "a coded run is longer than the run itself");
  uint8_t *coded = coded_bytes(s, size);
  if (!coded)
    return LAC_ENOMEM;
  LAC_TRY(lac_msg_get_bits(m, coded, 8 * size));
  return coder->decode(coded, size, 1u << width, symbol, count);
}

uint64_t lac_symbols_bits(const lac_site *s, size_t count, unsigned width, int *exact)
{
  *exact = !s->stage->coder;
  return (uint64_t)count * width + (s->stage->coder ? (count + LAC_RUN - 1) / LAC_RUN : 0);
}
