#include "symbols.h"

#include <math.h>

/* As many symbols as a word of 64 bits takes. */
static unsigned in_word(unsigned width) { return 64 / width; }

static int put_packed(const uint8_t *symbol, size_t count, unsigned width, lac_msg *m)
{
  for (size_t at = 0, part; at < count; at += part) {
    uint64_t word = 0;
    part = count - at < in_word(width) ? count - at : in_word(width);
    for (size_t i = 0; i < part; i++)
      word |= (uint64_t)symbol[at + i] << (width * i);
    LAC_TRY(lac_msg_put(m, word, (unsigned)part * width));
  }
  return LAC_OK;
}

static int get_packed(lac_msg *m, uint8_t *symbol, size_t count, unsigned width)
{
  uint64_t mask = (UINT64_C(1) << width) - 1;
  for (size_t at = 0, part; at < count; at += part) {
    uint64_t word;
    part = count - at < in_word(width) ? count - at : in_word(width);
    LAC_TRY(lac_msg_get(m, (unsigned)part * width, &word));
    for (size_t i = 0; i < part; i++)
      symbol[at + i] = (uint8_t)(word >> (width * i) & mask);
  }
  return LAC_OK;
}

/* The last of the scratches of a stage is the coder's. */
static uint8_t *coded_bytes(const lac_site *s, size_t size) { return lac_scratch(s, LAC_SCRATCHES - 1, size); }

static int put_run(const lac_site *s, const uint8_t *symbol, size_t count, unsigned width, lac_msg *m)
{
  const lac_coder *coder = s->stage->coder;
  if (!coder)
    return put_packed(symbol, count, width, m);
  size_t size = 0;
  uint8_t *coded = coded_bytes(s, coder->bound(count));
  if (!coded)
    return LAC_ENOMEM;
  LAC_TRY(coder->encode(symbol, count, 1u << width, coded, &size));
  int worth = 32 + 8 * (uint64_t)size < (uint64_t)width * count;
  LAC_TRY(lac_msg_put(m, (uint64_t)worth, 1));
  if (!worth)
    return put_packed(symbol, count, width, m);
  LAC_TRY(lac_msg_put(m, size, 32));
  return put_packed(coded, size, 8, m);
}

/* Of the run itself, order 0. */
static double entropy_of(const uint8_t *symbol, size_t count)
{
  size_t of[256] = { 0 };
  double bits = 0;
  for (size_t i = 0; i < count; i++)
    of[symbol[i]]++;
  for (size_t i = 0; i < LAC_COUNT(of); i++)
    bits += of[i] ? (double)of[i] * log2((double)count / (double)of[i]) : 0;
  return bits;
}

int lac_symbols_put(const lac_site *s, const uint8_t *symbol, size_t count, unsigned width, lac_msg *m)
{
  uint64_t from = m->nbits;
  LAC_TRY(put_run(s, symbol, count, width, m));
  if (m->spare)
    lac_msg_spare(m, from, entropy_of(symbol, count));
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
  LAC_TRY(get_packed(m, coded, size, 8));
  return coder->decode(coded, size, 1u << width, symbol, count);
}

uint64_t lac_symbols_bits(const lac_site *s, size_t count, unsigned width, int *exact)
{
  *exact = !s->stage->coder;
  return (uint64_t)count * width + (s->stage->coder ? (count + LAC_RUN - 1) / LAC_RUN : 0);
}
