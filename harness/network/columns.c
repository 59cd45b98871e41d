#include "network/columns.h"

#include "network/recorded.h"
#include "store/trace.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a result tells ---- */

static double number_of(const lac_result *r, const char *key)
{
  const char *text = lac_result_attribute(r, key);
  return text ? atof(text) : NAN;
}

uint32_t lac_seconds_clients(const lac_result *r)
{
  double clients = number_of(r, "clients");
  return clients >= 1 && clients <= UINT32_MAX ? (uint32_t)clients : 0;
}

/* What rank 0 took for its share of `count` of all ranks; NaN: nothing was measured, or rank 0 is a server without clients. */
static double measured(const lac_result *r, const char *key, const double *count)
{
  const char *server = lac_result_attribute(r, "environment.server");
  double seconds = number_of(r, key), ranks = number_of(r, "environment.ranks");
  int has_clients = !server || strcmp(server, "own") || ranks == 1;
  double each = count && r->rows && has_clients ? seconds * ranks / count[r->rows - 1] : NAN;
  return each > 0 && isfinite(each) ? each : NAN;
}

int lac_seconds_course(const lac_result *r, lac_messages *m, double **calls, lac_course *c)
{
  *calls = NULL;
  LAC_TRY(lac_messages_of(m, r));
  int status = lac_recorded_calls(r, m, calls);
  *c = (lac_course){ .messages = m, .calls = *calls, .compute = measured(r, "timing.oracle", lac_result_column(r, "oracle_calls")),
                     .codec = measured(r, "timing.compress", lac_result_column(r, "msgs_up")) };
  if (status != LAC_OK) {
    lac_messages_close(m);
    free(*calls);
  }
  return status;
}

/* ---- columns ---- */

typedef struct { char *name; double *value; } column_of;
typedef struct {
  lac_computed door;           /* first: what the result holds of it */
  const lac_networks *all;
  column_of *column;
  size_t count, cap;
} computed;

/* The text between the brackets of "seconds(TEXT)"; NULL: another column.  Caller frees.  *status: no memory. */
static char *text_of(const char *name, int *status)
{
  static const char before[] = "seconds(";
  size_t n = strlen(name), b = sizeof before - 1;
  *status = LAC_OK;
  if (strncmp(name, before, b) || n <= b || name[n - 1] != ')')
    return NULL;
  char *text = lac_asprintf("%.*s", (int)(n - b - 1), name + b);
  *status = text ? LAC_OK : LAC_ENOMEM;
  return text;
}

/* Row i is the state before round round[i]: the server's clock when it begins that round. */
static int make_rows(const lac_result *r, const lac_network *w, double **value)
{
  lac_messages m;
  lac_course c;
  double *calls, *clock = NULL, total;
  const double *round = lac_result_column(r, "round");
  LAC_TRY(lac_seconds_course(r, &m, &calls, &c));
  *value = lac_alloc((r->rows + 1) * sizeof **value);
  int status = *value && (clock = lac_alloc((m.rounds + 1) * sizeof *clock)) ? lac_seconds_of(w, &c, clock, &total) : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < r->rows; i++)
    (*value)[i] = round[i] >= 0 && round[i] <= (double)m.rounds ? clock[(uint64_t)round[i]] : NAN;
  free(clock);
  free(calls);
  lac_messages_close(&m);
  return status;
}

static int add_column(computed *c, const lac_result *r, const char *name, const lac_network *w)
{
  column_of made = { 0 };
  LAC_TRY(lac_grow(&c->column, &c->cap, c->count + 1, sizeof *c->column));
  int status = lac_context(make_rows(r, w, &made.value), "%.120s", name);
  if (status == LAC_OK)
    status = (made.name = lac_strdup(name)) ? LAC_OK : LAC_ENOMEM;
  if (status != LAC_OK) {
    free(made.value);
    return status;
  }
  c->column[c->count++] = made;
  return LAC_OK;
}

static int compute_column(lac_computed *door, const lac_result *r, const char *name, const double **column)
{
  computed *c = (computed *)door;
  lac_network w;
  int status;
  *column = NULL;
  for (size_t i = 0; i < c->count; i++)
    if (strcmp(c->column[i].name, name) == 0)
      *column = c->column[i].value;
  char *text = *column ? NULL : text_of(name, &status);
  if (!text)
    return *column ? LAC_OK : status;
  if ((status = lac_network_find(&w, c->all, text)) == LAC_OK) {
    status = add_column(c, r, name, &w);
    lac_network_free(&w);
  }
  if (status == LAC_OK)
    *column = c->column[c->count - 1].value;
  free(text);
  return status;
}

static void free_columns(lac_computed *door)
{
  computed *c = (computed *)door;
  for (size_t i = 0; i < c->count; i++) {
    free(c->column[i].name);
    free(c->column[i].value);
  }
  free(c->column);
  free(c);
}

int lac_seconds_attach(lac_result *r, const lac_networks *all)
{
  computed *c = lac_alloc(sizeof *c);
  if (!c)
    return LAC_ENOMEM;
  *c = (computed){ .door = { compute_column, free_columns }, .all = all };
  r->computed = &c->door;
  return LAC_OK;
}

int lac_seconds_words(const lac_networks *all, const char *column, uint32_t least, uint32_t most, char **words)
{
  lac_network w;
  int status;
  char *text = text_of(column, &status), *label;
  *words = NULL;
  if (!text)
    return status;
  if ((status = lac_network_find(&w, all, text)) == LAC_OK) {
    label = lac_network_label(&w, least, most);
    *words = label ? lac_asprintf("seconds on %s", label) : NULL;
    status = *words ? LAC_OK : LAC_ENOMEM;
    free(label);
    lac_network_free(&w);
  }
  free(text);
  return status;
}
