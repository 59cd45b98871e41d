#include "figures/claims.h"
#include "experiment/reduce.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- parsing ---- */

enum { KEYS = 8 };
typedef enum { ONE, SMALLEST, LARGEST } chooser;
typedef struct { const char *key, *values; } condition;

typedef struct {
  double scale;                    /* the number itself when there is no reduction */
  lac_reduction of;                /* kind -1: a number */
  chooser choose;
  char *text;                      /* of the conditions, whose keys and values point into it */
  condition where[KEYS];
  size_t wheres;
} side;

static int bad_side(const char *text)
{
  return lac_fail(LAC_EUSER, "'%.80s' is not [NUMBER *] [smallest|largest] REDUCTION(COLUMN) of KEY=VALUE", text);
}

/* Cut the blanks at both ends. */
static char *trim(char *text)
{
  text += strspn(text, " \t");
  for (size_t n = strlen(text); n && strchr(" \t", text[n - 1]);)
    text[--n] = 0;
  return text;
}

/* The next piece between commas that is not empty, without blanks around it; NULL at the end.  The text is cut where it lies. */
static char *next_piece(char **text)
{
  while (*text) {
    char *piece = trim(strsep(text, ","));
    if (*piece)
      return piece;
  }
  return NULL;
}

static int parse_condition(side *s, char *piece)
{
  char *equals = strchr(piece, '='), *key, *values;
  if (!equals)
    return lac_fail(LAC_EUSER, "'%.80s' is not KEY=VALUE", piece);
  if (s->wheres == KEYS)
    return lac_fail(LAC_EUSER, "more than %d conditions at '%.80s'", KEYS, piece);
  *equals = 0;
  key = trim(piece);
  values = trim(equals + 1);
  if (!*key || !*values || strpbrk(key, " \t"))
    return lac_fail(LAC_EUSER, "'%.80s=%.80s' is not KEY=VALUE", key, values);
  s->where[s->wheres++] = (condition){ key, values };
  return LAC_OK;
}

static int parse_where(side *s, const char *text)
{
  char *rest = s->text = lac_strdup(text), *piece;
  if (!rest)
    return LAC_ENOMEM;
  while ((piece = next_piece(&rest)))
    LAC_TRY(parse_condition(s, piece));
  return s->wheres ? LAC_OK : lac_fail(LAC_EUSER, "'of' needs KEY=VALUE");
}

/* "REDUCTION(COLUMN[, NUMBER]) [of ...]" */
static int parse_reduction(side *s, const char *text)
{
  const char *rest = text;
  LAC_TRY(lac_reduction_parse(&s->of, &rest));
  if (*rest == 0)
    return LAC_OK;
  return strncmp(rest, "of ", 3) == 0 ? parse_where(s, rest + 3) : bad_side(text);
}

static int parse_side(side *s, const char *text)
{
  static const char *const words[] = { [SMALLEST] = "smallest ", [LARGEST] = "largest " };
  char *end;
  *s = (side){ .scale = strtod(text, &end), .of.kind = -1 };
  end += strspn(end, " \t");
  if (isnan(s->scale))
    return bad_side(text);
  if (end != text && *end == 0)
    return LAC_OK;
  if (isinf(s->scale))
    return bad_side(text);
  if (end != text && *end == '*')
    text = end + 1 + strspn(end + 1, " \t");
  else
    s->scale = 1;
  for (chooser c = SMALLEST; c <= LARGEST; c++)
    if (strncmp(text, words[c], strlen(words[c])) == 0) {
      s->choose = c;
      text += strlen(words[c]);
      break;
    }
  return parse_reduction(s, text);
}

/* ---- selecting ---- */

/* One more than `for each` may name: the key that something increases with. */
typedef struct { const char *key[KEYS + 1], *value[KEYS + 1]; size_t count; } grouping;

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

static int names_key(const side *s, const char *key)
{
  for (size_t i = 0; i < s->wheres; i++)
    if (strcmp(s->where[i].key, key) == 0)
      return 1;
  return 0;
}

static int selected(const lac_member *m, const side *s, const grouping *g, int is_right)
{
  if (!m->present || m->result.rows == 0 || (m->best == LAC_BEST_NO && !names_key(s, "best")))
    return 0;
  for (size_t i = 0; i < s->wheres; i++)
    if (!is_one_of(m, s->where[i].key, s->where[i].values))
      return 0;
  for (size_t i = 0; g && i < g->count; i++) {
    const char *own = lac_member_key(m, g->key[i]);
    if (!(is_right && names_key(s, g->key[i])) && (!own || strcmp(own, g->value[i])))
      return 0;
  }
  return 1;
}

/* A side in a group: its value, whose it is (NULL: a number, or nothing is selected), and what else is as small or as large. */
typedef struct { double value; const lac_member *run; char *ties; lac_known known; int found; } measured;

static int add_tie(measured *v, const lac_member *m)
{
  char *longer = lac_asprintf("%s%s%s%s%s", v->ties ? v->ties : "", v->ties ? ", " : "", m->run->label, *m->variant ? " " : "", m->variant);
  free(v->ties);
  v->ties = longer;
  return longer ? LAC_OK : LAC_ENOMEM;
}

/* One more run that the side selects. */
static int take_run(const side *s, const lac_member *m, int is_right, measured *v)
{
  double value;
  lac_known known;
  LAC_TRY(lac_reduction_value(&s->of, &m->result, m->factor, &value, &known));
  value *= s->scale;
  if (v->found && s->choose == ONE)
    return lac_fail(LAC_EUSER, "%s selects more than one run; say smallest or largest, or add a key to 'for each'",
                    is_right ? "right" : "left");
  if (v->found && value == v->value)
    return add_tie(v, m);
  if (v->found && !(s->choose == SMALLEST ? value < v->value : value > v->value))
    return LAC_OK;
  free(v->ties);
  *v = (measured){ .value = value, .run = m, .known = known, .found = 1 };
  return LAC_OK;
}

/* The one value of a side in a group. */
static int evaluate(const lac_collection *c, const side *s, const grouping *g, int is_right, measured *v)
{
  *v = (measured){ .value = s->scale, .found = s->of.kind < 0 };
  for (const lac_member *m = c->member; s->of.kind >= 0 && m < c->member + c->count; m++)
    if (selected(m, s, g, is_right))
      LAC_TRY(take_run(s, m, is_right, v));
  return LAC_OK;
}

/* ---- relations ---- */

typedef enum { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, INCREASES, DECREASES, WITHIN } relation;

static int parse_relation(const char *text, relation *r, double *factor)
{
  static const char *const names[] = { "<", "<=", ">", ">=", "increases with", "decreases with" };
  int end = 0;
  for (size_t i = 0; i < LAC_COUNT(names); i++)
    if (strcmp(text, names[i]) == 0) {
      *r = (relation)i;
      return LAC_OK;
    }
  *r = WITHIN;
  if (sscanf(text, "within %lf of %n", factor, &end) == 1 && end && !text[end] && *factor >= 1 && isfinite(*factor))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "relation must be <, <=, >, >=, within N of, increases with, or decreases with, not '%.40s'", text);
}

static void judge_case(lac_claim_case *k, relation r, double factor)
{
  double a = k->left, b = k->right, ratio = b != 0 ? a / b : INFINITY;
  switch (r) {
  case LESS: case DECREASES: k->holds = a < b, k->margin = b / a; break;
  case LESS_EQUAL: k->holds = a <= b, k->margin = b / a; break;
  case GREATER: case INCREASES: k->holds = a > b, k->margin = ratio; break;
  case GREATER_EQUAL: k->holds = a >= b, k->margin = ratio; break;
  case WITHIN: k->margin = a == b ? factor : factor / (ratio > 1 ? ratio : 1 / ratio), k->holds = k->margin >= 1; break;
  }
  if (isnan(k->margin))
    k->margin = k->holds ? INFINITY : 0;
  k->tested = 1;
}

/* ---- checking ---- */

static lac_claim_case *add_case(lac_claim *claim, const grouping *g)
{
  if (lac_grow(&claim->cases, &claim->cap, claim->count + 1, sizeof *claim->cases) != LAC_OK)
    return NULL;
  lac_claim_case *k = &claim->cases[claim->count];
  *k = (lac_claim_case){ .group = lac_strdup("") };
  for (size_t i = 0; k->group && i < g->count; i++) {
    char *longer = lac_asprintf("%s%s%.*s", k->group, i ? ", " : "", (int)lac_short_length(g->value[i]), g->value[i]);
    free(k->group);
    k->group = longer;
  }
  claim->count += k->group != NULL;
  return k->group ? k : NULL;
}

/* What a claim says; `each` has the names of the keys of its groups. */
typedef struct { side left, right; relation relation; double factor; int never_counts; char *each; grouping group; } terms;

/* NULL, or why the two values say nothing about the claim. */
static const char *why_not(const terms *t, const measured *a, const measured *b, const side *right)
{
  static const char *const left_says[] = { "", "the left side never arrives", "the left side did not move", "the left run has no factor" };
  static const char *const right_says[] = { "", "the right side never arrives",
                                             "the right side did not move", "the right run has no factor" };
  int means_infinity = right->of.kind < 0 && isinf(right->scale);
  if (!a->found || !b->found)
    return "no result";
  if (a->known == LAC_STILL || a->known == LAC_NO_FACTOR)
    return left_says[a->known];
  if (b->known == LAC_STILL || b->known == LAC_NO_FACTOR)
    return right_says[b->known];
  if (a->run && b->run && strcmp(a->run->result.path, b->run->result.path) == 0 && lac_reduction_same(&t->left.of, &right->of))
    return "both sides are the same run";
  if (a->known == LAC_NEVER && b->known == LAC_NEVER)
    return "no side ever arrives";
  if (a->known == LAC_NEVER && !t->never_counts && !means_infinity)
    return left_says[LAC_NEVER];
  if (b->known == LAC_NEVER && !t->never_counts)
    return right_says[LAC_NEVER];
  return isnan(a->value) || isnan(b->value) ? "a side is no number" : NULL;
}

static int add_comparison(lac_claim *claim, const terms *t, const grouping *g, measured *a, measured *b, const side *right)
{
  lac_claim_case *k = add_case(claim, g);
  if (!k)
    return LAC_ENOMEM;
  k->left = a->value;
  k->right = b->value;
  k->left_run = a->run;
  k->right_run = b->run;
  k->left_ties = a->ties;
  k->right_ties = b->ties;
  a->ties = b->ties = NULL;
  if (!(k->why = why_not(t, a, b, right)))
    judge_case(k, t->relation, t->factor);
  return LAC_OK;
}

static int compare_sides(const lac_collection *c, lac_claim *claim, const terms *t, const grouping *g)
{
  measured a = { 0 }, b = { 0 };
  int status = evaluate(c, &t->left, g, 0, &a);
  if (status == LAC_OK)
    status = evaluate(c, &t->right, g, 1, &b);
  if (status == LAC_OK)
    status = add_comparison(claim, t, g, &a, &b, &t->right);
  free(a.ties);
  free(b.ties);
  return status;
}

/* "32", "25%". */
static int read_key(const lac_member *m, const char *key, double *value)
{
  const char *text = lac_member_key(m, key);
  char *end;
  *value = strtod(text, &end);
  return end != text && (!*end || strcmp(end, "%") == 0) ? LAC_OK :
         lac_fail(LAC_EUSER, "right: %s = %.40s is not a number that anything increases or decreases with", key, text);
}

/* The selected run whose key is the least above `above`. */
static int next_in(const lac_collection *c, const side *s, const grouping *g, const char *key, double above, const lac_member **next,
                   double *at)
{
  *next = NULL;
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    double value;
    if (!selected(m, s, g, 0) || !lac_member_key(m, key))
      continue;
    LAC_TRY(read_key(m, key, &value));
    if (value > above && (!*next || value < *at)) {
      *next = m;
      *at = value;
    }
  }
  return LAC_OK;
}

/* The value of the side where the key is that of `m`. */
static int evaluate_at(const lac_collection *c, const side *s, const grouping *g, const char *key, const lac_member *m, measured *v)
{
  grouping one = *g;
  one.key[one.count] = key;
  one.value[one.count++] = lac_member_key(m, key);
  return evaluate(c, s, &one, 0, v);
}

/* Left is the run that is further along the key, right its neighbour before. */
static int compare_neighbours(const lac_collection *c, lac_claim *claim, const terms *t, const char *key, const grouping *g)
{
  const lac_member *low, *high;
  double at;
  LAC_TRY(next_in(c, &t->left, g, key, -INFINITY, &low, &at));
  for (; low; low = high) {
    measured a = { 0 }, b = { 0 };
    LAC_TRY(next_in(c, &t->left, g, key, at, &high, &at));
    if (!high)
      return LAC_OK;
    int status = evaluate_at(c, &t->left, g, key, high, &a);
    if (status == LAC_OK)
      status = evaluate_at(c, &t->left, g, key, low, &b);
    if (status == LAC_OK)
      status = add_comparison(claim, t, g, &a, &b, &t->left);
    free(a.ties);
    free(b.ties);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* ---- claims ---- */

static int judge_group(const lac_collection *c, lac_claim *claim, const terms *t, const grouping *g)
{
  if (t->relation == INCREASES || t->relation == DECREASES)
    return compare_neighbours(c, claim, t, claim->right, g);
  return compare_sides(c, claim, t, g);
}

static int seen_before(const lac_collection *c, const lac_member *m, const side *left, const grouping *g)
{
  for (const lac_member *s = c->member; s < m; s++) {
    int same = selected(s, left, NULL, 0);
    for (size_t i = 0; same && i < g->count; i++) {
      const char *value = lac_member_key(s, g->key[i]);
      same = value && strcmp(value, g->value[i]) == 0;
    }
    if (same)
      return 1;
  }
  return 0;
}

/* A group for each set of values that the runs of the left side have. */
static int judge_groups(const lac_collection *c, lac_claim *claim, const terms *t, grouping *g)
{
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    int whole = selected(m, &t->left, NULL, 0);
    for (size_t i = 0; whole && i < g->count; i++)
      whole = (g->value[i] = lac_member_key(m, g->key[i])) != NULL;
    if (whole && !seen_before(c, m, &t->left, g))
      LAC_TRY(judge_group(c, claim, t, g));
  }
  return LAC_OK;
}

static void conclude(lac_claim *claim)
{
  for (size_t i = 0; i < claim->count; i++) {
    claim->tested += (size_t)claim->cases[i].tested;
    claim->holding += (size_t)claim->cases[i].holds;
  }
  claim->verdict = claim->tested == 0 ? LAC_NOT_TESTED : claim->holding == claim->tested ? LAC_HOLDS : LAC_FAILS;
}

static int parse_group(terms *t, const char *each)
{
  char *rest = t->each = lac_strdup(each ? each : ""), *key;
  if (!rest)
    return LAC_ENOMEM;
  while ((key = next_piece(&rest))) {
    if (t->group.count == KEYS)
      return lac_fail(LAC_EUSER, "for each names more than %d keys", KEYS);
    t->group.key[t->group.count++] = key;
  }
  return LAC_OK;
}

static void free_terms(terms *t)
{
  free(t->left.text);
  free(t->right.text);
  free(t->each);
}

/* All that can be known of a claim without results.  EUSER; the terms are to be freed in any case. */
static int parse_terms(const lac_claim *claim, terms *t)
{
  *t = (terms){ .factor = 1 };
  if (!claim->says || !claim->left || !claim->relation || !claim->right)
    return lac_fail(LAC_EUSER, "a claim needs says, left, relation and right");
  LAC_TRY(parse_relation(claim->relation, &t->relation, &t->factor));
  LAC_TRY(lac_context(parse_side(&t->left, claim->left), "left"));
  if (t->left.of.kind < 0)
    return lac_fail(LAC_EUSER, "left is a number; it must be a REDUCTION(COLUMN) of runs");
  if (t->relation != INCREASES && t->relation != DECREASES)
    LAC_TRY(lac_context(parse_side(&t->right, claim->right), "right"));
  LAC_TRY(parse_group(t, claim->each));
  if (claim->never && strcmp(claim->never, "counts"))
    return lac_fail(LAC_EUSER, "never must be counts, or left out, not '%.40s'", claim->never);
  t->never_counts = claim->never != NULL;
  return LAC_OK;
}

/* Without results (c is NULL) only what the claim says is looked at. */
static int judge_claim(const lac_collection *c, lac_claim *claim)
{
  terms t;
  int status = parse_terms(claim, &t);
  if (status == LAC_OK && c)
    status = judge_groups(c, claim, &t, &t.group);
  free_terms(&t);
  if (status == LAC_OK)
    conclude(claim);
  return status;
}

static int set_field(lac_claim *claim, const char *key, const char *value)
{
  const struct { const char *key, **to; } fields[] = { { "says", &claim->says }, { "source", &claim->source }, { "for each", &claim->each },
    { "left", &claim->left }, { "relation", &claim->relation }, { "right", &claim->right },
    { "never", &claim->never } };
  for (size_t i = 0; i < LAC_COUNT(fields); i++)
    if (strcmp(key, fields[i].key) == 0) {
      *fields[i].to = value;
      return LAC_OK;
    }
  return lac_fail(LAC_EUSER, "there is no '%.40s' in a claim; it has says, source, for each, left, relation, right, never", key);
}

static int append_file(lac_experiment *e)
{
  const char *slash = strrchr(e->path, '/');
  char *path = lac_asprintf("%.*s%s.claims", slash ? (int)(slash - e->path + 1) : 0, e->path, e->name);
  int status = !path ? LAC_ENOMEM : access(path, F_OK) ? LAC_OK : lac_experiment_append(e, path);
  free(path);
  return status;
}

/* The claims that have been read, and judged with c. */
static int collect_claims(const lac_experiment *e, const lac_collection *c, lac_claim **claims, size_t *count)
{
  *count = 0;
  if (!(*claims = lac_alloc(e->settings * sizeof **claims)))
    return LAC_ENOMEM;
  for (const lac_ini_entry *s = e->setting; s < e->setting + e->settings; s++) {
    const char *name = lac_experiment_claim(s->section);
    if (name && !s->key)
      (*claims)[(*count)++].name = name;
    else if (name)
      LAC_TRY(lac_context(set_field(&(*claims)[*count - 1], s->key, s->value), "[claim %s]", name));
  }
  for (size_t i = 0; i < *count; i++)
    LAC_TRY(lac_context(judge_claim(c, &(*claims)[i]), "[claim %s]", (*claims)[i].name));
  return LAC_OK;
}

int lac_claims_check(const lac_experiment *e)
{
  lac_claim *claims;
  size_t count;
  int status = lac_context(collect_claims(e, NULL, &claims, &count), "%s", e->path);
  lac_claims_free(claims, count);
  return status;
}

int lac_claims_judge(lac_collection *c, lac_claim **claims, size_t *count)
{
  lac_experiment *e = &c->experiment;
  *claims = NULL;
  *count = 0;
  int status = append_file(e);
  if (status == LAC_OK)
    status = collect_claims(e, c, claims, count);
  if (status == LAC_OK && *count == 0)
    status = lac_fail(LAC_EUSER, "%s: there is no [claim NAME], here or in %s.claims beside it", e->path, e->name);
  if (status != LAC_OK) {
    lac_claims_free(*claims, *count);
    *claims = NULL;
  }
  return status;
}

static void free_case(lac_claim_case *k)
{
  free(k->group);
  free(k->left_ties);
  free(k->right_ties);
}

void lac_claims_free(lac_claim *claims, size_t count)
{
  for (size_t i = 0; claims && i < count; i++) {
    for (size_t k = 0; k < claims[i].count; k++)
      free_case(&claims[i].cases[k]);
    free(claims[i].cases);
  }
  free(claims);
}

const lac_claim_case *lac_claim_tightest(const lac_claim *claim)
{
  const lac_claim_case *tightest = NULL;
  for (const lac_claim_case *k = claim->cases; k < claim->cases + claim->count; k++)
    if (k->tested && (!tightest || k->margin < tightest->margin))
      tightest = k;
  return tightest;
}
