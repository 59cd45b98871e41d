#include "replay.h"

#include "file.h"
#include "options.h"
#include "utf8.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Round and client with the table's shift; phase and step of a table without such columns are 0. */
typedef struct { uint32_t round, client, phase, step; } place;
enum { ROUND, CLIENT, PHASE, STEP, KEYS };
static const char *const key_name[KEYS] = { "round", "client", "phase", "step" };

/* Highest of each: what a stream's name has room for (rng.h). */
enum { STEPS = 1 << 16, PHASES = 1 << 6 };

/* line: of the file, from 0.  taken: 1 + the use of the stream that took it; 0: nobody */
typedef struct { place at; uint32_t taken; size_t line; } row;

struct lac_replay {
  char *what, *path;         /* for messages */
  row *rows;                 /* in the order of their places */
  double *values;            /* of all rows, in that order */
  size_t count, width;
  uint64_t rounds, shift;    /* row t is for round t + shift */
  uint32_t clients;          /* 1: rows are for everybody */
  int is_coin, has[KEYS];
};

typedef struct {
  const char *column;        /* the only one that is wanted; "": all */
  lac_seed_axis axis;
  size_t columns, keys;      /* of a line; of these, the first ones that say where */
  size_t first;              /* column of choices */
  int key[KEYS];             /* what the first columns are */
  int is_uniform;
  double *line;              /* the numbers of one line */
  double *values;            /* of all lines, in their order */
  size_t row_cap, value_cap;
} reader;

typedef struct { char *column; uint64_t shift; } table_params;
static const lac_option table_options[] = {
  { "column", LAC_TEXT, offsetof(table_params, column), "", NULL, NULL, "one of several coins" },
  { "shift", LAC_UINT, offsetof(table_params, shift), "0", NULL, NULL, "round of the first row" },
  { 0 }
};

/* ---- the line of names ---- */

static int key_of(const char *name)
{
  for (int key = CLIENT; key < KEYS; key++)
    if (strcmp(name, key_name[key]) == 0)
      return key;
  return strcmp(name, "device") == 0 || strcmp(name, "worker") == 0 ? CLIENT : ROUND;
}

static char *trim(char *name)
{
  name += strspn(name, " \t");
  for (size_t length = strlen(name); length && strchr(" \t\r", name[length - 1]);)
    name[--length] = 0;
  return name;
}

static int read_name(lac_replay *t, reader *in, const char *name)
{
  int key = in->columns ? key_of(name) : ROUND;
  if (in->columns == 0 || (key && in->keys == in->columns)) {      /* the round, whatever it is called, and keys one after the other */
    if (key && t->has[key])
      return lac_fail(LAC_EUSER, "%s: %s says the %s in two columns", t->what, t->path, key_name[key]);
    t->has[key] = 1;
    in->key[in->keys++] = key;
  } else if (key)
    return lac_fail(LAC_EUSER, "%s: %s: the column '%s' must stand before the choices", t->what, t->path, name);
  else if (*in->column ? strcmp(name, in->column) == 0 : !in->first) {
    if (in->first)
      return lac_fail(LAC_EUSER, "%s: %s has two columns '%s'", t->what, t->path, name);
    in->first = in->columns;
  }
  in->is_uniform |= strcmp(name, "u") == 0 && in->first == in->columns;
  in->columns++;
  return LAC_OK;
}

static int read_names(lac_replay *t, reader *in, char *names)
{
  int one_a_round = in->axis == LAC_SEED_COIN || in->axis == LAC_SEED_SAMPLE;
  for (char *name; (name = strsep(&names, ","));)
    LAC_TRY(read_name(t, in, trim(name)));
  if (in->columns == in->keys)
    return lac_fail(LAC_EUSER, "%s: %s needs a line of names, then the round, perhaps the client, and the choices", t->what, t->path);
  if (!in->first)
    return lac_fail(LAC_EUSER, "%s: %s has no column '%.40s'", t->what, t->path, in->column);
  if (one_a_round && (t->has[PHASE] || t->has[STEP]))
    return lac_fail(LAC_EUSER, "%s: %s has a column phase or step, and there is one such draw a round", t->what, t->path);
  t->width = *in->column ? 1 : in->columns - in->keys;
  t->is_coin = t->width == 1 && !in->is_uniform;
  if (in->axis == LAC_SEED_COIN && (t->width > 1 || t->has[CLIENT]))
    return lac_fail(LAC_EUSER, "%s: %s has more than one coin a round; name its column, FILE:column=NAME", t->what, t->path);
  return LAC_OK;
}

/* ---- rows ---- */

static int not_numbers(const lac_replay *t, const char *line)
{
  return lac_fail(LAC_EUSER, "%s: %s: '%.40s' is not a row of as many numbers as there are names", t->what, t->path, line);
}

static int read_numbers(const lac_replay *t, const reader *in, const char *line)
{
  const char *at = line;
  char *end;
  for (size_t k = 0; k < in->columns; k++, at = end + 1) {
    in->line[k] = strtod(at, &end);
    end += strspn(end, " \t\r");
    if (end == at || *end != (k + 1 < in->columns ? ',' : 0))
      return not_numbers(t, line);
  }
  return LAC_OK;
}

/* Where a line belongs; *beyond: to no round or client of this run. */
static int read_place(const lac_replay *t, const reader *in, const char *line, place *at, int *beyond)
{
  static const double most[KEYS] = { 0x1p32, 0x1p32, PHASES, STEPS };
  const double limit[KEYS] = { (double)t->rounds, t->clients, PHASES, STEPS };
  uint32_t number[KEYS] = { 0 };
  *beyond = 0;
  for (size_t k = 0; k < in->keys; k++) {
    double v = in->line[k];
    if (!(v >= 0 && v < most[in->key[k]] && v == (double)(uint32_t)v))
      return lac_fail(LAC_EUSER, "%s: %s: '%.40s' has a %s of %g, which is none", t->what, t->path, line, key_name[in->key[k]], v);
    number[in->key[k]] = (uint32_t)v;
    *beyond |= v >= limit[in->key[k]];
  }
  *at = (place){ number[ROUND], number[CLIENT], number[PHASE], number[STEP] };
  return LAC_OK;
}

static int check_coin(const lac_replay *t, const reader *in, double v)
{
  if (in->axis != LAC_SEED_COIN || (t->is_coin ? v == 0 || v == 1 : v >= 0 && v < 1))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%s: %s has a coin of %g, which is neither 0 nor 1; numbers in [0,1) stand under the name u", t->what,
                  t->path, v);
}

static int read_line(lac_replay *t, reader *in, const char *line)
{
  place at;
  int beyond;
  LAC_TRY(read_numbers(t, in, line));
  LAC_TRY(read_place(t, in, line, &at, &beyond));
  LAC_TRY(check_coin(t, in, in->line[in->first]));
  if (beyond)
    return LAC_OK;
  LAC_TRY(lac_grow(&t->rows, &in->row_cap, t->count + 1, sizeof *t->rows));
  LAC_TRY(lac_grow(&in->values, &in->value_cap, (t->count + 1) * t->width, sizeof *in->values));
  memcpy(in->values + t->count * t->width, in->line + in->first, t->width * sizeof *in->values);
  t->rows[t->count] = (row){ .at = at, .line = t->count };
  t->count++;
  return LAC_OK;
}

static int compare_places(const void *a_, const void *b_)
{
  const place a = ((const row *)a_)->at, b = ((const row *)b_)->at;
  const uint32_t x[] = { a.round, a.client, a.phase, a.step }, y[] = { b.round, b.client, b.phase, b.step };
  for (int k = 0; k < KEYS; k++)
    if (x[k] != y[k])
      return x[k] < y[k] ? -1 : 1;
  return 0;
}

/* " for round 3, client 2, phase 0, step 1", as far as the table knows such things. */
static const char *name_place(const lac_replay *t, place at, char text[static 96])
{
  int length = snprintf(text, 96, "round %llu", (unsigned long long)(at.round + t->shift));
  const uint32_t number[KEYS] = { at.round, at.client, at.phase, at.step };
  for (int key = CLIENT; key < KEYS; key++)
    if (t->has[key])
      length += snprintf(text + length, 96 - (size_t)length, ", %s %u", key_name[key], number[key]);
  return text;
}

/* The rows of one client in a round, from *at on, are of the phases and steps of the `draws` rows at `first`, those of client 0. */
static int check_client(const lac_replay *t, uint64_t round, uint32_t client, size_t first, size_t draws, size_t *at)
{
  unsigned long long number = round + t->shift;
  size_t k = 0;
  int same = 1;
  for (; *at < t->count && t->rows[*at].at.round == round && t->rows[*at].at.client == client; k++, ++*at) {
    const place *a = &t->rows[*at].at, *b = &t->rows[first + k].at;
    same &= a->phase == b->phase && a->step == b->step;
  }
  if (k == 0)
    return lac_fail(LAC_EUSER, "%s: %s has no row for round %llu, client %u; lower --rounds", t->what, t->path, number, client);
  if (client && !(same && k == draws))
    return lac_fail(LAC_EUSER, "%s: %s has other phases or steps for round %llu, client %u, than for client 0", t->what, t->path, number,
                    client);
  return LAC_OK;
}

/* In order; each place once; every round and client. */
static int check_rows(lac_replay *t)
{
  char text[96];
  size_t at = 0, first, draws;
  if (t->count)
    qsort(t->rows, t->count, sizeof *t->rows, compare_places);
  for (size_t i = 1; i < t->count; i++)
    if (compare_places(&t->rows[i - 1], &t->rows[i]) == 0)
      return lac_fail(LAC_EUSER, "%s: %s has two rows for %s", t->what, t->path, name_place(t, t->rows[i].at, text));
  for (uint64_t round = 0; round < t->rounds; round++) {
    first = at;
    LAC_TRY(check_client(t, round, 0, first, 0, &at));
    draws = at - first;
    for (uint32_t client = 1; client < t->clients; client++)
      LAC_TRY(check_client(t, round, client, first, draws, &at));
  }
  return LAC_OK;
}

/* The values of all rows side by side, in the order of the rows. */
static int sort_values(lac_replay *t, const double *values)
{
  t->values = lac_alloc(t->count * t->width * sizeof *t->values);
  for (size_t i = 0; t->values && i < t->count; i++)
    memcpy(t->values + i * t->width, values + t->rows[i].line * t->width, t->width * sizeof *t->values);
  return t->values ? LAC_OK : LAC_ENOMEM;
}

/* ---- a table ---- */

static int read_table(lac_replay *t, reader *in, char *bytes, uint64_t rounds, uint32_t n)
{
  char *names = strsep(&bytes, "\n");
  LAC_TRY(read_names(t, in, names));
  t->rounds = rounds > t->shift ? rounds - t->shift : 0;
  t->clients = t->has[CLIENT] ? n : 1;
  if (!(in->line = lac_alloc(in->columns * sizeof *in->line)))
    return LAC_ENOMEM;
  for (char *line; (line = strsep(&bytes, "\n"));)
    if (*line && *line != '\r')
      LAC_TRY(read_line(t, in, line));
  return check_rows(t);
}

int lac_replay_open(lac_replay **out, lac_seed_axis axis, const char *text, uint64_t rounds, uint32_t n)
{
  const char *cut = strrchr(text, ':');
  int length = cut && strchr(cut, '=') ? (int)(cut - text) : (int)strlen(text);      /* a path may have a colon, too */
  char *spec = lac_asprintf("replay%s", text + length), *bytes = NULL;
  lac_replay *t = *out = lac_alloc(sizeof *t);
  lac_spec how = { 0 };
  size_t size;
  if (t) {
    t->what = lac_asprintf("--replay.%s", lac_seed_name[axis]);
    t->path = lac_asprintf("%.*s", length, text);
  }
  int status = t && t->what && t->path && spec ? lac_spec_parse(&how, t->what, spec, table_options, sizeof(table_params)) : LAC_ENOMEM;
  if (status == LAC_OK)
    status = lac_context(lac_read_file(t->path, &bytes, &size), "%s", t->what);
  if (status == LAC_OK)
    status = lac_context(lac_clean_text(t->path, bytes, size), "%s", t->what);
  if (status == LAC_OK) {
    const table_params *p = how.params;
    reader in = { .column = p->column, .axis = axis };
    t->shift = p->shift;
    status = read_table(t, &in, bytes, rounds, n);
    if (status == LAC_OK)
      status = sort_values(t, in.values);
    free(in.line);
    free(in.values);
  }
  lac_spec_free(&how);
  free(spec);
  free(bytes);
  return status;
}

void lac_replay_close(lac_replay *t)
{
  if (t) {
    free(t->what);
    free(t->path);
    free(t->values);
    free(t->rows);
  }
  free(t);
}

uint64_t lac_replay_hash(const lac_replay *t)
{
  uint64_t hash = XXH3_64bits(t->values, t->count * t->width * sizeof *t->values);
  for (size_t i = 0; (t->has[PHASE] || t->has[STEP]) && i < t->count; i++)
    hash = XXH3_64bits_withSeed(&t->rows[i].at, sizeof t->rows[i].at, hash);
  return hash;
}

int lac_replay_covers(const lac_replay *t, uint32_t round) { return round >= t->shift && round - t->shift < t->rounds; }
size_t lac_replay_width(const lac_replay *t) { return t->width; }
int lac_replay_is_coin(const lac_replay *t) { return t->is_coin; }

int lac_replay_take(const lac_replay *t, uint32_t client, uint32_t round, uint32_t use, const double **values)
{
  char text[96];
  uint32_t phase = use / STEPS % PHASES, step = use % STEPS;
  row want = { .at = { round - (uint32_t)t->shift, t->has[CLIENT] ? client : 0, t->has[PHASE] ? phase : 0, t->has[STEP] ? step : 0 } };
  row *found = bsearch(&want, t->rows, t->count, sizeof *t->rows, compare_places);
  if (!found)
    return lac_fail(LAC_EUSER, "%s: %s has no row for %s", t->what, t->path, name_place(t, want.at, text));
  if (found->taken && found->taken != use + 1)
    return lac_fail(LAC_EUSER, "%s: %s has one row for %s, where more is drawn (now in phase %u, step %u); say which in columns "
                    "'phase' and 'step'", t->what, t->path, name_place(t, want.at, text), phase, step);
  found->taken = use + 1;
  *values = t->values + (size_t)(found - t->rows) * t->width;
  return LAC_OK;
}
