#include "experiment/progress.h"

#include "ranks/terminal.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_eta(char *text, size_t size, double seconds)
{
  if (seconds < 90)
    snprintf(text, size, "%.0f s", seconds);
  else if (seconds < 5400)
    snprintf(text, size, "%.0f min", seconds / 60);
  else
    snprintf(text, size, "%.1f h", seconds / 3600);
}

/* "run 12 of 200, all in 3 min: " */
static void print_place(const lac_execution *how, double fraction, char *text, size_t size)
{
  lac_sweep_progress all;
  char eta[32];
  how->progress(how->self, fraction, &all);
  print_eta(eta, sizeof eta, all.seconds);
  snprintf(text, size, "run %zu of %zu, all in %s: ", all.run, all.runs, eta);
}

/* What the test set says, where there is one: "  test accuracy 0.8380". */
static void print_test(const lac_progress *p, const lac_cell *cell, char *text, size_t size)
{
  static const struct { const char *column, *words; } shown[] = {
    { "test_perplexity", "perplexity" }, { "test_accuracy", "test accuracy" }, { "test_loss", "test loss" } };
  const lac_trace_layout *t = &p->run->trace;
  *text = 0;
  for (size_t i = 0; i < LAC_COUNT(shown) && !*text; i++)
    for (size_t k = 0; k < t->columns; k++)
      if (strcmp(t->column[k].name, shown[i].column) == 0)
        snprintf(text, size, "  %s %.4g", shown[i].words, cell[k].real);
}

/* The cell of a column; NULL: the trace has none of that name. */
static const lac_cell *cell_of(const lac_progress *p, const lac_cell *cell, const char *name)
{
  const lac_trace_layout *t = &p->run->trace;
  for (size_t k = 0; k < t->columns; k++)
    if (strcmp(t->column[k].name, name) == 0)
      return &cell[k];
  return NULL;
}

static void show_progress(lac_progress *p, const lac_cell *cell)
{
  const lac_cell *norm = cell_of(p, cell, "grad_norm_sq"), *bits = cell_of(p, cell, "bits_up");
  double now = lac_seconds(), total = (double)p->run->config->rounds, done = (double)cell[0].count;
  char eta[32], test[64], training[48] = "", before[96] = "";
  if (!p->on || now - p->how->shown < 0.2 || done <= p->from)
    return;
  p->how->shown = now;
  if (p->how->progress)
    print_place(p->how, done / total, before, sizeof before);
  print_eta(eta, sizeof eta, (now - p->start) * (total - done) / (done - p->from));
  print_test(p, cell, test, sizeof test);
  if (norm)
    snprintf(training, sizeof training, "  |grad f|^2 %.3e", norm->real);
  int width = fprintf(stderr, "\r%sround %.0f/%.0f%s%s  bits/client %.4g  ETA %s", before, done, total, training, test,
                      (double)bits->count / p->run->env.n, eta) - 1;
  fprintf(stderr, "%*s", width < p->width ? p->width - width : 0, "");
  p->width = width;
  fflush(stderr);
}

static int on_row(void *self, const lac_cell *cells)
{
  lac_progress *p = self;
  show_progress(p, cells);
  return lac_recorder_row(p->rec, cells);
}

static const lac_cell *rows_so_far(void *self, size_t *count, size_t *width)
{
  return lac_recorder_rows(((lac_progress *)self)->rec, count, width);
}

void lac_progress_begin(lac_progress *p, const lac_run *run, lac_recorder *rec, lac_execution *how)
{
  int wanted = run->config->progress;
  *p = (lac_progress){ .rec = rec, .run = run, .how = how, .start = lac_seconds(), .from = (double)run->round };
  p->on = rec && !how->quiet && (wanted == LAC_PROGRESS_YES || (wanted == LAC_PROGRESS_AUTO && lac_stderr_is_terminal()));
}

lac_sink lac_progress_sink(lac_progress *p) { return (lac_sink){ on_row, rows_so_far, p }; }

void lac_progress_end(lac_progress *p)
{
  if (p->width)
    fprintf(stderr, "\r%*s\r", p->width, "");
}
