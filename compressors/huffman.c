/* Huffman (1952): the entropy coder behind other stages, "codebook+huffman", with the code of each run in front of it.  Alone it codes
   the bytes of the vector, losslessly: planes.h.

   The library is zlib without its search for repeated strings.

   Wire: one raw deflate stream (RFC 1951). */
#include "parts/planes.h"

#include <stdlib.h>
#include <zlib.h>

enum { WINDOW = -14, MEMORY = 9 };      /* raw; a run fits into the window and into one block */

static size_t bound(size_t count) { return compressBound(count) + 64; }

static int by_number(const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Huffman's construction: the bits of a code are the sum of the numbers at its inner nodes. */
static double least(const uint32_t of[256])
{
  uint32_t leaf[257], node[256], leaves = 0, nodes = 0, l = 0, n = 0;
  double bits = 0;
  for (size_t i = 0; i < 256; i++)
    if (of[i])
      leaf[leaves++] = of[i];
  qsort(leaf, leaves, sizeof *leaf, by_number);
  while (nodes + 1 < leaves) {
    uint32_t sum = 0;
    for (int i = 0; i < 2; i++)
      sum += n == nodes || (l < leaves && leaf[l] <= node[n]) ? leaf[l++] : node[n++];
    node[nodes++] = sum;
    bits += sum;
  }
  return bits;
}

static int encode(const uint8_t *in, size_t count, unsigned symbols, uint8_t *out, size_t *size)
{
  z_stream z = { .next_in = (Bytef *)in, .avail_in = (uInt)count, .next_out = out, .avail_out = (uInt)bound(count) };
  (void)symbols;
  if (deflateInit2(&z, 1, Z_DEFLATED, WINDOW, MEMORY, Z_HUFFMAN_ONLY) != Z_OK)
    return lac_fail(LAC_ENOMEM, "huffman: zlib has no memory");
  int status = deflate(&z, Z_FINISH);
  *size = z.total_out;
  deflateEnd(&z);
  return status == Z_STREAM_END ? LAC_OK : lac_fail(LAC_EBUG, "huffman: zlib did not end a run of %zu symbols", count);
}

static int decode(const uint8_t *in, size_t size, unsigned symbols, uint8_t *out, size_t count)
{
  z_stream z = { .next_in = (Bytef *)in, .avail_in = (uInt)size, .next_out = out, .avail_out = (uInt)count };
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
    return lac_fail(LAC_ENOMEM, "huffman: zlib has no memory");
  int status = inflate(&z, Z_FINISH), fine = status == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
  inflateEnd(&z);
  for (size_t i = 0; i < count && fine; i++)
    fine = out[i] < symbols;
  return fine ? LAC_OK : lac_fail(LAC_EFORMAT, "huffman: the message has bytes that are no coded run");
}

static const lac_coder coder = { .bound = bound, .least = least, .encode = encode, .decode = decode };

const lac_compressor_type lac_compressor_huffman = {
  .name = "huffman",
  .summary = "entropy coder behind others, codebook+huffman: Huffman codes; alone: lossless",
  .reference = "Huffman 1952, doi:10.1109/JRPROC.1952.273898; RFC 1951",
  .coder = &coder,
  .encode = lac_planes_encode,
  .decode_add = lac_planes_decode_add,
  .bits = lac_planes_bits,
  .alpha = lac_planes_alpha,
  .omega = lac_planes_omega,
};
