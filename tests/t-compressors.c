/* Conformance of every compressor of the registry to compressor.h, with many options and lengths; then what is special to
   topk and to the index codes. */
#include "../compressors/index.h"
#include "certify.h"
#include "registry.h"
#include "tap.h"

#include <stdlib.h>
#include "vec.h"

#include <math.h>

static gsl_rng *stream, *data;
static const lac_seeds seeds = { .axis = { 101, 102, 103, 104 } };

static lac_site site_of(const lac_compressor *c, size_t d, uint32_t round)
{
  lac_site s = lac_site_of(c, d);
  s.round = round;
  s.rng = stream;
  lac_rng_point(stream, &seeds, LAC_SEED_NOISE, 3, round, 0);
  return s;
}

static int encode(const lac_compressor *c, size_t d, const double *x, uint32_t round, lac_msg *m)
{
  lac_site s = site_of(c, d, round);
  return lac_encode(&s, x, m);
}

static int decode(const lac_compressor *c, size_t d, lac_msg *m, uint32_t round, double *y)
{
  lac_site s = site_of(c, d, round);
  return lac_decode_add(&s, 1, m, y);
}

/* ---- every compressor: its certificate ---- */

static void take(void *self, const lac_finding *f)
{
  (void)self;
  if (f->verdict == LAC_NOT_APPLICABLE)
    skip(f->figure, "%s: %s", f->name, f->check);
  else
    ok(f->verdict == LAC_PASS, "%s: %s (%s)", f->name, f->check, f->figure);
}

/* Bytes of exactly the message's size, so that a sanitizer sees a step beyond. */
static uint8_t *view_of(const uint8_t *bytes, uint64_t nbits, lac_msg *view)
{
  size_t size = (size_t)((nbits + 7) / 8);
  uint8_t *own = malloc(size ? size : 1);
  if (size)
    memcpy(own, bytes, size);
  lac_msg_view(view, own, nbits);
  return own;
}

/* k = 0 is no amount; more than d is refused for this d. */
static void check_amounts(const lac_compressor_type *type)
{
  for (const lac_option *o = type->options; o && o->name; o++) {
    lac_compressor c = { 0 };
    char text[128];
    if (o->kind != LAC_AMOUNT)
      continue;
    snprintf(text, sizeof text, "%s:%s=0", type->name, o->name);
    int status = lac_compressor_open(&c, "--up", text);
    ok(status == LAC_EUSER && strstr(lac_error(), o->name) && strstr(lac_error(), "not '0'"), "%s is refused: %s", text, lac_error());
    snprintf(text, sizeof text, "%s:%s=9", type->name, o->name);
    if (!ok(lac_compressor_open(&c, "--up", text) == LAC_OK && c.type->refuse, "%s can be refused", text))
      continue;
    lac_site eight = lac_site_of(&c, 8), nine = lac_site_of(&c, 9);
    const char *why = lac_refuse(&eight);
    ok(why && strstr(why, "=9") && strstr(why, "=8"), "... for d=8: %s", why ? why : "");
    ok(lac_refuse(&nine) == NULL, "... not for d=9");
    lac_compressor_close(&c);
  }
}

/* ---- topk against sorting ---- */

typedef struct { double size; size_t at; } entry;

static int by_size(const void *a, const void *b)
{
  const entry *p = a, *q = b;
  if (p->size != q->size)
    return p->size > q->size ? -1 : 1;
  return (p->at > q->at) - (p->at < q->at);
}

static void test_topk(void)
{
  static const size_t some[] = { 1, 2, 3, 8, 50, 129, 1000, 20000 };
  unsigned wrong = 0, count = 0;
  for (unsigned kind = 0; kind < LAC_INPUTS; kind++)
    for (size_t i = 0; i < LAC_COUNT(some); i++)
      for (size_t k = 1; k <= some[i]; k = k < 10 ? k + 1 : k * 2 + 1) {
        size_t d = some[i];
        double *x = lac_alloc(d * sizeof *x), *want_image = lac_alloc(d * sizeof *x), *have = lac_alloc(d * sizeof *x);
        entry *sorted = malloc(d * sizeof *sorted);
        lac_compressor c = { 0 };
        lac_msg m = { 0 };
        char text[64];
        lac_input_fill(data, kind, d, x);
        for (size_t j = 0; j < d; j++)
          sorted[j] = (entry){ fabs(x[j]), j };
        qsort(sorted, d, sizeof *sorted, by_size);
        for (size_t j = 0; j < k; j++)
          want_image[sorted[j].at] = x[sorted[j].at];
        snprintf(text, sizeof text, "topk:k=%zu", k);
        int status = lac_compressor_open(&c, "--up", text);
        if (status == LAC_OK)
          status = encode(&c, d, x, 0, &m);
        if (status == LAC_OK)
          status = decode(&c, d, &m, 0, have);
        for (size_t j = 0; j < d && status == LAC_OK; j++)
          if (have[j] != want_image[j])
            status = LAC_EBUG;
        if (status != LAC_OK && wrong++ < 3)
          diag("%s, d=%zu, %s input", text, d, lac_input_name[kind]);
        count++;
        lac_compressor_close(&c);
        lac_msg_free(&m);
        free(x);
        free(want_image);
        free(have);
        free(sorted);
      }
  is_u64(wrong, 0, "topk: the k largest by sorting, lower index first (%u cases)", count);
}

/* ---- index codes ---- */

static unsigned ceil_log2(unsigned __int128 count)
{
  unsigned width = 0;
  while (((unsigned __int128)1 << width) < count)
    width++;
  return width;
}

/* C(d, k) by Pascal's rule, one row at a time, stuck at 2^64. */
static unsigned __int128 pascal(unsigned d, unsigned k)
{
  static unsigned __int128 row[600];
  const unsigned __int128 most = (unsigned __int128)1 << 64;
  memset(row, 0, sizeof row);
  row[0] = 1;
  for (unsigned n = 1; n <= d; n++)
    for (unsigned j = n < k ? n : k; j >= 1; j--)
      row[j] = row[j] + row[j - 1] > most ? most : row[j] + row[j - 1];
  return row[k];
}

static uint64_t least_bits(uint64_t d, uint64_t k, unsigned __int128 sets)
{
  uint64_t best = k * ceil_log2(d) < d ? k * ceil_log2(d) : d;
  if (sets < (unsigned __int128)1 << 64 && ceil_log2(sets) < best)
    best = ceil_log2(sets);
  return best;
}

/* Write the set at some offset, read it back from bytes that end where the set does. */
static int round_trip(uint64_t d, uint64_t k, const uint64_t *set, unsigned offset)
{
  lac_msg m = { 0 }, view;
  lac_index code;
  uint64_t front, j;
  int fine = lac_msg_put(&m, 0, offset) == LAC_OK;
  lac_index_write(&code, &m, d, k);
  for (uint64_t i = 0; i < k && fine; i++)
    fine = lac_index_put(&code, set[i]) == LAC_OK;
  fine = fine && m.nbits == offset + lac_index_bits(d, k);
  uint8_t *own = fine ? view_of(m.buf, m.nbits, &view) : NULL;
  fine = fine && lac_msg_get(&view, offset, &front) == LAC_OK && lac_index_read(&code, &view, d, k) == LAC_OK;
  for (uint64_t i = 0; i < k && fine; i++)
    fine = lac_index_get(&code, &j) == LAC_OK && j == set[i];
  fine = fine && (k == 0 || view.rpos == view.nbits);
  free(own);
  lac_msg_free(&m);
  return fine;
}

static void test_all_sets(void)
{
  unsigned wrong = 0, size = 0, count = 0;
  for (unsigned d = 1; d <= 14; d++) {
    for (unsigned k = 0; k <= d; k++)
      size += lac_index_bits(d, k) != least_bits(d, k, pascal(d, k));
    for (unsigned bits = 0; bits < 1u << d; bits++) {
      uint64_t set[14], k = 0;
      for (unsigned j = 0; j < d; j++)
        if (bits >> j & 1)
          set[k++] = j;
      wrong += !round_trip(d, k, set, bits % 9);
      count++;
    }
  }
  is_u64(size, 0, "index: least of the three codes for d <= 14");
  is_u64(wrong, 0, "index: all %u sets with d <= 14 come back", count);
}

static void test_index_sizes(void)
{
  unsigned wrong = 0;
  for (unsigned d = 1; d <= 400; d += d < 80 ? 1 : 37)
    for (unsigned k = 0; k <= d; k++)
      wrong += lac_index_bits(d, k) != least_bits(d, k, pascal(d, k));
  is_u64(wrong, 0, "index: least of the three codes for d <= 400");
  is_u64(lac_index_bits(64, 32), 61, "C(64,32) = 1832624140942590534 takes 61 bits");
  is_u64(lac_index_bits(1000000, 3), 58, "three of a million: log2 C = 57.2");
  is_u64(lac_index_bits(1000000, 10), 200, "ten of a million: 20 bits each");
  is_u64(lac_index_bits(1000000, 100000), 1000000, "a tenth of a million: a bitmap");
}

static void draw_set(uint64_t d, uint64_t k, uint64_t *set)
{
  uint64_t n = 0;
  for (uint64_t j = 0; n < k; j++)
    if (lac_rng_below(data, d - j) < k - n)
      set[n++] = j;
}

static void test_large_sets(void)
{
  static const uint64_t ds[] = { 15, 63, 64, 65, 100, 127, 128, 1000, 4096, 65537, 1000000 };
  unsigned wrong = 0, count = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 7);
  for (size_t i = 0; i < LAC_COUNT(ds); i++)
    for (uint64_t k = 0; k <= ds[i]; k = k < 6 ? k + 1 : k * 5 / 2)
      for (unsigned trial = 0; trial < (ds[i] > 5000 ? 2 : 9); trial++) {
        uint64_t *set = malloc((k + 1) * sizeof *set);
        draw_set(ds[i], k, set);
        if (trial == 0 && k)
          for (uint64_t j = 0; j < k; j++)
            set[j] = ds[i] - k + j;              /* the last ones */
        wrong += !round_trip(ds[i], k, set, trial);
        count++;
        free(set);
      }
  is_u64(wrong, 0, "index: %u larger sets come back", count);
}

/* Every set has one code: the set that was read is written again as the same bits. */
static int same_code(uint64_t d, uint64_t k, const uint64_t *set, const uint8_t *bytes)
{
  lac_msg m = { 0 }, view;
  lac_index code;
  uint64_t a = 0, b = 0;
  int same = 1;
  lac_index_write(&code, &m, d, k);
  for (uint64_t n = 0; n < k && same; n++)
    same = lac_index_put(&code, set[n]) == LAC_OK;
  lac_msg_view(&view, bytes, m.nbits);
  for (uint64_t left = m.nbits; left && same;) {
    unsigned width = left < 64 ? (unsigned)left : 64;
    same = lac_msg_get(&m, width, &a) == LAC_OK && lac_msg_get(&view, width, &b) == LAC_OK && a == b;
    left -= width;
  }
  lac_msg_free(&m);
  return same;
}

/* The number after the last one is no set. */
static void test_last_numbers(void)
{
  unsigned wrong = 0, count = 0;
  for (unsigned d = 1; d <= 60; d++)
    for (unsigned k = 1; k <= d; k++) {
      unsigned __int128 sets = pascal(d, k);
      unsigned width = ceil_log2(sets);
      if (sets == (unsigned __int128)1 << width || lac_index_bits(d, k) != width || width > d || width == k * ceil_log2(d))
        continue;                                /* no room for such a number, or perhaps another code */
      for (unsigned beyond = 0; beyond < 2; beyond++) {
        lac_msg m = { 0 };
        lac_index code;
        lac_msg_put(&m, (uint64_t)sets - 1 + beyond, width);
        wrong += lac_index_read(&code, &m, d, k) != (beyond ? LAC_EFORMAT : LAC_OK);
        lac_msg_free(&m);
        count++;
      }
    }
  is_u64(wrong, 0, "index: the largest number of a set is taken and the next refused (%u cases)", count);
  ok(count > 1000, "index: there are such numbers");
}

/* Any bits: EFORMAT, or a set of k ascending indices below d. */
static void test_hostile_index(void)
{
  static const uint64_t ds[] = { 1, 5, 14, 64, 100, 1000, 5000 };
  unsigned wrong = 0, refused = 0, count = 0;
  lac_rng_point(data, &seeds, LAC_SEED_DATA, 0, 0, 8);
  for (size_t i = 0; i < LAC_COUNT(ds); i++)
    for (uint64_t k = 1; k <= ds[i]; k = k * 3 + 1)
      for (unsigned trial = 0; trial < 60; trial++) {
        uint64_t nbits = lac_index_bits(ds[i], k) - (trial == 7 && lac_index_bits(ds[i], k)), last = 0, j = 0;
        uint8_t bytes[1024];
        uint64_t set[5000];
        lac_msg view;
        lac_index code;
        for (size_t b = 0; b < sizeof bytes; b++)
          bytes[b] = trial == 0 ? 0 : trial == 1 ? 0xff : (uint8_t)gsl_rng_get(data);
        uint8_t *own = view_of(bytes, nbits, &view);
        int status = lac_index_read(&code, &view, ds[i], k);
        for (uint64_t n = 0; n < k && status == LAC_OK; n++) {
          status = lac_index_get(&code, &j);
          wrong += status == LAC_OK && (j >= ds[i] || (n && j <= last));
          set[n] = last = j;
        }
        wrong += status == LAC_OK && !same_code(ds[i], k, set, bytes);
        wrong += status != LAC_OK && status != LAC_EFORMAT;
        refused += status == LAC_EFORMAT;
        count++;
        free(own);
      }
  is_u64(wrong, 0, "index: any bits are the code of a set or EFORMAT (%u of %u refused)", refused, count);
  ok(refused > 0, "index: some bits are no set");
  lac_msg m = { 0 };
  lac_index code;
  lac_index_write(&code, &m, 10, 2);
  ok(lac_index_put(&code, 5) == LAC_OK && lac_index_put(&code, 5) == LAC_EBUG, "index: a set that is not ascending is EBUG");
  lac_index_write(&code, &m, 10, 2);
  ok(lac_index_put(&code, 10) == LAC_EBUG, "index: d itself is EBUG");
  lac_msg_free(&m);
}

/* ---- values computed elsewhere ---- */

enum { TRUTH_D = 12 };

/* The numbers of one row of compressor_vectors.csv: name,"how",number,... */
static int truth_row(FILE *f, const char *name, double *x)
{
  char line[4096];
  rewind(f);
  while (fgets(line, sizeof line, f)) {
    char *at = line + strlen(name);
    if (strncmp(line, name, strlen(name)) || at[0] != ',' || at[1] != '"' || !(at = strchr(at + 2, '"')))
      continue;
    int count = 0;
    for (at++; *at == ',' && count < TRUTH_D; count++)
      x[count] = strtod(at + 1, &at);
    return count == TRUTH_D;
  }
  return 0;
}

/* A round in which rand-k takes exactly the coordinates {1, 5, 7, 10}. */
static int find_round(const lac_compressor *c, uint32_t *round)
{
  double ones[TRUTH_D];
  for (int j = 0; j < TRUTH_D; j++)
    ones[j] = 1;
  for (*round = 0; *round < 20000; ++*round) {
    double image[TRUTH_D] = { 0 };
    lac_msg m = { 0 };
    encode(c, TRUTH_D, ones, *round, &m);
    decode(c, TRUTH_D, &m, *round, image);
    lac_msg_free(&m);
    int same = 1;
    for (int j = 0; j < TRUTH_D; j++)
      same &= (image[j] != 0) == (j == 1 || j == 5 || j == 7 || j == 10);
    if (same)
      return 1;
  }
  return 0;
}

static void compare_truth(FILE *f, const char *row, const char *spec, int search)
{
  double x[TRUTH_D], expected[TRUTH_D], have[TRUTH_D] = { 0 };
  lac_compressor c = { 0 };
  lac_msg m = { 0 };
  uint32_t round = 0;
  int fine = truth_row(f, "x", x) && truth_row(f, row, expected) && lac_compressor_open(&c, "--up", spec) == LAC_OK;
  fine = fine && (!search || find_round(&c, &round));
  fine = fine && encode(&c, TRUTH_D, x, round, &m) == LAC_OK;
  fine = fine && decode(&c, TRUTH_D, &m, round, have) == LAC_OK;
  for (int j = 0; j < TRUTH_D && fine; j++)
    fine = fabs(have[j] - expected[j]) <= 1e-15 * fabs(expected[j]);
  ok(fine, "%s as computed elsewhere: %s", spec, row);
  lac_compressor_close(&c);
  lac_msg_free(&m);
}

static void test_truth(void)
{
  char path[1024];
  const char *truth = getenv("LACONIC_TRUTH");
  snprintf(path, sizeof path, "%s/error-feedback/compressor_vectors.csv", truth ? truth : "");
  FILE *f = truth ? fopen(path, "r") : NULL;
  if (!f) {
    skip(truth ? "LACONIC_TRUTH has no compressor_vectors.csv" : "LACONIC_TRUTH is not set", "values computed elsewhere");
    return;
  }
  compare_truth(f, "top3", "topk:k=3", 0);
  compare_truth(f, "randk_unscaled", "randk:k=4,scale=no", 1);
  compare_truth(f, "randk_scaled", "randk:k=4", 1);
  fclose(f);
}

int main(void)
{
  stream = lac_rng_new();
  data = lac_rng_new();
  for (const lac_compressor_type *const *t = lac_compressors; *t; t++) {
    if (lac_certify_compressor(*t, &(lac_findings){ take, NULL }) != LAC_OK)
      return 99;
    check_amounts(*t);
  }
  test_topk();
  test_all_sets();
  test_index_sizes();
  test_large_sets();
  test_last_numbers();
  test_hostile_index();
  test_truth();
  gsl_rng_free(stream);
  gsl_rng_free(data);
  return done();
}
