#include "verdicts.h"

#include <math.h>

const char *const lac_verdict_name[LAC_VERDICTS] = { "PASS", "FAIL", "NOT APPLICABLE", "NOT TESTED" };

/* '#' would begin a directive. */
static void put_plain(FILE *to, const char *text)
{
  for (; *text; text++)
    fputc(*text == '#' || *text == '\n' ? ' ' : *text, to);
}

void lac_put_tap(FILE *to, size_t number, const lac_finding *f)
{
  fprintf(to, "%sok %zu - ", f->verdict == LAC_FAIL ? "not " : "", number);
  put_plain(to, f->name);
  fputs(": ", to);
  put_plain(to, f->check);
  if (f->verdict == LAC_NOT_APPLICABLE || f->verdict == LAC_NOT_TESTED) {
    fprintf(to, " # SKIP %s: %s\n", f->verdict == LAC_NOT_TESTED ? "not tested" : "not applicable", f->figure);
    return;
  }
  if (!isnan(f->bound))
    fprintf(to, " (%.4g, at most %.4g)", f->number, f->bound);
  fprintf(to, "\n# %s\n", f->figure);
}

static void put_escaped(FILE *to, const char *text)
{
  for (; *text; text++)
    switch (*text) {
    case '&': fputs("&amp;", to); break;
    case '<': fputs("&lt;", to); break;
    case '>': fputs("&gt;", to); break;
    case '"': fputs("&quot;", to); break;
    default: fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
    }
}

static void put_case(FILE *to, const lac_finding *f)
{
  static const char *const tag[LAC_VERDICTS] = { "system-out", "failure", "skipped", "skipped" };
  fprintf(to, "  <testcase classname=\"%s.", f->kind);
  put_escaped(to, f->name);
  fputs("\" name=\"", to);
  put_escaped(to, f->check);
  fprintf(to, f->verdict == LAC_PASS ? "\"><%s>" : "\"><%s message=\"", tag[f->verdict]);
  if (!isnan(f->number))
    fprintf(to, "%.17g, at most %.17g: ", f->number, f->bound);
  put_escaped(to, f->figure);
  fprintf(to, f->verdict == LAC_PASS ? "</%s></testcase>\n" : "\"/></testcase>\n", tag[f->verdict]);
}

void lac_put_junit(FILE *to, const char *suite, const lac_finding *f, size_t count)
{
  size_t of[LAC_VERDICTS] = { 0 };
  for (size_t i = 0; i < count; i++)
    of[f[i].verdict]++;
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
  fprintf(to, "<testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", suite, count, of[LAC_FAIL],
          of[LAC_NOT_APPLICABLE] + of[LAC_NOT_TESTED]);
  for (size_t i = 0; i < count; i++)
    put_case(to, &f[i]);
  fputs("</testsuite>\n", to);
}
