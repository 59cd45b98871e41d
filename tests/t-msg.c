/* Messages: every width at every offset, reals, ends, and what must be refused. */
#include "msg.h"
#include "tap.h"

#include <stdlib.h>
#include <float.h>
#include <math.h>

static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static uint64_t low(uint64_t value, unsigned width) { return width == 64 ? value : value & ((UINT64_C(1) << width) - 1); }

/* A message that lies alone in memory of exactly its size, so that a sanitizer sees a step beyond; its bytes to free. */
static void *alone(const lac_msg *m, uint64_t nbits, lac_msg *view)
{
  size_t size = (size_t)((nbits + 7) / 8);
  void *bytes = malloc(size ? size : 1);
  memcpy(bytes, m->buf, size);
  lac_msg_view(view, bytes, nbits);
  return bytes;
}

static void test_widths(void)
{
  unsigned wrong = 0, length = 0, padding = 0, past = 0;
  for (unsigned offset = 0; offset <= 64; offset++)
    for (unsigned width = 0; width <= 64; width++) {
      lac_msg m = { 0 }, view;
      uint64_t front = low(draw(), offset), value = low(draw(), width), tail = 0x5a, a = 0, b = 0, c = 0;
      wrong += lac_msg_put(&m, front, offset) || lac_msg_put(&m, value, width) || lac_msg_put(&m, tail, 7);
      length += m.nbits != offset + width + 7;
      if (m.nbits % 8)
        padding += m.buf[m.nbits / 8] >> m.nbits % 8 != 0;
      void *bytes = alone(&m, m.nbits, &view);
      wrong += lac_msg_get(&view, offset, &a) || lac_msg_get(&view, width, &b) || lac_msg_get(&view, 7, &c);
      wrong += a != front || b != value || c != tail || view.rpos != view.nbits;
      past += lac_msg_get(&view, 1, &a) != LAC_EFORMAT || view.rpos != view.nbits || lac_msg_get(&view, 0, &a) != LAC_OK;
      free(bytes);
      lac_msg_free(&m);
    }
  is_u64(wrong, 0, "every width at every offset comes back");
  is_u64(length, 0, "nbits counts exactly what was written");
  is_u64(padding, 0, "bits above nbits are 0");
  is_u64(past, 0, "reading past the end is EFORMAT and moves nothing");
}

/* Any number of bits, at any offset, are those of the same message written word by word. */
static void test_many_bits(void)
{
  enum { MOST = 300 };
  unsigned wrong = 0, past = 0;
  for (unsigned offset = 0; offset < 17; offset++)
    for (unsigned count = 0; count <= MOST; count++) {
      lac_msg m = { 0 }, one = { 0 }, view;
      uint8_t bits[MOST / 8 + 1], back[MOST / 8 + 1];
      uint64_t front = low(draw(), offset), value;
      for (size_t i = 0; i < sizeof bits; i++)
        bits[i] = (uint8_t)draw();
      lac_msg_put(&m, front, offset);
      lac_msg_put(&one, front, offset);
      wrong += lac_msg_put_bits(&m, bits, count) || lac_msg_put(&m, 5, 3);
      for (unsigned i = 0; i < count; i++)
        lac_msg_put(&one, bits[i / 8] >> i % 8 & 1, 1);
      lac_msg_put(&one, 5, 3);
      wrong += m.nbits != one.nbits || memcmp(m.buf, one.buf, lac_msg_bytes(&one)) != 0;
      void *bytes = alone(&m, offset + count, &view);
      lac_msg_get(&view, offset, &value);
      wrong += lac_msg_get_bits(&view, back, count) || view.rpos != view.nbits || memcmp(back, bits, count / 8) != 0;
      wrong += count % 8 && back[count / 8] != (bits[count / 8] & ((1u << count % 8) - 1));
      view.rpos = offset;
      past += lac_msg_get_bits(&view, back, count + 1) != LAC_EFORMAT || view.rpos != offset;
      free(bytes);
      lac_msg_free(&m);
      lac_msg_free(&one);
    }
  is_u64(wrong, 0, "many bits at a time are the same bits");
  is_u64(past, 0, "many bits beyond the end are EFORMAT");
}

/* Long messages are written past the caches, from any byte on. */
static void test_long(void)
{
  enum { SIZE = 1 << 20, PIECES = 9 };
  uint8_t *bytes = malloc(SIZE + 64), *back = malloc(SIZE + 64);
  unsigned wrong = 0;
  for (size_t i = 0; i < SIZE + 64; i++)
    bytes[i] = (uint8_t)draw();
  for (unsigned front = 0; front < 8; front++) {
    lac_msg m = { 0 };
    lac_msg_put(&m, front, 8 * front);
    for (size_t p = 0; p < PIECES; p++)
      wrong += lac_msg_put_bits(&m, bytes + p, 8 * (SIZE + 7 * p)) != LAC_OK;
    m.rpos = 8 * front;
    for (size_t p = 0; p < PIECES; p++)
      wrong += lac_msg_get_bits(&m, back, 8 * (SIZE + 7 * p)) || memcmp(back, bytes + p, SIZE + 7 * p) != 0;
    wrong += m.rpos != m.nbits;
    lac_msg_free(&m);
  }
  is_u64(wrong, 0, "what is written to the end of a long message comes back");
  free(bytes);
  free(back);
}

/* Against a plain array of bits. */
static void test_layout(void)
{
  enum { BITS = 20000 };
  static unsigned char bit[BITS + 64];
  lac_msg m = { 0 };
  uint64_t n = 0;
  unsigned wrong = 0;
  while (n < BITS) {
    unsigned width = (unsigned)(draw() % 65);
    uint64_t value = low(draw(), width);
    for (unsigned i = 0; i < width; i++)
      bit[n + i] = value >> i & 1;
    wrong += lac_msg_put(&m, value, width) != LAC_OK;
    n += width;
  }
  is_u64(m.nbits, n, "a long message has the sum of the widths");
  for (uint64_t i = 0; i < n; i++)
    wrong += (m.buf[i / 8] >> i % 8 & 1) != bit[i];
  is_u64(wrong, 0, "bit i of the message is bit i mod 8 of byte i div 8");
  is_u64(lac_msg_bytes(&m), (n + 7) / 8, "lac_msg_bytes rounds up");
  lac_msg_clear(&m);
  ok(m.nbits == 0 && m.rpos == 0 && m.uses == 0 && m.cap > 0, "clear empties and keeps the buffer");
  lac_msg_free(&m);
  ok(m.buf == NULL && m.cap == 0, "free leaves nothing");
}

static void test_refusals(void)
{
  lac_msg m = { 0 };
  unsigned wrong = 0;
  uint64_t value;
  for (unsigned width = 0; width < 64; width++)
    wrong += lac_msg_put(&m, UINT64_C(1) << width, width) != LAC_EBUG || m.nbits != 0;
  is_u64(wrong, 0, "a value that is too wide is EBUG, and nothing is written");
  is_u64((uint64_t)lac_msg_put(&m, 0, 65), LAC_EBUG, "65 bits cannot be put");
  lac_msg_put(&m, 0, 64);
  lac_msg_put(&m, 0, 64);
  is_u64((uint64_t)lac_msg_get(&m, 65, &value), LAC_EBUG, "65 bits cannot be got");
  lac_msg_free(&m);
}

static double value_of(unsigned i)
{
  static const double special[] = { 0, -0.0, 1, -1.5, DBL_MIN, 4.9e-324, -4.9e-324, DBL_MAX, -DBL_MAX, 1e300, M_PI };
  return i < LAC_COUNT(special) ? special[i] : ldexp((double)(int64_t)draw(), (int)(draw() % 200) - 100);
}

static void test_reals(lac_value format, const char *label)
{
  enum { COUNT = 300 };
  double x[COUNT], back[COUNT], sum[COUNT];
  unsigned wrong = 0, added = 0, torn = 0, size = 0;
  for (unsigned i = 0; i < COUNT; i++)
    x[i] = format == LAC_F64 || fabs(value_of(i)) <= FLT_MAX ? value_of(i) : 0.1 * i;
  for (unsigned i = 0; i < COUNT && format == LAC_F32; i++)
    x[i] = fabs(x[i]) <= FLT_MAX ? x[i] : 0.1 * i;
  for (unsigned offset = 0; offset < 64; offset++)
    for (unsigned k = 0; k <= COUNT; k = k < 4 ? k + 1 : k * 3) {
      lac_msg m = { 0 }, view;
      uint64_t front;
      lac_msg_put(&m, low(~UINT64_C(0), offset), offset);
      wrong += lac_msg_put_reals(&m, format, x, k) != LAC_OK;
      size += m.nbits != offset + (uint64_t)k * lac_value_bits(format);
      void *bytes = alone(&m, m.nbits, &view);
      wrong += lac_msg_get(&view, offset, &front) || front != low(~UINT64_C(0), offset) || lac_msg_get_reals(&view, format, back, k);
      wrong += view.rpos != view.nbits;
      for (unsigned i = 0; i < k; i++) {
        double want = format == LAC_F64 ? x[i] : (double)(float)x[i];
        wrong += memcmp(&want, &back[i], sizeof want) != 0;
        sum[i] = i;
      }
      view.rpos = offset;
      added += lac_msg_add_reals(&view, format, -0.5, sum, k) != LAC_OK || view.rpos != view.nbits;
      for (unsigned i = 0; i < k; i++)
        added += sum[i] != i - 0.5 * back[i];
      free(bytes);
      if (k > 0) {
        bytes = alone(&m, m.nbits - 1, &view);
        view.rpos = offset;
        torn += lac_msg_get_reals(&view, format, back, k) != LAC_EFORMAT;
        free(bytes);
      }
      lac_msg_free(&m);
    }
  is_u64(wrong, 0, "%s: reals at every offset come back, rounded to nearest", label);
  is_u64(size, 0, "%s: %u bits each", label, lac_value_bits(format));
  is_u64(added, 0, "%s: add_reals adds s times what get_reals reads", label);
  is_u64(torn, 0, "%s: one bit short is EFORMAT", label);
}

static void test_bad_reals(lac_value format, const char *label)
{
  static const double bad[] = { NAN, INFINITY, -INFINITY };
  unsigned sent = 0, taken = 0;
  for (size_t i = 0; i < LAC_COUNT(bad); i++)
    for (unsigned offset = 0; offset < 9; offset++)
      for (unsigned at = 0; at < 5; at++) {
        double x[5] = { 1, 2, 3, 4, 5 }, y[5];
        float f = (float)bad[i];
        uint32_t narrow;
        uint64_t wide;
        lac_msg m = { 0 };
        x[at] = bad[i];
        lac_msg_put(&m, 0, offset);
        sent += lac_msg_put_reals(&m, format, x, 5) != LAC_EDIVERGED;
        lac_msg_clear(&m);
        memcpy(&narrow, &f, sizeof narrow);
        memcpy(&wide, &bad[i], sizeof wide);
        lac_msg_put(&m, 0, offset);
        for (unsigned k = 0; k < 5; k++)
          lac_msg_put(&m, k != at ? 0 : format == LAC_F32 ? narrow : wide, lac_value_bits(format));
        m.rpos = offset;
        taken += lac_msg_get_reals(&m, format, y, 5) != LAC_EFORMAT;
        lac_msg_free(&m);
      }
  is_u64(sent, 0, "%s: what is not finite is not sent: EDIVERGED", label);
  is_u64(taken, 0, "%s: what is not finite is not taken: EFORMAT", label);
}

static void test_range(void)
{
  static const double beyond[] = { 1e39, -1e39, 0x1p128, DBL_MAX };
  lac_msg m = { 0 };
  double y;
  unsigned wrong = 0;
  for (size_t i = 0; i < LAC_COUNT(beyond); i++)
    wrong += lac_msg_put_reals(&m, LAC_F32, &beyond[i], 1) != LAC_EDIVERGED;
  is_u64(wrong, 0, "f32: a value beyond its range is EDIVERGED");
  ok(strstr(lac_error(), "f64") != NULL, "... and the sentence says what to use");
  lac_msg_clear(&m);
  y = FLT_MAX;
  ok(lac_msg_put_reals(&m, LAC_F32, &y, 1) == LAC_OK && lac_msg_get_reals(&m, LAC_F32, &y, 1) == LAC_OK && y == FLT_MAX,
     "f32: its largest number passes");
  lac_msg_free(&m);
  lac_msg_view(&m, "", 0);
  is_u64((uint64_t)lac_msg_get_reals(&m, LAC_F32, &y, SIZE_MAX), LAC_EFORMAT, "a count that overflows is EFORMAT");
  is_u64((uint64_t)lac_msg_get_reals(&m, LAC_F64, &y, SIZE_MAX / 64 + 2), LAC_EFORMAT, "... also just above the overflow");
}

int main(void)
{
  test_widths();
  test_many_bits();
  test_long();
  test_layout();
  test_refusals();
  test_reals(LAC_F64, "f64");
  test_reals(LAC_F32, "f32");
  test_bad_reals(LAC_F64, "f64");
  test_bad_reals(LAC_F32, "f32");
  test_range();
  return done();
}
