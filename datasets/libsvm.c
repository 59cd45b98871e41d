/* libsvm.c: LIBSVM text, `label index:value index:value ...` a line, to CSR rows.

   Two passes: the first counts lines and colons, which bounds rows and entries, so that the second never asks whether
   there is room.  The text ends with a 0 and holds no other one, so that the end needs no test of its own. */
#include "libsvm.h"

#include "text.h"
#include "utf8.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *name, *text;
  size_t d, largest, entries;        /* d 0: any */
  lac_rows *rows;
} parsing;

#define BAD(parsing, at, format, ...) \
  lac_fail(LAC_EUSER, "%s, line %zu: " format, (parsing)->name, lac_line_of((parsing)->text, at), ##__VA_ARGS__)

static const char *skip_blanks(const char *p)
{
  while (*p == ' ' || *p == '\t')
    p++;
  return p;
}

static int is_digit(char c) { return (unsigned)(c - '0') < 10; }
static int ends_token(char c) { return c == ' ' || c == '\n' || c == '\0' || c == '\t' || c == '#'; }
static int ends_line(char c) { return c == '\n' || c == '\0' || c == '#'; }

/* "nan", "-inf", ... : words that other readers take for numbers */
static int names_nonfinite(const char *p)
{
  p += *p == '-' || *p == '+';
  return strncasecmp(p, "nan", 3) == 0 || strncasecmp(p, "inf", 3) == 0;
}

static __attribute__((noinline, cold)) int bad_number(const parsing *s, const char *at, const char *what)
{
  char word[40];
  lac_excerpt(at, word, sizeof word);
  if (names_nonfinite(at))
    return BAD(s, at, "the %s '%s' is not finite: remove the row or give it a number", what, word);
  if (!*word)
    return BAD(s, at, "a %s is missing, the line looks cut short: fetch the file again", what);
  if (strchr(word, ','))
    return BAD(s, at, "the %s '%s' has a comma: LIBSVM lines are 'label index:value ...', one label and decimal points", what, word);
  return BAD(s, at, "the %s '%s' is not a number: LIBSVM lines are 'label index:value ...'", what, word);
}

/* The number at *at, which a blank, the end of the line or a comment must follow. */
static inline int read_number(const parsing *s, const char **at, const char *what, double *value)
{
  const char *start = *at;
  if (__builtin_expect(!lac_parse_decimal(at, value) || !ends_token(**at), 0))
    return bad_number(s, start, what);
  if (__builtin_expect(!isfinite(*value), 0))
    return BAD(s, start, "the %s is too large for a double: rescale the data", what);
  return LAC_OK;
}

static __attribute__((noinline, cold)) int bad_index(const parsing *s, const char *at, size_t index, size_t last)
{
  char word[40];
  lac_excerpt(at, word, sizeof word);
  if (strncmp(at, "qid:", 4) == 0)
    return BAD(s, at, "'%s' marks ranking data, which have no problem here: remove the qid: fields", word);
  if (!is_digit(*at))
    return BAD(s, at, "'%s' is not index:value with a whole index from 1", word);
  if (index > INT32_MAX)
    return BAD(s, at, "the index in '%s' is above %d: indices are feature numbers", word, INT32_MAX);
  if (at[strspn(at, "0123456789")] != ':')
    return BAD(s, at, "'%s' is not index:value", word);
  if (index == 0)
    return BAD(s, at, "index 0: LIBSVM counts features from 1, so add 1 to every index");
  if (index == last)
    return BAD(s, at, "index %zu stands there twice: keep one of the two", index);
  if (index < last)
    return BAD(s, at, "index %zu comes after %zu: sort the indices of every line", index, last);
  return BAD(s, at, "index %zu is more than d=%zu: say ':d=%zu' or more after the name of the data set", index, s->d,
             index);
}

/* index:value ... up to the end of the line. */
static inline int features(parsing *s, const char **at)
{
  const char *p = *at;
  size_t last = 0, limit = s->d ? s->d : INT32_MAX;
  uint32_t *col = s->rows->col;
  double *val = s->rows->val;
  size_t entries = s->entries;
  for (p = skip_blanks(p); !ends_line(*p); p = skip_blanks(p)) {
    const char *start = p;
    size_t index = 0;
    for (; is_digit(*p); p++)
      index = index > INT32_MAX ? index : index * 10 + (size_t)(*p - '0');
    if (__builtin_expect(*p != ':' || index <= last || index > limit, 0))
      return bad_index(s, start, index, last);
    last = index;
    p++;
    if (p[0] == '1' && ends_token(p[1])) {      /* most of the entries of one-hot data */
      val[entries] = 1;
      p++;
    } else
      LAC_TRY(read_number(s, &p, "value", &val[entries]));
    col[entries] = (uint32_t)(index - 1);
    entries += val[entries] != 0;
  }
  s->entries = entries;
  if (last > s->largest)
    s->largest = last;
  *at = p;
  return LAC_OK;
}

static int label(const parsing *s, const char **at, double *y)
{
  const char *start = *at;
  if (lac_parse_decimal(at, y) && **at == ':')
    return BAD(s, start, "the line has no label before its first index:value");
  *at = start;
  LAC_TRY(read_number(s, at, "label", y));
  *y += 0;      /* -0 is 0 */
  return LAC_OK;
}

static int parse_lines(parsing *s)
{
  lac_rows *r = s->rows;
  for (const char *p = s->text; *p; p += *p == '\n') {
    p = skip_blanks(p);
    if (!ends_line(*p)) {
      LAC_TRY(label(s, &p, &r->y[r->m]));
      LAC_TRY(features(s, &p));
      r->ptr[++r->m] = s->entries;
    }
    if (*p == '#')
      p += strcspn(p, "\n");
  }
  if (r->m == 0)
    return lac_fail(LAC_EUSER, "%s: no rows, only blank lines and comments: is it the right file?", s->name);
  if (s->largest == 0 && s->d == 0)
    return lac_fail(LAC_EUSER, "%s: no row has a feature: say ':d=N' after the name for rows of zeros", s->name);
  r->d = s->d ? s->d : s->largest;
  return LAC_OK;
}

static void shrink(void *array, size_t bytes)
{
  void **p = array, *exact = realloc(*p, bytes ? bytes : 1);
  if (exact)
    *p = exact;
}

/* At most so many rows and entries. */
static void count(const char *text, size_t size, size_t *lines, size_t *colons)
{
  size_t ends = 1, pairs = 0;
  for (size_t i = 0; i < size; i++)
    ends += text[i] == '\n';
  for (size_t i = 0; i < size; i++)
    pairs += text[i] == ':';
  *lines = ends;
  *colons = pairs;
}

double lac_libsvm_bytes(const char *text, size_t size)
{
  size_t lines, colons;
  count(text, size, &lines, &colons);
  return (double)lines * (sizeof(double) + sizeof(size_t)) + (double)colons * (sizeof(uint32_t) + sizeof(double));
}

static int allocate(parsing *s, size_t size)
{
  size_t lines, colons;
  count(s->text, size, &lines, &colons);
  lac_rows *r = s->rows = calloc(1, sizeof *r);
  if (r) {
    r->y = malloc(lines * sizeof *r->y);
    r->ptr = calloc(lines + 1, sizeof *r->ptr);
    r->col = malloc((colons + 1) * sizeof *r->col);      /* + 1: a last explicit zero is written, then dropped */
    r->val = malloc((colons + 1) * sizeof *r->val);
  }
  if (!r || !r->y || !r->ptr || !r->col || !r->val)
    return lac_fail(LAC_ENOMEM, "%s: out of memory for %zu rows and %zu entries", s->name, lines, colons);
  return LAC_OK;
}

static int parse(parsing *s, size_t size)
{
  if (size == 0)
    return lac_fail(LAC_EUSER, "%s: the file is empty: fetch it again", s->name);
  LAC_TRY(allocate(s, size));
  LAC_TRY(parse_lines(s));
  shrink(&s->rows->y, s->rows->m * sizeof(double));
  shrink(&s->rows->ptr, (s->rows->m + 1) * sizeof(size_t));
  shrink(&s->rows->col, s->entries * sizeof(uint32_t));
  shrink(&s->rows->val, s->entries * sizeof(double));
  return LAC_OK;
}

int lac_libsvm_parse(const char *name, char *text, size_t size, size_t d, lac_rows **rows)
{
  *rows = NULL;
  LAC_TRY(lac_clean_text(name, text, size));
  parsing s = {.name = name, .text = text, .d = d};
  int code = parse(&s, size);
  if (code == LAC_OK)
    *rows = s.rows;
  else
    lac_rows_free(s.rows);
  return code;
}
