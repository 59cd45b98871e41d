#include "figures/claims.h"
#include "figures/rates.h"
#include "figures/sample.h"
#include "network/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- relations ---- */

static const char below[] = "< below ";

static int parse_relation(const char *text, lac_relation *r, double *factor, lac_rates *rates)
{
  static const char *const names[] = { "<", "<=", ">", ">=", "increases with", "decreases with" };
  int end = 0;
  for (size_t i = 0; i < LAC_COUNT(names); i++)
    if (strcmp(text, names[i]) == 0) {
      *r = (lac_relation)i;
      return LAC_OK;
    }
  *r = LAC_BELOW;
  if (strncmp(text, below, strlen(below)) == 0)
    return lac_context(lac_rates_parse(rates, text + strlen(below), 0), "relation");
  *r = LAC_WITHIN;
  if (sscanf(text, "within %lf of %n", factor, &end) == 1 && end && !text[end] && *factor >= 1 && isfinite(*factor))
    return LAC_OK;
  return lac_fail(LAC_EUSER, "relation must be <, <=, >, >=, within N of, < below RATE..RATE, increases with, or decreases with, not "
                  "'%.40s'", text);
}

static void judge_case(lac_claim_case *k, lac_relation r, double factor)
{
  double a = k->left.value, b = k->right.value, ratio = b != 0 ? a / b : INFINITY;
  switch (r) {
  case LAC_LESS: case LAC_DECREASES: k->holds = a < b, k->margin = b / a; break;
  case LAC_LESS_EQUAL: k->holds = a <= b, k->margin = b / a; break;
  case LAC_GREATER: case LAC_INCREASES: k->holds = a > b, k->margin = ratio; break;
  case LAC_GREATER_EQUAL: k->holds = a >= b, k->margin = ratio; break;
  case LAC_WITHIN: k->margin = a == b ? factor : factor / (ratio > 1 ? ratio : 1 / ratio), k->holds = k->margin >= 1; break;
  case LAC_BELOW: return;      /* judge_rates */
  }
  double gap = fabs(a - b) / fmax(fabs(a), fabs(b));
  if (r != LAC_WITHIN && (a < 0 || b < 0))      /* a quotient of these says nothing of how near they are */
    k->margin = k->holds ? 1 + gap : 1 - gap;
  if (isnan(k->margin))
    k->margin = k->holds ? INFINITY : 0;
  k->tested = 1;
}

/* ---- checking ---- */

/* What a claim says; `each` and `over` have the names of the keys of its groups. */
typedef struct {
  lac_side left, right;
  lac_relation relation;
  lac_rates rates;                 /* of LAC_BELOW */
  double factor, confidence;       /* confidence 0: none */
  size_t needed, of;               /* in = N of M; 0: all */
  int never_counts, repeats[LAC_CLAIM_KEYS + 1];      /* keys in which the cases of one sample differ */
  char *each, *over;
  lac_grouping group;
} terms;

static int makes_samples(const terms *t) { return t->of || t->confidence > 0; }

/* The values of a group; where they are for a reader, data sets without their options, as in headings of panels.  All keys, or those that
   are the same in a sample.  Caller frees; NULL: no memory. */
static char *name_group(const terms *t, const lac_grouping *g, int is_short, int of_sample)
{
  char *text = lac_strdup("");
  for (size_t i = 0; text && i < g->count; i++) {
    if (of_sample && t->repeats[i])
      continue;
    int is_data = strcmp(g->key[i], "dataset") == 0 || strcmp(g->key[i], "test-dataset") == 0;
    size_t length = is_short && is_data ? lac_short_length(g->value[i]) : strlen(g->value[i]);
    char *longer = lac_asprintf("%s%s%.*s", text, *text ? ", " : "", (int)length, g->value[i]);
    free(text);
    text = longer;
  }
  return text;
}

static lac_claim_case *add_case(lac_claim *claim, const terms *t, const lac_grouping *g)
{
  if (lac_grow(&claim->cases, &claim->cap, claim->count + 1, sizeof *claim->cases) != LAC_OK)
    return NULL;
  lac_claim_case *k = &claim->cases[claim->count];
  *k = (lac_claim_case){ .group = name_group(t, g, 1, 0) };
  claim->count += k->group != NULL;
  return k->group ? k : NULL;
}

/* The sample that a case is of. */
static int find_sample(lac_claim *claim, const terms *t, const lac_grouping *g, size_t *place)
{
  char *key = name_group(t, g, 0, 1);
  if (!key)
    return LAC_ENOMEM;
  for (*place = 0; *place < claim->samples && strcmp(claim->sample[*place].key, key);)
    ++*place;
  int is_new = *place == claim->samples;
  int status = is_new ? lac_grow(&claim->sample, &claim->sample_cap, claim->samples + 1, sizeof *claim->sample) : LAC_OK;
  if (status != LAC_OK || !is_new) {
    free(key);
    return status;
  }
  lac_claim_sample *s = &claim->sample[claim->samples++];
  *s = (lac_claim_sample){ .key = key, .group = name_group(t, g, 1, 1) };
  return s->group ? LAC_OK : LAC_ENOMEM;
}

/* NULL, or why the two values say nothing about the claim. */
static const char *why_not(const terms *t, const lac_sided *a, const lac_sided *b, const lac_side *right)
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
  if (lac_sided_same(a, b) && lac_reduction_same(&t->left.of, &right->of))
    return "both sides are the same run";
  if (a->known == LAC_NEVER && b->known == LAC_NEVER)
    return "no side ever arrives";
  if (a->known == LAC_NEVER && !t->never_counts && !means_infinity)
    return left_says[LAC_NEVER];
  if (b->known == LAC_NEVER && !t->never_counts)
    return right_says[LAC_NEVER];
  return isnan(a->value) || isnan(b->value) ? "a side is no number" : NULL;
}

static int add_comparison(lac_claim *claim, const terms *t, const lac_grouping *g, lac_sided *a, lac_sided *b, const lac_side *right)
{
  lac_claim_case *k = add_case(claim, t, g);
  if (!k)
    return LAC_ENOMEM;
  if (!(k->why = why_not(t, a, b, right))) {
    k->left.value = a->value;
    k->right.value = b->value;
    judge_case(k, t->relation, t->factor);
  }
  k->left = *a;
  k->right = *b;
  *a = *b = (lac_sided){ 0 };
  return makes_samples(t) ? find_sample(claim, t, g, &k->sample) : LAC_OK;
}

static int compare_sides(const lac_collection *c, lac_claim *claim, const terms *t, const lac_grouping *g)
{
  lac_sided a = { 0 }, b = { 0 };
  int status = lac_side_evaluate(c, &t->left, g, 0, &a);
  if (status == LAC_OK)
    status = lac_side_evaluate(c, &t->right, g, 1, &b);
  if (status == LAC_OK)
    status = add_comparison(claim, t, g, &a, &b, &t->right);
  lac_sided_free(&a);
  lac_sided_free(&b);
  return status;
}

/* Both sides on networks of this rate; to be freed. */
static int evaluate_rate(const lac_collection *c, const terms *t, const lac_grouping *g, double rate, lac_sided *a, lac_sided *b)
{
  lac_side left = t->left, right = t->right;
  LAC_TRY(lac_rates_set(&left.of, &t->left.of, rate));
  LAC_TRY(lac_rates_set(&right.of, &t->right.of, rate));
  LAC_TRY(lac_side_evaluate(c, &left, g, 0, a));
  return lac_side_evaluate(c, &right, g, 1, b);
}

enum { HALVINGS = 16 };      /* of the logarithm: an interval of 5 decades to 0.02 % */

/* Left is less at *low and not at *high: the same of rates that are nearly equal. */
static int bisect_rates(const lac_collection *c, const terms *t, const lac_grouping *g, double *low, double *high)
{
  for (int i = 0; i < HALVINGS; i++) {
    lac_sided a = { 0 }, b = { 0 };
    double middle = sqrt(*low * *high);
    int status = evaluate_rate(c, t, g, middle, &a, &b);
    if (status == LAC_OK)
      *(a.value < b.value ? low : high) = middle;
    lac_sided_free(&a);
    lac_sided_free(&b);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* From the two ends to a verdict; the sides of the case are those at the end that decides. */
static int judge_rates(const lac_collection *c, const terms *t, const lac_grouping *g, int is_less[2], lac_claim_case *k)
{
  double low = t->rates.low, high = t->rates.high;
  double ratio = k->left.value / k->right.value;
  k->tested = 1;
  k->holds = is_less[0] && !is_less[1];
  k->rate = is_less[0] ? high : low;
  k->margin = is_less[0] ? ratio : 1 / ratio;
  if (!k->holds)
    return LAC_OK;
  LAC_TRY(bisect_rates(c, t, g, &low, &high));
  k->rate = low;
  k->margin = fmin(low / t->rates.low, t->rates.high / low);
  return LAC_OK;
}

static int compare_over_rates(const lac_collection *c, lac_claim *claim, const terms *t, const lac_grouping *g)
{
  lac_sided a[2] = { { 0 } }, b[2] = { { 0 } };
  int is_less[2], status = LAC_OK;
  for (int i = 0; status == LAC_OK && i < 2; i++) {
    status = evaluate_rate(c, t, g, i ? t->rates.high : t->rates.low, &a[i], &b[i]);
    is_less[i] = a[i].value < b[i].value;
  }
  if (status == LAC_OK) {
    int end = is_less[0];      /* the lower end fails, or the upper one is to be looked at */
    lac_claim_case *k = add_case(claim, t, g);
    status = k ? LAC_OK : LAC_ENOMEM;
    if (k) {
      k->why = why_not(t, &a[end], &b[end], &t->right);
      k->left = a[end];
      k->right = b[end];
      a[end] = b[end] = (lac_sided){ 0 };
      if (!k->why)
        status = judge_rates(c, t, g, is_less, k);
    }
  }
  for (int i = 0; i < 2; i++) {
    lac_sided_free(&a[i]);
    lac_sided_free(&b[i]);
  }
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
static int next_in(const lac_collection *c, const lac_side *s, const lac_grouping *g, const char *key, double above,
                   const lac_member **next, double *at)
{
  *next = NULL;
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    double value;
    if (!lac_side_selects(m, s, g, 0) || !lac_member_key(m, key))
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
static int evaluate_at(const lac_collection *c, const lac_side *s, const lac_grouping *g, const char *key, const lac_member *m,
                       lac_sided *v)
{
  lac_grouping one = *g;
  one.key[one.count] = key;
  one.value[one.count++] = lac_member_key(m, key);
  return lac_side_evaluate(c, s, &one, 0, v);
}

/* Left is the run that is further along the key, right its neighbour before. */
static int compare_neighbours(const lac_collection *c, lac_claim *claim, const terms *t, const char *key, const lac_grouping *g)
{
  const lac_member *low, *high;
  double at;
  LAC_TRY(next_in(c, &t->left, g, key, -INFINITY, &low, &at));
  for (; low; low = high) {
    lac_sided a = { 0 }, b = { 0 };
    LAC_TRY(next_in(c, &t->left, g, key, at, &high, &at));
    if (!high)
      return LAC_OK;
    int status = evaluate_at(c, &t->left, g, key, high, &a);
    if (status == LAC_OK)
      status = evaluate_at(c, &t->left, g, key, low, &b);
    if (status == LAC_OK)
      status = add_comparison(claim, t, g, &a, &b, &t->left);
    lac_sided_free(&a);
    lac_sided_free(&b);
    LAC_TRY(status);
  }
  return LAC_OK;
}

/* ---- claims ---- */

static int judge_group(const lac_collection *c, lac_claim *claim, const terms *t, const lac_grouping *g)
{
  if (t->relation == LAC_INCREASES || t->relation == LAC_DECREASES)
    return compare_neighbours(c, claim, t, claim->right, g);
  return t->relation == LAC_BELOW ? compare_over_rates(c, claim, t, g) : compare_sides(c, claim, t, g);
}

static int seen_before(const lac_collection *c, const lac_member *m, const lac_side *left, const lac_grouping *g)
{
  for (const lac_member *s = c->member; s < m; s++) {
    int same = lac_side_selects(s, left, NULL, 0);
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
static int judge_groups(const lac_collection *c, lac_claim *claim, const terms *t, lac_grouping *g)
{
  for (const lac_member *m = c->member; m < c->member + c->count; m++) {
    int whole = lac_side_selects(m, &t->left, NULL, 0);
    for (size_t i = 0; whole && i < g->count; i++)
      whole = (g->value[i] = lac_member_key(m, g->key[i])) != NULL;
    if (whole && !seen_before(c, m, &t->left, g))
      LAC_TRY(judge_group(c, claim, t, g));
  }
  return LAC_OK;
}

/* The cases of a sample, in one verdict. */
static int judge_sample(const lac_claim *claim, const terms *t, size_t place)
{
  lac_claim_sample *s = &claim->sample[place];
  double *left = lac_alloc(claim->count * sizeof *left), *right = lac_alloc(claim->count * sizeof *right);
  const lac_claim_case *silent = NULL;
  for (const lac_claim_case *k = claim->cases; left && right && k < claim->cases + claim->count; k++) {
    if (k->sample != place)
      continue;
    left[s->cases] = k->left.value;
    right[s->cases++] = k->right.value;
    s->tested += (size_t)k->tested;
    s->holding += (size_t)k->holds;
    silent = k->tested || silent ? silent : k;
  }
  int status = !left || !right ? LAC_ENOMEM : LAC_OK;
  if (status == LAC_OK && t->of)
    status = lac_sample_count(s, t->needed, t->of);
  else if (status == LAC_OK && silent)
    status = (s->why = lac_asprintf("%s%s%s", silent->group, *silent->group ? ": " : "", silent->why)) ? LAC_OK : LAC_ENOMEM;
  else if (status == LAC_OK)
    status = lac_sample_interval(s, left, right, t->confidence, t->relation, t->factor);
  free(left);
  free(right);
  return status;
}

static int conclude(lac_claim *claim, const terms *t)
{
  for (size_t i = 0; i < claim->samples; i++) {
    LAC_TRY(judge_sample(claim, t, i));
    claim->tested += claim->sample[i].verdict != LAC_NOT_TESTED;
    claim->holding += claim->sample[i].verdict == LAC_HOLDS;
  }
  for (size_t i = 0; !claim->samples && i < claim->count; i++) {
    claim->tested += (size_t)claim->cases[i].tested;
    claim->holding += (size_t)claim->cases[i].holds;
  }
  claim->verdict = claim->tested == 0 ? LAC_NOT_TESTED : claim->holding == claim->tested ? LAC_HOLDS : LAC_FAILS;
  return LAC_OK;
}

/* The keys of a list, which lies where it is cut. */
static int add_keys(terms *t, const char *name, char *rest, int repeats)
{
  for (char *key; (key = lac_next_piece(&rest));) {
    size_t i = 0;
    while (i < t->group.count && strcmp(t->group.key[i], key))
      i++;
    if (i == LAC_CLAIM_KEYS)
      return lac_fail(LAC_EUSER, "%s: a claim names more than %d keys", name, LAC_CLAIM_KEYS);
    t->repeats[i] |= repeats;
    if (i == t->group.count)
      t->group.key[t->group.count++] = key;
  }
  return LAC_OK;
}

/* The cases of a sample differ in the keys of `over`; without it, in all. */
static int parse_group(terms *t, const char *each, const char *over)
{
  t->each = lac_strdup(each ? each : "");
  t->over = lac_strdup(over ? over : "");
  if (!t->each || !t->over)
    return LAC_ENOMEM;
  LAC_TRY(add_keys(t, "for each", t->each, makes_samples(t) && !over));
  return add_keys(t, "over", t->over, 1);
}

/* "4 of 5", "4 of 5 seeds". */
static int parse_count(terms *t, const char *text)
{
  static const char *const words[] = { "", "seeds", "cases" };
  int end = 0, is_word = 0;
  if (sscanf(text, "%9zu of %9zu%n", &t->needed, &t->of, &end) == 2)
    end += (int)strspn(text + end, " \t");
  for (size_t i = 0; end && i < LAC_COUNT(words); i++)
    is_word |= strcmp(text + end, words[i]) == 0;
  if (!is_word || strpbrk(text, "+-") || t->needed == 0 || t->needed > t->of)
    return lac_fail(LAC_EUSER, "in must be N of M, such as 4 of 5 seeds, not '%.40s'", text);
  return LAC_OK;
}

static int parse_confidence(terms *t, const char *text)
{
  char *end;
  t->confidence = strtod(text, &end) / 100;
  if (end == text || strcmp(end, "%") || !(t->confidence >= 0.5 && t->confidence < 1))
    return lac_fail(LAC_EUSER, "confidence must be a percentage of at least 50%% and below 100%%, such as 95%%, not '%.40s'", text);
  return LAC_OK;
}

/* How many cases are one verdict. */
static int parse_sample(terms *t, const lac_claim *claim)
{
  if (claim->in)
    LAC_TRY(parse_count(t, claim->in));
  if (claim->confidence)
    LAC_TRY(parse_confidence(t, claim->confidence));
  LAC_TRY(parse_group(t, claim->each, claim->over));
  if (claim->in && claim->confidence)
    return lac_fail(LAC_EUSER, "a claim has in or confidence, not both; make two of it");
  if (claim->over && !makes_samples(t))
    return lac_fail(LAC_EUSER, "over is about in or confidence, and the claim has neither; name its keys in for each");
  if (makes_samples(t) && t->relation == LAC_BELOW)
    return lac_fail(LAC_EUSER, "%s does not go with '%s', which is about one rate; name the keys in for each",
                    claim->in ? "in" : "confidence", claim->relation);
  if (makes_samples(t) && (t->relation == LAC_INCREASES || t->relation == LAC_DECREASES))
    return lac_fail(LAC_EUSER, "%s is about two sides; it does not go with '%s'", claim->in ? "in" : "confidence", claim->relation);
  int repeats = 0;
  for (size_t i = 0; i < t->group.count; i++)
    repeats |= t->repeats[i];
  return !makes_samples(t) || repeats ? LAC_OK :
         lac_fail(LAC_EUSER, "%s is about several cases; say which: over = seed", claim->in ? "in" : "confidence");
}

static void free_terms(terms *t)
{
  free(t->left.text);
  free(t->right.text);
  free(t->each);
  free(t->over);
}

/* All that can be known of a claim without results.  EUSER; the terms are to be freed in any case. */
static int parse_terms(const lac_claim *claim, terms *t)
{
  *t = (terms){ .factor = 1, .left.of.kind = -1, .right.of.kind = -1 };
  if (!claim->says || !claim->left || !claim->relation || !claim->right)
    return lac_fail(LAC_EUSER, "a claim needs says, left, relation and right");
  LAC_TRY(parse_relation(claim->relation, &t->relation, &t->factor, &t->rates));
  LAC_TRY(lac_context(lac_side_parse(&t->left, claim->left), "left"));
  if (t->left.of.kind < 0)
    return lac_fail(LAC_EUSER, "left is a number; it must be a REDUCTION(COLUMN) of runs");
  if (t->relation != LAC_INCREASES && t->relation != LAC_DECREASES)
    LAC_TRY(lac_context(lac_side_parse(&t->right, claim->right), "right"));
  LAC_TRY(parse_sample(t, claim));
  if (claim->never && strcmp(claim->never, "counts"))
    return lac_fail(LAC_EUSER, "never must be counts, or left out, not '%.40s'", claim->never);
  t->never_counts = claim->never != NULL;
  return LAC_OK;
}

/* The clients of the runs of the left side, from least to most. */
static void find_clients(const lac_collection *c, const lac_side *s, uint32_t *least, uint32_t *most)
{
  *least = *most = 0;
  for (const lac_member *m = c ? c->member : NULL; c && m < c->member + c->count; m++) {
    uint32_t n = lac_side_selects(m, s, NULL, 0) ? lac_seconds_clients(&m->result) : 0;
    *least = n && (!*least || n < *least) ? n : *least;
    *most = n > *most ? n : *most;
  }
}

/* Seconds say of which network, and of which other one where the sides differ. */
static int name_clock(const lac_experiment *e, const lac_collection *c, const terms *t, lac_claim *claim)
{
  const char *left = lac_reduction_clock(&t->left.of), *right = t->right.of.kind < 0 ? NULL : lac_reduction_clock(&t->right.of);
  uint32_t least, most;
  char *of_left = NULL, *of_right = NULL;
  find_clients(c, &t->left, &least, &most);
  int status = left ? lac_seconds_words(e->networks, left, least, most, &of_left) : LAC_OK;
  if (status == LAC_OK && right && (!left || strcmp(left, right)))
    status = lac_seconds_words(e->networks, right, least, most, &of_right);
  if (status == LAC_OK && (of_left || of_right) &&
      !(claim->clock = lac_asprintf("%s%s%s", of_left ? of_left : "", of_left && of_right ? ", against " : "", of_right ? of_right : "")))
    status = LAC_ENOMEM;
  free(of_left);
  free(of_right);
  return status;
}

/* Both sides are times on networks that have a rate to be replaced; *claim's clock says which. */
static int check_rates(const lac_experiment *e, const lac_collection *c, const terms *t, lac_claim *claim)
{
  const lac_side *sides[] = { &t->left, &t->right };
  uint32_t least, most;
  for (size_t i = 0; i < LAC_COUNT(sides); i++)
    LAC_TRY(lac_context(lac_rates_check(&sides[i]->of, e->networks, &t->rates), i ? "right" : "left"));
  find_clients(c, &t->left, &least, &most);
  return lac_rates_words(&t->left.of, e->networks, &t->rates, least, most, &claim->clock);
}

/* Without results (c is NULL) only what the claim says is looked at. */
static int judge_claim(const lac_experiment *e, const lac_collection *c, lac_claim *claim)
{
  terms t;
  int status = parse_terms(claim, &t);
  if (status == LAC_OK)
    status = t.relation == LAC_BELOW ? check_rates(e, c, &t, claim) : name_clock(e, c, &t, claim);
  if (status == LAC_OK && c)
    status = judge_groups(c, claim, &t, &t.group);
  if (status == LAC_OK)
    status = conclude(claim, &t);
  free_terms(&t);
  return status;
}

static int set_field(lac_claim *claim, const char *key, const char *value)
{
  const struct { const char *key, **to; } fields[] = { { "says", &claim->says }, { "source", &claim->source }, { "for each", &claim->each },
    { "left", &claim->left }, { "relation", &claim->relation }, { "right", &claim->right },
    { "never", &claim->never }, { "over", &claim->over }, { "in", &claim->in }, { "confidence", &claim->confidence } };
  for (size_t i = 0; i < LAC_COUNT(fields); i++)
    if (strcmp(key, fields[i].key) == 0) {
      *fields[i].to = value;
      return LAC_OK;
    }
  return lac_fail(LAC_EUSER, "there is no '%.40s' in a claim; it has says, source, for each, over, left, relation, right, in, "
                  "confidence, never", key);
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
    LAC_TRY(lac_context(judge_claim(e, c, &(*claims)[i]), "[claim %s]", (*claims)[i].name));
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
  lac_sided_free(&k->left);
  lac_sided_free(&k->right);
}

void lac_claims_free(lac_claim *claims, size_t count)
{
  for (size_t i = 0; claims && i < count; i++) {
    for (size_t k = 0; k < claims[i].count; k++)
      free_case(&claims[i].cases[k]);
    for (size_t k = 0; k < claims[i].samples; k++) {
      free(claims[i].sample[k].key);
      free(claims[i].sample[k].group);
      free(claims[i].sample[k].why);
    }
    free(claims[i].cases);
    free(claims[i].sample);
    free(claims[i].clock);
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

const lac_claim_sample *lac_claim_sample_tightest(const lac_claim *claim)
{
  const lac_claim_sample *tightest = NULL;
  for (const lac_claim_sample *s = claim->sample; s < claim->sample + claim->samples; s++)
    if (s->verdict != LAC_NOT_TESTED && (!tightest || s->margin < tightest->margin))
      tightest = s;
  return tightest;
}
