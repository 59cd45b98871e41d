#include "figures/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *lac_claim_verdict(lac_verdict verdict)
{
  static const char *const names[] = { [LAC_NOT_TESTED] = "NOT TESTED", [LAC_HOLDS] = "HOLDS", [LAC_FAILS] = "FAILS" };
  return names[verdict];
}

static const char *format_number(double x, char text[static 32])
{
  if (isinf(x))
    return x > 0 ? "infinity" : "-infinity";
  snprintf(text, 32, "%.3g", x);
  return text;
}

/* "EF21 ×16", or nothing for a number. */
static char *run_name(const lac_member *m)
{
  return m ? lac_asprintf("%s%s%s", m->run->label, *m->variant ? " " : "", m->variant) : lac_strdup("");
}

const char *lac_claim_sign(const lac_claim *claim)
{
  return strncmp(claim->relation, "increases", 9) == 0 ? ">" : strncmp(claim->relation, "decreases", 9) == 0 ? "<" : claim->relation;
}

/* What the runs have in common: "EF21 ×16 (median of 3)". */
static char *name_average(const lac_sided *v)
{
  int same_label = 1, same_variant = 1;
  for (size_t i = 1; i < v->runs; i++) {
    same_label &= strcmp(v->run_of[i]->run->label, v->run->run->label) == 0;
    same_variant &= strcmp(v->run_of[i]->variant, v->run->variant) == 0;
  }
  const char *variant = same_label && same_variant ? v->run->variant : "";
  return same_label ? lac_asprintf("%s%s%s (%s of %zu)", v->run->run->label, *variant ? " " : "", variant, v->how, v->runs)
                    : lac_asprintf("%s of %zu runs", v->how, v->runs);
}

char *lac_sided_name(const lac_sided *v)
{
  char *name = v->how ? name_average(v) : run_name(v->run), *all = name && v->ties ? lac_asprintf("%s (as %s)", name, v->ties) : name;
  if (all != name)
    free(name);
  char *counted = all && v->rows ? lac_asprintf("%s (of %zu row%s)", all, v->rows, v->rows == 1 ? "" : "s") : all;
  if (counted != all)
    free(all);
  return counted;
}

/* "EF21 Top-K < GD up to 2.31 Gbit/s", or both times at the end of the range that fails. */
static char *rate_text(const lac_claim *claim, const lac_claim_case *k, const char *left, const char *right)
{
  char a[32], b[32], rate[32];
  const char *colon = *k->group ? ": " : "";
  snprintf(a, sizeof a, "%.3g", k->rate);
  lac_network_rate(atof(a), rate);
  if (k->holds)
    return lac_asprintf("%s%s%s < %s up to %s, %s", k->group, colon, left, right, rate, claim->clock);
  return lac_asprintf("%s%s%s %s and %s %s at %s, %s", k->group, colon, left, format_number(k->left.value, a), right,
                      format_number(k->right.value, b), rate, claim->clock);
}

char *lac_claim_case_text(const lac_claim *claim, const lac_claim_case *k)
{
  char a[32], b[32], *left = lac_sided_name(&k->left), *right = lac_sided_name(&k->right), *text = NULL;
  if (left && right && k->tested && k->rate > 0)
    text = rate_text(claim, k, left, right);
  else if (left && right)
    text = !k->tested ? lac_asprintf("%s%s%s", k->group, *k->group ? ": " : "", k->why)
                      : lac_asprintf("%s%s%s %s %s %s%s%s%s%s", k->group, *k->group ? ": " : "", left, format_number(k->left.value, a),
                                     lac_claim_sign(claim), format_number(k->right.value, b), *right ? " " : "", right,
                                     claim->clock ? ", " : "", claim->clock ? claim->clock : "");
  free(left);
  free(right);
  return text;
}

char *lac_claim_sample_text(const lac_claim *claim, const lac_claim_sample *s)
{
  char c[32], low[32], high[32];
  const char *colon = *s->group ? ": " : "";
  if (s->why)
    return lac_asprintf("%s%s%s", s->group, colon, s->why);
  if (!s->has_interval)
    return lac_asprintf("%s%sholds in %zu of %zu", s->group, colon, s->holding, s->cases);
  return lac_asprintf("%s%sleft %s right = %s, between %s and %s with %s confidence, %zu pairs%s%s", s->group, colon,
                      s->is_ratio ? "/" : "-", format_number(s->centre, c), format_number(s->low, low), format_number(s->high, high),
                      claim->confidence, s->cases, claim->clock ? ", " : "", claim->clock ? claim->clock : "");
}

/* Cases that are no less tight: "...; as tight: phishing, mushrooms". */
static char *name_as_tight(const lac_claim *claim, const lac_claim_case *tightest, char *text)
{
  int others = 0;
  for (const lac_claim_case *k = claim->cases; text && k < claim->cases + claim->count; k++)
    if (k != tightest && k->tested && k->margin == tightest->margin) {
      char *longer = lac_asprintf("%s%s%s", text, others++ ? ", " : "; as tight: ", *k->group ? k->group : "another");
      free(text);
      text = longer;
    }
  return text;
}

char *lac_claim_tightest_text(const lac_claim *claim, const char **word)
{
  const lac_claim_sample *s = lac_claim_sample_tightest(claim);
  const lac_claim_case *k = claim->samples ? NULL : lac_claim_tightest(claim);
  int holds = s ? s->verdict == LAC_HOLDS : k && k->holds;
  *word = !s && !k ? "" : holds ? "tightest: " : claim->holding ? "worst: " : "";
  if (claim->samples) {
    *word = claim->samples > 1 ? *word : "";
    return lac_claim_sample_text(claim, s ? s : claim->sample);
  }
  char *text = k || claim->count ? lac_claim_case_text(claim, k ? k : claim->cases) : lac_strdup("no result to check it on");
  return text && k ? name_as_tight(claim, k, text) : text;
}
