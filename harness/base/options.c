#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

/* The whole of `text` as a finite number. */
static int parse_real(const char *text, double *x)
{
  char *end;
  if (isspace((unsigned char)*text))
    return 0;
  *x = strtod(text, &end);
  return end != text && *end == 0 && isfinite(*x) && !strpbrk(text, "nN");
}

static int in_range(double x, const char *range)
{
  double low, high;
  char close;
  if (!range)
    return 1;
  if (range[0] == '<')
    return x <= strtod(range + 2, NULL);
  if (range[0] == '>')
    return range[1] == '=' ? x >= strtod(range + 2, NULL) : x > strtod(range + 1, NULL);
  if (sscanf(range + 1, "%lf,%lf%c", &low, &high, &close) != 3)
    return 0;
  return (range[0] == '[' ? x >= low : x > low) && (close == ']' ? x <= high : x < high);
}

/* "--rounds" for an option of the command line, "--up=topk: k" for one of a spec. */
static const char *label(const lac_option *o, const char *what)
{
  static char text[192];
  int plain = strcmp(what, "--") == 0;
  snprintf(text, sizeof text, "%s%s%s", what, plain ? "" : ": ", o->name);
  return text;
}

/* "must be a number in (0,1], not '2'": one form for every kind. */
static int refuse(const lac_option *o, const char *what, const char *value, const char *want)
{
  int has_range = o->range && o->kind != LAC_CHOICE && o->kind != LAC_FORMULA && o->kind != LAC_STEP && o->kind != LAC_TEXT;
  return lac_fail(LAC_EUSER, "%s must be %s%s%s, not '%.60s'", label(o, what), want,
                  has_range ? (strchr("<>", *o->range) ? " " : " in ") : "", has_range ? o->range : "", value);
}

static int set_choice(const lac_option *o, void *at, const char *what, const char *value)
{
  const char *word = o->choices;
  for (int i = 0;; i++) {
    size_t length = strcspn(word, "|");
    if (strlen(value) == length && strncmp(word, value, length) == 0) {
      *(int *)at = i;
      return LAC_OK;
    }
    if (word[length] == 0)
      return lac_fail(LAC_EUSER, "%s must be one of %s, not '%.60s'", label(o, what), o->choices, value);
    word += length + 1;
  }
}

static int set_amount(const lac_option *o, lac_amount *at, const char *what, const char *value)
{
  size_t length = strlen(value);
  int percent = length > 1 && value[length - 1] == '%';
  char *number = lac_asprintf("%.*s", (int)(length - (size_t)percent), value);
  if (!number)
    return LAC_ENOMEM;
  int is_number = parse_real(number, &at->number);
  free(number);
  if (!is_number || !in_range(at->number, o->range) ||
      (percent ? at->number > 100 : at->number != floor(at->number) || at->number > 0x1p53))
    return refuse(o, what, value, "a count (8) or a percentage (1%)");
  at->percent = percent;
  return LAC_OK;
}

static int set_step(const lac_option *o, lac_step *at, const char *what, const char *value)
{
  static const char want[] = "a positive number, theory or theory*FACTOR";
  *at = (lac_step){ .value = NAN, .factor = 1 };
  if (parse_real(value, &at->value))
    return at->value > 0 ? LAC_OK : refuse(o, what, value, want);
  at->value = NAN;
  size_t length = strcspn(value, "*");
  if (strncmp(value, "theory", 6) != 0 || length >= sizeof at->rule ||
      (value[length] && !(parse_real(value + length + 1, &at->factor) && at->factor > 0)))
    return refuse(o, what, value, want);
  memcpy(at->rule, value, length);
  return LAC_OK;
}

/* "0.1", "30%": cuts the sign off. */
static int parse_share(char *text, lac_amount *at)
{
  size_t length = strlen(text);
  at->percent = length > 1 && text[length - 1] == '%';
  if (at->percent)
    text[length - 1] = 0;
  return parse_real(text, &at->number) && at->number >= 0;
}

/* The words between two bars, "step:FACTOR:EVERY", against "step:0.5:30%"; 0: they do not fit. */
static int parse_formula(const char *form, size_t length, char *value, lac_formula *at)
{
  char *rest = value, *part = strsep(&rest, ":");
  size_t word = strcspn(form, ":|"), numbers = 0;
  if (strlen(part) != word || strncmp(part, form, word))
    return 0;
  for (size_t i = word; i < length; i++)
    numbers += form[i] == ':';
  for (size_t i = 0; i < numbers; i++)
    if (!(part = strsep(&rest, ":")) || !parse_share(part, &at->at[i]))
      return 0;
  return rest == NULL;
}

static int set_formula(const lac_option *o, lac_formula *at, const char *what, const char *value)
{
  const char *form = o->choices;
  for (int i = 0;; i++) {
    size_t length = strcspn(form, "|");
    lac_formula made = { .word = i };
    char *copy = lac_strdup(value);
    if (!copy)
      return LAC_ENOMEM;
    int fits = parse_formula(form, length, copy, &made);
    free(copy);
    if (fits) {
      *at = made;
      return LAC_OK;
    }
    if (form[length] == 0)
      return lac_fail(LAC_EUSER, "%s must be one of %s, with numbers for the words in capitals, not '%.60s'", label(o, what), o->choices,
                      value);
    form += length + 1;
  }
}

/* A whole number, exact also above 2^53. */
static int parse_whole(const char *text, const char *range, uint64_t *at)
{
  char *end;
  double x;
  errno = 0;
  uint64_t whole = strtoull(text, &end, 10);
  if (isdigit((unsigned char)*text) && *end == 0 && errno == 0) {
    *at = whole;
    return in_range((double)whole, range);
  }
  if (!parse_real(text, &x) || x < 0 || x != floor(x) || x > 0x1p53 || !in_range(x, range))
    return 0;
  *at = (uint64_t)x;
  return 1;
}

static int set_steps(const lac_option *o, lac_steps *at, const char *what, const char *value)
{
  static const char epochs[] = "epochs:";
  int passes = strncmp(value, epochs, strlen(epochs)) == 0;
  *at = (lac_steps){ 0 };
  return parse_whole(value + (passes ? strlen(epochs) : 0), o->range, passes ? &at->epochs : &at->number) ? LAC_OK :
         refuse(o, what, value, "epochs:NUMBER or a whole number");
}

static int set_widths(const lac_option *o, lac_widths *at, const char *what, const char *value)
{
  size_t count = *value != 0;
  for (const char *c = value; *c; c++)
    count += *c == 'x';
  lac_widths made = { 0, count ? calloc(count, sizeof *made.at) : NULL };
  char *copy = lac_strdup(value), *rest = copy, *part;
  int status = copy && (made.at || !count) ? LAC_OK : LAC_ENOMEM;
  while (status == LAC_OK && made.count < count && (part = strsep(&rest, "x")))
    status = parse_whole(part, o->range, &made.at[made.count++]) ? LAC_OK :
             refuse(o, what, value, "whole numbers joined by x (200x100), each");
  free(copy);
  free(status == LAC_OK ? at->at : made.at);
  if (status == LAC_OK)
    *at = made;
  return status;
}

int lac_is_nothing(const char *value) { return value[strspn(value, " \t\n\v\f\r")] == 0; }

static int set_value(const lac_option *o, void *params, const char *what, const char *value)
{
  void *at = (char *)params + o->offset;
  double x;
  switch (o->kind) {
  case LAC_REAL:
    if (!parse_real(value, &x) || !in_range(x, o->range))
      return refuse(o, what, value, "a number");
    *(double *)at = x;
    return LAC_OK;
  case LAC_UINT:
    return parse_whole(value, o->range, at) ? LAC_OK : refuse(o, what, value, "a whole number");
  case LAC_CHOICE:
    return set_choice(o, at, what, value);
  case LAC_AMOUNT:
    return set_amount(o, at, what, value);
  case LAC_STEP:
    return set_step(o, at, what, value);
  case LAC_STEPS:
    return set_steps(o, at, what, value);
  case LAC_FORMULA:
    return set_formula(o, at, what, value);
  case LAC_TEXT: {
    char *copy = lac_strdup(value);
    if (!copy)
      return LAC_ENOMEM;
    free(*(char **)at);
    *(char **)at = copy;
    return LAC_OK;
  }
  case LAC_WIDTHS:
    return set_widths(o, at, what, value);
  }
  return lac_fail(LAC_EBUG, "option %s has no kind", o->name);
}

int lac_option_set(const lac_option *o, void *params, const char *what, const char *value)
{
  if (lac_is_nothing(value))
    return lac_fail(LAC_EUSER, LAC_NOTHING, label(o, what));
  return set_value(o, params, what, value);
}

int lac_option_defaults(const lac_option *options, void *params)
{
  for (const lac_option *o = options; o && o->name; o++)
    LAC_TRY(set_value(o, params, "default", o->fallback));
  return LAC_OK;
}

static char *text_of_widths(const lac_widths *w)
{
  char *text = lac_strdup("");
  for (size_t i = 0; text && i < w->count; i++) {
    char *longer = lac_asprintf("%s%s%llu", text, i ? "x" : "", (unsigned long long)w->at[i]);
    free(text);
    text = longer;
  }
  return text;
}

static char *text_of_amount(const lac_amount *a)
{
  char number[32];
  return lac_asprintf("%s%s", lac_format_real(a->number, number), a->percent ? "%" : "");
}

static char *text_of_choice(const char *choices, int i)
{
  for (; i > 0; i--)
    choices += strcspn(choices, "|") + 1;
  return lac_asprintf("%.*s", (int)strcspn(choices, "|"), choices);
}

static char *text_of_formula(const char *choices, const lac_formula *f)
{
  char *form = text_of_choice(choices, f->word), *rest = form, *text = form ? lac_strdup(strsep(&rest, ":")) : NULL;
  for (size_t i = 0; text && strsep(&rest, ":"); i++) {
    char *number = text_of_amount(&f->at[i]), *longer = number ? lac_asprintf("%s:%s", text, number) : NULL;
    free(number);
    free(text);
    text = longer;
  }
  free(form);
  return text;
}

char *lac_option_text(const lac_option *o, const void *params)
{
  const void *at = (const char *)params + o->offset;
  char number[32];
  switch (o->kind) {
  case LAC_REAL:
    return lac_strdup(lac_format_real(*(const double *)at, number));
  case LAC_UINT:
    return lac_asprintf("%llu", (unsigned long long)*(const uint64_t *)at);
  case LAC_CHOICE:
    return text_of_choice(o->choices, *(const int *)at);
  case LAC_AMOUNT:
    return text_of_amount(at);
  case LAC_FORMULA:
    return text_of_formula(o->choices, at);
  case LAC_STEP: {
    const lac_step *s = at;
    if (!*s->rule)
      return lac_strdup(lac_format_real(s->value, number));
    return s->factor == 1 ? lac_strdup(s->rule) : lac_asprintf("%s*%s", s->rule, lac_format_real(s->factor, number));
  }
  case LAC_STEPS: {
    const lac_steps *s = at;
    return lac_asprintf("%s%llu", s->epochs ? "epochs:" : "", (unsigned long long)(s->epochs ? s->epochs : s->number));
  }
  case LAC_TEXT: {
    const char *text = *(char *const *)at;
    return lac_strdup(text ? text : "");
  }
  case LAC_WIDTHS:
    return text_of_widths(at);
  }
  return NULL;
}

int lac_option_is_silent(const lac_option *o, const void *params)
{
  char *text = o->later ? lac_option_text(o, params) : NULL;
  int silent = text && strcmp(text, o->fallback) == 0;
  free(text);
  return silent;
}

void lac_option_clear(const lac_option *options, void *params)
{
  for (const lac_option *o = options; o && o->name; o++) {
    void *at = (char *)params + o->offset;
    if (o->kind == LAC_TEXT) {
      free(*(char **)at);
      *(char **)at = NULL;
    } else if (o->kind == LAC_WIDTHS) {
      free(((lac_widths *)at)->at);
      *(lac_widths *)at = (lac_widths){ 0 };
    }
  }
}

uint64_t lac_amount_of(lac_amount a, uint64_t d)
{
  if (!a.percent)
    return (uint64_t)a.number;
  uint64_t k = (uint64_t)llround(a.number / 100 * (double)d);
  return k < 1 ? 1 : k;
}

const char *lac_amount_refuse(lac_amount a, uint64_t d)
{
  static char why[96];
  uint64_t k = lac_amount_of(a, d);
  if (k <= d)
    return NULL;
  snprintf(why, sizeof why, "k=%llu is more than the d=%llu coordinates", (unsigned long long)k, (unsigned long long)d);
  return why;
}

/* ---- names ---- */

size_t lac_spec_name(const char *text)
{
  size_t n = 0;
  if (islower((unsigned char)text[0]))
    while (islower((unsigned char)text[n]) || isdigit((unsigned char)text[n]) || text[n] == '_')
      n++;
  return n;
}

/* Optimal string alignment distance (one swap of neighbours costs 1), for short words; long ones are far from all. */
static unsigned distance(const char *a, const char *b)
{
  enum { MOST = 32 };
  size_t m = strlen(a), n = strlen(b);
  unsigned row[3][MOST + 1], *before = row[0], *last = row[1], *now = row[2];
  if (m > MOST || n > MOST)
    return UINT_MAX;
  for (size_t j = 0; j <= n; j++)
    last[j] = (unsigned)j;
  for (size_t i = 1; i <= m; i++) {
    now[0] = (unsigned)i;
    for (size_t j = 1; j <= n; j++) {
      unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
      if (last[j] + 1 < best)
        best = last[j] + 1;
      if (now[j - 1] + 1 < best)
        best = now[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      now[j] = best;
    }
    unsigned *spare = before;
    before = last;
    last = now;
    now = spare;
  }
  return last[n];
}

const char *lac_nearest(const char *text, const char *const *names, size_t count)
{
  const char *best = NULL;
  unsigned least = (unsigned)(strlen(text) + 2) / 3 + 1;      /* farther than that is not a slip of the fingers */
  for (size_t i = 0; i < count; i++) {
    unsigned far = distance(text, names[i]);
    if (far < least) {
      least = far;
      best = names[i];
    }
  }
  return best;
}

/* ---- specs ---- */

const char *lac_nearer(const char *text, const char *a, const char *b) { return lac_nearest(text, (const char *[]){ a ? a : b, b }, 2); }

/* "a, b, c", or "none"; caller frees. */
static char *list_names(const lac_option *options)
{
  char *all = lac_strdup(options && options->name ? options->name : "none");
  for (const lac_option *o = options && options->name ? options + 1 : NULL; all && o && o->name; o++) {
    char *longer = lac_asprintf("%s, %s", all, o->name);
    free(all);
    all = longer;
  }
  return all;
}

static int refuse_key(const char *what, const char *name, const char *key, const lac_option *options)
{
  const char *near = NULL;
  for (const lac_option *o = options; o && o->name; o++)
    near = lac_nearer(key, near, o->name);
  if (near)
    return lac_fail(LAC_EUSER, "%s: %s has no option '%.40s'; did you mean %s?", what, name, key, near);
  char *all = list_names(options);
  int status = all ? lac_fail(LAC_EUSER, "%s: %s has no option '%.40s'; it has %s", what, name, key, all) : LAC_ENOMEM;
  free(all);
  return status;
}

static int is_called(const lac_option *o, const char *name)
{
  return strcmp(o->name, name) == 0 || (o->formerly && strcmp(o->formerly, name) == 0);
}

/* given: of every option of the table, whether it has been set. */
static int set_pair(lac_spec *spec, const char *what, char *pair, uint8_t *given)
{
  char *value = strchr(pair, '=');
  const lac_option *o = spec->options;
  if (!*pair)
    return lac_fail(LAC_EUSER, "%s: %s has a ':' or ',' with no option behind it; leave it out", what, spec->name);
  if (!value)
    return lac_fail(LAC_EUSER, "%s: '%.40s' of %s needs a value: %.40s=VALUE", what, pair, spec->name, pair);
  *value++ = 0;
  while (o && o->name && !is_called(o, pair))
    o++;
  if (!o || !o->name)
    return refuse_key(what, spec->name, pair, spec->options);
  if (given[o - spec->options]++)
    return lac_fail(LAC_EUSER, "%s: %s of %s is given twice", what, o->name, spec->name);
  char *context = lac_asprintf("%s=%s", what, spec->name);
  int status = context ? lac_option_set(o, spec->params, context, value) : LAC_ENOMEM;
  free(context);
  return status;
}

static size_t count_options(const lac_option *options)
{
  size_t count = 0;
  while (options && options[count].name)
    count++;
  return count;
}

static int set_all(lac_spec *spec, const char *what, const char *pairs)
{
  LAC_TRY(lac_option_defaults(spec->options, spec->params));
  if (!*pairs)
    return LAC_OK;
  char *copy = lac_strdup(pairs + 1), *rest = copy, *pair;      /* after the colon */
  uint8_t *given = lac_alloc(count_options(spec->options));
  int status = copy && given ? LAC_OK : LAC_ENOMEM;
  while (status == LAC_OK && (pair = strsep(&rest, ",")))
    status = set_pair(spec, what, pair, given);
  free(given);
  free(copy);
  return status;
}

/* A text that is empty is not written: an option with nothing behind it is refused. */
static char *canonical(const lac_spec *spec)
{
  char *text = lac_strdup(spec->name), mark = ':';
  for (const lac_option *o = spec->options; text && o && o->name; o++) {
    char *value = lac_option_text(o, spec->params);
    if (!value || (*value && !lac_option_is_silent(o, spec->params))) {
      char *longer = value ? lac_asprintf("%s%c%s=%s", text, mark, o->name, value) : NULL;
      free(text);
      text = longer;
      mark = ',';
    }
    free(value);
  }
  return text;
}

/* One table of both, with places behind each other. */
static int join_tables(lac_spec *spec, size_t *size, const lac_option *more, size_t more_size)
{
  size_t own = count_options(spec->options), others = count_options(more), at = (*size + 15) / 16 * 16;
  if (!more)
    return LAC_OK;
  if (!(spec->both = lac_alloc((own + others + 1) * sizeof *spec->both)))
    return LAC_ENOMEM;
  for (size_t i = 0; i < own; i++)
    spec->both[i] = spec->options[i];
  for (size_t i = 0; i < others; i++) {
    spec->both[own + i] = more[i];
    spec->both[own + i].offset += at;
  }
  spec->options = spec->both;
  *size = at + more_size;
  return LAC_OK;
}

int lac_spec_parse_both(lac_spec *spec, const char *what, const char *text, const lac_option *options, size_t params_size,
                        const lac_option *more, size_t more_size)
{
  size_t n = lac_spec_name(text), size = params_size;
  *spec = (lac_spec){ .options = options };
  if (n == 0 || (text[n] && text[n] != ':'))
    return lac_fail(LAC_EUSER, "%s: '%.60s' is not of the form name:key=value,key=value", what, text);
  int status = join_tables(spec, &size, more, more_size);
  spec->name = lac_asprintf("%.*s", (int)n, text);
  spec->params = status == LAC_OK ? lac_alloc(size) : NULL;
  if (!spec->name || !spec->params)
    status = LAC_ENOMEM;
  else
    status = set_all(spec, what, text + n);
  if (status == LAC_OK && !(spec->text = canonical(spec)))
    status = LAC_ENOMEM;
  if (status != LAC_OK)
    lac_spec_free(spec);
  else if (more)
    spec->more = (char *)spec->params + (size - more_size);
  return status;
}

int lac_spec_parse(lac_spec *spec, const char *what, const char *text, const lac_option *options, size_t params_size)
{
  return lac_spec_parse_both(spec, what, text, options, params_size, NULL, 0);
}

void lac_spec_free(lac_spec *spec)
{
  if (spec->params)
    lac_option_clear(spec->options, spec->params);
  free(spec->both);
  free(spec->name);
  free(spec->text);
  free(spec->params);
  *spec = (lac_spec){ 0 };
}
