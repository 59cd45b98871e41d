#include "store/csv.h"

#include "file.h"
#include "utf8.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *path;
  char *at;                 /* what is not read yet */
  size_t line;
  char **field;             /* of all rows, the names first; they lie in the text */
  size_t fields, cap, columns;
} reader;

/* The next field is cut where it lies; *ends: of its row.  Returns NULL when a quote is not closed. */
static char *cut_field(reader *r, int *ends)
{
  char *from = r->at + strspn(r->at, " \t"), *to = from, *p = from, *start = from;
  if (*p == '"') {
    for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
      r->line += *p == '\n';
      *to++ = *p;
      p += *p == '"';
    }
    if (!*p)
      return NULL;
    p++;
    p += strspn(p, " \t");
  } else {
    p += strcspn(p, ",\r\n");
    for (to = p; to > start && isblank((unsigned char)to[-1]);)
      to--;
  }
  *ends = *p != ',';
  r->at = p + (*p == ',') + (*p == '\r' && p[1] == '\n') + (*p == '\r' || *p == '\n');
  if (*p && *p != ',' && *p != '\r' && *p != '\n')
    return NULL;
  *to = 0;
  return start;
}

static int read_row(reader *r)
{
  size_t count = 0, line = ++r->line;
  for (int ends = 0; !ends; count++) {
    LAC_TRY(lac_grow(&r->field, &r->cap, r->fields + 1, sizeof *r->field));
    if (!(r->field[r->fields++] = cut_field(r, &ends)))
      return lac_fail(LAC_EUSER, "%s: line %zu: a quote is not closed, or text stands behind it", r->path, line);
  }
  r->columns = r->columns ? r->columns : count;
  if (count != r->columns)
    return lac_fail(LAC_EUSER, "%s: line %zu has %zu fields, and the first line names %zu", r->path, line, count, r->columns);
  if (r->columns > LAC_TABLE_COLUMNS_MOST || r->fields / r->columns > LAC_TABLE_ROWS_MOST)
    return lac_fail(LAC_EUSER, "%s: line %zu: a table has at most %d columns and %d rows", r->path, line, LAC_TABLE_COLUMNS_MOST,
                    LAC_TABLE_ROWS_MOST);
  return LAC_OK;
}

static int read_rows(reader *r, size_t size)
{
  if (strlen(r->at) != size)
    return lac_fail(LAC_EUSER, "%s: it has a byte of value 0; a table of text is UTF-8", r->path);
  r->at += strncmp(r->at, "\xef\xbb\xbf", 3) ? 0 : 3;
  while (*r->at)
    if (*r->at == '\r' || *r->at == '\n') {      /* an empty line is no row */
      r->line += *r->at == '\n';
      r->at++;
    } else
      LAC_TRY(read_row(r));
  return r->fields > r->columns ? LAC_OK : lac_fail(LAC_EUSER, "%s: a table needs a line of names and at least one row", r->path);
}

/* Nothing is a number that is not known. */
static int parse_number(const char *text, double *x)
{
  char *end;
  *x = *text ? strtod(text, &end) : NAN;
  return !*text || (!*end && end != text);
}

static int is_numeric(const reader *r, size_t column, size_t rows)
{
  double x;
  int any = 0;
  for (size_t i = 1; i <= rows; i++) {
    const char *text = r->field[i * r->columns + column];
    if (!parse_number(text, &x))
      return 0;
    any |= *text != 0;
  }
  return any;
}

static int add_column(const reader *r, lac_table *t, size_t column)
{
  char *name = r->field[column];
  int is_number = is_numeric(r, column, t->rows);
  lac_printable(name);
  if (!*name || lac_table_find(t, name))
    return lac_fail(LAC_EUSER, "%s: column %zu has no name of its own in the first line ('%.40s')", r->path, column + 1, name);
  lac_table_column *c = lac_table_add(t, name, "", is_number ? LAC_ROLE_NOTE : LAC_ROLE_KEY, is_number);
  for (size_t i = 0; c && i < t->rows; i++) {
    char *text = r->field[(i + 1) * r->columns + column];
    if (is_number)
      (void)parse_number(text, &c->real[i]);
    else if (!(c->text[i] = lac_strdup(text)))
      return LAC_ENOMEM;
    else
      lac_printable(c->text[i]);
  }
  return c ? LAC_OK : lac_fail(LAC_ENOMEM, "no memory for a table");
}

int lac_csv_read(lac_table *t, const char *path)
{
  char *bytes = NULL;
  size_t size;
  lac_table_init(t, 0);
  LAC_TRY(lac_read_file(path, &bytes, &size));
  reader r = { .path = path, .at = bytes };
  int status = read_rows(&r, size);
  t->rows = status == LAC_OK ? r.fields / r.columns - 1 : 0;
  for (size_t k = 0; status == LAC_OK && k < r.columns; k++)
    status = add_column(&r, t, k);
  if (status == LAC_OK && !(t->path = lac_strdup(path)))
    status = LAC_ENOMEM;
  if (status != LAC_OK)
    lac_table_close(t);
  free(r.field);
  free(bytes);
  return status;
}
