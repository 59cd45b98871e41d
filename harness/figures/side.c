#include "figures/side.h"
#include "experiment/tabled.h"
#include "experiment/tabled.h"
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const choosers[] = { [LAC_ONE] = "", [LAC_SMALLEST] = "smallest", [LAC_LARGEST] = "largest", [LAC_MEAN] = "mean",
                                        [LAC_MEDIAN] = "median" };

/* ---- parsing ---- */

static int bad_side(const char *text)
{
  return lac_fail(LAC_EUSER, "'%.80s' is not [NUMBER +] [NUMBER *] [smallest|largest|mean|median] REDUCTION(COLUMN) of KEY=VALUE", text);
}

/* Cut the blanks at both ends. */
static char *trim(char *text)
{
  text += strspn(text, " \t");
  for (size_t n = strlen(text); n && strchr(" \t", text[n - 1]);)
    text[--n] = 0;
  return text;
}

char *lac_next_piece(char **text)
{
  while (*text) {
    char *piece = trim(strsep(text, ","));
    if (*piece)
      return piece;
  }
  return NULL;
}

/* The sign that begins here, "=", "<", "<=", ">" or ">=", and its length. */
static lac_compare compare_of(const char *sign, size_t *length)
{
  int is_equal = *sign != '=' && sign[1] == '=';
  *length = 1 + (size_t)is_equal;
  if (*sign == '=')
    return LAC_IS_ONE_OF;
  return *sign == '<' ? is_equal ? LAC_IS_AT_MOST : LAC_IS_BELOW : is_equal ? LAC_IS_AT_LEAST : LAC_IS_ABOVE;
}

static int parse_condition(lac_side *s, char *piece)
{
  char *sign = strpbrk(piece, "=<>"), *end;
  size_t length;
  if (!sign)
    return lac_fail(LAC_EUSER, "'%.80s' is not KEY=VALUE", piece);
  if (s->wheres == LAC_CLAIM_KEYS)
    return lac_fail(LAC_EUSER, "more than %d conditions at '%.80s'", LAC_CLAIM_KEYS, piece);
  lac_condition c = { .compare = compare_of(sign, &length) };
  c.values = trim(sign + length);
  *sign = 0;
  c.key = trim(piece);
  c.number = strtod(c.values, &end);
  if (!*c.key || !*c.values || strpbrk(c.key, " \t"))
    return lac_fail(LAC_EUSER, "'%.80s=%.80s' is not KEY=VALUE", c.key, c.values);
  if (c.compare != LAC_IS_ONE_OF && (*end || isnan(c.number)))
    return lac_fail(LAC_EUSER, "%.80s is compared with '%.80s', which is not a number", c.key, c.values);
  s->where[s->wheres++] = c;
  return LAC_OK;
}

int lac_side_where(lac_side *s, const char *text)
{
  char *rest = s->text = lac_strdup(text), *piece;
  if (!rest)
    return LAC_ENOMEM;
  while ((piece = lac_next_piece(&rest)))
    LAC_TRY(parse_condition(s, piece));
  return s->wheres ? LAC_OK : lac_fail(LAC_EUSER, "'of' needs KEY=VALUE");
}

/* "REDUCTION(COLUMN[, NUMBER]) [of ...]" */
static int parse_reduction(lac_side *s, const char *text)
{
  const char *rest = text;
  LAC_TRY(lac_reduction_parse(&s->of, &rest));
  if (*rest == 0)
    return LAC_OK;
  return strncmp(rest, "of ", 3) == 0 ? lac_side_where(s, rest + 3) : bad_side(text);
}

/* "NUMBER +" or "NUMBER *" before the rest of *text: *number, and the text behind; as it was when there is none. */
static int take_factor(const char **text, char sign, double *number)
{
  char *end;
  double x = strtod(*text, &end);
  end += strspn(end, " \t");
  if (end == *text || *end != sign || !isfinite(x))
    return 0;
  *number = x;
  *text = end + 1 + strspn(end + 1, " \t");
  return 1;
}

int lac_side_parse(lac_side *s, const char *text)
{
  char *end;
  *s = (lac_side){ .scale = strtod(text, &end), .of.kind = -1 };
  if (end != text && end[strspn(end, " \t")] == 0)
    return isnan(s->scale) ? bad_side(text) : LAC_OK;
  s->scale = 1;
  take_factor(&text, '+', &s->plus);
  take_factor(&text, '*', &s->scale);
  for (lac_chooser c = LAC_SMALLEST; c <= LAC_MEDIAN; c++) {
    size_t n = strlen(choosers[c]);
    if (strncmp(text, choosers[c], n) == 0 && (text[n] == ' ' || text[n] == '\t')) {
      s->choose = c;
      text += n + strspn(text + n, " \t");
      break;
    }
  }
  return parse_reduction(s, text);
}

/* ---- selecting ---- */

/* Is the key's value one of "a|b|c"? */
static int is_one_of(const lac_member *m, const char *key, const char *values)
{
  for (const char *p = values; *p;) {
    size_t n = strcspn(p, "|");
    if (lac_member_is(m, key, p, n))
      return 1;
    p += n + (p[n] == '|');
  }
  return 0;
}

static int names_key(const lac_side *s, const char *key)
{
  for (size_t i = 0; i < s->wheres; i++)
    if (strcmp(s->where[i].key, key) == 0)
      return 1;
  return 0;
}

int lac_side_selects(const lac_member *m, const lac_side *s, const lac_grouping *g, int is_right)
{
  if (!m->present || m->result.rows == 0 || (m->best == LAC_BEST_NO && !names_key(s, "best")))
    return 0;
  for (size_t i = 0; i < s->wheres; i++)
    if (s->where[i].compare == LAC_IS_ONE_OF && !is_one_of(m, s->where[i].key, s->where[i].values))
      return 0;
  for (size_t i = 0; g && i < g->count; i++) {
    const char *own = lac_member_key(m, g->key[i]);
    if (!(is_right && names_key(s, g->key[i])) && (!own || strcmp(own, g->value[i])))
      return 0;
  }
  return 1;
}

int lac_side_takes(const lac_side *s, const lac_result *r, size_t row, int *takes)
{
  *takes = 1;
  for (const lac_condition *c = s->where; c < s->where + s->wheres; c++) {
    lac_derived q;
    if (c->compare == LAC_IS_ONE_OF)
      continue;
    if (!r->is_table)
      return lac_fail(LAC_EUSER, "%.60s is compared with %.60s: rows are chosen by numbers in a table, and these are rounds of a run",
                      c->key, c->values);
    LAC_TRY(lac_result_find(r, c->key, &q));
    double x = lac_derived_at(&q, row), y = c->number;
    *takes &= c->compare == LAC_IS_BELOW ? x < y : c->compare == LAC_IS_AT_MOST ? x <= y : c->compare == LAC_IS_ABOVE ? x > y : x >= y;
  }
  return LAC_OK;
}

/* ---- values ---- */

static int mark_rows(const lac_side *s, const lac_result *r, char *takes)
{
  for (size_t i = 0; i < r->rows; i++) {
    int is_taken;
    LAC_TRY(lac_side_takes(s, r, i, &is_taken));
    takes[i] = (char)is_taken;
  }
  return LAC_OK;
}

/* The number of a run, or of the rows of a table that meet the conditions; *rows: how many these are. */
static int reduce_member(const lac_side *s, const lac_member *m, double *value, lac_known *known, size_t *rows)
{
  lac_result part = { 0 };
  char *takes = lac_alloc(m->result.rows);
  int status = takes ? mark_rows(s, &m->result, takes) : LAC_ENOMEM;
  *rows = 0;
  if (status == LAC_OK && m->result.is_table) {
    status = lac_table_part(&part, &m->result, takes);
    *rows = part.rows;
  }
  if (status == LAC_OK && (!m->result.is_table || part.rows))
    status = lac_reduction_value(&s->of, m->result.is_table ? &part : &m->result, m->factor, value, known);
  lac_table_part_free(&part);
  free(takes);
  return status;
}

static int add_tie(lac_sided *v, const lac_member *m)
{
  char *longer = lac_asprintf("%s%s%s%s%s", v->ties ? v->ties : "", v->ties ? ", " : "", m->run->label, *m->variant ? " " : "", m->variant);
  free(v->ties);
  v->ties = longer;
  return longer ? LAC_OK : LAC_ENOMEM;
}

static int averages(const lac_side *s) { return s->choose == LAC_MEAN || s->choose == LAC_MEDIAN; }

/* One more of the runs that the side averages. */
static int add_run(lac_sided *v, const lac_member *m, double value, lac_known known)
{
  size_t cap = v->runs, value_cap = v->runs;
  LAC_TRY(lac_grow(&v->run_of, &cap, v->runs + 1, sizeof *v->run_of));
  LAC_TRY(lac_grow(&v->value_of, &value_cap, v->runs + 1, sizeof *v->value_of));
  v->run_of[v->runs] = m;
  v->value_of[v->runs++] = value;
  v->run = v->run_of[0];
  v->found = 1;
  if (known > v->known)
    v->known = known;
  return LAC_OK;
}

/* One more run that the side selects. */
static int take_run(const lac_side *s, const lac_member *m, int is_right, lac_sided *v)
{
  double value;
  lac_known known;
  size_t rows, before = v->rows;
  LAC_TRY(reduce_member(s, m, &value, &known, &rows));
  if (m->result.is_table && !rows)
    return LAC_OK;
  v->rows += rows;
  value = s->plus + s->scale * (known == LAC_NEVER ? lac_reduction_never(&s->of) : value);
  if (averages(s))
    return add_run(v, m, value, known);
  if (v->found && s->choose == LAC_ONE)
    return lac_fail(LAC_EUSER, "%s selects more than one run; say smallest, largest, mean or median, or add a key to 'for each'",
                    is_right ? "right" : "left");
  if (v->found && value == v->value)
    return add_tie(v, m);
  if (v->found && !(s->choose == LAC_SMALLEST ? value < v->value : value > v->value))
    return LAC_OK;
  free(v->ties);
  *v = (lac_sided){ .value = value, .run = m, .known = known, .found = 1, .rows = before + rows };
  return LAC_OK;
}

/* A median may be known although some of its runs never arrive: they are above it. */
static void average(const lac_side *s, lac_sided *v)
{
  v->how = choosers[s->choose];
  v->value = lac_centre_of(s->choose == LAC_MEAN ? LAC_CENTRE_MEAN : LAC_CENTRE_MEDIAN, v->value_of, v->runs);
  if (v->known == LAC_NEVER && s->choose == LAC_MEDIAN && isinf(lac_reduction_never(&s->of)) && isfinite(v->value))
    v->known = LAC_KNOWN;
}

int lac_side_evaluate(const lac_collection *c, const lac_side *s, const lac_grouping *g, int is_right, lac_sided *v)
{
  *v = (lac_sided){ .value = s->scale, .found = s->of.kind < 0 };
  for (const lac_member *m = c->member; s->of.kind >= 0 && m < c->member + c->count; m++)
    if (lac_side_selects(m, s, g, is_right))
      LAC_TRY(take_run(s, m, is_right, v));
  if (v->runs)
    average(s, v);
  return LAC_OK;
}

int lac_sided_same(const lac_sided *a, const lac_sided *b)
{
  int same = a->run && b->run && a->runs == b->runs && strcmp(a->run->result.path, b->run->result.path) == 0 &&
             (a->how ? b->how && strcmp(a->how, b->how) == 0 : !b->how);
  for (size_t i = 0; same && i < a->runs; i++)
    same = strcmp(a->run_of[i]->result.path, b->run_of[i]->result.path) == 0;
  return same;
}

void lac_sided_free(lac_sided *v)
{
  free(v->ties);
  free(v->run_of);
  free(v->value_of);
  *v = (lac_sided){ 0 };
}
