/* The table of laconic bench round: text, and the file that laconic compare and the other half of a pair read. */
#include "bench/round.h"

#include "store/table.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

/* A number of a cell: its name in files, and over two lines of the table; `scale` is from the file's unit to that of the table. */
#define AT(field) offsetof(lac_round_cell, field)
static const struct { const char *name, *unit, *head[2]; size_t offset; double scale; int width, decimals, bar, paired; } columns[] = {
  { "data_bytes", "B", { "data", "MB" }, AT(bytes), 1e-6, 9, 2, 0, 0 },
  { "read_rate", "B/s", { "read", "GB/s" }, AT(read), 1e-9, 7, 1, 0, 0 },
  { "gradient_cpu", "s", { "gradient", "us" }, AT(gradient_cpu), 1e6, 11, 2, 1, 0 },
  { "ns_nonzero", "ns", { "nonzero", "ns" }, AT(ns_nonzero), 1, 8, 3, 0, 0 },
  { "stream", "", { "of", "stream" }, AT(stream), 1, 7, 3, 0, 0 },
  { "gemm", "", { "of", "dgemm" }, AT(gemm), 1, 7, 3, 0, 0 },
  { "round_cpu", "s", { "round", "us CPU" }, AT(round_cpu), 1e6, 11, 2, 1, 0 },
  { "round_wall", "s", { "", "us wall" }, AT(round_wall), 1e6, 11, 2, 0, 0 },
  { "client_cpu", "s", { "client", "us CPU" }, AT(per_client), 1e6, 9, 3, 0, 0 },
  { "oracle", "", { "oracle", "%" }, AT(oracle), 100, 7, 1, 0, 0 },
  { "compress", "", { "compress", "%" }, AT(compress), 100, 9, 1, 0, 0 },
  { "harness", "", { "harness", "%" }, AT(harness), 100, 8, 1, 0, 0 },
  { "blas", "", { "blas", "%" }, AT(blas), 100, 6, 1, 0, 0 },
  { "harness_client", "s", { "/client", "us" }, AT(beside), 1e6, 8, 3, 0, 0 },
  { "memory", "B", { "memory", "B/client" }, AT(memory), 1, 9, 0, 1, 0 },
  { "memory_ratio", "", { "", "ratio" }, AT(memory_ratio), 1, 6, 2, 0, 0 },
  { "gradient_other", "", { "gradient", "other" }, AT(gradient_other), 1, 9, 3, 1, 1 },
  { "gradient_spread", "", { "+-", "%" }, AT(gradient_spread), 100, 5, 1, 0, 1 },
  { "round_other", "", { "round", "other" }, AT(round_other), 1, 7, 3, 0, 1 },
  { "round_spread", "", { "+-", "%" }, AT(round_spread), 100, 5, 1, 0, 1 },
};
static const char *const repeat_names[] = { "gradient", "round" };
enum { NAME_WIDTH = 24 };

static double *place_of(lac_round_cell *c, size_t k) { return (double *)(void *)((char *)c + columns[k].offset); }

static double value_of(const lac_round_cell *c, size_t k)
{
  double value;
  memcpy(&value, (const char *)c + columns[k].offset, sizeof value);
  return value;
}

/* ---- text ---- */

void lac_round_head(int paired)
{
  for (int line = 0; line < 2; line++) {
    printf("%-*s", NAME_WIDTH, line ? "case" : "");
    for (size_t k = 0; k < LAC_COUNT(columns); k++)
      if (paired || !columns[k].paired)
        printf("%s %*s", columns[k].bar ? " |" : "", columns[k].width, columns[k].head[line]);
    putchar('\n');
  }
}

void lac_round_line(const lac_round_cell *c, int paired)
{
  printf("%-*.*s", NAME_WIDTH, NAME_WIDTH, c->name);
  for (size_t k = 0; k < LAC_COUNT(columns); k++) {
    if (columns[k].paired && !paired)
      continue;
    printf("%s ", columns[k].bar ? " |" : "");
    if (isnan(value_of(c, k)))
      printf("%*s", columns[k].width, "-");
    else
      printf("%*.*f", columns[k].width, columns[k].decimals, columns[k].scale * value_of(c, k));
  }
  putchar('\n');
  fflush(stdout);
}

/* ---- HDF5 ---- */

static int add_names(lac_table *t, const lac_round_cell *cells)
{
  lac_table_column *c = lac_table_add(t, "case", "", LAC_ROLE_KEY, 0);
  for (size_t i = 0; c && i < t->rows; i++)
    if (!(c->text[i] = lac_strdup(cells[i].name)))
      return LAC_ENOMEM;
  return c ? LAC_OK : LAC_ENOMEM;
}

static int add_numbers(lac_table *t, const lac_round_cell *cells)
{
  for (size_t k = 0; k < LAC_COUNT(columns); k++) {
    lac_table_column *c = lac_table_add(t, columns[k].name, columns[k].unit, LAC_ROLE_NOTE, 1);
    if (!c)
      return LAC_ENOMEM;
    for (size_t i = 0; i < t->rows; i++)
      c->real[i] = value_of(&cells[i], k);
  }
  return LAC_OK;
}

static int add_repeats(lac_table *t, const lac_round_cell *cells)
{
  for (size_t which = 0; which < LAC_COUNT(repeat_names); which++) {
    lac_table_column *c = lac_table_add(t, repeat_names[which], "stream", LAC_ROLE_SPEED, LAC_ROUND_REPEATS_MOST);
    if (!c)
      return LAC_ENOMEM;
    for (size_t i = 0; i < t->rows; i++)
      memcpy(c->real + i * LAC_ROUND_REPEATS_MOST, cells[i].repeat[which], cells[i].repeats[which] * sizeof *c->real);
  }
  return LAC_OK;
}

static int add_notes(lac_table *t, double seconds, int ranks)
{
  char text[64];
  struct utsname host;
  time_t now = time(NULL);
  uname(&host);
  LAC_TRY(lac_table_note(t, "laconic_version", PACKAGE_VERSION));
  LAC_TRY(lac_table_note(t, "bench", "round"));
  LAC_TRY(lac_table_note(t, "host", host.nodename));
  LAC_TRY(lac_table_note(t, "machine", host.machine));
  LAC_TRY(lac_table_note(t, "compiler", __VERSION__));
  LAC_TRY(lac_table_note(t, "seconds_per_measurement", lac_format_real(seconds, text)));
  LAC_TRY(lac_table_note(t, "ranks", lac_format_real(ranks, text)));
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  return lac_table_note(t, "ended", text);
}

int lac_round_write(const char *path, const lac_round_cell *cells, size_t count, double seconds, int ranks)
{
  lac_table t;
  lac_table_init(&t, count);
  int status = add_names(&t, cells);
  if (status == LAC_OK)
    status = add_numbers(&t, cells);
  if (status == LAC_OK)
    status = add_repeats(&t, cells);
  if (status == LAC_OK)
    status = add_notes(&t, seconds, ranks);
  if (status == LAC_OK)
    status = lac_table_write(&t, path);
  lac_table_close(&t);
  return status;
}

void lac_round_free(lac_round_cell *cells, size_t count)
{
  for (size_t i = 0; i < count; i++)
    free(cells[i].name);
  free(cells);
}

static int take_cells(const lac_table *t, const char *path, lac_round_cell *cells)
{
  const lac_table_column *name = lac_table_find(t, "case");
  for (size_t i = 0; i < t->rows; i++) {
    if (!name || !name->text)
      return lac_fail(LAC_EUSER, "%s is no table of laconic bench round", path);
    if (!(cells[i].name = lac_strdup(name->text[i])))
      return LAC_ENOMEM;
    for (size_t k = 0; k < LAC_COUNT(columns); k++) {
      const lac_table_column *c = lac_table_find(t, columns[k].name);
      *place_of(&cells[i], k) = c && c->real && c->width == 1 ? c->real[i] : NAN;
    }
  }
  return LAC_OK;
}

int lac_round_read(const char *path, lac_round_cell **cells, size_t *count)
{
  lac_table t;
  int is_table;
  *cells = NULL;
  *count = 0;
  LAC_TRY(lac_table_open(&t, path, &is_table));
  if (!is_table)
    return lac_fail(LAC_EUSER, "%s is no table of laconic bench round", path);
  *cells = lac_alloc((t.rows + 1) * sizeof **cells);
  *count = *cells ? t.rows : 0;
  int status = *cells ? take_cells(&t, path, *cells) : LAC_ENOMEM;
  lac_table_close(&t);
  return status;
}
