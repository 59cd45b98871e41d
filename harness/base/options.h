/* options.h: one table per plug-in says what its options are; from it come parsing, defaults, ranges, help, the
   canonical text that names a run, and the HDF5 attributes.

   Grammar of a spec:  name[:key=value[,key=value...]]   with name = [a-z][a-z0-9_]*  */
#ifndef LAC_OPTIONS_H
#define LAC_OPTIONS_H

#include "base.h"

typedef enum {
  LAC_REAL,      /* double */
  LAC_UINT,      /* uint64_t; also written 1e6 */
  LAC_CHOICE,    /* int: index of the word in .choices, "a|b|c" */
  LAC_AMOUNT,    /* lac_amount: a count or a percentage, "8" or "1%" */
  LAC_STEP,      /* lac_step: a number, or a named rule with a factor, "theory" or "theory*8" */
  LAC_STEPS,     /* lac_steps: a number of steps, "10", or of passes over the rows, "epochs:2" */
  LAC_FORMULA,       /* lac_formula: a word of .choices, "none|linear:FLOOR|step:FACTOR:EVERY", with a number for each word in capitals */
  LAC_TEXT,      /* char *, owned by the spec; no comma inside */
  LAC_WIDTHS     /* lac_widths, owned by the spec: whole numbers joined by x, "200x100"; an empty default means none */
} lac_kind;

typedef struct { double number; int percent; } lac_amount;
/* The count that the amount means for a vector of d: percent is rounded to nearest and at least 1. */
uint64_t lac_amount_of(lac_amount a, uint64_t d);
/* NULL, or why it cannot be: more than d.  The sentence lives until the next call. */
const char *lac_amount_refuse(lac_amount a, uint64_t d);

typedef struct {
  double value;         /* the step size; NaN until a rule is resolved */
  double factor;        /* of the rule */
  char rule[24];        /* "" when the user gave a number */
} lac_step;

typedef struct { uint64_t number, epochs; } lac_steps;      /* one of them is 0 */

enum { LAC_FORMULA_NUMBERS = 2 };      /* behind a word, at most */
/* Any number that is not negative, or a percentage: what it may be, the owner of the option checks. */
typedef struct { int word; lac_amount at[LAC_FORMULA_NUMBERS]; } lac_formula;

typedef struct { size_t count; uint64_t *at; } lac_widths;

typedef struct {
  const char *name;
  lac_kind kind;
  size_t offset;            /* into the params struct */
  const char *fallback;     /* default, as text */
  const char *range;        /* of numbers, every one of LAC_WIDTHS: ">0", ">=0", "[0,1]", "(0,1]" or NULL */
  const char *choices;      /* LAC_CHOICE, LAC_FORMULA */
  const char *help;
  const char *formerly;     /* its name in earlier versions: a spec may still use it, and nothing is written with it; NULL: there is none */
  int later;                /* it came when results had names already: at its default it is not written, so that those stay */
  int step_size;            /* of a method, LAC_REAL or LAC_STEP: a step size, which a schedule changes from round to round */
  int model;                /* of a problem: it says what the numbers of x mean, so that a vector of another value is another model's */
} lac_option;               /* a table ends with a NULL name */

/* A parsed spec: a name and a filled params struct.  `what` and `name` are only for messages. */
typedef struct {
  char *name;
  char *text;               /* canonical: every option, in the order of the table, but for those at their default that are `later` */
  void *params;
  const lac_option *options;
  void *more;               /* what the second table of lac_spec_parse_both describes, in the same memory as params; NULL: nothing */
  lac_option *both;         /* both tables in one, which options then is; NULL: there is one */
  const char *object;       /* SHA-256 of the shared object that the plug-in comes from; NULL: of laconic itself */
} lac_spec;

/* Length of the name at the start of a spec; 0 when there is none. */
size_t lac_spec_name(const char *text);

/* Fill `params` (params_size bytes) from the ":key=value,..." that follows the name, defaults elsewhere.  `what` is
   the long option for messages ("--algorithm").  EUSER: one sentence with the option and the remedy. */
int lac_spec_parse(lac_spec *spec, const char *what, const char *text, const lac_option *options, size_t params_size);
/* The same with options that do not belong to the plug-in: behind its own in order, in text and in messages.  spec->more has their values.
   more NULL: there are none. */
int lac_spec_parse_both(lac_spec *spec, const char *what, const char *text, const lac_option *options, size_t params_size,
                        const lac_option *more, size_t more_size);
void lac_spec_free(lac_spec *spec);

/* One option at a time, for tables that are not specs (the run options).  Only a default can be empty: to set nothing is EUSER. */
int lac_option_set(const lac_option *o, void *params, const char *what, const char *value);
int lac_option_defaults(const lac_option *options, void *params);
void lac_option_clear(const lac_option *options, void *params);             /* frees texts and widths */
char *lac_option_text(const lac_option *o, const void *params);             /* canonical value; caller frees */
/* Whether it is not written: `later`, and at its default. */
int lac_option_is_silent(const lac_option *o, const void *params);

/* Whether a value is empty or blank, and the sentence for the option that was given it. */
int lac_is_nothing(const char *value);
#define LAC_NOTHING "%s is empty; give it a value or leave it out"

/* "did you mean": the entry of names[0..count) nearest to text, or NULL when none is near. */
const char *lac_nearest(const char *text, const char *const *names, size_t count);
/* The same of b and of a, the nearest so far, which may be NULL. */
const char *lac_nearer(const char *text, const char *a, const char *b);

#endif
