/* Which client holds which rows and classes: laconic show --split. */
#include "command/commands.h"
#include "data.h"
#include "elementary.h"
#include "figures/heatmap.h"
#include "registry/registry.h"
#include "stats.h"
#include "utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, CLASSES_SHOWN = 12 };      /* in a table for people */

typedef struct {
  uint32_t n, classes;
  uint64_t *count;                 /* of client i and class c: count[i * classes + c] */
  double *rows, *held, *entropy, *distance;      /* of every client: rows, classes, bits, total variation from all rows */
  double all_rows, all_entropy;
} division;

static void free_division(division *d)
{
  free(d->count);
  free(d->rows);
  free(d->held);
  free(d->entropy);
  free(d->distance);
}

static double entropy_of(const uint64_t *count, uint32_t classes, double rows)
{
  double bits = 0;
  for (uint32_t c = 0; c < classes; c++)
    if (count[c])
      bits -= (double)count[c] / rows * lac_log2((double)count[c] / rows);
  return bits > 0 ? bits : 0;
}

static void measure_clients(division *d, const uint64_t *all)
{
  d->all_entropy = entropy_of(all, d->classes, d->all_rows);
  for (uint32_t i = 0; i < d->n; i++) {
    const uint64_t *count = d->count + (size_t)i * d->classes;
    d->entropy[i] = entropy_of(count, d->classes, d->rows[i]);
    for (uint32_t c = 0; c < d->classes; c++) {
      d->held[i] += count[c] > 0;
      d->distance[i] += fabs((double)count[c] / d->rows[i] - (double)all[c] / d->all_rows) / 2;
    }
  }
}

/* The largest matrix of counts: 2^28 bytes. */
static int check_size(uint32_t n, uint32_t classes)
{
  return (double)n * classes <= 0x1p25 ? LAC_OK :
         lac_fail(LAC_EUSER, "show --split: %u clients and %u classes are too many to count; lower --clients", n, classes);
}

static int divide(division *d, const lac_data *data, uint32_t n)
{
  const lac_data_info *about = lac_data_about(data);
  *d = (division){ .n = n, .classes = about->distinct ? about->classes : 0 };
  LAC_TRY(check_size(n, d->classes + 1));
  uint64_t *all = lac_alloc((d->classes + 1) * sizeof *all);
  double **each[] = { &d->rows, &d->held, &d->entropy, &d->distance };
  int status = all && (d->count = lac_alloc(((size_t)n * d->classes + 1) * sizeof *d->count)) ? LAC_OK : LAC_ENOMEM;
  for (size_t k = 0; k < LAC_COUNT(each) && status == LAC_OK; k++)
    status = (*each[k] = lac_alloc(n * sizeof **each[k])) ? LAC_OK : LAC_ENOMEM;
  for (uint32_t i = 0; i < n && status == LAC_OK; i++) {
    uint64_t *count = d->count + (size_t)i * d->classes;
    d->all_rows += d->rows[i] = (double)lac_data_shard_rows(data, i);
    status = d->classes ? lac_data_count_labels(data, i, count) : LAC_OK;
    for (uint32_t c = 0; c < d->classes; c++)
      all[c] += count[c];
  }
  if (status == LAC_OK)
    measure_clients(d, all);
  free(all);
  return status;
}

/* ---- words ---- */

static void print_range(const char *what, const double *x, uint32_t n, const char *more)
{
  double *sorted = lac_alloc(n * sizeof *sorted), sum = 0;
  if (!sorted)
    return;
  memcpy(sorted, x, n * sizeof *sorted);
  for (uint32_t i = 0; i < n; i++)
    sum += x[i];
  double median = lac_quantile(sorted, n, 0.5);
  lac_print(stdout, "  %-9s mean %-8.4g least %-8.4g median %-8.4g most %.4g%s\n", what, sum / n, sorted[0], median, sorted[n - 1], more);
  free(sorted);
}

static void print_summary(const division *d, const lac_data *data)
{
  const lac_data_info *about = lac_data_about(data);
  char of[80];
  lac_print(stdout, "%s: %zu rows", lac_data_dataset_text(data), about->rows);
  if (d->classes)
    lac_print(stdout, " of %u classes", d->classes);
  lac_print(stdout, "\n%s: %u clients\n", lac_data_split_text(data), d->n);
  print_range("rows", d->rows, d->n, "");
  if (!d->classes)
    return;
  print_range("classes", d->held, d->n, "");
  snprintf(of, sizeof of, "; bits of a client's classes; of all rows %.4g", d->all_entropy);
  print_range("entropy", d->entropy, d->n, of);
  print_range("distance", d->distance, d->n, "; total variation, of a client's classes from those of all rows");
}

/* ---- table ---- */

static int add_column(lac_sheet *s, const char *name, const double *x, size_t every, uint32_t n)
{
  lac_sheet_cell *cell = lac_sheet_add(s, name, name, "%.4g");
  for (size_t i = 0; cell && i < s->rows; i++) {
    size_t at = i + 1 < s->rows ? i * every : n - 1;
    cell[i].real = x ? x[at] : (double)at;
  }
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int add_class(lac_sheet *s, const division *d, uint32_t c, double label, size_t every)
{
  char number[32], *name = lac_asprintf("label_%s", lac_format_real(label, number));
  lac_sheet_cell *cell = name ? lac_sheet_add(s, name, number, "%.7g") : NULL;
  for (size_t i = 0; cell && i < s->rows; i++)
    cell[i].real = (double)d->count[(i + 1 < s->rows ? i * every : d->n - 1) * d->classes + c];
  free(name);
  return cell ? LAC_OK : LAC_ENOMEM;
}

static int print_table(const division *d, const lac_data *data, lac_sheet_format format, int all)
{
  int people = format == LAC_SHEET_TEXT;
  size_t every = all || !people || d->n <= SHOWN ? 1 : d->n / (SHOWN - 1);
  const double *const column[] = { NULL, d->rows, d->held, d->entropy, d->distance };
  static const char *const name[] = { "client", "rows", "classes", "entropy", "distance" };
  lac_sheet s;
  lac_sheet_init(&s, (d->n - 1) / every + 1 + ((d->n - 1) % every != 0));
  int status = LAC_OK;
  for (size_t k = 0; k < (d->classes ? LAC_COUNT(name) : 2) && status == LAC_OK; k++)
    status = add_column(&s, name[k], column[k], every, d->n);
  for (uint32_t c = 0; c < d->classes && status == LAC_OK && (!people || d->classes <= CLASSES_SHOWN); c++)
    status = add_class(&s, d, c, lac_data_about(data)->distinct[c], every);
  if (status == LAC_OK)
    status = lac_sheet_print(&s, format, stdout);
  lac_sheet_free(&s);
  return status;
}

/* ---- picture ---- */

static int draw(const division *d, const lac_data *data, const char *path)
{
  if (!d->classes)
    return lac_fail(LAC_EUSER, "show --split -o: the labels of %s are real numbers or take more than 999 values: there are no classes "
                    "to draw", lac_data_dataset_text(data));
  char (*text)[32] = lac_alloc(d->classes * sizeof *text);
  const char **label = lac_alloc(d->classes * sizeof *label);
  char *title = lac_asprintf("%s, %s, %u clients", lac_data_dataset_text(data), lac_data_split_text(data), d->n);
  int status = text && label && title ? LAC_OK : LAC_ENOMEM;
  for (uint32_t c = 0; status == LAC_OK && c < d->classes; c++)
    label[c] = lac_format_real(lac_data_about(data)->distinct[c], text[c]);
  lac_heatmap m = { d->n, d->classes, d->count, label, title, "client", "label", "rows" };
  if (status == LAC_OK)
    status = lac_heatmap_draw(&m, "--output", path);
  free(text);
  free(label);
  free(title);
  return status;
}

/* A problem of texts says what its rows are. */
static int open_text(const lac_config *c, const lac_problem *p, const lac_seeds *seeds, lac_data **data)
{
  lac_windows w;
  p->type->windows(p->params, &w);
  return lac_data_open_text(data, NULL, NULL, &w, *c->dataset ? c->dataset : p->type->data, c->split, *c->data_dir ? c->data_dir : NULL,
                            seeds, (uint32_t)c->clients);
}

static int open_data(const lac_config *c, const lac_seeds *seeds, lac_data **data)
{
  lac_problem p;
  int status = lac_problem_choose(&p, "--problem", c->problem);
  if (status == LAC_OK && p.type->labels == LAC_SYMBOLS)
    status = open_text(c, lac_problem_innermost(&p), seeds, data);
  else if (status == LAC_OK)
    status = lac_data_open(data, *c->dataset ? c->dataset : "synthetic", c->split, *c->data_dir ? c->data_dir : NULL, seeds,
                           (uint32_t)c->clients);
  lac_problem_forget(&p);
  return status;
}

int lac_show_split(const lac_config *c, lac_sheet_format format, int all, const char *picture)
{
  lac_data *data;
  lac_seeds seeds;
  division d = { 0 };
  if (picture)
    LAC_TRY(lac_heatmap_check("--output", picture));
  LAC_TRY(lac_config_seeds(c, &seeds));
  LAC_TRY(open_data(c, &seeds, &data));
  int status = divide(&d, data, (uint32_t)c->clients);
  if (status == LAC_OK && format == LAC_SHEET_TEXT) {
    print_summary(&d, data);
    lac_print(stdout, "\n");
  }
  if (status == LAC_OK)
    status = print_table(&d, data, format, all);
  if (status == LAC_OK && picture)
    status = draw(&d, data, picture);
  free_division(&d);
  lac_data_close(data);
  return status;
}
