#include "figures/sweep.h"

#include "figures/axes.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

int lac_sweep_is_one(const char *y) { return strchr(y, '(') && strncmp(y, "seconds(", strlen("seconds(")) != 0; }

int lac_sweep_reduction(lac_reduction *of, const char *y)
{
  const char *rest = y;
  LAC_TRY(lac_reduction_parse(of, &rest));
  if (*rest)
    return lac_fail(LAC_EUSER, "'%.40s' is behind the end of REDUCTION(COLUMN)", rest);
  return *of->clock ? lac_fail(LAC_EUSER, "time_to is drawn over the rate of its network: x = rate") : LAC_OK;
}

int lac_sweep_begin(lac_result *swept, const lac_member *m, const char *key, const char *name, size_t most)
{
  const char *const names[] = { key, name };
  *swept = (lac_result){ .path = m->result.path, .attributes = m->result.attributes, .attribute = m->result.attribute };
  swept->name = lac_alloc(LAC_COUNT(names) * sizeof *swept->name);
  swept->column = lac_alloc(LAC_COUNT(names) * sizeof *swept->column);
  for (size_t k = 0; swept->name && swept->column && k < LAC_COUNT(names); k++) {
    swept->name[k] = lac_strdup(names[k]);
    swept->column[k] = lac_alloc((most + 1) * sizeof **swept->column);      /* two for a level */
    swept->columns++;
    if (!swept->name[k] || !swept->column[k])
      return LAC_ENOMEM;
  }
  return swept->columns ? LAC_OK : LAC_ENOMEM;
}

/* Of the run; of its method where the run has no such option. */
static int find_text(const lac_member *m, const char *key, const char **text)
{
  const char *method = lac_member_key(m, "algorithm");
  char *whole = method ? lac_asprintf("%.*s.%s", (int)lac_short_length(method), method, key) : lac_strdup(key);
  *text = lac_member_key(m, key);
  if (!*text && whole)
    *text = lac_member_key(m, whole);
  int status = whole ? LAC_OK : LAC_ENOMEM;
  free(whole);
  return status;
}

/* Not a number where the run has no such option. */
static int find_value(const lac_member *m, const char *key, double *value)
{
  const char *text;
  char *end;
  *value = NAN;
  LAC_TRY(find_text(m, key, &text));
  if (!text)
    return LAC_OK;
  *value = strtod(text, &end);
  return end == text || *end || !isfinite(*value) ?
         lac_fail(LAC_EUSER, "%s of [run %s] is '%.60s', which is not a number", key, m->run->label, text) : LAC_OK;
}

int lac_sweep_add(lac_result *swept, const lac_member *m, const lac_reduction *of)
{
  double x, y, *at = swept->column[0], *number = swept->column[1];
  lac_known known;
  LAC_TRY(find_value(m, swept->name[0], &x));
  LAC_TRY(lac_reduction_value(of, &m->result, m->factor, &y, &known));
  size_t i = swept->rows;
  if (i > 0 && (isnan(x) || isnan(at[0])))
    return lac_fail(LAC_EUSER, "[run %s] has several runs, and not all have the option %s; give those that have not a label of their own",
                    m->run->label, swept->name[0]);
  for (; i > 0 && at[i - 1] >= x; i--) {
    if (at[i - 1] == x)
      return lac_fail(LAC_EUSER, "[run %s] has several runs with %s = %g; tell them apart by series or panels, or choose by best",
                      m->run->label, swept->name[0], x);
    at[i] = at[i - 1];
    number[i] = number[i - 1];
  }
  at[i] = x;
  number[i] = known == LAC_NEVER ? INFINITY : y;
  swept->rows++;
  return LAC_OK;
}

void lac_sweep_widen(const lac_result *swept, double *low, double *high)
{
  for (size_t i = 0; i < swept->rows; i++) {
    *low = fmin(*low, swept->column[0][i]);
    *high = fmax(*high, swept->column[0][i]);
  }
}

void lac_sweep_level(lac_result *swept, double low, double high)
{
  double *at = swept->column[0], *number = swept->column[1];
  if (!isnan(at[0]))
    return;
  at[0] = low;
  at[1] = high;
  number[1] = number[0];
  swept->rows = low < high ? 2 : 1;
}

char *lac_sweep_words(const lac_reduction *of, const char *y)
{
  return strncmp(y, "last(", strlen("last(")) == 0 ? lac_asprintf("%s at the end", lac_axis_words(of->column)) : lac_strdup(y);
}
