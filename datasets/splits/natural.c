/* natural.c: a file, or a feature of the rows themselves, says whose row it is.

   file=PATH has a line for every row, with the number or the name of its group; packed or not.  column=J is the feature J (from 1 on),
   whose value tells; it stays among the features.  Groups are in ascending order: of their numbers if every line of the file is a whole
   number, else of the bytes of their names.  Group k of g >= n goes to client k mod n, so that clients of more groups than there are
   clients have whole groups; of fewer groups than clients some would have no row: refused.  A client's rows stand in the file's order.
   So are the data of LEAF (Caldas et al. 2018) split, by writer, user or role. */
#include "parts/deal.h"

#include "file.h"
#include "sha256.h"
#include "utf8.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct { lac_split_common common; char *file; uint64_t column; } natural_params;

static const lac_option options[] = {
  {"file", LAC_TEXT, offsetof(natural_params, file), "", NULL, NULL, "a line for every row: the number or the name of its client"},
  {"column", LAC_UINT, offsetof(natural_params, column), "0", NULL, NULL, "the feature, from 1 on, whose value says whose row it is"},
  LAC_SPLIT_SCALE, {0}
};

/* A line of the file; `number` when all of them are numbers. */
typedef struct { const char *name; uint64_t number; size_t row; } member;

static int by_number(const void *a, const void *b)
{
  const member *p = a, *q = b;
  if (p->number != q->number)
    return p->number < q->number ? -1 : 1;
  return (p->row > q->row) - (p->row < q->row);
}

static int by_name(const void *a, const void *b)
{
  const member *p = a, *q = b;
  int order = strcmp(p->name, q->name);
  return order ? order : (p->row > q->row) - (p->row < q->row);
}

static int parse_number(const char *word, uint64_t *number)
{
  char *end;
  errno = 0;
  *number = strtoull(word, &end, 10);
  return isdigit((unsigned char)*word) && !*end && !errno;
}

/* Cut the text into lines without blanks around them. */
static int read_lines(const char *path, char *text, member *all, size_t rows, int *numbers)
{
  size_t line = 0;
  *numbers = 1;
  for (char *next; text && *text; text = next, line++) {
    next = strchr(text, '\n');
    if (next)
      *next++ = 0;
    text += strspn(text, " \t\r");
    for (size_t n = strlen(text); n && strchr(" \t\r", text[n - 1]); n--)
      text[n - 1] = 0;
    if (!*text)
      return lac_fail(LAC_EUSER, "%s, line %zu: is empty; every row needs the number or the name of its client", path, line + 1);
    uint64_t number = 0;
    *numbers &= parse_number(text, &number);
    if (*text == '-' && parse_number(text + 1, &number))
      return lac_fail(LAC_EUSER, "%s, line %zu: %.40s is negative; numbers of clients begin at 0", path, line + 1, text);
    if (line < rows)
      all[line] = (member){ text, number, line };
  }
  return line == rows ? LAC_OK : lac_fail(LAC_EUSER, "%s: has %zu lines for the %zu rows of the data; it needs a line for every row", path,
                                          line, rows);
}

static int check_groups(size_t groups, const lac_split_input *in, const char *source)
{
  return groups >= in->n ? LAC_OK : lac_fail(LAC_EUSER, "--split: natural: %s tells %zu groups of rows, too few for %u clients; lower "
                                             "--clients to %zu or less", source, groups, in->n, groups);
}

/* Owners of rows that stand in the order of their groups. */
static int deal_groups(lac_dealing *d, const lac_split_input *in, const char *source, const size_t *row, const unsigned char *begins)
{
  size_t groups = 0;
  for (size_t k = 0; k < d->rows; k++) {
    groups += begins[k];
    lac_deal_row(d, row[k], (uint32_t)((groups - 1) % in->n));
  }
  return check_groups(groups, in, source);
}

static int order_lines(const natural_params *p, char *text, size_t rows, size_t *row, unsigned char *begins)
{
  int numbers;
  member *all = lac_alloc(rows * sizeof *all);
  if (!all)
    return LAC_ENOMEM;
  int status = read_lines(p->file, text, all, rows, &numbers);
  if (status == LAC_OK)
    qsort(all, rows, sizeof *all, numbers ? by_number : by_name);
  for (size_t k = 0; status == LAC_OK && k < rows; k++) {
    row[k] = all[k].row;
    begins[k] = k == 0 || (numbers ? all[k].number != all[k - 1].number : strcmp(all[k].name, all[k - 1].name) != 0);
  }
  free(all);
  return status;
}

static int order_file(const natural_params *p, size_t rows, size_t *row, unsigned char *begins)
{
  char *text;
  size_t size;
  LAC_TRY(lac_read_file(p->file, &text, &size));
  int status = lac_clean_text(p->file, text, size);
  if (status == LAC_OK)
    status = order_lines(p, text, rows, row, begins);
  free(text);
  return status;
}

static int order_column(const natural_params *p, const lac_rows *rows, size_t *row, unsigned char *begins)
{
  if (p->column > rows->d)
    return lac_fail(LAC_EUSER, "--split: natural: column=%llu is more than the d=%zu features", (unsigned long long)p->column, rows->d);
  double *key = lac_alloc(rows->m * sizeof *key);
  for (size_t r = 0; key && r < rows->m; r++)
    for (size_t k = rows->ptr[r]; k < rows->ptr[r + 1]; k++)
      if (rows->col[k] == p->column - 1)
        key[r] = rows->val[k];
  int status = lac_sorted_order(key, row, rows->m);
  for (size_t k = 0; status == LAC_OK && k < rows->m; k++)
    begins[k] = k == 0 || key[row[k]] != key[row[k - 1]];
  free(key);
  return status;
}

static int assign(const void *params, const lac_split_input *in, lac_assignment *to)
{
  const natural_params *p = params;
  unsigned char *begins = lac_alloc(in->rows->m);
  lac_dealing d;
  int status = lac_deal_begin(&d, in);
  if (status == LAC_OK && !begins)
    status = LAC_ENOMEM;
  if (status == LAC_OK)
    status = p->column ? order_column(p, in->rows, d.members, begins) : order_file(p, in->rows->m, d.members, begins);
  if (status == LAC_OK)
    status = deal_groups(&d, in, p->column ? "that column" : p->file, d.members, begins);
  if (status == LAC_OK)
    lac_deal_gather(&d, to);
  lac_deal_end(&d);
  free(begins);
  return status;
}

static int check(const void *params)
{
  const natural_params *p = params;
  if (!*p->file == !p->column)
    return lac_fail(LAC_EUSER, "--split: natural needs either file=PATH, a line for every row, or column=J, a feature");
  return LAC_OK;
}

static int hash(const void *params, char *sha256)
{
  const natural_params *p = params;
  char *text;
  size_t size;
  *sha256 = 0;
  if (!*p->file)
    return LAC_OK;
  LAC_TRY(lac_read_file(p->file, &text, &size));
  lac_sha256(text, size, sha256);
  free(text);
  return LAC_OK;
}

const lac_split lac_split_natural = {
  .kind = {"natural", "a file or a feature says whose row it is", options, sizeof(natural_params), "Caldas et al. 2018, arXiv:1812.01097"},
  .check = check,
  .assign = assign,
  .hash = hash,
};
