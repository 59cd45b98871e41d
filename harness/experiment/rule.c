#include "experiment/rule.h"

#include <string.h>

static int starts_with(const char **text, const char *word)
{
  size_t n = strlen(word);
  *text += strspn(*text, " \t");
  if (strncmp(*text, word, n))
    return 0;
  *text += n;
  return 1;
}

int lac_best_rule_parse(lac_best_rule *r, const char *text)
{
  const char *at = text;
  r->count = 0;
  do {
    if (r->count == LAC_BEST_CRITERIA)
      return lac_fail(LAC_EUSER, "best: more than %d criteria", LAC_BEST_CRITERIA);
    lac_best_criterion *c = &r->by[r->count++];
    c->sign = starts_with(&at, "smallest ") ? 1 : starts_with(&at, "largest ") ? -1 : 0;
    if (!c->sign)
      return lac_fail(LAC_EUSER, "best must be smallest or largest REDUCTION(COLUMN), or all, not '%.60s'", text);
    LAC_TRY(lac_context(lac_reduction_parse(&c->of, &at), "best"));
  } while (starts_with(&at, "then "));
  return *at ? lac_fail(LAC_EUSER, "best: '%.40s' is not understood; several criteria are joined by then", at) : LAC_OK;
}

int lac_best_rule_chooses(const char *text) { return text && strcmp(text, "all"); }

int lac_best_rule_check(const char *text)
{
  lac_best_rule r;
  return lac_best_rule_chooses(text) ? lac_best_rule_parse(&r, text) : LAC_OK;
}
