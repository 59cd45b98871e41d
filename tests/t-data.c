/* t-data.c: datasets/: reading, LIBSVM text, matrices, the manifest, splits and synthetic rows. */
#include "datasets/libsvm.h"
#include "datasets/split.h"
#include "file.h"
#include "rows.h"
#include "tap.h"

#include <locale.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const lac_seeds seeds = { .axis = { 11, 12, 13, 14 } };
static char folder[64] = "/tmp/laconic-t-data-XXXXXX";

/* ---- helpers ---- */

static const char *fixture(const char *name)
{
  static char path[8][512];
  static unsigned next;
  const char *src = getenv("srcdir");
  char *at = path[next++ % 8];
  snprintf(at, 512, "%s/datasets/fixtures/%s", src ? src : ".", name);
  return at;
}

static const char *scratch(const char *name)
{
  static char path[4][256];
  static unsigned next;
  char *at = path[next++ % 4];
  snprintf(at, 256, "%s/%s", folder, name);
  return at;
}

static void write_file(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");
  if (f) {
    fputs(text, f);
    fclose(f);
  }
}

/* A failure of the user's: EUSER, one sentence, with these words. */
static void refused(int code, const char *words, const char *what)
{
  int pass = code == LAC_EUSER && strstr(lac_error(), words) && !strchr(lac_error(), '\n');
  ok(pass, "refused: %s", what);
  if (!pass)
    printf("#   code %d: %s\n", code, code ? lac_error() : "(none)");
}

static int parse_bytes(const char *text, size_t size, size_t d, lac_rows **rows)
{
  char *copy = malloc(size + 1);      /* exactly as long as promised */
  memcpy(copy, text, size);
  copy[size] = 0;
  int code = lac_libsvm_parse("t", copy, size, d, rows);
  free(copy);
  return code;
}

static int parse(const char *text, size_t d, lac_rows **rows)
{
  return parse_bytes(text, strlen(text), d, rows);
}

static void refused_text(const char *text, size_t d, const char *words, const char *what)
{
  lac_rows *rows;
  int code = parse(text, d, &rows);
  refused(code, words, what);
  lac_rows_free(rows);
}

static void refused_data(const char *dataset, const char *split, const char *search, uint32_t n, const char *words)
{
  lac_data *data;
  int code = lac_data_open(&data, dataset, split, search, &seeds, n);
  refused(code, words, *dataset == '/' || *dataset == '.' ? "a path" : dataset);
  lac_data_close(data);
}

static lac_data *opened(const char *dataset, const char *split, const char *search, uint32_t n)
{
  lac_data *data;
  if (lac_data_open(&data, dataset, split, search, &seeds, n))
    printf("# %s: %s\n", dataset, lac_error());
  return data;
}

static lac_rows *shard(const lac_data *data, uint32_t client)
{
  lac_rows *rows = NULL;
  if (data && lac_data_shard(data, client, &rows))
    printf("# %s\n", lac_error());
  return rows;
}

static int same_rows(const lac_rows *a, const lac_rows *b)
{
  if (!a || !b || a->m != b->m || a->d != b->d || !a->ptr != !b->ptr || memcmp(a->y, b->y, a->m * sizeof *a->y))
    return 0;
  if (a->dense)
    return memcmp(a->dense, b->dense, a->m * a->ld * sizeof *a->dense) == 0;
  size_t nnz = a->ptr[a->m];
  return memcmp(a->ptr, b->ptr, (a->m + 1) * sizeof *a->ptr) == 0 &&
         memcmp(a->col, b->col, nnz * sizeof *a->col) == 0 &&
         memcmp(a->val, b->val, nnz * sizeof *a->val) == 0;
}

/* ---- base/file.c ---- */

static void same_bytes(const char *name, const char *plain, size_t size)
{
  char *bytes;
  size_t got;
  int code = lac_read_file(fixture(name), &bytes, &got);
  ok(code == LAC_OK && got == size && memcmp(bytes, plain, size + 1) == 0, "%s gives the plain bytes and a 0", name);
  free(bytes);
}

static void refused_file(const char *path, const char *words, const char *what)
{
  char *bytes;
  size_t size;
  int code = lac_read_file(path, &bytes, &size);
  refused(code, words, what);
  free(bytes);
}

static void test_read(void)
{
  char *plain;
  size_t size;
  if (!ok(lac_read_file(fixture("tiny"), &plain, &size) == LAC_OK, "a plain file"))
    return;
  same_bytes("tiny.gz", plain, size);
  same_bytes("tiny.bz2", plain, size);
  same_bytes("tiny.xz", plain, size);
  same_bytes("two-streams.bz2", plain, size);
  free(plain);
  refused_file(fixture("cut.gz"), "cut.gz: the gzip data are corrupt or cut short", "gzip cut short");
  refused_file(fixture("cut.bz2"), "cut.bz2: the bzip2 data are corrupt or cut short", "bzip2 cut short");
  refused_file(fixture("cut.xz"), "cut.xz: the xz data are corrupt or cut short", "xz cut short");
  refused_file(scratch("none"), "No such file", "a file that is not there");
  refused_file(folder, "is a folder", "a folder");
  refused_file("", "no file is named", "no path");
  refused_file("/dev/zero", "is a device", "a device without an end");
  refused_file("/dev/null", "is a device", "a device with nothing in it");
  if (ok(mkfifo(scratch("fifo"), 0600) == 0, "a pipe that nobody writes to"))
    refused_file(scratch("fifo"), "is a pipe, which can be read only once", "... and nobody waits for it");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  snprintf(address.sun_path, sizeof address.sun_path, "%.100s", scratch("socket"));
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
    refused_file(scratch("socket"), "is a socket", "a socket");
  close(fd);
  if (ok(symlink("nowhere", scratch("link")) == 0, "a link to nowhere"))
    refused_file(scratch("link"), "No such file", "... leads nowhere");
  if (access("/proc/self/mem", R_OK) == 0)
    refused_file("/proc/self/mem", "cannot read /proc/self/mem", "a file of the system that cannot be read");
  static const struct { const char *name, *magic; } packed[] = {
    { "zstd", "\x28\xb5\x2f\xfd" "1 1:1" }, { "zip", "PK\3\4" "1 1:1" }, { "7z", "7z\xbc\xaf\x27\x1c" "1 1:1" },
    { "lz4", "\x04\x22\x4d\x18" "1 1:1" }, { "compress", "\x1f\x9d" "1 1:1" },
  };
  for (size_t i = 0; i < LAC_COUNT(packed); i++) {
    char words[64];
    snprintf(words, sizeof words, "is packed with %s, which is not read", packed[i].name);
    write_file(scratch("packed"), packed[i].magic);
    refused_file(scratch("packed"), words, packed[i].name);
  }
  write_file(scratch("huge"), "");
  if (truncate(scratch("huge"), (off_t)1 << 42) == 0)
    refused_file(scratch("huge"), "half of the memory", "four sparse terabytes");
  else
    skip("no sparse files here", "four sparse terabytes");
  unlink(scratch("huge"));
  write_file(scratch("empty"), "");
  refused_data(scratch("empty"), NULL, NULL, 1, "empty");
}

/* Flip every byte of a compressed file in turn: an answer or a sentence, never a crash. */
static void test_damage(const char *name)
{
  char bytes[1024], *out;
  size_t got;
  FILE *f = fopen(fixture(name), "r");
  size_t size = f ? fread(bytes, 1, sizeof bytes, f) : 0;
  if (f)
    fclose(f);
  unsigned strange = size == 0, caught = 0;
  for (size_t i = 0; i < size; i++) {
    bytes[i] ^= 0x24;
    f = fopen(scratch("damaged"), "w");
    fwrite(bytes, 1, size, f);
    fclose(f);
    int code = lac_read_file(scratch("damaged"), &out, &got);
    strange += code != LAC_OK && code != LAC_EUSER && code != LAC_ENOMEM;
    caught += code != LAC_OK;
    free(out);
    bytes[i] ^= 0x24;
  }
  ok(strange == 0 && caught * 10 > size * 8, "%s: damage is noticed at %u of %zu bytes", name, caught, size);
}

/* ---- libsvm.c ---- */

static void test_libsvm(void)
{
  lac_rows *r;
  if (!ok(parse("# c\n+1 1:1 3:0.5 # x\r\n\n  \n-1e0\t2:-2.5e-3 \t4:0\n3", 0, &r) == LAC_OK, "comments, CRLF, blanks"))
    return;
  is_u64(r->m, 3, "three rows");
  is_u64(r->d, 4, "d is the largest index, also of an explicit zero");
  is_u64(lac_rows_nnz(r), 3, "explicit zeros are dropped");
  ok(r->y[0] == 1 && r->y[1] == -1 && r->y[2] == 3, "labels as in the file");
  ok(entry(r, 0, 2) == 0.5 && entry(r, 1, 1) == -0.0025 && r->ptr[3] == 3 && r->ptr[2] == 3, "values and an empty row");
  lac_rows_free(r);
  ok(parse("1 1:1", 7, &r) == LAC_OK && r->d == 7, "d can be fixed");
  lac_rows_free(r);

  refused_text("", 0, "t: the file is empty", "no bytes");
  refused_text("# nothing\n\n", 0, "no rows", "no rows");
  refused_text("1\n-1\n", 0, "no row has a feature", "labels only");
  refused_text("1 1:1\n1 3:", 0, "t, line 2: a value is missing", "a line cut after the colon");
  refused_text("1 1:1\n1 3", 0, "line 2: '3' is not index:value", "a line cut after the index");
  refused_text("1 1:1\n1 3:\n1 1:1", 0, "line 2: a value is missing", "a line cut in the middle of the file");
  refused_text("nan 1:1", 0, "line 1: the label 'nan' is not finite", "label nan");
  refused_text("1 1:1\n1 1:-Inf", 0, "line 2: the value '-Inf' is not finite", "value -Inf");
  refused_text("1 1:1e999", 0, "too large for a double", "value 1e999");
  refused_text("1 0:1", 0, "index 0", "index 0");
  refused_text("1 3:1 2:1", 0, "index 2 comes after 3", "indices not ascending");
  refused_text("1 3:1 3:1", 0, "index 3 stands there twice", "an index twice");
  refused_text("1 1:1\n1 5:1", 4, "line 2: index 5 is more than d=4: say ':d=5'", "an index above the fixed d");
  refused_text("1 4294967297:1", 0, "above 2147483647", "an index of 33 bits");
  refused_text("1 99999999999999999999999999:1", 0, "above 2147483647", "an index of 90 bits");
  refused_text("1 1:x", 0, "the value 'x' is not a number", "a value that is a word");
  refused_text("1 1:0x10", 0, "the value '0x10' is not a number", "hexadecimal");
  refused_text("1 1:1e", 0, "the value '1e' is not a number", "an exponent without digits");
  refused_text("1 1:1:1", 0, "the value '1:1' is not a number", "two colons");
  refused_text("1 -1:1", 0, "'-1:1' is not index:value", "a negative index");
  refused_text("1,2 1:1", 0, "the label '1,2' has a comma", "two labels");
  refused_text("1:1 2:1", 0, "no label", "no label");
  refused_text("1 qid:3 1:1", 0, "'qid:3' marks ranking data", "qid");
  refused_text("{\"a\": 1}", 0, "line 1: the label '{\"a\":' is not a number", "JSON");
  int code = parse_bytes("1 1:1\n\0 2", 9, 0, &r);
  refused(code, "line 2: a zero byte", "a zero byte");
}

/* The same four rows as other tools write them: the same rows, or the true reason. */
static const struct { const char *words, *text; size_t size; } forms[] = {
#define SAME(text) { NULL, text, sizeof text - 1 }
#define REFUSED(words, text) { words, text, sizeof text - 1 }
#define A "+1 1:0.5 3:-1.25\n"
#define B "-1 2:1 3:2\n"
#define C "+1 1:1e-3 4:0.75\n"
#define D "-1 4:-0.5\n"
  SAME(A B C D),
  SAME(A B C "-1 4:-0.5"),
  SAME("+1 1:0.5 3:-1.25\r\n-1 2:1 3:2\r\n+1 1:1e-3 4:0.75\r\n-1 4:-0.5\r\n"),
  SAME("+1 1:0.5 3:-1.25\r-1 2:1 3:2\r+1 1:1e-3 4:0.75\r-1 4:-0.5\r"),
  SAME("+1 1:0.5 3:-1.25\r-1 2:1 3:2\r+1 1:1e-3 4:0.75\r-1 4:-0.5"),
  SAME("+1 1:0.5 3:-1.25\r\r\n" B "\r" C D),
  SAME("\xef\xbb\xbf" A B C D),
  SAME(A B "\xef\xbb\xbf" C D "\xef\xbb\xbf"),
  SAME("\xef\xbb\xbf# made elsewhere\r\n" A B C D),
  SAME("+1 1:0.5\xc2\xa0 3:-1.25\n" B "+1\xc2\xa0" "1:1e-3\xe2\x80\xaf" "4:0.75\n" "\xe3\x80\x80" D),
  SAME("+1 1:0.5 3:-1.25\xe2\x80\xa8-1 2:1 3:2\xc2\x85" C D),
  SAME("+1\v1:0.5\f3:-1.25\n" B C "\f" D),
  SAME(A B C D "\x1a"),
  SAME(A B C D "\r\n\x1a\r\n"),
  SAME("+1\t1:0.5\t3:-1.25\n-1  2:1\t 3:2 \t \n" "  " C "\t" D),
  SAME("\n \n" A "\t\n" B "\r\n\r\n" C D "\n\n"),
  SAME("# h\xc3\xa4" "tte\n#\n" A "-1 2:1 3:2 # b\n" "+1 1:1e-3 4:0.75#c\n" D "#"),
  SAME("1.0 1:.5 3:-1.250\n-1.000 2:+1. 3:2e0\n+1 1:1E-03 4:7.5e-1\n-1e0 4:-.50\n"),
  SAME("+1 1:0.500000000000000000000000000000000000000000000000000000000000000000 3:-1.25\n" B C D),
  SAME("+1 01:0.5 3:-1.25 \n" B C D),
  REFUSED("is UTF-16", "\xff\xfe+\0" "1\0 \0" "1\0:\0" "1\0\n\0"),
  REFUSED("is UTF-16", "\xfe\xff\0+\0" "1\0 \0" "1\0:\0" "1\0\n"),
  REFUSED("is UTF-16", "+\0" "1\0 \0" "1\0:\0" "1\0\n\0"),
  REFUSED("is UTF-16", "\0+\0" "1\0 \0" "1\0:\0" "1\0\n"),
  REFUSED("UTF-32", "\xff\xfe\0\0+\0\0\0" "1\0\0\0"),
  REFUSED("UTF-32", "\0\0\xfe\xff\0\0\0+\0\0\0" "1"),
  REFUSED("line 4: a zero byte", A B C "-1 4:-0\0.5\n"),
  REFUSED("line 2: a zero byte", "+1 1:0.5 3:-1.25\r\0"),
  REFUSED("line 3: the value '-0.5x' is", A B "-1 4:-0.5x\r" D),
  REFUSED("line 4: '4' is not index:value", A B C "-1 4 :-0.5\n"),
  REFUSED("the value '0,5' has a comma", "+1 1:0,5 3:-1.25\n" B C D),
  REFUSED("the label 'label,a,b' has a comma", "label,a,b\n1,0.5,1\n"),
  REFUSED("the label '1,3' has a comma", "1,3 1:0.5\n"),
  REFUSED("the label 'spam' is not", "spam 1:0.5\nham 2:1\n"),
  REFUSED("the label 'gr\xc3\xbcn' is not", "gr\xc3\xbcn 1:0.5\n"),
  REFUSED("the label '\xe2\x88\x92" "1' is not", "\xe2\x88\x92" "1 1:0.5\n"),
  REFUSED("the label '?' is not", "\xff 1:0.5\n"),
  REFUSED("the label '?[31m' is not", "\x1b[31m 1:0.5\n"),
  REFUSED("the value '1d-3' is not", A "-1 1:1d-3\n"),
  REFUSED("the value '0x1.8p-1' is not", A "-1 1:0x1.8p-1\n"),
  REFUSED("line 3: the line has no label", A B " 1:1e-3 4:0.75\n"),
  REFUSED("line 1: the line has no label", "+11:0.5 3:-1.25\n"),
  REFUSED("line 2: index 2 stands there twice", A "-1 2:1 2:1 3:2\n"),
  REFUSED("line 1: index 1 comes after 3", "+1 3:-1.25 1:0.5\n"),
  REFUSED("line 2: index 0", A "+1 0:0.5\n"),
#undef SAME
#undef REFUSED
#undef A
#undef B
#undef C
#undef D
};

static void test_forms(void)
{
  lac_rows *want = NULL, *have;
  for (size_t i = 0; i < LAC_COUNT(forms); i++) {
    int code = parse_bytes(forms[i].text, forms[i].size, 0, &have);
    const char *why = code == LAC_OK ? "" : lac_error();
    char shown[64];
    size_t k = 0;
    for (; k < forms[i].size && k + 1 < sizeof shown; k++)
      shown[k] = forms[i].text[k] < ' ' || forms[i].text[k] > '~' || forms[i].text[k] == '#' ? '.' : forms[i].text[k];
    shown[k] = 0;
    if (!want)
      want = have;
    if (forms[i].words)
      ok(code == LAC_EUSER && !have && strstr(why, forms[i].words) && !strpbrk(why, "\n\r\x1b"), "refused, %s: %s", forms[i].words, shown);
    else
      ok(code == LAC_OK && same_rows(want, have), "the same rows: %s", shown);
    if (code != LAC_OK && !forms[i].words)
      diag("%s", why);
    if (have != want)
      lac_rows_free(have);
  }
  lac_rows_free(want);
  ok(parse("-0 1:1\n1 1:1\n", 0, &have) == LAC_OK && !signbit(have->y[0]), "the label -0 is 0");
  lac_rows_free(have);
}

/* ---- what a terminal is told ---- */

static void test_sentences(void)
{
  static const char *const texts[][2] = {
    { "plain", "plain" },
    { "gr\xc3\xbcn \xe6\x95\xb0\xe6\x8d\xae \xf0\x9f\x93\x88", "gr\xc3\xbcn \xe6\x95\xb0\xe6\x8d\xae \xf0\x9f\x93\x88" },
    { "a\x1b[31mb", "a?[31mb" }, { "a\nb\tc\rd\x7f", "a?b?c?d?" }, { "\xc2\x9b" "31m", "??31m" }, { "\xe2\x80\xae" "abc", "???abc" },
    { "\xc3", "?" }, { "\xff\xfe", "??" }, { "\xc0\xaf", "??" }, { "\xed\xa0\x80", "???" }, { "\xf4\x90\x80\x80", "????" },
    { "\xe2\x82", "??" }, { "\xef\xbb\xbfx", "???x" },
  };
  unsigned wrong = 0;
  for (size_t i = 0; i < LAC_COUNT(texts); i++) {
    lac_fail(LAC_EUSER, "%s", texts[i][0]);
    wrong += strcmp(lac_error(), texts[i][1]) != 0;
    lac_fail(LAC_EUSER, "x");
    lac_context(LAC_EUSER, "%s", texts[i][0]);
    wrong += strncmp(lac_error(), texts[i][1], strlen(texts[i][1])) != 0;
  }
  is_u64(wrong, 0, "sentences show what is printable and nothing else, of %zu texts", LAC_COUNT(texts));
}

static uint64_t weak_random(uint64_t *state)
{
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

/* A decimal of up to 22 digits with a point and an exponent, short ones more often than long ones. */
static void random_decimal(uint64_t *state, char *to)
{
  unsigned digits = 1 + (unsigned)(weak_random(state) % (weak_random(state) % 4 ? 16 : 22)), point;
  point = (unsigned)(weak_random(state) % (digits + 1));
  if (weak_random(state) % 2)
    *to++ = "+-"[weak_random(state) % 2];
  for (unsigned i = 0; i < digits; i++) {
    if (i == point)
      *to++ = '.';
    *to++ = (char)('0' + weak_random(state) % 10);
  }
  *to = 0;
  if (weak_random(state) % 2)
    sprintf(to, "%c%d", "eE"[weak_random(state) % 2], (int)(weak_random(state) % 61) - 30);
}

static void test_decimals(void)
{
  uint64_t state = 1;
  unsigned differ = 0, count = 200000;
  for (unsigned i = 0; i < count; i++) {
    char number[64], text[80];
    lac_rows *r;
    random_decimal(&state, number);
    snprintf(text, sizeof text, "%s 1:1", number);
    double want = strtod(number, NULL) + 0;      /* a label -0 is 0 */
    if (parse(text, 0, &r) != LAC_OK || memcmp(&r->y[0], &want, sizeof want))
      differ++ < 5 ? printf("# %s\n", number) : 0;
    lac_rows_free(r);
  }
  is_u64(differ, 0, "%u random decimals read to the bits that strtod gives", count);
}

static void test_locale(void)
{
  static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
  const char *set = NULL;
  for (size_t i = 0; i < LAC_COUNT(names) && !set; i++)
    set = setlocale(LC_ALL, names[i]);
  lac_rows *r = NULL;
  if (!set)
    skip("no locale with a decimal comma is installed", "a decimal comma changes nothing");
  else
    ok(parse("1 1:0.1234567890123456789", 0, &r) == LAC_OK && r->val[0] == 0.1234567890123456789,
       "a decimal comma changes nothing");
  lac_rows_free(r);
  setlocale(LC_ALL, "C");
}

/* ---- matrix.c ---- */

static void refused_matrix(const char *text, const char *words, const char *what)
{
  double *x;
  size_t rows, cols;
  write_file(scratch("m"), text);
  int code = lac_read_matrix(scratch("m"), &x, &rows, &cols);
  refused(code, words, what);
  free(x);
}

static void test_matrix(void)
{
  static const double want[] = {1, 2.5, -0.03, 4, 5, 6};
  static const char *const names[] = {"matrix.txt", "matrix.txt.gz"};
  for (size_t i = 0; i < LAC_COUNT(names); i++) {
    double *x;
    size_t rows, cols;
    ok(lac_read_matrix(fixture(names[i]), &x, &rows, &cols) == LAC_OK && rows == 3 && cols == 2 &&
       memcmp(x, want, sizeof want) == 0, "%s", names[i]);
    free(x);
  }
  refused_matrix("1 2\n3\n", "m, line 2: 1 numbers where the first row has 2", "a short row");
  refused_matrix("1 2\n3 x\n", "m, line 2: 'x' is not a number", "a word in a matrix");
  refused_matrix("1,,2\n", "line 1: ',2' is not a number", "two commas");
  refused_matrix("1,\n", "line 1: '' is not a number", "a comma at the end");
  refused_matrix("1 1e400\n", "too large", "a number above all doubles");
  refused_matrix("# none\n", "no numbers", "an empty matrix");
}

/* ---- find.c ---- */

static void found_as(const char *name, const char *search, const char *want)
{
  char *path = lac_data_find(name, search);
  is_str(path, want, "%s is found where it is", name);
  free(path);
}

static void test_find(void)
{
  char search[256];
  mkdir(scratch("sub"), 0700);
  mkdir(scratch("sub/deep"), 0700);
  mkdir(scratch(".hidden"), 0700);
  write_file(scratch("sub/deep/sonar.xz"), "1 1:1\n");
  write_file(scratch("sub/reuters.trn"), "1 1:1\n");
  write_file(scratch(".hidden/splice"), "1 1:1\n");
  ok(symlink("..", scratch("sub/loop")) == 0, "a folder that contains itself");
  snprintf(search, sizeof search, "/nonexistent::%s", folder);
  found_as("sonar", search, scratch("sub/deep/sonar.xz"));
  found_as("sonar.xz", search, scratch("sub/deep/sonar.xz"));
  found_as("reuters", search, scratch("sub/reuters.trn"));
  found_as("reuters.trn", search, scratch("sub/reuters.trn"));
  found_as("splice", search, NULL);
  found_as("../x", search, NULL);
  write_file(scratch("sonar"), "1 1:1\n");
  found_as("sonar", search, scratch("sonar"));

  /* Two sets whose files have the same names. */
  ok(mkdir(scratch("fashion-mnist"), 0700) == 0, "a folder of Fashion-MNIST");
  write_file(scratch("fashion-mnist/train-images-idx3-ubyte"), "x");
  found_as("fashion-mnist", search, scratch("fashion-mnist/train-images-idx3-ubyte"));
  found_as("mnist", search, NULL);
  write_file(scratch("sub/train-images-idx3-ubyte"), "x");
  found_as("mnist", search, scratch("sub/train-images-idx3-ubyte"));
  found_as("fashion-mnist", scratch("fashion-mnist"), scratch("fashion-mnist/train-images-idx3-ubyte"));
  found_as("mnist", scratch("fashion-mnist"), NULL);
  refused_data("fashion-mnist", NULL, search, 1, "is not the fashion-mnist of the manifest");

  refused_data("sonar", NULL, search, 1, "is not the sonar of the manifest");
  lac_data *data = opened(scratch("sonar"), NULL, search, 1);
  ok(data && lac_data_about(data)->d == 1, "the path accepts another sonar");
  lac_data_close(data);
  refused_data("mushroms", NULL, search, 1, "did you mean mushrooms?");
  ok(lac_data_open(&data, "a9a", NULL, search, &seeds, 1) == LAC_ENODATA && strstr(lac_error(), "datasets/fetch a9a"),
     "a set that is not on this machine has a code of its own");
  refused_data("zzzzzzzz", NULL, search, 1, "give a path");
  refused_data("synthetc:rows=3", NULL, search, 1, "did you mean synthetic?");
  refused_data("./not/here", NULL, search, 1, "not there");

  size_t entries = 0, bad = 0;
  for (const lac_manifest_entry *e = lac_manifest; e->name; e++, entries++)
    bad += strlen(e->sha256) != 64 || !e->rows || !e->d || strncmp(e->source, "https://", 8) || !*e->note || !*e->file ||
           !e->package;
  ok(entries > 30 && bad == 0, "%zu entries of the manifest are whole", entries);
}

/* ---- split.c ---- */

/* The file of this test: row r has the label r % 3 and the one feature r + 1, so that a shard shows its rows. */
static const char *striped(size_t rows)
{
  FILE *f = fopen(scratch("striped"), "w");
  for (size_t r = 0; r < rows; r++)
    fprintf(f, "%zu 1:%zu\n", r % 3, r + 1);
  fclose(f);
  return scratch("striped");
}

typedef struct { size_t least, most, total; int once, known; } division;

/* Every row once, and the sizes of the clients. */
static division divide(const lac_data *data, uint32_t n, size_t rows)
{
  division d = {.least = SIZE_MAX, .once = 1, .known = 1};
  unsigned char *seen = calloc(rows + 2, 1);
  for (uint32_t i = 0; i < n; i++) {
    lac_rows *r = shard(data, i);
    size_t m = r ? r->m : 0;
    d.known &= lac_data_shard_rows(data, i) == m;
    for (size_t k = 0; k < m; k++)
      d.once &= !seen[(size_t)entry(r, k, 0)]++;
    d.least = m < d.least ? m : d.least;
    d.most = m > d.most ? m : d.most;
    d.total += m;
    lac_rows_free(r);
  }
  free(seen);
  return d;
}

static void test_split(const char *split, size_t rows, uint32_t n, size_t least, size_t most)
{
  lac_data *data = opened(striped(rows), split, NULL, n), *again = opened(striped(rows), split, NULL, n);
  if (!ok(data && again, "%s opens", split))
    return;
  division d = divide(data, n, rows);
  ok(d.once && d.total == rows && d.known, "%s, %zu rows, %u clients: every row once", split, rows, n);
  ok(d.least >= least && d.most <= most, "%s: %zu to %zu rows a client", split, d.least, d.most);
  int same = 1;
  for (uint32_t i = 0; i < n; i++) {
    lac_rows *a = shard(data, i), *b = shard(again, i);
    same &= same_rows(a, b);
    lac_rows_free(a);
    lac_rows_free(b);
  }
  ok(same, "%s gives the same rows again", split);
  lac_data_release(data);
  ok(lac_data_shard_rows(data, 0) > 0 && lac_data_about(data)->rows == rows, "%s: about() stays after a release",
     split);
  lac_data_close(data);
  lac_data_close(again);
}

/* Mean over clients of the largest share that one class has. */
static double purity(const char *split, size_t rows, uint32_t n)
{
  lac_data *data = opened(striped(rows), split, NULL, n);
  double sum = 0;
  for (uint32_t i = 0; data && i < n; i++) {
    lac_rows *r = shard(data, i);
    size_t count[3] = {0}, most = 0;
    for (size_t k = 0; k < r->m; k++)
      count[(size_t)r->y[k]]++;
    for (int c = 0; c < 3; c++)
      most = count[c] > most ? count[c] : most;
    sum += (double)most / (double)r->m / n;
    lac_rows_free(r);
  }
  lac_data_close(data);
  return sum;
}

/* Row r of the file has norm |r - 11|, rows of equal norm in the file's order; many clients of one or two rows. */
static void test_by_norm(void)
{
  FILE *f = fopen(scratch("norms"), "w");
  for (int r = 0; r < 23; r++)
    fprintf(f, "%d 1:%d\n", r % 2, r - 11);
  fclose(f);
  lac_data *data = opened(scratch("norms"), "sorted:by=norm", NULL, 23);
  int good = data != NULL;
  for (uint32_t i = 0; good && i < 23; i++) {
    lac_rows *r = shard(data, i);
    double want = (i + 1) / 2 * (i % 2 ? -1.0 : 1.0);
    good = r && r->m == 1 && entry(r, 0, 0) == want;
    lac_rows_free(r);
  }
  ok(good, "sorted:by=norm: from the shortest row to the longest, equal ones as in the file");
  lac_data_close(data);
  test_split("sorted:by=norm", 2500, 2000, 1, 2);
  test_split("contiguous", 2500, 2000, 1, 2);
  test_split("shuffled", 310, 300, 1, 2);
}

/* 0.5, 1, 2 for three clients; labels stay, for files and generators alike. */
static void scales(const char *dataset, const char *split, const char *plain)
{
  lac_data *data = opened(dataset, split, NULL, 3), *old = opened(dataset, plain, NULL, 3);
  double worst = 0;
  int labels = 1;
  for (uint32_t i = 0; data && old && i < 3; i++) {
    lac_rows *a = shard(data, i), *b = shard(old, i);
    for (size_t r = 0; r < a->m; r++) {
      labels &= a->y[r] == b->y[r];
      for (size_t j = 0; j < a->d; j++)
        worst = tap_worse(worst, fabs(entry(a, r, j) - ldexp(entry(b, r, j), (int)i - 1)));
    }
    lac_rows_free(a);
    lac_rows_free(b);
  }
  ok(data && old && worst < 1e-14 && labels, "%s: features of three clients times 1/2, 1, 2 (%s)", split,
     *dataset == '/' ? "a file" : dataset);
  lac_data_close(data);
  lac_data_close(old);
}

static void test_scale(void)
{
  char sparse[128];
  FILE *f = fopen(scratch("wide"), "w");
  for (int r = 0; r < 9; r++)
    fprintf(f, "1 %d:%d 40:0.5\n", r + 1, r + 1);
  fclose(f);
  snprintf(sparse, sizeof sparse, "%s", scratch("wide"));
  scales(sparse, "contiguous:scale=0.5..2", "contiguous");
  scales(sparse, "sorted:by=norm,scale=0.5..2", "sorted:by=norm");
  scales("synthetic:rows=4,d=6", "contiguous:scale=0.5..2", "contiguous");
  scales("spectral:rows=4,d=40,share=0.4", "contiguous:scale=.5..2.", "contiguous");
  lac_data *data = opened(sparse, "contiguous:scale=2..3", NULL, 1);
  lac_rows *r = shard(data, 0);
  ok(r && entry(r, 0, 0) == 2, "one client: FROM");
  lac_rows_free(r);
  lac_data_close(data);
}

/* y = a.x* + sqrt(m) u with |u| <= noise, which some row comes near; every feature in three of ten clients; poor deals refused. */
static void test_spectral(void)
{
  enum { CLIENTS = 10, D = 60, ROWS = 7 };
  lac_data *data = opened("spectral:rows=7,d=60,share=0.3,noise=0.5", NULL, NULL, CLIENTS);
  double most = 0, owners[D] = { 0 };
  for (uint32_t i = 0; data && i < CLIENTS; i++) {
    lac_rows *r = shard(data, i);
    for (size_t j = 0; j < D; j++)
      for (size_t k = 0; k < ROWS; k++)
        if (entry(r, k, j) != 0) {
          owners[j]++;
          break;
        }
    for (size_t k = 0; k < ROWS; k++) {
      double rest = r->y[k];
      for (size_t j = 0; j < D; j++)
        rest -= entry(r, k, j) / 2;
      most = tap_worse(most, fabs(rest) / sqrt(ROWS));
    }
    lac_rows_free(r);
  }
  int three = data != NULL;
  for (size_t j = 0; j < D; j++)
    three &= owners[j] == 3;
  ok(three, "spectral: a feature has share n owners");
  ok(most <= 0.5 + 1e-12 && most > 0.45, "spectral: labels are off by at most the noise (%.3f)", most);
  lac_data_close(data);
  refused_data("spectral:d=2,share=0.01", NULL, NULL, 100, "a client got none of the d=2 features");
  refused_data("spectral:low=3,high=2", NULL, NULL, 2, "low=3 is above high=2");
}

/* Of one class and two clients, a share has the distribution Beta(alpha, alpha): mean 1/2, variance 1/(4 (2 alpha + 1)). */
static void test_shares(const char *text, double alpha)
{
  enum { ROWS = 500, DRAWS = 20000 };
  static double y[ROWS];
  const lac_rows rows = { .m = ROWS, .d = 1, .y = y };
  lac_spec spec;
  const lac_split *split = &lac_split_dirichlet;
  if (lac_spec_parse(&spec, "--split", text, split->kind.options, split->kind.params_size))
    exit(99);
  double sum = 0, squares = 0, variance = 0.25 / (2 * alpha + 1);
  for (uint64_t draw = 0; draw < DRAWS; draw++) {
    const lac_seeds other = { .axis = { [LAC_SEED_PARTITION] = draw } };
    lac_assignment to = { 0 };
    const lac_split_input in = { &rows, 2, &other, "rows" };
    if (lac_split_assign(split, spec.params, &in, &to))
      exit(99);
    double share = ((double)to.first[1] + 0.5) / ROWS - 0.5;      /* it was rounded down */
    sum += share;
    squares += share * share;
    free(to.first);
    free(to.order);
  }
  lac_spec_free(&spec);
  is_near(sum / DRAWS, 0, 6 * sqrt(variance / DRAWS), "%s: shares of mean 1/2", text);
  is_near(squares / DRAWS, variance, 6 * sqrt(2. / DRAWS) * variance, "%s: shares of variance %.4f", text, variance);
}

/* ---- splits of federated learning ---- */

/* count[3 i + c]: rows of class c that client i has. */
static int count_classes_of(const char *split, size_t rows, uint32_t n, double *count)
{
  lac_data *data = opened(striped(rows), split, NULL, n);
  for (uint32_t i = 0; i < 3 * n; i++)
    count[i] = 0;
  for (uint32_t i = 0; data && i < n; i++) {
    lac_rows *r = shard(data, i);
    for (size_t k = 0; k < r->m; k++)
      count[3 * i + (size_t)r->y[k]]++;
    lac_rows_free(r);
  }
  lac_data_close(data);
  return data != NULL;
}

/* Pearson's statistic of clients against classes. */
static double chi_square(const char *split, size_t rows, uint32_t n)
{
  double count[3 * 50], all[3] = { 0 }, sum = 0;
  if (n > 50 || !count_classes_of(split, rows, n, count))
    return NAN;
  for (uint32_t k = 0; k < 3 * n; k++)
    all[k % 3] += count[k];
  for (uint32_t i = 0; i < n; i++) {
    double held = count[3 * i] + count[3 * i + 1] + count[3 * i + 2];
    for (int c = 0; c < 3; c++) {
      double expected = held * all[c] / (double)rows;
      sum += (count[3 * i + c] - expected) * (count[3 * i + c] - expected) / expected;
    }
  }
  return sum;
}

/* Independent of the label: 2 (n - 1) = 38 degrees of freedom, of which 99.9% are below 71.7.  As dependent as can be: 2 rows. */
static void test_dependence(void)
{
  enum { ROWS = 6000, CLIENTS = 20 };
  static const char *const alike[] = { "shuffled", "dirichlet:alpha=1e6", "similarity:s=100%", "dirichlet:alpha=2,by=quantity" };
  for (size_t i = 0; i < LAC_COUNT(alike); i++) {
    double x = chi_square(alike[i], ROWS, CLIENTS);
    ok(x < 71.7, "%s: chi-square of clients against classes %.1f < 71.7", alike[i], x);
  }
  static const char *const apart[] = { "sorted", "dirichlet:alpha=0.01", "shards:per_client=1", "similarity:s=0%" };
  for (size_t i = 0; i < LAC_COUNT(apart); i++) {
    double x = chi_square(apart[i], ROWS, CLIENTS);
    ok(x > 0.85 * 2 * ROWS, "%s: %.0f, nearly the most, %d", apart[i], x, 2 * ROWS);
  }
  double pure = purity("dirichlet:alpha=0.01", ROWS, CLIENTS);
  ok(pure > 0.9, "dirichlet:alpha=0.01: nearly one class a client (%.3f of its rows)", pure);
}

/* Classes of 334, 333, 333 rows; 7 clients. */
static void test_shards(void)
{
  double count[3 * 50];
  size_t least = SIZE_MAX, most = 0, pure = 1;
  count_classes_of("shards:per_client=1", 1000, 7, count);      /* 2 or 3 shards of a class: 111 to 167 rows */
  for (int i = 0; i < 7; i++) {
    size_t held = (size_t)(count[3 * i] + count[3 * i + 1] + count[3 * i + 2]);
    least = held < least ? held : least;
    most = held > most ? held : most;
    pure &= (count[3 * i] > 0) + (count[3 * i + 1] > 0) + (count[3 * i + 2] > 0) == 1;
  }
  ok(pure && least == 111 && most == 167, "shards of one class: of 7, 3 of the first and 2 of the others (%zu to %zu rows)", least, most);
  count_classes_of("shards:per_client=2", 1000, 20, count);
  pure = 1;
  for (int i = 0; i < 20; i++)
    pure &= (count[3 * i] > 0) + (count[3 * i + 1] > 0) + (count[3 * i + 2] > 0) <= 2;
  ok(pure, "two shards: two classes at most");
  count_classes_of("shards:per_client=1", 1000, 2, count);
  ok(count[0] + count[1] + count[2] == 500 && count[3] + count[4] + count[5] == 500, "fewer shards than classes: cut across them, evenly");
  const lac_seeds was = seeds, other = { .axis = { 11, 99, 13, 14 } };
  lac_data *a = NULL, *b = NULL;
  lac_data_open(&a, striped(300), "shards", NULL, &was, 30);
  lac_data_open(&b, striped(300), "shards", NULL, &other, 30);
  int differ = 0;
  for (uint32_t i = 0; a && b && i < 30; i++) {
    lac_rows *x = shard(a, i), *y = shard(b, i);
    differ |= !same_rows(x, y);
    lac_rows_free(x);
    lac_rows_free(y);
  }
  ok(differ, "shards: another seed of the partition deals otherwise");
  lac_data_close(a);
  lac_data_close(b);
}

/* Of 3000 rows 300 are alike: sizes are even, and a client of the sorted rows has about 1/3 of the alike ones in each class. */
static void test_similarity(void)
{
  double count[3 * 50];
  int even = 1, mixed = 1;
  count_classes_of("similarity:s=10%", 3000, 30, count);
  for (int i = 0; i < 30; i++) {
    double held = count[3 * i] + count[3 * i + 1] + count[3 * i + 2], most = fmax(count[3 * i], fmax(count[3 * i + 1], count[3 * i + 2]));
    even &= held == 100;
    mixed &= most >= 50 && most < 100;
  }
  ok(even && mixed, "similarity:s=10%%: 100 rows a client, 10 of them of any class");
  double none = chi_square("similarity:s=0", 3000, 30), sorted = chi_square("sorted", 3000, 30);
  double half = chi_square("similarity:s=50%", 3000, 30);
  ok(none == sorted, "similarity:s=0 is sorted");
  ok(half > 0.1 * sorted && half < 0.4 * sorted, "s=50%%: a quarter of the chi-square of sorted (%.2f)", half / sorted);
}

static const char *groups_of(const char *name, size_t rows, const char *const *word, size_t words)
{
  FILE *f = fopen(scratch(name), "w");
  for (size_t r = 0; r < rows; r++)
    fprintf(f, "%s\n", word[r % words]);
  fclose(f);
  return scratch(name);
}

static void test_natural(void)
{
  char spec[400], other[400];
  const char *people[] = { "anna", "10", "9", "zoe", "anna" }, *numbers[] = { "10", "9", "010", "11" };
  snprintf(spec, sizeof spec, "natural:file=%s", groups_of("people", 20, people, 5));
  test_split(spec, 20, 4, 4, 8);
  lac_data *data = opened(striped(20), spec, NULL, 4);
  ok(data && lac_data_shard_rows(data, 2) == 8 && lac_data_shard_rows(data, 0) == 4, "names in the order of their bytes: 10, 9, anna, zoe");
  groups_of("people again", 20, people, 5);
  snprintf(other, sizeof other, "natural:file=%s", scratch("people again"));
  lac_data *again = opened(striped(20), other, NULL, 4);
  is_str(data ? lac_data_split_text(data) : NULL, again ? lac_data_split_text(again) : "", "the file counts by its bytes");
  ok(data && !strstr(lac_data_split_text(data), folder), "... not by its path");
  lac_data_close(data);
  lac_data_close(again);
  snprintf(spec, sizeof spec, "natural:file=%s", groups_of("numbers", 20, numbers, 4));
  data = opened(striped(20), spec, NULL, 2);      /* groups 9, 10, 11: client 0 has 9 and 11 */
  ok(data && lac_data_shard_rows(data, 0) == 10 && lac_data_shard_rows(data, 1) == 10,
     "numbers in ascending order; client k mod n has group k");
  lac_data_close(data);
  refused_data(striped(20), spec, NULL, 4, "3 groups of rows, too few for 4 clients; lower --clients to 3");
  refused_data(striped(21), spec, NULL, 2, "20 lines for the 21 rows");
  refused_data(striped(19), spec, NULL, 2, "20 lines for the 19 rows");
  write_file(scratch("gap"), "1\n\n2\n");
  snprintf(spec, sizeof spec, "natural:file=%s", scratch("gap"));
  refused_data(striped(3), spec, NULL, 2, "line 2: is empty");
  write_file(scratch("below"), "1\n2\n-3\n");
  snprintf(spec, sizeof spec, "natural:file=%s", scratch("below"));
  refused_data(striped(3), spec, NULL, 2, "line 3: -3 is negative");
  refused_data(striped(3), "natural:file=/not/there", NULL, 2, "/not/there");
  refused_data(striped(3), "natural", NULL, 2, "either file=PATH");
  refused_data(striped(3), "natural:file=x,column=1", NULL, 2, "either file=PATH");
  refused_data(striped(3), "natural:column=2", NULL, 2, "column=2 is more than the d=1 features");
  refused_data(striped(3), "natural:column=-1", NULL, 2, "whole number");
  test_split("natural:column=1", 23, 5, 4, 5);      /* every row is a group */
  data = opened(striped(23), "natural:column=1", NULL, 5);
  lac_rows *r = shard(data, 2);
  ok(r && entry(r, 0, 0) == 3 && entry(r, 1, 0) == 8, "a feature tells: value k + 1 is client k mod n's");
  lac_rows_free(r);
  lac_data_close(data);
}

static void test_federated(void)
{
  test_split("shards", 300, 7, 32, 60);
  test_split("shards:per_client=3", 31, 10, 3, 4);
  test_split("shards:per_client=1", 9, 9, 1, 1);
  test_split("similarity", 23, 5, 4, 5);
  test_split("similarity:s=7", 11, 10, 1, 2);
  test_split("similarity:s=50%", 20, 20, 1, 1);
  test_split("dirichlet:alpha=0.5,by=quantity", 300, 7, 1, 294);
  test_split("dirichlet:alpha=0.01,by=quantity", 60, 50, 1, 11);
  test_dependence();
  test_shards();
  test_similarity();
  test_natural();
  refused_data(striped(20), "shards:per_client=0", NULL, 2, "per_client must be a whole number >=1");
  refused_data(striped(20), "shards:per_client=-1", NULL, 2, "per_client must be");
  refused_data(striped(20), "shards:per_client=11", NULL, 2, "more shards than the 20 rows");
  refused_data(striped(20), "shards:per_client=18446744073709551615", NULL, 2, "more shards than the 20 rows");
  refused_data(striped(20), "similarity:s=110%", NULL, 2, "not '110%'");
  refused_data(striped(20), "similarity:s=-1%", NULL, 2, "not '-1%'");
  refused_data(striped(20), "similarity:s=21", NULL, 2, "more than the 20 rows");
  refused_data(striped(20), "dirichlet:by=size", NULL, 2, "by must be one of class|quantity");
  refused_data(striped(20), "shard", NULL, 2, "did you mean shards");
}

static void test_splits(void)
{
  test_split("contiguous", 23, 5, 4, 5);
  test_split("contiguous:rest=last", 23, 5, 4, 7);
  test_split("shuffled", 23, 5, 4, 5);
  test_split("sorted", 23, 5, 4, 5);
  test_split("dirichlet", 300, 7, 1, 294);
  test_split("dirichlet:alpha=0.01", 60, 50, 1, 11);
  test_split("contiguous", 9, 9, 1, 1);
  test_split("dirichlet:alpha=0.01", 9, 9, 1, 1);

  lac_data *data = opened(striped(23), "sorted", NULL, 5);
  lac_rows *r = shard(data, 0);
  ok(r && r->m == 4 && entry(r, 0, 0) == 1 && entry(r, 1, 0) == 4 && entry(r, 3, 0) == 10 && r->y[3] == 0,
     "sorted: the lowest label first, in the order of the file");
  lac_rows_free(r);
  lac_data_close(data);
  data = opened(striped(23), "contiguous", NULL, 5);
  is_str(lac_data_split_text(data), "contiguous:rest=spread,scale=1..1", "the text of the split is whole");
  r = shard(data, 1);
  ok(r && entry(r, 0, 0) == 23 * 1 / 5 + 1, "contiguous: client 1 begins at floor(N/n)");
  lac_rows_free(r);
  lac_data_close(data);

  double pure = purity("dirichlet:alpha=0.01", 600, 10), even = purity("dirichlet:alpha=1000", 600, 10);
  ok(pure > 0.8 && even < 0.45, "dirichlet: a small alpha makes pure clients (%.2f), a large one mixed (%.2f)", pure,
     even);
  ok(purity("sorted", 600, 10) > 0.85, "sorted makes pure clients");
  test_shares("dirichlet:alpha=0.2", 0.2);
  test_shares("dirichlet:alpha=1", 1);
  test_shares("dirichlet:alpha=7", 7);
  test_by_norm();
  test_scale();
  test_spectral();

  refused_data(striped(20), NULL, NULL, 30, "clients=30 is more than the 20 rows of");
  refused_data(striped(20), NULL, NULL, 0, "at least 1");
  refused_data(striped(20), "shufled", NULL, 2, "did you mean shuffled");
  refused_data(striped(20), "dirichlet:alpha=0", NULL, 2, "alpha must be a number >");
  refused_data(striped(20), "shuffled:x=1", NULL, 2, "no option 'x'");
  refused_data("synthetic", "sorted", NULL, 2, "nothing to split");
  refused_data("spectral", "shuffled", NULL, 2, "nothing to split");
  refused_data(striped(20), "sorted:by=size", NULL, 2, "by");
  static const char *const scales[] = { "1", "..3", "1..", "0..1", "1..x", "1..2..3", "-1..1", "1..1e999" };
  for (size_t i = 0; i < LAC_COUNT(scales); i++) {
    char split[64];
    snprintf(split, sizeof split, "shuffled:scale=%s", scales[i]);
    refused_data(striped(20), split, NULL, 2, "scale must be two positive numbers");
  }
}

/* ---- data.c ---- */

static void test_file(void)
{
  char spec[600];
  lac_data *data = opened(fixture("tiny.xz"), NULL, NULL, 3);
  if (!ok(data != NULL, "a compressed fixture opens"))
    return;
  const lac_data_info *a = lac_data_about(data);
  ok(a->rows == 10 && a->d == 6 && a->nnz == 18, "rows %zu, d %zu, nnz %zu", a->rows, a->d, a->nnz);
  ok(a->classes == 2 && a->label[0] == -1 && a->label[1] == 1, "two classes, -1 and 1");
  lac_data *plain = opened(fixture("tiny"), NULL, NULL, 3);
  is_str(a->sha256, lac_data_about(plain)->sha256, "sha256 is of the uncompressed bytes");
  lac_data_close(plain);
  lac_rows *r = shard(data, 2);
  ok(r && r->dense && r->ld == 6, "18 of 60 entries: dense, and unpadded below 8 features");
  lac_rows_free(r);
  lac_data_release(data);
  ok(lac_data_shard(data, 0, &r) == LAC_EBUG && r == NULL, "no shard after the release");
  lac_data_close(data);

  snprintf(spec, sizeof spec, "%s:d=12", fixture("tiny"));
  data = opened(spec, NULL, NULL, 3);
  r = shard(data, 1);
  ok(r && r->ptr && r->d == 12, ":d=12 makes it sparse");
  is_str(data ? lac_data_dataset_text(data) : NULL, "tiny:d=12", "its text has no folder");
  is_str(data ? lac_data_about(data)->name : NULL, spec, "its name is what the user wrote");
  lac_rows_free(r);
  lac_data_close(data);
  snprintf(spec, sizeof spec, "%s:d=3", fixture("tiny"));
  refused_data(spec, NULL, NULL, 1, "line 2: index 6 is more than d=3");
  snprintf(spec, sizeof spec, "%s:d=x", fixture("tiny"));
  refused_data(spec, NULL, NULL, 1, "d must be a whole number");
  refused_data(folder, NULL, NULL, 1, "a folder");
  write_file(scratch("wide"), "1 1:1 2:1 3:1 9:1\n2 1:1 2:3 3:1\n");
  data = opened(scratch("wide"), NULL, NULL, 2);
  r = shard(data, 1);
  ok(r && r->dense && r->ld == 16 && (uintptr_t)r->dense % 64 == 0 && entry(r, 0, 1) == 3, "dense rows are aligned");
  ok(r && lac_rows_bytes(r) == 8 + 16 * 8 && lac_rows_nnz(r) == 3, "their bytes and non-zeros");
  lac_rows_free(r);
  lac_data_close(data);
}

static void test_real(const char *name, size_t rows, size_t d, uint32_t classes)
{
  char *path = lac_data_find(name, NULL);
  free(path);
  if (!path) {
    skip("not in LACONIC_DATA", "%s", name);
    return;
  }
  lac_data *data = opened(name, "shuffled", NULL, 20);
  const lac_data_info *a = data ? lac_data_about(data) : NULL;
  ok(a && a->rows == rows && a->d == d && a->classes == classes, "%s: rows, d and classes", name);
  lac_data_close(data);
}

/* ---- synthetic.c ---- */

static double mean_square(const lac_rows *r)
{
  double sum = 0;
  for (size_t i = 0; i < r->m; i++)
    for (size_t j = 0; j < r->d; j++)
      sum += entry(r, i, j) * entry(r, i, j);
  return sum / (double)r->m;
}

/* Largest over smallest mean |a|^2 of the clients: the spread of their smoothness. */
static double spread(double hetero)
{
  char spec[100];
  double least = INFINITY, most = 0;
  snprintf(spec, sizeof spec, "synthetic:rows=100,d=20,hetero=%g", hetero);
  lac_data *data = opened(spec, NULL, NULL, 20);
  for (uint32_t i = 0; i < 20; i++) {
    lac_rows *r = shard(data, i);
    double q = mean_square(r);
    least = fmin(least, q);
    most = tap_worse(most, q);
    lac_rows_free(r);
  }
  lac_data_close(data);
  return most / least;
}

static int first_rows(const lac_rows *few, const lac_rows *many)
{
  int same = few && many;
  for (size_t i = 0; same && i < few->m; i++) {
    same = few->y[i] == many->y[i];
    for (size_t j = 0; j < few->d; j++)
      same &= entry(few, i, j) == entry(many, i, j);
  }
  return same;
}

static void test_functional(const char *spec)
{
  lac_data *a = opened(spec, NULL, NULL, 4), *b = opened(spec, NULL, NULL, 9);
  lac_rows *late = shard(a, 3), *early = shard(a, 1), *other = shard(b, 1), *third = shard(b, 3);
  ok(same_rows(late, third) && same_rows(early, other) && !same_rows(late, early),
     "%s: a client's rows depend on the client alone", spec);
  size_t nnz = lac_data_about(b)->nnz, counted = 0;
  for (uint32_t i = 0; i < 9; i++) {
    lac_rows *r = shard(b, i);
    counted += lac_rows_nnz(r);
    for (size_t k = 0; r->ptr && k < r->m; k++)
      for (size_t j = r->ptr[k] + 1; j < r->ptr[k + 1]; j++)
        counted += r->col[j] <= r->col[j - 1];
    lac_rows_free(r);
  }
  is_u64(counted, nnz, "%s: non-zeros as announced, columns ascending", spec);
  lac_rows_free(late);
  lac_rows_free(early);
  lac_rows_free(other);
  lac_rows_free(third);
  lac_data_close(a);
  lac_data_close(b);
}

/* Rows that are held out are those that a longer data set has behind: `few` of them are trained on. */
static void test_held_out(const char *options, size_t few, size_t more)
{
  char texts[3][128];
  const size_t rows[] = { few, more, few + more };
  for (int i = 0; i < 3; i++)
    snprintf(texts[i], sizeof texts[i], "synthetic:rows=%zu,%s", rows[i], options);
  lac_data *train = opened(texts[0], NULL, NULL, 4), *all = opened(texts[2], NULL, NULL, 4), *test = NULL;
  int same = lac_data_open_test(&test, NULL, NULL, texts[1], NULL, train, 1) == LAC_OK;
  for (uint32_t client = 0; same && client < 4; client++) {
    lac_rows *out = shard(test, client), *whole = shard(all, client);
    same = out && whole && out->m == more && lac_data_shard_rows(test, client) == more && !out->ptr == !whole->ptr;
    for (size_t i = 0; same && i < more; i++) {
      same = out->y[i] == whole->y[few + i];
      for (size_t j = 0; j < out->d; j++)
        same &= entry(out, i, j) == entry(whole, few + i, j);
    }
    lac_rows_free(out);
    lac_rows_free(whole);
  }
  ok(same && lac_data_about(test)->rows == 4 * more && strcmp(lac_data_about(test)->sha256, lac_data_about(train)->sha256),
     "%s: %zu rows held out from %zu", options, more, few);
  lac_data_close(train);
  lac_data_close(all);
  lac_data_close(test);
}

static void test_synthetic(void)
{
  test_held_out("d=9,hetero=1", 6, 4);
  test_held_out("d=40,density=0.1,hetero=2,classes=5", 3, 3);
  test_held_out("d=7,labels=real,density=0.9", 1, 8);

  static const char *const specs[] = {
    "synthetic", "synthetic:rows=20,d=100,density=0.2,hetero=1", "synthetic:rows=20,d=30,density=0.9,hetero=2",
    "synthetic:rows=7,d=1", "synthetic:rows=9,d=40,density=0.05,features=binary,hetero=3,labels=real",
    "synthetic:rows=9,d=9,density=0.5,features=binary,hetero=20"};
  for (size_t i = 0; i < LAC_COUNT(specs); i++)
    test_functional(specs[i]);

  lac_data *data = opened("synthetic:rows=30", NULL, NULL, 10);
  const lac_data_info *a = lac_data_about(data);
  ok(a->rows == 300 && a->d == 50 && a->classes == 2 && a->label[0] == -1 && a->label[1] == 1,
     "what synthetic says of itself");
  is_str(lac_data_dataset_text(data),
         "synthetic:rows=30,d=50,density=1,hetero=0,noise=0.05,labels=class,features=normal,scale=1,classes=2", "its text");
  lac_rows *r = shard(data, 0);
  ok(r->dense && r->ld == 56 && r->m == 30 && lac_data_shard_rows(data, 9) == 30, "dense rows");
  lac_data *longer = opened("synthetic:rows=40", NULL, NULL, 10);
  lac_rows *more = shard(longer, 0);
  ok(first_rows(r, more), "more rows keep the first ones");
  lac_rows_free(r);
  lac_rows_free(more);
  lac_data_close(data);
  lac_data_close(longer);

  double none = spread(0), some = spread(0.5), one = spread(1), two = spread(2);
  ok(none < 1.5 && none < some && some < one && one < two, "hetero spreads the clients: %.2f %.2f %.2f %.2f", none,
     some, one, two);

  lac_seeds moved = seeds;
  moved.axis[LAC_SEED_DATA]++;
  lac_data *first = opened("synthetic", NULL, NULL, 2), *second = NULL;
  lac_data_open(&second, "synthetic", NULL, NULL, &moved, 2);
  lac_rows *x = shard(first, 0), *y = shard(second, 0);
  ok(x && y && !same_rows(x, y), "another data seed, other rows");
  lac_rows_free(x);
  lac_rows_free(y);
  lac_data_close(first);
  lac_data_close(second);

  data = opened("synthetic:rows=5,d=20,density=0.1", NULL, NULL, 10000);
  double start = lac_seconds();
  for (uint32_t i = 0; i < 10000; i++)
    lac_rows_free(shard(data, i));
  ok(lac_seconds() - start < 10, "10000 clients in %.2f s", lac_seconds() - start);
  lac_data_close(data);
  refused_data("synthetic:noise=0.7", NULL, NULL, 2, "noise must be at most 0.5");
  refused_data("synthetic:rows=0", NULL, NULL, 2, "rows must be a whole number");
  refused_data("synthetic:density=2", NULL, NULL, 2, "density must be a number in (0,1]");
  refused_data("synthetic:densty=1", NULL, NULL, 2, "did you mean density?");
}

/* labels=real, noise=0, hetero=0: y = a.x for one x, so two clients' rows fit the same x. */
static void test_regression(void)
{
  lac_data *data = opened("synthetic:rows=3,d=2,noise=0,labels=real", NULL, NULL, 2);
  lac_rows *r = shard(data, 0), *s = shard(data, 1);
  if (!ok(r && s, "regression rows"))
    return;
  double a = entry(r, 0, 0), b = entry(r, 0, 1), c = entry(r, 1, 0), d = entry(r, 1, 1), det = a * d - b * c;
  double x0 = (r->y[0] * d - b * r->y[1]) / det, x1 = (a * r->y[1] - c * r->y[0]) / det;
  is_near(entry(s, 2, 0) * x0 + entry(s, 2, 1) * x1, s->y[2], 1e-9,
          "without noise and hetero all rows share one model");
  lac_rows_free(r);
  lac_rows_free(s);
  lac_data_close(data);
}

/* ---- normalise.c ---- */

/* Rows (1, 0, 5), (3, 0, 5), (0, 2, 5): 9 entries of sum 21. */
static const char *unlike(void)
{
  write_file(scratch("unlike"), "1 1:1 3:5\n2 1:3 3:5\n1 2:2 3:5\n");
  return scratch("unlike");
}

static void test_normalised(const char *how, const double *want, size_t nnz)
{
  char spec[300], name[80];
  double worst = 0;
  snprintf(spec, sizeof spec, "%s:normalise=%s", unlike(), how);
  snprintf(name, sizeof name, "unlike:d=3,normalise=%s", how);
  lac_data *data = opened(spec, NULL, NULL, 1);
  lac_rows *r = shard(data, 0);
  for (size_t i = 0; r && i < 9; i++)
    worst = tap_worse(worst, fabs(entry(r, i / 3, i % 3) - want[i]));
  ok(r && worst < 1e-15 && lac_rows_nnz(r) == nnz && lac_data_about(data)->nnz == nnz, "normalise=%s: by hand", how);
  is_str(data ? lac_data_dataset_text(data) : NULL, name, "... is in the name of the data");
  lac_rows_free(r);
  lac_data_close(data);
}

/* What all entries of d features have in common, from the shards of 7 clients. */
static void test_moments(const char *spec, double mean, double deviation, double within)
{
  lac_data *data = NULL;
  if (lac_data_open(&data, spec, "shuffled", NULL, &seeds, 7) == LAC_ENODATA) {
    skip("not on this machine", "%s", spec);
    return;
  }
  double sum = 0, squares = 0, count = 0;
  int dense = data != NULL;
  for (uint32_t i = 0; data && i < 7; i++) {
    lac_rows *r = shard(data, i);
    dense &= r && r->dense && !lac_data_sparse(data);
    for (size_t k = 0; dense && k < r->m * r->d; k++) {
      double v = r->dense[k / r->d * r->ld + k % r->d];
      sum += v;
      squares += v * v;
    }
    count += r ? (double)r->m * (double)r->d : 0;
    lac_rows_free(r);
  }
  lac_data_close(data);
  ok(dense, "%s: dense rows", spec);
  is_near(sum / count, mean, within, "%s: mean %g", spec, mean);
  is_near(sqrt(squares / count - (sum / count) * (sum / count)), deviation, within, "%s: standard deviation %g", spec, deviation);
}

/* A test set takes the constants of its training set: what is 0 there is (0 - mean)/std, with the mean and deviation of papers. */
static void test_like(const char *training, const char *test, double mean, double deviation)
{
  lac_data *a = NULL, *b = NULL;
  if (lac_data_open(&a, training, NULL, NULL, &seeds, 1) || lac_data_open_test(&b, NULL, NULL, test, NULL, a, 1)) {
    skip("not on this machine", "%s", test);
    lac_data_close(a);
    return;
  }
  lac_rows *r = shard(b, 0);
  is_near(r ? entry(r, 0, 0) : NAN, -mean / deviation, 1e-3, "%s: a black pixel is -%g/%g", test, mean, deviation);
  ok(strstr(lac_data_dataset_text(b), ",normalise=standard") && lac_data_about(b)->nnz == 7840000, "its name and entries");
  lac_rows_free(r);
  lac_data_close(a);
  lac_data_close(b);
}

static void test_normalise(void)
{
  double s = sqrt(89.0 / 9 - 49.0 / 9), m = 21.0 / 9, a = 4.0 / 3, da = sqrt(10.0 / 3 - a * a), b = 2.0 / 3, db = sqrt(4.0 / 3 - b * b);
  test_normalised("standard", (double[]){ (1 - m) / s, -m / s, (5 - m) / s, (3 - m) / s, -m / s, (5 - m) / s, -m / s, (2 - m) / s,
                                          (5 - m) / s }, 9);
  test_normalised("features", (double[]){ (1 - a) / da, -b / db, 0, (3 - a) / da, -b / db, 0, -a / da, (2 - b) / db, 0 }, 6);
  double n[3] = { sqrt(26), sqrt(34), sqrt(29) };
  test_normalised("unit", (double[]){ 1 / n[0], 0, 5 / n[0], 3 / n[1], 0, 5 / n[1], 0, 2 / n[2], 5 / n[2] }, 6);
  test_moments("mnist.t:normalise=standard", 0, 1, 1e-9);
  test_moments("fashion-mnist.t:normalise=standard", 0, 1, 1e-9);
  test_like("mnist:normalise=standard", "mnist.t", 0.1307, 0.3081);
  test_like("fashion-mnist:normalise=standard", "fashion-mnist.t", 0.2860, 0.3530);

  char spec[300];
  snprintf(spec, sizeof spec, "%s:d=3,normalise=none", unlike());
  lac_data *data = opened(spec, NULL, NULL, 1), *other;
  is_str(data ? lac_data_dataset_text(data) : NULL, "unlike:d=3", "normalise=none has the name of ever");
  char held[300];
  write_file(scratch("held"), "1 2:7\n");
  snprintf(held, sizeof held, "%s:normalise=unit", scratch("held"));
  refused(lac_data_open_test(&other, NULL, NULL, held, NULL, data, 1), "say normalise= of --dataset",
          "a test set with constants of its own");
  lac_data_close(data);
  snprintf(spec, sizeof spec, "%s:normalise=most", unlike());
  refused_data(spec, NULL, NULL, 1, "normalise must be one of none|standard|features|unit");
  snprintf(spec, sizeof spec, "%s:normalize=unit", unlike());
  refused_data(spec, NULL, NULL, 1, "is no option of a data file; these are d=N and normalise=");
  refused_data("a1a:normalise=unit,k=3", NULL, folder, 1, "its options are d=N and normalise");
  write_file(scratch("same"), "1 1:2\n2 1:2\n");
  snprintf(spec, sizeof spec, "%s:normalise=standard", scratch("same"));
  refused_data(spec, NULL, NULL, 1, "all equal");
  write_file(scratch("huge"), "1 1:1e300\n2 1:-1e300\n");
  snprintf(spec, sizeof spec, "%s:normalise=features", scratch("huge"));
  refused_data(spec, NULL, NULL, 1, "overflow");
  snprintf(spec, sizeof spec, "%s:normalise=unit", scratch("huge"));
  data = opened(spec, NULL, NULL, 1);
  lac_rows *r = shard(data, 0);
  ok(r && entry(r, 0, 0) == 1 && entry(r, 1, 0) == -1, "rows whose squares overflow have norm 1");
  lac_rows_free(r);
  lac_data_close(data);
}

/* ---- fedprox.c ---- */

typedef struct { double between, within; } variances;

/* Variance of feature j over the rows of a client, and of the clients' means about 0. */
static variances variances_of(const lac_data *data, uint32_t n, size_t j)
{
  variances s = { 0, 0 };
  for (uint32_t i = 0; i < n; i++) {
    lac_rows *r = shard(data, i);
    double sum = 0, squares = 0, m = (double)r->m;
    for (size_t k = 0; k < r->m; k++) {
      sum += entry(r, k, j);
      squares += entry(r, k, j) * entry(r, k, j);
    }
    s.between += sum / m * (sum / m) / n;
    s.within += (squares - sum * sum / m) / (m - 1) / n;
    lac_rows_free(r);
  }
  return s;
}

/* Of 1000 clients: half have at most floor(e^4) + 50 rows, a sixth more than e^6 + 50, as exp(4 + 2 N(0,1)) has; means of feature j ~
   N(0, 1 + beta^2), rows about them of variance j^-1.2. */
static void test_fedprox(void)
{
  enum { CLIENTS = 1000 };
  lac_data *data = opened("fedprox:alpha=1,beta=2,d=3", NULL, NULL, CLIENTS), *iid = opened("fedprox:iid=yes,d=3", NULL, NULL, CLIENTS);
  size_t below = 0, above = 0, least = SIZE_MAX, total = 0;
  for (uint32_t i = 0; data && i < CLIENTS; i++) {
    size_t m = lac_data_shard_rows(data, i);
    below += m <= 104;
    above += m > 453;
    least = m < least ? m : least;
    total += m;
  }
  ok(data && below > 420 && below < 580 && above > 110 && above < 210 && least >= 50 && total == lac_data_about(data)->rows,
     "fedprox: %zu of 1000 clients have at most 104 rows, %zu more than 453", below, above);
  variances first = variances_of(data, 200, 0), third = variances_of(data, 200, 2);
  is_near(first.between, 5, 2, "means of a feature have the variance 1 + beta^2");
  is_near(first.within, 1, 0.1, "... its rows 1");
  is_near(third.within, pow(3, -1.2), 0.05, "... those of the third 3^-1.2");
  ok(variances_of(iid, 200, 0).between < 0.1, "iid=yes: clients of one mean");
  double held = 0, held_iid = 0;      /* classes of a client */
  for (uint32_t i = 0; i < 50; i++) {
    uint64_t count[10], count_iid[10];
    lac_data_count_labels(data, i, count);
    lac_data_count_labels(iid, i, count_iid);
    for (int c = 0; c < 10; c++) {
      held += count[c] > 0;
      held_iid += count_iid[c] > 0;
    }
  }
  ok(held_iid > held, "clients of one distribution hold more classes (%.1f) than others (%.1f)", held_iid / 50, held / 50);
  lac_rows *a = shard(data, 7), *b = shard(iid, 7);
  lac_data *fewer = opened("fedprox:alpha=1,beta=2,d=3", NULL, NULL, 10);
  lac_rows *again = shard(fewer, 7);
  ok(same_rows(a, again), "n plays no part");
  ok(a->m == b->m && !same_rows(a, b), "iid: the same sizes, other rows");
  lac_rows_free(a);
  lac_rows_free(b);
  lac_rows_free(again);
  lac_data_close(data);
  lac_data_close(iid);
  lac_data_close(fewer);
  refused_data("fedprox:alpha=-1", NULL, NULL, 2, "alpha must be");
  refused_data("fedprox:classes=1", NULL, NULL, 2, "classes must be");
  refused_data("fedprox", "sorted", NULL, 2, "nothing to split");
}

static void remove_scratch(void)
{
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  if (system(command) != 0)
    printf("# %s is left\n", folder);
}

int main(void)
{
  if (!mkdtemp(folder)) {
    printf("Bail out! no folder for temporary files\n");
    return 99;
  }
  test_read();
  test_damage("tiny.gz");
  test_damage("tiny.bz2");
  test_damage("tiny.xz");
  test_libsvm();
  test_forms();
  test_sentences();
  test_decimals();
  test_locale();
  test_matrix();
  test_find();
  test_splits();
  test_file();
  test_normalise();
  test_federated();
  test_real("a1a", 1605, 123, 2);
  test_real("mushrooms", 8124, 112, 2);
  test_real("breast-cancer", 683, 10, 2);
  test_real("news20", 15935, 62061, 20);
  test_real("housing_scale", 506, 13, 229);
  test_synthetic();
  test_fedprox();
  test_regression();
  remove_scratch();
  return done();
}
