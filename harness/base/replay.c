#include "replay.h"

#include "file.h"
#include "options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct lac_replay {
  double *values;            /* rounds x clients x width */
  uint64_t rounds;
  uint64_t shift;            /* row t is for round t + shift */
  uint32_t clients;          /* 1: rows are for everybody */
  size_t width;
  int is_coin;
};

typedef struct {
  const char *what, *path;
  const char *column;        /* the only one that is wanted; "": all */
  uint64_t shift;
  char *names, *at;          /* first line; the lines after it */
  size_t first, count;       /* columns of choices */
  int by_client, is_uniform;
} reader;

typedef struct { char *column; uint64_t shift; } table_params;
static const lac_option table_options[] = {
  { "column", LAC_TEXT, offsetof(table_params, column), "", NULL, NULL, "one of several coins" },
  { "shift", LAC_UINT, offsetof(table_params, shift), "0", NULL, NULL, "round of the first row" },
  { 0 }
};

static int find_columns(reader *in)
{
  size_t k = 0;
  for (char *rest = in->names, *name; (name = strsep(&rest, ",")); k++) {
    name[strcspn(name, "\r")] = 0;
    if (k == 1)
      in->by_client = strcmp(name, "client") == 0 || strcmp(name, "device") == 0 || strcmp(name, "worker") == 0;
    if (*in->column && strcmp(name, in->column) == 0)
      in->first = k;
    in->is_uniform = in->is_uniform || (!*in->column && strcmp(name, "u") == 0);
  }
  size_t choices = in->by_client ? 2 : 1;
  if (k <= choices)
    return lac_fail(LAC_EUSER, "%s: %s needs a line of names, then the round, perhaps the client, and the choices", in->what, in->path);
  if (*in->column && in->first < choices)
    return lac_fail(LAC_EUSER, "%s: %s has no column '%.40s'", in->what, in->path, in->column);
  in->count = *in->column ? 1 : k - choices;
  in->first = *in->column ? in->first : choices;
  return LAC_OK;
}

/* One line into its place. */
static int take_line(lac_replay *t, const reader *in, char *line, char *filled)
{
  double key[2] = { 0, 0 }, value;
  char *end = line;
  size_t k = 0;
  double *row = NULL;
  for (; k < in->first + in->count; k++, end += *end == ',') {
    char *from = end;
    value = strtod(from, &end);
    if (end == from || (*end && *end != ',' && *end != '\r'))
      return lac_fail(LAC_EUSER, "%s: %s: '%.40s' is not a row of numbers", in->what, in->path, line);
    if (k < (in->by_client ? 2u : 1u)) {
      key[k] = value;
      if (k + 1 == (in->by_client ? 2u : 1u)) {
        if (!(key[0] >= 0 && key[0] < (double)t->rounds && key[1] >= 0 && key[1] < t->clients))
          return LAC_OK;      /* beyond this run */
        size_t at = (size_t)key[0] * t->clients + (size_t)key[1];
        row = t->values + at * t->width;
        filled[at] = 1;
      }
    } else if (k >= in->first)
      row[k - in->first] = value;
  }
  return LAC_OK;
}

static int read_lines(lac_replay *t, reader *in)
{
  size_t rows = (size_t)t->rounds * t->clients;
  char *filled = lac_alloc(rows);
  t->values = lac_alloc(rows * t->width * sizeof *t->values);
  int status = filled && t->values ? LAC_OK : LAC_ENOMEM;
  for (char *line; status == LAC_OK && (line = strsep(&in->at, "\n"));)
    if (*line && *line != '\r')
      status = take_line(t, in, line, filled);
  for (size_t i = 0; status == LAC_OK && i < rows; i++)
    if (!filled[i])
      status = lac_fail(LAC_EUSER, "%s: %s has no row for round %zu, client %zu; lower --rounds", in->what, in->path, i / t->clients,
                        i % t->clients);
  free(filled);
  return status;
}

static int read_table(lac_replay *t, reader *in, uint64_t rounds, uint32_t n)
{
  size_t size;
  char *bytes;
  LAC_TRY(lac_context(lac_read_file(in->path, &bytes, &size), "%s", in->what));
  in->at = bytes;
  in->names = strsep(&in->at, "\n");
  int status = find_columns(in);
  if (status == LAC_OK) {
    t->shift = in->shift;
    t->rounds = rounds > in->shift ? rounds - in->shift : 0;
    t->clients = in->by_client ? n : 1;
    t->width = in->count;
    t->is_coin = t->width == 1 && !in->is_uniform;
    status = read_lines(t, in);
  }
  free(bytes);
  return status;
}

int lac_replay_open(lac_replay **out, const char *what, const char *text, uint64_t rounds, uint32_t n)
{
  const char *cut = strrchr(text, ':');
  int length = cut && strchr(cut, '=') ? (int)(cut - text) : (int)strlen(text);      /* a path may have a colon, too */
  char *path = lac_asprintf("%.*s", length, text), *spec = lac_asprintf("replay%s", text + length);
  lac_replay *t = *out = lac_alloc(sizeof *t);
  lac_spec how = { 0 };
  int status = path && spec && t ? lac_spec_parse(&how, what, spec, table_options, sizeof(table_params)) : LAC_ENOMEM;
  if (status == LAC_OK) {
    const table_params *p = how.params;
    reader in = { .what = what, .path = path, .column = p->column, .shift = p->shift };
    status = read_table(t, &in, rounds, n);
  }
  lac_spec_free(&how);
  free(spec);
  free(path);
  return status;
}

void lac_replay_close(lac_replay *t)
{
  if (t)
    free(t->values);
  free(t);
}

uint64_t lac_replay_hash(const lac_replay *t)
{
  return XXH3_64bits(t->values, (size_t)t->rounds * t->clients * t->width * sizeof *t->values);
}

const double *lac_replay_row(const lac_replay *t, uint32_t round, uint32_t client, size_t *width, int *is_coin)
{
  *width = t->width;
  *is_coin = t->is_coin;
  if (round < t->shift || round - t->shift >= t->rounds)
    return NULL;
  return t->values + ((size_t)(round - t->shift) * t->clients + (t->clients == 1 ? 0 : client)) * t->width;
}
