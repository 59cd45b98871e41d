#include "compare/compare.h"

#include "options.h"
#include "stats.h"
#include "store/trace.h"
#include <fnmatch.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const lac_change_name[LAC_CHANGES] = { "same", "better", "allowed", "faster", "slower", "differs", "added", "WORSE", "GONE" };

/* A change of speed below it is not told from that between two builds of the same source, measured once; measured in pairs, below that. */
static const double speed_noise = 0.1, pair_noise = 0.02;
/* ... and of seconds without repeats, which are not looked at below the least. */
static const double seconds_noise = 0.5, seconds_least = 1;

static int add_change(lac_changes *c, lac_change **out)
{
  LAC_TRY(lac_grow(&c->change, &c->cap, c->count + 1, sizeof *c->change));
  *out = &c->change[c->count++];
  **out = (lac_change){ .base = NAN, .now = NAN, .low = NAN, .high = NAN };
  return LAC_OK;
}

/* ---- the ratio of two samples ---- */

typedef struct { double middle, low, high; } interval;

/* Of now / base: the median of all ratios between the two (Hodges, Lehmann), and where the rank sum test does not reject it at 1 %.
   Nothing is assumed of how repeats are distributed. */
static int ratio_of_repeats(const lac_sample *base, const lac_sample *now, interval *of)
{
  size_t m = base->count, n = now->count, all = m * n;
  double *r = lac_alloc(all * sizeof *r);
  if (!r)
    return LAC_ENOMEM;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      r[i * n + j] = now->repeat[j] / base->repeat[i];
  lac_sort(r, all);
  double half = (double)all / 2, reach = 2.576 * sqrt((double)all * (double)(m + n + 1) / 12);
  size_t cut = half > reach ? (size_t)(half - reach) : 0;
  *of = (interval){ r[all / 2], r[cut], r[all - 1 - cut] };
  free(r);
  return LAC_OK;
}

/* log(now / base) of a pair. */
static double log_ratio(const lac_quantity *base, const lac_quantity *now, size_t pair)
{
  return log(now->sample[pair].median / base->sample[pair].median);
}

/* The least and the greatest of the pairs; of many, of the medians of seven blocks of neighbours. */
static int range_of_pairs(const lac_quantity *base, const lac_quantity *now, size_t pairs, double *least, double *most)
{
  enum { BLOCKS = 7 };
  size_t blocks = pairs < 2 * BLOCKS ? pairs : BLOCKS;
  double *l = lac_alloc(pairs * sizeof *l);
  if (!l)
    return LAC_ENOMEM;
  *least = INFINITY;
  *most = -INFINITY;
  for (size_t b = 0; b < blocks; b++) {
    size_t from = b * pairs / blocks, to = (b + 1) * pairs / blocks;
    for (size_t k = from; k < to; k++)
      l[k - from] = log_ratio(base, now, k);
    double middle = lac_quantile(l, to - from, 0.5);
    *least = fmin(*least, middle);
    *most = fmax(*most, middle);
  }
  free(l);
  return LAC_OK;
}

/* Of measurements that were made in turns: the geometric mean of the pairs' ratios, and Student's interval of its logarithm at 1 % over all
   `tests` (Bonferroni).  It holds the range of the pairs, too: a change has to be in every one. */
static int ratio_of_pairs(const lac_quantity *base, const lac_quantity *now, size_t pairs, size_t tests, interval *of)
{
  double sum = 0, squares = 0, least, most;
  LAC_TRY(range_of_pairs(base, now, pairs, &least, &most));
  for (size_t k = 0; k < pairs; k++) {
    double l = log_ratio(base, now, k);
    sum += l;
    squares += l * l;
  }
  double mean = sum / (double)pairs, variance = fmax(squares / (double)pairs - mean * mean, 0) / (double)(pairs - 1);
  double reach = sqrt(variance) * gsl_cdf_tdist_Qinv(0.005 / (double)tests, (double)(pairs - 1));
  *of = (interval){ exp(mean), exp(fmin(least, mean - reach)), exp(fmax(most, mean + reach)) };
  return LAC_OK;
}

/* ---- one quantity ---- */

/* The last bound that fits. */
static const lac_bound *bound_of(const lac_rules *rules, const char *row, const lac_quantity *q)
{
  const lac_bound *found = NULL;
  for (size_t i = 0; rules->bounds && i < rules->bounds->count; i++) {
    lac_bound *b = &rules->bounds->bound[i];
    if (strcmp(b->quantity, q->name) == 0 && fnmatch(b->rows, row, 0) == 0) {
      b->is_used = 1;
      found = b;
    }
  }
  return found;
}

static double beyond(double reference, double by)
{
  return isinf(by) ? by : isinf(reference) ? reference : reference == 0 ? by : reference + by * fabs(reference);
}

static void say_allowed(lac_change *k, double lower, double upper)
{
  char a[24], b[24];
  snprintf(a, sizeof a, "%.10g", lower);
  snprintf(b, sizeof b, "%.10g", upper);
  if (isinf(lower) && isinf(upper))
    snprintf(k->allowed, sizeof k->allowed, "any");
  else if (lower == -INFINITY)
    snprintf(k->allowed, sizeof k->allowed, "<= %s", b);
  else if (upper == INFINITY)
    snprintf(k->allowed, sizeof k->allowed, ">= %s", a);
  else
    snprintf(k->allowed, sizeof k->allowed, "%s to %s", a, b);
}

static int differ(const lac_quantity *a, const lac_quantity *b)
{
  if (a->value == b->value || (isnan(a->value) && isnan(b->value)))
    return 0;
  return !(fabs(a->value - b->value) <= a->noise * fabs(a->value) + a->floor) || isinf(a->value);
}

static void judge_value(const lac_quantity *a, const lac_quantity *b, const lac_bound *bound, lac_change *k)
{
  double reference = bound && !isnan(bound->reference) ? bound->reference : a->value, slack = bound ? 0 : a->floor;
  double lower = bound ? beyond(reference, bound->lower) : a->better < 0 ? -INFINITY : beyond(reference, -a->noise) - slack;
  double upper = bound ? beyond(reference, bound->upper) : a->better > 0 ? INFINITY : beyond(reference, a->noise) + slack;
  int changed = differ(a, b), improved = a->better * (b->value - a->value) > 0;
  say_allowed(k, lower, upper);
  if (isnan(b->value) ? !isnan(a->value) : !isnan(reference) && !(b->value >= lower && b->value <= upper))
    k->kind = LAC_WORSE;
  else
    k->kind = !changed ? LAC_SAME : improved ? LAC_BETTER : LAC_ALLOWED;
}

/* Measurements that both sides have; fewer than LAC_PAIRS_LEAST are none. */
static size_t pairs_of(const lac_quantity *a, const lac_quantity *b)
{
  size_t pairs = a->samples < b->samples ? a->samples : b->samples;
  for (size_t k = 0; k < pairs; k++)
    if (!(a->sample[k].median > 0 && b->sample[k].median > 0))      /* not measured: memcpy has nothing to decode */
      return 0;
  return pairs < LAC_PAIRS_LEAST ? 0 : pairs;
}

static int has_repeats(const lac_quantity *q)
{
  enum { FEW = 5 };
  return q->samples && q->sample->count >= FEW;
}

/* How much slower it may be, in proportion, before that is said. */
static double slack_of(const lac_bound *bound, const lac_change *k, int repeated)
{
  return bound ? bound->upper : k->pairs ? pair_noise : repeated ? speed_noise : seconds_noise;
}

/* Pairs of measurements count; one measurement of repeats tells, and without repeats there is no telling below a second. */
static int judge_speed(const lac_quantity *a, const lac_quantity *b, const lac_rules *rules, const lac_bound *bound, lac_change *k)
{
  if (bound && !isnan(bound->reference)) {
    judge_value(a, b, bound, k);
    k->kind = k->kind != LAC_WORSE || rules->gate_speed ? k->kind : LAC_SLOWER;
    return LAC_OK;
  }
  int repeated = has_repeats(a) && has_repeats(b);
  interval of = { b->value / a->value, b->value / a->value, b->value / a->value };
  k->pairs = pairs_of(a, b);
  if (k->pairs)
    LAC_TRY(ratio_of_pairs(a, b, k->pairs, rules->speeds, &of));
  else if (repeated)
    LAC_TRY(ratio_of_repeats(a->sample, b->sample, &of));
  double slower = slack_of(bound, k, repeated), noise = isinf(slower) ? speed_noise : slower;
  say_allowed(k, -INFINITY, a->value * (1 + slower));
  int told = k->pairs || repeated || a->value >= seconds_least || b->value >= seconds_least;
  int worse = told && of.low > 1 + slower, faster = told && of.high < 1 / (1 + noise);
  k->kind = worse ? (rules->gate_speed && k->pairs ? LAC_WORSE : LAC_SLOWER) : faster ? LAC_FASTER : LAC_SAME;
  if (k->pairs || repeated) {
    k->now = a->value * of.middle;
    k->low = of.low;
    k->high = of.high;
  }
  return LAC_OK;
}

static int check_unit(const lac_bounds *file, const lac_bound *bound, const lac_quantity *q)
{
  if (!bound || !*bound->unit || strcmp(bound->unit, q->unit) == 0)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%s: %s is in '%s', not in '%s'", file->path, q->name, q->unit, bound->unit);
}

static int judge(lac_changes *c, const char *row, const lac_quantity *a, const lac_quantity *b, const lac_rules *rules)
{
  lac_change *k;
  const lac_bound *bound = bound_of(rules, row, a);
  LAC_TRY(check_unit(rules->bounds, bound, a));
  LAC_TRY(add_change(c, &k));
  k->row = row;
  k->base = a->value;
  k->now = b->value;
  snprintf(k->quantity, sizeof k->quantity, "%s%s%s", a->name, *a->of ? " " : "", a->of);
  snprintf(k->unit, sizeof k->unit, "%s", a->unit);
  if (a->is_speed)
    return judge_speed(a, b, rules, bound, k);
  judge_value(a, b, bound, k);
  return LAC_OK;
}

static int note(lac_changes *c, lac_change_kind kind, const char *row, const char *quantity, const char *text)
{
  lac_change *k;
  LAC_TRY(add_change(c, &k));
  k->kind = kind;
  k->row = row;
  snprintf(k->quantity, sizeof k->quantity, "%s", quantity);
  snprintf(k->text, sizeof k->text, "%s", text);
  return LAC_OK;
}

static const lac_quantity *find_quantity(const lac_row *r, const char *name)
{
  for (size_t i = 0; i < r->quantities; i++)
    if (strcmp(r->quantity[i].name, name) == 0)
      return &r->quantity[i];
  return NULL;
}

static int judge_all(lac_changes *c, const lac_row *a, const lac_row *b, const lac_rules *rules)
{
  for (size_t i = 0; i < a->quantities; i++) {
    const lac_quantity *q = &a->quantity[i], *other = find_quantity(b, q->name);
    LAC_TRY(other ? judge(c, a->name, q, other, rules) : note(c, LAC_GONE, a->name, q->name, "in BASE alone"));
  }
  for (size_t i = 0; i < b->quantities; i++)
    if (!find_quantity(a, b->quantity[i].name))
      LAC_TRY(note(c, LAC_ADDED, a->name, b->quantity[i].name, "in NEW alone"));
  return LAC_OK;
}

/* ---- until a level is reached ---- */

typedef struct { char column[40]; double level; int rises; } target;

static int parse_target(const char *text, target *t)
{
  const char *colon = strrchr(text, ':');
  char *end = NULL;
  t->level = colon ? strtod(colon + 1, &end) : 0;
  if (!colon || end == colon + 1 || *end || (size_t)(colon - text) >= sizeof t->column)
    return lac_fail(LAC_EUSER, "--target must be COLUMN:VALUE, such as grad_norm_sq:1e-6, not '%.40s'", text);
  snprintf(t->column, sizeof t->column, "%.*s", (int)(colon - text), text);
  const lac_column_words *about = lac_column_about(t->column);
  t->rises = about && about->better > 0;
  return LAC_OK;
}

/* Unless told: the smallest power of ten that |grad f|^2 got below in BASE. */
static int choose_target(const lac_result *r, const lac_rules *rules, target *t)
{
  const char *text = rules->target ? rules->target : rules->bounds && *rules->bounds->target ? rules->bounds->target : NULL;
  const double *column = lac_result_column(r, "grad_norm_sq");
  double least = INFINITY;
  *t = (target){ .column = "grad_norm_sq" };
  if (text)
    return parse_target(text, t);
  for (size_t i = 0; column && i < r->rows; i++)
    least = column[i] > 0 ? fmin(least, column[i]) : least;
  t->level = isfinite(least) ? pow(10, ceil(log10(least))) : 0;
  return LAC_OK;
}

static double when(const lac_result *r, const target *t, const char *clock)
{
  const double *column = lac_result_column(r, t->column), *at = lac_result_column(r, clock);
  for (size_t i = 0; column && at && i < r->rows; i++)
    if (t->rises ? column[i] >= t->level : column[i] <= t->level)
      return at[i];
  return INFINITY;
}

static void add_until(lac_row *row, const target *t)
{
  static const char *const names[][3] = { { "rounds_to", "round", "round" }, { "bits_to", "bit", "bits_up" } };
  for (size_t i = 0; i < LAC_COUNT(names); i++) {
    lac_quantity *q = lac_row_add(row, names[i][0], names[i][1], -1);
    if (!q)
      return;
    q->value = when(row->result, t, names[i][2]);
    snprintf(q->of, sizeof q->of, "%.40s %s %.6g", t->column, t->rises ? ">=" : "<=", t->level);
  }
}

/* ---- two runs ---- */

static int is_broken(const char *reason) { return !reason || strcmp(reason, "diverged") == 0 || strcmp(reason, "interrupted") == 0; }

static int compare_reasons(lac_changes *c, const lac_row *a, const lac_row *b)
{
  const char *was = lac_result_attribute(a->result, "reason"), *is = lac_result_attribute(b->result, "reason");
  char text[100];
  if (was && is && strcmp(was, is) == 0)
    return LAC_OK;
  snprintf(text, sizeof text, "%.30s -> %.30s", was ? was : "not ended", is ? is : "not ended");
  return note(c, is_broken(is) && !is_broken(was) ? LAC_WORSE : LAC_NOTED, a->name, "ended", text);
}

/* Attributes that follow from the run and not the run from them. */
static int is_outcome(const char *key)
{
  static const char *const keys[] = { "digest", "config_digest", "complete", "reason", "laconic_version" };
  for (size_t i = 0; i < LAC_COUNT(keys); i++)
    if (strcmp(keys[i], key) == 0)
      return 1;
  return strncmp(key, "timing.", 7) == 0 || strncmp(key, "environment.", 12) == 0;
}

/* The same run has the same settings; others are paired for want of better, so say what differs. */
static int compare_settings(lac_changes *c, const lac_row *a, const lac_row *b)
{
  for (size_t i = 0; strcmp(a->key, b->key) && i < a->result->attributes; i++) {
    const lac_attribute *own = &a->result->attribute[i];
    const char *other = is_outcome(own->key) ? own->value : lac_result_attribute(b->result, own->key);
    char text[200];
    if (other && strcmp(other, own->value) == 0)
      continue;
    snprintf(text, sizeof text, "%.90s -> %.90s", own->value, other ? other : "not there");
    LAC_TRY(note(c, LAC_NOTED, a->name, own->key, text));
  }
  return LAC_OK;
}

static int compare_runs(lac_changes *c, lac_row *a, lac_row *b, const lac_rules *rules)
{
  target t;
  LAC_TRY(choose_target(a->result, rules, &t));
  if (!lac_result_column(a->result, t.column) && (rules->target || rules->bounds))
    return lac_fail(LAC_EUSER, "--target: %s has no column '%s'", a->name, t.column);
  if (t.level > 0 && lac_result_column(a->result, t.column)) {
    add_until(a, &t);
    add_until(b, &t);
  }
  LAC_TRY(compare_settings(c, a, b));
  return compare_reasons(c, a, b);
}

static int compare_pair(lac_changes *c, lac_row *a, lac_row *b, const lac_rules *rules)
{
  a->paired = b->paired = 1;
  c->pairs++;
  if (a->result && b->result)
    LAC_TRY(compare_runs(c, a, b, rules));
  return judge_all(c, a, b, rules);
}

/* ---- pairs ---- */

static int same_key(const lac_row *a, const lac_row *b) { return strcmp(a->key, b->key) == 0; }
static int same_file(const lac_row *a, const lac_row *b) { return *a->file && strcmp(a->file, b->file) == 0; }
static int same_given(const lac_row *a, const lac_row *b) { return *a->given && strcmp(a->given, b->given) == 0; }
static int same_both(const lac_row *a, const lac_row *b) { return same_key(a, b) && same_file(a, b); }
static int both_runs(const lac_row *a, const lac_row *b) { return a->result && b->result; }

typedef int (*likeness)(const lac_row *a, const lac_row *b);

static void find_pairs(const lac_side *base, const lac_side *now, likeness alike, lac_row **partner)
{
  for (size_t i = 0; i < base->rows; i++)
    for (size_t j = 0; !partner[i] && j < now->rows; j++)
      if (!now->row[j].paired && alike(&base->row[i], &now->row[j])) {
        partner[i] = &now->row[j];
        now->row[j].paired = 1;
      }
}

static int find_all_pairs(const lac_side *base, const lac_side *now, lac_row **partner)
{
  static const likeness order[] = { same_both, same_key, same_file, same_given };
  for (size_t i = 0; i < LAC_COUNT(order); i++)
    find_pairs(base, now, order[i], partner);
  if (base->rows == 1 && now->rows == 1)
    find_pairs(base, now, both_runs, partner);
  for (size_t i = 0; i < base->rows; i++)
    if (partner[i])
      return LAC_OK;
  return lac_fail(LAC_EUSER, "%s and %s have no run or row in common", base->path, now->path);
}

/* A bound that bounds nothing is a mistake in the file. */
static int check_bounds(const lac_changes *c, const lac_bounds *b)
{
  const char *names[256], *near;
  size_t count = 0;
  for (size_t i = 0; i < c->count && count < LAC_COUNT(names); i++)
    if (c->change[i].kind != LAC_NOTED)
      names[count++] = c->change[i].quantity;
  for (size_t i = 0; b && i < b->count; i++) {
    if (b->bound[i].is_used)
      continue;
    near = lac_nearest(b->bound[i].quantity, names, count);
    return lac_fail(LAC_EUSER, "%s: no row that is compared and is called [%s] has a quantity '%s'%s%s", b->path, b->bound[i].rows,
                    b->bound[i].quantity, near ? "; the nearest is " : "", near ? near : "");
  }
  return LAC_OK;
}

/* How many speeds are judged by pairs of measurements; *most: of how many pairs. */
static size_t count_speeds(const lac_side *base, lac_row *const *partner, size_t *most)
{
  size_t speeds = 0;
  *most = 0;
  for (size_t i = 0; i < base->rows; i++)
    for (size_t k = 0; partner[i] && k < base->row[i].quantities; k++) {
      const lac_quantity *a = &base->row[i].quantity[k], *b = find_quantity(partner[i], a->name);
      size_t pairs = a->is_speed && b ? pairs_of(a, b) : 0;
      speeds += pairs > 0;
      *most = pairs > *most ? pairs : *most;
    }
  return speeds;
}

static int compare_rows(lac_side *base, lac_side *now, const lac_rules *given, lac_changes *c, lac_row **partner)
{
  lac_rules with_count = *given, *rules = &with_count;
  size_t most;
  LAC_TRY(find_all_pairs(base, now, partner));
  rules->speeds = count_speeds(base, partner, &most);
  if (rules->gate_speed && !most)
    return lac_fail(LAC_EUSER, "--gate-speed: seconds count where both sides have %d measurements that were made in turns, files of "
                    "laconic bench compressors in two folders; reports/ci/gate makes them", LAC_PAIRS_LEAST);
  for (size_t i = 0; i < base->rows; i++)
    LAC_TRY(partner[i] ? compare_pair(c, &base->row[i], partner[i], rules) : note(c, LAC_GONE, base->row[i].name, "", "in BASE alone"));
  for (size_t j = 0; j < now->rows; j++)
    if (!now->row[j].paired)
      LAC_TRY(note(c, LAC_ADDED, now->row[j].name, "", "in NEW alone"));
  return check_bounds(c, rules->bounds);
}

int lac_compare(lac_side *base, lac_side *now, const lac_rules *rules, lac_changes *c)
{
  *c = (lac_changes){ 0 };
  lac_row **partner = lac_alloc((base->rows + 1) * sizeof(lac_row *));
  int status = partner ? compare_rows(base, now, rules, c, partner) : LAC_ENOMEM;
  free(partner);
  for (size_t i = 0; i < c->count; i++)
    c->of[c->change[i].kind]++;
  return status;
}

void lac_changes_free(lac_changes *c)
{
  free(c->change);
  *c = (lac_changes){ 0 };
}
