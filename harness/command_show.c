#include "commands.h"
#include "result.h"

#include <stdio.h>
#include <string.h>

typedef struct { const char *file[1024]; size_t count; int all; } arguments;

static const struct argp_option options[] = {
  { "all", 'a', NULL, 0, "every row of the trace, as a table", 0 }, { 0 } };

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case 'a':
    a->all = 1;
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

static void print_row(const lac_result *r, size_t row, const char *const *order, size_t count)
{
  for (size_t k = 0; k < count; k++) {
    const double *column = lac_result_column(r, order[k]);
    if (column)
      printf(" %*.*g", k == 0 ? 9 : 14, 10, column[row]);
  }
  printf("\n");
}

static void print_trace(const lac_result *r, int all)
{
  static const char *const order[] = { "round", "f", "grad_norm_sq", "f_gap", "dist_sq", "bits_up", "bits_down", "msgs_up", "msgs_down",
                                       "oracle_calls" };
  enum { SHOWN = 12 };
  for (size_t k = 0; k < LAC_COUNT(order); k++)
    if (lac_result_column(r, order[k]))
      printf(" %*s", k == 0 ? 9 : 14, order[k]);
  printf("\n");
  for (size_t i = 0; i < r->rows; i++)
    if (all || r->rows <= SHOWN || i == r->rows - 1 || i % (r->rows / (SHOWN - 1)) == 0)
      print_row(r, i, order, LAC_COUNT(order));
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
    print_result(&r, a.all);
    lac_result_close(&r);
  }
  return LAC_OK;
}
