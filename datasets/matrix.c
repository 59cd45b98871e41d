/* matrix.c: a matrix as text. */
#include "data.h"

#include "file.h"
#include "text.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *name, *text;
  double *values;
  size_t count, cap, rows, cols;
} reading;

#define BAD(reading, at, format, ...) \
  lac_fail(LAC_EUSER, "%s, line %zu: " format, (reading)->name, lac_line_of((reading)->text, at), ##__VA_ARGS__)

static const char *skip_blanks(const char *p) { return p + strspn(p, " \t"); }
static int ends_line(char c) { return c == '\n' || c == '\0' || c == '#'; }

static int read_number(reading *s, const char **at)
{
  char word[40];
  const char *start = *at;
  LAC_TRY(lac_grow(&s->values, &s->cap, s->count + 1, sizeof *s->values));
  double *x = &s->values[s->count];
  if (!lac_parse_decimal(at, x) || (!strchr(" \t,#\n", **at) && **at))
    return BAD(s, start, "'%s' is not a number: numbers are separated by blanks or commas",
               lac_excerpt(start, word, sizeof word));
  if (!isfinite(*x))
    return BAD(s, start, "'%s' is too large for a double: rescale the matrix", lac_excerpt(start, word, sizeof word));
  s->count++;
  return LAC_OK;
}

static int row(reading *s, const char **at)
{
  const char *p = *at, *start = p;
  size_t before = s->count;
  for (int comma = 0; comma || !ends_line(*p);) {
    LAC_TRY(read_number(s, &p));
    p = skip_blanks(p);
    comma = *p == ',';
    if (comma)
      p = skip_blanks(p + 1);
  }
  size_t length = s->count - before;
  if (s->rows == 0)
    s->cols = length;
  if (length != s->cols)
    return BAD(s, start, "%zu numbers where the first row has %zu: every row must be as long", length, s->cols);
  s->rows++;
  *at = p;
  return LAC_OK;
}

static int matrix(reading *s)
{
  for (const char *p = s->text; *p; p += *p == '\n') {
    p = skip_blanks(p);
    if (!ends_line(*p))
      LAC_TRY(row(s, &p));
    if (*p == '#')
      p += strcspn(p, "\n");
  }
  return s->rows ? LAC_OK : lac_fail(LAC_EUSER, "%s: no numbers in the file: a matrix has a row a line", s->name);
}

int lac_read_matrix(const char *path, double **values, size_t *rows, size_t *cols)
{
  char *text;
  size_t size;
  *values = NULL;
  *rows = *cols = 0;
  LAC_TRY(lac_read_file(path, &text, &size));
  reading s = {.name = path, .text = text};
  int code = lac_clean_text(path, text, size);
  if (code == LAC_OK)
    code = matrix(&s);
  free(text);
  if (code != LAC_OK) {
    free(s.values);
    return code;
  }
  *values = s.values;
  *rows = s.rows;
  *cols = s.cols;
  return LAC_OK;
}
