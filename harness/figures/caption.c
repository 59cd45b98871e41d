#include "figures/caption.h"
#include "figures/lines.h"
#include "store/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What there is in the lines of the figure. */
typedef struct {
  size_t groups, least, most;            /* runs of a group */
  size_t averaged_groups, averaged_runs; /* lines of groups, of single runs */
  size_t diverged, converged;            /* runs of groups that are shorter than another */
  size_t clamped;
} content;

static size_t count_endings(const lac_figure_curve *c, const char *ending)
{
  size_t count = 0;
  for (size_t i = 0; i < c->runs; i++) {
    const char *reason = lac_result_attribute(&c->run[i]->result, "reason");
    count += reason && strcmp(reason, ending) == 0;
  }
  return count;
}

static content look_at(const lac_figure *f)
{
  content all = { .least = SIZE_MAX };
  for (const lac_figure_curve *c = f->curve; c < f->curve + f->curves; c++) {
    int is_group = c->runs > 1;
    for (size_t k = 0; k < f->style.xs; k++) {
      *(is_group ? &all.averaged_groups : &all.averaged_runs) += c->line[k].averaged > 0;
      all.clamped += c->line[k].clamped;
    }
    if (!is_group)
      continue;
    all.groups++;
    all.least = c->runs < all.least ? c->runs : all.least;
    all.most = c->runs > all.most ? c->runs : all.most;
    all.diverged += count_endings(c, "diverged");
    all.converged += count_endings(c, "converged");
  }
  return all;
}

/* "3 seeds", "2 to 3 runs that differ in seed, x0". */
static void put_size(const lac_figure *f, FILE *to, const content *all)
{
  if (all->least < all->most)
    fprintf(to, "%zu to ", all->least);
  if (f->style.overs == 1 && strcmp(f->style.over[0], "seed") == 0)
    fprintf(to, "%zu seeds", all->most);
  else {
    fprintf(to, "%zu runs that differ in ", all->most);
    for (size_t i = 0; i < f->style.overs; i++)
      fprintf(to, "%s%s", i ? ", " : "", f->style.over[i]);
  }
}

static void put_groups(const lac_figure *f, FILE *to, const content *all, const char *mean)
{
  static const char *const centres[] = { "median", "mean", "geometric mean" };
  static const char *const bands[] = { NULL, "quartiles", "one standard deviation on each side", "least and most" };
  const char *band = bands[f->style.of.band];
  if (f->style.of.band == LAC_BAND_STD && f->style.of.centre == LAC_CENTRE_GMEAN)
    band = "one geometric standard deviation on each side";
  fprintf(to, " Lines: %s of ", centres[f->style.of.centre]);
  put_size(f, to, all);
  fprintf(to, "%s%s", band ? "; bands: " : "", band ? band : "");
  if (all->averaged_groups)
    fprintf(to, "; both as the %s over each of %zu stretches of the axis", mean, lac_figure_stretches(f));
  const char *counts = lac_column_diverged(f->style.y) > 0 ? "infinity" : "0";
  if (all->diverged)
    fprintf(to, ". A run that diverged counts as %s", counts);
  fprintf(to, ".%s", all->converged ? " A run that reached its target keeps its last value." : "");
}

static void put_sentences(const lac_figure *f, FILE *to)
{
  content all = look_at(f);
  const char *mean = f->style.ylog ? "geometric mean" : "mean";
  if (all.groups)
    put_groups(f, to, &all, mean);
  if (all.averaged_runs)
    fprintf(to, " %s: %s over each of %zu stretches of the axis; bands: least and most.", all.groups ? "Single runs" : "Lines", mean,
            lac_figure_stretches(f));
  if (f->clock)
    fprintf(to, " Modelled %s.", f->clock);
  if (f->style.rows.diagonal)
    fprintf(to, " Dashed: y = x.");
  if (all.clamped)
    fprintf(to, " What is not above 0 is drawn at the lower edge.");
}

int lac_figure_describe(lac_figure *f)
{
  char *text = NULL;
  size_t size;
  FILE *to = open_memstream(&text, &size);
  if (!to)
    return lac_fail(LAC_ENOMEM, "out of memory for a caption");
  fprintf(to, "%s", f->style.caption ? f->style.caption : "");
  put_sentences(f, to);
  if (fclose(to) != 0) {
    free(text);
    return lac_fail(LAC_ENOMEM, "out of memory for a caption");
  }
  f->caption = size ? text : NULL;
  if (!size)
    free(text);
  return LAC_OK;
}
