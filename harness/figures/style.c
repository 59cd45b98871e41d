#include "figures/style.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lac_look_key[LAC_LOOK_KEYS] = { "width", "height", "font", "linewidth", "show" };

/* The one font that is on every machine with gnuplot: Debian's fontconfig depends on it. */
static const char default_family[] = "DejaVu Sans";

const lac_look lac_look_default = {
  .family = default_family, .family_length = sizeof default_family - 1, .size = 8, .line = 1,
  .show = LAC_SHOW_TITLE | LAC_SHOW_CAPTION | LAC_SHOW_LEGEND | LAC_SHOW_SIZES,
};

enum { LENGTH_LEAST = 72, LENGTH_MOST = 3000 };
enum { SIZE_LEAST = 6, SIZE_MOST = 40 };

/* pt is TeX's, which \columnwidth is told in; bp is PostScript's. */
static double unit_of(const char *text)
{
  static const struct { const char *name; double points; } units[] = {
    { "pt", 72 / 72.27 }, { "bp", 1 }, { "mm", 72 / 25.4 }, { "cm", 72 / 2.54 }, { "in", 72 } };
  for (size_t i = 0; i < LAC_COUNT(units); i++)
    if (strcmp(text, units[i].name) == 0)
      return units[i].points;
  return NAN;
}

static int parse_length(const char *key, const char *text, int is_width, double *length)
{
  static const struct { const char *name; double points; } columns[] = { { "column", 252 * 72 / 72.27 }, { "text", 516 * 72 / 72.27 } };
  char *end;
  if (is_width)
    for (size_t i = 0; i < LAC_COUNT(columns); i++)
      if (strcmp(text, columns[i].name) == 0) {
        *length = columns[i].points;
        return LAC_OK;
      }
  *length = strtod(text, &end);
  *length *= unit_of(end + strspn(end, " "));
  if (end == text || !isfinite(*length))
    return lac_fail(LAC_EUSER, "%s must be %sa length such as 252pt, with pt, bp, mm, cm or in, not '%.40s'", key,
                    is_width ? "column, text or " : "", text);
  if (*length < LENGTH_LEAST || *length > LENGTH_MOST)
    return lac_fail(LAC_EUSER, "%s must be between 1in and 3000bp, not '%.40s'", key, text);
  return LAC_OK;
}

static int parse_points(const char *key, const char *text, double least, double most, double *value)
{
  char *end;
  *value = strtod(text, &end);
  end += strspn(end, " ");
  if (strcmp(end, "pt") == 0 || strcmp(end, "bp") == 0)
    end += 2;
  if (end == text || *end || !(*value >= least && *value <= most))
    return lac_fail(LAC_EUSER, "%s must be a number of points from %g to %g, not '%.40s'", key, least, most, text);
  return LAC_OK;
}

/* FAMILY, FAMILY,SIZE or SIZE alone.  The name goes into a script. */
static int parse_font(lac_look *l, const char *key, const char *text)
{
  const char *comma = strchr(text, ',');
  size_t n = comma ? (size_t)(comma - text) : strlen(text);
  if (!comma && strspn(text, "0123456789. bpt") == n)
    return parse_points(key, text, SIZE_LEAST, SIZE_MOST, &l->size);
  while (n > 0 && text[n - 1] == ' ')
    n--;
  for (size_t i = 0; i < n; i++)
    if (!isalnum((unsigned char)text[i]) && !(text[i] & 0x80) && !strchr(" -", text[i]))
      return lac_fail(LAC_EUSER, "%s: the name of a family has letters, digits, blanks and hyphens, not '%c'", key, text[i]);
  if (n == 0)
    return lac_fail(LAC_EUSER, "%s must be a family and a size, such as Times,8, not '%.40s'", key, text);
  l->family = text;
  l->family_length = (int)n;
  char size[80];
  snprintf(size, sizeof size, "%s: the size", key);
  return comma ? parse_points(size, comma + 1 + strspn(comma + 1, " "), SIZE_LEAST, SIZE_MOST, &l->size) : LAC_OK;
}

static int parse_show(const char *key, const char *text, unsigned *show)
{
  static const struct { const char *name; unsigned bit; } parts[] = {
    { "title", LAC_SHOW_TITLE }, { "caption", LAC_SHOW_CAPTION }, { "legend", LAC_SHOW_LEGEND }, { "sizes", LAC_SHOW_SIZES },
    { "none", 0 } };
  *show = 0;
  for (const char *p = text + strspn(text, " ,"); *p; p += strspn(p, " ,")) {
    size_t n = strcspn(p, " ,"), i = 0;
    while (i < LAC_COUNT(parts) && (strlen(parts[i].name) != n || strncmp(parts[i].name, p, n)))
      i++;
    if (i == LAC_COUNT(parts))
      return lac_fail(LAC_EUSER, "%s must be a list of title, caption, legend, sizes, or none, not '%.40s'", key, text);
    *show |= parts[i].bit;
    p += n;
  }
  return LAC_OK;
}

int lac_look_set(lac_look *l, const char *before, const char *key, const char *value, int *is_key)
{
  size_t k = 0;
  while (k < LAC_LOOK_KEYS && strcmp(key, lac_look_key[k]))
    k++;
  char name[64];
  *is_key = k < LAC_LOOK_KEYS;
  snprintf(name, sizeof name, "%s%s", before, *is_key ? key : "");
  switch (k) {
  case 0:
    return parse_length(name, value, 1, &l->width);
  case 1:
    return parse_length(name, value, 0, &l->height);
  case 2:
    return parse_font(l, name, value);
  case 3:
    return parse_points(name, value, 0.1, 10, &l->line);
  case 4:
    return parse_show(name, value, &l->show);
  default:
    return LAC_OK;
  }
}
