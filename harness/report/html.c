#include "report/html.h"

#include "base.h"
#include "utf8.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Without control characters and bytes that are not UTF-8; caller frees.  NULL: no memory. */
static char *clean_copy(const char *text)
{
  char *copy = lac_strdup(text ? text : "");
  if (copy)
    lac_printable(copy);
  return copy;
}

static void put_escaped(FILE *to, const char *text)
{
  char *copy = clean_copy(text);
  for (const char *p = copy; p && *p; p++) {
    const char *name = *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '&' ? "&amp;" : *p == '"' ? "&quot;" : *p == '\'' ? "&#39;" : NULL;
    if (name)
      fputs(name, to);
    else
      fputc(*p, to);
  }
  free(copy);
}

void lac_html(FILE *to, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  for (const char *p = format; *p; p++) {
    if (*p != '%') {
      fputc(*p, to);
      continue;
    }
    switch (*++p) {
    case 's': put_escaped(to, va_arg(args, const char *)); break;
    case 'r': fputs(va_arg(args, const char *), to); break;
    case 'u': fprintf(to, "%zu", va_arg(args, size_t)); break;
    case 'g': fprintf(to, "%.4g", va_arg(args, double)); break;
    default: fputc(*p, to);
    }
  }
  va_end(args);
}

void lac_html_lines(FILE *to, const char *text)
{
  char *copy = lac_strdup(text), *rest = copy;
  for (char *line; rest && (line = strsep(&rest, "\n"));) {
    line[strcspn(line, "\r")] = 0;
    for (char *tab; (tab = strchr(line, '\t'));)
      *tab = ' ';
    put_escaped(to, line);
    fputc('\n', to);
  }
  free(copy);
}

void lac_html_json(FILE *to, const char *text)
{
  char *copy = clean_copy(text);
  fputc('"', to);
  for (const char *p = copy; p && *p; p++)
    fprintf(to, strchr("<>&'\"\\", *p) ? "\\u%04x" : "%c", (unsigned char)*p);
  fputc('"', to);
  free(copy);
}

void lac_html_number(FILE *to, double value, int digits)
{
  if (isfinite(value))
    fprintf(to, "%.*g", digits, value);
  else
    fputs("null", to);
}
