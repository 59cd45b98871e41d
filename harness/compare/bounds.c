#include "compare/compare.h"
#include "file.h"
#include "options.h"

#include "ini.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next of the pieces between commas, without the blanks around it; *text NULL behind the last.  0: it is longer than `size` holds. */
static int next_piece(const char **text, char *piece, size_t size)
{
  const char *from = *text ? *text + strspn(*text, " \t") : "";
  size_t n = strcspn(from, ",");
  *text = from[n] ? from + n + 1 : NULL;
  while (n > 0 && isspace((unsigned char)from[n - 1]))
    n--;
  snprintf(piece, size, "%.*s", (int)(n < size ? n : size - 1), from);
  return n < size;
}

/* "0.05" or "5%"; 0: neither. */
static int read_number(const char *text, double *value)
{
  char *end;
  *value = strtod(text, &end);
  if (end == text || isnan(*value))
    return 0;
  if (*end == '%')
    *value /= 100, end++;
  return *end == 0;
}

/* A side: a number, or `none`. */
static int read_side(const char *text, double none, double *value)
{
  *value = none;
  return strcmp(text, "none") == 0 || read_number(text, value);
}

static int parse_bound(lac_bound *b, const char *text)
{
  char reference[40], lower[40], upper[40];
  int whole = next_piece(&text, reference, sizeof reference) & next_piece(&text, lower, sizeof lower) &
              next_piece(&text, upper, sizeof upper) & next_piece(&text, b->unit, sizeof b->unit);
  b->reference = NAN;
  if (!whole || text || (strcmp(reference, "base") && !read_number(reference, &b->reference)) || !read_side(lower, -INFINITY, &b->lower) ||
      !read_side(upper, INFINITY, &b->upper))
    return lac_fail(LAC_EUSER, "not REFERENCE, LOWER, UPPER, UNIT with `base` or a number, and numbers or `none`");
  return b->lower <= b->upper && (b->reference == 0 || (b->lower <= 0 && b->upper >= 0)) ? LAC_OK :
         lac_fail(LAC_EUSER, "LOWER is at most 0 and UPPER at least 0");
}

static int add_bound(lac_bounds *b, const lac_ini_entry *line)
{
  if (!*line->section && strcmp(line->key, "target") == 0) {
    int n = snprintf(b->target, sizeof b->target, "%s", line->value);
    return n < (int)sizeof b->target ? LAC_OK : lac_fail(LAC_EUSER, "target must be COLUMN:VALUE, not '%.40s...'", line->value);
  }
  LAC_TRY(lac_grow(&b->bound, &b->cap, b->count + 1, sizeof *b->bound));
  lac_bound *one = &b->bound[b->count++];
  *one = (lac_bound){ .rows = lac_strdup(*line->section ? line->section : "*"), .quantity = lac_strdup(line->key) };
  return one->rows && one->quantity ? lac_context(parse_bound(one, line->value), "%s = %.100s", line->key, line->value) : LAC_ENOMEM;
}

int lac_bounds_read(lac_bounds *b, const char *path)
{
  lac_ini file;
  *b = (lac_bounds){ .path = lac_strdup(path) };
  if (!b->path)
    return LAC_ENOMEM;
  LAC_TRY(lac_context(lac_ini_read(&file, path), "--bounds"));
  int status = LAC_OK;
  for (const lac_ini_entry *line = file.entry; status == LAC_OK && line < file.entry + file.count; line++)
    if (line->key)
      status = lac_context(add_bound(b, line), "--bounds: %s: line %zu", path, line->line);
  lac_ini_free(&file);
  return status;
}

void lac_bounds_free(lac_bounds *b)
{
  for (size_t i = 0; i < b->count; i++) {
    free(b->bound[i].rows);
    free(b->bound[i].quantity);
  }
  free(b->bound);
  free(b->path);
  *b = (lac_bounds){ 0 };
}
