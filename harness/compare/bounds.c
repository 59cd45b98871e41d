#include "compare/compare.h"
#include "file.h"
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next of the pieces between commas, without the blanks around it; *text NULL behind the last. */
static void next_piece(const char **text, char *piece, size_t size)
{
  const char *from = *text ? *text + strspn(*text, " \t") : "";
  size_t n = strcspn(from, ",");
  *text = from[n] ? from + n + 1 : NULL;
  while (n > 0 && isspace((unsigned char)from[n - 1]))
    n--;
  snprintf(piece, size, "%.*s", (int)(n < size ? n : size - 1), from);
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
  next_piece(&text, reference, sizeof reference);
  next_piece(&text, lower, sizeof lower);
  next_piece(&text, upper, sizeof upper);
  next_piece(&text, b->unit, sizeof b->unit);
  b->reference = NAN;
  if (text || (strcmp(reference, "base") && !read_number(reference, &b->reference)) || !read_side(lower, -INFINITY, &b->lower) ||
      !read_side(upper, INFINITY, &b->upper))
    return lac_fail(LAC_EUSER, "not REFERENCE, LOWER, UPPER, UNIT with `base` or a number, and numbers or `none`");
  return b->lower <= b->upper && (b->reference == 0 || (b->lower <= 0 && b->upper >= 0)) ? LAC_OK :
         lac_fail(LAC_EUSER, "LOWER is at most 0 and UPPER at least 0");
}

static int take_line(void *self, const char *section, const char *key, const char *value)
{
  lac_bounds *b = self;
  if (b->status == LAC_OK && lac_is_nothing(value))
    b->status = lac_context(lac_fail(LAC_EUSER, LAC_NOTHING, key), "--bounds: %s", b->path);
  if (b->status != LAC_OK)
    return 1;
  if (!*section && strcmp(key, "target") == 0) {
    snprintf(b->target, sizeof b->target, "%s", value);
    return 1;
  }
  b->status = lac_grow(&b->bound, &b->cap, b->count + 1, sizeof *b->bound);
  if (b->status != LAC_OK)
    return 1;
  lac_bound *one = &b->bound[b->count++];
  *one = (lac_bound){ .rows = lac_strdup(*section ? section : "*"), .quantity = lac_strdup(key) };
  b->status = one->rows && one->quantity ? lac_context(parse_bound(one, value), "%s: %s = %s", b->path, key, value) : LAC_ENOMEM;
  return 1;
}

int lac_bounds_read(lac_bounds *b, const char *path)
{
  *b = (lac_bounds){ .path = lac_strdup(path) };
  if (!b->path)
    return LAC_ENOMEM;
  LAC_TRY(lac_context(lac_check_file(path), "--bounds"));
  errno = 0;
  int line = ini_parse(path, take_line, b);
  if (line == 0)
    return b->status;
  return line < 0 ? lac_fail(LAC_EUSER, "--bounds: cannot read %s: %s", path, errno ? strerror(errno) : "not a text file")
                  : lac_fail(LAC_EUSER, "--bounds: %s: line %d is neither [section] nor key = value", path, line);
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
