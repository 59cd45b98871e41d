/* Specs: grammar, ranges, canonical text, and errors that name the option and the remedy. */
#include "options.h"
#include "registry/registry.h"
#include "run/config.h"
#include "tap.h"

#include <stdlib.h>
#include <math.h>

typedef struct {
  double real, open, unit, below;
  uint64_t whole;
  int mode;
  lac_amount k;
  lac_step gamma;
  lac_steps K;
  char *text;
  lac_widths widths, none;
  lac_formula law;
} params;

static const lac_option options[] = {
  { "real", LAC_REAL, offsetof(params, real), "0.5", NULL, NULL, "any number" },
  { "open", LAC_REAL, offsetof(params, open), "1", ">0", NULL, "a positive number" },
  { "unit", LAC_REAL, offsetof(params, unit), "1", "(0,1]", NULL, "a share" },
  { "below", LAC_REAL, offsetof(params, below), "0", "[0,1)", NULL, "a share that is not all" },
  { "whole", LAC_UINT, offsetof(params, whole), "7", "[1,1000000]", NULL, "a count" },
  { "mode", LAC_CHOICE, offsetof(params, mode), "beta", NULL, "alpha|beta|be", "a word" },
  { "k", LAC_AMOUNT, offsetof(params, k), "1%", ">0", NULL, "an amount" },
  { "gamma", LAC_STEP, offsetof(params, gamma), "theory", NULL, NULL, "a step" },
  { "K", LAC_STEPS, offsetof(params, K), "5", "[1,65535]", NULL, "steps" },
  { "text", LAC_TEXT, offsetof(params, text), "none", NULL, NULL, "words" },
  { "widths", LAC_WIDTHS, offsetof(params, widths), "32", "[1,65536]", NULL, "whole numbers", .formerly = "sizes" },
  { "none", LAC_WIDTHS, offsetof(params, none), "", ">=1", NULL, "whole numbers, or none" },
  { "law", LAC_FORMULA, offsetof(params, law), "off", NULL, "off|line:END|drop:BY:EVERY", "a word and its numbers", .later = 1 },
  { 0 }
};

static const char defaults[] = "thing:real=0.5,open=1,unit=1,below=0,whole=7,mode=beta,k=1%,gamma=theory,K=5,text=none,widths=32";

static int parse(lac_spec *spec, const char *text) { return lac_spec_parse(spec, "--what", text, options, sizeof(params)); }

/* ---- what is taken ---- */

static const struct { const char *text, *canonical; } good[] = {
  { "thing", NULL },
  { "thing:real=0.5", NULL },
  { "thing:real=-1e-3", "real=-0.001" },
  { "thing:real=0.1", "real=0.1" },
  { "thing:real=1e308", "real=1e+308" },
  { "thing:real=0.30000000000000004", "real=0.30000000000000004" },
  { "thing:real=4.9406564584124654e-324", "real=5e-324" },
  { "thing:unit=1e0", "unit=1" },
  { "thing:below=0", "below=0" },
  { "thing:below=0.999999", "below=0.999999" },
  { "thing:whole=1e6", "whole=1000000" },
  { "thing:whole=1", "whole=1" },
  { "thing:mode=be", "mode=be" },
  { "thing:mode=alpha", "mode=alpha" },
  { "thing:k=8", "k=8" },
  { "thing:k=1e3", "k=1000" },
  { "thing:k=0.1%", "k=0.1%" },
  { "thing:k=100%", "k=100%" },
  { "thing:gamma=0.25", "gamma=0.25" },
  { "thing:gamma=theory*8", "gamma=theory*8" },
  { "thing:gamma=theory*1", "gamma=theory" },
  { "thing:gamma=theory-qm*0.5", "gamma=theory-qm*0.5" },
  { "thing:K=1e1", "K=10" },
  { "thing:K=65535", "K=65535" },
  { "thing:K=epochs:2", "K=epochs:2" },
  { "thing:text=a:b=c/d.csv", "text=a:b=c/d.csv" },
  { "thing:widths=200x100", "widths=200x100" },
  { "thing:widths=1e3x7x65536", "widths=1000x7x65536" },
  { "thing:widths=1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1", "widths=1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1" },
  { "thing:none=3x4", "none=3x4" },
  { "thing:sizes=5x6,k=8", "text=none,widths=5x6" },
  { "thing:law=off", NULL },
  { "thing:law=line:0.10", "law=line:0.1" },
  { "thing:law=drop:5e-1:30%", "law=drop:0.5:30%" },
  { "a_1:k=8", "k=8" },
};

static void test_good(void)
{
  for (size_t i = 0; i < LAC_COUNT(good); i++) {
    lac_spec a, b;
    int status = parse(&a, good[i].text);
    if (!ok(status == LAC_OK, "%s is taken", good[i].text)) {
      diag("%s", lac_error());
      continue;
    }
    if (good[i].canonical)
      ok(strstr(a.text, good[i].canonical) != NULL, "... as %s", a.text);
    else
      is_str(a.text, defaults, "... with the defaults");
    if (ok(parse(&b, a.text) == LAC_OK, "... and the canonical text too")) {
      is_str(b.text, a.text, "... as itself");
      lac_spec_free(&b);
    }
    lac_spec_free(&a);
  }
}

static void test_values(void)
{
  lac_spec s;
  if (!ok(parse(&s, "thing:real=-2.5,whole=12,mode=alpha,k=3%,gamma=theory-am*4,K=epochs:3,text=x y") == LAC_OK, "all kinds at once"))
    return;
  const params *p = s.params;
  is_str(s.name, "thing", "its name");
  ok(p->real == -2.5 && p->open == 1 && p->whole == 12 && p->mode == 0, "numbers and choices");
  ok(p->k.number == 3 && p->k.percent, "an amount");
  ok(isnan(p->gamma.value) && p->gamma.factor == 4 && strcmp(p->gamma.rule, "theory-am") == 0, "a rule that is not resolved");
  ok(p->K.epochs == 3 && p->K.number == 0, "passes");
  is_str(p->text, "x y", "a text");
  ok(p->widths.count == 1 && p->widths.at[0] == 32 && p->none.count == 0, "widths, and none");
  lac_spec_free(&s);
  ok(s.params == NULL && s.name == NULL && s.text == NULL, "free leaves nothing");
  if (ok(parse(&s, "thing:gamma=1e-3") == LAC_OK, "a step as a number"))
    ok(((params *)s.params)->gamma.value == 1e-3 && *((params *)s.params)->gamma.rule == 0, "... has no rule");
  lac_spec_free(&s);
  if (ok(parse(&s, "thing:widths=7x1e2x3,none=1") == LAC_OK, "several widths")) {
    p = s.params;
    ok(p->widths.count == 3 && p->widths.at[0] == 7 && p->widths.at[1] == 100 && p->widths.at[2] == 3, "... in order");
    ok(p->none.count == 1 && p->none.at[0] == 1, "... and of one that has none by default");
    lac_spec_free(&s);
  }
  uint64_t exact;
  const lac_option seed = { "seed", LAC_UINT, 0, "1", NULL, NULL, "" };
  ok(lac_option_set(&seed, &exact, "--", "18446744073709551615") == LAC_OK && exact == UINT64_MAX, "counts are exact up to 2^64 - 1");
  ok(lac_option_set(&seed, &exact, "--", "9007199254740993") == LAC_OK && exact == 9007199254740993, "... also above 2^53");
  ok(lac_option_set(&seed, &exact, "--", "18446744073709551616") == LAC_EUSER, "2^64 is refused");
}

/* Options behind those of a plug-in, in a struct of their own. */
static void test_both(void)
{
  typedef struct { uint64_t rounds; lac_formula law; } others;
  static const lac_option more[] = {
    { "rounds", LAC_UINT, offsetof(others, rounds), "3", NULL, NULL, "a count", .later = 1 },
    { "fall", LAC_FORMULA, offsetof(others, law), "off", NULL, "off|line:END", "a word and its number", .later = 1 },
    { 0 }
  };
  lac_spec s;
  int status = lac_spec_parse_both(&s, "--what", "thing:fall=line:0.5,whole=9", options, sizeof(params), more, sizeof(others));
  if (!ok(status == LAC_OK, "both are taken"))
    return;
  const others *o = s.more;
  ok(((const params *)s.params)->whole == 9 && o->rounds == 3, "each struct has its own");
  ok(o->law.word == 1 && o->law.at[0].number == 0.5 && !o->law.at[0].percent, "a law");
  ok(strstr(s.text, "whole=9") && strcmp(strrchr(s.text, ','), ",fall=line:0.5") == 0,
     "the others stand behind, without those at their default");
  lac_spec_free(&s);
  ok(lac_spec_parse_both(&s, "--what", "thing", options, sizeof(params), more, sizeof(others)) == LAC_OK && !strcmp(s.text, defaults),
     "at their defaults the text is as without them");
  lac_spec_free(&s);
  ok(lac_spec_parse_both(&s, "--what", "thing:rounds=1,rounds=2", options, sizeof(params), more, sizeof(others)) == LAC_EUSER &&
     strstr(lac_error(), "twice"), "twice is refused");
  ok(lac_spec_parse_both(&s, "--what", "thing:zzzzzzzz=1", options, sizeof(params), more, sizeof(others)) == LAC_EUSER &&
     strstr(lac_error(), "fall"), "an unknown one is told of both");
  ok(lac_spec_parse_both(&s, "--what", "thing:k=1", NULL, 0, more, sizeof(others)) == LAC_EUSER, "none of its own");
}

/* What a result says of a plug-in can be typed again, also where a text is empty. */
static void test_plugins(void)
{
  enum { ROOM = 1 << 14 };      /* for the parameters of any of them */
  lac_entry e;
  unsigned all = 0, taken = 0;
  for (lac_plugin_kind kind = 0; kind < LAC_KINDS; kind++)
    for (size_t i = 0; lac_registry_entry(kind, i, &e); i++, all++) {
      lac_spec a, b;
      if (lac_spec_parse(&a, "--what", e.name, e.options, ROOM) == LAC_OK &&
          lac_spec_parse(&b, "--what", a.text, e.options, ROOM) == LAC_OK) {
        taken += strcmp(a.text, b.text) == 0;
        lac_spec_free(&b);
      } else
        diag("%s: %s", e.name, lac_error());
      lac_spec_free(&a);
    }
  ok(taken == all && all > 60, "the canonical text of every plug-in is taken, as itself (%u of %u)", taken, all);
}

/* ---- what is refused, and with which words ---- */

static const struct { const char *text, *says[3]; } bad[] = {
  { "", { "--what" } },
  { ":k=1", { "--what", "name:key=value" } },
  { "Thing", { "--what", "name:key=value" } },
  { "thing k=1", { "--what" } },
  { "thing:", { "--what", "thing" } },
  { "thing:k", { "k", "k=VALUE" } },
  { "thing:k=1,", { "--what" } },
  { "thing:k=1,,open=2", { "--what" } },
  { "thing:real=1,real=2", { "real", "thing", "twice" } },
  { "thing:opne=1", { "opne", "did you mean open" } },
  { "thing:colour=1", { "colour", "it has", "gamma" } },
  { "thing:real=", { "real", "is empty" } },
  { "thing:real=x", { "real", "number", "'x'" } },
  { "thing:real=1x", { "real", "'1x'" } },
  { "thing:real= 1", { "real" } },
  { "thing:real=nan", { "real" } },
  { "thing:real=inf", { "real" } },
  { "thing:real=1e999", { "real" } },
  { "thing:law=line", { "law", "off|line:END|drop:BY:EVERY", "'line'" } },
  { "thing:law=line:", { "law", "numbers", "'line:'" } },
  { "thing:law=line:x", { "law", "'line:x'" } },
  { "thing:law=line:-1", { "law" } },
  { "thing:law=line:nan", { "law" } },
  { "thing:law=line:0.1:2", { "law" } },
  { "thing:law=drop:0.1", { "law" } },
  { "thing:law=off:1", { "law" } },
  { "thing:law=lin:1", { "law" } },
  { "thing:K=0", { "K", "[1,65535]", "'0'" } },
  { "thing:K=epochs:0", { "K", "epochs:NUMBER", "'epochs:0'" } },
  { "thing:K=epochs:1.5", { "K", "whole number" } },
  { "thing:K=epochs:65536", { "K", "[1,65535]" } },
  { "thing:K=epochs:", { "K" } },
  { "thing:K=epochs: 1", { "K" } },
  { "thing:K=1epochs", { "K" } },
  { "thing:open=0", { "open", ">0" } },
  { "thing:open=-1", { "open", ">0" } },
  { "thing:unit=0", { "unit", "(0,1]" } },
  { "thing:unit=1.0000001", { "unit", "(0,1]" } },
  { "thing:below=1", { "below", "[0,1)" } },
  { "thing:below=-1e-9", { "below", "[0,1)" } },
  { "thing:whole=0", { "whole", "[1,1000000]" } },
  { "thing:whole=1000001", { "whole", "[1,1000000]" } },
  { "thing:whole=1.5", { "whole", "whole number" } },
  { "thing:whole=-1", { "whole" } },
  { "thing:whole=99999999999999999999", { "whole" } },
  { "thing:mode=gamma", { "mode", "alpha|beta|be" } },
  { "thing:mode=", { "mode", "is empty" } },
  { "thing:mode=alpha|beta", { "mode" } },
  { "thing:k=0", { "k", ">0" } },
  { "thing:k=-1", { "k", ">0" } },
  { "thing:k=1.5", { "k", "percentage" } },
  { "thing:k=%", { "k", "percentage" } },
  { "thing:k=101%", { "k", "percentage" } },
  { "thing:k=1e300", { "k" } },
  { "thing:widths=0", { "widths", "joined by x", "[1,65536]" } },
  { "thing:widths=65537x1", { "widths", "[1,65536]" } },
  { "thing:widths=3x", { "widths", "'3x'" } },
  { "thing:widths=x3", { "widths", "'x3'" } },
  { "thing:widths=3xx4", { "widths" } },
  { "thing:widths=3x1.5", { "widths" } },
  { "thing:widths=0x10", { "widths", "'0x10'" } },
  { "thing:widths=3*4", { "widths" } },
  { "thing:widths=", { "widths", "is empty" } },
  { "thing:none=", { "none", "is empty" } },
  { "thing:sizes=0", { "widths", "[1,65536]" } },
  { "thing:sizes=3,widths=4", { "widths", "twice" } },
  { "thing:gamma=0", { "gamma", "theory" } },
  { "thing:gamma=-1", { "gamma", "theory" } },
  { "thing:gamma=theory*", { "gamma", "theory" } },
  { "thing:gamma=theory*0", { "gamma", "theory" } },
  { "thing:gamma=theory*-2", { "gamma", "theory" } },
  { "thing:gamma=theory*x", { "gamma", "theory" } },
  { "thing:gamma=auto", { "gamma", "theory" } },
  { "thing:gamma=theory-with-a-name-without-end", { "gamma", "theory" } },
};

static void test_bad(void)
{
  for (size_t i = 0; i < LAC_COUNT(bad); i++) {
    lac_spec s;
    int said = 1, status = parse(&s, bad[i].text);
    for (size_t k = 0; k < 3 && bad[i].says[k]; k++)
      said &= strstr(lac_error(), bad[i].says[k]) != NULL;
    if (!ok(status == LAC_EUSER && said && !strchr(lac_error(), '\n'), "'%s' is refused", bad[i].text))
      diag("status %d: %s", status, lac_error());
    if (status == LAC_OK)
      lac_spec_free(&s);
  }
}

/* Long, binary and repetitive texts: taken or refused, never more. */
static void test_hostile(void)
{
  static char text[100001];
  static const char *const patterns[] = { "a", "thing:text=x,", "thing:", "=,", "thing:k=9", "\xff\x80", "%s%n", "thing:real=1e" };
  unsigned wrong = 0;
  for (size_t i = 0; i < LAC_COUNT(patterns); i++)
    for (size_t length = 1; length < sizeof text; length = length * 7 + 1) {
      lac_spec s;
      for (size_t at = 0; at < length; at++)
        text[at] = patterns[i][at % strlen(patterns[i])];
      text[length] = 0;
      int status = parse(&s, text);
      wrong += status != LAC_OK && (status != LAC_EUSER || !*lac_error());
      if (status == LAC_OK)
        lac_spec_free(&s);
    }
  is_u64(wrong, 0, "long and binary texts are taken or refused");
}

static void test_amounts(void)
{
  lac_amount count = { 8, 0 }, percent = { 1, 1 }, all = { 100, 1 }, half = { 50, 1 };
  is_u64(lac_amount_of(count, 100), 8, "8 of 100");
  is_u64(lac_amount_of(percent, 100), 1, "1%% of 100");
  is_u64(lac_amount_of(percent, 10), 1, "1%% of 10 is at least one");
  is_u64(lac_amount_of(percent, 1050), 11, "1%% of 1050 is rounded");
  is_u64(lac_amount_of(half, 7), 4, "50%% of 7 is rounded up");
  is_u64(lac_amount_of(all, 123457), 123457, "100%% is all");
  ok(lac_amount_refuse(count, 8) == NULL, "8 of 8 is fine");
  const char *why = lac_amount_refuse(count, 7);
  ok(why && strstr(why, "k=8") && strstr(why, "d=7"), "8 of 7 is not: %s", why ? why : "");
}

static void test_names(void)
{
  static const char *const names[] = { "topk", "randk", "identity", "qsgd" };
  is_str(lac_nearest("tpok", names, 4), "topk", "tpok: topk");
  is_str(lac_nearest("identiti", names, 4), "identity", "identiti: identity");
  is_str(lac_nearest("zzzz", names, 4), NULL, "zzzz: nothing");
  is_str(lac_nearest("", names, 4), NULL, "empty: nothing");
  is_str(lac_nearest("a-very-long-word-that-is-longer-than-any-option-name-there-is", names, 4), NULL, "a long word: nothing");
  is_u64(lac_spec_name("ef21:gamma=1"), 4, "the name ends at the colon");
  is_u64(lac_spec_name("21ef"), 0, "a name begins with a letter");
  is_u64(lac_spec_name("Ef"), 0, "... a small one");
}

/* ---- values that are nothing ---- */

static const char *const nothings[] = { "", " ", "\t \n" };

static int says_empty(int status, const char *name)
{
  return status == LAC_EUSER && strstr(lac_error(), name) && strstr(lac_error(), " is empty; give it a value or leave it out");
}

/* Of every option of every plug-in. */
static void test_nothing_for_plugins(void)
{
  size_t options = 0, wrong = 0;
  lac_entry e;
  for (int kind = 0; kind < LAC_KINDS; kind++)
    for (size_t i = 0; lac_registry_entry((lac_plugin_kind)kind, i, &e); i++)
      for (const lac_option *o = e.options; o && o->name; o++)
        for (size_t k = 0; k < LAC_COUNT(nothings); k++) {
          static char params[1 << 16];      /* larger than any */
          char text[256];
          lac_spec spec;
          snprintf(text, sizeof text, "%s:%s=%s", e.name, o->name, nothings[k]);
          int bad = !says_empty(lac_spec_parse(&spec, lac_plugin_kinds[kind].option, text, e.options, sizeof params), o->name);
          if (bad)
            diag("%s: %s", text, lac_error());
          wrong += bad;
          options++;
        }
  ok(options > 300 && wrong == 0, "plug-ins: %zu of %zu empty values are taken", wrong, options);
}

/* Of every option of a run; what was there before stays. */
static void test_nothing_for_runs(void)
{
  const lac_option *tables[] = { lac_what_options, lac_where_options };
  size_t options = 0, wrong = 0;
  lac_config c;
  ok(lac_config_init(&c) == LAC_OK, "defaults may be empty");
  for (size_t i = 0; i < LAC_COUNT(tables); i++)
    for (const lac_option *o = tables[i]; o->name; o++)
      for (size_t k = 0; k < LAC_COUNT(nothings); k++, options++) {
        char *before = lac_option_text(o, &c);
        int refused = says_empty(lac_config_set(&c, o->name, nothings[k]), o->name);
        char *after = lac_option_text(o, &c);
        wrong += !refused || strcmp(before, after) != 0;
        free(before);
        free(after);
      }
  ok(options > 100 && wrong == 0, "runs: %zu of %zu empty values are taken", wrong, options);
  lac_config_clear(&c);
}

/* ---- no limit that cuts ---- */

/* A table of many options: each is set, none is taken for another, and the list of names is whole. */
static void test_many_options(void)
{
  enum { MANY = 200 };
  static lac_option many[MANY + 1];
  static char names[MANY][8];
  char *all = lac_strdup("thing:"), *twice;
  lac_spec spec;
  for (size_t i = 0; i < MANY; i++) {
    snprintf(names[i], sizeof names[i], "o%zu", i);
    many[i] = (lac_option){ names[i], LAC_UINT, i * sizeof(uint64_t), "0", NULL, NULL, "" };
    char *longer = lac_asprintf("%s%s%s=%zu", all, i ? "," : "", names[i], i + 1);
    free(all);
    all = longer;
  }
  size_t wrong = 0;
  if (ok(lac_spec_parse(&spec, "--what", all, many, MANY * sizeof(uint64_t)) == LAC_OK, "%d options are set", MANY)) {
    for (size_t i = 0; i < MANY; i++)
      wrong += ((uint64_t *)spec.params)[i] != i + 1;
    is_u64(wrong, 0, "... each to its value");
    lac_spec_free(&spec);
  } else
    diag("%s", lac_error());
  twice = lac_asprintf("%s,o199=1", all);
  int status = lac_spec_parse(&spec, "--what", twice, many, MANY * sizeof(uint64_t));
  ok(status == LAC_EUSER && strstr(lac_error(), "o199 of thing is given twice"), "... and none twice: %s", lac_error());
  ok(lac_spec_parse(&spec, "--what", "thing:zzzzzzzz=1", many, MANY * sizeof(uint64_t)) == LAC_EUSER && strstr(lac_error(), "o199"),
     "... the list of names has its end");
  free(twice);
  free(all);
}

/* Amounts and steps of 70 characters and more, with something at the end that makes them wrong. */
static void test_long_values(void)
{
  static const size_t lengths[] = { 20, 61, 62, 63, 64, 65, 300, 5000 };
  static const char *const keys[] = { "k", "gamma", "real", "whole" }, *const tails[] = { "x", "x%", "%%", "*" };
  size_t taken = 0, refused = 0, cases = 0;
  for (size_t i = 0; i < LAC_COUNT(lengths); i++)
    for (size_t k = 0; k < LAC_COUNT(keys); k++) {
      char *zeros = malloc(lengths[i] + 1);
      lac_spec spec;
      memset(zeros, '0', lengths[i]);
      zeros[lengths[i]] = 0;
      for (size_t t = 0; t <= LAC_COUNT(tails); t++, cases++) {
        char *text = lac_asprintf("thing:%s=%s2%s", keys[k], zeros, t ? tails[t - 1] : "");
        int status = parse(&spec, text);
        taken += t && status == LAC_OK;
        refused += !t && status != LAC_OK;
        if (status == LAC_OK)
          lac_spec_free(&spec);
        free(text);
      }
      free(zeros);
    }
  ok(taken == 0 && refused == 0, "%zu wrong values are taken and %zu right ones refused, of %zu with up to 5000 digits", taken, refused,
     cases);
}

/* A sentence of any length keeps its beginning and its end. */
static void test_long_sentences(void)
{
  static const size_t lengths[] = { 1, 200, 300, 1000, 1023, 1024, 1025, 5000, 100000 };
  size_t wrong = 0;
  for (size_t i = 0; i < LAC_COUNT(lengths); i++) {
    char *name = malloc(lengths[i] + 1);
    memset(name, 'n', lengths[i]);
    name[lengths[i]] = 0;
    int status = lac_context(lac_fail(LAC_EUSER, "rounds must be few"), "/tmp/%s: line %d", name, 7);
    int bad = status != LAC_EUSER || strncmp(lac_error(), "/tmp/n", 6) || !strstr(lac_error(), "n: line 7: rounds must be few");
    status = lac_fail(LAC_EIO, "cannot read %s: No such file", name);
    bad |= status != LAC_EIO || strncmp(lac_error(), "cannot read n", 13) || !strstr(lac_error(), "n: No such file");
    bad |= lengths[i] < 900 && !strstr(lac_error(), name);
    if (bad)
      diag("%zu: %s", lengths[i], lac_error());
    wrong += (size_t)bad;
    free(name);
  }
  ok(wrong == 0, "%zu of %zu sentences lose their beginning or their end", wrong, LAC_COUNT(lengths));
}

static void test_far_names(void)
{
  char far[5001];
  memset(far, 'z', 5000);
  far[5000] = 0;
  const char *names[] = { "ans", "topk" };
  is_str(lac_nearest(far, names, 2), NULL, "no name is near to 5000 letters");
  is_str(lac_nearer("topl", lac_nearer("topl", NULL, "ans"), "topk"), "topk", "the nearer of two");
}

static void test_reals(void)
{
  static const double x[] = { 0.1, 1. / 3, 1e22, 1e23, 123456789012345678, 5e-324, 1.7976931348623157e308, -0.0, 2, 1e-5 };
  unsigned wrong = 0;
  char text[32];
  for (size_t i = 0; i < LAC_COUNT(x); i++)
    wrong += strtod(lac_format_real(x[i], text), NULL) != x[i];
  is_u64(wrong, 0, "numbers as text read back as themselves");
  is_str(lac_format_real(0.1, text), "0.1", "... and are short");
}

int main(void)
{
  test_good();
  test_values();
  test_both();
  test_plugins();
  test_bad();
  test_hostile();
  test_amounts();
  test_names();
  test_nothing_for_plugins();
  test_nothing_for_runs();
  test_many_options();
  test_long_values();
  test_long_sentences();
  test_far_names();
  test_reals();
  return done();
}
