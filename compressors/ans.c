/* Asymmetric numeral systems (Duda 2009, 2013): the entropy coder behind other stages, "codebook+ans", with the frequencies of each run in
   front of it.  Alone it codes the bytes of the vector, losslessly: planes.h.

   The library htscodecs implements the coder of CRAM 3.1: rANS with four states and 16-bit words ("4x16"), order 0.

   Wire: the bytes of that format without the length (flags 0x10, which is the first byte).  The library's decoder ignores bytes that it
   does not need, for example at the end; this one accepts a run only if coding it again gives the same bytes. */
#include "parts/planes.h"

#include <htscodecs/rANS_static4x16.h>
#include <string.h>

enum { ORDER = RANS_ORDER_NOSZ, ROOM = 1 << 18 };      /* the library demands this much and uses little of it */
enum { SAME = 1 << 12, SAME_BYTES = 32 };              /* from SAME equal symbols on, the code is the same: fewer than SAME_BYTES */

static size_t bound(size_t count) { return rans_compress_bound_4x16((unsigned)count, ORDER); }

/* The entropy and a byte of table for each symbol, minus what rounding can gain: the state is at least 2^15, so a symbol of frequency
   f/2^12 costs at most f/2^15 nats less than its share. */
static double least(const uint32_t of[256])
{
  double bits = lac_symbols_entropy(of), count = 0, gain = 0;
  for (size_t i = 0; i < 256; i++)
    count += of[i];
  for (size_t i = 0; i < 256; i++) {
    bits += of[i] ? 8 : 0;
    gain += of[i] * (of[i] / count / 8 + 0x1p-15);
  }
  return bits - 2 * gain;
}

static int is_one_symbol(const uint8_t *in, size_t count) { return memcmp(in, in + 1, count - 1) == 0; }

static int encode(const uint8_t *in, size_t count, unsigned symbols, uint8_t *out, size_t *size)
{
  if (count > SAME && is_one_symbol(in, count))
    count = SAME;
  unsigned written = (unsigned)bound(count);
  (void)symbols;
  if (!rans_compress_to_4x16((uint8_t *)in, (unsigned)count, out, &written, ORDER))
    return lac_fail(LAC_ENOMEM, "ans: the library could not code %zu symbols", count);
  *size = written;
  return LAC_OK;
}

static int is_no_code(void) { return lac_fail(LAC_EFORMAT, "ans: the message has bytes that are no coded run"); }

static int is_code_of(const uint8_t *out, size_t count, unsigned symbols, const uint8_t *in, size_t size, uint8_t *again)
{
  size_t written = 0;
  for (size_t i = 0; i < count; i++)
    if (out[i] >= symbols)
      return is_no_code();
  LAC_TRY(encode(out, count, symbols, again, &written));
  return written == size && memcmp(again, in, size) == 0 ? LAC_OK : is_no_code();
}

static int decode(const uint8_t *in, size_t size, unsigned symbols, uint8_t *out, size_t count)
{
  uint8_t again[ROOM];
  unsigned read = (unsigned)count;
  if (count > LAC_RUN || bound(count) > sizeof again)
    return lac_fail(LAC_EBUG, "ans: a run has %zu symbols, and %d are the most", count, LAC_RUN);
  if (size > 1 && size < SAME_BYTES && count > SAME && in[0] == ORDER && in[1] < symbols) {
    memset(out, in[1], count);      /* a guess: the table begins with the only symbol */
    if (is_code_of(out, count, symbols, in, size, again) == LAC_OK)
      return LAC_OK;
  }
  if (size == 0 || in[0] != ORDER || !rans_uncompress_to_4x16((uint8_t *)in, (unsigned)size, out, &read) || read != count)
    return is_no_code();
  return is_code_of(out, count, symbols, in, size, again);
}

static const lac_coder coder = { .bound = bound, .least = least, .encode = encode, .decode = decode };

const lac_compressor_type lac_compressor_ans = {
  .name = "ans",
  .summary = "entropy coder behind others, codebook+ans: rANS, order 0; alone: lossless",
  .reference = "Duda 2013, arXiv:1311.2540; CRAM 3.1, rANS 4x16: Bonfield 2022, doi:10.1093/bioinformatics/btac010",
  .coder = &coder,
  .encode = lac_planes_encode,
  .decode_add = lac_planes_decode_add,
  .bits = lac_planes_bits,
  .alpha = lac_planes_alpha,
  .omega = lac_planes_omega,
};
