#include "experiment/reduce.h"
#include "store/trace.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reductions ---- */

typedef struct { double argument; const char *column, *clock, *factor; } reduction_of;

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

/* At the level or beyond: an accuracy and a count from below, everything else from above. */
static int is_reached(const lac_result *r, const char *column, double level, size_t row)
{
  const lac_column_words *about = lac_column_about(column);
  lac_derived q;
  double y = lac_result_derived(r, column, &q) ? lac_derived_at(&q, row) : NAN;
  return about && (about->better > 0 || about->is_count) ? y >= level : y <= level;
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

static double reduce_time_to(const lac_result *r, reduction_of o) { return find_level(r, o, o.clock); }

static double reduce_factor_to(const lac_result *r, reduction_of o) { return isfinite(find_level(r, o, "round")) ? atof(o.factor) : 0; }

static const struct {
  const char *name;
  int arguments;      /* 1: a number behind the column; 2: a network behind that */
  double (*call)(const lac_result *r, reduction_of o);
} reductions[] = {
  { "first", 0, reduce_first }, { "last", 0, reduce_last }, { "min", 0, reduce_min }, { "max", 0, reduce_max },
  { "tail", 0, reduce_tail }, { "at", 1, reduce_at }, { "rounds_to", 1, reduce_rounds_to }, { "bits_to", 1, reduce_bits_to },
  { "all_bits_to", 1, reduce_all_bits_to }, { "factor_to", 1, reduce_factor_to },
  { "time_to", 2, reduce_time_to },
};

/* ---- parsing ---- */

/* The bracket that closes the one before `text`, or NULL. */
static const char *find_close(const char *text)
{
  int depth = 1;
  for (; *text; text++) {
    depth += (*text == '(') - (*text == ')');
    if (depth == 0)
      return text;
  }
  return NULL;
}

/* The piece of *text before `end` up to a comma outside of brackets, or, `whole`, all of it; without blanks around it.  EUSER: too long. */
static int take_piece(const char **text, const char *end, int whole, char piece[static LAC_REDUCE_NAME])
{
  const char *from = *text + strspn(*text, " \t"), *to = from < end ? from : end;
  for (int depth = 0; to < end && (whole || depth || *to != ','); to++)
    depth += (*to == '(') - (*to == ')');
  *text = to < end ? to + 1 : end;
  while (to > from && isspace((unsigned char)to[-1]))
    to--;
  size_t n = to > from ? (size_t)(to - from) : 0;
  if (n >= LAC_REDUCE_NAME)
    return lac_fail(LAC_EUSER, "'%.40s...' is longer than any column or network", from);
  memcpy(piece, from, n);
  piece[n] = 0;
  return LAC_OK;
}

static int find_kind(const char *word)
{
  int kind = LAC_COUNT(reductions) - 1;
  while (kind >= 0 && strcmp(reductions[kind].name, word))
    kind--;
  return kind;
}

static int parse_level(lac_reduction *r, const char *piece)
{
  const char *word = reductions[r->kind].name;
  int is_share = strcmp(word, "at") == 0;
  char *end;
  r->argument = strtod(piece, &end);
  return *end || isnan(r->argument) || (is_share && !(r->argument >= 0 && r->argument <= 1)) ?
         lac_fail(LAC_EUSER, "%s: '%s' is not a number%s", word, piece, is_share ? " from 0 to 1" : "") : LAC_OK;
}

/* What stands between the brackets. */
static int parse_arguments(lac_reduction *r, const char *inside, const char *close)
{
  static const char *const takes[] = { " alone", " and a number", ", a number and a network: time_to(grad_norm_sq, 1e-6, wan)" };
  const char *word = reductions[r->kind].name;
  int arguments = reductions[r->kind].arguments;
  char piece[LAC_REDUCE_NAME], network[LAC_REDUCE_NAME] = "";
  LAC_TRY(lac_context(take_piece(&inside, close, 0, r->column), "%s", word));
  r->argument = 0;
  *r->clock = *piece = 0;
  if (arguments)
    LAC_TRY(lac_context(take_piece(&inside, close, 0, piece), "%s", word));
  if (arguments == 2)
    LAC_TRY(lac_context(take_piece(&inside, close, 1, network), "%s", word));
  if (!*r->column || (arguments && !*piece) || (arguments == 2 && !*network))
    return lac_fail(LAC_EUSER, "%s takes a column%s", word, takes[arguments]);
  inside += strspn(inside, " \t,");
  if (inside < close)
    return lac_fail(LAC_EUSER, "%s takes a column%s; '%.*s' is more than it takes", word, takes[arguments],
                    (int)(close - inside < 40 ? close - inside : 40), inside);
  if (strlen(network) + sizeof "seconds()" > LAC_REDUCE_NAME)
    return lac_fail(LAC_EUSER, "%s: '%.40s...' is longer than any network", word, network);
  if (*network)
    snprintf(r->clock, sizeof r->clock, "seconds(%.*s)", (int)strlen(network), network);
  return arguments ? parse_level(r, piece) : LAC_OK;
}

int lac_reduction_parse(lac_reduction *r, const char **text)
{
  char word[64];
  int used = 0;
  const char *inside, *close = NULL;
  if (sscanf(*text, " %63[a-z_0-9] ( %n", word, &used) == 1 && used)
    close = find_close(inside = *text + used);
  if (!close)
    return lac_fail(LAC_EUSER, "'%.80s' is not [NUMBER +] [NUMBER *] [smallest|largest|mean|median] REDUCTION(COLUMN) of KEY=VALUE", *text);
  if ((r->kind = find_kind(word)) < 0)
    return lac_fail(LAC_EUSER, "there is no reduction '%s'; see laconic claims --help", word);
  LAC_TRY(parse_arguments(r, inside, close));
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
  if (r->is_table)
    return isfinite(value) ? LAC_KNOWN : LAC_NEVER;
  const char *name = reductions[what->kind].name;
  if (strcmp(name, "factor_to") == 0 && !*factor)
    return LAC_NO_FACTOR;
  if (is_still(what, r))
    return LAC_STILL;
  if (is_level(name))
    return isfinite(find_level(r, (reduction_of){ what->argument, what->column, what->clock, factor }, "round")) ? LAC_KNOWN : LAC_NEVER;
  return !isfinite(value) || (diverged(r) && strcmp(name, "first")) ? LAC_NEVER : LAC_KNOWN;
}

int lac_reduction_value(const lac_reduction *what, const lac_result *r, const char *factor, double *value, lac_known *known)
{
  lac_derived q;
  LAC_TRY(lac_result_find(r, what->column, &q));
  if (r->is_table && is_level(reductions[what->kind].name))
    return lac_fail(LAC_EUSER, "%s is about the rounds of a run; the rows of a table have first, last, min, max, tail, at",
                    reductions[what->kind].name);
  if (*what->clock)
    LAC_TRY(lac_result_find(r, what->clock, &q));
  *value = reductions[what->kind].call(r, (reduction_of){ what->argument, what->column, what->clock, factor });
  *known = judge_value(what, r, factor, *value);
  return LAC_OK;
}

double lac_reduction_never(const lac_reduction *what)
{
  if (reductions[what->kind].call == reduce_factor_to)
    return 0;
  return is_level(reductions[what->kind].name) ? INFINITY : lac_column_diverged(what->column);
}

const char *lac_reduction_clock(const lac_reduction *what)
{
  return *what->clock ? what->clock : strncmp(what->column, "seconds(", 8) ? NULL : what->column;
}

int lac_reduction_same(const lac_reduction *a, const lac_reduction *b)
{
  return a->kind == b->kind && strcmp(a->column, b->column) == 0 && a->argument == b->argument &&
         strcmp(a->clock, b->clock) == 0;
}
