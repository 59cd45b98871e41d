#include "figures/text.h"

#include "figures/gnuplot.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- characters ---- */

/* The character at `text` and its bytes; a byte that is not UTF-8 is one of its own. */
static uint32_t decode(const char *text, size_t left, size_t *bytes)
{
  const unsigned char *p = (const unsigned char *)text;
  size_t n = *p < 0xc0 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
  uint32_t code = n == 1 ? *p : *p & (0x7fu >> n);
  *bytes = 1;
  if (n > left)
    return *p;
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xc0) != 0x80)
      return *p;
    code = code << 6 | (p[i] & 0x3f);
  }
  *bytes = n;
  return code;
}

static void encode(uint32_t code, char text[5])
{
  size_t n = 0;
  if (code < 0x80)
    text[n++] = (char)code;
  else if (code < 0x800)
    text[n++] = (char)(0xc0 | code >> 6);
  else if (code < 0x10000) {
    text[n++] = (char)(0xe0 | code >> 12);
    text[n++] = (char)(0x80 | (code >> 6 & 0x3f));
  } else {
    text[n++] = (char)(0xf0 | code >> 18);
    text[n++] = (char)(0x80 | (code >> 12 & 0x3f));
    text[n++] = (char)(0x80 | (code >> 6 & 0x3f));
  }
  if (code >= 0x80)
    text[n++] = (char)(0x80 | (code & 0x3f));
  text[n] = '\0';
}

/* What is drawn for a character: control characters are blanks, a quote is an apostrophe. */
static uint32_t drawn(uint32_t code) { return code < ' ' || code == 127 ? ' ' : code == '\'' ? 0x2019 : code; }

static const lac_glyph *find_glyph(const lac_metrics *m, uint32_t code)
{
  for (const lac_glyph *g = m->glyph; g < m->glyph + m->glyphs; g++)
    if (g->code == code)
      return g;
  return NULL;
}

/* ---- measures ---- */

int lac_metrics_need(lac_metrics *m, const char *text)
{
  size_t left = text ? strlen(text) : 0, n;
  for (; left; text += n, left -= n) {
    uint32_t code = drawn(decode(text, left, &n));
    if (find_glyph(m, code))
      continue;
    LAC_TRY(lac_grow(&m->glyph, &m->cap, m->glyphs + 1, sizeof *m->glyph));
    m->glyph[m->glyphs++] = (lac_glyph){ .code = code };
  }
  return LAC_OK;
}

void lac_metrics_free(lac_metrics *m)
{
  free(m->glyph);
  *m = (lac_metrics){ 0 };
}

/* Pictures of texts, cut to their ink: that of "HcH" is wider than that of "HH" by what c takes. */
enum { DOTS = 40 };      /* a point of the font's size is so many pixels / 40 */

static void put_sample(FILE *to, const char *glyph, int bold)
{
  fprintf(to, "set label 1 at screen 0.5,0.5 center font '%s,%d' 'H%sH'\nplot 0\n", bold ? ":Bold" : "", DOTS, glyph);
}

static void put_samples(const lac_metrics *m, const lac_look *look, FILE *to)
{
  fprintf(to, "set encoding utf8\nset terminal pngcairo noenhanced crop size 400,160 fontscale 0.75 font '%.*s,%d'\n"
              "unset border\nunset tics\nunset key\nset xrange [1:2]\nset yrange [1:2]\nset style data dots\n",
          look->family_length, look->family, DOTS);
  for (int bold = 0; bold < 2; bold++) {
    put_sample(to, "", bold);
    for (size_t i = 0; i < m->glyphs; i++) {
      char glyph[5];
      encode(m->glyph[i].code, glyph);
      put_sample(to, glyph, bold);
    }
  }
}

/* The width of the next PNG in these bytes, or 0. */
static unsigned next_width(const unsigned char **at, const unsigned char *end)
{
  static const unsigned char head[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  const unsigned char *p = memmem(*at, (size_t)(end - *at), head, sizeof head);
  if (!p || end - p < 24)
    return 0;
  *at = p + sizeof head;
  return (unsigned)p[16] << 24 | (unsigned)p[17] << 16 | (unsigned)p[18] << 8 | p[19];
}

static int read_samples(lac_metrics *m, const lac_look *look, const unsigned char *at, const unsigned char *end)
{
  for (int bold = 0; bold < 2; bold++) {
    unsigned base = next_width(&at, end);
    for (size_t i = 0; i < m->glyphs; i++) {
      unsigned width = base ? next_width(&at, end) : 0;
      if (!width)
        return lac_fail(LAC_EIO, "gnuplot could not measure texts in the font '%.*s'; is there a limit on the size of files?",
                        look->family_length, look->family);
      m->glyph[i].advance[bold] = width > base ? (double)(width - base) / DOTS : 0;
    }
  }
  return LAC_OK;
}

int lac_metrics_measure(lac_metrics *m, const lac_look *look)
{
  char *script = NULL;
  unsigned char *pictures = NULL;
  size_t size = 0, bytes = 0;
  FILE *to = open_memstream(&script, &size);
  if (!to)
    return lac_fail(LAC_ENOMEM, "out of memory for a picture");
  put_samples(m, look, to);
  int status = fclose(to) == 0 ? lac_gnuplot_ask(script, size, &pictures, &bytes) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = read_samples(m, look, pictures, pictures + bytes);
  free(script);
  free(pictures);
  return status;
}

/* ---- widths ---- */

double lac_text_width(const lac_metrics *m, const char *text, size_t bytes, double size, int bold)
{
  double width = 0;
  for (size_t n; bytes; text += n, bytes -= n) {
    const lac_glyph *g = find_glyph(m, drawn(decode(text, bytes, &n)));
    width += g ? g->advance[bold] : 1;
  }
  return width * size;
}

/* Bytes of the longest beginning that fits. */
static size_t fitting(const lac_metrics *m, const char *text, double size, int bold, double width)
{
  size_t left = strlen(text), fits = 0, n;
  for (double taken = 0; left; fits += n, left -= n) {
    decode(text + fits, left, &n);
    taken += lac_text_width(m, text + fits, n, size, bold);
    if (taken > width)
      break;
  }
  return fits;
}

char *lac_text_cut(const lac_metrics *m, const char *text, double size, int bold, double width)
{
  static const char dots[] = "\u2026";
  if (lac_text_width(m, text, strlen(text), size, bold) <= width + 1e-6)
    return lac_strdup(text);
  size_t n = fitting(m, text, size, bold, width - lac_text_width(m, dots, sizeof dots - 1, size, bold));
  while (n > 0 && text[n - 1] == ' ')
    n--;
  return lac_asprintf("%.*s%s", (int)n, text, dots);
}

size_t lac_text_line(const lac_metrics *m, const char **text, double size, int bold, double width)
{
  *text += strspn(*text, " \t");
  size_t n = fitting(m, *text, size, bold, width), left = strlen(*text), first;
  if (n == left)
    return n;
  for (size_t i = n; i > 0; i--)
    if ((*text)[i] == ' ')
      return i;
  decode(*text, left, &first);
  return n ? n : first;
}

/* ---- strings of a script ---- */

/* In single quotes nothing is special but the quote itself, for which an apostrophe stands. */
static void put_plain(FILE *to, char c)
{
  if (c == '\'')
    fputs("\u2019", to);
  else
    fputc((unsigned char)c < ' ' || c == 127 ? ' ' : c, to);
}

void lac_put_string(FILE *to, const char *text)
{
  fputc('\'', to);
  for (; *text; text++)
    put_plain(to, *text);
  fputc('\'', to);
}

/* Marks of enhanced text are escaped.  Bold is enhanced text, because the SVG terminal has it nowhere else. */
static void put_enhanced(FILE *to, const char *text, int bold)
{
  fputs(bold ? "'{/:Bold " : "'", to);
  for (; *text; text++) {
    if (strchr("{}^_@&~\\", *text))
      fputc('\\', to);
    put_plain(to, *text);
  }
  fputs(bold ? "}'" : "'", to);
}

/* Characters that pdflatex does not have in its own fonts, by their commands. */
static const struct { const char *text, *latex; } commands[] = {
  { "\\", "\\textbackslash{}" }, { "{", "\\{" }, { "}", "\\}" }, { "$", "\\$" }, { "&", "\\&" }, { "#", "\\#" }, { "%", "\\%" },
  { "_", "\\_" }, { "^", "\\textasciicircum{}" }, { "~", "\\textasciitilde{}" }, { "<", "\\textless{}" }, { ">", "\\textgreater{}" },
  { "|", "\\textbar{}" }, { "\"", "\\textquotedblright{}" }, { "'", "\\textquoteright{}" }, { "`", "\\textasciigrave{}" },
  { "\u00d7", "$\\times$" }, { "\u2212", "$-$" }, { "\u00b7", "$\\cdot$" }, { "\u2016", "$\\|$" }, { "\u2207", "$\\nabla$" },
  { "\u00b1", "$\\pm$" }, { "\u2264", "$\\leq$" }, { "\u2265", "$\\geq$" }, { "\u221e", "$\\infty$" }, { "\u2080", "$_0$" },
  { "\u2070", "$^0$" }, { "\u00b9", "$^1$" }, { "\u00b2", "$^2$" }, { "\u00b3", "$^3$" }, { "\u2074", "$^4$" }, { "\u2075", "$^5$" },
  { "\u2076", "$^6$" }, { "\u2077", "$^7$" }, { "\u2078", "$^8$" }, { "\u2079", "$^9$" }, { "\u207b", "$^-$" }, { "\u2026", "\\ldots{}" },
  { "\u25b2", "$\\triangle$" }, { "\u2013", "--" }, { "\u2014", "---" }, { "\u2019", "\\textquoteright{}" },
  { "\u03b1", "$\\alpha$" }, { "\u03b2", "$\\beta$" }, { "\u03b3", "$\\gamma$" }, { "\u03b4", "$\\delta$" }, { "\u03b5", "$\\varepsilon$" },
  { "\u03b6", "$\\zeta$" }, { "\u03b7", "$\\eta$" }, { "\u03b8", "$\\theta$" }, { "\u03ba", "$\\kappa$" }, { "\u03bb", "$\\lambda$" },
  { "\u03bc", "$\\mu$" }, { "\u03bd", "$\\nu$" }, { "\u03be", "$\\xi$" }, { "\u03c0", "$\\pi$" }, { "\u03c1", "$\\rho$" },
  { "\u03c3", "$\\sigma$" }, { "\u03c4", "$\\tau$" }, { "\u03c6", "$\\varphi$" }, { "\u03c7", "$\\chi$" }, { "\u03c8", "$\\psi$" },
  { "\u03c9", "$\\omega$" }, { "\u0394", "$\\Delta$" }, { "\u03a3", "$\\Sigma$" }, { "\u03a9", "$\\Omega$" },
};

static void put_latex(FILE *to, const char *text)
{
  while (*text) {
    size_t i = 0;
    while (i < LAC_COUNT(commands) && strncmp(text, commands[i].text, strlen(commands[i].text)))
      i++;
    if (i < LAC_COUNT(commands)) {
      fputs(commands[i].latex, to);
      text += strlen(commands[i].text);
    } else
      put_plain(to, *text++);
  }
}

void lac_put_text(FILE *to, const char *text, const char *math, double size, int bold)
{
  fprintf(to, "(tex ? '\\fontsize{%.3g}{%.3g}\\selectfont ", size, 1.2 * size);
  if (bold)
    fputs("\\bfseries ", to);
  if (math)
    fputs(math, to);
  else
    put_latex(to, text);
  fputs("' : ", to);
  put_enhanced(to, text, bold);
  fputc(')', to);
}

/* What gnuplot may take for something else is a number. */
void lac_put_name(FILE *to, const char *name)
{
  fputc('"', to);
  for (; *name; name++)
    fprintf(to, *name & 0x80 || isalnum((unsigned char)*name) || strchr("-_./", *name) ? "%c" : "\\%03o", (unsigned char)*name);
  fputc('"', to);
}
