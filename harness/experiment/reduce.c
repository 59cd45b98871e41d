#include "experiment/reduce.h"
#include "store/trace.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reductions ---- */

typedef struct { double argument; const char *column, *factor; } reduction_of;

static double at_row(const lac_result *r, const char *column, size_t row)
{
  lac_derived q;
  double y = lac_result_derived(r, column, &q) ? lac_derived_at(&q, row) : NAN;
  return isnan(y) ? INFINITY : y;
}

static int diverged(const lac_result *r)
{
  const char *reason = lac_result_attribute(r, "reason");
  return reason && strcmp(reason, "diverged") == 0;
}

static double reduce_first(const lac_result *r, reduction_of o) { return at_row(r, o.column, 0); }

static double reduce_last(const lac_result *r, reduction_of o)
{
  return diverged(r) ? lac_column_diverged(o.column) : at_row(r, o.column, r->rows - 1);
}

static double reduce_min(const lac_result *r, reduction_of o)
{
  double least = INFINITY;
  for (size_t i = 0; i < r->rows; i++)
    least = fmin(least, at_row(r, o.column, i));
  return least;
}

static double reduce_max(const lac_result *r, reduction_of o)
{
  double most = diverged(r) ? lac_column_diverged(o.column) : -INFINITY;
  for (size_t i = 0; i < r->rows; i++)
    most = fmax(most, at_row(r, o.column, i));
  return most;
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double reduce_tail(const lac_result *r, reduction_of o)
{
  size_t count = (r->rows + 9) / 10;
  double *tail = diverged(r) ? NULL : lac_alloc(count * sizeof *tail), median = lac_column_diverged(o.column);
  for (size_t i = 0; tail && i < count; i++)
    tail[i] = at_row(r, o.column, r->rows - count + i);
  if (tail) {
    qsort(tail, count, sizeof *tail, ascending);
    median = tail[count / 2];
  }
  free(tail);
  return median;
}

static double reduce_at(const lac_result *r, reduction_of o)
{
  return at_row(r, o.column, (size_t)(o.argument * (double)(r->rows - 1)));
}

/* At the level or beyond: an accuracy from below, everything else from above. */
static int is_reached(const lac_result *r, const char *column, double level, size_t row)
{
  const lac_column_words *about = lac_column_about(column);
  lac_derived q;
  double y = lac_result_derived(r, column, &q) ? lac_derived_at(&q, row) : NAN;
  return about && about->better > 0 ? y >= level : y <= level;
}

static double find_level(const lac_result *r, reduction_of o, const char *clock)
{
  for (size_t i = 0; i < r->rows; i++)
    if (is_reached(r, o.column, o.argument, i))
      return at_row(r, clock, i);
  return INFINITY;
}

static double reduce_rounds_to(const lac_result *r, reduction_of o) { return find_level(r, o, "round"); }

static double reduce_bits_to(const lac_result *r, reduction_of o) { return find_level(r, o, "bits_up_per_client"); }
static double reduce_all_bits_to(const lac_result *r, reduction_of o) { return find_level(r, o, "bits_per_client"); }

static double reduce_factor_to(const lac_result *r, reduction_of o) { return isfinite(find_level(r, o, "round")) ? atof(o.factor) : 0; }

static const struct {
  const char *name;
  int arguments;      /* 1: a number behind the column */
  double (*call)(const lac_result *r, reduction_of o);
} reductions[] = {
  { "first", 0, reduce_first }, { "last", 0, reduce_last }, { "min", 0, reduce_min }, { "max", 0, reduce_max },
  { "tail", 0, reduce_tail }, { "at", 1, reduce_at }, { "rounds_to", 1, reduce_rounds_to }, { "bits_to", 1, reduce_bits_to },
  { "all_bits_to", 1, reduce_all_bits_to }, { "factor_to", 1, reduce_factor_to },
};

/* ---- parsing ---- */

/* Copy the next piece between commas, without blanks around it; 0 at the end.  Pieces are of less than LAC_REDUCE_NAME bytes. */
static int next_piece(const char **text, char piece[static LAC_REDUCE_NAME])
{
  *text += strspn(*text, " \t,");
  size_t n = strcspn(*text, ",");
  const char *from = *text;
  *text += n;
  while (n > 0 && isspace((unsigned char)from[n - 1]))
    n--;
  snprintf(piece, LAC_REDUCE_NAME, "%.*s", (int)n, from);
  return n > 0;
}

int lac_reduction_parse(lac_reduction *r, const char **text)
{
  char word[LAC_REDUCE_NAME], piece[LAC_REDUCE_NAME], inside[LAC_REDUCE_NAME], *end = NULL;
  int used = 0;
  const char *close = strchr(*text, ')'), *p = inside;
  if (close && close < *text + strcspn(*text, "("))
    close = NULL;
  if (sscanf(*text, " %63[a-z_0-9] ( %n", word, &used) != 1 || used == 0 || !close)
    return lac_fail(LAC_EUSER, "'%.80s' is not [NUMBER +] [NUMBER *] [smallest|largest|mean|median] REDUCTION(COLUMN) of KEY=VALUE", *text);
  for (r->kind = LAC_COUNT(reductions) - 1; r->kind >= 0; r->kind--)
    if (strcmp(reductions[r->kind].name, word) == 0)
      break;
  if (r->kind < 0)
    return lac_fail(LAC_EUSER, "there is no reduction '%s'; see laconic claims --help", word);
  int arguments = reductions[r->kind].arguments;
  if ((size_t)(close - *text - used) >= LAC_REDUCE_NAME)
    return lac_fail(LAC_EUSER, "%s: '%.40s...' is longer than any column", word, *text + used);
  snprintf(inside, sizeof inside, "%.*s", (int)(close - *text - used), *text + used);
  next_piece(&p, r->column);
  if (next_piece(&p, piece) != arguments)
    return lac_fail(LAC_EUSER, "%s takes a column%s", word, arguments ? " and a number" : " alone");
  if (p[strspn(p, " \t,")])
    return lac_fail(LAC_EUSER, "%s: '%.40s' is more than it takes", word, p + strspn(p, " \t,"));
  r->argument = arguments ? strtod(piece, &end) : 0;
  if (arguments && (*end || isnan(r->argument) || (strcmp(word, "at") == 0 && !(r->argument >= 0 && r->argument <= 1))))
    return lac_fail(LAC_EUSER, "%s: '%s' is not a number%s", word, piece, strcmp(word, "at") ? "" : " from 0 to 1");
  *text = close + 1 + strspn(close + 1, " \t");
  return LAC_OK;
}

static int is_level(const char *name)
{
  size_t n = strlen(name);
  return n > 3 && strcmp(name + n - 3, "_to") == 0;
}

/* A run that did nothing, or a column that did not move. */
static int is_still(const lac_reduction *what, const lac_result *r)
{
  const double *round = lac_result_column(r, "round");
  lac_derived q;
  size_t last = r->rows - 1;
  if (last == 0 || (round && round[last] == round[0]) ||
      (lac_result_derived(r, what->column, &q) && lac_derived_at(&q, last) == lac_derived_at(&q, 0)))
    return 1;
  return is_level(reductions[what->kind].name) && is_reached(r, what->column, what->argument, 0);
}

static lac_known judge_value(const lac_reduction *what, const lac_result *r, const char *factor, double value)
{
  const char *name = reductions[what->kind].name;
  if (strcmp(name, "factor_to") == 0 && !*factor)
    return LAC_NO_FACTOR;
  if (is_still(what, r))
    return LAC_STILL;
  if (is_level(name))
    return isfinite(find_level(r, (reduction_of){ what->argument, what->column, factor }, "round")) ? LAC_KNOWN : LAC_NEVER;
  return !isfinite(value) || (diverged(r) && strcmp(name, "first")) ? LAC_NEVER : LAC_KNOWN;
}

int lac_reduction_value(const lac_reduction *what, const lac_result *r, const char *factor, double *value, lac_known *known)
{
  lac_derived q;
  if (!lac_result_derived(r, what->column, &q))
    return lac_fail(LAC_EUSER, "the results have no column '%s'", what->column);
  *value = reductions[what->kind].call(r, (reduction_of){ what->argument, what->column, factor });
  *known = judge_value(what, r, factor, *value);
  return LAC_OK;
}

double lac_reduction_never(const lac_reduction *what)
{
  if (reductions[what->kind].call == reduce_factor_to)
    return 0;
  return is_level(reductions[what->kind].name) ? INFINITY : lac_column_diverged(what->column);
}

int lac_reduction_same(const lac_reduction *a, const lac_reduction *b)
{
  return a->kind == b->kind && strcmp(a->column, b->column) == 0 && a->argument == b->argument;
}
