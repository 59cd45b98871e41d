/* Huffman (1952): the entropy coder behind other stages, "codebook+huffman", with the code of each run in front of it.  Alone it codes
   the bytes of the vector, losslessly: planes.h.

   Wire: one raw deflate stream (RFC 1951), written as one block of literals with a code of its own.  It is read by zlib. */
#include "parts/planes.h"

#include <string.h>
#include <zlib.h>

enum { END = 256, LITERALS = END + 1, DISTANCES = 2, LENGTHS = 19, LONGEST = 15, LONGEST_LENGTH = 7 };

static size_t bound(size_t count) { return 2 * count + 512; }

/* ---- codes ---- */

/* The symbols that occur, in the order of their numbers: by the low byte, the middle byte and the high byte. */
static size_t sort_symbols(size_t symbols, const uint32_t *number, uint16_t *order)
{
  uint16_t other[LITERALS], *from = other, *to = order;
  size_t used = 0;
  for (size_t i = 0; i < symbols; i++)
    if (number[i])
      order[used++] = (uint16_t)i;
  for (unsigned shift = 0; shift < 24; shift += 8) {
    size_t at[257] = { 0 };
    memcpy(from, to, used * sizeof *to);
    for (size_t i = 0; i < used; i++)
      at[1 + (number[from[i]] >> shift & 255)]++;
    for (size_t k = 1; k < LAC_COUNT(at); k++)
      at[k] += at[k - 1];
    for (size_t i = 0; i < used; i++)
      to[at[number[from[i]] >> shift & 255]++] = from[i];
  }
  return used;
}

/* Huffman's construction; where a code is longer than `longest`, again with numbers that differ less. */
static void set_lengths(size_t symbols, const uint32_t *number, unsigned longest, uint8_t *length)
{
  uint16_t order[LITERALS], parent[2 * LITERALS];
  uint32_t weight[2 * LITERALS];
  uint8_t depth[2 * LITERALS];
  size_t used = sort_symbols(symbols, number, order);
  unsigned halve = 0, deepest;
  memset(length, 0, symbols);
  do {
    size_t leaf = 0, inner = used, nodes = used;
    for (size_t i = 0; i < used; i++)
      weight[i] = (number[order[i]] >> halve) + (halve > 0);
    for (; nodes < 2 * used - 1; nodes++) {
      weight[nodes] = 0;
      for (int child = 0; child < 2; child++) {
        size_t least = inner == nodes || (leaf < used && weight[leaf] <= weight[inner]) ? leaf++ : inner++;
        weight[nodes] += weight[least];
        parent[least] = (uint16_t)nodes;
      }
    }
    depth[nodes - 1] = 0;
    for (size_t i = nodes - 1; i-- > 0;)
      depth[i] = (uint8_t)(depth[parent[i]] + 1);
    deepest = used ? depth[0] : 0;
    halve++;
  } while (deepest > longest);
  for (size_t i = 0; i < used; i++)
    length[order[i]] = depth[i];
}

/* Codes in the order of lengths and then symbols, the first bit lowest; above bit 8, and the length below. */
static void set_codes(size_t symbols, const uint8_t *length, uint32_t *code)
{
  uint32_t next[LONGEST + 2] = { 0 };
  for (size_t i = 0; i < symbols; i++)
    next[length[i] + 1] += length[i] > 0;
  for (unsigned l = 1; l < LAC_COUNT(next); l++)
    next[l] = (next[l - 1] + next[l]) << 1;
  for (size_t i = 0; i < symbols; i++) {
    uint32_t bits = 0, forward = length[i] ? next[length[i]]++ : 0;
    for (unsigned l = 0; l < length[i]; l++)
      bits |= (forward >> l & 1) << (length[i] - 1 - l);
    code[i] = bits << 8 | length[i];
  }
}

/* ---- writing ---- */

typedef struct { uint8_t *at; uint64_t bits; unsigned count; } writer;

static inline void put(writer *w, uint32_t bits, unsigned count)
{
  w->bits |= (uint64_t)bits << w->count;
  w->count += count;
}

static inline void flush(writer *w)
{
  memcpy(w->at, &w->bits, sizeof w->bits);
  w->at += w->count / 8;
  w->bits >>= w->count / 8 * 8;
  w->count %= 8;
}

/* A length, or one of the symbols for repeated lengths: 16 and 2 bits, 17 and 3 bits, 18 and 7 bits. */
typedef struct { uint8_t symbol, extra, width; } token;

/* The lengths `length`[0..count) as tokens. */
static size_t tokens_of(size_t count, const uint8_t *length, token *to)
{
  size_t n = 0;
  for (size_t i = 0, run; i < count; i += run) {
    size_t left;
    for (run = 1; i + run < count && length[i + run] == length[i]; run++)
      ;
    left = run;
    if (length[i])
      to[n++] = (token){ length[i], 0, 0 }, left--;
    for (size_t part; left >= 3; left -= part) {
      size_t most = length[i] ? 6 : left > 10 ? 138 : 10;
      part = left < most ? left : most;
      to[n++] = length[i] ? (token){ 16, (uint8_t)(part - 3), 2 } : part > 10 ? (token){ 18, (uint8_t)(part - 11), 7 }
                                                                              : (token){ 17, (uint8_t)(part - 3), 3 };
    }
    for (; left; left--)
      to[n++] = (token){ length[i], 0, 0 };
  }
  return n;
}

/* The head of the block: the lengths of the code, themselves in a code. */
static void put_lengths(writer *w, const uint8_t *length)
{
  static const uint8_t place[LENGTHS] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
  static const uint8_t distance[DISTANCES] = { 1, 1 };      /* not used, but zlib wants a whole code */
  token tokens[LITERALS + DISTANCES];
  size_t count = tokens_of(LITERALS, length, tokens), sent = LENGTHS;
  uint32_t number[LENGTHS] = { 0 }, code[LENGTHS];
  uint8_t length_of[LENGTHS];
  count += tokens_of(DISTANCES, distance, tokens + count);
  for (size_t i = 0; i < count; i++)
    number[tokens[i].symbol]++;
  set_lengths(LENGTHS, number, LONGEST_LENGTH, length_of);
  set_codes(LENGTHS, length_of, code);
  while (sent > 4 && !length_of[place[sent - 1]])
    sent--;
  put(w, 1 | 2 << 1, 3);      /* the last block, with a code of its own */
  put(w, LITERALS - 257, 5);
  put(w, DISTANCES - 1, 5);
  put(w, (uint32_t)sent - 4, 4);
  for (size_t i = 0; i < sent; i++, flush(w))
    put(w, length_of[place[i]], 3);
  for (size_t i = 0; i < count; i++, flush(w)) {
    put(w, code[tokens[i].symbol] >> 8, code[tokens[i].symbol] & 255);
    put(w, tokens[i].extra, tokens[i].width);
  }
}

static double least(const uint32_t of[256])
{
  uint32_t number[LITERALS];
  uint8_t length[LITERALS];
  double bits = 0;
  memcpy(number, of, END * sizeof *of);
  number[END] = 1;
  set_lengths(LITERALS, number, LONGEST, length);
  for (size_t i = 0; i < LITERALS; i++)
    bits += number[i] * (double)length[i];
  return bits;
}

static int encode(const uint8_t *in, size_t count, unsigned symbols, uint8_t *out, size_t *size)
{
  enum { AT_ONCE = 3 };      /* codes that fit into 64 bits with what is left of a byte */
  uint32_t number[LITERALS], code[LITERALS];
  uint8_t length[LITERALS];
  writer w = { .at = out };
  size_t i = 0;
  (void)symbols;
  lac_symbols_count(in, count, number);
  number[END] = 1;
  set_lengths(LITERALS, number, LONGEST, length);
  set_codes(LITERALS, length, code);
  put_lengths(&w, length);
  for (; i + AT_ONCE <= count; i += AT_ONCE, flush(&w))
    for (size_t k = 0; k < AT_ONCE; k++)
      put(&w, code[in[i + k]] >> 8, code[in[i + k]] & 255);
  for (; i < count; i++, flush(&w))
    put(&w, code[in[i]] >> 8, code[in[i]] & 255);
  put(&w, code[END] >> 8, code[END] & 255);
  flush(&w);
  *size = (size_t)(w.at - out) + (w.count > 0);
  return LAC_OK;
}

/* ---- reading ---- */

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
  .reference = "Huffman 1952, doi:10.1109/JRPROC.1952.273898; RFC 1951, doi:10.17487/RFC1951",
  .coder = &coder,
  .encode = lac_planes_encode,
  .decode_add = lac_planes_decode_add,
  .bits = lac_planes_bits,
  .alpha = lac_planes_alpha,
  .omega = lac_planes_omega,
};
