#include "figures/heatmap.h"

#include "figures/gnuplot.h"
#include "figures/text.h"
#include "store/temporary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const formats[] = { "svg", "pdf", "png" };

static const char *format_of(const char *path)
{
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < LAC_COUNT(formats); i++)
    if (strcmp(dot + 1, formats[i]) == 0)
      return formats[i];
  return NULL;
}

int lac_heatmap_check(const char *option, const char *path)
{
  return format_of(path) ? LAC_OK : lac_fail(LAC_EUSER, "%s: %.200s must end in .svg, .pdf or .png", option, path);
}

/* Points. */
static double width_of(const lac_heatmap *m) { return fmin(700, fmax(360, 110 + 4 * (double)m->columns)); }
static double height_of(const lac_heatmap *m) { return fmin(700, 90 + 14 * (double)m->rows); }

/* See script.c for what a terminal of cairo makes of sizes. */
static void put_terminals(FILE *to, const lac_heatmap *m)
{
  double w = width_of(m), h = height_of(m), dot = 96 / 72.0, png = 300 / 72.0;
  const char *font = lac_look_default.family;
  int n = lac_look_default.family_length;
  fprintf(to, "if (format eq 'pdf') set terminal pdfcairo size %.4fin,%.4fin font '%.*s,8' fontscale 0.75 linewidth 2\n", w / 72, h / 72, n,
          font);
  fprintf(to, "if (format eq 'svg') set terminal svg size %.0f,%.0f font '%.*s&#44; Verdana&#44; sans-serif,8' fontscale %.4f "
              "linewidth %.4f background '#ffffff'\n", w * dot, h * dot, n, font, dot, dot);
  fprintf(to, "if (format eq 'png') set terminal pngcairo size %.0f,%.0f font '%.*s,8' fontscale %.4f linewidth %.4f\n", w * png,
          h * png, n, font, png * 0.75, png);
}

static void put_counts(FILE *to, const lac_heatmap *m)
{
  fprintf(to, "$counts << END\n");
  for (size_t c = 0; c < m->rows; c++)
    for (size_t i = 0; i < m->columns; i++)
      fprintf(to, "%llu%c", (unsigned long long)m->count[i * m->rows + c], i + 1 < m->columns ? ' ' : '\n');
  fprintf(to, "END\n");
}

/* One hue from white to nearly black: as dark as large, in grey and for every colour vision. */
static int put_script(FILE *to, const lac_heatmap *m)
{
  size_t every = (m->rows + 39) / 40;
  fprintf(to, "set encoding utf8\n");
  put_terminals(to, m);
  put_counts(to, m);
  fprintf(to, "set output picture\nset title ");
  lac_put_string(to, m->title);
  fprintf(to, " noenhanced font ',9'\nset xlabel ");
  lac_put_string(to, m->x);
  fprintf(to, " noenhanced\nset ylabel ");
  lac_put_string(to, m->y);
  fprintf(to, " noenhanced\nset cblabel ");
  lac_put_string(to, m->bar);
  fprintf(to, " noenhanced\nset palette defined (0 '#ffffff', 1 '#c6dbef', 2 '#6baed6', 3 '#2171b5', 4 '#08306b', 5 '#041530')\n"
              "set border 15 lw 0.5 lc rgb '#404040'\nset tics out nomirror scale 0.5\nset cbrange [0:*]\n"
              "set xrange [-0.5:%zu.5]\nset yrange [%zu.5:-0.5]\nset ytics (", m->columns - 1, m->rows - 1);
  for (size_t c = 0; c < m->rows; c += every) {
    fprintf(to, c ? ", " : "");
    lac_put_string(to, m->label[c]);
    fprintf(to, " %zu", c);
  }
  fprintf(to, ")\n%splot $counts matrix with image pixels notitle\nset output\n", m->columns < 2 ? "set xtics (0)\n" : "");
  return LAC_OK;
}

static int copy_file(const char *from, FILE *to)
{
  char bytes[8192];
  size_t size;
  FILE *in = fopen(from, "rb");
  if (!in)
    return lac_fail(LAC_EIO, "cannot read %s", from);
  while ((size = fread(bytes, 1, sizeof bytes, in)))
    fwrite(bytes, 1, size, to);
  int failed = ferror(in);
  fclose(in);
  return failed ? lac_fail(LAC_EIO, "cannot read %s", from) : LAC_OK;
}

static int draw_in(const lac_workplace *w, const lac_heatmap *m, const char *format)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--output", "%s", w->file[0]));
  LAC_TRY(lac_temporary_close(&t, put_script(t.to, m)));
  return lac_gnuplot_draw(w->folder, "map", format);
}

int lac_heatmap_draw(const lac_heatmap *m, const char *option, const char *path)
{
  LAC_TRY(lac_heatmap_check(option, path));
  const char *format = format_of(path);
  char picture[16];
  snprintf(picture, sizeof picture, "map.%s", format);
  const char *const names[] = { "map.gp", picture };
  lac_workplace w;
  lac_temporary t;
  int status = lac_workplace_make(&w, names, LAC_COUNT(names));
  if (status == LAC_OK)
    status = draw_in(&w, m, format);
  if (status == LAC_OK && (status = lac_temporary_open(&t, option, "%s", path)) == LAC_OK)
    status = lac_temporary_close(&t, copy_file(w.file[1], t.to));
  lac_workplace_remove(&w);
  return status;
}
