#include "commands.h"
#include "result.h"

#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = 64 };
typedef struct { const char *file[1024]; size_t count; int all, csv; } arguments;

static const struct argp_option options[] = {
  { "all", 'a', NULL, 0, "every row of the trace, as a table", 0 },
  { "csv", 'c', NULL, 0, "the trace alone, comma-separated, with all digits", 0 },
  { 0 } };

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case 'a':
    a->all = 1;
    return 0;
  case 'c':
    a->csv = 1;
    return 0;
  case ARGP_KEY_ARG:
    if (a->count == LAC_COUNT(a->file))
      return lac_fail(LAC_EUSER, "more than %zu files", LAC_COUNT(a->file));
    a->file[a->count++] = value;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* The columns in an order that reads well; HDF5 has them by name. */
static size_t arrange(const lac_result *r, size_t at[static MOST_COLUMNS])
{
  static const char *const order[] = { "round", "f", "grad_norm_sq", "f_gap", "dist_sq", "accuracy", "bits_up", "bits_down", "msgs_up", "msgs_down",
                                       "oracle_calls" };
  size_t count = 0;
  for (size_t i = 0; i <= LAC_COUNT(order); i++)
    for (size_t k = 0; k < r->columns && count < MOST_COLUMNS; k++) {
      size_t rank = 0;
      while (rank < LAC_COUNT(order) && strcmp(order[rank], r->name[k]))
        rank++;
      if (rank == i)
        at[count++] = k;
    }
  return count;
}

static void print_trace(const lac_result *r, int all)
{
  enum { SHOWN = 12 };
  size_t at[MOST_COLUMNS], count = arrange(r, at), every = all || r->rows <= SHOWN ? 1 : r->rows / (SHOWN - 1);
  for (size_t k = 0; k < count; k++)
    printf(" %*s", k == 0 ? 9 : 14, r->name[at[k]]);
  printf("\n");
  for (size_t i = 0; i < r->rows; i++) {
    if (i % every && i != r->rows - 1)
      continue;
    for (size_t k = 0; k < count; k++)
      printf(" %*.10g", k == 0 ? 9 : 14, r->column[at[k]][i]);
    printf("\n");
  }
}

static void print_csv(const lac_result *r)
{
  size_t at[MOST_COLUMNS], count = arrange(r, at);
  char number[32];
  for (size_t k = 0; k < count; k++)
    printf("%s%s", r->name[at[k]], k + 1 < count ? "," : "\n");
  for (size_t i = 0; i < r->rows; i++)
    for (size_t k = 0; k < count; k++)
      printf("%s%s", lac_format_real(r->column[at[k]][i], number), k + 1 < count ? "," : "\n");
}

static void print_result(const lac_result *r, int all)
{
  printf("%s\n", r->path);
  for (size_t i = 0; i < r->attributes; i++)
    printf("  %-22s %s\n", r->attribute[i].key, r->attribute[i].value);
  printf("\n");
  print_trace(r, all);
}

int lac_command_show(lac_comm *comm, int argc, char **argv)
{
  static const char doc[] = "Show what is in result files: configuration, timing, and the trace (some rows, or --all).\v"
                            "The files are plain HDF5; h5dump and h5py read them too.";
  struct argp argp = { options, parse, "FILE.h5 ...", doc, NULL, NULL, NULL };
  arguments a = { 0 };
  int done;
  LAC_TRY(lac_argp(comm, &argp, argc, argv, &a, &done));
  if (done || lac_comm_rank(comm))
    return LAC_OK;
  if (a.count == 0)
    return lac_fail(LAC_EUSER, "show needs a result file: laconic show FILE.h5");
  for (size_t i = 0; i < a.count; i++) {
    lac_result r;
    LAC_TRY(lac_result_open(&r, a.file[i]));
    printf("%s", i ? "\n" : "");
    if (a.csv)
      print_csv(&r);
    else
      print_result(&r, a.all);
    lac_result_close(&r);
  }
  return LAC_OK;
}
