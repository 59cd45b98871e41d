#include "signs.h"

#include <string.h>

enum { WORD = 64, LANES = 4 };
typedef double lanes __attribute__((vector_size(32)));
typedef uint64_t words __attribute__((vector_size(32)));

LAC_VECTORISED
void lac_sign_bits(size_t count, const double *x, uint64_t *word)
{
  for (size_t at = 0; at + WORD <= count; at += WORD) {
    words any = { 0 };
    lanes v;
    for (unsigned j = 0; j < WORD; j += LANES) {
      memcpy(&v, x + at + j, sizeof v);
      any |= ((words)(v < 0) >> 63) << j;
    }
    *word++ = any[0] | any[1] << 1 | any[2] << 2 | any[3] << 3;
  }
  if (count % WORD)
    *word = 0;
  for (size_t j = count / WORD * WORD; j < count; j++)
    *word |= (uint64_t)(x[j] < 0) << j % WORD;
}

/* Of eight bytes: their lowest bits side by side. */
static inline uint64_t gather_bits(uint64_t bytes) { return (bytes & 0x0101010101010101) * 0x0102040810204080 >> 56; }

void lac_nonzero_bits(size_t count, const uint8_t *c, uint64_t *word)
{
  const uint64_t low = 0x7f7f7f7f7f7f7f7f;
  int any = count && memchr(c, 0, count);
  memset(word, any ? 0 : 255, LAC_SIGN_WORDS(count) * sizeof *word);
  if (!any && count % WORD)
    word[count / WORD] = (UINT64_C(1) << count % WORD) - 1;
  for (size_t j = any ? 0 : count, part; j < count; j += part) {
    uint64_t eight = 0;
    part = count - j < sizeof eight ? count - j : sizeof eight;
    if (part == sizeof eight)
      memcpy(&eight, c + j, sizeof eight);
    else
      memcpy(&eight, c + j, part);
    word[j / WORD] |= gather_bits((((eight & low) + low) | eight) >> 7) << j % WORD;
  }
}

LAC_VECTORISED
void lac_add_signs(size_t count, const uint64_t *word, size_t from, double s, double *y)
{
  const words place = { 0, 1, 2, 3 }, first = 63 - place;
  const uint8_t *bytes = (const uint8_t *)word;
  lanes all = { s, s, s, s }, v;
  size_t j = 0;
  for (; j + LANES <= count; j += LANES) {
    uint64_t next;
    memcpy(&next, bytes + (from + j) / 8, sizeof next);
    words bits = next >> (from + j) % 8 << first;
    memcpy(&v, y + j, sizeof v);
    v += (lanes)((words)all ^ (bits & (UINT64_C(1) << 63)));
    memcpy(y + j, &v, sizeof v);
  }
  for (; j < count; j++)
    y[j] += word[(from + j) / WORD] >> (from + j) % WORD & 1 ? -s : s;
}

static void bytes_of(const uint64_t *word, size_t count, uint8_t *symbol)
{
  for (size_t j = 0; j < count; j++)
    symbol[j] = word[j / WORD] >> j % WORD & 1;
}

int lac_sign_bits_put(const lac_site *s, const uint64_t *word, size_t count, lac_msg *m)
{
  uint8_t symbol[LAC_RUN];
  if (!s->stage->coder && !m->spare)
    return lac_msg_put_bits(m, word, count);
  bytes_of(word, count, symbol);
  return lac_symbols_put(s, symbol, count, 1, m);
}

int lac_sign_bits_get(const lac_site *s, lac_msg *m, uint64_t *word, size_t count)
{
  uint8_t symbol[LAC_RUN];
  if (s->stage->coder) {
    LAC_TRY(lac_symbols_get(s, m, symbol, count, 1));
    lac_nonzero_bits(count, symbol, word);
    return LAC_OK;
  }
  word[LAC_SIGN_WORDS(count) - 1] = 0;
  return lac_msg_get_bits(m, word, count);
}
